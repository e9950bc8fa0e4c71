"""Latencies are kept in buckets, none further than two percent from a call in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.sources.gateways.call_counts import BOUNDS, bucket


@given(st.floats(0.01, 9_000_000))
def test_any_point_of_a_bucket_is_within_two_percent_of_every_call_in_it(ms: float) -> None:
    lower, upper = bucket(ms)
    assert lower < ms <= upper or ms == BOUNDS[0]
    if lower:
        assert upper / lower <= 1.02 + 1e-12


@given(st.lists(st.floats(0.02, 100_000), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_percentile_from_the_buckets_is_within_two_percent(durations: list[float], q: float) -> None:
    counts: dict[tuple[float, float], int] = {}
    for ms in durations:
        counts[bucket(ms)] = counts.get(bucket(ms), 0) + 1
    rank, below = q * len(durations), 0
    exact = sorted(durations)[max(0, -int(-rank // 1) - 1)]
    for (lower, upper), count in sorted(counts.items()):
        if below + count >= rank:
            estimate = lower + (upper - lower) * (rank - below) / count
            break
        below += count
    assert estimate == pytest.approx(exact, rel=0.0201)


def test_latencies_of_zero_and_of_days_have_a_bucket() -> None:
    assert bucket(0.0) == (0.0, 0.01)
    assert bucket(1e9)[1] == float("inf")
