"""Better or worse is said only when chance would not do as well."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.trend import (
    Change,
    Verdict,
    clopper_pearson,
    judge,
    of_counts,
    of_means,
    of_shares,
    of_spreads,
)

counts = st.integers(0, 400)


def test_newcombes_own_example_is_met() -> None:
    """56 of 70 against 48 of 80: 0.0524 to 0.3339 (Stat. Med. 17 (1998) 873, table II, method 10)."""
    change = of_shares(48, 80, 56, 70)
    assert (round(change.low, 4), round(change.high, 4)) == (0.0524, 0.3339)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0.0, 0.3085), (3, 10, 0.0667, 0.6525), (10, 10, 0.6915, 1.0), (1, 1, 0.025, 1.0), (0, 0, 0.0, 1.0)],
)
def test_the_exact_interval_has_the_values_of_the_tables(successes: int, n: int, low: float, high: float) -> None:
    found = clopper_pearson(successes, n)
    assert found == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_long_count_may_use_the_near_interval() -> None:
    near, exact = clopper_pearson(2200, 4400), clopper_pearson(1900, 3800)
    assert near[1] - near[0] == pytest.approx((exact[1] - exact[0]) * math.sqrt(3800 / 4400), rel=0.02)


def test_nothing_counted_tells_nothing() -> None:
    assert of_counts(0, 3600, 0, 3600) == Change(0.0, math.inf, 1.0, "conditional")
    assert of_shares(0, 0, 3, 4).neutral == 0.0 and of_shares(0, 0, 3, 4).low == -1.0
    assert of_means([], [1.0]).low == -math.inf
    assert of_spreads(1, 0, 1, 5, 0, 9).high == math.inf


def test_five_after_none_may_be_chance_and_six_is_not() -> None:
    """Half to the power of six is below 2.5 %, half to the power of five is not."""
    assert of_counts(0, 3600, 5, 3600).low < 1 < of_counts(0, 3600, 6, 3600).low


def test_a_rate_counts_what_was_watched_not_what_was_seen() -> None:
    change = of_counts(10, 3600, 20, 7200)
    assert change.low < 1 < change.high, "twice the count in twice the time is the same rate"
    assert of_counts(10, 7200, 40, 3600).low > 1


@given(k1=counts, n1=st.integers(1, 400), k2=counts, n2=st.integers(1, 400))
def test_the_interval_of_two_shares_holds_their_difference_and_turns_with_them(
    k1: int, n1: int, k2: int, n2: int
) -> None:
    k1, k2 = min(k1, n1), min(k2, n2)
    there, back = of_shares(k1, n1, k2, n2), of_shares(k2, n2, k1, n1)
    assert there.low - 1e-12 <= k2 / n2 - k1 / n1 <= there.high + 1e-12
    assert (there.low, there.high) == (pytest.approx(-back.high), pytest.approx(-back.low))


@given(k1=counts, k2=counts, seconds=st.floats(1, 1e6))
def test_the_interval_of_two_rates_holds_their_ratio(k1: int, k2: int, seconds: float) -> None:
    change = of_counts(k1, seconds, k2, seconds)
    if k1:
        assert change.low <= k2 / k1 <= change.high
    other = of_counts(k1, seconds * 2, k2, seconds * 2)
    assert (other.low, other.high) == (pytest.approx(change.low), pytest.approx(change.high))


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=20), st.randoms())
def test_the_same_durations_in_any_order_are_no_change(durations: list[float], chance: random.Random) -> None:
    shuffled = list(durations)
    chance.shuffle(shuffled)
    change = of_means(durations, shuffled)
    assert change.low <= 0 <= change.high
    assert of_means(shuffled, durations) == change


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_a_clear_shift_of_durations_is_seen_with_its_sign(seed: int) -> None:
    draw = random.Random(seed)
    before = [draw.gauss(600, 60) for _ in range(40)]
    change = of_means(before, [value + 300 for value in before])
    assert 200 < change.low <= 300 <= change.high < 400


def test_chance_alone_is_called_a_change_about_as_often_as_promised() -> None:
    draw = random.Random(5)
    wrong = 0
    for _ in range(600):
        a, b = (sum(draw.random() < 0.2 for _ in range(120)) for _ in range(2))
        change = of_shares(a, 120, b, 120)
        wrong += change.low > 0 or change.high < 0
    assert wrong <= 600 * 0.08


@pytest.mark.parametrize(
    ("direction", "low", "high", "verdict"),
    [
        ("up", 0.1, 0.2, Verdict.BETTER),
        ("up", -0.2, -0.1, Verdict.WORSE),
        ("down", 0.1, 0.2, Verdict.WORSE),
        ("down", -0.2, -0.1, Verdict.BETTER),
        ("none", 0.1, 0.2, Verdict.HIGHER),
        ("none", -0.2, -0.1, Verdict.LOWER),
        ("up", -0.1, 0.2, Verdict.SAME),
        ("down", 0.0, 0.2, Verdict.SAME),
    ],
)
def test_the_verdict_is_the_side_of_nothing_the_interval_stands_on(
    direction: str, low: float, high: float, verdict: Verdict
) -> None:
    assert judge(direction, 0.5, 0.6, Change(low, high, 0.0, "newcombe")).verdict is verdict
