"""The rows behind a number are the ones it is made from: the value worked out anew from all of them is the value."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.model.facts import ConsumerTraffic, Facts, Gauge, Latency, LatencySum, Measure, Traffic
from console.model.moment import DAY, HOUR, MINUTE, SECOND, Known, Moment, Span
from console.model.number import Slice
from console.queries import proof_rows
from console.queries.catalogue import Kpi, catalogue, parse
from console.queries.kpi import ask
from console.queries.proof_rows import RowsPlan
from console.queries.reader import Reader
from console.store.housekeeping import export_rows
from tests.builders import T0, Bench, bench, covered, feed, jira, launch, moved, scrape, survey, ticket

END = T0 + 3 * HOUR
WINDOW = Span(T0, END)


def told(made: Bench) -> None:
    """Three hours of two routes with errors, one internal; tickets and answers."""
    internal = {"routes": {"internal": ["/health*"]}}
    made.settings(**launch(scrape("edge"), jira(), feed()), **internal)
    made.answer(
        "edge",
        Facts(
            covered=[covered("edge", T0, END)],
            traffic=[
                Traffic(T0 + i * MINUTE, "edge", route, "", status, calls)
                for i in range(180)
                for route, status, calls in (
                    ("GET /a", 200, 40 + i % 7), ("GET /a", 502, i % 3), ("GET /b", 404, 2), ("GET /health", 500, 9)
                )
            ],
            latency=[
                Latency(T0 + i * MINUTE, "edge", route, "total", low, high, 5 + i % 4)
                for i in range(180)
                for route, low, high in (("GET /a", 0.0, 100.0), ("GET /a", 100.0, 400.0), ("GET /b", 400.0, float("inf")))
            ],
            latency_sum=[LatencySum(T0 + i * MINUTE, "edge", "GET /a", "total", 10, 1_234_567) for i in range(180)],
            consumer_traffic=[ConsumerTraffic(T0 + i * 10 * MINUTE, "edge", "web", "GET /a", 200, 30) for i in range(18)],
        ),
    )  # fmt: skip
    made.answer(
        "feed", Facts(covered=[covered("feed", T0, END)], survey=[survey(i, i % 6, T0 + i * MINUTE) for i in range(30)])
    )
    events = [
        *ticket("A-1", T0 + MINUTE, "P1", title="=HYPERLINK(1)"),
        *ticket("A-2", T0 + 2 * MINUTE, "P2"),
        *ticket("A-3", T0 + 3 * MINUTE, "P2"),
        moved("A-1", T0 + 11 * MINUTE, "mara", "assignee"),
        moved("A-2", T0 + 42 * MINUTE, "in_progress"),
        moved("A-1", T0 + HOUR, "resolved"),
    ]
    made.answer("jira", Facts(covered=[covered("jira", T0, END)], ticket_event=events))


def all_rows(reader: Reader, kpi: Kpi, window: Span = WINDOW, part: Slice | None = None) -> list[dict[str, Any]]:
    plan = plan_of(reader, kpi, window, part)
    rows = proof_rows.page(reader, plan, 0, 1_000_000)
    assert len(rows) == proof_rows.total(reader, plan)
    return [dict(zip(plan.columns, row, strict=True)) for row in rows]


def plan_of(reader: Reader, kpi: Kpi, window: Span = WINDOW, part: Slice | None = None) -> RowsPlan:
    found = proof_rows.plan(reader, kpi, window, part or Slice())
    assert found is not None
    return found


def errors(rows: list[dict[str, Any]]) -> float:
    return sum(r["calls_5xx"] for r in rows) / sum(r["calls"] for r in rows)


def too_many(rows: list[dict[str, Any]]) -> float:
    return sum(r["calls"] for r in rows if r["status"] == 429) / sum(r["calls"] for r in rows)


def p95(rows: list[dict[str, Any]]) -> float:
    buckets: Counter[tuple[float, float]] = Counter()
    for r in rows:
        buckets[r["upper_ms"], r["lower_ms"]] += r["count"]
    rank, upto = 0.95 * buckets.total(), 0
    for (upper, lower), n in sorted(buckets.items()):
        upto += n
        if upto >= rank:
            return lower if upper == float("inf") else lower + (upper - lower) * (rank - (upto - n)) / n
    raise AssertionError("no bucket reaches the rank")


def mean_wait(rows: list[dict[str, Any]]) -> float:
    waits = [(r["acknowledged_at"] - r["created_at"]).total_seconds() for r in rows]
    return sum(waits) / len(waits)


RECOMPUTED = {
    "error_rate_5xx": errors,
    "availability_by_calls": lambda rows: 1 - errors(rows),
    "throttled": too_many,
    "throughput": lambda rows: sum(r["calls"] for r in rows) / (3 * 3600),
    "latency_p95": p95,
    "latency_mean": lambda rows: sum(r["sum_us"] for r in rows) / sum(r["calls"] for r in rows) / 1000,
    "availability": lambda rows: sum(r["state"] == "good" for r in rows) / sum(r["state"] != "unknown" for r in rows),
    "mtta": mean_wait,
    "opened": len,
    "resolved": len,
    "backlog": len,
    "csat": lambda rows: sum(r["score"] >= 4 for r in rows) / len(rows),
}


@pytest.mark.parametrize("name", RECOMPUTED)
def test_the_value_worked_out_from_all_rows_is_the_value(name: str, tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        told(made)
        kpi = catalogue().get(name)
        answer = made.kpi(name, T0, END)
        assert answer.value is not None, answer
        assert RECOMPUTED[name](all_rows(made.reader(), kpi)) == pytest.approx(answer.value, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("error_rate_5xx", Slice(route="GET /a")),
        ("throughput", Slice(consumer="web")),
        ("latency_p95", Slice(route="GET /b")),
        ("backlog", Slice(severity="P2")),
    ],
)
def test_a_part_has_the_rows_of_that_part_alone(name: str, part: Slice, tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        told(made)
        kpi = catalogue().get(name)
        answer = ask(made.reader(), kpi, T0, END, part)
        rows = all_rows(made.reader(), kpi, part=part)
        assert rows and answer.value is not None
        assert RECOMPUTED[name](rows) == pytest.approx(answer.value, rel=1e-12)


def test_rows_come_newest_first_and_page_by_page_without_repeating_any(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        told(made)
        reader, kpi = made.reader(), catalogue().get("error_rate_5xx")
        plan = plan_of(reader, kpi)
        pages = [row for offset in range(0, 400, 100) for row in proof_rows.page(reader, plan, offset, 100)]
        assert len(pages) == proof_rows.total(reader, plan) == len(set(pages)) == 360
        minutes = [row[0] for row in pages]
        assert minutes == sorted(minutes, reverse=True)


def test_a_correction_learnt_later_is_not_among_the_rows_as_known_then(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        told(made)
        made.clock.forward(3600)
        made.answer("edge", Facts(traffic=[Traffic(T0, "edge", "GET /a", "", 502, 100)]))
        kpi = catalogue().get("error_rate_5xx")
        then, now = (made.reader(Moment(END + MINUTE, known)) for known in (Known.THEN, Known.NOW))
        assert errors(all_rows(then, kpi)) < errors(all_rows(now, kpi))
        for reader in (then, now):
            assert errors(all_rows(reader, kpi)) == pytest.approx(ask(reader, kpi, T0, END).value)


def test_a_silence_that_counters_bridged_is_a_row_of_windows_that_hold_it_whole(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        told(made)
        bridged = Traffic(T0 + 20 * MINUTE, "edge", "GET /a", "", 200, 700, T0 + 10 * MINUTE)
        made.answer(
            "edge", Facts(covered=[covered("edge", T0 + 10 * MINUTE, T0 + 21 * MINUTE, whole=True)], traffic=[bridged])
        )
        kpi = catalogue().get("throughput")
        holding, cutting = Span(T0, END), Span(T0 + 15 * MINUTE, END)
        for window, holds in ((holding, True), (cutting, False)):
            rows = all_rows(made.reader(), kpi, window)
            assert any(r["span_from"] is not None for r in rows) is holds
            assert sum(r["calls"] for r in rows) == ask(made.reader(), kpi, window.start, window.end).n


def test_a_number_of_ones_own_shows_its_rows_too(tmp_path: Path) -> None:
    head = "-- title: Mine\n-- unit: count\n-- direction: up\n-- feeds: tickets\n-- means: Mine.\n"
    own = parse(
        "mine",
        head + "WITH chosen AS (SELECT t.key FROM tickets_at($moment) t JOIN (SELECT 'P2' AS s) x ON x.s = t.severity\n"
        "WHERE t.title <> 'GROUP BY ) nothing' AND t.created_at < $to)\n"
        "SELECT count(*)::DOUBLE AS value, count(*) AS n FROM chosen",
    )
    with bench(tmp_path, END) as made:
        told(made)
        rows = all_rows(made.reader(), own)
        assert sorted(r["key"] for r in rows) == ["A-2", "A-3"]
        assert ask(made.reader(), own, T0, END).value == 2


def test_a_statement_that_reads_nothing_known_has_no_rows(tmp_path: Path) -> None:
    head = "-- title: Mine\n-- unit: count\n-- direction: up\n-- feeds: measure\n-- means: Mine.\n"
    own = parse("mine", head + "SELECT 1::DOUBLE AS value, 1 AS n")
    with bench(tmp_path, END) as made:
        assert proof_rows.plan(made.reader(), own, WINDOW, Slice()) is None


def test_exported_rows_are_all_of_them_and_no_spreadsheet_runs_one(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        told(made)
        reader = made.reader()
        plan = plan_of(reader, catalogue().get("opened"))
        export_rows(reader.connection, plan.sql, "csv", tmp_path / "rows.csv", order=plan.order)
        export_rows(reader.connection, plan.sql, "json", tmp_path / "rows.json", order=plan.order)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "rows.csv").read_text())))
    assert [r["key"] for r in rows] == ["A-3", "A-2", "A-1"]
    assert rows[-1]["title"] == "'=HYPERLINK(1)"
    assert [r["key"] for r in json.loads((tmp_path / "rows.json").read_text())] == ["A-3", "A-2", "A-1"]


@pytest.mark.thorough
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(
        st.tuples(
            st.integers(0, 200),
            st.sampled_from(["/a", "/b"]),
            st.sampled_from([200, 404, 429, 500]),
            st.integers(-5, 50),
        ),
        max_size=40,
    ),
    window=st.tuples(st.integers(0, 150), st.integers(1, 120)),
)
def test_whatever_was_counted_the_rows_add_up_to_the_evidence(
    cells: list[tuple[int, str, int, int]], window: tuple[int, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    start = T0 + window[0] * MINUTE + 7 * SECOND
    end = start + window[1] * MINUTE
    with bench(tmp_path_factory.mktemp("rows"), T0 + DAY) as made:
        made.settings(**launch(scrape("edge")))
        traffic = [Traffic(T0 + m * MINUTE, "edge", r, "", s, n) for m, r, s, n in cells]
        made.answer("edge", Facts(covered=[covered("edge", T0, T0 + 300 * MINUTE)], traffic=traffic))
        kpi = catalogue().get("throughput")
        rows = all_rows(made.reader(), kpi, Span(start, end))
        answer = ask(made.reader(), kpi, start, end)
        assert sum(r["calls"] for r in rows) == answer.n


@pytest.mark.thorough
def test_every_shipped_number_can_show_what_it_read(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        told(made)
        told_later = [Measure(T0 + i * MINUTE, "feed", "cpu", "{}", 0.5) for i in range(4)]
        made.add(Facts(measure=told_later, gauge=[Gauge(T0 + 9 * MINUTE, "edge", "cpu", "{}", 0.9)]))
        reader = made.reader()
        for kpi in catalogue().kpis.values():
            plan = proof_rows.plan(reader, kpi, WINDOW, Slice())
            assert plan is not None, kpi.name
            assert proof_rows.total(reader, plan) <= 540, f"{kpi.name} shows rows it does not read"
        cpu = all_rows(reader, catalogue().get("cpu"))
        assert [(row["source"], row["value"]) for row in cpu] == [("edge", 0.9), *[("feed", 0.5)] * 4]
        assert {row["key"] for row in all_rows(reader, catalogue().get("time_to_deploy"))} == {"A-1"}
