"""A KPI against an earlier window of the same length: the one just before, or the same days a week ago."""

from __future__ import annotations

from console.model import trend as judged
from console.model.moment import DAY, Span, parse_instant
from console.model.number import Slice
from console.model.trend import Change, Trend, Verdict
from console.queries.kpi import Measured, measure
from console.queries.kpi_file import Kpi
from console.queries.reader import Reader

AGAINST = ("before", "week")
_HALF = 0.5
"""A window of which less is known is not held against another one."""


def trend(
    reader: Reader,
    kpi: Kpi,
    start: int,
    end: int,
    part: Slice | None = None,
    shelf: str | None = None,
    *,
    against: str = "before",
) -> Trend:
    """Compare [start, end) with the window before it (``before``) or seven days earlier (``week``).

    Unknown, with why, where either side is unknown, half unknown or has too little evidence. Raises as ``kpi.ask``.
    """
    now = measure(reader, kpi, start, end, part, shelf)
    window = Span(parse_instant(now.answer.from_), parse_instant(now.answer.to))
    back = window.length if against == "before" else 7 * DAY
    before = measure(reader, kpi, window.start - back, window.end - back, part, shelf)
    for side, words in ((now, "this window"), (before, "the window before" if against == "before" else "last week")):
        if side.answer.value is None:
            return _unknown(before, now, f"{words.capitalize()} is unknown: {side.answer.why}")
        if side.answer.coverage < _HALF:
            return _unknown(before, now, f"Only {side.answer.coverage * 100:.0f} % of {words} is known.")
    change = _change(kpi, before, now)
    if isinstance(change, str):
        return _unknown(before, now, change)
    return judged.judge(kpi.direction, before.answer.value, now.answer.value, change)


def _change(kpi: Kpi, before: Measured, now: Measured) -> Change | str:
    """The interval of the change, or why there is none."""
    first, second = before.row, now.row
    n1, n2 = before.answer.n, now.answer.n
    match kpi.trend:
        case "share" if _has(first, second, "k"):
            return judged.of_shares(first["k"], n1, second["k"], n2)
        case "rate" if _has(first, second, "k"):
            return judged.of_counts(first["k"], n1, second["k"], n2)
        case "count" if _has(first, second, "k"):
            return judged.of_counts(first["k"], before.covered_s, second["k"], now.covered_s)
        case "normal" if _has(first, second, "sd"):
            return judged.of_spreads(first["value"], first["sd"], n1, second["value"], second["sd"], n2)
        case "mean" if _has(first, second, "samples"):
            if min(n1, n2) < judged.LEAST_SAMPLES:
                return f"Only {min(n1, n2)} of at least {judged.LEAST_SAMPLES} needed on both sides."
            return judged.of_means(first["samples"], second["samples"])
    return f"{kpi.title} has no interval, so a change of it cannot be told from chance."


def _has(first: dict[str, object], second: dict[str, object], name: str) -> bool:
    return first.get(name) is not None and second.get(name) is not None


def _unknown(before: Measured, now: Measured, why: str) -> Trend:
    return Trend(Verdict.UNKNOWN, before.answer.value, now.answer.value, None, why)
