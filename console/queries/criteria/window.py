"""The window a criterion is judged over, and the words all judgements share."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.clock import counted, trailing
from console.model.criterion import Criterion, Definition, Kind
from console.model.lengths import clock_words
from console.model.moment import DAY, MINUTE, SECOND, Span, iso
from console.queries.catalogue import Kpi
from console.queries.criteria.definitions import book
from console.queries.decisions import left_out
from console.queries.reader import TICKET_KINDS, Reader

USUAL_LAG = 5 * MINUTE
_FED_BY = {
    "gateway": "a gateway (scrape, prometheus or calllog)",
    "latency": "a gateway that tells response times (scrape, prometheus or calllog)",
    "availability": "a probe or a gateway",
    "tickets": "a ticket system (jira, roundup …)",
    "survey": "a feed of surveys",
    "measure": "a feed of measures",
    "gauge": "a metrics page (scrape, prometheus) or a feed",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """The span of a judgement, and the seconds of it that count (without planned maintenance)."""

    span: Span
    counted_s: float
    left_out_s: float


def end_of(reader: Reader, definition: Definition) -> int:
    """Up to when it is judged: the moment; whether hypercare may begin is settled at go-live."""
    return min(reader.at, reader.go_live) if definition.kind is Kind.ENTRY else reader.at


def floor(reader: Reader, definition: Definition) -> int:
    """Nothing before this instant counts: go-live, or when the clock was started again. Entry looks at the time before."""
    begun = reader.go_live
    if definition.kind is Kind.ENTRY:
        needed = max(definition.window_s, definition.sustained_s) * SECOND
        begun = end_of(reader, definition) - max(reader.settings.session.lookback_days * DAY, needed)
    return max(begun, book(reader).restarts.get(definition.key, begun))


def window(reader: Reader, definition: Definition, *, spare: bool, length_s: int | None = None) -> Judged:
    """The trailing window up to the moment. ``spare``: planned maintenance does not count in it."""
    holes = left_out(reader) if spare else []
    begun = floor(reader, definition)
    seconds = definition.window_s if length_s is None else length_s
    end = end_of(reader, definition)
    span = trailing(end, seconds * SECOND, begun, holes) if seconds else Span(min(begun, end), end)
    inside = counted(span, holes)
    return Judged(span, inside, span.length / SECOND - inside)


def to_come(reader: Reader, definition: Definition) -> Criterion | None:
    """Before go-live there is nothing to judge, but for what opens hypercare."""
    if reader.at >= reader.go_live or definition.kind is Kind.ENTRY:
        return None
    why = f"go-live is still to come ({iso(reader.go_live)})"
    return Criterion(definition.key, "unknown", why, target=definition.target, definition=definition)


def ticket_coverage(reader: Reader) -> list[Span]:
    """Time that every ticket source speaks for; the usual wait for its next answer is no gap. Empty: not all have answered."""
    spans = reader.told_by(TICKET_KINDS, all_must=True)
    if spans and spans[-1].end < reader.at <= spans[-1].end + USUAL_LAG:
        return [*spans[:-1], Span(spans[-1].start, reader.at)]
    return spans


def unfed(kpi: Kpi) -> str:
    """Why a KPI that no source feeds is unknown, and which kind of source would feed it."""
    return f"no source feeds {kpi.title}; connect {_FED_BY.get(kpi.feeds, 'a source that tells it')}"


def percent(share: float) -> str:
    """'97.6 %'; cut, so that only all of it is 100 %."""
    return f"{int(share * 1000) / 10:.1f} %"


def filling(window_s: float, full_s: float) -> str:
    return clock_words(min(window_s, full_s), full_s)
