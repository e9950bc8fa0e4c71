"""The Numbers screen: every KPI over one window with its trend, and one KPI in full, drawn and broken down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from console.model.errors import QuestionError
from console.model.moment import DAY, HOUR, MINUTE, Span, iso, minute_of
from console.model.number import Number, Slice
from console.model.trend import Trend, Verdict
from console.queries.breakdown import Breakdown, breakdown
from console.queries.catalogue import Catalogue
from console.queries.kpi import KpiAnswer, frame, measure
from console.queries.kpi_file import CATEGORIES, Kpi
from console.queries.reader import Reader
from console.queries.trend import trend

WINDOWS = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "launch": 0}
"""What can be looked at, by name; launch: since go-live."""
PARTS = "parts"
"""The breakdown of a distribution into its own parts."""
_STEPS = tuple(m * MINUTE for m in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440))
_MOST_POINTS = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """One KPI over the window. ``behind``: microseconds from what is newest known of it to the moment, None: nothing is."""

    kpi: Kpi
    number: Number
    answer: KpiAnswer
    trend: Trend
    target: float | None
    behind: int | None


@dataclass(frozen=True, slots=True)
class NumbersAnswer:
    window: Span
    standings: tuple[Standing, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket of a KPI's chart: exactly what the KPI gives for that window; None: unknown."""

    span: Span
    value: float | None


@dataclass(frozen=True, slots=True)
class KpiDetail:
    """``ways``: the slices it can be broken down by, and ``parts`` where it is a distribution. ``by``: the one chosen."""

    standing: Standing
    points: tuple[Point, ...]
    ways: tuple[str, ...]
    by: str
    broken: Breakdown | None


def window_of(reader: Reader, name: str) -> Span:
    """The window of that name up to the newest whole minute anything is known of. Raises QuestionError."""
    if name not in WINDOWS:
        raise QuestionError(f'There is no window "{name}"; there are {", ".join(WINDOWS)}.')
    end = max(minute_of(reader.newest_covered), 0)
    start = end - WINDOWS[name] if WINDOWS[name] else min(reader.go_live, end)
    return Span(start, end)


def numbers(reader: Callable[[], Reader], known: Catalogue, shelf: str, window: str) -> NumbersAnswer:
    """Every KPI over the window, by category and title. One that cannot be answered is unknown, with why.

    ``reader`` makes one at the same moment for each KPI: they take long together, and calls that a back-fill brings
    meanwhile must not be divided by what was covered when the first was asked.
    """
    span = window_of(reader(), window)
    ordered = sorted(known.kpis.values(), key=lambda k: (CATEGORIES.index(k.category), k.title.lower()))
    return NumbersAnswer(span, tuple(standing(reader(), kpi, shelf, span) for kpi in ordered), known.faults)


def standing(reader: Reader, kpi: Kpi, shelf: str, span: Span) -> Standing:
    """One KPI over a window, with its trend against the window before it."""
    number = Number(kpi.name, span.start, span.end, Slice(), reader.moment).pinned(reader.at)
    newest = frame(reader, kpi, span.start, span.end, Slice())
    behind = None if newest.covered == 0 else max(0, reader.at - newest.place.newest)
    try:
        answer = measure(reader, kpi, span.start, span.end, None, shelf).answer
        change = trend(reader, kpi, span.start, span.end, None, shelf)
    except QuestionError as error:
        answer = _refused(kpi, span, error.message)
        change = Trend(Verdict.UNKNOWN, None, None, None, error.message)
    return Standing(kpi, number, answer, change, target_of(reader, kpi), behind)


def target_of(reader: Reader, kpi: Kpi) -> float | None:
    """As set in the session, else the file's; of tickets a day the session's fixed baseline."""
    if kpi.name in reader.settings.targets:
        return reader.settings.targets[kpi.name]
    if kpi.name == "tickets_per_day" and kpi.target is None:
        baseline = reader.settings.session.baseline
        return baseline.per_day if baseline is not None and baseline.kind == "fixed" else None
    return kpi.target


def detail(reader: Reader, known: Catalogue, shelf: str, name: str, window: str, by: str = "") -> KpiDetail:
    """One KPI in full. ``by``: what to break it down by, '' for the first way. Raises QuestionError for unknown names."""
    kpi = known.get(name)
    span = window_of(reader, window)
    ways = ((PARTS,) if kpi.parts else ()) + kpi.slices
    chosen = by if by in ways else ways[0] if ways else ""
    held = standing(reader, kpi, shelf, span)
    broken = None
    if chosen and chosen != PARTS:
        broken = breakdown(reader, kpi, chosen, span.start, span.end, shelf=shelf)
    return KpiDetail(held, _points(reader, kpi, shelf, span), ways, chosen, broken)


def _points(reader: Reader, kpi: Kpi, shelf: str, span: Span) -> tuple[Point, ...]:
    """The KPI over equal buckets of the window that begin at whole steps since 1970."""
    step = next((s for s in _STEPS if span.length <= s * _MOST_POINTS), DAY)
    found: list[Point] = []
    for start in range(span.start - span.start % step, span.end, step):
        bucket = Span(start, start + step).clip(span)
        # The first one is left out where the window cuts it; the last one may be short, as the running one is.
        if bucket.length == step or (found and bucket.length):
            answer = measure(reader, kpi, bucket.start, bucket.end, None, shelf, interval=False).answer
            found.append(Point(bucket, answer.value))
    return tuple(found)


def _refused(kpi: Kpi, span: Span, why: str) -> KpiAnswer:
    return KpiAnswer(
        kpi.name, None, kpi.unit, 0, None, None, "none", None, None, None, 0.0, "unknown", why, iso(span.start),
        iso(span.end),
    )  # fmt: skip
