"""A line for something the user should know, which never takes the focus and never blocks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from console.present.tone import GLYPH, Tone
from widgets.parts.label import Label


class Banner(QFrame):
    """Hidden until ``say``; the button hides it again and emits ``dismissed``. ``followed`` carries where its way leads."""

    dismissed = Signal()
    followed = Signal(object)

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
        self.way = QPushButton("", self)
        self.way.setAccessibleName("Open what this message is about")
        self.way.hide()
        self.way.clicked.connect(self._follow)
        self.tone = Tone.NEUTRAL
        self._goal: object = None
        row.addWidget(self.way)
        row.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, text: str, tone: Tone = Tone.WARN, way: str = "", goal: object = None) -> None:
        """Show a sentence; '' hides the banner. ``way``: the words of a second button, which leads to ``goal``."""
        self.tone, self._goal = tone, goal
        self.way.setText(way)
        self.way.setVisible(bool(way))
        self._glyph.setText(GLYPH[tone])
        self._glyph.set_tone(tone)
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def _follow(self) -> None:
        goal = self._goal
        self.dismiss()
        self.followed.emit(goal)

    def dismiss(self) -> None:
        self.hide()
        self.dismissed.emit()
