"""One question for every part gives exactly what asking for each part alone gives."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from console.model.errors import QuestionError
from console.model.facts import ConsumerTraffic, Facts, Release
from console.model.moment import HOUR, MINUTE, SECOND
from console.model.number import Slice
from console.queries.breakdown import breakdown
from console.queries.catalogue import shipped
from console.queries.kpi import ask
from console.queries.shelf import TicketShelf
from tests.builders import (
    T0,
    Bench,
    bench,
    covered,
    every_minute,
    feed,
    jira,
    launch,
    moved,
    plain_value,
    scrape,
    ticket,
    traffic,
)
from tests.queries import worlds
from tests.queries.test_formulas import TOGETHER, whole_windows


@pytest.mark.thorough
@settings(TOGETHER, max_examples=1)
@given(world=worlds.worlds(), window=whole_windows)
def test_every_part_has_the_answer_of_its_own_slice(world: worlds.World, window: tuple[int, int]) -> None:
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), worlds.END) as made:
        worlds.settle(made, world)
        reader = made.reader()
        for kpi in shipped().kpis.values():
            for by in kpi.slices:
                found = breakdown(reader, kpi, by, *window, shown=True)
                assert bool(found.parts) != bool(found.why)
                for name, answer in found.parts[:1]:
                    if by == "release" or not kpi.parts:
                        assert answer == ask(reader, kpi, *window, Slice(**{by: name})), (kpi.name, by, name)
                    else:
                        alone = ask(reader, kpi, *window, Slice(**{by: name}))
                        assert (answer.value, answer.n, answer.sql) == (alone.value, alone.n, alone.sql), (kpi.name, by)


@pytest.mark.thorough
@settings(TOGETHER, max_examples=2)
@given(world=worlds.worlds(), window=whole_windows)
def test_a_shelf_of_tickets_and_a_narrowed_part_change_nothing(world: worlds.World, window: tuple[int, int]) -> None:
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), worlds.END) as made:
        worlds.settle(made, world)
        reader, shelf = made.reader(), TicketShelf()
        table = shelf.fill(reader)
        for name in ("opened", "backlog", "mttr", "feedback_mix"):
            kpi = shipped().get(name)
            plain = breakdown(reader, kpi, "area", *window, Slice(channel="portal"))
            assert breakdown(reader, kpi, "area", *window, Slice(channel="portal"), table) == plain
            for area, answer in plain.parts:
                alone = ask(reader, kpi, *window, Slice(area=area, channel="portal"))
                assert (answer.value, answer.n, answer.low) == (alone.value, alone.n, alone.low)


def an_hour(made: Bench) -> None:
    made.settings(**launch(scrape("edge"), jira(), feed(), live=T0), routes={"internal": ["/health*"]})
    made.add(
        Facts(
            covered=[covered("edge", T0, T0 + HOUR), covered("jira", T0, T0 + HOUR)],
            traffic=[
                *every_minute(T0, T0 + HOUR, 60),
                traffic(T0, 10, route="POST /b", status=500),
                traffic(T0, 7, route="GET /health/x"),
            ],
            consumer_traffic=[
                ConsumerTraffic(T0, "edge", "web", "GET /a", 200, 30),
                ConsumerTraffic(T0, "edge", "app", "GET /a", 503, 5),
                ConsumerTraffic(T0, "edge", "app", "POST /b", 200, 4),
            ],
        )
    )


def test_routes_come_with_most_evidence_first_and_internal_ones_not_at_all(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        an_hour(made)
        found = breakdown(made.reader(), shipped().get("error_rate_5xx"), "route")
        assert [(name, a.value, a.n) for name, a in found.parts] == [("GET /a", 0.0, 3600), ("POST /b", 1.0, 10)]


def test_consumers_can_be_told_within_a_route_and_routes_within_a_consumer(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        an_hour(made)
        kpi = shipped().get("error_rate_5xx")
        found = breakdown(made.reader(), kpi, "consumer", T0, T0 + HOUR, Slice(route="GET /a"))
        assert [(name, a.value, a.n) for name, a in found.parts] == [("web", 0.0, 30), ("app", 1.0, 5)]
        found = breakdown(made.reader(), kpi, "route", T0, T0 + HOUR, Slice(consumer="app"))
        assert [(name, a.value, a.n) for name, a in found.parts] == [("GET /a", 1.0, 5), ("POST /b", 0.0, 4)]


def test_releases_share_the_window_between_them(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        an_hour(made)
        marks = ((10, "3.1"), (12, "3.1"), (30, "3.2"))
        made.add(Facts(release=[Release("feed", v, "version", None, "", T0 + m * MINUTE) for m, v in marks]))
        found = breakdown(made.reader(), shipped().get("throughput"), "release", T0, T0 + HOUR)
        assert [(name, a.n) for name, a in found.parts] == [("3.2", 30 * 60), ("3.1", 20 * 60)]
        with pytest.raises(QuestionError, match=r'"3\.2"'):
            made.kpi("throughput", release="3.3")
        assert "was not out" in made.kpi("throughput", T0, T0 + MINUTE, release="3.2").why


def test_a_statement_shown_for_a_part_gives_its_value_in_any_duckdb(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        an_hour(made)
        made.add(Facts(ticket_event=[*ticket("A-1", T0, "P1"), moved("A-1", T0 + 9 * SECOND, "resolved")]))
        reader, path = made.reader(), made.path
        parts = [
            *breakdown(reader, shipped().get("error_rate_5xx"), "consumer", T0, T0 + HOUR, shown=True).parts,
            *breakdown(reader, shipped().get("error_rate_5xx"), "route", T0, T0 + HOUR, shown=True).parts,
            *breakdown(reader, shipped().get("mttr"), "severity", T0, T0 + HOUR, shown=True).parts,
        ]
    assert len(parts) == 5
    for name, answer in parts:
        row = plain_value(path, answer.sql)
        assert row is not None and row[0] == answer.value, name


def test_what_has_no_such_parts_says_so(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        an_hour(made)
        reader = made.reader()
        assert breakdown(reader, shipped().get("csat"), "route").why == "CSAT is not told by route."
        assert "gateways" in breakdown(reader, shipped().get("latency_p95"), "consumer").why
        assert breakdown(reader, shipped().get("opened"), "area").why == "Nothing in this window names an area."
        with pytest.raises(QuestionError, match="narrowed"):
            breakdown(reader, shipped().get("opened"), "area", part=Slice(area="cart"))
