"""All or nothing, and a full disk told as what it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from console.model.errors import SessionError


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing, whatever goes wrong inside. A full disk becomes a SessionError, our bugs stay what they are."""
    connection.execute("BEGIN")
    written = False
    try:
        yield
        connection.execute("COMMIT")
        written = True
    except duckdb.Error as error:
        raise _full_or_bug(error) from error
    finally:
        if not written:
            _roll_back(connection)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("ROLLBACK")
    except duckdb.Error:
        # The failed statement had already ended the transaction; there is nothing left to take back.
        return


def _full_or_bug(error: duckdb.Error) -> Exception:
    text = str(error)
    if "No space left" in text or "Could not write" in text or isinstance(error, duckdb.IOException):
        return SessionError(
            "The session could not be written, the disk may be full; free some space, the sources are asked again "
            f"from where they stood ({text.splitlines()[0]})."
        )
    return error
