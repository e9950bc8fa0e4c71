"""The Rules screen: every rule over tickets, and the editor with its dry run in their place."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPushButton, QWidget

from console.model.change import Change
from console.present.rules_figures import RulesFigure, TrialFigure
from console.present.tone import Tone
from widgets.actions import Action
from widgets.bridge import Bridge
from widgets.parts.card import Card
from widgets.parts.label import Elided, Label
from widgets.parts.page import Page
from widgets.parts.watching import WatchingScreen
from widgets.rules.editor import TicketRuleEditor
from widgets.rules.lists import RuleLines

_TICK_MS = 60_000
_HEARD = Change.SETTINGS | Change.DECISIONS
_ABOUT = (
    "A rule is asked once of every ticket that comes or changes. It never speaks against a person, and what it did "
    "can be taken back."
)


class RulesScreen(WatchingScreen):
    """Rules stand as they are now, whatever moment the other screens show."""

    def __init__(self, bridge: Bridge, desk: Any, parent: QWidget | None = None) -> None:
        super().__init__(bridge, _TICK_MS, _HEARD, parent)
        self._desk = desk
        self.figure: RulesFigure | None = None
        self.summary = Label("", "strong")
        self.add = QPushButton("＋ New rule", self)
        self.add.setProperty("role", "primary")
        self.add.setAccessibleName("New rule over tickets")
        self.add.setVisible(not desk.read_only)
        self.add.clicked.connect(self.new_rule)
        column = Page(self, "Rules", self.summary, Elided(_ABOUT, "muted"), self.add)
        self.banner = column.banner
        self.list = Card(snug=True, parent=self)
        self.rules = RuleLines(desk.read_only, self.list)
        self.rules.edit_asked.connect(self.edit_rule)
        self.rules.undo_asked.connect(self._undo)
        self.rules.switch_asked.connect(self._switch)
        self.list.body.addWidget(self.rules)
        self.editor = TicketRuleEditor(desk.read_only, self)
        self.editor.try_asked.connect(self._try)
        self.editor.save_asked.connect(self._save)
        self.editor.remove_asked.connect(self._remove)
        self.editor.closed.connect(self.close_editor)
        self.editor.hide()
        column.addWidget(self.list, 1)
        column.addWidget(self.editor, 1)

    def actions_of_screen(self) -> list[Action]:
        return [Action("rule.new", "New rule over tickets", "Rules", self.new_rule, (), self._may)]

    def _may(self) -> bool:
        return self.isVisible() and not self._desk.read_only

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def refresh(self) -> None:
        if self.isVisible():
            self._ask()

    def _ask(self) -> None:
        self._bridge.ask("rules", self._show, self._desk.ticket_rules, failed=self._fault)

    def _show(self, figure: RulesFigure) -> None:
        self.figure = figure
        self.summary.show_text(figure.summary)
        self.rules.show_figure(figure)

    def _fault(self, sentence: str) -> None:
        self.banner.say(sentence, Tone.BAD)

    def _switch(self, name: str, on: bool) -> None:
        self._bridge.act("switch", self._done, self._desk.switch_ticket_rule, name, on, failed=self._fault)

    def _undo(self, name: str) -> None:
        self._bridge.act("undo", self._undone, self._desk.undo_rule, name, failed=self._fault)

    def _undone(self, sentence: str) -> None:
        self.banner.say(sentence, Tone.GOOD)
        self._ask()

    def _done(self, _answer: object) -> None:
        self._ask()

    def new_rule(self) -> None:
        """Open the editor for a new rule."""
        self._open(None, own=False)

    def edit_rule(self, name: str) -> None:
        """Open the editor with a rule; saving an example makes an own rule of its name."""
        row = next((r for r in self.figure.rows if r.name == name), None) if self.figure is not None else None
        if row is not None:
            self._open(row.texts, own=row.own)

    def _open(self, texts: dict[str, str] | None, *, own: bool) -> None:
        self.list.hide()
        self.add.hide()
        self.editor.show()
        self.editor.open(texts, own=own)

    def close_editor(self) -> None:
        self.editor.hide()
        self.list.show()
        self.add.setVisible(not self._desk.read_only)
        self.add.setFocus()

    def _try(self, texts: dict[str, str], last: int) -> None:
        self._bridge.attend(
            "try", self._tried, self._desk.try_ticket_rule, texts, last, failed=self._not_a_rule
        )  # fmt: skip

    def _tried(self, figure: TrialFigure) -> None:
        self.editor.show_trial(figure)

    def _not_a_rule(self, sentence: str) -> None:
        self.editor.complain(sentence)

    def _save(self, texts: dict[str, str]) -> None:
        self._bridge.act("save", self._saved, self._desk.save_ticket_rule_form, texts, failed=self._not_a_rule)

    def _remove(self, name: str) -> None:
        self._bridge.act("remove", self._saved, self._desk.drop_ticket_rule, name, failed=self._not_a_rule)

    def _saved(self, _answer: object) -> None:
        self.close_editor()
        self._ask()
