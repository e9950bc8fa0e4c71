"""One metrics page and what the last one left → facts. Pure and of module level, so that a worker process can do it.

One would get wrong: summing buckets of histograms with different bounds (each raw histogram is taken apart on its own),
calling a span covered for calls when the page holds no call counter at all, and reading only the chosen alternative:
all alternatives are remembered, or a later choice would count their past.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping as Labels
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from console.model.errors import SourceError, Trouble
from console.model.facts import (
    TEN_MINUTES,
    ConsumerTraffic,
    Covered,
    Facts,
    Fetched,
    Gauge,
    Latency,
    LatencySum,
    Traffic,
)
from console.model.moment import SECOND, from_seconds, minute_of
from console.sources.formats.prometheus_text import Series, reader
from console.sources.gateways.counters import Floats, Life, Page, Step, decode, encode, grown, per_bucket, step
from console.sources.gateways.mapping import (
    AttemptKey,
    BucketKey,
    ConsumerKey,
    CountKey,
    GaugeKey,
    Key,
    LifeKey,
    Mapping,
    SumKey,
    TrafficKey,
    metric_names,
    place,
    scale_of,
    settle,
    sparse_metrics,
    traffic_metrics,
)

_PROOFS = (TrafficKey, BucketKey, CountKey)
_COUNTED = (*_PROOFS, SumKey, AttemptKey)
_COUNTED_ROLES = ("rate", "idle", "busy")


@dataclass(frozen=True, slots=True)
class Refused:
    """A page that gave nothing, as a value: an exception would have to survive the way back from a worker process."""

    trouble: Trouble
    message: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What does not change between two pages of a source. ``period_us``: µs between two polls."""

    source: str
    mapping: Mapping
    period_us: int
    own_words: bool = False
    """The user's own mapping: an empty page may simply not have counted yet."""


@dataclass(frozen=True, slots=True)
class _Placed:
    keys: tuple[Key, ...]
    scale: float
    counted: bool
    proof: bool
    rising: bool
    start: bool


class _Plan(dict[Series, _Placed]):
    """What each series is, worked out once a series. ``settled`` decides what is told, ``whole`` what is remembered."""

    def __init__(self, whole: Mapping, settled: Mapping) -> None:
        super().__init__()
        self.whole, self.settled = whole, settled

    def __missing__(self, series: Series) -> _Placed:
        known = place(self.whole, series.name, series.labels)
        placed = _Placed(
            keys=place(self.settled, series.name, series.labels),
            scale=scale_of(self.settled, series.name),
            counted=any(
                isinstance(key, _COUNTED) or (isinstance(key, GaugeKey) and key.role in _COUNTED_ROLES) for key in known
            )
            or LifeKey("rising") in known,
            proof=any(isinstance(key, _PROOFS) for key in known),
            rising=LifeKey("rising") in known,
            start=LifeKey("start") in known,
        )
        if len(self) > 120_000:
            self.clear()
        self[series] = placed
        return placed


@lru_cache(maxsize=64)
def _plan(whole: Mapping, settled: Mapping) -> _Plan:
    return _Plan(whole, settled)


@lru_cache(maxsize=64)
def _wanted(mapping: Mapping) -> frozenset[str]:
    return frozenset(metric_names(mapping))


@lru_cache(maxsize=64)
def fingerprint(mapping: Mapping) -> bytes:
    """Eight bytes that change with the mapping: series it did not read before must not bring their past."""
    return blake2b(repr(mapping).encode(), digest_size=8).digest()


def digest(body: bytes, content_type: str, asked: Asked, cursor: bytes, now: int) -> Fetched | Refused:
    """Facts since the page that left ``cursor``, with the next cursor. Never raises for what the page may hold."""
    try:
        samples = reader(_wanted(asked.mapping)).read(body, content_type)
    except SourceError as error:
        return Refused(error.trouble, error.message)
    if not samples and not asked.own_words:
        return Refused(
            Trouble.UNREADABLE,
            f"The page holds no metric of {asked.mapping.title}; check url and flavour ({asked.mapping.hint}).",
        )
    seen: dict[str, list[Labels[str, str]]] = defaultdict(list)
    for series, _ in samples:
        seen[series.name].append(series.labels)
    settled = settle(asked.mapping, seen)
    plan = _plan(asked.mapping, settled)
    counted = [(series, value, plan[series]) for series, value in samples if plan[series].counted]
    page = Page(
        np.fromiter((series.id for series, _, _ in counted), np.uint64, len(counted)),
        np.fromiter((value for _, value, _ in counted), np.float64, len(counted)),
        np.fromiter((placed.proof for _, _, placed in counted), np.bool_, len(counted)),
        np.fromiter((placed.rising for _, _, placed in counted), np.bool_, len(counted)),
        max((value for series, value in samples if plan[series].start and np.isfinite(value)), default=None),
    )
    last = decode(cursor)
    taken = step(last, page, now, fingerprint(asked.mapping))
    before = last.at if last is not None and taken.life is not Life.FIRST else None
    facts = Facts()
    span_from = _cover(facts, asked, taken, page, before, now, _speaks(settled, seen))
    silent = _tell(facts, asked.source, settled, counted, page, taken, now, span_from)
    elapsed_s = (now - before) / SECOND if before is not None else 0.0
    _gauges(facts, asked.source, plan, samples, page, taken, [p for _, _, p in counted], now, elapsed_s)
    return Fetched(
        facts,
        cursor=encode(taken.memory),
        partial=_partial(settled, seen, taken, silent, before, now),
        seen_bytes=len(body),
        note=describe(settled, samples, routes_of(plan, samples)),
    )


