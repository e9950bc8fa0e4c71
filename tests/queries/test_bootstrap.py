"""The interval of a mean by resampling."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from console.queries.bootstrap import bootstrap_mean


def test_no_evidence_bounds_nothing_and_one_sample_only_itself() -> None:
    assert all(math.isnan(bound) for bound in bootstrap_mean([]))
    assert bootstrap_mean([3.0]) == (3.0, 3.0)


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=30), st.randoms())
def test_the_order_of_samples_does_not_move_their_interval(samples: list[float], chance: object) -> None:
    shuffled = list(samples)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis hands in a random.Random
    assert bootstrap_mean(samples) == bootstrap_mean(shuffled)
    low, high = bootstrap_mean(samples)
    slack = 1e-9 * max(samples)
    assert min(samples) - slack <= low <= high <= max(samples) + slack
