"""The keyboard story's own judge: what is missing, doubled, or said by nobody does not pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stories.triage_plan import CORRECTION, Remote, Wanted, plan

BEFORE = Remote("care", "#12", "P3", "new", "")
PEOPLE = {"care": ("Ada Lovelace", "Rosa Reporter")}


def wanted() -> Wanted:
    """P1, given to Ada and taken back, one comment, another one taken back."""
    made = Wanted(BEFORE)
    made.moved(("severity", "P1"))
    made.moved(("assignee", "Ada Lovelace"), ("assignee", ""), undone=True)
    made.words += [("we look", False), ("oops", True)]
    return made


DONE = replace(BEFORE, severity="P1", moves=(("severity", "P1"),), said=("we look",))
THERE_AND_BACK = (("assignee", "Ada Lovelace"), ("assignee", ""))


@pytest.mark.parametrize(
    "found",
    [
        BEFORE,
        replace(DONE, moves=()),
        replace(DONE, moves=DONE.moves * 2),
        replace(DONE, severity="P2"),
        replace(DONE, said=()),
        replace(DONE, said=("we look", "we look")),
        replace(DONE, said=("we look", "oops")),
        replace(DONE, said=("we look", "something else")),
        replace(DONE, assignee="Ada Lovelace", moves=(*DONE.moves, THERE_AND_BACK[0])),
    ],
)
def test_what_is_missing_doubled_or_nobodys_is_told(found: Remote) -> None:
    assert wanted().complaint(found).startswith("#12: ")


def test_what_was_taken_back_stands_there_twice_or_never() -> None:
    both = replace(DONE, moves=(*DONE.moves, *THERE_AND_BACK), said=("we look", "oops", CORRECTION.format("oops")))
    assert [wanted().complaint(found) for found in (DONE, both)] == ["", ""]


@pytest.mark.parametrize("seed", range(20))
def test_each_ticket_is_visited_once_and_every_bulk_act_changes_something(seed: int) -> None:
    tickets = [replace(BEFORE, key=f"#{n}", severity=f"P{n % 4 + 1}") for n in range(10, 50)]
    drawn = plan(tickets, PEOPLE, seed)
    assert sorted(key for visit in drawn.visits for key in visit.keys) == sorted(t.key for t in tickets)
    assert drawn.decisions >= len(tickets)
    for visit in drawn.visits:
        if visit.preview:
            assert any(drawn.wanted["care", key].pieces for key in visit.keys)
