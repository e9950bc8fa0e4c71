"""Alerts at the counter: what a reading desk answers about them, and what a desk of our own writes."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from console.model.alert import State
from console.model.alert_rules import Rule, read
from console.model.alert_watch import Told
from console.model.errors import QuestionError, SettingsError
from console.model.grouping import Notice
from console.model.moment import HOUR, LIVE, MINUTE, Moment, Span, iso, minute_of
from console.present import alert_form
from console.present import alerts as present_alerts
from console.present import backtest as present_backtest
from console.present.alerts_figures import AlertsFigure, BacktestFigure, NoticeRow
from console.present.figures import Pill
from console.queries import alert_book, alert_records
from console.queries import alerts as alerts_query
from console.queries.alert_records import Firing
from console.queries.backtest import BacktestAnswer, backtest, recorded
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.sources import registry
from console.store import alert_log

if TYPE_CHECKING:
    from console.settings import Settings


class _Counter(Protocol):
    _tickets: TicketShelf

    def reader(self, moment: Moment = LIVE) -> Reader: ...

    def periods(self) -> dict[str, float]: ...

    def rule_states(self) -> dict[str, tuple[State, str]]: ...


class AlertQuestions:
    """Questions about alerts, for any desk."""

    def periods(self: _Counter) -> dict[str, float]:
        """Seconds between two polls, by source."""
        return {source.name: registry.period_of(source) for source in self.reader().settings.source}

    def rule_states(self) -> dict[str, tuple[State, str]]:
        """What the live evaluation knows of each rule; nothing where none runs."""
        return {}

    def alerts(self: _Counter, moment: Moment) -> AlertsFigure:
        states = self.rule_states() if moment.live else {}
        return present_alerts.word(alerts_query.ask(self.reader(moment), self._tickets, states))

    def alert_pill(self, reader: Reader) -> Pill:
        """The alerts of the reader's moment for the status line."""
        return present_alerts.pill(alert_records.counts(reader))

    def alert_notices(self: _Counter) -> tuple[NoticeRow, ...]:
        """What people were told in the last hour, oldest first."""
        reader = self.reader()
        titles = {rule.name: rule.title for rule in alert_book.all_rules(reader)}
        found = alert_records.notices(reader, Span(reader.at - HOUR, reader.at + 1))
        return tuple(present_alerts.notice(n, titles, reader.at, reader.zone) for n in found)

    def alert_rows(self: _Counter, moment: Moment, start: int | None, end: int | None) -> list[dict[str, Any]]:
        """The episodes that touch [start, end); default: everything recorded."""
        reader = self.reader(moment)
        span = _span(reader, start, end)
        rules = {rule.name: rule for rule in alert_book.all_rules(reader)}
        found = alerts_query.history(reader, self._tickets, self.periods(), span)
        return [_row(firing, rules.get(firing.rule)) for firing in found]

    def backtest_rows(
        self: _Counter, text: str, moment: Moment, start: int | None = None, end: int | None = None
    ) -> dict[str, Any]:
        """What a rule, written as TOML, would have done. Raises QuestionError for a rule that cannot be used."""
        try:
            rule = rule_of(text)
        except SettingsError as error:
            raise QuestionError(error.message) from None
        reader = self.reader(moment)
        span = _span(reader, start, end)
        return _told(backtest(reader, self._tickets, self.periods(), rule, span))

    def try_rule(self: _Counter, texts: dict[str, str], moment: Moment, pixels: int) -> BacktestFigure:
        """The rule as typed in the editor, over the recorded history. Raises SettingsError."""
        reader = self.reader(moment)
        answer = backtest(reader, self._tickets, self.periods(), read(alert_form.document(texts)))
        return present_backtest.word(answer, reader.zone, pixels)


def _span(reader: Reader, start: int | None, end: int | None) -> Span:
    """As given, whole minutes; default: everything recorded. Raises QuestionError when it ends before it begins."""
    whole = recorded(reader)
    span = Span(minute_of(whole.start if start is None else start), minute_of(whole.end if end is None else end))
    if span.end < span.start:
        raise QuestionError("The window ends before it begins; swap --from and --to.")
    return span


