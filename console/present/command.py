"""The Command screen in words and figures."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np

from console.model.criterion import Kind
from console.model.freshness import Freshness
from console.model.moment import DAY, HOUR, MINUTE, SECOND, Span, to_datetime
from console.model.number import Number
from console.present import words
from console.present.criteria import panel
from console.present.figures import (
    Band,
    Buckets,
    ChartFigure,
    CommandFigure,
    Curve,
    Floats,
    Marker,
    Pill,
    StatusLine,
    Threshold,
    Tile,
    TimelineFigure,
)
from console.present.tone import Tone
from console.queries.command import CommandAnswer, Mark, TileAnswer
from console.queries.series import Grid
from console.queries.sources import SourceAnswer, SourcesAnswer

_LATE_S = 150
"""Age from which a number is stale whose sources are not in the settings any more."""
_ENOUGH = 0.9
"""Below this share of the window known, a tile says so in place of its target."""
_COUNTED_NOW = frozenset({"backlog"})
_RUNNING = MINUTE
"""Of a short window this much may be unknown: the running minute and the answer under way."""
_ANSWERING = frozenset({Freshness.LIVE, Freshness.EMPTY, Freshness.PARTIAL})
_FEEDERS = {"availability": "probe", "mtta": "tickets", "mttr_p1": "tickets", "backlog": "tickets", "csat": "feed"}
_NONE_YET = {"gateway": "no gateway yet", "tickets": "no ticket system yet", "feed": "no survey yet"}


def word(answer: CommandAnswer, sources: SourcesAnswer, alerts: Pill | None = None) -> CommandFigure:
    """Everything on the screen but the queue's rows and one ticket."""
    return CommandFigure(
        status=_status(answer, sources, alerts),
        tiles=tuple(_tile(t, answer, sources) for t in answer.tiles),
        charts=(
            _errors(answer, sources),
            _latency(answer, sources),
            _throughput(answer, sources),
            _tickets(answer, sources),
        ),
        criteria=panel(answer.criteria, answer.moment, answer.reader_at),
        timeline=_timeline(answer, sources),
    )


def _status(answer: CommandAnswer, sources: SourcesAnswer, alerts: Pill | None) -> StatusLine:
    settings = answer.settings
    day = (answer.reader_at - answer.go_live) // DAY
    planned = settings.session.planned_days
    if day < 0:
        day_words = f"go-live in {words.duration((answer.go_live - answer.reader_at) / SECOND)}"
    elif day == 0:
        day_words = f"Go-live day of {planned}"
    else:
        day_words = f"Day {day} of {planned}" if day <= planned else f"Day {day}, {day - planned} over plan"
    pills = [_live_pill(answer, sources)]
    if answer.has_tickets:
        pills.append(_severity_pill("P1", answer.open_p1, Tone.BAD))
        pills.append(_severity_pill("P2", answer.open_p2, Tone.WARN))
    if alerts is not None and alerts.text:
        pills.append(alerts)
    asked = [c for c in answer.criteria if c.kind is Kind.EXIT]
    met = sum(1 for c in asked if c.state in ("met", "waived"))
    pills.append(
        Pill(
            f"Exit readiness {met} / {len(asked)}",
            action="exit",
            spoken=f"{met} of {len(asked)} exit criteria met",
        )
    )
    if answer.relapsed is not None:
        fallen = words.plural(len(answer.relapsed), "criterion", "criteria") + " relapsed"
        tone = Tone.BAD if answer.relapsed else Tone.GOOD
        pills.append(Pill(f"Ended · {fallen}" if answer.relapsed else "Ended", tone, action="exit"))
    return StatusLine(settings.session.name, day_words, tuple(pills), settings.me.name)


def _severity_pill(severity: str, count: int, tone: Tone) -> Pill:
    return Pill(f"{words.count(count)} open", tone if count else Tone.NEUTRAL, badge=severity,
                spoken=f"{count} open {severity} tickets")  # fmt: skip


