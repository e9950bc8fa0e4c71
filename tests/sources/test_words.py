"""Vendors' words in ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import SourceError, Trouble
from console.sources.tickets import words as w

JIRA = w.words_for(w.JIRA_SEVERITY, {}, categories=w.JIRA_CATEGORIES)
ROUNDUP = w.words_for(w.ROUNDUP_SEVERITY, w.ROUNDUP_STATUS, kinds=w.ROUNDUP_KINDS)


@pytest.mark.parametrize("word", ["", "  ", "None", "Unprioritized", "P5", "5"])
def test_a_severity_nobody_mapped_is_unset_and_never_a_middle_one(word: str) -> None:
    assert JIRA.severity(word) == ""


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("Highest", "P1"),
        ("BLOCKER", "P1"),
        (" Critical ", "P1"),
        ("High", "P2"),
        ("Medium", "P3"),
        ("Lowest", "P4"),
        ("p2", "P2"),
    ],
)
def test_jira_priorities(word: str, ours: str) -> None:
    assert JIRA.severity(word) == ours


@pytest.mark.parametrize(
    ("name", "category", "ours"),
    [
        ("Resolved", "indeterminate", "resolved"),
        ("Closed", "done", "closed"),
        ("Geschlossen", "done", "resolved"),
        ("Waiting for support", "indeterminate", "in_progress"),
        ("Backlog", "new", "new"),
        ("Limbo", "in-flight", "in_progress"),
        ("Limbo", "", "in_progress"),
        ("", "", ""),
    ],
)
def test_the_name_of_a_status_comes_first_then_its_category(name: str, category: str, ours: str) -> None:
    assert JIRA.status(name, category) == ours


@pytest.mark.parametrize(
    ("priority", "severity", "kind"),
    [
        ("critical", "P1", "bug"),
        ("urgent", "P2", "bug"),
        ("bug", "P3", "bug"),
        ("minor", "P4", "bug"),
        ("feature", "", "enhancement"),
        ("wish", "", "enhancement"),
        ("", "", ""),
    ],
)
def test_a_priority_of_roundup_is_severity_and_kind(priority: str, severity: str, kind: str) -> None:
    assert (ROUNDUP.severity(priority), ROUNDUP.kind(priority)) == (severity, kind)


def test_the_states_of_roundup() -> None:
    names = ["unread", "chatting", "need-eg", "in-progress", "testing", "deferred", "done-cbb", "resolved"]
    assert [ROUNDUP.status(name) for name in names] == ["new", *["in_progress"] * 4, "acknowledged", *["resolved"] * 2]


def test_every_default_is_one_of_our_words() -> None:
    assert set(w.JIRA_SEVERITY.values()) | set(w.ROUNDUP_SEVERITY.values()) == set(w.SEVERITIES)
    assert {*w.STATUS_NAMES.values(), *w.ROUNDUP_STATUS.values(), *w.JIRA_CATEGORIES.values()} <= set(w.STATUSES)
    assert {*w.KIND_NAMES.values(), *w.ROUNDUP_KINDS.values()} <= set(w.KINDS)
    assert set(w.CHANNEL_NAMES.values()) <= set(w.CHANNELS)


def test_the_users_map_comes_over_the_defaults_and_may_unset() -> None:
    words = w.words_for(w.JIRA_SEVERITY, {}, severity_map={"HIGH": "p1", "low": ""}, status_map={"done": "closed"})
    assert (words.severity("high"), words.severity("Low"), words.severity("Medium")) == ("P1", "", "P3")
    assert words.status("Done", "done") == "closed"


def test_a_map_to_no_word_of_ours_names_the_nearest() -> None:
    with pytest.raises(SourceError, match='Did you mean "in_progress"') as caught:
        w.words_for({}, {}, status_map={"Doing": "in progress"})
    assert caught.value.trouble is Trouble.SETTINGS


@given(st.sampled_from(["", *w.STATUSES]), st.sampled_from(w.STATUSES))
def test_only_from_an_end_to_an_open_state_is_reopened(before: str, after: str) -> None:
    again = before in ("resolved", "closed") and after not in ("resolved", "closed")
    assert w.entering(before, after) == ("reopened" if again else after)


@pytest.mark.parametrize(
    ("wish", "states", "chosen"),
    [
        ("resolved", [("Done", "done"), ("Resolved", "done"), ("Closed", "done")], "Resolved"),
        ("resolved", [("Shipped", "done"), ("Fixed", "done")], "Fixed"),
        ("resolved", [("Shipped", "done")], "Shipped"),
        ("resolved", [("Closed", "done")], "Closed"),
        ("in_progress", [("Waiting", "indeterminate"), ("In Progress", "indeterminate")], "In Progress"),
        ("in_progress", [("Parked", "nobody-knows"), ("Doing", "indeterminate")], "Doing"),
        ("acknowledged", [("Open", "new"), ("In Progress", "indeterminate")], "In Progress"),
        ("reopened", [("To Do", "new"), ("Done", "done")], "To Do"),
        ("reopened", [("Reopened", "new"), ("In Progress", "indeterminate")], "Reopened"),
        ("new", [("Done", "done")], ""),
        ("resolved", [], ""),
    ],
)
def test_a_state_is_written_by_its_own_name_before_a_category_and_by_the_nearest_before_none(
    wish: str, states: list[tuple[str, str]], chosen: str
) -> None:
    words = w.words_for(w.JIRA_SEVERITY, {}, categories=w.JIRA_CATEGORIES)
    assert w.status_name(words, wish, states) == chosen


@given(st.sampled_from(w.SEVERITIES), st.lists(st.sampled_from(["Highest", "Blocker", "High", "Low", "Odd", "p2", ""])))
def test_a_priority_that_is_written_means_what_was_wished(wish: str, names: list[str]) -> None:
    words = w.words_for(w.JIRA_SEVERITY, {})
    chosen = w.severity_name(words, wish, names)
    assert words.severity(chosen) == wish if chosen else wish not in {words.severity(name) for name in names}
