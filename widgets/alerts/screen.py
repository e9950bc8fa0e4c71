"""The Alerts screen: what fires and why, beside it one alert in full, what people were told, the load and the rules."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from console.model.change import Change
from console.present.alerts_figures import AlertRow, AlertsFigure, BacktestFigure
from console.present.tone import Tone
from widgets import theme
from widgets.actions import Action
from widgets.alerts.detail import AlertDetail
from widgets.alerts.entry import AlertEntry
from widgets.alerts.lists import LoadView, Rules
from widgets.alerts.notices import Notices
from widgets.bridge import Bridge
from widgets.parts.card import Card
from widgets.parts.label import Elided, Label
from widgets.parts.page import Page
from widgets.parts.refill import refill
from widgets.parts.scrolled import Scrolled
from widgets.parts.two_lines import TwoLineList
from widgets.parts.watching import WatchingScreen

_AGES_MS = 10_000
_HEARD = Change.ALERTS | Change.DECISIONS | Change.SETTINGS


class AlertsScreen(WatchingScreen):
    """``proof_asked`` carries a ``Number`` whose proof is wanted, ``notice_asked`` a notice whose tickets are."""

    notice_asked = Signal(object)

    def __init__(self, bridge: Bridge, desk: Any, parent: QWidget | None = None) -> None:
        super().__init__(bridge, _AGES_MS, _HEARD, parent)
        self._desk = desk
        self.entries: dict[str, AlertEntry] = {}
        self.figure: AlertsFigure | None = None
        self.chosen = ""
        self._focus_wanted = False
        self.editor: Any = None
        self._build()

    def _build(self) -> None:
        self.summary, self.judged = Label("", "strong"), Elided("", "muted")
        self.add = QPushButton("＋ New rule", self)
        self.add.setProperty("role", "primary")
        self.add.setAccessibleName("New alert rule")
        self.add.clicked.connect(self.new_rule)
        self._column = Page(self, "Alerts", self.summary, self.judged, self.add)
        self.banner = self._column.banner
        self.body = QWidget(self)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(12))
        row.addLayout(self._left(), 3)
        row.addWidget(self._right(), 2)
        self._column.addWidget(self.body, 1)

    def _left(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.current().px(10))
        now = Card("Now", snug=True, parent=self)
        area = Scrolled(parent=now)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list = area.column
        self._nothing = Label("", "muted", wrap=True)
        self._nothing.setMargin(theme.current().px(12))
        self._list.addWidget(self._nothing)
        self._list.addStretch(1)
        now.body.addWidget(area)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        ended = Card("Ended in the last 24 hours", snug=True, parent=self)
        self.ended = TwoLineList("Ended in the last 24 hours", "Nothing ended in the last 24 hours.", ended)
        ended.body.addWidget(self.ended)
        column.addWidget(now, 3)
        column.addWidget(ended, 2)
        return column

    def _right(self) -> QWidget:
        card = Card(snug=True, parent=self)
        self.tabs = QTabWidget(card)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setAccessibleName("About alerts")
        self.tabs.tabBar().setAccessibleName("About alerts")
        self.detail = AlertDetail(self._desk.read_only)
        self.detail.asked.connect(self._deed)
        self.detail.silence_asked.connect(self._silence)
        self.notices, self.load, self.rules = Notices(), LoadView(), Rules(self._desk.read_only)
        self.notices.opened.connect(self.notice_asked)
        self.rules.edit_asked.connect(self.edit_rule)
        self.rules.retire_asked.connect(self._retire)
        self.rules.restore_asked.connect(self._restore)
        self.rules.unsilence_asked.connect(self._unsilence)
        for part, title in (
            (self.detail, "Alert"),
            (self.notices, "Notices"),
            (self.load, "Load"),
            (self.rules, "Rules"),
        ):
            self.tabs.addTab(part, title)
        card.body.addWidget(self.tabs)
        return card

    def actions_of_screen(self) -> list[Action]:
        """For palette and menu; on a focused alert the bare letters A, S, T and Enter do the same."""
        return [
            Action("alert.acknowledge", "Acknowledge the alert", "Alerts", self.acknowledge, (), self._may),
            Action("alert.silence", "Silence the alert", "Alerts", self.silence, (), self._may),
            Action("alert.take", "Take the alert", "Alerts", self.take, (), self._may),
            Action("alert.rule", "New alert rule", "Alerts", self.new_rule, (), self.isVisible),
        ]

    def refresh(self) -> None:
        if self.isVisible():
            self._ask()

    def focus_queue(self) -> None:
        """Give the keyboard to the chosen alert, now or when it is there."""
        entry = self.entries.get(self.chosen)
        self._focus_wanted = entry is None
        if entry is not None:
            entry.setFocus()

    # -- the list -------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def _ask(self) -> None:
        self._bridge.ask("alerts", self._show, self._desk.alerts, self._moment, failed=self._fault)

    def _show(self, figure: AlertsFigure) -> None:
        self.figure = figure
        self.summary.show_text(figure.summary)
        self.summary.set_tone(figure.tone)
        self.judged.show_text(figure.judged)
        rows = {row.key: row for row in figure.rows}
        refill(self._list, self.entries, rows, self._entry, AlertEntry.refresh)
        self._nothing.show_text(figure.nothing)
        self._nothing.setVisible(not rows)
        if self.chosen not in rows:
            self.chosen = figure.rows[0].key if figure.rows else ""
        self._show_chosen()
        if self._focus_wanted and self.chosen and self.body.isVisible():
            self.focus_queue()
        self.ended.show_lines(
            [(f"{r.title}{' · ' + r.where if r.where else ''}", f"{r.when}. {r.why}", r.tone) for r in figure.ended]
        )
        self.notices.show_notices(figure.notices)
        self.load.show_load(figure.load)
        self.rules.show_figure(figure)

    def _entry(self, row: AlertRow) -> AlertEntry:
        entry = AlertEntry(row, self)
        entry.chosen.connect(self.choose)
        entry.asked.connect(self._deed)
        self._group.addButton(entry)
        return entry

    def choose(self, key: str) -> None:
        """Show one alert in full."""
        self.chosen = key
        self.tabs.setCurrentWidget(self.detail)
        self._show_chosen()

    def _show_chosen(self) -> None:
        entry = self.entries.get(self.chosen)
        if entry is not None:
            entry.setChecked(True)
        self.detail.show_row(None if entry is None else entry.row)

    # -- deeds ----------------------------------------------------------------------------------------------------

    def _may(self) -> bool:
        return self.isVisible() and bool(self.chosen) and not self._desk.read_only and self._moment.live

    def _deed(self, deed: str) -> None:
        match deed:
            case "acknowledge":
                self.acknowledge()
            case "silence":
                self.silence()
            case "take":
                self.take()
            case "proof":
                self.prove()

    def acknowledge(self) -> None:
        self._decide("acknowledge_alert", self.chosen)

    def take(self) -> None:
        self._decide("take_alert", self.chosen)

    def silence(self) -> None:
        """Ask for length and reason of a silence."""
        if self._may():
            self.tabs.setCurrentWidget(self.detail)
            self.detail.ask_silence()

    def prove(self) -> None:
        entry = self.entries.get(self.chosen)
        if entry is not None and entry.row.number is not None:
            self.proof_asked.emit(entry.row.number)

    def _decide(self, act: str, subject: str) -> None:
        if subject and not self._desk.read_only:
            self._bridge.act("decide", self._done, self._desk.decide, act, subject, failed=self._fault)

    def _silence(self, subject: str, minutes: int, reason: str) -> None:
        self._bridge.act(
            "silence", self._done, self._desk.silence_alert, subject, minutes, reason, failed=self._fault
        )  # fmt: skip

    def _retire(self, rule: str) -> None:
        self._decide("retire_rule", rule)

    def _restore(self, rule: str) -> None:
        self._decide("restore_rule", rule)

    def _unsilence(self, decision: str) -> None:
        self._decide("end_silence", decision)

    def _done(self, _answer: object) -> None:
        self._ask()

    def _fault(self, sentence: str) -> None:
        self.banner.say(sentence, Tone.BAD)

    # -- the editor -----------------------------------------------------------------------------------------------

    def new_rule(self) -> None:
        """Open the editor for a new rule."""
        self._open_editor()
        self.editor.open(None, own=False)

    def edit_rule(self, name: str) -> None:
        """Open the editor with a rule; saving a shipped one makes an own rule of its name."""
        row = next((r for r in self.figure.rules if r.name == name), None) if self.figure is not None else None
        if row is not None:
            self._open_editor()
            self.editor.open(dict(row.texts), own=row.own)

    def _open_editor(self) -> None:
        if self.editor is None:
            from widgets.alerts.editor import AlertRuleEditor  # the charts' library comes with it

            self.editor = AlertRuleEditor(self._desk.read_only, self)
            self.editor.try_asked.connect(self._try)
            self.editor.save_asked.connect(self._save)
            self.editor.remove_asked.connect(self._remove)
            self.editor.closed.connect(self.close_editor)
            self._column.addWidget(self.editor, 1)
        self.body.hide()
        self.add.hide()
        self.editor.show()

    def close_editor(self) -> None:
        if self.editor is not None:
            self.editor.hide()
        self.body.show()
        self.add.show()
        self.add.setFocus()

    def _try(self, texts: dict[str, str]) -> None:
        self._bridge.attend(
            "try", self._tried, self._desk.try_rule, texts, self._moment, self.editor.pixels, failed=self._not_a_rule
        )  # fmt: skip

    def _tried(self, figure: BacktestFigure) -> None:
        self.editor.show_backtest(figure)

    def _not_a_rule(self, sentence: str) -> None:
        self.editor.complain(sentence)

    def _save(self, texts: dict[str, str]) -> None:
        self._bridge.act("save", self._saved, self._desk.save_alert_form, texts, failed=self._not_a_rule)

    def _remove(self, name: str) -> None:
        self._bridge.act("remove", self._saved, self._desk.drop_alert_rule, name, failed=self._not_a_rule)

    def _saved(self, _answer: object) -> None:
        self.close_editor()
        self.tabs.setCurrentWidget(self.rules)
        self._ask()
