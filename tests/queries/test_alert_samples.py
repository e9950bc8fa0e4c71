"""Samples of rules are the numbers of the KPIs, minute by minute; what is not covered is unknown."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from console.model.alert_rules import read
from console.model.alert_watch import Samples, Watch
from console.model.facts import Facts, Gauge, Latency, LatencySum, Measure
from console.model.moment import DAY, HOUR, MINUTE, SECOND
from console.queries.alert_minutes import Family
from console.queries.alert_samples import Sampler
from console.store import rollup
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
    probe,
    scrape,
    ticket,
    traffic,
)

ROUTES = ("GET /a", "POST /b", "GET /health")
END = T0 + 3 * HOUR


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    """Three hours of three routes, one of them internal, with a gap of ten minutes."""
    with bench(tmp_path, T0) as found:
        found.settings(**launch(scrape("edge"), jira(), feed(), probe()), routes={"internal": ["/health"]})
        found.clock.forward(3 * 3600)
        draw = random.Random(3)
        facts = Facts(covered=[covered("edge", T0, T0 + HOUR), covered("edge", T0 + HOUR + 10 * MINUTE, END)])
        for minute in range(T0, END, MINUTE):
            if T0 + HOUR <= minute < T0 + HOUR + 10 * MINUTE:
                continue
            for route in ROUTES:
                for status, most in ((200, 90), (404, 6), (429, 3), (503, 5)):
                    facts.traffic.append(traffic(minute, draw.randint(0, most), route=route, status=status))
                for low, high in ((0.0, 100.0), (100.0, 300.0), (300.0, 900.0)):
                    facts.latency.append(Latency(minute, "edge", route, "total", low, high, draw.randint(0, 30)))
                facts.latency_sum.append(LatencySum(minute, "edge", route, "total", 30, draw.randint(0, 10**7)))
        found.add(facts)
        yield found


def family(made: Bench, rule: dict[str, Any], start: int = T0, end: int = END) -> Family:
    return Sampler(made.reader(), made.shelf, {}, start, end).family(read({"name": "r", **rule}))


def values(made: Bench, rule: dict[str, Any], route: str = "") -> np.ndarray:
    """What the rule compares, minute by minute."""
    asked = read({"name": "r", **rule})
    found = family(made, rule)
    samples = found.of((("route", route),) if route else ())
    return Watch(asked, {"route": route} if route else {}).extend(samples)[1].value


@pytest.mark.parametrize("rolled", [False, True])
@pytest.mark.parametrize("kpi", ["error_rate_5xx", "error_rate_4xx", "throttled", "rejected", "availability_by_calls"])
@pytest.mark.parametrize("route", ["", "POST /b"])
def test_a_share_over_its_window_is_the_kpi_over_that_window(made: Bench, kpi: str, route: str, rolled: bool) -> None:
    if rolled:
        rollup.roll_up(made.session, made.write, ["/health"])
    rule = {"kpi": kpi, "above": 0.5, "window": "7 min", **({"by": "route"} if route else {})}
    found = values(made, rule, route)
    for place in (10, 59, 75, 150, 179):
        end = T0 + (place + 1) * MINUTE
        part = {"route": route} if route else {}
        assert found[place] == made.kpi(kpi, end - 7 * MINUTE, end, **part).value


@pytest.mark.parametrize("route", ["", "GET /a"])
def test_the_level_of_a_minute_is_the_kpi_of_that_minute(made: Bench, route: str) -> None:
    part = {"route": route} if route else {}
    for kpi, how in (("throughput", {"above": 1}), ("latency_mean", {"above": 1}), ("latency_p95", {"anomaly": "up"})):
        rule = {"kpi": kpi, **how, **({"by": "route"} if route else {})}
        found = family(made, rule).of((("route", route),) if route else ())
        for place in (3, 59, 70, 178):
            start = T0 + place * MINUTE
            assert found.value[place] == pytest.approx(made.kpi(kpi, start, start + MINUTE, **part).value, rel=1e-12)


def test_a_percentile_is_over_its_limit_where_more_calls_than_it_allows_are_slower(made: Bench) -> None:
    rule = {"kpi": "latency_p95", "above": 700.0, "window": "10 min"}
    found = values(made, rule)
    for place in (20, 100, 160):
        end = T0 + (place + 1) * MINUTE
        p95 = made.kpi("latency_p95", end - 10 * MINUTE, end).value
        assert p95 is not None
        assert (found[place] > 0.05) == (p95 > 700.0)


def test_internal_routes_are_nobodys_alert(made: Bench) -> None:
    for rule in (
        {"kpi": "error_rate_5xx", "above": 0.1},
        {"kpi": "latency_p95", "above": 500},
        {"kpi": "throughput", "above": 1},
    ):
        assert {dict(labels)["route"] for labels in family(made, {**rule, "by": "route"}).labels()} == {
            "GET /a",
            "POST /b",
        }


def test_routes_are_chosen_by_pattern_with_or_without_their_method(made: Bench) -> None:
    for pattern in ("POST *", "/b"):
        rule = {"kpi": "error_rate_5xx", "above": 0.1, "by": "route", "routes": [pattern]}
        assert [dict(labels)["route"] for labels in family(made, rule).labels()] == ["POST /b"]


def test_an_uncovered_minute_is_unknown_for_every_route(made: Bench) -> None:
    known = family(made, {"kpi": "error_rate_5xx", "above": 0.1, "by": "route"}).known
    assert known.sum() == 170
    assert not known[60:70].any()


def test_pieces_of_the_history_are_the_history(made: Bench) -> None:
    for rule in (
        {"kpi": "error_rate_5xx", "above": 0.1, "by": "route"},
        {"kpi": "latency_p95", "above": 500, "by": "route"},
        {"kpi": "throughput", "above": 1},
    ):
        whole = family(made, rule)
        part = family(made, rule, T0 + 30 * MINUTE, T0 + 100 * MINUTE)
        for labels in whole.labels():
            _same(whole.of(labels).part(30, 100), part.of(labels))


def _same(one: Samples, other: Samples) -> None:
    assert one.first == other.first
    for name in ("known", "value", "bad", "n"):
        left, right = getattr(one, name), getattr(other, name)
        assert (left is None) == (right is None)
        if left is not None:
            np.testing.assert_array_equal(left, right)


# Levels, measures, silence


def test_a_probe_that_fails_once_in_a_minute_is_down_in_it(made: Bench) -> None:
    made.add(Facts(gauge=[Gauge(T0 + n * 30 * SECOND, "probe", "probe_up", "{}", float(n != 3)) for n in range(8)]))
    found = family(made, {"gauge": "probe_up", "below": 1, "by": "source"}, T0, T0 + 4 * MINUTE)
    assert found.of((("source", "probe"),)).value.tolist() == [1.0, 0.0, 1.0, 1.0]


def test_without_a_reading_nothing_is_made_up(made: Bench) -> None:
    found = family(made, {"kpi": "cpu", "above": 0.8})
    assert found.labels() == []
    assert "No source tells cpu" in found.why


def test_a_measure_stands_for_three_hours_and_no_longer(made: Bench) -> None:
    made.add(Facts(measure=[Measure(T0, "feed", "failed_logins", "{}", 12.0)]))
    found = family(made, {"measure": "failed_logins", "anomaly": "up"}, T0, T0 + 4 * HOUR).of(())
    assert found.value[180] == 12.0
    assert np.isnan(found.value[181])
    assert found.fresh is not None
    assert found.fresh.sum() == 1


def test_silence_counts_from_what_was_known_then(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(scrape("edge", period_s=15)))
        made.clock.forward(5)
        for minute in range(5):
            made.clock.forward(60)
            made.answer("edge", Facts(covered=[covered("edge", T0 + minute * MINUTE, T0 + (minute + 1) * MINUTE)]))
        made.clock.forward(600)
        # The whole gap is filled afterwards; nobody heard anything meanwhile all the same.
        made.answer("edge", Facts(covered=[covered("edge", T0 + 5 * MINUTE, T0 + 15 * MINUTE)]))
        found = family(made, {"absent": 5}, T0, T0 + 16 * MINUTE).of((("source", "edge"),))
        # The answer about a minute comes five seconds after its end: four of its periods of 15 s are always open.
        assert found.value[4] == 4.0
        assert found.value[13] == 9 * 60 / 15
        assert found.value[15] == 4.0


def test_a_source_that_never_answered_is_silent_since_it_is_asked(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(scrape("edge", period_s=60)))
        made.clock.forward(600)
        found = family(made, {"absent": 5}, T0, T0 + 10 * MINUTE).of((("source", "edge"),))
        assert found.value[-1] == 10


def test_a_paused_source_is_not_missed(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(scrape("edge", paused=True)))
        made.clock.forward(600)
        assert family(made, {"absent": 5}, T0, T0 + 10 * MINUTE).labels() == []


# Tickets


def heard(made: Bench) -> None:
    made.add(Facts(covered=[covered("jira", T0 - 10 * DAY, END)]))


def test_a_critical_bug_waits_until_somebody_takes_it_up(made: Bench) -> None:
    heard(made)
    made.add(
        Facts(
            ticket_event=[
                *ticket("A-1", T0 + 5 * MINUTE, "P1"),
                *ticket("A-2", T0, "P2"),
                *ticket("Q-1", T0, "P1", kind="question"),
            ]
        )
    )
    made.add(Facts(ticket_event=[moved("A-1", T0 + 20 * MINUTE, "ann", field="assignee")]))
    found = family(made, {"tickets": "arrives", "only": "P1"})
    assert found.labels() == [(("ticket", "jira:A-1"),)]
    samples = found.of(found.labels()[0])
    assert samples.first == T0 + 5 * MINUTE
    assert samples.value[:15].all()
    assert not samples.value[15:].any()


@pytest.mark.thorough
def test_the_mean_time_to_answer_is_the_kpi_of_the_window(made: Bench) -> None:
    heard(made)
    events = []
    for number, wait in enumerate((3, 9, 30)):
        events += ticket(f"A-{number}", T0 + number * 10 * MINUTE)
        events.append(moved(f"A-{number}", T0 + (number * 10 + wait) * MINUTE, "ann", field="assignee"))
    made.add(Facts(ticket_event=events))
    found = family(made, {"kpi": "mtta", "above": 900, "window": "1 h"}).of(())
    for place in (5, 25, 55, 70):
        end = T0 + (place + 1) * MINUTE
        assert found.value[place] == made.kpi("mtta", end - HOUR, end).value


def test_a_broken_clock_is_told_until_it_ends(made: Bench) -> None:
    heard(made)
    taken_up = moved("A-1", T0 + 40 * MINUTE, "ann", field="assignee")
    made.add(Facts(ticket_event=[*ticket("A-1", T0 + 5 * MINUTE, "P1"), *ticket("A-2", T0, "P2"), taken_up]))
    found = family(made, {"tickets": "breaches"})
    assert found.labels() == [
        (("clock", "response"), ("ticket", "jira:A-1")), (("clock", "response"), ("ticket", "jira:A-2")),
    ]  # fmt: skip
    samples = found.of(found.labels()[0])
    assert samples.first == T0 + 20 * MINUTE
    assert samples.value[:21].all() and not samples.value[21:].any()
    assert family(made, {"tickets": "breaches", "only": "P1"}).labels() == found.labels()[:1]


@pytest.mark.parametrize("name", ["sla_response_adherence", "sla_resolution_adherence"])
def test_adherence_is_the_kpi_of_the_window(made: Bench, name: str) -> None:
    heard(made)
    events = []
    for number, wait in enumerate((3, 9, 30, 31)):
        events += ticket(f"A-{number}", T0 + number * 10 * MINUTE, "P1")
        events.append(moved(f"A-{number}", T0 + (number * 10 + wait) * MINUTE, "resolved"))
    made.add(Facts(ticket_event=events))
    found = family(made, {"kpi": name, "below": 0.9, "window": "1 h"}).of(())
    for place in (5, 25, 45, 70, 90):
        end = T0 + (place + 1) * MINUTE
        asked = made.kpi(name, end - HOUR, end)
        assert found.value[place] == asked.value and found.n is not None and found.n[place] == asked.n


def test_a_backlog_that_grew_three_days_running_is_told_by_its_growth(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(jira()))
        midnight = T0 - T0 % DAY
        events = []
        for day, opened in enumerate((1, 2, 3, 0)):
            for number in range(opened):
                events += ticket(f"D{day}-{number}", midnight - (4 - day) * DAY + HOUR)
        made.add(Facts(ticket_event=events, covered=[covered("jira", midnight - 10 * DAY, midnight + DAY)]))
        made.clock.forward(2 * 86_400)
        found = family(made, {"tickets": "backlog_grows"}, midnight - 2 * DAY, midnight + DAY).of(())
        days = found.value.reshape(3, 1440)
        # Days that began after growth on the three before them; then one on which nothing was added.
        assert days[0].tolist() == [0.0] * 1440
        assert days[1].tolist() == [6.0] * 1440
        assert days[2].tolist() == [0.0] * 1440


def test_without_a_ticket_source_a_rule_over_tickets_says_so(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(scrape("edge")))
        made.add(Facts(covered=[covered("edge", T0 - HOUR, T0)], traffic=every_minute(T0 - HOUR, T0, 10)))
        assert "No source tells tickets" in family(made, {"kpi": "backlog", "above": 5}, T0 - HOUR, T0).why
