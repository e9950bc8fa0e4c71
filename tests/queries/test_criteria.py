"""The ten exit criteria: unknown never passes, not met wins, and the numbers people sign are those of the tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.model.facts import Facts, Gauge, LatencySum
from console.model.moment import DAY, HOUR, MINUTE, SECOND, Known, Moment, iso
from console.queries import criteria
from console.queries.criteria import Criterion
from tests.builders import T0, Bench, bench, covered, feed, jira, launch, moved, probe, scrape, survey, ticket, traffic

LIVE_AT = T0
NOW = T0 + 8 * DAY


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    """Eight days after go-live, everything connected, nothing heard."""
    with bench(tmp_path, LIVE_AT) as found:
        found.settings(**launch(scrape("edge"), jira(), feed(), live=LIVE_AT))
        found.clock.forward(8 * 86_400)
        yield found


def judged(made: Bench, moment: Moment | None = None) -> dict[str, Criterion]:
    reader = made.reader(moment) if moment else made.reader()
    return {c.criterion: c for c in criteria.ask(reader, made.shelf)}


def heard(source: str, start: int = LIVE_AT, end: int = NOW) -> Facts:
    return Facts(covered=[covered(source, start, end)])


def test_with_nothing_heard_nothing_is_met(made: Bench) -> None:
    states = {c.state for c in judged(made).values()}
    assert states == {"unknown", "not_met"}
    assert [n for n, c in judged(made).items() if c.state == "not_met"] == ["documentation", "handover"]


# 5xx


def errors_of(made: Bench, calls: int, errors: int) -> Criterion:
    made.add(heard("edge"))
    made.add(Facts(traffic=[traffic(NOW - DAY, calls - errors), traffic(NOW - DAY, errors, status=503)]))
    return judged(made)["error_rate_5xx"]


@pytest.mark.parametrize(("errors", "least"), [(0, 2_996), (1, 4_744), (3, 7_754), (10, 16_963)])
def test_so_few_errors_need_so_many_calls(tmp_path: Path, errors: int, least: int) -> None:
    for calls, state in ((least - 1, "unknown"), (least, "met")):
        with bench(tmp_path, LIVE_AT, f"{calls}.hypercare") as made:
            made.settings(**launch(scrape("edge"), live=LIVE_AT))
            made.clock.forward(8 * 86_400)
            found = errors_of(made, calls, errors)
            assert (found.state, found.n) == (state, calls)
            if state == "unknown":
                assert found.why == f"not enough traffic: {calls} of {least} calls"


def test_errors_that_no_silent_time_could_make_good_are_not_met_whatever_is_unknown(made: Bench) -> None:
    made.add(heard("edge", NOW - DAY, NOW))
    made.add(Facts(traffic=[traffic(NOW - HOUR, 1000), traffic(NOW - HOUR, 20, status=500)]))
    found = judged(made)["error_rate_5xx"]
    assert found.state == "not_met" and not found.on_track and found.coverage < 0.99


def test_errors_in_a_small_known_part_are_no_verdict_on_the_week(made: Bench) -> None:
    made.add(heard("edge", NOW - DAY, NOW))
    made.add(Facts(traffic=[traffic(NOW - HOUR, 1000), traffic(NOW - HOUR, 2, status=500)]))
    assert judged(made)["error_rate_5xx"].state == "unknown"


def test_few_errors_with_a_hole_in_the_data_are_unknown(made: Bench) -> None:
    made.add(heard("edge", LIVE_AT, NOW - 4 * HOUR))
    made.add(Facts(traffic=[traffic(NOW - DAY, 1_000_000)]))
    found = judged(made)["error_rate_5xx"]
    assert found.state == "unknown" and "97.6 %" in found.why


def test_a_clock_that_is_not_full_is_on_track(tmp_path: Path) -> None:
    with bench(tmp_path, LIVE_AT) as made:
        made.settings(**launch(scrape("edge"), live=LIVE_AT))
        made.clock.forward(6 * 86_400 + 5 * 3_600)
        now = made.clock.now()
        made.add(heard("edge", LIVE_AT, now))
        made.add(Facts(traffic=[traffic(LIVE_AT + HOUR, 1_000_000)]))
        found = judged(made)["error_rate_5xx"]
    assert (found.state, found.on_track, found.why) == ("not_met", True, "6 d 5 h of 7 d")


# Uptime


def probed(made: Bench, down: int, silent: int = 0) -> Criterion:
    made.settings(**launch(scrape("edge"), probe(), live=LIVE_AT))
    gone = set(range(100, 100 + silent))
    minutes = [i for i in range(8 * 1440) if i not in gone]
    beats = [
        Gauge(LIVE_AT + i * MINUTE + SECOND, "probe", "probe_up", "{}", float(not 5000 <= i < 5000 + down))
        for i in minutes
    ]
    made.add(Facts(covered=[covered("probe", LIVE_AT, NOW)], gauge=beats))
    return judged(made)["uptime"]


@pytest.mark.parametrize(("down", "state", "left"), [(0, "met", 604.8), (10, "met", 4.8), (11, "not_met", -55.2)])
def test_seven_days_of_uptime_have_ten_minutes_to_spare(made: Bench, down: int, state: str, left: float) -> None:
    found = probed(made, down)
    assert found.state == state
    assert found.budget_left_s == pytest.approx(left, abs=1e-6)
    assert found.clock_s == found.sustained_s == 7 * 86_400


def test_minutes_that_nobody_judged_make_uptime_unknown(made: Bench) -> None:
    made.settings(**launch(probe(), live=LIVE_AT))
    beats = [Gauge(LIVE_AT + i * MINUTE, "probe", "probe_up", "{}", 1.0) for i in range(2 * 1440, 8 * 1440)]
    made.add(Facts(covered=[covered("probe", LIVE_AT, NOW)], gauge=beats))
    found = judged(made)["uptime"]
    assert found.state == "unknown" and "of 7 days known" in found.why


def test_a_used_up_budget_is_not_met_although_most_is_unknown(made: Bench) -> None:
    made.settings(**launch(probe(), live=LIVE_AT))
    beats = [Gauge(NOW - HOUR + i * MINUTE, "probe", "probe_up", "{}", 0.0) for i in range(12)]
    made.add(Facts(covered=[covered("probe", NOW - HOUR, NOW)], gauge=beats))
    assert judged(made)["uptime"].state == "not_met"


# Tickets


def test_no_p1_with_a_covered_ticket_source_is_met(made: Bench) -> None:
    made.add(heard("jira", LIVE_AT, NOW - MINUTE))
    found = judged(made)["p1_resolved"]
    assert (found.state, found.why, found.value, found.n) == ("met", "no P1 so far", None, 0)


def test_no_p1_from_a_source_that_fell_silent_is_unknown(made: Bench) -> None:
    made.add(heard("jira", LIVE_AT, NOW - 2 * DAY))
    assert judged(made)["p1_resolved"].state == "unknown"


def test_an_open_p1_is_not_met_even_from_a_source_that_fell_silent(made: Bench) -> None:
    made.add(heard("jira", LIVE_AT, NOW - 2 * DAY))
    made.add(Facts(ticket_event=ticket("A-1", LIVE_AT + DAY, "P1")))
    found = judged(made)["p1_resolved"]
    assert found.state == "not_met" and "A-1" in found.why


@pytest.mark.parametrize(("resolved", "state"), [(9, "not_met"), (10, "met")])
def test_more_than_nine_of_ten_p2_must_be_resolved(made: Bench, resolved: int, state: str) -> None:
    made.add(heard("jira"))
    facts = Facts()
    for i in range(10):
        facts.ticket_event += ticket(f"A-{i}", LIVE_AT + i * HOUR, "P2")
        if i < resolved:
            facts.ticket_event.append(moved(f"A-{i}", LIVE_AT + 2 * DAY, "resolved"))
    made.add(facts)
    found = judged(made)["p2_resolved"]
    assert (found.state, found.share_of) == (state, (resolved, 10))


def test_wishes_are_no_defects(made: Bench) -> None:
    made.add(heard("jira"))
    made.add(Facts(ticket_event=ticket("A-1", LIVE_AT + DAY, "P1", kind="enhancement")))
    assert judged(made)["p1_resolved"].state == "met"


@pytest.mark.parametrize(("opened", "state"), [(3, "met"), (4, "not_met")])
def test_ticket_volume_is_below_its_fixed_baseline(made: Bench, opened: int, state: str) -> None:
    made.settings(**launch(jira(), live=LIVE_AT, baseline={"kind": "fixed", "per_day": 4}))
    made.add(heard("jira"))
    made.add(Facts(ticket_event=[e for i in range(opened) for e in ticket(f"A-{i}", NOW - HOUR * (i + 1))]))
    assert judged(made)["ticket_volume"].state == state


def test_a_rising_trend_is_not_flat_although_it_stays_under_the_cap(made: Bench) -> None:
    made.settings(**launch(jira(), live=LIVE_AT, baseline={"kind": "flat", "per_day": 100}))
    made.add(heard("jira"))
    days = [NOW - HOUR, NOW - 2 * HOUR, NOW - 3 * HOUR, NOW - DAY - HOUR, NOW - DAY - 2 * HOUR, NOW - 2 * DAY - HOUR]
    made.add(Facts(ticket_event=[e for i, at in enumerate(days) for e in ticket(f"A-{i}", at)]))
    found = judged(made)["ticket_volume"]
    assert found.state == "not_met" and "1, 2, 3" in found.why


def test_a_baseline_before_the_launch_needs_the_days_before_the_launch(made: Bench) -> None:
    made.settings(**launch(jira(), live=LIVE_AT, lookback_days=2, baseline={"kind": "pre_launch"}))
    made.add(heard("jira"))
    assert judged(made)["ticket_volume"].state == "unknown"
    made.add(heard("jira", LIVE_AT - 2 * DAY, LIVE_AT))
    made.add(Facts(ticket_event=[e for i in range(4) for e in ticket(f"B-{i}", LIVE_AT - HOUR * (i + 1))]))
    found = judged(made)["ticket_volume"]
    assert (found.state, found.target, found.value) == ("met", 2.0, 0.0)


# People


@pytest.mark.parametrize(
    ("good", "bad", "state", "on_track"), [(90, 5, "met", False), (17, 3, "not_met", True), (5, 5, "not_met", False)]
)
def test_csat_is_met_by_its_lower_bound(made: Bench, good: int, bad: int, state: str, on_track: bool) -> None:
    made.add(heard("feed"))
    made.add(Facts(survey=[survey(i, 5 if i < good else 1, LIVE_AT + HOUR + i) for i in range(good + bad)]))
    found = judged(made)["csat"]
    assert (found.state, found.on_track, found.n) == (state, on_track, good + bad)


def test_a_good_csat_of_a_tenth_of_the_time_is_unknown(made: Bench) -> None:
    made.add(heard("feed", LIVE_AT, LIVE_AT + DAY))
    made.add(Facts(survey=[survey(i, 5, LIVE_AT + HOUR + i) for i in range(200)]))
    assert judged(made)["csat"].state == "unknown"


def test_handover_needs_two_and_the_same_one_twice_is_one(made: Bench) -> None:
    for who, state in (("ann", "not_met"), ("ann", "not_met"), ("bob", "met")):
        made.clock.forward(1)
        made.decide("sign_off", "handover", "https://wiki/x", who)
        assert judged(made)["handover"].state == state
    made.clock.forward(1)
    made.decide("withdraw_sign_off", "handover", who="ann")
    assert judged(made)["handover"].state == "not_met"


def test_documentation_needs_one(made: Bench) -> None:
    made.decide("sign_off", "documentation", "https://wiki/x", "ann")
    assert (judged(made)["documentation"].state, judged(made)["documentation"].why) == ("met", "signed by ann")


def test_a_known_issue_whose_workaround_was_taken_back_is_open_again(made: Bench) -> None:
    made.add(heard("jira"))
    made.decide("sign_off", "known_issues", "list v1", "ann")
    made.add(
        Facts(
            ticket_event=[
                *ticket("A-1", LIVE_AT, "P3"),
                moved("A-1", LIVE_AT + 1, "use the other button", "workaround"),
            ]
        )
    )
    assert judged(made)["known_issues"].state == "met"
    made.add(Facts(ticket_event=[moved("A-1", LIVE_AT + 2, "", "workaround")]))
    assert judged(made)["known_issues"].state == "not_met"


# Waivers


def test_a_waiver_holds_until_its_end_and_says_what_it_covers(made: Bench) -> None:
    made.decide("waive", "handover", iso(NOW + DAY), "ann", "holiday")
    found = judged(made)["handover"]
    assert found.state == "waived" and "ann" in found.why and "holiday" in found.why and "not signed" in found.why
    made.clock.forward(86_400)
    assert judged(made)["handover"].state == "not_met"


def test_a_waiver_can_be_ended(made: Bench) -> None:
    made.decide("waive", "handover", iso(NOW + DAY))
    made.clock.forward(1)
    made.decide("end_waiver", "handover")
    assert judged(made)["handover"].state == "not_met"


def test_a_waiver_without_a_readable_end_does_not_hold_and_breaks_nothing(made: Bench) -> None:
    made.decide("waive", "handover", "until we are done")
    assert judged(made)["handover"].state == "not_met"


def test_what_was_signed_later_was_not_known_then(made: Bench) -> None:
    made.clock.forward(60)
    made.decide("sign_off", "documentation", "x", "ann")
    for known in Known:
        assert judged(made, Moment(NOW + SECOND, known))["documentation"].state == "not_met"


# Response time


def test_without_flows_or_with_a_silent_one_the_response_time_is_unknown(made: Bench) -> None:
    assert judged(made)["response_time"].state == "unknown"
    made.settings(
        **launch(scrape("edge"), live=LIVE_AT), flow=[{"name": "pay", "routes": ["POST /pay"], "slo_ms": 500}]
    )
    made.add(heard("edge"))
    assert "pay" in judged(made)["response_time"].why


@pytest.mark.parametrize(("mean_ms", "state"), [(500, "met"), (501, "not_met")])
def test_a_flow_is_held_to_its_promise(made: Bench, mean_ms: int, state: str) -> None:
    flow = {"name": "pay", "routes": ["POST /pay"], "slo_ms": 500, "statistic": "mean"}
    made.settings(**launch(scrape("edge"), live=LIVE_AT), flow=[flow])
    made.add(heard("edge"))
    made.add(Facts(latency_sum=[LatencySum(NOW - HOUR, "edge", "POST /pay", "total", 10, 10 * mean_ms * 1000)]))
    assert judged(made)["response_time"].state == state
