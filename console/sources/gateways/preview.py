"""What a metrics page would give, for the test of a connection: lines for people, nothing remembered."""

from __future__ import annotations

import re
from collections import Counter

from console.model.errors import SourceError
from console.ports import Seen
from console.sources.formats.prometheus_text import Series, reader
from console.sources.gateways.flavours import FLAVOURS
from console.sources.gateways.layout import describe
from console.sources.gateways.mapping import (
    BucketKey,
    GaugeKey,
    Key,
    Mapping,
    TrafficKey,
    metric_names,
    place,
    settle,
    traffic_metrics,
)
from console.sources.gateways.page import Asked, Refused

_SHOWN_ROUTES = 5
_NAMES = re.compile(rb"^([a-zA-Z_:][a-zA-Z0-9_:]*)[ {\t]", re.MULTILINE)


def preview(body: bytes, content_type: str, asked: Asked) -> Seen | Refused:
    """Version, routes with their calls so far, what is read, what is missing. Never raises for what the page holds."""
    try:
        samples = reader(frozenset(metric_names(asked.mapping))).read(body, content_type)
    except SourceError as error:
        return Refused(error.trouble, error.message)
    seen: dict[str, list[dict[str, str]]] = {}
    for series, _ in samples:
        seen.setdefault(series.name, []).append(dict(series.labels))
    settled = settle(asked.mapping, seen)
    keyed = [(series, value, place(settled, series.name, series.labels)) for series, value in samples]
    calls: Counter[str] = Counter()
    for _, value, keys in keyed:
        for key in keys:
            if isinstance(key, TrafficKey) and value == value:
                calls[key.route] += round(min(value, 2.0**62))
    lines = [f"{route}: {count} calls so far" for route, count in calls.most_common(_SHOWN_ROUTES)]
    if len(calls) > _SHOWN_ROUTES:
        lines.append(f"and {len(calls) - _SHOWN_ROUTES} more routes")
    lines += _read(settled, keyed)
    if settled.calls and not any(name in seen for name in traffic_metrics(settled)):
        lines.insert(0, f"No calls are counted on the page yet: {settled.hint}.")
        other = _looks_like(body, asked.mapping)
        if other:
            lines.insert(1, f'The page looks like the flavour "{other}".')
    return Seen(describe(settled, (series for series, _ in samples), set(calls)), lines)


def _read(settled: Mapping, keyed: list[tuple[Series, float, tuple[Key, ...]]]) -> list[str]:
    names = sorted({series.name for series, _, keys in keyed if keys})
    bounds = sorted({key.le_ms for _, _, keys in keyed for key in keys if isinstance(key, BucketKey)})
    gauges = sorted({key.name for _, _, keys in keyed for key in keys if isinstance(key, GaugeKey)})
    lines = [
        f"Series read: {sum(1 for _, _, keys in keyed if keys)} of {', '.join(names)}" if names else "Nothing is read"
    ]
    finite = [bound for bound in bounds if bound != float("inf")]
    if finite:
        lines.append(f"Latency buckets: {len(finite)}, from {finite[0]:g} to {finite[-1]:g} ms")
    elif settled.calls:
        lines.append("No latency buckets: percentiles stay unknown")
    if gauges:
        lines.append(f"Levels: {', '.join(gauges)}")
    return lines


def _looks_like(body: bytes, mapping: Mapping) -> str:
    there = {name.decode() for name in _NAMES.findall(body)}
    for word, known in FLAVOURS.items():
        if known.title != mapping.title and any(name in there for name in _own_names(known)):
            return word
    return ""


def _own_names(known: Mapping) -> list[str]:
    return [name for name in metric_names(known) if not name.startswith("process_")]
