"""Shares over the trailing seven days, played on by drawing whole days of the past again.

A coming day is one of the days since go-live, all shares together, since an outage also makes calls fail and slow (block
bootstrap: Künsch, Annals of Statistics 17 (1989) 1217). Days with trouble and calm ones are drawn apart. How often there
is trouble is a rate with a trend: after a release failures thin out (Goel and Okumoto, IEEE Transactions on Reliability
R-28 (1979) 206), by how much is learnt. Which day it is then differs in likelihood from future to future, so that few days
make wide futures (Bayesian bootstrap: Rubin, Annals of Statistics 9 (1981) 130); older calm days weigh less, and among
those with trouble is one nobody has seen yet. When errors are unusual right now they stay so until a time that is learnt
from the stretches that ended.

Assumed: sources that answer now go on answering; what is unknown in the past stays unknown until it leaves the window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from console.model.forecast.luck import Luck
from console.model.forecast.standing import STEP, STEPS_A_DAY, Flags, Floats, Share, Standing
from console.model.forecast.trend import Prior, fit

COVERAGE = 0.99
_HALF_LIFE = 5.0
_TROUBLE = Prior(slope=-0.08, slope_sd=0.08, level_sd=1.0, scatter=0.02)
_INCIDENT_MIN, _INCIDENT_SPREAD, _INCIDENT_SHARE = 8.0, 1.0, 0.3
_LEAST_KNOWN = 0.5
_UNUSUAL = 3.0
_TROUBLE_DAYS = 0.4
_Z = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """Which past day each coming day repeats: futures × days, −1 for the unseen one; and how many minutes it fails.

    ``calm_from``: days from now until today's trouble ends, one a future; 0 where there is none.
    """

    drawn: NDArray[np.int64]
    minutes: Floats
    calm_from: Floats
    blocks: NDArray[np.int64]


def draw_days(standing: Standing, futures: int, luck: Luck) -> Days:
    """Raises ValueError when no day since go-live is known well enough to be drawn again."""
    rng = luck.of("days")
    days = -(-standing.steps // STEPS_A_DAY)
    blocks = usable_days(standing.shares)
    if not len(blocks):
        raise ValueError("no day since go-live is known")
    trouble = _troubled(standing.shares, blocks)
    rate = fit(trouble[::-1].astype(np.float64), np.ones(len(blocks)), _TROUBLE).daily(days, futures, rng)
    fails = rng.random((futures, days)) < 1 - np.exp(-rate)
    calm_days, bad_days = blocks[~trouble], np.append(blocks[trouble], -1)
    if not len(calm_days):
        calm_days = blocks
    calmly = _urn(calm_days, 0.5 ** (calm_days / _HALF_LIFE), (futures, days), rng)
    drawn = np.where(fails, _urn(bad_days, np.ones(len(bad_days)), (futures, days), rng), calmly)
    minutes = rng.lognormal(np.log(_INCIDENT_MIN), _INCIDENT_SPREAD, (futures, days)) * (drawn < 0)
    calm = np.zeros(futures)
    if any(_unusual(share) for share in standing.shares):
        calm = rng.standard_exponential(futures) / rng.gamma(
            1 + standing.ended, 1 / (_TROUBLE_DAYS + standing.troubled), futures
        )
    return Days(drawn, minutes, calm, blocks)


def _urn(
    days: NDArray[np.int64], weight: Floats, shape: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draws of days; how likely each is is itself drawn once a future."""
    edges = np.cumsum(rng.gamma(np.repeat(weight[None] * len(days) / weight.sum(), shape[0], axis=0)), axis=1)
    edges /= edges[:, -1:]
    place = (rng.random(shape)[:, :, None] > edges[:, None, :-1]).sum(axis=2)
    return np.asarray(days[place], dtype=np.int64)


def _troubled(shares: tuple[Share, ...], blocks: NDArray[np.int64]) -> Flags:
    """Days with a bad minute, or on which a share was over its limit and over thrice its usual day."""
    found = np.zeros(len(blocks), dtype=np.bool_)
    for share in shares:
        bad = np.array([_day(share.bad, int(d)).sum() for d in blocks])
        if share.rule == "budget":
            found |= bad > 0
            continue
        value = bad / np.array([_day(share.whole, int(d)).sum() for d in blocks])
        found |= value > max(share.limit, _UNUSUAL * float(np.median(value)))
    return found


def usable_days(shares: tuple[Share, ...]) -> NDArray[np.int64]:
    """Days back from now (0: the last 24 h) of which every share is known by half at least."""
    if not shares:
        return np.zeros(1, np.int64)
    count = min(len(share.bad) for share in shares) // STEPS_A_DAY
    good = [
        d for d in range(count)
        if all(_day(share.known, d).mean() >= _LEAST_KNOWN and _day(share.whole, d).sum() > 0 for share in shares)
    ]  # fmt: skip
    return np.asarray(good, dtype=np.int64)


