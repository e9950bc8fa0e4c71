"""A ticket of Zendesk and its audits as ticket events, comments and survey answers. Pure.

An audit is one update; its ``Change`` events carry the value before and after, so the first values are found by walking
back from the ticket as it stands. Kinds of audit events nobody knows are passed over: Zendesk adds some without notice.
``open`` means acknowledged until an agent has answered in public, in progress from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from console.model.facts import Comment, Survey, TicketEvent, edited_id
from console.model.moment import iso
from console.sources.formats.plain_text import clean, one_line
from console.sources.tickets import words as w
from console.sources.tickets.reading import creation, differences, dig, instant_of, rows_of, text_of
from console.sources.tickets.zendesk_api import Names

Raw = dict[str, str]
"""Zendesk's field → its value as text; ids as digits, tags joined by spaces."""

DELETED = "deleted"
_PLAIN = (
    "subject", "description", "status", "custom_status_id", "priority", "type", "assignee_id", "group_id",
    "requester_id", "organization_id", "problem_id", "due_at",
)  # fmt: skip
_REPLIED, _MERGED = "replied", "merged_into"
_SCORES = {"good": 5.0, "bad": 1.0}


class Ticket(NamedTuple):
    """``raw`` are the values as they stand, ``channel`` Zendesk's ``via.channel``."""

    id: str
    created: int
    updated: int
    raw: Raw
    channel: str


class Audit(NamedTuple):
    id: str
    at: int
    author: str
    events: tuple[dict[str, Any], ...]
    merged_into: str


class Manner(NamedTuple):
    """How this source tells: its words, custom fields (our field → id), what ids mean, where tickets are read."""

    words: w.Words
    custom: Mapping[str, str]
    names: Names
    browse: str
    own_open: bool
    """The user gave ``open`` a meaning of their own."""


def ticket_of(row: dict[str, Any]) -> Ticket | None:
    """None where id or creation cannot be read."""
    identity, created = text_of(row.get("id")), instant_of(row.get("created_at"))
    if not identity or created is None:
        return None
    raw = {name: _plain(row.get(name)) for name in _PLAIN}
    raw["tags"] = _plain(row.get("tags"))
    for item in [*rows_of(row.get("custom_fields")), *rows_of(row.get("fields"))]:
        raw[text_of(item.get("id"))] = _plain(item.get("value"))
    updated = instant_of(row.get("updated_at"))
    return Ticket(
        identity,
        created,
        created if updated is None else max(updated, created),
        raw,
        text_of(dig(row, "via", "channel")),
    )


def audits_of(ticket: Ticket, rows: list[Any]) -> list[Audit]:
    """In order of time, each once; one without id or time is left out."""
    found: dict[str, Audit] = {}
    for row in rows_of(rows):
        identity, at = text_of(row.get("id")), instant_of(row.get("created_at"))
        if identity and at is not None:
            events = tuple(rows_of(row.get("events")))
            found[identity] = Audit(identity, at, text_of(row.get("author_id")), events, _merge(ticket, row))
    return sorted(found.values(), key=lambda audit: (audit.at, _number(audit.id)))


def people_in(ticket: Ticket, audits: list[Audit]) -> set[str]:
    """Every user id whose name or role is needed to tell the ticket."""
    ids = {ticket.raw["assignee_id"], ticket.raw["requester_id"]}
    for audit in audits:
        ids.add(audit.author)
        for event in audit.events:
            ids.add(text_of(event.get("author_id")))
            if event.get("field_name") in ("assignee_id", "requester_id"):
                ids |= {_plain(event.get("value")), _plain(event.get("previous_value"))}
    return ids - {""}


def teams_in(ticket: Ticket, audits: list[Audit]) -> set[str]:
    ids = {ticket.raw["group_id"]}
    for audit in audits:
        for event in audit.events:
            if event.get("field_name") == "group_id":
                ids |= {_plain(event.get("value")), _plain(event.get("previous_value"))}
    return ids - {""}


