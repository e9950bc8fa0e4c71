"""The editor of a rule over tickets: what is typed is tried at once over the last tickets, with the code that is asked live."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.present import rule_form
from console.present.rules_figures import TrialFigure, TrialRow
from console.present.tone import Tone
from widgets import theme
from widgets.fields import ChoiceField
from widgets.parts.card import Card
from widgets.parts.label import Label
from widgets.parts.rule_editor import RuleEditor
from widgets.parts.two_lines import TwoLineList, TwoLines

_SHOWN = 200
_LASTS = ("100", "500", "5000")
_ROWS = {**dict.fromkeys(rule_form.LINES, 2), "any": 3}


class TicketRuleEditor(RuleEditor):
    """``try_asked`` carries the fields' texts and over how many tickets."""

    try_asked = Signal(object, int)

    def __init__(self, read_only: bool, parent: QWidget | None = None) -> None:
        super().__init__("Rule", rule_form.fields(), _ROWS, read_only=read_only, parent=parent)
        self.rested.connect(self._try)
        self.stand_beside(self._result())

    def _result(self) -> QWidget:
        look = theme.current()
        card = Card("Dry run", snug=True, parent=self)
        head = QWidget(card)
        column = QVBoxLayout(head)
        column.setContentsMargins(look.px(12), look.px(10), look.px(12), look.px(8))
        column.setSpacing(look.px(4))
        self.agreement = Label("", wrap=True)
        self.note = Label("", "small", wrap=True)
        self.last = ChoiceField("Over the last", _LASTS, titles=[f"{int(n):,} tickets" for n in _LASTS], parent=head)
        self.last.set_text("500")
        self.last.edited.connect(self.try_soon)
        for part in (self.headline, self.agreement, self.note, self.last):
            column.addWidget(part)
        self.lines = TwoLineList("Tickets this rule would change", "It would change no ticket.", card)
        card.body.addWidget(head)
        card.body.addWidget(self.lines, 1)
        return card

    def open(self, texts: Mapping[str, str] | None, *, own: bool) -> None:
        """Edit these texts; None: a new rule. ``own``: it can be removed."""
        self.fill(texts, rule_form.FRESH, own=own)
        self.say("Asking the last tickets …")
        self.agreement.show_text("")
        self.note.show_text("")
        self.lines.show_lines([])

    def show_trial(self, figure: TrialFigure) -> None:
        self.complain("")
        self.say(figure.headline, Tone.UNKNOWN if figure.tone is Tone.UNKNOWN else Tone.NEUTRAL)
        self.agreement.show_text(figure.agreement)
        self.agreement.set_tone(figure.tone)
        self.agreement.setVisible(bool(figure.agreement))
        more = len(figure.rows) - _SHOWN
        self.note.show_text(f"{figure.note}; the first {_SHOWN} stand here" if more > 0 else figure.note)
        self.note.setVisible(bool(figure.note))
        self.lines.show_lines([_line(row) for row in figure.rows[:_SHOWN]])
        self.setAccessibleDescription(figure.spoken)

    def _try(self) -> None:
        self.try_asked.emit(self.texts, int(self.last.text()))


def _line(row: TrialRow) -> TwoLines:
    return f"{row.key}   {row.title}", " · ".join(part for part in (row.change, row.later) if part), row.tone
