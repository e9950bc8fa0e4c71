"""Time series for charts: one value a bucket, NaN where nothing is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.model.moment import DAY, MINUTE, SECOND, Span
from console.queries.reader import Reader
from console.queries.shelf import Steps
from console.queries.unfolded import table

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
    """Calls a bucket, with 5xx, and how many seconds of it are known. ``judged``: the same without planned maintenance,
    where there was any; shares of errors are of that, as their KPIs are.
    """

    grid: Grid
    calls: Floats
    errors: Floats
    seconds: Floats
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
            values = self.calls / self.seconds
        # A scraped increase stands in the minute of the later scrape: at the edge of what is known a bucket holds more
        # calls than its seconds, until it is whole or long enough for that not to matter.
        values[self.seconds < 0.95 * min(_LONG_ENOUGH_S, self.grid.step / SECOND)] = np.nan
        return values


def calls(reader: Reader, buckets: Grid) -> Calls:
    """Calls by bucket over all public routes. The span of the grid should start at a whole minute."""
    count = buckets.count
    total, errors = np.zeros(count), np.zeros(count)
    source = table(reader, "calls_by_minute", buckets.first, buckets.span.end)
    found = reader.connection.execute(
        f"SELECT (epoch_us(minute) - {buckets.first}) // {buckets.step} AS i, sum(calls)::DOUBLE AS c, "
        f"sum(calls_5xx)::DOUBLE AS e FROM {source} GROUP BY i"
    ).fetchnumpy()
    places = np.asarray(found["i"], dtype=np.int64)
    inside = (places >= 0) & (places < count)
    total[places[inside]] = np.asarray(found["c"])[inside]
    errors[places[inside]] = np.asarray(found["e"])[inside]
    judged = None if reader.judged is reader else calls(reader.judged, buckets)
    return Calls(buckets, total, errors, coverage_of(reader.traffic_coverage, buckets), judged)


def latency(reader: Reader, buckets: Grid, quantiles: tuple[float, ...]) -> dict[float, Floats]:
    """Each quantile in ms by bucket, as the macro latency_quantiles_by_step gives it; NaN where nothing is known.

    Planned maintenance is left out, as in the KPIs of response times.
    """
    reader = reader.judged
    values = {q: np.full(buckets.count, np.nan) for q in quantiles}
    source = table(reader, "latency_by_minute", buckets.first, buckets.span.end)
    listed = ", ".join(repr(q) for q in quantiles)
    rows = reader.rows(
        f"WITH buckets AS (SELECT (epoch_us(minute) - {buckets.first}) // {buckets.step} AS i, lower_ms, upper_ms, "
        f"sum(count)::BIGINT AS count FROM {source} WHERE kind = 'total' GROUP BY i, lower_ms, upper_ms HAVING sum(count) > 0), "
        "ranked AS (SELECT i, lower_ms, upper_ms, count, sum(count) OVER (PARTITION BY i ORDER BY upper_ms, lower_ms) AS upto, "
        "sum(count) OVER (PARTITION BY i) AS n FROM buckets), "
        f"asked AS (SELECT unnest([{listed}]::DOUBLE[]) AS p) "
        "SELECT i, p, min_by(CASE WHEN isinf(upper_ms) THEN lower_ms "
        "ELSE lower_ms + (upper_ms - lower_ms) * (p * n - (upto - count)) / count END, (upper_ms, lower_ms)) "
        "FROM ranked, asked WHERE upto >= p * n GROUP BY i, p"
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


def tickets(all_steps: Steps, buckets: Grid, covered: list[Span]) -> TicketFlow:
    """From the steps of every ticket's status; NaN where no ticket source speaks."""
    count = buckets.count
    end = buckets.first + count * buckets.step
    low, high = np.searchsorted(all_steps.instants, [buckets.first, end]).tolist()
    places = (all_steps.instants[low:high] - buckets.first) // buckets.step
    base = float(all_steps.change[:low].sum())

    def sums(values: Floats) -> Floats:
        return np.bincount(places, weights=values[low:high], minlength=count).astype(np.float64)

    opened, resolved = sums(all_steps.opened), sums(all_steps.resolved)
    backlog = base + np.cumsum(sums(all_steps.change))
    seconds = coverage_of(covered, buckets)
    for values in (opened, resolved, backlog):
        values[seconds <= 0] = np.nan
    if count and seconds[-1] < buckets.step / SECOND / 2:
        # The running bucket has hardly begun: its few tickets would read as a fall to nothing.
        opened[-1] = resolved[-1] = np.nan
    return TicketFlow(buckets, opened, resolved, backlog)


def whole_minutes(span: Span) -> Span:
    return Span(span.start - span.start % MINUTE, span.end)


WEEK = 7 * DAY
