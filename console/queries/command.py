"""Everything the Command screen asks for at one moment, but the queue's rows and one ticket's detail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.model.moment import DAY, HOUR, LIVE, MINUTE, SECOND, Moment, Span, minute_of
from console.model.number import Slice
from console.queries import criteria, series
from console.queries.catalogue import catalogue
from console.queries.criteria import Criterion
from console.queries.criteria.guard import relapsed
from console.queries.decisions import maintenance
from console.queries.kpi import KpiAnswer
from console.queries.kpi import ask as ask_kpi
from console.queries.reader import FEED_KINDS, TICKET_KINDS, Reader
from console.queries.series import Calls, Floats, TicketFlow
from console.queries.shelf import Steps, TicketShelf
from console.settings import Settings

_WEEK = 7 * DAY
_LAST_YEARS = 100 * 365 * DAY


@dataclass(frozen=True, slots=True)
class Mark:
    """A release, an incident or planned maintenance (``kind``). ``end`` None: an instant; equal to the moment: still going on."""

    text: str
    start: int
    end: int | None = None
    kind: str = "release"


@dataclass(frozen=True, slots=True, eq=False)
class TileAnswer:
    """A KPI over its window, with a sparkline and what it is compared with."""

    kpi: str
    title: str
    answer: KpiAnswer
    window: Span
    target: float | None
    direction: str
    spark: Floats
    before: float | None = None
    newest: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CommandAnswer:
    reader_at: int
    now: int
    live: bool
    settings: Settings
    go_live: int
    zone: str
    span: Span
    tiles: tuple[TileAnswer, ...]
    calls: Calls
    last_week: Calls
    latency: dict[float, Floats]
    tickets: TicketFlow
    marks: tuple[Mark, ...]
    criteria: tuple[Criterion, ...]
    open_p1: int
    open_p2: int
    strip: Calls
    strip_opened: Floats
    strip_span: Span
    has_gateway: bool
    has_tickets: bool
    has_latency: bool
    moment: Moment = LIVE
    relapsed: tuple[Criterion, ...] | None = None
    """After an exit: the criteria that are not met any more; None while hypercare goes on."""


def ask(
    reader: Reader, shelf: TicketShelf, window_s: int, pixels: int, zoom: tuple[float, float] | None = None
) -> CommandAnswer:
    """``window_s`` seconds before the moment, or the zoomed span; ``pixels`` is a chart's width."""
    table = shelf.fill(reader)
    span = Span(reader.at - window_s * SECOND, reader.at)
    if zoom is not None:
        span = Span(round(zoom[0] * SECOND), min(reader.at, round(zoom[1] * SECOND)))
    span = series.whole_minutes(Span(span.start, max(span.end, span.start + 2 * MINUTE)), reader.at)
    buckets = series.grid(span, pixels)
    calls = series.calls(reader, buckets)
    # The grid of last week has the same phase, because a week is a whole number of every step.
    earlier = series.Grid(series.whole_minutes(Span(span.start - _WEEK, span.end - _WEEK), reader.at), buckets.step)
    last_week = series.calls(reader, earlier)
    latency = series.latency(reader, buckets, (0.5, 0.95, 0.99))
    ticket_coverage = reader.told_by(TICKET_KINDS)
    steps = shelf.steps(reader)
    flow = series.tickets(steps, series.grid(span, pixels // 14, least=15 * MINUTE), ticket_coverage)
    strip_span = Span(reader.go_live, reader.at)
    strip, opened = _strip(reader, steps, strip_span, ticket_coverage)
    judged = criteria.ask(reader, shelf)
    still_open = {severity: n - done for severity, (n, done, _) in criteria.severities(reader, table).items()}
    return CommandAnswer(
        reader_at=reader.at, now=reader.now, live=reader.moment.live, settings=reader.settings, go_live=reader.go_live,
        zone=reader.zone.key, span=span, tiles=tuple(_tiles(reader, shelf, calls, latency, flow, steps)), calls=calls,
        last_week=last_week, latency=latency, tickets=flow, marks=tuple(_marks(reader, shelf)),
        criteria=tuple(judged), relapsed=relapsed(reader, judged), open_p1=still_open.get("P1", 0),
        open_p2=still_open.get("P2", 0), strip=strip, strip_opened=opened,
        strip_span=strip_span, has_gateway=bool(reader.traffic_coverage), has_tickets=bool(ticket_coverage),
        has_latency=any(np.isfinite(v).any() for v in latency.values()), moment=reader.moment,
    )  # fmt: skip


def _strip(reader: Reader, steps: Steps, span: Span, covered: list[Span]) -> tuple[Calls, Floats]:
    step = HOUR if span.length <= 30 * DAY else 6 * HOUR
    buckets = series.Grid(Span(span.start, max(span.end, span.start + step)), step)
    flow = series.tickets(steps, buckets, covered)
    return series.calls(reader, buckets), flow.opened


def _tiles(
    reader: Reader, shelf: TicketShelf, calls: Calls, latency: dict[float, Floats], flow: TicketFlow, steps: Steps
) -> list[TileAnswer]:
    table = shelf.fill(reader)
    at, live_from = reader.at, min(reader.go_live, reader.at)
    week = Span(max(live_from, at - _WEEK), at)
    hour = Span(minute_of(at - HOUR), at)
    minutes = Span(minute_of(at - 5 * MINUTE), at)
    since = Span(live_from, at)
    day = Span(max(live_from, at - DAY), at)
    good = 1 - calls.error_share
    throughput = calls.per_second
    tiles = [
        _tile(reader, "availability", week, good),
        _tile(reader, "error_rate_5xx", hour, calls.error_share),
        _tile(reader, "latency_p95", hour, latency[0.95]),
        _tile(reader, "throughput", minutes, throughput, before=Span(minutes.start - _WEEK, minutes.end - _WEEK)),
        _tile(reader, "mtta", since, _spark(reader, shelf, "acknowledged_at"), shelf=table),
        _tile(reader, "mttr_p1", since, _spark(reader, shelf, "resolved_at", "P1"), shelf=table),
        _tile(reader, "backlog", Span(at - _LAST_YEARS, at), flow.backlog, shelf=table),
        _tile(reader, "csat", since, _satisfied(reader)),
    ]
    backlog = tiles[6]
    tiles[6] = TileAnswer(
        backlog.kpi, backlog.title, backlog.answer, day, backlog.target, backlog.direction, backlog.spark,
        steps.backlog_at(day.start), backlog.newest,
    )  # fmt: skip
    return tiles


def _tile(
    reader: Reader, name: str, window: Span, spark: Floats, *, before: Span | None = None, shelf: str | None = None
) -> TileAnswer:
    kpi = catalogue().get(name)
    answer = ask_kpi(reader, kpi, window.start, window.end, Slice(), shelf=shelf, interval=False)
    earlier = None
    if before is not None:
        earlier = ask_kpi(reader, kpi, before.start, before.end, Slice(), interval=False).value
    target = reader.settings.targets.get(name, kpi.target)
    return TileAnswer(
        name, kpi.title, answer, window, target, kpi.direction, thinned(spark), earlier, newest_of(reader, kpi.feeds)
    )


def newest_of(reader: Reader, feeds: str) -> int | None:
    """The newest instant that the sources behind this KPI speak for."""
    if feeds in ("gateway", "latency") or (feeds == "availability" and not reader.probe_names):
        spans = reader.traffic_coverage
    elif feeds == "availability":
        spans = reader.covered_by(reader.probe_names)
    else:
        spans = reader.told_by(TICKET_KINDS if feeds == "tickets" else FEED_KINDS)
    return spans[-1].end if spans else None


def thinned(values: Floats, most: int = 48) -> Floats:
    """Few enough points for a sparkline: the mean of what is known in each stretch."""
    if len(values) <= most:
        return values
    bounds = np.linspace(0, len(values), most + 1).astype(np.intp)[:-1]
    known = np.isfinite(values)
    sums = np.add.reduceat(np.where(known, values, 0.0), bounds)
    counts = np.add.reduceat(known.astype(np.float64), bounds)
    means: Floats = np.divide(sums, counts, out=np.full(most, np.nan), where=counts > 0)
    return means


def _spark(reader: Reader, shelf: TicketShelf, end: str, severity: str | None = None) -> Floats:
    narrow = f"AND severity = '{severity}'" if severity else ""
    rows = shelf.rows(
        reader,
        f"SELECT date_diff('second', created_at, {end})::DOUBLE FROM {shelf.fill(reader)} WHERE {end} IS NOT NULL {narrow} "
        f"AND created_at >= make_timestamp({reader.go_live}) ORDER BY {end} DESC LIMIT 40",
    )
    return np.array([r[0] for r in reversed(rows)], dtype=np.float64)


def _satisfied(reader: Reader) -> Floats:
    rows = reader.rows(
        f"SELECT (score >= 4)::DOUBLE FROM answers({reader.moment_until(reader.at)}) WHERE kind = 'support' "
        "ORDER BY happened_at"
    )
    if not rows:
        return np.empty(0)
    good = np.cumsum([r[0] for r in rows])
    return good[4:] / np.arange(5, len(good) + 1) if len(good) > 5 else np.empty(0)


def _marks(reader: Reader, shelf: TicketShelf) -> list[Mark]:
    marks = [
        Mark(version if kind == "version" else f"{version} {kind}", at, kind="release")
        for version, kind, at in reader.rows(
            "SELECT DISTINCT version, kind, epoch_us(happened_at) FROM release WHERE happened_at <= "
            f"make_timestamp({reader.at}) AND known_at <= {reader.known_sql} ORDER BY 3"
        )
    ]
    for key, start, end in shelf.rows(
        reader,
        f"SELECT key, epoch_us(created_at), epoch_us(resolved_at) FROM {shelf.fill(reader)} WHERE severity = 'P1' "
        "AND kind <> 'enhancement' ORDER BY created_at",
    ):
        marks.append(Mark(key, start, reader.at if end is None else end, kind="incident"))
    marks.extend(
        Mark(f"maintenance {m.name}", m.span.start, m.span.end, kind="maintenance") for m in maintenance(reader)
    )
    return marks
