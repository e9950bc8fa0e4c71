"""The Triage screen: the queue and one ticket beside it, the board of stages, the outbox. Everything by keys.

One would get wrong: the row under the cursor must not move when others arrive, the next ticket is shown before the
write has ended, and a filter that cannot be read leaves the rows of the last one that could.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout

from console.model.change import Change
from console.model.moment import Moment
from console.present import words
from console.present.figures import TableWindow
from console.present.queue import QueueQuestion
from console.present.tone import Tone
from console.present.triage_figures import TriageDetail, TriageQueue
from widgets.bridge import Bridge
from widgets.geometry import Preferences
from widgets.parts.table import PAGE
from widgets.triage.body import TriageBody
from widgets.triage.deciding import Deciding
from widgets.triage.drafts import Drafts
from widgets.triage.held_keys import HeldKeys
from widgets.triage.inquiry import Inquiry
from widgets.triage.moving import Ahead, Selecting
from widgets.triage.steering import SteeredScreen
from widgets.triage.views import View, Views

_TICK_MS = 5_000
_REST = 5
_HEARD = Change.TICKETS | Change.DECISIONS | Change.SETTINGS
_WORKING_S = 120.0
"""Since the cursor moved: later nobody works here, and nothing is read ahead."""
_SETTLED_MS = 350
"""How long the cursor rests before what stands around the ticket is looked for: walking through a list asks nothing."""
REVIEW = "This session is open for reading only; nothing can be decided here."
PAST = "This is a past moment; go back to now to decide."


class TriageScreen(SteeredScreen):
    """``desk``: its acts exist only where it is not ``read_only``. ``figure``: the queue on show, None before the first."""

    def __init__(
        self,
        bridge: Bridge,
        desk: Any,
        preferences: Preferences | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(bridge, _TICK_MS)
        self._desk, self._time = desk, clock
        self.figure: TriageQueue | None = None
        self.question = QueueQuestion()
        self._order: tuple[str, str, bool] | None = None
        self._good_at: float | None = None
        self._trouble = ""
        self._moved = False
        self._chosen_at = clock()
        self._ahead, self.views = Ahead(), Views(preferences)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_SETTLED_MS)
        self._rest.timeout.connect(self._ask_context)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.body = TriageBody(self)
        column.addWidget(self.body)
        self.head, self.card, self.detail = self.body.head, self.body.card, self.body.detail
        self.table, self.banner = self.card.table, self.body.banner
        self.deciding = Deciding(bridge, desk, self.card, Drafts(preferences), _now, self)
        self._selecting, self._held = Selecting(bridge, desk, self.table), HeldKeys(self.table)
        self._inquire(bridge, clock)
        self._wire()
        self._show_view()
        self.table.show_window(TableWindow((), 0, 0, (), empty="Reading the queue …"))

    def _inquire(self, bridge: Bridge, clock: Callable[[], float]) -> None:
        desk = self._desk
        self._queue = Inquiry(bridge, "queue", desk.triage, clock, self)
        self._ticket = Inquiry(bridge, "ticket", desk.triage_ticket, clock, self)
        self._next = Inquiry(bridge, "ahead", desk.triage_ticket, clock, self)
        self._context = Inquiry(bridge, "context", desk.triage_context, clock, self, slow=True)
        self._board = Inquiry(bridge, "board", desk.board, clock, self)
        self._outbox = Inquiry(bridge, "outbox", desk.outbox, clock, self)
        self._words = Inquiry(bridge, "words", desk.completions, clock, self)
        self._queue.answered.connect(self._show_queue)
        self._queue.failed.connect(self._fail_queue)
        self._ticket.answered.connect(self._show_ticket)
        self._ticket.failed.connect(self._fail_ticket)
        self._next.answered.connect(self._keep_ahead)
        self._context.answered.connect(self._show_context)
        self._context.failed.connect(self.detail.fail_context)
        self._board.answered.connect(self._show_board)
        self._board.failed.connect(self.banner.say)
        self._outbox.answered.connect(self._show_outbox)
        self._outbox.failed.connect(self.banner.say)
        self._words.answered.connect(self._offer)

    def _wire(self) -> None:
        table, field = self.table, self.head.field
        field.paused.connect(self.filter)
        field.asked.connect(self._words.ask)
        field.entered.connect(self.focus_queue)
        field.left.connect(self.focus_queue)
        self.head.acted.connect(self._head_act)
        table.chosen.connect(self._choose)
        table.wanted.connect(self._page)
        table.sort_wanted.connect(self._sort)
        table.opened.connect(self._into_detail)
        table.proof_asked.connect(self.proof_asked)
        self.deciding.views = self.views.names
        self.deciding.advance.connect(self._advance)
        self.deciding.done.connect(self._decided)
        self.deciding.failed.connect(self._not_decided)
        self.deciding.ended.connect(self.focus_queue)
        self.deciding.view_named.connect(self._name_view)
        self._selecting.failed.connect(self._not_decided)
        self.card.bar.forbid(REVIEW if self._desk.read_only else "")
        self.detail.opened.connect(self.show_ticket)
        self.detail.left.connect(self.focus_queue)
        self.detail.edit_asked.connect(self.deciding.ask)
        self.detail.settled.connect(self.deciding.outbox)
        self.detail.outbox_asked.connect(self.open_outbox)
        self.detail.proof_asked.connect(self.proof_asked)
        self.body.outbox.asked.connect(self.deciding.outbox)
        self.body.outbox.opened.connect(self.show_ticket)
        self.body.outbox.closed.connect(self.close_outbox)
        self.body.board.opened.connect(self.show_ticket)
        self.body.board.moved.connect(self.deciding.restage)
        self.body.board.closed.connect(self.toggle_board)

    # -- what the keys lead to -------------------------------------------------------------------------------------------

    def open_outbox(self) -> None:
        self.body.show_outbox()
        self._outbox.ask()

    def show_ticket(self, key: str) -> None:
        """Choose a ticket by its key, also one that is not in the rows on show."""
        self.body.show_detail()
        self._moved = True
        self.table.select_key(key)
        self._read(key)
        self._ask_queue()
        self.focus_queue()

    def select_all(self) -> None:
        """Every ticket the filter leaves, not only those loaded."""
        self._selecting.all(self._moment, self.question)

    def has_filter(self) -> bool:
        return bool(self.question.filter)

    def clear_filter(self) -> None:
        self.narrow("")

    def narrow(self, text: str) -> None:
        """Show what a filter leaves, with its words in the field."""
        self.head.field.set_text(text)
        self.filter(text)
        self.focus_queue()

    # -- filter, order, views -------------------------------------------------------------------------------------

    def filter(self, text: str) -> None:
        """Narrow the queue; a text that cannot be read is told below the field."""
        if text.strip() != self.question.filter:
            self._anew(replace(self.question, filter=text.strip()))

    def _anew(self, question: QueueQuestion) -> None:
        self.question = replace(question, offset=0, limit=PAGE)
        self._held.hold()
        self._show_view()
        self._ask_queue()
        if self.body.board_shown:
            self._board.ask(self._moment, self.question.filter)

    def _show_view(self) -> None:
        shown = self.question
        self.head.show_view(self.views.of(shown.filter, shown.sort, descending=shown.descending))

    def _sort(self, name: str, descending: bool) -> None:
        self._anew(replace(self.question, sort=name, descending=descending))

    def _page(self, offset: int, limit: int) -> None:
        self.question = replace(self.question, offset=offset, limit=limit)
        self._ask_queue()

    def _offer(self, asked: tuple[str, int], offers: tuple[str, ...]) -> None:
        self.head.field.offer(asked[0], offers)

    def _name_view(self, name: str) -> None:
        """A known view is shown, an unknown name keeps what is shown, ``-name`` forgets an own one."""
        view = self.views.find(name)
        if name.startswith("-"):
            gone = name[1:].strip()
            self.card.note(f"Forgot {gone}." if self.views.forget(gone) else f'There is no own view "{gone}".')
            view = View("", self.question.filter, self.question.sort, self.question.descending)
        elif name and view is None:
            view = View(name, self.question.filter, self.question.sort, self.question.descending)
            self.views.keep(view)
            self.card.note(f"Kept this filter as {name}.")
        if view is not None:
            self.head.field.set_text(view.filter)
            self.table.set_sorting(view.sort, view.descending)
            self._anew(replace(self.question, filter=view.filter, sort=view.sort, descending=view.descending))

    # -- asking ---------------------------------------------------------------------------------------------------

    def set_moment(self, moment: Moment) -> None:
        self._ahead.forget()
        self.card.bar.forbid(REVIEW if self._desk.read_only else "" if moment.live else PAST)
        super().set_moment(moment)

    def refresh(self) -> None:
        """Ask again what is on show, if anyone is looking."""
        if not self.isVisible():
            return
        self._ask_queue()
        self._ask_ticket()
        if self.body.board_shown:
            self._board.ask(self._moment, self.question.filter)
        if self.body.outbox_shown:
            self._outbox.ask()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.deciding.learn_zone()
        self.refresh()

    def _tick(self) -> None:
        if self._moment.live and self._queue.turn.age() >= _REST * self._queue.turn.took:
            self.refresh()
        if self._trouble:
            self._tell_trouble()

    def _changed(self, change: Change) -> None:
        if change & _HEARD:
            self._ahead.doubt()
            self.refresh()

    def _ask_queue(self) -> None:
        self._queue.ask(self._moment, replace(self.question, selected=self.table.selected_key))

    def _ask_ticket(self) -> None:
        if self.table.selected_key:
            self._ticket.ask(self._moment, self.table.selected_key)

    def _ask_context(self) -> None:
        if self.table.selected_key and self.isVisible():
            self._context.ask(self._moment, self.table.selected_key)

    # -- showing --------------------------------------------------------------------------------------------------

    def _show_queue(self, asked: tuple[Moment, QueueQuestion], queue: TriageQueue) -> None:
        self.head.complain(queue.fault)
        self.head.show_outbox(queue.outbox)
        if self._trouble:
            self._trouble = ""
            self.banner.say("")
        order = _order_of(asked[1])
        if not queue.fault:
            anew, self._order = self._order is not None and order != self._order, order
            self._take_queue(queue, anew=anew)
        if order == _order_of(self.question):
            self._let_keys_go(came=not queue.fault)

    def _let_keys_go(self, *, came: bool) -> None:
        """The rows that keys waited for are here, or do not come."""
        if came:
            self._held.release()
        elif self._held.drop():
            self.card.note("The rows did not come; what was pressed meanwhile did nothing.")

    def _take_queue(self, queue: TriageQueue, *, anew: bool) -> None:
        table, window = self.table, queue.window
        self.figure, self._good_at = queue, self._time()
        self.head.show_count(queue.counted)
        if anew:
            table.scrollToTop()
            table.mark(frozenset())
        # Until somebody moves, the top of the queue is on show, whatever rises to it; after a new filter too.
        free = not self._moved or not table.selected_key or (anew and window.selected_at < 0)
        shown = table.selected_key
        if free:
            # A chosen row is held where it stands while others arrive above it; nobody chose this one.
            table.select_key("")
            table.scrollToTop()
        self.card.show_queue(queue)
        if free and window.rows and window.offset == 0:
            table.select_key(window.rows[0].key)
            if shown != window.rows[0].key:
                self._read(window.rows[0].key)
        elif free and not window.total:
            self.detail.say(window.empty or "Nothing is open.")

    def _choose(self, key: str) -> None:
        self._moved, self._chosen_at = True, self._time()
        self._read(key)

    def _read(self, key: str) -> None:
        """Show a ticket at once with what is known of it, and ask for the rest."""
        known = self._ahead.take(key)
        row = self.table.rows.row_at(self.table.rows.place_of(key))
        self.deciding.detail = self.deciding.context = None
        if known is not None:
            self._fill_detail(key, known)
        else:
            self.detail.show_row(key, row)
        if self._ahead.sure(key):
            self._look_ahead()
        else:
            self._ask_ticket()
        self._rest.start()

    def _show_ticket(self, asked: tuple[Moment, str], detail: TriageDetail) -> None:
        key = asked[1]
        if key != self.table.selected_key:
            return
        self._ahead.keep(key, detail)
        self._fill_detail(key, detail)
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Read the next tickets one after the other, while somebody works and nothing else is waited for."""
        following = self._ahead.next_of(self.table)
        working = self._time() - self._chosen_at < _WORKING_S
        if following and working and not self._ticket.busy and not self._next.busy and self.isVisible():
            self._next.ask(self._moment, following)

    def _fill_detail(self, key: str, detail: TriageDetail) -> None:
        self.deciding.detail = detail
        self.detail.show_detail(key, detail, may=not self.card.bar.reason)

    def _keep_ahead(self, asked: tuple[Moment, str], detail: TriageDetail) -> None:
        if asked[0] == self._moment:
            self._ahead.keep(asked[1], detail)
            self._look_ahead()

    def _show_context(self, asked: tuple[Moment, str], context: Any) -> None:
        if asked[1] == self.table.selected_key == self.detail.key:
            self.deciding.context = context
            self.detail.show_context(context)

    def _show_board(self, _asked: object, figure: Any) -> None:
        self.body.board.show_figure(figure)

    def _show_outbox(self, _asked: object, figure: Any) -> None:
        self.body.outbox.show_figure(figure, may=not self.card.bar.reason)

    def _advance(self) -> None:
        self._moved = True
        self.table.move(1)

    def _decided(self, sentence: str) -> None:
        """What was written is announced; only the outbox may stand otherwise without it."""
        if sentence:
            self.card.note(sentence)
        if self.body.outbox_shown:
            self._outbox.ask()

    # -- faults ---------------------------------------------------------------------------------------------------

    def _not_decided(self, sentence: str) -> None:
        self.body.board.forget_ways()
        self.banner.say(sentence, Tone.BAD)

    def _fail_queue(self, sentence: str) -> None:
        self._trouble = sentence
        self._tell_trouble()
        self._let_keys_go(came=False)

    def _tell_trouble(self) -> None:
        age = None if self._good_at is None else self._time() - self._good_at
        rows = "" if age is None else f" The rows below are {words.duration(age)} old."
        self.banner.say(f"{self._trouble}{rows}")

    def _fail_ticket(self, sentence: str) -> None:
        if self.detail.detail is None:
            self.detail.say(sentence)
        else:
            self.banner.say(sentence)


def _order_of(question: QueueQuestion) -> tuple[str, str, bool]:
    return question.filter, question.sort, question.descending


def _now() -> int:
    return time.time_ns() // 1000
