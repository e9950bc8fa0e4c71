"""Many windows in one statement say what each says when it is asked alone."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.model.criterion import Definition
from console.model.facts import Facts, Latency
from console.model.moment import MINUTE, Span, iso
from console.model.number import Slice
from console.queries.catalogue import catalogue
from console.queries.criteria import numbers, window_values
from console.queries.shelf import TicketShelf
from console.store import rollup
from tests.builders import bench, covered, launch, scrape, traffic
from tests.queries.judging import GO

KPIS = ("error_rate_5xx", "error_rate_4xx", "availability_by_calls", "availability", "latency_p50", "latency_p95")
ROWS = st.lists(
    st.tuples(
        st.integers(0, 59), st.sampled_from(["GET /a", "POST /b"]), st.sampled_from([200, 404, 503]), st.integers(1, 9)
    ),
    max_size=40,
)
GAPS = st.lists(st.tuples(st.integers(0, 59), st.integers(1, 15)), max_size=3)


@pytest.mark.thorough
@pytest.mark.parametrize("route", [None, "POST /b"])
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS, gaps=GAPS, width=st.sampled_from([5, 10, 25]), rolled=st.booleans(),
    planned=st.none() | st.tuples(st.integers(1, 50), st.integers(1, 20)),
)  # fmt: skip
def test_in_one_go_or_one_by_one_the_answer_is_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    route: str | None,
    rows: list[tuple[int, str, int, int]],
    gaps: list[tuple[int, int]],
    width: int,
    rolled: bool,
    planned: tuple[int, int] | None,
) -> None:
    unknown = {m for start, length in gaps for m in range(start, start + length)}
    with bench(tmp_path_factory.mktemp("w"), GO) as made:
        made.settings(**launch(scrape("edge"), live=GO))
        if planned is not None:
            span = f"{iso(GO + planned[0] * MINUTE)}/{iso(GO + sum(planned) * MINUTE)}"
            made.decide("maintenance", "upgrade", span, comment="disks")
        facts = Facts(
            covered=[covered("edge", GO + m * MINUTE, GO + (m + 1) * MINUTE) for m in range(60) if m not in unknown]
        )
        for minute, name, status, calls in rows:
            if minute not in unknown:
                facts.traffic.append(traffic(GO + minute * MINUTE, calls, route=name, status=status))
                low = 10.0 * (minute % 7)
                facts.latency.append(Latency(GO + minute * MINUTE, "edge", name, "total", low, low + 10, calls))
        made.clock.forward(3_600)
        made.add(facts)
        if rolled:
            rollup.roll_up(made.session, made.write, [])
        reader = made.reader()
        table = TicketShelf().fill(reader)
        windows = window_values.laid(Span(GO, GO + 60 * MINUTE), GO, width * MINUTE)
        for name in KPIS:
            if name == "availability" and route is not None:
                continue
            kpi = catalogue().get(name)
            d = Definition(
                "x", "X", kpi=name, part=Slice(route=route), below=0.5, window_s=width * 60, sustained_s=3_600
            )
            assert window_values.in_one_go(kpi, d)
            together = window_values.ask(reader, table, kpi, d, windows, GO, width * MINUTE)
            alone = [numbers.ask(reader, table, kpi, d, one, interval=False) for one in windows]
            assert [t.value for t in together] == pytest.approx([a.value for a in alone])
            if name != "availability":
                assert [t.known for t in together] == pytest.approx([a.coverage for a in alone])
                assert [t.n for t, a in zip(together, alone, strict=True) if a.value is not None] == [
                    a.n for a in alone if a.value is not None
                ]
