"""One kind of question to the desk: one under way at a time, the newest wish remembered, the answer with what was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from widgets.bridge import Bridge
from widgets.command.asking import Turn


class Inquiry(QObject):
    """``answered`` (the arguments asked with, the answer): it may be about what nobody looks at any more. ``failed`` a
    sentence. ``slow``: on the lane for long questions, where it holds up no other.
    """

    answered = Signal(object, object)
    failed = Signal(str)

    def __init__(
        self,
        bridge: Bridge,
        name: str,
        question: Callable[..., Any],
        clock: Callable[[], float],
        parent: QObject,
        *,
        slow: bool = False,
    ) -> None:
        super().__init__(parent)
        self._send_by = bridge.attend if slow else bridge.ask
        self._name, self._question = name, question
        self.turn = Turn(clock)
        self._wanted: tuple[Any, ...] = ()
        self.busy = False

    def ask(self, *arguments: Any) -> None:
        """Ask now, or as soon as the answer under way is there; only the newest wish is kept."""
        self._wanted = arguments
        if self.turn.start():
            self.busy = True
            self._send_by(self._name, self._land, _With(self._question), *arguments, failed=self._fail)

    def _land(self, answer: tuple[tuple[Any, ...], Any]) -> None:
        again = self.turn.done()
        self.busy = False
        self.answered.emit(*answer)
        if again:
            self.ask(*self._wanted)

    def _fail(self, sentence: str) -> None:
        again = self.turn.done()
        self.busy = False
        self.failed.emit(sentence)
        if again:
            self.ask(*self._wanted)


class _With:
    def __init__(self, question: Callable[..., Any]) -> None:
        self._question = question

    def __call__(self, *arguments: Any) -> tuple[tuple[Any, ...], Any]:
        return arguments, self._question(*arguments)
