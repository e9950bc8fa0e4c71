"""The Radar screen: silent failures, phantom pain and quiet customers side by side, the evidence of a row below."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from console.model.change import Change
from console.model.moment import Moment
from console.present.figures import TableWindow
from console.present.radar_figures import NO_TICKET, RadarFigure, RadarList
from widgets import theme
from widgets.bridge import Bridge
from widgets.command.asking import Turn
from widgets.parts.banner import Banner
from widgets.parts.card import Card
from widgets.parts.label import Elided, Label
from widgets.parts.table import Table
from widgets.parts.watching import WatchingScreen

_AGAIN_MS = 60_000
"""The lists speak of hours; once a minute is often enough."""
_REST_S, _REST = 10.0, 10
_SIDE_BY_SIDE = 980
_LISTS = (("silent", "Silent failures"), ("phantom", "Phantom pain"), ("quiet", "Quiet customers"))
_CHOOSE = "Choose a row above to see its evidence."
_LOOKING = "Looking through the last two weeks …"


class RadarDesk(Protocol):
    """What this screen asks of the desk; blocking, run on the lanes."""

    def radar(self, moment: Moment) -> RadarFigure: ...


class ListCard(Card):
    """One of the three lists. ``chosen`` carries its name and the key of a row, ``opened`` the same on Enter."""

    chosen = Signal(str, str)
    opened = Signal(str, str)

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, snug=True, parent=parent)
        self.name = name
        self.table = Table(title, self)
        self.table.show_window(TableWindow((), 0, 0, (), empty=_LOOKING))
        self.note = Label("", "small", wrap=True)
        self.note.hide()
        self.body.addWidget(self.table)
        self.body.addWidget(self.note)
        self.table.chosen.connect(self._choose)
        self.table.opened.connect(self._open)

    def show_list(self, told: RadarList) -> None:
        self.set_title(told.title)
        self.set_aside(told.means)
        self.table.show_window(told.table)
        self.note.show_text(told.note)
        self.note.setVisible(bool(told.note))

    def _choose(self, key: str) -> None:
        self.chosen.emit(self.name, key)

    def _open(self, key: str) -> None:
        self.opened.emit(self.name, key)


class RadarScreen(WatchingScreen):
    """``proof_asked`` carries the ``Number`` of an evidence row, ``ticket_asked`` the row key of a ticket."""

    ticket_asked = Signal(str)

    def __init__(
        self,
        bridge: Bridge,
        desk: RadarDesk,
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(bridge, _AGAIN_MS, parent=parent)
        self._desk = desk
        self._turn = Turn(clock)
        self.figure: RadarFigure | None = None
        self._shown: tuple[str, str] | None = None
        self._build()

    def refresh(self) -> None:
        """Ask again, if anyone is looking."""
        if self.isVisible() and self._turn.start():
            self._bridge.attend("radar", self._show, self._desk.radar, self._moment, failed=self._fail)

    def focus_queue(self) -> None:
        """The keyboard to the first list that has rows."""
        first = next((card for card in self.cards if card.table.rows.rowCount()), self.cards[0])
        first.table.setFocus()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        self._column = column
        head = QHBoxLayout()
        self.summary = Elided("", "muted")
        head.addWidget(Label("Radar", "title"))
        head.addWidget(self.summary, 1)
        column.addLayout(head)
        self.banner = Banner(self)
        column.addWidget(self.banner)
        self._rows = QSplitter(Qt.Orientation.Vertical, self)
        self._lists = QSplitter(Qt.Orientation.Horizontal)
        self.cards = [ListCard(name, title) for name, title in _LISTS]
        for card in self.cards:
            self._lists.addWidget(card)
            card.chosen.connect(self._choose)
            card.opened.connect(self._enter)
        self.evidence = Card("Evidence", snug=True)
        self.lines = Table("Evidence", self.evidence)
        self.lines.show_window(TableWindow((), 0, 0, (), empty=_CHOOSE))
        self.lines.opened.connect(self._open)
        self.lines.proof_asked.connect(self.proof_asked)
        self.evidence.body.addWidget(self.lines)
        self._rows.addWidget(self._lists)
        self._rows.addWidget(self.evidence)
        self._rows.setStretchFactor(0, 3)
        self._rows.setStretchFactor(1, 2)
        for splitter in (self._rows, self._lists):
            splitter.setChildrenCollapsible(False)
        column.addWidget(self._rows, 1)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "cards"):
            self._fit()

    def _fit(self) -> None:
        look = theme.current()
        self._column.setContentsMargins(look.px(16), look.px(12), look.px(16), look.px(12))
        self._column.setSpacing(look.px(10))
        for splitter in (self._rows, self._lists):
            splitter.setHandleWidth(look.px(10))
        for card in self.cards:
            card.note.setContentsMargins(look.px(12), look.px(4), look.px(12), look.px(6))
            card.setMinimumHeight(look.px(96))
        self.evidence.setMinimumHeight(look.px(120))
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= theme.current().px(_SIDE_BY_SIDE)
        self._lists.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    def _show(self, figure: RadarFigure) -> None:
        again = self._turn.done()
        self.figure = figure
        self.banner.say("")
        self.summary.show_text(figure.summary)
        for card, told in zip(self.cards, figure.lists, strict=True):
            card.show_list(told)
        if self._shown is None:
            self._choose_first()
        else:
            self._choose(*self._shown)
        if again:
            self.refresh()

    def _changed(self, _change: Change) -> None:
        """While a back-fill brings days of history, waiting for the clock would leave the lists as they were without it."""
        if self._turn.age() >= max(_REST_S, _REST * self._turn.took):
            self.refresh()

    def _choose_first(self) -> None:
        for card in self.cards:
            if card.table.rows.rowCount():
                card.table.go_to(0)
                return

    def _choose(self, name: str, key: str) -> None:
        if self.figure is None:
            return
        told = next(one for one in self.figure.lists if one.key == name)
        found = told.evidence.get(key)
        self._shown = (name, key) if found is not None else None
        self.lines.show_window(found or TableWindow((), 0, 0, (), empty=_CHOOSE))
        title = next((row.cells[0].text for row in told.table.rows if row.key == key), "")
        self.evidence.set_title(f"Evidence: {title}" if title else "Evidence")

    def _enter(self, name: str, key: str) -> None:
        """Enter on a row of a list goes to its evidence."""
        self._choose(name, key)
        self.lines.setFocus()
        if self.lines.rows.rowCount():
            self.lines.go_to(0)

    def _open(self, key: str) -> None:
        """A line of evidence opens its proof by itself; a ticket is opened where it is decided."""
        if not key.startswith(NO_TICKET):
            self.ticket_asked.emit(key)

    def _fail(self, sentence: str) -> None:
        self._turn.done()
        self.banner.say(sentence)
