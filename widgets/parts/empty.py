"""What stands where there is nothing to show: a sentence, and the way on where there is one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from widgets.parts.label import Label


class Empty(QWidget):
    """``acted`` when the button is pressed; without ``button`` there is none."""

    acted = Signal()

    def __init__(self, text: str = "", button: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.addStretch(1)
        self._text = Label(text, "muted", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._text)
        self._button = QPushButton(button, self)
        self._offer(button)
        self._button.clicked.connect(self.acted)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, text: str, button: str = "") -> None:
        self._text.show_text(text)
        self._button.setText(button)
        self._offer(button)

    def _offer(self, button: str) -> None:
        self._button.setVisible(bool(button))
        self._button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if button else Qt.FocusPolicy.NoFocus)
