"""Service levels: which target a ticket's clock runs against, and how far it has run, to the second.

What one would get wrong: **one clock, one target.** A clock is told whole, from the ticket's creation, by the target that
the ticket meets at the moment asked about. A ticket raised to P1 was due as a P1 since it came; nothing is added up from two
targets or two calendars. Segments are that clock cut where it changes, so their seconds are the shown number. Seconds here
are whole seconds since 1970 UTC: what happened inside a second happened at its beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from console.model.calendar import ALWAYS, DAY_S, WEEK_S, Calendar, WorkingTime, day_of

DONE = ("resolved", "closed")
DUE_SOON = 0.75


class Name(StrEnum):
    """The two clocks of a ticket."""

    RESPONSE = "response"
    RESOLUTION = "resolution"


class State(StrEnum):
    NONE = "none"
    """No target is promised."""
    OK = "ok"
    DUE_SOON = "due_soon"
    BREACHED = "breached"
    """Ran longer than its target, ended or not."""
    PAUSED = "paused"
    MET = "met"


class Kind(StrEnum):
    """What a clock does in a segment; only ``RUNNING`` has seconds."""

    RUNNING = "running"
    OUTSIDE = "outside"
    PAUSED = "paused"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Target:
    """A promise about one clock. Empty ``severities``, ``segments``, ``kinds``, ``sources``: any; small letters.

    ``seconds`` of working time by ``calendar``; None: nothing is promised, said so. ``pause_on``: small words; the clock
    stands while the ticket's status, its vendor's word for it or one of its tags is among them. Response never pauses.
    """

    policy: str
    clock: Name
    seconds: int | None
    calendar: str = ALWAYS
    severities: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    pause_on: tuple[str, ...] = ()

    def meets(self, severity: str | None, segment: str | None, kind: str | None, source: str) -> bool:
        pairs = (
            (self.severities, severity), (self.segments, segment), (self.kinds, kind), (self.sources, source),
        )  # fmt: skip
        return all(not wanted or (told or "").lower() in wanted for wanted, told in pairs)


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the escalation ladder: who is told when a clock has used this share of its target."""

    share: float
    tell: tuple[str, ...]


