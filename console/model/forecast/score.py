"""How good past forecasts were: the Brier score and the calibration curve.

Brier: G. W. Brier, Monthly Weather Review 78 (1950) 1; the mean squared distance between the probability and what came
(0 perfect, 0.25 for always saying one half). Calibration: of the forecasts near 30 %, how many came true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from console.model.interval import wilson

_EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Due:
    """One probability of exit by the end of a day, and whether it came. Instants; ``made`` is when it was forecast."""

    made: int
    day: int
    probability: float
    came: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts alike: their mean probability, the share that came true and its 95 % Wilson interval."""

    forecast: float
    came: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Score:
    """``brier`` is None without any forecast that has come due. ``usual``: what always saying the share that came scores."""

    brier: float | None = None
    usual: float | None = None
    n: int = 0
    days: int = 0
    bins: tuple[Bin, ...] = ()


def score(due: Sequence[Due]) -> Score:
    """``days``: how many different days were forecast; forecasts of one day are no independent evidence."""
    if not due:
        return Score()
    n = len(due)
    came = sum(d.came for d in due) / n
    bins = []
    for low, high in pairwise(_EDGES):
        some = [d for d in due if low <= d.probability < high or (high == 1.0 and d.probability == 1.0)]
        if some:
            true = sum(d.came for d in some)
            bins.append(
                Bin(sum(d.probability for d in some) / len(some), true / len(some), *wilson(true, len(some)), len(some))
            )
    brier = sum((d.probability - d.came) ** 2 for d in due) / n
    return Score(brier, came * (1 - came), n, len({d.day for d in due}), tuple(bins))
