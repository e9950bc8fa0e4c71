"""A titled part of the detail card, hidden while it has nothing to say."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from widgets import theme
from widgets.parts.label import Elided


class Section(QWidget):
    """A muted title over a widget."""

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = content
        self._column = QVBoxLayout(self)
        self.title = Elided(title, "small")
        self._column.addWidget(self.title)
        self._column.addWidget(content)
        self._column.addStretch(1)
        self._fit()

    def set_title(self, title: str) -> None:
        self.title.show_text(title)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.current().px(4))
