"""One KPI for every one of 200 routes in one question, over a session of 14 days × 200 routes, and the Numbers screen."""

from __future__ import annotations

from console.model.moment import DAY, LIVE
from console.queries.breakdown import breakdown
from console.queries.catalogue import shipped
from tests.bench import large
from tests.bench.figure import Figure, of_runs, timed

_TIMES = 15
_LIMIT_MS = 50
_ASKED = (("error_rate_5xx", 14), ("throttled", 14), ("throughput", 14), ("latency_p95", 14), ("latency_p95", 1))


def measure() -> list[Figure]:
    figures = []
    with large.desk() as desk:

        def by_route(name: str, days: int) -> int:
            reader = desk.reader()
            found = breakdown(reader, shipped().get(name), "route", large.END - days * DAY, large.END)
            assert len(found.parts) == large.ROUTES
            return len(found.parts)

        for name, days in _ASKED:
            runs = timed(lambda name=name, days=days: by_route(name, days), _TIMES)  # type: ignore[misc]
            title = f"{name} by {large.ROUTES} routes, {days} d"
            figures.append(of_runs(title, "ms", runs, _LIMIT_MS, note="a reader of its own each time"))
        for window in ("day", "week"):
            runs = timed(lambda window=window: desk.numbers.numbers(LIVE, window), 3)  # type: ignore[misc]
            figures.append(of_runs(f"Numbers screen, {window}", "ms", runs, note="every KPI with its trend"))
        runs = timed(lambda: desk.numbers.kpi(LIVE, "latency_p95", "day", "route"), 3)
        figures.append(of_runs("one number in full", "ms", runs, note="latency p95: chart of a day and 200 routes"))
    return figures