def routes_of(plan: Labels[Series, _Placed], samples: list[tuple[Series, float]]) -> set[str]:
    return {key.route for series, _ in samples for key in plan[series].keys if isinstance(key, TrafficKey)}


def describe(mapping: Mapping, samples: list[tuple[Series, float]], routes: set[str]) -> str:
    """``APISIX 3.18.0 · 41 routes``."""
    words = mapping.title
    if mapping.version is not None:
        metric, label = mapping.version
        version = next((s.labels[label] for s, _ in samples if s.name == metric and s.labels.get(label)), "")
        words = f"{words} {version}".strip()
    return f"{words} · {len(routes)} route{'' if len(routes) == 1 else 's'}" if mapping.calls else words


def _speaks(settled: Mapping, seen: Labels[str, object]) -> bool:
    """Whether the page can tell zero calls from unknown ones."""
    return not settled.calls or any(name in seen for name in traffic_metrics(settled))


def _cover(
    facts: Facts, asked: Asked, taken: Step, page: Page, before: int | None, now: int, speaks: bool
) -> int | None:
    """Adds the covered span; returns ``span_from`` of the rows, None where they belong to their minute.

    After a restart in a long silence only the new process' life is known: from its start when the page tells it, else
    the rows keep the silence as their span and nothing of it is covered.
    """
    if before is None or now <= before or taken.life in (Life.FIRST, Life.OTHER):
        return None
    since, sure = before, True
    if taken.life is Life.RESTARTED and now - before > 2 * asked.period_us:
        sure = page.start is not None and before < from_seconds(page.start) < now
        since = from_seconds(page.start) if sure and page.start is not None else before
    whole = now - since > 2 * asked.period_us
    if speaks and sure:
        facts.covered.append(Covered(asked.source, since, now, whole))
    return since if whole else None


def _tell(
    facts: Facts,
    source: str,
    settled: Mapping,
    counted: list[tuple[Series, float, _Placed]],
    page: Page,
    taken: Step,
    now: int,
    span_from: int | None,
) -> int:
    """Adds the rows; returns how many calls were begun that no status counter tells of."""
    minute = minute_of(now)
    begun = 0
    calls: dict[TrafficKey, int] = defaultdict(int)
    consumers: dict[ConsumerKey, int] = defaultdict(int)
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    growth = grown(page.values, taken.base)
    changed = np.flatnonzero(np.isfinite(taken.base) & (page.values != taken.base))
    groups: set[int] = set()
    for place_ in changed.tolist():
        series, value, placed = counted[place_]
        for key in placed.keys:
            if isinstance(key, TrafficKey):
                calls[key] += int(growth[place_])
            elif isinstance(key, AttemptKey):
                begun += int(growth[place_])
            elif isinstance(key, ConsumerKey):
                consumers[key] += int(growth[place_])
            elif isinstance(key, BucketKey):
                groups.add(series.group)
            elif isinstance(key, CountKey):
                sums[key.route, key.kind][0] += int(growth[place_])
            elif isinstance(key, SumKey):
                one = grown(np.array([value]), taken.base[place_ : place_ + 1], key.us_per_unit)
                sums[key.route, key.kind][1] += int(one[0])
    facts.traffic = [Traffic(minute, source, *_traffic(k), n, span_from) for k, n in calls.items() if n]
    ten = now - now % TEN_MINUTES
    facts.consumer_traffic = [
        ConsumerTraffic(ten, source, k.consumer, k.route, k.status, n, span_from) for k, n in consumers.items() if n
    ]
    facts.latency_sum = [
        LatencySum(minute, source, route, kind, n, us, span_from) for (route, kind), (n, us) in sums.items() if n or us
    ]
    facts.latency = [
        Latency(minute, source, route, kind, lower, upper, n, span_from)
        for (route, kind, lower, upper), n in _buckets(settled, counted, growth.tolist(), taken.base, groups).items()
    ]
    return begun - sum(calls.values()) if begun else 0


