"""Customer and segment of tickets whose system does not tell them, derived from the mapping and written down as facts.

Written down, so that a moment long past shows what was known then, and every number over segments reads one column. What
the remote says always counts: where it stands behind an older guess of ours, it is said once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from console.model.customers import DERIVED, Book
from console.model.facts import TicketEvent
from console.store.append import append_table
from console.store.columns import columns_of, repr_text
from console.store.session import Session, first_row

ACTOR = "console"
_FIELDS = ("customer", "segment")
HEARD = frozenset({"key", "customer", "segment", "reporter", "consumer"})
"""Fields from which it follows; a ticket that was captured by hand begins with its key."""

_HEARD = ", ".join(f"'{name}'" for name in sorted(HEARD))
_WANTED = "derive_wanted"
_FEW = 200
_NOW = "{'at': TIMESTAMP 'infinity', 'known': TIMESTAMP 'infinity', 'only': NULL::VARCHAR[]}"


def newest(connection: duckdb.DuckDBPyConnection) -> int:
    """How far tickets are known: everything learnt later is still to be looked at."""
    row = first_row(
        connection,
        "SELECT coalesce(epoch_us(max(k)), 0) FROM (SELECT max(known_at) AS k FROM ticket_event UNION ALL "
        "SELECT max(known_at) FROM decided_change UNION ALL SELECT max(known_at) FROM delivery)",
    )
    return int(row[0]) if row else 0


def touched(connection: duckdb.DuckDBPyConnection, after: int, upto: int) -> list[tuple[str, str]]:
    """Source and id of the tickets that a system or a person said something of in (after, upto], the newest first."""
    inside = f"known_at > make_timestamp({after}) AND known_at <= make_timestamp({upto})"
    return connection.execute(
        "SELECT source, ticket FROM (SELECT source, ticket, happened_at FROM ticket_event "
        f"WHERE {inside} AND NOT starts_with(change_id, '{DERIVED}') UNION ALL "
        f"SELECT source, ticket, happened_at FROM decided_change WHERE {inside} AND field IN ({_HEARD}) UNION ALL "
        "SELECT c.source, c.ticket, l.happened_at FROM (SELECT decision_id, happened_at FROM delivery "
        f"WHERE {inside}) l JOIN decided_change c ON c.decision_id = l.decision_id WHERE c.field IN ({_HEARD})) "
        "GROUP BY source, ticket ORDER BY max(happened_at) DESC, source, ticket"
    ).fetchall()


def ever(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether anything was derived before, so that an empty mapping has something to take back."""
    row = first_row(connection, f"SELECT 1 FROM ticket_event WHERE starts_with(change_id, '{DERIVED}') LIMIT 1")
    return row is not None


def derive(
    session: Session,
    connection: duckdb.DuckDBPyConnection,
    book: Book,
    tickets: Sequence[tuple[str, str]],
    now: int,
) -> int:
    """Write what the mapping says of these tickets and is not written yet (write lane). Returns how many rows."""
    rows: list[TicketEvent] = []
    for held in _held(connection, tickets):
        rows.extend(_missing(book, held, now))
    if rows:
        append_table(session, connection, "ticket_event", columns_of("ticket_event", rows), now)
    return len(rows)


def _held(connection: duckdb.DuckDBPyConnection, tickets: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """For each ticket: what its system told, what stands, since when it exists and when its fields last changed."""
    columns = ", ".join(
        f"coalesce(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = '{name}' AND NOT ours), '') AS told_{name}, "
        f"coalesce(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = '{name}'), '') AS {name}, "
        f"epoch_us(max(happened_at) FILTER (WHERE field = '{name}')) AS {name}_at"
        for name in _FIELDS
    )
    people = ", ".join(
        f"coalesce(arg_max(new, turn) FILTER (WHERE field = '{name}'), '') AS {name}"
        for name in ("reporter", "consumer")
    )
    # The zone maps of the file then leave out most of what was told of other tickets.
    few = f"AND ticket IN ({', '.join(repr_text(t) for _, t in tickets)})" if len(tickets) <= _FEW else ""
    wanted = pa.table({"source": [s for s, _ in tickets], "ticket": [t for _, t in tickets]})
    connection.register(_WANTED, wanted)
    cursor = connection.execute(
        "WITH words AS (SELECT source, ticket, field, new, happened_at, happened_at AS turn, "
        f"starts_with(change_id, '{DERIVED}') AS ours FROM ticket_event WHERE field IN ({_HEARD}) {few} UNION ALL "
        f"SELECT source, ticket, field, new, happened_at, turn, false FROM decided_words({_NOW}) "
        f"WHERE field IN ({_HEARD}) {few}) "
        f"SELECT e.source, e.ticket, epoch_us(min(happened_at)) AS first, {columns}, {people} FROM words e "
        f"SEMI JOIN {_WANTED} w ON w.source = e.source AND w.ticket = e.ticket GROUP BY e.source, e.ticket"
    )
    names = [column[0] for column in cursor.description or []]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    connection.unregister(_WANTED)
    return found


def _missing(book: Book, held: dict[str, Any], now: int) -> list[TicketEvent]:
    owner = book.of_ticket(held["told_customer"], held["reporter"], held["consumer"])
    wanted = {"customer": owner.customer, "segment": held["told_segment"] or owner.segment}
    rows = []
    for name in _FIELDS:
        if held[name] == wanted[name]:
            continue
        how = owner.how or ("told" if held[f"told_{name}"] else "unknown")
        first, last = held["first"], held[f"{name}_at"]
        # A ticket has had its customer from the beginning; only a mapping that changed changes it later.
        at = first + 1 if last is None or last <= first else max(now, last + 1)
        change = f"{DERIVED}{how}:{at:x}"
        rows.append(
            TicketEvent(
                held["source"], held["ticket"], change, name, held[name] or None, wanted[name] or None, ACTOR, at
            )
        )
    return rows
