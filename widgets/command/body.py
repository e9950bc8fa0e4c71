"""The Command screen's parts and their places: tiles above, charts and criteria, queue and ticket. It asks nobody.

Two columns where there is width, one where there is not; whatever does not fit is scrolled to. The two upright borders
move together, so that the columns stay columns.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from console.present.figures import CommandFigure
from widgets import theme
from widgets.command.layout import Arrangement, arrange
from widgets.command.queue import QueueCard
from widgets.parts.chart_card import Chart
from widgets.parts.criteria import CriteriaCard
from widgets.parts.crosshair import CrossHair
from widgets.parts.ticket import TicketCard
from widgets.parts.tile import TileView

_LEFT_SHARE = 0.657
_UPPER_SHARE = 0.452


class CommandBody(QScrollArea):
    """``show_figure`` fills tiles, charts and criteria; ``queue`` and ``ticket`` are filled by the screen."""

    zoomed = Signal(float, float)
    reset = Signal()
    proof_asked = Signal(object)
    why_wanted = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tiles: list[TileView] = []
        self.charts: list[Chart] = []
        self.crosshair = CrossHair(self)
        self.criteria, self.queue, self.ticket = CriteriaCard(), QueueCard(), TicketCard()
        self.criteria.proof_asked.connect(self.proof_asked)
        self._arranged: Arrangement | None = None
        inside = QWidget()
        self.setWidget(inside)
        self._column = QVBoxLayout(inside)
        self._tile_box, self._chart_box = QWidget(), QWidget()
        self._tile_grid, self._chart_grid = QGridLayout(self._tile_box), QGridLayout(self._chart_box)
        for grid in (self._tile_grid, self._chart_grid):
            grid.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._tile_box)
        self._rows = QSplitter(Qt.Orientation.Vertical)
        self._rows.setChildrenCollapsible(False)
        self._upper = self._pair(self._chart_box, self.criteria)
        self._lower = self._pair(self.queue, self.ticket)
        self._rows.setStretchFactor(0, round(100 * _UPPER_SHARE))
        self._rows.setStretchFactor(1, round(100 * (1 - _UPPER_SHARE)))
        self._column.addWidget(self._rows, 1)
        self._upper.splitterMoved.connect(self._pull_lower)
        self._lower.splitterMoved.connect(self._pull_upper)
        self._fit()

    def show_figure(self, figure: CommandFigure) -> None:
        """Parts are built once and refilled, so that a refresh never moves the keyboard."""
        while len(self.tiles) < len(figure.tiles):
            tile = TileView(parent=self._tile_box)
            tile.proof_asked.connect(self.proof_asked)
            self.tiles.append(tile)
            self._arranged = None
        while len(self.charts) < len(figure.charts):
            chart = Chart(self.crosshair, self._chart_box)
            chart.zoomed.connect(self.zoomed)
            chart.reset.connect(self.reset)
            chart.proof_asked.connect(self.proof_asked)
            chart.why_wanted.connect(self.why_wanted)
            self.charts.append(chart)
            self._arranged = None
        for index, tile in enumerate(self.tiles):
            tile.setVisible(index < len(figure.tiles))
            if index < len(figure.tiles):
                tile.show_tile(figure.tiles[index])
        for index, chart in enumerate(self.charts):
            chart.setVisible(index < len(figure.charts))
            if index < len(figure.charts):
                chart.show_figure(figure.charts[index])
        self.criteria.show_panel(figure.criteria)
        if self._arranged is None:
            self._arrange()
            self._order_tabs()

    def chart_pixels(self) -> int:
        """Device pixels a chart is wide: what curves are reduced to."""
        width = self.charts[0].plot.width() if self.charts else self.width() // 3
        return max(100, round(width * self.devicePixelRatioF()))

    def mind_the_wheel(self) -> None:
        """Where the whole screen scrolls, the wheel belongs to it and charts zoom with Ctrl."""
        scrolls = self.verticalScrollBar().maximum() > 0
        for chart in self.charts:
            chart.plot.wheel_needs_ctrl = scrolls

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_lower"):
            self._fit()

    def _pair(self, left: QWidget, right: QWidget) -> QSplitter:
        splitter = QSplitter()
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setStretchFactor(0, round(100 * _LEFT_SHARE))
        splitter.setStretchFactor(1, round(100 * (1 - _LEFT_SHARE)))
        splitter.setChildrenCollapsible(False)
        self._rows.addWidget(splitter)
        return splitter

    def _fit(self) -> None:
        look = theme.current()
        gap = look.px(10)
        self._column.setContentsMargins(gap, gap, gap, gap)
        self._column.setSpacing(gap)
        for grid in (self._tile_grid, self._chart_grid):
            grid.setSpacing(gap)
        for splitter in (self._rows, self._upper, self._lower):
            splitter.setHandleWidth(gap)
        self.criteria.setMinimumWidth(look.px(260))
        self.ticket.setMinimumWidth(look.px(260))
        self.queue.setMinimumWidth(look.px(320))
        self._arranged = None
        self._arrange()

    def _arrange(self) -> None:
        """Splitters keep where the user left them until the number of columns changes."""
        look = theme.current()
        wanted = arrange(self.width(), look.scale, max(1, len(self.tiles)))
        if wanted != self._arranged:
            before, self._arranged = self._arranged, wanted
            for index, tile in enumerate(self.tiles):
                self._tile_grid.addWidget(tile, index // wanted.tiles, index % wanted.tiles)
            for index, chart in enumerate(self.charts):
                self._chart_grid.addWidget(chart, index // wanted.charts, index % wanted.charts)
            flow = Qt.Orientation.Horizontal if wanted.beside else Qt.Orientation.Vertical
            turned = self._upper.orientation() != flow
            self._upper.setOrientation(flow)
            self._lower.setOrientation(flow)
            if wanted.beside and (before is None or turned):
                self._place_borders(self.width() - look.px(30))
            self._set_heights(wanted)
        self.mind_the_wheel()

    def _place_borders(self, room: int) -> None:
        left = int(room * _LEFT_SHARE)
        for splitter in (self._upper, self._lower):
            splitter.setSizes([left, room - left])
        self._rows.setSizes([round(1000 * _UPPER_SHARE), round(1000 * (1 - _UPPER_SHARE))])

    def _set_heights(self, wanted: Arrangement) -> None:
        """Stacked parts take the height they need, since the screen scrolls anyway."""
        look = theme.current()
        every_line = look.px(36) + len(self.criteria.lines) * look.px(23) + 4
        least = look.px(150)
        self.criteria.setMinimumHeight(least if wanted.beside else max(least, every_line))
        self.queue.setMinimumHeight(look.px(170 if wanted.beside else 320))
        self.ticket.setMinimumHeight(look.px(170 if wanted.beside else 300))

    def _order_tabs(self) -> None:
        """Tab goes as the eye does: tiles, charts, criteria, queue, ticket. Parts are built later than their places."""
        order: list[QWidget] = [*self.tiles, *(chart.plot for chart in self.charts), *self.criteria.lines]
        order += [self.queue.field, self.queue.table, self.ticket.acknowledge, self.ticket.copy]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _pull_lower(self, _position: int, _index: int) -> None:
        if self._arranged is not None and self._arranged.beside:
            self._lower.setSizes(self._upper.sizes())

    def _pull_upper(self, _position: int, _index: int) -> None:
        if self._arranged is not None and self._arranged.beside:
            self._upper.setSizes(self._lower.sizes())
