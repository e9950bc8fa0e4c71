"""The calls to Redmine's REST interface.

Two traps. Where a project is public, a wrong key is answered like a visitor without one: so who we are is asked first.
And the list has neither journals nor closed issues unless asked: the first need a call by issue, the second ``status_id=*``.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.moment import to_datetime
from console.sources.http import Http, HttpOptions, Reply
from console.sources.site import Site
from console.sources.tickets.reading import decode, dig, rows_of, text_of
from console.sources.tickets.redmine_issue import Names

PAGE = 100
"""Redmine never gives more, whatever is asked."""
_AT_ONCE = 4
_MOST_LISTED = 2_000
WITH = "journals,relations,attachments"


@dataclass(frozen=True, slots=True)
class Page:
    """``total`` None where Redmine does not say; ``unreadable``: rows that are no objects."""

    reply: Reply
    rows: list[dict[str, Any]]
    unreadable: int
    total: int | None


def root_of(url: str) -> str:
    """The address of Redmine itself, ending in "/", whatever of its pages was given."""
    head = url.split("?")[0].split("#")[0]
    for part in ("/projects/", "/issues"):
        head = head.split(part)[0]
    return head.rstrip("/") + "/"


def connect(options: HttpOptions, site: Site) -> Http:
    """A client that shows the key as Redmine wants it; with ``user`` it is a password."""
    auth = options.auth or ("basic" if options.user else "header:X-Redmine-API-Key")
    placed = msgspec.structs.replace(options, url=root_of(options.url), auth=auth)
    return Http(placed, site.secret, transport=site.transport)


class RedmineApi:
    """One Redmine. ``read`` counts the bytes of all bodies so far."""

    def __init__(self, http: Http, site: Site, project: str) -> None:
        self.http = http
        self._site = site
        self._project = project
        self._known_user = False
        self.read = 0

    async def whoami(self) -> dict[str, Any]:
        """The user of the key. Raises SourceError where nobody is behind it."""
        user = dig(await self.json(await self.http.get("users/current.json")), "user")
        if not isinstance(user, dict):
            raise SourceError(
                Trouble.UNREADABLE, "Redmine answered without saying who asks; is url that of Redmine itself?"
            )
        self._known_user = True
        return user

    async def page(self, since: int | None, offset: int) -> Page:
        """Issues by time of change, oldest first, closed ones too."""
        if not self._known_user:
            await self.whoami()
        params = {"status_id": "*", "sort": "updated_on,id", "limit": str(PAGE), "offset": str(offset)}
        if self._project:
            params["project_id"] = self._project
        if since is not None:
            params["updated_on"] = f">={to_datetime(since).strftime('%Y-%m-%dT%H:%M:%SZ')}"
        reply = await self.http.get("issues.json", params=params, expect=(404, 422))
        if reply.status == 404 and self._project:
            raise SourceError(
                Trouble.NOT_FOUND, f'Redmine shows no project "{self._project}" to this user; check project and url.'
            )
        if reply.status in (404, 422):
            raise SourceError(Trouble.SETTINGS, "Redmine does not take the search; check url and project.")
        answer = await self.json(reply)
        found = dig(answer, "issues")
        if not isinstance(found, list):
            raise SourceError(
                Trouble.UNREADABLE, "Redmine answered JSON without a list of issues; is url that of Redmine itself?"
            )
        rows, total = rows_of(found), dig(answer, "total_count")
        whole = isinstance(total, int) and not isinstance(total, bool)
        return Page(reply, rows, len(found) - len(rows), total if whole else None)

    async def details(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        """Issues with journals, by id, a few at once; those deleted or moved out of sight since the list are missing."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(identity: str) -> tuple[str, dict[str, Any]]:
            async with gate:
                return identity, await self.issue(identity)

        asked = [asyncio.ensure_future(one(identity)) for identity in ids]
        try:
            return {identity: issue for identity, issue in await asyncio.gather(*asked) if issue}
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def issue(self, identity: str) -> dict[str, Any]:
        """{} for one that is gone."""
        reply = await self.http.get(f"issues/{identity}.json", params={"include": WITH}, expect=(403, 404, 410))
        if reply.status >= 400:
            return {}
        issue = dig(await self.json(reply), "issue")
        return issue if isinstance(issue, dict) else {}

    async def names(self, names: Names) -> None:
        """Fill ``names`` from the lists this user may see."""
        for row in await self.listed("issue_statuses.json", "issue_statuses"):
            names.learn("status", row)
            if row.get("is_closed") is True and (identity := text_of(row.get("id"))) not in names.closed:
                names.closed.append(identity)
        for row in await self.listed("enumerations/issue_priorities.json", "issue_priorities"):
            names.learn("priority", row)
        for row in await self.listed("trackers.json", "trackers"):
            names.learn("tracker", row)
            first = text_of(dig(row, "default_status", "id"))
            if first and first not in names.first:
                names.first.append(first)
        if self._project:
            for row in await self.members(self._project):
                names.learn("user", row)
            for path, name, table in (
                ("issue_categories", "issue_categories", "category"),
                ("versions",) * 2 + ("version",),
            ):
                for row in await self.listed(f"projects/{self._project}/{path}.json", name):
                    names.learn(table, row)

    async def members(self, project: str) -> list[dict[str, Any]]:
        """People and groups of a project as ``{id, name}``."""
        rows = await self.listed(f"projects/{project}/memberships.json", "memberships")
        return [who for row in rows for name in ("user", "group") if isinstance(who := row.get(name), dict)]

    async def listed(self, path: str, name: str) -> list[dict[str, Any]]:
        """All rows of a list; [] where this user may not see it."""
        found: list[dict[str, Any]] = []
        while len(found) < _MOST_LISTED:
            params = {"limit": str(PAGE), "offset": str(len(found))}
            reply = await self.http.get(path, params=params, expect=(403, 404))
            if reply.status >= 400:
                return found
            answer = await self.json(reply)
            rows, total = rows_of(dig(answer, name)), dig(answer, "total_count")
            found += rows
            if not rows or not isinstance(total, int) or len(found) >= total:
                return found
        return found

    async def json(self, reply: Reply) -> Any:
        self.read += reply.wire_bytes
        return await decode(self._site, reply, Any)

    async def close(self) -> None:
        await self.http.close()
