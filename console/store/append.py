"""Facts in, change flags out. Runs on the write lane only; one transaction an append.

The same facts twice change nothing: tickets, comments, surveys, releases and events are compared by their ids, minute
facts of a span that was read again are turned into differences. Plain increments are trusted: a source hands each of
them over once, together with the cursor that says so, and both are stored in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from console.model.change import Change
from console.model.facts import Facts, Fetched, Reread
from console.store.columns import COLUMNS, FACTS, PLACES, TIME, columns_of, literal, repr_text, storable
from console.store.session import Session, first_row
from console.store.transaction import transaction

_FEW = 4

_IDENTITY = {
    "covered": ("source", "from", "to", "whole"),
    "gauge": ("source", "name", "labels", "happened_at"),
    "ticket_event": ("source", "ticket", "change_id", "field"),
    "comment": ("source", "ticket", "comment_id"),
    "survey": ("source", "survey_id"),
    "release": ("source", "version", "kind", "happened_at"),
    "event": ("source", "event_id"),
    "measure": ("source", "name", "labels", "happened_at"),
}

_AFTER = {"covered": ("from", "to"), "gauge": ("happened_at", "happened_at")}
"""Facts that arrive in the order of time: where a row begins and where it ends."""

_KEYS = {
    "traffic": (("minute", "source", "route", "method", "status"), ("calls",)),
    "latency": (("minute", "source", "route", "kind", "lower_ms", "upper_ms"), ("count",)),
    "latency_sum": (("minute", "source", "route", "kind"), ("calls", "sum_us")),
    "consumer_traffic": (("minute", "source", "consumer", "route", "status"), ("calls",)),
}

_FLAGS = {
    "covered": Change.SOURCES,
    "traffic": Change.TRAFFIC,
    "latency": Change.TRAFFIC,
    "latency_sum": Change.TRAFFIC,
    "consumer_traffic": Change.TRAFFIC,
    "gauge": Change.RESOURCES,
    "measure": Change.FEEDBACK,
    "call": Change.TRAFFIC,
    "ticket_event": Change.TICKETS,
    "comment": Change.TICKETS,
    "survey": Change.FEEDBACK,
    "release": Change.RELEASES,
    "event": Change.RELEASES,
}


class PollRow(NamedTuple):
    """One question to a source and how it ended. ``outcome``: good, partial or a word of ``errors.Trouble``."""

    source: str
    started: int
    finished: int
    outcome: str
    error: str = ""
    rows: int = 0
    bytes: int = 0


def append_fetched(session: Session, connection: duckdb.DuckDBPyConnection, poll: PollRow, fetched: Fetched) -> Change:
    """Append one answer: its facts, its poll row and its cursor, all or nothing. Returns what changed."""
    return append_many(session, connection, [(poll, fetched)])


def append_many(
    session: Session,
    connection: duckdb.DuckDBPyConnection,
    answers: Sequence[tuple[PollRow, Fetched | None]],
) -> Change:
    """Append several answers in one transaction with one ``known_at``; None stands for a poll that failed."""
    known = session.stamp(max(poll.finished for poll, _ in answers))
    change = Change.SOURCES
    bundle = Facts()
    rows: list[PollRow] = []
    cursors: list[tuple[str, bytes]] = []
    with _all_or_nothing(session, connection):
        for poll, fetched in answers:
            count = 0
            if fetched is not None:
                count = len(fetched.facts)
                if fetched.reread:
                    change |= _append_reread(session, connection, fetched, known)
                else:
                    _pour(fetched.facts, bundle)
                cursors.append((poll.source, fetched.cursor))
            rows.append(PollRow(poll.source, poll.started, poll.finished, poll.outcome, poll.error, count, poll.bytes))
        change |= _append_facts(session, connection, bundle, known)
        insert_rows(connection, "poll", rows, known)
        if cursors:
            _replace_cursors(connection, dict(cursors), known)
    return change


def append_facts(session: Session, connection: duckdb.DuckDBPyConnection, facts: Facts, now: int) -> Change:
    """Append facts without a poll (tests, imports, the simulated launch). Returns what changed."""
    known = session.stamp(now)
    with _all_or_nothing(session, connection):
        return _append_facts(session, connection, facts, known)


def append_rows(
    session: Session, connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[Any, ...]], now: int
) -> None:
    """Append decisions, settings and notes: rows of the table's columns without ``known_at``; instants as ints."""
    known = session.stamp(now)
    with transaction(connection):
        for row in rows:
            marks = ", ".join("make_timestamp(?::BIGINT)" if isinstance(value, _Instant) else "?" for value in row)
            connection.execute(
                f"INSERT INTO {table} VALUES ({marks}, make_timestamp(?::BIGINT))", [*map(_bare, row), known]
            )


class _Instant(int):
    """An int that is stored as a TIMESTAMP by ``append_rows``."""


def instant(value: int) -> int:
    """Mark a number as an instant for ``append_rows``."""
    return _Instant(value)


