"""The Triage screen: the queue and one ticket beside it, the board of stages, the outbox. Everything by keys.

One would get wrong: the row under the cursor must not move when others arrive, the next ticket is shown before the
write has ended, and a filter that cannot be read leaves the rows of the last one that could.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout

from console.model.change import Change
from console.model.moment import Moment
from console.present import words
from console.present.figures import TableWindow
from console.present.queue import QueueQuestion
from console.present.tone import Tone
from console.present.triage_figures import BoardFigure, OutboxFigure, TriageContext, TriageDetail, TriageQueue
from widgets import theme
from widgets.actions import Action, typing
from widgets.bridge import Bridge
from widgets.command.asking import Turn
from widgets.geometry import Preferences
from widgets.parts.banner import Banner
from widgets.parts.table import PAGE
from widgets.parts.watching import WatchingScreen
from widgets.triage.asks import deed_of, ours
from widgets.triage.board import Board
from widgets.triage.deciding import Deciding
from widgets.triage.detail import DetailCard
from widgets.triage.drafts import Drafts
from widgets.triage.head import TriageHead
from widgets.triage.moving import Ahead, Selecting
from widgets.triage.outbox import OutboxCard
from widgets.triage.palette import triage_actions
from widgets.triage.queue_card import QueueCard
from widgets.triage.views import View, Views

_TICK_MS = 5_000
_REST = 5
_HEARD = Change.TICKETS | Change.DECISIONS | Change.SETTINGS
_SETTLED_MS = 180
"""How long the cursor rests before what stands around the ticket is looked for: walking through a list asks nothing."""
_BESIDE = 960
REVIEW = "This session is open for reading only; nothing can be decided here."
PAST = "This is a past moment; go back to now to decide."


class TriageScreen(WatchingScreen):
    """``desk``: see ``console.desk``; its acts exist only where it is not ``read_only``."""

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
        self._queue_turn, self._ticket_turn, self._board_turn = Turn(clock), Turn(clock), Turn(clock)
        self._context_turn, self._outbox_turn = Turn(clock), Turn(clock)
        self._good_at: float | None = None
        self._trouble = ""
        self._moved = self._asked_anew = False
        self._ahead = Ahead()
        self.views = Views(preferences)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_SETTLED_MS)
        self._rest.timeout.connect(self._ask_context)
        self._build()
        self.deciding = Deciding(bridge, desk, self.card, Drafts(preferences), _now, self)
        self.selecting = Selecting(bridge, desk, self.card.table)
        self._wire()
        self.card.table.show_window(TableWindow((), 0, 0, (), empty="Reading the queue …"))

    def _build(self) -> None:
        self._column = QVBoxLayout(self)
        self.banner, self.head = Banner(self), TriageHead(self)
        self.card, self.detail, self.outbox, self.board = QueueCard(self), DetailCard(), OutboxCard(), Board()
        self.side = QStackedWidget()
        for part in (self.detail, self.outbox):
            self.side.addWidget(part)
        self.split = QSplitter()
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.card)
        self.split.addWidget(self.side)
        # The queue is wider than the ticket, until somebody moves the border.
        self.split.setStretchFactor(0, 57)
        self.split.setStretchFactor(1, 43)
        self.split.setSizes([5_700, 4_300])
        self.pages = QStackedWidget()
        for page in (self.split, self.board):
            self.pages.addWidget(page)
        for row in (self.head, self.banner, self.pages):
            self._column.addWidget(row, 1 if row is self.pages else 0)
        self._fit()

    def _wire(self) -> None:
        table, head, card = self.card.table, self.head, self.card
        head.field.paused.connect(self.filter)
        head.field.asked.connect(self._complete)
        head.field.entered.connect(self.focus_queue)
        head.field.left.connect(self.focus_queue)
        head.acted.connect(self._head_act)
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
        self.selecting.failed.connect(self._not_decided)
        card.bar.forbid(REVIEW if self._desk.read_only else "")
        self.detail.opened.connect(self.show_ticket)
        self.detail.edit_asked.connect(self.deciding.ask)
        self.detail.settled.connect(self.deciding.outbox)
        self.detail.outbox_asked.connect(self._open_outbox)
        self.detail.proof_asked.connect(self.proof_asked)
        self.outbox.asked.connect(self.deciding.outbox)
        self.outbox.closed.connect(self.close_outbox)
        self.board.opened.connect(self.show_ticket)
        self.board.moved.connect(self.deciding.restage)
        self.board.closed.connect(self.toggle_board)

    # -- keys and actions -----------------------------------------------------------------------------------------

    def actions_of_screen(self) -> list[Action]:
        return triage_actions(self)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_ours(event):
            event.accept()
            return True
        return super().event(event)

    def _is_ours(self, event: QKeyEvent) -> bool:
        others = ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if event.modifiers() & others or typing():
            return False
        return ours(event.key(), shift=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        deed = None if control or typing() else deed_of(event.key(), shift=shift)
        if deed is not None and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.do(deed.act, deed.value)
        elif control and event.key() == Qt.Key.Key_A:
            self.select_all()
        elif control and event.key() == Qt.Key.Key_Z:
            self.undo()
        elif event.key() == Qt.Key.Key_Escape:
            if not self.go_back():
                event.ignore()
                return
        elif event.key() == Qt.Key.Key_Right and self.card.table.hasFocus():
            self._into_detail(self.card.table.selected_key)
        elif event.key() == Qt.Key.Key_Left and self.side.isAncestorOf(self.focusWidget() or self):
            self.focus_queue()
        elif not (self._is_ours(event) and self._screen_key(chr(event.key()))):
            event.ignore()
            return
        event.accept()

    def _screen_key(self, key: str) -> bool:
        does = {
            "J": self.next_ticket, "K": self.ticket_before, "Z": self.undo, "N": self.capture, "B": self.toggle_board,
            "V": self.choose_view, "O": self.toggle_outbox, "R": self.reproduce, "/": self.focus_filter,
        }.get(key)  # fmt: skip
        if does is not None:
            does()
        return does is not None

    def do(self, act: str, value: str = "") -> None:
        """An act on what is selected; from a key, the palette or a menu."""
        from console.model.typed import Typed

        if value:
            self.deciding.give(Typed(act, value))
        else:
            self.deciding.act(act)

    def can_decide(self) -> bool:
        return not self.card.bar.reason and bool(self.deciding.subjects())

    can_acknowledge = can_decide

    def acknowledge(self) -> None:
        self.do("acknowledge")

    def undo(self) -> None:
        self.deciding.act("undo")

    def capture(self) -> None:
        """A ticket by hand, from a call or a visit."""
        self._to_queue()
        self.deciding.ask("capture")

    def reproduce(self) -> None:
        from widgets.triage.decide_bar import NOT_YET

        self.card.note(NOT_YET)

    def choose_view(self) -> None:
        self._to_queue()
        self.deciding.ask("view")

    def select_all(self) -> None:
        """Every ticket the filter leaves, not only those loaded."""
        self.selecting.all(self._moment, self.question)

    def next_ticket(self) -> None:
        self.focus_queue()
        self.card.table.move(1)

    def ticket_before(self) -> None:
        self.focus_queue()
        self.card.table.move(-1)

    def focus_queue(self) -> None:
        """The keyboard where the work is: in the queue, or on the board while that is shown."""
        if self.pages.currentWidget() is self.board:
            self.board.focus_ticket(self.board.key)
        else:
            self.card.table.setFocus()

    def focus_filter(self) -> None:
        self.head.field.setFocus()
        self.head.field.selectAll()

    def has_filter(self) -> bool:
        return bool(self.question.filter)

    def clear_filter(self) -> None:
        self.head.field.set_text("")
        self.filter("")
        self.focus_queue()

    def go_back(self) -> bool:
        """Escape: lets go of what was picked out, else puts away what lies over the queue. False: nothing to do."""
        if self.card.table.marks:
            self.card.table.mark(frozenset())
        elif self.side.currentWidget() is self.outbox:
            self.close_outbox()
        elif self.pages.currentWidget() is self.board:
            self.toggle_board()
        elif not self.card.table.hasFocus():
            self.focus_queue()
        else:
            return False
        return True

    def toggle_board(self) -> None:
        if self.pages.currentWidget() is self.board:
            self._to_queue()
            self.focus_queue()
            self.refresh()
            return
        self.board.key = self.card.table.selected_key
        self.pages.setCurrentWidget(self.board)
        self.board.setFocus()
        self._ask_board()

    def toggle_outbox(self) -> None:
        if self.side.currentWidget() is self.outbox:
            self.close_outbox()
        else:
            self._open_outbox("", "")

    def close_outbox(self) -> None:
        self.side.setCurrentWidget(self.detail)
        self.focus_queue()

    def show_ticket(self, key: str) -> None:
        """Choose a ticket by its key, also one that is not in the rows on show."""
        self._to_queue()
        self.side.setCurrentWidget(self.detail)
        self._moved = True
        self.card.table.select_key(key)
        self._choose(key)
        self._ask_queue()
        self.focus_queue()

    def _to_queue(self) -> None:
        self.pages.setCurrentWidget(self.split)

    def _open_outbox(self, _decision: str, _deed: str) -> None:
        self._to_queue()
        self.side.setCurrentWidget(self.outbox)
        self.outbox.close_button.setFocus()
        self._ask_outbox()

    def _into_detail(self, _key: str) -> None:
        self.side.setCurrentWidget(self.detail)
        self.detail.focus_first()

    def _head_act(self, action: str) -> None:
        if action == "view":
            self.choose_view()
        else:
            self.toggle_outbox()

    # -- filter, order, views -------------------------------------------------------------------------------------

    def filter(self, text: str) -> None:
        """Narrow the queue; a text that cannot be read is told below the field."""
        if text.strip() != self.question.filter:
            self._anew(replace(self.question, filter=text.strip()))

    def _anew(self, question: QueueQuestion) -> None:
        self.question = replace(question, offset=0, limit=PAGE)
        self._asked_anew = True
        self._show_view()
        self._ask_queue()
        if self.pages.currentWidget() is self.board:
            self._ask_board()

    def _sort(self, name: str, descending: bool) -> None:
        self._anew(replace(self.question, sort=name, descending=descending))

    def _page(self, offset: int, limit: int) -> None:
        self.question = replace(self.question, offset=offset, limit=limit)
        self._ask_queue()

    def _complete(self, text: str, cursor: int) -> None:
        self._bridge.ask("complete", self._offer, _Completing(self._desk), text, cursor)

    def _offer(self, answer: tuple[str, tuple[str, ...]]) -> None:
        self.head.field.offer(*answer)

    def _name_view(self, name: str) -> None:
        if name.startswith("-"):
            gone = self.views.forget(name[1:])
            self.card.note(f"Forgot {name[1:].strip()}." if gone else f'There is no own view "{name[1:].strip()}".')
        elif name:
            view = self.views.find(name)
            if view is None:
                view = View(name, self.question.filter, self.question.sort, self.question.descending)
                self.views.keep(view)
                self.card.note(f"Kept this filter as {name}.")
            self.head.field.set_text(view.filter)
            self.card.table.set_sorting(view.sort, view.descending)
            self._anew(replace(self.question, filter=view.filter, sort=view.sort, descending=view.descending))
        self._show_view()

    def _show_view(self) -> None:
        shown = self.question
        self.head.show_view(self.views.of(shown.filter, shown.sort, descending=shown.descending))

    # -- asking ---------------------------------------------------------------------------------------------------

    def set_moment(self, moment: Moment) -> None:
        self._ahead.forget()
        self.card.bar.forbid(REVIEW if self._desk.read_only else "" if moment.live else PAST)
        super().set_moment(moment)

    def refresh(self) -> None:
        if self.isVisible():
            self._ask_queue()
            self._ask_ticket()
            self._ask_more()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.deciding.learn_zone()
        self.refresh()

    def _tick(self) -> None:
        if self._moment.live and self._queue_turn.age() >= _REST * self._queue_turn.took:
            self.refresh()
        if self._trouble:
            self._tell_trouble()

    def _changed(self, change: Change) -> None:
        if self.isVisible() and change & _HEARD:
            self._ahead.forget()
            self.refresh()

    def _ask_more(self) -> None:
        if self.pages.currentWidget() is self.board:
            self._ask_board()
        if self.side.currentWidget() is self.outbox:
            self._ask_outbox()

    def _ask_queue(self) -> None:
        if self._queue_turn.start():
            question = replace(self.question, selected=self.card.table.selected_key)
            asked = _Asked(self._desk.triage, self._asked_anew)
            self._asked_anew = False
            self._bridge.ask("queue", self._show_queue, asked, self._moment, question, failed=self._fail_queue)

    def _ask_ticket(self) -> None:
        key = self.card.table.selected_key
        if key and self._ticket_turn.start():
            self._bridge.ask(
                "ticket",
                self._show_ticket,
                _Keyed(self._desk.triage_ticket),
                self._moment,
                key,
                failed=self._fail_ticket,
            )

    def _ask_context(self) -> None:
        key = self.card.table.selected_key
        if key and self._context_turn.start():
            self._bridge.attend(
                "context", self._show_context, _Keyed(self._desk.triage_context), self._moment, key,
                failed=self._fail_context,
            )  # fmt: skip

    def _ask_board(self) -> None:
        if self._board_turn.start():
            self._bridge.ask(
                "board", self._show_board, self._desk.board, self._moment, self.question.filter, failed=self._fail_board
            )

    def _ask_outbox(self) -> None:
        if self._outbox_turn.start():
            self._bridge.ask("outbox", self._show_outbox, self._desk.outbox, failed=self._fail_outbox)

    # -- showing --------------------------------------------------------------------------------------------------

    def _show_queue(self, answer: tuple[bool, TriageQueue]) -> None:
        again = self._queue_turn.done()
        anew, queue = answer
        self.head.complain(queue.fault)
        self.head.show_outbox(queue.outbox)
        if not queue.fault:
            self._take_queue(queue, anew=anew)
        if self._trouble:
            self._trouble = ""
            self.banner.say("")
        if again and self.isVisible():
            self._ask_queue()

    def _take_queue(self, queue: TriageQueue, *, anew: bool) -> None:
        table, self.figure, self._good_at = self.card.table, queue, self._time()
        self.head.show_count(queue.counted)
        if anew:
            table.scrollToTop()
            table.mark(frozenset())
        self.card.show_queue(queue)
        window = queue.window
        lost = anew and window.selected_at < 0
        # Until somebody moves, the top of the queue is on show, whatever rises to it.
        if window.rows and window.offset == 0 and (lost or not self._moved or not table.selected_key):
            if table.selected_key != window.rows[0].key:
                table.select_key(window.rows[0].key)
                self._read(window.rows[0].key)
        elif not window.total and not table.selected_key:
            self.detail.say(window.empty or "Nothing is open.")
        elif anew and not window.total:
            table.select_key("")
            self.detail.say(window.empty or "Nothing is open.")

    def _choose(self, key: str) -> None:
        self._moved = True
        self._read(key)

    def _read(self, key: str) -> None:
        """Show a ticket at once with what is known of it, and ask for the rest."""
        known = self._ahead.take(key)
        row = self.card.table.rows.row_at(self.card.table.rows.place_of(key))
        if known is not None:
            self._fill_detail(key, known)
        elif row is not None:
            self.detail.show_row(row)
            self.deciding.detail = None
        self.deciding.context = None
        self._ask_ticket()
        self._rest.start()

    def _show_ticket(self, answer: tuple[str, TriageDetail]) -> None:
        again = self._ticket_turn.done()
        key, detail = answer
        if key == self.card.table.selected_key:
            self._fill_detail(key, detail)
            following = self._ahead.next_of(self.card.table)
            if following:
                self._bridge.ask(
                    "ahead", self._keep_ahead, _Keyed(self._desk.triage_ticket), self._moment, following,
                    failed=self._no_ahead,
                )  # fmt: skip
        if (again or key != self.card.table.selected_key) and self.isVisible():
            self._ask_ticket()

    def _fill_detail(self, key: str, detail: TriageDetail) -> None:
        self.deciding.detail = detail
        self.detail.show_detail(key, detail, may=not self.card.bar.reason)

    def _keep_ahead(self, answer: tuple[str, TriageDetail]) -> None:
        self._ahead.keep(*answer)

    def _no_ahead(self, _sentence: str) -> None:
        """Said when its ticket is chosen."""

    def _show_context(self, answer: tuple[str, TriageContext]) -> None:
        again = self._context_turn.done()
        key, context = answer
        if key == self.card.table.selected_key and key == self.detail.key:
            self.deciding.context = context
            self.detail.show_context(context)
        elif again and self.isVisible():
            self._ask_context()

    def _show_board(self, figure: BoardFigure) -> None:
        again = self._board_turn.done()
        self.board.show_figure(figure)
        if again and self.isVisible():
            self._ask_board()

    def _show_outbox(self, figure: OutboxFigure) -> None:
        again = self._outbox_turn.done()
        self.outbox.show_figure(figure, may=not self.card.bar.reason)
        if self.outbox.close_button.hasFocus():
            self.outbox.focus_first()
        if again and self.isVisible():
            self._ask_outbox()

    def _advance(self) -> None:
        self._moved = True
        self.card.table.move(1)

    def _decided(self, sentence: str) -> None:
        self._ahead.forget()
        if sentence:
            self.card.note(sentence)
        self.refresh()

    # -- faults ---------------------------------------------------------------------------------------------------

    def _not_decided(self, sentence: str) -> None:
        self.banner.say(sentence, Tone.BAD)

    def _fail_queue(self, sentence: str) -> None:
        self._queue_turn.done()
        self._trouble = sentence
        self._tell_trouble()

    def _tell_trouble(self) -> None:
        age = None if self._good_at is None else self._time() - self._good_at
        rows = "" if age is None else f" The rows below are {words.duration(age)} old."
        self.banner.say(f"{self._trouble}{rows}")

    def _fail_ticket(self, sentence: str) -> None:
        again = self._ticket_turn.done()
        self.deciding.detail = None
        self.detail.say(sentence)
        if again and self.isVisible():
            self._ask_ticket()

    def _fail_context(self, sentence: str) -> None:
        self._context_turn.done()
        self.detail.fail_context(sentence)

    def _fail_board(self, sentence: str) -> None:
        self._board_turn.done()
        self.banner.say(sentence)

    def _fail_outbox(self, sentence: str) -> None:
        self._outbox_turn.done()
        self.banner.say(sentence)

    # -- room -----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn_split()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_column"):
            self._fit()

    def _fit(self) -> None:
        look = theme.current()
        self._column.setContentsMargins(*(look.px(10) for _ in range(4)))
        self._column.setSpacing(look.px(10))
        self.split.setHandleWidth(look.px(10))
        self._turn_split()

    def _turn_split(self) -> None:
        """Beside each other where there is width for the text size, one above the other where there is not."""
        beside = self.width() >= theme.current().px(_BESIDE)
        self.split.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)


class _Keyed:
    """An answer together with the key it was asked for: it may land after the cursor moved on."""

    def __init__(self, question: Callable[[Moment, str], Any]) -> None:
        self._question = question

    def __call__(self, moment: Moment, key: str) -> tuple[str, Any]:
        return key, self._question(moment, key)


class _Asked:
    """The queue together with whether it was asked anew, by another filter or order."""

    def __init__(self, question: Callable[[Moment, QueueQuestion], TriageQueue], anew: bool) -> None:
        self._question, self._anew = question, anew

    def __call__(self, moment: Moment, question: QueueQuestion) -> tuple[bool, TriageQueue]:
        return self._anew, self._question(moment, question)


class _Completing:
    def __init__(self, desk: Any) -> None:
        self._desk = desk

    def __call__(self, text: str, cursor: int) -> tuple[str, tuple[str, ...]]:
        return text, self._desk.completions(text, cursor)


def _now() -> int:
    return time.time_ns() // 1000