def _live_pill(answer: CommandAnswer, sources: SourcesAnswer) -> Pill:
    total = len(sources.sources)
    if not total:
        return Pill("no sources yet", Tone.UNKNOWN, action="screen.sources")
    active = [s for s in sources.sources if s.freshness is not Freshness.PAUSED]
    bad = [s for s in active if s.freshness is Freshness.LOST]
    late = [s for s in active if s.freshness in (Freshness.LATE, Freshness.WAITING)]
    age = words.duration(max(0.0, (answer.reader_at - sources.newest) / SECOND)) if sources.newest else "never"
    if not answer.live:
        return Pill(f"as of {words.iso_like(answer.reader_at, ZoneInfo(answer.zone))}", Tone.ACCENT)
    text = f"{sources.live}/{total} sources · {age}"
    if bad:
        name = bad[0].standing.source.name
        rest = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        return Pill(f"✕ LOST {name}{rest} · {text}", Tone.BAD, action="screen.sources")
    if late:
        return Pill(f"◔ LATE {late[0].standing.source.name} · {text}", Tone.WARN, action="screen.sources")
    return Pill(f"● LIVE · {text}", Tone.GOOD, action="screen.sources")


def _feeders(kpi: str, sources: SourcesAnswer) -> list[SourceAnswer]:
    """The sources whose silence makes this number stale. Without a probe the gateway speaks for availability."""
    speaks = _FEEDERS.get(kpi, "gateway")
    found = [s for s in sources.sources if s.standing.speaks == speaks]
    return found if found or speaks != "probe" else _feeders("", sources)


def _reading(feeders: list[SourceAnswer], nobody: str) -> str:
    """Why nothing is known though it is asked for: nobody to ask, one that fails, or one that is still reading."""
    if not feeders:
        return nobody
    first = feeders[0].standing.source.name
    failing = next((s for s in feeders if s.freshness is Freshness.LOST), None)
    if failing is not None and not any(s.freshness in _ANSWERING for s in feeders):
        return f"{failing.standing.source.name} does not answer"
    if all(s.freshness is Freshness.PAUSED for s in feeders):
        return f"{first} is paused"
    return f"{first} is being read"


def _tile(tile: TileAnswer, answer: CommandAnswer, sources: SourcesAnswer) -> Tile:
    value, tone = tile.answer.value, Tone.NEUTRAL
    title, shown = tile.title, value
    if tile.answer.unit == "s" and tile.answer.median is not None:
        title, shown = f"{tile.title} median", tile.answer.median
    feeders = _feeders(tile.kpi, sources)
    missing = (1 - tile.answer.coverage) * tile.window.length
    thin = tile.answer.coverage < _ENOUGH and missing > _RUNNING and tile.kpi not in _COUNTED_NOW
    if value is None:
        tone = Tone.UNKNOWN
    elif tile.target is not None and shown is not None:
        tone = _against(shown, tile.target, tile.direction)
    if thin and value is not None and tone is not Tone.BAD:
        # Good so far says little while most of the window is unknown.
        tone = Tone.UNKNOWN
    text = words.value_of(tile.answer.unit, shown)
    behind = None if tile.newest is None else (answer.reader_at - tile.newest) / SECOND
    silent = not any(s.freshness in _ANSWERING for s in feeders) if feeders else (behind or 0) > _LATE_S
    stale = value is not None and behind is not None and silent
    fresh = f"{words.duration(behind)} old" if stale and behind is not None else ""
    note = _note(tile, value)
    if value is None and (not feeders or tile.newest is None):
        note = _reading(feeders, _NONE_YET.get(_FEEDERS.get(tile.kpi, "gateway"), _NONE_YET["gateway"]))
    if thin and value is not None:
        note = f"{_part(tile.answer.coverage)} of {words.span_words(_round(tile.window))} known"
    state = {Tone.BAD: "worse than its target", Tone.WARN: "near its target"}.get(tone, "")
    spoken = ", ".join(p for p in (f"{title} {text if value is not None else 'unknown'}", state, note, fresh) if p)
    number = Number(tile.kpi, tile.window.start, tile.window.end, moment=answer.moment).pinned(answer.reader_at)
    return Tile(tile.kpi, title, text, tone, note, fresh, stale, tile.spark, spoken, tile.answer.why, number)


