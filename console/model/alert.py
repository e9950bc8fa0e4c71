"""The life of an alert, minute by minute: ok, pending, firing, held, unknown.

Missing data never resolves: a firing alert whose number went missing is *held* until its number is back, and a calm one
becomes *unknown*. Only minutes that are known to be calm count towards the end of an alert.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from console.model.moment import MINUTE


class State(StrEnum):
    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    HELD = "held"
    UNKNOWN = "unknown"


ACTIVE = (State.FIRING, State.HELD)


class Verdict(IntEnum):
    """What one minute says. ``NOTHING``: the minute is known, and there was nothing to judge in it (no calls)."""

    NO = 0
    YES = 1
    UNKNOWN = 2
    NOTHING = 3


PATIENCE = 10
"""Unknown minutes after which a pending alert gives up its count: it was never told, and nobody knows any more."""

IDLE = 60
"""Minutes without anything to judge after which a firing alert ends: nothing is left that could fail."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Whole minutes. ``after``: breaching minutes before it fires, at least one; ``keep``: calm minutes before it ends."""

    after: int = 1
    keep: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one alert stands. Instants are starts of minutes.

    ``since``: when the state began. ``began``: the first breaching minute of this episode, None when calm. ``fired``: when
    it fired. ``bad``, ``calm``, ``blank``, ``idle``: breaching minutes while pending, and known calm, unknown and empty minutes
    since the last breach.
    """

    state: State = State.UNKNOWN
    since: int = 0
    began: int | None = None
    fired: int | None = None
    bad: int = 0
    calm: int = 0
    blank: int = 0
    idle: int = 0


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state at the start of ``minute``. ``began`` and ``fired`` belong to the episode it is part of."""

    minute: int
    before: State
    after: State
    began: int | None = None
    fired: int | None = None

    @property
    def fires(self) -> bool:
        return self.after is State.FIRING and self.before is not State.HELD

    @property
    def resolves(self) -> bool:
        return self.before in ACTIVE and self.after is State.OK


def step(
    timing: Timing, standing: Standing, verdict: Verdict, minute: int, count: int = 1
) -> tuple[Standing, list[Transition]]:
    """``count`` minutes from ``minute`` on that all say the same. One by one or at once: the result is the same."""
    match standing.state:
        case State.FIRING | State.HELD:
            return _active(timing, standing, verdict, minute, count)
        case State.PENDING:
            return _pending(timing, standing, verdict, minute, count)
    return _calm(timing, standing, verdict, minute, count)


def _calm(
    timing: Timing, standing: Standing, verdict: Verdict, minute: int, count: int
) -> tuple[Standing, list[Transition]]:
    match verdict:
        case Verdict.YES:
            begun = Standing(State.PENDING, minute, began=minute)
            if timing.after > 1:
                found, rest = _pending(timing, begun, verdict, minute, count)
                return found, [Transition(minute, standing.state, State.PENDING, minute), *rest]
            fired = replace(begun, state=State.FIRING, fired=minute, bad=count)
            return fired, [Transition(minute, standing.state, State.FIRING, minute, minute)]
        case Verdict.UNKNOWN if standing.state is not State.UNKNOWN:
            return Standing(State.UNKNOWN, minute), [Transition(minute, standing.state, State.UNKNOWN)]
        case Verdict.NO | Verdict.NOTHING if standing.state is not State.OK:
            return Standing(State.OK, minute), [Transition(minute, standing.state, State.OK)]
    return standing, []


def _pending(
    timing: Timing, standing: Standing, verdict: Verdict, minute: int, count: int
) -> tuple[Standing, list[Transition]]:
    match verdict:
        case Verdict.YES:
            missing = timing.after - standing.bad
            if count < missing:
                return replace(standing, bad=standing.bad + count, blank=0, idle=0), []
            at = minute + (missing - 1) * MINUTE
            fired = replace(
                standing, state=State.FIRING, since=at, fired=at, bad=standing.bad + count, blank=0, idle=0, calm=0
            )
            return fired, [Transition(at, State.PENDING, State.FIRING, standing.began, at)]
        case Verdict.NO:
            return Standing(State.OK, minute), [Transition(minute, State.PENDING, State.OK, standing.began)]
    unknown = verdict is Verdict.UNKNOWN
    waited, after = (standing.blank, State.UNKNOWN) if unknown else (standing.idle, State.OK)
    if waited + count <= PATIENCE:
        return replace(standing, blank=standing.blank + count * unknown, idle=standing.idle + count * (not unknown)), []
    at = minute + (PATIENCE - waited) * MINUTE
    return Standing(after, at), [Transition(at, State.PENDING, after, standing.began)]


def _active(
    timing: Timing, standing: Standing, verdict: Verdict, minute: int, count: int
) -> tuple[Standing, list[Transition]]:
    told: list[Transition] = []
    wanted = State.HELD if verdict is Verdict.UNKNOWN else State.FIRING
    # A number that is back and calm may end the alert in the same minute; it is told as resolved, not as firing anew.
    ends_now = verdict is Verdict.NO and standing.calm + 1 > timing.keep
    if verdict is not Verdict.NOTHING and standing.state is not wanted and not ends_now:
        told.append(Transition(minute, standing.state, wanted, standing.began, standing.fired))
        standing = replace(standing, state=wanted, since=minute)
    match verdict:
        case Verdict.YES:
            return replace(standing, bad=standing.bad + count, calm=0, idle=0, blank=0), told
        case Verdict.UNKNOWN:
            return replace(standing, blank=standing.blank + count), told
        case Verdict.NOTHING:
            limit, waited = max(IDLE, timing.keep), standing.idle
        case _:
            limit, waited = timing.keep, standing.calm
    if waited + count <= limit:
        if verdict is Verdict.NOTHING:
            return replace(standing, idle=waited + count), told
        return replace(standing, calm=waited + count), told
    at = minute + max(0, limit - waited) * MINUTE
    told.append(Transition(at, standing.state, State.OK, standing.began, standing.fired))
    return Standing(State.OK, at), told
