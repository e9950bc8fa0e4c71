"""Everything the triage queue sorts and filters by, one row a ticket, in one temporary table of the thread's connection.

The tickets of the shelf joined with their SLA clocks, measured reach and the weight of their segment, so that any filter or
order is one pass over one table. It is mended with the shelf; clocks run on between decisions, so that everything is joined
anew when they were worked out anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from console.model.moment import SECOND
from console.model.sla import Agreement
from console.model.stages import DEFAULT_STAGE_SQL
from console.queries import reach, sla
from console.queries.narrowed import only
from console.queries.reader import Reader
from console.queries.shelf import Mark, TicketShelf
from console.queries.sla_terms import agreement
from console.queries.touched import attention
from console.store.columns import repr_text

TABLE = "triage_shelf"
_FEW = "few_tickets"
_FEW_STEPS = "few_steps"
_FEW_CLOCKS = "few_clocks"

_KEPT = (
    "source", "ticket", "key", "severity", "status", "kind", "assignee", "segment", "channel", "component", "route",
    "category", "impact", "team", "area", "tags", "customer", "reporter", "release", "consumer", "error_code", "workaround",
    "duplicate_of", "pending", "refused",
)  # fmt: skip

_ARTICLES = "('article', 'articles')"

Order = tuple[tuple[str, str], ...]
"""Expressions with their direction and where what is unknown stands."""

RANK: Order = (
    ("(NOT done AND coalesce(state, '') = 'breached')", "DESC NULLS LAST"),
    ("done", "ASC NULLS LAST"),
    ("(kind = 'enhancement')", "ASC NULLS LAST"),
    ("coalesce(severity, 'P2~')", "ASC NULLS LAST"),
    ("left_s", "ASC NULLS LAST"),
    ("reach", "DESC NULLS LAST"),
    ("weight", "DESC NULLS LAST"),
    ("created", "ASC NULLS LAST"),
    ("source", "ASC NULLS LAST"),
    ("ticket", "ASC NULLS LAST"),
)
"""The shipped order: breached SLA, severity, working time left, reach, segment weight, age. What nobody judged yet may be
anything: it stands behind P2, not behind the cosmetic; wishes stand last."""


def sort_key(order: Order) -> str:
    """One value that compares as the order does."""
    listed = ", ".join(f"{expression}, '{way}'" for expression, way in order)
    return f"create_sort_key({listed})"


_CLOCKS_KEPT = 60 * SECOND
"""Live, all clocks are wound on once a minute, and in between those whose state becomes another: most of what is asked is
asked between two keys, and the order of the others hardly changes. What a row shows is told to the second (``triage.py``)."""

_MOST_TURNED = 500
"""Above this it is quicker to wind all of them on."""

_CLOCKS = (
    "response_left_s",
    "resolution_left_s",
    "forgotten_before",
    "response_due",
    "resolution_due",
    "state",
    "share",
    "response_runs",
    "resolution_runs",
    "changes_at",
    "told_at",
)


@dataclass(slots=True)
class _Standing:
    """What the connection's table was made from. ``wound``: the instant all its clocks were told for."""

    mark: Mark
    wound: int
    agreed: Agreement
    weights: dict[str, float]
    cube: reach.Cube


def fill(reader: Reader, shelf: TicketShelf, *, exact: bool = False) -> str:
    """Returns the name of the table, filled for the reader's moment.

    Live, states are those of the moment; how much is left, and since when a ticket is forgotten, may be a minute old
    unless ``exact``.
    """
    place = (TABLE, id(reader.connection))
    held: _Standing | None = shelf.beside.get(place)
    mark, touched = shelf.since(reader, held.mark if held is not None else None)
    agreed, weights = agreement(reader), reader.customers.weights
    usable = (
        held if touched is not None and held is not None and (held.agreed, held.weights) == (agreed, weights) else None
    )
    cube = reach.cube(reader, usable.cube if usable is not None else None)
    # A failure half-way leaves a table that nobody may use.
    shelf.beside.pop(place, None)
    wound = reader.at
    if usable is None or usable.cube is not cube or touched is None:
        _make(reader, shelf, cube)
    else:
        if touched:
            _mend(reader, shelf, cube, touched)
        kept = _CLOCKS_KEPT if reader.moment.live and not exact else 1
        if 0 <= reader.at - usable.wound < kept and _turn(reader, shelf):
            wound = usable.wound
        else:
            _wind(reader, shelf)
    shelf.beside[place] = _Standing(mark, wound, agreed, weights, cube)
    return TABLE


def _make(reader: Reader, shelf: TicketShelf, cube: reach.Cube) -> None:
    clocks = sla.fill(reader, shelf)
    tickets = shelf.fill(reader)
    with _Reached(reader, tickets, cube):
        reader.connection.execute(f"CREATE OR REPLACE TEMP TABLE {TABLE} AS {_select(reader, tickets, 'true', clocks)}")


def _mend(reader: Reader, shelf: TicketShelf, cube: reach.Cube, touched: list[str]) -> None:
    with _few(reader, shelf, touched) as some, _Reached(reader, _FEW, cube):
        reader.rows(f"DELETE FROM {TABLE} WHERE {some}")
        reader.rows(f"INSERT INTO {TABLE} {_select(reader, _FEW, some, _FEW_CLOCKS)}")


def _turn(reader: Reader, shelf: TicketShelf) -> bool:
    """Tell those clocks anew whose state became another since they were told; False when they are too many."""
    turned = [
        ticket
        for (ticket,) in reader.rows(
            f"SELECT DISTINCT ticket FROM {TABLE} WHERE NOT done AND changes_at <= {reader.at} LIMIT {_MOST_TURNED + 1}"
        )
    ]
    if len(turned) > _MOST_TURNED:
        return False
    if turned:
        with _few(reader, shelf, turned) as some:
            _take(reader, _FEW_CLOCKS, some)
    return True


