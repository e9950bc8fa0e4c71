"""What people are told: one notice a group in five minutes, nothing twice, flapping once, silences kept."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from console.model.alert_load import Episode, Load, load, load_of, retire_or_fix
from console.model.alert_rules import read
from console.model.grouping import FLAPPING_WITHIN, PAUSE, Fired, Grouping, ladder, replay
from console.model.moment import DAY, HOUR, MINUTE, Span
from console.model.notice_budget import NoticeBudget

ROUTES = read({"name": "route", "kpi": "error_rate_5xx", "by": "route", "above": 0.05, "severity": "P2"})
CRITICAL = read({"name": "critical", "kpi": "error_rate_5xx", "by": "route", "above": 0.01, "severity": "P1"})
ALL = read({"name": "all", "kpi": "error_rate_5xx", "burn": 0.01, "severity": "P3"})
CPU = read({"name": "cpu", "kpi": "cpu", "above": 0.8})


def fired(minute: int, route: str = "/a", rule: object = ROUTES) -> Fired:
    return Fired(rule, {"route": route} if route else {}, minute * MINUTE)  # type: ignore[arg-type]  # rules are handed in


def test_twelve_routes_that_fall_together_are_one_notice() -> None:
    notices = replay([fired(0, f"/{n}") for n in range(12)], HOUR)
    assert len(notices) == 1
    assert len(notices[0].alerts) == 12


def test_what_follows_within_five_minutes_is_told_together_afterwards() -> None:
    notices = replay([fired(0), fired(1, "/b"), fired(3, "/c")], HOUR)
    assert [n.minute // MINUTE for n in notices] == [0, 5]
    assert notices[1].alerts == ("route{route=/b}", "route{route=/c}")


def test_groups_do_not_wait_for_each_other() -> None:
    assert len(replay([fired(0), fired(0, "", CPU)], HOUR)) == 2


def test_a_second_rule_about_the_same_part_is_known_already() -> None:
    grouping = Grouping()
    first = grouping.at(0, [fired(0, rule=CRITICAL)])
    later = grouping.at(10 * MINUTE, [fired(10, rule=ROUTES), fired(10, "", rule=ALL)])
    assert [n.kept for n in first] == [""]
    assert [n.kept for n in later] == ["already told as critical"] * 2


def test_a_worse_rule_is_told_all_the_same() -> None:
    grouping = Grouping()
    grouping.at(0, [fired(0, rule=ROUTES)])
    assert [n.kept for n in grouping.at(10 * MINUTE, [fired(10, rule=CRITICAL)])] == [""]


def test_after_it_ended_the_other_rule_is_told() -> None:
    grouping = Grouping()
    grouping.at(0, [fired(0, rule=CRITICAL)])
    found = grouping.at(10 * MINUTE, [fired(10, rule=ROUTES)], ["critical{route=/a}"])
    assert [n.kept for n in found] == [""]


def test_flapping_is_said_once_and_then_kept_until_an_hour_of_calm() -> None:
    notices = replay([fired(10 * n) for n in range(8)], 2 * HOUR)
    assert [n.flapping for n in notices[:3]] == [False, False, True]
    assert {n.kept for n in notices[3:]} == {"flapping"}
    calm = 70 + FLAPPING_WITHIN // MINUTE + 1
    assert replay([*[fired(10 * n) for n in range(8)], fired(calm)], 3 * HOUR)[-1].kept == ""


def test_a_silence_keeps_the_notice_with_its_reason() -> None:
    notices = replay([fired(0)], HOUR, lambda one: f"silenced: {one.key}")
    assert [n.kept for n in notices] == ["silenced: route{route=/a}"]


def test_the_ladder_is_climbed_until_somebody_has_seen_it() -> None:
    assert [ladder(0, age * MINUTE, False) for age in (0, 5, 14, 15, 30, 600)] == [0, 1, 1, 2, 3, 3]
    assert ladder(0, HOUR, True) == 0


@given(st.lists(st.tuples(st.integers(0, 600), st.sampled_from(["/a", "/b", "/c"])), max_size=60))
def test_no_group_is_told_twice_in_five_minutes_and_nothing_is_forgotten(events: list[tuple[int, str]]) -> None:
    told = [fired(minute, route) for minute, route in sorted(set(events))]
    notices = replay(told, 100 * DAY)
    disturbing = [n.minute for n in notices if not n.kept]
    assert all(b - a >= PAUSE for a, b in pairwise(disturbing))
    spoken = [key for n in notices for key in n.alerts]
    assert set(spoken) == {one.key for one in told}
    assert disturbing == sorted(disturbing)


# The load


def test_the_limits_are_those_of_people() -> None:
    assert [load_of(n) for n in (0, 6, 7, 12, 13, 29, 30)] == [
        Load.FINE, Load.FINE, Load.MANAGEABLE, Load.MANAGEABLE, Load.TOO_MUCH, Load.TOO_MUCH, Load.FLOOD,
    ]  # fmt: skip


def test_the_worst_hour_is_found_wherever_it_begins() -> None:
    notices = [n * 10 * MINUTE for n in range(30)] + [DAY // 2 + n * MINUTE for n in range(20)]
    found = load(sorted(notices), [], Span(0, DAY))
    assert (found.worst_hour, found.worst_at) == (20, DAY // 2)
    assert found.last_hour == 0
    assert found.a_day == 50


def test_chattering_and_standing_alerts_are_named_and_their_rules_are_to_be_mended() -> None:
    chatter = [Episode("cpu", "cpu", n * 4 * MINUTE, n * 4 * MINUTE + MINUTE) for n in range(3)]
    stands = Episode("disk", "disk", 0, None)
    useless = [Episode("mtta", "mtta", n * HOUR, n * HOUR + MINUTE) for n in range(4)]
    useful = [Episode("slo", "slo", n * HOUR, n * HOUR + MINUTE, useful=True) for n in range(4)]
    found = load([], [*chatter, stands, *useless, *useful], Span(0, 2 * DAY))
    assert (found.chattering, found.standing) == (("cpu",), ("disk",))
    advice = {
        v.rule: v.why for v in retire_or_fix([*chatter, stands, *useless, *useful], found.chattering, found.standing)
    }
    assert advice == {"cpu": "chatters", "disk": "stands", "mtta": "useless"}


def test_the_budget_lets_a_p1_through_and_comes_back_after_an_hour() -> None:
    budget = NoticeBudget(most=2)
    assert [budget.spend(0, loud=False) for _ in range(3)] == [True, True, False]
    assert [budget.used_up(), budget.used_up()] == [True, False]
    assert budget.spend(1, loud=True)
    assert budget.spend(HOUR + 2, loud=False)
