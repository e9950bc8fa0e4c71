"""Planned maintenance: out of what is promised to users, in sight, in the shown statement, and never planned backwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from console.model.facts import Facts, Gauge, Latency
from console.model.moment import DAY, HOUR, LIVE, MINUTE, SECOND, Known, Moment, Span, iso
from console.queries import command, series
from console.queries.shelf import TicketShelf
from console.store import rollup
from tests.builders import Bench, every_minute, launch, plain_value, probe, scrape, traffic
from tests.queries.judging import GO, NOW, add, heard, judged, session

DOWN = NOW - 3 * DAY
"""Half an hour in which everything fails."""


def planned(made: Bench, start: int, end: int, name: str = "upgrade", *, before_s: int = 3_600) -> None:
    """Announced an hour before it begins; the clock then goes on to where the stories stand."""
    made.clock.forward((start - before_s * SECOND - made.clock.now()) / SECOND)
    made.decide("maintenance", name, f"{iso(start)}/{iso(end)}", "ops", "new disks")
    made.clock.forward((NOW - made.clock.now()) / SECOND)


def outage(made: Bench, length: int = 30) -> None:
    facts = heard("edge")
    for minute in range(GO, NOW, MINUTE):
        inside = DOWN <= minute < DOWN + length * MINUTE
        facts.traffic.append(traffic(minute, 100, status=503 if inside else 200))
    made.add(facts)


def test_an_outage_that_was_planned_is_no_outage_and_the_week_reaches_further_back(tmp_path: Path) -> None:
    with session(tmp_path, days=0) as made:
        planned(made, DOWN, DOWN + 30 * MINUTE)
        outage(made)
        found = judged(made)
        assert (found["uptime"].state, found["uptime"].budget_left_s) == ("met", pytest.approx(604.8))
        assert found["error_rate_5xx"].state == "met"
        assert found["uptime"].left_out_s == found["error_rate_5xx"].left_out_s == 1_800
        assert found["uptime"].start == NOW - 7 * DAY - 30 * MINUTE
        assert found["uptime"].n == 7 * 1440


def test_the_same_outage_unplanned_uses_up_the_budget(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        outage(made)
        found = judged(made)
        assert (found["uptime"].state, found["error_rate_5xx"].state) == ("not_met", "not_met")
        assert "30 bad minutes" in found["uptime"].why and "within it again from" in found["uptime"].why


def test_nobody_plans_the_past(tmp_path: Path) -> None:
    with session(tmp_path, days=0) as made:
        planned(made, DOWN, DOWN + 30 * MINUTE, before_s=-20 * 60)
        outage(made)
        assert judged(made)["uptime"].n == 7 * 1440
        # Announced twenty minutes late: those twenty count as what they were.
        assert judged(made)["uptime"].budget_left_s == pytest.approx(604.8 - 20 * 60)


def test_what_was_ended_early_counts_again_from_then(tmp_path: Path) -> None:
    with session(tmp_path, days=0) as made:
        planned(made, DOWN, DOWN + 30 * MINUTE)
        made.clock.forward(-(NOW - DOWN - 25 * MINUTE) / SECOND)
        made.decide("end_maintenance", "upgrade")
        made.clock.forward((NOW - made.clock.now()) / SECOND)
        outage(made)
        assert judged(made)["uptime"].budget_left_s == pytest.approx(604.8 - 5 * 60)


def test_what_was_called_off_before_it_began_leaves_nothing_out(tmp_path: Path) -> None:
    with session(tmp_path, days=0) as made:
        planned(made, DOWN, DOWN + 30 * MINUTE)
        made.clock.forward(-(NOW - DOWN + MINUTE) / SECOND)
        made.decide("end_maintenance", "upgrade")
        made.clock.forward((NOW - made.clock.now()) / SECOND)
        outage(made)
        assert judged(made)["uptime"].left_out_s == 0 and judged(made)["uptime"].state == "not_met"


def test_at_a_past_moment_it_is_left_out_as_far_as_it_was_known_then(tmp_path: Path) -> None:
    with session(tmp_path, days=0) as made:
        planned(made, DOWN, DOWN + 30 * MINUTE)
        outage(made)
        before = Moment(DOWN - 2 * HOUR, Known.NOW)
        during = Moment(DOWN + 10 * MINUTE, Known.NOW)
        assert judged(made, before)["uptime"].left_out_s == 0
        assert judged(made, during)["uptime"].left_out_s == 600
        assert judged(made, Moment(DOWN + DAY, Known.THEN))["uptime"].left_out_s == 1_800


@pytest.mark.parametrize("name", ["availability", "error_rate_5xx", "availability_by_calls", "latency_p95"])
@pytest.mark.parametrize("rolled", [False, True])
def test_the_shown_statement_gives_the_shown_value(tmp_path: Path, name: str, rolled: bool) -> None:
    with session(tmp_path, days=0) as made:
        planned(made, DOWN + 7 * MINUTE, DOWN + 97 * MINUTE)
        outage(made, 120)
        slow = [Latency(DOWN + i * MINUTE, "edge", "GET /a", "total", 100.0 + i, 110.0 + i, 10) for i in range(120)]
        made.add(Facts(latency=slow))
        if rolled:
            rollup.roll_up(made.session, made.write, [])
        answer = made.kpi(name, DOWN - HOUR, DOWN + 3 * HOUR)
        path, sql, value = made.path, answer.sql, answer.value
        assert "1 h 30 min of planned maintenance do not count" in answer.why and answer.coverage == 1.0
    row = plain_value(path, sql)
    assert row is not None and row[0] == value


def test_with_and_without_a_roll_up_the_numbers_are_the_same(tmp_path: Path) -> None:
    with session(tmp_path, days=0) as made:
        planned(made, DOWN + 7 * MINUTE, DOWN + 97 * MINUTE)
        outage(made, 120)
        spans = [
            (DOWN - HOUR, DOWN + 3 * HOUR),
            (DOWN, DOWN + HOUR),
            (GO, NOW),
            (DOWN + 20 * MINUTE, DOWN + 95 * MINUTE),
        ]
        before = [(a.value, a.n) for a in (made.kpi("error_rate_5xx", *s) for s in spans)]
        rollup.roll_up(made.session, made.write, [])
        assert [(a.value, a.n) for a in (made.kpi("error_rate_5xx", *s) for s in spans)] == before
        # By hand: of 240 minutes 90 are left out, and of the 120 bad ones 30 stay.
        assert before[0] == (30 / 150, 15_000)


def test_a_window_that_is_all_maintenance_is_unknown_and_says_so(tmp_path: Path) -> None:
    with session(tmp_path, days=0) as made:
        planned(made, DOWN, DOWN + 2 * HOUR)
        outage(made)
        answer = made.kpi("error_rate_5xx", DOWN, DOWN + HOUR)
        assert (answer.state, answer.value) == ("unknown", None) and "planned maintenance" in answer.why
        assert made.kpi("throughput", DOWN, DOWN + HOUR).value == pytest.approx(100 / 60)


def test_minutes_a_probe_judged_are_left_out_too(tmp_path: Path) -> None:
    with session(tmp_path, days=0) as made:
        made.settings(**launch(scrape("edge"), probe(), live=GO))
        planned(made, DOWN, DOWN + 30 * MINUTE)
        beats = [
            Gauge(m + SECOND, "probe", "probe_up", "{}", float(not DOWN <= m < DOWN + 31 * MINUTE))
            for m in range(GO, NOW, MINUTE)
        ]
        made.add(Facts(covered=heard("probe").covered, gauge=beats))
        assert judged(made)["uptime"].budget_left_s == pytest.approx(604.8 - 60)


def test_a_clock_stands_still_while_maintenance_lasts(tmp_path: Path) -> None:
    with session(tmp_path, days=0) as made:
        planned(made, NOW - DAY, NOW - DAY + 3 * HOUR)
        made.add(heard("edge"))
        made.add(Facts(traffic=every_minute(NOW - 2 * DAY, NOW, 200)))
        made.add(Facts(traffic=every_minute(NOW - DAY, NOW - DAY + 3 * HOUR, 200, status=500)))
        add(made, "calm", kpi="error_rate_5xx", below=0.01, window="1 h", sustained="2 d")
        found = judged(made)["calm"]
        # Two days since traffic began, three hours of them planned: 1 d 21 h have held.
        assert (found.state, found.clock_s) == ("unknown", (48 - 3) * 3_600)


def test_charts_leave_a_gap_under_the_band_and_still_show_the_traffic(tmp_path: Path) -> None:
    with session(tmp_path, days=0) as made:
        planned(made, DOWN, DOWN + 30 * MINUTE)
        outage(made)
        reader = made.reader()
        calls = series.calls(reader, series.Grid(Span(DOWN - HOUR, DOWN + HOUR), 10 * MINUTE))
        assert np.isnan(calls.error_share[6:9]).all() and (calls.error_share[[5, 9]] == 0).all()
        assert (calls.calls == 1_000).all()
        marks = command.ask(made.reader(LIVE), TicketShelf(), 6 * 3_600, 600).marks
        assert [(m.kind, m.start, m.end) for m in marks] == [("maintenance", DOWN, DOWN + 30 * MINUTE)]