@contextmanager
def _few(reader: Reader, shelf: TicketShelf, chosen: list[str]) -> Iterator[str]:
    """While it lasts, all that is read of tickets is read of these alone, with their clocks at the reader's very instant.

    Gives the condition that chooses them.
    """
    some = f"ticket IN ({', '.join(repr_text(ticket) for ticket in chosen)})"
    with only(reader, some):
        # They are read many times: each pass over the shelf's own tables would be one over all tickets.
        for few, whole in ((_FEW, shelf.fill(reader)), (_FEW_STEPS, shelf.status_steps)):
            reader.rows(f"CREATE OR REPLACE TEMP TABLE {few} AS SELECT * FROM {whole} WHERE {some}")
        reader.connection.register(_FEW_CLOCKS, sla.some(reader, _FEW, _FEW_STEPS))
        try:
            yield some
        finally:
            reader.connection.unregister(_FEW_CLOCKS)


def _wind(reader: Reader, shelf: TicketShelf) -> None:
    """Tell the open tickets' clocks anew."""
    _take(reader, sla.fill(reader, shelf), "true")


def _take(reader: Reader, clocks: str, some: str) -> None:
    """Put in what the clocks of open tickets say, and where these stand for it."""
    taken = ", ".join(f"{name} = l.{name}" for name in _CLOCKS)
    reader.connection.execute(
        f"UPDATE {TABLE} SET {taken}, left_s = least(l.response_left_s, l.resolution_left_s) FROM {clocks} l "
        f"WHERE l.source = {TABLE}.source AND l.ticket = {TABLE}.ticket AND NOT done"
    )
    reader.connection.execute(f"UPDATE {TABLE} SET rank_key = {sort_key(RANK)} WHERE NOT done AND {some}")


class _Reached:
    """While it lasts, ``reach_now`` holds the reach of a table's tickets."""

    def __init__(self, reader: Reader, tickets: str, cube: reach.Cube) -> None:
        told = reader.connection.execute(
            "SELECT source, ticket, route, epoch_us(created_at) AS created, "
            f"coalesce(epoch_us(resolved_at), {reader.at}) AS ended FROM {tickets} WHERE route IS NOT NULL"
        ).to_arrow_table()
        counted = cube.reach(
            told.column("route").to_pylist(), told.column("created").to_numpy(), told.column("ended").to_numpy()
        )
        values = pa.array(counted, pa.float64(), mask=np.isnan(counted))
        self._table = told.select(["source", "ticket"]).append_column("reach", values)
        self._connection = reader.connection

    def __enter__(self) -> None:
        self._connection.register("reach_now", self._table)

    def __exit__(self, *_: object) -> None:
        self._connection.unregister("reach_now")


def _select(reader: Reader, tickets: str, some: str, clocks: str) -> str:
    moment = reader.moment_sql
    kept = ", ".join(f"s.{name}" for name in _KEPT)
    times = ", ".join(
        f"epoch_us(s.{column}) AS {name}"
        for column, name in (
            ("created_at", "created"), ("updated_at", "updated"), ("acknowledged_at", "acknowledged"),
            ("resolved_at", "resolved"), ("snoozed_until", "snoozed"),
        )
    )  # fmt: skip
    told = ", ".join(f"l.{name}" for name in _CLOCKS)
    joined = (
        f"SELECT {kept}, {times}, s.source || ':' || s.key AS row_key, coalesce(s.title, '') AS title, "
        "regexp_extract(s.key, '^(.*?)(\\d*)$', 1) AS key_head, "
        "try_cast(regexp_extract(s.key, '(\\d+)$', 1) AS BIGINT) AS key_number, "
        f"coalesce(s.stage, {DEFAULT_STAGE_SQL}) AS stage, is_done(s.status) AS done, x.article, x.task, "
        f"epoch_us(x.due) AS due, coalesce(c.commented, false) AS commented, "
        f"epoch_us(greatest(s.updated_at, c.last)) AS touched, r.reach, {_weight(reader)} AS weight, {told} "
        f"FROM {tickets} s "
        "LEFT JOIN (SELECT source, ticket, "
        f"nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field IN {_ARTICLES}), '') AS article, "
        "nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'task'), '') AS task, "
        "try_cast(arg_max(new, turn) FILTER (WHERE field = 'due_at') AS TIMESTAMP) AS due "
        f"FROM ticket_words({moment}) WHERE field IN ('article', 'articles', 'task', 'due_at') GROUP BY source, ticket) x "
        "ON x.source = s.source AND x.ticket = s.ticket "
        f"LEFT JOIN ({attention(reader, tickets, moment, some)}) c "
        "ON c.source = s.source AND c.ticket = s.ticket "
        "LEFT JOIN reach_now r ON r.source = s.source AND r.ticket = s.ticket "
        f"LEFT JOIN {clocks} l ON l.source = s.source AND l.ticket = s.ticket"
    )
    left = "least(response_left_s, resolution_left_s)"
    hay = "lower(concat_ws(chr(10), title, key, assignee, segment, reporter, customer, route))"
    return (
        f"SELECT *, {sort_key(RANK)} AS rank_key "
        f"FROM (SELECT *, CASE WHEN NOT done THEN {left} END AS left_s, {hay} AS hay FROM ({joined}))"
    )


def _weight(reader: Reader) -> str:
    """How much a ticket's segment counts; 1 where the settings do not say."""
    cases = " ".join(
        f"WHEN {repr_text(segment)} THEN {weight!r}" for segment, weight in sorted(reader.customers.weights.items())
    )
    return f"CASE lower(s.segment) {cases} ELSE 1.0 END::DOUBLE" if cases else "1.0::DOUBLE"
