"""How each criterion's value went since go-live, in few points: a shape beside the row, not a number to sign."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from console.model.criterion import Criterion, Definition, Form
from console.model.moment import DAY, HOUR, MINUTE, Span
from console.queries import series
from console.queries.catalogue import catalogue
from console.queries.criteria import numbers, signatures
from console.queries.criteria.flows import flow_values
from console.queries.reader import Reader
from console.queries.series import Floats
from console.queries.shelf import TicketShelf

POINTS = 48
_STEPS = tuple(m * MINUTE for m in (60, 120, 180, 360, 720, 1440, 2880, 10_080))
_FEW = 16
"""A KPI that is asked window by window gives fewer points."""


def ask(reader: Reader, shelf: TicketShelf, criteria: list[Criterion]) -> dict[str, Floats]:
    """By criterion; empty where nothing can be drawn. NaN where nothing is known."""
    table = shelf.fill(reader)
    if reader.at <= reader.go_live:
        return {}
    return {c.criterion: _of(reader, table, c.definition) for c in criteria if c.definition is not None}


def _of(reader: Reader, table: str, d: Definition) -> Floats:
    match d.form:
        case Form.RESOLVED:
            return _resolved(reader, table, d.part.severity or "P1")
        case Form.VOLUME:
            return _volume(reader, table)
        case Form.SIGNED:
            return _signatures(reader, d.key)
        case Form.KNOWN_ISSUES:
            return _open(reader, table)
        case Form.FLOWS:
            return _latency(reader)
    if d.kpi not in catalogue().kpis:
        return np.empty(0)
    if d.kpi in ("error_rate_5xx", "availability") and not d.part.given():
        calls = _calls(reader)
        return calls if d.kpi == "error_rate_5xx" else 1 - calls
    if d.kpi == "csat":
        return _satisfied(reader)
    return _windows(reader, table, d)


def _edges(reader: Reader, points: int = POINTS) -> list[int]:
    step = max(HOUR, (reader.at - reader.go_live) // points)
    return list(range(reader.at, reader.go_live, -step))[::-1][-points:]


def _calls(reader: Reader) -> Floats:
    """The 5xx share, from the same buckets as the strip under the window."""
    if "spark calls" not in reader.answers:
        whole = reader.at - reader.go_live
        step = next((s for s in (HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR) if whole / s <= POINTS), DAY)
        buckets = series.Grid(Span(reader.go_live, max(reader.at, reader.go_live + step)), step)
        reader.answers["spark calls"] = series.calls(reader, buckets).error_share
    found: Floats = reader.answers["spark calls"]
    return found


def _latency(reader: Reader) -> Floats:
    """The slowest flow by its promise, some hours a point."""
    flows = tuple((f.name, tuple(f.routes), f.statistic, f.slo_ms) for f in reader.settings.flow)
    return np.array([_kept(reader, ("flows", flows), span, lambda s: _slowest(reader, s)) for span in _spans(reader)])


def _slowest(reader: Reader, span: Span) -> float:
    promised = {f.name: f.slo_ms for f in reader.settings.flow}
    values = flow_values(reader, span) if promised else {}
    known = [value / promised[name] for name, value in values.items() if value is not None]
    return max(known) if known else math.nan


def _spans(reader: Reader) -> list[Span]:
    """Few spans from go-live on that stay where they are while time goes on; the last one is still running."""
    step = next((s for s in _STEPS if (reader.at - reader.go_live) / s <= _FEW), _STEPS[-1])
    starts = range(reader.go_live, reader.at, step)[-2 * _FEW :]
    return [Span(start, min(start + step, reader.at)) for start in starts]


def _kept(reader: Reader, key: object, span: Span, ask: Callable[[Span], float]) -> float:
    if span.end > reader.at - HOUR:
        return ask(span)
    found: float = reader.until_rolled((key, span), lambda: ask(span))
    return found


def _resolved(reader: Reader, table: str, severity: str) -> Floats:
    rows = reader.connection.execute(
        f"SELECT epoch_us(created_at) AS c, epoch_us(resolved_at) AS r FROM {table} "
        f"WHERE severity = '{severity}' AND kind <> 'enhancement'"
    ).fetchnumpy()
    edges = np.array(_edges(reader), dtype=np.int64)
    created = np.sort(np.asarray(rows["c"], dtype=np.int64))
    resolved = np.ma.compressed(np.ma.asarray(rows["r"])).astype(np.int64)
    opened, done = np.searchsorted(created, edges), np.searchsorted(np.sort(resolved), edges)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: Floats = np.where(opened > 0, done / opened, np.nan)
    return shares


def _volume(reader: Reader, table: str) -> Floats:
    rows = reader.connection.execute(
        f"SELECT epoch_us(created_at) AS c FROM {table} WHERE kind <> 'enhancement'"
    ).fetchnumpy()
    created = np.sort(np.asarray(rows["c"], dtype=np.int64))
    edges = np.array(_edges(reader), dtype=np.int64)
    return (np.searchsorted(created, edges) - np.searchsorted(created, edges - DAY)).astype(np.float64)


def _open(reader: Reader, table: str) -> Floats:
    """Open P3 and P4."""
    rows = reader.connection.execute(
        f"SELECT epoch_us(created_at) AS c, epoch_us(resolved_at) AS r FROM {table} WHERE severity IN ('P3', 'P4')"
    ).fetchnumpy()
    edges = np.array(_edges(reader), dtype=np.int64)
    created = np.sort(np.asarray(rows["c"], dtype=np.int64))
    resolved = np.sort(np.ma.compressed(np.ma.asarray(rows["r"])).astype(np.int64))
    return (np.searchsorted(created, edges) - np.searchsorted(resolved, edges)).astype(np.float64)


def _signatures(reader: Reader, key: str) -> Floats:
    """A step up with each signature that still stands."""
    signed = np.array(sorted(s.at for s in signatures.standing(reader, key)), dtype=np.int64)
    return np.searchsorted(signed, np.array(_edges(reader), dtype=np.int64), side="right").astype(np.float64)


def _satisfied(reader: Reader) -> Floats:
    rows = reader.connection.execute(
        f"SELECT epoch_us(happened_at) AS h, (score >= 4) AS good FROM answers({reader.moment_until(reader.at)}) "
        f"WHERE kind = 'support' AND happened_at >= make_timestamp({reader.go_live}) ORDER BY happened_at"
    ).fetchnumpy()
    instants, good = np.asarray(rows["h"], dtype=np.int64), np.cumsum(np.asarray(rows["good"], dtype=np.float64))
    heard = np.searchsorted(instants, np.array(_edges(reader), dtype=np.int64))
    return np.array([good[n - 1] / n if n else np.nan for n in heard.tolist()])


def _windows(reader: Reader, table: str, d: Definition) -> Floats:
    kpi = catalogue().get(d.kpi)

    def value(span: Span) -> float:
        found = numbers.ask(reader, table, kpi, d, span, interval=False).value
        return math.nan if found is None else found

    return np.array([_kept(reader, (d.kpi, d.part), span, value) for span in _spans(reader)])
