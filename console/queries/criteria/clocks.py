"""Clocks over one KPI: every window in a row must hold, for so long. The time since the last one that did not is the clock.

Windows are laid from the beginning (go-live, or when the clock was started again), so that they do not slide with the
question. The running window is judged as far as it goes: while it misses the target the clock stands at nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from console.model.clock import BAD, GOOD, UNKNOWN, Stretch, counted, run, without
from console.model.criterion import Criterion, Definition
from console.model.lengths import length_words
from console.model.moment import MINUTE, SECOND, Span, minute_of
from console.queries.catalogue import Kpi
from console.queries.criteria import numbers
from console.queries.criteria.window import filling, floor, percent, unfed, window
from console.queries.decisions import left_out
from console.queries.kpi import sources_of
from console.queries.reader import Reader
from console.queries.unfolded import table as gateway_table

MOST_WINDOWS = 96
"""Where each window is a question of its own, no clock asks more; longer clocks take longer windows."""
_SLACK = 4
"""A quarter more than the clock needs is looked at, so that unknown time in between is passed over; with more of it
unknown than that, no coverage anyone asks for is reached.
"""


def judge(reader: Reader, table: str, kpi: Kpi, d: Definition) -> Criterion:
    """Not met since a window missed the target; unknown while too little is known; met when the clock is full.

    Over the whole run the confidence rule holds as for any other criterion: few calls never pass.
    """
    if not sources_of(reader, kpi):
        return Criterion(d.key, "unknown", unfed(kpi), target=d.target, unit=kpi.unit, definition=d,
                         sustained_s=float(d.sustained_s), clock_s=0.0)  # fmt: skip
    span = window(
        reader, d, spare=kpi.spares_maintenance, length_s=d.sustained_s + d.sustained_s // _SLACK + d.window_s
    ).span
    span = Span(minute_of(span.start), span.end)
    holes = left_out(reader) if kpi.spares_maintenance else []
    clock = run(stretches(reader, table, kpi, d, span), d.sustained_s * SECOND, reader.at)
    ran = Span(min(clock.since, reader.at), reader.at)
    whole = ran if ran.length else span
    answer = numbers.ask(reader, table, kpi, d, whole)
    held = clock.held / SECOND
    shared: dict[str, Any] = {
        "target": d.target, "clock_s": held, "sustained_s": float(d.sustained_s), "unit": kpi.unit, "n": answer.n,
        "coverage": clock.coverage if ran.length else answer.coverage, "value": answer.value, "definition": d,
        "start": whole.start, "end": whole.end, "left_out_s": whole.length / SECOND - counted(whole, holes),
        "resets": f"{length_words(d.window_s)} not {numbers.side(d)}",
    }  # fmt: skip
    told = filling(held, d.sustained_s)
    if clock.held == 0 and clock.reset_at == reader.at:
        return Criterion(d.key, "not_met", f"the last {length_words(d.window_s)} are not {numbers.side(d)}", **shared)
    if clock.full:
        if clock.coverage < d.coverage:
            return Criterion(d.key, "unknown", f"{told}; only {percent(clock.coverage)} of it known", **shared)
        if answer.value is None:
            return Criterion(d.key, "unknown", answer.why, **shared)
        state, why, on_track, _ = numbers.verdict(kpi, d, answer)
        return Criterion(d.key, state, told if state == "met" else why, on_track=on_track, **shared)
    if clock.reset_at is not None:
        told = f"{told}; reset {numbers.hour_words(clock.reset_at)}"
    if clock.could_be_full or (clock.held == 0 and clock.unknown):
        return Criterion(d.key, "unknown", f"{told}; only {percent(clock.coverage)} of it known", **shared)
    enough = clock.coverage >= d.coverage
    why = told if enough else f"{told}; only {percent(clock.coverage)} of it known"
    return Criterion(d.key, "not_met", why, on_track=enough, **shared)


def stretches(reader: Reader, table: str, kpi: Kpi, d: Definition, span: Span) -> list[Stretch]:
    """Each window of the span as good, bad or unknown, planned maintenance cut out."""
    spared = left_out(reader) if kpi.spares_maintenance else []
    step = _step(kpi, d)
    origin = minute_of(floor(reader, d))
    windows = laid(span, origin, step)
    found: list[Stretch] = []
    for one, told in zip(windows, _values(reader, table, kpi, d, windows, origin, step), strict=True):
        state = state_of(d, kpi.unit, *told)
        found.extend(Stretch(part, state) for part in without([one], spared))
    return found


def state_of(d: Definition, unit: str, value: float | None, n: int, known: float) -> str:
    """Good only where enough is known; bad where no good time in the unknown part of the window could mend it."""
    if value is None or n < max(1, d.evidence) or d.target is None:
        return UNKNOWN
    below = d.below is not None
    if (value < d.target) if below else (value > d.target):
        return GOOD if known >= d.coverage else UNKNOWN
    if unit == "share" and known < d.coverage:
        mended = value * known if below else 1 - (1 - value) * known
        if (mended < d.target) if below else (mended > d.target):
            return UNKNOWN
    return BAD


def laid(span: Span, origin: int, step: int) -> list[Span]:
    """Windows of one length counted from the origin, as far as they lie in the span."""
    first = origin + (span.start - origin) // step * step
    return [Span(start, start + step).clip(span) for start in range(first, span.end, step)]


def _step(kpi: Kpi, d: Definition) -> int:
    step = d.window_s * SECOND
    if not _in_one_go(kpi, d):
        step = max(step, -(-d.sustained_s * SECOND // MOST_WINDOWS))
    return step


def _in_one_go(kpi: Kpi, d: Definition) -> bool:
    """The rates and shares of all calls have their minutes in one statement; everything else is asked window by window."""
    return kpi.name in _BY_MINUTE and not d.part.given() and d.window_s % 60 == 0


def _values(
    reader: Reader, table: str, kpi: Kpi, d: Definition, windows: list[Span], origin: int, step: int
) -> list[tuple[float | None, int, float]]:
    """(value, n, known share) of each window."""
    if _in_one_go(kpi, d):
        return _from_minutes(reader, kpi, windows, origin, step)
    found = []
    for one in windows:
        answer = numbers.ask(reader, table, kpi, d, one, interval=False)
        found.append((answer.value, answer.n, answer.coverage))
    return found


_BY_MINUTE = {
    "error_rate_5xx": "sum(calls_5xx)",
    "error_rate_4xx": "sum(calls_4xx)",
    "availability_by_calls": "sum(calls) - sum(calls_5xx)",
    "availability": "",
}


def _from_minutes(
    reader: Reader, kpi: Kpi, windows: list[Span], origin: int, step: int
) -> list[tuple[float | None, int, float]]:
    """One statement over the minutes of the whole span. A minute belongs to the window in which it begins."""
    if not windows:
        return []
    judged = reader.judged
    start, end = windows[0].start, windows[-1].end
    place = f"(epoch_us(minute) - {origin + (start - origin) // step * step}) // {step}"
    if kpi.name == "availability":
        source = gateway_table(judged, "judged_minutes", start - start % MINUTE, end)
        sql = (
            f"SELECT {place} AS i, count(*) FILTER (WHERE state = 'good')::DOUBLE AS k, "
            f"count(*) FILTER (WHERE state <> 'unknown')::DOUBLE AS n, count(*)::DOUBLE AS whole FROM {source} GROUP BY i"
        )
    else:
        source = gateway_table(judged, "calls_by_minute", start - start % MINUTE, end)
        sql = (
            f"SELECT {place} AS i, {_BY_MINUTE[kpi.name]}::DOUBLE AS k, sum(calls)::DOUBLE AS n, 0.0 AS whole "
            f"FROM {source} GROUP BY i"
        )
    rows = {int(i): (k, n, whole) for i, k, n, whole in reader.rows(sql)}
    seconds = _known_seconds(judged, windows)
    found: list[tuple[float | None, int, float]] = []
    for index, one in enumerate(windows):
        k, n, whole = rows.get(index, (0.0, 0.0, 0.0))
        length = counted(one, judged.left_out)
        known = (
            (n / whole if whole else 0.0) if kpi.name == "availability" else seconds[index] / length if length else 0.0
        )
        found.append((k / n if n else None, int(n), known))
    return found


def _known_seconds(judged: Reader, windows: list[Span]) -> list[float]:
    spans = judged.traffic_coverage
    starts = np.array([s.start for s in spans], dtype=np.int64)
    ends = np.array([s.end for s in spans], dtype=np.int64)
    if not len(starts):
        return [0.0] * len(windows)
    return [
        float(np.clip(np.minimum(ends, w.end) - np.maximum(starts, w.start), 0, None).sum()) / SECOND for w in windows
    ]
