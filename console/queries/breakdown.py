"""One KPI for every route (or consumer, severity, kind, area, channel, segment, release) of a window in one question.

The KPI's own statement runs beside each part as a lateral join over what the window holds, read once: so every value is
exactly the one that ``kpi.ask`` gives for that slice, and 200 routes cost about as much as one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from console.model.errors import QuestionError
from console.model.number import Slice
from console.queries import segments, sla_clocks
from console.queries.kpi import Frame, KpiAnswer, ask, frame, judge, limited, standing_for, unfit, with_beside
from console.queries.kpi_file import Kpi
from console.queries.reader import Reader
from console.queries.releases import runs
from console.queries.statement import (
    CLOCKS,
    COLUMNS,
    condition,
    parameters,
    samples_of,
    stands_at_end,
    write_in,
)
from console.queries.unfolded import table
from console.store.columns import repr_text

_GATEWAY = re.compile(r"\b(calls_in|latency_in|latency_sum_in)\(\$window\)")
_TICKETS = re.compile(r"\btickets_at\(\$(moment|then)\)")
_NEAR, _FAR, _OWNERS = "\x00", "\x01", "\x02"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """``parts``: each part's name with its answer, the one with most evidence first. ``why``: why there are none.

    ``beside``: what is in none of them, in words.
    """

    by: str
    parts: tuple[tuple[str, KpiAnswer], ...]
    why: str = ""
    beside: str = ""


def breakdown(
    reader: Reader,
    kpi: Kpi,
    by: str,
    start: int | None = None,
    end: int | None = None,
    part: Slice | None = None,
    shelf: str | None = None,
    *,
    interval: bool = True,
    shown: bool = False,
) -> Breakdown:
    """Ask a KPI for every part of [start, end). Arguments as of ``kpi.ask``; ``by`` is a name of a slice.

    ``shown``: also write each part's statement into its answer; else it is ''.

    Raises QuestionError when the slice already narrows ``by``, and as ``kpi.ask`` does.
    """
    part = part or Slice()
    if by in part.given():
        raise QuestionError(f"It is narrowed to one {by} already; leave that out to see them all.")
    refused = unfit(kpi, dataclasses.replace(part, **{by: ""}))
    if refused:
        return Breakdown(by, (), refused)
    if by == "release":
        return _by_release(reader, kpi, start, end, part, shelf, interval)
    reader = standing_for(reader, kpi)
    whole = dataclasses.replace(part, **{by: ""}) if by in ("consumer", "segment") else part
    asked = frame(reader, kpi, start, end, whole)
    if asked.refused:
        return Breakdown(by, (), asked.refused)
    joined = _Joined(reader, kpi, by, asked, shelf)
    with limited(reader, kpi):
        asked = with_beside(reader, asked, shelf)
        rows = _rows(reader, joined.over(joined.body))
        samples = _samples(reader, joined) if interval and kpi.method == "bootstrap" else {}
    write = _shown(reader, kpi, by, asked) if shown else _unwritten
    found = []
    for name, row in rows:
        if name in samples:
            row["samples"] = samples[name]
        found.append((name, judge(asked, write(name), row)))
    found.sort(key=lambda pair: (-pair[1].n, pair[0]))
    return Breakdown(by, tuple(found), "" if found else _none(by), asked.beside)


def _by_release(
    reader: Reader, kpi: Kpi, start: int | None, end: int | None, part: Slice, shelf: str | None, interval: bool
) -> Breakdown:
    """Each release is a window of its own; a version that came back is told where it was last."""
    whole = frame(reader, kpi, start, end, part).window
    last = dict(runs(reader))
    found = [
        (v, ask(reader, kpi, whole.start, whole.end, dataclasses.replace(part, release=v), shelf, interval=interval))
        for v, span in last.items()
        if span.clip(whole).length
    ]
    return Breakdown("release", tuple(reversed(found)), "" if found else _none("release"))


def _none(by: str) -> str:
    return f"Nothing in this window names {'an' if by == 'area' else 'a'} {by}."


def _unwritten(_name: str) -> str:
    return ""


class _Joined:
    """The statement of a KPI as a lateral join beside its parts, and what both read, each read once."""

    def __init__(self, reader: Reader, kpi: Kpi, by: str, asked: Frame, shelf: str | None) -> None:
        window, part = asked.window, asked.place.part
        bases: dict[str, str] = {}

        def told(name: str, rows: str) -> str:
            bases[f"base_{name}"] = f"SELECT * FROM {rows if shelf is None else segments.on_shelf(rows, shelf)}"
            return f"base_{name}"

        def gateway(match: re.Match[str]) -> str:
            macro = match.group(1)
            if part.consumer is None:
                bases[f"base_{macro}"] = f"SELECT * FROM {table(reader, macro, window.start, window.end)}"
            else:
                bases[f"base_{macro}"] = f"SELECT * FROM {_consumers(by, part)}"
            return f"base_{macro}"

        def tickets(match: re.Match[str]) -> str:
            if shelf is not None and (match.group(1) == "moment" or stands_at_end(asked.place)):
                return shelf
            bases[f"base_{match.group(1)}"] = f"SELECT * FROM tickets_at(${match.group(1)})"
            return f"base_{match.group(1)}"

        named = part.segment is not None and segments.apart(kpi.sql)
        held = segments.told(kpi.sql, told) if named else _GATEWAY.sub(gateway, kpi.sql)
        body = _TICKETS.sub(tickets, held)
        if CLOCKS in body:
            bases["base_clocks"] = f"SELECT * FROM {sla_clocks.nearest_table(reader)}"
            body = body.replace(CLOCKS, "base_clocks")
        column = "consumer" if by == "consumer" else COLUMNS[by]
        values = parameters(reader, asked.place)
        narrowed = condition(dataclasses.replace(part, **{by: None}), named=named)
        mine = f"{narrowed} AND {column} = pieces.piece" if narrowed != "true" else f"{column} = pieces.piece"
        inside = {**values, "part": lambda: mine, by: lambda: "pieces.piece"}
        self.body = write_in(body, inside)
        names = [*bases] or [name for name in (shelf,) if name]
        if not names:
            raise QuestionError(f"{kpi.title} reads nothing that has a {by}; its file says it does.")
        where = " AND NOT internal" if names[0].startswith(("base_calls", "base_latency")) else ""
        self._with = "WITH " + ", ".join(
            [f"{name} AS MATERIALIZED ({write_in(sql, values)})" for name, sql in bases.items()]
            + [
                f"pieces AS MATERIALIZED (SELECT DISTINCT {column} AS piece FROM {names[0]} "
                f"WHERE {column} IS NOT NULL AND {narrowed}{where})"
            ]
        )

    def over(self, body: str) -> str:
        """``body`` beside each part: its columns after the part's name."""
        return f"{self._with} SELECT pieces.piece, k.* FROM pieces LEFT JOIN LATERAL ({body}) k ON true"


