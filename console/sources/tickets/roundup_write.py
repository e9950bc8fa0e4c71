"""Writing to Roundup: every change carries the ETag that was read, and Roundup refuses it when the issue moved since.

A comment is two steps, a message and its link to the issue. Between the two the program may die, so the message carries
the decision's id as its ``messageid``: a message that is there already is linked, never written a second time. The text
ends in the marker as well, which every reader of the issue can see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console.model.errors import SourceError, Trouble
from console.ports import COMMENT, TASK, RemoteTicket, Wish, marker
from console.sources.formats.plain_text import one_line
from console.sources.http import Http, Reply
from console.sources.site import Site
from console.sources.tickets import words as w
from console.sources.tickets.reading import decode, dig, rows_of, text_of
from console.sources.tickets.roundup_issue import Issue, issue_of, label
from console.sources.tickets.writing import (
    EXPECTED,
    as_wished,
    check,
    conflict,
    declined,
    gone,
    number_of,
    tags_of,
    task_of,
)

WRITES = frozenset({"title", "severity", "status", "assignee", "tags", COMMENT, TASK})
_WHO = "Roundup"
_TRIES = 4
_OPTION = {"severity": "severity_map", "status": "status_map"}


class RoundupWriter:
    """Implements ``console.ports.TicketWriter``. ``address`` ends in "/"."""

    def __init__(self, http: Http, site: Site, words: w.Words, address: str, custom: dict[str, str]) -> None:
        self._http = http
        self._site = site
        self._words = words
        self._address = address
        self._custom = custom
        self._headers = {
            "x-requested-with": "rest",
            "origin": f"{http.base.scheme}://{http.base.netloc.decode('ascii')}",
            "referer": address,
        }

    async def read(self, ticket: str) -> RemoteTicket:
        """A retired issue can still be read and even written to; only the list leaves it out, so that is asked as well."""
        found = _remote(*await self._issue(ticket))
        listed = await self._get("issue", "issues", {"id": ticket, "@fields": "title", "@page_size": "1"})
        if not rows_of(dig(listed, "data", "collection")):
            raise gone(_WHO, found.key)
        return found

    async def write(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        match wish.field:
            case "comment":
                return await self._comment(remote, wish)
            case "task":
                return await self._task(wish)
            case "title":
                return await self._set(remote, wish, {"title": wish.value}, lambda issue: issue.values["title"])
            case "assignee":
                return await self._set(remote, wish, {"assignedto": wish.value}, lambda i: i.values["assignee"])
            case "tags":
                names = await self._keywords(tags_of(wish.value))
                return await self._set(remote, wish, {"keyword": names}, lambda issue: issue.values["tags"])
            case "severity":
                name = await self._priority(wish.value)
                return await self._set(remote, wish, {"priority": name}, lambda issue: issue.values["severity"])
            case "status":
                name = await self._status(wish.value)
                return await self._set(remote, wish, {"status": name}, lambda issue: issue.word)
            case field:
                raise declined(_WHO, f'it has no field for "{field}".')

    async def done(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket | None:
        """By the message of this decision: linked to the ticket for a comment, to any issue for a task."""
        message = await self._message(wish.decision)
        if not message:
            return None
        if wish.field == TASK:
            issue = await self._issue_with(message)
            return _remote(*await self._issue(issue)) if issue else None
        issue_now, etag = await self._issue(remote.ticket)
        return _remote(issue_now, etag) if message in issue_now.messages else None

    async def close(self) -> None:
        await self._http.close()

    async def _set(
        self, remote: RemoteTicket, wish: Wish, values: dict[str, Any], held: Callable[[Issue], str]
    ) -> RemoteTicket:
        await self._patch(remote.ticket, remote.key, remote.version, values)
        issue, etag = await self._issue(remote.ticket)
        now = _remote(issue, etag)
        raw = next(iter(values.values()))
        if wish.field == "status" and w.fold(held(issue)) == w.fold(str(raw)):
            return as_wished(now, wish)
        if not _held(now.fields.get(wish.field, ""), wish):
            raise declined(_WHO, f"it answered as if done, but {issue.values['key']} stands otherwise.")
        return now

    async def _comment(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        message = await self._message(wish.decision) or await self._say(wish.decision, wish.value)
        for _ in range(_TRIES):
            issue, etag = await self._issue(remote.ticket)
            if message in issue.messages:
                return _remote(issue, etag)
            try:
                await self._patch(remote.ticket, remote.key, etag, {"@op": "add", "messages": [message]})
            except SourceError as error:
                # One more comment takes nothing away from what somebody else just changed.
                if error.trouble is not Trouble.CONFLICT:
                    raise
        raise conflict(_WHO, remote.key)

    async def _task(self, wish: Wish) -> RemoteTicket:
        task = task_of(wish)
        message = await self._message(wish.decision) or await self._say(wish.decision, task.body)
        values = {"title": task.title, "messages": [message]}
        made = await self._make("issue", "issues", values)
        return await self.read(text_of(dig(made, "data", "id")))

    async def _issue(self, ticket: str) -> tuple[Issue, str]:
        """The issue and its ETag."""
        key = f"issue{number_of(_WHO, ticket)}"
        params = {"@protected": "true", "@verbose": "2"}
        reply = check(_WHO, key, await self._http.get(f"rest/data/issue/{ticket}", params=params, expect=EXPECTED))
        answer = await self._whole(reply, key)
        attributes = dig(answer, "data", "attributes")
        row = {**attributes, "id": ticket} if isinstance(attributes, dict) else {}
        issue = issue_of(row, self._words, self._address, self._custom)
        etag = text_of(dig(answer, "data", "@etag")) or reply.headers.get("etag", "")
        if issue is None or not etag:
            raise SourceError(
                Trouble.UNREADABLE, f"Roundup answered without an issue{ticket}; is url that of the tracker?"
            )
        return issue, etag

    async def _message(self, decision: str) -> str:
        """The id of this decision's message, '' where there is none yet."""
        ours = _message_id(decision)
        answer = await self._get("msg", "messages", {"messageid:": ours, "@fields": "messageid", "@page_size": "5"})
        rows = rows_of(dig(answer, "data", "collection"))
        return next((text_of(row.get("id")) for row in rows if text_of(row.get("messageid")) == ours), "")

    async def _say(self, decision: str, text: str) -> str:
        content = f"{text}\n\n{marker(decision)}".strip()
        values = {"content": content, "messageid": _message_id(decision)}
        made = await self._make("msg", "messages", values)
        identity = text_of(dig(made, "data", "id"))
        if not identity:
            raise SourceError(Trouble.UNREADABLE, "Roundup took a message but did not say its id; it is looked for.")
        return identity

    async def _issue_with(self, message: str) -> str:
        answer = await self._get("issue", "issues", {"messages": message, "@page_size": "1"})
        return next((text_of(row.get("id")) for row in rows_of(dig(answer, "data", "collection"))), "")

    async def _patch(self, ticket: str, key: str, etag: str, values: dict[str, Any]) -> None:
        path = f"rest/data/issue/{number_of(_WHO, ticket)}"
        reply = await self._http.send(
            "PATCH", path, json=values, headers={**self._headers, "if-match": etag}, expect=EXPECTED
        )
        await self._whole(check(_WHO, key, reply), key)

    async def _priority(self, severity: str) -> str:
        if not severity:
            return ""
        return w.severity_name(self._words, severity, await self._names("priority")) or self._nothing(
            "severity", severity
        )

    async def _status(self, status: str) -> str:
        states = [(name, "") for name in await self._names("status")]
        return w.status_name(self._words, status, states) or self._nothing("status", status)

    def _nothing(self, field: str, value: str) -> str:
        raise declined(_WHO, f'no {field} of this tracker means "{value}"; name one under {_OPTION[field]}.')

    async def _keywords(self, tags: list[str]) -> list[str]:
        """The names as the tracker writes them; those it does not have yet are made."""
        known = {w.fold(name): name for name in await self._names("keyword")} if tags else {}
        for tag in tags:
            if w.fold(tag) not in known:
                await self._make("keyword", "keywords", {"name": tag})
                known[w.fold(tag)] = tag
        return list(dict.fromkeys(known[w.fold(tag)] for tag in tags))

    async def _names(self, kind: str) -> list[str]:
        answer = await self._get(kind, f"{kind} list", {"@fields": "name", "@sort": "id"})
        return [name for row in rows_of(dig(answer, "data", "collection")) if (name := label(row))]

    async def _get(self, kind: str, what: str, params: dict[str, str]) -> Any:
        reply = await self._http.get(f"rest/data/{kind}", params=params, expect=EXPECTED)
        return await self._whole(check(_WHO, what, reply), what)

    async def _make(self, kind: str, what: str, values: dict[str, Any]) -> Any:
        reply = await self._http.send("POST", f"rest/data/{kind}", json=values, headers=self._headers, expect=EXPECTED)
        return await self._whole(check(_WHO, what, reply), what)

    async def _whole(self, reply: Reply, key: str) -> Any:
        """The decoded answer. Raises SourceError for one that holds an error although its status is a success."""
        answer = await decode(self._site, reply, Any)
        fault = dig(answer, "error")
        if fault:
            status = dig(fault, "status")
            meant = status if isinstance(status, int) and status >= 400 else 400
            check(_WHO, key, Reply(meant, reply.headers, reply.content, reply.url, reply.wire_bytes))
        return answer


def _remote(issue: Issue, etag: str) -> RemoteTicket:
    return RemoteTicket(issue.id, issue.values["key"], issue.values, etag, issue.values["url"])


def _held(held: str, wish: Wish) -> bool:
    """Whether the tracker holds the wish: keywords as it spells them, a title on one line."""
    if wish.field == "tags":
        return {w.fold(tag) for tag in tags_of(held)} == {w.fold(tag) for tag in tags_of(wish.value)}
    return held == (one_line(wish.value) if wish.field == "title" else wish.value)


def _message_id(decision: str) -> str:
    return f"<hc-{decision}@hypercare>"
