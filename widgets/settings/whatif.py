"""What other calendars and policies would change, shown before they are saved. Nothing is saved by looking."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from widgets import theme
from widgets.parts.label import Label

_MOST_LINES = 9


class WhatIf(QFrame):
    """Hidden until ``show_lines``. ``confirmed``: save all the same."""

    confirmed = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        look = theme.current()
        self.setProperty("role", "raised")
        self.setAccessibleName("What saving would change")
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(14), look.px(10), look.px(14), look.px(12))
        column.setSpacing(look.px(6))
        self.headline, self.lines = Label("", "strong", wrap=True), Label("", wrap=True)
        self.save = QPushButton("Save all the same", self)
        self.save.setProperty("role", "primary")
        self.save.setAccessibleName("Save the settings all the same")
        self.save.clicked.connect(self._confirm)
        self.back = QPushButton("Go on editing", self)
        self.back.clicked.connect(self.close_up)
        row = QHBoxLayout()
        row.addWidget(self.save)
        row.addWidget(self.back)
        row.addStretch(1)
        for part in (self.headline, self.lines):
            column.addWidget(part)
        column.addLayout(row)
        self.hide()

    def show_lines(self, lines: Sequence[str], *, may_save: bool) -> None:
        """``lines``: the first says what it comes to. ``may_save``: it was asked for on the way to saving."""
        head, rest = lines[0], [line.strip() for line in lines[1:]]
        more = len(rest) - _MOST_LINES
        self.headline.show_text(head)
        shown = rest if more <= 1 else [*rest[:_MOST_LINES], f"and {more} lines more"]
        self.lines.show_text("\n".join(shown))
        self.lines.setVisible(bool(shown))
        self.setAccessibleDescription("\n".join([head, *shown]))
        self.save.setVisible(may_save)
        self.show()
        # The answer to what was just asked for by hand; the wary choice has the focus.
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _confirm(self) -> None:
        self.hide()
        self.confirmed.emit()

    def close_up(self) -> None:
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_up()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(self.focusWidget(), QPushButton):
            self.focusWidget().click()  # type: ignore[attr-defined]  # a button, just asked
        else:
            super().keyPressEvent(event)
