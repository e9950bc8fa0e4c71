"""The strip under everything: the whole launch at once, errors as a line over the tickets opened as bars."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.present.figures import Band, TimelineFigure
from console.present.tone import GLYPH, Tone
from widgets import theme
from widgets.parts.chart_marks import joined

_CENTRE = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class TimelineStrip(QWidget):
    """Draws a ``TimelineFigure``; heights in it are shares of the strip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figure = TimelineFigure(0.0, 1.0, 0.0, live=True, clock="")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline of the launch")

    @property
    def figure(self) -> TimelineFigure:
        return self._figure

    def show_figure(self, figure: TimelineFigure) -> None:
        self._figure = figure
        self.setAccessibleDescription(figure.spoken)
        self.update()

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(600), look.px(86))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.current().px(240), self.sizeHint().height())

    def area(self) -> QRectF:
        """Where time is drawn, in pixels of this widget."""
        look = theme.current()
        left, top = look.px(178), look.px(16)
        return QRectF(left, top, max(1, self.width() - left - look.px(14)), self.height() - top - look.px(26))

    def x_to_pixel(self, x: float) -> float:
        area = self.area()
        span = self._figure.x1 - self._figure.x0
        return area.left() + (x - self._figure.x0) / span * area.width() if span > 0 else area.left()

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.colour("frame"))
        painter.fillRect(0, 0, self.width(), 1, look.colour("line"))
        self._paint_clock(painter, look)
        area = self.area()
        self._paint_days(painter, look, area)
        painter.save()
        painter.setClipRect(area.adjusted(-1, -look.px(16), 1, 1))
        self._paint_bands(painter, look, area)
        self._paint_bars(painter, look, area)
        self._paint_errors(painter, look, area)
        for marker in self._figure.markers:
            pen = QPen(look.tone(marker.tone), 1)
            pen.setDashPattern([1.5, 2.5])
            painter.setPen(pen)
            x = round(self.x_to_pixel(marker.x)) + 0.5
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        painter.restore()
        now = self.x_to_pixel(self._figure.now)
        if area.left() <= now <= area.right():
            painter.setPen(QPen(look.tone(self._figure.tone), 2))
            # From the top of the area down, clear of the names above it.
            painter.drawLine(QLineF(now, area.top(), now, area.bottom() + look.px(4)))

    def _paint_clock(self, painter: QPainter, look: theme.Theme) -> None:
        word = self._figure.word
        tone = look.tone(self._figure.tone)
        middle = self.area().center().y()
        side = look.px(9)
        left = look.px(15) + side + look.px(6)
        if self._figure.tone is Tone.GOOD:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tone)
            painter.drawEllipse(QRectF(look.px(15), middle - side / 2, side, side))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        else:
            # Another state has another shape, for those who do not tell the colours apart.
            painter.setPen(tone)
            painter.setFont(look.font(theme.HEADING, theme.SEMIBOLD))
            sign = QRectF(look.px(12), middle - look.px(10), side + look.px(6), look.px(20))
            painter.drawText(sign, _CENTRE, GLYPH[self._figure.tone])
        painter.setPen(tone)
        painter.setFont(look.font(theme.HEADING, theme.SEMIBOLD))
        width = QFontMetricsF(painter.font()).horizontalAdvance(word)
        painter.drawText(QRectF(left, middle - look.px(10), width + 2, look.px(20)), _LEFT, word)
        painter.setPen(look.colour("muted"))
        painter.setFont(look.font(theme.HEADING))
        left += round(width) + look.px(6)
        room = QRectF(left, middle - look.px(10), max(1, look.px(172) - left), look.px(20))
        painter.drawText(room, _LEFT, self._figure.clock)

    def _paint_days(self, painter: QPainter, look: theme.Theme, area: QRectF) -> None:
        painter.setFont(look.font(theme.TINY))
        metrics = QFontMetricsF(painter.font())
        free_from = area.left()
        for x, text in self._figure.days:
            pixel = round(self.x_to_pixel(x)) + 0.5
            if not area.left() - 1 <= pixel <= area.right() + 1:
                continue
            painter.setPen(look.colour("line"))
            painter.drawLine(QLineF(pixel, area.top(), pixel, area.bottom()))
            width = metrics.horizontalAdvance(text)
            left = pixel + look.px(4)
            if left >= free_from and left + width <= self.width():
                painter.setPen(look.colour("muted"))
                painter.drawText(QRectF(left, area.bottom() + look.px(4), width + 2, look.px(16)), _LEFT, text)
                free_from = left + width + look.px(8)

    def _paint_bands(self, painter: QPainter, look: theme.Theme, area: QRectF) -> None:
        painter.setFont(look.font(theme.TINY))
        metrics = QFontMetricsF(painter.font())
        free_until = float("inf")
        for tone in {band.tone for band in self._figure.bands}:
            for x0, x1 in joined([(band.x0, band.x1) for band in self._figure.bands if band.tone is tone]):
                left, right = self.x_to_pixel(x0), self.x_to_pixel(x1)
                stretch = QRectF(left, area.top(), max(2.0, right - left), area.height())
                painter.fillRect(stretch, look.tone(tone, 60))
        # The newest band is named first: where names would overlap, the older one goes without.
        for band in sorted(self._figure.bands, key=_start, reverse=True):
            left, right = self.x_to_pixel(band.x0), self.x_to_pixel(band.x1)
            width = metrics.horizontalAdvance(band.text) + 2
            middle = min(area.right() - width / 2, max(area.left() + width / 2, (left + right) / 2))
            if middle + width / 2 > free_until:
                continue
            free_until = middle - width / 2 - look.px(6)
            painter.setPen(look.tone(band.tone))
            above = QRectF(middle - width / 2, area.top() - look.px(14), width, look.px(14))
            painter.drawText(above, _CENTRE, band.text)

    def _paint_bars(self, painter: QPainter, look: theme.Theme, area: QRectF) -> None:
        figure = self._figure
        colour = look.colour("accent", 120)
        gap = 1.0
        for x, height in zip(figure.bar_xs.tolist(), figure.bar_heights.tolist(), strict=True):
            if not np.isfinite(height) or height <= 0:
                continue
            left, right = self.x_to_pixel(x), self.x_to_pixel(x + figure.bar_width)
            tall = min(1.0, height) * area.height()
            painter.fillRect(QRectF(left, area.bottom() - tall, max(1.0, right - left - gap), tall), colour)

    def _paint_errors(self, painter: QPainter, look: theme.Theme, area: QRectF) -> None:
        figure = self._figure
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.tone(Tone.BAD), 1.2))
        run: list[QPointF] = []
        for x, y in zip(figure.error_xs.tolist(), figure.error_ys.tolist(), strict=True):
            if np.isfinite(y):
                run.append(QPointF(self.x_to_pixel(x), area.bottom() - min(1.0, max(0.0, y)) * area.height()))
            else:
                painter.drawPolyline(QPolygonF(run))
                run = []
        painter.drawPolyline(QPolygonF(run))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _start(band: Band) -> float:
    return band.x0
