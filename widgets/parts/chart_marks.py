"""What stands around and over a chart's curves: axes, bands, markers, thresholds, cross-hair. Painted in pixels.

Labels are kept inside the area and off each other: bands are named at the top, releases left of their line,
thresholds above theirs, each on a patch of the panel's colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from console.present import words
from console.present.tone import Tone
from widgets import theme

if TYPE_CHECKING:
    from widgets.parts.chart import Plot

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignCenter


def paint_axes(
    painter: QPainter, plot: Plot, y_ticks: list[tuple[float, float]], x_ticks: list[tuple[float, str]]
) -> None:
    """Faint horizontal lines with the values left of them, times below."""
    look = theme.current()
    area = plot.area()
    painter.setFont(look.font(theme.TINY))
    height = look.px(14)
    for pixel, value in y_ticks:
        painter.setPen(QPen(look.colour("line", 130), 1))
        painter.drawLine(QLineF(area.left(), round(pixel) + 0.5, area.right(), round(pixel) + 0.5))
        painter.setPen(look.colour("muted"))
        label = QRectF(0, pixel - height / 2, area.left() - look.px(6), height)
        painter.drawText(label, _RIGHT, words.axis(plot.figure.unit, value))
    metrics = QFontMetricsF(painter.font())
    painter.setPen(look.colour("muted"))
    for x, text in x_ticks:
        half = metrics.horizontalAdvance(text) / 2 + 1
        middle = min(plot.width() - half - 1, max(area.left() - look.px(10), plot.x_to_pixel(x)))
        painter.drawText(QRectF(middle - half, area.bottom() + look.px(4), 2 * half, height), _CENTRE, text)


def paint_bands(painter: QPainter, plot: Plot) -> None:
    """Translucent stretches, behind the curves."""
    look = theme.current()
    area = plot.area()
    for tone in {band.tone for band in plot.figure.bands}:
        strength = 44 if tone is Tone.BAD else 30
        for x0, x1 in joined([(band.x0, band.x1) for band in plot.figure.bands if band.tone is tone]):
            left, right = _clipped(plot, x0, x1)
            if right > left:
                stretch = QRectF(left, area.top(), max(1.0, right - left), area.height())
                painter.fillRect(stretch, look.tone(tone, strength))


def joined(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches that touch become one, so that ten incidents at once are not painted ten times as dark."""
    found: list[tuple[float, float]] = []
    for x0, x1 in sorted(stretches):
        if found and x0 <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], x1))
        else:
            found.append((x0, x1))
    return found


def paint_marks(painter: QPainter, plot: Plot) -> None:
    """Thresholds, release markers and the names of bands, above the curves."""
    look = theme.current()
    area = plot.area()
    painter.setFont(look.font(theme.TINY))
    metrics = QFontMetricsF(painter.font())
    height = metrics.height()
    busy: list[QRectF] = []
    for band in plot.figure.bands:
        left, right = _clipped(plot, band.x0, band.x1)
        if right > left and band.text:
            width = metrics.horizontalAdvance(band.text) + 4
            middle = min(area.right() - width / 2, max(area.left() + width / 2, (left + right) / 2))
            rows = [QRectF(middle - width / 2, area.top() + row * height, width, height) for row in range(3)]
            _label(painter, rows, band.text, band.tone, busy)
    for marker in plot.figure.markers:
        if not plot.figure.x0 <= marker.x <= plot.figure.x1:
            continue
        x = round(plot.x_to_pixel(marker.x)) + 0.5
        painter.setPen(_dashed(look, marker.tone, [1.5, 2.5]))
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        width = metrics.horizontalAdvance(marker.text) + 4
        left = x - 2 - width if x - 2 - width >= area.left() else x + 2
        rows = [QRectF(left, area.top() + row * height, width, height) for row in range(3)]
        _label(painter, rows, marker.text, marker.tone, busy)
    for threshold in plot.figure.thresholds:
        y = round(plot.y_to_pixel(threshold.y)) + 0.5
        if not area.top() - 1 <= y <= area.bottom() + 1:
            continue
        painter.setPen(_dashed(look, threshold.tone, [5, 4]))
        painter.drawLine(QLineF(area.left(), y, area.right(), y))
        width = metrics.horizontalAdvance(threshold.text) + 4
        top = y - height - 1 if y - height - 1 >= area.top() else y + 2
        sides = [QRectF(x, top, width, height) for x in (area.left() + 2, area.right() - width - 2)]
        _label(painter, sides, threshold.text, threshold.tone, busy)


def paint_crosshair(painter: QPainter, plot: Plot, x: float) -> None:
    """One upright line at the shared instant; the values stand in the chart's title row."""
    if not plot.figure.x0 <= x <= plot.figure.x1:
        return
    area = plot.area()
    pixel = round(plot.x_to_pixel(x)) + 0.5
    painter.setPen(QPen(theme.current().colour("muted"), 1))
    painter.drawLine(QLineF(pixel, area.top(), pixel, area.bottom()))


def paint_drag(painter: QPainter, plot: Plot, start: float, end: float) -> None:
    """The stretch that will be zoomed to."""
    look = theme.current()
    area = plot.area()
    low, high = sorted((start, end))
    low, high = max(low, area.left()), min(high, area.right())
    painter.setPen(look.colour("accent"))
    painter.setBrush(look.colour("accent", 50))
    painter.drawRect(QRectF(low, area.top(), high - low, area.height()))


def paint_empty(painter: QPainter, plot: Plot) -> None:
    look = theme.current()
    painter.setFont(look.font(theme.SMALL))
    painter.setPen(look.colour("muted"))
    painter.drawText(plot.area(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, plot.figure.empty)


def paint_focus(painter: QPainter, area: QRectF) -> None:
    """The ring that shows where the keyboard is."""
    look = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(look.colour("accent"), 2))
    painter.drawRoundedRect(area.adjusted(2, 1, -2, -2), look.px(6), look.px(6))


def _clipped(plot: Plot, x0: float, x1: float) -> tuple[float, float]:
    area = plot.area()
    return max(area.left(), plot.x_to_pixel(x0)), min(area.right(), plot.x_to_pixel(x1))


def _dashed(look: theme.Theme, tone: Tone, pattern: list[float]) -> QPen:
    pen = QPen(look.tone(tone), 1)
    pen.setDashPattern(pattern)
    return pen


def _label(painter: QPainter, places: list[QRectF], text: str, tone: Tone, busy: list[QRectF]) -> None:
    """Text on a patch at the first free place; none is free: left out, two over each other read as neither."""
    area = next((place for place in places if not any(place.intersects(other) for other in busy)), None)
    if not text or area is None:
        return
    busy.append(area)
    look = theme.current()
    painter.fillRect(area, look.colour("panel", 210))
    painter.setPen(look.tone(tone))
    painter.drawText(area, _CENTRE, text)
