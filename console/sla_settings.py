"""Calendars, SLA policies and the escalation ladder as they stand in the settings, and what they mean together.

``holidays_from`` is read when settings are loaded or saved, never when a question is asked: the dates found are kept in
``imported``, so that a session says the same on any machine and as known then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from console import holidays
from console.model.calendar import ALWAYS, DAY_S, Calendar
from console.model.errors import SettingsError
from console.model.lengths import length_of
from console.model.nearest import did_you_mean
from console.model.sla import LADDER, Agreement, Rung
from console.model.sla_policy import OFFICE, SHIPPED, Length, Policy, agree, length

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SOME = {"weekdays": _DAYS[:5], "weekend": _DAYS[5:], "every_day": _DAYS}
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|–|to)\s*(\d{1,2}):(\d{2})")
_SEVERITIES = ("p1", "p2", "p3", "p4")
_KINDS = (
    "bug", "performance", "security", "usability", "documentation", "training", "question", "enhancement", "incident",
    "request", "review", "crash", "data", "interface", "integration", "database",
)  # fmt: skip
_LONGEST_S = 10 * 366 * DAY_S

Texts = str | list[str]


class CalendarSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Working hours a weekday: ``hours = { weekdays = "09:00-17:00", friday = ["09:00-12:00", "13:00-15:00"] }``."""

    name: str
    hours: dict[str, Texts]
    time_zone: str = ""
    holidays: list[date] = []
    holidays_from: str = ""
    imported: list[date] = []


class SlaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy, or changes to the shipped one with the same name; what is not named stays."""

    name: str
    severity: Texts | None = None
    segment: Texts | None = None
    kind: Texts | None = None
    source: Texts | None = None
    respond: str | float | None = None
    resolve: str | float | None = None
    calendar: str | None = None
    pause_on: Texts | None = None


class EscalationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is told when a clock has used ``at`` percent of its target."""

    at: float
    tell: Texts


class ForgottenSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When an acknowledged ticket is forgotten: silent for this share of its resolution target, or without one for ``after``."""

    share: float = 0.25
    after: str | float = "3 d"


def with_holidays(document: dict[str, Any], folder: Path, around: date) -> dict[str, Any]:
    """The document with what each ``holidays_from`` says now. Raises SettingsError."""
    rows = document.get("calendar")
    if not isinstance(rows, list):
        return document
    return {**document, "calendar": [_imported(row, folder, around) for row in rows]}


def _imported(row: Any, folder: Path, around: date) -> Any:
    if not isinstance(row, dict) or not isinstance(row.get("holidays_from"), str) or not row["holidays_from"]:
        return row
    return {**row, "imported": holidays.read(folder / Path(row["holidays_from"]).expanduser(), around)}


def reread(
    calendars: Sequence[CalendarSettings], standing: Sequence[CalendarSettings], around: date
) -> list[CalendarSettings]:
    """Calendars with the holidays of every file that was not read before: what stands unchanged keeps the dates it has."""
    before = {c.name: c for c in standing}
    found = []
    for calendar in calendars:
        same = before.get(calendar.name)
        if not calendar.holidays_from:
            calendar = msgspec.structs.replace(calendar, imported=[])
        elif not calendar.imported or (
            # A file of settings brings the dates it names; an editor changes the path and leaves the dates as they were.
            same is not None and same.holidays_from != calendar.holidays_from and same.imported == calendar.imported
        ):
            path = Path(calendar.holidays_from).expanduser()
            calendar = msgspec.structs.replace(calendar, imported=holidays.read(path, around))
        found.append(calendar)
    return found


def agreed(
    zone: str,
    calendars: Sequence[CalendarSettings],
    policies: Sequence[SlaSettings],
    ladder: Sequence[EscalationSettings],
    forgotten: ForgottenSettings,
) -> Agreement:
    """What clocks are judged by. ``zone``: of calendars that name none. Raises SettingsError with one sentence."""
    made = [_calendar(c, zone) for c in calendars]
    _once([c.name for c in made], "calendar")
    _once([p.name for p in policies], "SLA policy", "SLA policies")
    known = {ALWAYS, OFFICE, *(c.name for c in made)}
    own = [_policy(p, known) for p in policies]
    after = length_of(forgotten.after)
    if not 0 < forgotten.share <= 10 or not after or after > _LONGEST_S:
        raise SettingsError(
            '[forgotten] takes share as a number above 0 such as 0.25, and after as a length such as "3 d".'
        )
    return agree(zone, own, made, _ladder(ladder), forgotten_share=forgotten.share, forgotten_s=after)


def _once(names: list[str], what: str, many: str = "") -> None:
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(
                f'There are two {many or what + "s"} named "{name}"; every {what} needs a name of its own.'
            )


def _calendar(given: CalendarSettings, zone: str) -> Calendar:
    where = f'The calendar "{given.name}"'
    if not given.name.strip():
        raise SettingsError("A calendar needs a name.")
    if given.name == ALWAYS:
        raise SettingsError(f"{where} cannot be changed: it is every hour of the week; choose another name.")
    if given.time_zone:
        try:
            ZoneInfo(given.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SettingsError(
                f'{where} has the unknown time zone "{given.time_zone}"; use a name such as "Europe/Berlin".'
            ) from None
    days: dict[str, tuple[tuple[int, int], ...]] = {}
    # Single days stand over groups of them, in whatever order they are written.
    for key in sorted(given.hours, key=lambda k: -len(_SOME.get(k, (k,)))):
        if key not in _DAYS and key not in _SOME:
            raise SettingsError(f'{where} has hours of "{key}".{did_you_mean(key, (*_DAYS, *_SOME))}')
        hours = _hours(given.hours[key], where, key)
        days |= dict.fromkeys(_SOME.get(key, (key,)), hours)
    made = Calendar(
        given.name, given.time_zone or zone, tuple(days.get(day, ()) for day in _DAYS),
        frozenset((*given.holidays, *given.imported)),
    )  # fmt: skip
    if not made.week_s:
        raise SettingsError(f"{where} has no working hour in the week; its clocks would never run.")
    return made


def _hours(given: Texts, where: str, day: str) -> tuple[tuple[int, int], ...]:
    found = []
    for text in [given] if isinstance(given, str) else given:
        match = _HOURS.fullmatch(text.strip())
        if match is None:
            raise SettingsError(f'{where} has "{text}" on {day}; write hours as "09:00-17:00".')
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if int(match[2]) > 59 or int(match[4]) > 59 or end > 1440:
            raise SettingsError(f'{where} has "{text}" on {day}, which is no time of day.')
        if start >= end:
            raise SettingsError(
                f'{where} has "{text}" on {day}, which ends before it begins; a night is two days, to 24:00 and from 00:00.'
            )
        found.append((start * 60, end * 60))
    found.sort()
    if any(b[0] < a[1] for a, b in pairwise(found)):
        raise SettingsError(f"{where} has hours on {day} that overlap.")
    return tuple(found)


def _policy(given: SlaSettings, calendars: set[str]) -> Policy:
    where = f'The SLA policy "{given.name}"'
    if not given.name.strip():
        raise SettingsError("An SLA policy needs a name.")
    base = next((p for p in SHIPPED if p.name == given.name), None)
    fields: dict[str, Any] = {
        ours: _small(value)
        for ours, value in (
            ("severities", given.severity), ("segments", given.segment), ("kinds", given.kind), ("sources", given.source),
            ("pause_on", given.pause_on),
        )
        if value is not None
    }  # fmt: skip
    for key, name, known in (("severities", "severity", _SEVERITIES), ("kinds", "kind", _KINDS)):
        for word in fields.get(key, ()):
            if word not in known:
                raise SettingsError(f'{where} is for the {name} "{word}".{did_you_mean(word, known)}')
    for key, said in (("respond", given.respond), ("resolve", given.resolve)):
        if said is not None:
            fields[key] = _length(said, where, key)
    if given.calendar is not None:
        if given.calendar not in calendars:
            raise SettingsError(
                f'{where} counts by the calendar "{given.calendar}".{did_you_mean(given.calendar, calendars)}'
            )
        fields["calendar"] = given.calendar
    made = Policy(given.name, **fields) if base is None else replace(base, **fields)
    if made.respond is None and made.resolve is None:
        raise SettingsError(f'{where} promises nothing; give respond or resolve, such as resolve = "4 h" or "none".')
    return made


def _small(value: Texts) -> tuple[str, ...]:
    return tuple(v.strip().lower() for v in ([value] if isinstance(value, str) else value) if v.strip())


def _length(said: str | float, where: str, key: str) -> Length:
    found = length(said)
    seconds = 0 if found is None else found.seconds or (found.days or 0) * DAY_S
    if found is None or seconds > _LONGEST_S:
        raise SettingsError(
            f'{where} has {key} = {said!r}; write a length such as "15 min", "4 h" or "10 working days", or "none".'
        )
    return found


def _ladder(given: Sequence[EscalationSettings]) -> tuple[Rung, ...]:
    if not given:
        return LADDER
    rungs = []
    for row in given:
        tell = [row.tell] if isinstance(row.tell, str) else row.tell
        if not 0 < row.at <= 1000:
            raise SettingsError(
                f"[[escalation]] has at = {row.at:g}; write the percent of a target, such as 50, 75 or 100."
            )
        if not any(name.strip() for name in tell):
            raise SettingsError(f'[[escalation]] at {row.at:g} tells nobody; write who, such as tell = ["team lead"].')
        rungs.append(Rung(row.at / 100, tuple(name.strip() for name in tell if name.strip())))
    if len({r.share for r in rungs}) < len(rungs):
        raise SettingsError("[[escalation]] names the same percent twice; write each step once.")
    return tuple(sorted(rungs, key=lambda r: r.share))
