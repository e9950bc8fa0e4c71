"""Systems that have other words than ours, or none for some of them: what was decided is told there, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.work.delivering import beside
from tests.work.vendor import timeout

TAKEN = {"closed": "resolved", "acknowledged": "in_progress"}
"""As a system does that has no word for either."""


def test_a_ticket_that_is_re_opened_there_is_set_in_progress(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.edit("id-A-1", "status", "reopened")
        here.poll()
        here.desk.decide("status", "A-1", "in_progress")
        here.rest()
        assert one.tickets["id-A-1"]["status"] == "in_progress"
        assert here.states() == [("status", "sent confirmed")]


def test_what_a_colleague_changed_between_two_readings_is_asked_about_and_not_overwritten(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.guarded = False
        one.meddle = [("id-A-1", "severity", "P1")]
        here.desk.decide("comment", "A-1", "we look")
        here.desk.decide("severity", "A-1", "P4")
        here.rest()
        assert one.tickets["id-A-1"]["severity"] == "P1"
        assert here.desk.open_decisions()[0].state == "conflict"


@pytest.mark.thorough
@pytest.mark.parametrize("polled", [False, True])
@pytest.mark.parametrize("word", TAKEN)
def test_what_was_taken_in_another_word_is_set_back_without_a_question(tmp_path: Path, word: str, polled: bool) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.words = TAKEN
        here.desk.decide("status", "A-1", word)
        here.rest()
        assert one.tickets["id-A-1"]["status"] == TAKEN[word]
        if polled:
            here.poll()
        here.clock.forward(3 * 86_400)
        here.desk.undo()
        here.rest()
        assert one.tickets["id-A-1"]["status"] == "new" and here.desk.outbox().total == 0


@pytest.mark.thorough
def test_what_is_decided_next_upon_it_is_no_conflict_but_anothers_change_is(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.words = TAKEN
        for key in ("A-1", "A-2"):
            here.desk.decide("status", key, "closed")
        here.rest()
        one.edit("id-A-2", "status", "in_progress")
        for key in ("A-1", "A-2"):
            here.desk.decide("status", key, "new")
        here.rest()
        assert one.tickets["id-A-1"]["status"] == "new"
        (line,) = here.desk.outbox().lines
        assert (line.ticket, line.state) == ("one:A-2", "conflict")


@pytest.mark.thorough
@pytest.mark.parametrize("undone", [False, True])
@pytest.mark.parametrize("acted", [False, True])
def test_a_lost_answer_in_another_word_is_found_and_can_be_taken_back(
    tmp_path: Path, acted: bool, undone: bool
) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.words, one.faults = TAKEN, [timeout(acted)]
        here.desk.decide("status", "A-1", "closed")
        here.rest()
        if undone:
            here.desk.undo()
        here.later()
        there = "new" if undone else "resolved"
        assert one.tickets["id-A-1"]["status"] == there and here.desk.outbox().total == 0
        here.poll()
        assert (here.field("status") == "resolved") is not undone


def test_a_lost_answer_whose_outcome_leads_nowhere_else_was_the_outcome(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.words, one.faults = TAKEN, [timeout(acted=True)]
        here.desk.decide("status", "A-1", "closed")
        here.rest()
        one.declines = {"closed"}
        here.later()
        assert here.states() == [("status", "sent later sent confirmed")] and len(one.applied) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("polled", [False, True])
def test_a_tag_that_is_spelled_otherwise_there_is_taken_back_and_never_twice(tmp_path: Path, polled: bool) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.spells = True
        here.desk.decide("tag", "A-1", "Needs call")
        here.rest()
        if polled:
            here.poll()
        here.desk.decide("tag", "A-1", "needs call")
        here.desk.decide("tag", "A-1", "VIP")
        here.rest()
        assert one.tickets["id-A-1"]["tags"] == "needs_call, vip"
        if polled:
            here.poll()
        here.desk.undo()
        here.rest()
        assert one.tickets["id-A-1"]["tags"] == "needs_call"
        here.desk.decide("untag", "A-1", "NEEDS CALL")
        here.rest()
        assert one.tickets["id-A-1"]["tags"] == "" and here.desk.outbox().total == 0
