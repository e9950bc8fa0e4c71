"""How the pages of any API follow each other: which request comes next, and when there is none.

What one would get wrong: a page shorter than asked is not the last one (many servers give fewer than asked), and a server
that does not know the parameter gives the same page for ever.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import httpx
import msgspec

from console.model.errors import SourceError, Trouble
from console.model.moment import MINUTE, SECOND, iso
from console.sources.tickets.rest_item import search, text_of

Paging = Literal["none", "page", "offset", "cursor", "link"]
OVERLAP = 2 * MINUTE
_MOST_PAGES = 10_000
_QUIET_PAGES = 4
_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel\s*=\s*"?[^",;]*\bnext\b', re.IGNORECASE)


class Place(msgspec.Struct):
    """The page to ask for: its number from 0, how many items were seen, the cursor or address given by the one before."""

    index: int = 0
    seen: int = 0
    token: str = ""
    marks: list[str] = []
    quiet: int = 0


class Keys(msgspec.Struct, frozen=True):
    """The names of an API's parameters. ``next``: expression of the next cursor or address in an answer."""

    paging: Paging
    page_param: str
    offset_param: str
    size_param: str
    cursor_param: str
    page_size: int
    first_page: int
    next: str
    since_param: str
    since_format: str


def request_of(base: httpx.URL, keys: Keys, place: Place, since: int | None) -> tuple[str, dict[str, str]]:
    """Address and parameters of a page. Raises SourceError for an address on another host: the credential stays here."""
    if place.token and _is_address(place.token):
        target = base.join(place.token)
        if (target.scheme, target.host, target.port) != (base.scheme, base.host, base.port):
            raise SourceError(
                Trouble.UNREADABLE,
                f"The next page lies on another host ({target.host}); the credential was not sent there.",
            )
        return str(target), {}
    params = dict(base.params)
    if keys.paging != "none" and keys.size_param:
        params[keys.size_param] = str(keys.page_size)
    if keys.paging == "page":
        params[keys.page_param] = str(keys.first_page + place.index)
    elif keys.paging == "offset":
        params[keys.offset_param] = str(place.seen)
    elif keys.paging == "cursor" and place.token:
        params[keys.cursor_param] = place.token
    if keys.since_param and since is not None:
        params[keys.since_param] = _written(since, keys.since_format)
    return str(base.copy_with(query=None)), params


def step(keys: Keys, place: Place, document: Any, link: str, marks: list[str], count: int) -> bool:
    """Move ``place`` behind a page of ``count`` items; True when it was the last. Raises SourceError for pages without an end."""
    known = set(place.marks)
    fresh = any(mark not in known for mark in marks)
    place.quiet = 0 if fresh else place.quiet + 1
    place.index += 1
    place.seen += count
    ended = _ended(keys, place, document, link, count, fresh)
    place.marks = marks
    if not ended and (place.quiet > _QUIET_PAGES or place.index > _MOST_PAGES):
        raise SourceError(
            Trouble.UNREADABLE,
            f"The pages never end: page {place.index} brought nothing new. What came so far is kept; check paging.",
        )
    return ended


def _ended(keys: Keys, place: Place, document: Any, link: str, count: int, fresh: bool) -> bool:
    if keys.paging in ("page", "offset"):
        return not count or not fresh
    if keys.paging == "none":
        return True
    if keys.paging == "link":
        found = _NEXT.search(link)
        place.token = found[1] if found else ""
    else:
        place.token = text_of(search(keys.next, document))
    return not place.token


def _is_address(token: str) -> bool:
    return token.startswith(("http://", "https://", "/", "?"))


def _written(since: int, form: str) -> str:
    if form == "epoch":
        return str(since // SECOND)
    return str(since // 1_000) if form == "epoch_ms" else iso(since - since % SECOND)
