"""Alerts as the minutes pass: the fixtures that must hold, and live against back-test, firing by firing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from console.model.alert import State
from console.model.facts import Facts, Gauge, Latency, TicketEvent
from console.model.moment import DAY, HOUR, MINUTE, SECOND, iso
from console.queries import alert_book
from console.queries.alert_records import changes, firings_of, standing_now
from console.queries.backtest import backtest
from console.queries.shelf import TicketShelf
from tests.builders import T0, Bench, bench, covered, jira, launch, moved, scrape, ticket, traffic
from tests.work.watching import Watching

CRITICAL = "POST /pay"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, T0) as found:
        found.settings(**launch(scrape("edge")), routes={"critical": [CRITICAL]})
        yield found


def calls(minute: int, good: int, bad: int, route: str = "GET /a") -> Facts:
    rows = [traffic(minute, n, route=route, status=s) for n, s in ((good, 200), (bad, 503)) if n]
    return Facts(traffic=rows)


def states_of(made: Bench) -> set[State]:
    return {change.state for change in standing_now(changes(made.reader())).values()}


def told(watching: Watching) -> list[str]:
    return [notice.group for notice in watching.notices if not notice.kept]


def test_a_route_that_fails_is_told_once(made: Bench) -> None:
    watching = Watching(made)
    watching.pass_minutes(10, lambda m: calls(m, 95, 5, CRITICAL))
    watching.evaluate()
    assert told(watching) == ["error_rate_5xx"]
    assert states_of(made) == {State.FIRING}


@pytest.mark.thorough
def test_a_gap_of_90_seconds_every_ten_minutes_gives_one_notice(made: Bench) -> None:
    watching = Watching(made)

    def failing(minute: int) -> Facts | None:
        # Two of ten minutes are touched by the gap.
        return None if minute // MINUTE % 10 in (8, 9) else calls(minute, 70, 30, CRITICAL)

    for _ in range(70):
        watching.pass_minutes(1, failing)
        watching.evaluate()
    mine = [n for n in watching.notices if not n.kept and n.group == "error_rate_5xx"]
    assert len(mine) == 1


@pytest.mark.thorough
def test_a_source_with_such_gaps_is_told_silent_once(made: Bench) -> None:
    watching = Watching(made)
    for _ in range(70):
        watching.pass_minutes(1, lambda m: None if m // MINUTE % 10 in (8, 9) else calls(m, 100, 0))
        watching.evaluate()
    assert told(watching) == ["silence"]


@pytest.mark.thorough
def test_one_error_in_one_request_stays_silent(made: Bench) -> None:
    watching = Watching(made)
    watching.pass_minutes(60, lambda m: calls(m, 0, 1, CRITICAL) if m == T0 + 20 * MINUTE else Facts())
    watching.evaluate()
    assert told(watching) == []
    assert states_of(made) == set()


@pytest.mark.thorough
def test_90_percent_failing_at_one_call_in_two_seconds_is_noticed_within_15_minutes(made: Bench) -> None:
    watching = Watching(made)
    watching.pass_minutes(30, lambda m: calls(m, 30, 0))
    for _ in range(15):
        watching.pass_minutes(1, lambda m: calls(m, 3, 27))
        watching.evaluate()
    assert told(watching) == ["error_rate_5xx"]


def test_a_source_that_dies_turns_nothing_green(made: Bench) -> None:
    watching = Watching(made)
    watching.pass_minutes(15, lambda m: calls(m, 50, 50, CRITICAL))
    watching.evaluate()
    before = {c.key for c in standing_now(changes(made.reader())).values()}
    watching.pass_minutes(600, lambda m: None)
    watching.evaluate()
    after = standing_now(changes(made.reader()))
    assert before <= after.keys()
    assert {after[key].state for key in before} == {State.HELD}
    assert not [c for c in changes(made.reader()) if c.state is State.OK]


@pytest.mark.thorough
def test_a_session_that_was_closed_catches_up_and_tells_once_what_fires_now(made: Bench) -> None:
    watching = Watching(made)
    watching.pass_minutes(5, lambda m: calls(m, 100, 0, CRITICAL))
    watching.evaluate()
    watching.anew()
    watching.pass_minutes(180, lambda m: calls(m, 60, 40, CRITICAL))
    watching.evaluate()
    assert told(watching) == ["error_rate_5xx"]
    began = [c.began for c in standing_now(changes(made.reader())).values() if c.rule == "critical-5xx"]
    assert began == [T0 + 5 * MINUTE]


@pytest.mark.thorough
def test_a_restart_tells_nothing_twice(made: Bench) -> None:
    watching = Watching(made)
    for _ in range(20):
        watching.pass_minutes(1, lambda m: calls(m, 50, 50, CRITICAL))
        watching.evaluate()
        watching.anew()
    assert told(watching) == ["error_rate_5xx"]


@pytest.mark.parametrize("seed", range(2))
def test_looks_that_fail_change_nothing_of_what_is_told_in_the_end(tmp_path: Path, seed: int) -> None:
    told, minutes = [], 45
    for name, faults in (("calm", 0.0), ("faulty", 0.4)):
        draw, weather = random.Random(seed), random.Random(seed)
        with bench(tmp_path / name, T0) as made:
            made.settings(**launch(scrape("edge")), routes={"critical": [CRITICAL]})
            watching = Watching(made)
            bad = [weather.choice((0, 0, 3, 40)) for _ in range(minutes // 5)]
            for minute in range(minutes):
                watching.pass_minutes(1, partial(calls, good=60, bad=bad[minute // 5], route=CRITICAL))
                watching.disk_full = minute < minutes - 1 and draw.random() < faults
                try:
                    watching.evaluate()
                except OSError:
                    continue
            changed = [
                (c.rule, c.labels, c.before, c.state, c.minute, c.began, c.value) for c in changes(made.reader())
            ]
            told.append((changed, watching.notices))
    assert told[0][0]
    assert told[0] == told[1]


def test_a_silence_keeps_the_notice_and_says_so(made: Bench) -> None:
    made.decide("silence", "error_rate_5xx", iso(T0 + HOUR), comment="known, fix on its way")
    watching = Watching(made)
    watching.pass_minutes(10, lambda m: calls(m, 50, 50, CRITICAL))
    watching.evaluate()
    assert told(watching) == []
    assert {n.kept for n in watching.notices} == {"silenced by lead"}
    assert states_of(made) == {State.FIRING}


def test_a_maintenance_window_keeps_the_notice(made: Bench) -> None:
    made.decide("maintenance", "checkout", f"{iso(T0)}/{iso(T0 + HOUR)}")
    watching = Watching(made)
    watching.pass_minutes(10, lambda m: calls(m, 50, 50, CRITICAL))
    watching.evaluate()
    assert {n.kept for n in watching.notices} == {"planned maintenance: checkout"}


def test_a_retired_rule_is_not_judged(made: Bench) -> None:
    for rule in ("critical-5xx", "route-5xx", "burn-5xx", "route-leak"):
        made.decide("retire_rule", rule, who=rule)
    watching = Watching(made)
    watching.pass_minutes(10, lambda m: calls(m, 50, 50, CRITICAL))
    watching.evaluate()
    assert told(watching) == []


def test_a_rule_that_did_not_change_keeps_what_it_learnt(made: Bench) -> None:
    made.settings(**launch(scrape("edge")), routes={"critical": [CRITICAL]}, alert=OWN)
    watching = Watching(made)
    kept = []
    for _ in range(2):
        watching.pass_minutes(3, lambda m: calls(m, 50, 0, CRITICAL))
        watching.evaluate()
        kept.append(list(watching.alerting._engine.rooms))
    assert all(before is after for before, after in zip(*kept, strict=True))
    made.settings(**launch(scrape("edge")), routes={"critical": [CRITICAL]}, alert=OWN[:1])
    watching.pass_minutes(3, lambda m: calls(m, 50, 0, CRITICAL))
    watching.evaluate()
    assert len(watching.alerting._engine.rooms) == len(kept[0]) - len(OWN) + 1


def test_without_a_source_nothing_is_judged_and_nothing_is_written(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as found:
        watching = Watching(found)
        found.clock.forward(600)
        assert watching.evaluate() == []
        assert found.rows("SELECT count(*) FROM alert_judged") == [(0,)]


def test_a_late_answer_is_not_judged_again(made: Bench) -> None:
    watching = Watching(made)
    watching.pass_minutes(5, lambda m: calls(m, 100, 0, CRITICAL))
    watching.pass_minutes(10, lambda m: None)
    watching.evaluate()
    for minute in range(T0 + 5 * MINUTE, watching.alerting.judged.end, MINUTE):  # type: ignore[union-attr]  # judged above
        late = calls(minute, 50, 50, CRITICAL)
        late.covered.append(covered("edge", minute, minute + MINUTE))
        made.answer("edge", late)
    watching.pass_minutes(10, lambda m: calls(m, 100, 0, CRITICAL))
    watching.evaluate()
    assert [c.minute for c in changes(made.reader()) if c.fires and c.rule == "critical-5xx"] == []


OWN = [
    {"name": "busy", "kpi": "throughput", "above": 4.0, "for": "3 min", "keep_firing_for": "4 min"},
    {"name": "odd", "kpi": "throughput", "anomaly": "up", "keep_firing_for": "2 min"},
    {"name": "slow", "kpi": "latency_p95", "by": "route", "above": 250, "for": "2 min", "keep_firing_for": "3 min"},
    {"name": "hot", "kpi": "cpu", "above": 0.8, "for": "2 min", "keep_firing_for": "2 min"},
    {"name": "leak", "kpi": "error_rate_5xx", "by": "route", "burn": 0.01},
    {"name": "wait", "kpi": "mtta", "above": 600, "window": "1 h", "least": 1},
]


def _random_minute(draw: random.Random, number: int, minute: int) -> Facts | None:
    """Weather: calm, then spells of failures, slowness, heat and silence."""
    if draw.random() < 0.06 or 100 <= number % 140 < 104:
        return None
    bad = draw.random() * (0.4 if number // 25 % 3 == 1 else 0.004)
    facts = Facts()
    for route, rate in (("GET /a", 120), (CRITICAL, 40), ("GET /rare", 1)):
        n = draw.randint(0, rate * (3 if number // 40 % 4 == 2 else 1))
        k = round(n * bad)
        facts.traffic += calls(minute, n - k, k, route).traffic
        slow = round(n * (0.3 if number // 30 % 3 == 1 else 0.01))
        facts.latency += [
            Latency(minute, "edge", route, "total", 100.0, 200.0, n - slow),
            Latency(minute, "edge", route, "total", 200.0, 400.0, slow),
        ]
    facts.gauge.append(Gauge(minute + SECOND, "edge", "cpu", "{}", 0.95 if number // 20 % 3 == 2 else 0.4))
    return facts


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [1, 2])
def test_live_and_back_test_agree_firing_by_firing(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    with bench(tmp_path, T0 - DAY) as made:
        made.settings(**launch(scrape("edge"), jira(), live=T0), routes={"critical": [CRITICAL]}, alert=OWN)
        made.clock.forward(86_400)
        watching = Watching(made, {"edge": 15.0, "jira": 60.0})
        number = 0
        events: list[TicketEvent] = []
        while number < 300:
            for _ in range(draw.randint(1, 7)):
                watching.pass_minutes(1, partial(_random_minute, draw, number))
                now = made.clock.now() - 5 * SECOND
                if draw.random() < 0.05:
                    events = ticket(f"T-{number}", now - 20 * SECOND, draw.choice(["P1", "P2"]))
                    made.add(Facts(ticket_event=events))
                elif events and draw.random() < 0.2:
                    made.add(Facts(ticket_event=[moved(events[0].ticket[3:], now - 10 * SECOND, "acknowledged")]))
                    events = []
                made.add(Facts(covered=[covered("jira", now - MINUTE, now)]))
                number += 1
            watching.evaluate()
        shelf, periods = TicketShelf(), watching.periods()
        span = watching.alerting.judged
        assert span is not None
        live = firings_of(changes(made.reader()))
        again = []
        for rule in alert_book.all_rules(made.reader()):
            again += backtest(made.reader(), shelf, periods, rule, span).firings
        seen = sorted((f.key, f.began, f.fired, f.ended, f.value, f.reason) for f in live)
        assert seen == sorted((f.key, f.began, f.fired, f.ended, f.value, f.reason) for f in again)
        fired = {f.rule for f in live}
        assert {"critical-5xx", "route-5xx", "busy", "slow", "hot", "critical-bug", "silence"} <= fired
