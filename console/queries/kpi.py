"""One KPI over one window: its value, evidence, interval, coverage, state and the statement that gave it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import msgspec

from console.model.clock import without
from console.model.coverage import share
from console.model.errors import QuestionError
from console.model.interval import Z_95, poisson_upper, wilson
from console.model.lengths import length_words
from console.model.moment import MINUTE, SECOND, Span, iso, merge
from console.model.number import Slice
from console.queries import segments
from console.queries.bootstrap import bootstrap_mean
from console.queries.catalogue import Kpi
from console.queries.reader import FEED_KINDS, TICKET_KINDS, Reader
from console.queries.releases import window_of
from console.queries.statement import Place, by_consumer, condition, fill, fill_fast, samples_of

_TEN_MINUTES = 10 * MINUTE
_WHOLE = 0.999999


class Part(msgspec.Struct, frozen=True):
    """One part of a distribution: how many, and which share of all of them."""

    part: str
    n: int
    share: float


class KpiAnswer(msgspec.Struct, frozen=True):
    """As the contract's ``kpi`` command prints it. Shares 0..1, latencies ms, durations s, throughput per second.

    ``parts``: of a KPI that is a distribution, largest first or in the order its file gives; else it is not there.
    """

    kpi: str
    value: float | None
    unit: str
    n: int
    low: float | None
    high: float | None
    method: str
    mean: float | None
    median: float | None
    p90: float | None
    coverage: float
    state: str
    why: str
    from_: str = msgspec.field(name="from")
    to: str = ""
    sql: str = ""
    sources: list[str] = []
    parts: list[Part] | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Frame:
    """What a KPI is asked over, settled before its statement runs. ``refused``: why it cannot be answered at all."""

    kpi: Kpi
    place: Place
    sources: list[str]
    covered: float
    note: str
    refused: str
    beside: str = ""
    """What is in no part of this sort, and so left out of each, in words."""

    @property
    def window(self) -> Span:
        return self.place.window


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """An answer with what its statement gave: the evidence that a comparison of two windows needs."""

    answer: KpiAnswer
    row: dict[str, Any]
    covered_s: float


def ask(
    reader: Reader,
    kpi: Kpi,
    start: int | None = None,
    end: int | None = None,
    part: Slice | None = None,
    shelf: str | None = None,
    *,
    interval: bool = True,
) -> KpiAnswer:
    """Answer one KPI over [start, end). Defaults: go-live to the newest covered instant, capped by the moment.

    ``shelf``: a table that holds the rows of ``tickets_at`` for this moment, to be read instead of working them out again.
    ``interval``: False where nobody looks at the interval of a duration, whose resampling takes longer than the rest.
    Raises QuestionError for a release that is not marked, and for a user's own statement that cannot be answered.
    """
    return measure(reader, kpi, start, end, part, shelf, interval=interval).answer


def measure(
    reader: Reader,
    kpi: Kpi,
    start: int | None = None,
    end: int | None = None,
    part: Slice | None = None,
    shelf: str | None = None,
    *,
    interval: bool = True,
) -> Measured:
    """As ``ask``, with the evidence behind the answer. What was asked at this moment before is not worked out again."""
    part = part or Slice()
    key = (kpi, start, end, part, interval)
    if key not in reader.answers:
        asked = standing_for(reader, kpi)
        reader.answers[key] = _measure(asked, frame(asked, kpi, start, end, part), shelf, interval)
    found: Measured = reader.answers[key]
    return found


def standing_for(reader: Reader, kpi: Kpi) -> Reader:
    """The reader that a KPI is asked with: one that leaves planned maintenance out, where the KPI does."""
    return reader.judged if kpi.spares_maintenance else reader


def frame(reader: Reader, kpi: Kpi, start: int | None, end: int | None, part: Slice) -> Frame:
    """Settle the window, its coverage and whether the KPI knows the slice at all. ``reader`` as from ``standing_for``."""
    spans, sources = coverage_by(reader, kpi)
    newest = spans[-1].end if spans else reader.newest_covered
    refused = unfit(kpi, part)
    if part.release is not None and not refused:
        out = window_of(reader, part.release)
        start = out.start if start is None else max(start, out.start)
        end = min(out.end, newest) if end is None else min(end, out.end)
        if end <= start:
            refused = f"Release {part.release} was not out in this window."
    to = min(reader.at, newest if end is None else end)
    from_ = min(reader.go_live, to) if start is None else min(start, to)
    note = ""
    if by_consumer(part) and kpi.feeds == "gateway":
        from_ -= from_ % _TEN_MINUTES
        to = min(reader.at, -(-to // _TEN_MINUTES) * _TEN_MINUTES)
        note = "Consumers are counted in tens of minutes; the window was widened to them."
        if part.segment is not None and not refused:
            refused = segments.refusal(reader, part.segment)
    window = Span(from_, to)
    if kpi.feeds in ("gateway", "latency"):
        spans = reader.totals_coverage(window)
    spared = merge([s.clip(window) for s in reader.left_out])
    covered = _share(spans, window, spared)
    # What is counted stands at the start of its minute: a window that cuts a minute counts it whole or not at all.
    counted = Span(-(-from_ // MINUTE) * MINUTE, min(reader.at, -(-to // MINUTE) * MINUTE))
    covered_s = sum(s.clip(counted).length for s in spans) / SECOND
    if spared and not refused and not without([window], spared):
        refused, covered = "The whole window is planned maintenance, which does not count.", 0.0
    if spared:
        note = f"{length_words(sum(s.length for s in spared) / SECOND)} of planned maintenance do not count. {note}".strip()
    if not refused and covered == 0:
        refused = nothing(kpi, sources)
    return Frame(kpi, Place(window, part, covered_s, min(reader.at, newest)), sources, covered, note, refused)


def _share(spans: list[Span], window: Span, spared: list[Span]) -> float:
    """The known share of the window, of the time that counts."""
    if not spared:
        return share(spans, window)
    counts = without([window], spared)
    whole = sum(s.length for s in counts)
    return sum(share(spans, s) * s.length for s in counts) / whole if whole else 0.0


def _measure(reader: Reader, asked: Frame, shelf: str | None, interval: bool) -> Measured:
    kpi, place = asked.kpi, asked.place
    sql = fill(reader, kpi.sql, place)
    if asked.refused:
        return Measured(_unknown(asked, sql, asked.refused), {}, place.covered_s)
    run = fill_fast(reader, kpi.sql, place, shelf)
    with limited(reader, kpi):
        row = _row(reader, run)
        asked = with_beside(reader, asked, shelf)
        if interval and kpi.method == "bootstrap" and row.get("n"):
            row["samples"] = _samples(reader, run)
        found = judge(asked, sql, row)
        if kpi.parts and found.value is not None:
            found = msgspec.structs.replace(found, parts=_parts(reader, fill_fast(reader, kpi.parts, place, shelf)))
    return Measured(found, row, place.covered_s)


def with_beside(reader: Reader, asked: Frame, shelf: str | None) -> Frame:
    """The same, knowing what belongs to no segment where one is asked for and tickets do not tell it."""
    kpi, place = asked.kpi, asked.place
    if place.part.segment is None or asked.refused or not segments.apart(kpi.sql):
        return asked
    nobody = dataclasses.replace(place, part=dataclasses.replace(place.part, segment=""))
    sql = kpi.sql.replace(
        "$part", f"segment IS NULL AND {condition(dataclasses.replace(place.part, segment=None), named=True)}"
    )
    n = int(_row(reader, fill_fast(reader, sql, nobody, shelf)).get("n") or 0)
    return dataclasses.replace(asked, beside=segments.beside(reader, kpi.feeds, n, asked.window))


@contextmanager
def limited(reader: Reader, kpi: Kpi) -> Iterator[None]:
    """A user's own statement runs against the reader's limit, and its faults become a sentence. Ours are bugs and loud."""
    if not kpi.own:
        yield
        return
    try:
        with reader.guard(reader.connection):
            yield
    except duckdb.InterruptException:
        raise QuestionError(
            f"Your KPI {kpi.name} took too long and was cancelled; make its statement read less."
        ) from None
    except (duckdb.Error, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise QuestionError(f"Your KPI {kpi.name} cannot be answered ({reason}); mend its file.") from None


def _row(reader: Reader, sql: str) -> dict[str, Any]:
    cursor = reader.connection.execute(sql)
    names = [column[0] for column in cursor.description or []]
    found = cursor.fetchall()
    return dict(zip(names, found[0], strict=True)) if found else {}


def _samples(reader: Reader, sql: str) -> Any:
    asked = samples_of(sql)
    return None if asked is None else reader.connection.execute(asked).fetchnumpy()["s"]


def _parts(reader: Reader, sql: str) -> list[Part]:
    rows = [(str(label), int(n)) for label, n in reader.rows(sql)]
    total = sum(n for _, n in rows)
    return [Part(label, n, n / total if total else 0.0) for label, n in rows]


def coverage_by(reader: Reader, kpi: Kpi) -> tuple[list[Span], list[str]]:
    """The spans in which this KPI's facts are known, and the sources that speak for it."""
    match kpi.feeds:
        case "gateway" | "latency":
            return reader.traffic_coverage, [s.source for s in reader.speakers]
        case "availability":
            probed = reader.covered_by(reader.probe_names)
            names = [*reader.probe_names, *(s.source for s in reader.speakers)]
            if not probed:
                return reader.traffic_coverage, names
            # Where a probe speaks it decides; the time before it was set up is judged by the gateway.
            before = [s.clip(Span(0, probed[0].start)) for s in reader.traffic_coverage]
            return merge([*before, *probed]), names
        case "tickets":
            kinds = TICKET_KINDS
        case "survey" | "measure":
            kinds = FEED_KINDS
        case _:
            kinds = frozenset({"scrape", "prometheus", *FEED_KINDS})
    return reader.told_by(kinds), [s.name for s in reader.all_sources.values() if s.kind in kinds]


