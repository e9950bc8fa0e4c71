"""The tickets of a moment, worked out once and kept as temporary tables of the thread's connection.

Every ticket number reads them instead of ``tickets_at($moment)``: the rows are the same, so the shown statement gives
the shown value. While the moment is live, only the tickets that something was learnt of are worked out again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.queries.reader import Reader

_TICKETS = "ticket_shelf"
_STEPS = "step_shelf"
_MOST_TOUCHED = 3000
"""Above this it is quicker to work everything out again."""

_STEP_COLUMNS = (
    "source, ticket, epoch_us(happened_at) AS instant, before IS NULL AS opened, "
    "is_done(status) AND NOT coalesce(is_done(before), false) AS resolved, "
    "((NOT is_done(status))::INT - coalesce((NOT is_done(before))::INT, 0))::DOUBLE AS change"
)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a connection's shelf stands. ``learnt``: the newest ``known_at`` of what it was made from."""

    at: int | None
    known: int | None
    learnt: int


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Every step of every ticket's status, oldest first: the arrays stand side by side."""

    instants: NDArray[np.int64]
    opened: NDArray[np.bool_]
    resolved: NDArray[np.bool_]
    change: NDArray[np.float64]

    def backlog_at(self, instant: int) -> float:
        """Open tickets just before an instant."""
        return float(self.change[: np.searchsorted(self.instants, instant)].sum())


class TicketShelf:
    """Remembers for each connection which moment its shelf stands at. ``table`` names the one of status changes."""

    table = _STEPS

    def __init__(self) -> None:
        self._standing: dict[int, _Standing] = {}
        self._steps: dict[int, tuple[_Standing, Steps]] = {}

    def steps(self, reader: Reader) -> Steps:
        """The status changes of the reader's moment; every series and total of tickets is a sum over them."""
        self.fill(reader)
        place, standing = id(reader.connection), self._standing[id(reader.connection)]
        held = self._steps.get(place)
        if held is None or held[0] != standing:
            held = (standing, _read_steps(reader))
            self._steps[place] = held
        return held[1]

    def fill(self, reader: Reader) -> str:
        """Returns the name of the table of tickets; both tables are filled for the reader's moment."""
        wanted = _Standing(None if reader.moment.live else reader.at, reader.known, _learnt(reader))
        stands = self._standing.get(id(reader.connection))
        if stands == wanted:
            return _TICKETS
        if stands is not None and stands.at is None and wanted.at is None and stands.known == wanted.known:
            touched = _touched(reader, stands.learnt)
            if len(touched) <= _MOST_TOUCHED:
                _mend(reader, touched)
                self._standing[id(reader.connection)] = wanted
                return _TICKETS
        _make(reader)
        self._standing[id(reader.connection)] = wanted
        return _TICKETS


def _read_steps(reader: Reader) -> Steps:
    sql = f"SELECT instant, opened, resolved, change FROM {_STEPS} ORDER BY instant"
    found = reader.connection.execute(sql).fetchnumpy()
    return Steps(
        np.asarray(found["instant"], np.int64), np.asarray(found["opened"], np.bool_),
        np.asarray(found["resolved"], np.bool_), np.asarray(found["change"], np.float64),
    )  # fmt: skip


def _learnt(reader: Reader) -> int:
    newest = " UNION ALL ".join(f"SELECT max(known_at) AS k FROM {t}" for t in ("ticket_event", "comment", "decision"))
    row = reader.one(f"SELECT coalesce(epoch_us(max(k)), 0) FROM ({newest})")
    return int(row[0]) if row else 0


def _touched(reader: Reader, after: int) -> list[str]:
    """Ids of the tickets something was learnt of; an id that two sources share touches both, which does no harm."""
    since = f"known_at > make_timestamp({after})"
    rows = reader.rows(
        f"SELECT DISTINCT ticket FROM ticket_event WHERE {since} UNION SELECT DISTINCT ticket FROM comment WHERE {since} "
        "UNION SELECT DISTINCT e.ticket FROM ticket_event e JOIN decision d ON e.field = 'key' "
        f"AND d.subject = e.source || ':' || e.new WHERE d.{since}"
    )
    return [ticket for (ticket,) in rows]


def _make(reader: Reader) -> None:
    run = reader.connection.execute
    run(f"CREATE OR REPLACE TEMP TABLE {_TICKETS} AS SELECT * FROM tickets_at({reader.moment_sql})")
    run(f"CREATE OR REPLACE TEMP TABLE {_STEPS} AS SELECT {_STEP_COLUMNS} FROM status_steps({reader.moment_sql})")


def _mend(reader: Reader, touched: list[str]) -> None:
    if not touched:
        return
    run, some = reader.connection.execute, reader.moment_of(touched)
    for table, rows in (
        (_TICKETS, f"SELECT * FROM tickets_at({some})"),
        (_STEPS, f"SELECT {_STEP_COLUMNS} FROM status_steps({some})"),
    ):
        run(f"DELETE FROM {table} WHERE list_contains(({some})['only'], ticket)")
        run(f"INSERT INTO {table} {rows}")
