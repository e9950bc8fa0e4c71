"""The tickets of a moment, worked out once for all connections and kept as tables of each.

Every ticket number reads them instead of ``tickets_at($moment)``: the rows are the same, so the shown statement gives
the shown value. While the moment is live, only the tickets that something was learnt of are worked out again: each
connection mends a copy of its own, so that what another one is reading does not change under it.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.queries.narrowed import learnt, newest, only
from console.queries.reader import Reader
from console.store.columns import repr_text

_TICKETS = "ticket_shelf"
_STEPS = "step_shelf"
_MOST_TOUCHED = 3000
"""Above this it is quicker to work everything out again."""

_MENDS_KEPT = 200
_SHARED = "shelves"
_NUMBER = itertools.count(1)

_STEP_COLUMNS = (
    "source, ticket, status, epoch_us(happened_at) AS instant, epoch_us(turn) AS turn, "
    "((NOT is_done(status))::INT - coalesce((NOT is_done(before))::INT, 0))::DOUBLE AS change"
)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a connection's shelf stands. ``learnt``: the newest ``known_at`` of what it was made from."""

    at: int | None
    known: int | None
    learnt: int

    @property
    def moment(self) -> tuple[int | None, int | None]:
        return self.at, self.known


@dataclass(frozen=True, slots=True)
class _Ready:
    """Tables every connection may look at: where they stand, and the number in their names."""

    standing: _Standing
    place: int


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Weights at instants, oldest first, side by side.

    One that was taken back since stands there once more with the opposite sign: sums over any span stay right without
    reading everything again.
    """

    instants: NDArray[np.int64]
    weights: NDArray[np.float64]

    def between(self, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The part in [start, end)."""
        low, high = np.searchsorted(self.instants, [start, end]).tolist()
        return self.instants[low:high], self.weights[low:high]

    def with_more(self, rows: list[tuple[int, float]]) -> Flow:
        if not rows:
            return self
        ordered = sorted(rows)
        instants = np.array([instant for instant, _ in ordered], np.int64)
        places = np.searchsorted(self.instants, instants)
        weights = np.array([weight for _, weight in ordered], np.float64)
        return Flow(np.insert(self.instants, places, instants), np.insert(self.weights, places, weights))


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What happened to all tickets: ``change`` of the backlog at every step of a status, +1 for each ticket ``created``
    and for each that is done when it was ``resolved``."""

    change: Flow
    created: Flow
    resolved: Flow

    def backlog_at(self, instant: int) -> float:
        """Open tickets just before an instant."""
        return float(self.change.weights[: np.searchsorted(self.change.instants, instant)].sum())


@dataclass(frozen=True, slots=True)
class Mark:
    """How far somebody who works on from the shelf has followed it: which making of it, and how many mends of that."""

    made: int
    mended: int


@dataclass(slots=True)
class _Shelf:
    """What one connection holds. ``answers``: rows of statements that read nothing but the shelf. ``mends``: the tickets of
    the latest mends, ``mended`` counts all of them."""

    standing: _Standing
    steps: Steps | None = None
    answers: dict[Any, Any] = field(default_factory=dict)
    made: int = field(default_factory=itertools.count(1).__next__)
    mended: int = 0
    mends: deque[list[str]] = field(default_factory=lambda: deque(maxlen=_MENDS_KEPT))
    lent: _Ready | None = None


class TicketShelf:
    """Remembers for each connection which moment its shelf stands at. ``status_steps``: the table of every status change."""

    status_steps = _STEPS

    def __init__(self) -> None:
        self._held: dict[int, _Shelf] = {}
        self._ready: dict[tuple[int | None, int | None], _Ready] = {}
        self._places: set[int] = set()
        self._making = threading.Lock()
        """Held by whoever changes what stands where: what a connection looks at is dropped when none is noted to."""
        self.beside: dict[tuple[str, int], Any] = {}
        """What others keep of the same tickets, by their name and the connection's id."""

    def steps(self, reader: Reader) -> Steps:
        """The status changes of the reader's moment; every series and total of tickets is a sum over them."""
        self.fill(reader)
        shelf = self._held[id(reader.connection)]
        if shelf.steps is None:
            shelf.steps = _read_steps(reader)
        return shelf.steps

    def rows(self, reader: Reader, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement over the shelf's tickets, asked once for as long as the tickets stay as they are.

        Every table of the statement must be the shelf's, and nothing in its text may change with the clock.
        """
        found: list[tuple[Any, ...]] = self.kept(reader, sql, lambda: reader.rows(sql))
        return found

    def kept(self, reader: Reader, key: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` works out from the shelf's tables, kept for as long as the tickets stay as they are."""
        self.fill(reader)
        answers = self._held[id(reader.connection)].answers
        if key not in answers:
            answers[key] = make()
        return answers[key]

    def since(self, reader: Reader, mark: Mark | None) -> tuple[Mark, list[str] | None]:
        """Where the shelf of the reader's moment stands, and the tickets that changed in it since ``mark``.

        None instead of tickets: all of them may have.
        """
        self.fill(reader)
        held = self._held[id(reader.connection)]
        now = Mark(held.made, held.mended)
        if mark is None or mark.made != held.made or held.mended - mark.mended > len(held.mends):
            return now, None
        missed = held.mended - mark.mended
        return now, sorted({ticket for mend in list(held.mends)[len(held.mends) - missed :] for ticket in mend})

    def fill(self, reader: Reader) -> str:
        """Returns the name of the table of tickets; both tables are filled for the reader's moment."""
        reader.knowledge.shelf = self
        wanted = _Standing(None if reader.moment.live else reader.at, reader.known, learnt(reader))
        held = self._held.get(id(reader.connection))
        if held is None or not _leads_to(held.standing, wanted):
            held = self._lend(reader, wanted)
        if held.standing == wanted:
            return _TICKETS
        touched = _touched(reader, held.standing.learnt)
        if len(touched) > _MOST_TOUCHED:
            self._lend(reader, wanted, anew=True)
            return _TICKETS
        if touched:
            with self._making:
                # A failure half-way leaves a shelf that nobody may use.
                del self._held[id(reader.connection)]
                if held.lent is not None:
                    _own(reader, held.lent.place)
                    held.lent = None
            held.steps = _mend(reader, touched, held.steps)
            held.answers = {}
            held.mended += 1
            held.mends.append(touched)
        with self._making:
            held.standing = wanted
            self._held[id(reader.connection)] = held
        return _TICKETS

    def _lend(self, reader: Reader, wanted: _Standing, *, anew: bool = False) -> _Shelf:
        """What leads to the wanted standing, made once for all connections; this one looks at it through views."""
        with self._making:
            self._held.pop(id(reader.connection), None)
            ready = self._ready.get(wanted.moment)
            if ready is None or anew or not _leads_to(ready.standing, wanted):
                ready = _Ready(wanted, _make(reader))
                self._ready[wanted.moment] = ready
            _look_at(reader, ready.place)
            held = _Shelf(ready.standing, lent=ready)
            self._held[id(reader.connection)] = held
            self._tidy(reader, wanted)
        return held

    def _tidy(self, reader: Reader, wanted: _Standing) -> None:
        """Drop what was made for other moments and nobody looks at any more."""
        lent = {id(shelf.lent) for shelf in self._held.values()}
        for moment, ready in list(self._ready.items()):
            if moment != wanted.moment and id(ready) not in lent:
                del self._ready[moment]
        kept = {ready.place for ready in self._ready.values()} | {
            shelf.lent.place for shelf in self._held.values() if shelf.lent is not None
        }
        for place in self._places - kept:
            _drop(reader, place)
        self._places = kept


def _leads_to(standing: _Standing, wanted: _Standing) -> bool:
    """Whether a shelf that stands there is the wanted one, or becomes it by working out what was learnt since."""
    return standing == wanted or (
        standing.at is None
        and wanted.at is None
        and standing.known == wanted.known
        and standing.learnt <= wanted.learnt
    )


def _read_steps(reader: Reader) -> Steps:
    def flow(sql: str) -> Flow:
        found = reader.connection.execute(sql).fetchnumpy()
        return Flow(np.asarray(found["instant"], np.int64), np.asarray(found["weight"], np.float64))

    def times(column: str) -> Flow:
        known = f"FROM {_TICKETS} WHERE {column} IS NOT NULL ORDER BY 1"
        return flow(f"SELECT epoch_us({column}) AS instant, 1.0::DOUBLE AS weight {known}")

    change = flow(f"SELECT instant, change AS weight FROM {_STEPS} ORDER BY instant")
    return Steps(change, times("created_at"), times("resolved_at"))


def _touched(reader: Reader, after: int) -> list[str]:
    """Ids of the tickets something was learnt of; an id that two sources share touches both, which does no harm."""
    since = f"known_at > make_timestamp({after})"
    newer = {table for table, at in newest(reader).items() if at > after}
    parts = [
        f"SELECT ticket FROM {t} WHERE {since}" for t in ("ticket_event", "comment", "decided_change") if t in newer
    ]
    if "delivery" in newer:
        parts.append(
            f"SELECT c.ticket FROM decided_change c JOIN delivery l ON l.decision_id = c.decision_id WHERE l.{since}"
        )
    said = [f"SELECT decision_id, subject FROM decision WHERE {since}"] if "decision" in newer else []
    if "delivery" in newer:
        said.append(
            "SELECT d.decision_id, d.subject FROM decision d JOIN delivery l ON l.decision_id = d.decision_id "
            f"WHERE l.{since}"
        )
    if said:
        # A decision that names what it changes has told its ticket; only others are looked for among all keys.
        bare = f"SELECT DISTINCT subject FROM ({' UNION ALL '.join(said)}) ANTI JOIN decided_change USING (decision_id)"
        if reader.one(f"{bare} LIMIT 1") is not None:
            parts.append(
                f"SELECT e.ticket FROM ticket_event e JOIN ({bare}) d "
                "ON e.field = 'key' AND d.subject = e.source || ':' || e.new"
            )
    if not parts:
        return []
    return [ticket for (ticket,) in reader.rows(f"SELECT DISTINCT ticket FROM ({' UNION ALL '.join(parts)})")]


def _make(reader: Reader) -> int:
    """Work all tickets out, into tables that every connection can see. Returns their number."""
    run, place = reader.connection.execute, next(_NUMBER)
    run(f"ATTACH IF NOT EXISTS ':memory:' AS {_SHARED}")
    run(f"CREATE TABLE {_SHARED}.tickets_{place} AS SELECT * FROM tickets_at({reader.moment_sql})")
    run(f"CREATE TABLE {_SHARED}.steps_{place} AS SELECT {_STEP_COLUMNS} FROM status_steps({reader.moment_sql})")
    return place


def _look_at(reader: Reader, place: int) -> None:
    """The names of the shelf's tables lead this connection to those of that number."""
    for name, shared in ((_TICKETS, "tickets"), (_STEPS, "steps")):
        _forget(reader, name)
        reader.connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {_SHARED}.{shared}_{place}")


def _own(reader: Reader, place: int) -> None:
    """Copy what was only looked at, so that it can be mended."""
    for name, shared in ((_TICKETS, "tickets"), (_STEPS, "steps")):
        _forget(reader, name)
        reader.connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {_SHARED}.{shared}_{place}")


def _forget(reader: Reader, name: str) -> None:
    kind = reader.one(
        f"SELECT 'VIEW' FROM duckdb_views() WHERE view_name = '{name}' AND temporary UNION ALL "
        f"SELECT 'TABLE' FROM duckdb_tables() WHERE table_name = '{name}' AND temporary"
    )
    if kind is not None:
        reader.connection.execute(f"DROP {kind[0]} temp.{name}")


def _drop(reader: Reader, place: int) -> None:
    for shared in ("tickets", "steps"):
        reader.connection.execute(f"DROP TABLE IF EXISTS {_SHARED}.{shared}_{place}")


def _mend(reader: Reader, touched: list[str], steps: Steps | None) -> Steps | None:
    """Work the touched tickets out again in both tables; returns the steps with the same differences."""
    if not touched:
        return steps
    some, moment = f"ticket IN ({', '.join(repr_text(ticket) for ticket in touched)})", reader.moment_sql
    times = "RETURNING epoch_us(created_at), epoch_us(resolved_at)"
    with only(reader, some):
        tickets_gone = reader.rows(f"DELETE FROM {_TICKETS} WHERE {some} {times}")
        tickets_new = reader.rows(f"INSERT INTO {_TICKETS} SELECT * FROM tickets_at({moment}) {times}")
        gone = reader.rows(f"DELETE FROM {_STEPS} WHERE {some} RETURNING instant, change")
        new = reader.rows(
            f"INSERT INTO {_STEPS} SELECT {_STEP_COLUMNS} FROM status_steps({moment}) RETURNING instant, change"
        )
    if steps is None:
        return None

    def differences(place: int) -> list[tuple[int, float]]:
        return [
            (row[place], sign)
            for rows, sign in ((tickets_gone, -1.0), (tickets_new, 1.0))
            for row in rows
            if row[place] is not None
        ]

    return Steps(
        steps.change.with_more([*((i, -c) for i, c in gone), *new]),
        steps.created.with_more(differences(0)),
        steps.resolved.with_more(differences(1)),
    )
