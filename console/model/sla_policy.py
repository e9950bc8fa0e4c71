"""Service level policies as people write them, the shipped ones, and the agreement they make together.

A length is "15 min", "4 h", "10 working days" or "none". What one would get wrong: hours are hours of the policy's calendar,
and of every hour of the week where it names none; working days are always days of a calendar, of ``office`` by default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.model.calendar import ALWAYS, Calendar, around_the_clock
from console.model.lengths import length_of
from console.model.sla import LADDER, Agreement, Name, Rung, Target

OFFICE = "office"
WAITING = ("waiting", "waiting for customer", "pending")
"""Status words or tags that stop a resolution clock where a policy names none of its own."""

_H = 3_600
_DAYS = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*(?:working\s+days?|wd)")
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Length:
    """``seconds``, or ``days`` of a calendar; neither: nothing is promised."""

    seconds: int | None = None
    days: float | None = None


def length(value: Any) -> Length | None:
    """What was written; None when it cannot be read, or is nothing above zero."""
    text = value.strip().lower() if isinstance(value, str) else value
    if text == _NONE:
        return Length()
    if isinstance(text, str) and (match := _DAYS.fullmatch(text)):
        return Length(days=float(match[1])) if float(match[1]) > 0 else None
    seconds = length_of(text)
    return Length(seconds) if seconds else None


@dataclass(frozen=True, slots=True)
class Policy:
    """A row: whom it is for, and what it promises. ``respond``, ``resolve`` None: it does not speak of that clock."""

    name: str
    severities: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    respond: Length | None = None
    resolve: Length | None = None
    calendar: str = ""
    pause_on: tuple[str, ...] = WAITING

    def targets(self, calendars: Mapping[str, Calendar]) -> list[Target]:
        found = []
        for clock, promised in ((Name.RESPONSE, self.respond), (Name.RESOLUTION, self.resolve)):
            if promised is None:
                continue
            calendar = self.calendar or (ALWAYS if promised.days is None else OFFICE)
            seconds = promised.seconds
            if promised.days is not None:
                seconds = round(promised.days * calendars[calendar].day_s)
            found.append(
                Target(
                    self.name, clock, seconds, calendar, self.severities, self.segments, self.kinds, self.sources,
                    self.pause_on if clock is Name.RESOLUTION else (),
                )
            )  # fmt: skip
        return found


SHIPPED = (
    Policy("enhancements", kinds=("enhancement",), resolve=Length()),
    Policy("questions", kinds=("question",), respond=Length(4 * _H), resolve=Length(48 * _H)),
    Policy("P1", severities=("p1",), respond=Length(900), resolve=Length(4 * _H)),
    Policy("P2", severities=("p2",), respond=Length(_H), resolve=Length(24 * _H)),
    Policy("P3", severities=("p3",), respond=Length(4 * _H), resolve=Length(days=10)),
    Policy("P4", severities=("p4",), respond=Length(8 * _H), resolve=Length()),
)


def office(zone: str) -> Calendar:
    """The working days of the shipped policies: Monday to Friday, nine to five."""
    return Calendar(OFFICE, zone, (((9 * _H, 17 * _H),),) * 5 + ((),) * 2)


def agree(
    zone: str,
    own: Iterable[Policy] = (),
    calendars: Iterable[Calendar] = (),
    ladder: Sequence[Rung] = LADDER,
    **forgotten: Any,
) -> Agreement:
    """Own policies in their order, then the shipped ones that none of them replaces by its name."""
    known = {c.name: c for c in (around_the_clock(), office(zone), *calendars)}
    mine = list(own)
    taken = {policy.name for policy in mine}
    targets = [
        target for policy in (*mine, *(p for p in SHIPPED if p.name not in taken)) for target in policy.targets(known)
    ]
    return Agreement(tuple(targets), known, tuple(ladder), **forgotten)
