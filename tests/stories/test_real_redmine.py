"""A real Redmine on loopback: what people did there is told with its whole history, and what is decided here stands there."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import httpx
import pytest

from console.model.errors import SourceError, Trouble
from console.model.facts import Fetched
from console.model.moment import DAY
from console.ports import RemoteTicket, Source, TicketWriter, Wish, marker
from console.settings import SourceSettings
from console.sources.registry import build, build_writer, writes
from console.sources.site import Site
from console.vault import Secret
from tests.sources.contract import Inline
from tests.stories.lost_answers import Deaf
from tests.stories.redmine import Redmine, redmine

T = TypeVar("T")
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redmine]:
    with redmine(tmp_path_factory.mktemp("redmine")) as running:
        yield running


def settings(server: Redmine, **options: Any) -> SourceSettings:
    fields = {"browser": "Browser", "tags": server.ids["fields"]["tags"]}
    given = {"url": server.url, "project": server.project, "task_project": server.tasks, "fields": fields, **options}
    return SourceSettings("care", "redmine", options=given)


def site(key: str, transport: httpx.AsyncBaseTransport | None = None) -> Site:
    now = time.time_ns() // 1_000
    return Site("care", Inline(), 60, now - DAY, now - DAY, Secret(key), transport)


def with_writer(
    server: Redmine,
    act: Callable[[TicketWriter], Awaitable[T]],
    key: str = "",
    transport: httpx.AsyncBaseTransport | None = None,
) -> T:
    async def run() -> T:
        writer = build_writer(settings(server), site(key or server.key, transport))
        try:
            return await act(writer)
        finally:
            await writer.close()

    return asyncio.run(run())


def read(server: Redmine, issue: str) -> RemoteTicket:
    return with_writer(server, lambda writer: writer.read(issue))


def write(server: Redmine, issue: str, field: str, value: str, key: str = "", decision: str = "d1") -> RemoteTicket:
    async def act(writer: TicketWriter) -> RemoteTicket:
        return await writer.write(await writer.read(issue), Wish(decision, field, value))

    return with_writer(server, act, key)


def ask(server: Redmine, cursor: bytes = b"", key: str = "", **options: Any) -> Fetched:
    """Poll to the end of a run; the last answer with the facts of all."""

    async def until_end(source: Source) -> Fetched:
        answer = await source.poll(cursor, time.time_ns() // 1_000)
        while answer.more:
            rest = await source.poll(answer.cursor, time.time_ns() // 1_000)
            rest.facts.ticket_event += answer.facts.ticket_event
            rest.facts.comment += answer.facts.comment
            answer = rest
        return answer

    async def run() -> Fetched:
        source = build(settings(server, **options), site(key or server.key))
        try:
            return await until_end(source)
        finally:
            await source.close()

    return asyncio.run(run())


def trouble(act: Callable[[], object]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        act()
    return caught.value


def life(answer: Fetched, issue: str, field: str) -> list[tuple[str | None, str | None, str]]:
    rows = [row for row in answer.facts.ticket_event if row.ticket == issue and row.field == field]
    return [(row.old, row.new, row.actor) for row in sorted(rows, key=lambda row: row.happened_at)]


@pytest.mark.thorough
def test_the_whole_life_of_an_issue_is_told_from_its_journals(server: Redmine) -> None:
    ids = server.ids
    issue = server.make(
        "Zahlung schlägt fehl 💥", description="Always.\r\n<b>x</b>", custom_fields=[{"id": 1, "value": "Firefox"}]
    )
    server.change(issue, status_id=ids["statuses"]["In Progress"], assigned_to_id=ids["users"]["zoe"])
    server.change(issue, key=server.ada, priority_id=ids["priorities"]["Urgent"], notes="It is the gateway.")
    server.change(issue, notes="Not for the customer.", private_notes=True)
    server.change(issue, status_id=ids["statuses"]["Resolved"], assigned_to_id=ids["users"]["mika"])
    server.change(issue, status_id=ids["statuses"]["Closed"])
    server.change(issue, status_id=ids["statuses"]["New"], custom_fields=[{"id": 1, "value": "Safari"}])
    answer = ask(server)
    assert life(answer, issue, "status") == [
        (None, "new", "Root Admin"),
        ("new", "in_progress", "Root Admin"),
        ("in_progress", "resolved", "Root Admin"),
        ("resolved", "closed", "Root Admin"),
        ("closed", "reopened", "Root Admin"),
    ]
    assert life(answer, issue, "severity") == [(None, "P3", "Root Admin"), ("P3", "P1", "Ada Lovelace")]
    assert [new for _, new, _ in life(answer, issue, "assignee")] == ["Zoë Ångström", "美嘉 Yamada"]
    assert [new for _, new, _ in life(answer, issue, "browser")] == ["Firefox", "Safari"]
    assert life(answer, issue, "body")[0][1] == "Always.\n<b>x</b>"
    assert life(answer, issue, "title")[0][1] == "Zahlung schlägt fehl 💥"
    assert life(answer, issue, "key")[0][1] == f"#{issue}"
    assert [(c.body, c.public, c.role) for c in answer.facts.comment if c.ticket == issue] == [
        ("It is the gateway.", True, "agent"),
        ("Not for the customer.", False, "reporter"),
    ]
    again = ask(server, answer.cursor)
    known = {(row.ticket, row.change_id, row.field) for row in answer.facts.ticket_event}
    assert {(row.ticket, row.change_id, row.field) for row in again.facts.ticket_event} <= known


@pytest.mark.thorough
def test_a_later_change_is_told_alone_and_a_closed_issue_is_not_forgotten(server: Redmine) -> None:
    issue = server.make("Closed at once")
    first = ask(server)
    server.change(issue, status_id=server.ids["statuses"]["Closed"])
    second = ask(server, first.cursor)
    assert ("new", "closed", "Root Admin") in life(second, issue, "status")
    assert second.facts.covered[0].from_ == first.facts.covered[0].to


def test_a_wrong_key_is_refused_though_the_project_is_public(server: Redmine) -> None:
    assert trouble(lambda: ask(server, key="wrong")).trouble is Trouble.REFUSED


def test_a_project_nobody_knows_is_told_by_name(server: Redmine) -> None:
    error = trouble(lambda: ask(server, project="nowhere"))
    assert error.trouble is Trouble.NOT_FOUND
    assert '"nowhere"' in error.message


@pytest.mark.thorough
def test_every_field_that_is_written_stands_there(server: Redmine) -> None:
    issue = server.make("Written to")
    for field, value, there in (
        ("severity", "P1", ("priority", "Urgent")),
        ("severity", "P4", ("priority", "Low")),
        ("status", "acknowledged", ("status", "In Progress")),
        ("status", "resolved", ("status", "Resolved")),
        ("status", "reopened", ("status", "In Progress")),
        ("status", "closed", ("status", "Closed")),
        ("assignee", "Zoë Ångström", ("assigned_to", "Zoë Ångström")),
        ("assignee", "美嘉 yamada", ("assigned_to", "美嘉 Yamada")),
    ):
        assert write(server, issue, field, value).fields[field] == value
        assert server.issue(issue)[there[0]]["name"] == there[1]
    assert write(server, issue, "title", "Zahlung 💥 <b>").fields["title"] == "Zahlung 💥 <b>"
    assert write(server, issue, "assignee", "").fields["assignee"] == ""
    assert "assigned_to" not in server.issue(issue)
    assert write(server, issue, "tags", "launch, payment").fields["tags"] == "launch, payment"
    assert read(server, issue).fields["tags"] == "launch, payment"
    assert "tags" in writes(settings(server))
    assert "tags" not in writes(SourceSettings("care", "redmine", options={"url": server.url}))


def test_status_resolved_writes_exactly_resolved(server: Redmine) -> None:
    issue = server.make("Resolve me")
    write(server, issue, "status", "resolved")
    assert server.issue(issue)["status"]["name"] == "Resolved"
    assert server.issue(issue)["status"]["is_closed"] is False
    assert read(server, issue).fields["status"] == "resolved"


def test_a_state_redmine_ignores_without_a_word_is_declined_with_what_it_allows(server: Redmine) -> None:
    issue = server.make("Not for reporters")
    error = trouble(lambda: write(server, issue, "status", "resolved", server.rosa))
    assert error.trouble is Trouble.DECLINED
    assert 'leaves the issue in "New" instead of "Resolved"' in error.message
    assert server.issue(issue)["status"]["name"] == "New"


def test_somebody_elses_change_is_a_conflict(server: Redmine) -> None:
    issue = server.make("Moved meanwhile")
    remote = read(server, issue)
    server.change(issue, key=server.ada, notes="I am on it.")
    error = trouble(lambda: with_writer(server, lambda writer: writer.write(remote, Wish("d", "severity", "P1"))))
    assert error.trouble is Trouble.CONFLICT
    assert server.issue(issue)["priority"]["name"] == "Normal"


@pytest.mark.thorough
def test_a_comment_whose_answer_timed_out_is_there_once_and_a_private_one_stays_private(server: Redmine) -> None:
    issue = server.make("Comment once")
    for decision, field in (("c-1", "comment"), ("c-2", "internal_comment")):
        wish = Wish(decision, field, "We are looking into it.\nمرحبا")

        async def first(writer: TicketWriter, wish: Wish = wish) -> RemoteTicket:
            return await writer.write(await writer.read(issue), wish)

        assert trouble(lambda first=first: with_writer(server, first, transport=Deaf(1))).trouble is Trouble.TIMEOUT

        async def again(writer: TicketWriter, wish: Wish = wish) -> RemoteTicket:
            now = await writer.read(issue)
            return await writer.done(now, wish) or await writer.write(now, wish)

        with_writer(server, again)
        with_writer(server, again)
    notes = [(row["notes"], row["private_notes"]) for row in server.issue(issue)["journals"]]
    text = "We are looking into it.\nمرحبا\n\n"
    assert [(note.replace("\r\n", "\n"), private) for note, private in notes] == [
        (text + marker("c-1"), False),
        (text + marker("c-2"), True),
    ]


def test_a_private_note_is_never_published_by_a_user_without_the_right(server: Redmine) -> None:
    issue = server.make("Secret")
    error = trouble(lambda: write(server, issue, "internal_comment", "The customer must not read this.", server.rosa))
    assert error.trouble is Trouble.DECLINED
    assert server.issue(issue)["journals"] == []


@pytest.mark.thorough
def test_a_task_is_made_once_and_in_the_project_for_tasks(server: Redmine) -> None:
    issue = server.make("Needs a fix")
    wish = Wish("t-1", "task", json.dumps({"title": "Fix it", "body": "Steps, expected, actual."}))

    async def first(writer: TicketWriter) -> RemoteTicket:
        return await writer.write(await writer.read(issue), wish)

    assert trouble(lambda: with_writer(server, first, transport=Deaf(1))).trouble is Trouble.TIMEOUT

    async def again(writer: TicketWriter) -> RemoteTicket:
        now = await writer.read(issue)
        return await writer.done(now, wish) or await writer.write(now, wish)

    made = with_writer(server, again)
    assert with_writer(server, again).ticket == made.ticket != issue
    assert server.issue(made.ticket)["project"]["name"] == "Development"
    assert made.key == f"#{made.ticket}"


@pytest.mark.thorough
def test_a_deleted_issue_is_gone_and_one_that_moved_is_still_found(server: Redmine) -> None:
    issue, other = server.make("Deleted"), server.make("Moved")
    server.delete(issue)
    assert trouble(lambda: read(server, issue)).trouble is Trouble.NOT_FOUND
    server.change(other, project_id=2)
    assert write(server, other, "severity", "P2").fields["severity"] == "P2"


def test_what_redmine_will_not_take_is_declined_in_its_words(server: Redmine) -> None:
    issue = server.make("Title needed")
    error = trouble(lambda: write(server, issue, "title", ""))
    assert error.trouble is Trouble.DECLINED
    assert "Subject cannot be blank" in error.message
    error = trouble(lambda: write(server, issue, "assignee", "Nobody Here"))
    assert error.trouble is Trouble.DECLINED
    assert "Nobody Here" in error.message
