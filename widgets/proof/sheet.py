"""The proof over any screen: a sheet at the right edge that blocks nothing. Escape closes it, the focus goes back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from console.model.number import Number
from widgets import theme
from widgets.bridge import Bridge
from widgets.parts.layer import Layer
from widgets.proof.panel import ProofDesk, ProofPanel

_WIDTH = 520
_LEAST_HEIGHT = 440


class ProofSheet(Layer):
    """Lies between ``above`` and ``below`` in the window."""

    def __init__(self, bridge: Bridge, desk: ProofDesk, window: QWidget) -> None:
        super().__init__("Proof", window, light=False)
        self.setObjectName("proof-sheet")
        self._above: QWidget | None = None
        self._below: QWidget | None = None
        self.panel = ProofPanel(bridge, desk, self)
        self.done = QPushButton("Close", self.panel)
        self.done.setAccessibleName("Close the proof")
        self.done.clicked.connect(self.close_up)
        self.panel.header.addWidget(self.done)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)

    def lie_between(self, above: QWidget | None, below: QWidget | None) -> None:
        """The widgets whose lower and upper edge bound the sheet."""
        self._above, self._below = above, below

    def open(self, number: Number) -> None:
        """Show the proof of a number; where the focus was is remembered from the first one on."""
        self.panel.show_number(number)
        self.come_up(self.panel)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.isVisible():
            self.place()

    def place(self) -> None:
        window, look = self.window(), theme.current()
        gap = look.px(8)
        top = gap if self._above is None else self._edge(self._above, lower=True) + gap
        visible = self._below is not None and self._below.isVisible()
        bottom = self._edge(self._below, lower=False) if self._below is not None and visible else window.height()
        if bottom - top < look.px(_LEAST_HEIGHT):
            # Large text on a small window: what is under the screen gives way too.
            bottom = window.height()
        width = min(window.width() - 2 * gap, look.px(_WIDTH))
        self.setGeometry(QRect(window.width() - width - gap, top, width, max(look.px(200), bottom - gap - top)))

    def _edge(self, widget: QWidget, *, lower: bool) -> int:
        corner = widget.rect().bottomLeft() if lower else widget.rect().topLeft()
        return widget.mapTo(self.window(), corner).y()
