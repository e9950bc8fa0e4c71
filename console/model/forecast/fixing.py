"""How many defects of a severity will be open: fixed and re-opened at the pace learnt since go-live.

Two ways of working are both tried, and futures are split between them by how well each explains the days so far:

* *each at its own pace*: a ticket is fixed at a rate that depends on its age (piecewise constant hazard: Holford,
  Biometrics 32 (1976) 587). Open tickets count with the age they have reached, so that long fixes still under way are
  not left out. The rate of an age has a gamma posterior around that of the age before it.
* *so many a day*: the team closes tickets at a rate of its own however many wait. Then a backlog that gets more than
  that grows without end (the queue is a reflected random walk: Lindley, Proc. Camb. Phil. Soc. 48 (1952) 277).

Re-opening: a share of the fixed ones (beta posterior) comes back after an exponential time.

Assumed: severities stay as they are; a ticket that is opened again is fixed like a new one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from console.model.forecast.arrivals import Coming
from console.model.forecast.luck import Luck
from console.model.forecast.standing import STEP, STEPS_A_DAY, Defects, Flags, Floats

_AGES = np.array([0.0, 1 / 6, 0.5, 1.0, 2.0, 4.0, 8.0, np.inf])
"""Days; within one stretch of age the rate of fixing is constant."""
_USUAL_FIX = {"P1": 0.5, "P2": 1.5}
_USUAL_WORTH = 2.0
"""Mean days to a fix before any was seen, and how many fixes that opinion is worth."""
_TIES = 3.0
"""How many fixes the rate of one age lends to the next."""
_TEAM_PRIOR = 0.1
_TEMPER = 0.5
"""Days scatter more than the two ways of working say, so that their evidence counts half."""
_MOST_ROWS = 120
_BACK_DAYS = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """What was learnt of one severity, one value a future. ``hazard`` is ages × futures, per day."""

    hazard: Floats
    team: Floats
    by_team: Flags
    back: Floats
    back_days: Floats
    back_a_day: Floats


def learn(defects: Defects, since: float, futures: int, luck: Luck) -> Pace:
    """``since``: days from go-live to now."""
    rng = luck.of("pace")
    fixes, exposure = _lived(defects, since)
    usual = _USUAL_FIX.get(defects.severity, 3.0)
    base = rng.gamma(1 + _USUAL_WORTH + fixes.sum(), 1 / (_USUAL_WORTH * usual + exposure.sum()), futures)
    hazard = np.empty((len(_AGES) - 1, futures))
    # One more in the shape keeps the mean time to a fix, 1 / rate, what the ties say it is: rates are skewed.
    before = np.maximum(base, 1e-4)
    for i in range(len(hazard)):
        before = np.maximum(rng.gamma(1 + _TIES + fixes[i], 1 / (_TIES / before + exposure[i])), 1e-4)
        hazard[i] = before
    waiting, waited, busy = _met(defects, since)
    team = rng.gamma(_USUAL_WORTH + len(waiting), 1 / (_USUAL_WORTH * usual + busy), futures)
    by_team = rng.random(futures) < _weight_of_team(waiting, waited, busy, usual)
    returned = float(defects.again.sum())
    done = float((~defects.is_open).sum())
    back = rng.beta(1 + returned, 12 + max(0.0, done - returned), futures)
    # How long the ones that came back had been away is not told by spells alone; a day is what support knows.
    back_days = 1 / rng.gamma(3.0, 1 / (3.0 * _BACK_DAYS), futures)
    back_a_day = rng.gamma(0.1 + returned, 1 / (1 + since), futures)
    return Pace(hazard, team, by_team, back, back_days, back_a_day)


def open_ahead(defects: Defects, coming: Coming, steps: int, pace: Pace, luck: Luck) -> Floats:
    """How many are open at the end of each coming step: futures × steps."""
    found = _each_at_its_pace(defects, coming, steps, pace, luck)
    found[pace.by_team] = _by_team(len(defects.open_tickets()), coming, steps, pace, luck)
    return found


def separable(defects: Defects) -> bool:
    """Whether single open tickets have a fate of their own, so that ``with_closed`` can take one out."""
    return len(defects.open_tickets()) <= _MOST_ROWS


def with_closed(ahead: Floats, key: str, defects: Defects, coming: Coming, pace: Pace, luck: Luck) -> Floats:
    """As ``ahead``, with one open ticket fixed for good now; nothing else happens otherwise."""
    standing = defects.open_tickets()
    tally = _Tally(*ahead.shape)
    for other, age in standing:
        if other == key:
            _live_on(tally, pace, luck, other, age, 1.0)
    found = ahead - tally.total()
    found[pace.by_team] = _by_team(len(standing) - 1, coming, ahead.shape[1], pace, luck)
    return found


def _lived(defects: Defects, since: float) -> tuple[Floats, Floats]:
    """Fixes and ticket-days by stretch of age, since go-live."""
    end = np.where(defects.is_open, 0.0, defects.end)
    old, born = end - defects.start, np.maximum(0.0, -since - defects.start)
    low, high = _AGES[:-1], _AGES[1:]
    lived = np.clip(np.minimum(old[:, None], high) - np.maximum(born[:, None], low), 0, None)
    ended = ~defects.is_open & (end >= -since)
    fixes = (ended[:, None] & (old[:, None] >= low) & (old[:, None] < high)).sum(axis=0)
    return fixes.astype(np.float64), lived.sum(axis=0)


def _met(defects: Defects, since: float) -> tuple[Floats, float, float]:
    """How many were open at each fix since go-live, the ticket-days waited, and the days on which any waited."""
    start, end = np.maximum(defects.start, -since), np.where(defects.is_open, 0.0, defects.end)
    kept = end > -since
    start, end, fixed = start[kept], end[kept], np.sort(end[kept & ~defects.is_open])
    begun, over = np.sort(start), np.sort(end)
    waiting = np.searchsorted(begun, fixed, side="left") - np.searchsorted(over, fixed, side="left")
    edges = np.concatenate([begun, over])
    order = np.argsort(edges, kind="stable")
    level = np.cumsum(np.concatenate([np.ones(len(begun)), -np.ones(len(over))])[order])
    lengths = np.diff(edges[order], append=0.0)
    busy = float(np.clip(lengths, 0, None)[level > 0].sum())
    return np.maximum(waiting, 1).astype(np.float64), float((end - start).sum()), busy


def _weight_of_team(waiting: Floats, waited: float, busy: float, usual: float) -> float:
    """Posterior probability of the second way: evidence of the fixes as a point process under both, tempered."""
    count = len(waiting)

    def evidence(exposure: float) -> float:
        return -(_USUAL_WORTH + count) * math.log(_USUAL_WORTH * usual + exposure)

    gain = evidence(busy) - evidence(waited) - float(np.log(waiting).sum())
    odds = math.log(_TEAM_PRIOR / (1 - _TEAM_PRIOR)) + _TEMPER * gain
    return 1 / (1 + math.exp(-min(50.0, max(-50.0, odds))))


def _by_team(start: int, coming: Coming, steps: int, pace: Pace, luck: Luck) -> Floats:
    """Of the futures in which the team closes so many a day; ``start``: open now."""
    rng, mine = luck.of("team"), pace.by_team
    able = rng.poisson(np.repeat(pace.team[mine, None] * STEP, steps, axis=1))
    again = rng.poisson(np.repeat(pace.back_a_day[mine, None] * STEP, steps, axis=1))
    arrivals = coming.by_step(len(mine), steps)[mine]
    walk = start + np.cumsum(arrivals + again - able, axis=1)
    return np.asarray(walk - np.minimum(0.0, np.minimum.accumulate(walk, axis=1)), dtype=np.float64)


def _each_at_its_pace(defects: Defects, coming: Coming, steps: int, pace: Pace, luck: Luck) -> Floats:
    tally = _Tally(len(pace.by_team), steps)
    for name, age, weight in _bundles(defects.open_tickets()):
        _live_on(tally, pace, luck, name, age, weight)
    rng = luck.of("done")
    for away, weight in _lately_done(defects):
        left = np.exp(-away / pace.back_days)
        odds = pace.back * left / (1 - pace.back + pace.back * left)
        hit = np.flatnonzero(rng.random(len(odds)) < odds)
        at = rng.exponential(pace.back_days[hit])
        tally.open(hit, at, at + _time_to_fix(pace, hit, np.zeros(len(hit)), rng), weight)
    life = _Life(pace, coming.future, np.zeros(len(coming.future)), luck.of("arrived"))
    tally.open(coming.future, coming.born, coming.born + life.fixed, coming.weight)
    born = coming.born[life.back]
    tally.open(coming.future[life.back], born + life.again_at, born + life.again_fixed, coming.weight)
    return tally.total()


def _live_on(tally: _Tally, pace: Pace, luck: Luck, name: str, age: float, weight: float) -> None:
    """What becomes of an open ticket. Its luck is its own: one more or one fewer changes no other's fate."""
    every = np.arange(len(pace.by_team))
    life = _Life(pace, every, np.full(len(every), age), luck.of("open", name))
    tally.open(every, np.zeros(len(every)), life.fixed, weight)
    tally.open(every[life.back], life.again_at, life.again_fixed, weight)


