"""Bounds that people sign: checked against tables, not against themselves."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.interval import poisson_upper, wilson


@pytest.mark.parametrize(
    ("events", "bound"),
    [(0, 2.99573), (1, 4.74386), (2, 6.29579), (3, 7.75366), (5, 10.51303), (10, 16.96222), (50, 63.28698)],
)
def test_the_poisson_bound_is_that_of_the_tables(events: int, bound: float) -> None:
    assert poisson_upper(events) == pytest.approx(bound, abs=1e-4)


@pytest.mark.parametrize("events", [250, 299, 300, 301, 302, 400, 5_001, 100_000])
def test_the_bound_leaves_no_step_where_its_formula_changes(events: int) -> None:
    below, here, above = poisson_upper(events - 1), poisson_upper(events), poisson_upper(events + 1)
    assert 1.0 < here - below < 1.06 and 1.0 < above - here < 1.06
    assert here == pytest.approx(events + 1.645 * math.sqrt(events) + 1.57, rel=2e-3)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"), [(8, 10, 0.4902, 0.9433), (0, 20, 0.0, 0.1611), (81, 100, 0.7222, 0.8749)]
)
def test_the_wilson_interval_is_that_of_the_tables(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_inside_its_interval(pair: tuple[int, int]) -> None:
    k, n = pair
    low, high = wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1


def test_no_evidence_bounds_no_share() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
