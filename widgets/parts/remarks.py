"""What people said, one below the other: who and when in small, the words under it. Plain text, kept and refilled."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.present.figures import Remark
from console.present.tone import Tone
from widgets import theme
from widgets.parts.label import Label

_FIRST = 30
"""The newest ones; a ticket with thousands of comments is read where it lives."""


class Remarks(QWidget):
    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.current().px(2))
        self._earlier = Label("", "small")
        self._column.addWidget(self._earlier)
        self._pairs: list[tuple[Label, Label]] = []

    def show_remarks(self, remarks: Sequence[Remark]) -> None:
        shown = remarks[-_FIRST:]
        left_out = len(remarks) - len(shown)
        self._earlier.show_text(f"{left_out} earlier ones are left out here.")
        self._earlier.setVisible(left_out > 0)
        while len(self._pairs) < len(shown):
            pair = Label("", "small"), Label("", wrap=True)
            pair[1].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            pair[1].setContentsMargins(0, 0, 0, theme.current().px(6))
            for label in pair:
                self._column.addWidget(label)
            self._pairs.append(pair)
        for place, (head, body) in enumerate(self._pairs):
            there = place < len(shown)
            if there:
                remark = shown[place]
                head.show_text(remark.head)
                head.set_tone(remark.tone if remark.tone is not Tone.NEUTRAL else None)
                body.show_text(remark.body)
            head.setVisible(there)
            body.setVisible(there and bool(shown[place].body))
