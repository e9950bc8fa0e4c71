"""Deciding in the simulated launch: what is written over its Jira is what its Jira then tells, refusals included."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest

from console.model.errors import SourceError, Trouble
from console.model.facts import Fetched
from console.model.moment import DAY, MINUTE, SECOND, parse_instant
from console.ports import RemoteTicket, TicketWriter, Wish
from console.settings import SourceSettings
from console.sources.launch.book import WRITER
from console.sources.launch.jira import CUSTOM
from console.sources.launch.server import Launch, Server
from console.sources.launch.tickets import Ticket
from console.sources.registry import build, build_writer
from console.sources.site import Site
from tests.sources.contract import Inline

T = TypeVar("T")
NOW = parse_instant("2026-11-20T13:21:07Z")
pytestmark = pytest.mark.timeout(60)


class Desk:
    """A running launch, its clock, and both sides of its ticket system."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.now = NOW

    def settings(self) -> SourceSettings:
        options = {"url": self.server.base_url, "deployment": "datacenter", "fields": dict(CUSTOM)}
        return SourceSettings("shop", "jira", options=options)

    def site(self) -> Site:
        return Site("shop", Inline(), 60.0, NOW - 7 * DAY, NOW - 21 * DAY)

    def with_writer(self, act: Callable[[TicketWriter], Awaitable[T]]) -> T:
        async def run() -> T:
            writer = build_writer(self.settings(), self.site())
            try:
                return await act(writer)
            finally:
                await writer.close()

        return asyncio.run(run())

    def write(self, ticket: str, field: str, value: str, decision: str = "d-1") -> RemoteTicket:
        self.now += SECOND

        async def act(writer: TicketWriter) -> RemoteTicket:
            return await writer.write(await writer.read(ticket), Wish(decision, field, value))

        return self.with_writer(act)

    def refused(self, ticket: str, field: str, value: str) -> str:
        with pytest.raises(SourceError) as caught:
            self.write(ticket, field, value)
        assert caught.value.trouble is Trouble.DECLINED
        return caught.value.message

    def poll(self, cursor: bytes = b"") -> Fetched:
        async def run() -> Fetched:
            source = build(self.settings(), self.site())
            try:
                answer = await source.poll(cursor, self.now)
                while answer.more:
                    rest = await source.poll(answer.cursor, self.now)
                    rest.facts.ticket_event += answer.facts.ticket_event
                    rest.facts.comment += answer.facts.comment
                    answer = rest
                return answer
            finally:
                await source.close()

        return asyncio.run(run())

    def one(self, fits: Callable[[Ticket], bool]) -> Ticket:
        return next(t for t in self.server.launch.book.tickets() if t.created < self.now - MINUTE and fits(t))

    def open(self, ticket: Ticket) -> bool:
        return ticket.at(self.now)["status"] in ("New", "Acknowledged", "In Progress")


@pytest.fixture
def desk() -> Iterator[Desk]:
    clock = [NOW]
    server = Server(Launch(7, NOW, lambda: clock[0]))
    made = Desk(server)
    server.launch.clock = lambda: made.now
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.thorough
def test_everything_that_is_decided_is_told_back_with_its_history(desk: Desk) -> None:
    before = desk.poll()
    ticket = desk.one(lambda t: t.at(NOW)["status"] == "New" and t.at(NOW)["priority"] != "Highest")
    for field, value in (
        ("severity", "P1"),
        ("assignee", "Mara Lindt"),
        ("tags", "vip, launch"),
        ("title", "Vouchers are not taken"),
        ("status", "in_progress"),
        ("status", "resolved"),
        ("status", "reopened"),
        ("status", "closed"),
        ("assignee", ""),
    ):
        assert desk.write(ticket.id, field, value).fields[field] == value
    desk.write(ticket.id, "comment", "Please try again.", "c-1")
    desk.write(ticket.id, "internal_comment", "A known cache.", "c-2")
    after = desk.poll(before.cursor)
    rows = [row for row in after.facts.ticket_event if row.ticket == ticket.id and row.actor == WRITER]
    assert [row.new for row in rows if row.field == "status"] == ["in_progress", "resolved", "reopened", "closed"]
    assert [row.new for row in rows if row.field == "severity"] == ["P1"]
    assert [row.new for row in rows if row.field == "assignee"] == ["Mara Lindt", ""]
    assert [row.new for row in rows if row.field == "tags"] == ["vip, launch"]
    assert [row.new for row in rows if row.field == "title"] == ["Vouchers are not taken"]
    said = [(c.body.partition("\n")[0], c.public) for c in after.facts.comment if c.ticket == ticket.id][-2:]
    assert said == [("Please try again.", True), ("A known cache.", False)]


