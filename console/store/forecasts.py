"""Forecasts and judgements written down (write lane)."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from console.store.append import append_rows, instant
from console.store.session import Session, first_row


def keep(
    session: Session,
    connection: duckdb.DuckDBPyConnection,
    at: int,
    days: Sequence[tuple[int, float]],
    binding: str,
    seed: int,
    version: int,
    now: int,
) -> None:
    """Append one forecast made at ``at``: (end of the day, probability of exit by then)."""
    rows = [(instant(at), instant(day), probability, binding, seed, version) for day, probability in days]
    append_rows(session, connection, "forecast", rows, now)


def keep_judgement(
    session: Session, connection: duckdb.DuckDBPyConnection, at: int, ready: bool, missing: str, now: int
) -> None:
    """Append whether all exit criteria held at ``at``; ``missing``: the keys of those that did not."""
    append_rows(session, connection, "judgement", [(instant(at), ready, missing)], now)


def last_judged(connection: duckdb.DuckDBPyConnection) -> int:
    """When the criteria were last judged; 0 when never."""
    row = first_row(connection, "SELECT epoch_us(max(happened_at)) FROM judgement")
    return int(row[0]) if row and row[0] is not None else 0
