"""Instants, spans, and the moment a question is asked about.

Inside the console an instant is an ``int``: whole microseconds since 1970-01-01 UTC. It compares, subtracts and
stores without time zones; ``datetime`` appears only where people or remote systems write times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Known(StrEnum):
    """Which knowledge a question about the past may use."""

    THEN = "then"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of time, ``[start, end)``, in instants."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Microseconds; never negative."""
        return max(0, self.end - self.start)

    def clip(self, other: Span) -> Span:
        """The part of this span inside ``other``; empty (length 0) when they do not touch."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.end, other.end)))

    def holds(self, instant: int) -> bool:
        return self.start <= instant < self.end


@dataclass(frozen=True, slots=True)
class Moment:
    """When a question is asked about: live (``at`` is None) or a past instant, as known then or as known now."""

    at: int | None = None
    known: Known = Known.NOW

    @property
    def live(self) -> bool:
        return self.at is None

    @property
    def known_until(self) -> int | None:
        """Facts with a later ``known_at`` do not exist for this question. None: every fact counts."""
        return self.at if self.known is Known.THEN else None


LIVE = Moment()


def merge(spans: list[Span]) -> list[Span]:
    """The same time as ``spans``, sorted, without overlaps or seams."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start):
        if span.length == 0:
            continue
        if merged and span.start <= merged[-1].end:
            last = merged[-1]
            merged[-1] = Span(last.start, max(last.end, span.end))
        else:
            merged.append(span)
    return merged


def from_datetime(value: datetime) -> int:
    """Whole microseconds; a value without a zone is UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    delta = aware - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def to_datetime(instant: int) -> datetime:
    """An aware UTC datetime. Raises OverflowError outside the years 1 to 9999."""
    return _EPOCH + timedelta(microseconds=instant)


def parse_instant(text: str) -> int:
    """Read ISO 8601 (``Z``, ``+01:00``, ``+0100`` or no zone: UTC). Raises ValueError with the text in it."""
    try:
        return from_datetime(datetime.fromisoformat(text.strip()))
    except ValueError:
        raise ValueError(f"{text!r} is not an ISO 8601 time such as 2026-11-20T13:47:00Z") from None


def from_seconds(seconds: float) -> int:
    return round(seconds * SECOND)


def iso(instant: int) -> str:
    """``2026-11-20T13:47:00Z``; fractions only where there are any."""
    moment = to_datetime(instant)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def minute_of(instant: int) -> int:
    """The start of the minute that holds the instant."""
    return instant - instant % MINUTE
