"""The names of the world's time zones, for completion. Listing them opens hundreds of files: ask on the read lane."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def names() -> tuple[str, ...]:
    """Sorted; the first call takes tens of milliseconds of disk."""
    return tuple(sorted(available_timezones()))
