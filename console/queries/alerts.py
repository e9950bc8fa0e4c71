"""The alerts of a moment with what one needs to act on them, and the episodes of a span."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from console.model.alert import State
from console.model.alert_load import AlertLoad, Episode, Verdict, load, retire_or_fix
from console.model.alert_rules import Rule, Signal, alert_key
from console.model.grouping import Notice, flapping, group_of, ladder
from console.model.moment import DAY, HOUR, MINUTE, Span
from console.model.number import Number, Slice
from console.queries import alert_book
from console.queries.alert_decisions import Decided, Seen, Silence, decided
from console.queries.alert_records import Change, Firing, changes, firings_of, judged, notices, standing_now
from console.queries.backtest import backtest
from console.queries.catalogue import catalogue
from console.queries.literals import stamp
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf

_BEFORE = HOUR
_TICKETS_BEFORE = 30 * MINUTE
_MOST_TICKETS = 5
_WORDS = re.compile(r"[A-Za-z]{4,}")
_WEEK = 7 * DAY
_UNJUDGED = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class ChangedBefore:
    """A release or configuration change shortly before an alert began."""

    version: str
    kind: str
    note: str
    at: int


@dataclass(frozen=True, slots=True)
class MatchingTicket:
    """``why``: same route, or the words it shares with the alert."""

    key: str
    title: str
    severity: str | None
    created: int
    why: str


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert that is pending, fires or is held. ``rung``: how far up the escalation ladder it is."""

    rule: Rule
    change: Change
    group: str
    seen: Seen | None
    holder: str
    silence: Silence | None
    flapping: bool
    rung: int
    before: tuple[ChangedBefore, ...]
    tickets: tuple[MatchingTicket, ...]
    number: Number | None

    @property
    def key(self) -> str:
        return alert_key(self.change.rule, dict(self.change.labels))

    @property
    def began(self) -> int:
        return self.change.minute if self.change.began is None else self.change.began


@dataclass(frozen=True, slots=True)
class RuleLine:
    """``own``: made in this session. ``why``: what keeps it from knowing anything, '' otherwise."""

    rule: Rule
    state: State
    why: str
    retired: bool
    own: bool
    firings: int


@dataclass(frozen=True, slots=True)
class AlertsAnswer:
    """``judged``: up to where the rules were judged as it happened; None when they never were in this session."""

    now: int
    zone: ZoneInfo
    judged: int | None
    lines: tuple[AlertLine, ...]
    ended: tuple[Firing, ...]
    rules: tuple[RuleLine, ...]
    notices: tuple[Notice, ...]
    load: AlertLoad
    week: tuple[Verdict, ...]
    silences: tuple[Silence, ...]
    titles: Mapping[str, str] = field(default_factory=dict)


def ask(reader: Reader, shelf: TicketShelf, states: Mapping[str, tuple[State, str]]) -> AlertsAnswer:
    """``states``: what the live evaluation knows of each rule; empty where none runs (a past moment, a review)."""
    known = alert_book.all_rules(reader)
    retired = alert_book.retired(reader)
    by_name = {rule.name: rule for rule in known}
    told, made = changes(reader), decided(reader)
    fired = firings_of(told)
    spans = judged(reader)
    day, week = Span(reader.at - DAY, reader.at + 1), Span(reader.at - _WEEK, reader.at + 1)
    spoken = notices(reader, week)
    disturbing = [n.minute for n in spoken if not n.kept]
    episodes = [_episode(f, made, reader.at) for f in fired if f.ended is None or f.ended > week.start]
    of_day = [e for e in episodes if e.ended is None or e.ended > day.start]
    burden = load([m for m in disturbing if m >= day.start], of_day, day)
    of_week = load(disturbing, episodes, week)
    lines = [
        _line(reader, shelf, by_name.get(change.rule) or _gone(change), change, fired, made)
        for change in standing_now(told).values()
        if change.rule not in retired
    ]
    lines.sort(key=lambda line: (line.change.state is State.PENDING, line.rule.severity, line.began, line.key))
    return AlertsAnswer(
        reader.at, reader.zone, spans[-1].end if spans else None, tuple(lines),
        tuple(sorted((f for f in fired if f.ended is not None and f.ended > day.start), key=lambda f: -f.fired)),
        tuple(_rule_line(r, states, told, r.name in retired, episodes) for r in known),
        tuple(n for n in reversed(spoken) if n.minute >= day.start), burden,
        tuple(retire_or_fix(episodes, of_week.chattering, of_week.standing)),
        tuple(s for s in made.silences if s.holds(reader.at)), {r.name: r.title for r in known},
    )  # fmt: skip


def _gone(change: Change) -> Rule:
    """A rule that no longer stands in the settings: its alerts keep their name."""
    from console.model.alert_rules import Way

    return Rule(change.rule, change.rule, Signal.KPI, change.rule, Way.ABOVE)


def _episode(firing: Firing, made: Decided, now: int) -> Episode:
    until = now if firing.ended is None else firing.ended
    seen = any(firing.fired <= s.at <= until for s in made.seen.get(firing.key, ()))
    return Episode(firing.rule, firing.key, firing.fired, firing.ended, seen or firing.key in made.holders)


