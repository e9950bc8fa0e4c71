"""The same 5xx and p95 question over 14 days, answered by us and by a real Prometheus that holds the same samples."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow as pa

from console.desk import ReadingDesk
from console.model.facts import Covered, Facts, Fetched
from console.model.moment import DAY, MINUTE, SECOND, Span, to_datetime
from console.queries import series
from console.settings import from_document
from console.store import rollup, session, settings_log
from console.store.append import PollRow, append_fetched, append_table
from tests.bench.figure import Figure, of_runs, timed
from tests.stories.servers import prometheus

_DAYS, _ROUTES, _TIMES = 14, 6, 7
_BOUNDS = (5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0)
_STEP = 5 * MINUTE
_ERRORS = 'sum(rate(calls_total{code="502"}[5m])) / sum(rate(calls_total[5m]))'
_P95 = "histogram_quantile(0.95, sum by (le) (rate(took_bucket[5m])))"


class Made:
    """Increments of each minute, and the counters they add up to."""

    def __init__(self, end: int) -> None:
        chance = random.Random(7)
        self.start, self.end = end - _DAYS * DAY, end
        self.minutes = range(self.start, end, MINUTE)
        bounds = len(_BOUNDS) + 1
        self.calls = [
            [(chance.randrange(20, 60), chance.randrange(0, 2)) for _ in range(_ROUTES)] for _ in self.minutes
        ]
        self.buckets = [[[chance.randrange(0, 9) for _ in range(bounds)] for _ in range(_ROUTES)] for _ in self.minutes]

    def exposition(self) -> Iterator[str]:
        """OpenMetrics, a series after the other; a counter stands at the end of its minute."""
        yield "# TYPE calls unknown\n"
        for route in range(_ROUTES):
            for place, code in enumerate(("200", "502")):
                total = 0
                for at, row in zip(self.minutes, self.calls, strict=True):
                    total += row[route][place]
                    yield f'calls_total{{route="{route}",code="{code}"}} {total} {(at + MINUTE) // SECOND}\n'
        yield "# TYPE took unknown\n"
        for route in range(_ROUTES):
            for place, bound in enumerate([*(str(b / 1000) for b in _BOUNDS), "+Inf"]):
                total = 0
                for at, counts in zip(self.minutes, self.buckets, strict=True):
                    total += sum(counts[route][: place + 1])
                    yield f'took_bucket{{route="{route}",le="{bound}"}} {total} {(at + MINUTE) // SECOND}\n'
        yield "# EOF\n"

    def traffic(self) -> pa.Table:
        rows = [
            (at, f"/{route}", status, calls)
            for at, row in zip(self.minutes, self.calls, strict=True)
            for route, pair in enumerate(row)
            for status, calls in zip((200, 502), pair, strict=True)
            if calls
        ]
        at, routes, status, calls = zip(*rows, strict=True)
        return pa.table(
            {
                "minute": _times(at), "source": ["edge"] * len(rows), "route": routes, "method": [""] * len(rows),
                "status": pa.array(status, pa.int16()), "calls": calls, "span_from": pa.nulls(len(rows), pa.timestamp("us")),
            }
        )  # fmt: skip

    def latency(self) -> pa.Table:
        lower, upper = (0.0, *_BOUNDS), (*_BOUNDS, float("inf"))
        rows = [
            (at, f"/{route}", lower[place], upper[place], count)
            for at, routes_of in zip(self.minutes, self.buckets, strict=True)
            for route, counts in enumerate(routes_of)
            for place, count in enumerate(counts)
            if count
        ]
        at, routes, low, high, count = zip(*rows, strict=True)
        return pa.table(
            {
                "minute": _times(at), "source": ["edge"] * len(rows), "route": routes, "kind": ["total"] * len(rows),
                "lower_ms": low, "upper_ms": high, "count": count, "span_from": pa.nulls(len(rows), pa.timestamp("us")),
            }
        )  # fmt: skip


def measure() -> list[Figure]:
    end = int(time.time() * SECOND) // DAY * DAY
    made = Made(end)
    with tempfile.TemporaryDirectory(prefix="hypercare-bench-") as folder:
        ours_errors, ours_p95 = _ours(made, Path(folder) / "ours.hypercare")
        with prometheus("".join(made.exposition()), Path(folder) / "prometheus") as url, httpx.Client() as client:
            theirs_errors = timed(lambda: _ask(client, url, _ERRORS, made), _TIMES)
            theirs_p95 = timed(lambda: _ask(client, url, _P95, made), _TIMES)
    pairs = (("5xx share", ours_errors, theirs_errors), ("p95", ours_p95, theirs_p95))
    note = f"{_DAYS} days × {_ROUTES} routes in 5-minute steps"
    figures = []
    for name, ours, theirs in pairs:
        figures += [
            of_runs(f"{name}, this program", "ms", ours, note=f"{note}, live session"),
            of_runs(f"{name}, Prometheus", "ms", theirs, note=f"{note}, /api/v1/query_range, answer read"),
            of_runs(f"{name}, ratio", "times", [b / a for a, b in zip(sorted(ours), sorted(theirs), strict=True)], least=True,
                    note="Prometheus' time by ours"),
        ]  # fmt: skip
    return figures


def _ours(made: Made, path: Path) -> tuple[list[float], list[float]]:
    clock = session.SystemClock()
    opened = session.create(path, clock)
    cursor = opened.cursor()
    document = {
        "session": {"go_live": to_datetime(made.start), "time_zone": "UTC"},
        "source": [{"name": "edge", "kind": "scrape", "flavour": "apisix", "url": "http://127.0.0.1:9/"}],
    }
    settings_log.save(opened, cursor, from_document(document), "bench", made.start)
    append_table(opened, cursor, "traffic", made.traffic(), made.end)
    append_table(opened, cursor, "latency", made.latency(), made.end)
    covered = Fetched(Facts(covered=[Covered("edge", made.start, made.end)]))
    append_fetched(opened, cursor, PollRow("edge", made.end, made.end, "good"), covered)
    rollup.roll_up(opened, cursor, [])
    desk = ReadingDesk(opened, clock)
    grid = series.Grid(Span(made.start, made.end), _STEP)
    errors = timed(lambda: series.calls(desk.reader(), grid), _TIMES)
    p95 = timed(lambda: series.latency(desk.reader(), grid, (0.95,)), _TIMES)
    cursor.close()
    desk.close()
    return errors, p95


def _ask(client: httpx.Client, url: str, query: str, made: Made) -> None:
    span = {"start": made.start // SECOND + 300, "end": made.end // SECOND, "step": _STEP // SECOND}
    params: dict[str, str | int] = {"query": query, **span}
    answer = client.get(f"{url}/api/v1/query_range", params=params, timeout=60).raise_for_status().json()
    assert answer["data"]["result"], "Prometheus answered with nothing"


def _times(instants: tuple[int, ...]) -> pa.Array:
    return pa.array(instants, pa.int64()).view(pa.timestamp("us"))
