"""Redmine's traps: pages that move while they are read, ids of what was deleted, and silence about what it will not do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.errors import SourceError, Trouble
from console.model.moment import HOUR, SECOND
from console.ports import RemoteTicket, TicketWriter, Wish
from console.sources.tickets.redmine_api import root_of
from tests.sources.cases_tickets import REDMINE, redmine, redmine_item, redmine_time
from tests.sources.contract import NOW, Answer, Asked, Remote, always, poll, remote, run
from tests.sources.test_writers_contract import with_writer, written
from tests.sources.vendors import WRITERS, Redmine, Writer

pytestmark = pytest.mark.timeout(60)
WRITER = next(w for w in WRITERS if w.name == "redmine")


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


def journal(number: int, at: int, *details: dict[str, Any], **more: Any) -> dict[str, Any]:
    row = {"id": number, "user": {"id": 4, "name": "Ada"}, "created_on": redmine_time(at), "notes": "", **more}
    return {**row, "details": list(details)}


def attr(name: str, old: str | None, new: str | None, prop: str = "attr") -> dict[str, Any]:
    return {"property": prop, "name": name, "old_value": old, "new_value": new}


@pytest.mark.parametrize(
    "given_url",
    ["https://r.example/track", "https://r.example/track/", "https://r.example/track/projects/care?x=1",
     "https://r.example/track/issues.json", "https://r.example/track/issues/7#note-1"],
)  # fmt: skip
def test_the_address_of_any_of_its_pages_will_do(given_url: str) -> None:
    assert root_of(given_url) == "https://r.example/track/"


def test_journals_name_what_was_deleted_since_by_its_number(server: Remote) -> None:
    log = [
        journal(1, NOW - HOUR, attr("status_id", "1", "77"), attr("assigned_to_id", None, "88")),
        journal(2, NOW - HOUR + SECOND, attr("status_id", "77", "3"), attr("assigned_to_id", "88", "4")),
        journal(3, NOW - HOUR + 2 * SECOND, attr("8", None, "white page.png", "attachment")),
        journal(4, NOW - HOUR + 3 * SECOND, attr("9", "Chrome", "Firefox", "cf"), attr("1", "Chrome", "Firefox", "cf")),
    ]
    issue = redmine_item(0, journals=log, status={"id": 3, "name": "Resolved", "is_closed": False})
    server.script = lambda asked: redmine([issue], asked)
    rows = run(REDMINE, server.url)[0].ticket_event
    told = {name: [row.new for row in rows if row.field == name] for name in ("status", "assignee", "browser")}
    assert told["status"] == ["new", "in_progress", "resolved"]
    assert told["assignee"] == ["#88", "Ada"]
    assert told["browser"] == ["Chrome", "Firefox"]
    files = [(row.old, row.new) for row in rows if row.field == "attachments"]
    assert files == [("", f"{server.url}/redmine/attachments/download/8/white%20page.png")]


def test_an_issue_that_is_gone_between_the_list_and_its_journals_is_told_as_the_list_had_it(server: Remote) -> None:
    items = [redmine_item(0), redmine_item(1)]

    def script(asked: Asked) -> Answer:
        return Answer(b"", 404) if asked.path.endswith("/issues/1.json") else redmine(items, asked)

    server.script = script
    facts, answers = run(REDMINE, server.url)
    assert {row.ticket for row in facts.ticket_event} == {"1", "2"}
    assert answers[-1].partial == ""


@pytest.mark.thorough
@given(st.lists(st.integers(0, 3), min_size=1, max_size=14), st.lists(st.integers(0, 13), max_size=4))
@settings(max_examples=25, deadline=None)
def test_no_issue_is_lost_however_many_share_a_second_or_move_while_we_page(
    seconds: list[int], moves: list[int]
) -> None:
    items = [redmine_item(n, updated_on=redmine_time(NOW - HOUR + s * SECOND)) for n, s in enumerate(seconds)]
    left = list(moves)

    def script(asked: Asked) -> Answer:
        answer = redmine(items, asked)
        if asked.path.endswith("/issues.json") and left:
            moved = left.pop() % len(items)
            items[moved]["updated_on"] = redmine_time(NOW - HOUR // 2 + (10 - len(left)) * SECOND)
        return answer

    with remote(script) as server:
        facts, _ = run(REDMINE, server.url)
    assert {row.ticket for row in facts.ticket_event} == {str(n + 1) for n in range(len(seconds))}


def test_the_next_run_starts_before_the_newest_change_and_asks_for_closed_ones_too(server: Remote) -> None:
    server.script = lambda asked: redmine([redmine_item(0)], asked)
    first = poll(REDMINE, server.url)
    poll(REDMINE, server.url, first.cursor, NOW + 60 * SECOND)
    lists = [asked.values for asked in server.asked if asked.path.endswith("/issues.json")]
    assert "updated_on" not in lists[0]
    assert lists[1]["updated_on"] < f">={redmine_time(NOW - 5 * HOUR)}"
    assert all((row["status_id"], row["project_id"]) == ("*", "care") for row in lists)


def test_a_key_nobody_has_is_refused_although_the_list_answers_anyone(server: Remote) -> None:
    def script(asked: Asked) -> Answer:
        return Answer(b"", 401) if asked.path.endswith("/users/current.json") else redmine([redmine_item(0)], asked)

    server.script = script
    with pytest.raises(SourceError) as caught:
        poll(REDMINE, server.url)
    assert caught.value.trouble is Trouble.REFUSED


def refused(server: Remote, field: str, value: str, case: Writer = WRITER) -> str:
    with pytest.raises(SourceError) as caught:
        written(case, server, Wish("d-1", field, value))
    assert caught.value.trouble is Trouble.DECLINED
    return caught.value.message


def test_a_state_that_is_silently_not_set_is_told_with_the_ways_that_are_open(server: Remote) -> None:
    server.script = Redmine()
    message = refused(server, "status", "closed")
    assert 'leaves the issue in "New" instead of "Closed"' in message
    assert "In Progress" in message


def test_a_private_note_without_the_right_is_not_sent_at_all(server: Remote) -> None:
    server.script = vendor = Redmine()
    vendor.rights = []
    assert "would have published" in refused(server, "internal_comment", "Secret.")
    assert vendor.writes == 0


def test_a_custom_field_that_vanished_is_named(server: Remote) -> None:
    server.script = vendor = Redmine()
    case = Writer("r", "redmine", lambda url: {"url": url, "fields": {"area": "Area"}}, Redmine)
    assert '"Area"' in refused(server, "area", "Checkout", case)
    assert vendor.writes == 0


def test_people_are_found_among_the_members_in_any_script(server: Remote) -> None:
    server.script = vendor = Redmine()
    assert written(WRITER, server, Wish("d", "assignee", "zoë ångström")).fields["assignee"] == "zoë ångström"
    assert vendor.issues["7"]["assigned_to"]["id"] == 5
    assert '"Nobody"' in refused(server, "assignee", "Nobody")


def test_a_task_for_another_systems_ticket_needs_a_project_of_its_own(server: Remote) -> None:
    server.script = vendor = Redmine()
    home = RemoteTicket("4", "PAY-4", {}, "", "https://jira.example/browse/PAY-4")
    task = Wish("t", "task", json.dumps({"title": "Fix"}))

    async def act(writer: TicketWriter) -> RemoteTicket:
        return await writer.write(home, task)

    with pytest.raises(SourceError, match="task_project"):
        with_writer(WRITER, server, act)
    case = Writer("r", "redmine", lambda url: {"url": url, "task_project": "dev"}, Redmine)
    assert with_writer(case, server, act).fields["title"] == "Fix"
    assert vendor.made == ["Fix"]
