"""Roundup has no history: what is told between two polls, and what a tracker of another make lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import SourceError, Trouble
from console.model.moment import HOUR, MINUTE, SECOND, iso
from console.sources.tickets import words as w
from console.sources.tickets.roundup_issue import first_rows, issue_of, later_rows
from console.sources.tickets.roundup_memory import OVERLAP, Last
from tests.sources.cases_tickets import ROUNDUP, roundup, roundup_item, roundup_time
from tests.sources.contract import NOW, Answer, Asked, Remote, always, as_json, poll, remote, run

WORDS = w.words_for(w.ROUNDUP_SEVERITY, w.ROUNDUP_STATUS, kinds=w.ROUNDUP_KINDS)


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


def status(name: str) -> dict[str, str]:
    return {"id": "1", "name": name}


def test_a_property_this_tracker_lacks_is_left_out_from_then_on(server: Remote) -> None:
    def script(asked: Asked) -> Answer:
        for name in ("superseder", "keyword"):
            if name in str(asked.values.get("@fields", "")):
                return as_json({"error": {"status": 400, "msg": f"'Unknown property: {name}'"}}, status=400)
        return roundup([roundup_item(0)], asked)

    server.script = script
    first = poll(ROUNDUP, server.url)
    assert len(first.facts) > 0
    before = len(server.asked)
    poll(ROUNDUP, server.url, first.cursor)
    assert len(server.asked) == before + 1


def test_without_creation_and_activity_nothing_can_be_told(server: Remote) -> None:
    server.script = always(as_json({"error": {"msg": "'Unknown property: activity'"}}, status=400))
    with pytest.raises(SourceError, match="activity") as caught:
        poll(ROUNDUP, server.url)
    assert caught.value.trouble is Trouble.SETTINGS


def test_a_ticket_first_seen_after_it_moved_is_new_at_birth_and_itself_at_its_last_activity(server: Remote) -> None:
    item = roundup_item(0, status=status("resolved"), activity=roundup_time(NOW - HOUR))
    server.script = lambda asked: roundup([item], asked)
    rows = poll(ROUNDUP, server.url).facts.ticket_event
    told = [(row.field, row.old, row.new, row.happened_at) for row in rows if row.field in ("status", "assignee")]
    birth = NOW - 5 * HOUR
    assert told == [
        ("status", None, "new", birth),
        ("assignee", "", "ada", NOW - HOUR),
        ("status", "new", "resolved", NOW - HOUR),
    ]


def test_the_limits_of_what_is_observed_stand_in_the_note(server: Remote) -> None:
    server.script = ROUNDUP.script(1)
    assert "observed" in poll(ROUNDUP, server.url).note


def test_the_second_run_asks_from_an_overlap_before_with_its_zone(server: Remote) -> None:
    server.script = ROUNDUP.script(1)
    first = poll(ROUNDUP, server.url)
    poll(ROUNDUP, server.url, first.cursor, NOW + MINUTE)
    newest = NOW - 5 * HOUR
    expected = roundup_time(newest - OVERLAP) + "+0000;"
    assert server.asked[-1].values["activity"] == expected
    assert "activity" not in server.asked[0].values


def test_a_message_that_cannot_be_read_is_asked_for_again(server: Remote) -> None:
    item = roundup_item(0, messages=[{"id": "5"}])
    message = {
        "id": "5",
        "content": "Hello",
        "author": {"username": "rosa"},
        "creation": item["creation"],
        "date": None,
    }

    def script(allowed: bool) -> Any:
        def answer(asked: Asked) -> Answer:
            if asked.path.endswith("/msg"):
                return as_json({"data": {"collection": [message]}}) if allowed else Answer(b"{}", 403)
            return roundup([item], asked)

        return answer

    server.script = script(False)
    first = poll(ROUNDUP, server.url)
    assert first.facts.comment == []
    server.script = script(True)
    second = poll(ROUNDUP, server.url, first.cursor)
    assert [(c.comment_id, c.author, c.role, c.body) for c in second.facts.comment] == [
        ("5", "rosa", "reporter", "Hello")
    ]
    assert poll(ROUNDUP, server.url, second.cursor).facts.comment == []


def test_the_address_may_name_the_rest_interface_itself(server: Remote) -> None:
    server.script = ROUNDUP.script(1)
    case = replace(ROUNDUP, settings=lambda url: {"url": url + "/tracker/rest/data/issue", "user": "lead"})
    facts, _ = run(case, server.url)
    assert server.asked[0].path == "/tracker/rest/data/issue"
    assert f"{server.url}/tracker/issue1" in {row.new for row in facts.ticket_event if row.field == "url"}


def test_properties_of_the_tracker_are_told_by_our_names(server: Remote) -> None:
    items = [roundup_item(0, platform=[{"id": "1", "name": "Firefox"}], sev={"id": "2", "name": "urgent"})]
    server.script = lambda asked: roundup(items, asked)
    settings = {"fields": {"browser": "platform", "severity": "sev"}}
    case = replace(ROUNDUP, settings=lambda url: {**ROUNDUP.settings(url), **settings})
    told = {row.field: row.new for row in run(case, server.url)[0].ticket_event}
    assert (told["browser"], told["severity"]) == ("Firefox", "P2")
    assert "platform" in server.asked[0].values["@fields"]


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(sorted(w.ROUNDUP_STATUS)), st.sampled_from(["", "ada", "bo"])),
        max_size=10,
    )
)
def test_whatever_is_observed_joins_without_a_seam(steps: list[tuple[int, str, str]]) -> None:
    """Old joins new, instants of changes rise even within one second, no change id comes twice."""
    activity, last = NOW - HOUR, None
    told: dict[str, str | None] = {}
    instants: dict[str, int] = {}
    for seconds, name, assignee in [(0, "unread", ""), *steps]:
        activity += seconds * SECOND
        row = roundup_item(0, status=status(name), assignedto={"username": assignee}, activity=roundup_time(activity))
        issue = issue_of({**row, "creation": roundup_time(NOW - HOUR)}, WORDS, "http://x/", {})
        assert issue is not None
        rows, last = first_rows("care", issue, "") if last is None else later_rows("care", issue, last)
        assert isinstance(last, Last)
        for event in rows:
            assert event.old == (None if event.change_id == "created" else told.get(event.field) or "")
            assert instants.setdefault(event.change_id, event.happened_at) == event.happened_at
            told[event.field] = event.new
        plain = WORDS.status(name)
        assert told["status"] == plain or (told["status"] == "reopened" and plain in w.OPEN)
        assert (told.get("assignee") or "") == assignee
    assert list(instants.values()) == sorted(set(instants.values()))
    assert all(change in ("created", iso(at)) for change, at in instants.items())


def test_a_reopened_ticket_stays_reopened_until_its_status_moves() -> None:
    def seen(name: str, assignee: str, minutes: int) -> Any:
        activity = roundup_time(NOW - HOUR + minutes * MINUTE)
        return issue_of(
            roundup_item(0, status=status(name), assignedto={"username": assignee}, activity=activity),
            WORDS,
            "http://x/",
            {},
        )

    _, last = first_rows("care", seen("resolved", "ada", 0), "")
    rows, last = later_rows("care", seen("chatting", "ada", 1), last)
    assert [(row.field, row.new) for row in rows] == [("status", "reopened")]
    rows, last = later_rows("care", seen("chatting", "bo", 2), last)
    assert [(row.field, row.new) for row in rows] == [("assignee", "bo")]
    rows, last = later_rows("care", seen("testing", "bo", 3), last)
    assert [(row.field, row.old, row.new) for row in rows] == [("status", "reopened", "in_progress")]
