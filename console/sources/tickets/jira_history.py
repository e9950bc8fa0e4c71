"""Jira's change log as ticket events. Pure.

Jira logs changes, not creations: the first value of a field is the ``from`` of its first change, or the current value
when it never changed. So the log is walked backwards from the current values to the first ones, then forwards to tell
each change in our words. A change is one history of Jira (its id is the change id); its fields are its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from console.model.facts import TicketEvent
from console.model.moment import iso
from console.sources.tickets import words as w
from console.sources.tickets.reading import creation, differences, dig, instant_of, rows_of, text_of

Raw = dict[str, tuple[str, ...]]
"""Vendor field → (id, text) where it holds one value, the names where it holds many."""

MANY = frozenset({"components", "versions", "duplicates"})
BY_ID = ("status", "priority", "assignee", "issuetype")
_FIELDS = {
    "summary": "summary",
    "description": "description",
    "status": "status",
    "priority": "priority",
    "assignee": "assignee",
    "reporter": "reporter",
    "issuetype": "issuetype",
    "issue type": "issuetype",
    "labels": "labels",
    "component": "components",
    "components": "components",
    "version": "versions",
    "versions": "versions",
    "affects version/s": "versions",
    "duedate": "duedate",
    "due date": "duedate",
    "parent": "parent",
    "issueparentassociation": "parent",
    "key": "key",
    "link": "duplicates",
    "issuelinks": "duplicates",
}


class Item(NamedTuple):
    field: str
    old_id: str
    old: str
    new_id: str
    new: str


class Change(NamedTuple):
    id: str
    at: int
    actor: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is needed to tell a ticket's life. ``raw`` are the current values, ``now_at`` the vendor's ``updated``."""

    id: str
    key: str
    created: int
    updated: int
    creator: str
    raw: Raw


def changes_of(histories: Any, names: Mapping[str, str]) -> list[Change]:
    """Histories in order of time, each once, items of a split history together. ``names``: display name → field id.

    A history without a readable time or id is left out; ``created`` may be a number or text.
    """
    found: dict[str, Change] = {}
    for history in rows_of(histories):
        at, identity = instant_of(history.get("created")), text_of(history.get("id"))
        if at is None or not identity:
            continue
        items = tuple(item for row in rows_of(history.get("items")) if (item := _item(row, names)) is not None)
        before = found.get(identity)
        if before is not None:
            items = before.items + tuple(item for item in items if item not in before.items)
        found[identity] = Change(identity, at, person(history.get("author"))[1], items)
    return sorted(found.values(), key=lambda change: (change.at, _number(change.id)))


def events_of(
    source: str, ticket: Ticket, changes: list[Change], tell: Callable[[Raw], dict[str, str]]
) -> list[TicketEvent]:
    """Creation rows and one row a changed field. ``tell`` says raw values in our words, without "reopened"."""
    raw = _first_values(ticket.raw, changes)
    view = tell(raw)
    view["created_at"] = iso(ticket.created)
    rows = creation(source, ticket.id, view, ticket.creator, ticket.created)
    at = ticket.created
    steps = [(change.id, change.at, change.actor, _applied(change)) for change in changes]
    for change_id, when, actor, apply in [*steps, *_unlogged(ticket, changes)]:
        later = apply(raw)
        told = tell(later)
        told["created_at"] = view["created_at"]
        told["status"] = (
            w.entering(view.get("status", ""), told.get("status", ""))
            if later.get("status") != raw.get("status")
            else view.get("status", "")
        )
        at = max(when, at + 1)
        rows += differences(source, ticket.id, change_id, view, told, actor, at)
        raw, view = later, told
    return rows


def person(user: Any) -> tuple[str, str]:
    """(id, name to show) of a user object of Cloud or Data Center; ('', '') for nobody."""
    identity = next((t for n in ("accountId", "key", "name") if (t := text_of(dig(user, n)))), "")
    shown = next((t for n in ("displayName", "emailAddress", "name") if (t := text_of(dig(user, n)))), identity)
    return identity, shown


def _item(row: dict[str, Any], names: Mapping[str, str]) -> Item | None:
    label, field_id = text_of(row.get("field")), text_of(row.get("fieldId"))
    name = _FIELDS.get(w.fold(field_id)) or _FIELDS.get(w.fold(label)) or field_id or names.get(label, "")
    if not name:
        return None
    old, new = _long(row.get("fromString")), _long(row.get("toString"))
    old_id, new_id = text_of(row.get("from")), text_of(row.get("to"))
    if name == "duplicates":
        old, new = _duplicate(old, old_id), _duplicate(new, new_id)
    elif name == "duedate":
        old, new = old_id or old, new_id or new
    return Item(name, old_id, old, new_id, new)


def _long(value: Any) -> str:
    return value if isinstance(value, str) else text_of(value)


def _duplicate(words: str, key: str) -> str:
    """The other ticket where the link reads "This issue duplicates X-1", '' for every other link."""
    return key if "duplicates" in words.lower() else ""


def _first_values(raw: Raw, changes: list[Change]) -> Raw:
    first = dict(raw)
    for change in reversed(changes):
        for item in reversed(change.items):
            _set(first, item.field, (item.new_id, item.new), (item.old_id, item.old))
    return first


def _applied(change: Change) -> Callable[[Raw], Raw]:
    def apply(raw: Raw) -> Raw:
        later = dict(raw)
        for item in change.items:
            _set(later, item.field, (item.old_id, item.old), (item.new_id, item.new))
        return later

    return apply


def _set(raw: Raw, name: str, gone: tuple[str, str], came: tuple[str, str]) -> None:
    if name in MANY:
        kept = [one for one in raw.get(name, ()) if one not in (gone[1], came[1])]
        raw[name] = tuple(sorted([*kept, came[1]] if came[1] else kept))
    else:
        raw[name] = came


def _unlogged(ticket: Ticket, changes: list[Change]) -> list[tuple[str, int, str, Callable[[Raw], Raw]]]:
    """A last step where the log ends elsewhere than the ticket stands (a log that lags, or is cut by the vendor)."""
    ends: Raw = {}
    for change in changes:
        for item in change.items:
            ends[item.field] = (item.new_id, item.new)
    astray = {
        name: ticket.raw[name]
        for name in BY_ID
        if name in ends and name in ticket.raw and not _same(ends[name], ticket.raw[name])
    }
    if not astray:
        return []
    return [(f"seen:{iso(ticket.updated)}", ticket.updated, "", lambda raw: {**raw, **astray})]


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """By id where both have one (people and states get renamed), else by text."""
    return one[0] == other[0] if one[0] and other[0] else one[1] == other[1]


def _number(identity: str) -> tuple[int, str]:
    return (int(identity), "") if identity.isdecimal() else (0, identity)
