"""What the Roundup connector remembers between polls: each ticket as last seen, and how far a run of pages has come.

Roundup's REST has no history of an issue, so a change is the difference between two polls. The memory is the cursor; it
is compressed, and the tickets without activity for longest fall out of it first. One that fell out and moves again is
told as if seen for the first time, which the store recognises by the ids of its rows.
"""

from __future__ import annotations

import zlib

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.moment import MINUTE, SECOND

OVERLAP = 2 * MINUTE
_MOST_TICKETS = 20_000
_MOST_PAGES = 10_000
_QUIET_PAGES = 4


class Last(msgspec.Struct, array_like=True):
    """A ticket as last seen. ``told``: instant of its newest row; ``messages``: ids already given as comments.

    ``word`` is Roundup's own status, ``values["status"]`` ours (which may be "reopened").
    """

    activity: int
    told: int
    word: str
    values: dict[str, str]
    messages: list[str]


class Run(msgspec.Struct):
    """A run in hand. ``started`` in our time, ``floor`` and ``vendor_started`` in Roundup's; ``index``: next page."""

    started: int
    floor: int | None
    index: int = 1
    high: int | None = None
    oldest: int | None = None
    vendor_started: int | None = None
    quiet: int = 0
    tickets: int = 0
    last_ids: list[str] = []


class Memory(msgspec.Struct):
    """The cursor. ``left_out``: properties this tracker does not have."""

    floor: int | None = None
    read_to: int | None = None
    left_out: list[str] = []
    seen: dict[str, Last] = {}
    run: Run | None = None


def recall(cursor: bytes) -> Memory:
    """The memory in a cursor; a new one where the cursor is empty or was written by something else."""
    try:
        return msgspec.json.decode(zlib.decompress(cursor), type=Memory) if cursor else Memory()
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError):
        return Memory()


def encode(memory: Memory) -> bytes:
    """The cursor for a memory, without the tickets that are too many."""
    if len(memory.seen) > _MOST_TICKETS:
        newest = sorted(memory.seen.items(), key=lambda pair: pair[1].activity)[-_MOST_TICKETS:]
        memory.seen = dict(newest)
    return zlib.compress(msgspec.json.encode(memory), 1)


def check_progress(run: Run, ids: list[str]) -> None:
    """Count a page into ``run``. Raises SourceError where pages go on without an end."""
    known = set(run.last_ids)
    fresh = [identity for identity in ids if identity not in known]
    run.quiet = 0 if fresh else run.quiet + 1
    run.index += 1
    run.tickets += len(fresh)
    run.last_ids = ids
    if run.quiet > _QUIET_PAGES or run.index > _MOST_PAGES:
        raise SourceError(
            Trouble.UNREADABLE,
            f"Roundup's pages never end: page {run.index - 1} brought nothing new. The tickets so far are kept; "
            "a proxy may answer from its cache.",
        )


def vendor_start(date: float | None, run: Run) -> None:
    """Note Roundup's clock at the first answer of the run."""
    if run.vendor_started is None and run.index == 1 and date is not None:
        run.vendor_started = round(date * SECOND)


def ended(memory: Memory, now: int) -> None:
    """Close the run: the next one starts an overlap before the newest activity and before this run's start."""
    run = memory.run
    if run is None:
        return
    if run.high is not None:
        latest = run.high - (now - run.started) if run.vendor_started is None else min(run.high, run.vendor_started)
        memory.floor = max(latest - OVERLAP, memory.floor or 0)
    memory.read_to = run.started
    memory.run = None
