"""What rules did is taken back: by itself, or all of a run at once, and never what people changed since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.store.append import append_rows, instant
from tests.builders import T0, moved, ticket
from tests.ruled import PAY, SECOND, Counter, counters


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with counters(tmp_path) as made:
        yield made


@pytest.mark.thorough
def test_what_a_rule_did_can_be_taken_back_and_is_not_done_again(counter: Counter) -> None:
    counter.rules(PAY)
    counter.new("A-1")
    counter.desk.undo_of("jira:A-1")
    counter.desk.undo_of("jira:A-1")
    counter.quiet()
    assert counter.stands() == ("P3", None)
    counter.tell(moved("A-1", counter.clock.now() + 1, "Payment fails again", "title"))
    counter.again()
    counter.tell(moved("A-1", counter.clock.now() + 1, "POST /a", "route"))
    assert counter.stands() == ("P3", None)
    (row,) = [r for r in counter.desk.ticket_rules().rows if r.name == "payments"]
    assert row.made == "did 2, 2 taken back"


@pytest.mark.thorough
def test_all_that_a_rule_did_at_once_is_taken_back_at_once_and_says_on_how_many_tickets(counter: Counter) -> None:
    counter.rules(PAY)
    assert counter.desk.undo_rule("payments") == "There is nothing that rule “payments” did to take back."
    counter.new("A-0")
    counter.clock.forward(1)
    at = counter.clock.now() + SECOND
    counter.tell(*(e for n in range(1, 701) for e in ticket(f"A-{n}", at + n, "P3", title="Payment fails")))
    assert counter.stands("A-1") == counter.stands("A-700") == ("P2", "pay")
    (row,) = [r for r in counter.desk.ticket_rules().rows if r.name == "payments"]
    assert row.run == "700\xa0tickets"
    assert counter.desk.undo() == "There is nothing of yours to take back."
    counter.desk.undo_of("jira:A-7")
    said = counter.desk.undo_rule("payments")
    assert said == "Taken back: what rule “payments” did on 699\xa0tickets."
    counter.quiet()
    assert counter.stands("A-1") == counter.stands("A-7") == counter.stands("A-700") == ("P3", None)
    assert counter.stands("A-0") == ("P2", "pay")
    assert counter.desk.undo_rule("payments") == "Taken back: what rule “payments” did on 1\xa0ticket."
    (row,) = [r for r in counter.desk.ticket_rules().rows if r.name == "payments"]
    assert (row.run, row.made) == ("", "did 1\u202f402, 1\u202f402 taken back")
    counter.again()
    counter.tell(moved("A-1", counter.clock.now() + 1, "Payment fails again", "title"))
    assert counter.stands("A-1") == ("P3", None), "what was taken back is not done again"


def asked_and_confirmed(counter: Counter) -> None:
    """Their system was asked already: what was done is undone by its inverse, not by its withdrawal."""
    counter.written("UPDATE decided_change SET remote = true")
    (decisions,) = counter.desk.reader().one("SELECT list(decision_id) FROM decision") or ([],)
    for state in ("sent", "confirmed"):
        rows = [(d, 1, state, "", instant(T0)) for d in decisions]
        counter.lanes.write(append_rows, counter.desk.session, counter.desk._connection, "delivery", rows, T0).result()


def test_taking_a_run_back_leaves_what_people_changed_since(counter: Counter) -> None:
    counter.rules(PAY)
    at = counter.clock.now() + SECOND
    counter.tell(*(e for n in range(3) for e in ticket(f"A-{n}", at + n, "P3", title="Payment fails")))
    asked_and_confirmed(counter)
    counter.clock.forward(1)
    counter.desk.decide("severity", "A-1", "P1")
    counter.written("UPDATE decided_change SET remote = true")
    said = counter.desk.undo_rule("payments")
    assert said == "Taken back: what rule “payments” did on 3\xa0tickets. 1\xa0change was overtaken since and stays."
    counter.quiet()
    assert [counter.stands(f"A-{n}") for n in range(3)] == [("P3", None), ("P1", None), ("P3", None)]


def test_a_run_that_was_overtaken_does_not_hide_the_one_before_it(counter: Counter) -> None:
    counter.rules({**PAY, "then": {"severity": "P2"}})
    counter.new("A-1")
    counter.new("A-2")
    asked_and_confirmed(counter)
    counter.clock.forward(1)
    counter.desk.decide("severity", "A-2", "P1")
    counter.written("UPDATE decided_change SET remote = true")
    (row,) = [r for r in counter.desk.ticket_rules().rows if r.name == "payments"]
    assert row.run == "1\xa0ticket"
    assert counter.desk.undo_rule("payments") == "Taken back: what rule “payments” did on 1\xa0ticket."
    counter.quiet()
    assert [counter.stands(f"A-{n}") for n in (1, 2)] == [("P3", None), ("P1", None)]
    (row,) = [r for r in counter.desk.ticket_rules().rows if r.name == "payments"]
    assert row.run == ""
    said = counter.desk.undo_rule("payments")
    assert said.startswith("There is nothing that rule “payments” did to take back.") and "1\xa0change was" in said
    assert counter.stands("A-2") == ("P1", None)


def test_two_rules_are_taken_back_apart(counter: Counter) -> None:
    counter.rules(PAY, {**PAY, "name": "vip", "then": {"tag": "vip"}})
    counter.new("A-1")
    assert counter.stands() == ("P2", "pay, vip")
    assert counter.desk.undo_rule("payments") == "Taken back: what rule “payments” did on 1\xa0ticket."
    assert counter.stands() == ("P3", "vip")
