"""The proof over any screen: a sheet at the right edge that blocks nothing. Escape closes it, the focus goes back."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from console.model.number import Number
from widgets import theme
from widgets.bridge import Bridge
from widgets.proof.panel import ProofDesk, ProofPanel

_WIDTH = 520
_LEAST_HEIGHT = 440


class ProofSheet(QFrame):
    """Lies between ``above`` and ``below`` in the window; ``closed`` when it is put away."""

    closed = Signal()

    def __init__(self, bridge: Bridge, desk: ProofDesk, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("proof-sheet")
        self.setAccessibleName("Proof")
        self._above: QWidget | None = None
        self._below: QWidget | None = None
        self._before: QWidget | None = None
        self.panel = ProofPanel(bridge, desk, self)
        self.done = QPushButton("Close", self.panel)
        self.done.setAccessibleName("Close the proof")
        self.done.clicked.connect(self.close_up)
        self.panel.header.addWidget(self.done)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)
        self.hide()
        window.installEventFilter(self)

    def lie_between(self, above: QWidget | None, below: QWidget | None) -> None:
        """The widgets whose lower and upper edge bound the sheet."""
        self._above, self._below = above, below

    def open(self, number: Number) -> None:
        """Show the proof of a number; where the focus was is remembered from the first one on."""
        self.panel.show_number(number)
        if not self.isVisible():
            self._before = self.window().focusWidget()
            self._place()
            self.show()
        self.raise_()
        self.panel.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_up(self) -> None:
        """Hide it; the focus goes back to where it came from."""
        if not self.isVisible():
            return
        self.hide()
        before, self._before = self._before, None
        if before is not None and shiboken6.isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_up()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.isVisible():
            self._place()

    def _place(self) -> None:
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
