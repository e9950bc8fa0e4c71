"""What a connection test says: running with a way out, what was seen, or the sentence of the fault."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from console.present.tone import GLYPH, Tone
from widgets import theme
from widgets.parts.label import Label

_MOST_LINES = 200


class TestResult(QFrame):
    """Hidden until there is something to say."""

    __test__ = False  # the name reads as a test to the test runner
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "raised")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        head = QHBoxLayout()
        self._glyph = Label("", "strong")
        self.headline = Label("", "strong", wrap=True)
        self.headline.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.cancel = QPushButton("Cancel", self)
        self.cancel.setAccessibleName("Cancel the connection test")
        self.cancel.clicked.connect(self.cancelled)
        head.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.headline, 1)
        head.addWidget(self.cancel)
        column.addLayout(head)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("The connection is being tested")
        column.addWidget(self.bar)
        self.lines = Label("", wrap=True)
        self.lines.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(self.lines)
        self._area.setAccessibleName("What was seen")
        column.addWidget(self._area)
        self.clear()

    def clear(self) -> None:
        self.hide()
        self.bar.setRange(0, 1)

    def running(self) -> None:
        self._say("Testing the connection …", Tone.INFO)
        self.bar.setRange(0, 0)
        self.bar.show()
        self.cancel.show()
        self._area.hide()

    def show_answer(self, headline: str, lines: list[str], tone: Tone) -> None:
        self._say(headline, tone)
        self.bar.setRange(0, 1)
        self.bar.hide()
        self.cancel.hide()
        shown = lines[:_MOST_LINES]
        self.lines.setText("\n".join(shown))
        self._area.setVisible(bool(shown))
        line = self.lines.fontMetrics().lineSpacing()
        self._area.setFixedHeight(min(len(shown) * line + 8, theme.current().px(180)))

    def _say(self, headline: str, tone: Tone) -> None:
        self._glyph.setText(GLYPH[tone])
        self._glyph.set_tone(tone)
        self.headline.setText(headline)
        self.headline.set_tone(tone if tone is Tone.BAD else None)
        self.setAccessibleName(headline)
        self.show()
