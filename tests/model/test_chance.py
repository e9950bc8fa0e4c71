"""Tails against sums worked out by hand, and the correction for many against its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.chance import at_least, at_most, beta_share, corrected, drawn_at_least, normal_deviates, student_tail


def plain_at_least(k: int, n: int, p: float) -> float:
    return math.fsum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


@given(st.integers(1, 60), st.data(), st.floats(0.001, 0.999))
def test_the_binomial_tail_is_the_sum_of_its_terms(n: int, data: st.DataObject, p: float) -> None:
    k = data.draw(st.integers(0, n))
    told = at_least(np.array([float(k)]), np.array([float(n)]), np.array([p]))[0]
    assert told == pytest.approx(plain_at_least(k, n, p), abs=1e-10, rel=1e-8)
    below = at_most(np.array([float(k)]), np.array([float(n)]), np.array([p]))[0]
    assert below == pytest.approx(1 - (plain_at_least(k + 1, n, p) if k < n else 0.0), abs=1e-10)


def test_many_at_once_answer_as_each_alone() -> None:
    rng = np.random.default_rng(5)
    a, b, x = rng.uniform(0.5, 1e5, 300), rng.uniform(0.5, 1e5, 300), rng.random(300)
    together = beta_share(x, a, b)
    alone = [float(beta_share(np.array([x[i]]), np.array([a[i]]), np.array([b[i]]))[0]) for i in range(300)]
    assert together == pytest.approx(alone, abs=1e-12)


@pytest.mark.parametrize(
    ("t", "freedom", "tail"),
    [(6.314, 1, 0.05), (2.015, 5, 0.05), (3.365, 5, 0.01), (1.645, 1e7, 0.05), (-2.015, 5, 0.95)],
)
def test_students_tail_agrees_with_the_printed_tables(t: float, freedom: float, tail: float) -> None:
    assert student_tail(np.array([t]), np.array([freedom]))[0] == pytest.approx(tail, abs=2e-5)


@given(st.integers(1, 60), st.data())
def test_drawing_blindly_is_counted_as_by_hand(total: int, data: st.DataObject) -> None:
    marked, drawn = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    hits = data.draw(st.integers(0, min(marked, drawn)))
    ways = sum(
        math.comb(marked, x) * math.comb(total - marked, drawn - x) for x in range(hits, min(marked, drawn) + 1)
    ) / math.comb(total, drawn)
    told = drawn_at_least(*(np.array([float(v)]) for v in (hits, marked, drawn, total)))[0]
    assert told == pytest.approx(ways, rel=1e-7, abs=1e-12)


def test_the_ends_stay_numbers() -> None:
    assert np.isfinite(normal_deviates(np.array([0.0, 1.0, 1e-320]))).all()
    assert at_least(np.array([0.0, 5.0]), np.array([5.0, 5.0]), np.array([0.0, 1.0])).tolist() == [1.0, 1.0]
    assert corrected(np.empty(0)).size == 0


def test_the_correction_is_worked_out_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.03, 0.5 of four: 0.04, 0.04, 0.04, 0.5, each no more than its follower.
    assert corrected(np.array([0.5, 0.01, 0.03, 0.02])) == pytest.approx([0.5, 0.04, 0.04, 0.04])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_the_correction_never_lowers_and_keeps_the_order(p: list[float]) -> None:
    told = corrected(np.array(p))
    assert (told >= np.array(p) - 1e-12).all()
    assert (told <= 1).all()
    assert (np.diff(told[np.argsort(p, kind="stable")]) >= -1e-12).all()
