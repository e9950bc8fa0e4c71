"""Holidays from an iCalendar file, as offices and states publish them: the local dates of its all-day events.

What one would get wrong: an all-day event ends on the day after its last one, and a yearly one has no end at all; so events are
unfolded over some years around an instant. An event with hours (a party, a meeting) is no holiday.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import recurring_ical_events

from console.model.errors import SettingsError

_YEARS_BACK, _YEARS_AHEAD = 3, 6
_LARGEST = 8_000_000
_MOST_DAYS = 4_000


def read(path: Path, around: date) -> list[date]:
    """Every holiday from three years before to six years after. Raises SettingsError with one sentence."""
    try:
        if path.stat().st_size > _LARGEST:
            raise SettingsError(f"The holidays {path} are larger than 8 MB; take a calendar of holidays alone.")
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"The holidays {path} cannot be read ({error.strerror}); check the path.") from None
    first, last = date(around.year - _YEARS_BACK, 1, 1), date(around.year + _YEARS_AHEAD, 1, 1)
    try:
        calendar = icalendar.Calendar.from_ical(raw)
        events = recurring_ical_events.of(calendar, skip_bad_series=True).between(first, last)
        days = {day for event in events for day in _days(event) if first <= day < last}
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        # The libraries raise whatever the file leads them into; a stranger's file is never our bug.
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise SettingsError(f"The holidays {path} are not a calendar in iCalendar format ({reason}).") from None
    if not days:
        raise SettingsError(
            f"The holidays {path} have no all-day event between {first.year} and {last.year - 1}; check the file."
        )
    return sorted(days)


def _days(event: Any) -> list[date]:
    """The dates of an all-day event; none of one with hours."""
    start = event["DTSTART"].dt
    if isinstance(start, datetime):
        return []
    end = event["DTEND"].dt if "DTEND" in event else start + timedelta(days=1)
    if isinstance(end, datetime):
        end = end.date()
    return [start + timedelta(days=n) for n in range(min(_MOST_DAYS, max(1, (end - start).days)))]