def events_of(source: str, ticket: Ticket, audits: list[Audit], manner: Manner) -> list[TicketEvent]:
    """Creation rows, and one row a changed field of every audit.

    A ticket that moved but has no audits (deleted ones tell none) is told as new at its creation and as it stands at its
    last change.
    """
    steps = [(audit, _changes(audit, manner)) for audit in audits]
    raw = _first(ticket.raw, [change for _, changes in steps for change in changes])
    if not audits and ticket.updated > ticket.created:
        raw |= {"status": "new", "assignee_id": ""}
    view = told(ticket, raw, manner)
    author = audits[0].author if audits else ticket.raw["requester_id"]
    rows = creation(source, ticket.id, view, _name(manner, author), ticket.created)
    at = ticket.created
    for audit, changes in steps:
        later = {**raw, **{name: after for name, _, after in changes}}
        rows_here, view = _step(source, ticket, audit.id, view, (raw, later), manner, audit, max(audit.at, at + 1))
        rows += rows_here
        at = max(audit.at, at + 1)
        raw = later
    # Where the audits end elsewhere than the ticket stands (deleted, archived, system updates), the ticket is right.
    astray = {name: value for name, value in ticket.raw.items() if raw.get(name, "") != value}
    if astray:
        change, last = f"seen:{iso(ticket.updated)}", max(ticket.updated, at + 1)
        rows += _step(source, ticket, change, view, (raw, {**raw, **astray}), manner, None, last)[0]
    return rows


def replied(raw: Raw, replies: int) -> Raw:
    """Raw values with the mark that an agent has answered, where there were ``replies``."""
    return {**raw, _REPLIED: "yes"} if replies else raw


def told(ticket: Ticket, raw: Raw, manner: Manner) -> dict[str, str]:
    """Raw values in our words, never "reopened"."""
    words, names = manner.words, manner.names
    requester = names.users.get(raw["requester_id"])
    domain = requester.email.rpartition("@")[2].lower() if requester and not requester.agent else ""
    view = {
        "key": f"#{ticket.id}",
        "url": f"{manner.browse}{ticket.id}",
        "title": one_line(raw["subject"]) or one_line(raw["description"], 120),
        "body": clean(raw["description"]),
        "kind": words.kind(raw["type"]),
        "severity": words.severity(raw["priority"]),
        "status": _status(raw, manner),
        "status_word": w.waiting(names.statuses.get(raw["custom_status_id"], "") or raw["status"]),
        "assignee": _name(manner, raw["assignee_id"]),
        "team": names.groups.get(raw["group_id"], ""),
        "reporter": _name(manner, raw["requester_id"]),
        "customer": names.organizations.get(raw["organization_id"], "") or domain,
        "channel": w.ZENDESK_CHANNELS.get(ticket.channel, "") or words.channel(ticket.channel),
        "tags": ", ".join(sorted(raw["tags"].split())),
        "parent": f"#{raw['problem_id']}" if raw["problem_id"] else "",
        "duplicates": f"#{raw[_MERGED]}" if raw.get(_MERGED) else "",
        "due_at": _instant(raw["due_at"]),
        "created_at": iso(ticket.created),
    }
    for ours, theirs in manner.custom.items():
        view[ours] = w.meaning(words, ours, raw.get(theirs, ""))
    if view["kind"] == w.ENHANCEMENT:
        view["severity"] = ""
    return view


def comments_of(source: str, ticket: Ticket, audits: list[Audit], manner: Manner) -> list[Comment]:
    """What was said after the first comment, which is the ticket's body. A later change of a comment is a version of it."""
    found: dict[str, Comment] = {}
    rows: list[Comment] = []
    first = True
    for audit in audits:
        for event in audit.events:
            kind, identity = text_of(event.get("type")), text_of(event.get("id"))
            if kind in ("Comment", "VoiceComment") and identity:
                author = text_of(event.get("author_id")) or audit.author
                comment = Comment(
                    source, ticket.id, identity, _name(manner, author), _role(manner, ticket, author),
                    event.get("public") is not False, _words(event), audit.at,
                )  # fmt: skip
                if first:
                    first = False
                    continue
                found[identity] = comment
                rows.append(comment)
            elif kind == "CommentPrivacyChange" and (known := found.get(text_of(event.get("comment_id")))):
                public = event.get("public") is True
                version = edited_id(known.comment_id, audit.at)
                rows.append(known._replace(comment_id=version, public=public, happened_at=audit.at))
    return rows


