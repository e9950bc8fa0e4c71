"""The rounded mark of a severity: P1 in its tone with dark text, for labels, pills and table cells alike."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.present.tone import Tone
from widgets import theme


def badge_size(text: str) -> QSize:
    """Pixels a badge of this text takes in the theme in force."""
    look = theme.current()
    width = QFontMetricsF(look.font(theme.TINY, theme.BOLD)).horizontalAdvance(text)
    return QSize(max(look.px(30), round(width) + look.px(14)), look.px(17))


def paint_badge(painter: QPainter, area: QRectF, text: str, tone: Tone) -> None:
    """Fill ``area`` with the tone and centre the text; the painter is given back as it was."""
    look = theme.current()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.tone(Tone.QUIET if tone in (Tone.NEUTRAL, Tone.MUTED) else tone))
    painter.drawRoundedRect(area, look.px(4), look.px(4))
    painter.setPen(look.colour("on_tone"))
    painter.setFont(look.font(theme.TINY, theme.BOLD))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


class Badge(QWidget):
    """A badge by itself, e.g. before a ticket's title. Hidden while its text is ''."""

    def __init__(self, text: str = "", tone: Tone = Tone.NEUTRAL, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._text, self._tone = "", tone
        self.show_badge(text, tone)

    def show_badge(self, text: str, tone: Tone) -> None:
        self._text, self._tone = text, tone
        self.setAccessibleName(text)
        # Showing a widget without a parent would open a window of its own.
        if self.parentWidget() is not None or not text:
            self.setVisible(bool(text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return badge_size(self._text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_badge(painter, QRectF(self.rect()), self._text, self._tone)
