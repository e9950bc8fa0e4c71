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


class Ahead:
    """The next ticket, read before it is wanted. Forgotten whenever something changed."""

    def __init__(self) -> None:
        self._key = ""
        self._detail: TriageDetail | None = None

    def next_of(self, table: Table) -> str:
        """The key to read ahead; '' at the end or when it is there already."""
        rows = table.rows
        place = rows.place_of(table.selected_key)
        following = rows.row_at(place + 1) if place >= 0 else None
        return following.key if following is not None and following.key != self._key else ""

    def keep(self, key: str, detail: TriageDetail) -> None:
        self._key, self._detail = key, detail

    def take(self, key: str) -> TriageDetail | None:
        return self._detail if key == self._key else None

    def forget(self) -> None:
        self._key, self._detail = "", None


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
