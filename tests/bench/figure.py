"""What a bench tells: medians with their spread, the target beside them, cold and warm as figures of their own."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. ``low`` and ``high`` are the smallest and largest run; ``limit`` is the target.

    ``least``: the number should not fall below its limit (rows a second); otherwise it should not rise above it. A
    figure without limit is told for comparison. ``note``: what was measured, and on what.
    """

    name: str
    unit: str
    median: float
    low: float
    high: float
    runs: int
    limit: float | None = None
    least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool | None:
        if self.limit is None:
            return None
        return self.median >= self.limit if self.least else self.median <= self.limit

    def as_row(self) -> dict[str, Any]:
        return {
            "figure": self.name, "unit": self.unit, "median": _short(self.median), "low": _short(self.low),
            "high": _short(self.high), "runs": self.runs, "limit": self.limit, "holds": self.holds, "note": self.note,
        }  # fmt: skip


def of_runs(
    name: str, unit: str, runs: list[float], limit: float | None = None, *, least: bool = False, note: str = ""
) -> Figure:
    """A figure from single measurements."""
    return Figure(name, unit, statistics.median(runs), min(runs), max(runs), len(runs), limit, least, note)


def timed(act: Callable[[], object], times: int, *, warm: int = 1) -> list[float]:
    """Milliseconds of each of ``times`` runs, after ``warm`` runs that do not count."""
    for _ in range(warm):
        act()
    runs = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        runs.append((time.perf_counter() - begun) * 1000)
    return runs


def _short(value: float) -> float:
    """Three digits that mean something."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, max(0, 2 - math.floor(math.log10(abs(value)))))
