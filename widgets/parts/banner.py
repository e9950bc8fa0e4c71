"""A line for something the user should know, which never takes the focus and never blocks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from console.present.tone import GLYPH, Tone
from widgets.parts.label import Label


class Banner(QFrame):
    """Hidden until ``say``; the button hides it again and emits ``dismissed``."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        self._glyph = Label("", "strong")
        self._text = Label("", wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = QPushButton("Dismiss", self)
        self._close.setProperty("role", "quiet")
        self._close.setAccessibleName("Dismiss this message")
        self._close.clicked.connect(self.dismiss)
        row.addWidget(self._glyph)
        row.addWidget(self._text, 1)
        row.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, text: str, tone: Tone = Tone.WARN) -> None:
        """Show a sentence; '' hides the banner."""
        self._glyph.setText(GLYPH[tone])
        self._glyph.set_tone(tone)
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def dismiss(self) -> None:
        self.hide()
        self.dismissed.emit()
