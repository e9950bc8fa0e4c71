"""Time series for charts: one value a bucket, NaN where nothing is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.model.moment import DAY, MINUTE, SECOND, Span
from console.queries.reader import Reader
from console.queries.shelf import Flow, Steps
from console.queries.unfolded import STATUS_CLASS, facts, table

Floats = NDArray[np.float64]

_STEPS = tuple(m * MINUTE for m in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440))
_PIXELS_PER_POINT = 1.2
_LONG_ENOUGH_S = 300


@dataclass(frozen=True, slots=True)
class Grid:
    """Buckets of equal length over a span; ``starts`` are instants."""

    span: Span
    step: int

    @property
    def count(self) -> int:
        return -(-(self.span.end - self.first) // self.step)

    @property
    def first(self) -> int:
        return self.span.start - self.span.start % self.step

    @property
    def xs(self) -> Floats:
        """Middles of the buckets in seconds since 1970."""
        starts = self.first + np.arange(self.count, dtype=np.float64) * self.step
        return (starts + self.step / 2) / SECOND

    def index(self, instant: int) -> int:
        return (instant - self.first) // self.step


def grid(span: Span, pixels: int, least: int = MINUTE) -> Grid:
    """The finest step whose points do not outnumber the pixels."""
    wanted = span.length / max(1.0, pixels / _PIXELS_PER_POINT)
    step = next((s for s in _STEPS if s >= max(wanted, least)), _STEPS[-1])
    return Grid(span, step)


def coverage_of(spans: list[Span], buckets: Grid) -> Floats:
    """Covered seconds of each bucket."""
    seconds = np.zeros(buckets.count)
    first, step = buckets.first, buckets.step
    for span in spans:
        held = span.clip(Span(first, buckets.span.end))
        if not held.length:
            continue
        low, high = buckets.index(held.start), min(buckets.count - 1, buckets.index(held.end - 1))
        if low == high:
            seconds[low] += held.length
            continue
        seconds[low] += first + (low + 1) * step - held.start
        seconds[low + 1 : high] += step
        seconds[high] += held.end - (first + high * step)
    return seconds / SECOND


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """Calls a bucket, with 5xx, and how many seconds of it are known minute by minute.

    ``counted_s``: as ``seconds``, with silences that counters bridged inside one bucket: their calls are among its calls.
    ``judged``: the same without planned maintenance, where there was any; shares of errors are of that, as their KPIs are.
    """

    grid: Grid
    calls: Floats
    errors: Floats
    seconds: Floats
    counted_s: Floats
    judged: Calls | None = None

    @property
    def error_share(self) -> Floats:
        """NaN where nothing is covered or nothing was called, and in planned maintenance."""
        if self.judged is not None:
            return self.judged.error_share
        with np.errstate(invalid="ignore", divide="ignore"):
            values = self.errors / self.calls
        values[(self.seconds <= 0) | (self.calls <= 0)] = np.nan
        return values

    @property
    def per_second(self) -> Floats:
        """NaN where nothing is covered; 0 where it is and nobody called."""
        with np.errstate(invalid="ignore", divide="ignore"):
            values = self.calls / self.counted_s
        # A scraped increase stands in the minute of the later scrape: at the edge of what is known a bucket holds more
        # calls than its seconds, until it is whole or long enough for that not to matter.
        values[self.seconds < 0.95 * min(_LONG_ENOUGH_S, self.grid.step / SECOND)] = np.nan
        return values


def calls(reader: Reader, buckets: Grid) -> Calls:
    """Calls by bucket over all public routes, each what a KPI over [its start, its end) counts.

    The span of the grid should start and end at a whole minute, or end at the moment.
    """
    count = buckets.count
    total, errors = np.zeros(count), np.zeros(count)
    source = table(reader, "calls_by_minute", buckets.first, buckets.span.end)
    found = reader.connection.execute(
        f"SELECT (epoch_us(minute) - {buckets.first}) // {buckets.step} AS i, sum(calls)::DOUBLE AS c, "
        f"sum(calls_5xx)::DOUBLE AS e FROM {source} GROUP BY i{_bridged_calls(reader, buckets)}"
    ).fetchnumpy()
    places = np.asarray(found["i"], dtype=np.int64)
    inside = (places >= 0) & (places < count)
    np.add.at(total, places[inside], np.asarray(found["c"])[inside])
    np.add.at(errors, places[inside], np.asarray(found["e"])[inside])
    seconds = coverage_of(reader.traffic_coverage, buckets)
    judged = None if reader.judged is reader else calls(reader.judged, buckets)
    return Calls(buckets, total, errors, seconds, _with_bridged(reader, buckets, seconds), judged)


def _bridged(reader: Reader, facts_table: str, buckets: Grid, columns: str) -> str:
    """Facts known over a silence that lies inside one bucket, as a subquery: a window counts those that it holds whole."""
    first, step = buckets.first, buckets.step
    return (
        f"(SELECT (epoch_us(minute) - {first}) // {step} AS i, {columns} "
        f"FROM {facts(reader, facts_table, first, buckets.span.end, f'minute, span_from, {columns}')} "
        f"WHERE NOT internal AND span_from IS NOT NULL "
        f"AND (epoch_us(span_from) - {first}) // {step} = (epoch_us(minute) - {first}) // {step})"
    )


def _bridged_calls(reader: Reader, buckets: Grid) -> str:
    if not reader.has_spans("traffic"):
        return ""
    return (
        f" UNION ALL SELECT i, sum(calls)::DOUBLE, coalesce(sum(calls) FILTER (WHERE {STATUS_CLASS} = 5), 0)::DOUBLE "
        f"FROM {_bridged(reader, 'traffic', buckets, 'status, calls')} GROUP BY i"
    )


def _with_bridged(reader: Reader, buckets: Grid, seconds: Floats) -> Floats:
    """Covered seconds with the silences that a bucket holds whole, as a KPI over the bucket counts them."""
    counted = seconds.copy()
    silences = [s for spans in reader.whole_coverage.values() for s in spans]
    held = {buckets.index(s.start) for s in silences if buckets.index(s.start) == buckets.index(s.end - 1)}
    for place in held:
        if 0 <= place < buckets.count:
            start = buckets.first + place * buckets.step
            bucket = Span(start, min(start + buckets.step, buckets.span.end))
            counted[place] = sum(s.clip(bucket).length for s in reader.totals_coverage(bucket)) / SECOND
    return counted


def latency(reader: Reader, buckets: Grid, quantiles: tuple[float, ...]) -> dict[float, Floats]:
    """Each quantile in ms by bucket, as the macro latency_quantiles_by_step gives it; NaN where nothing is known.

    Planned maintenance is left out, as in the KPIs of response times.
    """
    reader = reader.judged
    values = {q: np.full(buckets.count, np.nan) for q in quantiles}
    source = table(reader, "latency_by_minute", buckets.first, buckets.span.end)
    listed = ", ".join(repr(q) for q in quantiles)
    chosen = "lower_ms, upper_ms, count FROM"
    bridged = (
        f" UNION ALL SELECT i, {chosen} {_bridged(reader, 'latency', buckets, 'kind, lower_ms, upper_ms, count')} "
        "WHERE kind = 'total'"
        if reader.has_spans("latency")
        else ""
    )
    rows = reader.rows(
        f"WITH told AS (SELECT (epoch_us(minute) - {buckets.first}) // {buckets.step} AS i, {chosen} {source} "
        f"WHERE kind = 'total'{bridged}), buckets AS (SELECT i, lower_ms, upper_ms, "
        "sum(count)::BIGINT AS count FROM told GROUP BY i, lower_ms, upper_ms HAVING sum(count) > 0), "
        "ranked AS (SELECT i, lower_ms, upper_ms, count, sum(count) OVER (PARTITION BY i ORDER BY upper_ms, lower_ms) AS upto, "
        "sum(count) OVER (PARTITION BY i) AS n FROM buckets), "
        f"asked AS (SELECT unnest([{listed}]::DECIMAL(3, 2)[]) AS p) "
        "SELECT i, p, min_by(CASE WHEN isinf(upper_ms) THEN lower_ms "
        "ELSE lower_ms + (upper_ms - lower_ms) * (p * n - (upto - count)) / count END, (upper_ms, lower_ms)) "
        "FROM ranked, asked WHERE upto >= p * n GROUP BY i, p"
    )
    for place, p, value in rows:
        if 0 <= place < buckets.count:
            values[float(p)][place] = value
    return values


@dataclass(frozen=True, slots=True, eq=False)
class TicketFlow:
    """Opened and resolved tickets a bucket, and the backlog at its end."""

    grid: Grid
    opened: Floats
    resolved: Floats
    backlog: Floats


def tickets(all_steps: Steps, buckets: Grid, covered: list[Span]) -> TicketFlow:
    """What the KPIs opened, resolved and backlog say of each bucket; NaN where no ticket source speaks."""
    count = buckets.count
    end = min(buckets.first + count * buckets.step, buckets.span.end)

    def sums(flow: Flow) -> Floats:
        instants, weights = flow.between(buckets.first, end)
        places = (instants - buckets.first) // buckets.step
        return np.bincount(places, weights=weights, minlength=count).astype(np.float64)

    opened, resolved = sums(all_steps.created), sums(all_steps.resolved)
    backlog = all_steps.backlog_at(buckets.first) + np.cumsum(sums(all_steps.change))
    seconds = coverage_of(covered, buckets)
    for values in (opened, resolved, backlog):
        values[seconds <= 0] = np.nan
    if count and seconds[-1] < buckets.step / SECOND / 2:
        # The running bucket has hardly begun: its few tickets would read as a fall to nothing.
        opened[-1] = resolved[-1] = np.nan
    return TicketFlow(buckets, opened, resolved, backlog)


def whole_minutes(span: Span, at: int) -> Span:
    """The span with the minutes it cuts, but for the one that is under way ``at`` the moment."""
    return Span(span.start - span.start % MINUTE, min(at, -(-span.end // MINUTE) * MINUTE))


WEEK = 7 * DAY
