"""The answer to "why?" in words: what moved with a span, what stood still, what it was compared with."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from console.model.moment import Span
from console.model.number import Number
from console.model.spike import FALSE_CLAIMS, Finding, State
from console.present import words
from console.present.figures import Cell, Column, Row, TableWindow
from console.present.spike_figures import SpikeFigure
from console.present.tone import Tone
from console.queries.spike import Explained

COLUMNS = (
    Column("kind", "Kind", 84),
    Column("what", "What", 0),
    Column("before", "Before", 92, right=True),
    Column("during", "During", 92, right=True),
    Column("effect", "Effect", 66, right=True),
    Column("bar", "", 92),
    Column("p", "p", 66, right=True),
)
_BAR = 7
_MOST_STILL = 400
_LONGEST_BAR = math.log(64.0)
_UNIT = {
    "consumer": "share", "latency": "ms", "method": "share", "route": "share", "status": "share", "tickets": "per_hour",
    "resource": "number", "measure": "number",
}  # fmt: skip
_PERHAPS_BAD = frozenset({"route", "status", "method", "latency", "tickets", "severity", "word", "area", "release"})


def word(answer: Explained, zone: ZoneInfo) -> SpikeFigure:
    """Ready to draw; times in ``zone``."""
    moved = [_row(f, answer.number(f)) for f in answer.findings if f.state is State.MOVED]
    stood = [f for f in answer.findings if f.state is State.STILL]
    still = [_row(f, answer.number(f)) for f in stood[:_MOST_STILL]]
    unsure = len(answer.findings) - len(moved) - len(stood)
    title = f"What moved {_span_words(answer.span, zone)}"
    empty = "Nothing moved that chance would not move as well."
    if not answer.windows.before:
        empty = "Nothing is known of the time before this span, so nothing can be compared with it."
    elif not answer.findings:
        empty = "Nothing is known of this span or of the time before it."
    return SpikeFigure(
        title,
        f"{words.count(len(moved))} moved · {words.count(len(stood))} did not · of {words.count(unsure)} too little is known",
        TableWindow(COLUMNS, len(moved), 0, tuple(moved), empty=empty),
        TableWindow(
            COLUMNS, len(still), 0, tuple(still),
            empty="Of nothing can it be said that it stood still: too little is known.",
        ),
        tuple(_notes(answer, zone)),
    )  # fmt: skip


def rows(answer: Explained) -> list[dict[str, Any]]:
    """As the command prints it: what moved first, as ranked. Shares 0..1, times ms, calls per second, tickets per hour."""
    return [
        {"kind": f.kind, "what": f.what, "before": f.before, "during": f.during, "effect": f.effect, "p": f.p}
        for f in answer.findings
    ]


def lines(found: list[dict[str, Any]]) -> Iterator[str]:
    """The same rows for people: what moved, and how many did not."""
    moved = [row for row in found if row["p"] <= FALSE_CLAIMS]
    for row in moved:
        unit = _UNIT.get(row["kind"], "")
        what = "".join(c if c.isprintable() else " " for c in row["what"])[:70]
        before, during = (_value(unit or _guess(row), row[side]) for side in ("before", "during"))
        yield (
            f"{row['kind']:10} {what:70} {before:>10} → {during:10} {words.times(row['effect']):>8}  "
            f"p {words.chance(row['p'])}"
        )
    if not moved:
        yield "Nothing moved that chance would not move as well."
    yield f"{words.plural(len(moved), 'row')} of {words.count(len(found))} moved"


def _guess(row: dict[str, Any]) -> str:
    if row["kind"] == "traffic":
        return "per_second" if row["what"] == "all calls" else "share"
    if row["kind"] == "release":
        return "ms" if row["what"].endswith("p95)") else "share"
    return "per_hour"


def _row(finding: Finding, number: Number | None) -> Row:
    before, during = (_value(finding.unit, v) for v in (finding.before, finding.during))
    effect, p = words.times(finding.effect), words.chance(finding.p)
    tone = _tone(finding)
    cells = (
        Cell(finding.kind, Tone.MUTED),
        Cell(finding.what),
        Cell(before),
        Cell(during, number=number),
        Cell(effect, tone),
        Cell(_bar(finding), tone),
        Cell(p, Tone.MUTED),
    )
    spoken = f"{finding.kind} {finding.what}: {before} before, {during} during, {effect}, p {p}"
    if number is not None:
        spoken += ", Enter opens its proof"
    return Row(f"{finding.kind}|{finding.what}", cells, spoken)


def _value(unit: str, value: float | None) -> str:
    if value is None:
        return words.UNKNOWN
    if unit == "share" and 0 < value < 0.00005:
        return f"{value * 1e6:.1f}{words.SPACE}ppm"
    return words.value_of(unit, value)


def _tone(finding: Finding) -> Tone:
    if finding.state is not State.MOVED or finding.effect is None:
        return Tone.MUTED
    rose = finding.effect > 1
    failing = finding.kind == "consumer" and finding.measure != "share of calls"
    if finding.kind not in _PERHAPS_BAD and not failing:
        return Tone.ACCENT
    return Tone.BAD if rose else Tone.GOOD


def _bar(finding: Finding) -> str:
    """The change that is certain, as blocks; an arrow tells its direction."""
    if finding.state is not State.MOVED:
        return ""
    blocks = max(1, round(_BAR * min(1.0, finding.sure / _LONGEST_BAR)))
    return ("▲" if (finding.effect or 1) > 1 else "▼") + "▇" * blocks


def _span_words(span: Span, zone: ZoneInfo) -> str:
    start = words.day_and_clock(span.start, zone)
    end = words.clock(span.end, zone) if span.length < 24 * 3_600_000_000 else words.day_and_clock(span.end, zone)
    return f"{start} – {end} ({words.duration(span.length / 1e6)})"


def _notes(answer: Explained, zone: ZoneInfo) -> Iterator[str]:
    before = answer.windows.before
    if before:
        just = [window for window in before if window.end == answer.span.start]
        days = [window for window in before if window.end != answer.span.start]
        parts = (["the same length just before"] if just else []) + (
            [f"the same hours of {words.plural(len(days), 'earlier day')}"] if days else []
        )
        yield f"Compared with {' and '.join(parts)}, from {words.day_and_clock(before[-1].start, zone)} on."
    for window in answer.left_out:
        yield f"{words.day_and_clock(window.start, zone)} is left out: the gateway was in trouble then too."
    if answer.known < 0.999:
        yield f"{words.share(answer.known)} of the span is known; unknown minutes are left out."
    if before and answer.before_known < 0.999:
        yield f"{words.share(answer.before_known)} of the time compared with is known; unknown minutes are left out."
    if answer.tickets_known < 0.999:
        yield f"Tickets are known for {words.share(answer.tickets_known)} of the span."
    yield (
        "Moved: a change of more than a tenth that chance would show in fewer than 1 of 20 such lists. "
        "Did not: had it doubled or halved, it would have been seen."
    )
