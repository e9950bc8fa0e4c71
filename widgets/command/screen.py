"""The Command screen: eight tiles, four linked charts, exit criteria, the triage queue and one ticket.

It asks the desk what it needs and draws the answers. One would get wrong: asking while hidden, asking anew before the
last answer came, or letting a refresh move the selection, the scroll position or the keyboard.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.model.change import Change
from console.model.moment import Moment, from_seconds
from console.present.figures import CommandFigure, TableWindow, TicketDetail
from console.present.queue import QueueQuestion
from console.present.spike_figures import SpikeFigure
from widgets.bridge import Bridge
from widgets.command.asking import Turn
from widgets.command.body import CommandBody
from widgets.parts.banner import Banner
from widgets.parts.chart_card import Chart
from widgets.parts.table import PAGE
from widgets.parts.tile import TileView
from widgets.parts.watching import WatchingScreen
from widgets.spike.explaining import Explaining

WINDOW_S = 6 * 3600
_TICK_MS = 1_000
_LIVE_EVERY_S = 2.0
_REST = 5
"""A large session on a slow machine is asked more rarely, so that looking never costs more than a fifth of a core."""
_UPPER_SHARE = 452
_AT_ONCE = Change.TICKETS | Change.CRITERIA | Change.DECISIONS | Change.SETTINGS | Change.RELEASES
_QUEUE = Change.TICKETS | Change.DECISIONS | Change.SETTINGS
_TICKET = Change.TICKETS | Change.DECISIONS


class CommandDesk(Protocol):
    """What this screen asks of the desk; blocking, run on the lanes."""

    read_only: bool

    def command(
        self, moment: Moment, window_s: int, chart_px: int, zoom: tuple[float, float] | None = None
    ) -> CommandFigure: ...

    def queue(self, moment: Moment, question: QueueQuestion) -> TableWindow: ...

    def ticket(self, moment: Moment, key: str) -> TicketDetail: ...

    def decide(self, act: str, subject: str, value: str = "", comment: str = "") -> object: ...

    def spike(self, moment: Moment, start: int, end: int) -> SpikeFigure: ...


class CommandScreen(WatchingScreen):
    """``figure_shown`` carries each ``CommandFigure`` once drawn, for status line and timeline. ``acted``: a chip's
    action id; ``proof_asked``: the ``Number`` of a tile, a chart's point or a criterion whose proof is wanted.
    """

    figure_shown = Signal(object)
    acted = Signal(str)

    def __init__(
        self,
        bridge: Bridge,
        desk: CommandDesk,
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(bridge, _TICK_MS, parent=parent)
        self._desk = desk
        self._moved = False
        self._zoom: tuple[float, float] | None = None
        self._question = QueueQuestion()
        self._command_turn, self._queue_turn, self._ticket_turn = Turn(clock), Turn(clock), Turn(clock)
        self._faulty = False
        self._build()

    @property
    def zoom(self) -> tuple[float, float] | None:
        return self._zoom

    @property
    def tiles(self) -> list[TileView]:
        return self.body.tiles

    @property
    def charts(self) -> list[Chart]:
        return self.body.charts

    def refresh(self) -> None:
        """Ask everything again, if anyone is looking."""
        if self.isVisible():
            self._ask_command()
            self._ask_queue()
            self._ask_ticket()

    def focus_filter(self) -> None:
        """Key /: type into the queue's filter."""
        self.queue.focus_filter()

    def clear_filter(self) -> None:
        """All of the queue again, and the keyboard in it."""
        self.queue.field.clear()
        self._filter("")
        self.focus_queue()

    def has_filter(self) -> bool:
        return bool(self._question.filter)

    def next_ticket(self) -> None:
        self.focus_queue()
        self.queue.table.move(1)

    def ticket_before(self) -> None:
        self.focus_queue()
        self.queue.table.move(-1)

    def focus_queue(self) -> None:
        self.queue.table.setFocus()

    def can_acknowledge(self) -> bool:
        """Whether key A has something to act on."""
        return self.ticket.can_acknowledge and not self._desk.read_only and self._moment.live

    def acknowledge(self) -> None:
        """Key A: acknowledge the ticket shown; does nothing where that is not possible."""
        if self.can_acknowledge():
            self._acknowledge(self.queue.table.selected_key)

    def reset_zoom(self) -> None:
        """Back to the usual span on all charts."""
        if self._zoom is not None:
            self._zoom = None
            self._ask_command()

    def explain_visible(self) -> None:
        """What moved in the span that the charts show."""
        if self.body.charts:
            self.body.charts[0].plot.ask_why()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        match event.key():
            case Qt.Key.Key_A if plain and self.can_acknowledge():
                self.acknowledge()
            case Qt.Key.Key_Slash if plain:
                self.focus_filter()
            case Qt.Key.Key_J if plain:
                self.next_ticket()
            case Qt.Key.Key_K if plain:
                self.ticket_before()
            case Qt.Key.Key_Escape if self._zoom is not None:
                self.reset_zoom()
            case _:
                event.ignore()
                return
        event.accept()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.window().focusWidget() is None:
            self.focus_queue()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.body.crosshair.leave()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.banner = Banner(self)
        self.body = CommandBody(self)
        outer.addWidget(self.banner)
        outer.addWidget(self.body)
        self.queue, self.ticket, self.criteria = self.body.queue, self.body.ticket, self.body.criteria
        self.body.proof_asked.connect(self.proof_asked)
        self.body.zoomed.connect(self._zoom_to)
        self.body.reset.connect(self.reset_zoom)
        self.why = Explaining(self, self._bridge)
        self.why.proof_asked.connect(self.proof_asked)
        self.body.why_wanted.connect(self._explain)
        self.queue.filtered.connect(self._filter)
        self.queue.chip.connect(self.acted)
        self.queue.table.chosen.connect(self._choose)
        self.queue.table.wanted.connect(self._page)
        self.queue.table.sort_wanted.connect(self._sort)
        self.ticket.acknowledged.connect(self._acknowledge)

    def _tick(self) -> None:
        if self._moment.live and self._rested():
            self._ask_command()
        self.body.mind_the_wheel()

    def _rested(self) -> bool:
        return self._command_turn.age() >= max(_LIVE_EVERY_S, _REST * self._command_turn.took)

    def _changed(self, change: Change) -> None:
        if not self.isVisible():
            return
        # Counters come by the second from many sources: unless the screen has rested, its clock asks for them.
        if change & _AT_ONCE or self._rested():
            self._ask_command()
        if change & _QUEUE:
            self._ask_queue()
        if change & _TICKET:
            self._ask_ticket()

    def _ask_command(self) -> None:
        if self._command_turn.start():
            pixels = self.body.chart_pixels()
            self._bridge.ask(
                "command", self._show, self._desk.command, self._moment, WINDOW_S, pixels, self._zoom, failed=self._fail
            )

    def _ask_queue(self) -> None:
        if self._queue_turn.start():
            question = replace(self._question, selected=self.queue.table.selected_key)
            self._bridge.ask(
                "queue", self._show_queue, self._desk.queue, self._moment, question, failed=self._fail_queue
            )

    def _ask_ticket(self) -> None:
        key = self.queue.table.selected_key
        if key and self._ticket_turn.start():
            self._bridge.ask(
                "ticket", self._show_ticket, _Ticket(self._desk), self._moment, key, failed=self._fail_ticket
            )

    def _show(self, figure: CommandFigure) -> None:
        again = self._command_turn.done()
        self.body.show_figure(figure)
        if self._faulty:
            self._faulty = False
            self.banner.say("")
        self.figure_shown.emit(figure)
        if again and self.isVisible():
            self._ask_command()

    def _show_queue(self, window: TableWindow) -> None:
        again = self._queue_turn.done()
        # Until the user moves, the top of the queue is on show, whatever rises to it.
        first = not self._moved or not self.queue.table.selected_key
        self.queue.show_window(window)
        if first and window.rows and window.offset == 0:
            if self.queue.table.selected_key != window.rows[0].key:
                self.queue.table.select_key(window.rows[0].key)
                self._ask_ticket()
        elif not window.total and not self._question.filter and first:
            self.ticket.say(window.empty or "No open tickets.")
        if again and self.isVisible():
            self._ask_queue()

    def _show_ticket(self, answer: tuple[str, TicketDetail]) -> None:
        again = self._ticket_turn.done()
        key, detail = answer
        if key == self.queue.table.selected_key:
            self.ticket.show_detail(key, detail)
            self.ticket.acknowledge.setVisible(self.can_acknowledge())
        if again and self.isVisible():
            self._ask_ticket()

    def _choose(self, _key: str) -> None:
        self._moved = True
        self._ask_ticket()

    def _page(self, offset: int, limit: int) -> None:
        self._question = replace(self._question, offset=offset, limit=limit)
        self._ask_queue()

    def _sort(self, name: str, descending: bool) -> None:
        self._question = replace(self._question, sort=name, descending=descending, offset=0, limit=PAGE)
        self.queue.table.scrollToTop()
        self._ask_queue()

    def _filter(self, text: str) -> None:
        if text.strip() != self._question.filter:
            self._question = replace(self._question, filter=text.strip(), offset=0, limit=PAGE)
            self.queue.table.scrollToTop()
            self._ask_queue()

    def _zoom_to(self, x0: float, x1: float) -> None:
        self._zoom = (x0, x1)
        for chart in self.body.charts:
            # The span moves at once; finer data follows with the answer.
            chart.show_figure(replace(chart.figure, x0=x0, x1=x1))
        self._ask_command()

    def _explain(self, x0: float, x1: float) -> None:
        self.why.ask(self._desk.spike, self._moment, from_seconds(x0), from_seconds(x1))

    def _acknowledge(self, key: str) -> None:
        self.ticket.acknowledge.hide()
        self._bridge.act("acknowledge", self._decided, self._desk.decide, "acknowledge", key, failed=self._not_decided)

    def _decided(self, _answer: Any) -> None:
        self._ask_queue()
        self._ask_ticket()

    def _not_decided(self, sentence: str) -> None:
        self.banner.say(sentence)
        self.ticket.acknowledge.setVisible(self.can_acknowledge())

    def _fail(self, sentence: str) -> None:
        self._command_turn.done()
        self._faulty = True
        self.banner.say(sentence)

    def _fail_queue(self, sentence: str) -> None:
        self._queue_turn.done()
        self.banner.say(sentence)

    def _fail_ticket(self, sentence: str) -> None:
        self._ticket_turn.done()
        self.ticket.say(sentence)


class _Ticket:
    """The detail together with the key it was asked for: answers may land after the user moved on."""

    def __init__(self, desk: CommandDesk) -> None:
        self._desk = desk

    def __call__(self, moment: Moment, key: str) -> tuple[str, TicketDetail]:
        return key, self._desk.ticket(moment, key)
