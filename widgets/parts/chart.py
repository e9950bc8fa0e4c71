"""A time chart. The only file that imports pyqtgraph.

The curves are pyqtgraph's (peak down-sampling, clipped to the view, gaps left open); everything else, axes, bands,
markers, thresholds and the cross-hair, is painted over them in pixels, so that labels stay sharp and inside. A refresh
sets data and never builds the items anew. Anti-aliasing is for short curves only: it costs too much on long ones.
"""

from __future__ import annotations

import math
from zoneinfo import ZoneInfo

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QWidget

from console.model.number import Number
from console.present.figures import ChartFigure, Curve
from widgets import theme
from widgets.parts import chart_marks
from widgets.parts.crosshair import CrossHair
from widgets.parts.proof_menu import add_proofs, pop_up
from widgets.parts.ticks import ceiling, time_ticks, value_ticks

pg.setConfigOptions(useOpenGL=False, antialias=False, background=None)

_SMOOTH_UP_TO = 3_000
_NARROWEST_S = 120.0
_DRAG_PX = 6
_SAMPLES_A_PIXEL = 2
_NAME_HEIGHT = 15


class Plot(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """The drawn area without title. ``zoomed`` carries a new span in seconds, ``reset`` asks for the usual one.

    ``proof_asked`` carries the ``Number`` of the point under the cross-hair.
    ``why_wanted`` carries the span someone wants explained: dragged with Shift, or what is on show.
    """

    zoomed = Signal(float, float)
    why_wanted = Signal(float, float)
    reset = Signal()
    text_wanted = Signal()
    proof_asked = Signal(object)

    def __init__(self, crosshair: CrossHair, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.wheel_needs_ctrl = False
        self._crosshair = crosshair
        self._figure = ChartFigure("", "", "count", 0.0, 1.0)
        self._curves: list[pg.PlotDataItem] = []
        self._top = 1.0
        self._highest = 0.0
        self._stale = True
        self._drag: tuple[float, float] | None = None
        self._box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.setCentralItem(self._box)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setViewportUpdateMode(self.ViewportUpdateMode.FullViewportUpdate)
        self.viewport().setAutoFillBackground(False)
        # With its proxy the viewport would be a second stop in the tab order, and a loop in it.
        self.viewport().setFocusProxy(None)
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        crosshair.moved.connect(self._follow)

    @property
    def figure(self) -> ChartFigure:
        return self._figure

    @property
    def top(self) -> float:
        """The upper end of the y axis, in the figure's unit."""
        return self._top

    def show_figure(self, figure: ChartFigure) -> None:
        """Draw this figure; the items of the former one are used again, and one that looks the same costs nothing."""
        if not self._stale and same_picture(figure, self._figure):
            self._figure = figure
            return
        self._figure, self._stale = figure, False
        while len(self._curves) < len(figure.curves):
            self._curves.append(self._new_curve())
        for item, curve in zip(self._curves, figure.curves, strict=False):
            self._set_curve(item, curve)
        for item in self._curves[len(figure.curves) :]:
            item.setData([], [])
        self._highest = _largest(figure)
        self._fit()

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(320), look.px(110))

    def minimumSizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(180), look.px(92))

    def area(self) -> QRectF:
        """Where the curves are, in pixels of this widget."""
        look = theme.current()
        left, top, right, bottom = look.px(54), look.px(7), look.px(9), look.px(20)
        return QRectF(left, top, max(1, self.width() - left - right), max(1, self.height() - top - bottom))

    def x_to_pixel(self, x: float) -> float:
        area = self.area()
        span = self._figure.x1 - self._figure.x0
        return area.left() + (x - self._figure.x0) / span * area.width() if span > 0 else area.left()

    def pixel_to_x(self, pixel: float) -> float:
        area = self.area()
        share = min(1.0, max(0.0, (pixel - area.left()) / area.width()))
        return self._figure.x0 + share * (self._figure.x1 - self._figure.x0)

    def y_to_pixel(self, y: float) -> float:
        area = self.area()
        return area.bottom() - y / self._top * area.height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_box"):
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_box"):
            self.updateGeometry()
            self._stale = True
            self.show_figure(self._figure)

    def drawBackground(self, painter: QPainter, _rect: QRectF) -> None:
        painter.save()
        painter.resetTransform()
        look = theme.current()
        painter.fillRect(self.viewport().rect(), look.colour("panel"))
        area = self.area()
        y_ticks = value_ticks(self._top, max(2, min(5, int(area.height() / look.px(26)))))
        zone = ZoneInfo(self._figure.zone)
        x_ticks = time_ticks(self._figure.x0, self._figure.x1, max(1, int(area.width() / look.px(62))), zone)
        empty = bool(self._figure.empty)
        # Without data a scale would be made up.
        marks = [] if empty else [(self.y_to_pixel(y), y) for y in y_ticks]
        chart_marks.paint_axes(painter, self, marks, x_ticks)
        if not empty:
            chart_marks.paint_bands(painter, self)
        painter.restore()

    def drawForeground(self, painter: QPainter, _rect: QRectF) -> None:
        painter.save()
        painter.resetTransform()
        if self._figure.empty:
            chart_marks.paint_empty(painter, self)
        else:
            chart_marks.paint_marks(painter, self)
        if not math.isnan(self._crosshair.x):
            chart_marks.paint_crosshair(painter, self, self._crosshair.x)
        if self._drag is not None:
            chart_marks.paint_drag(painter, self, *self._drag)
        if self.hasFocus():
            chart_marks.paint_focus(painter, QRectF(self.viewport().rect()))
        painter.restore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.area().contains(event.position()):
            self._drag = (event.position().x(), event.position().x())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None:
            self._drag = (self._drag[0], event.position().x())
        inside = self.area().contains(event.position())
        self._crosshair.move(self.pixel_to_x(event.position().x()) if inside else math.nan)
        self.viewport().update()
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        self.viewport().update()
        if drag is not None and abs(drag[1] - drag[0]) >= _DRAG_PX:
            low, high = sorted(self.pixel_to_x(pixel) for pixel in drag)
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.why_wanted.emit(low, high)
            else:
                self._zoom(low, high)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._drag = None
        self.reset.emit()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._crosshair.leave()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        held = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if not turns or (self.wheel_needs_ctrl and not held) or not self.area().contains(event.position()):
            event.ignore()
            return
        self.zoom_about(self.pixel_to_x(event.position().x()), 0.8**turns)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """+ and − zoom, arrows move the cross-hair (Shift: by ten), Enter shows the proof of the point under it, Escape and
        0 show the usual span, T the text.

        W asks why: what moved in the span on show.
        """
        middle = self._crosshair.x
        if math.isnan(middle):
            middle = (self._figure.x0 + self._figure.x1) / 2
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_about(middle, 0.5)
            case Qt.Key.Key_Minus:
                self.zoom_about(middle, 2.0)
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                step = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
                self._step(step if event.key() == Qt.Key.Key_Right else -step)
            case Qt.Key.Key_Escape | Qt.Key.Key_0:
                self._crosshair.leave()
                self.reset.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._prove()
            case Qt.Key.Key_T:
                self.text_wanted.emit()
            case Qt.Key.Key_W:
                self.ask_why()
            case _:
                event.ignore()
                return
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self._crosshair.move(self.pixel_to_x(event.pos().x()))
        add_proofs(menu, self.numbers(faint=True), self._chosen)
        menu.addAction("Why? What moved in this span\tW").triggered.connect(self.ask_why)
        menu.addAction("As text\tT").triggered.connect(self.text_wanted)
        menu.addAction("Show the usual span\tEsc").triggered.connect(self.reset)
        menu.popup(event.globalPos())

    def numbers(self, *, faint: bool = False) -> list[tuple[str, Number]]:
        """What can be proven under the cross-hair: a curve's name and its number there. Without one, at the newest point."""
        x = self._crosshair.x
        if math.isnan(x):
            x = max(
                (float(c.xs[np.isfinite(c.ys)][-1]) for c in self._figure.curves if np.isfinite(c.ys).any()), default=x
            )
        found = [(c.name, c.number_near(x)) for c in self._figure.curves if faint or not c.faint]
        return [(name, number) for name, number in found if number is not None]

    def _prove(self) -> None:
        numbers = self.numbers()
        if len(numbers) == 1:
            self.proof_asked.emit(numbers[0][1])
        elif numbers:
            x = self._figure.x1 if math.isnan(self._crosshair.x) else self._crosshair.x
            place = QPoint(round(self.x_to_pixel(x)), round(self.area().center().y()))
            pop_up(self, numbers, self._chosen, self.mapToGlobal(place))

    def _chosen(self) -> None:
        entry = self.sender()
        if isinstance(entry, QAction):
            self.proof_asked.emit(entry.data())

    def ask_why(self) -> None:
        """Ask for an explanation of the span on show."""
        self.why_wanted.emit(self._figure.x0, self._figure.x1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def zoom_about(self, x: float, factor: float) -> None:
        """Narrow (factor < 1) or widen the span, keeping ``x`` where it is."""
        self._zoom(x - (x - self._figure.x0) * factor, x + (self._figure.x1 - x) * factor)

    def _zoom(self, x0: float, x1: float) -> None:
        if x1 - x0 < _NARROWEST_S:
            middle = (x0 + x1) / 2
            x0, x1 = middle - _NARROWEST_S / 2, middle + _NARROWEST_S / 2
        self.zoomed.emit(x0, x1)

    def _step(self, by: int) -> None:
        samples = next((curve.xs for curve in self._figure.curves if not curve.faint and len(curve.xs)), None)
        if samples is None:
            return
        x = self._crosshair.x
        index = len(samples) - 1 if math.isnan(x) else int(np.searchsorted(samples, x)) + by
        self._crosshair.move(float(samples[min(len(samples) - 1, max(0, index))]))

    def _follow(self, _x: float) -> None:
        self.viewport().update()

    def _new_curve(self) -> pg.PlotDataItem:
        item = pg.PlotDataItem(connect="finite")
        item.setClipToView(True)
        self._box.addItem(item)
        return item

    def _set_curve(self, item: pg.PlotDataItem, curve: Curve) -> None:
        look = theme.current()
        pen = QPen(look.tone(curve.colour, 150 if curve.faint else 255))
        pen.setCosmetic(True)
        pen.setWidthF(1.0)
        smooth = len(curve.xs) <= _SMOOTH_UP_TO
        if smooth and not curve.faint:
            pen.setWidthF(1.0 if look.scale < 1.3 else 1.5)
        if curve.faint:
            pen.setDashPattern([3, 3])
        item.setZValue(1 if curve.faint else 2)
        item.setData(curve.xs, curve.ys, pen=pen, antialias=smooth, connect="finite")

    def _thinning(self, curve: Curve) -> int:
        """How many samples share one drawn extreme, so that about two are drawn a pixel; 1 draws all."""
        first, last = np.searchsorted(curve.xs, (self._figure.x0, self._figure.x1))
        pixels = self.area().width() * self.devicePixelRatioF() * _SAMPLES_A_PIXEL
        return max(1, int((last - first) / max(1.0, pixels)))

    def _air(self) -> float:
        """How much taller than its highest value the chart must be, so that names at the top hide no curve."""
        named = any(band.text for band in self._figure.bands) or any(m.text for m in self._figure.markers)
        height = self.area().height()
        label = theme.current().px(_NAME_HEIGHT)
        return height / (height - label) if named and height > 3 * label else 1.0

    def _fit(self) -> None:
        """Lay the curves' box exactly over the painted area."""
        self._top = self._figure.y_max or max(ceiling(self._highest), self._highest * self._air())
        self.setRange(QRectF(self.viewport().rect()), padding=0, disableAutoPixel=False)
        self._box.setGeometry(self.area())
        self._box.setRange(xRange=(self._figure.x0, self._figure.x1), yRange=(0, self._top), padding=0)
        for item, curve in zip(self._curves, self._figure.curves, strict=False):
            # pyqtgraph's own choice of a step overlooks a resize at an unchanged range, so the step is given.
            item.setDownsampling(ds=self._thinning(curve), auto=False, method="peak")
        self.viewport().update()


def _largest(figure: ChartFigure) -> float:
    """The highest value or threshold drawn; 0 when nothing is known."""
    tops = [float(np.nanmax(curve.ys)) for curve in figure.curves if np.isfinite(curve.ys).any()]
    return max([*tops, *(threshold.y for threshold in figure.thresholds)], default=0.0)


def same_picture(one: ChartFigure, other: ChartFigure) -> bool:
    """Whether two figures are drawn alike; what is only spoken or stands in the title may differ."""
    if len(one.curves) != len(other.curves) or any(
        getattr(one, name) != getattr(other, name)
        for name in ("unit", "x0", "x1", "thresholds", "markers", "bands", "y_max", "empty", "zone")
    ):
        return False
    return all(
        (a.colour, a.faint) == (b.colour, b.faint)
        and np.array_equal(a.xs, b.xs)
        and np.array_equal(a.ys, b.ys, equal_nan=True)
        for a, b in zip(one.curves, other.curves, strict=True)
    )
