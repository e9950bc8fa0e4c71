"""From firings to notices: grouped, at most one a group in five minutes, quiet while silenced, calm about flapping.

``Grouping`` is fed minute by minute and remembers only what it needs; live and back-test use the same object.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from console.model.alert_rules import Rule, alert_key
from console.model.moment import MINUTE

PAUSE = 5 * MINUTE
"""One notice per group in this time; what fires meanwhile is told together afterwards."""
FLAPS = 3
FLAPPING_WITHIN = 60 * MINUTE
"""An alert that fired this often in this time is flapping: told once so, then not again until it was calm as long."""
LADDER = (5 * MINUTE, 15 * MINUTE, 30 * MINUTE)
"""Ages of an unacknowledged alert at which the next people are told."""


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert that began to fire in a minute."""

    rule: Rule
    labels: Mapping[str, str]
    minute: int

    @property
    def key(self) -> str:
        return alert_key(self.rule.name, self.labels)

    @property
    def group(self) -> str:
        return group_of(self.rule, self.labels)


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are told at ``minute``: the alerts of one group. ``kept``: why nobody was disturbed, '' when somebody was."""

    minute: int
    group: str
    alerts: tuple[str, ...]
    rules: tuple[str, ...]
    severity: str
    flapping: bool = False
    kept: str = ""


def group_of(rule: Rule, labels: Mapping[str, str]) -> str:
    """Alerts of one group are told together: by default everything about the same number."""
    parts = []
    for by in rule.group_by:
        match by:
            case "what":
                parts.append(rule.what)
            case "rule":
                parts.append(rule.name)
            case "severity":
                parts.append(rule.severity)
            case _:
                parts.append(labels.get(by, ""))
    return " · ".join(part for part in parts if part) or rule.name


Quiet = Callable[[Fired], str]
"""Why nobody is to be disturbed by this firing (a silence, a maintenance window); '' when somebody is."""


@dataclass
class Grouping:
    quiet: Quiet | None = None
    _active: dict[str, Fired] = field(default_factory=dict)
    _told: dict[str, int] = field(default_factory=dict)
    _waiting: dict[str, list[Fired]] = field(default_factory=dict)
    _firings: dict[str, list[int]] = field(default_factory=dict)

    def at(self, minute: int, fired: list[Fired], ended: Collection[str] = ()) -> list[Notice]:
        """The notices of a minute. Call it with an empty list too, so that what waits is told in time.

        ``ended``: keys of the alerts that ended in it.
        """
        notices: list[Notice] = []
        for key in ended:
            self._active.pop(key, None)
        for one in sorted(fired, key=lambda f: f.rule.severity):
            why = self.quiet(one) if self.quiet is not None else ""
            flaps = self._flaps(one)
            why = why or self._known_as(one)
            if not why and flaps <= FLAPS:
                self._active[one.key] = one
            if why:
                notices.append(_notice(minute, [one], kept=why))
            elif flaps > FLAPS:
                notices.append(_notice(minute, [one], kept="flapping"))
            else:
                self._waiting.setdefault(one.group, []).append(one)
        for group in list(self._waiting):
            told = self._told.get(group)
            if told is None or minute - told >= PAUSE:
                waiting = self._waiting.pop(group)
                self._told[group] = minute
                flapping = any(len(self._firings[w.key]) >= FLAPS for w in waiting)
                notices.append(_notice(minute, waiting, flapping=flapping))
        return notices

    def twin(self) -> Grouping:
        """Another that stands where this one stands, and stays there."""
        waiting = {group: list(fired) for group, fired in self._waiting.items()}
        firings = {key: list(minutes) for key, minutes in self._firings.items()}
        return Grouping(self.quiet, dict(self._active), dict(self._told), waiting, firings)

    def next_due(self) -> int | None:
        """The minute at which something that waits will be told; None when nothing waits."""
        due = [self._told[group] + PAUSE for group in self._waiting if group in self._told]
        return min(due) if due else None

    def _known_as(self, one: Fired) -> str:
        """Another rule of the group already told at least as much of the same part; '' when none did."""
        for other in self._active.values():
            same = other.group == one.group and other.rule.name != one.rule.name
            if same and other.rule.severity <= one.rule.severity and _overlap(other.labels, one.labels):
                return f"already told as {other.rule.name}"
        return ""

    def knows(self, one: Fired) -> None:
        """An alert that was firing before this object was made."""
        self._active[one.key] = one

    def remember(self, notice: Notice) -> None:
        """What was told before this object was made."""
        if not notice.kept:
            self._told[notice.group] = max(notice.minute, self._told.get(notice.group, 0))
        for key in notice.alerts:
            self._firings.setdefault(key, []).append(notice.minute)

    def _flaps(self, one: Fired) -> int:
        held = self._firings.setdefault(one.key, [])
        # Firings keep each other in memory as long as they follow within the hour: flapping ends with an hour of calm.
        if held and one.minute - held[-1] > FLAPPING_WITHIN:
            held.clear()
        elif len(held) < FLAPS:
            held[:] = [m for m in held if one.minute - m <= FLAPPING_WITHIN]
        held.append(one.minute)
        return len(held)


def _overlap(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two alerts may speak of the same part: no label of theirs differs."""
    return all(other.get(key, value) == value for key, value in one.items())


def replay(fired: list[Fired], until: int, quiet: Quiet | None = None) -> list[Notice]:
    """The notices that firings of one rule, in the order of time, would have given up to ``until``."""
    grouping, notices, place = Grouping(quiet), [], 0
    while place < len(fired):
        minute = fired[place].minute
        due = grouping.next_due()
        if due is not None and due < minute:
            notices += grouping.at(due, [])
            continue
        end = place
        while end < len(fired) and fired[end].minute == minute:
            end += 1
        notices += grouping.at(minute, fired[place:end])
        place = end
    while (due := grouping.next_due()) is not None and due <= until:
        notices += grouping.at(due, [])
    return notices


def _notice(minute: int, fired: list[Fired], *, flapping: bool = False, kept: str = "") -> Notice:
    return Notice(
        minute, fired[0].group, tuple(dict.fromkeys(f.key for f in fired)), tuple(dict.fromkeys(f.rule.name for f in fired)),
        min(f.rule.severity for f in fired), flapping, kept,
    )  # fmt: skip


def flapping(firings: list[int], now: int) -> bool:
    """Whether an alert with firings at these instants is flapping now."""
    return sum(1 for minute in firings if now - minute <= FLAPPING_WITHIN) >= FLAPS


def ladder(fired: int, now: int, seen: bool) -> int:
    """How many rungs of the escalation ladder an alert has climbed; 0 once somebody has seen it."""
    return 0 if seen else sum(1 for rung in LADDER if now - fired >= rung)
