"""A column that scrolls, without a frame of its own."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from widgets import theme


class Scrolled(QScrollArea):
    """``column`` is the layout to add to; ``sides`` and ``ends`` are its margins in pixels at 100 % text, as is ``gap``.

    The keyboard can go to it, so that keys scroll it; where something inside can be focused instead, say ``NoFocus``.
    """

    def __init__(
        self, name: str = "", *, sides: int = 0, ends: int = 0, gap: int = 0, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        look = theme.current()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(name)
        self.inside = QWidget()
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(look.px(sides), look.px(ends), look.px(sides), look.px(ends))
        self.column.setSpacing(look.px(gap))
        self.setWidget(self.inside)
