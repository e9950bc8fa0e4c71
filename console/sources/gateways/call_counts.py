"""Single calls → minute facts: counts, exponential latency buckets, sums, and the few calls kept whole. Pure.

What one would get wrong: bucket bounds computed anew in each process differ in the last digit and no longer add up;
here they come from one table of rounded numbers.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from math import inf

from console.model.facts import TEN_MINUTES, Call, ConsumerTraffic, Facts, Latency, LatencySum, Traffic
from console.model.moment import minute_of
from console.sources.formats.access_log import Record, Wrong, read_line

GROWTH = 1.02
"""Each bucket ends at most 2 % above its start, so that *any* point of the bucket, also one found by interpolation, is
within 2 % of every call in it."""
_SMALLEST_MS, _LARGEST_MS = 0.01, 10_000_000.0


def _table() -> list[float]:
    bounds = [_SMALLEST_MS]
    while bounds[-1] < _LARGEST_MS:
        # Rounded down, so that the step never grows over GROWTH; six digits are the same number on every machine.
        exact = bounds[-1] * GROWTH
        digits = f"{exact:.6g}"
        bounds.append(float(digits) if float(digits) <= exact else float(f"{exact * (1 - 5e-6):.6g}"))
    return bounds


BOUNDS = _table()
"""Upper bounds in ms. Below the first (10 µs) all calls are one bucket; above the last (2.8 h) as well."""

CLIENT_GONE = 499
"""nginx's code for a caller that left before a status was sent; other gateways write 0 or -1 for it."""
_SAMPLE = 100


@dataclass(slots=True)
class Tally:
    """What a stretch of lines says. ``wrong`` counts unusable lines by reason; ``first`` and ``last`` are instants."""

    facts: Facts = field(default_factory=Facts)
    lines: int = 0
    calls: int = 0
    before: int = 0
    """Sound calls older than the session's memory, left out."""
    first: int | None = None
    last: int | None = None
    wrong: Counter[Wrong] = field(default_factory=Counter)

    @property
    def unusable(self) -> int:
        return sum(count for why, count in self.wrong.items() if why is not Wrong.OTHER)


def bucket(ms: float) -> tuple[float, float]:
    """(lower, upper] in ms; the first bucket also holds 0."""
    place = bisect_left(BOUNDS, ms)
    if place == len(BOUNDS):
        return BOUNDS[-1], inf
    return (BOUNDS[place - 1] if place else 0.0), BOUNDS[place]


def why_kept(record: Record, slow_ms: float) -> str:
    """error (5xx, or no status at all), slow, sample (one of a hundred, always the same ones), or '' to let it go."""
    if record.status >= 500 or record.status == 0:
        return "error"
    if record.total_ms is not None and record.total_ms >= slow_ms:
        return "slow"
    name = record.request_id or f"{record.instant} {record.path}"
    return "" if zlib.crc32(name.encode()) % _SAMPLE else "sample"


def tally(lines: list[bytes], flavour: str, source: str, since: int, slow_ms: float) -> Tally:
    """Count whole lines. Calls before ``since`` are left out. Of module level: large stretches go to a worker."""
    told = Tally(lines=len(lines))
    traffic: dict[tuple[int, str, str, int], int] = defaultdict(int)
    consumers: dict[tuple[int, str, str, int], int] = defaultdict(int)
    buckets: dict[tuple[int, str, str, float, float], int] = defaultdict(int)
    sums: dict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        record = read_line(flavour, line)
        if isinstance(record, Wrong):
            told.wrong[record] += 1
            continue
        if record.instant < since:
            told.before += 1
            continue
        told.calls += 1
        told.first = record.instant if told.first is None else min(told.first, record.instant)
        told.last = record.instant if told.last is None else max(told.last, record.instant)
        minute, status = minute_of(record.instant), record.status or CLIENT_GONE
        traffic[minute, record.route, record.method, status] += 1
        if record.consumer:
            ten = record.instant - record.instant % TEN_MINUTES
            consumers[ten, record.consumer, record.route, status] += 1
        kinds = (("total", record.total_ms), ("upstream", record.upstream_ms), ("gateway", record.gateway_ms))
        for kind, ms in kinds:
            if ms is not None:
                buckets[(minute, record.route, kind, *bucket(ms))] += 1
                total = sums[minute, record.route, kind]
                total[0] += 1
                total[1] += round(ms * 1000)
        why = why_kept(record, slow_ms)
        if why:
            told.facts.call.append(_call(record, source, why))
    told.facts.traffic = [Traffic(m, source, route, method, s, n) for (m, route, method, s), n in traffic.items()]
    told.facts.consumer_traffic = [
        ConsumerTraffic(ten, source, who, route, s, n) for (ten, who, route, s), n in consumers.items()
    ]
    told.facts.latency = [Latency(m, source, route, k, lo, up, n) for (m, route, k, lo, up), n in buckets.items()]
    told.facts.latency_sum = [LatencySum(m, source, route, k, n, us) for (m, route, k), (n, us) in sums.items()]
    return told


def _call(record: Record, source: str, why: str) -> Call:
    return Call(
        record.instant,
        source,
        record.route,
        record.method,
        record.path,
        record.status,
        record.total_ms,
        record.upstream_ms,
        record.consumer,
        record.request_id,
        why,
    )
