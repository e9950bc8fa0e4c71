"""What a source is told about the session it works for, handed to every connector's constructor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.ports import Workshop
from console.vault import Secret

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Site:
    """``go_live`` and ``backfill_from`` in instants; ``secret`` already looked up; ``transport`` only in tests.

    ``internal`` and ``critical`` are the route patterns of the settings, ``keep_address`` the privacy choice.
    """

    name: str
    workshop: Workshop
    period_s: float
    go_live: int
    backfill_from: int
    secret: Secret | None = None
    transport: httpx.AsyncBaseTransport | None = None
    keep_address: bool = False