def append_table(session: Session, connection: duckdb.DuckDBPyConnection, table: str, data: pa.Table, now: int) -> None:
    """Append many rows of one minute-fact table at once, already in columns (without ``known_at``)."""
    known = session.stamp(now)
    with transaction(connection):
        _insert(connection, table, data, known)


def cursor_of(connection: duckdb.DuckDBPyConnection, source: str) -> bytes:
    """Where a source stands; b'' when it never answered."""
    sql = "SELECT cursor FROM source_cursor WHERE source = ? ORDER BY known_at DESC LIMIT 1"
    row = first_row(connection, sql, [source])
    return bytes(row[0]) if row else b""


def _bare(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    return int(value) if isinstance(value, _Instant) else value


def _pour(facts: Facts, into: Facts) -> None:
    for table in FACTS:
        rows = getattr(facts, table)
        if rows:
            getattr(into, table).extend(rows)


def _append_facts(session: Session, connection: duckdb.DuckDBPyConnection, facts: Facts, known: int) -> Change:
    change = Change.NONE
    for table in FACTS:
        rows = getattr(facts, table)
        if not rows:
            continue
        if table in _IDENTITY and not _surely_new(session, connection, table, rows):
            if _insert_unseen(connection, table, columns_of(table, _each_once(table, rows)), known):
                change |= _FLAGS[table]
            continue
        insert_rows(connection, table, rows, known)
        change |= _FLAGS[table]
    return change


def _surely_new(
    session: Session, connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]
) -> bool:
    """Whether each row lies after everything its source has told, so that none of them can be known already.

    Looking for each row among millions costs more than writing it. ``session.newest`` remembers how far each source is.
    """
    if table not in _AFTER or len(set(rows)) < len(rows):
        return False
    begin, end = _AFTER[table]
    newest = session.newest
    furthest: dict[str, int] = {}
    fresh = True
    for row in rows:
        source = row[PLACES[table]["source"]]
        if (table, source) not in newest:
            sql = f'SELECT coalesce(epoch_us(max("{end}")), 0) FROM {table} WHERE source = ?'
            held = first_row(connection, sql, [source])
            newest[table, source] = int(held[0]) if held else 0
        first, last = row[PLACES[table][begin]], row[PLACES[table][end]]
        after = first >= newest[table, source] if begin != end else first > newest[table, source]
        fresh = fresh and after
        furthest[source] = max(furthest.get(source, 0), last)
    for source, last in furthest.items():
        newest[table, source] = max(newest[table, source], last)
    return fresh