def holds_ahead(share: Share, standing: Standing, days: Days, stays: float | None = None) -> Flags:
    """Whether the share keeps its limit at the end of each coming step: futures × steps.

    ``stays``: what if the share were this from now on.
    """
    steps = standing.steps
    bad, whole = _coming(share, days, steps)
    if stays is not None:
        bad = whole * stays
    bad, whole = (trailing(_counted(share, old), new) for old, new in ((share.bad, bad), (share.whole, whole)))
    return within(share.rule, bad, whole, share.limit) & (_known(share, standing.since, steps) >= share.coverage)


def _counted(share: Share, values: Floats) -> Floats:
    """The newest steps, as many as the window has; before its clock began there is nothing."""
    found = np.zeros(share.window)
    many = min(share.window, len(values), math.ceil(share.begun * STEPS_A_DAY) if math.isfinite(share.begun) else 10**6)
    if many:
        found[-many:] = values[-many:]
    return found


def within(rule: str, bad: Floats, whole: Floats, limit: float) -> Flags:
    """The rules of ``Share``. Without calls nothing holds."""
    if rule == "budget":
        return bad <= limit
    if rule == "poisson":
        return (poisson_bound(bad) < limit * whole) & (whole > 0)
    return (bad <= limit * whole) & (whole > 0)


def poisson_bound(events: Floats) -> Floats:
    """Upper 95 % bound of a mean: Wilson and Hilferty's cube, wrong by less than 1 % at 0 events and soon by nothing."""
    k = events + 1
    root = 1 - 1 / (9 * k) + _Z / (3 * np.sqrt(k))
    return np.asarray(k * root * root * root, dtype=np.float64)


def _unusual(share: Share) -> bool:
    return bool(share.lately > max(_UNUSUAL * share.usual, share.limit if share.rule != "budget" else 0.05))


def _day(values: Floats, back: int) -> Floats:
    end = len(values) - back * STEPS_A_DAY
    return values[end - STEPS_A_DAY : end]


def _coming(share: Share, days: Days, steps: int) -> tuple[Floats, Floats]:
    """Counts of the coming steps, futures × steps, as if every step were wholly known."""
    known = np.array([_day(share.known, int(d)) for d in days.blocks])
    scale = np.divide(1.0, known, out=np.zeros_like(known), where=known > 0.05)
    bads = np.array([_day(share.bad, int(d)) for d in days.blocks]) * scale
    wholes = np.array([_day(share.whole, int(d)) for d in days.blocks]) * scale
    # A step of which nothing is known takes the mean of its day.
    for values in (bads, wholes):
        mean = values.sum(axis=1, keepdims=True) / np.maximum(1, (scale > 0).sum(axis=1, keepdims=True))
        np.copyto(values, np.broadcast_to(mean, values.shape), where=scale == 0)
    # The unseen day: every count at its median, and in one step an incident.
    bads = np.vstack([bads, np.median(bads, axis=0)])
    wholes = np.vstack([wholes, np.median(wholes, axis=0)])
    place = np.searchsorted(days.blocks, np.where(days.drawn < 0, days.blocks[-1] + 1, days.drawn))
    bad, whole = bads[place], wholes[place]
    share_of_step = np.minimum(1.0, days.minutes / (STEP * 1440))
    failing = 1.0 if share.rule == "budget" else _INCIDENT_SHARE
    bad[:, :, 1] += share_of_step * whole[:, :, 1] * failing
    futures = len(days.drawn)
    bad, whole = bad.reshape(futures, -1)[:, :steps], whole.reshape(futures, -1)[:, :steps]
    if _unusual(share):
        until = np.clip(days.calm_from[:, None] / STEP - np.arange(steps)[None, :], 0, 1)
        bad = bad * (1 - until) + whole * share.lately * until
    return bad, whole


def trailing(past: Floats, coming: Floats) -> Floats:
    """Sums over a window as long as ``past``, ending with each coming step: futures × steps."""
    length, sums = len(past), np.cumsum(coming, axis=1)
    found = sums.copy()
    found[:, length:] -= sums[:, :-length]
    left = np.concatenate([np.cumsum(past[::-1])[::-1][1:], [0.0]])[: coming.shape[1]]
    found[:, : len(left)] += left
    return np.asarray(found, dtype=np.float64)


def _known(share: Share, since: float, steps: int) -> Floats:
    """Share of the window that is known at the end of each coming step; before its clock began there is no window."""
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([_counted(share, share.known), np.ones(steps)]))])
    ahead = np.arange(1, steps + 1)
    length = np.minimum(share.window, ahead + min(since, share.begun) * STEPS_A_DAY)
    return np.asarray((sums[ahead + share.window] - sums[ahead]) / length + 1e-9, dtype=np.float64)
