"""Working calendars: which seconds of the world's time are working time, exact over every change of the clocks.

What one would get wrong: a working hour is a stretch of *wall* time in a zone. On the night the clocks go forward 02:00 to
03:00 does not exist and counts nothing; on the night they go back it passes twice and counts twice. So hours are laid over
the stretches of constant offset, never converted end by end. Seconds here are whole seconds since 1970 UTC.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_S = 86_400
WEEK_S = 7 * DAY_S
END_OF_TIME_S = 253_402_300_799
"""The end of the year 9999."""

ALWAYS = "always"
"""The name of the calendar that never closes."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """``hours``: for Monday to Sunday the working hours as (from, to) in seconds of the local day, in order and apart.

    ``holidays``: local dates on which nobody works.
    """

    name: str
    zone: str
    hours: tuple[tuple[tuple[int, int], ...], ...]
    holidays: frozenset[date] = frozenset()

    @property
    def week_s(self) -> int:
        """Working seconds of a week without a holiday or a change of the clocks."""
        return sum(to - from_ for day in self.hours for from_, to in day)

    @property
    def day_s(self) -> int:
        """What "a working day" means in a target: the mean of the days that have hours."""
        days = sum(1 for day in self.hours if day)
        return round(self.week_s / days) if days else 0


def around_the_clock() -> Calendar:
    return Calendar(ALWAYS, "UTC", (((0, DAY_S),),) * 7)


@dataclass(frozen=True, slots=True)
class Piece:
    """Seconds [start, end) during which a zone's wall clock is ``offset`` seconds ahead of UTC."""

    start: int
    end: int
    offset: int


@lru_cache(maxsize=64)
def pieces(zone: str, first: date, last: date) -> tuple[Piece, ...]:
    """The offsets of a zone over [first, last), with room for every local day at both ends. Changes are found to the second.

    Two changes less than a day apart that cancel each other would be missed; no zone has had any since 1970.
    """
    where = ZoneInfo(zone)
    start, end = second_of(first) - DAY_S, second_of(last) + DAY_S
    found: list[Piece] = []
    begin, offset = start, _offset(where, start)
    for day in range(start + DAY_S, end + 1, DAY_S):
        here = _offset(where, day)
        if here != offset:
            change = _change(where, day - DAY_S, day, offset)
            found.append(Piece(begin, change, offset))
            begin, offset = change, here
    return (*found, Piece(begin, end, offset))


def second_of(day: date) -> int:
    """Midnight of a date as if its zone were UTC."""
    return (day.toordinal() - _EPOCH_DAY) * DAY_S


def day_of(second: int) -> date:
    return date.fromordinal(second // DAY_S + _EPOCH_DAY)


def _offset(where: ZoneInfo, second: int) -> int:
    moment = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC")) + timedelta(seconds=second)
    told = moment.astimezone(where).utcoffset()
    return 0 if told is None else int(told.total_seconds())


def _change(where: ZoneInfo, low: int, high: int, before: int) -> int:
    """The first second in (low, high] whose offset is not ``before``."""
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(where, middle) == before:
            low = middle
        else:
            high = middle
    return high


def spans(calendar: Calendar, first: date, last: date) -> list[tuple[int, int]]:
    """The working stretches of the local days [first, last) as (start, end), in order, merged where they touch."""
    found: list[tuple[int, int]] = []
    for piece in pieces(calendar.zone, first, last):
        low = max(first.toordinal(), (piece.start + piece.offset) // DAY_S + _EPOCH_DAY)
        high = min(last.toordinal(), (piece.end - 1 + piece.offset) // DAY_S + _EPOCH_DAY + 1)
        for ordinal in range(low, high):
            day = date.fromordinal(ordinal)
            if day in calendar.holidays:
                continue
            midnight = second_of(day) - piece.offset
            for from_, to in calendar.hours[day.weekday()]:
                start, end = max(piece.start, midnight + from_), min(piece.end, midnight + to)
                if start < end:
                    found.append((start, end))
    found.sort()
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


class WorkingTime:
    """A calendar as a cumulative table over the local days [first, last). Outside of them nothing is working time."""

    def __init__(self, calendar: Calendar, first: date, last: date) -> None:
        self.calendar = calendar
        if calendar == around_the_clock():
            self.spans = [(0, END_OF_TIME_S)]
        else:
            self.spans = spans(calendar, first, last)
        self._starts = [start for start, _ in self.spans]
        self._before: list[int] = []
        total = 0
        for start, end in self.spans:
            self._before.append(total)
            total += end - start
        self.total = total

    def worked(self, second: int) -> int:
        """Working seconds from the beginning of the table to ``second``."""
        place = bisect_right(self._starts, second) - 1
        if place < 0:
            return 0
        start, end = self.spans[place]
        return self._before[place] + min(second, end) - start

    def between(self, start: int, end: int) -> int:
        """Working seconds of [start, end); 0 where it ends before it begins."""
        return max(0, self.worked(end) - self.worked(start))

    def reached(self, worked: int) -> int | None:
        """The earliest second at which ``worked`` (> 0) working seconds have passed; None when the table ends before."""
        if worked > self.total:
            return None
        place = bisect_left(self._before, worked) - 1
        return self.spans[place][0] + worked - self._before[place]

    def inside(self, start: int, end: int) -> list[tuple[int, int]]:
        """The working stretches of [start, end)."""
        found = []
        for place in range(max(0, bisect_right(self._starts, start) - 1), len(self.spans)):
            low, high = max(start, self.spans[place][0]), min(end, self.spans[place][1])
            if self.spans[place][0] >= end:
                break
            if low < high:
                found.append((low, high))
        return found

    def holidays_between(self, start: int, end: int) -> list[date]:
        """Holidays with a second in [start, end) that would have been working time."""
        calendar = self.calendar
        near = [d for d in calendar.holidays if day_of(start) - _A_DAY <= d <= day_of(end) + _A_DAY]
        usual = replace(calendar, holidays=frozenset())
        return sorted(d for d in near if any(a < end and b > start for a, b in spans(usual, d, d + _A_DAY)))


@lru_cache(maxsize=64)
def working_time(calendar: Calendar, first: date, last: date) -> WorkingTime:
    """The table of a calendar, made once: it is only read."""
    return WorkingTime(calendar, first, last)