class _Life:
    """What becomes of open tickets: fixed after so long, and the indices of those that come back, once."""

    def __init__(self, pace: Pace, future: NDArray[np.int64], age: Floats, rng: np.random.Generator) -> None:
        self.fixed = _time_to_fix(pace, future, age, rng)
        self.back = np.flatnonzero(rng.random(len(future)) < pace.back[future])
        again = future[self.back]
        self.again_at = self.fixed[self.back] + rng.standard_exponential(len(again)) * pace.back_days[again]
        self.again_fixed = self.again_at + _time_to_fix(pace, again, np.zeros(len(again)), rng)


class _Tally:
    """Adds up open tickets at the ends of steps: all differences first, one count and one running sum at the end."""

    def __init__(self, futures: int, steps: int) -> None:
        self._shape = (futures, steps + 1)
        self._places: list[NDArray[np.int64]] = []
        self._weights: list[Floats] = []

    def open(self, future: NDArray[np.int64], start: Floats, end: Floats, weight: float) -> None:
        """Open in [start, end), days from now."""
        last = self._shape[1] - 1
        for at, sign in ((start, weight), (end, -weight)):
            place = np.minimum(np.maximum(np.ceil(at * STEPS_A_DAY) - 1, 0), last).astype(np.int64)
            self._places.append(future * self._shape[1] + place)
            self._weights.append(np.full(len(place), sign))

    def total(self) -> Floats:
        if not self._places:
            return np.zeros((self._shape[0], self._shape[1] - 1))
        change = np.bincount(
            np.concatenate(self._places), np.concatenate(self._weights), self._shape[0] * self._shape[1]
        )
        return np.asarray(np.cumsum(change.reshape(self._shape), axis=1)[:, :-1], dtype=np.float64)


