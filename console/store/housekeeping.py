"""What is done to a session now and then: old single calls go, tables are exported.

What one would get wrong: where a session is only read, the database itself may write no file (a foreign one could ask it
to), so an export goes through this program in batches.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from console.model.errors import QuestionError, SessionError
from console.model.moment import DAY

FORMATS = ("csv", "parquet", "json")

_FORMULA = "=+-@\t\r\n"
_BATCH_ROWS = 50_000


class Reading(Protocol):
    connection: duckdb.DuckDBPyConnection

    @property
    def moment_sql(self) -> str: ...


def forget_calls(connection: duckdb.DuckDBPyConnection, now: int, keep_days: int) -> None:
    """The only deletion of facts: single calls older than ``keep_days``."""
    connection.execute(f"DELETE FROM call WHERE happened_at < make_timestamp({now - keep_days * DAY})")


def export(reader: Reading, table: str, form: str, target: Path) -> None:
    """Write a fact table or ``tickets``. In CSV a text that a spreadsheet would run as a formula gets a leading quote.

    CSV and JSON carry times as ISO with Z; JSON has no infinity, the open end of a histogram is null there. The file
    appears when it is whole. Raises QuestionError for an unknown format, SessionError when the place cannot be written.
    """
    source = f"tickets_at({reader.moment_sql})" if table == "tickets" else f'"{table}"'
    export_rows(reader.connection, f"SELECT * FROM {source}", form, target)


def export_rows(connection: duckdb.DuckDBPyConnection, sql: str, form: str, target: Path, *, order: str = "") -> None:
    """As ``export``, for the rows of a statement; ``order`` is what an ORDER BY takes."""
    if form not in FORMATS:
        raise QuestionError(f'The format "{form}" is unknown; use csv, parquet or json.')
    sorted_sql = f"SELECT * FROM ({sql})" + (f" ORDER BY {order}" if order else "")
    if form != "parquet":
        described = connection.execute(f"SELECT * FROM ({sql}) LIMIT 0").description or []
        columns = ", ".join(_column(name, str(kind), guarded=form == "csv") for name, kind, *_ in described)
        sorted_sql = f"SELECT {columns} FROM ({sorted_sql})"
    batches = connection.execute(sorted_sql).to_arrow_reader(_BATCH_ROWS)
    try:
        with _whole(target) as file:
            _write(file, form, batches)
    except OSError as error:
        raise SessionError(
            f"{target} could not be written ({error.strerror}); choose another place, or free some space."
        ) from None


def _write(file: BinaryIO, form: str, batches: pa.RecordBatchReader) -> None:
    if form == "json":
        _write_json(file, batches)
        return
    make = pa.parquet.ParquetWriter if form == "parquet" else pa.csv.CSVWriter
    with make(file, batches.schema) as writer:
        for batch in batches:
            writer.write(batch)


def _write_json(file: BinaryIO, batches: pa.RecordBatchReader) -> None:
    file.write(b"[")
    first = True
    for batch in batches:
        for row in batch.to_pylist():
            file.write(b"\n" if first else b",\n")
            file.write(msgspec.json.encode(row))
            first = False
    file.write(b"\n]\n")


@contextmanager
def _whole(target: Path) -> Iterator[BinaryIO]:
    """A file that takes its name when it is complete, and is gone when something went wrong."""
    beside = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file:
            yield file
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def _column(name: str, kind: str, *, guarded: bool) -> str:
    quoted = f'"{name}"'
    if kind in ("DATETIME", "TIMESTAMP"):
        return f"replace(strftime({quoted}, '%Y-%m-%dT%H:%M:%S.%fZ'), '.000000Z', 'Z') AS {quoted}"
    if guarded and kind in ("STRING", "VARCHAR"):
        listed = ", ".join(f"chr({ord(c)})" for c in _FORMULA)
        return f"CASE WHEN left({quoted}, 1) IN ({listed}) THEN chr(39) || {quoted} ELSE {quoted} END AS {quoted}"
    return quoted