def sources_of(reader: Reader, kpi: Kpi) -> list[str]:
    """The sources of this session, also removed ones, that speak for a KPI; empty: none ever will."""
    return coverage_by(reader, kpi)[1]


_NO_SLICE = {
    "consumer": "has no consumers",
    "route": "is not told by route",
    "severity": "has no severities",
    "kind": "is not told by kind",
    "area": "is not told by area",
    "channel": "is not told by channel",
    "segment": "is not told by segment",
    "release": "is not told by release",
}


def unfit(kpi: Kpi, part: Slice) -> str:
    """Why this KPI cannot be asked for this part; '' when it can."""
    for name in part.given():
        if name in kpi.slices:
            continue
        if name in ("consumer", "segment") and kpi.feeds in ("latency", "availability"):
            return f"{kpi.title} by {name} is not counted by gateways; single calls do not cover the window."
        return f"{kpi.title} {_NO_SLICE[name]}."
    return ""


def nothing(kpi: Kpi, sources: list[str]) -> str:
    """Why nothing is known of a window: nobody would tell, or nobody did."""
    if not sources:
        return (
            f"No source feeds {kpi.title.lower() if kpi.title[1:2].islower() else kpi.title}; connect one in Sources."
        )
    return f"{', '.join(sources)} said nothing about this window."