def _rule_line(
    rule: Rule, states: Mapping[str, tuple[State, str]], told: list[Change], retired: bool, episodes: list[Episode]
) -> RuleLine:
    recorded = [c.state for c in standing_now([c for c in told if c.rule == rule.name]).values()]
    worst = next((s for s in (State.FIRING, State.HELD, State.PENDING) if s in recorded), State.UNKNOWN)
    state, why = states.get(rule.name, (worst, ""))
    firings = sum(1 for e in episodes if e.rule == rule.name)
    return RuleLine(rule, state, why, retired, not rule.shipped, firings)


def _line(
    reader: Reader, shelf: TicketShelf, rule: Rule, change: Change, fired: list[Firing], made: Decided
) -> AlertLine:
    labels = dict(change.labels)
    key, group = alert_key(change.rule, labels), group_of(rule, labels)
    began = change.minute if change.began is None else change.began
    start = change.fired or change.minute
    seen = made.seen_of(key, start, reader.at)
    holder = made.holders.get(key, "")
    rung = ladder(start, reader.at, seen is not None) if change.state is not State.PENDING else 0
    return AlertLine(
        rule, change, group, seen, holder, made.silenced(key, change.rule, group, reader.at),
        flapping([f.fired for f in fired if f.key == key], reader.at), rung, _changed_before(reader, began),
        _tickets(reader, shelf, rule, labels, began), _number(reader, rule, labels, began),
    )  # fmt: skip


def _changed_before(reader: Reader, began: int) -> tuple[ChangedBefore, ...]:
    rows = reader.rows(
        "SELECT version, kind, note, epoch_us(happened_at) FROM release "
        f"WHERE happened_at >= {stamp(began - _BEFORE)} AND happened_at <= {stamp(began + 5 * MINUTE)} "
        f"AND known_at <= {reader.known_sql} ORDER BY happened_at DESC"
    )
    return tuple(dict.fromkeys(ChangedBefore(v, k or "", n or "", int(at)) for v, k, n, at in rows))


def _tickets(
    reader: Reader, shelf: TicketShelf, rule: Rule, labels: Mapping[str, str], began: int
) -> tuple[MatchingTicket, ...]:
    """Tickets created about then that speak of the same route or share a telling word with it."""
    route = labels.get("route", "")
    sought = {w.lower() for w in _WORDS.findall(f"{route} {rule.title if not route else ''}")} - _COMMON
    own = labels.get("ticket", "")
    rows = reader.rows(
        "SELECT source || ':' || key, key, title, severity, epoch_us(created_at), route FROM "
        f"{shelf.fill(reader)} WHERE (created_at >= {stamp(began - _TICKETS_BEFORE)} AND created_at <= {stamp(reader.at)}) "
        "ORDER BY severity NULLS LAST, created_at LIMIT 2000"
    )
    found: list[tuple[int, MatchingTicket]] = []
    for full, key, title, severity, created, of_route in rows:
        words = {w.lower() for w in _WORDS.findall(title or "")} & sought
        if full == own:
            found.append((3, MatchingTicket(key, title or "", severity, int(created), "it is about this ticket")))
        elif route and of_route == route:
            found.append((2, MatchingTicket(key, title or "", severity, int(created), "same route")))
        elif words:
            found.append((1, MatchingTicket(key, title or "", severity, int(created), ", ".join(sorted(words)))))
    found.sort(key=lambda pair: -pair[0])
    return tuple(ticket for _, ticket in found[:_MOST_TICKETS])


_COMMON = {
    "post",
    "delete",
    "patch",
    "than",
    "more",
    "over",
    "fails",
    "calls",
    "route",
    "with",
    "from",
    "that",
    "have",
    "usual",
}


def _number(reader: Reader, rule: Rule, labels: Mapping[str, str], began: int) -> Number | None:
    """The number behind an alert, so that it can be proved: from its beginning to now, or over the window that is asked."""
    name = rule.what
    if rule.what not in catalogue().kpis:
        return None
    if rule.asked:
        return Number(
            name, reader.at - rule.window * MINUTE, reader.at, Slice(severity=rule.only or None), reader.moment
        )
    part = Slice(route=labels.get("route")) if "route" in labels else Slice()
    return Number(name, began, max(began + MINUTE, reader.at), part, reader.moment)


def history(reader: Reader, shelf: TicketShelf, periods: dict[str, float], span: Span) -> list[Firing]:
    """The episodes that touch a span: as recorded, and worked out afterwards where nobody judged as it happened."""
    recorded = [
        f for f in firings_of(changes(reader)) if f.fired < span.end and (f.ended is None or f.ended > span.start)
    ]
    unjudged = _without(span, judged(reader))
    if not unjudged:
        return sorted(recorded, key=lambda f: (f.fired, f.key))
    found = list(recorded)
    for rule in alert_book.all_rules(reader):
        for firing in backtest(reader, shelf, periods, rule, span).firings:
            if any(s.holds(firing.fired) for s in unjudged):
                found.append(firing)
    return sorted(found, key=lambda f: (f.fired, f.key))


def _without(span: Span, known: list[Span]) -> list[Span]:
    """The parts of a span that none of the known ones holds, as far as they are worth a look."""
    found, start = [], span.start
    for held in known:
        clipped = held.clip(span)
        if clipped.length:
            found.append(Span(start, clipped.start))
            start = max(start, clipped.end)
    found.append(Span(start, span.end))
    return [s for s in found if s.length > _UNJUDGED]
