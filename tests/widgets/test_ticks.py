"""Ticks stand at round local times and round values."""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from widgets.parts.ticks import ceiling, time_ticks, value_ticks

BERLIN, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")
ZONES = st.sampled_from([BERLIN, KATHMANDU, ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")])


def at(zone: ZoneInfo, *when: int) -> float:
    return datetime(*when, tzinfo=zone).timestamp()  # type: ignore[misc, arg-type]  # the parts of a date


def test_nothing_to_mark_is_no_ticks() -> None:
    assert time_ticks(5.0, 5.0, 6, BERLIN) == []
    assert time_ticks(math.nan, 5.0, 6, BERLIN) == []
    assert value_ticks(0.0, 3) == [0.0]


def test_six_hours_are_marked_by_the_hour_of_the_session() -> None:
    ticks = time_ticks(at(BERLIN, 2026, 11, 20, 8, 21), at(BERLIN, 2026, 11, 20, 14, 21), 8, BERLIN)
    assert [text for _, text in ticks] == ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00"]


def test_midnight_among_hours_is_named_by_its_day() -> None:
    ticks = time_ticks(at(BERLIN, 2026, 11, 19, 20), at(BERLIN, 2026, 11, 20, 4), 5, BERLIN)
    assert "Fri 20" in [text for _, text in ticks]


def test_days_start_at_local_midnight_on_both_sides_of_a_clock_change() -> None:
    ticks = time_ticks(at(BERLIN, 2026, 10, 23), at(BERLIN, 2026, 10, 28), 10, BERLIN)
    whole = [x for x, _ in ticks if datetime.fromtimestamp(x, BERLIN).hour == 0]
    assert at(BERLIN, 2026, 10, 25) in whole
    assert at(BERLIN, 2026, 10, 26) in whole
    assert at(BERLIN, 2026, 10, 26) - at(BERLIN, 2026, 10, 25) == 25 * 3600


def test_a_zone_off_by_a_quarter_of_an_hour_still_gets_round_times() -> None:
    start = at(KATHMANDU, 2026, 11, 20, 8, 7)
    ticks = time_ticks(start, start + 3600, 7, KATHMANDU)
    assert [text for _, text in ticks][:2] == ["08:10", "08:20"]


@given(st.floats(0, 4e9), st.floats(1, 400 * 86_400), st.integers(1, 20), ZONES)
def test_ticks_are_inside_ordered_and_not_too_many(x0: float, span: float, most: int, zone: ZoneInfo) -> None:
    xs = [x for x, _ in time_ticks(x0, x0 + span, most, zone)]
    assert len(xs) <= most
    assert xs == sorted(set(xs))
    assert all(x0 <= x <= x0 + span for x in xs)


@given(st.floats(1e-9, 1e12), st.integers(1, 10))
def test_value_ticks_start_at_zero_and_stay_below_the_top(top: float, most: int) -> None:
    ticks = value_ticks(top, most)
    assert ticks[0] == 0
    assert len(ticks) <= most + 1
    assert ticks[-1] <= top * (1 + 1e-6)


@given(st.floats(1e-9, 1e12))
def test_the_ceiling_leaves_air_but_not_a_desert(largest: float) -> None:
    assert largest < ceiling(largest) <= largest * 2.5


def test_the_ceiling_of_nothing_is_one() -> None:
    assert ceiling(0.0) == ceiling(-3.0) == ceiling(math.nan) == 1.0
