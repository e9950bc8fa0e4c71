"""What a person types for an act, read as the act's value and comment. Pure; every refusal is a sentence for the person.

One would get wrong: what is typed is never lost, so a reading either takes all of it or refuses all of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from console.model.stages import CHOICES, STAGES
from console.model.ticket_acts import SCORES

STAGE_NAMES = tuple(stage.title for stage in STAGES)
CHANNELS = {name: name for name in CHOICES["channel"]} | {
    "call": "support_phone", "phone": "support_phone", "chat": "support_chat", "email": "support_email",
    "mail": "support_email", "visit": "outreach", "colleague": "operations", "store": "store_review",
}  # fmt: skip
"""The channels by what people call them."""
KINDS = {name: name for name in CHOICES["kind"]} | {"wish": "enhancement", "idea": "enhancement"}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AMOUNT = re.compile(r"(\d{1,4})\s*(min|m|h|d|w)")
_MORNING = time(9, 0)
_LONGEST = timedelta(days=366).total_seconds()
_SEVERITY = re.compile(r"!?[Pp]([1-4])")


@dataclass(frozen=True, slots=True)
class Typed:
    """An act ready to be decided. ``act`` may be another one than was asked: a tag typed as ``-slow`` is taken off."""

    act: str
    value: str = ""
    comment: str = ""


def read(act: str, text: str, now: int, zone: tzinfo, about: str = "") -> Typed:
    """What was typed for ``act``. ``now`` is an instant in microseconds; ``about`` the ticket's text, for a task made of it.

    Raises ValueError with a sentence.
    """
    words = text.strip()
    match act:
        case "snooze":
            return Typed(act, _end(words, now, zone).isoformat())
        case "stage":
            return _stage(words)
        case "tag":
            return _tag(words)
        case "set" | "score":
            return _field(act, words)
        case "decline" | "comment" | "internal_comment":
            return Typed(act, "", _some(words, "Say it in a sentence."))
        case "duplicate_of" | "link":
            return Typed(act, _some(words, "Name the other ticket, like PAY-1479.").split()[0])
        case "task":
            return Typed(act, _task(words, about))
        case _:
            return Typed(act, _some(words, "Type a value, or Escape to leave it."))


def capture(text: str) -> dict[str, str]:
    """A sentence from a call or a visit. Words in front tell the rest: ``#call @Dana P2 bug: the page stays blank``.

    ``#`` a channel, ``@`` the reporter (``@Dana_Ruiz``), P1 to P4 the severity, ``bug:`` a kind. The rest is the title.
    """
    found: dict[str, str] = {}
    rest = text.strip()
    while rest:
        word, _, after = rest.partition(" ")
        lower = word.lower()
        if word.startswith("#") and lower[1:] in CHANNELS and "channel" not in found:
            found["channel"] = CHANNELS[lower[1:]]
        elif word.startswith("@") and len(word) > 1 and "reporter" not in found:
            found["reporter"] = word[1:].replace("_", " ")
        elif _SEVERITY.fullmatch(word) and "severity" not in found:
            found["severity"] = word[-2:].upper()
        elif lower.endswith(":") and lower[:-1] in KINDS and "kind" not in found:
            found["kind"] = KINDS[lower[:-1]]
        else:
            break
        rest = after.strip()
    if not rest:
        raise ValueError("Say in a sentence what was told, like: #call @Dana the page stays blank.")
    title = rest if len(rest) <= 120 else rest[:119].rstrip() + "…"
    return {**found, "title": title, **({"body": rest} if title != rest else {})}


def _some(words: str, sentence: str) -> str:
    if not words:
        raise ValueError(sentence)
    return words


def _task(words: str, about: str) -> str:
    source, sign, title = (part.strip() for part in words.partition(":"))
    if not sign or not source or not title or " " in source:
        raise ValueError(
            "Type the source that takes the task, and its title, like jira: Check the address before paying."
        )
    return json.dumps({"source": source, "title": title, "body": about}, ensure_ascii=False)


def _stage(words: str) -> Typed:
    number, _, why = words.partition(" ")
    if number not in {str(n) for n in range(1, len(STAGE_NAMES) + 1)}:
        raise ValueError(f"A stage is a number from 1 to {len(STAGE_NAMES)}; why may follow it.")
    name = STAGE_NAMES[int(number) - 1]
    # The name is offered with the number; taken along, it is no reason.
    why = why.strip()
    return Typed("stage", number, why[len(name) :].strip() if why.startswith(name) else why)


def _tag(words: str) -> Typed:
    bare = words.lstrip("+-").strip()
    if not bare or "," in bare:
        raise ValueError("Type one tag; with - before it, it is taken off.")
    return Typed("untag" if words.startswith("-") else "tag", bare)


def _field(act: str, words: str) -> Typed:
    name, sign, value = words.partition("=")
    name = name.strip().lower().replace(" ", "_")
    if not sign or not name:
        raise ValueError("Type a field and its value, like impact=3.")
    if act == "set" and name.startswith("score_"):
        # A stage owes scores by the names of their fields.
        act, name = "score", name.removeprefix("score_")
    if act == "score" and name not in SCORES:
        raise ValueError(f"There is no score {name!r}; there are {', '.join(SCORES)}.")
    return Typed(act, f"{name}={value.strip()}")


def _end(words: str, now: int, zone: tzinfo) -> datetime:
    """``2h``, ``tomorrow``, ``mon 9:00``, ``14:30`` or an ISO time. The first such instant after ``now``."""
    here = datetime.fromtimestamp(now / 1e6, zone)
    end = _amount(words, here) or _day(words.lower(), here) or _iso(words, here)
    if end is None:
        raise ValueError("Until when? Like 2h, tomorrow, mon 9:00, 14:30 or 2026-11-24 14:00.")
    ahead = end.timestamp() - here.timestamp()
    if ahead <= 0:
        raise ValueError("That is over already; a snooze ends later than now.")
    if ahead > _LONGEST:
        raise ValueError("A snooze ends within a year.")
    return end


def _amount(words: str, here: datetime) -> datetime | None:
    parts = _AMOUNT.findall(words.lower())
    if not parts or _AMOUNT.sub("", words.lower()).strip():
        return None
    seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
    # Wall clocks jump; an amount of time does not. So it is added outside the zone.
    return datetime.fromtimestamp(here.timestamp() + seconds, here.tzinfo)


def _day(words: str, here: datetime) -> datetime | None:
    name, _, clock = words.partition(" ")
    at = _clock(clock) if clock else _MORNING
    if at is None:
        return None
    if name in ("today", "tomorrow"):
        return _on(here, name == "tomorrow", at)
    days = [index for index, day in enumerate(_DAYS) if len(name) >= 2 and day.startswith(name)]
    if len(days) == 1:
        ahead = (days[0] - here.weekday()) % 7
        end = _on(here, ahead, at)
        return end if _is_later(end, here) else _on(here, ahead + 7, at)
    only = _clock(words)
    if only is not None:
        end = _on(here, 0, only)
        return end if _is_later(end, here) else _on(here, 1, only)
    return None


def _on(here: datetime, days: int, at: time) -> datetime:
    return _next(datetime.combine(here.date() + timedelta(days=days), at, here.tzinfo), here)


def _next(end: datetime, here: datetime) -> datetime:
    """A wall time that comes twice as the clocks go back is the first of the two that is not over."""
    return end if _is_later(end, here) else end.replace(fold=1)


def _is_later(end: datetime, here: datetime) -> bool:
    # Two times of one zone compare by their wall clocks, which say nothing in the night they go back.
    return end.timestamp() > here.timestamp()


def _clock(words: str) -> time | None:
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})", words.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


def _iso(words: str, here: datetime) -> datetime | None:
    try:
        end = datetime.fromisoformat(words)
    except ValueError:
        return None
    return end if end.tzinfo is not None else _next(end.replace(tzinfo=here.tzinfo), here)
