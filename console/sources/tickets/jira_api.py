"""The calls to Jira, Cloud (v3) and Data Center (v2), with their differences hidden behind one page.

Cloud has no total, may return fewer issues than asked and pages by token; Data Center pages by offset and shows people
as names. The log of changes comes from a bulk call that may split one issue over pages (Cloud) or with the search (Data
Center, where a long log is fetched by issue).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from console.model.errors import SourceError, Trouble
from console.sources.http import Http, Reply
from console.sources.site import Site
from console.sources.tickets.reading import decode, dig, rows_of, text_of

PAGE = 100
_MOST_PAGES = 2_000
CLOUD, DATACENTER = "cloud", "datacenter"


class SearchAnswer(msgspec.Struct):
    """What both searches answer. Only ``issues`` is demanded."""

    issues: list[Any]
    next_token: Any = msgspec.field(name="nextPageToken", default=None)
    last: Any = msgspec.field(name="isLast", default=None)
    total: Any = None
    names: Any = None


class LogAnswer(msgspec.Struct):
    logs: list[Any] = msgspec.field(name="issueChangeLogs")
    next_token: Any = msgspec.field(name="nextPageToken", default=None)


class StaleTokenError(Exception):
    """Jira no longer takes this page token; the run starts again."""


@dataclass(slots=True)
class Page:
    """``token`` '' on the last page of Cloud; ``total`` None where Jira does not say; ``names`` of custom fields."""

    reply: Reply
    issues: list[dict[str, Any]]
    unreadable: int
    token: str = ""
    total: int | None = None
    names: dict[str, str] = field(default_factory=dict)
    seen_bytes: int = 0


class JiraApi:
    """One Jira. ``deployment`` is "cloud" or "datacenter"."""

    def __init__(self, http: Http, site: Site, deployment: str) -> None:
        self.http = http
        self._site = site
        self.deployment = deployment
        self.read = 0
        """Bytes of all bodies so far."""

    @property
    def root(self) -> str:
        """The path below which this deployment's calls lie."""
        return "rest/api/3" if self.deployment == CLOUD else "rest/api/2"

    async def search(self, jql: str, fields: list[str], token: str, start_at: int) -> Page:
        """One page. Raises StaleTokenError where a page token is no longer taken."""
        body: dict[str, Any] = {"jql": jql, "fields": fields, "maxResults": PAGE}
        if self.deployment == CLOUD:
            if token:
                body["nextPageToken"] = token
            reply = await self.http.post(f"{self.root}/search/jql", json=body, expect=(400,))
        else:
            body |= {"startAt": start_at, "expand": ["changelog", "names"]}
            reply = await self.http.post(f"{self.root}/search", json=body, expect=(400,))
        if reply.status == 400:
            if token:
                raise StaleTokenError
            raise SourceError(Trouble.SETTINGS, f"Jira does not take the search ({_complaint(reply)}); check jql.")
        answer = await self.decode(reply, SearchAnswer)
        issues = rows_of(answer.issues)
        more = "" if answer.last is True else text_of(answer.next_token)
        total = answer.total if isinstance(answer.total, int) and not isinstance(answer.total, bool) else None
        names = answer.names if isinstance(answer.names, dict) else {}
        named = {name: identity for identity, name in names.items() if isinstance(name, str)}
        return Page(reply, issues, len(answer.issues) - len(issues), more, total, named)

    async def histories(self, issues: list[dict[str, Any]]) -> dict[str, list[Any]]:
        """Issue id → its histories, in no promised order."""
        if self.deployment == CLOUD:
            return await self._bulk([identity for issue in issues if (identity := text_of(issue.get("id")))])
        found: dict[str, list[Any]] = {}
        for issue in issues:
            log, identity = issue.get("changelog"), text_of(issue.get("id"))
            histories = rows_of(dig(log, "histories"))
            total = dig(log, "total")
            if identity and isinstance(total, int) and total > len(histories):
                reply = await self.http.get(
                    f"{self.root}/issue/{identity}", params={"expand": "changelog", "fields": "id"}, expect=(404,)
                )
                if reply.status != 404:
                    whole = await self.decode(reply, dict[str, Any])
                    histories = rows_of(dig(whole, "changelog", "histories")) or histories
            found[identity] = list(histories)
        return found

    async def _bulk(self, ids: list[str]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {identity: [] for identity in ids}
        token, seen = "", set[str]()
        while ids:
            body: dict[str, Any] = {"issueIdsOrKeys": ids, "maxResults": 1_000}
            if token:
                body["nextPageToken"] = token
            reply = await self.http.post(f"{self.root}/changelog/bulkfetch", json=body, expect=(404, 405))
            if reply.status in (404, 405):
                return {identity: await self._log_of(identity) for identity in ids}
            answer = await self.decode(reply, LogAnswer)
            for log in rows_of(answer.logs):
                found.setdefault(text_of(log.get("issueId")), []).extend(rows_of(log.get("changeHistories")))
            token = text_of(answer.next_token)
            if not token:
                break
            _refuse_endless(token, seen)
        return found

    async def _log_of(self, identity: str) -> list[Any]:
        return await self._paged(f"{self.root}/issue/{identity}/changelog", "values")

    async def said(self, identity: str) -> list[Any]:
        """Every comment of an issue."""
        return await self._paged(f"{self.root}/issue/{identity}/comment", "comments")

    async def comments(self, issue: dict[str, Any]) -> list[Any]:
        """The comments that came with the issue; all of them from their own address where some were left out."""
        inside = dig(issue, "fields", "comment")
        comments, total = rows_of(dig(inside, "comments")), dig(inside, "total")
        whole = isinstance(inside, dict) and (not isinstance(total, int) or total <= len(comments))
        if whole or not text_of(issue.get("id")):
            return list(comments)
        return await self._paged(f"{self.root}/issue/{text_of(issue['id'])}/comment", "comments") or list(comments)

    async def _paged(self, path: str, name: str) -> list[Any]:
        """All objects of a list paged by offset; [] where it does not exist (any more) or is not ours to read."""
        found: list[Any] = []
        for _ in range(_MOST_PAGES):
            reply = await self.http.get(path, params={"startAt": len(found), "maxResults": PAGE}, expect=(403, 404))
            if reply.status in (403, 404):
                return found
            answer = await self.decode(reply, dict[str, Any])
            rows = rows_of(answer.get(name))
            if rows and rows[0] in found[-len(rows) :]:
                return found
            found += rows
            total = answer.get("total")
            if not rows or answer.get("isLast") is True or (isinstance(total, int) and len(found) >= total):
                return found
        raise SourceError(Trouble.UNREADABLE, f"Jira's pages of {path} never end; nothing of this answer was used.")

    async def statuses(self) -> dict[str, list[str]]:
        """Status id → [name, category key]; {} where this user may not ask."""
        reply = await self.http.get(f"{self.root}/status", expect=(403, 404))
        if reply.status in (403, 404):
            return {}
        answer = await self.decode(reply, list[Any])
        return {
            text_of(row.get("id")): [text_of(row.get("name")), text_of(dig(row, "statusCategory", "key"))]
            for row in rows_of(answer)
        }

    async def server(self) -> dict[str, Any]:
        """What Jira says about itself (``deploymentType``, ``version``)."""
        about: dict[str, Any] = await self.decode(await self.http.get("rest/api/2/serverInfo"), dict[str, Any])
        return about

    async def close(self) -> None:
        await self.http.close()

    async def decode(self, reply: Reply, kind: type[Any]) -> Any:
        """The answer as JSON of this shape, its bytes counted."""
        self.read += reply.wire_bytes
        return await decode(self._site, reply, kind)


def _refuse_endless(token: str, seen: set[str]) -> None:
    if token in seen or len(seen) >= _MOST_PAGES:
        raise SourceError(
            Trouble.UNREADABLE, "Jira's pages of the change log never end (a page token came twice); it is asked again."
        )
    seen.add(token)


def _complaint(reply: Reply) -> str:
    """Jira's own words about a refused search, '' as "no reason given"."""
    try:
        answer = msgspec.json.decode(reply.content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "no reason given"
    messages = dig(answer, "errorMessages")
    texts: Iterable[Any] = messages if isinstance(messages, list) else ()
    return " ".join(text_of(message) for message in texts)[:300] or "no reason given"
