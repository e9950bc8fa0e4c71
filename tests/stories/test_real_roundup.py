"""A real Roundup on loopback: what people do there is what the source tells."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from console.model.errors import SourceError, Trouble
from console.model.facts import Fetched
from console.model.moment import DAY, SECOND
from console.settings import SourceSettings
from console.sources.registry import options_of
from console.sources.site import Site
from console.sources.tickets.roundup import RoundupSource
from console.vault import Secret
from tests.stories.servers import Tracker, roundup

T = TypeVar("T")
pytestmark = pytest.mark.timeout(90)


class Inline:
    async def run(self, size: int, function: Callable[..., T], *arguments: Any) -> T:
        return function(*arguments)


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    with roundup(tmp_path_factory.mktemp("roundup")) as running:
        yield running


def ask(tracker: Tracker, cursor: bytes = b"", password: str = "secret", page: int = 100) -> Fetched:
    """Poll to the end of a run; the last answer with the facts of all."""
    now = time.time_ns() // 1_000
    place = Site("care", Inline(), 60, now - DAY, now - DAY, Secret(password))

    async def until_end() -> Fetched:
        options = options_of(SourceSettings("care", "roundup", options={"url": tracker.url, "user": "admin"}))
        source = RoundupSource(options, place, page=page)
        try:
            answer = await source.poll(cursor, now)
            while answer.more:
                rest = await source.poll(answer.cursor, now)
                rest.facts.ticket_event += answer.facts.ticket_event
                rest.facts.comment += answer.facts.comment
                answer = rest
            return answer
        finally:
            await source.close()

    return asyncio.run(until_end())


def told(answer: Fetched, issue: str) -> dict[str, str | None]:
    rows = sorted((row for row in answer.facts.ticket_event if row.ticket == issue), key=lambda row: row.happened_at)
    return {row.field: row.new for row in rows}


@pytest.mark.thorough
def test_a_wrong_password_is_refused_in_a_sentence(tracker: Tracker) -> None:
    with pytest.raises(SourceError) as caught:
        ask(tracker, password="wrong")
    assert caught.value.trouble is Trouble.REFUSED


@pytest.mark.thorough
def test_the_life_of_a_ticket_is_told_as_it_is_observed(tracker: Tracker) -> None:
    message = tracker.make("msg", content="Paying with a card fails.\r\n<b>Always.</b>", author="admin")
    issue = tracker.make("issue", title="Card payment fails", priority="critical", messages=message)
    wish = tracker.make("issue", title="Dark mode", priority="wish", status="chatting", assignedto="admin")
    first = ask(tracker)
    assert told(first, issue) == {
        "key": f"issue{issue}",
        "url": f"{tracker.url}issue{issue}",
        "title": "Card payment fails",
        "body": "Paying with a card fails.\n<b>Always.</b>",
        "status": "new",
        "severity": "P1",
        "kind": "bug",
        "reporter": "admin",
        "created_at": told(first, issue)["created_at"],
    }
    assert told(first, wish)["kind"] == "enhancement"
    assert "severity" not in told(first, wish)
    assert [(c.ticket, c.comment_id) for c in first.facts.comment] == [(issue, message)]
    assert "observed" in first.note

    tracker.change("issue", issue, status="resolved", assignedto="admin")
    second = ask(tracker, first.cursor)
    changes = {row.field: (row.old, row.new, row.actor) for row in second.facts.ticket_event}
    assert changes == {"status": ("new", "resolved", "admin"), "assignee": ("", "admin", "admin")}
    assert all(row.happened_at >= first.facts.covered[0].to - 2 * SECOND for row in second.facts.ticket_event)

    remark = tracker.make("msg", content="It is back.", author="admin")
    tracker.change("issue", issue, status="in-progress", messages=f"{message},{remark}")
    third = ask(tracker, second.cursor)
    assert [(row.field, row.new) for row in third.facts.ticket_event] == [("status", "reopened")]
    assert [comment.body for comment in third.facts.comment] == ["It is back."]

    quiet = ask(tracker, third.cursor)
    assert len(quiet.facts) == 0
    assert quiet.facts.covered[0].from_ == third.facts.covered[0].to


@pytest.mark.thorough
def test_changes_within_one_second_are_both_kept(tracker: Tracker) -> None:
    issue = tracker.make("issue", title="Twice", priority="bug")
    answer = ask(tracker)
    instants = []
    for status in ("chatting", "resolved", "chatting"):
        tracker.change("issue", issue, status=status)
        answer = ask(tracker, answer.cursor)
        instants += [(row.happened_at, row.change_id) for row in answer.facts.ticket_event if row.ticket == issue]
    assert len({change for _, change in instants}) == 3
    assert instants == sorted(instants)


@pytest.mark.thorough
def test_more_issues_than_a_page_come_all(tracker: Tracker) -> None:
    made = {tracker.make("issue", title=f"Bulk {n}", priority="urgent") for n in range(8)}
    rows = ask(tracker, page=3).facts.ticket_event
    assert made <= {row.ticket for row in rows}
