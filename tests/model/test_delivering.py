"""Three versions of a field: what others did is never undone in passing, and a person is asked only where it matters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.model.delivering import Step, alike, judge, moved, possible, same
from console.model.taking_back import inverse
from console.model.ticket_acts import members

WORDS = st.sampled_from(["", "a", "b", "c"])
TAGS = st.lists(st.sampled_from("abcde"), unique=True).map(", ".join)


@given(WORDS, WORDS, WORDS)
def test_a_plain_field_is_written_only_over_what_was_seen(base: str, wished: str, there: str) -> None:
    found = judge("category", base, wished, there)
    if there == wished:
        assert found.step is Step.STANDS
    elif there == base:
        assert (found.step, found.value) == (Step.WRITE, wished)
    else:
        assert (found.step, found.value) == (Step.ASK, there)


@given(TAGS, TAGS, TAGS)
def test_tags_keep_what_others_added_and_never_ask(base: str, wished: str, there: str) -> None:
    found = judge("tags", base, wished, there)
    before, after, others = set(members(base)), set(members(wished)), set(members(there))
    assert found.step is not Step.ASK
    value = set(members(found.value)) if found.step is Step.WRITE else others
    assert after - before <= value and not (before - after) & value
    assert others - before <= value


@given(TAGS, TAGS, TAGS)
def test_taking_back_tags_leaves_what_came_since(base: str, new: str, since: str) -> None:
    back = inverse("tags", base, new, {"tags": ", ".join(dict.fromkeys([*members(new), *members(since)]))})
    assert back is not None
    left = set(members(back[2]))
    assert set(members(base)) - set(members(new)) <= left
    assert not (set(members(new)) - set(members(base))) & left


def test_a_tag_is_the_same_however_its_system_spells_it() -> None:
    assert judge("tags", "vip", "vip, Needs call", "vip, needs_call").step is Step.STANDS
    found = judge("tags", "Needs call, vip", "vip", "needs_call, VIP, other")
    assert (found.step, found.value) == (Step.WRITE, "VIP, other")
    assert inverse("tags", "vip", "vip, Needs call", {"tags": "needs_call, vip"}) == ("tags", "needs_call, vip", "vip")
    assert inverse("tags", "Needs call", "", {"tags": "needs_call"}) == ("tags", "needs_call", "needs_call")
    # Addresses are not words.
    assert judge("links", "http://x/A", "http://x/a", "http://x/A").step is Step.WRITE


def test_what_cannot_be_read_is_written_and_what_we_brought_about_is_no_news() -> None:
    assert judge("team", "x", "y", None).step is Step.WRITE
    assert judge("status", "new", "resolved", "in_progress").step is Step.ASK
    assert judge("status", "new", "resolved", "in_progress", ("in_progress",)).step is Step.WRITE
    assert judge("status", "resolved", "reopened", "in_progress").step is Step.STANDS


def test_words_of_a_system_are_compared_by_meaning() -> None:
    assert alike("assignee", "Ann  Smith", "ann smith") and alike("tags", "a, b", "b,a")
    assert not same("status", "closed", "reopened") and same("status", "new", "reopened")
    assert not same("status", "reopened", "in_progress") and not alike("status", "new", "reopened")


def test_a_ticket_that_is_re_opened_there_is_not_in_progress_yet() -> None:
    assert judge("status", "reopened", "in_progress", "reopened").step is Step.WRITE
    assert judge("status", "resolved", "in_progress", "reopened").step is Step.ASK
    # A single reading may tell either word for the same state.
    assert judge("status", "in_progress", "resolved", "reopened").step is Step.WRITE
    assert judge("status", "reopened", "resolved", "in_progress").step is Step.WRITE


def test_what_was_seen_may_have_been_a_decision_that_never_came() -> None:
    assert possible("P1", [("P3", "P1")]) == ("P3",)
    assert possible("P2", [("P3", "P1"), ("P1", "P2")]) == ("P1", "P3")
    assert possible("P4", [("P3", "P1")]) == ()


def test_a_request_that_changed_more_than_it_was_for_says_so() -> None:
    before = {"status": "new", "severity": "P3", "title": "x", "assignee": ""}
    after = {"status": "in_progress", "severity": "P1", "title": "y", "assignee": "ann"}
    assert moved(before, after, "comment") == {"status": ("new", "in_progress"), "assignee": ("", "ann")}
    assert moved(before, after, "status") == {"assignee": ("", "ann")}, "no system sets a severity by itself"
    assert moved({"status": "reopened"}, {"status": "new"}, "comment") == {"status": ("reopened", "new")}
