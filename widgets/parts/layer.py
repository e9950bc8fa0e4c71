"""What lies over the window without blocking it, and gives the focus back to where it was when it is put away."""

from __future__ import annotations

from abc import abstractmethod

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget


class Layer(QFrame):
    """Escape puts it away, a click beside it too where it is ``light``."""

    def __init__(self, name: str, window: QWidget, *, light: bool = True) -> None:
        super().__init__(window)
        self.setAccessibleName(name)
        self._light = light
        self._before: QWidget | None = None
        self.hide()

    @abstractmethod
    def place(self) -> None:
        """Take a place within the window as large as it is now."""

    def come_up(self, focus: QWidget) -> None:
        """Show it with the keyboard in ``focus``; where the keyboard was is remembered from the first time on."""
        if not self.isVisible():
            self._before = self.window().focusWidget()
            self.window().installEventFilter(self)
            self.place()
            self.show()
        self.raise_()
        focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_up(self) -> None:
        """Hide it; the focus goes back to where it was, if that is still there."""
        if not self.isVisible():
            return
        before = self._before
        self.slip_away()
        if before is not None and shiboken6.isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def slip_away(self) -> None:
        """Hide it and leave the focus where it went."""
        self._before = None
        self.window().removeEventFilter(self)
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_up()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.window():
            if event.type() == QEvent.Type.Resize:
                self.place()
            elif event.type() == QEvent.Type.MouseButtonPress and self._light:
                self.close_up()
        return super().eventFilter(watched, event)
