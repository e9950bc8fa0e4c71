"""What each key of the Triage screen does, and how the keyboard goes from the queue to ticket, board, outbox and back."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from console.model.typed import Typed
from widgets.actions import Action, typing
from widgets.parts.table import Table
from widgets.parts.watching import WatchingScreen
from widgets.triage.asks import deed_of, ours
from widgets.triage.body import TriageBody
from widgets.triage.decide_bar import NOT_YET
from widgets.triage.deciding import Deciding
from widgets.triage.palette import triage_actions


class SteeredScreen(WatchingScreen):
    """Bare letters act wherever nobody types; they are taken before the window's shortcuts see them.

    The screen itself asks and shows; ``body``, ``deciding`` and ``table`` are its parts.
    """

    body: TriageBody
    deciding: Deciding
    table: Table

    @abstractmethod
    def open_outbox(self) -> None: ...

    @abstractmethod
    def select_all(self) -> None: ...

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
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        done = True
        if self._is_ours(event):
            self._bare(event)
        elif control and event.key() in (Qt.Key.Key_A, Qt.Key.Key_Z):
            (self.select_all if event.key() == Qt.Key.Key_A else self.undo)()
        elif event.key() == Qt.Key.Key_Escape:
            done = self.go_back()
        elif event.key() == Qt.Key.Key_Right and self.table.hasFocus():
            self._into_detail()
        elif event.key() == Qt.Key.Key_Left and self.body.beside_queue(self.focusWidget()):
            self.focus_queue()
        else:
            done = False
        event.setAccepted(done)

    def _bare(self, event: QKeyEvent) -> None:
        deed = deed_of(event.key(), shift=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        if deed is not None:
            self.do(deed.act, deed.value)
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        {
            "Y": self.deciding.dismiss if shift else self.deciding.accept,
            "J": self.next_ticket, "K": self.ticket_before, "Z": self.undo, "N": self.capture, "B": self.toggle_board,
            "V": self.choose_view, "O": self.toggle_outbox, "R": self.reproduce, "/": self.focus_filter,
        }[chr(event.key())]()  # fmt: skip

    def do(self, act: str, value: str = "") -> None:
        """An act on what is selected; from a key, a chip, the palette or a menu."""
        if value:
            self.deciding.give(Typed(act, value))
        else:
            self.deciding.act(act)

    def can_decide(self) -> bool:
        return not self.body.card.bar.reason and bool(self.deciding.subjects())

    can_acknowledge = can_decide

    def acknowledge(self) -> None:
        self.do("acknowledge")

    def undo(self) -> None:
        self.deciding.act("undo")

    def capture(self) -> None:
        """A ticket by hand, from a call or a visit."""
        self.body.show_queue()
        self.deciding.ask("capture")

    def reproduce(self) -> None:
        self.body.card.note(NOT_YET)

    def choose_view(self) -> None:
        self.body.show_queue()
        self.deciding.ask("view")

    def next_ticket(self) -> None:
        self._step(1)

    def ticket_before(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        self.body.show_queue()
        self.focus_queue()
        self.table.move(by)

    def focus_queue(self) -> None:
        self.body.focus_queue()

    def focus_filter(self) -> None:
        self.body.head.field.setFocus()
        self.body.head.field.selectAll()

    def go_back(self) -> bool:
        """Escape: lets go of what was picked out, else puts away what lies over the queue. False: nothing to do."""
        if self.table.marks:
            self.table.mark(frozenset())
        elif self.body.outbox_shown:
            self.close_outbox()
        elif self.body.board_shown:
            self.toggle_board()
        elif not self.table.hasFocus():
            self.focus_queue()
        else:
            return False
        return True

    def toggle_board(self) -> None:
        if self.body.board_shown:
            self.body.show_queue()
            self.focus_queue()
        else:
            self.body.show_board()
        self.refresh()

    def toggle_outbox(self) -> None:
        if self.body.outbox_shown:
            self.close_outbox()
        else:
            self.open_outbox()

    def close_outbox(self) -> None:
        self.body.show_detail()
        self.focus_queue()

    def _into_detail(self, _key: str = "") -> None:
        self.body.show_detail()
        self.body.detail.focus_first()

    def _head_act(self, action: str) -> None:
        (self.choose_view if action == "view" else self.toggle_outbox)()
