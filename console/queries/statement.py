"""A KPI's statement with its parameters written in: what is shown as a number's proof, and the same rows come by faster.

``$part`` is what a slice leaves: ``true``, or conditions such as ``route = 'GET /a' AND severity = 'P1'``. ``$then`` is the
moment that ticket macros take, standing at the end of the window.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from console.model.moment import Span
from console.model.number import Slice
from console.queries import segments, sla_clocks, sla_terms
from console.queries.literals import stamp
from console.queries.reader import Reader
from console.queries.unfolded import unfold
from console.store.columns import repr_text

COLUMNS = {
    "route": "route", "severity": "severity", "kind": "kind", "area": "component", "channel": "channel",
    "segment": "segment",
}  # fmt: skip
"""The column that each slice narrows; a consumer is a macro of its own, a release is a window, the segment of what is no ticket a
column that ``segments`` adds."""

PARAMETERS = (
    "window", "moment", "then", "from", "to", "at", "known", "covered_s", "part", "route", "severity", "go_live", "sla",
)  # fmt: skip
CLOCKS = "sla_clocks($sla)"
_PARAMETER = re.compile(r"\$(\w+)")
_LAST_SELECT = re.compile(r"(?m)^SELECT ")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement is asked: ``covered_s`` seconds of the window are known, ``newest`` is where knowledge ends."""

    window: Span
    part: Slice
    covered_s: float
    newest: int


def fill(reader: Reader, sql: str, place: Place) -> str:
    """The statement that anyone can run on the session."""
    return write_in(sliced(sql, place.part), parameters(reader, place))


def sliced(sql: str, part: Slice) -> str:
    """The statement over facts that are told by the part's segment or consumer."""
    if part.segment is not None and segments.apart(sql):
        return segments.told(sql)
    if part.consumer is not None:
        return sql.replace("calls_in($window)", f"consumer_calls_in($window, {repr_text(part.consumer)})")
    return sql


def fill_fast(reader: Reader, sql: str, place: Place, shelf: str | None) -> str:
    """The same rows by a shorter way: macros unfolded for this window, tickets from the shelf that stands at the moment."""
    sql = sliced(sql, place.part)
    if not by_consumer(place.part) and "($window)" in sql:
        sql = unfold(reader, sql, place.window.start, place.window.end)
    if CLOCKS in sql:
        # Planning the macro takes ten times as long as working its rows out.
        sql = sql.replace(CLOCKS, sla_clocks.nearest_table(reader))
    if shelf is not None:
        sql = segments.on_shelf(sql, shelf)
        sql = sql.replace("tickets_at($moment)", shelf)
        if stands_at_end(place):
            sql = sql.replace("tickets_at($then)", shelf)
    return write_in(sql, parameters(reader, place))


def by_consumer(part: Slice) -> bool:
    """Whether calls are counted by consumer: by sources that name them, in tens of minutes."""
    return part.consumer is not None or part.segment is not None


def stands_at_end(place: Place) -> bool:
    """Whether nothing is known after the window, so that the end of the window is the moment itself."""
    return place.window.end >= place.newest


def parameters(reader: Reader, place: Place) -> dict[str, Callable[[], str]]:
    """How each parameter is written; only those that a statement names are worked out."""
    window, part = place.window, place.part
    return {
        "window": lambda: reader.window(window.start, window.end, consumers=by_consumer(part)),
        "moment": lambda: reader.moment_sql,
        "then": lambda: reader.moment_sql if stands_at_end(place) else reader.moment_until(window.end),
        "from": lambda: stamp(window.start),
        "to": lambda: stamp(window.end),
        "at": lambda: stamp(reader.at),
        "known": lambda: reader.known_sql,
        "covered_s": lambda: repr(round(place.covered_s, 6)),
        "part": lambda: condition(part),
        "route": lambda: _text(part.route),
        "severity": lambda: _text(part.severity),
        "go_live": lambda: stamp(reader.go_live),
        "owners": lambda: segments.keys(reader, part.segment or ""),
        "voices": lambda: segments.voices(reader),
        "sla": lambda: sla_terms.written(reader),
    }


def write_in(sql: str, values: dict[str, Callable[[], str]]) -> str:
    """Replace ``$name`` where a value of that name is given; anything else stays."""
    return _PARAMETER.sub(lambda match: values[match.group(1)]() if match.group(1) in values else match.group(0), sql)


def condition(part: Slice, *, named: bool | None = None) -> str:
    """What ``$part`` becomes. ``named``: the rows bear the consumer's name; None: they do where a segment is asked for."""
    columns = {**COLUMNS, "consumer": "consumer"} if (part.segment is not None if named is None else named) else COLUMNS
    given = [f"{columns[name]} = {repr_text(value)}" for name, value in part.given().items() if name in columns]
    return " AND ".join(given) or "true"


def samples_of(sql: str) -> str | None:
    """The statement over the single durations in seconds behind a KPI of method bootstrap: its CTE ``samples``."""
    found = list(_LAST_SELECT.finditer(sql))
    return f"{sql[: found[-1].start()]}SELECT ms / 1000 AS s FROM samples" if found and sql.startswith("WITH") else None


def _text(value: str | None) -> str:
    return "NULL::VARCHAR" if value is None else repr_text(value)
