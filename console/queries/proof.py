"""The proof of a number: what it says, the statement, how much of its window is known and since when, who told it.

Asked at the number's own moment, and the very statement that is shown is run beside the faster one, so that a
difference could not hide. A live number is pinned first; otherwise its proof would be about another instant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from console.model.moment import MINUTE, SECOND, Span, merge, parse_instant
from console.model.number import Number, Slice
from console.queries import criteria as criteria_query
from console.queries import proof_criteria, proof_rows
from console.queries import sources as sources_query
from console.queries.catalogue import Kpi, catalogue
from console.queries.criteria import Criterion
from console.queries.kpi import KpiAnswer, coverage_by, limited
from console.queries.kpi import ask as ask_kpi
from console.queries.literals import stamp
from console.queries.proof_rows import RowsPlan
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.shown import readable
from console.queries.sources import SourceAnswer, Standing
from console.store.columns import repr_text

_LATE_PERIODS = 2
_LEAST_PERIOD_S = 60.0
"""Facts stand by the minute: a shorter period makes nothing late within its minute."""
_LONG_AGO = 5 * MINUTE


class Told(StrEnum):
    """How a stretch of the window is known. ``UNJUDGED``: told of, but nothing can be said (silence where calls are usual)."""

    IN_TIME = "known"
    LATE = "late"
    MISSING = "missing"
    UNJUDGED = "unjudged"
    LEFT_OUT = "left_out"
    """Planned maintenance, which does not count."""


@dataclass(frozen=True, slots=True)
class Stretch:
    span: Span
    told: Told


@dataclass(frozen=True, slots=True)
class Deed:
    """A decision about a criterion: who did what when. ``value`` is an artefact or an end, ``comment`` why."""

    at: int
    who: str
    act: str
    value: str
    comment: str


@dataclass(frozen=True, slots=True)
class ProofAnswer:
    """``kpi`` and ``answer`` are None where a criterion stands on decisions alone; ``window`` is what was really asked."""

    number: Number
    kpi: Kpi | None
    answer: KpiAnswer | None
    target: float | None
    window: Span
    strip: tuple[Stretch, ...]
    sources: tuple[SourceAnswer, ...]
    criterion: Criterion | None
    deeds: tuple[Deed, ...]
    zone: ZoneInfo
    now: int
    shown: float | None = None
    """What the statement as it is shown gives; another value than the answer's is a fault of ours, and told."""

    def length(self, told: Told) -> int:
        """Microseconds of the window that are known in this way."""
        return sum(s.span.length for s in self.strip if s.told is told)


def ask(reader: Reader, shelf: TicketShelf, number: Number, standings: list[Standing]) -> ProofAnswer:
    """``reader`` stands at the number's moment, which is pinned. Raises QuestionError for an unknown KPI or criterion."""
    criterion = _criterion(reader, shelf, number.criterion)
    deeds = _deeds(reader, number.criterion) if number.criterion else ()
    kpi = behind(reader, shelf, number)
    if kpi is None:
        window = Span(number.start, min(number.end, reader.at))
        return ProofAnswer(
            number, None, None, None, window, (), (), criterion, deeds, reader.zone, reader.now
        )  # fmt: skip
    answer = ask_kpi(reader, kpi, *_asked(reader, number))
    answer = msgspec.structs.replace(answer, sql=readable(answer.sql.strip()))
    window = _window(answer)
    speaking = [s for s in standings if s.source.name in answer.sources]
    if reader.now - reader.at > _LONG_AGO:
        # What the poller says of now is no news about then.
        speaking = [replace(s, health=replace(s.health, trouble=None)) for s in speaking]
    sources = sources_query.ask(reader, speaking).sources
    target = reader.settings.targets.get(kpi.name, kpi.target)
    if criterion is not None:
        target = criterion.target
    return ProofAnswer(
        number, kpi, answer, target, window, tuple(strip(reader, kpi, window, standings)), sources, criterion, deeds,
        reader.zone, reader.now, _run_again(reader, kpi, answer),
    )  # fmt: skip


def _run_again(reader: Reader, kpi: Kpi, answer: KpiAnswer) -> float | None:
    """What the statement gives as it is shown: the value was come by through a faster one over the same rows."""
    if answer.value is None:
        return None
    with limited(reader, kpi):
        row = reader.one(answer.sql)
    return None if row is None or row[0] is None else float(row[0])


def rows_of(reader: Reader, shelf: TicketShelf, number: Number) -> RowsPlan | None:
    """The rows behind a number, at its moment; None where a criterion stands on decisions alone."""
    kpi = behind(reader, shelf, number)
    if kpi is None:
        return None
    start, end, part = _asked(reader, number)
    window = _window(ask_kpi(reader, kpi, start, end, part, interval=False))
    return proof_rows.plan(_counting(reader, kpi), kpi, window, part)


def _asked(reader: Reader, number: Number) -> tuple[int, int, Slice]:
    """The window and part a number is asked over. A criterion over tickets has no window: all since go-live counts."""
    if number.kpi or number.start < number.end:
        return number.start, number.end, number.part if number.kpi else Slice()
    return min(reader.go_live, reader.at), reader.at, Slice()


def behind(reader: Reader, shelf: TicketShelf, number: Number) -> Kpi | None:
    """The KPI of a number, or what a criterion without one counts; None where it stands on decisions alone."""
    if number.kpi:
        return catalogue().get(number.kpi)
    return proof_criteria.counted(reader, shelf, number.criterion) if number.criterion else None


def _counting(reader: Reader, kpi: Kpi) -> Reader:
    """The reader that a KPI is asked of: planned maintenance may not count in it."""
    return reader.judged if kpi.spares_maintenance else reader


