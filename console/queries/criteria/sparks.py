"""How each criterion's value went since go-live, in few points: a shape beside the row, not a number to sign."""

from __future__ import annotations

import numpy as np

from console.model.criterion import Criterion, Definition, Form
from console.model.moment import DAY, HOUR, Span
from console.queries import series
from console.queries.catalogue import catalogue
from console.queries.criteria import clocks, signatures
from console.queries.reader import Reader
from console.queries.series import Floats
from console.queries.shelf import TicketShelf

POINTS = 48
_FEW = 12
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
    """The slowest flow by its promise, a day a point: each from the hours of the roll-up."""
    from console.queries.criteria.flows import flow_values

    promised = {f.name: f.slo_ms for f in reader.settings.flow}
    found = []
    for start, end in _days(reader):
        values = flow_values(reader, Span(start, end)) if promised else {}
        known = [value / promised[name] for name, value in values.items() if value is not None]
        found.append(max(known) if known else np.nan)
    return np.array(found)


def _days(reader: Reader) -> list[tuple[int, int]]:
    edges = _edges(reader, _FEW)
    return list(zip([reader.go_live, *edges[:-1]], edges, strict=True)) if edges else []


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
        "SELECT epoch_us(happened_at) AS h, (score >= 4) AS good FROM survey WHERE kind = 'support' AND happened_at >= "
        f"make_timestamp({reader.go_live}) AND happened_at < make_timestamp({reader.at}) "
        f"AND known_at <= {reader.known_sql} ORDER BY happened_at"
    ).fetchnumpy()
    instants, good = np.asarray(rows["h"], dtype=np.int64), np.cumsum(np.asarray(rows["good"], dtype=np.float64))
    heard = np.searchsorted(instants, np.array(_edges(reader), dtype=np.int64))
    return np.array([good[n - 1] / n if n else np.nan for n in heard.tolist()])


def _windows(reader: Reader, table: str, d: Definition) -> Floats:
    kpi = catalogue().get(d.kpi)
    spans = [Span(start, end) for start, end in _days(reader)]
    values = clocks.values(reader, table, kpi, d, spans)
    return np.array([np.nan if v is None else v for v in values])
