"""Lengths of time as people write them in settings: "7 d", "36 h", "30 min", "90 s", or plain seconds. Pure."""

from __future__ import annotations

import math
import re
from typing import Any

_LENGTH = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)\s*(d|days?|h|hours?|min|minutes?|m|s|seconds?|w|weeks?)")
_LONGEST = 1000 * 366 * 86_400
"""Beyond, instants counted from it do not fit their numbers."""

_SIZES = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def length_of(value: Any) -> int | None:
    """Whole seconds; 0 for '' and 'go-live' (since then); None when it cannot be read, is below zero or a thousand years
    long. Parts add up: "1 d 12 h"."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _whole(value) if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    text = value.strip().lower().replace("\u00a0", " ")
    if text in ("", "0", "go-live", "since go-live"):
        return 0
    place, seconds = 0, 0.0
    while place < len(text):
        match = _LENGTH.match(text, place)
        if match is None:
            return None
        seconds += float(match.group(1)) * _SIZES[match.group(2)[0]]
        place = match.end()
        while place < len(text) and text[place] in " ,":
            place += 1
    return _whole(seconds)


def _whole(seconds: float) -> int | None:
    return int(seconds) if 0 <= seconds <= _LONGEST and seconds == int(seconds) else None


def length_words(seconds: float) -> str:
    """To the second, without empty parts: '6 d 5 h', '3 min 12 s'; cut, never rounded up, so that a clock is not early."""
    rest = math.floor(abs(seconds) + 1e-6)
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        amount, rest = divmod(rest, size)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts) or "0 s"


def clock_words(seconds: float, full: float) -> str:
    """'6 d 5 h of 7 d': days and hours above a day, hours and minutes above an hour, to the second below."""
    rest = math.floor(seconds + 1e-6)
    grain = 3_600 if rest >= 86_400 else 60 if rest >= 3_600 else 1
    return f"{length_words(rest - rest % grain)} of {length_words(full)}"


def days_words(seconds: float) -> str:
    """'7 days' where they are whole, else as ``length_words``."""
    days = round(seconds / 86_400, 9)
    return f"{days:.0f} {'day' if days == 1 else 'days'}" if days >= 1 and days == int(days) else length_words(seconds)
