"""Instants and spans as SQL literals that a person can read: what a shown statement is made of."""

from __future__ import annotations

from console.model.moment import Span, to_datetime
from console.store.columns import repr_text

FOREVER = 253_402_300_799_000_000
"""The end of the year 9999."""


def plain_spans(spans: list[Span]) -> str:
    """Spans as a list literal."""
    inner = ", ".join(f"{{'from': {stamp(s.start)}, 'to': {stamp(s.end)}}}" for s in spans)
    return f'[{inner}]::STRUCT("from" TIMESTAMP, "to" TIMESTAMP)[]'


def spans_sql(spans: list[tuple[Span, str]]) -> str:
    """Spans with a source as a list literal."""
    inner = ", ".join(
        f"{{'source': {repr_text(name)}, 'from': {stamp(s.start)}, 'to': {stamp(s.end)}}}" for s, name in spans
    )
    return f'[{inner}]::STRUCT(source VARCHAR, "from" TIMESTAMP, "to" TIMESTAMP)[]'


def stamp(instant: int) -> str:
    """An instant as a SQL literal that a person can read."""
    return f"TIMESTAMP '{to_datetime(min(instant, FOREVER)).replace(tzinfo=None).isoformat(sep=' ')}'"
