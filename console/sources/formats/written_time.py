"""Times as people and spreadsheets write them, in a zone that is told. Pure.

What one would get wrong: 03/04/2026 is two different days. Which one is meant is settled by the other values of the same
column (a 17 can be no month) or by a setting; where neither does, such a value stays unread instead of being guessed.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from console.model.moment import from_datetime, parse_instant
from console.sources.tickets.reading import instant_of

_SLASHED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)(.*)", re.DOTALL)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(.*)", re.DOTALL)
_CLOCK = re.compile(
    r"[\s,T]*(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,6}))?)?\s*([AaPp])?\.?(?:[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*"
)
_NAMED = (
    "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%y", "%d/%b/%Y", "%a %d %b %Y",
    "%a %b %d %Y",
)  # fmt: skip
_NAMED_DAY = re.compile(r"(.*?\d{4}|\d{1,2}[-/][A-Za-z]{3}[-/]\d{2})(?!\d)(.*)", re.DOTALL)
_HALF_DAY = re.compile(r"\b[ap]\.?m\b", re.IGNORECASE)
_EARLIEST, _LATEST = parse_instant("1980-01-01T00:00:00Z"), parse_instant("2200-01-01T00:00:00Z")
DMY, MDY, UNSETTLED = "dmy", "mdy", ""


def order_of(texts: Iterable[str]) -> str:
    """Whether days come first in values such as 17/04/2026: "dmy", "mdy", '' where these values do not settle it."""
    for text in texts:
        found = _SLASHED.match(text.strip())
        if found is None or found[2] == ".":
            continue
        if int(found[1]) > 12:
            return DMY
        if int(found[3]) > 12:
            return MDY
    return UNSETTLED


def read_time(text: str, zone: ZoneInfo, order: str = UNSETTLED) -> int | None:
    """An instant, None for what is no time and for a day that could be two. Without a zone of its own it is in ``zone``.

    With dots the day comes first, as everywhere such dates are written.
    """
    text = text.strip()
    if not text:
        return None
    if text.replace(".", "", 1).isdecimal() and len(text.split(".")[0]) > 8:
        return instant_of(float(text))
    found = _SLASHED.match(text)
    if found is not None:
        one, mark, other, year, rest = found.groups()
        if mark != "." and int(one) <= 12 and int(other) <= 12 and one != other and not order:
            return None
        first_is_day = mark == "." or int(one) > 12 or (order == DMY and int(other) <= 12)
        day, month = (one, other) if first_is_day else (other, one)
        return _at(int(year) + (2_000 if len(year) == 2 else 0), int(month), int(day), rest, zone)
    found = _YEAR_FIRST.match(text)
    if found is not None:
        return _at(int(found[1]), int(found[2]), int(found[3]), found[4], zone)
    try:
        return _placed(datetime.fromisoformat(text.removesuffix(" UTC")), zone if not text.endswith(" UTC") else None)
    except ValueError:
        return _named(text, zone)


def _named(text: str, zone: ZoneInfo) -> int | None:
    found = _NAMED_DAY.match(text.replace(",", ""))
    name, rest = (found[1].strip(), found[2]) if found is not None else ("", "")
    for form in _NAMED if name else ():
        try:
            day = datetime.strptime(name, form)
        except ValueError:
            continue
        at = _at(day.year, day.month, day.day, rest, zone)
        if at is not None:
            return at
    if _HALF_DAY.search(text):
        # The way mails write times knows no halves of a day and would read over them.
        return None
    try:
        return _placed(email.utils.parsedate_to_datetime(text), zone)
    except (ValueError, TypeError, IndexError):
        return None


def _at(year: int, month: int, day: int, rest: str, zone: ZoneInfo) -> int | None:
    hour = minute = second = micro = 0
    offset = ""
    if rest.strip():
        clock = _CLOCK.fullmatch(rest)
        if clock is None:
            return None
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        micro = int((clock[4] or "0").ljust(6, "0"))
        if clock[5]:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if clock[5] in "pP" else 0)
        offset = clock[6] or ""
    written = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}"
    if offset:
        written += "Z" if offset.isalpha() else offset
    try:
        return _placed(datetime.fromisoformat(written), zone)
    except ValueError:
        return None


def _placed(value: datetime, zone: ZoneInfo | None) -> int | None:
    if value.tzinfo is None and zone is not None:
        value = value.replace(tzinfo=zone)
    try:
        instant = from_datetime(value)
    except (ValueError, OverflowError):
        return None
    return instant if _EARLIEST <= instant <= _LATEST else None