def strip(reader: Reader, kpi: Kpi, window: Span, standings: list[Standing]) -> list[Stretch]:
    """The window from its start to its end without gaps or overlaps, by how it is known."""
    if not window.length:
        return []
    reader = _counting(reader, kpi)
    left_out = merge([s.clip(window) for s in reader.left_out])
    known = merge([s.clip(window) for s in _known_in(reader, kpi, window)])
    prompt = merge([s.clip(window) for s in _known_in(_as_told_in_time(reader, window, standings), kpi, window)])
    # What only held the place of a source's first instant is no knowledge.
    prompt = [s for s in prompt if s.length > 1]
    unjudged = _unjudged(reader, window) if kpi.feeds == "availability" else []
    edges = {window.start, window.end}
    for spans in (known, prompt, unjudged, left_out):
        edges.update(edge for span in spans for edge in (span.start, span.end))
    ordered = sorted(edges)
    found: list[Stretch] = []
    in_known, in_prompt, in_unjudged, in_left_out = (_Along(spans) for spans in (known, prompt, unjudged, left_out))
    for start, end in pairwise(ordered):
        if in_left_out.holds(start):
            how = Told.LEFT_OUT
        elif not in_known.holds(start):
            how = Told.MISSING
        elif in_unjudged.holds(start):
            how = Told.UNJUDGED
        else:
            how = Told.IN_TIME if in_prompt.holds(start) else Told.LATE
        if found and found[-1].told is how:
            found[-1] = Stretch(Span(found[-1].span.start, end), how)
        else:
            found.append(Stretch(Span(start, end), how))
    return found


def _known_in(reader: Reader, kpi: Kpi, window: Span) -> list[Span]:
    return reader.totals_coverage(window) if kpi.feeds in ("gateway", "latency") else coverage_by(reader, kpi)[0]


class _Along:
    """Asks merged spans about rising instants."""

    def __init__(self, spans: list[Span]) -> None:
        self._spans, self._place = spans, 0

    def holds(self, instant: int) -> bool:
        while self._place < len(self._spans) and self._spans[self._place].end <= instant:
            self._place += 1
        return self._place < len(self._spans) and self._spans[self._place].holds(instant)


def _window(answer: KpiAnswer) -> Span:
    return Span(parse_instant(answer.from_), parse_instant(answer.to))


def _as_told_in_time(reader: Reader, window: Span, standings: list[Standing]) -> Reader:
    """A reader that knows only what was told within two periods of its source."""
    twin = reader.beside(reader.moment)
    twin.left_out = reader.left_out
    periods = {s.source.name: max(_LEAST_PERIOD_S, s.health.period_s) for s in standings}
    in_time = _told_in_time(reader, window, periods)
    for source, spans in reader.coverage.items():
        # Each source counts from its own first span on, so that instant must stay where it is.
        first = [Span(s.start, s.start + 1) for s in spans[:1]]
        in_time[source] = merge([*first, *in_time.get(source, [])])
    twin.coverage = in_time
    # A silence that counters bridged is known, and later than its minutes.
    twin.whole_coverage = {}
    return twin


def _told_in_time(reader: Reader, window: Span, periods: dict[str, float]) -> dict[str, list[Span]]:
    cases = " ".join(f"WHEN {repr_text(name)} THEN {round(_LATE_PERIODS * s * SECOND)}" for name, s in periods.items())
    usual = round(_LATE_PERIODS * _LEAST_PERIOD_S * SECOND)
    allowed = f"CASE source {cases} ELSE {usual} END" if cases else str(usual)
    rows = reader.rows(
        f'WITH told AS (SELECT source, greatest(epoch_us("from"), epoch_us(known_at) - ({allowed}) - {MINUTE}) AS a, '
        f'epoch_us("to") AS b FROM covered WHERE NOT whole AND known_at <= {reader.known_sql} '
        f'AND "to" > {stamp(window.start)} AND "from" < {stamp(window.end)}), '
        "spans AS (SELECT source, a, b, max(b) OVER (PARTITION BY source ORDER BY a, b "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach FROM told WHERE a < b), "
        "islands AS (SELECT source, a, b, sum(CASE WHEN reach IS NULL OR a > reach THEN 1 ELSE 0 END) "
        "OVER (PARTITION BY source ORDER BY a, b) AS island FROM spans) "
        "SELECT source, min(a), max(b) FROM islands GROUP BY source, island ORDER BY 1, 2"
    )
    found: dict[str, list[Span]] = {}
    for source, start, end in rows:
        found.setdefault(source, []).append(Span(start, min(end, reader.at)))
    return found


def _unjudged(reader: Reader, window: Span) -> list[Span]:
    rows = reader.rows(
        f"SELECT epoch_us(minute) FROM judged_minutes({reader.window(window.start, window.end)}) "
        "WHERE state = 'unknown' ORDER BY minute"
    )
    return merge([Span(minute, minute + MINUTE).clip(window) for (minute,) in rows])


def _criterion(reader: Reader, shelf: TicketShelf, key: str) -> Criterion | None:
    if not key:
        return None
    return next((c for c in criteria_query.ask(reader, shelf) if c.criterion == key), None)


def _deeds(reader: Reader, subject: str) -> tuple[Deed, ...]:
    rows = reader.rows(
        "SELECT epoch_us(happened_at), who, act, value, comment FROM decision WHERE subject = ? "
        f"AND happened_at <= make_timestamp({reader.at}) AND known_at <= {reader.known_sql} ORDER BY happened_at DESC",
        [subject],
    )
    return tuple(Deed(*row) for row in rows)
