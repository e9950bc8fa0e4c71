"""The escalation ladder is told as the minutes pass: each rung once, nothing of what lies before the watch, never a flood."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.model import escalation
from console.model.customers import DERIVED
from console.model.facts import Facts, TicketEvent
from console.model.grouping import Notice
from console.model.moment import DAY, HOUR, MINUTE, SECOND, iso, minute_of
from tests.builders import T0, Bench, bench, covered, jira, launch, moved, scrape, ticket
from tests.work.watching import Watching

PERIODS = {"edge": 15.0, "jira": 60.0}


class Watched(Watching):
    """``past_comes_in``: that of the tickets; ``calls_come_in``: that of a gateway."""

    past_comes_in = calls_come_in = False

    def filling(self, *, tickets: bool = False) -> bool:
        return self.past_comes_in or (self.calls_come_in and not tickets)

    def days(self, count: int) -> None:
        """Pass days in which nobody says anything, and look once."""
        start = minute_of(self.made.clock.now())
        self.made.clock.forward(count * DAY / SECOND)
        span = start, minute_of(self.made.clock.now())
        self.made.answer("jira", Facts(covered=[covered("edge", *span), covered("jira", *span)]))
        self.evaluate()

    def minutes(self, count: int, at_once: int = 1) -> list[str]:
        """Pass minutes, ``at_once`` between two looks; the rungs that were told, as "75 resolution P-1"."""
        before = len(self.notices)
        for _ in range(count // at_once):
            self.pass_minutes(at_once, quiet)
            self.evaluate()
        return rungs(self.notices[before:])


def quiet(minute: int) -> Facts:
    return Facts(covered=[covered("jira", minute, minute + MINUTE)])


def rungs(notices: list[Notice], *, kept: bool = False) -> list[str]:
    found = []
    for notice in notices:
        if escalation.NAME in notice.rules and bool(notice.kept) is kept:
            told = [escalation.rung_of(key) for key in notice.alerts]
            found += [f"{r[2]:g} {r[1]} {r[0].removeprefix('jira:')}" for r in told if r is not None]
    return found


def settle(made: Bench, **more: Any) -> None:
    made.settings(**launch(scrape("edge"), jira()), **more)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, T0) as found:
        settle(found)
        yield found


def arrives(made: Bench, key: str, severity: str = "P1", at: int | None = None, **fields: str) -> None:
    made.add(Facts(ticket_event=ticket(key, made.clock.now() if at is None else at, severity, **fields)))


@pytest.mark.thorough
def test_a_back_fill_of_old_tickets_tells_one_line_and_disturbs_nobody(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.past_comes_in = True
    assert watching.minutes(2) == []
    old = [event for n in range(400) for event in ticket(f"P-{n}", T0 - 9 * DAY, "P2")]
    made.add(Facts(ticket_event=old))
    assert watching.minutes(3) == []
    watching.past_comes_in = False
    assert watching.minutes(3) == []
    mine = [n for n in watching.notices if escalation.NAME in n.rules]
    assert [(n.group.rpartition(": ")[2], n.kept) for n in mine] == [("800 at 100 %", "it was before the watch")]
    assert watching.anew() is not None
    assert watching.minutes(3) == []
    assert len([n for n in watching.notices if escalation.NAME in n.rules]) == 1


def test_a_back_fill_after_days_of_watching_tells_only_what_passes_now(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    watching.days(3)
    old = [event for n in range(40) for event in ticket(f"P-{n}", made.clock.now() - 40 * HOUR, "P2")]
    arrives(made, "P-now")
    assert watching.minutes(1) == []
    watching.past_comes_in = True
    made.add(Facts(ticket_event=old))
    assert watching.minutes(9) == ["50 response P-now"]
    watching.past_comes_in = False
    assert watching.minutes(10) == ["75 response P-now", "100 response P-now"]


def test_what_passed_just_before_a_back_fill_was_noticed_is_told(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    watching.days(2)
    arrives(made, "P-1")
    watching.minutes(7)
    watching.past_comes_in = True
    assert watching.minutes(2) == ["50 response P-1"]


def test_a_ticket_heard_of_after_a_weekend_is_told(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    watching.days(10)
    arrives(made, "P-1", at=made.clock.now() - 3 * DAY)
    arrives(made, "P-2", "P4", at=made.clock.now() - 60 * DAY)
    now = made.clock.now()
    made.add(Facts(ticket_event=[moved("P-2", now - 2 * DAY, "P1", field="severity", old="P4")]))
    assert sorted(watching.minutes(1)) == [
        "100 resolution P-1", "100 resolution P-2", "100 response P-1", "100 response P-2",
    ]  # fmt: skip


def test_the_past_of_a_gateway_holds_nothing_back(made: Bench) -> None:
    arrives(made, "P-1", "P2", at=T0 - 9 * DAY)
    watching = Watched(made, PERIODS)
    watching.calls_come_in = True
    watching.minutes(3)
    mine = [n.group for n in watching.notices if escalation.NAME in n.rules]
    assert [group.rpartition(": ")[2] for group in mine] == ["2 at 100 %"]


def test_a_rung_that_could_not_be_written_is_told_when_it_can(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    arrives(made, "P-1")
    told = []
    for minute in range(20):
        watching.disk_full = minute in (7, 8, 11, 15)
        try:
            told += watching.minutes(1)
        except OSError:
            continue
    assert told == ["50 response P-1", "75 response P-1", "100 response P-1"]


@pytest.mark.thorough
def test_a_restart_tells_no_rung_again(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    arrives(made, "P-1")
    told = []
    for _ in range(20):
        told += watching.minutes(1)
        watching.anew()
    assert told == ["50 response P-1", "75 response P-1", "100 response P-1"]


@pytest.mark.thorough
def test_what_passed_while_the_console_was_closed_is_told_with_its_highest_rung_alone(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    arrives(made, "P-1", status="new")
    watching.minutes(2)
    watching.pass_minutes(300, quiet)
    watching.anew()
    assert sorted(watching.minutes(1)) == ["100 resolution P-1", "100 response P-1"]
    assert watching.minutes(5) == []


@pytest.mark.thorough
def test_a_paused_clock_tells_nothing_however_long_it_waits(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    arrives(made, "P-1", acknowledged_at=iso(made.clock.now()))
    now = made.clock.now()
    made.add(Facts(ticket_event=[moved("P-1", now, "acknowledged"), moved("P-1", now, "waiting", field="tags")]))
    assert watching.minutes(240, 30) == []
    made.add(Facts(ticket_event=[moved("P-1", made.clock.now(), "", field="tags")]))
    assert watching.minutes(100, 20) == []
    assert watching.minutes(30, 10) == ["50 resolution P-1"]


@pytest.mark.thorough
def test_other_terms_tell_no_clock_that_passed_a_rung_by_them_alone(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    arrives(made, "P-1", acknowledged_at=iso(made.clock.now()))
    made.add(Facts(ticket_event=[moved("P-1", made.clock.now(), "acknowledged")]))
    assert watching.minutes(60, 10) == []
    settle(made, sla=[{"name": "P1", "resolve": "70 min"}])
    assert watching.minutes(8, 4) == []
    assert watching.minutes(4) == ["100 resolution P-1"]


@pytest.mark.thorough
def test_a_ticket_that_is_raised_is_told_by_the_rung_it_stands_on_now(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    arrives(made, "P-1", "P3", at=T0 - 5 * DAY)
    watching.minutes(3)
    made.add(Facts(ticket_event=[moved("P-1", made.clock.now(), "P1", field="severity", old="P3")]))
    assert sorted(watching.minutes(2)) == ["100 resolution P-1", "100 response P-1"]
    made.add(Facts(ticket_event=[moved("P-1", made.clock.now(), "P3", field="severity", old="P1")]))
    watching.minutes(2)
    watching.anew()
    made.add(Facts(ticket_event=[moved("P-1", made.clock.now(), "P1", field="severity", old="P3")]))
    assert watching.minutes(3) == []


@pytest.mark.thorough
def test_another_mapping_of_customers_tells_no_ticket_that_it_gives_other_terms(made: Bench) -> None:
    settle(made, sla=[{"name": "gold", "segment": "gold", "respond": "5 min", "resolve": "1 h"}])
    watching = Watched(made, PERIODS)
    arrives(made, "P-1", "P4", at=T0 - DAY)
    watching.minutes(3)
    now = made.clock.now()
    made.add(
        Facts(
            ticket_event=[TicketEvent("jira", "id-P-1", f"{DERIVED}domain:{now:x}", "segment", None, "gold", "c", now)]
        )
    )
    assert watching.minutes(3) == []


def test_people_wait_during_maintenance_too(made: Bench) -> None:
    made.decide("maintenance", "checkout", f"{iso(T0)}/{iso(T0 + HOUR)}")
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    arrives(made, "P-1")
    assert watching.minutes(9, 9) == ["50 response P-1"]


@pytest.mark.thorough
def test_a_ticket_heard_of_late_is_still_told(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(30, 10)
    arrives(made, "P-1", at=T0 + 5 * MINUTE)
    assert watching.minutes(1) == ["100 response P-1"]


@pytest.mark.thorough
def test_an_answer_in_time_ends_what_is_told_of_the_response(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    arrives(made, "P-1")
    assert watching.minutes(9, 3) == ["50 response P-1"]
    made.add(Facts(ticket_event=[moved("P-1", made.clock.now(), "acknowledged")]))
    assert watching.minutes(30, 10) == []


@pytest.mark.thorough
def test_many_at_once_are_told_together_by_their_roles(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    for n in range(300):
        arrives(made, f"P-{n}", assignee=f"person {n}")
    assert len(watching.minutes(9, 9)) == 300
    mine = [n for n in watching.notices if escalation.NAME in n.rules]
    assert [n.group for n in mine] == ["50 % · assignee"]


@pytest.mark.thorough
def test_a_few_are_told_with_their_people(made: Bench) -> None:
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    arrives(made, "P-1", assignee="Ann")
    arrives(made, "P-2")
    watching.minutes(12, 2)
    mine = sorted(n.group for n in watching.notices if escalation.NAME in n.rules)
    assert mine == [
        "50 % · assignee (Ann)", "50 % · assignee (nobody yet)", "75 % · assignee (Ann), team lead",
        "75 % · assignee (nobody yet), team lead",
    ]  # fmt: skip


@pytest.mark.thorough
def test_a_silence_of_the_ladder_keeps_its_notices_and_says_so(made: Bench) -> None:
    made.decide("silence", escalation.NAME, iso(T0 + HOUR), comment="rehearsal")
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    arrives(made, "P-1")
    assert watching.minutes(20, 4) == []
    assert rungs(watching.notices, kept=True) == ["50 response P-1", "75 response P-1", "100 response P-1"]
    assert {n.kept for n in watching.notices if escalation.NAME in n.rules} == {"silenced by lead"}


@pytest.mark.thorough
def test_rungs_of_ones_own_are_told(made: Bench) -> None:
    settle(made, escalation=[{"at": 20, "tell": "desk"}, {"at": 150, "tell": ["sponsor"]}])
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    arrives(made, "P-1")
    assert watching.minutes(30, 3) == ["20 response P-1", "150 response P-1"]


@pytest.mark.thorough
def test_a_ticket_with_a_hostile_key_is_told_once_too(made: Bench) -> None:
    key = "P-1,at=99}{ticket=x"
    watching = Watched(made, PERIODS)
    watching.minutes(1)
    arrives(made, key)
    told = []
    for _ in range(10):
        told += watching.minutes(1)
        watching.anew()
    assert told == [f"50 response {key}"]
