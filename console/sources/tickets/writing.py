"""What the ticket writers share: a vendor's refusal in its own words, and answers that look like success and are none.

A refusal is told apart by what can be done about it: ``DECLINED`` waits for a person, ``CONFLICT`` for a comparison,
``NOT_FOUND`` for nobody; everything else is tried again. What a status means for a reading does not always hold for a
writing: 400 there is a wrong question, here a value the vendor will not take.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from console.model.errors import SourceError, Trouble
from console.ports import RemoteTicket, Wish
from console.sources.formats.plain_text import one_line
from console.sources.http import Reply, refusal
from console.sources.tickets.reading import dig, text_of

_DECLINING = (400, 405, 406, 409, 411, 413, 415, 422)
EXPECTED = (400, 403, 404, 405, 406, 409, 410, 411, 412, 413, 415, 422, 428)
"""Statuses a writer looks at itself; the others mean the same as for a reading."""
_MOST_WORDS = 400


class Task(msgspec.Struct):
    """The value of a wish for a task."""

    title: str
    body: str = ""


def task_of(wish: Wish) -> Task:
    """Raises SourceError (declined) where the wish holds none, so that it stays visible instead of coming back for ever."""
    try:
        task = msgspec.json.decode(wish.value, type=Task)
    except (msgspec.DecodeError, UnicodeDecodeError):
        task = Task("")
    if not one_line(task.title):
        raise declined("The console", "a task without a title cannot be created; decide it again with one.")
    return Task(one_line(task.title), task.body)


def number_of(who: str, ticket: str) -> str:
    """The id itself. Raises SourceError (declined) where it is no number, so that nothing else becomes part of a path."""
    if not (ticket.isdecimal() and ticket.isascii()):
        raise declined(who, f'"{ticket[:40]}" is no number of an issue; withdraw the decision.')
    return ticket


def declined(who: str, words: str) -> SourceError:
    """``words`` end with a stop and say what to do."""
    return SourceError(Trouble.DECLINED, f"{who} will not do this: {words}")


def conflict(who: str, key: str) -> SourceError:
    return SourceError(
        Trouble.CONFLICT, f"{who} changed {key} since it was read; nothing was sent. Compare both and decide again."
    )


def gone(who: str, key: str) -> SourceError:
    return SourceError(
        Trouble.NOT_FOUND,
        f"{who} has no {key} any more, or hides it from this user; it was deleted or moved. Withdraw the decision.",
    )


def check(who: str, key: str, reply: Reply, conflicts: tuple[int, ...] = (412,)) -> Reply:
    """The answer itself when it is a success. Raises SourceError for every refusal. ``conflicts``: the guard's statuses."""
    status, words = reply.status, vendor_words(reply.content)
    if status // 100 == 2:
        return reply
    if status in conflicts:
        raise conflict(who, key)
    if status in (404, 410):
        raise gone(who, key)
    if status in _DECLINING:
        raise declined(who, _sentence(words) or f"it answered with status {status} and no reason.")
    error = refusal(reply)
    if status == 403 and words:
        raise SourceError(error.trouble, f"{error.message} {who} says: {_sentence(words)}", error.retry_after_s)
    raise error


def vendor_words(content: bytes) -> str:
    """What an error body says, in one line, '' where it says nothing readable. Knows the shapes of the usual vendors."""
    try:
        answer = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return ""
    said = dict.fromkeys(text for text in _said(answer) if text)
    return one_line("; ".join(said))[:_MOST_WORDS]


def as_wished(remote: RemoteTicket, wish: Wish) -> RemoteTicket:
    """The ticket with the wish in our words, where the vendor holds the word that was written for it.

    Several of our words may share one of the vendor's ("reopened" is often written as "In Progress"). How it reads is kept:
    the next reading tells that, and it is nobody else's change.
    """
    held = remote.fields.get(wish.field, "")
    return replace(remote, fields={**remote.fields, wish.field: wish.value}, told=None if held == wish.value else held)


def tags_of(value: str) -> list[str]:
    """The tags of a wish, each once, in order."""
    return list(dict.fromkeys(tag for part in value.split(",") if (tag := part.strip())))


def _said(answer: Any) -> Iterator[str]:
    if isinstance(answer, str):
        yield answer
        return
    for name in ("errorMessages", "errors", "error", "message", "msg", "title", "description", "details", "detail"):
        value = dig(answer, name)
        if isinstance(value, list):
            for item in value:
                yield from _said(item)
        elif isinstance(value, dict) and name in ("errors", "details"):
            yield from (f"{field}: {text}" for field, inner in value.items() for text in _each(inner))
        elif isinstance(value, dict):
            yield from _said(value)
        else:
            yield text_of(value)


def _each(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        yield from _said(item)


def _sentence(words: str) -> str:
    return words if not words or words.endswith((".", "!", "?")) else f"{words}."
