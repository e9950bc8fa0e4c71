"""How a run of pages over Jira's tickets goes on: what is remembered between polls, the JQL of a page, when it ends.

A run reads everything updated since shortly before the last run began. Time is the vendor's: the mark to read from is
the greatest ``updated`` seen, never our clock, and it goes back by ten minutes because the search index lags behind.
JQL knows only minutes, and takes literal times in the caller's own zone; relative minutes avoid both.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.moment import MINUTE, SECOND, parse_instant
from console.sources.tickets.jira_service import Service

OVERLAP = 10 * MINUTE
_BEGINNING = parse_instant("2000-01-01T00:00:00Z")
_MOST_PAGES = 20_000
_QUIET_PAGES = 4
_TOKENS = re.compile(r"""\\.|["']|\border\s+by\b""", re.IGNORECASE | re.DOTALL)


class Run(msgspec.Struct):
    """A run in hand. ``floor`` in the vendor's time, None: everything; ``started`` in ours; ``last_ids`` of a page."""

    started: int
    floor: int | None
    jql: str = ""
    token: str = ""
    tokens: list[str] = []
    start_at: int = 0
    seam: int | None = None
    high: int | None = None
    oldest: int | None = None
    vendor_started: int | None = None
    pages: int = 0
    quiet: int = 0
    tickets: int = 0
    last_ids: list[str] = []


class Memory(msgspec.Struct):
    """The cursor. ``read_to``: covered until here; ``floor``: where the next run starts, in the vendor's time."""

    deployment: str = ""
    floor: int | None = None
    read_to: int | None = None
    skew: int = 0
    statuses: dict[str, list[str]] = {}
    strange: list[str] = []
    service: Service = msgspec.field(default_factory=Service)
    run: Run | None = None


def recall(cursor: bytes) -> Memory:
    """The memory in a cursor; a new one where the cursor is empty or was written by something else."""
    try:
        return msgspec.json.decode(cursor, type=Memory) if cursor else Memory()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Memory()


def jql_of(own: str, run: Run, now: int, skew: int) -> str:
    """The search of a run. ``now``: our clock; ``skew``: how far the vendor's is ahead, both in microseconds.

    The later of both clocks is taken, so that a wrong one reads too much and never too little.
    """
    since = _BEGINNING if run.floor is None else run.floor
    minutes = max(1, -((since - max(now, now + skew)) // MINUTE) + 1)
    condition = without_order(own)
    start = f"({condition}) AND " if condition else ""
    return f"{start}updated >= -{minutes}m ORDER BY updated ASC, key ASC"


def without_order(jql: str) -> str:
    """The user's JQL without an ``ORDER BY`` at its end; the same words inside quotes stay."""
    quote = ""
    for token in _TOKENS.finditer(jql):
        mark = token[0]
        if mark in ('"', "'"):
            quote = "" if quote == mark else (quote or mark)
        elif not quote and not mark.startswith("\\"):
            return jql[: token.start()].strip()
    return jql.strip()


def check_progress(run: Run, ids: list[str], newest: int | None, token: str) -> None:
    """Count the page into ``run``. Raises SourceError where pages go on without an end.

    The order is by ``updated``: a page that neither reaches later than the one before nor brings other tickets is
    quiet; a few may come from an index that moves under us, more do not.
    """
    known = set(run.last_ids)
    later = newest is not None and (run.high is None or newest > run.high)
    fresh = later or any(identity not in known for identity in ids)
    run.quiet = 0 if fresh else run.quiet + 1
    run.pages += 1
    if run.quiet > _QUIET_PAGES or run.pages > _MOST_PAGES or (token and token in run.tokens):
        raise SourceError(
            Trouble.UNREADABLE,
            f"Jira's pages never end: page {run.pages} brought nothing new. The tickets so far are kept; "
            "a proxy may answer from its cache.",
        )
    run.tickets += sum(1 for identity in ids if identity not in known)
    run.last_ids = ids
    if newest is not None:
        run.high = max(newest, run.high or newest)


def ended(memory: Memory, run: Run, now: int) -> None:
    """Close the run: the next one starts an overlap before the earlier of the newest ticket and this run's start."""
    marks = [mark for mark in (run.high, run.vendor_started) if mark is not None]
    if run.high is not None:
        began = min(marks) if run.vendor_started is not None else run.high - (now - run.started)
        memory.floor = max(began - OVERLAP, memory.floor or 0)
    memory.read_to = run.started
    memory.run = None


def vendor_start(date: float | None, run: Run) -> None:
    """Note the vendor's clock at the first answer of the run."""
    if run.vendor_started is None and run.pages == 0 and date is not None:
        run.vendor_started = round(date * SECOND)


def encode(memory: Memory) -> bytes:
    return msgspec.json.encode(memory)


def ids_of(issues: list[dict[str, Any]]) -> list[str]:
    return [str(issue.get("id", "")) for issue in issues]
