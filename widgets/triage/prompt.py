"""Asks for an act's value in a strip where the decide bar stands: never a window, and Escape gives the keyboard back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from widgets import theme
from widgets.parts.key_hint import KeyHint
from widgets.parts.label import Elided, Label
from widgets.parts.suggesting import SuggestField
from widgets.triage.asks import Ask


class Prompt(QWidget):
    """Signals: ``given`` (act, text), ``typed`` (act, text) at each letter, ``left`` Escape, ``asked`` words are wanted."""

    given = Signal(str, str)
    typed = Signal(str, str)
    asked = Signal(str, int)
    left = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.act, self.subject = "", ""
        self._ask = Ask("", "")
        self._column = QVBoxLayout(self)
        row = QHBoxLayout()
        self.title, self.about = Label("", "strong"), Elided("", "muted")
        row.addWidget(self.title)
        row.addWidget(self.about, 1)
        for keys, does in (("Enter", "does it"), ("Esc", "leaves it; the text is kept")):
            row.addWidget(KeyHint(keys))
            row.addWidget(Label(does, "muted"))
        self.field = SuggestField("Value", parent=over)
        self.field.setMaxLength(100_000)
        self.field.whole, self.field.stands_in = True, self
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        self._column.addLayout(row)
        self._column.addWidget(self.field)
        self._column.addWidget(self.error)
        self.field.textEdited.connect(self._typed)
        self.field.asked.connect(self.asked)
        self.field.entered.connect(self._enter)
        self.field.left.connect(self.left)
        self._fit()

    @property
    def ask(self) -> Ask:
        return self._ask

    def open(self, act: str, ask: Ask, subject: str, about: str, text: str) -> None:
        """Take the keyboard. ``subject`` is what the text is kept for."""
        self.act, self.subject, self._ask = act, subject, ask
        self.title.show_text(ask.title)
        self.about.show_text(about)
        self.complain("")
        self.field.setAccessibleName(f"{ask.title}, {about}")
        self.field.setAccessibleDescription(ask.hint)
        self.field.setPlaceholderText(ask.hint)
        self.field.set_text(text)
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not text or text.endswith("="):
            self.asked.emit(text, len(text))

    def complain(self, sentence: str) -> None:
        """What is wrong with what was typed, below it; the text stays."""
        self.error.show_text(sentence)
        self.error.setVisible(bool(sentence))
        self.field.setProperty("invalid", bool(sentence))
        self.field.setAccessibleDescription(sentence or self._ask.hint)
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        look = theme.current()
        self._column.setContentsMargins(look.px(12), look.px(10), look.px(12), look.px(12))
        self._column.setSpacing(look.px(6))

    def _typed(self, text: str) -> None:
        self.complain("")
        self.typed.emit(self.act, text)

    def _enter(self) -> None:
        self.given.emit(self.act, self.field.text())
