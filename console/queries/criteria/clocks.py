"""Clocks over one KPI: every window in a row must hold, for so long. The time since the last one that did not is the clock.

Windows are laid from the beginning (go-live, or when the clock was started again), so that they do not slide with the
question. The running window is judged as far as it goes: while it misses the target the clock stands at nothing.
"""

from __future__ import annotations

from typing import Any

from console.model.clock import BAD, GOOD, UNKNOWN, Stretch, counted, run, without
from console.model.criterion import Criterion, Definition
from console.model.lengths import length_words
from console.model.moment import SECOND, Span, minute_of
from console.queries.catalogue import Kpi
from console.queries.criteria import numbers, window_values
from console.queries.criteria.window import filling, floor, percent, unfed, window
from console.queries.decisions import left_out
from console.queries.kpi import sources_of
from console.queries.reader import Reader

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
    clock = run(stretches(reader, table, kpi, d, span), d.sustained_s * SECOND, span.end)
    ran = Span(min(clock.since, span.end), span.end)
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
    if clock.held == 0 and clock.reset_at == span.end:
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
    step = window_values.step_of(kpi, d)
    origin = minute_of(floor(reader, d))
    # The first window is a whole one: half of a bad hour may look good.
    whole = Span(origin + max(0, (span.start - origin) // step * step), span.end)
    windows = window_values.laid(whole, origin, step)
    found: list[Stretch] = []
    for one, told in zip(windows, window_values.ask(reader, table, kpi, d, windows, origin, step), strict=True):
        state = state_of(d, kpi.unit, told.value, told.n, told.known)
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
