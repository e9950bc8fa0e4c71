"""One instant under the pointer, shared by every chart of a screen."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, Signal


class CrossHair(QObject):
    """``moved`` carries seconds since 1970 UTC, or NaN when the pointer left every chart."""

    moved = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.x = math.nan

    def move(self, x: float) -> None:
        if x != self.x and not (math.isnan(x) and math.isnan(self.x)):
            self.x = x
            self.moved.emit(x)

    def leave(self) -> None:
        self.move(math.nan)