def _buckets(answer: CommandAnswer, grid: Grid) -> Buckets:
    moment = Number("", 0, 0, moment=answer.moment).pinned(answer.reader_at).moment
    return Buckets(grid.first, grid.step, grid.span.end, moment)


def _against(value: float, target: float, direction: str) -> Tone:
    if direction == "down":
        return Tone.BAD if value > target else Tone.WARN if value > 0.9 * target else Tone.NEUTRAL
    if direction == "up":
        return Tone.BAD if value < target else Tone.NEUTRAL
    return Tone.NEUTRAL


def _note(tile: TileAnswer, value: float | None) -> str:
    if value is None:
        return tile.answer.why
    unit, target, answer = tile.answer.unit, tile.target, tile.answer
    match tile.kpi:
        case "throughput":
            if tile.before:
                change = value / tile.before - 1
                return f"{change * 100:+.0f} % vs last week".replace("-", "−")
            return "last 5 min"
        case "backlog":
            if tile.before is None:
                return "open tickets"
            return f"{value - tile.before:+.0f} since yesterday".replace("-", "−")
        case "csat":
            return f"target > {words.share(target)} · n = {words.count(answer.n)}"
        case "mtta" | "mttr_p1":
            wanted = f"target {words.duration(target)} · " if target else ""
            return f"{wanted}n = {words.count(answer.n)}"
        case "availability":
            return f"target {words.share(target)} · {words.span_words(_round(tile.window))}"
        case "latency_p95":
            return f"SLO {words.milliseconds(target)} · 1 h"
    wanted = f"target < {words.value_of(unit, target)} · " if target else ""
    return f"{wanted}{words.span_words(_nice(tile.window))}"


def _part(coverage: float) -> str:
    return words.share(coverage, 0 if coverage >= 0.01 else 1)


def _round(window: Span) -> int:
    """A window that began at go-live, in whole days or hours; a short one as it is."""
    if window.length < HOUR:
        return window.length
    return max(HOUR, window.length - window.length % (DAY if window.length >= DAY else HOUR))


def _chart(
    answer: CommandAnswer, key: str, title: str, unit: str, curves: tuple[Curve, ...], **more: object
) -> ChartFigure:
    x0, x1 = answer.span.start / SECOND, answer.span.end / SECOND
    latest = []
    for curve in curves:
        known = curve.ys[np.isfinite(curve.ys)]
        if len(known) and not curve.faint:
            latest.append(f"{curve.name} {words.value_of(_UNITS[unit], float(known[-1]))}")
    spoken = f"{title}, {words.span_words(_nice(answer.span))}: " + (", ".join(latest) if latest else "nothing known")
    return ChartFigure(
        key,
        title,
        unit,
        x0,
        x1,
        curves,
        markers=_markers(answer),
        bands=_bands(answer),
        zone=answer.zone,
        spoken=spoken,
        **more,  # type: ignore[arg-type]  # the remaining fields, named by the four callers below
    )


_UNITS = {"percent": "share", "ms": "ms", "per_second": "per_second", "count": "count"}


def _markers(answer: CommandAnswer) -> tuple[Marker, ...]:
    return tuple(
        Marker(m.start / SECOND, m.text) for m in answer.marks if m.kind == "release" and answer.span.holds(m.start)
    )


def _bands(answer: CommandAnswer) -> tuple[Band, ...]:
    return tuple(_band(m, answer.span) for m in answer.marks if m.end is not None and _touches(m, answer.span))


def _touches(mark: Mark, span: Span) -> bool:
    return mark.end is not None and mark.start < span.end and mark.end > span.start


