"""What a source is told about the session it works for, handed to every connector's constructor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.ports import Clock, Workshop
from console.vault import Secret

if TYPE_CHECKING:
    import httpx

Told = tuple[dict[str, str], int]
"""A ticket as its source told of it: the latest value of each field, and the instant of its newest fact."""


@dataclass(frozen=True, slots=True)
class Site:
    """``go_live`` and ``backfill_from`` in instants; ``secret`` already looked up; ``transport`` only in tests.

    ``keep_address``: the privacy choice. ``time_zone`` is the session's, for times written without one. ``folder`` is this
    source's own beside the session, for what is too large for a cursor or must be kept before the store has it; it exists
    once the source makes it, and None means that nothing outlives this run (a test of the connection).

    ``clock`` for a source that works between its polls. ``status_of`` tells what the session knows of one of this source's
    tickets, by its id: one of our states, '' while it knows none. ``told_of`` gives what the session was told of tickets by
    their ids, those it knows.
    """

    name: str
    workshop: Workshop
    period_s: float
    go_live: int
    backfill_from: int
    secret: Secret | None = None
    transport: httpx.AsyncBaseTransport | None = None
    keep_address: bool = False
    time_zone: str = "UTC"
    folder: Path | None = None
    clock: Clock | None = None
    status_of: Callable[[str], Awaitable[str]] | None = None
    told_of: Callable[[Sequence[str]], Awaitable[Mapping[str, Told]]] | None = None