def judge(asked: Frame, sql: str, row: dict[str, Any]) -> KpiAnswer:
    """What the row of a statement amounts to: a value with its interval, or unknown with why."""
    kpi, window, covered = asked.kpi, asked.window, asked.covered
    value = row.get("value")
    n = int(row.get("n") or 0)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return _unknown(asked, sql, f"{_empty(kpi, row)} {asked.beside}".strip(), n)
    if n < kpi.evidence:
        return _unknown(asked, sql, f"Only {n} of at least {kpi.evidence} needed. {asked.beside}".strip(), n)
    low, high, method = _interval(kpi, row, n)
    unknown = int(row.get("unknown") or 0)
    partial = covered < _WHOLE or unknown > 0
    note = f"{asked.note} {asked.beside}".strip()
    why = note
    if covered < _WHOLE:
        why = f"{covered * 100:.1f} % of the window is known. {note}".strip()
    if unknown:
        why = f"{unknown} minutes of the window are unknown and left out.{_silence(row)} {note}".strip()
    return KpiAnswer(
        kpi.name, float(value), kpi.unit, n, low, high, method, _number(row, "mean"), _number(row, "median"),
        _number(row, "p90"), covered, "partial" if partial else "known", why, iso(window.start), iso(window.end), sql,
        asked.sources,
    )  # fmt: skip


def _interval(kpi: Kpi, row: dict[str, Any], n: int) -> tuple[float | None, float | None, str]:
    k = row.get("k")
    if kpi.method == "wilson" and k is not None:
        low, high = wilson(k, n)
        return low, high, "wilson"
    if kpi.method == "poisson" and k is not None and n:
        return None, poisson_upper(int(k)) / n, "poisson_upper"
    if kpi.method == "bootstrap" and row.get("samples") is not None:
        low, high = bootstrap_mean(row["samples"])
        return low, high, "bootstrap"
    if kpi.method == "normal" and row.get("sd") is not None and n > 1:
        half = Z_95 * float(row["sd"]) / math.sqrt(n)
        return float(row["value"]) - half, float(row["value"]) + half, "normal"
    return None, None, "none"


def _empty(kpi: Kpi, row: dict[str, Any]) -> str:
    if row.get("unknown"):
        return f"All {row['unknown']} minutes of the window are unknown.{_silence(row)}"
    if kpi.empty:
        return kpi.empty
    match kpi.feeds:
        case "gateway":
            return "No calls in this window."
        case "latency":
            return "This gateway tells no response times in buckets, or nothing was called."
        case "tickets":
            return "No ticket of this sort in this window."
        case "survey":
            return "No answers in this window."
        case "availability":
            return "No minute of the window could be judged."
    return "Nothing was counted in this window."


def _silence(row: dict[str, Any]) -> str:
    """What makes silence suspicious: it falls where there usually is traffic."""
    silent, usual = row.get("silent"), row.get("usual")
    return f" {silent} are without traffic where {usual:,.0f} a minute is usual." if silent and usual else ""


def _number(row: dict[str, Any], name: str) -> float | None:
    value = row.get(name)
    return None if value is None else float(value)


def _unknown(asked: Frame, sql: str, why: str, n: int = 0) -> KpiAnswer:
    return KpiAnswer(
        asked.kpi.name, None, asked.kpi.unit, n, None, None, "none", None, None, None, asked.covered, "unknown", why,
        iso(asked.window.start), iso(asked.window.end), sql, asked.sources,
    )  # fmt: skip
