"""Calls a minute that each hour of the day usually has: what a silence is judged by."""

from __future__ import annotations

from bisect import bisect_left
from statistics import median
from typing import TYPE_CHECKING

from console.model.moment import DAY, HOUR, Span

if TYPE_CHECKING:
    from console.queries.reader import Reader

_DAYS = 14
_ENOUGH_OF_AN_HOUR_S = 600
_MOST_KEPT = 64


def written(reader: Reader, until: int) -> str:
    """By hour of the day (UTC), from the two weeks before ``until``; 24 values as a list literal.

    The median over days; where an hour was seen on one day only, over all hours. -1: nothing is known.
    """
    key = (until // HOUR, reader.known, reader.moment.at, len(reader.left_out))
    knowledge = reader.knowledge
    with knowledge.lock:
        held = knowledge.usual.get(key)
    if held is None:
        held = _worked_out(reader, until - until % HOUR + HOUR)
        with knowledge.lock:
            if len(knowledge.usual) > _MOST_KEPT:
                knowledge.usual.clear()
            knowledge.usual[key] = held
    return held


def _worked_out(reader: Reader, until: int) -> str:
    start = until - _DAYS * DAY
    hours = "time_bucket(INTERVAL 1 hour, minute) AS hour, sum(calls) AS calls"
    counted = f"SELECT {hours} FROM calls_by_minute({reader.bare_window(start, until)}) GROUP BY hour"
    calls = dict(reader.rows(f"SELECT epoch_us(hour), calls FROM ({counted})"))
    known = reader.traffic_coverage
    ends = [span.end for span in known]
    by_hour: dict[int, list[float]] = {}
    for hour in range(start, until, HOUR):
        seconds = _known_of(known, ends, Span(hour, hour + HOUR)) / 1e6
        if seconds >= _ENOUGH_OF_AN_HOUR_S:
            by_hour.setdefault(hour // HOUR % 24, []).append(float(calls.get(hour, 0)) / seconds * 60)
    every = [rate for rates in by_hour.values() for rate in rates]
    usual = [median(by_hour[h]) if len(by_hour.get(h, [])) > 1 else median(every) if every else -1.0 for h in range(24)]
    return "[" + ", ".join(f"{value:.3f}" for value in usual) + "]::DOUBLE[]"


def _known_of(spans: list[Span], ends: list[int], hour: Span) -> int:
    known = 0
    for span in spans[bisect_left(ends, hour.start) :]:
        if span.start >= hour.end:
            break
        known += span.clip(hour).length
    return known
