"""One rule over one series: shares with their confidence, budgets on two windows, levels, and nothing known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.alert import State
from console.model.alert_rules import read
from console.model.alert_watch import Samples, Told, Watch
from console.model.interval import wilson
from console.model.moment import MINUTE
from console.model.rolling import rolling, wilson_high, wilson_low

SHARE = {"name": "s", "kpi": "error_rate_5xx", "above": 0.05, "window": "5 min", "for": "2 min"}
LEVEL = {"name": "t", "kpi": "throughput", "above": 40}
BURN = {"name": "b", "kpi": "error_rate_5xx", "burn": 0.001}


def share(bad: list[float], n: list[float], known: list[bool] | None = None) -> Samples:
    there = np.ones(len(bad), np.bool_) if known is None else np.array(known)
    return Samples(0, there, np.full(len(bad), np.nan), np.array(bad, np.float64), np.array(n, np.float64))


def told(rule: dict[str, Any], samples: Samples) -> list[Told]:
    return Watch(read(rule), {}).extend(samples)[0]


def fires(rule: dict[str, Any], samples: Samples) -> list[int]:
    return [t.change.minute // MINUTE for t in told(rule, samples) if t.change.fires]


def test_one_error_in_one_request_is_no_evidence() -> None:
    assert fires(SHARE, share([1, *[0] * 30], [1, *[0] * 30])) == []
    assert fires(BURN, share([1, *[0] * 300], [1, *[0] * 300])) == []


def test_many_of_few_are() -> None:
    assert fires(SHARE, share([0] * 10 + [27] * 5, [30] * 15)) == [11]


def test_a_share_just_over_its_limit_waits_until_it_is_sure() -> None:
    slightly = share([6] * 5, [100] * 5)
    assert fires({**SHARE, "above": 0.055, "window": "3 min"}, slightly) == []
    assert fires({**SHARE, "above": 0.03, "window": "3 min"}, slightly) != []


def test_availability_fires_below_its_limit() -> None:
    rule = {"name": "a", "kpi": "availability_by_calls", "below": 0.99}
    assert fires(rule, share([100] * 10, [100] * 10)) == []
    assert fires(rule, share([90] * 10, [100] * 10)) == [0]


def test_a_fast_burn_is_told_with_its_rate_and_ends_with_the_short_windows() -> None:
    bad = [0] * 480 + [90] * 20 + [0] * 60
    found = told({**BURN, "keep_firing_for": "0 min"}, share(bad, [1000] * len(bad)))
    first = next(t for t in found if t.change.fires)
    assert first.reason == "fast"
    assert first.bound > 14.4
    ended = next(t for t in found if t.change.resolves)
    assert 500 < ended.change.minute // MINUTE <= 530


def test_a_slow_leak_is_seen_that_no_threshold_sees() -> None:
    bad = [0] * 1440 + [3] * 4000
    samples = share(bad, [1000] * len(bad))
    assert fires(SHARE, samples) == []
    found = [t for t in told(BURN, samples) if t.change.fires]
    assert found
    assert found[0].reason == "slow leak"


def test_an_uncovered_minute_holds_and_a_silent_one_does_not_resolve() -> None:
    bad, n = [30] * 5 + [0] * 40, [100] * 5 + [0] * 40
    held = told({**SHARE, "keep_firing_for": "1 min"}, share(bad, n, [True] * 5 + [False] * 40))
    assert held[-1].change.after is State.HELD
    silent = told({**SHARE, "keep_firing_for": "1 min"}, share(bad, n))
    assert silent[-1].change.after is State.FIRING


def test_what_stands_in_an_uncovered_minute_does_not_count() -> None:
    assert fires(SHARE, share([50] * 10, [100] * 10, [False] * 10)) == []


def test_a_level_without_a_reading_is_unknown() -> None:
    rule = {"name": "c", "kpi": "cpu", "above": 0.8, "for": "1 min", "keep_firing_for": "0 min"}
    values = np.array([0.9, np.nan, 0.9, 0.5])
    samples = Samples(0, np.isfinite(values), values)
    assert [t.change.after for t in told(rule, samples)] == [State.FIRING, State.HELD, State.FIRING, State.OK]


def test_a_mean_of_two_tickets_says_nothing_where_five_are_asked_for() -> None:
    rule = {"name": "m", "kpi": "mtta", "above": 900, "least": 5}
    samples = Samples(0, np.ones(3, np.bool_), np.full(3, 4000.0), None, np.array([2.0, 4.0, 5.0]))
    assert fires(rule, samples) == [2]


@given(
    st.sampled_from(
        [
            SHARE,
            BURN,
            {"name": "q", "kpi": "latency_p95", "above": 500},
            {"name": "t", "kpi": "throughput", "above": 40},
        ]
    ),
    st.integers(0, 10_000),
    st.lists(st.integers(1, 60), min_size=1, max_size=10),
)
@settings(max_examples=60)
def test_minute_by_minute_or_at_once_the_same_is_told(rule: dict[str, Any], seed: int, pieces: list[int]) -> None:
    draw = np.random.default_rng(seed)
    total = sum(pieces)
    n = draw.integers(0, 60, total).astype(np.float64)
    bad = np.floor(n * draw.random(total) * draw.choice([0.0, 0.01, 0.3], total))
    known = draw.random(total) > 0.1
    level = None if rule["name"] == "t" else bad
    samples = Samples(0, known, np.where(known, n, np.nan), level, None if level is None else n)
    whole = Watch(read(rule), {})
    at_once, _ = whole.extend(samples)
    piecewise, place, found = Watch(read(rule), {}), 0, []
    for length in pieces:
        found += piecewise.extend(samples.part(place, place + length))[0]
        place += length
    assert [_plain(t) for t in found] == [_plain(t) for t in at_once]
    assert piecewise.standing == whole.standing


def _plain(one: Told) -> tuple[Any, ...]:
    value = None if np.isnan(one.value) else one.value
    return one.change, value, one.bound if one.bound == one.bound else None, one.reason


@given(st.lists(st.integers(0, 50), min_size=1, max_size=80), st.integers(1, 30), st.integers(1, 80))
def test_rolling_sums_are_sums(values: list[int], width: int, last: int) -> None:
    last = min(last, len(values))
    found = rolling(np.array(values, np.float64), width, last)
    slow = [sum(values[max(0, i - width + 1) : i + 1]) for i in range(len(values))][-last:]
    assert found.tolist() == slow


@given(st.integers(0, 200), st.integers(0, 200))
def test_bounds_of_arrays_are_those_of_single_shares(k: int, more: int) -> None:
    n = k + more
    low, high = wilson(k, n, 1.645)
    for count in (1, 3):
        ks, ns = np.full(count, float(k)), np.full(count, float(n))
        assert wilson_low(ks, ns, 1.645)[0] == pytest.approx(low, abs=1e-12)
        assert wilson_high(ks, ns, 1.645)[0] == pytest.approx(high, abs=1e-12)
    single, many = (wilson_low(np.full(count, k * 1.0), np.full(count, n * 1.0), 1.645) for count in (1, 2))
    assert single[0] == many[0]
