"""Hours over their usual: chance and unknown hours claim nothing, long faults do not become usual."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from console.model.radar import more_than_usual, rise, stretches, usual_shares

HOURS = 24 * 6


def quiet(rng: np.random.Generator, count: int, rate: float = 0.001) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    calls = rng.poisson(8_000, (count, HOURS)).astype(float)
    return rng.poisson(calls * rate).astype(float), calls


def test_nothing_ever_counted_is_nothing_to_tell() -> None:
    assert stretches(np.zeros((3, HOURS)), np.zeros((3, HOURS))) == []
    assert stretches(np.zeros((0, HOURS)), np.zeros((0, HOURS))) == []
    assert stretches(np.zeros((2, 1)), np.ones((2, 1))) == []


def test_ordinary_hours_are_seldom_called_failing() -> None:
    rng = np.random.default_rng(12)
    false = sum(bool(stretches(*quiet(rng, 30))) for _ in range(60))
    assert false <= 3


@given(st.integers(0, 500), st.lists(st.booleans(), min_size=HOURS, max_size=HOURS))
@settings(max_examples=25)
def test_unknown_hours_claim_nothing_and_end_nothing(seed: int, lost: list[bool]) -> None:
    rng = np.random.default_rng(seed)
    events, calls = quiet(rng, 2)
    gone = np.array(lost)
    events[:, gone], calls[:, gone] = 0, 0
    events[1] = np.where(np.arange(HOURS) >= 100, calls[1] * 0.2, events[1])
    found = stretches(events, calls)
    assert all(s.place == 1 for s in found)
    assert len(found) <= 1


@pytest.mark.parametrize("days", [1, 3])
def test_a_fault_of_days_is_one_stretch_with_the_usual_of_before(days: int) -> None:
    rng = np.random.default_rng(2)
    events, calls = quiet(rng, 20)
    first = HOURS - 24 * days
    events[7, first:] = rng.poisson(calls[7, first:] * 0.03)
    found = stretches(events, calls)
    assert [(s.place, s.first, s.last) for s in found] == [(7, first, HOURS - 1)]
    assert found[0].usual == pytest.approx(0.001, rel=0.2)
    assert found[0].share == pytest.approx(0.03, rel=0.05)
    assert found[0].excess == pytest.approx(found[0].events - found[0].usual * found[0].calls)


def test_a_handful_of_errors_is_no_fault() -> None:
    events, calls = np.zeros((1, HOURS)), np.full((1, HOURS), 500.0)
    events[0, 50] = 4
    assert stretches(events, calls) == []


def test_the_usual_of_a_series_never_called_is_unknown() -> None:
    assert np.isnan(usual_shares(np.zeros((1, HOURS)), np.zeros((1, HOURS)))[0])


def test_more_than_usual_is_the_poisson_tail() -> None:
    assert more_than_usual(0, 3.0) == 1.0
    assert more_than_usual(1, 0.5) == pytest.approx(1 - np.exp(-0.5), rel=1e-4)
    assert more_than_usual(3, 1.0) == pytest.approx(1 - np.exp(-1) * (1 + 1 + 0.5), rel=1e-4)


def test_a_group_that_appears_late_rose_there_and_one_spread_evenly_did_not() -> None:
    late = np.zeros(300, np.bool_)
    late[200::5] = True
    assert rise(late).first == 200
    assert rise(late).score > 6
    assert rise(np.arange(300) % 5 == 0).score < 6
    assert rise(np.zeros(10, np.bool_)).score == 0.0