def _time_to_fix(pace: Pace, future: NDArray[np.int64], age: Floats, rng: np.random.Generator) -> Floats:
    """Days from now to the fix of tickets of these ages, by inverting the cumulative hazard."""
    left = rng.standard_exponential(len(future))
    took = np.zeros(len(future))
    youngest = float(age.min()) if len(age) else 0.0
    for i, (low, high) in enumerate(pairwise(_AGES)):
        if high <= youngest:
            continue
        rate = pace.hazard[i][future]
        width = np.maximum(0.0, high - np.maximum(age, low))
        used = np.minimum(width, left / rate)
        took += used
        left = np.maximum(0.0, left - used * rate)
    return took


def _bundles(standing: list[tuple[str, float]]) -> list[tuple[str, float, float]]:
    """Name, age, and how many tickets a row stands for: one, unless there are too many."""
    size = max(1, -(-len(standing) // _MOST_ROWS))
    parts = [standing[i : i + size] for i in range(0, len(standing), size)]
    return [(part[0][0], sum(age for _, age in part) / len(part), float(len(part))) for part in parts]


def _lately_done(defects: Defects) -> list[tuple[float, float]]:
    """Days since their fix, and how many, of the tickets that may yet come back."""
    last: dict[str, float] = {}
    for key, end in zip(defects.keys, defects.end, strict=True):
        last[key] = np.nan if np.isnan(end) or np.isnan(last.get(key, 0.0)) else max(float(end), last.get(key, -np.inf))
    away = sorted(-float(end) for end in last.values() if not np.isnan(end) and end > -5 * _BACK_DAYS)
    size = max(1, -(-len(away) // 100))
    parts = [away[i : i + size] for i in range(0, len(away), size)]
    return [(sum(part) / len(part), float(len(part))) for part in parts]
