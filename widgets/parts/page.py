"""The column of a screen that is one page: its title with what stands beside it, the banner, then whatever it shows."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from widgets import theme
from widgets.parts.banner import Banner
from widgets.parts.label import Elided, Label


class Page(QVBoxLayout):
    """``beside`` the title in this order; what is ``Elided`` takes the room that the others leave."""

    def __init__(self, screen: QWidget, title: str, *beside: QWidget) -> None:
        super().__init__(screen)
        look = theme.current()
        self.setContentsMargins(look.px(16), look.px(12), look.px(16), look.px(12))
        self.setSpacing(look.px(10))
        head = QHBoxLayout()
        head.addWidget(Label(title, "title"))
        for part in beside:
            head.addWidget(part, 1 if isinstance(part, Elided) else 0)
        self.addLayout(head)
        self.banner = Banner(screen)
        self.addWidget(self.banner)
