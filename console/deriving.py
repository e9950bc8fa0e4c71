"""The desk's part that keeps customer and segment of its tickets as the mapping says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import duckdb

from console.model.change import Change
from console.model.customers import Book
from console.ports import Clock
from console.store import derived
from console.store.derived import HEARD as HEARD
from console.store.session import Session
from console.work.lanes import Lanes
from console.work.slices import Slices

if TYPE_CHECKING:
    from console.queries.reader import Reader


class Deriving:
    """After tickets or the mapping changed, ``soon``. ``connection`` is its own; ``then`` is called after each look.

    The first look after opening is at every ticket: whoever wrote the session may have been killed before it derived.
    """

    def __init__(
        self,
        reader: Callable[[], Reader],
        session: Session,
        connection: duckdb.DuckDBPyConnection,
        lanes: Lanes,
        clock: Clock,
        announce: Callable[[Change], None],
        then: Callable[[], None],
    ) -> None:
        self._reader, self._session, self._connection = reader, session, connection
        self._clock, self._announce, self._then = clock, announce, then
        self._book = Book()
        self._judged: Book | None = None
        self._upto = 0
        self._written = 0
        self._slices: Slices[tuple[str, str]] = Slices(
            lanes, self._todo, self._work, self._done, self._failed, "deriving customers and segments"
        )
        self.resting = self._slices.resting

    def soon(self) -> None:
        self._slices.soon()

    def close(self) -> None:
        self._slices.close()

    def _todo(self) -> Sequence[tuple[str, str]]:
        self._book = self._reader().customers
        after = self._upto if self._judged == self._book else 0
        self._upto = derived.newest(self._connection)
        self._judged = self._book
        if not self._book.customers and not self._book.keyed and not derived.ever(self._connection):
            return ()
        return derived.touched(self._connection, after, self._upto)

    def _work(self, tickets: Sequence[tuple[str, str]]) -> None:
        self._written += derived.derive(self._session, self._connection, self._book, tickets, self._clock.now())

    def _failed(self) -> None:
        # Nothing of this round is taken for done.
        self._judged = None

    def _done(self) -> None:
        if self._written:
            self._written = 0
            self._announce(Change.TICKETS)
        self._then()
