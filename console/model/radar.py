"""Numbers against words: where something failed over its usual, and whether what people wrote fits to it.

An hour fails when its count is beyond what its usual share gives by chance, corrected for all hours looked at. The usual
share is that of the quiet quarter of days, so that a fault of several days does not become its own usual. Hours of which
nothing is known claim nothing and end nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.model.chance import at_least, corrected

Floats = NDArray[np.float64]

FALSE_CLAIMS = 0.01
_DAY = 24
_QUIET = 25
_LEAST_FACTOR = 1.5
_LEAST_EVENTS = 5.0
_GAP = 3
"""Quiet hours inside one stretch of failing."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hours [first, last] in which series ``place`` failed over its usual. Shares 0..1; ``excess`` in events."""

    place: int
    first: int
    last: int
    events: float
    calls: float
    usual: float

    @property
    def share(self) -> float:
        return self.events / self.calls if self.calls else 0.0

    @property
    def excess(self) -> float:
        return self.events - self.usual * self.calls


def usual_shares(events: Floats, calls: Floats) -> Floats:
    """The usual share of each series [series, hour]: the quiet quarter of its days, never below half an event of them."""
    width = min(_DAY, max(1, events.shape[1] // 2))
    k, n = _rolling(events, width), _rolling(calls, width)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, (k + 0.5) / n, np.nan)
    found = np.full(len(events), np.nan)
    some = np.isfinite(share).any(axis=1)
    if some.any():
        found[some] = np.nanpercentile(share[some], _QUIET, axis=1)
    return found


def _rolling(values: Floats, width: int) -> Floats:
    summed = np.cumsum(np.concatenate([np.zeros((len(values), 1)), values], axis=1), axis=1)
    return np.asarray(summed[:, width:] - summed[:, :-width])


def failing(events: Floats, calls: Floats, usual: Floats) -> NDArray[np.bool_]:
    """Which hours [series, hour] failed over their usual share by more than half and more than chance."""
    expected = np.nan_to_num(usual)[:, None] * _LEAST_FACTOR
    looked_at = (calls > 0) & np.isfinite(usual)[:, None]
    scatter = _scatter(events, calls, usual)
    likely = looked_at & (events >= _LEAST_EVENTS) & (events > expected * calls)
    p = np.ones_like(events)
    k, n = events[likely] / scatter, calls[likely] / scatter
    p[likely] = at_least(k, np.maximum(n, k), np.broadcast_to(expected, events.shape)[likely].clip(0, 1))
    found = np.zeros(events.shape, np.bool_)
    found[looked_at] = corrected(p[looked_at]) <= FALSE_CLAIMS
    return found


def _scatter(events: Floats, calls: Floats, usual: Floats) -> float:
    """Variance by mean of ordinary hours, the median over series: calls that fail together."""
    mean = np.nan_to_num(usual)[:, None] * calls
    use = (mean >= 3).sum(axis=1) >= 12
    if not use.any():
        return 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.where(mean >= 3, (events - mean) ** 2 / mean, np.nan)
    # The median hour of each series: hours that fail are the others. The median of one chi square is 0.455.
    return max(1.0, float(np.median(np.nanmedian(apart[use], axis=1)) / 0.455))


def stretches(events: Floats, calls: Floats) -> list[Stretch]:
    """Where each series failed over its usual, in order of series and time."""
    usual = usual_shares(events, calls)
    bad = failing(events, calls, usual)
    found: list[Stretch] = []
    for place in np.flatnonzero(bad.any(axis=1)):
        hours = np.flatnonzero(bad[place])
        silent = np.cumsum(calls[place] <= 0)
        begin = int(hours[0])
        for before, after in zip(hours, [*hours[1:], -1], strict=True):
            unknown = int(silent[after] - silent[before]) if after >= 0 else 0
            if after >= 0 and after - before - unknown <= _GAP:
                continue
            k, n = events[place, begin : before + 1].sum(), calls[place, begin : before + 1].sum()
            found.append(Stretch(int(place), begin, int(before), float(k), float(n), float(usual[place])))
            begin = int(after)
    return found


def more_than_usual(count: int, expected: float) -> float:
    """Chance of so many where so many are expected (Poisson, by its binomial limit)."""
    if count <= 0:
        return 1.0
    many = max(1e6, 100.0 * count)
    return float(at_least(np.array([float(count)]), np.array([many]), np.array([min(1.0, expected / many)]))[0])


@dataclass(frozen=True, slots=True)
class Rise:
    """Since the ``first``-th ticket of all, a group's share among them is higher; ``score``: log-likelihood gained."""

    first: int
    score: float


def rise(member: NDArray[np.bool_]) -> Rise:
    """Where in the order of all tickets a group's share rose most (a change point of a binomial share)."""
    n, k = len(member), int(member.sum())
    places = np.flatnonzero(member)
    if not k:
        return Rise(0, 0.0)
    before = np.arange(k)
    left, right = places.astype(np.float64), (n - places).astype(np.float64)
    gained = _fit(before, left) + _fit(k - before, right) - _fit(np.array([k]), np.array([float(n)]))
    with np.errstate(divide="ignore", invalid="ignore"):
        rose = (k - before) / right > np.where(left > 0, before / np.maximum(left, 1), 0)
    gained = np.where(rose, gained, 0.0)
    best = int(np.argmax(gained))
    return Rise(int(places[best]), float(gained[best]))


def _fit(k: NDArray[np.int64], n: Floats) -> Floats:
    """Log-likelihood of ``k`` of ``n`` at its own share."""
    with np.errstate(divide="ignore", invalid="ignore"):
        hit = np.where(k > 0, k * np.log(k / n), 0.0)
        rest = n - k
        miss = np.where(rest > 0, rest * np.log(rest / n), 0.0)
    return np.asarray(np.nan_to_num(hit) + np.nan_to_num(miss))
