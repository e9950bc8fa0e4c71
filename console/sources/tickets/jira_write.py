"""Writing to Jira, Cloud and Data Center, by the letter of their documents.

Jira has no guard: the issue is read right before a change and compared by its ``updated``, and read again after it, by
its own address, since the search lags behind. A state is never set but reached by a transition, and only those are
offered that this user may take from here; one that asks for more than we can know is declined, not guessed. Cloud takes
rich text as a document and people by account id, Data Center plain text and people by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.model.errors import SourceError, Trouble
from console.ports import COMMENT, INTERNAL_COMMENT, TASK, RemoteTicket, Wish, marker
from console.sources.formats import adf
from console.sources.http import Reply
from console.sources.tickets import jira_issue, jira_values
from console.sources.tickets import words as w
from console.sources.tickets.history import Ticket
from console.sources.tickets.jira_api import CLOUD, DATACENTER, JiraApi
from console.sources.tickets.jira_history import person
from console.sources.tickets.reading import dig, rows_of, text_of
from console.sources.tickets.writing import (
    EXPECTED,
    as_wished,
    check,
    conflict,
    declined,
    number_of,
    tags_of,
    task_of,
)

WRITES = frozenset({"title", "severity", "status", "assignee", "tags", "due_at", COMMENT, INTERNAL_COMMENT, TASK})
_WHO = "Jira"
_BUSY = (409, 412)
_SERVICE_DESK = "service_desk"


class JiraWriter:
    """Implements ``console.ports.TicketWriter``. ``custom``: our field → custom field id; ``browse`` ends in "/"."""

    def __init__(
        self,
        api: JiraApi,
        words: w.Words,
        custom: Mapping[str, str],
        browse: str,
        *,
        certain: bool,
        severities: Mapping[str, str],
        task_project: str,
        task_type: str,
    ) -> None:
        self._api = api
        self._words = words
        self._custom = custom
        self._browse = browse
        self._certain = certain
        self._severities = severities
        self._task_project = task_project
        self._task_type = task_type
        self._fields = ",".join([*(f for f in jira_issue.FIELDS if f != "comment"), *sorted(set(custom.values()))])

    async def read(self, ticket: str) -> RemoteTicket:
        return self._remote(await self._issue(ticket))

    async def write(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        if wish.field == TASK:
            return await self._task(remote, wish)
        issue = await self._issue(remote.ticket)
        now = self._remote(issue)
        if wish.field in (COMMENT, INTERNAL_COMMENT):
            return await self._comment(issue, now, wish)
        if now.fields.get(wish.field) == wish.value:
            return now
        if now.version != remote.version:
            raise conflict(_WHO, now.key)
        spellings = await self._change(issue, now, wish)
        issue = await self._issue(remote.ticket)
        after = self._remote(issue)
        state = text_of(dig(issue, "fields", "status", "name"))
        held = state if wish.field == "status" else after.fields.get(wish.field, "")
        if w.fold(held) not in spellings and not jira_values.same(wish, after):
            raise declined(_WHO, f'it answered as if done, but {wish.field} of {now.key} is "{held}".')
        return as_wished(after, wish)

    async def done(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket | None:
        """A comment by its marker; an issue by the label that names the decision, once Jira's search knows it."""
        if wish.field == TASK:
            found = await self._search(f'labels = "{_label(wish.decision)}"')
            return await self.read(found) if found else None
        said = await self._api.said(number_of(_WHO, remote.ticket))
        texts = [adf.to_text(row.get("body")) for row in rows_of(said)]
        return await self.read(remote.ticket) if any(marker(wish.decision) in text for text in texts) else None

    async def close(self) -> None:
        await self._api.close()

    async def _change(self, issue: dict[str, Any], now: RemoteTicket, wish: Wish) -> set[str]:
        """Do it. Returns what Jira may call the outcome, folded, where its words differ from ours."""
        if wish.field == "status":
            return {w.fold(await self._transition(issue, now, wish.value))}
        if wish.field == "assignee" and "assignee" not in self._custom:
            return await self._assign(now, wish.value)
        await self._edit(now, wish)
        return set()

    async def _edit(self, now: RemoteTicket, wish: Wish) -> None:
        """Only what stands on the edit screen can be set; that list also says which values it takes."""
        field = self._custom.get(wish.field) or jira_values.FIELDS.get(wish.field, "")
        if not field:
            raise declined(_WHO, f'it has no field for "{wish.field}"; name a custom field under fields.')
        answer = await self._ask("GET", f"issue/{now.ticket}/editmeta", now.key)
        meta = dig(answer, "fields", field)
        if not isinstance(meta, dict):
            raise declined(_WHO, f"{wish.field} ({field}) cannot be edited on {now.key}: no such field on its screen.")
        if field == "labels":
            held, wanted = set(tags_of(now.fields.get("tags", ""))), tags_of(wish.value)
            steps = [{"add": tag} for tag in wanted if tag not in held]
            steps += [{"remove": tag} for tag in sorted(held) if tag not in wanted]
            body: dict[str, Any] = {"update": {"labels": steps}}
        else:
            value = jira_values.value_of(wish, meta, self._words, self._severities, rich=self._api.deployment == CLOUD)
            body = {"fields": {field: value}}
        await self._ask("PUT", f"issue/{now.ticket}", now.key, body)

    async def _assign(self, now: RemoteTicket, name: str) -> set[str]:
        cloud = self._api.deployment == CLOUD
        user = await self._user(now, name, cloud) if name else {}
        by = "accountId" if cloud else "name"
        await self._ask("PUT", f"issue/{now.ticket}/assignee", now.key, {by: text_of(user.get(by)) or None})
        return {w.fold(text) for text in _names(user)}

    async def _user(self, now: RemoteTicket, name: str, cloud: bool) -> dict[str, Any]:
        """The one person who may have the issue and is called so. Jira's search takes beginnings of names."""
        asked = {"issueId": now.ticket, "query": name} if cloud else {"issueKey": now.key, "username": name}
        reply = await self._api.http.get(
            f"{self._api.root}/user/assignable/search", params={**asked, "maxResults": "50"}, expect=EXPECTED
        )
        rows = rows_of(await self._whole(reply, now.key))
        exact = [row for row in rows if w.fold(name) in {w.fold(text) for text in _names(row)}]
        if len(exact) != 1:
            found = "nobody" if not exact else "more than one person"
            raise declined(_WHO, f'{found} called "{name}" may have {now.key}; assign it there.')
        return exact[0]

    async def _transition(self, issue: dict[str, Any], now: RemoteTicket, status: str) -> str:
        answer = await self._ask("GET", f"issue/{now.ticket}/transitions", now.key, expand="transitions.fields")
        offered = [row for row in rows_of(dig(answer, "transitions")) if row.get("isAvailable") is not False]
        states = [(text_of(dig(r, "to", "name")), text_of(dig(r, "to", "statusCategory", "key"))) for r in offered]
        chosen = w.status_name(self._words, status, states)
        here = text_of(dig(issue, "fields", "status", "name"))
        if not chosen:
            ways = ", ".join(dict.fromkeys(name for name, _ in states)) or "nowhere"
            raise declined(
                _WHO, f'from "{here}" its workflow lets this user only to: {ways}. None of them means "{status}".'
            )
        taken = next(row for row, (name, _) in zip(offered, states, strict=True) if name == chosen)
        body = {"transition": {"id": text_of(taken.get("id"))}}
        fields = jira_values.asked_for(dig(taken, "fields"), status)
        await self._ask("POST", f"issue/{now.ticket}/transitions", now.key, {**body, **fields})
        return chosen

    async def _comment(self, issue: dict[str, Any], now: RemoteTicket, wish: Wish) -> RemoteTicket:
        body: dict[str, Any] = {"body": self._rich(f"{wish.value}\n\n{marker(wish.decision)}")}
        if wish.field == INTERNAL_COMMENT:
            if text_of(dig(issue, "fields", "project", "projectTypeKey")) != _SERVICE_DESK:
                raise declined(
                    _WHO, f"the project of {now.key} knows no internal comments, all its readers would see it; "
                    "nothing was sent.",
                )  # fmt: skip
            body["properties"] = [{"key": "sd.public.comment", "value": {"internal": True}}]
        made = await self._ask("POST", f"issue/{now.ticket}/comment", now.key, body)
        if not text_of(dig(made, "id")):
            raise SourceError(Trouble.UNREADABLE, "Jira took a comment but did not say its id; it is looked for.")
        return self._remote(await self._issue(now.ticket))

    async def _task(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        task = task_of(wish)
        await self._learn()
        own = remote.key.rpartition("-")[0] if remote.url.startswith(self._browse) else ""
        project = self._task_project or own
        if not project:
            raise declined(_WHO, "no project for tasks is set; name one as task_project in Sources.")
        fields = {
            "project": {"key": project},
            "issuetype": {"name": self._task_type},
            "summary": task.title,
            "description": self._rich(f"{task.body}\n\n{marker(wish.decision)}".strip()),
            "labels": [_label(wish.decision)],
        }
        made = await self._ask("POST", "issue", f"the project {project}", {"fields": fields})
        identity = text_of(dig(made, "id"))
        if not identity:
            raise SourceError(Trouble.UNREADABLE, "Jira took a task but did not say its id; it is looked for.")
        return await self.read(identity)

    async def _search(self, jql: str) -> str:
        """The id of the first issue found, '' for none."""
        await self._learn()
        found = await self._api.search(jql, ["summary"], "", 0)
        return next((text_of(issue.get("id")) for issue in found.issues), "")

    async def _issue(self, ticket: str) -> dict[str, Any]:
        identity = number_of(_WHO, ticket)
        await self._learn()
        reply = await self._api.http.get(
            f"{self._api.root}/issue/{identity}", params={"fields": self._fields}, expect=EXPECTED
        )
        issue = await self._whole(reply, f"issue {identity}")
        if not isinstance(issue, dict) or not text_of(issue.get("id")):
            raise SourceError(Trouble.UNREADABLE, f"Jira answered without issue {identity}; check the url.")
        return issue

    async def _learn(self) -> None:
        """Which of both Jiras this is, where the settings do not say: once."""
        if self._certain:
            return
        try:
            about = await self._api.server()
        except SourceError as error:
            if error.trouble not in (Trouble.NOT_FOUND, Trouble.UNREADABLE):
                raise
            about = {}
        kind = text_of(about.get("deploymentType")).lower().replace(" ", "")
        self._api.deployment = {"cloud": CLOUD, "server": DATACENTER, "datacenter": DATACENTER}.get(
            kind, self._api.deployment
        )
        self._certain = True

    async def _ask(self, method: str, path: str, key: str, json: Any = None, **params: str) -> Any:
        where = f"{self._api.root}/{path}"
        if method == "GET":
            reply = await self._api.http.get(where, params=params, expect=EXPECTED)
        else:
            reply = await self._api.http.send(method, where, json=json, expect=EXPECTED)
        return await self._whole(reply, key)

    async def _whole(self, reply: Reply, key: str) -> Any:
        """The decoded answer, None for an empty one. Raises SourceError for one that holds errors despite its status."""
        check(_WHO, key, reply, _BUSY)
        if not reply.content.strip():
            return None
        answer = await self._api.decode(reply, Any)
        if dig(answer, "errorMessages") or dig(answer, "errors"):
            check(_WHO, key, Reply(400, reply.headers, reply.content, reply.url, reply.wire_bytes))
        return answer

    def _remote(self, issue: dict[str, Any]) -> RemoteTicket:
        ticket: Ticket | None = jira_issue.ticket_of(issue, self._custom)
        if ticket is None:
            raise SourceError(Trouble.UNREADABLE, "Jira answered with an issue that has no id or date.")
        category = jira_issue.category_of(issue)
        fields = jira_issue.teller(self._words, self._custom, lambda *_: category, self._browse)(ticket.raw)
        return RemoteTicket(ticket.id, ticket.key, fields, text_of(dig(issue, "fields", "updated")), fields["url"])

    def _rich(self, text: str) -> Any:
        return adf.from_text(text) if self._api.deployment == CLOUD else text


def _label(decision: str) -> str:
    return f"hc-{decision}"


def _names(user: dict[str, Any]) -> set[str]:
    return {text for text in (*person(user), *(text_of(user.get(n)) for n in ("name", "key", "emailAddress"))) if text}
