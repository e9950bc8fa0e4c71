"""A point of a chart is a number: the KPI over its own bucket gives the very value that is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.facts import Facts, Latency, Traffic
from console.model.moment import HOUR, LIVE, MINUTE, SECOND, Span
from console.queries import series
from console.queries.reader import TICKET_KINDS
from console.queries.series import Floats, Grid
from console.queries.shelf import TicketShelf
from tests.builders import T0, Bench, bench, covered, jira, launch, moved, scrape, ticket


def agree(made: Bench, kpi: str, grid: Grid, drawn: Floats) -> int:
    """How many points were compared."""
    points = np.flatnonzero(np.isfinite(drawn))
    for index in points:
        start = grid.first + int(index) * grid.step
        found = made.kpi(kpi, start, min(start + grid.step, grid.span.end), LIVE)
        assert found.value == drawn[index], (kpi, int(index), found)
    return len(points)


def test_a_silence_bridged_inside_one_bucket_counts_there_and_across_two_in_neither(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.settings(**launch(scrape("edge")))
        known = [covered("edge", T0, T0 + 2 * MINUTE), covered("edge", T0 + 7 * MINUTE, T0 + 18 * MINUTE)]
        known += [covered("edge", T0 + 22 * MINUTE, T0 + 30 * MINUTE)]
        whole = [covered("edge", T0 + 2 * MINUTE, T0 + 7 * MINUTE, whole=True)]
        whole += [covered("edge", T0 + 18 * MINUTE, T0 + 22 * MINUTE, whole=True)]
        traffic = [
            Traffic(T0 + m * MINUTE, "edge", "GET /a", "", 200, 60) for m in (0, 1, *range(7, 18), *range(22, 30))
        ]
        traffic.append(Traffic(T0 + 6 * MINUTE, "edge", "GET /a", "", 502, 300, T0 + 2 * MINUTE))
        traffic.append(Traffic(T0 + 21 * MINUTE, "edge", "GET /a", "", 502, 900, T0 + 18 * MINUTE))
        latency = [Latency(row.minute, "edge", "GET /a", "total", 0.0, 100.0, 5, row.span_from) for row in traffic]
        made.answer("edge", Facts(covered=[*known, *whole], traffic=traffic, latency=latency))
        grid = Grid(Span(T0, T0 + 30 * MINUTE), 10 * MINUTE)
        calls = series.calls(made.reader(), grid)
        assert agree(made, "error_rate_5xx", grid, calls.error_share) == 3
        assert agree(made, "throughput", grid, calls.per_second) >= 1
        assert agree(made, "latency_p95", grid, series.latency(made.reader(), grid, (0.95,))[0.95]) == 3
        assert calls.errors.tolist() == [300, 0, 0]


@pytest.mark.thorough
@settings(max_examples=10)
@given(
    minutes=st.lists(
        st.tuples(st.integers(0, 59), st.sampled_from([200, 404, 500]), st.integers(1, 9_000), st.integers(0, 400)),
        min_size=1, max_size=40,
    ),
    holes=st.lists(st.tuples(st.integers(0, 55), st.integers(1, 9)), max_size=3),
    step=st.sampled_from([1, 2, 5, 10]),
    ends=st.tuples(st.integers(0, 20), st.integers(21, 60), st.integers(0, 59)),
)  # fmt: skip
def test_each_point_of_the_gateway_charts_is_its_kpi_bit_by_bit(
    minutes: list[tuple[int, int, int, int]],
    holes: list[tuple[int, int]],
    step: int,
    ends: tuple[int, int, int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """``ends``: the span's first minute, its last one, and the seconds that the moment stands behind that."""
    now = T0 + ends[1] * MINUTE + ends[2] * SECOND
    gone = {m for start, length in holes for m in range(start, start + length)}
    known = [covered("edge", T0 + m * MINUTE, T0 + (m + 1) * MINUTE) for m in range(ends[1]) if m not in gone]
    told = [row for row in minutes if row[0] not in gone and row[0] < ends[1]]
    with bench(tmp_path_factory.mktemp("series"), now) as made:
        made.settings(**launch(scrape("edge")))
        made.answer(
            "edge",
            Facts(
                covered=known,
                traffic=[Traffic(T0 + m * MINUTE, "edge", "GET /a", "", status, n) for m, status, n, _ in told],
                latency=[
                    Latency(T0 + m * MINUTE, "edge", "GET /a", "total", low, low * 1.7 + 3, n) for m, _, n, low in told
                ],
            ),
        )
        span = series.whole_minutes(Span(T0 + ends[0] * MINUTE + 11 * SECOND, now), now)
        grid = Grid(span, step * MINUTE)
        calls = series.calls(made.reader(), grid)
        agree(made, "error_rate_5xx", grid, calls.error_share)
        agree(made, "throughput", grid, calls.per_second)
        for q, values in series.latency(made.reader(), grid, (0.5, 0.95, 0.99)).items():
            agree(made, f"latency_p{round(q * 100)}", grid, values)


@pytest.mark.thorough
def test_each_point_of_the_ticket_chart_is_its_kpi_also_where_a_ticket_came_back(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + 5 * HOUR) as made:
        made.settings(**launch(jira()))
        events = [
            *ticket("A-1", T0 + 5 * MINUTE), *ticket("A-2", T0 + 65 * MINUTE),
            *ticket("A-3", T0 + 66 * MINUTE, kind="enhancement"),
            moved("A-1", T0 + 70 * MINUTE, "resolved"), moved("A-1", T0 + 130 * MINUTE, "reopened"),
            moved("A-1", T0 + 200 * MINUTE, "resolved"), moved("A-2", T0 + 190 * MINUTE, "closed"),
        ]  # fmt: skip
        made.answer("jira", Facts(covered=[covered("jira", T0, T0 + 5 * HOUR)], ticket_event=events))
        reader = made.reader()
        grid = Grid(Span(T0, T0 + 5 * HOUR), HOUR)
        flow = series.tickets(TicketShelf().steps(reader), grid, reader.told_by(TICKET_KINDS))
        assert flow.backlog.tolist() == [1, 2, 3, 1, 1]
        for kpi, drawn in (("opened", flow.opened), ("resolved", flow.resolved), ("backlog", flow.backlog)):
            assert agree(made, kpi, grid, drawn) == 5
