"""The facts of several windows as one FROM term: what is compared when a span is explained.

Each window is a branch with literal bounds, so that the file's zone maps skip the days between; outranked sources leave
once, over all branches. (Table macros per window, eight of them joined, made DuckDB 1.5.5 spin for minutes.) Rows known
only as the sum of a longer span are left out, as their minutes are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.model.moment import MINUTE, Span
from console.model.spike_windows import Windows
from console.queries.literals import spans_sql, stamp
from console.queries.reader import Reader


@dataclass(frozen=True, slots=True)
class Table:
    """A table of minute facts: its key ``columns``, its count, and the roll-up that serves whole hours ('': none)."""

    name: str
    columns: tuple[str, ...]
    count: str
    rolled: str = ""
    shift: int = 0
    """How much later a row counts than its minute says: half the grain of a coarser table."""


TRAFFIC = Table("traffic", ("route", "method", "status"), "calls", "roll_traffic_hour")
LATENCY = Table("latency", ("route", "kind", "lower_ms", "upper_ms"), "count", "roll_latency_hour")
CONSUMERS = Table("consumer_traffic", ("consumer", "route", "status"), "calls", shift=5 * MINUTE)


def rows(reader: Reader, asked: Windows, table: Table, *, long: bool) -> str:
    """``win, slot``, the table's columns and ``calls`` of every window. ``long``: from roll-ups where they are exact."""
    columns = ", ".join(table.columns)
    branches = [
        branch
        for place, window in enumerate(asked.every)
        for branch in _branches(reader, asked, table, place, window, long)
    ]
    first, last = min(w.start for w in asked.every), max(w.end for w in asked.every)
    outranked = reader.outranked_in(first, last, consumers=table is CONSUMERS)
    spans = spans_sql([(s, name) for name, s in outranked])
    anti = ""
    if outranked:
        anti = (
            'ANTI JOIN (SELECT o.source AS source, o."from" AS "from", o."to" AS "to" '
            f"FROM (SELECT unnest({spans}) AS o)) AS o "
            'ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"'
        )
    return f"(SELECT win, slot, {columns}, calls FROM ({' UNION ALL '.join(branches)}) AS t {anti})"


def _branches(reader: Reader, asked: Windows, table: Table, place: int, window: Span, long: bool) -> list[str]:
    rolled = table.rolled if long and reader.rolled is not None else ""
    if rolled and reader.mixed_hours(window.start, window.end):
        rolled = ""
    known = "" if reader.known is None else f" AND known_at <= {reader.known_sql}"
    facts = _branch(asked, table, place, window, "minute", table.name, f"span_from IS NULL{known}")
    if not rolled:
        return [facts]
    upto = stamp(reader.rolled or 0)
    late = _branch(asked, table, place, window, "minute", table.name, f"span_from IS NULL{known} AND known_at > {upto}")
    return [_branch(asked, table, place, window, "hour", rolled, f"newest_known <= {upto}"), late]


def _branch(asked: Windows, table: Table, place: int, window: Span, clock: str, name: str, where: str) -> str:
    start, end = window.start - table.shift, window.end - table.shift
    slot = f"((epoch_us({clock}) - {start}) // {asked.slot})::INTEGER"
    return (
        f"SELECT {place} AS win, {slot} AS slot, {clock} AS minute, source, {', '.join(table.columns)}, "
        f"{table.count} AS calls FROM {name} WHERE {clock} >= {stamp(start)} AND {clock} < {stamp(end)} AND {where}"
    )
