"""How a run of pages over Redmine's issues goes on: what is remembered between polls, where the next page starts.

Issues come by time of change, and one that changes while we page moves to the end, so that a page by number would skip
another. So each page starts at the time the last one ended with, and only where more issues share one second than a page
holds it goes on by number, one back, to see whether the list moved meanwhile.
"""

from __future__ import annotations

from typing import Any

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.moment import MINUTE, SECOND
from console.sources.tickets.reading import instant_of, text_of
from console.sources.tickets.redmine_issue import Names

OVERLAP = 2 * MINUTE
_QUIET_PAGES = 4
_MOST_PAGES = 50_000


class Run(msgspec.Struct):
    """A run in hand. ``started`` in our time, the rest in Redmine's. ``edge``: ids already read of the second ``since``."""

    started: int
    since: int | None
    offset: int = 0
    edge: list[str] = []
    last: str = ""
    high: int | None = None
    oldest: int | None = None
    vendor_started: int | None = None
    tickets: int = 0
    pages: int = 0
    quiet: int = 0


class Memory(msgspec.Struct):
    """The cursor. ``read_to``: covered until here; ``floor``: where the next run starts, in Redmine's time."""

    floor: int | None = None
    read_to: int | None = None
    names: Names = msgspec.field(default_factory=Names)
    run: Run | None = None


def recall(cursor: bytes) -> Memory:
    """The memory in a cursor; a new one where the cursor is empty or was written by something else."""
    try:
        return msgspec.json.decode(cursor, type=Memory) if cursor else Memory()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Memory()


def encode(memory: Memory) -> bytes:
    return msgspec.json.encode(memory)


def fresh_rows(run: Run, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a page that this run has not read yet."""
    known = set(run.edge)
    return [
        row
        for row in rows
        if text_of(row.get("id")) not in known and (run.since is None or (_second(row) or run.since) >= run.since)
    ]


def step(run: Run, rows: list[dict[str, Any]], total: int | None, page: int) -> bool:
    """Move ``run`` behind a page; True at the end of the run. Raises SourceError for pages without an end."""
    fresh = len(fresh_rows(run, rows))
    run.tickets += fresh
    run.pages += 1
    run.quiet = 0 if fresh else run.quiet + 1
    shifted = run.offset > 0 and bool(rows) and text_of(rows[0].get("id")) != run.last
    last_page = len(rows) < page if total is None else run.offset + len(rows) >= total
    if not rows or (last_page and not shifted):
        return True
    if run.quiet > _QUIET_PAGES or run.pages > _MOST_PAGES:
        raise SourceError(
            Trouble.UNREADABLE,
            f"Redmine's pages never end: page {run.pages} brought nothing new. The tickets so far are kept; "
            "a proxy may answer from its cache.",
        )
    reached = max((second for row in rows if (second := _second(row)) is not None), default=run.since)
    here = [text_of(row.get("id")) for row in rows if _second(row) in (None, reached)]
    if reached != run.since:
        run.since, run.offset, run.edge = reached, 0, here
    else:
        run.offset = 0 if shifted else run.offset + len(rows) - 1
        run.edge = sorted({*run.edge, *here})
    run.last = text_of(rows[-1].get("id"))
    return False


def _second(row: dict[str, Any]) -> int | None:
    at = instant_of(row.get("updated_on"))
    return None if at is None else at - at % SECOND


def ended(memory: Memory, run: Run, now: int) -> None:
    """Close the run: the next one starts an overlap before the newest change and before this run's start."""
    if run.high is not None:
        latest = run.high - (now - run.started) if run.vendor_started is None else min(run.high, run.vendor_started)
        memory.floor = max(latest - OVERLAP, memory.floor or 0)
    memory.read_to = run.started
    memory.run = None
