"""Decisions about tickets and how their delivery went, appended together: all rows of an act or none (write lane only)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb

from console.store.append import insert_rows
from console.store.session import Session
from console.store.transaction import transaction


class DecisionRow(NamedTuple):
    decision_id: str
    act: str
    subject: str
    value: str
    who: str
    comment: str
    happened_at: int


class ChangeRow(NamedTuple):
    """``base``: what stood there when it was decided, None where there was no ticket yet. ``remote``: its system is asked."""

    decision_id: str
    source: str
    ticket: str
    field: str
    base: str | None
    new: str
    remote: bool
    happened_at: int


class LinkRow(NamedTuple):
    decision_id: str
    batch: str | None
    undoes: str | None
    happened_at: int


class DeliveryRow(NamedTuple):
    decision_id: str
    attempt: int
    state: str
    why: str
    happened_at: int


@dataclass(slots=True)
class Written:
    """What one act appends. At most one delivery row for a decision: rows of one append cannot be told apart in time."""

    decisions: list[DecisionRow] = field(default_factory=list)
    changes: list[ChangeRow] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    deliveries: list[DeliveryRow] = field(default_factory=list)


def write(session: Session, connection: duckdb.DuckDBPyConnection, written: Written, now: int) -> int:
    """Append it. Returns the ``known_at`` under which it is found."""
    known = session.stamp(now)
    tables = (
        ("decision", written.decisions),
        ("decided_change", written.changes),
        ("decision_link", written.links),
        ("delivery", written.deliveries),
    )
    with transaction(connection):
        for table, rows in tables:
            if rows:
                insert_rows(connection, table, rows, known)
    return known
