"""Held against launches that really went on: what the forecast calls 80 % comes true 75 to 85 times in a hundred."""

from __future__ import annotations

import numpy as np
import pytest

from console.model.forecast.exit import Futures, Outcome
from tests.model.forecast.worlds import HORIZON, World

LAUNCHES = 200
FUTURES = 400


@pytest.fixture(scope="module")
def held_against_the_truth() -> list[tuple[float, Outcome]]:
    """(days to the real exit, the forecast) of 200 launches on which the exit was still to come."""
    found = []
    # Launches on which nothing of the forecaster was tried out.
    seed = 10_000
    while len(found) < LAUNCHES:
        seed += 1
        world = World(seed)
        truth = world.exit_after()
        if truth > 0:
            found.append((truth, Futures(world.standing(), seed, FUTURES).outcome()))
    return found


def inside(truth: float, outcome: Outcome) -> bool:
    low = np.inf if outcome.low is None else outcome.low
    high = np.inf if outcome.high is None else outcome.high
    return bool(low <= truth <= high)


@pytest.mark.thorough
def test_eighty_per_cent_intervals_hold_the_truth_75_to_85_times_in_a_hundred(
    held_against_the_truth: list[tuple[float, Outcome]],
) -> None:
    share = np.mean([inside(truth, outcome) for truth, outcome in held_against_the_truth])
    assert 0.75 <= share <= 0.85


def test_the_launches_are_not_all_alike(held_against_the_truth: list[tuple[float, Outcome]]) -> None:
    """Else an interval from now to never would hold them all."""
    truths = np.array([truth for truth, _ in held_against_the_truth])
    assert np.mean(np.isinf(truths)) > 0.1 and np.mean(truths < 3) > 0.1 and np.mean((truths > 3) & (truths < 30)) > 0.3
    told = [o for _, o in held_against_the_truth if o.low is not None]
    assert np.mean([o.low > 1 or (o.high is not None and o.high < HORIZON / 2) for o in told]) > 0.5


def test_the_forecast_beats_saying_how_often_exits_usually_come(
    held_against_the_truth: list[tuple[float, Outcome]],
) -> None:
    came = np.array([[truth <= day + 1 for day in range(HORIZON)] for truth, _ in held_against_the_truth], dtype=float)
    said = np.array([outcome.probability for _, outcome in held_against_the_truth])
    assert ((said - came) ** 2).mean() < 0.85 * ((came.mean(axis=0) - came) ** 2).mean()
