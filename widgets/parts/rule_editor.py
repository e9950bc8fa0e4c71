"""The editor of a rule, whatever it is a rule over: its form on the left, on the right what it would have done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QWidget

from console.present.alert_form import RuleField
from console.present.tone import Tone
from widgets import theme
from widgets.fields import ChoiceField, Field, LinesField, TextField
from widgets.parts.card import Card
from widgets.parts.label import Label
from widgets.parts.scrolled import Scrolled

_PAUSE_MS = 250
"""Typing rests so long before anything is asked."""


class RuleEditor(QWidget):
    """``save_asked`` carries the fields' texts, ``remove_asked`` the name of the rule that was opened, whatever stands in the
    field by then; ``closed`` ends it.

    ``edited`` comes with every change by hand, ``rested`` once typing paused while the editor is on show: time to try
    the rule. ``title`` names the kind of rule; ``rows`` says how many lines a field of several has.
    """

    edited = Signal()
    rested = Signal()
    save_asked = Signal(object)
    remove_asked = Signal(str)
    closed = Signal()

    def __init__(
        self,
        title: str,
        specs: Sequence[RuleField],
        rows: Mapping[str, int],
        *,
        read_only: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title = title
        self._read_only = read_only
        self._opened = ""
        self.fields: dict[str, Field] = {}
        self.headline = Label("", "heading", wrap=True)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._rest)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._form(specs, rows))
        self._split.setStretchFactor(0, 2)
        whole.addWidget(self._split)

    def stand_beside(self, result: QWidget) -> None:
        """What the rule would have done."""
        self._split.addWidget(result)
        self._split.setStretchFactor(1, 3)

    def _form(self, specs: Sequence[RuleField], rows: Mapping[str, int]) -> QWidget:
        self.card = Card(self._title, snug=True, parent=self)
        area = Scrolled(sides=12, ends=10, gap=8, parent=self.card)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for spec in specs:
            field = self.fields[spec.key] = _field(spec, rows.get(spec.key, 1), area.inside)
            field.edited.connect(self.try_soon)
            area.column.addWidget(field)
        area.column.addStretch(1)
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

    @property
    def texts(self) -> dict[str, str]:
        return {key: field.text() for key, field in self.fields.items()}

    def fill(self, texts: Mapping[str, str] | None, fresh: Mapping[str, str], *, own: bool) -> None:
        """Edit these texts; None: a new rule, which begins as ``fresh``. ``own``: it can be removed."""
        given = fresh if texts is None else texts
        self._opened = "" if texts is None else given.get("name", "")
        for key, field in self.fields.items():
            field.set_text(given.get(key, ""))
        new = f"New {self._title[:1].lower()}{self._title[1:]}"
        self.card.set_title(new if texts is None else given.get("title") or given.get("name", ""))
        self.remove.setVisible(own and not self._read_only)
        self.complain("")
        self.fields["title"].focus()
        self._timer.start()

    def complain(self, sentence: str) -> None:
        """What is wrong with the rule as typed; '' when nothing is."""
        self.error.show_text(sentence)
        self.error.setVisible(bool(sentence))
        self.save.setEnabled(not sentence)
        if sentence:
            self.say("This cannot be a rule yet.", Tone.WARN)

    def say(self, headline: str, tone: Tone = Tone.NEUTRAL) -> None:
        self.headline.show_text(headline)
        self.headline.set_tone(tone)

    def try_soon(self) -> None:
        self.edited.emit()
        self._timer.start()

    def _rest(self) -> None:
        if self.isVisible():
            self.rested.emit()

    def _save(self) -> None:
        self.save_asked.emit(self.texts)

    def _remove(self) -> None:
        self.remove_asked.emit(self._opened)


def _field(spec: RuleField, rows: int, parent: QWidget) -> Field:
    if spec.choices:
        words, titles = zip(*spec.choices, strict=True)
        return ChoiceField(spec.label, words, spec.help, titles=titles, parent=parent)
    if rows > 1:
        return LinesField(spec.label, spec.help, hint=spec.hint, rows=rows, parent=parent)
    return TextField(spec.label, spec.help, hint=spec.hint, parent=parent)
