"""Where a source stands with its polling, as the poller sees it."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.errors import Trouble
from console.model.facts import Progress


@dataclass
class Health:
    """Written by one thread, copied as a whole for readers. ``rows`` counts since the polling began."""

    name: str
    period_s: float
    paused: bool = False
    asking: bool = False
    last_good: int | None = None
    next_due: int | None = None
    failures: int = 0
    trouble: Trouble | None = None
    sentence: str = ""
    partial: str = ""
    note: str = ""
    rows: int = 0
    progress: Progress | None = None