@contextmanager
def _all_or_nothing(session: Session, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A transaction; ``session.newest`` takes over what was learnt in it only once it is written."""
    before = session.newest
    session.newest = dict(before)
    try:
        with transaction(connection):
            yield
        before = session.newest
    finally:
        session.newest = before


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]], known: int) -> None:
    """Insert rows of a fact. A few go as values: reading Arrow costs a millisecond before the first row."""
    if len(rows) > _FEW:
        _insert(connection, table, columns_of(table, rows), known)
        return
    kinds = COLUMNS[table]
    names = ", ".join(f'"{name}"' for name in kinds)
    lines = ", ".join(
        f"({', '.join(literal(value, kind) for value, kind in zip(row, kinds.values(), strict=True))}, "
        f"make_timestamp({known}))"
        for row in rows
    )
    connection.execute(f"INSERT INTO {table} ({names}, known_at) VALUES {lines}")


def _insert(connection: duckdb.DuckDBPyConnection, table: str, data: pa.Table, known: int) -> None:
    """Insert columns; those that ``data`` lacks are NULL. Handed over as a relation, which needs no name to be found by."""
    held = set(data.column_names)
    columns = {
        name: data.column(name) if name in held else pa.nulls(data.num_rows, kind)
        for name, kind in COLUMNS[table].items()
    }
    columns["known_at"] = pa.repeat(pa.scalar(known, pa.int64()), data.num_rows).view(TIME)
    connection.from_arrow(pa.table(columns)).insert_into(table)


@contextmanager
def _arriving(connection: duckdb.DuckDBPyConnection, data: pa.Table) -> Iterator[None]:
    """``data`` can be read as the table ``arriving``."""
    connection.register("arriving", data)
    try:
        yield
    except duckdb.Error:
        # Taking the name back needs a transaction that still stands; ``register`` replaces it the next time.
        raise
    else:
        connection.unregister("arriving")


def _each_once(table: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows without those whose identity came earlier among them, as it will be stored."""
    places = [PLACES[table][key] for key in _IDENTITY[table]]
    first: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in rows:
        first.setdefault(tuple([storable(v) if isinstance(v := row[place], str) else v for place in places]), row)
    return list(first.values())


def _insert_unseen(connection: duckdb.DuckDBPyConnection, table: str, data: pa.Table, known: int) -> int:
    """Insert the rows whose identity is not in the table; among themselves they are different. Returns how many."""
    keys = [f'"{key}"' for key in _IDENTITY[table]]
    same = " AND ".join(f"t.{key} = a.{key}" for key in keys)
    sources = set(data.column("source").to_pylist())
    narrow = f"source IN ({', '.join(repr_text(s) for s in sorted(sources))})"
    for time in ("from", "happened_at"):
        if time in _IDENTITY[table]:
            # The zone maps of the file then leave out all but the rows of the same time.
            instants = data.column(time).cast(pa.int64()).to_pylist()
            narrow += f' AND "{time}" BETWEEN make_timestamp({min(instants)}) AND make_timestamp({max(instants)})'
    if (
        table == "ticket_event"
        and data.num_rows <= 2000
        and len(tickets := set(data.column("ticket").to_pylist())) <= 50
    ):
        narrow += f" AND ticket IN ({', '.join(repr_text(t) for t in sorted(tickets))})"
    elif "ticket" in _IDENTITY[table]:
        # Without it the join would build its table from everything the source ever told, once for each page of a first read.
        narrow += " AND ticket IN (SELECT ticket FROM arriving)"
    names = ", ".join(f'"{name}"' for name in data.column_names)
    told = ", ".join(f'a."{name}"' for name in data.column_names)
    key = ", ".join(keys)
    with _arriving(connection, data):
        inserted = connection.execute(
            f"INSERT INTO {table} ({names}, known_at) SELECT {told}, make_timestamp({known}) "
            f"FROM arriving a ANTI JOIN (SELECT {key} FROM {table} WHERE {narrow}) t ON {same}"
        ).fetchall()
    return int(inserted[0][0])


def _append_reread(session: Session, connection: duckdb.DuckDBPyConnection, fetched: Fetched, known: int) -> Change:
    """Minute facts inside a span read again become differences to what is held; the rest is appended as it is."""
    change = Change.NONE
    rest = Facts()
    _pour(fetched.facts, rest)
    for table, (keys, values) in _KEYS.items():
        rows = getattr(rest, table)
        again = [r for r in rows if r.span_from is None and _inside(r.source, r.minute, fetched.reread)]
        if len(again) < len(rows):
            rest_rows = [r for r in rows if not (r.span_from is None and _inside(r.source, r.minute, fetched.reread))]
        else:
            rest_rows = []
        setattr(rest, table, rest_rows)
        data = columns_of(table, again) if again else _empty(table)
        difference = _difference(connection, table, keys, values, data, fetched.reread)
        if difference.num_rows:
            _insert(connection, table, difference, known)
            change |= _FLAGS[table]
    return change | _append_facts(session, connection, rest, known)


def _inside(source: str, minute: int, spans: list[Reread]) -> bool:
    return any(s.source == source and s.from_ <= minute < s.to for s in spans)


def _empty(table: str) -> pa.Table:
    kinds = COLUMNS[table]
    return pa.table({name: pa.array([], kind) for name, kind in kinds.items()})


def _difference(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    keys: tuple[str, ...],
    values: tuple[str, ...],
    data: pa.Table,
    spans: list[Reread],
) -> pa.Table:
    """What must be added so that the sums inside the spans equal ``data``; rows whose sums agree are left out."""
    inside = " OR ".join(
        f"(source = {repr_text(s.source)} AND minute >= make_timestamp({s.from_}) AND minute < make_timestamp({s.to}))"
        for s in spans
    )
    key = ", ".join(keys)
    held = ", ".join(f"-sum({v})::BIGINT AS {v}" for v in values)
    told = ", ".join(f"sum({v})::BIGINT AS {v}" for v in values)
    some = " OR ".join(f"sum({v}) <> 0" for v in values)
    sums = ", ".join(f"sum({v})::BIGINT AS {v}" for v in values)
    with _arriving(connection, data):
        return connection.execute(
            f"SELECT {key}, {sums} FROM ("
            f"SELECT {key}, {told} FROM arriving GROUP BY {key} UNION ALL "
            f"SELECT {key}, {held} FROM {table} WHERE span_from IS NULL AND ({inside}) GROUP BY {key}"
            f") GROUP BY {key} HAVING {some} ORDER BY {key}"
        ).to_arrow_table()


def _replace_cursors(connection: duckdb.DuckDBPyConnection, cursors: dict[str, bytes], known: int) -> None:
    names = ", ".join(repr_text(name) for name in cursors)
    connection.execute(f"DELETE FROM source_cursor WHERE source IN ({names})")
    if len(cursors) > _FEW:
        data = pa.table({"source": list(cursors), "cursor": pa.array(list(cursors.values()), pa.binary())})
        _insert(connection, "source_cursor", data, known)
        return
    lines = ", ".join(
        f"({repr_text(name)}, {literal(cursor, pa.binary())}, make_timestamp({known}))"
        for name, cursor in cursors.items()
    )
    connection.execute(f"INSERT INTO source_cursor (source, cursor, known_at) VALUES {lines}")
