"""The calls to Zendesk: the incremental export, a ticket's audits, names of people and teams.

The export goes by a hidden stamp of the server, not by ``updated_at``: its cursor is the only thing to go on from, also
at the end of the stream. Limits differ by call (ten exports a minute, hundreds of other calls), so an answer 429 can
come between the tickets and their history; what was read until then is kept by ``histories``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.moment import MINUTE, SECOND
from console.sources.http import Http, HttpOptions, Reply, refusal
from console.sources.site import Site
from console.sources.tickets.reading import decode, dig, rows_of, text_of

PER_PAGE = 1_000
_AT_ONCE = 4
_MOST_PAGES = 500
_MANY = 100


class StaleCursorError(Exception):
    """Zendesk no longer takes the cursor; the export starts again."""


@dataclass(frozen=True, slots=True)
class User:
    """``agent`` None where Zendesk does not say what they are."""

    name: str
    email: str = ""
    agent: bool | None = None


@dataclass(slots=True)
class Names:
    """What ids mean, as far as it is known by now. A cache: losing it costs requests, never facts."""

    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    organizations: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)

    def learn(self, answer: Any) -> None:
        """Take in what was side-loaded with an answer."""
        for row in rows_of(dig(answer, "users")):
            role = text_of(row.get("role"))
            agent = None if not role else role != "end-user"
            email = text_of(row.get("email"))
            self.users[text_of(row.get("id"))] = User(text_of(row.get("name")) or email, email, agent)
        for name, known in (("groups", self.groups), ("organizations", self.organizations)):
            for row in rows_of(dig(answer, name)):
                known[text_of(row.get("id"))] = text_of(row.get("name"))


@dataclass(slots=True)
class Page:
    """``after``: the cursor of the next page, to be kept at the end of the stream as well."""

    reply: Reply
    tickets: list[dict[str, Any]]
    unreadable: int
    after: str
    end: bool


class ZendeskApi:
    """One Zendesk. ``names`` grows with every answer."""

    def __init__(self, options: HttpOptions, site: Site) -> None:
        user = options.user
        if user and not user.endswith("/token") and options.auth in (None, "basic"):
            user += "/token"
        self._http = Http(
            msgspec.structs.replace(options, url=root_of(options.url), user=user), site.secret, transport=site.transport
        )
        self._site = site
        self.names = Names()
        self.read = 0
        """Bytes of all bodies so far."""

    async def export(self, cursor: str, since: int, now: int, per_page: int = PER_PAGE) -> Page:
        """A page of tickets after ``cursor``; without one those changed after ``since``.

        Raises StaleCursorError where the cursor is no longer taken.
        """
        params: dict[str, str] = {"per_page": str(per_page), "include": "users,groups,organizations"}
        latest = (now - 2 * MINUTE) // SECOND
        params |= {"cursor": cursor} if cursor else {"start_time": str(min(max(0, since // SECOND), latest))}
        reply = await self._get("incremental/tickets/cursor", params, (400, 422))
        if reply.status in (400, 422):
            if cursor:
                raise StaleCursorError
            raise SourceError(
                Trouble.SETTINGS, f"Zendesk does not take the start of the export ({complaint(reply.content)})."
            )
        answer = await self.decode(reply, dict[str, Any])
        found = answer.get("tickets")
        if not isinstance(found, list):
            raise SourceError(
                Trouble.UNREADABLE,
                f"Zendesk answered without tickets ({complaint(reply.content)}); is url https://NAME.zendesk.com?",
            )
        self.names.learn(answer)
        tickets = rows_of(found)
        after = text_of(answer.get("after_cursor"))
        end = answer.get("end_of_stream") is True or not after
        return Page(reply, tickets, len(found) - len(tickets), after or cursor, end)

    async def histories(self, ids: list[str]) -> tuple[dict[str, list[Any]], SourceError | None]:
        """Ticket id → its audits. Ends early at a fault, which comes along with what was read until then.

        A ticket that is gone, or not ours to read any more, has no audits. Raises the fault when nothing was read at all,
        and for a missing right, since then no ticket's history can be read.
        """
        found: dict[str, list[Any]] = {}
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            answers = await asyncio.gather(*(self._audits(one) for one in some), return_exceptions=True)
            fault: SourceError | None = None
            for one, answer in zip(some, answers, strict=True):
                if isinstance(answer, SourceError):
                    fault = answer
                elif isinstance(answer, BaseException):
                    raise answer
                else:
                    found[one] = answer
            if fault is not None:
                if not found or fault.trouble is Trouble.REFUSED:
                    raise fault
                return found, fault
        return found, None

    async def _audits(self, ticket: str) -> list[Any]:
        found: list[Any] = []
        params = {"page[size]": str(_MANY)}
        seen = set[str]()
        for _ in range(_MOST_PAGES):
            reply = await self._get(f"tickets/{ticket}/audits", params, (403, 404))
            if reply.status == 404:
                return found
            if reply.status == 403:
                raise SourceError(
                    Trouble.REFUSED,
                    "Zendesk forbids reading ticket audits (403); a token needs the global scope read, a user the role "
                    "of an admin.",
                )
            answer = await self.decode(reply, dict[str, Any])
            rows = answer.get("audits")
            if not isinstance(rows, list):
                raise SourceError(Trouble.UNREADABLE, f"Zendesk answered without audits ({complaint(reply.content)}).")
            found += rows
            after = text_of(dig(answer, "meta", "after_cursor"))
            if dig(answer, "meta", "has_more") is not True or not after:
                return found
            if after in seen:
                break
            seen.add(after)
            params = {"page[size]": str(_MANY), "page[after]": after}
        raise SourceError(Trouble.UNREADABLE, f"Zendesk's pages of ticket {ticket} never end; they are asked again.")

    async def people(self, ids: Iterable[str]) -> None:
        """Learn the users nobody told of yet. Those that are gone stay nameless."""
        missing = sorted({one for one in ids if one.isdecimal() and one not in self.names.users})
        for start in range(0, len(missing), _MANY):
            some = missing[start : start + _MANY]
            reply = await self._get("users/show_many", {"ids": ",".join(some)}, (403, 404))
            if reply.status == 200:
                self.names.learn(await self.decode(reply, dict[str, Any]))
            for one in some:
                self.names.users.setdefault(one, User(""))

    async def teams(self, ids: Iterable[str]) -> None:
        """Learn the groups nobody told of yet (an export names only those of its own tickets)."""
        missing = {one for one in ids if one.isdecimal() and one not in self.names.groups}
        if missing:
            reply = await self._get("groups", {"page[size]": str(_MANY)}, (403, 404))
            if reply.status == 200:
                self.names.learn(await self.decode(reply, dict[str, Any]))
            for one in missing:
                self.names.groups.setdefault(one, "")

    async def statuses(self) -> None:
        """Learn the names of custom statuses; an account without them has none."""
        reply = await self._get("custom_statuses", {}, (403, 404))
        if reply.status == 200:
            answer = await self.decode(reply, dict[str, Any])
            self.names.statuses = {
                text_of(row.get("id")): text_of(row.get("agent_label"))
                for row in rows_of(answer.get("custom_statuses"))
            }

    async def me(self) -> dict[str, Any]:
        """The user behind the credential."""
        answer = await self.decode(await self._get("users/me", {}, ()), dict[str, Any])
        found = answer.get("user")
        return found if isinstance(found, dict) else {}

    async def close(self) -> None:
        await self._http.close()

    async def _get(self, path: str, params: dict[str, str], expect: tuple[int, ...]) -> Reply:
        reply = await self._http.get(f"api/v2/{path}", params=params, expect=(*expect, 429))
        if reply.status == 429:
            raise throttled(reply)
        return reply

    async def send(
        self,
        method: str,
        path: str,
        document: Any,
        params: dict[str, str] | None,
        headers: dict[str, str] | None,
        expect: tuple[int, ...],
    ) -> Reply:
        """A request of the writing side. Raises SourceError unless 2xx or in ``expect``."""
        path = f"api/v2/{path}"
        if method == "GET":
            reply = await self._http.get(path, params=params, expect=(*expect, 429))
        else:
            reply = await self._http.send(method, path, json=document, headers=headers, expect=(*expect, 429))
        if reply.status == 429:
            raise throttled(reply)
        return reply

    async def decode(self, reply: Reply, kind: type[Any]) -> Any:
        self.read += reply.wire_bytes
        return await decode(self._site, reply, kind)


def root_of(url: str) -> str:
    """``https://NAME.zendesk.com`` of whatever page of it was given."""
    for part in ("/api/", "/agent", "/hc/"):
        url = url.split(part)[0]
    return url.rstrip("/")


def throttled(reply: Reply) -> SourceError:
    """429, with the pause Zendesk names in either of its two ways."""
    error = refusal(reply)
    reset = reply.headers.get("ratelimit-reset", "")
    if error.retry_after_s is None and reset.isdecimal():
        error.retry_after_s = float(reset)
    return error


def complaint(content: bytes) -> str:
    """Zendesk's own words about a refusal (``error``, ``description``, ``details``), "no reason given" without any."""
    try:
        answer = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "no reason given"
    error = dig(answer, "error")
    said = [
        text_of(error) or text_of(dig(error, "title")),
        text_of(dig(answer, "description")) or text_of(dig(error, "message")),
    ]
    details = dig(answer, "details")
    for rows in details.values() if isinstance(details, dict) else ():
        said += [text_of(row.get("description")) for row in rows_of(rows)]
    return " ".join(dict.fromkeys(part for part in said if part))[:300] or "no reason given"
