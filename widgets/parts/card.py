"""The frame every part of a screen stands in: a title row, a thin rule, a body."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from widgets import theme
from widgets.parts.label import Elided, Label


class Card(QFrame):
    """``header`` and ``body`` are layouts to add to. ``ruled``: a line under the header. ``snug``: no body margins."""

    def __init__(
        self, title: str = "", aside: str = "", *, ruled: bool = True, snug: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._snug = snug
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        self.head = QWidget(self)
        self.header = QHBoxLayout(self.head)
        self.title = Label(title, "heading")
        self.aside = Elided(aside, "muted")
        self.aside.setAlignment(self.aside.alignment() | Qt.AlignmentFlag.AlignRight)
        self.header.addWidget(self.title)
        self.header.addWidget(self.aside, 1)
        outer.addWidget(self.head)
        self.rule = rule(self)
        self.rule.setVisible(ruled and bool(title))
        outer.addWidget(self.rule)
        self.body = QVBoxLayout()
        outer.addLayout(self.body, 1)
        self.head.setVisible(bool(title))
        self.setAccessibleName(title)
        self.fit()

    def set_title(self, title: str) -> None:
        self.title.show_text(title)
        self.head.setVisible(bool(title))
        self.setAccessibleName(title)

    def set_aside(self, text: str) -> None:
        self.aside.show_text(text)

    def fit(self) -> None:
        """Take margins and heights from the theme in force."""
        look = theme.current()
        self.header.setContentsMargins(look.px(12), look.px(4), look.px(12), look.px(4))
        self.header.setSpacing(look.px(8))
        self.head.setMinimumHeight(look.px(34))
        side = 0 if self._snug else look.px(12)
        self.body.setContentsMargins(side, 0 if self._snug else look.px(10), side, 0 if self._snug else look.px(12))
        self.body.setSpacing(0 if self._snug else look.px(8))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.fit()


def rule(parent: QWidget | None = None) -> QFrame:
    """A one-pixel horizontal line."""
    line = QFrame(parent)
    line.setProperty("role", "rule")
    line.setFixedHeight(1)
    return line
