"""One issue of Roundup in our words, and the rows that tell what differs from the last time it was seen. Pure.

Of a ticket seen for the first time after it had already moved, the way there is unknown: it is told as new at its
creation, and its present status and assignee are laid at its last activity, the latest they can have come about.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from console.model.facts import TicketEvent
from console.model.moment import MINUTE, iso, parse_instant
from console.sources.formats.plain_text import clean, one_line
from console.sources.tickets import words as w
from console.sources.tickets.reading import creation, differences, rows_of, text_of
from console.sources.tickets.roundup_memory import Last


class Issue(NamedTuple):
    """As read. ``values`` are ours (never "reopened"), ``word`` is Roundup's status, ``messages`` ids in order."""

    id: str
    created: int
    activity: int
    creator: str
    actor: str
    word: str
    values: dict[str, str]
    messages: list[str]


def issue_of(row: dict[str, Any], words: w.Words, address: str, custom: dict[str, str]) -> Issue | None:
    """None where id or creation cannot be read. ``address`` ends in "/"; ``custom``: our field → property."""
    identity, created = text_of(row.get("id")), instant_of_roundup(row.get("creation"))
    if not identity or created is None:
        return None
    priority, word = label(row.get("priority")), label(row.get("status"))
    values = {
        "key": f"issue{identity}",
        "url": f"{address}issue{identity}",
        "title": one_line(title) if isinstance(title := row.get("title"), str) else "",
        "status": words.status(word),
        "status_word": w.waiting(word),
        "severity": words.severity(priority),
        "kind": words.kind(priority),
        "assignee": label(row.get("assignedto")),
        "reporter": label(row.get("creator")),
        "tags": ", ".join(sorted(name for item in rows_of(row.get("keyword")) if (name := label(item)))),
        "duplicates": ", ".join(
            f"issue{other}" for item in rows_of(row.get("superseder")) if (other := text_of(item.get("id")))
        ),
    }
    for name, prop in custom.items():
        values[name] = _meaning(words, name, row.get(prop))
    if values["kind"] == w.ENHANCEMENT:
        values["severity"] = ""
    messages = sorted({i for item in rows_of(row.get("messages")) if (i := text_of(item.get("id")))}, key=_number)
    activity = instant_of_roundup(row.get("activity"))
    return Issue(
        identity,
        created,
        created if activity is None else max(activity, created),
        values["reporter"],
        label(row.get("actor")),
        word,
        values,
        messages,
    )


def first_rows(source: str, issue: Issue, body: str) -> tuple[list[TicketEvent], Last]:
    """A ticket never seen before."""
    moved = issue.activity > issue.created
    born = dict(issue.values)
    if moved:
        born["status"] = "new" if born["status"] else ""
        born["assignee"] = ""
    rows = creation(
        source,
        issue.id,
        {**born, "body": clean(body), "created_at": iso(issue.created)},
        issue.creator,
        issue.created,
    )
    if moved:
        rows += differences(source, issue.id, iso(issue.activity), born, issue.values, issue.actor, issue.activity)
    return rows, Last(issue.activity, issue.activity, issue.word, issue.values, [])


def later_rows(source: str, issue: Issue, last: Last) -> tuple[list[TicketEvent], Last]:
    """A ticket seen before: one row a field that differs, at the instant of its last activity.

    Roundup's clock has whole seconds; a second change within one is laid a microsecond later, so that none is lost.
    """
    values = dict(issue.values)
    before = last.values.get("status", "")
    values["status"] = before if issue.word == last.word else w.entering(before, values["status"])
    at = max(issue.activity, last.told + 1)
    rows = differences(source, issue.id, iso(at), last.values, values, issue.actor, at)
    return rows, Last(issue.activity, at if rows else last.told, issue.word, values, last.messages)


def label(value: Any) -> str:
    """The name of a linked item (user, status, priority, keyword), else its id; a plain value as text."""
    if isinstance(value, dict):
        return next((t for n in ("name", "username", "title", "id") if (t := text_of(value.get(n)))), "")
    return text_of(value)


def instant_of_roundup(value: Any) -> int | None:
    """``2026-11-21.08:31:20`` (UTC); None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value.replace(".", "T", 1))
    except ValueError:
        return None


def is_description(issue: Issue, written: int | None) -> bool:
    """Whether the first message was written with the issue (then it is the ticket's body as well)."""
    return written is not None and abs(written - issue.created) <= MINUTE


def _meaning(words: w.Words, name: str, value: Any) -> str:
    texts = [label(item) for item in value] if isinstance(value, list) else [label(value)]
    text = clean(", ".join(text for text in texts if text))
    if name == "severity":
        return words.severity(text)
    if name == "kind":
        return words.kind(text)
    if name == "channel":
        return words.channel(text)
    if name.endswith("_at"):
        at = instant_of_roundup(text)
        return "" if at is None else iso(at)
    return text


def _number(identity: str) -> tuple[int, str]:
    return (int(identity), "") if identity.isdecimal() else (0, identity)
