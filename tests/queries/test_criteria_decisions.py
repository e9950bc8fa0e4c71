"""Targets, sign-offs, deferrals and the exit are decisions: versioned, with who and why, true for the past as it was then."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.criterion import Kind
from console.model.facts import Facts
from console.model.moment import DAY, HOUR, MINUTE, SECOND, Known, Moment
from console.queries.criteria import ask as ask_criteria
from console.queries.criteria import guard
from console.queries.criteria.definitions import book
from console.queries.shelf import TicketShelf
from console.store.append import append_rows, instant
from tests.builders import Bench, every_minute, launch, moved, scrape, survey, ticket, traffic
from tests.queries.judging import GO, NOW, add, edit, heard, judged, session

# Editing


def test_a_target_of_the_past_is_the_one_of_its_time(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        made.add(heard("feed"))
        made.add(Facts(survey=[survey(i, 5 if i < 80 else 1, GO + HOUR + i) for i in range(100)]))
        made.clock.forward(60)
        edit(made, "csat", above=0.7)
        made.clock.forward(60)
        assert (judged(made)["csat"].state, judged(made)["csat"].target) == ("met", 0.7)
        for known in Known:
            before = judged(made, Moment(NOW + SECOND, known))["csat"]
            assert (before.state, before.target) == ("not_met", 0.8)


def test_every_change_is_a_version_and_the_last_editor_is_named(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        assert (book(made.reader()).version, book(made.reader()).edited) == (1, None)
        edit(made, "csat", above=0.7)
        made.clock.forward(1)
        add(made, "sold", kpi="conversion", above=0.02)
        made.clock.forward(1)
        made.decide("remove_criterion", "sold", who="ann")
        standing = book(made.reader())
        assert standing.version == 4 and standing.edited is not None and standing.edited.who == "ann"
        assert book(made.reader(Moment(NOW))).version == 2
        assert "sold" not in judged(made)


def test_settings_bring_rows_and_change_the_templates(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        own = [
            {"key": "csat", "above": 0.75},
            {"key": "nps", "kind": "goal", "kpi": "nps", "above": 20.0, "evidence": 5},
            {"key": "drill", "kind": "entry", "title": "Fire drill held"},
        ]
        made.settings(**launch(scrape("edge"), live=GO), criterion=own)
        found = judged(made)
        assert found["csat"].target == 0.75 and found["nps"].kind is Kind.GOAL and found["drill"].state == "not_met"
        assert book(made.reader()).version == 2
        edit(made, "csat", above=0.9)
        assert (judged(made)["csat"].target, book(made.reader()).version) == (0.9, 3)


def test_a_change_that_makes_no_sense_any_more_leaves_the_row_unknown_and_says_so(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        made.decide("edit_criterion", "csat", '{"belwo": 3}')
        found = judged(made)["csat"]
        assert found.state == "unknown" and "belwo" in found.why


def test_a_new_start_of_a_full_window_is_a_clock_that_runs_from_the_decision(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        made.add(heard("edge"))
        made.add(Facts(traffic=every_minute(GO, NOW, 100)))
        assert judged(made)["uptime"].state == "met"
        made.clock.forward(-86_400)
        edit(made, "uptime", restart=True, above=0.9995)
        made.clock.forward(86_400)
        found = judged(made)["uptime"]
        assert (found.state, found.on_track, found.clock_s) == ("not_met", True, 86_400)
        assert found.why.startswith("1 d of 7 d; 5 min 2 s of budget left")


# Signatures


def test_two_names_of_one_side_are_one_side(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        for by, state in (("ann", "not_met"), ("bob", "not_met")):
            made.decide("sign_off", "handover", f'{{"artefact": "read", "by": "{by}", "side": "launch"}}')
            made.clock.forward(1)
            assert judged(made)["handover"].state == state
        made.decide("sign_off", "handover", '{"artefact": "read", "by": "cy", "side": "operations"}')
        assert judged(made)["handover"].why == "signed by ann for launch, bob for launch, cy for operations"
        made.clock.forward(1)
        made.decide("withdraw_sign_off", "handover", "cy")
        assert judged(made)["handover"].state == "not_met"


# Tickets


def with_p2(made: Bench, resolved: int, total: int) -> None:
    made.add(heard("jira"))
    facts = Facts()
    for i in range(total):
        facts.ticket_event += ticket(f"A-{i}", GO + i * HOUR, "P2")
        if i < resolved:
            facts.ticket_event.append(moved(f"A-{i}", GO + 2 * DAY, "resolved"))
    made.add(facts)


def test_the_rest_of_the_p2_must_be_put_off_by_a_decision_each(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        with_p2(made, 19, 20)
        found = judged(made)["p2_resolved"]
        assert (found.state, found.on_track) == ("not_met", True) and "without a decision: A-19" in found.why
        made.decide("defer", "jira:A-19", "3.1", comment="rare")
        assert judged(made)["p2_resolved"].why == "19 of 20; 1 deferred, each with a decision"
        made.clock.forward(1)
        made.decide("end_deferral", "jira:A-19")
        assert judged(made)["p2_resolved"].state == "not_met"


def ran(made: Bench, key: str, verdict: str) -> None:
    now = made.clock.now()
    append_rows(made.session, made.write, "run", [(f"r{now}", key, "3.0.5", verdict, "", instant(now))], now)


def test_a_resolved_p1_whose_reproduction_still_fails_is_not_resolved(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        made.add(heard("jira"))
        made.add(Facts(ticket_event=[*ticket("A-1", GO, "P1"), moved("A-1", GO + HOUR, "resolved")]))
        assert judged(made)["p1_resolved"].state == "met"
        ran(made, "jira:A-1", "still failing")
        found = judged(made)["p1_resolved"]
        assert (found.state, found.share_of) == ("not_met", (0, 1)) and "not verified: A-1" in found.why
        made.clock.forward(1)
        ran(made, "jira:A-1", "verified")
        assert judged(made)["p1_resolved"].state == "met"
        assert judged(made, Moment(NOW))["p1_resolved"].state == "not_met"


def test_a_known_issue_may_be_decided_upon_instead_of_worked_around(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        made.add(heard("jira"))
        made.add(Facts(ticket_event=ticket("A-1", GO, "P3")))
        made.decide("sign_off", "known_issues", "list v1", "ann")
        assert judged(made)["known_issues"].state == "not_met"
        made.decide("defer", "jira:A-1", comment="cosmetic")
        assert judged(made)["known_issues"].state == "met"


# After the exit


def guarded(made: Bench) -> guard.Guard | None:
    reader, shelf = made.reader(), TicketShelf()
    return guard.ask(reader, shelf, ask_criteria(reader, shelf))


@pytest.mark.thorough
def test_the_guard_reports_what_relapsed_and_since_when(tmp_path: Path) -> None:
    with session(tmp_path, guard_days=3) as made:
        made.add(heard("jira", GO, NOW + 5 * DAY))
        assert guarded(made) is None
        made.decide(
            "exit",
            "session",
            '{"over": ["uptime", "error_rate_5xx", "documentation", "handover", "known_issues"]}',
            "ann",
            "go",
        )
        made.clock.forward(86_400)
        found = guarded(made)
        assert found is not None and found.on and found.relapses == ()
        born = made.clock.now() - 2 * HOUR
        made.add(Facts(ticket_event=ticket("A-1", born, "P1")))
        found = guarded(made)
        assert found is not None
        assert [(r.criterion.criterion, r.since) for r in found.relapses] == [
            ("p1_resolved", pytest.approx(born, abs=MINUTE))
        ]
        made.clock.forward(3 * 86_400)
        gone = guarded(made)
        assert gone is not None and not gone.on and gone.relapses == ()
        made.decide("resume", "session")
        assert guarded(made) is None


# Trends


def surveys(made: Bench, before: tuple[int, int], after: tuple[int, int]) -> None:
    """(good, all) of the week before last and of the last."""
    made.add(heard("feed"))
    facts, number = Facts(), 0
    for start, (good, total) in ((NOW - 6 * DAY, before), (NOW - 3 * DAY, after)):
        for i in range(total):
            facts.survey.append(survey(number, 5 if i < good else 1, start + HOUR + i))
            number += 1
    made.add(facts)


@pytest.mark.parametrize(
    ("trend", "before", "after", "state"),
    [
        ("rising", (50, 100), (90, 100), "met"),
        ("rising", (90, 100), (50, 100), "not_met"),
        ("rising", (5, 10), (6, 10), "unknown"),
        ("falling", (90, 100), (50, 100), "met"),
        ("not_falling", (900, 1000), (900, 1000), "met"),
        ("not_falling", (9, 10), (9, 10), "unknown"),
        ("not_falling", (900, 1000), (500, 1000), "not_met"),
    ],
)
def test_a_trend_is_only_called_when_the_difference_excludes_zero(
    tmp_path: Path, trend: str, before: tuple[int, int], after: tuple[int, int], state: str
) -> None:
    with session(tmp_path) as made:
        surveys(made, before, after)
        add(made, "mood", kpi="csat", trend=trend, window="3 d")
        assert judged(made)["mood"].state == state


def test_the_same_rate_of_errors_twice_is_no_trend_and_a_tenfold_one_is(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        made.add(heard("edge"))
        add(made, "worse", kpi="error_rate_5xx", trend="not_rising", window="1 d")
        days = (NOW - 2 * DAY, NOW - DAY)
        made.add(Facts(traffic=[traffic(d, 100_000) for d in days] + [traffic(d, 1_000, status=500) for d in days]))
        assert judged(made)["worse"].state == "met"
        made.add(Facts(traffic=[traffic(NOW - HOUR, 9_000, status=500)]))
        assert judged(made)["worse"].state == "not_met"


def test_a_number_without_an_interval_has_no_trend(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        made.add(heard("edge"))
        made.add(Facts(traffic=every_minute(NOW - 2 * DAY, NOW, 10)))
        add(made, "busy", kpi="throughput", trend="rising", window="1 d")
        assert judged(made)["busy"].state == "unknown" and "no interval" in judged(made)["busy"].why
