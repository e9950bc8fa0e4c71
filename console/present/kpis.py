"""The Numbers screen in words."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from console.model.moment import SECOND, Span
from console.model.number import Slice
from console.model.trend import Trend, Verdict
from console.present import words
from console.present.figures import Buckets, Cell, ChartFigure, Column, Curve, Row, TableWindow, Threshold
from console.present.kpis_figures import KpiFigure, NumbersFigure
from console.present.tone import GLYPH, Tone
from console.queries.kpi import KpiAnswer
from console.queries.kpi_file import Kpi
from console.queries.kpis import PARTS, KpiDetail, NumbersAnswer, Standing

COLUMNS = (
    Column("category", "Category", 94),
    Column("title", "Number", 0),
    Column("value", "Value", 86, right=True),
    Column("interval", "95 % interval", 136),
    Column("n", "n", 68, right=True),
    Column("target", "Target", 80, right=True),
    Column("trend", "Than the window before", 166),
    Column("known", "Known", 0),
)
_PART_COLUMNS = (
    Column("part", "Part", 0),
    Column("value", "Value", 92, right=True),
    Column("interval", "95 % interval", 140),
    Column("n", "n", 76, right=True),
)
_SHARE_COLUMNS = (Column("part", "Part", 0), Column("value", "Share", 92, right=True), Column("n", "n", 76, right=True))
WINDOW_WORDS = {"hour": "Last hour", "day": "Last 24 h", "week": "Last 7 d", "launch": "Since go-live"}
_WAYS = {
    PARTS: "Parts", "route": "Route", "consumer": "Consumer", "severity": "Severity", "kind": "Kind", "area": "Area",
    "channel": "Channel", "segment": "Segment", "release": "Release",
}  # fmt: skip
_METHODS = {"wilson": "Wilson", "poisson_upper": "Poisson, upper bound", "bootstrap": "bootstrap", "normal": "normal"}
_UNITS = {"share": "percent", "ms": "ms", "per_second": "per_second"}
_WHOLE = 0.99
_LATE_S = 150.0
_MOST_PARTS = 200


def word(answer: NumbersAnswer, zone: ZoneInfo) -> NumbersFigure:
    """The whole catalogue over one window."""
    rows, before = [], ""
    for standing in answer.standings:
        rows.append(_row(standing, standing.kpi.category if standing.kpi.category != before else ""))
        before = standing.kpi.category
    unknown = sum(1 for s in answer.standings if s.answer.value is None)
    parts = [words.plural(len(rows), "number"), f"{unknown} unknown", _span_words(answer.window, zone)]
    if answer.faults:
        parts.append(words.plural(len(answer.faults), "own file") + " with a fault")
    table = TableWindow(COLUMNS, len(rows), 0, tuple(rows), empty="There is no number to show.")
    return NumbersFigure(" · ".join(parts), table, tuple(WINDOW_WORDS.items()), answer.faults)


def word_detail(answer: KpiDetail, zone: ZoneInfo) -> KpiFigure:
    """One KPI with its chart and its breakdown."""
    kpi = answer.standing.kpi
    return KpiFigure(
        kpi.name, kpi.title, _headline(answer.standing), _lines(answer), _chart(answer, zone),
        tuple((way, _WAYS[way]) for way in answer.ways), answer.by, _breakdown(answer), kpi.own,
    )  # fmt: skip


def tone_of(kpi: Kpi, value: float | None, target: float | None) -> Tone:
    """Unknown is not good, and better than the target is no colour: only what is amiss stands out."""
    if value is None:
        return Tone.UNKNOWN
    if target is None:
        return Tone.NEUTRAL
    if kpi.direction == "down":
        return Tone.BAD if value > target else Tone.NEUTRAL
    if kpi.direction == "up":
        return Tone.BAD if value < target else Tone.NEUTRAL
    return Tone.NEUTRAL


def interval_words(answer: KpiAnswer) -> str:
    """'0.31 % to 0.52 %', '< 0.14 %' of a bound alone, '' where there is none."""
    if answer.value is None or answer.high is None:
        return ""
    high = words.value_of(answer.unit, answer.high)
    return f"< {high}" if answer.low is None else f"{words.value_of(answer.unit, answer.low)} to {high}"


def trend_words(kpi: Kpi, trend: Trend) -> tuple[str, Tone]:
    """What may be said of the change; '' where chance would do as well."""
    if trend.change is None:
        return ("", Tone.MUTED) if trend.now is None else ("not comparable", Tone.MUTED)
    if trend.verdict is Verdict.SAME:
        return "no clear change", Tone.MUTED
    tone = {Verdict.BETTER: Tone.GOOD, Verdict.WORSE: Tone.BAD}.get(trend.verdict, Tone.NEUTRAL)
    assert trend.before is not None and trend.now is not None
    arrow = "▲" if trend.now > trend.before else "▼"
    return f"{arrow} {trend.verdict.value}, was {words.value_of(kpi.unit, trend.before)}", tone


def _row(standing: Standing, category: str) -> Row:
    kpi, answer = standing.kpi, standing.answer
    tone = tone_of(kpi, answer.value, standing.target)
    value = words.value_of(kpi.unit, answer.value)
    target = words.value_of(kpi.unit, standing.target) if standing.target is not None else ""
    sign = {"up": "> ", "down": "< "}.get(kpi.direction, "")
    moved, moved_tone = trend_words(kpi, standing.trend)
    known, known_tone = _known(standing)
    cells = (
        Cell(category.capitalize(), Tone.MUTED),
        Cell(f"{kpi.title} (own)" if kpi.own else kpi.title),
        Cell(f"{GLYPH[tone]} {value}".strip() if tone is Tone.BAD else value, tone, number=standing.number),
        Cell(interval_words(answer), Tone.MUTED),
        Cell(words.short_count(answer.n) if answer.value is not None else "", Tone.MUTED),
        Cell(sign + target if target else "", Tone.MUTED),
        Cell(moved, moved_tone),
        Cell(known, known_tone),
    )
    state = "worse than its target" if tone is Tone.BAD else ""
    said = [f"{kpi.title}: {value if answer.value is not None else 'unknown'}", state, moved, known]
    return Row(kpi.name, cells, ", ".join(part for part in said if part))


def _known(standing: Standing) -> tuple[str, Tone]:
    """How far the number can be trusted: why it is unknown; else the share of its window that is known, and its age."""
    answer = standing.answer
    if answer.value is None:
        return answer.why, Tone.UNKNOWN
    behind = (standing.behind or 0) / SECOND
    age = f"{words.duration(behind)} old" if behind >= _LATE_S else ""
    part = f"{words.share(answer.coverage, 0)} of it" if answer.coverage < _WHOLE else ""
    left_out = answer.why if not part and answer.state == "partial" and "minutes" in answer.why else ""
    said = ", ".join(text for text in (part, age) if text) or left_out
    return said or "all of it", Tone.WARN if said else Tone.MUTED


def _span_words(window: Span, zone: ZoneInfo) -> str:
    return f"{words.day_and_clock(window.start, zone)} to {words.day_and_clock(window.end, zone)}"


def _headline(standing: Standing) -> str:
    answer = standing.answer
    if answer.value is None:
        return f"unknown: {answer.why}"
    parts = [words.value_of(answer.unit, answer.value), f"n = {words.count(answer.n)}"]
    if answer.median is not None:
        parts.insert(0, f"median {words.value_of(answer.unit, answer.median)}")
        parts[1] = f"mean {parts[1]}"
        parts.insert(2, f"P90 {words.value_of(answer.unit, answer.p90)}")
    if interval_words(answer):
        parts.append(f"{interval_words(answer)} ({_METHODS.get(answer.method, answer.method)})")
    return " · ".join(parts)


def _lines(answer: KpiDetail) -> tuple[tuple[str, str], ...]:
    standing = answer.standing
    kpi = standing.kpi
    beside = answer.broken.beside if answer.broken is not None else ""
    trend = standing.trend.why or trend_words(kpi, standing.trend)[0]
    given = (
        ("Means", kpi.means), ("Formula", kpi.formula), ("Mind", kpi.edge), ("After", kpi.source),
        ("Trend", trend), ("Fed by", ", ".join(standing.answer.sources) or "no source yet"),
        (f"By {answer.by}", beside),
    )  # fmt: skip
    return tuple((label, text) for label, text in given if text)


def _chart(answer: KpiDetail, zone: ZoneInfo) -> ChartFigure:
    kpi, span = answer.standing.kpi, Span(answer.standing.number.start, answer.standing.number.end)
    xs = np.array([(p.span.start + p.span.end) / 2 / SECOND for p in answer.points], np.float64)
    scale = 1 / 3600 if kpi.unit == "s" else 1.0
    ys = np.array([np.nan if p.value is None else p.value * scale for p in answer.points], np.float64)
    target = answer.standing.target
    lines: tuple[Threshold, ...] = ()
    if target is not None:
        lines = (Threshold(target * scale, f"target {words.value_of(kpi.unit, target)}"),)
    known = ys[np.isfinite(ys)]
    title = f"{kpi.title}, hours" if kpi.unit == "s" else kpi.title
    spoken = f"{title}: {len(known)} of {len(ys)} points known"
    return ChartFigure(
        f"kpi-{kpi.name}", title, _UNITS.get(kpi.unit, "count"), span.start / SECOND, span.end / SECOND,
        (Curve(kpi.title, Tone.ACCENT, xs, ys, kpi=kpi.name, buckets=_buckets(answer)),) if len(known) else (), lines,
        y_max=1.0 if kpi.unit == "share" and kpi.direction == "up" else None,
        empty="" if len(known) else answer.standing.answer.why or "Nothing of this window is known.",
        spoken=spoken, zone=str(zone),
    )  # fmt: skip


def _buckets(answer: KpiDetail) -> Buckets | None:
    """The stretch of each point; they follow each other without a gap, and only the last may be cut short."""
    if not answer.points:
        return None
    first, number = answer.points[0].span, answer.standing.number
    return Buckets(first.start, first.length, number.end, number.moment)


def _breakdown(answer: KpiDetail) -> TableWindow:
    standing = answer.standing
    if answer.by == PARTS:
        parts = standing.answer.parts
        rows = [
            Row(
                p.part,
                (Cell(p.part), Cell(words.share(p.share)), Cell(words.count(p.n), Tone.MUTED)),
                f"{p.part}: {words.share(p.share)}, {words.count(p.n)}",
            )
            for p in (parts if isinstance(parts, list) else [])
        ]
        return TableWindow(_SHARE_COLUMNS, len(rows), 0, tuple(rows), empty=standing.answer.why)
    if answer.broken is None:
        return TableWindow(_PART_COLUMNS, 0, 0, (), empty="This number is not told by parts.")
    rows = [_part_row(standing, answer, name, found) for name, found in answer.broken.parts[:_MOST_PARTS]]
    return TableWindow(_PART_COLUMNS, len(rows), 0, tuple(rows), empty=answer.broken.why)


def _part_row(standing: Standing, answer: KpiDetail, name: str, found: KpiAnswer) -> Row:
    tone = tone_of(standing.kpi, found.value, standing.target)
    # A count of one part is not held against the target of them all.
    tone = Tone.NEUTRAL if standing.kpi.unit == "count" and tone is Tone.BAD else tone
    value = words.value_of(found.unit, found.value)
    number = replace(standing.number, part=Slice(**{answer.by: name}))
    cells = (
        Cell(name), Cell(value, tone, number=number), Cell(interval_words(found), Tone.MUTED),
        Cell(words.short_count(found.n), Tone.MUTED),
    )  # fmt: skip
    return Row(name, cells, f"{name}: {value if found.value is not None else 'unknown, ' + found.why}, n {found.n}")
