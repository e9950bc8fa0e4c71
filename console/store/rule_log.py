"""What rules said and what people answered, as facts. Write lane only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import duckdb

from console.store.append import append_rows, append_table, instant
from console.store.columns import columns_of
from console.store.session import Session, first_row

ACCEPTED, DISMISSED = "accepted", "dismissed"


class Proposal(NamedTuple):
    """One field of one ticket. ``decision_id``: the decision by which the rule did it itself, None where it only proposes."""

    proposal: str
    rule: str
    version: str
    source: str
    ticket: str
    field: str
    before: str
    after: str
    decision_id: str | None
    happened_at: int


OFF = -1
"""In place of how many tickets were looked at: all rules were switched off."""


def looked_upto(connection: duckdb.DuckDBPyConnection) -> tuple[int, bool] | None:
    """How far tickets were looked at, and whether all rules were off since; None before rules were ever asked."""
    row = first_row(connection, "SELECT epoch_us(max(upto)), arg_max(tickets, known_at) = ? FROM rule_look", [OFF])
    return (int(row[0]), bool(row[1])) if row and row[0] is not None else None


def looked(session: Session, connection: duckdb.DuckDBPyConnection, upto: int, tickets: int, now: int) -> None:
    append_rows(session, connection, "rule_look", [(instant(upto), tickets, instant(now))], now)


def propose(session: Session, connection: duckdb.DuckDBPyConnection, proposals: Sequence[Proposal], now: int) -> None:
    append_table(session, connection, "rule_proposal", columns_of("rule_proposal", proposals), now)


def answer(
    session: Session,
    connection: duckdb.DuckDBPyConnection,
    answers: Sequence[tuple[str, str, str | None]],
    who: str,
    now: int,
) -> None:
    """``answers``: the proposal's id, ``ACCEPTED`` or ``DISMISSED``, and the decision it became."""
    rows = [(proposal, word, decision, who, instant(now)) for proposal, word, decision in answers]
    append_rows(session, connection, "proposal_answer", rows, now)


def touched(connection: duckdb.DuckDBPyConnection, after: int, upto: int) -> list[tuple[str, str]]:
    """Source and id of the tickets something new is known of in (after, upto], also what was derived and captured by hand."""
    inside = f"known_at > make_timestamp({after}) AND known_at <= make_timestamp({upto})"
    return connection.execute(
        f"SELECT DISTINCT source, ticket FROM ticket_event WHERE {inside} UNION "
        f"SELECT DISTINCT source, ticket FROM decided_change WHERE {inside} AND field = 'key' ORDER BY ALL"
    ).fetchall()


def newest(connection: duckdb.DuckDBPyConnection) -> int:
    """The newest knowledge about tickets."""
    row = first_row(
        connection,
        "SELECT coalesce(epoch_us(max(k)), 0) FROM (SELECT max(known_at) AS k FROM ticket_event UNION ALL "
        "SELECT max(known_at) FROM decided_change)",
    )
    return int(row[0]) if row else 0
