"""The rows behind a number: the facts its statement reads, one by one, newest first.

The KPI's own statement says which: its FROM with everything up to the end of that WHERE is taken over, so that a KPI
somebody wrote themselves shows its rows too. What the macros over a window add up is read from the minute facts, with
the same sources, the same knowledge and the same routes left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from console.model.moment import HOUR, Span
from console.model.number import Slice
from console.queries import unfolded
from console.queries.catalogue import Kpi
from console.queries.kpi import frame, limited
from console.queries.literals import stamp
from console.queries.reader import Reader
from console.queries.statement import by_consumer, fill
from console.store.columns import repr_text

_SOURCE = re.compile(
    r"\bFROM\s+(?:(?P<window>calls_in|latency_in|latency_sum_in|calls_by_minute|latency_by_minute|judged_minutes)"
    r"\(\$window\)|(?P<tickets>tickets_at)\(\$\w+\)|(?P<readings>readings)\(\)|(?P<clocks>sla_clocks)\(\$sla\)"
    r"|(?P<answers>answers)\(\$\w+\)|(?P<table>survey|gauge|measure|call|comment|release|event|run)\b(?!\())"
    r"(?:\s+(?:AS\s+)?(?!WHERE\b|JOIN\b|LEFT\b|INNER\b|ANTI\b|SEMI\b|CROSS\b|GROUP\b|ORDER\b|LIMIT\b|UNION\b)(?P<alias>[a-z]\w*))?",
    re.IGNORECASE,
)
_ENDS = re.compile(r"\b(?:GROUP|ORDER|HAVING|LIMIT|UNION|EXCEPT|INTERSECT|WINDOW|QUALIFY)\b", re.IGNORECASE)
_TICKET = (
    "created_at", "key", "title", "severity", "kind", "status", "acknowledged_at", "first_resolved_at", "resolved_at",
    "reopens", "component", "channel", "segment", "source",
)  # fmt: skip
_CLOCK = (
    "decided_at", "key", "clock", "policy", "severity", "kind", "met", "elapsed_s", "goal_s", "begun", "due", "ended", "source",
)  # fmt: skip
_TABLE = {
    "survey": ("happened_at", "kind", "score", "customer", "ticket", "source"),
    "gauge": ("happened_at", "name", "labels", "value", "source"),
    "measure": ("happened_at", "name", "labels", "value", "source"),
}


@dataclass(frozen=True, slots=True)
class RowsPlan:
    """Which rows: ``sql`` gives them without order, its columns are ``columns``, and ``order`` puts the newest first.

    Where the first column is ``minute``, every row lies in ``window``.

    ``kind``: calls, latency, latency_sum, minutes, tickets, clocks, or the name of a table of facts.
    """

    kind: str
    columns: tuple[str, ...]
    sql: str
    order: str
    window: Span
    kpi: Kpi


def plan(reader: Reader, kpi: Kpi, window: Span, part: Slice) -> RowsPlan | None:
    """The rows of a KPI over its window; None where its statement reads none of what is known here."""
    found = next(_SOURCE.finditer(kpi.sql), None)
    if found is None:
        return None
    tail = _tail(kpi.sql, found.end())
    alias = found["alias"] or ""
    if found["window"]:
        kind, chosen = _of_window(reader, found["window"], window, part, f"{alias} {tail}", kpi.sql)
    elif found["readings"]:
        kind, chosen = "gauge", f"SELECT {', '.join(_of(alias, _TABLE['gauge']))} {found[0]} {tail}"
    elif found["answers"]:
        kind, chosen = "survey", f"SELECT {', '.join(_of(alias, _TABLE['survey']))} {found[0]} {tail}"
    elif found["clocks"]:
        kind, chosen = "clocks", f"SELECT {', '.join(_of(alias, _CLOCK))} {found[0]} {tail}"
    elif found["tickets"]:
        columns = [*_of(alias, _TICKET[:2]), *_measured(kpi.sql[: found.start()]), *_of(alias, _TICKET[2:])]
        kind, chosen = "tickets", f"SELECT {', '.join(columns)} {found[0]} {tail}"
    else:
        kind = found["table"].lower()
        chosen = f"SELECT {', '.join(_of(alias or kind, _TABLE.get(kind, ('*',))))} {found[0]} {tail}"
    sql = fill(reader, chosen, frame(reader, kpi, window.start, window.end, part).place)
    # A slice by consumer has no macro of its own here: the facts of the consumer were named above.
    described = reader.connection.execute(f"SELECT * FROM ({sql}) LIMIT 0").description or []
    names = tuple(name for name, *_ in described)
    ordinals = ", ".join(f"{place} {'DESC' if place == 1 else ''}" for place in range(1, len(names) + 1))
    return RowsPlan(kind, names, sql, ordinals, window, kpi)


def page(reader: Reader, rows: RowsPlan, offset: int, limit: int) -> list[tuple[Any, ...]]:
    """Rows [offset, offset + limit), the newest first. The newest hours alone are read while they hold enough."""
    length = HOUR
    while rows.columns[:1] == ("minute",) and length < rows.window.length:
        newest = f"SELECT * FROM ({rows.sql}) WHERE minute >= {stamp(rows.window.end - length)}"
        found = _page(reader, rows, newest, offset, limit)
        if len(found) == limit:
            return found
        length *= 6
    return _page(reader, rows, f"SELECT * FROM ({rows.sql})", offset, limit)


def _page(reader: Reader, rows: RowsPlan, sql: str, offset: int, limit: int) -> list[tuple[Any, ...]]:
    with limited(reader, rows.kpi):
        return reader.rows(f"{sql} ORDER BY {rows.order} LIMIT {int(limit)} OFFSET {int(offset)}")


def total(reader: Reader, rows: RowsPlan) -> int:
    """How many there are."""
    with limited(reader, rows.kpi):
        row = reader.one(f"SELECT count(*) FROM ({rows.sql})")
    return int(row[0]) if row else 0


def _of_window(reader: Reader, macro: str, window: Span, part: Slice, tail: str, whole: str) -> tuple[str, str]:
    """The kind of the rows and their statement for what a macro over the window adds up."""
    start, end = window.start, window.end
    since = ", span_from" if _bridged(reader, macro, part) else ""
    if macro == "judged_minutes":
        return "minutes", f"SELECT minute, state, calls, silent, usual FROM judged_minutes($window) {tail}"
    if macro == "latency_sum_in":
        inner = unfolded.facts(
            reader, "latency_sum", start, end, "minute, source, route, kind, calls, sum_us, span_from"
        )
        chosen = "minute, route, sum(calls)::BIGINT AS calls, sum(sum_us)::BIGINT AS sum_us, source"
        return "latency_sum", f"SELECT {chosen}{since} FROM {inner} {tail} GROUP BY minute, route, source{since}"
    if macro in ("latency_in", "latency_by_minute"):
        columns = "minute, source, route, kind, lower_ms, upper_ms, count, span_from"
        inner = _public(unfolded.facts(reader, "latency", start, end, columns), macro)
        keys = "minute, route, lower_ms, upper_ms"
        chosen = f"{keys}, sum(count)::BIGINT AS count, source{since}"
        return "latency", f"SELECT {chosen} FROM {inner} {tail} GROUP BY {keys}, source{since}"
    table, narrow, owner = "traffic", "", ""
    if part.segment is not None:
        table, owner = "consumer_traffic", " LEFT JOIN (SELECT unnest($owners, recursive := true)) ON name = consumer"
    elif part.consumer is not None:
        table, narrow = "consumer_traffic", f" WHERE consumer = {repr_text(part.consumer)}"
    method = "method" if table == "traffic" else "consumer"
    columns = f"minute, source, route, {method}, status, {unfolded.STATUS_CLASS} AS class, calls, span_from"
    inner = f"(SELECT * FROM {_public(unfolded.facts(reader, table, start, end, columns), macro)}{owner}{narrow})"
    keys = "minute, route" + (", status" if re.search(r"\bstatus\b", whole) else "")
    classes = "" if "status" in keys else "".join(
        f", coalesce(sum(calls) FILTER (WHERE class = {c}), 0)::BIGINT AS calls_{c}xx" for c in (4, 5)
    )  # fmt: skip
    chosen = f"{keys}, sum(calls)::BIGINT AS calls{classes}, source{since}"
    return "calls", f"SELECT {chosen} FROM {inner} {tail} GROUP BY {keys}, source{since}"


def _measured(before: str) -> list[str]:
    """The duration that a statement takes of each row (its column ``ms``), as it stands before the FROM."""
    taken = before[before.upper().rfind("SELECT") + len("SELECT") :].strip()
    return [taken] if re.search(r"\bAS\s+ms$", taken) else []


def _of(table: str, columns: tuple[str, ...]) -> list[str]:
    """Columns of a named table: what is joined to it may have the same names."""
    return [f"{table}.{column}" for column in columns] if table else list(columns)


def _public(inner: str, macro: str) -> str:
    """The macros by minute leave internal routes out themselves, and rows that are known over a longer span only."""
    return (
        f"(SELECT * FROM {inner} WHERE NOT internal AND span_from IS NULL)" if macro.endswith("_by_minute") else inner
    )


def _bridged(reader: Reader, macro: str, part: Slice) -> bool:
    tables = {"calls_in": "traffic", "latency_in": "latency", "latency_sum_in": "latency_sum"}
    return macro in tables and not by_consumer(part) and reader.has_spans(tables[macro])


def _tail(sql: str, begin: int) -> str:
    """What follows a FROM up to the end of its WHERE: joins and conditions."""
    for place, character, depth in _walk(sql, begin):
        if depth < 0 or (depth == 0 and character.isalpha() and _ENDS.match(sql, place) and _starts_word(sql, place)):
            return sql[begin:place]
    return sql[begin:]


def _starts_word(sql: str, place: int) -> bool:
    return place == 0 or not (sql[place - 1].isalnum() or sql[place - 1] == "_")


def _walk(sql: str, begin: int) -> Iterator[tuple[int, str, int]]:
    """Characters outside of quotes, with how deep in brackets they stand."""
    depth, quote = 0, ""
    for place in range(begin, len(sql)):
        character = sql[place]
        if quote:
            quote = "" if character == quote else quote
            continue
        if character in "'\"":
            quote = character
            continue
        depth += (character == "(") - (character == ")")
        yield place, character, depth
