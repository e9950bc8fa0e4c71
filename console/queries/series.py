"""Time series for charts: one value a bucket, NaN where nothing is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.model.moment import DAY, MINUTE, SECOND, Span
from console.queries.reader import Reader

Floats = NDArray[np.float64]

_STEPS = tuple(m * MINUTE for m in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440))
_PIXELS_PER_POINT = 1.2


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
    """Calls a bucket, with 5xx, and how many seconds of it are known."""

    grid: Grid
    calls: Floats
    errors: Floats
    seconds: Floats

    @property
    def error_share(self) -> Floats:
        """NaN where nothing is covered or nothing was called."""
        with np.errstate(invalid="ignore", divide="ignore"):
            values = self.errors / self.calls
        values[(self.seconds <= 0) | (self.calls <= 0)] = np.nan
        return values

    @property
    def per_second(self) -> Floats:
        """NaN where nothing is covered; 0 where it is and nobody called."""
        with np.errstate(invalid="ignore", divide="ignore"):
            values = self.calls / self.seconds
        # Under half a minute of evidence says nothing about a rate yet.
        values[self.seconds < min(30, self.grid.step / SECOND / 2)] = np.nan
        return values


def calls(reader: Reader, buckets: Grid) -> Calls:
    """Calls by bucket over all public routes. The span of the grid should start at a whole minute."""
    count = buckets.count
    total, errors = np.zeros(count), np.zeros(count)
    window = reader.window(buckets.first, buckets.span.end)
    found = reader.connection.execute(
        f"SELECT (epoch_us(minute) - {buckets.first}) // {buckets.step} AS i, sum(calls)::DOUBLE AS c, "
        f"sum(calls_5xx)::DOUBLE AS e FROM calls_by_minute({window}) GROUP BY i"
    ).fetchnumpy()
    places = np.asarray(found["i"], dtype=np.int64)
    inside = (places >= 0) & (places < count)
    total[places[inside]] = np.asarray(found["c"])[inside]
    errors[places[inside]] = np.asarray(found["e"])[inside]
    return Calls(buckets, total, errors, coverage_of(reader.traffic_coverage, buckets))


def latency(reader: Reader, buckets: Grid, quantiles: tuple[float, ...]) -> dict[float, Floats]:
    """Each quantile in ms by bucket; NaN where nothing is known."""
    values = {q: np.full(buckets.count, np.nan) for q in quantiles}
    window = reader.window(buckets.first, buckets.span.end)
    listed = ", ".join(repr(q) for q in quantiles)
    rows = reader.rows(
        f"SELECT (epoch_us(bucket) - {buckets.first}) // {buckets.step} AS i, p, value "
        f"FROM latency_quantiles_by_step({window}, INTERVAL {buckets.step // SECOND} second, [{listed}]::DOUBLE[], 'total')"
    )
    for place, p, value in rows:
        if 0 <= place < buckets.count:
            values[p][place] = value
    return values


@dataclass(frozen=True, slots=True, eq=False)
class TicketFlow:
    """Opened and resolved tickets a bucket, and the backlog at its end."""

    grid: Grid
    opened: Floats
    resolved: Floats
    backlog: Floats


def tickets(reader: Reader, buckets: Grid, covered: list[Span]) -> TicketFlow:
    """From the steps of every ticket's status; NaN where no ticket source speaks."""
    count = buckets.count
    opened, resolved, change = np.zeros(count), np.zeros(count), np.zeros(count)
    base = 0.0
    rows = reader.rows(
        f"SELECT greatest(-1, (epoch_us(happened_at) - {buckets.first}) // {buckets.step}) AS i, "
        "count(*) FILTER (WHERE before IS NULL), count(*) FILTER (WHERE is_done(status) AND NOT coalesce(is_done(before), false)), "
        "sum((NOT is_done(status))::INT - coalesce((NOT is_done(before))::INT, 0)) "
        f"FROM status_steps({reader.moment_sql}) GROUP BY i"
    )
    for place, new, done, delta in rows:
        if place < 0:
            base += float(delta)
        elif place < count:
            opened[place], resolved[place], change[place] = new, done, float(delta)
    backlog = base + np.cumsum(change)
    unknown = coverage_of(covered, buckets) <= 0
    for values in (opened, resolved, backlog):
        values[unknown] = np.nan
    return TicketFlow(buckets, opened, resolved, backlog)


def whole_minutes(span: Span) -> Span:
    return Span(span.start - span.start % MINUTE, span.end)


WEEK = 7 * DAY
