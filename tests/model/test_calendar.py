"""Working time: exact over both changes of the clocks, holidays, any split; held against counting single seconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.calendar import DAY_S, Calendar, WorkingTime, around_the_clock, spans

H = 3_600
BERLIN = "Europe/Berlin"
OFFICE = ((9 * H, 17 * H),)
WEEKDAYS = (OFFICE,) * 5 + ((),) * 2


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def office(zone: str = BERLIN, *holidays: date, hours: tuple[tuple[tuple[int, int], ...], ...] = WEEKDAYS) -> Calendar:
    return Calendar("office", zone, hours, frozenset(holidays))


def table(calendar: Calendar, year: int = 2026) -> WorkingTime:
    return WorkingTime(calendar, date(year - 1, 12, 1), date(year + 1, 2, 1))


def slow(calendar: Calendar, start: int, end: int, step: int = 1) -> int:
    """The definition: every second whose wall clock lies in working hours of a day that is no holiday."""
    zone, found = ZoneInfo(calendar.zone), 0
    for second in range(start, end, step):
        wall = datetime.fromtimestamp(second, zone)
        passed = wall.hour * 3600 + wall.minute * 60 + wall.second
        if wall.date() not in calendar.holidays and any(a <= passed < b for a, b in calendar.hours[wall.weekday()]):
            found += step
    return found


@pytest.mark.parametrize(
    ("zone", "hours", "start", "end", "worked"),
    [
        # The clocks go forward on 29 March 2026 in Berlin: Sunday has 23 hours.
        (BERLIN, ((0, DAY_S),), "2026-03-28T23:00", "2026-03-29T22:00", 23 * H),
        (BERLIN, ((2 * H, 3 * H),), "2026-03-28T23:00", "2026-03-29T22:00", 0),
        (BERLIN, ((H, 4 * H),), "2026-03-28T23:00", "2026-03-29T22:00", 2 * H),
        (BERLIN, ((H, 2 * H + 1800),), "2026-03-28T23:00", "2026-03-29T22:00", H),
        # They go back on 25 October: 25 hours, and 02:00 to 03:00 passes twice.
        (BERLIN, ((0, DAY_S),), "2026-10-24T22:00", "2026-10-25T23:00", 25 * H),
        (BERLIN, ((2 * H, 3 * H),), "2026-10-24T22:00", "2026-10-25T23:00", 2 * H),
        (BERLIN, ((H, 2 * H + 1800),), "2026-10-24T22:00", "2026-10-25T23:00", 2 * H),
        # Half an hour of summer time, in the other half of the world.
        ("Australia/Lord_Howe", ((0, DAY_S),), "2026-04-04T13:00", "2026-04-05T13:30", 24 * H + 1800),
        # Cairo changes at midnight: that day begins at one.
        ("Africa/Cairo", ((0, DAY_S),), "2026-04-23T22:00", "2026-04-24T21:00", 23 * H),
    ],
)  # fmt: skip
def test_the_night_the_clocks_change(
    zone: str, hours: tuple[tuple[int, int], ...], start: str, end: str, worked: int
) -> None:
    calendar = Calendar("all", zone, (hours,) * 7)
    assert table(calendar).between(utc(start), utc(end)) == worked
    assert slow(calendar, utc(start), utc(end), 60) == worked


def test_office_hours_move_with_the_clocks() -> None:
    made = table(office())
    friday, monday = utc("2026-03-27T15:00"), utc("2026-03-30T08:00")
    assert made.between(friday, monday) == 2 * H, "one hour on Friday until 16:00 UTC, one on Monday from 07:00 UTC"


def test_a_holiday_counts_nothing() -> None:
    christmas = (date(2026, 12, 25),)
    week = (utc("2026-12-21T00:00"), utc("2026-12-28T00:00"))
    assert table(office()).between(*week) == 40 * H
    assert table(office(BERLIN, *christmas)).between(*week) == 32 * H


def test_a_day_that_the_calendar_leaves_out_has_no_hours() -> None:
    """Samoa had no 30 December 2011."""
    made = spans(Calendar("all", "Pacific/Apia", (((0, DAY_S),),) * 7), date(2011, 12, 29), date(2012, 1, 1))
    assert sum(end - start for start, end in made) == 2 * DAY_S


def test_the_due_instant_is_the_earliest_at_which_the_time_has_passed() -> None:
    made = table(office())
    monday = utc("2026-11-16T08:00")
    assert made.reached(made.worked(monday) + 8 * H) == utc("2026-11-16T16:00"), "closing time, not next morning"
    assert made.reached(made.worked(monday) + 8 * H + 1) == utc("2026-11-17T08:00:01")
    assert made.reached(made.total + 1) is None


def test_around_the_clock_is_plain_time() -> None:
    made = table(around_the_clock())
    assert made.between(1_000, 5_000) == 4_000
    assert made.reached(made.worked(77) + 10) == 87


ZONES = st.sampled_from([BERLIN, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo"])


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    def day() -> tuple[tuple[int, int], ...]:
        edges = sorted(draw(st.sets(st.integers(0, 48), min_size=0, max_size=4)))
        return tuple((a * 1800, b * 1800) for a, b in zip(edges[::2], edges[1::2], strict=False))

    free = draw(st.sets(st.integers(0, 40), max_size=3))
    days = frozenset(date(2026, 3, 10) + timedelta(days=d) for d in free)
    return Calendar("drawn", draw(ZONES), tuple(day() for _ in range(7)), days)


@given(calendars(), st.lists(st.integers(utc("2026-03-10T00:00"), utc("2026-04-20T00:00")), min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_working_time_adds_up_over_any_split(calendar: Calendar, instants: list[int]) -> None:
    a, b, c = sorted(instants)
    made = WorkingTime(calendar, date(2026, 3, 1), date(2026, 5, 1))
    assert made.between(a, b) + made.between(b, c) == made.between(a, c)
    assert sum(end - start for start, end in made.inside(a, c)) == made.between(a, c)


@given(calendars(), st.integers(utc("2026-03-28T12:00"), utc("2026-03-30T00:00")), st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_working_time_is_what_counting_says(calendar: Calendar, start: int, halves: int) -> None:
    start -= start % 900
    end = start + halves * 1800
    made = WorkingTime(calendar, date(2026, 3, 20), date(2026, 4, 10))
    assert made.between(start, end) == slow(calendar, start, end, 900)


@given(calendars(), st.integers(1, 200 * H))
@settings(max_examples=60, deadline=None)
def test_reached_is_the_inverse_of_worked(calendar: Calendar, worked: int) -> None:
    made = WorkingTime(calendar, date(2026, 3, 20), date(2026, 4, 10))
    at = made.reached(worked)
    if at is None:
        assert worked > made.total
        return
    assert made.worked(at) == worked
    assert made.worked(at - 1) == worked - 1
