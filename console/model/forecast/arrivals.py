"""How many tickets will come: the trend of the days since go-live, drawn on, each day with a factor of its own.

A week's shape is used only after two whole weeks, and drawn towards none.

Assumed: what comes next resembles what came, releases to come included; the hour of the day does not matter, because
every rule over tickets looks at whole days or at what is open; severities keep their share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.model.forecast.standing import STEPS_A_DAY, Floats, Volume
from console.model.forecast.trend import Prior, fit

_TICKETS = Prior(slope=-0.03)
"""Before any day is seen, tickets are taken to fall by 3 % a day after a launch, give or take 12 %."""
_WEEK_WEIGHT = 30.0
_MOST_TICKETS = 250_000
"""More are drawn in bundles, which only makes the futures of busy launches a little wider."""


@dataclass(frozen=True, slots=True, eq=False)
class Coming:
    """Single tickets to come: the future of each, and days from now. ``weight``: how many tickets each stands for."""

    future: NDArray[np.int64]
    born: Floats
    weight: float

    def by_step(self, futures: int, steps: int) -> Floats:
        """How many arrive in each step: futures × steps."""
        place = self.future * steps + np.minimum((self.born * STEPS_A_DAY).astype(np.int64), steps - 1)
        counts = np.bincount(place, minlength=futures * steps).reshape(futures, steps)
        return np.asarray(self.weight * counts, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Tide:
    """``daily``: expected tickets of all severities, futures × coming days."""

    daily: Floats

    def steps(self, rng: np.random.Generator) -> Floats:
        """Arrivals of all tickets: futures × steps of whole days."""
        return rng.poisson(np.repeat(self.daily / STEPS_A_DAY, STEPS_A_DAY, axis=1)).astype(np.float64)

    def tickets(self, share: Floats, rng: np.random.Generator) -> Coming:
        """The tickets of a part, one by one. ``share``: the part's share of all, one a future."""
        rate = self.daily * share[:, None]
        weight = float(max(1, math.ceil(rate.sum() / _MOST_TICKETS)))
        counts = rng.poisson(rate / weight)
        future, day = np.nonzero(counts)
        many = counts[future, day]
        future, day = np.repeat(future, many), np.repeat(day, many)
        return Coming(future, day + rng.random(len(day)), weight)


def tide(volume: Volume, steps: int, futures: int, rng: np.random.Generator) -> Tide:
    """The futures of the daily rate."""
    days = -(-steps // STEPS_A_DAY)
    counts = _by_day(volume.arrivals)
    week = _week(volume, counts)
    trend = fit(counts, _of_days(week, volume.weekday, len(counts)), _TICKETS)
    factor = rng.gamma(1 / trend.scatter, trend.scatter, (futures, days))
    coming = week[volume.coming[::STEPS_A_DAY][:days]] if len(volume.coming) >= steps else np.ones(days)
    return Tide(trend.daily(days, futures, rng) * factor * coming)


def _by_day(arrivals: Floats) -> Floats:
    """Counts of whole days back from now, oldest first; a day that had only begun at go-live is left out."""
    whole = len(arrivals) // STEPS_A_DAY * STEPS_A_DAY
    return np.asarray(arrivals[len(arrivals) - whole :].reshape(-1, STEPS_A_DAY).sum(axis=1), dtype=np.float64)


def _week(volume: Volume, counts: Floats) -> Floats:
    """A factor for each weekday, drawn towards 1."""
    if len(counts) < 14 or len(volume.weekday) < len(counts) * STEPS_A_DAY:
        return np.ones(7)
    days = _day_numbers(volume.weekday, len(counts))
    smooth = max(counts.mean(), 1e-9)
    seen = np.bincount(days, weights=counts, minlength=7)
    expected = np.bincount(days, minlength=7) * smooth
    found = (seen + _WEEK_WEIGHT) / (expected + _WEEK_WEIGHT)
    return np.asarray(found / found.mean(), dtype=np.float64)


def _of_days(week: Floats, weekday: np.ndarray, days: int) -> Floats:
    return week[_day_numbers(weekday, days)] if len(weekday) >= days * STEPS_A_DAY else np.ones(days)


def _day_numbers(weekday: np.ndarray, days: int) -> np.ndarray:
    return weekday[len(weekday) - days * STEPS_A_DAY :: STEPS_A_DAY]
