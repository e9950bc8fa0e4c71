"""Criteria over a trend: a window against the one before it. Better or worse only when the interval of the difference
excludes zero; "not rising" only when a rise of more than a tenth can be excluded.

Shares: R. G. Newcombe, Statistics in Medicine 17 (1998) 873, method 10. Rare events: the normal approximation of the
difference of two Poisson rates. Means: both bootstrap intervals as normal ones, their half widths adding in squares.
"""

from __future__ import annotations

import math
from typing import Any

from console.model.criterion import Criterion, Definition
from console.model.interval import Z_95, wilson
from console.model.moment import SECOND, Span
from console.queries.catalogue import Kpi
from console.queries.criteria.window import end_of, percent, unfed
from console.queries.kpi import KpiAnswer
from console.queries.kpi import ask as ask_kpi
from console.queries.reader import Reader

MARGIN = 0.1
"""What "not rising" tolerates: a tenth of the earlier value."""
_WORDS = {"falling": "falling", "rising": "rising", "not_rising": "not rising", "not_falling": "not falling"}


def judge(reader: Reader, table: str, kpi: Kpi, d: Definition) -> Criterion:
    """``value`` is the later window's; the earlier one begins at the same distance, also before go-live."""
    length = d.window_s * SECOND
    end = end_of(reader, d)
    later, earlier = Span(end - length, end), Span(end - 2 * length, end - length)
    shelf = table if kpi.feeds == "tickets" else None
    now, then = (ask_kpi(reader, kpi, s.start, s.end, d.part, shelf) for s in (later, earlier))
    shared: dict[str, Any] = {
        "value": now.value, "unit": kpi.unit, "n": now.n, "coverage": min(now.coverage, then.coverage),
        "definition": d, "start": later.start, "end": later.end,
    }  # fmt: skip
    if now.value is None or then.value is None:
        silent = now if now.value is None else then
        return Criterion(d.key, "unknown", silent.why if silent.sources else unfed(kpi), **shared)
    if min(now.n, then.n) < d.evidence:
        return Criterion(d.key, "unknown", f"only {min(now.n, then.n)} of the {d.evidence} needed to judge", **shared)
    bounds = difference(kpi, now, then)
    if bounds is None:
        return Criterion(d.key, "unknown", f"{kpi.title} has no interval, so no trend of it can be shown", **shared)
    low, high = bounds
    told = f"difference {_figure(kpi, low)} to {_figure(kpi, high)}"
    state = _state(d.trend, low, high, abs(then.value) * MARGIN)
    if state == "met" and shared["coverage"] < d.coverage:
        return Criterion(d.key, "unknown", f"{told}, only {percent(shared['coverage'])} known", **shared)
    words = f"{_WORDS[d.trend]}: {told}" if state == "met" else f"not shown to be {_WORDS[d.trend]}: {told}"
    return Criterion(d.key, state, words, **shared)


def _state(trend: str, low: float, high: float, margin: float) -> str:
    match trend:
        case "falling":
            return "met" if high < 0 else "not_met" if low > 0 else "unknown"
        case "rising":
            return "met" if low > 0 else "not_met" if high < 0 else "unknown"
        case "not_rising":
            return "met" if high <= margin else "not_met" if low > 0 else "unknown"
        case _:
            return "met" if low >= -margin else "not_met" if high < 0 else "unknown"


def difference(kpi: Kpi, now: KpiAnswer, then: KpiAnswer) -> tuple[float, float] | None:
    """The 95 % interval of now minus then; None where the KPI has none."""
    assert now.value is not None and then.value is not None
    a, b = now.value, then.value
    if kpi.method in ("wilson", "poisson") and now.n and then.n:
        (al, ah), (bl, bh) = wilson(a * now.n, now.n), wilson(b * then.n, then.n)
        return a - b - math.hypot(a - al, bh - b), a - b + math.hypot(ah - a, b - bl)
    if kpi.method == "bootstrap" and None not in (now.low, now.high, then.low, then.high):
        assert now.low is not None and now.high is not None and then.low is not None and then.high is not None
        half = math.hypot((now.high - now.low) / 2, (then.high - then.low) / 2)
        return a - b - half, a - b + half
    if (
        kpi.unit in ("count", "per_day")
        and kpi.feeds == "tickets"
        and kpi.name in ("opened", "resolved", "tickets_per_day")
    ):
        # Counts of independent arrivals: the difference of two Poisson counts, brought to the KPI's own unit.
        scale_now, scale_then = a / now.n if now.n else 1.0, b / then.n if then.n else 1.0
        half = Z_95 * math.sqrt((now.n + 1) * scale_now**2 + (then.n + 1) * scale_then**2)
        return a - b - half, a - b + half
    return None


def _figure(kpi: Kpi, value: float) -> str:
    if kpi.unit == "share":
        return f"{value * 100:+.2f} %".replace("-", "−")
    return f"{value:+.3g}".replace("-", "−")
