"""Alert rules: a minute of 200 of them over 200 routes, and back-tests over six weeks of one KPI at one minute."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from console.desk import ReadingDesk
from console.model.alert_rules import Rule, read
from console.model.moment import DAY, LIVE, MINUTE
from console.present import alert_form
from console.queries.alert_engine import Engine, Room
from console.queries.alert_samples import Sampler
from console.queries.backtest import backtest
from console.queries.shelf import TicketShelf
from console.settings import from_document
from console.store import rollup, session, settings_log
from console.work.alerting import memory_of
from tests.bench import large
from tests.bench.figure import Figure, of_runs, timed

_MINUTES = 6
_WEEKS = 6
_CORE_S = 60.0

_KINDS = (
    {"kpi": "error_rate_5xx", "by": "route", "above": 0.05, "window": "10 min"},
    {"kpi": "error_rate_5xx", "by": "route", "above": 0.01, "window": "5 min"},
    {"kpi": "error_rate_5xx", "by": "route", "burn": 0.01},
    {"kpi": "error_rate_4xx", "by": "route", "above": 0.2},
    {"kpi": "latency_p95", "by": "route", "above": 500, "window": "5 min"},
    {"kpi": "throughput", "anomaly": "down"},
    {"kpi": "error_rate_5xx", "burn": 0.001},
    {"kpi": "backlog", "above": 100_000},
    {"tickets": "backlog_grows"},
    {"absent": 5},
)


def rules(count: int) -> list[Rule]:
    """So many rules, half of them over every route."""
    return [read({"name": f"rule-{n}", **_KINDS[n % len(_KINDS)]}) for n in range(count)]


def measure() -> list[Figure]:
    return [*_minutes(), *_asked(), *_backtests()]


def _minutes() -> list[Figure]:
    with large.desk() as desk:
        reader, shelf, periods = desk.reader(), TicketShelf(), desk.periods()
        first = large.END - _MINUTES * MINUTE
        rooms = [Room(rule) for rule in rules(200)]
        samplers: dict[int, Sampler] = {}
        for room in rooms:
            # Half a day instead of two weeks: what a rule remembers costs the same, and the bench does not take minutes.
            length = min(memory_of(room.rule), DAY // 2)
            if length:
                sampler = samplers.setdefault(length, Sampler(reader, shelf, periods, first - length, first))
                room.warm(sampler.family(room.rule), [])
        engine, runs, busy = Engine(rooms), [], []
        for turn in range(_MINUTES):
            begun, worked = time.perf_counter(), time.process_time()
            start = first + turn * MINUTE
            engine.advance(Sampler(desk.reader(), shelf, periods, start, start + MINUTE), [])
            runs.append((time.perf_counter() - begun) * 1000)
            busy.append((time.process_time() - worked) / _CORE_S * 100)
        series = sum(len(room.watches) for room in rooms)
    note = f"{series} series over 200 routes"
    return [
        of_runs("200 alert rules, one minute", "ms", runs[1:], 3000, note=note),
        of_runs("200 alert rules, share of a core", "%", busy[1:], 5, note=note),
    ]


_ASKED = (
    {"kpi": "mttr_final", "above": 14_400},
    {"kpi": "reopen_rate", "above": 0.05},
    {"kpi": "availability", "below": 0.99},
    {"kpi": "routing_success", "below": 0.99},
)


def _asked() -> list[Figure]:
    """KPIs that are asked at steps: 1344 over tickets, 4032 over calls."""
    found = []
    with large.desk() as desk:
        shelf, periods = TicketShelf(), desk.periods()
        shelf.fill(desk.reader())
        for given in _ASKED:
            rule = read({"name": "tried", **given})
            runs = timed(lambda rule=rule: backtest(desk.reader(), shelf, periods, rule), 2)  # type: ignore[misc]  # bound early
            found.append(
                of_runs(f"back-test of 14 days, {rule.what}", "ms", runs, 15_000, note="100 000 tickets, 200 routes")
            )
    return found


_SIX = """
INSERT INTO traffic SELECT m, 'edge', 'GET /a', 'GET', s, CASE s WHEN 200 THEN 900 + hash(m) % 200 ELSE hash(m, 5) % 3 END,
    NULL, m + INTERVAL 75 second FROM (SELECT make_timestamp({start} + i * 60000000) AS m FROM range({minutes}) t(i)),
    (VALUES (200), (502)) v(s) ORDER BY m;
INSERT INTO latency SELECT m, 'edge', 'GET /a', 'total', b * 50, b * 50 + 50, 10 + hash(m, b) % (100 - b * 8)::UBIGINT, NULL,
    m + INTERVAL 75 second FROM (SELECT make_timestamp({start} + i * 60000000) AS m FROM range({minutes}) t(i)),
    range(0, 12) u(b) ORDER BY m;
INSERT INTO covered SELECT 'edge', make_timestamp({start}), make_timestamp({end}), false, make_timestamp({end});
"""

_TRIED = (
    ("5xx rate over its limit", {"watch": "kpi:error_rate_5xx", "way": "above", "limit": "5 %"}),
    ("5xx budget burnt", {"watch": "kpi:error_rate_5xx", "way": "burn", "limit": "0.1 %"}),
    ("p95 over its limit", {"watch": "kpi:latency_p95", "way": "above", "limit": "400 ms"}),
    ("throughput unusual", {"watch": "kpi:throughput", "way": "anomaly", "limit": "down"}),
)


def _backtests() -> list[Figure]:
    found = []
    with tempfile.TemporaryDirectory(prefix="hypercare-bench-") as folder:
        desk = _six_weeks(Path(folder) / "six.hypercare")
        try:
            for name, texts in _TRIED:
                given = {"name": "tried", **texts}
                alert_form.document(given)
                assert desk.try_rule(given, LIVE, 700).chart.curves, "nothing was tested"
                runs = timed(lambda given=given: desk.try_rule(given, LIVE, 700), 5)  # type: ignore[misc]  # bound early
                found.append(of_runs(f"back-test of six weeks, {name}", "ms", runs, 300, note="1 min, one series"))
        finally:
            desk.close()
    return found


def _six_weeks(path: Path) -> ReadingDesk:
    """Six weeks of one route at one minute, rolled up as the program does."""
    start, clock = large.END - _WEEKS * 7 * DAY, large._Standing(large.END)
    made = session.create(path, clock)
    cursor = made.cursor()
    document = {"source": [{"name": "edge", "kind": "scrape", "flavour": "apisix", "url": "http://127.0.0.1:9/"}]}
    settings_log.save(made, cursor, from_document(document), "bench", start)
    given = {"start": start, "end": large.END, "minutes": _WEEKS * 7 * 1440}
    for statement in _SIX.format(**given).split(";"):
        if statement.strip():
            cursor.execute(statement)
    rollup.roll_up(made, cursor, [])
    cursor.close()
    made.close()
    return ReadingDesk(session.open_own(path, clock), clock)
