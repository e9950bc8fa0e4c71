"""How rows of facts become columns and literals: the types of each table, and the text that a session file can hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

_HALVES = re.compile("[\ud800-\udfff]")
TIME = pa.timestamp("us")
_TEXT = pa.string()

COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "covered": {"source": _TEXT, "from": TIME, "to": TIME, "whole": pa.bool_()},
    "traffic": {"minute": TIME, "source": _TEXT, "route": _TEXT, "method": _TEXT, "status": pa.int16(),
                "calls": pa.int64(), "span_from": TIME},
    "latency": {"minute": TIME, "source": _TEXT, "route": _TEXT, "kind": _TEXT, "lower_ms": pa.float64(),
                "upper_ms": pa.float64(), "count": pa.int64(), "span_from": TIME},
    "latency_sum": {"minute": TIME, "source": _TEXT, "route": _TEXT, "kind": _TEXT, "calls": pa.int64(),
                    "sum_us": pa.int64(), "span_from": TIME},
    "consumer_traffic": {"minute": TIME, "source": _TEXT, "consumer": _TEXT, "route": _TEXT, "status": pa.int16(),
                         "calls": pa.int64(), "span_from": TIME},
    "gauge": {"happened_at": TIME, "source": _TEXT, "name": _TEXT, "labels": _TEXT, "value": pa.float64()},
    "measure": {"happened_at": TIME, "source": _TEXT, "name": _TEXT, "labels": _TEXT, "value": pa.float64()},
    "call": {"happened_at": TIME, "source": _TEXT, "route": _TEXT, "method": _TEXT, "path": _TEXT,
             "status": pa.int16(), "total_ms": pa.float64(), "upstream_ms": pa.float64(), "consumer": _TEXT,
             "request_id": _TEXT, "why": _TEXT},
    "ticket_event": {"source": _TEXT, "ticket": _TEXT, "change_id": _TEXT, "field": _TEXT, "old": _TEXT, "new": _TEXT,
                     "actor": _TEXT, "happened_at": TIME},
    "comment": {"source": _TEXT, "ticket": _TEXT, "comment_id": _TEXT, "author": _TEXT, "role": _TEXT,
                "public": pa.bool_(), "body": _TEXT, "happened_at": TIME},
    "survey": {"source": _TEXT, "survey_id": _TEXT, "kind": _TEXT, "score": pa.float64(), "customer": _TEXT,
               "ticket": _TEXT, "comment": _TEXT, "happened_at": TIME},
    "release": {"source": _TEXT, "version": _TEXT, "kind": _TEXT, "share": pa.float64(), "note": _TEXT,
                "happened_at": TIME},
    "event": {"source": _TEXT, "event_id": _TEXT, "kind": _TEXT, "text": _TEXT, "happened_at": TIME},
}  # fmt: skip

FACTS = tuple(COLUMNS)
COLUMNS["poll"] = {"source": _TEXT, "started": TIME, "finished": TIME, "outcome": _TEXT, "error": _TEXT,
                    "rows": pa.int64(), "bytes": pa.int64()}  # fmt: skip
COLUMNS["decision"] = {"decision_id": _TEXT, "act": _TEXT, "subject": _TEXT, "value": _TEXT, "who": _TEXT, "comment": _TEXT,
                        "happened_at": TIME}  # fmt: skip
COLUMNS["decided_change"] = {"decision_id": _TEXT, "source": _TEXT, "ticket": _TEXT, "field": _TEXT, "base": _TEXT,
                              "new": _TEXT, "remote": pa.bool_(), "happened_at": TIME}  # fmt: skip
COLUMNS["decision_link"] = {"decision_id": _TEXT, "batch": _TEXT, "undoes": _TEXT, "happened_at": TIME}
COLUMNS["delivery"] = {"decision_id": _TEXT, "attempt": pa.int32(), "state": _TEXT, "why": _TEXT, "happened_at": TIME}
COLUMNS["source_cursor"] = {"source": _TEXT, "cursor": pa.binary()}
COLUMNS["rule_proposal"] = {
    "proposal": _TEXT, "rule": _TEXT, "version": _TEXT, "source": _TEXT, "ticket": _TEXT, "field": _TEXT, "before": _TEXT,
    "after": _TEXT, "decision_id": _TEXT, "happened_at": TIME,
}  # fmt: skip
PLACES = {table: {name: place for place, name in enumerate(kinds)} for table, kinds in COLUMNS.items()}


def columns_of(table: str, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Rows of a fact as Arrow columns; instants are whole microseconds."""
    kinds = COLUMNS[table]
    columns = list(zip(*rows, strict=True))
    arrays = [
        _times(column) if kind is TIME else _texts(column) if kind is _TEXT else pa.array(column, kind)
        for column, kind in zip(columns, kinds.values(), strict=True)
    ]
    return pa.table(dict(zip(kinds, arrays, strict=True)))


def _times(values: Sequence[int | None]) -> pa.Array:
    return pa.array(values, pa.int64()).view(TIME)


def _texts(values: Sequence[str | None]) -> pa.Array:
    return pa.array([None if value is None else storable(value) for value in values], _TEXT)


def storable(text: str) -> str:
    """The text as the session can hold it: NUL and halves of surrogate pairs, which have no UTF-8, become '\ufffd'."""
    clean = text.replace("\0", "\ufffd") if "\0" in text else text
    if clean.isascii():
        return clean
    return clean.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if _HALVES.search(clean) else clean


def repr_text(text: str) -> str:
    """A SQL string literal."""
    return "'" + storable(text).replace("'", "''") + "'"


def literal(value: Any, kind: pa.DataType) -> str:
    """A value as a SQL literal. Not as a parameter: the driver then looks for a dozen libraries that are not there, each time."""
    if value is None:
        return "NULL"
    if kind is TIME:
        return f"make_timestamp({int(value)})"
    if isinstance(value, str):
        return repr_text(value)
    if isinstance(value, bytes):
        return f"unhex('{value.hex()}')"
    return f"'{value}'::DOUBLE" if isinstance(value, float) else str(value)
