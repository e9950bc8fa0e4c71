"""A vendor's change log as ticket events. Pure.

Vendors log changes, not creations: the first value of a field is what its first change left, or the current value when
it never changed. So the log is walked backwards from the current values to the first ones, then forwards to tell each
change in our words. What a vendor logs at once is one change (its id is the change id); its fields are its rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from console.model.facts import TicketEvent
from console.model.moment import iso
from console.sources.tickets import words as w
from console.sources.tickets.reading import creation, differences

Raw = dict[str, tuple[str, ...]]
"""Vendor field → (id, text) where it holds one value, the names where it holds many."""

MANY = frozenset({"components", "versions", "duplicates", "attachments"})
BY_ID = ("status", "priority", "assignee", "issuetype")


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
    """What is needed to tell a ticket's life. ``raw`` are the current values, ``updated`` in the vendor's time."""

    id: str
    key: str
    created: int
    updated: int
    creator: str
    raw: Raw


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
