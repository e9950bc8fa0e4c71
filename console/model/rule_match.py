"""Whether one ticket meets the words of a filter, judged in memory by its fields alone. Pure.

The same language as the queue's, as far as a ticket tells it by itself: what needs a clock, calls or other tickets cannot
stand in a rule, because a rule must say the same today and over last month's tickets. A word alone is looked for where the
queue looks for it, which is not the ticket's text: the keywords of a rule are for that.
"""

from __future__ import annotations

from collections.abc import Mapping

from console.model.filter import NONE, TEXTS, Compare, Filter, Flag, OneOf, Part, Words

LONGEST_TEXT = 20_000
"""Characters of title and body that are looked at; a mail thread below that repeats itself."""

_EXACT = ("severity", "status", "kind", "channel", "source")
_FIELDS = (*TEXTS, "severity", "status", "stage")
_DONE = ("resolved", "closed")
_IS = ("open", "done", "new", "wish", "unassigned", "duplicate")
_HAS = ("severity", "segment", "customer", "route", "workaround", "release", "article")
_STORED = {"tag": "tags"}
_HAY = ("title", "key", "assignee", "segment", "reporter", "customer", "route")
"""Where the queue looks for a word alone."""

Ticket = Mapping[str, str]
"""Fields by name, '' or missing where unset; ``tags`` by comma."""


def fault(wanted: Filter) -> str:
    """Why a filter cannot stand in a rule, as one sentence; '' when it can."""
    for part in wanted.parts:
        match part:
            case Flag(field="is", value=value) if value not in _IS:
                return f"A rule cannot ask is:{value}, which changes by itself; it can ask {_listed('is', _IS)}."
            case Flag(field="has", value=value) if value not in _HAS:
                return f"A rule cannot ask has:{value}; it can ask {_listed('has', _HAS)}."
            case OneOf(field=field) | Compare(field=field) if field not in _FIELDS:
                return f"A rule cannot ask for {field}, which changes by itself; it reads what a ticket says."
            case OneOf(field="assignee", values=values) if any(value.casefold() == "me" for value in values):
                return "A rule cannot ask assignee:me, because it works for everybody here; it names the person."
            case _:
                continue
    return ""


def _listed(field: str, values: tuple[str, ...]) -> str:
    return ", ".join(f"{field}:{value}" for value in values)


def meets(wanted: Filter, ticket: Ticket) -> bool:
    """Whether all words hold."""
    return all(_holds(part, ticket) for part in wanted.parts)


def _holds(part: Part, ticket: Ticket) -> bool:
    match part:
        case Words(text=text):
            found = text.casefold() in "\n".join(ticket.get(name, "") for name in _HAY).casefold()
        case OneOf(field=field, values=values):
            found = any(_is_one(field, ticket.get(_STORED.get(field, field), ""), value) for value in values)
        case Compare(field=field, op=op, value=value):
            try:
                number = float(ticket.get(field, ""))
            except ValueError:
                return False
            found = {"<": number < value, "<=": number <= value, ">": number > value, ">=": number >= value}.get(
                op, number == value
            )
        case Flag(field="is", value=value):
            found = _is(value, ticket)
        case Flag(value=value):
            found = bool(ticket.get(value, ""))
    return found != part.negated


def _is_one(field: str, held: str, value: str) -> bool:
    if value == NONE:
        return held.casefold() in ("", NONE)
    if field in _EXACT or field == "stage":
        return held.casefold() == value.casefold()
    if field == "tag":
        return value.casefold() in tags_of(held)
    return value.casefold() in held.casefold()


def tags_of(listed: str | None) -> set[str]:
    """The tags of a comma list, in small letters."""
    return {tag.strip().casefold() for tag in (listed or "").split(",")} - {""}


def _is(value: str, ticket: Ticket) -> bool:
    match value:
        case "open" | "done":
            return (ticket.get("status", "") in _DONE) == (value == "done")
        case "new":
            return ticket.get("status", "new") == "new"
        case "wish":
            return ticket.get("kind", "") == "enhancement"
        case "duplicate":
            return bool(ticket.get("duplicate_of", ""))
    return not ticket.get("assignee", "")


def text_of(ticket: Ticket) -> str:
    """Title and body as keywords are looked for in them: case does not count, nor how many blanks stand between words."""
    return " ".join(f"{ticket.get('title', '')}\n{ticket.get('body', '')}"[:LONGEST_TEXT].casefold().split())


def says(text: str, keyword: str) -> bool:
    """Whether a text of ``text_of`` has a word that begins with the keyword: 'pay' is in 'payments', not in 'repay'.

    A script without capitals (Chinese, Arabic) does not part its words so; there it counts anywhere.
    """
    wanted = " ".join(keyword.casefold().split())
    place = text.find(wanted) if wanted else -1
    while place >= 0:
        if place == 0 or not (_parts(wanted[0]) and _parts(text[place - 1])):
            return True
        place = text.find(wanted, place + 1)
    return False


def _parts(character: str) -> bool:
    return character.isdigit() or character.lower() != character.upper()
