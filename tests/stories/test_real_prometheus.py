"""Eight days of history in a real Prometheus server: read backwards to its beginning, the totals are the true ones."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from console.model.facts import Facts, Latency
from console.model.moment import DAY, HOUR, MINUTE, SECOND
from console.sources.gateways.prometheus import Options, Prometheus
from console.sources.site import Site
from tests.stories.servers import prometheus

STEP = 60
ROUTES = ("checkout", "search")
BOUNDS = ("10.0", "50.0", "100.0", "500.0", "1000.0", "+Inf")
REPRESENTATIVE = (8.0, 30.0, 70.0, 240.0, 800.0, 3000.0)
WEIGHTS = ((30, 40, 20, 7, 2, 1), (10, 25, 30, 25, 8, 2))
SILENT = range(4000, 4200)
RESTART = 7000


class Here:
    async def run(self, size: int, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)


@dataclass
class Truth:
    """What really happened, from the first sample to the last."""

    start: int
    end: int
    calls: Counter[tuple[str, int]] = field(default_factory=Counter)
    alice: int = 0
    text: str = ""


def invent(now_s: int) -> Truth:
    """Counters sampled each minute for eight days, silent for some hours once and restarted once."""
    chance = random.Random(7)
    ticks = 8 * 24 * 60
    first = now_s - ticks * STEP
    truth = Truth(first * SECOND, (first + (ticks - 1) * STEP) * SECOND)
    status = {(route, code): 0 for route in ROUTES for code in (200, 502)}
    buckets = {route: [0] * len(BOUNDS) for route in ROUTES}
    sums = dict.fromkeys(ROUTES, 0.0)
    samples: dict[str, list[str]] = {}
    for tick in range(ticks):
        if tick == RESTART:
            status = dict.fromkeys(status, 0)
            buckets = {route: [0] * len(BOUNDS) for route in ROUTES}
            sums = dict.fromkeys(ROUTES, 0.0)
        for weights, route in zip(WEIGHTS, ROUTES, strict=True):
            number = chance.randrange(0, 12)
            for place in chance.choices(range(len(BOUNDS)), weights, k=number):
                for higher in range(place, len(BOUNDS)):
                    buckets[route][higher] += 1
                sums[route] += REPRESENTATIVE[place]
            failed = sum(chance.random() < 0.02 for _ in range(number))
            status[route, 502] += failed
            status[route, 200] += number - failed
            if tick:
                truth.calls[route, 502] += failed
                truth.calls[route, 200] += number - failed
                truth.alice += number - failed
        if tick in SILENT:
            continue
        at = first + tick * STEP
        for (route, code), total in status.items():
            consumer = "alice" if code == 200 else ""
            labels = f'code="{code}",route="{route}",consumer="{consumer}",job="apisix",instance="gw:9091"'
            samples.setdefault("status", []).append(f"apisix_http_status{{{labels}}} {total} {at}")
        for route in ROUTES:
            labels = f'type="request",route="{route}",job="apisix",instance="gw:9091"'
            lines = samples.setdefault(f"latency {route}", [])
            lines += [
                f'apisix_http_latency_bucket{{{labels},le="{le}"}} {count} {at}'
                for le, count in zip(BOUNDS, buckets[route], strict=True)
            ]
            lines.append(f"apisix_http_latency_count{{{labels}}} {buckets[route][-1]} {at}")
            lines.append(f"apisix_http_latency_sum{{{labels}}} {sums[route]} {at}")
        samples.setdefault("conn", []).append(
            f'apisix_nginx_http_current_connections{{state="active",job="apisix",instance="gw:9091"}} {tick % 50} {at}'
        )
    truth.text = "\n".join(
        [
            # promtool wants the suffix of a counter; the plain name of APISIX is an unknown type for it.
            "# TYPE apisix_http_status unknown",
            *samples["status"],
            "# TYPE apisix_http_latency histogram",
            *(line for route in ROUTES for line in samples[f"latency {route}"]),
            "# TYPE apisix_nginx_http_current_connections gauge",
            *samples["conn"],
            "# EOF",
            "",
        ]
    )
    return truth


@pytest.fixture(scope="module")
def truth() -> Truth:
    return invent(int(time.time()) // STEP * STEP - 120)


@pytest.fixture(scope="module")
def server(truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus(truth.text, tmp_path_factory.mktemp("prometheus")) as url:
        yield url


@dataclass
class Gathered:
    facts: Facts = field(default_factory=Facts)
    polls: int = 0


@pytest.fixture(scope="module")
def gathered(server: str, truth: Truth) -> Gathered:
    """The poll loop to the end of the back-fill, a new source from the stored cursor each time, as after a kill."""
    now = truth.end + 90 * SECOND
    site = Site("prom", Here(), 30, now, now - 14 * DAY)

    async def collect() -> Gathered:
        got, cursor, more = Gathered(), b"", True
        while more:
            source = Prometheus(Options(url=server, flavour="apisix"), site)
            try:
                fetched = await source.poll(cursor, now)
            finally:
                await source.close()
            got.polls += 1
            cursor, more = fetched.cursor, fetched.more
            assert fetched.partial == ""
            for name in ("traffic", "latency", "latency_sum", "consumer_traffic", "gauge", "covered"):
                getattr(got.facts, name).extend(getattr(fetched.facts, name))
            assert got.polls < 100
        assert fetched.progress is not None
        assert fetched.progress.done == fetched.progress.total
        return got

    return asyncio.run(collect())


@pytest.mark.thorough
def test_every_call_of_eight_days_is_counted_once(gathered: Gathered, truth: Truth) -> None:
    found: Counter[tuple[str, int]] = Counter()
    for row in gathered.facts.traffic:
        found[row.route, row.status] += row.calls
    for key, calls in truth.calls.items():
        assert found[key] == calls, key
    assert sum(row.calls for row in gathered.facts.consumer_traffic) == truth.alice


def test_the_silence_is_no_covered_minute_and_its_calls_keep_their_span(gathered: Gathered, truth: Truth) -> None:
    silent_from = truth.start + (SILENT[0] - 1) * MINUTE
    silent_to = truth.start + (SILENT[-1] + 1) * MINUTE
    whole = [c for c in gathered.facts.covered if c.whole]
    assert [(c.from_, c.to) for c in whole] == [(silent_from, silent_to)]
    assert not any(c.from_ < silent_to and c.to > silent_from for c in gathered.facts.covered if not c.whole)
    assert {row.span_from for row in gathered.facts.traffic} == {None, silent_from}


def test_time_is_covered_from_the_first_sample_to_the_last_and_nowhere_else(gathered: Gathered, truth: Truth) -> None:
    assert min(c.from_ for c in gathered.facts.covered) == truth.start
    assert max(c.to for c in gathered.facts.covered) == truth.end
    known = sum(c.to - c.from_ for c in gathered.facts.covered if not c.whole)
    assert known == truth.end - truth.start - (len(SILENT) + 1) * MINUTE


def test_a_level_comes_once_a_minute(gathered: Gathered) -> None:
    minutes = Counter(row.happened_at // MINUTE for row in gathered.facts.gauge)
    assert len(minutes) == 8 * 24 * 60 - len(SILENT)
    assert set(minutes.values()) == {1}


def test_a_percentile_from_our_buckets_is_the_servers_own(gathered: Gathered, truth: Truth, server: str) -> None:
    end = truth.end
    window = 6 * HOUR
    for route in ROUTES:
        ours = quantile(0.95, [r for r in gathered.facts.latency if r.route == route and r.minute > end - window])
        query = (
            f'histogram_quantile(0.95, sum by (le) (rate(apisix_http_latency_bucket{{type="request",route="{route}"}}'
            f"[{window // SECOND}s])))"
        )
        answer = httpx.get(f"{server}/api/v1/query", params={"query": query, "time": str(end // SECOND)}).json()
        theirs = float(answer["data"]["result"][0]["value"][1])
        assert ours == pytest.approx(theirs, rel=0.05)


def quantile(q: float, rows: list[Latency]) -> float:
    counts: Counter[tuple[float, float]] = Counter()
    for row in rows:
        counts[row.lower_ms, row.upper_ms] += row.count
    rank, below = q * counts.total(), 0
    for (lower, upper), count in sorted(counts.items()):
        if below + count >= rank:
            return lower + (upper - lower) * (rank - below) / count
        below += count
    raise AssertionError("no rows")


def test_a_look_tells_version_series_and_how_far_back_it_goes(server: str, truth: Truth) -> None:
    async def look() -> list[str]:
        source = Prometheus(Options(url=server, flavour="apisix"), Site("prom", Here(), 30, truth.end, truth.start))
        try:
            seen = await source.look(truth.end + SECOND)
        finally:
            await source.close()
        return [seen.headline, *seen.lines]

    lines = asyncio.run(look())
    assert lines[0].startswith("Prometheus 2.")
    assert lines[1] == "21 series of APISIX"
    assert "samples since" in lines[2]