LADDER = (
    Rung(0.5, ("assignee",)),
    Rung(0.75, ("assignee", "team lead")),
    Rung(1.0, ("team lead", "hypercare lead")),
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everything a clock is judged by: targets in order, the first that meets a ticket counts for each clock; calendars
    by name; the ladder. ``forgotten_share`` of a resolution target, or ``forgotten_s`` without one: how long an
    acknowledged ticket may be silent."""

    targets: tuple[Target, ...]
    calendars: Mapping[str, Calendar]
    ladder: tuple[Rung, ...] = LADDER
    forgotten_share: float = 0.25
    forgotten_s: int = 3 * DAY_S

    def target(
        self, clock: Name, severity: str | None, segment: str | None, kind: str | None, source: str
    ) -> Target | None:
        """The first target of this clock that meets such a ticket; None also where that one promises nothing."""
        for target in self.targets:
            if target.clock is clock and target.meets(severity, segment, kind, source):
                return target if target.seconds is not None else None
        return None

    def range_for(self, oldest: int, at: int) -> tuple[date, date]:
        """The local days a table of working time must hold for clocks begun at ``oldest`` and seen at ``at``.

        Far enough ahead for every target begun now; a due instant beyond is not told.
        """
        weeks = max(
            (t.seconds / max(1, self.calendars[t.calendar].week_s) for t in self.targets if t.seconds is not None),
            default=0.0,
        )
        ahead = 400 * DAY_S + round(2 * weeks * WEEK_S)
        return day_of(min(oldest, at) - 2 * DAY_S), day_of(at + ahead)


@dataclass(frozen=True, slots=True)
class Step:
    """From ``second`` on the ticket has this status and these words: its tags and the vendor's own word, small letters."""

    second: int
    status: str
    words: tuple[str, ...] = ()

    def halts(self, pause_on: Sequence[str]) -> str:
        """The word that stops a clock, '' when none does."""
        return next((w for w in (self.status, *self.words) if w in pause_on), "")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch [start, end) of a clock. ``seconds`` counted in it: its length while running, else 0."""

    kind: Kind
    why: str
    start: int
    end: int

    @property
    def seconds(self) -> int:
        return self.end - self.start if self.kind is Kind.RUNNING else 0


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock at one moment. ``due``: the second at which the target is used up, None while it stands still before that.

    ``ended``: when it stopped for good, as far as known then.
    """

    target: Target
    segments: tuple[Segment, ...]
    elapsed: int
    due: int | None
    ended: int | None
    state: State

    @property
    def left(self) -> int:
        """Seconds of working time; below zero when breached."""
        return (self.target.seconds or 0) - self.elapsed

    @property
    def share(self) -> float:
        return self.elapsed / (self.target.seconds or 1)


def run(target: Target, worked: WorkingTime, begun: int, steps: Iterable[Step], ended: int | None, at: int) -> Clock:
    """A clock at ``at``. ``ended``: when a response was given; a resolution ends with its steps.

    Steps come in the order in which they count: one that came earlier but counts later (decided here, not yet confirmed
    there) overrules those between. Those before ``begun`` count from ``begun`` on. ``target.seconds`` is not None.
    """
    goal = target.seconds or 0
    stretches = _stretches(target, begun, steps, ended, at)
    segments: list[Segment] = []
    elapsed, due = 0, None
    for place, (kind, why, start, end) in enumerate(stretches):
        if kind is not Kind.RUNNING:
            segments.append(Segment(kind, why, start, end))
            continue
        segments += _cut(worked, why, start, end)
        open_end = place == len(stretches) - 1 and end == at
        counted = worked.between(start, end)
        if due is None and (elapsed + counted >= goal or open_end):
            due = worked.reached(worked.worked(start) + goal - elapsed)
        elapsed += counted
    last = stretches[-1][0] if stretches else Kind.RUNNING
    stopped = ended if target.clock is Name.RESPONSE else stretches[-1][2] if last is Kind.DONE else None
    stopped = None if stopped is None else max(begun, min(stopped, at))
    return Clock(target, tuple(segments), elapsed, due, stopped, _state(elapsed, goal, stopped is not None, last))


def _state(elapsed: int, goal: int, ended: bool, last: Kind) -> State:
    if elapsed > goal:
        return State.BREACHED
    if ended:
        return State.MET
    if last is Kind.PAUSED:
        return State.PAUSED
    return State.DUE_SOON if elapsed >= DUE_SOON * goal else State.OK


Stretch = tuple[Kind, str, int, int]


def _stretches(target: Target, begun: int, steps: Iterable[Step], ended: int | None, at: int) -> list[Stretch]:
    """What the clock does from ``begun`` to ``at``, without looking at working hours; neighbours of a kind are joined."""
    if target.clock is Name.RESPONSE:
        stop = at if ended is None else max(begun, min(ended, at))
        return [(Kind.RUNNING, "unanswered", begun, stop)]
    known = [s for s in steps if s.second <= at]
    found: list[Stretch] = []
    if not known or known[0].second > begun:
        known.insert(0, Step(begun, "new"))
    for place, step in enumerate(known):
        later = known[place + 1 :]
        start, end = max(begun, step.second), max(begun, min((s.second for s in later), default=at))
        if step.status in DONE:
            kind, why = Kind.DONE, step.status
        elif word := step.halts(target.pause_on):
            kind, why = Kind.PAUSED, word
        else:
            kind, why = Kind.RUNNING, step.status.replace("_", " ")
        if start >= end and later:
            continue
        if found and found[-1][:2] == (kind, why):
            start = found.pop()[2]
        elif found and kind is Kind.DONE and found[-1][0] is Kind.DONE:
            why, start = found[-1][1], found.pop()[2]
        found.append((kind, why, start, end))
    return found


def _cut(worked: WorkingTime, why: str, start: int, end: int) -> list[Segment]:
    """A running stretch cut at opening and closing hours."""
    found: list[Segment] = []
    place = start
    for low, high in worked.inside(start, end):
        if low > place:
            found.append(Segment(Kind.OUTSIDE, _closed(worked, place, low), place, low))
        found.append(Segment(Kind.RUNNING, why, low, high))
        place = high
    if place < end:
        found.append(Segment(Kind.OUTSIDE, _closed(worked, place, end), place, end))
    return found


def _closed(worked: WorkingTime, start: int, end: int) -> str:
    """Why nothing counts: "outside office", "holiday 2026-12-25"."""
    calendar = worked.calendar
    free = worked.holidays_between(start, end)
    return f"holiday {', '.join(d.isoformat() for d in free)}" if free else f"outside {calendar.name}"