def rule_of(text: str) -> Rule:
    """A rule from TOML text: its keys, or one [[alert]]. Raises SettingsError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The rule is not valid TOML: {error}.") from None
    inner = document.get("alert")
    if isinstance(inner, list) and len(document) == 1:
        if len(inner) != 1:
            raise SettingsError(f"The file holds {len(inner)} rules; back-test one at a time.")
        document = inner[0]
    return read(document)


def _row(firing: Firing, rule: Rule | None) -> dict[str, Any]:
    said = "" if rule is None else present_alerts.why(rule, firing.value, firing.bound, firing.limit, firing.reason)
    return {
        "rule": firing.rule, "title": firing.rule if rule is None else rule.title,
        "severity": None if rule is None else rule.severity, "labels": dict(firing.labels),
        "state": "resolved" if firing.ended is not None else str(firing.state), "began": iso(firing.began),
        "fired": iso(firing.fired), "ended": None if firing.ended is None else iso(firing.ended), "value": firing.value,
        "bound": firing.bound, "limit": firing.limit, "why": said, "told": "live" if firing.live else "afterwards",
    }  # fmt: skip


def _told(answer: BacktestAnswer) -> dict[str, Any]:
    load = answer.load
    return {
        "rule": answer.rule.name, "from": iso(answer.span.start), "to": iso(answer.span.end), "series": answer.series,
        "minutes": {"judged": answer.known, "unknown": answer.unknown, "learning": answer.learning}, "why": answer.why,
        "firings": [_row(f, answer.rule) for f in answer.firings],
        "notices": [
            {"at": iso(n.minute), "group": n.group, "alerts": list(n.alerts), "flapping": n.flapping, "kept": n.kept}
            for n in answer.notices
        ],
        "missed": [{"ticket": m.ticket, "title": m.title, "created": iso(m.created)} for m in answer.missed],
        "load": {"worst_hour": load.worst_hour, "per_day": round(load.a_day, 2), "hours_over": load.hours_over},
    }  # fmt: skip


class _Writer(Protocol):
    session: Any
    _connection: Any
    _clock: Any

    def settings(self) -> Settings: ...

    def save_settings(self, settings: Settings) -> list[str]: ...

    def save_alert_rule(self, document: dict[str, Any]) -> str: ...

    def decide(self, act: str, subject: str, value: str = "", comment: str = "") -> str: ...


class AlertActs:
    """What a desk of our own writes about alerts (write lane)."""

    def record_alerts(self: _Writer, told: list[Told], notices: list[Notice], judged: Span, rules: int) -> None:
        alert_log.record(self.session, self._connection, told, notices, judged, rules, self._clock.now())

    def save_alert_rule(self: _Writer, document: dict[str, Any]) -> str:
        """Add a rule of one's own, or replace the one of its name. Raises SettingsError."""
        rule = read(document)
        settings = self.settings()
        others = [item for item in settings.alert if item.get("name") != rule.name]
        self.save_settings(msgspec.structs.replace(settings, alert=[*others, document]))
        return rule.name

    def save_alert_form(self: _Writer, texts: dict[str, str]) -> str:
        """As ``save_alert_rule``, with what the editor's fields say."""
        return self.save_alert_rule(alert_form.document(texts))

    def silence_alert(self: _Writer, subject: str, minutes: int, reason: str) -> str:
        """Disturb nobody about an alert, a rule or a group for so long. Returns the decision's id."""
        return self.decide("silence", subject, iso(self._clock.now() + minutes * MINUTE), reason)

    def drop_alert_rule(self: _Writer, name: str) -> None:
        """Take a rule of one's own out again; what it told stays."""
        settings = self.settings()
        kept = [item for item in settings.alert if item.get("name") != name]
        self.save_settings(msgspec.structs.replace(settings, alert=kept))
