"""Where a launch stands, as the forecast needs it: plain arrays, measured from the instant the forecast is made.

Times are days as floats, negative in the past. Counts of the past stand in steps of six hours that end at the instant:
the last entry is the step that has just ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

STEPS_A_DAY = 4
STEP = 1 / STEPS_A_DAY
"""Days. An exit is looked for at the end of every step."""
WINDOW_STEPS = 7 * STEPS_A_DAY


def no_floats() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Defects:
    """The defects of one severity since go-live, told by the spells in which they were open.

    ``start``, ``end``: of each spell; ``end`` is NaN while it lasts. ``again``: it began by re-opening. ``keys``: the
    ticket of each spell. ``arrivals``: opened in each past step. ``total`` and ``done`` are as the criterion counts them.
    """

    severity: str
    start: Floats
    end: Floats
    again: Flags
    keys: tuple[str, ...]
    arrivals: Floats
    total: int
    done: int

    @property
    def is_open(self) -> Flags:
        return np.isnan(self.end)

    def open_tickets(self) -> list[tuple[str, float]]:
        """Key and age in days of the open ones, oldest first."""
        found = [(key, -float(s)) for key, s, o in zip(self.keys, self.start, self.is_open, strict=True) if o]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """A share over a trailing window: 5xx of calls, slow of calls, bad of judged minutes.

    ``bad`` and ``whole`` are counts of the past steps since go-live, ``known`` the share of each step that is known.
    ``window``: its length in steps. ``begun``: days since its clock began; what is older does not count. ``rule``:
    ``poisson`` (upper 95 % bound of bad over whole under ``limit``), ``at_most`` (bad ≤ limit × whole) or ``budget``
    (bad ≤ ``limit``, a count). ``lately``: the share over the last hour, NaN when nothing is known of it; ``usual``: the
    median over the hours before.
    """

    criterion: str
    name: str
    bad: Floats
    whole: Floats
    known: Floats
    rule: str
    limit: float
    lately: float = float("nan")
    usual: float = float("nan")
    window: int = WINDOW_STEPS
    begun: float = float("inf")
    coverage: float = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """New tickets. ``arrivals`` a past step; ``limit``: fewer in 24 h, at the end of each of ``sustained`` steps; ``flat``:
    and not rising three days running.

    ``weekday`` is the day of the week (0 Monday) of each past step, ``coming`` that of the coming steps; both may be
    empty, then no week is looked for. ``since``: days from go-live to now.
    """

    arrivals: Floats
    since: float
    limit: float | None = None
    flat: bool = False
    sustained: int = 1
    weekday: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    coming: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Answers:
    """Survey answers since go-live: ``n`` of which ``good``; lately (the last seven days) ``recent_n``, ``recent_good``."""

    n: int
    good: int
    recent_n: int
    recent_good: int
    since: float
    target: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion as it is judged now. ``wait``: days until its clock can be full, 0 where it has none.

    ``waived_for``: days until its waiver ends. ``covered``: share known of what it is judged on, where that must not be
    under 99 %. ``unmet_for``: days it has not been met, for criteria the forecast has no model of.
    """

    key: str
    state: str
    wait: float = 0.0
    waived_for: float = 0.0
    covered: float = 1.0
    target: float | None = None
    unmet_for: float = 0.0
    why: str = ""

    @property
    def holds(self) -> bool:
        return self.state in ("met", "waived")


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """All of it. ``day_ends``: days from now to the end of today, tomorrow and so on; as many as are forecast.

    ``signed``: criteria that a person signs; a forecast cannot know when, so they are taken as signed in time. ``owed``:
    further acts taken as done in time (what, for which criterion). ``ended``
    and ``troubled``: how many stretches of unusual errors ended since go-live, and how many days they took together.
    ``blocked``: why nothing can be forecast, '' when something can.
    """

    since: float
    day_ends: tuple[float, ...]
    criteria: tuple[Judged, ...]
    p1: Defects | None = None
    p2: Defects | None = None
    volume: Volume | None = None
    answers: Answers | None = None
    shares: tuple[Share, ...] = ()
    signed: frozenset[str] = frozenset()
    owed: tuple[tuple[str, str], ...] = ()
    ended: int = 0
    troubled: float = 0.0
    blocked: str = ""

    @property
    def steps(self) -> int:
        """Coming steps until the last day ends."""
        return int(np.ceil(self.day_ends[-1] / STEP)) if self.day_ends else 0

    def with_open_p1(self, key: str) -> Standing:
        """As if one more P1 had just been opened, everything learnt from the past being as it is."""
        held = self.p1
        assert held is not None
        more = replace(
            held, start=np.append(held.start, 0.0), end=np.append(held.end, np.nan), again=np.append(held.again, False),
            keys=(*held.keys, key), total=held.total + 1,
        )  # fmt: skip
        judged = tuple(
            replace(c, state="not_met") if c.key == "p1_resolved" and c.state == "met" else c for c in self.criteria
        )
        return replace(self, criteria=judged, p1=more)
