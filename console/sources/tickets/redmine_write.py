"""Writing to Redmine, which has no guard and keeps quiet about what it will not do.

It answers a change it ignored (a state this user may not set, a note without the right for it) like one it made, so every
change is read again and compared; and a private note by somebody without that right would be published, so the right is
asked for first. Its ``lock_version`` is never shown; who changed the issue since it was read is seen by its time of change
and its newest journal, which leaves the milliseconds between that look and the change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.model.errors import SourceError, Trouble
from console.ports import COMMENT, INTERNAL_COMMENT, TASK, RemoteTicket, Wish, marker
from console.sources.http import Reply
from console.sources.tickets import redmine_issue
from console.sources.tickets import words as w
from console.sources.tickets.reading import dig, rows_of, text_of
from console.sources.tickets.redmine_api import WITH, RedmineApi
from console.sources.tickets.redmine_issue import Names
from console.sources.tickets.writing import EXPECTED, as_wished, check, conflict, declined, number_of, task_of

WRITES = frozenset({"title", "severity", "status", "assignee", COMMENT, INTERNAL_COMMENT, TASK})
_WHO = "Redmine"
_PRIVATE_RIGHT = "set_notes_private"


class RedmineWriter:
    """Implements ``console.ports.TicketWriter``. ``custom``: our field → custom field; ``root`` ends in "/"."""

    def __init__(
        self,
        api: RedmineApi,
        words: w.Words,
        custom: Mapping[str, str],
        root: str,
        severities: Mapping[str, str],
        task_project: str,
    ) -> None:
        self._api = api
        self._words = words
        self._custom = custom
        self._root = root
        self._severities = severities
        self._task_project = task_project
        self._names: Names | None = None

    async def read(self, ticket: str) -> RemoteTicket:
        return await self._remote(await self._issue(ticket))

    async def write(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        if wish.field == TASK:
            return await self._task(remote, wish)
        issue = await self._issue(remote.ticket)
        if wish.field in (COMMENT, INTERNAL_COMMENT):
            return await self._comment(issue, wish)
        now = await self._remote(issue)
        if now.fields.get(wish.field) == wish.value:
            return now
        if now.version != remote.version:
            raise conflict(_WHO, now.key)
        values, name = await self._values(issue, wish)
        after = await self._put(now, values)
        held, there = await self._remote(after), _held(after, values)
        if not there:
            raise declined(_WHO, self._ignored(after, wish, name))
        return as_wished(held, wish)

    async def done(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket | None:
        """By the marker: in the ticket's notes, or in the description of an issue."""
        if wish.field == TASK:
            found = await self._marked(wish.decision)
            return await self._remote(found) if found else None
        issue = await self._issue(remote.ticket)
        return await self._remote(issue) if _noted(issue, wish.decision) else None

    async def close(self) -> None:
        await self._api.close()

    async def _values(self, issue: dict[str, Any], wish: Wish) -> tuple[dict[str, Any], str]:
        """The wish as Redmine's field, and the name of what is set for the sentence of a refusal."""
        if wish.field in self._custom:
            return self._custom_value(issue, wish), wish.value
        match wish.field:
            case "title":
                return {"subject": wish.value}, wish.value
            case "severity":
                return await self._by_name("priority_id", "priority", wish)
            case "status":
                return await self._by_name("status_id", "status", wish)
            case "assignee":
                return await self._assignee(issue, wish.value), wish.value
        raise declined(_WHO, f'it has no field for "{wish.field}"; name a custom field under fields.')

    async def _by_name(self, column: str, table: str, wish: Wish) -> tuple[dict[str, Any], str]:
        names = await self._known()
        ids = {name: identity for identity, name in reversed(names.tables.get(table, {}).items())}
        if table == "status":
            states = [(name, names.category(i)) for i, name in names.tables.get("status", {}).items()]
            chosen = w.status_name(self._words, wish.value, states)
        else:
            chosen = w.severity_name(self._words, wish.value, names.tables.get("priority", {}).values())
        if not chosen:
            raise declined(_WHO, f'no {table} there means "{wish.value}"; name one under {wish.field}_map.')
        return {column: int(ids[chosen])}, chosen

    async def _assignee(self, issue: dict[str, Any], name: str) -> dict[str, Any]:
        """Redmine knows people by number; whose name it is, only the members of the issue's project tell."""
        if not name:
            return {"assigned_to_id": ""}
        me = await self._api.whoami()
        if w.fold(name) == w.fold(text_of(me.get("login"))):
            return {"assigned_to_id": int(text_of(me.get("id")))}
        members = await self._api.members(text_of(dig(issue, "project", "id")))
        fitting = {text_of(who.get("id")) for who in members if w.fold(text_of(who.get("name"))) == w.fold(name)}
        if len(fitting) != 1:
            found = "nobody is" if not fitting else "several people are"
            raise declined(_WHO, f'{found} called "{name}" among the members of the project; assign it there.')
        return {"assigned_to_id": int(fitting.pop())}

    def _custom_value(self, issue: dict[str, Any], wish: Wish) -> dict[str, Any]:
        identity = redmine_issue.custom_ids(issue, self._custom).get(wish.field, "")
        if not identity:
            name = self._custom[wish.field]
            raise declined(_WHO, f'the issue has no custom field "{name}" (any more); check fields in Sources.')
        value = wish.value
        if wish.field == "severity":
            value = next((word for word, ours in self._severities.items() if w.fold(ours) == w.fold(value)), value)
        return {"custom_fields": [{"id": int(identity), "value": value}]}

    async def _comment(self, issue: dict[str, Any], wish: Wish) -> RemoteTicket:
        private = wish.field == INTERNAL_COMMENT
        if private:
            await self._demand_right(issue)
        note = {"notes": f"{wish.value}\n\n{marker(wish.decision)}", "private_notes": private}
        now = await self._remote(issue)
        after = await self._put(now, note)
        if not _noted(after, wish.decision):
            raise declined(_WHO, f"it took the comment on {now.key} without keeping it; this user may not add notes.")
        return await self._remote(after)

    async def _demand_right(self, issue: dict[str, Any]) -> None:
        me = await self._api.whoami()
        if me.get("admin") is True:
            return
        project = text_of(dig(issue, "project", "id"))
        mine = await self._api.json(await self._api.http.get("users/current.json", params={"include": "memberships"}))
        roles = {
            text_of(role.get("id"))
            for row in rows_of(dig(mine, "user", "memberships"))
            if text_of(dig(row, "project", "id")) == project
            for role in rows_of(row.get("roles"))
        }
        for role in sorted(roles):
            reply = await self._api.http.get(f"roles/{role}.json", expect=(403, 404))
            rights = dig(await self._api.json(reply), "role", "permissions") if reply.status < 400 else None
            if isinstance(rights, list) and _PRIVATE_RIGHT in rights:
                return
        raise declined(
            _WHO, "this user may not write private notes, and it would have published the text; nothing was sent."
        )

    async def _task(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        task = task_of(wish)
        project = self._task_project
        if not project and remote.url.startswith(self._root):
            project = text_of(dig(await self._issue(remote.ticket), "project", "id"))
        if not project:
            raise declined(_WHO, "no project for tasks is set; name one as task_project in Sources.")
        body = f"{task.body}\n\n{marker(wish.decision)}".strip()
        values = {"project_id": project, "subject": task.title, "description": body}
        reply = await self._api.http.send("POST", "issues.json", json={"issue": values}, expect=EXPECTED)
        made = dig(await self._whole(reply, f"the project {project}"), "issue")
        identity = text_of(dig(made, "id"))
        if not identity:
            raise SourceError(Trouble.UNREADABLE, "Redmine took a task but did not say its number; it is looked for.")
        return await self.read(identity)

    async def _marked(self, decision: str) -> dict[str, Any]:
        params = {"status_id": "*", "description": f"~{marker(decision)}", "limit": "100", "sort": "id:desc"}
        reply = await self._api.http.get("issues.json", params=params, expect=EXPECTED)
        rows = rows_of(dig(await self._whole(reply, "such issues"), "issues"))
        # Some versions do not know the filter and answer with everything.
        return next((row for row in rows if marker(decision) in _text(row.get("description"))), {})

    async def _put(self, now: RemoteTicket, values: dict[str, Any]) -> dict[str, Any]:
        path = f"issues/{number_of(_WHO, now.ticket)}.json"
        reply = await self._api.http.send("PUT", path, json={"issue": values}, expect=EXPECTED)
        await self._whole(reply, now.key)
        return await self._issue(now.ticket)

    async def _whole(self, reply: Reply, key: str) -> Any:
        """The decoded answer, None for an empty one. Raises SourceError for one that holds errors despite its status."""
        check(_WHO, key, reply)
        if not reply.content.strip():
            return None
        answer = await self._api.json(reply)
        if dig(answer, "errors"):
            check(_WHO, key, Reply(422, reply.headers, reply.content, reply.url, reply.wire_bytes))
        return answer

    async def _issue(self, ticket: str) -> dict[str, Any]:
        key = f"#{number_of(_WHO, ticket)}"
        path = f"issues/{ticket}.json"
        reply = await self._api.http.get(path, params={"include": f"{WITH},allowed_statuses"}, expect=EXPECTED)
        issue = dig(await self._whole(reply, key), "issue")
        if not isinstance(issue, dict):
            raise SourceError(Trouble.UNREADABLE, f"Redmine answered without issue {key}; check the url.")
        return issue

    async def _remote(self, issue: dict[str, Any]) -> RemoteTicket:
        names = await self._known()
        redmine_issue.learn_from(issue, names)
        ticket = redmine_issue.ticket_of(issue, self._custom, self._root)
        if ticket is None:
            raise SourceError(Trouble.UNREADABLE, "Redmine answered with an issue that has no number or date.")
        tell = redmine_issue.teller(self._words, names, redmine_issue.custom_ids(issue, self._custom), self._root)
        fields = tell(ticket.raw)
        newest = max((text_of(row.get("id")).zfill(12) for row in rows_of(dig(issue, "journals"))), default="")
        version = f"{text_of(issue.get('updated_on'))} {newest.lstrip('0')}"
        return RemoteTicket(ticket.id, ticket.key, fields, version, fields["url"])

    async def _known(self) -> Names:
        if self._names is None:
            names = Names()
            await self._api.names(names)
            self._names = names
        return self._names

    def _ignored(self, issue: dict[str, Any], wish: Wish, name: str) -> str:
        allowed = [text_of(row.get("name")) for row in rows_of(dig(issue, "allowed_statuses"))]
        if wish.field != "status":
            return f'it answered as if done but left {wish.field} as it was; this user may not set "{name}".'
        now = text_of(dig(issue, "status", "name"))
        way = f" From there it allows: {', '.join(allowed)}." if allowed else " It allows no other state from there."
        return f'its workflow leaves the issue in "{now}" instead of "{name}".{way}'


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _noted(issue: dict[str, Any], decision: str) -> bool:
    return any(marker(decision) in _text(row.get("notes")) for row in rows_of(dig(issue, "journals")))


def _held(issue: dict[str, Any], values: dict[str, Any]) -> bool:
    """Whether the issue stands as was written."""
    for column, value in values.items():
        if column == "custom_fields":
            held = {text_of(row.get("id")): row.get("value") for row in rows_of(dig(issue, "custom_fields"))}
            if any(_plain(held.get(str(row["id"]))) != _plain(row["value"]) for row in value):
                return False
        elif column.endswith("_id"):
            if text_of(dig(issue, column.removesuffix("_id"), "id")) != str(value):
                return False
        elif _plain(issue.get(column)) != _plain(value):
            return False
    return True


def _plain(value: Any) -> str:
    return " ".join(str(value or "").split())
