"""Where the ticks of a chart stand and what they say. Pure.

One would get wrong: ticks of a day are midnights of the session's zone, which are not 24 h apart when clocks change.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_SUB_DAY = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
_DAYS = (1, 2, 3, 7, 14, 28, 56, 112, 364)
_DAY = 86_400


def time_ticks(x0: float, x1: float, most: int, zone: ZoneInfo) -> list[tuple[float, str]]:
    """At most ``most`` (≥ 1) round local times in [x0, x1] (seconds since 1970 UTC), with their labels.

    '14:05' from minutes up, '14:05:30' below, 'Thu 19' from days up; midnight among hours is named by its day.
    """
    if not (math.isfinite(x0) and math.isfinite(x1)) or x1 <= x0 or most < 1:
        return []
    need = (x1 - x0) / most
    for step in _SUB_DAY:
        if step >= need:
            found = [(x, _clock(x, step, zone)) for x in _local_multiples(x0, x1, step, zone)]
            if len(found) <= most:
                return found
    for days in _DAYS:
        if days * _DAY >= need:
            found = [(x, _day(x, zone)) for x in _midnights(x0, x1, days, zone)]
            if len(found) <= most:
                return found
    return []


def value_ticks(top: float, most: int) -> list[float]:
    """Round values from 0 up to ``top`` (> 0), at most ``most`` + 1 of them, evenly spaced by 1, 2 or 5 × 10ⁿ."""
    if not math.isfinite(top) or top <= 0 or most < 1:
        return [0.0]
    step = _nice(top / most)
    return [index * step for index in range(int(top / step * (1 + 1e-9)) + 1)]


def ceiling(largest: float) -> float:
    """A top for the y axis with a little air over ``largest``; 1.0 for nothing, zero or less."""
    if not math.isfinite(largest) or largest <= 0:
        return 1.0
    step = _nice(largest / 3)
    return max(step * math.ceil(largest * 1.04 / step - 1e-9), step)


def _nice(size: float) -> float:
    power = 10.0 ** math.floor(math.log10(size))
    for factor in (1.0, 2.0, 5.0):
        if factor * power >= size * (1 - 1e-9):
            return factor * power
    return 10.0 * power


def _local_multiples(x0: float, x1: float, step: int, zone: ZoneInfo) -> Iterator[float]:
    """Instants whose wall clock is a multiple of ``step`` seconds; a repeated hour comes twice."""
    grain = math.gcd(step, 900)  # zones differ from UTC by whole quarters of an hour
    start = math.ceil(x0 / grain) * grain
    x = float(start)
    while x <= x1:
        local = datetime.fromtimestamp(x, zone)
        if (local.hour * 3600 + local.minute * 60 + local.second) % step == 0:
            yield x
        x += grain


def _midnights(x0: float, x1: float, days: int, zone: ZoneInfo) -> Iterator[float]:
    day = datetime.fromtimestamp(x0, zone).date()
    while True:
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).timestamp()
        if midnight > x1:
            return
        if midnight >= x0 and day.toordinal() % days == 0:
            yield midnight
        day += timedelta(days=1)


def _clock(x: float, step: int, zone: ZoneInfo) -> str:
    local = datetime.fromtimestamp(x, zone)
    if local.hour == local.minute == local.second == 0:
        return _day(x, zone)
    return local.strftime("%H:%M:%S" if step < 60 else "%H:%M")


def _day(x: float, zone: ZoneInfo) -> str:
    local = datetime.fromtimestamp(x, zone)
    return f"{local:%a} {local.day}"
