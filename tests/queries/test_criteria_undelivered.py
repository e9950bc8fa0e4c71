"""What a person decided and no system took yet makes no criterion met."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.facts import Facts
from console.model.moment import DAY, HOUR, MINUTE, Known, Moment
from console.store.decision_log import ChangeRow, DecisionRow, DeliveryRow, Written, write
from tests.builders import Bench, moved, ticket
from tests.queries.judging import GO, NOW, heard, judged, session

P1 = "p1_resolved"


def decide(made: Bench, key: str, field: str, base: str, new: str, *states: str, remote: bool = True) -> int:
    """A decision and how its delivery went, each a minute later. Returns when it was made."""
    at = made.clock.forward(60)
    name = f"{at:x}"
    change = ChangeRow(name, "jira", f"id-{key}", field, base, new, remote, at)
    row = DecisionRow(name, "set", f"jira:{key}", f"{field}={new}", "lead", "", at)
    write(made.session, made.write, Written([row], [change]), at)
    for attempt, state in enumerate(states):
        now = made.clock.forward(60)
        write(made.session, made.write, Written(deliveries=[DeliveryRow(name, attempt, state, "", now)]), now)
    return at


def p1(made: Bench) -> None:
    made.add(heard("jira", end=NOW + DAY))
    made.add(Facts(ticket_event=ticket("A-1", GO + HOUR, "P1")))


@pytest.mark.parametrize("states", [(), ("sent",), ("later",), ("conflict",), ("retry",)])
def test_a_resolution_that_no_system_took_is_not_met_by_our_word(tmp_path: Path, states: tuple[str, ...]) -> None:
    with session(tmp_path) as made:
        p1(made)
        assert judged(made)[P1].state == "not_met"
        decide(made, "A-1", "status", "new", "resolved", *states)
        found = judged(made)[P1]
        assert (found.state, found.why) == ("unknown", "1 of 1; 1 decision it rests on is not delivered yet")


@pytest.mark.thorough
@pytest.mark.parametrize(("state", "verdict"), [("confirmed", "met"), ("refused", "not_met"), ("withdrawn", "not_met")])
def test_it_counts_once_its_system_took_it(tmp_path: Path, state: str, verdict: str) -> None:
    with session(tmp_path) as made:
        p1(made)
        at = decide(made, "A-1", "status", "new", "resolved", "sent", state)
        assert judged(made)[P1].state == verdict
        for known in Known:
            assert judged(made, Moment(at + 1, known))[P1].state == "unknown"
            assert judged(made, Moment(at - 1, known))[P1].state == "not_met"


@pytest.mark.parametrize(("field", "base", "new"), [("severity", "P1", "P3"), ("kind", "bug", "enhancement")])
def test_a_critical_one_that_is_none_by_our_word_alone_is_unknown(
    tmp_path: Path, field: str, base: str, new: str
) -> None:
    with session(tmp_path) as made:
        p1(made)
        decide(made, "A-1", field, base, new)
        found = judged(made)[P1]
        assert found.state == "unknown" and "not delivered yet" in found.why


def test_other_undelivered_words_and_those_of_this_console_alone_change_no_verdict(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        p1(made)
        made.add(Facts(ticket_event=[moved("A-1", GO + 2 * HOUR, "resolved")]))
        decide(made, "A-1", "assignee", "", "ann")
        decide(made, "A-1", "comment", "", "thank you")
        assert judged(made)[P1].state == "met"
        made.add(Facts(ticket_event=ticket("A-2", GO + HOUR, "P1")))
        decide(made, "A-2", "status", "new", "resolved", remote=False)
        assert judged(made)[P1].state == "met"


@pytest.mark.parametrize(
    ("resolved", "put_off", "verdict"), [(18, True, "unknown"), (19, True, "met"), (19, False, "unknown")]
)
def test_what_is_met_without_an_undelivered_word_is_met(
    tmp_path: Path, resolved: int, put_off: bool, verdict: str
) -> None:
    """More than nine of ten must be resolved, and the rest be put off: one of twenty may be open, two may not."""
    keys = [f"B-{n}" for n in range(20)]
    with session(tmp_path) as made:
        made.add(heard("jira", end=NOW + DAY))
        made.add(Facts(ticket_event=[event for key in keys for event in ticket(key, GO + HOUR, "P2")]))
        made.add(Facts(ticket_event=[moved(key, GO + 2 * HOUR, "resolved") for key in keys[:resolved]]))
        for key in keys[resolved:] if put_off else keys[resolved + 1 :]:
            made.decide("defer", f"jira:{key}", "next release")
        decide(made, keys[resolved], "status", "new", "resolved", "sent", "later")
        assert judged(made)["p2_resolved"].state == verdict


def test_a_resolved_one_whose_system_did_not_take_its_severity_yet_is_resolved_either_way(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        made.add(heard("jira", end=NOW + DAY))
        made.add(Facts(ticket_event=[*ticket("A-1", GO + HOUR, "P2"), moved("A-1", GO + 2 * HOUR, "resolved")]))
        decide(made, "A-1", "severity", "P2", "P3")
        assert judged(made)["p2_resolved"].state == "met"


def test_two_words_that_wait_about_one_issue_are_taken_off_together(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        made.add(heard("jira", end=NOW + DAY))
        made.add(Facts(ticket_event=ticket("A-1", GO + HOUR, "P3")))
        made.decide("sign_off", "known_issues", "list v1", "ann")
        decide(made, "A-1", "workaround", "", "press F5")
        decide(made, "A-1", "status", "new", "closed")
        found = judged(made)["known_issues"]
        assert found.state == "unknown" and "2 decisions it rests on are" in found.why


def test_an_open_one_beside_it_is_still_not_met(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        p1(made)
        made.add(Facts(ticket_event=ticket("A-2", GO + HOUR, "P1")))
        decide(made, "A-1", "status", "new", "resolved")
        assert judged(made)[P1].state == "not_met"


@pytest.mark.parametrize(
    ("field", "base", "new"), [("status", "new", "closed"), ("severity", "P3", ""), ("workaround", "", "press F5")]
)
def test_a_known_issue_that_is_none_by_our_word_alone_is_unknown(
    tmp_path: Path, field: str, base: str, new: str
) -> None:
    with session(tmp_path) as made:
        made.add(heard("jira", end=NOW + DAY))
        made.add(Facts(ticket_event=ticket("A-1", GO + HOUR, "P3")))
        made.decide("sign_off", "known_issues", "list v1", "ann")
        decide(made, "A-1", field, base, new)
        assert judged(made)["known_issues"].state == "unknown"
        made.clock.forward(MINUTE / 1e6)
        made.decide("defer", "jira:A-1", "next release")
        assert judged(made)["known_issues"].state == "met"
