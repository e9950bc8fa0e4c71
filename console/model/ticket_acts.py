"""What an act does to a ticket: act, value and comment with the fields as they stand give the fields as they shall be.

Pure. Whether a system is asked to follow is not known here; ``deeds`` only keeps apart what would be two requests, because
each decision is delivered, refused and taken back by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from console.model import priority
from console.model.decision import Act
from console.model.errors import QuestionError
from console.model.moment import iso, parse_instant
from console.model.nearest import did_you_mean
from console.model.stages import CHOICES

SEVERITIES = ("P1", "P2", "P3", "P4")
STATUSES = ("new", "acknowledged", "in_progress", "resolved", "closed", "reopened")
DONE = ("resolved", "closed")
NEAREST = {
    "acknowledged": ("in_progress",),
    "reopened": ("in_progress", "new", "acknowledged"),
    "resolved": ("closed",),
    "closed": ("resolved",),
}
"""What a system without a word for one of our states has instead, the nearest first."""
STAGES = 7
SAID = ("comment", "internal_comment")
"""Fields of a change that are no fields of the ticket: what is said about it."""
NEW_TASK = "new_task"
"""A development task that is asked for; once it exists, its key joins the ticket's field ``task``."""
ACKNOWLEDGED = "acknowledged"
SETS = frozenset({"tags", "links", "task"})
"""Fields that hold several values, separated by a comma and a space: one joins or leaves, the others stay."""

SETTABLE = (
    "title", "category", "impact", "team", "area", "component", "kind", "workaround", "root_cause", "definition_of_done",
    "due_at", "article", "customer", "segment", "owner", "channel", "route", "error_code", "release", "consumer",
    "reporter", "severity", "status", "assignee", "stage", "browser", "os", "device", "region", "locale",
)  # fmt: skip
SCORES = priority.NAMES
CAPTURED = (
    "title", "body", "channel", "kind", "reporter", "severity", "customer", "segment", "assignee", "component", "area",
    "category", "tags", "route", "error_code", "release", "consumer",
)  # fmt: skip

_OWN_ACT = {"severity": Act.SEVERITY, "status": Act.STATUS, "assignee": Act.ASSIGN, "stage": Act.STAGE}
_INSTANTS = ("due_at",)
_CHOSEN = ("kind", "impact", "channel")


@dataclass(frozen=True, slots=True)
class Deed:
    """One decision: its act, and the fields it changes with their new values ('' empties one)."""

    act: Act
    value: str
    comment: str
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A development task as it is asked for, in a decision's value."""

    source: str
    title: str
    body: str = ""


def deeds(act: Act, value: str, comment: str, standing: Mapping[str, str], now: int) -> tuple[Deed, ...]:
    """The decisions of an act on a ticket whose fields stand so. Raises QuestionError with what is wrong or missing.

    A field that has the value already is not changed. ``duplicate_of`` takes the other ticket's full key as its value.
    """
    value, comment = value.strip(), comment.strip()
    match act:
        case Act.ACKNOWLEDGE:
            return (Deed(act, value, comment, ((ACKNOWLEDGED, iso(now)),)),)
        case Act.COMMENT | Act.INTERNAL_COMMENT:
            text = value or comment
            if not text:
                raise QuestionError("A comment needs its text.")
            return (Deed(act, text, "", ((act.value, text),)),)
        case Act.DECLINE:
            reason = comment or value
            if not reason:
                raise QuestionError("A decline needs its reason: the reporter is told it.")
            closed = _kept(Deed(act, "", reason, (("status", "closed"),)), standing)
            return (closed, Deed(Act.COMMENT, reason, "", (("comment", reason),)))
        case Act.TASK:
            task_of(value)
            return (Deed(act, value, comment, ((NEW_TASK, value),)),)
        case Act.SET:
            return (_kept(_set(value, comment, standing), standing),)
        case Act.SCORE:
            name, score = _score(value)
            return (_kept(Deed(act, f"{name}={score}", comment, ((f"score_{name}", score),)), standing),)
    field, new = _field(act, value, standing, now)
    return (_kept(Deed(act, new if act in _OWN_ACT.values() else value, comment, ((field, new),)), standing),)


def captured(value: str, now: int) -> Deed:
    """A ticket by hand, from the JSON of its fields. Raises QuestionError."""
    given = _texts(value)
    if given is None:
        raise QuestionError('A captured ticket is a JSON object of texts, such as {"title": "Cannot pay"}.')
    unknown = sorted(set(given) - set(CAPTURED))
    if unknown:
        raise QuestionError(f'A captured ticket has no "{unknown[0]}".{did_you_mean(unknown[0], CAPTURED)}')
    given = {name: text.strip() for name, text in given.items() if text.strip()}
    if not given.get("title"):
        raise QuestionError("A captured ticket needs its sentence: the title.")
    given = {name: _choice(name, text) for name, text in given.items()}
    if "severity" in given:
        given["severity"] = _severity(given["severity"], given)
    fields = {"status": "new", "kind": "bug", "created_at": iso(now), **given}
    return Deed(Act.CAPTURE, value, "", tuple(fields.items()))


def task_of(value: str) -> Task:
    """Raises QuestionError for what is no task."""
    given = _texts(value)
    if given is None or not {"source", "title"} <= given.keys():
        raise QuestionError('A task is a JSON object with "source", "title" and "body".')
    if not given["title"].strip():
        raise QuestionError("A task needs a title.")
    return Task(given["source"], given["title"].strip(), given.get("body", ""))


def members(text: str) -> list[str]:
    """The values of a field of ``SETS``."""
    return [part for part in (piece.strip() for piece in text.split(",")) if part]


