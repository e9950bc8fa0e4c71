"""Jira's histories as changes, for ``history`` to tell. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.sources.tickets import words as w
from console.sources.tickets.history import Change, Item
from console.sources.tickets.reading import instant_of, rows_of, text_of

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


def person(user: Any) -> tuple[str, str]:
    """(id, name to show) of a user object of Cloud or Data Center; ('', '') for nobody."""
    if not isinstance(user, dict):
        return "", ""
    asked = user.get
    identity = text_of(asked("accountId")) or text_of(asked("key")) or text_of(asked("name"))
    shown = text_of(asked("displayName")) or text_of(asked("emailAddress")) or text_of(asked("name"))
    return identity, shown or identity


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


def _number(identity: str) -> tuple[int, str]:
    return (int(identity), "") if identity.isdecimal() else (0, identity)
