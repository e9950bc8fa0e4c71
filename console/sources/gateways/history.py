"""Raw samples of counters and gauges → the facts of a span. Pure arithmetic, no HTTP; runs in a worker process.

What one would get wrong: extrapolating as ``increase()`` does, so that totals are no longer counts; and letting the
numbers depend on where history was cut. Every rule here looks back a bounded time (``REACH``) from the sample it is
about, so a span read with that much before it gives the same facts whatever else was read with it.

The rules, for a sample at *t* of a series of one process (job and instance):

* Its predecessor is the series' sample before it. A value that fell is a restart: the increase is the value itself.
* No predecessor within ``REACH`` / 2 of the process' scrape before *t*, but such a scrape: the series began at 0.
* No scrape of the process before *t* at all: what was counted until *t* is not known, and nothing is said.
* A counter whose labels change (a relabelling, not a restart) is one counter still: see ``continued``.
* Over more than ``GAP`` the increase is known only as a sum: the rows keep their span, the minutes are not covered.

Values become whole numbers (calls, µs) before they are subtracted, so that increments add up exactly.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from console.model.facts import ConsumerTraffic, Covered, Facts, Gauge, Latency, LatencySum, Traffic
from console.model.moment import MINUTE, SECOND, Span, merge, minute_of
from console.sources.gateways.mapping import BucketKey, ConsumerKey, CountKey, GaugeKey, Key, SumKey, TrafficKey

TEN_MINUTES = 10 * MINUTE
REACH = 10 * MINUTE
"""How far before a span its samples must be known. Half of it: how long a series may be absent and still be itself."""
GAP = 150 * SECOND
"""Two samples further apart leave their minutes unknown: room for scrapes every two minutes, with their jitter."""
_SAME_SCRAPE = SECOND
"""Samples of one scrape may carry stamps of their own; a scrape before is at least this much earlier."""


class Series(NamedTuple):
    """One raw series: what it is, whose it is (labels but ``le``), and its samples, oldest first, without NaN."""

    key: Key
    process: str
    family: tuple[str, str]
    """Metric and labels without ``le``: the series of one histogram share it."""
    scale: float
    times: list[int]
    values: list[float]


class Step(NamedTuple):
    """An increase between two instants: it belongs to the minute of ``at``."""

    since: int
    at: int
    increase: int

    @property
    def span_from(self) -> int | None:
        """Where the increase began, when it is known only as a sum."""
        return self.since if self.at - self.since > GAP else None


@dataclass(slots=True)
class Told:
    """What a span of samples says.

    ``orphans``: processes whose first sample lies in the span, with none known before. ``counters``: series of calls.
    ``partial``: '' or the sentence that says what the server left out.
    """

    facts: Facts = field(default_factory=Facts)
    samples: int = 0
    series: int = 0
    counters: int = 0
    newest: int | None = None
    orphans: list[str] = field(default_factory=list)
    partial: str = ""


def scrapes(series: list[Series]) -> dict[str, list[int]]:
    """Per process the instants at which it was sampled, sorted."""
    instants: dict[str, set[int]] = defaultdict(set)
    for one in series:
        instants[one.process].update(one.times)
    return {process: sorted(times) for process, times in instants.items()}


def continued(series: list[Series]) -> list[Series]:
    """Counters that go on under other labels, joined: one ends, another with the same meaning takes over at its value.

    Without this a relabelling in the server would count everything since the start of the process once more.
    """
    alike: dict[tuple[str, str, Key], list[Series]] = defaultdict(list)
    for one in series:
        alike[one.process, one.family[0], one.key].append(one)
    joined: list[Series] = []
    for group in alike.values():
        ends = sorted((one for one in group if one.times), key=lambda one: one.times[0])
        if len(ends) < 2 or isinstance(ends[0].key, GaugeKey):
            joined += ends
            continue
        chains: list[Series] = []
        for one in ends:
            before = [
                chain
                for chain in chains
                if 0 < one.times[0] - chain.times[-1] <= GAP and chain.values[-1] <= one.values[0]
            ]
            if before:
                heir = max(before, key=lambda chain: chain.values[-1])
                chains.remove(heir)
                one = heir._replace(times=heir.times + one.times, values=heir.values + one.values)
            chains.append(one)
        joined += chains
    return joined


def steps(times: list[int], values: list[int], seen: list[int], span: Span) -> list[Step]:
    """The increases of a counter whose later sample lies in ``span``. ``seen``: the scrapes of its process, sorted."""
    found: list[Step] = []
    for place in range(bisect_left(times, span.start), len(times)):
        at = times[place]
        if at >= span.end:
            break
        before = bisect_left(seen, at - _SAME_SCRAPE + 1) - 1
        if before < 0 and not place:
            continue
        scrape = seen[before] if before >= 0 else times[place - 1]
        if place and scrape - times[place - 1] <= REACH // 2:
            old, new = values[place - 1], values[place]
            increase, since = (new - old if new >= old else new), times[place - 1]
        else:
            increase, since = values[place], scrape
        if increase:
            found.append(Step(since, at, increase))
    return found


def covered(source: str, seen: dict[str, list[int]], span: Span) -> list[Covered]:
    """What the scrapes speak for: from each to the next while they are near, as a whole where one stayed away.

    With several processes a minute is covered when any of them was scraped, unless one that came back was silent.
    """
    near: list[Span] = []
    silent: list[Span] = []
    for times in seen.values():
        for place in range(max(1, bisect_left(times, span.start)), len(times)):
            if times[place] >= span.end:
                break
            step = Span(times[place - 1], times[place])
            (near if step.length <= GAP else silent).append(step)
    holes = merge(silent)
    minutes = [Covered(source, s.start, s.end) for s in without(merge(near), holes)]
    return minutes + [Covered(source, s.start, s.end, True) for s in holes]


def without(spans: list[Span], holes: list[Span]) -> list[Span]:
    """``spans`` minus ``holes``; both sorted and without overlaps."""
    left: list[Span] = []
    for span in spans:
        start = span.start
        for hole in holes:
            if hole.end <= start or hole.start >= span.end:
                continue
            if hole.start > start:
                left.append(Span(start, hole.start))
            start = max(start, hole.end)
        if start < span.end:
            left.append(Span(start, span.end))
    return left


def tell(source: str, series: list[Series], span: Span, gauges_in: list[Span]) -> Told:
    """The facts of ``span`` as absolute numbers; ``series`` reach back ``REACH`` before it where there are samples.

    Gauges are told for the minutes of ``gauges_in`` only, for they are levels and must not come twice.
    """
    series = continued(series)
    told = Told()
    told.series = len(series)
    told.samples = sum(len(one.times) for one in series)
    told.counters = sum(isinstance(one.key, TrafficKey) for one in series)
    seen = scrapes(series)
    ends = [(times, bisect_left(times, span.end)) for times in seen.values()]
    told.newest = max((times[end - 1] for times, end in ends if end), default=None)
    for process, times in seen.items():
        if times and span.start <= times[0] < span.end:
            told.orphans.append(process)
    facts = told.facts
    facts.covered = covered(source, seen, span)
    _counts(source, series, seen, span, facts)
    facts.latency = _latency(source, series, seen, span)
    facts.gauge = _gauges(source, series, gauges_in)
    return told


def _counts(source: str, series: list[Series], seen: dict[str, list[int]], span: Span, facts: Facts) -> None:
    traffic: dict[tuple[int, int | None, TrafficKey], int] = defaultdict(int)
    consumers: dict[tuple[int, int | None, ConsumerKey], int] = defaultdict(int)
    sums: dict[tuple[int, int | None, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in series:
        key = one.key
        if isinstance(key, TrafficKey):
            for step in _steps(one, 1.0, seen, span):
                traffic[minute_of(step.at), step.span_from, key] += step.increase
        elif isinstance(key, ConsumerKey):
            for step in _steps(one, 1.0, seen, span):
                consumers[step.at - step.at % TEN_MINUTES, step.span_from, key] += step.increase
        elif isinstance(key, CountKey):
            for step in _steps(one, 1.0, seen, span):
                sums[minute_of(step.at), step.span_from, key.route, key.kind][0] += step.increase
        elif isinstance(key, SumKey):
            for step in _steps(one, key.us_per_unit, seen, span):
                sums[minute_of(step.at), step.span_from, key.route, key.kind][1] += step.increase
    facts.traffic = [
        Traffic(minute, source, key.route, key.method, key.status, calls, since)
        for (minute, since, key), calls in traffic.items()
    ]
    facts.consumer_traffic = [
        ConsumerTraffic(minute, source, key.consumer, key.route, key.status, calls, since)
        for (minute, since, key), calls in consumers.items()
    ]
    facts.latency_sum = [
        LatencySum(minute, source, route, kind, calls, total, since)
        for (minute, since, route, kind), (calls, total) in sums.items()
    ]


def _steps(one: Series, scale: float, seen: dict[str, list[int]], span: Span) -> list[Step]:
    return steps(one.times, [round(value * scale) for value in one.values], seen[one.process], span)


def _latency(source: str, series: list[Series], seen: dict[str, list[int]], span: Span) -> list[Latency]:
    """Cumulative increases → counts per bucket, histogram by histogram, then added up.

    Some gateways leave out buckets that never counted. A lower bound is therefore the next bound below that *any*
    histogram of the same metric has, not the next one of this histogram.
    """
    bounds: dict[str, set[float]] = defaultdict(set)
    rising: dict[tuple[tuple[str, str], int, int | None], dict[BucketKey, int]] = defaultdict(dict)
    for one in series:
        key = one.key
        if not isinstance(key, BucketKey):
            continue
        bounds[one.family[0]].add(key.le_ms)
        for step in _steps(one, 1.0, seen, span):
            of_minute = rising[one.family, minute_of(step.at), step.span_from]
            of_minute[key] = of_minute.get(key, 0) + step.increase
    ordered = {metric: [0.0, *sorted(le for le in les if le > 0)] for metric, les in bounds.items()}
    counts: dict[tuple[int, int | None, str, str, float, float], int] = defaultdict(int)
    for (family, minute, since), cumulative in rising.items():
        below, ladder = 0, ordered[family[0]]
        for key in sorted(cumulative, key=lambda k: k.le_ms):
            inside = cumulative[key] - below
            if inside > 0:
                lower = ladder[max(0, bisect_left(ladder, key.le_ms) - 1)]
                counts[minute, since, key.route, key.kind, lower, key.le_ms] += inside
                below = cumulative[key]
    return [
        Latency(minute, source, route, kind, lower, upper, count, since)
        for (minute, since, route, kind, lower, upper), count in counts.items()
    ]


def _gauges(source: str, series: list[Series], wanted: list[Span]) -> list[Gauge]:
    """One level a minute from the newest samples in it; a minute's level stands at the instant of its newest sample.

    With more than one process in the answer the label ``instance`` is added, for levels of several do not add up.
    """
    pieces: dict[tuple[str, str, str], list[Series]] = defaultdict(list)
    for one in series:
        if isinstance(one.key, GaugeKey):
            pieces[one.process, one.key.name, one.key.labels].append(one)
    several = len({process for process, _, _ in pieces}) > 1
    rows: list[Gauge] = []
    for (process, name, labels), parts in pieces.items():
        if several:
            labels = json.dumps({**json.loads(labels), "instance": process.partition("\n")[2]}, sort_keys=True)
        parts_by_role: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        newest: dict[int, int] = {}
        for one in parts:
            role = one.key.role if isinstance(one.key, GaugeKey) else ""
            for minute, at, value in _by_minute(one, role, wanted):
                parts_by_role[minute][role] += value * one.scale
                newest[minute] = max(at, newest.get(minute, at))
        for minute, roles in parts_by_role.items():
            level = _level(roles)
            if level is not None:
                rows.append(Gauge(newest[minute], source, name, labels, level))
    return rows


def _by_minute(one: Series, role: str, wanted: list[Span]) -> list[tuple[int, int, float]]:
    """(minute, instant, value) of each minute's newest sample; for counters the increase a second since the last."""
    last: dict[int, int] = {}
    for place, at in enumerate(one.times):
        last[minute_of(at)] = place
    found: list[tuple[int, int, float]] = []
    previous: int | None = None
    for minute, place in last.items():
        at, value = one.times[place], one.values[place]
        if role in ("rate", "idle", "busy"):
            earlier, previous = previous, place
            if earlier is None or at - one.times[earlier] > GAP or value < one.values[earlier]:
                continue
            value = (value - one.values[earlier]) * SECOND / (at - one.times[earlier])
        if any(span.holds(minute) for span in wanted):
            found.append((minute, at, value))
    return found


def _level(roles: dict[str, float]) -> float | None:
    if "size" in roles or "free" in roles:
        size = roles.get("size", 0.0)
        return 1 - roles["free"] / size if "free" in roles and size > 0 else None
    if "busy" in roles or "idle" in roles:
        both = roles.get("busy", 0.0) + roles.get("idle", 0.0)
        return roles.get("busy", 0.0) / both if both > 0 else None
    value = roles.get("level", roles.get("rate", math.nan))
    return value if math.isfinite(value) else None
