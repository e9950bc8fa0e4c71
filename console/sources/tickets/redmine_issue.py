"""One issue of Redmine as it stands, its journals as changes, its notes as comments. Pure.

A journal names what changed by column and holds ids as text, so names come from tables that may lack what was deleted
since; such a one is shown as "#7". A journal may hold a note, changes, or both; a private note is not for the reporter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from console.model.facts import Comment, edited_id
from console.model.moment import iso
from console.sources.formats.plain_text import clean, one_line
from console.sources.tickets import words as w
from console.sources.tickets.history import Change, Item, Raw, Ticket
from console.sources.tickets.reading import dig, instant_of, rows_of, text_of

_BY_TABLE = {
    "status_id": ("status", "status"),
    "priority_id": ("priority", "priority"),
    "tracker_id": ("issuetype", "tracker"),
    "assigned_to_id": ("assignee", "user"),
    "author_id": ("reporter", "user"),
    "category_id": ("category", "category"),
    "fixed_version_id": ("version", "version"),
    "project_id": ("project", "project"),
}
"""Column of a journal → our raw name, and the table that names its ids."""
_PLAIN = {"subject": "summary", "description": "description", "due_date": "duedate", "parent_id": "parent"}
_CUSTOM = "cf:"


class Names(msgspec.Struct):
    """Id → name by table; ``closed``: ids of closed states, ``first``: those an issue begins with."""

    tables: dict[str, dict[str, str]] = {}
    closed: list[str] = []
    first: list[str] = []

    def of(self, table: str, identity: str) -> str:
        """The name, "#7" for an id without one, '' for none."""
        return "" if not identity else self.tables.get(table, {}).get(identity) or f"#{identity}"

    def learn(self, table: str, value: Any) -> None:
        """Remember a linked thing ``{id, name}``."""
        identity, name = text_of(dig(value, "id")), text_of(dig(value, "name"))
        if identity and name:
            self.tables.setdefault(table, {})[identity] = name

    def category(self, status: str) -> str:
        return "closed" if status in self.closed else "first" if status in self.first else "open"


def learn_from(issue: Any, names: Names) -> None:
    """People, categories and versions are met in issues long before any list of them can be asked for."""
    for field, table in (
        ("status", "status"), ("priority", "priority"), ("tracker", "tracker"), ("author", "user"),
        ("assigned_to", "user"), ("category", "category"), ("fixed_version", "version"), ("project", "project"),
    ):  # fmt: skip
        names.learn(table, dig(issue, field))
    for journal in rows_of(dig(issue, "journals")):
        names.learn("user", journal.get("user"))
    status = text_of(dig(issue, "status", "id"))
    if dig(issue, "status", "is_closed") is True and status and status not in names.closed:
        names.closed.append(status)


def ticket_of(issue: Any, custom: Mapping[str, str], root: str) -> Ticket | None:
    """The issue, None where id or creation cannot be read. ``custom``: our field → name or id of a custom field."""
    identity, created = text_of(dig(issue, "id")), instant_of(dig(issue, "created_on"))
    if not identity or created is None:
        return None
    raw: Raw = {
        "key": ("", f"#{identity}"),
        "summary": ("", one_line(subject) if isinstance(subject := dig(issue, "subject"), str) else ""),
        "description": ("", clean(text) if isinstance(text := dig(issue, "description"), str) else ""),
        "status": _named(dig(issue, "status")),
        "priority": _named(dig(issue, "priority")),
        "issuetype": _named(dig(issue, "tracker")),
        "assignee": _named(dig(issue, "assigned_to")),
        "reporter": _named(dig(issue, "author")),
        "category": _named(dig(issue, "category")),
        "version": _named(dig(issue, "fixed_version")),
        "project": _named(dig(issue, "project")),
        "duedate": ("", text_of(dig(issue, "due_date"))),
        "parent": ("", text_of(dig(issue, "parent", "id"))),
        "duplicates": _duplicates(issue, identity),
        "attachments": tuple(
            sorted(link for item in rows_of(dig(issue, "attachments")) if (link := _file(item, root)))
        ),
    }
    for place in rows_of(dig(issue, "custom_fields")):
        if names_field(place, custom.values()):
            raw[_CUSTOM + text_of(place.get("id"))] = ("", _value(place.get("value")))
    updated = instant_of(dig(issue, "updated_on")) or created
    return Ticket(identity, raw["key"][1], created, max(updated, created), raw["reporter"][1], raw)


def names_field(place: Mapping[str, Any], wanted: Any) -> bool:
    """Whether a custom field ``{id, name}`` is one of those wanted, by id or by name."""
    mine = {w.fold(text_of(place.get("id"))), w.fold(text_of(place.get("name")))} - {""}
    return any(w.fold(name) in mine for name in wanted)


def custom_ids(issue: Any, custom: Mapping[str, str]) -> dict[str, str]:
    """Our field → id of the custom field that holds it in this issue."""
    return {
        field: text_of(place.get("id"))
        for field, name in custom.items()
        for place in rows_of(dig(issue, "custom_fields"))
        if names_field(place, (name,))
    }


def changes_of(issue: Any, names: Names, root: str) -> list[Change]:
    """Journals with changes, in order of time; one without id or time is left out."""
    found = []
    for journal in rows_of(dig(issue, "journals")):
        identity, at = text_of(journal.get("id")), instant_of(journal.get("created_on"))
        items = [item for row in rows_of(journal.get("details")) if (item := _item(row, names, root)) is not None]
        if identity and at is not None and items:
            found.append(Change(identity, at, text_of(dig(journal, "user", "name")), tuple(items)))
    return sorted(found, key=lambda change: (change.at, int(change.id) if change.id.isdecimal() else 0))


def teller(words: w.Words, names: Names, custom: Mapping[str, str], root: str) -> Callable[[Raw], dict[str, str]]:
    """The function that says raw values in our words. ``custom``: our field → custom field id; ``root`` ends in "/"."""

    def tell(raw: Raw) -> dict[str, str]:
        def one(name: str) -> str:
            return raw.get(name, ("", ""))[1]

        status = raw.get("status", ("", ""))
        view = {
            "key": one("key"),
            "url": f"{root}issues/{one('key').removeprefix('#')}",
            "title": one_line(one("summary")),
            "body": clean(one("description")),
            "kind": words.kind(one("issuetype")),
            "severity": words.severity(one("priority")),
            "status": words.status(status[1], names.category(status[0]) if status[0] else ""),
            "status_word": w.waiting(status[1]),
            "assignee": one("assignee"),
            "reporter": one("reporter"),
            "component": one("category"),
            "team": one("project"),
            "due_at": _day(one("duedate")),
            "parent": f"#{parent}" if (parent := one("parent")) else "",
            "duplicates": ", ".join(raw.get("duplicates", ())),
            "attachments": "\n".join(raw.get("attachments", ())),
        }
        for field, identity in custom.items():
            view[field] = meaning(words, field, one(_CUSTOM + identity))
        if view["kind"] == w.ENHANCEMENT:
            view["severity"] = ""
        return view

    return tell


def comments_of(source: str, ticket: Ticket, issue: Any) -> list[Comment]:
    """Notes as plain text. The reporter's are the reporter's, anybody else is an agent; one edited later is told twice."""
    found = []
    for journal in rows_of(dig(issue, "journals")):
        identity, at, notes = text_of(journal.get("id")), instant_of(journal.get("created_on")), journal.get("notes")
        body = clean(notes) if isinstance(notes, str) else ""
        if not identity or at is None or not body:
            continue
        author = _named(journal.get("user"))
        role = "" if not any(author) else "reporter" if author == ticket.raw["reporter"] else "agent"
        public = journal.get("private_notes") is not True
        found.append(Comment(source, ticket.id, identity, author[1], role, public, body, at))
        edited = instant_of(journal.get("updated_on"))
        if edited is not None and edited > at:
            version = edited_id(identity, edited)
            found.append(Comment(source, ticket.id, version, author[1], role, public, body, edited))
    return found


def meaning(words: w.Words, field: str, text: str) -> str:
    """A custom field's value in our words."""
    if field in ("severity", "kind", "channel"):
        return str(getattr(words, field)(text))
    if field.endswith("_at"):
        at = instant_of(text)
        return "" if at is None else iso(at)
    return clean(text)


