"""Whether one window is better than another: said only when the interval of the difference leaves no room for none.

Shares: R. G. Newcombe, Stat. Med. 17 (1998) 873, method 10. Counts and rates: given both counts, the later one is binomial
(J. Przyborowski and H. Wilenski, Biometrika 31 (1940) 313), with the exact interval of C. J. Clopper and E. S. Pearson,
Biometrika 26 (1934) 404. Durations: bootstrap of the difference of means. All at 95 %, two-sided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from console.model.interval import Z_95, wilson

_ROUNDS = 400
_MOST_AT_ONCE = 2_000_000
_EXACT_UP_TO = 4000
LEAST_SAMPLES = 5
"""Fewer durations than this tell nothing of how they scatter."""


class Verdict(StrEnum):
    """``higher`` and ``lower`` are of KPIs that have no better; ``same``: no difference that chance would not make."""

    BETTER = "better"
    WORSE = "worse"
    HIGHER = "higher"
    LOWER = "lower"
    SAME = "same"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """The interval of what changed. ``neutral`` is where nothing changed: 0 of a difference, 1 of a ratio."""

    low: float
    high: float
    neutral: float
    method: str


@dataclass(frozen=True, slots=True)
class Trend:
    """``before`` and ``now`` are the two values; ``change`` is None where they cannot be compared, and ``why`` says why."""

    verdict: Verdict
    before: float | None
    now: float | None
    change: Change | None = None
    why: str = ""


def judge(direction: str, before: float | None, now: float | None, change: Change) -> Trend:
    """The verdict of an interval. ``direction``: up, down or none, as the KPI's head says what is better."""
    if change.low > change.neutral:
        verdict = {"up": Verdict.BETTER, "down": Verdict.WORSE}.get(direction, Verdict.HIGHER)
    elif change.high < change.neutral:
        verdict = {"up": Verdict.WORSE, "down": Verdict.BETTER}.get(direction, Verdict.LOWER)
    else:
        verdict = Verdict.SAME
    return Trend(verdict, before, now, change)


def of_shares(k1: float, n1: int, k2: float, n2: int) -> Change:
    """Interval of the second share minus the first. Without evidence on a side: from −1 to 1."""
    if n1 <= 0 or n2 <= 0:
        return Change(-1.0, 1.0, 0.0, "newcombe")
    p1, p2 = k1 / n1, k2 / n2
    (low1, high1), (low2, high2) = wilson(k1, n1), wilson(k2, n2)
    low = p2 - p1 - math.hypot(p2 - low2, high1 - p1)
    high = p2 - p1 + math.hypot(high2 - p2, p1 - low1)
    return Change(max(-1.0, low), min(1.0, high), 0.0, "newcombe")


def of_counts(k1: float, exposure1: float, k2: float, exposure2: float) -> Change:
    """Interval of the ratio of the second rate to the first. Exposures in one unit: seconds, or calls.

    From 0 to infinity where nothing was counted at all, or a side was not watched.
    """
    a, b = round(k1), round(k2)
    if a + b <= 0 or a < 0 or b < 0 or exposure1 <= 0 or exposure2 <= 0:
        return Change(0.0, math.inf, 1.0, "conditional")
    low, high = clopper_pearson(b, a + b)
    scale = exposure1 / exposure2
    return Change(_odds(low) * scale, _odds(high) * scale, 1.0, "conditional")


def of_means(before: Sequence[float], now: Sequence[float], seed: int = 1) -> Change:
    """Interval of the second mean minus the first by resampling both; the same for the same values in any order."""
    first, second = np.sort(np.asarray(before, np.float64)), np.sort(np.asarray(now, np.float64))
    if not len(first) or not len(second):
        return Change(-math.inf, math.inf, 0.0, "bootstrap")
    chance = np.random.default_rng(seed)
    differences = _resampled(second, chance) - _resampled(first, chance)
    low, high = np.quantile(differences, (0.025, 0.975))
    return Change(float(low), float(high), 0.0, "bootstrap")


def of_spreads(mean1: float, sd1: float, n1: int, mean2: float, sd2: float, n2: int) -> Change:
    """Interval of the second mean minus the first from their standard deviations (normal, unequal variances)."""
    if n1 < 2 or n2 < 2:
        return Change(-math.inf, math.inf, 0.0, "normal")
    half = Z_95 * math.sqrt(sd1 * sd1 / n1 + sd2 * sd2 / n2)
    return Change(mean2 - mean1 - half, mean2 - mean1 + half, 0.0, "normal")


def clopper_pearson(successes: int, n: int) -> tuple[float, float]:
    """The exact interval of a share. Beyond some thousands Wilson's, which is then as good to a tenth of a per cent."""
    if n > _EXACT_UP_TO:
        return wilson(successes, n)
    low = 0.0 if successes == 0 else _where(lambda p: _at_least(successes, n, p) >= 0.025)
    high = 1.0 if successes == n else _where(lambda p: 1 - _at_least(successes + 1, n, p) <= 0.025)
    return low, high


def _where(holds: Callable[[float], bool]) -> float:
    """The smallest share from which on a monotone condition holds."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return (low + high) / 2


def _at_least(k: int, n: int, p: float) -> float:
    """Probability of k or more of n."""
    if p <= 0 or p >= 1:
        return float(p >= 1 or k <= 0)
    counts = np.arange(k, n + 1)
    logs = _LOG_FACTORIAL[n] - _LOG_FACTORIAL[counts] - _LOG_FACTORIAL[n - counts]
    return float(np.exp(logs + counts * math.log(p) + (n - counts) * math.log1p(-p)).sum())


_LOG_FACTORIAL = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, _EXACT_UP_TO + 1)))))


def _odds(share: float) -> float:
    return math.inf if share >= 1 else share / (1 - share)


def _resampled(values: NDArray[np.float64], chance: np.random.Generator) -> NDArray[np.float64]:
    at_once = max(1, _MOST_AT_ONCE // len(values))
    means: list[NDArray[np.float64]] = []
    done = 0
    while done < _ROUNDS:
        rounds = min(at_once, _ROUNDS - done)
        means.append(values[chance.integers(0, len(values), (rounds, len(values)))].mean(axis=1))
        done += rounds
    return np.concatenate(means)
