"""A back-test in words and as a chart: the number, its limit, when the rule would have fired, and what it would have missed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np

from console.model.alert_load import load_of
from console.model.alert_rules import Rule, Way
from console.model.moment import MINUTE, SECOND
from console.model.rolling import Floats
from console.present import alerts, words
from console.present.alerts_figures import BacktestFigure
from console.present.figures import Band, ChartFigure, Curve, Threshold
from console.present.tone import SEVERITY_TONE, Tone
from console.queries.backtest import BacktestAnswer

_MOST = 200
_UNIT = {"share": "percent", "ms": "ms", "per_second": "per_second"}


def word(answer: BacktestAnswer, zone: ZoneInfo, pixels: int) -> BacktestFigure:
    """``pixels``: the chart's width; the curve is reduced to its extremes per pixel."""
    rule, span = answer.rule, answer.span
    told = sum(1 for n in answer.notices if not n.kept)
    length = words.duration(span.length / SECOND)
    headline = f"{words.plural(len(answer.firings), 'firing')}, {words.plural(told, 'notice')} in {length}"
    tone = Tone.NEUTRAL
    if answer.why:
        headline, tone = answer.why, Tone.UNKNOWN
    elif answer.load.worst_hour:
        load = load_of(answer.load.worst_hour)
        tone = Tone.WARN if load != "fine" else Tone.NEUTRAL
    firings = tuple(
        (
            words.day_and_clock(f.fired, zone),
            ", ".join(
                part
                for part in (
                    alerts.where(dict(f.labels)),
                    f"for {words.duration(((f.ended or span.end) - f.fired) / SECOND)}"
                    + ("" if f.ended else " and still"),
                    alerts.why(rule, f.value, f.bound, f.limit, f.reason),
                )
                if part
            ),
        )
        for f in reversed(answer.firings[-_MOST:])
    )
    missed = tuple((words.day_and_clock(m.created, zone), f"{m.ticket} {m.title}") for m in reversed(answer.missed))
    load_words = f"at most {words.plural(answer.load.worst_hour, 'notice')} in an hour"
    return BacktestFigure(
        headline, tone, _note(answer), _chart(answer, zone, pixels), firings,
        f"{words.plural(told, 'notice')} after grouping, {load_words}", missed,
        f"{rule.title}: {headline}. {words.plural(len(missed), 'critical ticket')} would have come without it.",
    )  # fmt: skip


def _note(answer: BacktestAnswer) -> str:
    total = answer.known + answer.unknown + answer.learning
    if not total:
        return ""
    parts = [
        f"{words.plural(answer.series, 'series', 'series')}",
        f"{words.share(answer.known / total)} of minutes judged",
    ]
    if answer.unknown:
        parts.append(f"{words.share(answer.unknown / total)} unknown")
    if answer.learning:
        parts.append(f"{words.share(answer.learning / total)} learning")
    return " · ".join(parts)


def _chart(answer: BacktestAnswer, zone: ZoneInfo, pixels: int) -> ChartFigure:
    rule, span = answer.rule, answer.span
    x0, x1 = span.start / SECOND, span.end / SECOND
    name = " · ".join(
        part for part in (alerts.where(dict(answer.shown)), alerts.compared(rule, answer.shown_limit)) if part
    )
    xs, ys = reduced(answer.curve_from, answer.curve, pixels, rule)
    curves = (Curve(name, Tone.ACCENT, xs, ys),) if np.isfinite(ys).any() else ()
    limit = line_of(rule, answer.shown_limit)
    thresholds = () if limit is None else (Threshold(limit, _limit_words(rule, limit)),)
    mine = [f for f in answer.firings if f.labels == answer.shown]
    bands = tuple(
        Band(f.fired / SECOND, (f.ended or span.end) / SECOND, "", SEVERITY_TONE[rule.severity]) for f in mine[-_MOST:]
    )
    top = None
    if len(ys) and np.isfinite(ys).any() and limit is not None:
        top = max(float(np.nanmax(ys)), limit) * 1.15
    return ChartFigure(
        "backtest", name, unit(rule), x0, x1, curves, thresholds, (), bands, y_max=top or None,
        empty="" if curves else "Nothing is known of this number in the recorded history.",
        spoken=f"{name}, {words.plural(len(mine), 'firing')} marked", zone=str(zone),
    )  # fmt: skip


def unit(rule: Rule) -> str:
    """The chart's unit of what the rule compares."""
    if rule.way is Way.BURN:
        return "count"
    if rule.is_share:
        return "percent"
    return _UNIT.get(alerts.unit_of(rule.what), "count")


def line_of(rule: Rule, limit: float) -> float | None:
    """Where the limit stands in the chart; None where it moves with what is usual."""
    if rule.way in (Way.BURN, Way.ANOMALY) or limit != limit:
        return None
    return 1 - rule.quantile if rule.quantile is not None else limit


def _limit_words(rule: Rule, limit: float) -> str:
    if rule.is_share:
        return words.share(limit)
    return words.value_of(alerts.unit_of(rule.what), limit)


def reduced(first: int, values: Floats, pixels: int, rule: Rule) -> tuple[Floats, Floats]:
    """The worst value of each pixel at the middle of its minutes; NaN where a pixel knows nothing."""
    count = len(values)
    if not count:
        return np.zeros(0), np.zeros(0)
    width = max(1, -(-count // max(1, pixels)))
    padded = np.full(-(-count // width) * width, np.nan)
    padded[:count] = values
    rows = padded.reshape(-1, width)
    low = rule.way is Way.BELOW or rule.falling
    filled = np.where(np.isnan(rows), np.inf if low else -np.inf, rows)
    ys = filled.min(axis=1) if low else filled.max(axis=1)
    ys = np.where(np.isinf(ys), np.nan, ys)
    xs = (first + (np.arange(len(ys)) + 0.5) * width * MINUTE) / SECOND
    return xs, ys
