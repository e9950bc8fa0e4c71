"""What people decided about alerts, as known at a moment: silences, acknowledgements, who has one, maintenance.

A silence's subject is an alert's key, a rule's name or a group; its value is its end. An acknowledgement's value is its
expiry; without one it stands for four hours.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.model.alert_rules import alert_key
from console.model.decision import Act
from console.model.errors import QuestionError
from console.model.escalation import NAME as LADDER
from console.model.grouping import Fired, group_of
from console.model.moment import HOUR, iso, parse_instant
from console.model.nearest import did_you_mean
from console.queries import alert_book
from console.queries.alert_records import changes, standing_now
from console.queries.decisions import Maintenance, maintenance
from console.queries.reader import Reader

ACKNOWLEDGED_FOR = 4 * HOUR


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
class Decided:
    """``silences``: also those that are over. ``seen`` and ``holders`` by alert key."""

    silences: tuple[Silence, ...]
    seen: dict[str, tuple[Seen, ...]]
    holders: dict[str, str]
    maintenance: tuple[Maintenance, ...]

    def why_quiet(self, fired: Fired) -> str:
        """Why nobody is disturbed by a firing; '' when somebody is."""
        if silent := self.why_silent(fired):
            return silent
        for window in self.maintenance:
            if window.span.holds(fired.minute):
                return f"planned maintenance: {window.name}"
        return ""

    def why_silent(self, fired: Fired) -> str:
        """As ``why_quiet``, by silences alone: people wait for an answer during maintenance too."""
        for silence in self.silences:
            if silence.subject in (fired.key, fired.rule.name, fired.group) and silence.holds(fired.minute):
                return f"silenced by {silence.who}"
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
        f"WHERE act IN ({', '.join(repr(str(a)) for a in acts)}) AND known_at <= {reader.known_sql} "
        f"AND epoch_us(happened_at) <= {reader.at} ORDER BY happened_at, decision_id"
    )
    silences: list[Silence] = []
    seen: dict[str, list[Seen]] = {}
    holders: dict[str, str] = {}
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
    return Decided(tuple(silences), {k: tuple(v) for k, v in seen.items()}, holders, tuple(maintenance(reader)))


def _ended(silence: Silence, at: int) -> Silence:
    return Silence(silence.decision, silence.subject, silence.who, silence.reason, silence.start, at)


def _instant(text: str | None, usual: int) -> int:
    try:
        return parse_instant(text) if text else usual
    except ValueError:
        return usual


ACTS = (
    Act.SILENCE, Act.END_SILENCE, Act.ACKNOWLEDGE_ALERT, Act.TAKE_ALERT, Act.RETIRE_RULE, Act.RESTORE_RULE,
)  # fmt: skip


def meant(reader: Reader, act: Act, subject: str, value: str) -> tuple[str, str]:
    """Subject and value of an act about alerts, in one spelling. Raises QuestionError for what does not exist.

    A silence may name an alert, a rule or a group; an alert is named by its key, as the Alerts screen and ``alerts`` do.
    """
    match act:
        case Act.RETIRE_RULE | Act.RESTORE_RULE:
            known = [rule.name for rule in alert_book.all_rules(reader)]
            _there(subject, known, "rule")
        case Act.ACKNOWLEDGE_ALERT | Act.TAKE_ALERT:
            _there(subject, _active(reader), "active alert")
        case Act.SILENCE:
            rules = alert_book.all_rules(reader)
            names = {rule.name for rule in rules} | {group_of(rule, {}) for rule in rules} | {LADDER}
            if subject.split("{")[0] not in names:
                _there(subject, [*names, *_active(reader)], "alert, rule or group")
    if act in (Act.SILENCE, Act.ACKNOWLEDGE_ALERT) and value:
        try:
            until = parse_instant(value)
        except ValueError as error:
            raise QuestionError(f"{error}.") from None
        if until <= reader.at:
            raise QuestionError(f"{value} is over already; name an instant that is still to come.")
        value = iso(until)
    return subject, value


def _active(reader: Reader) -> list[str]:
    return [alert_key(rule, dict(labels)) for rule, labels in standing_now(changes(reader))]


def _there(subject: str, known: list[str], what: str) -> None:
    if subject not in known:
        raise QuestionError(f'There is no {what} "{subject}".{did_you_mean(subject, known)}')
