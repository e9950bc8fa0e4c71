"""The escalation ladder of SLA clocks as it is told: who is to hear that a clock has used so much of its time.

What one would get wrong: a rung is told once for a clock, whatever is lowered, raised or re-opened afterwards; and of rungs
that were passed together only the highest is. The key of a rung names it in the session, so that a restart knows it was told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.model.alert_rules import Rule, Signal, Way, alert_key
from console.model.grouping import Fired, Notice

NAME = "sla-ladder"
"""What a silence names to quiet the whole ladder."""

ASSIGNEE = "assignee"
MANY = 5
"""More clocks than this on one rung in one look are told by roles alone: a notice for each person would be a flood."""

_KEY = re.compile(rf"{NAME}\{{at=([\d.e+-]+),clock=(\w+),ticket=(.*)\}}", re.DOTALL)
_PARTED = " · "


@dataclass(frozen=True, slots=True)
class Rise:
    """A clock of ``ticket`` (SOURCE:KEY) that passed the rung at ``percent`` of its target."""

    ticket: str
    clock: str
    percent: float
    tell: tuple[str, ...]
    severity: str | None = None
    assignee: str = ""

    @property
    def key(self) -> str:
        return alert_key(NAME, {"at": f"{self.percent:g}", "clock": self.clock, "ticket": self.ticket})


def rung_of(key: str) -> tuple[str, str, float] | None:
    """Ticket, clock and percent of a rung's key; None for the key of something else."""
    found = _KEY.fullmatch(key)
    return None if found is None else (found[3], found[2], float(found[1]))


def fired(rises: Sequence[Rise], minute: int) -> list[Fired]:
    """As alerts that begin in ``minute``, to be grouped: a group is a rung with the people to be told.

    Never louder than P2: that a P1 is late is told aloud by a rule of its own, which one may retire.
    """
    on_rung = Counter(rise.percent for rise in rises)
    return [
        Fired(
            Rule(
                NAME,
                NAME,
                Signal.TICKETS,
                _group(rise, by_name=on_rung[rise.percent] <= MANY),
                Way.ABOVE,
                0.0,
                severity=_severity(rise),
            ),
            {"at": f"{rise.percent:g}", "clock": rise.clock, "ticket": rise.ticket},
            minute,
        )
        for rise in rises
    ]


def group_parts(group: str) -> tuple[str, str]:
    """Percent and people of a group's name."""
    percent, _, people = group.partition(_PARTED)
    return percent, people


def passed_before(counts: Mapping[float, int], minute: int) -> Notice | None:
    """One notice of all that passed a rung before anybody watched, by percent; None when nothing had."""
    parts = [f"{n} at {percent:g} %" for percent, n in sorted(counts.items(), reverse=True) if n]
    if not parts:
        return None
    said = f"Clocks that had passed a rung of the SLA ladder before anybody watched: {', '.join(parts)}"
    return Notice(minute, said, (), (NAME,), "P3", kept="it was before the watch")


def _group(rise: Rise, *, by_name: bool) -> str:
    people = [
        f"{who} ({rise.assignee or 'nobody yet'})" if by_name and who.casefold() == ASSIGNEE else who
        for who in rise.tell
    ]
    return f"{rise.percent:g} %{_PARTED}{', '.join(people)}"


def _severity(rise: Rise) -> str:
    late = rise.percent >= 100
    return "P2" if rise.severity == "P1" or (rise.severity == "P2" and late) else "P3"
