"""What a person may write down as a criterion, and the sentence for what cannot be meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.criterion import Form, Kind, changed, check_target, defined, template
from console.model.lengths import clock_words, length_of, length_words

ROWS = {d.key: d for d in template({}, None)}


def own(**keys: Any) -> dict[str, Any]:
    return {"key": "checkout_errors", "kpi": "error_rate_5xx", "below": 0.001, "window": "7 d", **keys}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (own(belwo=1), 'Did you mean "below"?'),
        (own(key="Checkout Errors"), "small letters"),
        (own(below=float("nan")), "plain number"),
        (own(below="0.1 %"), "plain number"),
        (own(above=0.9), "one target"),
        (own(below=None, trend="sinking"), "no trend"),
        ({"key": "a", "kpi": "csat"}, "needs a target"),
        ({"key": "a", "above": 1}, "name the KPI"),
        (own(window="a week"), "no length of time"),
        (own(window="-7 d"), "no length of time"),
        (own(sustained="1 h"), "cannot hold"),
        (own(window="", sustained="1 d"), "needs a window"),
        (own(coverage=0), "coverage"),
        (own(coverage=1.01), "coverage"),
        (own(evidence=-1), "evidence"),
        (own(evidence=1.5), "whole number"),
        (own(kind="exti"), 'Did you mean "exit"?'),
        (own(below=None, trend="falling", sustained="7 d"), "no clock"),
        (own(below=None, trend="falling", window=""), "window to compare"),
        (own(title=" "), "title"),
        (own(owner=7), "text"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(table: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError) as caught:
        defined(table)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("unit", "target", "says"),
    [
        ("share", -0.1, "between 0 and 1"),
        ("share", 99.9, "99.9 % is 0.999"),
        ("ms", -1.0, "negative"),
        ("score", 101.0, "-100"),
        ("count", float("inf"), "plain number"),
    ],
)
def test_a_target_that_nothing_can_ever_meet_or_miss_is_refused(unit: str, target: float, says: str) -> None:
    with pytest.raises(ValueError) as caught:
        check_target("it", unit, target)
    assert says in str(caught.value)


def test_the_template_has_its_ten_rows_in_the_order_people_know() -> None:
    assert list(ROWS) == [
        "uptime", "p1_resolved", "p2_resolved", "error_rate_5xx", "response_time", "ticket_volume", "csat",
        "documentation", "known_issues", "handover",
    ]  # fmt: skip
    assert all(d.kind is Kind.EXIT and not d.own for d in ROWS.values())


def test_a_row_of_the_template_takes_another_target_and_keeps_the_rest() -> None:
    after = changed(ROWS["uptime"], {"above": 0.995})
    assert (after.above, after.window_s, after.title) == (0.995, 604_800, "System uptime")


@pytest.mark.parametrize(
    ("key", "change", "says"),
    [
        ("uptime", {"below": 0.9}, "above"),
        ("uptime", {"above": 1.0}, "no minute"),
        ("uptime", {"above": 99.9}, "between 0 and 1"),
        ("handover", {"above": 1.0}, "signed"),
        ("csat", {"trend": "falling"}, "window to compare"),
        ("response_time", {"trend": "falling"}, "own rule"),
        ("ticket_volume", {"above": 3.0}, "below"),
        ("uptime", {"kpi": "csat"}, "own rule"),
        ("p1_resolved", {"severity": "P2"}, "own rule"),
        ("uptime", {"window": "14 d"}, "its window"),
        ("response_time", {"sustained": "7 d"}, "no clock"),
    ],
)
def test_a_row_keeps_the_sense_it_has(key: str, change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError) as caught:
        changed(ROWS[key], change)
    assert says in str(caught.value)


def test_a_longer_window_of_uptime_is_a_longer_clock() -> None:
    after = changed(ROWS["uptime"], {"window": "14 d", "sustained": "14 d"})
    assert (after.window_s, after.sustained_s) == (14 * 86_400, 14 * 86_400)


def test_one_of_ones_own_without_a_kpi_is_signed() -> None:
    made = defined({"key": "runbook", "title": "Runbook read", "kind": "entry", "sides": 2})
    assert (made.form, made.kind, made.sides, made.own) == (Form.SIGNED, Kind.ENTRY, 2, True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7 d", 604_800), ("1 d 12 h", 129_600), ("30min", 1_800), ("go-live", 0), ("", 0), (90, 90), ("1.5 h", 5_400)],
)
def test_lengths_read_as_people_write_them(text: object, seconds: int) -> None:
    assert length_of(text) == seconds


@pytest.mark.parametrize(
    "text", ["7", "d", "7 dd", "soon", None, True, float("nan"), [], "0.3 s", -5, "9" * 320 + "d", 1e300]
)
def test_what_is_no_length_is_none(text: object) -> None:
    assert length_of(text) is None


@given(st.integers(0, 400 * 86_400))
def test_the_words_of_a_length_read_back_as_the_same_length(seconds: int) -> None:
    assert length_of(length_words(seconds)) == seconds


def test_a_clock_is_never_told_fuller_than_it_is() -> None:
    assert clock_words(7 * 86_400 - 1, 7 * 86_400) == "6 d 23 h of 7 d"
    assert clock_words(6 * 86_400 + 5 * 3_600 + 59, 7 * 86_400) == "6 d 5 h of 7 d"
    assert clock_words(59.9, 60) == "59 s of 1 min"
