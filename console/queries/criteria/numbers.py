"""Criteria over one KPI: its value, and the bound of its interval, on the right side of the target.

The bound decides where there is one: the upper Poisson bound of rare errors, the Wilson bound of shares, the bootstrap
bound of durations. Few calls never pass.
"""

from __future__ import annotations

import math
from typing import Any

from console.model.criterion import Criterion, Definition
from console.model.interval import poisson_upper
from console.model.moment import Span, to_datetime
from console.queries.catalogue import Kpi, catalogue
from console.queries.criteria import clocks, trends
from console.queries.criteria.window import filling, percent, to_come, unfed, window
from console.queries.kpi import KpiAnswer
from console.queries.kpi import ask as ask_kpi
from console.queries.reader import Reader


def judge(reader: Reader, table: str, d: Definition) -> Criterion:
    """Any criterion of form kpi. ``table``: the shelf's tickets of the moment."""
    kpi = catalogue().kpis.get(d.kpi)
    if kpi is None:
        return Criterion(d.key, "unknown", f'there is no KPI "{d.kpi}" here', target=d.target, definition=d)
    early = to_come(reader, d)
    if early is not None:
        return early
    if d.trend:
        return trends.judge(reader, table, kpi, d)
    if d.sustained:
        return clocks.judge(reader, table, kpi, d)
    judged = window(reader, d, spare=kpi.spares_maintenance)
    answer = ask(reader, table, kpi, d, judged.span)
    shared: dict[str, Any] = {
        "target": d.target, "coverage": answer.coverage, "unit": kpi.unit, "n": answer.n, "definition": d,
        "start": judged.span.start, "end": judged.span.end, "left_out_s": judged.left_out_s,
    }  # fmt: skip
    if d.sustained_s:
        shared |= {"clock_s": min(judged.counted_s, d.sustained_s), "sustained_s": float(d.sustained_s)}
    if answer.value is None:
        return Criterion(d.key, "unknown", answer.why if answer.sources else unfed(kpi), **shared)
    state, why, on_track, resets = verdict(kpi, d, answer)
    shared |= {"value": answer.value, "on_track": on_track, "resets": resets}
    if state == "met" and judged.counted_s < d.sustained_s:
        shared["on_track"] = True
        return Criterion(d.key, "not_met", filling(judged.counted_s, d.sustained_s), **shared)
    return Criterion(d.key, state, why, **shared)


def ask(reader: Reader, table: str, kpi: Kpi, d: Definition, span: Span, *, interval: bool = True) -> KpiAnswer:
    shelf = table if kpi.feeds == "tickets" else None
    return ask_kpi(reader, kpi, span.start, span.end, d.part, shelf, interval=interval and d.target is not None)


def verdict(kpi: Kpi, d: Definition, answer: KpiAnswer) -> tuple[str, str, bool, str]:
    """(state, why, on track, what would reset it) of a known value against its target."""
    assert answer.value is not None and d.target is not None
    if kpi.method == "poisson" and d.below is not None:
        return _rare(d, answer)
    value, target, above = answer.value, d.target, d.above is not None
    bound = answer.low if above else answer.high
    told = interval_words(kpi, answer)
    right = value > target if above else value < target
    beyond = bound is None or (bound > target if above else bound < target)
    if not right:
        return "not_met", told or f"not {side(d)}", False, ""
    if answer.coverage < d.coverage:
        return "unknown", _and(told, f"only {percent(answer.coverage)} of {_span_words(d)} known"), False, ""
    if answer.n < d.evidence:
        return "unknown", _and(told, f"only {answer.n} of the {d.evidence} needed to judge"), False, ""
    if not beyond:
        name = "lower" if above else "upper"
        return "not_met", f"{told}: the {name} bound is not {'above' if above else 'below'} the target", True, ""
    return "met", told or side(d), False, ""


def _rare(d: Definition, answer: KpiAnswer) -> tuple[str, str, bool, str]:
    """Errors among calls, against the upper Poisson bound."""
    assert answer.value is not None and d.below is not None
    errors, calls, target = round(answer.value * answer.n), answer.n, d.below
    upper = poisson_upper(errors) / calls
    # Certain only when it would stay so if nothing failed in the time that is not known.
    if answer.value * answer.coverage >= target:
        return "not_met", f"{errors} errors in {calls} calls", False, ""
    if answer.coverage < d.coverage:
        return "unknown", f"only {percent(answer.coverage)} of the window known", False, ""
    if calls < d.evidence:
        return "unknown", f"not enough traffic: {calls} of {d.evidence} calls", False, ""
    if upper >= target:
        need = _calls_needed(errors, target)
        return "unknown", f"not enough traffic: {calls} of {need} calls", False, ""
    more = _errors_until(errors, calls, target)
    return (
        "met",
        f"at most {upper * 100:.3f} % with 95 % confidence",
        False,
        f"{more} more failed calls would bring the bound to the target",
    )


def _calls_needed(errors: int, target: float) -> int:
    return math.floor(poisson_upper(errors) / target) + 1 if target > 0 else 0


def _errors_until(errors: int, calls: int, target: float) -> int:
    """How many more errors among as many calls would bring the bound to the target."""
    low, high = errors, max(errors + 1, math.ceil(calls * target) + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if poisson_upper(middle) / calls < target else (low, middle)
    return high - errors


def interval_words(kpi: Kpi, answer: KpiAnswer) -> str:
    """'n = 212, 78–87 %', '' where the KPI has no interval."""
    if answer.low is None or answer.high is None:
        return ""
    if kpi.unit == "share":
        return f"n = {answer.n}, {answer.low * 100:.0f}–{answer.high * 100:.0f} %"
    return f"n = {answer.n}, {answer.low:.4g}–{answer.high:.4g}"


def side(d: Definition) -> str:
    return f"{'above' if d.above is not None else 'below'} the target"


def _span_words(d: Definition) -> str:
    return "the window" if d.window_s else "the time since go-live"


def _and(first: str, second: str) -> str:
    return f"{first}, {second}" if first else second


def hour_words(instant: int) -> str:
    """'26 Nov 14:00 UTC', for a sentence that any zone may read."""
    return f"{to_datetime(instant):%-d %b %H:%M} UTC"
