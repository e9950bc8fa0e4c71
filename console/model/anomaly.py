"""What is unusual for a series, told from the first hour on and without ever learning from trouble.

Usual is the median of the last day, its spread the median absolute deviation with a floor, so that a calm series does
not cry over nothing. After two days the same hour of earlier days is compared instead. Two tests: a *step* beyond
``sense`` spreads, and a *drift*, a cumulative sum of small deviations (E. S. Page, Biometrika 41 (1954) 100). Minutes that
were unusual, and spans the caller names (incidents, maintenance), never teach. What stays unusual for half a day is taken
as the new usual, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from console.model.rolling import Bools, Floats

BLOCK = 60
"""Minutes for which one baseline stands: from one whole hour to the next."""
LEARNT = 8
"""Samples that teach enough for a first opinion; its spread is widened by what so few can miss."""
FIRST_LOOK = 30
"""Minutes that must have passed before that."""
_DAY, _LOOK_BACK = 1440, 14 * 1440
_CYCLES = 2
_PER_CYCLE = 0.3
"""Share of an hour's minutes a day must have told to count as a cycle; of series told once an hour one sample does."""
_SLACK = 0.5
"""Spreads a value may be off without adding to the drift."""
_FAR = 20.0
_CLIP = 4.0
_NEW_USUAL = 12 * 60
_MAD = 1.4826
_FLOOR_SHARE = 0.05


