"""A user's KPI file is checked before it is believed: it only reads the session's facts, and returns what is documented.

The statement runs beside ours on the session's own connection, which may reach files. What it names is therefore held
against a list: our tables, our table macros and a few plain functions; never a path, a network address or another
statement in a string. Then it runs on an empty session in memory that is shut off from everything.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from functools import cache
from typing import Any

import duckdb

from console.model.errors import QuestionError
from console.model.moment import HOUR, Moment, Span
from console.model.nearest import did_you_mean
from console.model.number import Slice
from console.queries.knowledge import Knowledge
from console.queries.kpi_file import COLUMNS, Kpi, parse
from console.queries.reader import Guard, Reader
from console.queries.statement import Place, fill
from console.store.session import FACT_TABLES, empty_in_memory

_PLAIN_TABLES = ("unnest", "range", "generate_series", "repeat")
_WITH_NAME = re.compile(r"[a-z_]\w*", re.IGNORECASE)
_BARRED = {
    "write_log", "sleep_ms", "nextval", "currval", "setseed", "stats", "getenv", "getvariable", "current_setting",
    "json_execute_serialized_sql", "query", "query_table", "random", "uuid", "gen_random_uuid", "uuidv4", "uuidv7",
    "now", "current_timestamp", "get_current_timestamp", "transaction_timestamp", "today", "current_date",
    "get_current_time", "current_time", "current_localtimestamp", "current_localtime",
}  # fmt: skip
"""Functions that reach outside, or that give another answer each time: a number must be the same when it is asked again."""
_AT = 1_700_000_000_000_000 - 1_700_000_000_000_000 % HOUR
_LOCK = threading.Lock()


def checked(name: str, text: str, guard: Guard = nullcontext) -> Kpi:
    """Read a user's KPI file. Raises QuestionError with what is wrong. ``guard`` bounds the time of the trial run."""
    kpi = parse(name, text, own=True)
    for sql in (kpi.sql, kpi.parts):
        if sql:
            _only_facts(sql)
    _try(kpi, guard)
    return kpi


def _only_facts(sql: str) -> None:
    """Refuse what reads anything but the session. Raises QuestionError."""
    with _LOCK:
        row = _empty_session().execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0]
    told = json.loads(row[0])
    if told.get("error"):
        raise QuestionError(f"the statement cannot be read ({told.get('error_message', '')})")
    nodes = list(_nodes(told))
    made = {entry["key"].lower() for node in nodes for entry in _entries(node)}
    for name in made:
        # A name that looks like a file would open that file wherever the WITH does not reach.
        if not _WITH_NAME.fullmatch(name):
            raise QuestionError(f'"{name}" is no name for a WITH; use letters, digits and _.')
    tables = {*FACT_TABLES, *made}
    macros = set(_macros())
    for node in nodes:
        if node.get("type") == "BASE_TABLE":
            table = str(node.get("table_name", ""))
            if node.get("schema_name") or node.get("catalog_name") or table.lower() not in tables:
                raise QuestionError(
                    f'it reads "{table}", which is no table of facts.{did_you_mean(table, FACT_TABLES)}'
                )
        elif node.get("type") == "TABLE_FUNCTION":
            function = str(node.get("function", {}).get("function_name", "")).lower()
            if function not in macros and function not in _PLAIN_TABLES:
                raise QuestionError(f"it calls {function}(…); a KPI reads nothing but the session's facts.")
        elif node.get("class") == "FUNCTION" and str(node.get("function_name", "")).lower() in _BARRED:
            raise QuestionError(
                f"it calls {node['function_name']}(…); a KPI gives the same answer each time it is asked, from the "
                "facts alone. Use $at for the moment."
            )
        elif node.get("type") == "SHOW_REF":
            raise QuestionError("it describes tables; a KPI gives a value.")
        elif node.get("type") == "COLUMN_REF" and str(node["column_names"][-1]).lower() in _BARRED:
            raise QuestionError(f"it asks for {node['column_names'][-1]}; use $at for the moment.")


def _nodes(told: Any) -> Iterator[dict[str, Any]]:
    if isinstance(told, dict):
        yield told
        for value in told.values():
            yield from _nodes(value)
    elif isinstance(told, list):
        for value in told:
            yield from _nodes(value)


def _entries(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The names that a WITH gives; a recursive one stands in its own map."""
    held = node.get("cte_map")
    return list(held.get("map", [])) if isinstance(held, dict) else []


def _try(kpi: Kpi, guard: Guard) -> None:
    """Run it on an empty session for the columns it returns. Raises QuestionError."""
    with _LOCK:
        reader = Reader(_empty_session(), Knowledge(), Moment(_AT), _AT, guard)
        place = Place(Span(_AT - HOUR, _AT), Slice(), 3600.0, _AT)
        columns, rows = _run(reader, fill(reader, kpi.sql, place))
        parts = _run(reader, fill(reader, kpi.parts, place)) if kpi.parts else None
    names = [name for name, _ in columns]
    if "value" not in names:
        raise QuestionError(f'the statement returns no column "value", but {", ".join(names)}; say "… AS value"')
    for name, form in columns:
        if name not in COLUMNS:
            raise QuestionError(f'the column "{name}" means nothing here.{did_you_mean(name, COLUMNS)}')
        if form not in _NUMBERS and not form.startswith("DECIMAL"):
            raise QuestionError(f'the column "{name}" is {form}, which is no number')
    if len(rows) > 1:
        raise QuestionError("the statement returns more than one row; a KPI is one number")
    if parts is not None and len(parts[0]) != 2:
        raise QuestionError("the parts must be rows of a label and a count")


_NUMBERS = {
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "UHUGEINT", "FLOAT", "DOUBLE", '"NULL"', "NULL",
}  # fmt: skip


def _run(reader: Reader, sql: str) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    try:
        with reader.guard(reader.connection):
            cursor = reader.connection.execute(sql)
            columns = [(str(c[0]), str(c[1])) for c in cursor.description or []]
            return columns, cursor.fetchmany(2)
    except duckdb.InterruptException:
        raise QuestionError("the statement does not come to an end in time and was cancelled") from None
    except duckdb.Error as error:
        raise QuestionError(f"the statement cannot run ({_reason(error)})") from None


def _reason(error: duckdb.Error) -> str:
    return re.sub(r"\s+", " ", str(error).split("LINE ")[0]).strip()


@cache
def _macros() -> tuple[str, ...]:
    """Our table macros, as they stand in an empty session."""
    with _LOCK:
        rows = _empty_session().execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'table_macro' AND NOT internal"
        )
        return tuple(name for (name,) in rows.fetchall())


@cache
def _empty_session() -> duckdb.DuckDBPyConnection:
    return empty_in_memory()
