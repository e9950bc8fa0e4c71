"""What the window's actions do on a screen with a queue, whichever of them is on show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from widgets.window import MainWindow

_WITH_QUEUE = frozenset({"command", "triage"})


class QueueDeeds:
    """Bound methods for actions; on another screen, or before it is built, they do nothing."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def here(self) -> bool:
        """Whether a screen with a queue is on show."""
        return self._window.current in _WITH_QUEUE and self._window.has_desk()

    def focus_filter(self) -> None:
        self._do("focus_filter")

    def clear_filter(self) -> None:
        self._do("clear_filter")

    def has_filter(self) -> bool:
        return self._asked("has_filter")

    def next_ticket(self) -> None:
        self._do("next_ticket")

    def ticket_before(self) -> None:
        self._do("ticket_before")

    def acknowledge(self) -> None:
        """Acknowledge the ticket on show."""
        self._do("acknowledge")

    def can_acknowledge(self) -> bool:
        return self._asked("can_acknowledge")

    def _screen(self) -> QWidget | None:
        return self._window.built(self._window.current) if self.here() else None

    def _do(self, name: str) -> None:
        screen = self._screen()
        if screen is not None:
            getattr(screen, name)()

    def _asked(self, name: str) -> bool:
        screen = self._screen()
        return screen is not None and bool(getattr(screen, name, bool)())
