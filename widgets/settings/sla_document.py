"""Calendars, policies and the escalation ladder as rows of texts, and back. Pure; what a row means is judged by ``sla_settings``.

What one would get wrong: a row that was not touched stays as it was written ("weekdays" is not spelt out into five days, a
number of seconds is not made a text), and keeps the holidays that were read from its file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from console import sla_settings
from console.model.errors import SettingsError
from console.model.sla import LADDER
from console.model.sla_policy import SHIPPED, Length
from console.settings import Settings
from console.sla_settings import CalendarSettings, EscalationSettings, ForgottenSettings, SlaSettings
from widgets.refused import RefusedError

Rows = list[list[str]]
T = TypeVar("T")

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CALENDAR = ("name", "time_zone", *DAYS, "holidays", "holidays_from")
POLICY = ("name", "severity", "segment", "kind", "source", "calendar", "respond", "resolve", "pause_on")
LADDER_ROW = ("at", "tell")
NEW_CALENDAR = ("", "", *("09:00-17:00",) * 5, "", "", "", "")
NO_PAUSE = "never"
"""Stands for a policy whose clock nothing stops; empty leaves the usual words."""

_GROUPS = {"weekdays": DAYS[:5], "weekend": DAYS[5:], "every_day": DAYS}


def sla_texts(settings: Settings) -> dict[str, str]:
    return {"forgotten_share": f"{settings.forgotten.share:g}", "forgotten_after": str(settings.forgotten.after)}


def sla_tables(settings: Settings) -> dict[str, Rows]:
    return {
        "calendar": [_calendar_row(c) for c in settings.calendar],
        "sla": [_policy_row(p) for p in settings.sla],
        "escalation": [_rung_row(r) for r in settings.escalation],
    }


def with_sla(read: Settings, texts: dict[str, str], tables: dict[str, Rows], before: Settings) -> Settings:
    """``read`` with the terms as typed. Raises RefusedError with the table and the row in which something is wrong."""
    calendars = _taken(tables.get("calendar", []), before.calendar, _calendar_row, _calendar, "calendar", ("name",))
    policies = _taken(tables.get("sla", []), before.sla, _policy_row, _policy, "sla", ("name",))
    ladder = _taken(tables.get("escalation", []), before.escalation, _rung_row, _rung, "escalation", LADDER_ROW)
    forgotten = _forgotten(texts, before)
    made = msgspec.structs.replace(
        read, calendar=[c for _, c in calendars], sla=[p for _, p in policies], escalation=[r for _, r in ladder],
        forgotten=forgotten,
    )  # fmt: skip
    _judge(made, calendars, policies, ladder)
    return made


def _judge(made: Settings, calendars: list[Any], policies: list[Any], ladder: list[Any]) -> None:
    """Row by row, so that a fault is said where it stands; what only shows in the whole is said in the first place it fits."""
    usual = ForgottenSettings()
    for n in range(1, len(calendars) + 1):
        _said("calendar", calendars[n - 1][0], made.calendar[:n], [], [], usual)
    for n in range(1, len(policies) + 1):
        _said("sla", policies[n - 1][0], made.calendar, made.sla[:n], [], usual)
    for n in range(1, len(ladder) + 1):
        _said("escalation", ladder[n - 1][0], [], [], made.escalation[:n], usual)
    _said("forgotten_share", None, [], [], [], made.forgotten)


def _said(
    table: str, row: int | None, calendars: list[CalendarSettings], policies: list[SlaSettings],
    ladder: list[EscalationSettings], forgotten: ForgottenSettings,
) -> None:  # fmt: skip
    try:
        sla_settings.agreed("UTC", calendars, policies, ladder, forgotten)
    except SettingsError as error:
        raise RefusedError(table, error.message, row) from None


def _taken(
    rows: Rows, before: Sequence[T], row_of: Callable[[T], list[str]], make: Callable[[list[str], int, Any], T], table: str,
    needed: tuple[str, ...],
) -> list[tuple[int, T]]:  # fmt: skip
    """Each filled row with its place: as it stood where nothing changed, else made anew."""
    held = [(row_of(item), item) for item in before]
    found = []
    for place, row in enumerate([cell.strip() for cell in row] for row in rows):
        if not any(row):
            continue
        if not all(row[: len(needed)]):
            raise RefusedError(table, _MISSING[table], place)
        same = next((item for texts, item in held if texts == row), None)
        named = next((item for texts, item in held if texts[0] == row[0]), None)
        found.append((place, same if same is not None else make(row, place, named)))
    return found


_MISSING = {
    "calendar": "A calendar needs a name.",
    "sla": "A policy needs a name.",
    "escalation": "A step needs the percent of a target that is used, and who is told then.",
}


def _calendar_row(calendar: CalendarSettings) -> list[str]:
    days: dict[str, str] = {}
    for key in sorted(calendar.hours, key=lambda k: -len(_GROUPS.get(k, (k,)))):
        hours = calendar.hours[key]
        said = hours if isinstance(hours, str) else ", ".join(hours)
        days |= dict.fromkeys(_GROUPS.get(key, (key,)), said)
    holidays = ", ".join(day.isoformat() for day in calendar.holidays)
    return [calendar.name, calendar.time_zone, *(days.get(day, "") for day in DAYS), holidays, calendar.holidays_from]


def _calendar(row: list[str], place: int, named: CalendarSettings | None) -> CalendarSettings:
    cells = dict(zip(CALENDAR, row, strict=True))
    # A line end or a comma stands between two stretches of a day, and between two dates.
    hours = {day: listed(cells[day]) for day in DAYS if cells[day]}
    holidays = listed(cells["holidays"])
    for day in holidays:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
            raise RefusedError("calendar", f"“{day}” is no date; write holidays as 2026-12-25, 2026-12-26.", place)
    path = cells["holidays_from"]
    kept = named.imported if named is not None and named.holidays_from == path else []
    given = {"name": cells["name"], "time_zone": cells["time_zone"], "hours": hours, "holidays": holidays,
             "holidays_from": path}  # fmt: skip
    try:
        made = msgspec.convert(given, CalendarSettings)
    except msgspec.ValidationError:
        wrong = f"One of the holidays of “{cells['name']}” is no day of a year; write them as 2026-12-25."
        raise RefusedError("calendar", wrong, place) from None
    return msgspec.structs.replace(made, imported=kept)


def _policy_row(policy: SlaSettings) -> list[str]:
    who = (policy.severity, policy.segment, policy.kind, policy.source)
    pause = NO_PAUSE if policy.pause_on == [] else _joined(policy.pause_on)
    promised = [_length_text(length) for length in (policy.respond, policy.resolve)]
    return [policy.name, *(_joined(value) for value in who), policy.calendar or "", *promised, pause]


def _policy(row: list[str], _place: int, _named: SlaSettings | None) -> SlaSettings:
    cells = dict(zip(POLICY, row, strict=True))
    pause: str | list[str] | None = _one_or_many(cells.pop("pause_on"))
    if isinstance(pause, str) and pause.casefold() == NO_PAUSE:
        pause = []
    many = {key: _one_or_many(cells[key]) for key in ("severity", "segment", "kind", "source")}
    plain = {key: cells[key] or None for key in ("respond", "resolve", "calendar")}
    return SlaSettings(cells["name"], **many, **plain, pause_on=pause)  # type: ignore[arg-type]  # by name


def _rung_row(rung: EscalationSettings) -> list[str]:
    return [f"{rung.at:g}", _joined(rung.tell)]


def _rung(row: list[str], place: int, _named: EscalationSettings | None) -> EscalationSettings:
    try:
        at = float(row[0].removesuffix("%").strip())
    except ValueError:
        sentence = f"A step is at a percent of a target such as 75, not “{row[0]}”."
        raise RefusedError("escalation", sentence, place) from None
    return EscalationSettings(at, listed(row[1]))


def _forgotten(texts: dict[str, str], before: Settings) -> ForgottenSettings:
    if {name: texts.get(name, "").strip() for name in sla_texts(before)} == sla_texts(before):
        return before.forgotten
    usual = ForgottenSettings()
    share = texts.get("forgotten_share", "").strip()
    try:
        part = float(share.removesuffix("%")) / (100 if share.endswith("%") else 1) if share else usual.share
    except ValueError:
        sentence = f"The share is a number such as 0.25 or 25 %, not “{share}”."
        raise RefusedError("forgotten_share", sentence) from None
    return ForgottenSettings(part, texts.get("forgotten_after", "").strip() or usual.after)


def listed(text: str) -> list[str]:
    """What stands between commas, semicolons and line ends."""
    return [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]


def _one_or_many(text: str) -> str | list[str] | None:
    parts = listed(text)
    return None if not parts else parts[0] if len(parts) == 1 else parts


def _joined(value: str | list[str] | None) -> str:
    return "" if value is None else value if isinstance(value, str) else ", ".join(value)


def _length_text(value: str | float | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:g} s"


def shipped_words() -> str:
    """The policies that hold without any of one's own, in a line."""
    parts = []
    for policy in SHIPPED:
        promised = (("respond", policy.respond), ("resolve", policy.resolve))
        said = [f"{word} {_promise(length)}" for word, length in promised if length is not None]
        parts.append(f"{policy.name}: {', '.join(said)}")
    return "; ".join(parts)


def _promise(length: Length) -> str:
    if length.days is not None:
        return f"{length.days:g} working days"
    if length.seconds is None:
        return "none"
    hours, rest = divmod(length.seconds, 3_600)
    return f"{hours} h" if hours else f"{rest // 60} min"


def ladder_words() -> str:
    return "; ".join(f"{rung.share * 100:g} % {', '.join(rung.tell)}" for rung in LADDER)


def terms_of(settings: Settings) -> tuple[Any, ...]:
    """Everything by which clocks are told; where two settings differ in it, the difference is shown before it is saved."""
    return settings.calendar, settings.sla, settings.forgotten, settings.session.time_zone