def surveys_of(source: str, ticket: Ticket, audits: list[Audit], manner: Manner) -> list[Survey]:
    """Answers "good" and "bad", each at most once a ticket: a comment added to an answer does not count it twice."""
    found: dict[str, Survey] = {}
    customer = told(ticket, ticket.raw, manner)["customer"]
    for audit in audits:
        for event in audit.events:
            score = text_of(event.get("score")) if event.get("type") == "SatisfactionRating" else ""
            if score in _SCORES:
                words = clean(body) if isinstance(body := event.get("body"), str) else ""
                found[score] = Survey(
                    source, f"{ticket.id}-{score}", "support", _SCORES[score], customer, ticket.id, words, audit.at
                )
    return list(found.values())


def _step(
    source: str, ticket: Ticket, change: str, view: dict[str, str], raws: tuple[Raw, Raw], manner: Manner,
    audit: Audit | None, at: int,
) -> tuple[list[TicketEvent], dict[str, str]]:  # fmt: skip
    before, after = raws
    next_view = told(ticket, after, manner)
    was, now = view["status"], next_view["status"]
    moved = any(before.get(name) != after.get(name) for name in ("status", "custom_status_id"))
    if moved:
        next_view["status"] = w.entering(was, now)
    elif (was, now) != ("acknowledged", "in_progress"):
        next_view["status"] = was
    actor = _name(manner, audit.author) if audit is not None else ""
    return differences(source, ticket.id, change, view, next_view, actor, at), next_view


def _changes(audit: Audit, manner: Manner) -> list[tuple[str, str, str]]:
    """(field, before, after) of an audit, our own two marks among them."""
    found = []
    for event in audit.events:
        kind = text_of(event.get("type"))
        name = text_of(event.get("field_name"))
        if kind == "Change" and name:
            found.append((name, _plain(event.get("previous_value")), _plain(event.get("value"))))
        elif kind in ("Comment", "VoiceComment") and event.get("public") is not False:
            user = manner.names.users.get(text_of(event.get("author_id")) or audit.author)
            if user is not None and user.agent:
                found.append((_REPLIED, "", "yes"))
    if audit.merged_into:
        found.append((_MERGED, "", audit.merged_into))
    return found


def _first(raw: Raw, changes: list[tuple[str, str, str]]) -> Raw:
    first = dict(raw)
    for name, before, _ in reversed(changes):
        first[name] = before
    return first


def _merge(ticket: Ticket, row: dict[str, Any]) -> str:
    """The ticket this one was merged into, '' for any other audit: only the one that gave way is a duplicate."""
    if text_of(dig(row, "via", "source", "rel")) != "merge" or "closed_by_merge" not in ticket.raw["tags"].split():
        return ""
    ends = (dig(row, "via", "source", side, "ticket_id") for side in ("to", "from"))
    return next((other for end in ends if (other := text_of(end)) and other != ticket.id), "")


def _status(raw: Raw, manner: Manner) -> str:
    own = manner.names.statuses.get(raw["custom_status_id"], "")
    if own and w.fold(own) in manner.words.statuses and w.fold(own) not in w.STATUS_NAMES:
        return manner.words.status(own)
    told_ = manner.words.status(raw["status"])
    waits = raw["status"] == "open" and not raw.get(_REPLIED) and not manner.own_open
    return "acknowledged" if waits else told_


def _name(manner: Manner, identity: str) -> str:
    """'' for nobody and for the system (negative ids); the id where the name is unknown."""
    if not identity.isdecimal():
        return ""
    user = manner.names.users.get(identity)
    return user.name if user is not None and user.name else f"user {identity}"


def _role(manner: Manner, ticket: Ticket, author: str) -> str:
    if author and author == ticket.raw["requester_id"]:
        return "reporter"
    user = manner.names.users.get(author)
    return "" if user is None or user.agent is None else "agent" if user.agent else "reporter"


def _words(event: dict[str, Any]) -> str:
    text = next((t for n in ("plain_body", "body", "html_body") if isinstance(t := event.get(n), str) and t), "")
    return clean(text) if text else clean(text_of(dig(event, "data", "transcription_text")))


def _plain(value: Any) -> str:
    """A value of a field as text: a list joined by spaces, yes and no as Zendesk writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(text for item in value if (text := text_of(item)))
    return value if isinstance(value, str) else text_of(value)


def _instant(text: str) -> str:
    at = instant_of(text)
    return "" if at is None else iso(at)


def _number(identity: str) -> tuple[int, str]:
    return (int(identity), "") if identity.isdecimal() else (0, identity)
