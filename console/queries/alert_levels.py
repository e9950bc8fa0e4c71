"""Samples of levels, of measures, and of the silence of sources."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.model.alert_watch import Samples
from console.model.moment import HOUR, MINUTE, SECOND
from console.model.rolling import Floats
from console.queries.alert_minutes import Family, Labels, Minutes
from console.queries.literals import stamp
from console.store.columns import repr_text

_HOLD_MEASURE = 180
"""Minutes for which a measure told once stands; most are told by the hour."""
_SHORTEST_PERIOD_S = 12.0
_GAUGE_OF = {"probe_up": "min", "disk": "max"}


def gauges(minutes: Minutes, name: str, by: str) -> Family:
    hold = _hold_of(minutes, name)
    early = minutes.start - hold * MINUTE
    how = _GAUGE_OF.get(name, "avg")
    label = {"source": "source", "labels": "source || ' ' || labels"}.get(by, "''")
    rows = minutes.reader.rows(
        f"SELECT {label} AS l, epoch_us(time_bucket(INTERVAL 1 minute, happened_at)) AS m, {how}(value) FROM gauge "
        f"WHERE name = {repr_text(name)} AND happened_at >= {stamp(early)} AND happened_at < {stamp(minutes.end)}"
        f"{minutes.known_by()} GROUP BY ALL ORDER BY l, m"
    )
    series: dict[Labels, Any] = {}
    for label_text, held in _by_label(rows).items():
        value, _ = _held_values(held, early, minutes.start, minutes.count, hold)
        series[((by, label_text),) if by else ()] = Samples(minutes.start, np.isfinite(value), value)
    why = "" if series else f"No source tells {name} in this time."
    return Family(minutes.start, np.zeros(minutes.count, np.bool_), series, why)


def _hold_of(minutes: Minutes, name: str) -> int:
    """Minutes for which a reading of a gauge stands: two periods of the slowest source that tells it, at least one."""
    key = ("hold", name)
    if key not in minutes.held:
        sources = minutes.reader.rows(
            f"SELECT DISTINCT source FROM gauge WHERE name = {repr_text(name)} "
            f"AND happened_at >= {stamp(minutes.end - 24 * HOUR)} AND happened_at < {stamp(minutes.end)}"
        )
        slowest = max((minutes.periods.get(s, 60.0) for (s,) in sources), default=60.0)
        minutes.held[key] = max(0, -(-int(2 * slowest) // 60) - 1)
    return int(minutes.held[key])


def measures(minutes: Minutes, name: str, by: str) -> Family:
    early = minutes.start - _HOLD_MEASURE * MINUTE
    shares = name in ("churn", "conversion", "adoption", "page_load_p75")
    label = {"source": "source", "labels": "source || ' ' || labels"}.get(by, "''")
    rows = minutes.reader.rows(
        f"SELECT {label} AS l, epoch_us(time_bucket(INTERVAL 1 minute, happened_at)) AS m, "
        f"{'avg' if shares else 'sum'}(value) FROM measure WHERE name = {repr_text(name)} "
        f"AND happened_at >= {stamp(early)} AND happened_at < {stamp(minutes.end)}{minutes.known_by()} "
        "GROUP BY ALL ORDER BY l, m"
    )
    series: dict[Labels, Any] = {}
    for label_text, held in _by_label(rows).items():
        value, fresh = _held_values(held, early, minutes.start, minutes.count, _HOLD_MEASURE)
        known = np.isfinite(value)
        series[((by, label_text),) if by else ()] = Samples(minutes.start, known, value, fresh=fresh)
    why = "" if series else f"No source tells {name} in this time."
    return Family(minutes.start, np.zeros(minutes.count, np.bool_), series, why)


def silence(minutes: Minutes) -> Family:
    """How many of its own periods a source has been silent at the end of each minute, by what was known then."""
    series: dict[Labels, Any] = {}
    ends = minutes.start + (np.arange(minutes.count) + 1) * MINUTE
    told: dict[str, list[tuple[int, int]]] = {}
    # What was known before the first minute comes as one row.
    for name, minute, newest in minutes.reader.rows(
        f"SELECT source, epoch_us(greatest(time_bucket(INTERVAL 1 minute, known_at), {stamp(minutes.start - MINUTE)})) AS m, "
        f'epoch_us(max("to")) FROM covered WHERE known_at < {stamp(minutes.end)} GROUP BY ALL ORDER BY source, m'
    ):
        told.setdefault(name, []).append((int(minute) + MINUTE, int(newest)))
    for source in minutes.reader.settings.source:
        since = _asked_since(minutes, source.name)
        if source.paused or since is None:
            continue
        period = max(_SHORTEST_PERIOD_S, minutes.periods.get(source.name) or source.period_s or 60.0)
        rows = told.get(source.name, [(0, 0)])
        learnt = np.array([at for at, _ in rows], np.int64)
        newest_of = np.maximum.accumulate(np.array([to for _, to in rows], np.int64))
        place = np.searchsorted(learnt, ends, side="right") - 1
        heard = np.where(place >= 0, newest_of[np.maximum(place, 0)], 0)
        silent = (ends - np.maximum(heard, since)) / SECOND / period
        known = ends > since
        series[(("source", source.name),)] = Samples(minutes.start, known, np.where(known, silent, np.nan))
    why = "" if series else "No source is asked."
    return Family(minutes.start, np.zeros(minutes.count, np.bool_), series, why)


def _asked_since(minutes: Minutes, source: str) -> int | None:
    """Since when the source is asked without a pause or change; None when it never was."""
    rows = minutes.reader.rows(
        f"SELECT epoch_us(known_at), value IS NULL OR value LIKE '%\"paused\":true%' FROM setting "
        f"WHERE key = {repr_text('source.' + source)} AND known_at <= {minutes.reader.known_sql} ORDER BY known_at"
    )
    since: int | None = None
    for at, off in rows:
        since = None if off else since if since is not None else int(at)
    return since


def _by_label(rows: list[tuple[Any, ...]]) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for label, minute, value in rows:
        if value is not None:
            found.setdefault(label, []).append((int(minute), float(value)))
    return found


def _held_values(
    rows: list[tuple[int, float]], early: int, start: int, count: int, hold: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Values by minute from ``start`` on, each standing for ``hold`` minutes after its own; and which minutes were told."""
    total = (start - early) // MINUTE + count
    places = np.array([(m - early) // MINUTE for m, _ in rows], np.int64)
    values = np.array([v for _, v in rows])
    told = np.full(total, -1, np.int64)
    inside = (places >= 0) & (places < total)
    told[places[inside]] = np.flatnonzero(inside)
    newest = np.maximum.accumulate(told)
    age = np.arange(total) - np.where(newest >= 0, places[np.maximum(newest, 0)] if len(places) else 0, -(10**9))
    value = np.where(age <= hold, values[np.maximum(newest, 0)] if len(values) else np.nan, np.nan)
    fresh = (age == 0) & (newest >= 0)
    return value[-count:] if count else value[:0], fresh[-count:] if count else fresh[:0]
