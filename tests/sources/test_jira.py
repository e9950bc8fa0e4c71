"""Jira's traps, one by one: paging, the search's own clock, the split change log, two deployments."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import SettingsError, SourceError, Trouble
from console.model.moment import HOUR, MINUTE, SECOND
from console.settings import SourceSettings
from console.sources.registry import build
from console.sources.tickets.jira_run import OVERLAP, Run, jql_of, without_order
from tests.sources.cases_tickets import (
    JIRA_CLOUD,
    JIRA_DATACENTER,
    PAGE,
    jira_cloud,
    jira_datacenter,
    jira_item,
    jira_time,
)
from tests.sources.contract import NOW, Answer, Asked, Case, Remote, always, as_json, poll, remote, run, site

pytestmark = pytest.mark.timeout(30)


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


def with_options(case: Case, **options: Any) -> Case:
    return replace(case, settings=lambda url: {**case.settings(url), **options})


def searches(server: Remote) -> list[Asked]:
    return [asked for asked in server.asked if asked.path.endswith(("/search", "/search/jql"))]


def history(identity: int, at: int, *items: dict[str, Any], number: bool = False) -> dict[str, Any]:
    created: Any = at // SECOND if number else jira_time(at)
    return {"id": str(identity), "created": created, "author": {"displayName": "Ada"}, "items": list(items)}


def moved(old: str, new: str) -> dict[str, Any]:
    return {"field": "status", "fieldId": "status", "from": old, "fromString": old, "to": new, "toString": new}


def states(case: Case, server: Remote) -> list[tuple[str | None, str | None]]:
    rows = [row for row in run(case, server.url)[0].ticket_event if row.field == "status"]
    return [(row.old, row.new) for row in sorted(rows, key=lambda row: row.happened_at)]


def test_a_search_that_jira_does_not_understand_is_told_in_its_own_words(server: Remote) -> None:
    server.script = always(as_json({"errorMessages": ["Field 'projct' does not exist."]}, status=400))
    with pytest.raises(SourceError, match="Field 'projct' does not exist") as caught:
        poll(JIRA_CLOUD, server.url)
    assert caught.value.trouble is Trouble.SETTINGS


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fields": {"brwser": "customfield_1"}}, 'Did you mean "browser"'),
        ({"fields": {"status": "customfield_1"}}, "no field of a ticket"),
        ({"severity_map": {"Showstopper": "P0"}}, "none of our words"),
        ({"status_map": {"Parked": "acknowledgd"}}, 'Did you mean "acknowledged"'),
    ],
)
def test_options_that_cannot_work_name_the_nearest_word(options: dict[str, Any], words: str) -> None:
    settings = SourceSettings("care", "jira", options={"url": "http://127.0.0.1:9", **options})
    with pytest.raises(SourceError, match=words):
        build(settings, site(JIRA_CLOUD))


def test_a_wrong_deployment_is_refused_before_anything_is_asked() -> None:
    settings = SourceSettings("care", "jira", options={"url": "http://127.0.0.1:9", "deployment": "moon"})
    with pytest.raises(SettingsError):
        build(settings, site(JIRA_CLOUD))


def test_a_page_token_jira_has_forgotten_starts_the_run_again(server: Remote) -> None:
    items = [jira_item(n) for n in range(2 * PAGE)]
    server.script = lambda asked: jira_cloud(items, asked)
    first = poll(JIRA_CLOUD, server.url)

    def forgetful(asked: Asked) -> Answer:
        if "nextPageToken" in asked.values and asked.path.endswith("/search/jql"):
            return as_json({"errorMessages": ["The token is expired."]}, status=400)
        return jira_cloud(items, asked)

    server.script = forgetful
    again = poll(JIRA_CLOUD, server.url, first.cursor)
    assert {row.ticket for row in again.facts.ticket_event} == {item["id"] for item in items[:PAGE]}
    assert again.more


def test_pages_are_shorter_than_asked_and_even_empty_before_the_end(server: Remote) -> None:
    pages: dict[Any, dict[str, Any]] = {
        None: {"issues": [jira_item(0)], "nextPageToken": "b"},
        "b": {"issues": [], "nextPageToken": "c"},
        "c": {"issues": [jira_item(1)], "isLast": True},
    }

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/search/jql"):
            return as_json(pages[asked.values.get("nextPageToken")])
        return jira_cloud([], asked)

    server.script = script
    facts, answers = run(JIRA_CLOUD, server.url)
    assert {row.ticket for row in facts.ticket_event} == {"10000", "10001"}
    assert len(answers) == 3
    assert "does not say of how many" in (answers[0].progress.words if answers[0].progress else "")
    assert len({asked.values["jql"] for asked in searches(server)}) == 1, "a token belongs to its search"


def test_fields_are_always_named_for_the_default_is_the_id_alone(server: Remote) -> None:
    server.script = JIRA_CLOUD.script(1)
    poll(with_options(JIRA_CLOUD, fields={"browser": "customfield_7"}), server.url)
    assert {"summary", "status", "updated", "comment", "customfield_7"} <= set(searches(server)[0].values["fields"])


def test_an_issue_that_moves_while_data_center_is_paged_is_not_skipped(server: Remote) -> None:
    items = [jira_item(n) for n in range(3 * PAGE)]
    server.script = lambda asked: jira_datacenter(items, asked)
    answer = poll(JIRA_DATACENTER, server.url)
    seen = {row.ticket for row in answer.facts.ticket_event}
    for place in range(PAGE):
        items[place]["fields"]["updated"] = jira_time(NOW - MINUTE + place * SECOND)
    facts, _ = run(JIRA_DATACENTER, server.url, answer.cursor)
    assert seen | {row.ticket for row in facts.ticket_event} == {item["id"] for item in items}


def test_the_next_run_goes_back_by_the_overlap_from_the_newest_ticket(server: Remote) -> None:
    items = [jira_item(n) for n in range(2)]
    server.script = lambda asked: jira_cloud(items, asked)
    first = poll(JIRA_CLOUD, server.url)
    poll(JIRA_CLOUD, server.url, first.cursor, NOW + MINUTE)
    newest = NOW - 5 * HOUR + MINUTE
    minutes = (NOW + MINUTE - newest + OVERLAP) // MINUTE
    assert f"updated >= -{minutes + 1}m" in searches(server)[-1].values["jql"]


def test_a_ticket_the_index_showed_late_is_still_found(server: Remote) -> None:
    items = [jira_item(0, updated=jira_time(NOW - 2 * MINUTE))]
    late = jira_item(1, updated=jira_time(NOW - 8 * MINUTE))
    server.script = lambda asked: jira_cloud(items, asked)
    first = poll(JIRA_CLOUD, server.url)
    items.append(late)
    second = poll(JIRA_CLOUD, server.url, first.cursor, NOW + MINUTE)
    assert late["id"] in {row.ticket for row in second.facts.ticket_event}


@given(st.integers(0, 10**9), st.integers(-3 * HOUR, 3 * HOUR), st.integers(0, 400 * 24 * HOUR))
def test_relative_minutes_never_start_after_the_mark(millis: int, skew: int, age: int) -> None:
    now = NOW + millis * 1_000
    floor = now + skew - age
    minutes = int(jql_of("", Run(now, floor), now, skew).split(">= -")[1].split("m ")[0])
    vendor_now = now + skew
    assert vendor_now - minutes * MINUTE <= floor
    assert jql_of("", Run(now, floor), now, 0) == jql_of("", Run(now, floor), now, -HOUR)


@pytest.mark.parametrize(
    ("own", "kept"),
    [
        ("project = PAY ORDER BY created DESC", "project = PAY"),
        ("project = PAY order   by key", "project = PAY"),
        ('summary ~ "order by" OR text ~ "x"', 'summary ~ "order by" OR text ~ "x"'),
        (r'summary ~ "a \" order by b" order by key', r'summary ~ "a \" order by b"'),
        ("summary ~ 'it\"s order by' ORDER BY key", "summary ~ 'it\"s order by'"),
        ("ORDER BY created", ""),
        ("", ""),
    ],
)
def test_an_order_of_the_user_is_cut_off_and_the_rest_is_wrapped(own: str, kept: str) -> None:
    assert without_order(own) == kept
    whole = jql_of(own, Run(NOW, NOW), NOW, 0)
    assert whole.startswith(f"({kept}) AND updated >= -" if kept else "updated >= -")
    assert whole.endswith("m ORDER BY updated ASC, key ASC")


def test_a_change_log_split_over_pages_is_put_together(server: Remote) -> None:
    item = jira_item(0, status={"id": "3", "name": "Closed"}, updated=jira_time(NOW - HOUR))
    pages: dict[Any, dict[str, Any]] = {
        None: {"log": [history(1, NOW - 3 * HOUR, moved("Open", "In Progress"), number=True)], "next": "x"},
        "x": {"log": [history(2, NOW - 2 * HOUR, moved("In Progress", "Resolved"))], "next": "y"},
        "y": {"log": [history(3, NOW - HOUR, moved("Resolved", "Closed"))], "next": None},
    }

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/changelog/bulkfetch"):
            page = pages[asked.values.get("nextPageToken")]
            logs = [{"issueId": "10000", "changeHistories": page["log"]}]
            return as_json({"issueChangeLogs": logs, "nextPageToken": page["next"]})
        return jira_cloud([item], asked)

    server.script = script
    assert states(JIRA_CLOUD, server) == [
        (None, "new"),
        ("new", "in_progress"),
        ("in_progress", "resolved"),
        ("resolved", "closed"),
    ]


def test_a_change_log_whose_pages_never_end_is_given_up(server: Remote) -> None:
    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/changelog/bulkfetch"):
            return as_json({"issueChangeLogs": [], "nextPageToken": "again"})
        return jira_cloud([jira_item(0)], asked)

    server.script = script
    with pytest.raises(SourceError, match="never end"):
        poll(JIRA_CLOUD, server.url)


def test_a_cloud_without_the_bulk_log_is_asked_issue_by_issue(server: Remote) -> None:
    item = jira_item(0, status={"id": "5", "name": "Resolved"})
    log = [history(n, NOW - 2 * HOUR + n * MINUTE, moved(*pair)) for n, pair in enumerate([("Open", "Resolved")])]

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/issue/10000/changelog"):
            return as_json({"values": log, "total": 1, "isLast": True})
        if asked.path.endswith("/bulkfetch"):
            return Answer(b"{}", 404)
        return jira_cloud([item], asked)

    server.script = script
    assert states(JIRA_CLOUD, server) == [(None, "new"), ("new", "resolved")]


def test_a_long_log_of_data_center_is_fetched_whole(server: Remote) -> None:
    item = jira_item(0, status={"id": "5", "name": "Resolved"})
    newest = history(2, NOW - HOUR, moved("In Progress", "Resolved"))
    item["changelog"] = {"histories": [newest], "total": 2, "maxResults": 1}
    whole = {**item, "changelog": {"histories": [newest, history(1, NOW - 2 * HOUR, moved("Open", "In Progress"))]}}

    def script(asked: Asked) -> Answer:
        return as_json(whole) if asked.path.endswith("/issue/10000") else jira_datacenter([item], asked)

    server.script = script
    assert states(JIRA_DATACENTER, server) == [(None, "new"), ("new", "in_progress"), ("in_progress", "resolved")]


def test_a_state_of_the_past_is_understood_by_its_category(server: Remote) -> None:
    item = jira_item(0, status={"id": "1", "name": "Open", "statusCategory": {"key": "new"}})
    log = [history(1, NOW - 3 * HOUR, moved("1", "77")), history(2, NOW - 2 * HOUR, moved("77", "1"))]
    log[0]["items"][0] |= {"fromString": "Open", "toString": "Delivered"}
    log[1]["items"][0] |= {"fromString": "Delivered", "toString": "Open"}

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/status"):
            return as_json([{"id": "77", "name": "Delivered", "statusCategory": {"key": "done"}}])
        return jira_cloud([item], asked, {"10000": log})

    server.script = script
    assert states(JIRA_CLOUD, server) == [(None, "new"), ("new", "resolved"), ("resolved", "reopened")]


def test_a_state_nobody_knows_is_in_progress_and_said(server: Remote) -> None:
    item = jira_item(0, status={"id": "9", "name": "Limbo", "statusCategory": {"key": "in-flight"}})
    server.script = lambda asked: jira_cloud([item], asked)
    facts, answers = run(JIRA_CLOUD, server.url)
    assert [row.new for row in facts.ticket_event if row.field == "status"] == ["in_progress"]
    assert "Limbo" in answers[-1].note


def test_the_users_own_words_come_before_the_defaults(server: Remote) -> None:
    item = jira_item(0, priority={"id": "1", "name": "Showstopper"}, status={"id": "9", "name": "Parked"})
    server.script = lambda asked: jira_cloud([item], asked)
    case = with_options(JIRA_CLOUD, severity_map={"showstopper": "p1"}, status_map={"Parked": "acknowledged"})
    told = {row.field: row.new for row in run(case, server.url)[0].ticket_event}
    assert (told["severity"], told["status"]) == ("P1", "acknowledged")


def test_a_priority_nobody_set_stays_unset(server: Remote) -> None:
    server.script = lambda asked: jira_cloud([jira_item(0, priority=None)], asked)
    assert "severity" not in {row.field for row in run(JIRA_CLOUD, server.url)[0].ticket_event}


def test_an_enhancement_has_no_severity(server: Remote) -> None:
    server.script = lambda asked: jira_cloud([jira_item(0, issuetype={"id": "2", "name": "New Feature"})], asked)
    told = {row.field: row.new for row in run(JIRA_CLOUD, server.url)[0].ticket_event}
    assert told["kind"] == "enhancement"
    assert "severity" not in told


def test_a_ticket_moved_to_another_project_keeps_its_identity(server: Remote) -> None:
    item = {**jira_item(0), "key": "OPS-9"}
    move = {"field": "Key", "fromString": "PAY-0", "toString": "OPS-9"}
    server.script = lambda asked: jira_cloud([item], asked, {"10000": [history(1, NOW - HOUR, move)]})
    rows = [row for row in run(JIRA_CLOUD, server.url)[0].ticket_event if row.field in ("key", "url")]
    assert {row.ticket for row in rows} == {"10000"}
    assert [(row.old, row.new) for row in rows if row.field == "key"] == [(None, "PAY-0"), ("PAY-0", "OPS-9")]
    assert rows[-1].new == f"{server.url}/browse/OPS-9"


def test_comments_left_out_of_the_search_are_fetched_and_roles_told(server: Remote) -> None:
    def remark(n: int, who: str, **more: Any) -> dict[str, Any]:
        body = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": f"said {n}"}]}]}
        at = jira_time(NOW - HOUR + n * MINUTE)
        return {"id": str(n), "author": {"accountId": who, "displayName": who}, "body": body, "created": at, **more}

    remarks = [remark(1, "r-1"), remark(2, "a-1", jsdPublic=False), remark(3, "a-1")]
    reporter = {"accountId": "r-1", "displayName": "r-1"}
    item = jira_item(0, reporter=reporter, comment={"comments": remarks[:1], "total": 3})

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/issue/10000/comment"):
            start = int(asked.values["startAt"])
            return as_json({"comments": remarks[start : start + 2], "total": 3})
        return jira_cloud([item], asked)

    server.script = script
    comments = run(JIRA_CLOUD, server.url)[0].comment
    assert [(c.comment_id, c.role, c.public, c.body) for c in comments] == [
        ("1", "reporter", True, "said 1"),
        ("2", "agent", False, "said 2"),
        ("3", "agent", True, "said 3"),
    ]


def test_an_edited_comment_is_told_as_written_and_as_edited(server: Remote) -> None:
    def remark(n: int, edited: int | None) -> dict[str, Any]:
        created = jira_time(NOW - HOUR)
        updated = jira_time(NOW - HOUR + edited) if edited is not None else "yesterday"
        return {"id": str(n), "author": {"accountId": "a"}, "body": f"v{n}", "created": created, "updated": updated}

    comments = [remark(1, 0), remark(2, MINUTE), remark(3, None), remark(4, -MINUTE)]
    server.script = lambda asked: jira_cloud([jira_item(0, comment={"comments": comments, "total": 4})], asked)
    told = run(JIRA_CLOUD, server.url)[0].comment
    edited = NOW - HOUR + MINUTE
    assert [(c.comment_id, c.happened_at) for c in told] == [
        ("1", NOW - HOUR), ("2", NOW - HOUR), (f"2#edited-{edited}", edited), ("3", NOW - HOUR), ("4", NOW - HOUR),
    ]  # fmt: skip


def test_custom_fields_are_told_by_our_names_with_their_changes(server: Remote) -> None:
    item = jira_item(0, customfield_7={"value": "Firefox", "child": {"value": "132"}}, customfield_8=["EU", "US"])
    item["changelog"] = {
        "total": 1,
        "histories": [
            history(
                1,
                NOW - HOUR,
                {"field": "Browser", "fieldtype": "custom", "fromString": "Safari", "toString": "Firefox"},
            )
        ],
    }

    def script(asked: Asked) -> Answer:
        answer = json.loads(jira_datacenter([item], asked).body)
        return as_json({**answer, "names": {"customfield_7": "Browser"}})

    server.script = script
    case = with_options(JIRA_DATACENTER, fields={"browser": "customfield_7", "region": "customfield_8"})
    rows = [row for row in run(case, server.url)[0].ticket_event if row.field in ("browser", "region")]
    assert [(row.field, row.old, row.new) for row in rows] == [
        ("browser", None, "Safari"),
        ("region", None, "EU, US"),
        ("browser", "Safari", "Firefox"),
    ]


def test_a_data_center_reached_with_a_user_is_recognised_by_its_own_word(server: Remote) -> None:
    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/serverInfo"):
            return as_json({"deploymentType": "Server", "version": "9.12"})
        return jira_datacenter([jira_item(0)], asked)

    server.script = script
    first = poll(JIRA_CLOUD, server.url)
    assert {row.ticket for row in first.facts.ticket_event} == {"10000"}
    assert "Data Center" in first.note
    before = len(server.asked)
    poll(JIRA_CLOUD, server.url, first.cursor)
    assert not any("/api/3/" in asked.path for asked in server.asked[before:]), "asked once, remembered"


def test_an_explicit_deployment_is_believed(server: Remote) -> None:
    server.script = JIRA_DATACENTER.script(1)
    poll(with_options(JIRA_CLOUD, deployment="datacenter"), server.url)
    assert [asked.path for asked in server.asked] == ["/rest/api/2/search"]
    assert server.asked[0].headers["authorization"].startswith("Basic ")


def test_without_a_user_the_token_goes_as_bearer(server: Remote) -> None:
    server.script = JIRA_DATACENTER.script(1)
    poll(JIRA_DATACENTER, server.url)
    assert server.asked[0].headers["authorization"].startswith("Bearer ")
    assert server.asked[0].path == "/jira/rest/api/2/search"


def test_a_vendor_clock_found_ahead_restarts_the_window_before_it_is_used(server: Remote) -> None:
    server.script = JIRA_CLOUD.script(1)
    first = poll(JIRA_CLOUD, server.url)
    plain = JIRA_CLOUD.script(1)
    server.script = lambda asked: replace(plain(asked), ahead_s=3_600)
    before = len(searches(server))
    poll(JIRA_CLOUD, server.url, first.cursor)
    asked = [int(one.values["jql"].split(">= -")[1].split("m ")[0]) for one in searches(server)[before:]]
    assert len(asked) == 2
    assert 59 <= asked[1] - asked[0] <= 61


def test_a_cursor_of_something_else_starts_anew(server: Remote) -> None:
    server.script = JIRA_CLOUD.script(1)
    assert len(poll(JIRA_CLOUD, server.url, b"\x00not ours").facts) > 0


def test_a_look_remembers_nothing_and_says_what_it_saw(server: Remote) -> None:
    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/serverInfo"):
            return as_json({"deploymentType": "Cloud", "version": "1001.0", "serverTitle": "Care"})
        return jira_cloud([jira_item(0)], asked)

    server.script = script

    async def once() -> Any:
        options = JIRA_CLOUD.settings(server.url)
        source = build(SourceSettings("care", "jira", options=options), site(JIRA_CLOUD))
        try:
            return await source.look(NOW)
        finally:
            await source.close()

    seen = asyncio.run(once())
    assert seen.headline == "Jira answers: Care"
    assert "Jira Cloud 1001.0" in seen.lines


def test_a_page_token_that_comes_twice_is_noticed_at_once_even_with_new_tickets(server: Remote) -> None:
    count = iter(range(100))

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/search/jql"):
            return as_json({"issues": [jira_item(next(count))], "nextPageToken": "again"})
        return jira_cloud([], asked)

    server.script = script
    with pytest.raises(SourceError, match="never end"):
        run(JIRA_CLOUD, server.url)
    assert len(searches(server)) == 2
