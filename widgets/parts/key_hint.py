"""A key drawn as a little cap, beside what it does."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme


def hint_width(keys: str) -> int:
    look = theme.current()
    return max(look.px(18), round(QFontMetricsF(look.font(theme.TINY)).horizontalAdvance(keys)) + look.px(10))


def paint_hint(painter: QPainter, area: QRectF, keys: str) -> None:
    """A cap filling ``area``; the painter is given back as it was."""
    look = theme.current()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(look.colour("line"))
    painter.setBrush(look.colour("raised"))
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), look.px(4), look.px(4))
    painter.setPen(look.colour("muted"))
    painter.setFont(look.font(theme.TINY))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, keys)
    painter.restore()


class KeyHint(QWidget):
    """Decoration only: screen readers hear the shortcut from the control it belongs to."""

    def __init__(self, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = keys
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(hint_width(self.keys), theme.current().px(18))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_hint(painter, QRectF(self.rect()), self.keys)
