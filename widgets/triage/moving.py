"""Moving through the queue quickly: the ticket after this one read ahead, and all that a filter leaves picked out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from console.model.moment import Moment
from console.present.queue import QueueQuestion
from console.present.triage_figures import TriageDetail, TriageQueue
from widgets.bridge import Bridge
from widgets.parts.table import Table

_AHEAD = 12
_MOST = 40


class Ahead:
    """The next tickets, read before they are wanted, so that five decisions in a row wait for nothing.

    What changed since stays good enough for the blink until its own answer is there, but is read again.
    """

    def __init__(self) -> None:
        self._held: dict[str, TriageDetail] = {}
        self._stale: set[str] = set()

    def next_of(self, table: Table) -> str:
        """The key to read now; '' when all that is near is there."""
        rows, place = table.rows, table.rows.place_of(table.selected_key)
        if place < 0:
            return ""
        near = [row.key for step in range(1, _AHEAD + 1) if (row := rows.row_at(place + step)) is not None]
        # What was never read first; of what may have changed only the very next, or one decision would cost five readings.
        doubtful = [key for key in near[:1] if key in self._stale]
        return next(iter([key for key in near if key not in self._held] + doubtful), "")

    def keep(self, key: str, detail: TriageDetail) -> None:
        self._held.pop(key, None)
        self._held[key] = detail
        self._stale.discard(key)
        while len(self._held) > _MOST:
            self._stale.discard(oldest := next(iter(self._held)))
            del self._held[oldest]

    def take(self, key: str) -> TriageDetail | None:
        return self._held.get(key)

    def sure(self, key: str) -> bool:
        """Whether it is there and nothing changed since."""
        return key in self._held and key not in self._stale

    def doubt(self) -> None:
        """Something changed: all of it is to be read again."""
        self._stale = set(self._held)

    def forget(self) -> None:
        self._held, self._stale = {}, set()


class Selecting(QObject):
    """Picks out every ticket a filter leaves; what is not loaded is asked for."""

    failed = Signal(str)

    def __init__(self, bridge: Bridge, desk: Any, table: Table) -> None:
        super().__init__(table)
        self._bridge, self._desk, self._table = bridge, desk, table

    def all(self, moment: Moment, question: QueueQuestion) -> None:
        total = self._table.rows.rowCount()
        window = self._table.rows.window
        if len(window.rows) == total:
            self._table.mark(frozenset(row.key for row in window.rows))
        elif total:
            whole = replace(question, offset=0, limit=total)
            self._bridge.ask("all", self._mark, self._desk.triage, moment, whole, failed=self._fail)

    def _mark(self, queue: TriageQueue) -> None:
        self._table.mark(frozenset(row.key for row in queue.window.rows))

    def _fail(self, sentence: str) -> None:
        self.failed.emit(sentence)