def _band(mark: Mark, span: Span) -> Band:
    end = mark.end if mark.end is not None else span.end
    return Band(max(mark.start, span.start) / SECOND, min(end, span.end) / SECOND, mark.text, _band_tone(mark))


def _band_tone(mark: Mark) -> Tone:
    return Tone.QUIET if mark.kind == "maintenance" else Tone.BAD


def _errors(answer: CommandAnswer, sources: SourcesAnswer) -> ChartFigure:
    calls = answer.calls
    target = answer.settings.targets.get("error_rate_5xx", 0.001)
    curve = Curve(
        "5xx rate",
        Tone.BAD,
        calls.grid.xs,
        calls.error_share,
        kpi="error_rate_5xx",
        buckets=_buckets(answer, calls.grid),
    )
    last = _last_week(answer, answer.last_week.error_share, "error_rate_5xx")
    legend = (("all routes · " + words.span_words(_nice(answer.span)), Tone.MUTED),)
    return _chart(
        answer, "error_rate_5xx", "Gateway 5xx rate", "percent", (curve, last),
        thresholds=(Threshold(target, f"target {words.share(target)}"),), legend=legend, empty=_no_gateway(answer, sources),
    )  # fmt: skip


def _last_week(answer: CommandAnswer, values: Floats, kpi: str) -> Curve:
    grid = answer.calls.grid
    ys = _fit(values, grid.count)
    return Curve(
        "same time last week", Tone.MUTED, grid.xs, ys, True, kpi, _buckets(answer, answer.last_week.grid)
    )  # fmt: skip


def _latency(answer: CommandAnswer, sources: SourcesAnswer) -> ChartFigure:
    xs = answer.calls.grid.xs
    curves = tuple(
        Curve(name, tone, xs, answer.latency[q], kpi=f"latency_{name}", buckets=_buckets(answer, answer.calls.grid))
        for q, name, tone in ((0.99, "p99", Tone.WARN), (0.95, "p95", Tone.GOOD), (0.5, "p50", Tone.ACCENT))
    )
    slo = answer.settings.targets.get("latency_p95", 500.0)
    empty = _no_gateway(answer, sources)
    if not empty and not answer.has_latency:
        empty = "This gateway tells no response times in buckets; add its access log as a source for percentiles."
    return _chart(
        answer, "latency", "Latency", "ms", curves, thresholds=(Threshold(slo, f"SLO {words.milliseconds(slo)}"),),
        legend=(("p50", Tone.ACCENT), ("p95", Tone.GOOD), ("p99", Tone.WARN)), empty=empty,
    )  # fmt: skip


def _throughput(answer: CommandAnswer, sources: SourcesAnswer) -> ChartFigure:
    calls = answer.calls
    now = Curve(
        "throughput",
        Tone.ACCENT,
        calls.grid.xs,
        calls.per_second,
        kpi="throughput",
        buckets=_buckets(answer, calls.grid),
    )
    last = _last_week(answer, answer.last_week.per_second, "throughput")
    known = bool(np.isfinite(last.ys).any())
    legend = ((("req/s · dashed: same time last week" if known else "req/s"), Tone.MUTED),)
    return _chart(
        answer, "throughput", "Throughput", "per_second", (now, last), legend=legend, empty=_no_gateway(answer, sources)
    )


def _tickets(answer: CommandAnswer, sources: SourcesAnswer) -> ChartFigure:
    flow = answer.tickets
    curves = tuple(
        Curve(name, tone, flow.grid.xs, ys, kpi=name, buckets=_buckets(answer, flow.grid))
        for name, tone, ys in (
            ("opened", Tone.ACCENT, flow.opened), ("resolved", Tone.GOOD, flow.resolved), ("backlog", Tone.WARN, flow.backlog)
        )
    )  # fmt: skip
    empty = "" if answer.has_tickets else _nobody("backlog", "No ticket system has answered yet", sources)
    step = words.span_words(flow.grid.step)
    return _chart(
        answer, "tickets", "Tickets", "count", curves,
        legend=(("opened", Tone.ACCENT), ("resolved", Tone.GOOD), ("backlog", Tone.WARN), (f"per {step}", Tone.MUTED)),
        empty=empty,
    )  # fmt: skip


