"""The tickets of a moment, worked out once and kept as a temporary table of the thread's connection.

It is made again when tickets, comments or decisions came in, or another moment is asked about. Every ticket number reads
it instead of ``tickets_at($moment)``: the rows are the same, so the shown statement gives the shown value.
"""

from __future__ import annotations

import duckdb

from console.queries.reader import Reader

NAME = "ticket_shelf"


class TicketShelf:
    """Remembers for each connection which moment its shelf stands at."""

    def __init__(self) -> None:
        self._standing: dict[int, tuple[object, ...]] = {}

    def fill(self, reader: Reader) -> str:
        """Returns the name of the table, filled for the reader's moment."""
        row = reader.one(
            "SELECT (SELECT max(known_at) FROM ticket_event), (SELECT max(known_at) FROM comment), "
            "(SELECT max(known_at) FROM decision)"
        )
        at = None if reader.moment.live else reader.at
        key = (row, at, reader.known)
        connection: duckdb.DuckDBPyConnection = reader.connection
        if self._standing.get(id(connection)) != key:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {NAME} AS SELECT * FROM tickets_at({reader.moment_sql})")
            self._standing[id(connection)] = key
        return NAME
