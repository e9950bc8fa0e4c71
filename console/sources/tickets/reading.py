"""What the ticket connectors share: careful reading of strangers' JSON, vendor clocks, rows from two views of a ticket.

Everything a vendor sends may be missing, null or of another type; ``dig`` and ``text_of`` answer '' or None instead of
failing, so that one odd field never costs the ticket, and one odd ticket never costs the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from console.model.errors import SourceError, Trouble
from console.model.facts import TicketEvent
from console.model.moment import MINUTE, SECOND, parse_instant
from console.model.nearest import did_you_mean
from console.sources.formats import nesting
from console.sources.formats.plain_text import one_line
from console.sources.http import Reply, decode_json
from console.sources.site import Site

T = TypeVar("T")

TICKET_FIELDS = frozenset(
    {
        "key", "url", "source", "channel", "kind", "severity", "impact", "status", "status_word", "stage", "title", "body",
        "reporter", "customer", "segment", "assignee", "team", "area", "component", "tags", "route",
        "error_code", "release", "browser", "os", "device", "region", "locale", "created_at", "acknowledged_at",
        "resolved_at", "deployed_at", "due_at", "root_cause", "workaround", "definition_of_done", "article",
        "task", "duplicates", "parent", "csat",
    }
)  # fmt: skip
CREATED = "created"
NOTABLE_SKEW = 5 * MINUTE
_MOST_DEPTH = 400
_EARLIEST, _LATEST = parse_instant("1980-01-01T00:00:00Z"), parse_instant("2200-01-01T00:00:00Z")


def check_fields(names: Iterable[str], ours_alone: frozenset[str]) -> None:
    """Refuse a setting ``fields`` with what is no field of a ticket, or one that is always read. Raises SourceError."""
    known = TICKET_FIELDS - ours_alone
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise SourceError(Trouble.SETTINGS, f'fields names "{name}", which is no field of a ticket.{hint}')


async def decode(site: Site, reply: Reply, kind: type[T]) -> T:
    """JSON of an answer, off this thread when it is large. JSON nested absurdly deep is cut to a readable depth."""
    arguments = (reply.url, reply.headers.get("content-type", ""))
    try:
        return await site.workshop.run(len(reply.content), decode_json, reply.content, kind, *arguments)
    except SourceError:
        if nesting.depth_of(reply.content) <= _MOST_DEPTH:
            raise
        return await site.workshop.run(
            len(reply.content), decode_json, nesting.shallow(reply.content), kind, *arguments
        )


def dig(value: Any, *names: str) -> Any:
    """The value under ``names``, None as soon as something on the way is missing or no object."""
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def rows_of(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; anything else in it, or anything but a list, is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """A name or id as one line of text; numbers as written, anything else ''."""
    if isinstance(value, str):
        # Most are short plain words, and there are dozens of them in each of 100 000 tickets.
        return value.strip() if len(value) < 200 and value.isprintable() else one_line(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return ""


def instant_of(value: Any) -> int | None:
    """ISO text, or epoch seconds or milliseconds (above 10^11). None for anything else and for absurd years."""
    instant: int | None = None
    try:
        if isinstance(value, str):
            digits = value.strip()
            instant = instant_of(int(digits)) if digits.isdecimal() and len(digits) > 8 else parse_instant(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            instant = round(value * (1_000 if value > 1e11 else SECOND))
    except (ValueError, OverflowError):
        return None
    return instant if instant is not None and _EARLIEST <= instant <= _LATEST else None


def differences(
    source: str, ticket: str, change_id: str, before: Mapping[str, str], after: Mapping[str, str], actor: str, at: int
) -> list[TicketEvent]:
    """One row a field that differs, in order of name."""
    names = after.keys() if before.keys() == after.keys() else before.keys() | after.keys()
    return [
        TicketEvent(source, ticket, change_id, name, before.get(name, ""), after.get(name, ""), actor, at)
        for name in sorted([name for name in names if before.get(name, "") != after.get(name, "")])
    ]


def creation(source: str, ticket: str, values: Mapping[str, str], actor: str, at: int) -> list[TicketEvent]:
    """The first rows of a ticket: one a field that has a value, ``old`` None, change id ``created``."""
    return [
        TicketEvent(source, ticket, CREATED, name, None, value, actor, at)
        for name, value in sorted(values.items())
        if value
    ]


def skew_of(reply: Reply, now: int) -> int | None:
    """How far the remote's clock is ahead of ours, in microseconds; None when it does not say."""
    return None if reply.date is None else round(reply.date * SECOND) - now


def skew_words(skew: int | None) -> str:
    """ "its clock is 61 min ahead", '' when it is within five minutes of ours or unknown."""
    if skew is None or abs(skew) <= NOTABLE_SKEW:
        return ""
    return f"its clock is {round(abs(skew) / MINUTE)} min {'ahead' if skew > 0 else 'behind'}"


def sentence(parts: list[str]) -> str:
    """The parts that say something, as one line."""
    return "; ".join(part for part in parts if part)
