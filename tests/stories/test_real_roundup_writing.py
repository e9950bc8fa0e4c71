"""A real Roundup on loopback, written to: what is decided here is what stands there, once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import httpx
import pytest

from console.model.errors import SourceError, Trouble
from console.model.moment import DAY
from console.ports import RemoteTicket, TicketWriter, Wish, marker
from console.settings import SourceSettings
from console.sources.registry import build_writer, writes
from console.sources.site import Site
from console.vault import Secret
from tests.sources.contract import Inline
from tests.stories.lost_answers import Deaf
from tests.stories.servers import Tracker, roundup

T = TypeVar("T")
pytestmark = pytest.mark.timeout(90)


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    with roundup(tmp_path_factory.mktemp("roundup")) as running:
        yield running


def settings(tracker: Tracker, **options: Any) -> SourceSettings:
    return SourceSettings("care", "roundup", options={"url": tracker.url, "user": "admin", **options})


def with_writer(
    tracker: Tracker, act: Callable[[TicketWriter], Awaitable[T]], transport: httpx.AsyncBaseTransport | None = None
) -> T:
    async def run() -> T:
        now = time.time_ns() // 1_000
        place = Site("care", Inline(), 60, now - DAY, now - DAY, Secret(tracker.password), transport)
        writer = build_writer(settings(tracker), place)
        try:
            return await act(writer)
        finally:
            await writer.close()

    return asyncio.run(run())


def read(tracker: Tracker, issue: str) -> RemoteTicket:
    return with_writer(tracker, lambda writer: writer.read(issue))


def write(tracker: Tracker, remote: RemoteTicket, field: str, value: str, decision: str = "d1") -> RemoteTicket:
    return with_writer(tracker, lambda writer: writer.write(remote, Wish(decision, field, value)))


def messages(tracker: Tracker, issue: str) -> list[str]:
    with httpx.Client(auth=(tracker.user, tracker.password), trust_env=False) as client:
        found = client.get(f"{tracker.url}rest/data/issue/{issue}").json()["data"]["attributes"]["messages"]
        ids = [row["id"] for row in found]
        return [
            client.get(f"{tracker.url}rest/data/msg/{i}", params={"@verbose": "3"}).json()["data"]["attributes"][
                "content"
            ]
            for i in ids
        ]


@pytest.mark.thorough
def test_every_field_that_is_written_stands_there_and_is_read_back(tracker: Tracker) -> None:
    issue = tracker.make("issue", title="Card payment fails", priority="bug")
    remote = read(tracker, issue)
    assert (remote.key, remote.fields["severity"], remote.fields["status"]) == (f"issue{issue}", "P3", "new")
    for field, value in (
        ("severity", "P1"),
        ("status", "in_progress"),
        ("status", "resolved"),
        ("status", "reopened"),
        ("assignee", "admin"),
        ("title", "Zahlung schlägt fehl 💥"),
        ("tags", "launch, payment"),
        ("tags", "payment"),
        ("assignee", ""),
    ):
        after = write(tracker, remote, field, value)
        assert after.fields[field] == value
        assert after.version != remote.version
        remote = read(tracker, issue)
        if value != "reopened":
            assert remote.fields[field] == value
    assert {"title", "severity", "status", "assignee", "tags", "comment", "task"} <= writes(settings(tracker))


@pytest.mark.thorough
def test_a_ticket_that_moved_since_it_was_read_is_a_conflict_and_stays_as_it_is(tracker: Tracker) -> None:
    issue = tracker.make("issue", title="Moved meanwhile", priority="bug")
    remote = read(tracker, issue)
    tracker.change("issue", issue, title="Moved indeed")
    with pytest.raises(SourceError) as caught:
        write(tracker, remote, "severity", "P1")
    assert caught.value.trouble is Trouble.CONFLICT
    now = read(tracker, issue)
    assert (now.fields["severity"], now.fields["title"]) == ("P3", "Moved indeed")


@pytest.mark.thorough
def test_what_the_tracker_will_not_do_is_declined_in_its_own_words(tracker: Tracker) -> None:
    issue = tracker.make("issue", title="No such person", priority="bug")
    remote = read(tracker, issue)
    with pytest.raises(SourceError, match="nobody-here") as caught:
        write(tracker, remote, "assignee", "nobody-here")
    assert caught.value.trouble is Trouble.DECLINED
    assert read(tracker, issue) == remote


@pytest.mark.thorough
@pytest.mark.parametrize("lost", [1, 2])
def test_a_comment_whose_answer_was_lost_is_there_once(tracker: Tracker, lost: int) -> None:
    issue = tracker.make("issue", title="Comment once", priority="bug")
    wish = Wish(f"once-{lost}", "comment", "We are looking into it.\nمرحبا")
    remote = read(tracker, issue)
    with pytest.raises(SourceError) as caught:
        with_writer(tracker, lambda writer: writer.write(remote, wish), Deaf(lost))
    assert caught.value.trouble is Trouble.TIMEOUT

    async def again(writer: TicketWriter) -> RemoteTicket:
        now = await writer.read(issue)
        return await writer.done(now, wish) or await writer.write(now, wish)

    with_writer(tracker, again)
    with_writer(tracker, again)
    assert messages(tracker, issue) == [f"We are looking into it.\nمرحبا\n\n{marker(wish.decision)}"]


@pytest.mark.thorough
@pytest.mark.parametrize("lost", [1, 2])
def test_a_task_whose_answer_was_lost_is_made_once(tracker: Tracker, lost: int) -> None:
    issue = tracker.make("issue", title="Needs a fix", priority="bug")
    wish = Wish(f"task-{lost}", "task", json.dumps({"title": f"Fix {lost}", "body": "Steps, expected, actual."}))
    remote = read(tracker, issue)
    with pytest.raises(SourceError):
        with_writer(tracker, lambda writer: writer.write(remote, wish), Deaf(lost))

    async def again(writer: TicketWriter) -> RemoteTicket:
        return await writer.done(remote, wish) or await writer.write(remote, wish)

    first, second = with_writer(tracker, again), with_writer(tracker, again)
    assert first.ticket == second.ticket != issue
    assert first.fields["title"] == f"Fix {lost}"
    with httpx.Client(auth=(tracker.user, tracker.password), trust_env=False) as client:
        found = client.get(f"{tracker.url}rest/data/issue", params={"title:": f"Fix {lost}"}).json()["data"]
    assert len(found["collection"]) == 1


@pytest.mark.thorough
def test_a_retired_or_unknown_ticket_is_gone(tracker: Tracker) -> None:
    issue = tracker.make("issue", title="Retired", priority="bug")
    tracker.retire("issue", issue)
    for ticket in (issue, "99999"):
        with pytest.raises(SourceError) as caught:
            read(tracker, ticket)
        assert caught.value.trouble is Trouble.NOT_FOUND
