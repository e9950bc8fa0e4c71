"""What moved: unknown time claims nothing, chance is seldom claimed, and what was planted is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from console.model.comparing import judge_counts, troubled
from console.model.moment import DAY, HOUR, MINUTE, Span
from console.model.spike import FALSE_CLAIMS, Counts, Finding, Levels, State, weigh
from console.model.spike_windows import windows

Floats = NDArray[np.float64]
WINDOWS, SLOTS = 8, 6


def names(count: int) -> list[str]:
    return [f"c{n}" for n in range(count)]


def steady(rng: np.random.Generator, count: int, wander: float = 0.0, burst: int = 1) -> Counts:
    """Failures of ``count`` routes that nothing happens to: rates from rare to common, wandering, in bursts."""
    calls = rng.poisson(20_000, (count, WINDOWS, SLOTS)).astype(float)
    rate = 10 ** rng.uniform(-4, -1.3, (count, 1, 1))
    day = np.exp(wander * rng.standard_normal((count, WINDOWS, 1)))
    return Counts(
        "route", "", "share", names(count), burst * rng.poisson(calls * rate * day / burst).astype(float), calls
    )


def claimed(found: list[Finding]) -> list[str]:
    return [f.name for f in found if f.state is State.MOVED]


def test_nothing_known_before_or_during_claims_nothing() -> None:
    told = steady(np.random.default_rng(1), 4)
    events, exposure = np.array(told.events), np.array(told.exposure)
    events[:, 0] *= 50
    exposure[0, 0], exposure[1, 1:] = 0, 0
    found = weigh([Counts("route", "", "share", told.names, events, exposure)])
    assert {f.name for f in found} == {"c2", "c3"}
    assert weigh([]) == []
    assert weigh([Counts("route", "", "share", [], np.empty((0, 3, 2)), np.empty((0, 3, 2)))]) == []


@given(st.integers(0, 10_000), st.data())
@settings(max_examples=40)
def test_minutes_becoming_unknown_never_make_a_claim(seed: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    told = steady(rng, 12)
    seconds = np.full((1, WINDOWS, SLOTS), 600.0)
    volume = rng.poisson(3_000.0, (1, WINDOWS, SLOTS)).astype(float)
    lost = np.array(data.draw(st.lists(st.booleans(), min_size=WINDOWS * SLOTS, max_size=WINDOWS * SLOTS)))
    gone = lost.reshape(1, WINDOWS, SLOTS)
    # What was not heard is neither counted nor exposed: the calls, their failures and the time fall away together.
    kept = weigh(
        [
            Counts("route", "", "share", told.names, np.where(gone, 0, told.events), np.where(gone, 0, told.exposure)),
            Counts("traffic", "", "per_second", ["all calls"], np.where(gone, 0, volume), np.where(gone, 0, seconds)),
        ]
    )
    assert [f for f in kept if f.state is State.MOVED and f.kind == "traffic"] == []
    assert len(claimed(kept)) <= 1


@pytest.mark.thorough
@pytest.mark.parametrize(("wander", "burst"), [(0.0, 1), (0.3, 1), (0.0, 8), (0.2, 4)])
def test_chance_is_claimed_in_fewer_than_one_list_of_twenty(wander: float, burst: int) -> None:
    """Also where rates wander from day to day and calls fail in bursts, which plain Poisson tests take for news."""
    rng = np.random.default_rng(20_260)
    lists = 200
    false = sum(bool(claimed(weigh([steady(rng, 40, wander, burst)]))) for _ in range(lists))
    assert false / lists <= FALSE_CLAIMS


def test_plain_poisson_would_not_do() -> None:
    """The guard of the test above: on the same wandering rates the naive comparison claims all the time."""
    rng = np.random.default_rng(20_260)
    told = steady(rng, 40, 0.3)
    k, n = told.events.sum(axis=2), told.exposure.sum(axis=2)
    expected = k[:, 1:].sum(axis=1) / n[:, 1:].sum(axis=1) * n[:, 0]
    assert (np.abs(k[:, 0] - expected) > 4 * np.sqrt(expected)).any()


def test_what_was_planted_is_claimed_and_ranks_first() -> None:
    rng = np.random.default_rng(3)
    told = steady(rng, 60, 0.2)
    events = np.array(told.events)
    events[17, 0] = rng.poisson(told.exposure[17, 0] * 0.3)
    found = weigh([Counts("route", "", "share", told.names, events, told.exposure)])
    assert found[0].name == "c17"
    assert found[0].during == pytest.approx(0.3, rel=0.05)
    assert found[0].p < 1e-4


def test_standing_still_is_told_from_not_knowing() -> None:
    calls = np.full((2, WINDOWS, SLOTS), 1_000.0)
    events = np.full((2, WINDOWS, SLOTS), 50.0)
    events[1] = 0
    events[1, 3, 2] = 1
    told = {f.name: f.state for f in weigh([Counts("route", "", "share", names(2), events, calls)])}
    assert told == {"c0": State.STILL, "c1": State.UNSURE}


@given(st.integers(0, 1_000), st.integers(2, 40))
@settings(max_examples=25)
def test_more_of_the_same_traffic_claims_nothing_new(seed: int, factor: int) -> None:
    """Ten times the calls in the span, failing as before: shares stand still."""
    rng = np.random.default_rng(seed)
    told = steady(rng, 20)
    calls = np.array(told.exposure)
    calls[:, 0] *= factor
    rate = told.events[:, 1:].sum(axis=(1, 2)) / told.exposure[:, 1:].sum(axis=(1, 2))
    events = np.array(told.events)
    events[:, 0] = np.round(rate[:, None] * calls[:, 0])
    assert claimed(weigh([Counts("route", "", "share", told.names, events, calls)])) == []


@given(st.integers(0, 1_000), st.sampled_from([2, 5, 10, 100]))
@settings(max_examples=25)
def test_scaling_all_traffic_claims_the_same(seed: int, factor: int) -> None:
    """Every count times k, on both sides, is calls that fail k at a time: what stood still does not begin to move."""
    rng = np.random.default_rng(seed)
    told = steady(rng, 24, 0.15)
    events = np.array(told.events)
    events[5, 0] = told.exposure[5, 0] * 0.5
    one = weigh([Counts("route", "", "share", told.names, events, told.exposure)])
    many = weigh([Counts("route", "", "share", told.names, events * factor, told.exposure * factor)])
    assert "c5" in claimed(one)
    assert set(claimed(one)) == set(claimed(many))


def test_a_tenth_more_is_no_news_however_sure() -> None:
    calls = np.full((1, WINDOWS, SLOTS), 1e7)
    events = np.full((1, WINDOWS, SLOTS), 1e5)
    events[0, 0] *= 1.09
    assert claimed(weigh([Counts("route", "", "share", ["c0"], events, calls)])) == []
    events[0, 0] *= 1.5
    assert claimed(weigh([Counts("route", "", "share", ["c0"], events, calls)])) == ["c0"]


def test_one_ticket_with_a_word_never_read_before_is_no_news() -> None:
    hours = np.full((1, WINDOWS, SLOTS), 600.0)
    events = np.zeros((30, WINDOWS, SLOTS))
    events[:, 0, 0] = 1
    assert claimed(weigh([Counts("word", "", "per_hour", names(30), events, hours, 3600.0)])) == []


def test_levels_move_when_they_leave_their_scatter() -> None:
    rng = np.random.default_rng(9)
    values = 40 + 4 * rng.standard_normal((3, WINDOWS, SLOTS))
    values[1, 0] += 45
    values[2, 0] = np.nan
    found = weigh([Levels("resource", "", "number", names(3), values)])
    assert claimed(found) == ["c1"]
    assert {f.name for f in found} == {"c0", "c1"}


def test_steady_levels_are_seldom_claimed() -> None:
    rng = np.random.default_rng(11)
    lists = 200
    false = sum(
        bool(
            claimed(
                weigh([Levels("resource", "", "number", names(20), 50 + rng.standard_normal((20, WINDOWS, SLOTS)))])
            )
        )
        for _ in range(lists)
    )
    assert false / lists <= FALSE_CLAIMS


def test_one_day_of_history_still_judges_by_its_minutes() -> None:
    rng = np.random.default_rng(4)
    calls = rng.poisson(5_000, (10, 2, SLOTS)).astype(float)
    events = rng.poisson(calls * 0.01).astype(float)
    events[4, 0] = rng.poisson(calls[4, 0] * 0.2)
    assert claimed(weigh([Counts("route", "", "share", names(10), events, calls)])) == ["c4"]


def test_bursts_that_fall_into_the_span_by_chance_are_no_news() -> None:
    """Two bad slots of forty: that both lie in the span happens in one shuffle of seventy-eight, and is not claimed."""
    calls = np.full((30, 8, 5), 20_000.0)
    events = np.random.default_rng(2).poisson(calls * 0.0003).astype(float)
    events[0, 0, 1:3] = 900.0
    assert claimed(weigh([Counts("route", "", "share", names(30), events, calls)])) == []
    events[0, 0] = 900.0
    assert claimed(weigh([Counts("route", "", "share", names(30), events, calls)])) == ["c0"]


def test_windows_in_trouble_themselves_are_no_measure_of_the_usual() -> None:
    calls = np.full((8, 5), 1_000_000.0)
    failed = np.full((8, 5), 300.0)
    assert troubled(failed, calls) == ()
    failed[3] = 40_000.0
    failed[0] = 90_000.0
    assert troubled(failed, calls) == (3,)
    failed[1:5] = 40_000.0
    assert len(troubled(failed, calls)) <= 2
    assert troubled(failed[:3], calls[:3]) == ()


def test_a_list_is_not_filled_by_one_kind() -> None:
    rng = np.random.default_rng(6)
    calls = rng.poisson(20_000, (6, WINDOWS, SLOTS)).astype(float)
    events = rng.poisson(calls * 0.002).astype(float)
    events[:, 0] = rng.poisson(calls[:, 0] * 0.4)
    some = Counts("consumer", "5xx", "share", names(6), events, calls)
    other = Counts("status", "", "share", ["502"], events[:1] / 4, calls[:1])
    assert {f.kind for f in weigh([some, other])[:3]} == {"consumer", "status"}


def test_the_baseline_is_the_time_before_and_the_same_hours_of_earlier_days() -> None:
    noon = 20_000 * DAY + 12 * HOUR
    told = windows(Span(noon + 90_000_000, noon + 40 * MINUTE), noon - 3 * DAY)
    assert told.span == Span(noon + MINUTE, noon + 40 * MINUTE)
    assert told.before[0] == Span(noon - 38 * MINUTE, noon + MINUTE)
    assert [s.start for s in told.before[1:]] == [noon + MINUTE - n * DAY for n in (1, 2, 3)][: len(told.before) - 1]
    assert all(s.length == told.span.length for s in told.before)


def test_a_long_span_is_cut_to_hours_and_compared_with_whole_days() -> None:
    noon = 20_000 * DAY + 12 * HOUR
    told = windows(Span(noon - 20 * HOUR + MINUTE, noon), 0)
    assert told.span == Span(noon - 20 * HOUR, noon)
    assert [told.span.start - s.start for s in told.before] == [n * DAY for n in range(1, 8)]


@given(st.integers(1, 40 * 24 * 60), st.integers(0, 3 * 24 * 60))
def test_windows_never_overlap_the_span_nor_each_other(minutes: int, offset: int) -> None:
    start = 20_000 * DAY + offset * MINUTE
    told = windows(Span(start, start + minutes * MINUTE), 0)
    ordered = sorted(told.every, key=lambda s: s.start)
    assert all(a.end <= b.start for a, b in pairwise(ordered))
    assert told.span.start <= start and told.span.end >= start + minutes * MINUTE
    assert 1 <= told.slots <= 12


def test_judging_needs_both_sides() -> None:
    told = judge_counts(np.zeros((1, 3, 2)), np.zeros((1, 3, 2)))
    assert np.isnan(told.p[0]) and np.isnan(told.before[0]) and np.isnan(told.during[0])