def _traffic(key: TrafficKey) -> tuple[str, str, int]:
    return key.route, key.method, key.status


def _buckets(
    settled: Mapping,
    counted: list[tuple[Series, float, _Placed]],
    growth: list[int],
    base: Floats,
    groups: set[int],
) -> dict[tuple[str, str, float, float], int]:
    """Growth by (route, kind, lower_ms, upper_ms) over the histograms that changed."""
    known = np.isfinite(base).tolist()
    sparse = sparse_metrics(settled)
    histograms: dict[int, tuple[BucketKey, str, list[float], list[int]]] = {}
    every: dict[str, set[float]] = defaultdict(set)
    for place_, (series, _, placed) in enumerate(counted):
        for key in placed.keys:
            if isinstance(key, BucketKey):
                if series.name in sparse:
                    every[series.name].add(key.le_ms)
                if series.group in groups and known[place_]:
                    held = histograms.setdefault(series.group, (key, series.name, [], []))
                    held[2].append(key.le_ms)
                    held[3].append(growth[place_])
    rows: dict[tuple[str, str, float, float], int] = defaultdict(int)
    for key, name, bounds, grown_by in histograms.values():
        floor = max((bound for bound in every.get(name, ()) if bound < min(bounds)), default=0.0)
        for lower, upper, count in per_bucket(bounds, grown_by, floor):
            rows[key.route, key.kind, lower, upper] += count
    return rows


def _gauges(
    facts: Facts,
    source: str,
    plan: _Plan,
    samples: list[tuple[Series, float]],
    page: Page,
    taken: Step,
    counted: list[_Placed],
    now: int,
    elapsed_s: float,
) -> None:
    levels: dict[tuple[str, str], float] = {}
    parts: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for series, value in samples:
        placed = plan[series]
        for key in placed.keys:
            if not isinstance(key, GaugeKey) or key.role in _COUNTED_ROLES or not np.isfinite(value):
                continue
            name = (key.name, key.labels)
            if key.role == "level":
                levels[name] = levels.get(name, 0.0) + value * placed.scale
            elif key.role == "worst":
                levels[name] = min(levels.get(name, value * placed.scale), value * placed.scale)
            else:
                parts[name][key.role] += value
    if elapsed_s > 0:
        for place_, placed in enumerate(counted):
            for key in placed.keys:
                if isinstance(key, GaugeKey) and np.isfinite(taken.base[place_]):
                    grew = max(0.0, float(page.values[place_] - taken.base[place_]))
                    parts[key.name, key.labels][key.role] += grew * placed.scale
    for name, held in parts.items():
        if held["size"] > 0 and "free" in held:
            levels[name] = 1.0 - held["free"] / held["size"]
        elif held["busy"] + held["idle"] > 0:
            levels[name] = held["busy"] / (held["busy"] + held["idle"])
        elif "rate" in held:
            levels[name] = held["rate"] / elapsed_s
    facts.gauge = [Gauge(now, source, name, labels, value) for (name, labels), value in levels.items()]


def _partial(
    settled: Mapping, seen: Labels[str, object], taken: Step, silent: int, before: int | None, now: int
) -> str:
    sentences: list[str] = []
    if not _speaks(settled, seen):
        name = traffic_metrics(settled)[0]
        sentences.append(f"No calls are counted on the page yet ({name} is missing): {settled.hint}.")
    elif settled.slow_hint and not any(f"{d.metric}_count" in seen for batch in settled.durations for d in batch):
        sentences.append(f"The page holds no latencies: {settled.slow_hint}.")
    if taken.unreadable:
        what = "1 counter was" if taken.unreadable == 1 else f"{taken.unreadable} counters were"
        sentences.append(f"{what} no usable number (NaN, infinite or negative) and left out.")
    if silent > 0:
        what = "1 call" if silent == 1 else f"{silent} calls"
        sentences.append(
            f"{what} ended in an error of {settled.title} itself whose status its page does not tell; not counted."
        )
    if taken.life is Life.OTHER:
        sentences.append(
            "Another, older process answered than last time; its counts start now. Give each instance its own source."
        )
    if before is not None and now < before:
        sentences.append(
            f"This machine's clock went back by {(before - now) / SECOND:.0f} s; the counts stand at the new time."
        )
    return " ".join(sentences)