def key_of(field: str, member: str) -> str:
    """What makes a member of a field of ``SETS`` the same as another: systems write tags in small letters, or without spaces."""
    return "_".join(member.casefold().split()) if field == "tags" else member


def keys_of(field: str, values: Iterable[str]) -> set[str]:
    return {key_of(field, value) for value in values}


def united(field: str, *several: Iterable[str]) -> str:
    """All members, each once, as it was spelled first."""
    found: dict[str, str] = {}
    for value in chain.from_iterable(several):
        found.setdefault(key_of(field, value), value)
    return joined(list(found.values()))


def joined(values: list[str]) -> str:
    return ", ".join(dict.fromkeys(values))


def _field(act: Act, value: str, standing: Mapping[str, str], now: int) -> tuple[str, str]:
    match act:
        case Act.SEVERITY:
            return "severity", _severity(value, standing)
        case Act.ASSIGN:
            return "assignee", value
        case Act.STAGE:
            if value and not (value.isdecimal() and len(value) < 3 and 1 <= int(value) <= STAGES):
                raise QuestionError(f'There is no stage "{value[:40]}"; they are numbered 1 to {STAGES}.')
            return "stage", str(int(value)) if value else ""
        case Act.STATUS:
            return "status", _status(value)
        case Act.REOPEN:
            if standing.get("status") not in DONE:
                raise QuestionError("This ticket is open; only a resolved or closed one can be re-opened.")
            return "status", "reopened"
        case Act.TAG | Act.UNTAG:
            return "tags", _tags(act, value, standing)
        case Act.LINK:
            if not value:
                raise QuestionError("A link needs its target: an address or another ticket.")
            if "," in value:
                raise QuestionError("A link holds no comma; write %2C in an address.")
            return "links", joined([*members(standing.get("links", "")), value])
        case Act.DUPLICATE_OF:
            if not value:
                raise QuestionError("Name the ticket that this one is a duplicate of.")
            return "duplicate_of", value
        case Act.SPLIT:
            if not standing.get("duplicate_of"):
                raise QuestionError("This ticket is no duplicate of another one; there is nothing to split off.")
            return "duplicate_of", ""
        case Act.SNOOZE:
            return "snoozed_until", _later(value, now)
        case Act.WAKE:
            return "snoozed_until", ""
    raise QuestionError(f"{act.value} is not an act on a ticket.")


def _kept(deed: Deed, standing: Mapping[str, str]) -> Deed:
    """The deed without what stands already."""
    changes = tuple((field, new) for field, new in deed.changes if standing.get(field, "") != new)
    return Deed(deed.act, deed.value, deed.comment, changes)


def _set(value: str, comment: str, standing: Mapping[str, str]) -> Deed:
    field, equals, new = (part.strip() for part in value.partition("="))
    if not equals:
        raise QuestionError('Write what to set as FIELD=VALUE, such as "category=payment".')
    if field not in SETTABLE:
        raise QuestionError(f'A ticket has no field "{field}" to set.{did_you_mean(field, SETTABLE)}')
    if field in _OWN_ACT:
        _, new = _field(_OWN_ACT[field], new, standing, 0)
    new = _choice(field, new)
    if field in _INSTANTS and new:
        new = _instant(new)
    if field == "title" and not new:
        raise QuestionError("A ticket needs a title.")
    return Deed(Act.SET, f"{field}={new}", comment, ((field, new),))


def _choice(field: str, value: str) -> str:
    """The word of a field that takes only some. Raises QuestionError."""
    if field not in _CHOSEN or not value:
        return value
    words = {word.replace("_", " "): word for word in CHOICES[field]}
    plain = " ".join(value.casefold().replace("_", " ").replace("-", " ").split())
    if plain not in words:
        raise QuestionError(f'There is no {field} "{value[:40]}".{did_you_mean(plain, CHOICES[field])}')
    return words[plain]


def _score(value: str) -> tuple[str, str]:
    try:
        return priority.read(value)
    except ValueError as error:
        raise QuestionError(str(error)) from None


def _severity(value: str, standing: Mapping[str, str]) -> str:
    word = value.upper()
    if word in ("", "NONE", "UNSET", "-"):
        return ""
    if word not in SEVERITIES:
        raise QuestionError(f'There is no severity "{value}"; they are P1 to P4.')
    if standing.get("kind") == "enhancement":
        raise QuestionError("An enhancement has no severity; set its kind first if something is broken.")
    return word


def _status(value: str) -> str:
    word = value.lower().replace(" ", "_").replace("-", "_")
    if word not in STATUSES:
        raise QuestionError(f'There is no status "{value}".{did_you_mean(word, STATUSES)}')
    return word


def _tags(act: Act, value: str, standing: Mapping[str, str]) -> str:
    named = members(value)
    if not named:
        raise QuestionError(f"{act.value} needs the tag's name.")
    there = members(standing.get("tags", ""))
    if act is Act.TAG:
        return united("tags", there, named)
    gone = keys_of("tags", named)
    return joined([tag for tag in there if key_of("tags", tag) not in gone])


def _texts(value: str) -> dict[str, str] | None:
    """A JSON object of texts; None for anything else."""
    try:
        given = json.loads(value)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(given, dict) and all(isinstance(text, str) for text in given.values())
    return given if whole else None


def _instant(value: str) -> str:
    try:
        return iso(parse_instant(value))
    except ValueError as error:
        raise QuestionError(f"{error}.") from None


def _later(value: str, now: int) -> str:
    if not value:
        raise QuestionError("A snooze needs its end as an ISO time, so that the ticket comes back.")
    until = _instant(value)
    if parse_instant(until) <= now:
        raise QuestionError("The end of a snooze lies in the future; this one is over already.")
    return until
