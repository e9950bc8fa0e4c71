"""One KPI over one window: its value, evidence, interval, coverage, state and the statement that gave it."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import duckdb
import msgspec

from console.model.clock import without
from console.model.coverage import share
from console.model.errors import QuestionError
from console.model.interval import poisson_upper, wilson
from console.model.lengths import length_words
from console.model.moment import MINUTE, SECOND, Span, iso, merge
from console.model.number import Slice
from console.queries.bootstrap import bootstrap_mean
from console.queries.catalogue import Kpi, shipped
from console.queries.literals import stamp
from console.queries.reader import FEED_KINDS, TICKET_KINDS, Reader
from console.queries.unfolded import unfold
from console.store.append import repr_text

_TEN_MINUTES = 10 * MINUTE
_PARAMETER = re.compile(r"\$(\w+)")
_WHOLE = 0.999999


class KpiAnswer(msgspec.Struct, frozen=True):
    """As the contract's ``kpi`` command prints it. Shares 0..1, latencies ms, durations s, throughput per second."""

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
    """
    part = part or Slice()
    key = (kpi.name, start, end, part, interval)
    if key not in reader.answers:
        asked = reader.judged if kpi.spares_maintenance else reader
        reader.answers[key] = _ask(asked, kpi, start, end, part, shelf, interval)
    found: KpiAnswer = reader.answers[key]
    return found


def _ask(
    reader: Reader, kpi: Kpi, start: int | None, end: int | None, part: Slice, shelf: str | None, interval: bool
) -> KpiAnswer:
    spans, sources = coverage_by(reader, kpi)
    newest = spans[-1].end if spans else reader.newest_covered
    to = min(reader.at, newest if end is None else end)
    from_ = min(reader.go_live, to) if start is None else min(start, to)
    note = ""
    if part.consumer is not None and kpi.feeds == "gateway":
        from_ -= from_ % _TEN_MINUTES
        to = min(reader.at, -(-to // _TEN_MINUTES) * _TEN_MINUTES)
        note = "Consumers are counted in tens of minutes; the window was widened to them."
    window = Span(from_, to)
    if kpi.feeds in ("gateway", "latency"):
        spans = reader.totals_coverage(window)
    unfit = _unfit(kpi, part)
    spared = merge([s.clip(window) for s in reader.left_out])
    covered = _share(spans, window, spared)
    # What is counted stands at the start of its minute: a window that cuts a minute counts it whole or not at all.
    counted = Span(-(-from_ // MINUTE) * MINUTE, min(reader.at, -(-to // MINUTE) * MINUTE))
    covered_s = sum(s.clip(counted).length for s in spans) / SECOND
    sql = fill(reader, kpi, window, part, covered_s)
    if unfit:
        return _answer(kpi, window, sql, sources, covered, why=unfit)
    if spared and not without([window], spared):
        return _answer(
            kpi, window, sql, sources, 0.0, why="The whole window is planned maintenance, which does not count."
        )
    if spared:
        note = f"{length_words(sum(s.length for s in spared) / SECOND)} of planned maintenance do not count. {note}".strip()
    if covered == 0:
        return _answer(kpi, window, sql, sources, 0.0, why=_nothing(kpi, sources))
    try:
        run = _to_run(reader, kpi, sql, window, part, covered_s, shelf)
        row = _row(reader, run)
        if interval and kpi.method == "bootstrap" and row.get("n"):
            row["samples"] = _samples(reader, run)
    except duckdb.Error as error:
        if kpi.name in shipped().kpis:
            raise
        reason = str(error).splitlines()[0]
        raise QuestionError(f"Your KPI {kpi.name} cannot be answered ({reason}); mend its file.") from None
    return _judge(kpi, window, sql, sources, covered, row, note)


def _share(spans: list[Span], window: Span, spared: list[Span]) -> float:
    """The known share of the window, of the time that counts."""
    if not spared:
        return share(spans, window)
    counts = without([window], spared)
    whole = sum(s.length for s in counts)
    return sum(share(spans, s) * s.length for s in counts) / whole if whole else 0.0


def _to_run(
    reader: Reader, kpi: Kpi, shown: str, window: Span, part: Slice, covered_s: float, shelf: str | None
) -> str:
    """The shown statement with the same rows come by faster."""
    if part.consumer is None and "($window)" in kpi.sql:
        faster = dataclasses.replace(kpi, sql=unfold(reader, kpi.sql, window.start, window.end))
        return fill(reader, faster, window, part, covered_s)
    return shown if shelf is None else shown.replace(f"tickets_at({reader.moment_sql})", shelf)


def fill(reader: Reader, kpi: Kpi, window: Span, part: Slice, covered_s: float) -> str:
    """The statement with its parameters written in: what anyone can run on the session."""
    values = {
        "window": lambda: reader.window(window.start, window.end),
        "moment": lambda: reader.moment_sql,
        "then": lambda: reader.moment_sql if window.end >= reader.at else reader.moment_until(window.end),
        "from": lambda: stamp(window.start),
        "to": lambda: stamp(window.end),
        "at": lambda: stamp(reader.at),
        "known": lambda: reader.known_sql,
        "covered_s": lambda: repr(round(covered_s, 6)),
        "route": lambda: _text(part.route),
        "severity": lambda: _text(part.severity),
        "go_live": lambda: stamp(reader.go_live),
    }
    sql = kpi.sql
    if part.consumer is not None:
        sql = sql.replace("calls_in($window)", f"consumer_calls_in($window, {repr_text(part.consumer)})")
    return _PARAMETER.sub(lambda match: values[match.group(1)]() if match.group(1) in values else match.group(0), sql)


def _text(value: str | None) -> str:
    return "NULL::VARCHAR" if value is None else repr_text(value)


def _row(reader: Reader, sql: str) -> dict[str, Any]:
    cursor = reader.connection.execute(sql)
    names = [column[0] for column in cursor.description or []]
    found = cursor.fetchall()
    return dict(zip(names, found[0], strict=True)) if found else {}


def _samples(reader: Reader, sql: str) -> Any:
    """The single durations in seconds behind a KPI of method bootstrap: its CTE ``samples``."""
    start, found, _ = sql.rpartition("\nSELECT avg(ms)")
    if not found:
        return None
    return reader.connection.execute(f"{start}\nSELECT ms / 1000 AS s FROM samples").fetchnumpy()["s"]


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


def _unfit(kpi: Kpi, part: Slice) -> str:
    if part.consumer is not None and "consumer" not in kpi.slices:
        if kpi.feeds in ("latency", "availability"):
            return f"{kpi.title} by consumer is not counted by gateways; single calls do not cover the window."
        return f"{kpi.title} has no consumers."
    if part.route is not None and "route" not in kpi.slices:
        return f"{kpi.title} is not told by route."
    if part.severity is not None and "severity" not in kpi.slices:
        return f"{kpi.title} has no severities."
    return ""


def _nothing(kpi: Kpi, sources: list[str]) -> str:
    if not sources:
        return (
            f"No source feeds {kpi.title.lower() if kpi.title[1:2].islower() else kpi.title}; connect one in Sources."
        )
    return f"{', '.join(sources)} said nothing about this window."


def _judge(
    kpi: Kpi, window: Span, sql: str, sources: list[str], covered: float, row: dict[str, Any], note: str
) -> KpiAnswer:
    value = row.get("value")
    n = int(row.get("n") or 0)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return _answer(kpi, window, sql, sources, covered, n=n, why=_empty(kpi, row))
    if n < kpi.evidence:
        return _answer(kpi, window, sql, sources, covered, n=n, why=f"Only {n} of at least {kpi.evidence} needed.")
    low, high, method = _interval(kpi, row, n)
    unknown = int(row.get("unknown") or 0)
    partial = covered < _WHOLE or unknown > 0
    why = note
    if covered < _WHOLE:
        why = f"{covered * 100:.1f} % of the window is known. {note}".strip()
    if unknown:
        why = f"{unknown} minutes of the window are unknown and left out.{_silence(row)} {note}".strip()
    return KpiAnswer(
        kpi.name, float(value), kpi.unit, n, low, high, method, _number(row, "mean"), _number(row, "median"),
        _number(row, "p90"), covered, "partial" if partial else "known", why, iso(window.start), iso(window.end), sql,
        sources,
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
    return None, None, "none"


def _empty(kpi: Kpi, row: dict[str, Any]) -> str:
    if row.get("unknown"):
        return f"All {row['unknown']} minutes of the window are unknown.{_silence(row)}"
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
            return "No failure was observed." if kpi.name == "mtbf" else "No minute of the window could be judged."
    return "Nothing was counted in this window."


def _silence(row: dict[str, Any]) -> str:
    """What makes silence suspicious: it falls where there usually is traffic."""
    silent, usual = row.get("silent"), row.get("usual")
    return f" {silent} are without traffic where {usual:,.0f} a minute is usual." if silent and usual else ""


def _number(row: dict[str, Any], name: str) -> float | None:
    value = row.get(name)
    return None if value is None else float(value)


def _answer(kpi: Kpi, window: Span, sql: str, sources: list[str], covered: float, *, n: int = 0, why: str) -> KpiAnswer:
    return KpiAnswer(
        kpi.name, None, kpi.unit, n, None, None, "none", None, None, None, covered, "unknown", why, iso(window.start),
        iso(window.end), sql, sources,
    )  # fmt: skip
