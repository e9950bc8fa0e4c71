"""The editor of a rule over tickets: what is typed is tried at once over the last tickets, with the code that is asked live."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from console.present import rule_form
from console.present.rules_figures import TrialFigure, TrialRow
from console.present.tone import Tone
from widgets import theme
from widgets.alerts.lists import Line, Lines
from widgets.fields import ChoiceField, Field, LinesField, TextField
from widgets.parts.card import Card
from widgets.parts.label import Label

_PAUSE_MS = 250
"""Typing rests so long before the tickets are asked."""
_SHOWN = 200
_LASTS = ("100", "500", "5000")


class TicketRuleEditor(QWidget):
    """``try_asked`` carries the fields' texts and how many tickets; ``save_asked`` the texts; ``remove_asked`` the rule's
    name; ``closed`` ends it."""

    try_asked = Signal(object, int)
    save_asked = Signal(object)
    remove_asked = Signal(str)
    closed = Signal()

    def __init__(self, read_only: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read_only = read_only
        self.fields: dict[str, Field] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._try)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.addWidget(self._form())
        split.addWidget(self._result())
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        whole.addWidget(split)

    def _form(self) -> QWidget:
        look = theme.current()
        self.card = Card("Rule", snug=True, parent=self)
        area = QScrollArea(self.card)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(look.px(12), look.px(10), look.px(12), look.px(10))
        column.setSpacing(look.px(8))
        for spec in rule_form.fields():
            field: Field
            if spec.choices:
                words, titles = zip(*spec.choices, strict=True)
                field = ChoiceField(spec.label, words, spec.help, titles=titles, parent=inside)
            elif spec.key in rule_form.LINES:
                field = LinesField(
                    spec.label, spec.help, hint=spec.hint, rows=3 if spec.key == "any" else 2, parent=inside
                )
            else:
                field = TextField(spec.label, spec.help, hint=spec.hint, parent=inside)
            field.edited.connect(self._edited)
            column.addWidget(field)
            self.fields[spec.key] = field
        column.addStretch(1)
        area.setWidget(inside)
        self.card.body.addWidget(area, 1)
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        self.card.body.addWidget(self.error)
        self.card.body.addLayout(self._foot())
        return self.card

    def _foot(self) -> QHBoxLayout:
        look = theme.current()
        foot = QHBoxLayout()
        foot.setContentsMargins(look.px(12), look.px(8), look.px(12), look.px(8))
        self.save = QPushButton("Save rule", self)
        self.save.setProperty("role", "primary")
        self.save.clicked.connect(self._save)
        self.remove = QPushButton("Remove", self)
        self.remove.setProperty("role", "danger")
        self.remove.clicked.connect(self._remove)
        self.close_button = QPushButton("Close", self)
        self.close_button.clicked.connect(self.closed)
        for button in (self.save, self.remove, self.close_button):
            button.setAccessibleName(button.text())
            foot.addWidget(button)
        foot.addStretch(1)
        self.save.setVisible(not self._read_only)
        return foot

    def _result(self) -> QWidget:
        look = theme.current()
        card = Card("Dry run", snug=True, parent=self)
        head = QWidget(card)
        column = QVBoxLayout(head)
        column.setContentsMargins(look.px(12), look.px(10), look.px(12), look.px(8))
        column.setSpacing(look.px(4))
        self.headline = Label("", "heading", wrap=True)
        self.agreement = Label("", wrap=True)
        self.note = Label("", "small", wrap=True)
        self.last = ChoiceField("Over the last", _LASTS, titles=[f"{int(n):,} tickets" for n in _LASTS], parent=head)
        self.last.set_text("500")
        self.last.edited.connect(self._edited)
        for part in (self.headline, self.agreement, self.note, self.last):
            column.addWidget(part)
        self.lines = Lines("Tickets this rule would change", "It would change no ticket.", card)
        card.body.addWidget(head)
        card.body.addWidget(self.lines, 1)
        return card

    @property
    def texts(self) -> dict[str, str]:
        return {key: field.text() for key, field in self.fields.items()}

    def open(self, texts: Mapping[str, str] | None, *, own: bool) -> None:
        """Edit these texts; None: a new rule. ``own``: it can be removed."""
        given = rule_form.FRESH if texts is None else texts
        for key, field in self.fields.items():
            field.set_text(given.get(key, ""))
        self.card.set_title("New rule" if texts is None else given.get("title") or given.get("name", ""))
        self.remove.setVisible(own and not self._read_only)
        self.complain("")
        self.headline.show_text("Asking the last tickets …")
        self.headline.set_tone(Tone.NEUTRAL)
        self.agreement.show_text("")
        self.note.show_text("")
        self.lines.show_lines([])
        self.fields["title"].focus()
        self._timer.start()

    def complain(self, sentence: str) -> None:
        """What is wrong with the rule as typed; '' when nothing is."""
        self.error.show_text(sentence)
        self.error.setVisible(bool(sentence))
        self.save.setEnabled(not sentence)
        if sentence:
            self.headline.show_text("This cannot be a rule yet.")
            self.headline.set_tone(Tone.WARN)

    def show_trial(self, figure: TrialFigure) -> None:
        self.complain("")
        self.headline.show_text(figure.headline)
        self.headline.set_tone(Tone.UNKNOWN if figure.tone is Tone.UNKNOWN else Tone.NEUTRAL)
        self.agreement.show_text(figure.agreement)
        self.agreement.set_tone(figure.tone)
        self.agreement.setVisible(bool(figure.agreement))
        more = len(figure.rows) - _SHOWN
        self.note.show_text(f"{figure.note}; the first {_SHOWN} stand here" if more > 0 else figure.note)
        self.note.setVisible(bool(figure.note))
        self.lines.show_lines([_line(row) for row in figure.rows[:_SHOWN]])
        self.setAccessibleDescription(figure.spoken)

    def _edited(self) -> None:
        self._timer.start()

    def _try(self) -> None:
        if self.isVisible():
            self.try_asked.emit(self.texts, int(self.last.text()))

    def _save(self) -> None:
        self.save_asked.emit(self.texts)

    def _remove(self) -> None:
        self.remove_asked.emit(self.fields["name"].text())


def _line(row: TrialRow) -> Line:
    return f"{row.key}   {row.title}", " · ".join(part for part in (row.change, row.later) if part), row.tone