def _consumers(by: str, part: Slice) -> str:
    if by == "consumer":
        return "consumers_calls_in($window)"
    return f"consumer_calls_in($window, {repr_text(part.consumer or '')})"


def _rows(reader: Reader, sql: str) -> list[tuple[str, dict[str, Any]]]:
    cursor = reader.connection.execute(sql)
    names = [column[0] for column in cursor.description or []][1:]
    return [(str(first), dict(zip(names, rest, strict=True))) for first, *rest in cursor.fetchall()]


def _samples(reader: Reader, joined: _Joined) -> dict[str, Any]:
    """The single durations in seconds of each part."""
    asked = samples_of(joined.body)
    if asked is None:
        return {}
    found = reader.connection.execute(joined.over(asked)).fetchnumpy()
    named, seconds = np.asarray(found["piece"]).astype(str), np.ma.asarray(found["s"])
    kept = ~np.ma.getmaskarray(seconds)
    named, held = named[kept], np.asarray(seconds[kept], np.float64)
    return {str(name): held[named == name] for name in np.unique(named)}


def _shown(reader: Reader, kpi: Kpi, by: str, asked: Frame) -> Callable[[str], str]:
    """Makes the statement of one part as ``kpi.ask`` would show it; what all parts share is written in once."""
    part = asked.place.part
    sql = kpi.sql
    values = {**parameters(reader, asked.place), "part": lambda: _FAR, by: lambda: _NEAR}
    named = part.segment is not None and segments.apart(sql)
    if named:
        sql = segments.told(sql)
        if by == "segment":
            values["owners"] = lambda: _OWNERS
    elif part.consumer is not None:
        who = _NEAR if by == "consumer" else repr_text(part.consumer)
        sql = sql.replace("calls_in($window)", f"consumer_calls_in($window, {who})")
    held = write_in(sql, values)

    def write(name: str) -> str:
        own = dataclasses.replace(part, **{by: name})
        found = held.replace(_NEAR, repr_text(name)).replace(_FAR, condition(own, named=named))
        return found.replace(_OWNERS, segments.keys(reader, name)) if _OWNERS in found else found

    return write
