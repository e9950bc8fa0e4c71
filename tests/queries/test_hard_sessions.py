"""Sessions that have next to nothing in them, or stand askew in time: every KPI answers, and none makes anything up."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.facts import Covered, Facts, Latency, Measure, Release, Reread, Survey
from console.model.moment import DAY, HOUR, MINUTE, SECOND, Known, Moment, parse_instant
from console.queries.catalogue import shipped
from console.queries.kpi import ask
from console.queries.kpis import detail, numbers
from console.queries.shelf import TicketShelf
from tests.builders import T0, Bench, bench, covered, feed, jira, launch, moved, scrape, ticket, traffic

END = T0 + HOUR
ZERO_WHEN_EMPTY = {
    "opened",
    "resolved",
    "backlog",
    "backlog_growth",
    "tickets_per_day",
    "volume_by_severity",
    "throughput",
}


def settled(made: Bench, *sources: str, live: int = T0, **session: str) -> None:
    made.settings(**launch(scrape("edge"), jira(), feed(), live=live, **session))
    made.add(Facts(covered=[Covered(name, T0, END) for name in sources]))


@pytest.mark.thorough
def test_with_everything_connected_and_nothing_said_only_counts_are_zero(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        settled(made, "edge", "jira", "feed")
        reader = made.reader()
        found = {kpi.name: ask(reader, kpi, T0, END) for kpi in shipped().kpis.values()}
    # An hour without a call, where an hour usually has none, is up: nothing shows otherwise.
    assert {name for name, a in found.items() if a.value is not None} == ZERO_WHEN_EMPTY | {"availability"}
    assert all(found[name].value == 0 for name in ZERO_WHEN_EMPTY)
    assert all(a.why for a in found.values() if a.value is None)


def test_without_tickets_no_ticket_number_is_good(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        settled(made, "edge", "feed")
        for name, kpi in shipped().kpis.items():
            if kpi.feeds == "tickets":
                assert made.kpi(name, T0, END).state == "unknown", name


@pytest.mark.thorough
def test_one_ticket_is_one_ticket_in_every_number(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        settled(made, "jira", "feed")
        given = {"component": "cart", "channel": "portal"}
        made.add(
            Facts(
                ticket_event=[
                    *ticket("A-1", T0, "P1", **given),
                    moved("A-1", T0 + 5 * MINUTE, "in_progress"),
                    moved("A-1", T0 + 20 * MINUTE, "resolved"),
                ],
                release=[
                    Release("feed", "3.1-rc", "canary", 0.1, "", T0 + 25 * MINUTE),
                    Release("feed", "3.1", "version", None, "", T0 + 30 * MINUTE),
                ],
            )
        )
        worked_out = {
            "opened": 1.0, "resolved": 1.0, "backlog": 0.0, "backlog_growth": 0.0, "tickets_per_day": 24.0,
            "volume_by_severity": 1.0, "channel_use": 1.0, "bug_density": 1.0, "feedback_mix": 1.0, "reopen_rate": 0.0,
            "first_contact_resolution": 0.0, "mtta": 300.0, "mttr": 1200.0, "mttr_first": 1200.0, "mttr_final": 1200.0,
            "mttr_p1": 1200.0, "time_to_deploy": 1800.0,
        }  # fmt: skip
        for name, value in worked_out.items():
            assert made.kpi(name, T0, END).value == value, name
        assert made.kpi("mttr_p2", T0, END).state == "unknown"
        found = made.kpi("volume_by_severity", T0, END).parts
        assert isinstance(found, list) and [(p.part, p.n) for p in found][:2] == [("P1", 1), ("P2", 0)]
        assert made.kpi("opened", T0, END, area="cart", channel="portal", kind="bug").value == 1
        assert made.kpi("opened", T0, END, area="login").value == 0
        assert made.kpi("backlog", T0, T0 + 10 * MINUTE).value == 1, "it was still open then"


def test_one_call_is_a_rate_with_a_wide_interval(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        settled(made, "edge")
        made.add(Facts(traffic=[traffic(T0, 1)]))
        errors = made.kpi("error_rate_5xx", T0, END)
        assert (errors.value, errors.n, errors.state) == (0.0, 1, "known")
        assert errors.high == pytest.approx(2.9957, abs=1e-4), "no error in one call bounds nothing below certainty"
        routed = made.kpi("routing_success", T0, END)
        assert (routed.value, routed.low) == (1.0, pytest.approx(0.2065, abs=1e-4))


def test_a_route_nobody_knows_and_codes_nobody_tells(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        settled(made, "edge")
        made.add(
            Facts(traffic=[traffic(T0, 96), traffic(T0, 3, route="(no route)", status=404), traffic(T0, 1, status=503)])
        )
        assert made.kpi("routing_success", T0, END).value == 0.96
        made.add(Facts(traffic=[traffic(T0, 1, status=5)]))
        assert "only classes" in made.kpi("routing_success", T0, END).why


def test_capacity_needs_to_be_told_and_takes_the_busiest_minute(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        settled(made, "edge", "feed")
        made.add(Facts(traffic=[traffic(T0, 600), traffic(T0 + MINUTE, 1200)]))
        assert "feed the measure gateway_capacity" in made.kpi("gateway_capacity", T0, END).why
        made.add(Facts(measure=[Measure(T0, "feed", "gateway_capacity", "{}", 40.0)]))
        assert made.kpi("gateway_capacity", T0, END).value == 0.5


def test_percentiles_of_pages_are_never_averaged(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        settled(made, "feed")
        told = [(0, "{}", 900.0), (30, "{}", 1500.0), (30, '{"page":"cart"}', 2100.0), (50, '{"page":"cart"}', 1800.0)]
        made.add(Facts(measure=[Measure(T0 + m * MINUTE, "feed", "page_load_p75", label, v) for m, label, v in told]))
        found = made.kpi("page_load_p75", T0, END)
        assert (found.value, found.n) == (1800.0, 4)


def test_the_interval_of_a_promoter_score_is_that_of_its_marks(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        settled(made, "feed")
        marks = [10, 9, 9, 10, 8, 7, 3, 9, 6, 10]
        made.add(
            Facts(survey=[Survey("feed", str(n), "nps", s, "", "", "", T0 + n * SECOND) for n, s in enumerate(marks)])
        )
        found = made.kpi("nps", T0, END)
        assert found.value == pytest.approx(40.0) and found.method == "normal"
        assert found.high == pytest.approx(40 + 1.959964 * 84.3274 / 10**0.5, abs=1e-2)


def test_a_launch_that_is_still_to_come_has_no_numbers_yet(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        settled(made, "edge", "jira", "feed", live=END + 3 * DAY)
        made.add(Facts(traffic=[traffic(T0, 50)], ticket_event=ticket("A-1", T0)))
        for name in shipped().kpis:
            found = made.kpi(name)
            assert found.value in (None, 0.0) or name == "backlog", name
            assert found.from_ == found.to, name
        assert made.kpi("throughput", T0, END).n == 50, "what is asked for by its window is answered"


def test_the_day_the_clocks_change_is_counted_in_its_real_hours(tmp_path: Path) -> None:
    start, end = parse_instant("2026-10-24T22:00:00Z"), parse_instant("2026-10-25T23:00:00Z")
    with bench(tmp_path, end) as made:
        made.settings(**launch(jira(), live=start, time_zone="Europe/Berlin"))
        made.add(Facts(covered=[covered("jira", start, end)]))
        facts = Facts()
        for n in range(25):
            facts.ticket_event += ticket(f"A-{n}", start + n * HOUR)
        made.add(facts)
        found = made.kpi("tickets_per_day", start, end)
        assert (found.n, found.value) == (25, pytest.approx(24.0)), "25 tickets in 25 hours are 24 a day"


def test_a_source_that_changes_its_history_changes_the_number_now_and_not_then(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        settled(made, "edge")
        made.answer("edge", Facts(traffic=[traffic(T0, 100), traffic(T0, 10, status=500)]))
        before = made.kpi("error_rate_5xx", T0, END)
        made.clock.forward(600)
        again = Facts(covered=[covered("edge", T0, END)], traffic=[traffic(T0, 100), traffic(T0, 4, status=500)])
        made.answer("edge", again, reread=[Reread("edge", T0, END)])
        now = made.kpi("error_rate_5xx", T0, END)
        then = made.kpi("error_rate_5xx", T0, END, Moment(END + SECOND, Known.THEN))
        assert (before.value, now.value) == (pytest.approx(10 / 110), pytest.approx(4 / 104))
        assert then.value == before.value
        assert made.kpi("error_rate_5xx", T0, END, Moment(END + SECOND, Known.NOW)).value == now.value


@pytest.mark.parametrize("window", ["hour", "day", "week", "launch"])
def test_the_screen_of_an_empty_session_is_full_of_reasons(tmp_path: Path, window: str) -> None:
    with bench(tmp_path, END) as made:
        reader, shelf = made.reader(), TicketShelf()
        found = numbers(made.reader, shipped(), shelf.fill(reader), window)
        assert len(found.standings) == len(shipped().kpis)
        assert all(s.answer.value is None and s.answer.why and s.behind is None for s in found.standings)
        one = detail(reader, shipped(), shelf.fill(reader), "csat", window)
        assert all(point.value is None for point in one.points) and one.broken is not None and one.broken.why


@pytest.mark.parametrize(("name", "value"), [("latency_p50", 75.0), ("latency_p95", 500.0), ("latency_p99", 1000.0)])
def test_percentiles_meet_the_reference_vector_of_histogram_quantile(tmp_path: Path, name: str, value: float) -> None:
    bounds, counts = (0.0, 10.0, 50.0, 100.0, 500.0, 1000.0, float("inf")), (20, 60, 40, 70, 8, 2)
    with bench(tmp_path, END) as made:
        settled(made, "edge")
        rows = zip(bounds[:-1], bounds[1:], counts, strict=True)
        made.add(Facts(latency=[Latency(T0, "edge", "GET /a", "total", low, high, n) for low, high, n in rows]))
        found = made.kpi(name, T0, END)
        assert (found.value, found.n) == (value, 200)