def test_a_ticket_that_was_decided_leaves_its_script_and_others_stay_in_it(desk: Desk) -> None:
    ticket = desk.one(
        lambda t: desk.open(t) and t.changes[-1].at > NOW + MINUTE and t.at(NOW)["status"] == "In Progress"
    )
    other = desk.one(lambda t: desk.open(t) and t.changes[-1].at > NOW + MINUTE and t.id != ticket.id)
    desk.write(ticket.id, "severity", "P4" if ticket.at(NOW)["priority"] == "High" else "P2")
    desk.now += 30 * DAY
    book = desk.server.launch.book
    held, left = book.find(desk.now, ticket.id), book.find(desk.now, other.id)
    assert held is not None and left is not None
    assert held.at(desk.now)["status"] == "In Progress"
    assert left.changes == other.changes


def test_the_workflow_refuses_in_its_own_words(desk: Desk) -> None:
    payment = desk.one(lambda t: t.key.startswith("PAY") and desk.open(t) and not t.at(NOW)["assignee"])
    assert "needs an assignee" in desk.refused(payment.id, "status", "resolved")
    desk.write(payment.id, "assignee", "Tom Okafor")
    assert desk.write(payment.id, "status", "resolved").fields["status"] == "resolved"
    guarded = desk.one(lambda t: t.topic.kind == "security" and t.at(NOW)["status"] != "Closed")
    assert '"Security review"' in desk.refused(guarded.id, "status", "closed")
    assert "Nobody Here" in desk.refused(guarded.id, "assignee", "Nobody Here")
    assert "spaces" in desk.refused(guarded.id, "tags", "two words")
    assert "too long" in desk.refused(guarded.id, "comment", "x" * 40_000)


@pytest.mark.thorough
def test_a_task_is_made_and_found_again_by_its_decision(desk: Desk) -> None:
    ticket = desk.one(desk.open)
    wish = Wish("t-1", "task", json.dumps({"title": "Fix the cache", "body": "Steps."}))

    async def act(writer: TicketWriter) -> tuple[RemoteTicket | None, RemoteTicket, RemoteTicket | None]:
        home = await writer.read(ticket.id)
        return await writer.done(home, wish), await writer.write(home, wish), await writer.done(home, wish)

    before, made, found = desk.with_writer(act)
    assert before is None
    assert found is not None
    assert found.ticket == made.ticket != ticket.id
    assert made.key.partition("-")[0] == ticket.key.partition("-")[0]
    told = [row for row in desk.poll().facts.ticket_event if row.ticket == made.ticket]
    assert {row.field: row.new for row in told}["title"] == "Fix the cache"
    assert "customer" not in {row.field for row in told}


def test_two_people_at_once_are_a_conflict(desk: Desk) -> None:
    ticket = desk.one(lambda t: desk.open(t) and t.at(NOW)["priority"] != "Highest")

    async def act(writer: TicketWriter) -> None:
        seen = await writer.read(ticket.id)
        desk.now += SECOND
        desk.server.launch.book.say(ticket.id, desk.now, "I was faster.", public=True)
        await writer.write(seen, Wish("d", "severity", "P1"))

    with pytest.raises(SourceError) as caught:
        desk.with_writer(act)
    assert caught.value.trouble is Trouble.CONFLICT
