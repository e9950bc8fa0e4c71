"""Jira Service Management: SLA clocks from their fields, the reporter's satisfaction from a call that has no list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from console.model.moment import DAY, HOUR, MINUTE, iso
from tests.sources.cases_tickets import JIRA_CLOUD, jira_cloud, jira_item, jira_time
from tests.sources.contract import NOW, Answer, Asked, Remote, Script, always, as_json, poll, remote, run

pytestmark = pytest.mark.timeout(30)
DESK = {"key": "CARE", "projectTypeKey": "service_desk"}
DONE = {"id": "5", "name": "Resolved", "statusCategory": {"key": "done"}}


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


def when(instant: int) -> dict[str, Any]:
    return {"epochMillis": instant // 1_000, "iso8601": jira_time(instant)}


def cycle(start: int, due: int, stop: int | None = None, *, breached: bool = False) -> dict[str, Any]:
    spent = {"elapsedTime": {"millis": 90_000}, "goalDuration": {"millis": 3_600_000}}
    ended = {} if stop is None else {"stopTime": when(stop)}
    return {"startTime": when(start), "breachTime": when(due), "breached": breached, **spent, **ended}


def desk(items: list[Any], feedback: dict[str, Any] | None = None, status: int = 200) -> Script:
    """A Jira Cloud with service management; ``feedback``: issue id → its answer."""

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/field"):
            kind = "com.atlassian.servicedesk:sd-sla-field"
            return as_json([{"id": "customfield_30", "schema": {"custom": kind}}, {"id": "summary"}])
        if asked.path.endswith("/feedback"):
            known = (feedback or {}).get(asked.path.split("/")[-2])
            return as_json(known, status=status) if known is not None else Answer(b"", 404)
        if asked.path.endswith("/search/jql") and "customfield_30" not in asked.values["fields"]:
            bare = [{**i, "fields": {k: v for k, v in i["fields"].items() if k != "customfield_30"}} for i in items]
            return jira_cloud(bare, asked)
        return jira_cloud(items, asked)

    return script


def clocks(server: Remote, value: Any) -> list[tuple[str | None, str | None, int]]:
    server.script = desk([jira_item(0, project=DESK, customfield_30=value)])
    rows = [row for row in run(JIRA_CLOUD, server.url)[0].ticket_event if row.field.startswith("sla ")]
    assert len({row.change_id for row in rows}) == len(rows), "each step is a change of its own"
    return [(row.old, row.new, row.happened_at) for row in rows]


def test_a_clock_tells_where_it_started_was_missed_and_ended(server: Remote) -> None:
    start, again = NOW - 5 * HOUR, NOW - 2 * HOUR
    value = {
        "id": "10",
        "name": "Time to resolution",
        "completedCycles": [cycle(start, start + HOUR, start + 2 * HOUR, breached=True)],
        "ongoingCycle": cycle(again, again + 4 * HOUR),
    }
    assert clocks(server, value) == [
        ("", f"running {iso(start + HOUR)}", start),
        (f"running {iso(start + HOUR)}", f"missed {iso(start + HOUR)}", start + HOUR),
        (f"missed {iso(start + HOUR)}", "breached 90 of 3600", start + 2 * HOUR),
        ("breached 90 of 3600", f"running {iso(again + 4 * HOUR)}", again),
    ]


@pytest.mark.parametrize(
    "value",
    [None, [], 7, "text", {"name": "x"}, {"name": "x", "completedCycles": [None, 3, {}], "ongoingCycle": []},
     {"name": "x", "ongoingCycle": {"startTime": {"epochMillis": "soon"}, "breached": True}}],
)  # fmt: skip
def test_a_clock_of_another_shape_says_nothing_and_costs_nothing(server: Remote, value: Any) -> None:
    assert clocks(server, value) == []


def test_a_jira_without_service_projects_is_asked_nothing_more(server: Remote) -> None:
    server.script = desk([jira_item(0, project={"key": "PAY", "projectTypeKey": "software"}, status=DONE)])
    run(JIRA_CLOUD, server.url)
    assert not [asked for asked in server.asked if asked.path.endswith(("/field", "/feedback"))]


def test_the_fields_are_asked_for_once(server: Remote) -> None:
    server.script = desk([jira_item(0, project=DESK)])
    first = poll(JIRA_CLOUD, server.url)
    poll(JIRA_CLOUD, server.url, first.cursor, NOW + MINUTE)
    assert len([asked for asked in server.asked if asked.path.endswith("/field")]) == 1


def test_satisfaction_is_asked_until_it_comes_and_told_once(server: Remote) -> None:
    items = [jira_item(n, project=DESK, status=DONE) for n in range(2)] + [jira_item(2, project=DESK)]
    given: dict[str, Any] = {}
    server.script = desk(items, given)
    first, answers = run(JIRA_CLOUD, server.url)
    assert first.survey == []
    given["10000"] = {"type": "csat", "rating": 2, "comment": {"body": "Slow,\r\nbut <b>kind</b>"}}
    second = poll(JIRA_CLOUD, server.url, answers[-1].cursor, NOW + HOUR)
    assert [(s.kind, s.score, s.ticket, s.comment) for s in second.facts.survey] == [
        ("support", 2.0, "10000", "Slow,\nbut <b>kind</b>")
    ]
    asked = [one for one in server.asked if one.path.endswith("/feedback")]
    assert asked[0].headers["x-experimentalapi"] == "opt-in"
    assert not any("10002" in one.path for one in asked), "an open request has no satisfaction"
    third = poll(JIRA_CLOUD, server.url, second.cursor, NOW + 2 * HOUR)
    assert third.facts.survey == []


def test_a_request_is_not_asked_for_ever(server: Remote) -> None:
    server.script = desk([jira_item(0, project=DESK, status=DONE)])
    _, answers = run(JIRA_CLOUD, server.url)
    late = poll(JIRA_CLOUD, server.url, answers[-1].cursor, NOW + 15 * DAY)
    before = len([one for one in server.asked if one.path.endswith("/feedback")])
    poll(JIRA_CLOUD, server.url, late.cursor, NOW + 16 * DAY)
    assert len([one for one in server.asked if one.path.endswith("/feedback")]) == before


@pytest.mark.parametrize("rating", [0, 6, -1, "5", True, None, 4.5])
def test_a_rating_that_is_none_counts_for_nothing(server: Remote, rating: Any) -> None:
    server.script = desk([jira_item(0, project=DESK, status=DONE)], {"10000": {"rating": rating}})
    assert run(JIRA_CLOUD, server.url)[0].survey == []


def test_a_user_who_may_not_ask_asks_once_a_run(server: Remote) -> None:
    items = [jira_item(n, project=DESK, status=DONE) for n in range(3)]
    server.script = desk(items, {item["id"]: {} for item in items}, status=403)
    run(JIRA_CLOUD, server.url)
    assert len([one for one in server.asked if one.path.endswith("/feedback")]) == 1


@pytest.mark.parametrize("answer", [Answer(b"", 500), Answer(b"<html>"), Answer(b"", 429)], ids=["500", "html", "429"])
def test_one_request_whose_satisfaction_fails_for_ever_holds_nothing_up(server: Remote, answer: Answer) -> None:
    healthy = desk([jira_item(n, project=DESK, status=DONE) for n in range(2)], {"10001": {"rating": 4}})
    server.script = lambda asked: answer if "/10000/feedback" in asked.path else healthy(asked)
    cursor, surveys, reached = b"", [], list[int]()
    for turn in range(3):
        for _ in range(9):
            fetched = poll(JIRA_CLOUD, server.url, cursor, NOW + turn * HOUR)
            cursor = fetched.cursor
            surveys += fetched.facts.survey
            reached += [span.to for span in fetched.facts.covered]
            if not fetched.more:
                break
    assert reached == [NOW, NOW + HOUR, NOW + 2 * HOUR]
    assert [(one.ticket, one.score) for one in surveys] == [("10001", 4.0)]
