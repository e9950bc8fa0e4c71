"""What people decided about alerts, as known at a moment: silences, acknowledgements, who has one, maintenance.

A silence's subject is an alert's key, a rule's name or a group; its value is its end. An acknowledgement's value is its
expiry; without one it stands for four hours.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.model.decision import Act
from console.model.grouping import Fired
from console.model.moment import HOUR, Span, parse_instant
from console.queries.reader import Reader

ACKNOWLEDGED_FOR = 4 * HOUR
MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Silence:
    decision: str
    subject: str
    who: str
    reason: str
    start: int
    end: int

    def holds(self, instant: int) -> bool:
        return self.start <= instant < self.end


@dataclass(frozen=True, slots=True)
class Seen:
    """An acknowledgement of an alert or of its rule."""

    who: str
    at: int
    until: int


@dataclass(frozen=True, slots=True)
class Maintenance:
    what: str
    span: Span


@dataclass(frozen=True, slots=True)
class Decided:
    """``silences``: also those that are over. ``seen`` and ``holders`` by alert key."""

    silences: tuple[Silence, ...]
    seen: dict[str, tuple[Seen, ...]]
    holders: dict[str, str]
    maintenance: tuple[Maintenance, ...]

    def why_quiet(self, fired: Fired) -> str:
        """Why nobody is disturbed by a firing; '' when somebody is."""
        for silence in self.silences:
            if silence.subject in (fired.key, fired.rule.name, fired.group) and silence.holds(fired.minute):
                return f"silenced by {silence.who}"
        for window in self.maintenance:
            if window.span.holds(fired.minute):
                return "planned maintenance"
        return ""

    def seen_of(self, key: str, fired: int, at: int) -> Seen | None:
        """The newest acknowledgement of an episode that has not run out."""
        held = [s for s in self.seen.get(key, ()) if s.at >= fired and s.until > at]
        return held[-1] if held else None

    def silenced(self, key: str, rule: str, group: str, at: int) -> Silence | None:
        found = [s for s in self.silences if s.subject in (key, rule, group) and s.holds(at)]
        return found[-1] if found else None


def decided(reader: Reader) -> Decided:
    """Everything that was decided by the reader's moment."""
    acts = (Act.SILENCE, Act.END_SILENCE, Act.ACKNOWLEDGE_ALERT, Act.TAKE_ALERT)
    rows = reader.rows(
        "SELECT decision_id, act, subject, value, who, comment, epoch_us(happened_at) FROM decision "
        f"WHERE act IN ({', '.join(repr(str(a)) for a in acts)}, '{MAINTENANCE}') AND known_at <= {reader.known_sql} "
        f"AND epoch_us(happened_at) <= {reader.at} ORDER BY happened_at, decision_id"
    )
    silences: list[Silence] = []
    seen: dict[str, list[Seen]] = {}
    holders: dict[str, str] = {}
    windows: list[Maintenance] = []
    for decision, act, subject, value, who, comment, at in rows:
        match act:
            case Act.SILENCE:
                silences.append(Silence(decision, subject, who, comment or "", at, _instant(value, at + HOUR)))
            case Act.END_SILENCE:
                silences = [
                    _ended(s, at) if subject in (s.subject, s.decision) and s.holds(at) else s for s in silences
                ]
            case Act.ACKNOWLEDGE_ALERT:
                seen.setdefault(subject, []).append(Seen(who, at, _instant(value, at + ACKNOWLEDGED_FOR)))
            case Act.TAKE_ALERT:
                holders[subject] = value or who
            case _:
                span = _window(value)
                if span is not None:
                    windows.append(Maintenance(comment or subject, span))
    return Decided(tuple(silences), {k: tuple(v) for k, v in seen.items()}, holders, tuple(windows))


def _ended(silence: Silence, at: int) -> Silence:
    return Silence(silence.decision, silence.subject, silence.who, silence.reason, silence.start, at)


def _instant(text: str | None, usual: int) -> int:
    try:
        return parse_instant(text) if text else usual
    except ValueError:
        return usual


def _window(value: str | None) -> Span | None:
    """``from/to`` of a maintenance window, in ISO."""
    start, _, end = (value or "").partition("/")
    try:
        return Span(parse_instant(start), parse_instant(end))
    except ValueError:
        return None
