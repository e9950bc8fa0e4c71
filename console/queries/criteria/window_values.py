"""A KPI over many windows in a row: in one statement where its minutes allow it, else window by window.

The minutes of calls and of response times know no rows that are told only over a longer span (a counter that was not
read for a while): such time is unknown here, although it counts in a total that holds all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.model.clock import counted
from console.model.criterion import Definition
from console.model.moment import MINUTE, SECOND, Span
from console.queries.catalogue import Kpi
from console.queries.criteria import numbers
from console.queries.criteria.flows import quantile
from console.queries.reader import Reader
from console.queries.unfolded import route_by_minute, route_latency_by_minute
from console.queries.unfolded import table as gateway_table

MOST_ASKED = 96
"""Where each window is a question of its own, no clock asks more; longer clocks take longer windows."""

_CALLS = {
    "error_rate_5xx": "sum(calls_5xx)",
    "error_rate_4xx": "sum(calls_4xx)",
    "availability_by_calls": "sum(calls) - sum(calls_5xx)",
}
_QUANTILES = {"latency_p50": 0.5, "latency_p95": 0.95, "latency_p99": 0.99}


@dataclass(frozen=True, slots=True)
class Told:
    """What one window says. ``known``: the share of its time that counts and is known."""

    value: float | None
    n: int
    known: float


def laid(span: Span, origin: int, step: int) -> list[Span]:
    """Windows of one length counted from the origin, as far as they lie in the span."""
    first = origin + (span.start - origin) // step * step
    return [Span(start, start + step).clip(span) for start in range(first, span.end, step)]


def step_of(kpi: Kpi, d: Definition) -> int:
    """The length of one window in microseconds."""
    step = d.window_s * SECOND
    return step if in_one_go(kpi, d) else max(step, -(-d.sustained_s * SECOND // MOST_ASKED))


def in_one_go(kpi: Kpi, d: Definition) -> bool:
    """Shares of calls and percentiles, of all routes or of one, in windows of whole minutes; availability of all."""
    given = set(d.part.given())
    counted_by_minute = kpi.name in _CALLS or kpi.name in _QUANTILES
    return d.window_s % 60 == 0 and (
        (counted_by_minute and given <= {"route"}) or (kpi.name == "availability" and not given)
    )


def ask(reader: Reader, table: str, kpi: Kpi, d: Definition, windows: list[Span], origin: int, step: int) -> list[Told]:
    """``windows`` as ``laid`` gives them, side by side."""
    if not windows:
        return []
    if not in_one_go(kpi, d):
        answers = [numbers.ask(reader, table, kpi, d, one, interval=False) for one in windows]
        return [Told(a.value, a.n, a.coverage) for a in answers]
    judged = reader.judged
    start, end = windows[0].start - windows[0].start % MINUTE, windows[-1].end
    place = f"(epoch_us(minute) - {origin + (windows[0].start - origin) // step * step}) // {step}"
    if kpi.name == "availability":
        return _judged_minutes(judged, windows, start, end, place)
    known = _known(judged, windows)
    if kpi.name in _QUANTILES:
        found = _percentiles(judged, d.part.route, _QUANTILES[kpi.name], start, end, place)
    else:
        found = _shares(judged, d.part.route, _CALLS[kpi.name], start, end, place)
    return [Told(*found.get(index, (None, 0)), known[index]) for index in range(len(windows))]


def _judged_minutes(judged: Reader, windows: list[Span], start: int, end: int, place: str) -> list[Told]:
    source = gateway_table(judged, "judged_minutes", start, end)
    rows = judged.rows(
        f"SELECT {place} AS i, count(*) FILTER (WHERE state = 'good'), count(*) FILTER (WHERE state <> 'unknown'), "
        f"count(*) FROM {source} GROUP BY i"
    )
    told = {int(i): Told(good / n if n else None, int(n), n / whole) for i, good, n, whole in rows}
    return [told.get(index, Told(None, 0, 0.0)) for index in range(len(windows))]


def _shares(
    judged: Reader, route: str | None, part: str, start: int, end: int, place: str
) -> dict[int, tuple[float | None, int]]:
    source = (
        gateway_table(judged, "calls_by_minute", start, end)
        if route is None
        else route_by_minute(judged, route, start, end)
    )
    rows = judged.rows(f"SELECT {place} AS i, {part}, sum(calls) FROM {source} GROUP BY i")
    return {int(i): (float(k) / float(n) if n else None, int(n)) for i, k, n in rows}


def _percentiles(
    judged: Reader, route: str | None, q: float, start: int, end: int, place: str
) -> dict[int, tuple[float | None, int]]:
    """From histograms merged over each window, as the KPI's own statement does."""
    source = (
        gateway_table(judged, "latency_by_minute", start, end)
        if route is None
        else route_latency_by_minute(judged, route, start, end)
    )
    rows = judged.rows(
        f"SELECT {place} AS i, lower_ms, upper_ms, sum(count)::BIGINT FROM {source} WHERE kind = 'total' "
        "GROUP BY i, lower_ms, upper_ms"
    )
    buckets: dict[int, list[tuple[float, float, int]]] = {}
    for i, low, high, n in rows:
        buckets.setdefault(int(i), []).append((low, high, n))
    return {i: (quantile(held, q), sum(n for _, _, n in held)) for i, held in buckets.items()}


def _known(judged: Reader, windows: list[Span]) -> list[float]:
    """The covered share of each window, of the time that counts."""
    spans = judged.traffic_coverage
    starts = np.array([s.start for s in spans], dtype=np.int64)
    ends = np.array([s.end for s in spans], dtype=np.int64)
    found = []
    for one in windows:
        inside = float(np.clip(np.minimum(ends, one.end) - np.maximum(starts, one.start), 0, None).sum()) / SECOND
        length = counted(one, judged.left_out)
        found.append(inside / length if length else 0.0)
    return found
