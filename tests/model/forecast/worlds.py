"""Launches that go on after the forecast is made, so that it can be held against what really came.

Made to share nothing with the forecaster: fix times are log-normal or wait for a team of fixed size in order of arrival,
arrivals scatter by a log-normal day and fall to a floor or rise, incidents thin out over the weeks and have heavy tails,
calls follow the hour of the day, and the exit is looked for every hour.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from console.model.forecast.standing import Answers, Defects, Judged, Share, Standing, Volume
from console.model.interval import poisson_upper, wilson

HORIZON = 30
HOURS = 24
Array = NDArray[np.float64]


@dataclass
class World:
    """One launch from go-live on; hours are counted from there."""

    seed: int

    def __post_init__(self) -> None:
        draw = np.random.default_rng([self.seed, 99])
        self.age_h = int(draw.uniform(3, 16) * HOURS)
        self.length_h = self.age_h + HORIZON * HOURS
        self._tickets(draw)
        self._gateway(draw)
        self._surveys(draw)

    # What happens

    def _tickets(self, draw: np.random.Generator) -> None:
        level = float(np.exp(draw.normal(np.log(14), 0.6)))
        floor, tau, growing = draw.uniform(0.25, 0.9), draw.uniform(2, 10), draw.random() < 0.12
        days = np.arange(self.length_h // HOURS + 1)
        shape = 0.4 + 0.06 * days if growing else floor + (1 - floor) * np.exp(-days / tau)
        shape = shape * np.exp(draw.normal(0, draw.uniform(0.1, 0.35), len(days)))
        hours = np.arange(self.length_h)
        by_hour = 1 + 0.8 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi)
        counts = draw.poisson(level * shape[hours // HOURS] * by_hour / HOURS)
        self.born = np.repeat(hours, counts) + draw.random(counts.sum())
        p1, p2 = draw.beta(1.2, 30), draw.beta(3, 12)
        luck = draw.random(len(self.born))
        self.severity = np.where(luck < p1, 1, np.where(luck < p1 + p2, 2, 3))
        self.limit = level * draw.uniform(0.45, 1.3)
        again = draw.uniform(0, 0.12)
        self.spells: dict[int, list[tuple[float, float, bool, int]]] = {}
        for severity, medians in ((1, (2.5, 22)), (2, (8, 60))):
            born = np.sort(self.born[self.severity == severity])
            median, spread = np.exp(draw.uniform(*np.log(medians))), draw.uniform(0.5, 1.2)
            work = np.exp(draw.normal(np.log(median), spread, len(born)))
            overloaded = draw.random() < 0.12
            ends = _queue(born, work, draw.integers(1, 4)) if overloaded else born + work
            found = []
            for number, (start, end) in enumerate(zip(born, ends, strict=True)):
                found.append((start, end, False, number))
                if draw.random() < again:
                    back = end + np.exp(draw.normal(np.log(14), 0.9))
                    found.append((back, back + np.exp(draw.normal(np.log(median), spread)), True, number))
            self.spells[severity] = found

    def _gateway(self, draw: np.random.Generator) -> None:
        hours = np.arange(self.length_h)
        busy = float(np.exp(draw.uniform(np.log(800), np.log(60_000))))
        calls = draw.poisson(busy * (1.1 + np.sin((hours % 24 - 9) / 24 * 2 * np.pi)))
        usual = np.exp(draw.normal(np.log(2.2e-4), 0.5))
        errors = draw.poisson(calls * usual * np.exp(draw.normal(0, 0.4, len(hours))))
        bad = np.zeros(len(hours))
        rate = (draw.uniform(0.02, 0.5) + draw.uniform(0, 1.0) * np.exp(-hours / HOURS / 4)) / HOURS
        for start in np.flatnonzero(draw.random(len(hours)) < rate):
            left = min(600.0, float(np.exp(draw.normal(np.log(9), 1.1))))
            share, hour = draw.beta(1, 3), int(start)
            while left > 0 and hour < self.length_h:
                minutes = min(60.0, left)
                errors[hour] += draw.binomial(calls[hour], share * minutes / 60)
                bad[hour] += round(minutes) if share >= 0.05 else 0
                left, hour = left - 60, hour + 1
        self.calls, self.errors, self.bad_minutes = calls.astype(float), np.minimum(errors, calls).astype(float), bad

    def _surveys(self, draw: np.random.Generator) -> None:
        pace, share = draw.uniform(4, 60), draw.beta(30, 4)
        self.answered = draw.poisson(np.full(self.length_h, pace / HOURS))
        self.liked = draw.binomial(self.answered, np.clip(share + draw.normal(0, 0.02, self.length_h), 0, 1))

    # What is judged, hour by hour

    def holds(self) -> dict[str, NDArray[np.bool_]]:
        """Of each criterion, at the end of each hour since go-live."""
        ends = np.arange(1, self.length_h + 1, dtype=float)
        open_now = {s: sum((a <= ends) & (ends < b) for a, b, _, _ in spells) if spells else 0 * ends
                    for s, spells in self.spells.items()}  # fmt: skip
        p2_total = np.searchsorted(np.sort(self.born[self.severity == 2]), ends, side="right")
        week_errors, week_calls = _trailing(self.errors, 168), _trailing(self.calls, 168)
        answers, liked = np.cumsum(self.answered), np.cumsum(self.liked)
        full = ends >= 168
        return {
            "p1_resolved": open_now[1] == 0,
            "p2_resolved": (p2_total - open_now[2] > 0.9 * p2_total) | (p2_total == 0),
            "ticket_volume": _trailing(np.bincount(self.born.astype(int), minlength=self.length_h).astype(float), 24)
            < self.limit,
            "uptime": full & (_trailing(self.bad_minutes, 168) <= 10.08),
            "error_rate_5xx": full
            & np.array([_bound(int(e)) < 0.001 * c for e, c in zip(week_errors, week_calls, strict=True)]),
            "csat": np.array([wilson(k, n)[0] > 0.8 for k, n in zip(liked, answers, strict=True)]),
        }

    def exit_after(self) -> float:
        """Days from the forecast to the exit; infinite when there is none within the horizon, 0 when all hold already."""
        every = np.logical_and.reduce(list(self.holds().values()))
        later = np.flatnonzero(every[self.age_h - 1 :])
        return float(later[0]) / HOURS if len(later) else float("inf")

    # What is known at that instant

    def standing(self) -> Standing:
        now, since = float(self.age_h), self.age_h / HOURS
        judged = {name: bool(held[self.age_h - 1]) for name, held in self.holds().items()}
        wait = max(0.0, 7 - since)
        criteria = tuple(
            Judged(name, "met" if met else "not_met", wait if name in ("uptime", "error_rate_5xx") else 0.0,
                   target={"p1_resolved": 1.0, "p2_resolved": 0.9}.get(name))
            for name, met in judged.items()
        )  # fmt: skip
        steps = _steps(np.bincount(self.born[self.born < now].astype(int), minlength=self.age_h)[: self.age_h])
        known = np.ones(len(steps))
        errors, calls, bad = (_steps(x[: self.age_h]) for x in (self.errors, self.calls, self.bad_minutes))
        a, k = int(self.answered[: self.age_h].sum()), int(self.liked[: self.age_h].sum())
        week = slice(max(0, self.age_h - 168), self.age_h)
        hourly = self.errors[: self.age_h] / np.maximum(self.calls[: self.age_h], 1)
        return Standing(
            since, tuple(float(d) for d in range(1, HORIZON + 1)), criteria,
            self._defects(1, now), self._defects(2, now), Volume(steps, since, self.limit),
            Answers(a, k, int(self.answered[week].sum()), int(self.liked[week].sum()), since, 0.8),
            (
                Share("uptime", "minutes", bad, known * 360, known, "budget", 10.08),
                Share("error_rate_5xx", "calls", errors, calls, known, "poisson", 0.001, hourly[-1],
                      float(np.median(hourly))),
            ),
        )  # fmt: skip

    def _defects(self, severity: int, now: float) -> Defects:
        seen = [s for s in self.spells[severity] if s[0] < now]
        born = self.born[(self.severity == severity) & (self.born < now)]
        still = sum(1 for s in seen if s[1] > now)
        return Defects(
            f"P{severity}", (np.array([s[0] for s in seen]) - now) / HOURS,
            np.array([s[1] - now if s[1] <= now else np.nan for s in seen], dtype=float) / HOURS,
            np.array([s[2] for s in seen], dtype=bool), tuple(f"P{severity}-{s[3]}" for s in seen),
            _steps(np.bincount(born.astype(int), minlength=self.age_h)[: self.age_h]), len(born), len(born) - still,
        )  # fmt: skip


_bound = lru_cache(maxsize=None)(poisson_upper)


def _queue(born: Array, work: Array, people: int) -> Array:
    """Ends of jobs that wait for the first free of so many people."""
    free = [0.0] * int(people)
    ends = []
    for start, needed in zip(born, work, strict=True):
        begun = max(start, heapq.heappop(free))
        heapq.heappush(free, begun + needed)
        ends.append(begun + needed)
    return np.array(ends)


def _trailing(values: Array, length: int) -> Array:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    return np.asarray(sums[ends] - sums[np.maximum(0, ends - length)])


def _steps(hourly: Array) -> Array:
    """Sums of six hours that end now; what is left over at the beginning makes no step."""
    whole = len(hourly) // 6 * 6
    return np.asarray(hourly[len(hourly) - whole :].reshape(-1, 6).sum(axis=1), dtype=float)