class Kind(IntEnum):
    USUAL = 0
    STEP = 1
    DRIFT = 2
    LEARNING = 3
    MISSING = 4


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Per minute: what it is, what was usual, and the value from which on it is a step (NaN while learning)."""

    kind: NDArray[np.int8]
    usual: Floats
    bound: Floats


@dataclass(slots=True)
class _Usual:
    centre: float
    spread: float


class Anomaly:
    """One series. ``extend`` may be called with a minute or with weeks: the judgements are the same.

    ``falling``: low values are the trouble. ``counts``: values are counts, whose own noise is their root.
    """

    def __init__(self, sense: float, *, falling: bool = False, counts: bool = False) -> None:
        self._sense = sense
        self._sign = -1.0 if falling else 1.0
        self._counts = counts
        self._origin = 0
        self._values: Floats = np.zeros(0)
        self._teaches: Bools = np.zeros(0, np.bool_)
        self._strange: Bools = np.zeros(0, np.bool_)
        self._fresh: Bools = np.zeros(0, np.bool_)
        self._usual: _Usual | None = None
        self._block = -1
        self._sum = 0.0
        self._valid_from = 0
        self._last = Kind.MISSING
        self._hours: dict[int, tuple[float, Floats]] = {}

    def extend(self, minute: int, values: Floats, fresh: Bools, excluded: Bools, calls: Floats | None = None) -> Judged:
        """``minute``: number of the first minute since 1970. ``values``: NaN where unknown. ``fresh``: the minute brought a
        new sample (held values repeat the last judgement). ``excluded``: must not teach. ``calls``: evidence behind a share.
        """
        if not len(self._values):
            self._origin = minute
        if minute != self._origin + len(self._values):
            raise ValueError("samples must follow one another")
        old = len(self._values)
        known = np.isfinite(values)
        self._values = np.concatenate([self._values, values])
        self._fresh = np.concatenate([self._fresh, fresh & known])
        self._teaches = np.concatenate([self._teaches, fresh & known & ~excluded])
        self._strange = np.concatenate([self._strange, np.zeros(len(values), np.bool_)])
        kind = np.full(len(values), Kind.MISSING, np.int8)
        usual, bound = np.full(len(values), np.nan), np.full(len(values), np.nan)
        place = 0
        while place < len(values):
            now = self._origin + old + place
            end = min(len(values), place + BLOCK - now % BLOCK)
            if now // BLOCK != self._block:
                self._begin_block(now)
            part = slice(place, end)
            self._judge(old + place, kind[part], usual[part], bound[part], None if calls is None else calls[part])
            place = end
        self._forget()
        return Judged(kind, usual, bound)

    def _begin_block(self, now: int) -> None:
        self._block = now // BLOCK
        here = now - self._origin
        self._sum = min(self._sum, 2 * _FAR)
        self._take_as_usual(here)
        self._usual = self._seasonal(here) or self._plain(here)

    def _take_as_usual(self, here: int) -> None:
        """What was unusual all of the last half day is how things are now."""
        start = here - _NEW_USUAL
        if start < 0:
            return
        fresh = self._fresh[start:here]
        strange = self._strange[start:here] & fresh
        if fresh.sum() >= LEARNT and strange.sum() >= 0.9 * fresh.sum():
            self._strange[start:here] = False
            self._valid_from = self._origin + start
            self._sum = 0.0

    def _taught(self, start: int, end: int) -> Floats:
        start = max(start, self._valid_from - self._origin, 0)
        return self._values[start:end][self._teaches[start:end] & ~self._strange[start:end]]

    def _plain(self, here: int) -> _Usual | None:
        if here < FIRST_LOOK:
            return None
        samples = self._taught(here - _DAY, here)
        if len(samples) < LEARNT:
            samples = self._taught(here - _LOOK_BACK, here)
        return _usual_of(samples) if len(samples) >= LEARNT else None

    def _seasonal(self, here: int) -> _Usual | None:
        """The same hour of earlier days, once there are two of them that told enough.

        The busy hour of a first day is unusual by itself and still belongs to the cycle: here only what the caller left out
        does not teach. One bad day among several is outvoted by the median; of two it widens the spread.
        """
        if here < _CYCLES * _DAY:
            return None
        days: list[tuple[float, Floats]] = []
        told = self._fresh[max(0, here - _DAY) : here].sum() / _DAY
        for back in range(1, _LOOK_BACK // _DAY + 1):
            start = here - back * _DAY
            if start < 0:
                break
            middle, rest = self._hour(start)
            if len(rest) >= max(1.0, _PER_CYCLE * told * BLOCK):
                days.append((middle, rest))
        if len(days) < _CYCLES or sum(len(rest) for _, rest in days) < LEARNT:
            return None
        middles = np.array([middle for middle, _ in days])
        inside = _usual_of(np.concatenate([rest for _, rest in days]))
        centre = _median(middles)
        spread = max(inside.spread, _MAD * _median(np.abs(middles - centre)), _FLOOR_SHARE * abs(centre))
        if len(days[0][1]) == 1:
            # Told once an hour: only the days themselves say how unlike each other they are.
            spread = max(_usual_of(middles).spread, spread)
        return _Usual(centre, max(spread, 1e-9))

    def _hour(self, start: int) -> tuple[float, Floats]:
        """The median of an hour that has passed, and what its samples differ from it by."""
        key = self._origin + start
        if key not in self._hours:
            samples = self._values[start : start + BLOCK][self._teaches[start : start + BLOCK]]
            middle = _median(samples) if len(samples) else 0.0
            self._hours[key] = middle, samples - middle
        return self._hours[key]

    def _judge(self, at: int, kind: NDArray[np.int8], usual: Floats, bound: Floats, calls: Floats | None) -> None:
        here = slice(at, at + len(kind))
        values, fresh = self._values[here], self._fresh[here]
        known = np.isfinite(values)
        if self._usual is None:
            kind[known] = Kind.LEARNING
            self._last = Kind.LEARNING
            return
        centre = self._usual.centre
        spread = np.full(len(values), self._usual.spread)
        if self._counts:
            spread = np.maximum(spread, np.sqrt(max(centre, 1.0)))
        if calls is not None:
            n = np.maximum(calls, 1.0)
            spread = np.maximum(spread, np.sqrt(np.maximum(centre * (1 - min(centre, 1.0)), 1 / n) / n))
        usual[:], bound[:] = centre, centre + self._sign * self._sense * spread
        with np.errstate(invalid="ignore"):
            score = self._sign * (values - centre) / spread
        step = fresh & (score > self._sense)
        # A step tells itself; let into the sum it would speak on after it ended.
        pushes = np.where(fresh & ~step, np.clip(score, -_CLIP, _CLIP) - _SLACK, 0.0)
        # Whole 1024ths add up to the same sum in whatever pieces they come.
        path = self._sum + np.cumsum(np.round(np.nan_to_num(pushes) * 1024) / 1024)
        sums = path - np.minimum(0.0, np.minimum.accumulate(path))
        self._sum = float(sums[-1])
        drift = fresh & ~step & (sums > _FAR) & (score > _SLACK)
        told = np.where(step, Kind.STEP, np.where(drift, Kind.DRIFT, Kind.USUAL)).astype(np.int8)
        self._strange[here] = step | drift
        kind[:] = self._held(told, fresh, known)

    def _held(self, told: NDArray[np.int8], fresh: Bools, known: Bools) -> NDArray[np.int8]:
        """Between two samples the last judgement stands, as long as its value does."""
        places = np.maximum.accumulate(np.where(fresh, np.arange(len(told)), -1))
        before = np.int8(Kind.USUAL if self._last in (Kind.LEARNING, Kind.MISSING) else self._last)
        held = np.where(places >= 0, told[np.maximum(places, 0)], before).astype(np.int8)
        self._last = Kind(int(held[-1]))
        return np.where(known, held, np.int8(Kind.MISSING)).astype(np.int8)

    def _forget(self) -> None:
        """Only what can still teach is kept."""
        spare = len(self._values) - 2 * _LOOK_BACK
        if spare > 0:
            cut = spare + _LOOK_BACK - BLOCK
            self._values, self._fresh = self._values[cut:], self._fresh[cut:]
            self._teaches, self._strange = self._teaches[cut:], self._strange[cut:]
            self._origin += cut
            self._hours = {key: hour for key, hour in self._hours.items() if key >= self._origin}


def _usual_of(samples: Floats) -> _Usual:
    centre = _median(samples)
    spread = _MAD * _median(np.abs(samples - centre))
    # A median deviation of a few values is a guess; what it can miss is added.
    widened = spread * (1 + 10 / len(samples))
    return _Usual(centre, max(widened, _FLOOR_SHARE * abs(centre), 1e-9))


def _median(values: Floats) -> float:
    """``numpy.median`` of a few finite values, without what it checks and copies."""
    middle = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, middle)[middle])
    parted = np.partition(values, (middle - 1, middle))
    return float((parted[middle - 1] + parted[middle]) / 2)