def _no_gateway(answer: CommandAnswer, sources: SourcesAnswer) -> str:
    return "" if answer.has_gateway else _nobody("throughput", "No gateway has answered yet", sources)


def _nobody(kpi: str, nothing: str, sources: SourcesAnswer) -> str:
    """What an empty chart says: whom to connect, or how the one that is connected fares."""
    feeders = _feeders(kpi, sources)
    if not feeders:
        return f"{nothing}. Connect one in Sources."
    return f"{_reading(feeders, nothing)}. See Sources."


def _fit(values: Floats, count: int) -> Floats:
    """Last week's buckets under this week's: the same number, cut or filled with unknown."""
    if len(values) >= count:
        return values[:count]
    return np.concatenate([values, np.full(count - len(values), np.nan)])


def _nice(span: Span) -> int:
    return max(MINUTE, (span.length + MINUTE // 2) // (5 * MINUTE) * (5 * MINUTE) or span.length)


def _timeline(answer: CommandAnswer, sources: SourcesAnswer) -> TimelineFigure:
    zone = ZoneInfo(answer.zone)
    start, planned = answer.go_live, answer.settings.session.planned_days
    end = max(start + planned * DAY, answer.reader_at + DAY // 2)
    strip = answer.strip
    shares = strip.error_share
    top = float(np.nanmax(shares)) if np.isfinite(shares).any() else 0.0
    # The target is a quarter of the height, so that a quiet launch looks quiet.
    scale = max(top, 0.004)
    opened = answer.strip_opened
    most = max(float(np.nanmax(opened)) if np.isfinite(opened).any() else 0.0, 1.0)
    days = [(start / SECOND, "Go-live")]
    days += [((start + d * DAY) / SECOND, f"D{d}") for d in range(1, (end - start) // DAY + 1)]
    bands = tuple(
        Band(m.start / SECOND, (m.end or m.start) / SECOND, m.text, _band_tone(m))
        for m in answer.marks
        if m.end is not None and m.end >= start
    )
    markers = tuple(Marker(m.start / SECOND, m.text) for m in answer.marks if m.kind == "release" and m.start >= start)
    bar_xs = strip.grid.xs[: len(opened)] - strip.grid.step / SECOND / 2
    clock = to_datetime(answer.reader_at).astimezone(zone).strftime("%H:%M:%S")
    incidents = sum(b.tone is Tone.BAD for b in bands)
    spoken = f"Timeline from go-live over {planned} days; {len(markers)} releases, {incidents} P1 incidents"
    return TimelineFigure(
        start / SECOND, end / SECOND, answer.reader_at / SECOND, answer.live, clock, tuple(days), strip.grid.xs,
        np.clip(shares / scale, 0, 1), bar_xs, opened / most, strip.grid.step / SECOND, markers,
        bands, spoken, *_trust(answer, sources),
    )  # fmt: skip


def _trust(answer: CommandAnswer, sources: SourcesAnswer) -> tuple[str, Tone]:
    """How far the newest part of the screen can be trusted, in one word."""
    if not answer.live:
        return "REVIEW", Tone.UNKNOWN
    active = [s.freshness for s in sources.sources if s.freshness is not Freshness.PAUSED]
    if not active:
        return "NO DATA", Tone.UNKNOWN
    answering = sum(1 for f in active if f in _ANSWERING)
    if answering == len(active):
        return "LIVE", Tone.GOOD
    if answering:
        return "PARTIAL", Tone.WARN
    return ("LOST", Tone.BAD) if all(f is Freshness.LOST for f in active) else ("LATE", Tone.WARN)
