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