def _item(row: dict[str, Any], names: Names, root: str) -> Item | None:
    prop, name = text_of(row.get("property")), text_of(row.get("name"))
    old, new = _value(row.get("old_value")), _value(row.get("new_value"))
    if prop == "cf" and name:
        return Item(_CUSTOM + name, "", old, "", new)
    if prop == "attachment" and name:
        return Item("attachments", "", _link(root, name, old), "", _link(root, name, new))
    if prop == "relation" and name == "duplicates":
        return Item("duplicates", "", f"#{old}" if old else "", "", f"#{new}" if new else "")
    if prop != "attr":
        return None
    if name in _BY_TABLE:
        field, table = _BY_TABLE[name]
        return Item(field, old, names.of(table, old), new, names.of(table, new))
    return Item(_PLAIN[name], "", old, "", new) if name in _PLAIN else None


def _value(value: Any) -> str:
    """A custom field's or journal's value; many of them joined."""
    if isinstance(value, list):
        return ", ".join(text for item in value if not isinstance(item, list) and (text := _value(item)))
    if isinstance(value, dict):
        return text_of(value.get("name")) or text_of(value.get("value"))
    return value if isinstance(value, str) else text_of(value)


def _duplicates(issue: Any, identity: str) -> tuple[str, ...]:
    """Issues this one duplicates. A relation is told at both ends: only the end that says "duplicates" counts."""
    return tuple(
        sorted(
            f"#{other}"
            for relation in rows_of(dig(issue, "relations"))
            if text_of(relation.get("relation_type")) == "duplicates"
            and text_of(relation.get("issue_id")) == identity
            and (other := text_of(relation.get("issue_to_id")))
        )
    )


def _file(item: dict[str, Any], root: str) -> str:
    return _link(root, text_of(item.get("id")), text_of(item.get("filename")))


def _link(root: str, identity: str, name: str) -> str:
    """The address of an attachment; its last part is the file's name. Built here, so that it always lies on this host."""
    return f"{root}attachments/download/{quote(identity, safe='')}/{quote(name, safe='')}" if identity and name else ""


def _named(value: Any) -> tuple[str, str]:
    return text_of(dig(value, "id")), text_of(dig(value, "name"))


def _day(text: str) -> str:
    at = instant_of(text[:10])
    return "" if at is None else iso(at)
