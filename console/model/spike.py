"""What moved in a span and what did not: candidates of every kind judged together and told in the order of what is sure.

All candidates are corrected together after Benjamini and Hochberg; how one is judged stands in ``comparing``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from console.model.chance import corrected
from console.model.comparing import Floats, Judged, compared, judge_levels, sides_of

FALSE_CLAIMS = 0.05
"""The share of claims that may be false."""
_SEEN_WHEN = np.log(2.0)
"""Still: had it doubled or halved, it would have been seen."""
_SAME_KIND = 0.55
"""What the next row of a kind already listed is worth: three keys of one shop say less than a key, a route and a code."""


class State(StrEnum):
    MOVED = "moved"
    STILL = "still"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Candidates of one kind. ``events[candidate, window, slot]`` and ``exposure`` (same shape, or one row for all).

    Window 0 is the span, the others stand before it. No exposure: unknown. ``per`` multiplies a rate into ``unit``.
    ``shown``: before and during where they are told in another measure than the one tested.
    """

    kind: str
    measure: str
    unit: str
    names: list[str]
    events: Floats
    exposure: Floats
    per: float = 1.0
    shown: tuple[Floats, Floats] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Candidates whose value is a level, such as CPU: ``values[candidate, window, slot]``, NaN where unknown."""

    kind: str
    measure: str
    unit: str
    names: list[str]
    values: Floats


Family = Counts | Levels


@dataclass(frozen=True, slots=True)
class Finding:
    """One candidate. ``effect``: during by before, with half an event in place of none; ``p`` is corrected for all.

    ``sure``: the change, as |ln ratio|, that is exceeded all but certainly; ranks. ``n``: events on both sides.
    """

    kind: str
    name: str
    measure: str
    unit: str
    before: float | None
    during: float | None
    effect: float | None
    p: float
    state: State
    sure: float
    n: float
    family: int = -1
    place: int = -1

    @property
    def what(self) -> str:
        return f"{self.name} {self.measure}".strip()


def weigh(families: list[Family], left_out: tuple[int, ...] = ()) -> list[Finding]:
    """Everything that could be compared: what moved first, as ranked, then what did not, then what cannot be said.

    ``left_out``: windows of the baseline that were in trouble themselves, see ``troubled``.
    """
    sides = [sides_of(f.events, f.exposure, left_out) for f in families if isinstance(f, Counts)]
    counted = iter(compared(sides))
    judged = [next(counted) if isinstance(f, Counts) else judge_levels(f.values) for f in families]
    every = np.concatenate([j.p for j in judged]) if judged else np.empty(0)
    tested = np.isfinite(every)
    adjusted = np.ones_like(every)
    adjusted[tested] = corrected(every[tested])
    found: list[Finding] = []
    at = 0
    for number, (family, told) in enumerate(zip(families, judged, strict=True)):
        size = len(family.names)
        found += _findings(family, told, adjusted[at : at + size], number)
        at += size
    moved = ranked([f for f in found if f.state is State.MOVED])
    still = sorted((f for f in found if f.state is State.STILL), key=lambda f: (-f.n, f.kind, f.what))
    unsure = sorted((f for f in found if f.state is State.UNSURE), key=lambda f: (f.p, f.kind, f.what))
    return [*moved, *still, *unsure]


def _findings(family: Family, told: Judged, adjusted: Floats, number: int) -> list[Finding]:
    """One a candidate that could be compared. Worked out in columns: an hour of a large gateway has thousands."""
    places = np.flatnonzero(np.isfinite(told.p))
    change, error, p = told.change[places], told.error[places], adjusted[places]
    before, during = told.before[places], told.during[places]
    if isinstance(family, Counts):
        before, during = before * family.per, during * family.per
        if family.shown is not None:
            before, during = family.shown[0][places], family.shown[1][places]
    moved, still = p <= FALSE_CLAIMS, np.abs(change) + 2 * error < _SEEN_WHEN
    effect = np.exp(np.clip(change, -50, 50))
    np.divide(during, before, out=effect, where=(before > 0) & (during > 0))
    sure = np.maximum(0.0, np.abs(change) - 2 * error)
    columns = (places, before, during, effect, p, moved, still, sure, told.n[places])
    return [
        Finding(
            family.kind, family.names[place], family.measure, family.unit, _plain(was), _plain(now), _plain(times), chance,
            State.MOVED if has_moved else State.STILL if stood else State.UNSURE, certain, n, number, place,
        )
        for place, was, now, times, chance, has_moved, stood, certain, n in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]  # fmt: skip


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def ranked(moved: list[Finding]) -> list[Finding]:
    """By the change that is certain; a kind that was listed already counts less each time, so that the top is diverse."""
    rest = sorted(moved, key=lambda f: (-f.sure, f.p, f.kind, f.what))
    by_kind: dict[str, list[Finding]] = {}
    for finding in rest:
        by_kind.setdefault(finding.kind, []).append(finding)
    found: list[Finding] = []
    taken = dict.fromkeys(by_kind, 0)
    while len(found) < len(rest):
        kind = max(
            (k for k, queue in by_kind.items() if taken[k] < len(queue)),
            key=lambda k: (by_kind[k][taken[k]].sure * _SAME_KIND ** taken[k], k),
        )
        found.append(by_kind[kind][taken[kind]])
        taken[kind] += 1
    return found
