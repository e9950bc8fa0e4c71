"""What is done to a session now and then: old single calls go, tables are exported."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import duckdb

from console.model.errors import QuestionError
from console.model.moment import DAY
from console.store.append import repr_text

_FORMATS = {"csv": "(FORMAT csv, HEADER)", "parquet": "(FORMAT parquet)", "json": "(FORMAT json, ARRAY true)"}

_SAFE = "=+-@\t\r"


class Reading(Protocol):
    connection: duckdb.DuckDBPyConnection

    @property
    def moment_sql(self) -> str: ...


def forget_calls(connection: duckdb.DuckDBPyConnection, now: int, keep_days: int) -> None:
    """The only deletion of facts: single calls older than ``keep_days``."""
    connection.execute(f"DELETE FROM call WHERE happened_at < make_timestamp({now - keep_days * DAY})")


def export(reader: Reading, table: str, form: str, target: Path) -> None:
    """Write a fact table or ``tickets``. In CSV, texts that a spreadsheet would run as a formula get a leading quote."""
    if form not in _FORMATS:
        raise QuestionError(f'The format "{form}" is unknown; use csv, parquet or json.')
    source = f"tickets_at({reader.moment_sql})" if table == "tickets" else table
    if form == "csv":
        described = reader.connection.execute(f"SELECT * FROM {source} LIMIT 0").description or []
        source = "(SELECT " + ", ".join(_guarded(name, str(kind)) for name, kind, *_ in described) + f" FROM {source})"
    reader.connection.execute(f"COPY (FROM {source}) TO {repr_text(str(target))} {_FORMATS[form]}")


def _guarded(name: str, kind: str) -> str:
    if kind not in ("STRING", "VARCHAR"):
        return f'"{name}"'
    listed = ", ".join(repr_text(c) for c in _SAFE)
    return f"CASE WHEN left(\"{name}\", 1) IN ({listed}) THEN '''' || \"{name}\" ELSE \"{name}\" END AS \"{name}\""
