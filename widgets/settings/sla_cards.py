"""The editors of working calendars, SLA policies and the escalation ladder."""

from __future__ import annotations

from console.model.errors import SettingsError
from console.model.sla_policy import SHIPPED
from console.present import words
from console.settings import from_document
from console.sla_settings import CalendarSettings
from widgets.fields import TextField
from widgets.settings.items import ItemsEditor, PathField, Place
from widgets.settings.rows import RowColumn, RowsEditor
from widgets.settings.sla_document import (
    CALENDAR,
    DAYS,
    NEW_CALENDAR,
    NO_PAUSE,
    POLICY,
    ladder_words,
    listed,
    shipped_words,
)

_ICALENDAR = "iCalendar (*.ics *.ical *.ifb);;All files (*)"


def calendars_editor() -> ItemsEditor:
    places = [
        Place("name", TextField("Name", "One called office replaces the shipped one.", hint="office")),
        Place("time_zone", TextField("Time zone", "Of its hours; empty is the session's.", hint="Europe/Berlin")),
        *(Place(day, TextField(day.capitalize(), hint="closed")) for day in DAYS),
        Place("holidays", TextField("Holidays", "Dates, divided by commas.", hint="2026-12-25, 2026-12-26")),
        Place(
            "holidays_from",
            PathField(
                "Holidays from a file", "An iCalendar file; its all-day events are holidays.",
                "Choose an iCalendar file with holidays", _ICALENDAR,
            ),
            2,
        ),
    ]  # fmt: skip
    help_text = (
        "Hours of a day such as 09:00-12:00, 13:00-17:00; empty is closed. A night is two days: to 24:00, from 00:00."
    )
    return ItemsEditor("Working calendars", places, "a calendar", help_text, calendar_words, NEW_CALENDAR)


def policies_editor() -> ItemsEditor:
    own = " A shipped name changes that policy."
    places = [
        Place("name", TextField("Name", own.strip(), words=[p.name for p in SHIPPED])),
        Place("severity", TextField("Severity", "Empty is any; several with commas.", hint="any")),
        Place("segment", TextField("Segment", hint="any")),
        Place("kind", TextField("Kind", hint="any")),
        Place("source", TextField("Source", hint="any")),
        Place("calendar", TextField("Calendar", "always, office or one of yours.", hint="always")),
        Place("respond", TextField("Respond within", "15 min, 4 h, 10 working days, none.", hint="not spoken of")),
        Place("resolve", TextField("Resolve within", "The same; of working days the calendar's.", hint="not spoken of")),
        Place(
            "pause_on",
            TextField(
                "Pauses on", f"Status words or tags that stop the resolution clock; “{NO_PAUSE}” for none.",
                hint="waiting, waiting for customer, pending",
            ),
            2,
        ),
    ]  # fmt: skip
    help_text = f"Yours come first, in this order (Alt+Up, Alt+Down). Shipped: {shipped_words()}."
    return ItemsEditor("SLA policies", places, "a policy", help_text, policy_words, ordered=True)


def ladder_editor() -> RowsEditor:
    columns = (RowColumn("at", "At (% used)", 110), RowColumn("tell", "Tell"))
    help_text = f"Roles or names, divided by commas; assignee is the ticket's. None of yours: {ladder_words()}."
    return RowsEditor("Escalation ladder", columns, "a step", help_text)


def calendar_words(row: list[str]) -> str:
    """ "office · Europe/Berlin · 40 h a week", as far as it can be read."""
    cells = dict(zip(CALENDAR, row, strict=True))
    parts = [cells["name"] or "(no name yet)", cells["time_zone"], _week(cells)]
    return " · ".join(part for part in parts if part)


def _week(cells: dict[str, str]) -> str:
    hours = {day: listed(cells[day]) for day in DAYS if cells[day].strip()}
    try:
        from_document({"calendar": [{"name": "a", "hours": hours}]})
    except SettingsError:
        return ""
    seconds = 0
    for spans in hours.values():
        for span in spans:
            start, _, end = span.replace("–", "-").replace("to", "-").partition("-")
            seconds += _second(end) - _second(start)
    return f"{seconds / 3600:g} h a week"


def _second(clock: str) -> int:
    hour, _, minute = clock.strip().partition(":")
    return int(hour) * 3_600 + int(minute) * 60


def policy_words(row: list[str]) -> str:
    """ "gold · P1, P2 · respond 15 min · resolve 2 h"."""
    cells = dict(zip(POLICY, row, strict=True))
    parts = [cells["name"] or "(no name yet)", cells["severity"], cells["segment"], cells["kind"], cells["source"]]
    parts += [f"{word} {cells[word]}" for word in ("respond", "resolve") if cells[word]]
    return " · ".join(part for part in parts if part)


def holiday_notes(calendars: list[CalendarSettings], today: str) -> dict[str, str]:
    """What was read from the files of calendars, by name; ``today`` as 2026-11-21."""
    notes = {}
    for calendar in calendars:
        days = [day.isoformat() for day in calendar.imported]
        if days:
            ahead = [day for day in days if day >= today]
            next_one = f", the next on {ahead[0]}" if ahead else ", none of them to come"
            were = "was" if len(days) == 1 else "were"
            notes[calendar.name] = f"{words.plural(len(days), 'holiday')} {were} read from it{next_one}."
    return notes
