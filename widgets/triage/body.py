"""The parts of the Triage screen and their places: queue and ticket, the board instead, the outbox over the ticket."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from widgets import theme
from widgets.parts.banner import Banner
from widgets.triage.board import Board
from widgets.triage.detail import DetailCard
from widgets.triage.head import TriageHead
from widgets.triage.outbox import OutboxCard
from widgets.triage.queue_card import QueueCard

_BESIDE = 960
"""Pixels at 100 % text from which queue and ticket stand beside each other."""


class TriageBody(QWidget):
    """It asks nobody. ``over``: the screen, over which offers of words may lie."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._column = QVBoxLayout(self)
        self.banner, self.head, self.card = Banner(self), TriageHead(over), QueueCard(over)
        self.detail, self.outbox, self.board = DetailCard(), OutboxCard(), Board()
        self._side = QStackedWidget()
        for part in (self.detail, self.outbox):
            self._side.addWidget(part)
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.card)
        self._split.addWidget(self._side)
        # The queue is wider than the ticket, until somebody moves the border.
        self._split.setStretchFactor(0, 57)
        self._split.setStretchFactor(1, 43)
        self._split.setSizes([5_700, 4_300])
        self._pages = QStackedWidget()
        for page in (self._split, self.board):
            self._pages.addWidget(page)
        self._column.addWidget(self.head)
        self._column.addWidget(self.banner)
        self._column.addWidget(self._pages, 1)
        self._fit()

    @property
    def board_shown(self) -> bool:
        return self._pages.currentWidget() is self.board

    @property
    def outbox_shown(self) -> bool:
        return not self.board_shown and self._side.currentWidget() is self.outbox

    def show_queue(self) -> None:
        self._pages.setCurrentWidget(self._split)

    def show_board(self) -> None:
        self.board.key = self.card.table.selected_key
        self._pages.setCurrentWidget(self.board)
        self.board.setFocus()

    def show_detail(self) -> None:
        self.show_queue()
        self._side.setCurrentWidget(self.detail)

    def show_outbox(self) -> None:
        self.show_queue()
        self._side.setCurrentWidget(self.outbox)
        self.outbox.begin()

    def beside_queue(self, widget: QWidget | None) -> bool:
        """Whether a widget belongs to the ticket or the outbox."""
        return widget is not None and self._side.isAncestorOf(widget)

    def focus_queue(self) -> None:
        """The keyboard where the work is: in the queue, or on the board while that is shown."""
        if self.board_shown:
            self.board.focus_ticket(self.board.key)
        else:
            self.card.table.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_pages"):
            self._fit()

    def _fit(self) -> None:
        look = theme.current()
        self._column.setContentsMargins(*(look.px(10) for _ in range(4)))
        self._column.setSpacing(look.px(10))
        self._split.setHandleWidth(look.px(10))
        self._turn()

    def _turn(self) -> None:
        """Beside each other where there is width for the text size, one above the other where there is not."""
        beside = self.width() >= theme.current().px(_BESIDE)
        self._split.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)
