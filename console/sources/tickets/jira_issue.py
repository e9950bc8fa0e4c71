"""One issue of Jira as it stands: its raw values, their meaning in our words, its comments. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.model.facts import Comment, edited_id
from console.model.moment import iso
from console.sources.formats import adf
from console.sources.formats.plain_text import clean, one_line
from console.sources.tickets import words as w
from console.sources.tickets.history import Raw, Ticket
from console.sources.tickets.jira_history import person
from console.sources.tickets.reading import dig, instant_of, rows_of, text_of

FIELDS = [
    "summary", "description", "status", "priority", "issuetype", "assignee", "reporter", "creator", "created",
    "updated", "components", "labels", "versions", "duedate", "parent", "issuelinks", "comment", "project",
]  # fmt: skip


def ticket_of(issue: Any, custom: Mapping[str, str]) -> Ticket | None:
    """The issue, None where id, ``created`` or ``updated`` cannot be read. ``custom``: our field → custom field id."""
    identity, fields = text_of(dig(issue, "id")), dig(issue, "fields")
    created = instant_of(dig(fields, "created"))
    updated = instant_of(dig(fields, "updated")) or created
    if not identity or created is None or updated is None:
        return None
    key = text_of(dig(issue, "key"))
    raw: Raw = {
        "key": ("", key),
        "summary": ("", one_line(summary) if isinstance(summary := dig(fields, "summary"), str) else ""),
        "description": ("", adf.to_text(dig(fields, "description"))),
        "status": _named(dig(fields, "status")),
        "priority": _named(dig(fields, "priority")),
        "issuetype": _named(dig(fields, "issuetype")),
        "assignee": person(dig(fields, "assignee")),
        "reporter": person(dig(fields, "reporter")),
        "labels": ("", " ".join(_texts(dig(fields, "labels")))),
        "components": _names(dig(fields, "components")),
        "versions": _names(dig(fields, "versions")),
        "duedate": ("", text_of(dig(fields, "duedate"))),
        "parent": (text_of(dig(fields, "parent", "id")), text_of(dig(fields, "parent", "key"))),
        "duplicates": _duplicates(dig(fields, "issuelinks")),
    }
    for field_id in custom.values():
        raw[field_id] = ("", plain_value(dig(fields, field_id)))
    creator = person(dig(fields, "creator"))[1] or raw["reporter"][1]
    return Ticket(identity, key, created, updated, creator, raw)


def teller(
    words: w.Words, custom: Mapping[str, str], category_of: Callable[[str, str], str], browse: str
) -> Callable[[Raw], dict[str, str]]:
    """The function that says raw values in our words. ``category_of(id, name)`` of a status; ``browse`` ends in "/"."""

    def tell(raw: Raw) -> dict[str, str]:
        def one(name: str) -> str:
            return raw.get(name, ("", ""))[1]

        state = raw.get("status", ("", ""))
        key = one("key")
        view = {
            "key": key,
            "url": browse + key if key else "",
            "title": one_line(one("summary")),
            "body": clean(one("description")),
            "kind": words.kind(one("issuetype")),
            "severity": words.severity(one("priority")),
            "status": words.status(state[1], category_of(state[0], state[1])),
            "status_word": w.waiting(state[1]),
            "assignee": one("assignee"),
            "reporter": one("reporter"),
            "component": ", ".join(raw.get("components", ())),
            "release": ", ".join(raw.get("versions", ())),
            "tags": ", ".join(one("labels").split()),
            "due_at": _day(one("duedate")),
            "parent": one("parent"),
            "duplicates": ", ".join(raw.get("duplicates", ())),
        }
        for name, field_id in custom.items():
            view[name] = w.meaning(words, name, one(field_id))
        if view["kind"] == w.ENHANCEMENT:
            view["severity"] = ""
        return view

    return tell


def comments_of(source: str, ticket: Ticket, comments: Any) -> list[Comment]:
    """Comments as plain text; one without id or time is left out.

    Service desks mark internal ones (``jsdPublic`` false), a ``visibility`` restricts to a group; the rest is public.
    Anyone but the reporter, a customer account or an app is an agent. One that was edited is told twice, as written and as
    edited: what was written is held already if we saw it then, and Jira does not tell it if we did not.
    """
    found = []
    for item in rows_of(comments):
        identity, at = text_of(item.get("id")), instant_of(item.get("created"))
        if not identity or at is None:
            continue
        author = person(item.get("author"))
        public = item.get("jsdPublic") is not False and not item.get("visibility")
        body = clean(adf.to_text(item.get("body")))
        role = _role(author, ticket, dig(item, "author", "accountType"))
        found.append(Comment(source, ticket.id, identity, author[1], role, public, body, at))
        edited = instant_of(item.get("updated"))
        if edited is not None and edited > at:
            version = edited_id(identity, edited)
            found.append(Comment(source, ticket.id, version, author[1], role, public, body, edited))
    return found


def plain_value(value: Any) -> str:
    """A custom field as text: options and users by their name, many values joined, rich text flattened."""
    if isinstance(value, dict):
        if value.get("type") == "doc":
            return adf.to_text(value)
        named = next((t for n in ("value", "displayName", "name", "key") if (t := text_of(value.get(n)))), "")
        child = text_of(dig(value, "child", "value"))
        return f"{named} / {child}" if child else named
    if isinstance(value, list):
        return ", ".join(text for item in value if not isinstance(item, list) and (text := plain_value(item)))
    return value if isinstance(value, str) else text_of(value)


def _role(author: tuple[str, str], ticket: Ticket, account: Any) -> str:
    if not any(author):
        return ""
    if author == ticket.raw["reporter"] or account == "customer":
        return "reporter"
    return "" if account == "app" else "agent"


def _named(value: Any) -> tuple[str, str]:
    return text_of(dig(value, "id")), text_of(dig(value, "name"))


def _names(values: Any) -> tuple[str, ...]:
    return tuple(sorted(name for value in rows_of(values) if (name := text_of(value.get("name")))))


def _texts(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _duplicates(links: Any) -> tuple[str, ...]:
    return tuple(
        sorted(
            key
            for link in rows_of(links)
            if "duplicates" in text_of(dig(link, "type", "outward")).lower()
            and (key := text_of(dig(link, "outwardIssue", "key")))
        )
    )


def _day(text: str) -> str:
    """A due day as the instant it starts, UTC; '' when unreadable."""
    at = instant_of(text[:10]) if text else None
    return "" if at is None else iso(at)


def category_of(issue: Any) -> str:
    """The category key of the current status, '' where Jira does not say."""
    return text_of(dig(issue, "fields", "status", "statusCategory", "key"))
