"""Writing to Zendesk, guarded by ``safe_update`` with the stamp of the ticket that was read.

The stamp has whole seconds: two changes within one pass unseen. A closed ticket can never be changed again, so "closed" is
written as solved, which Zendesk closes by itself later and which can still be taken back. A task is a ticket of its own
with our mark as its external id, which unlike the search is there at once.
"""

from __future__ import annotations

from typing import Any

from console.model.errors import SourceError, Trouble
from console.ports import COMMENT, INTERNAL_COMMENT, TASK, RemoteTicket, Wish, marker
from console.sources.http import Reply
from console.sources.tickets import words as w
from console.sources.tickets import zendesk_issue
from console.sources.tickets.reading import dig, rows_of, text_of
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
    vendor_words,
)
from console.sources.tickets.zendesk_api import ZendeskApi
from console.sources.tickets.zendesk_issue import DELETED, Manner

WRITES = frozenset({"title", "severity", "status", "assignee", "team", "tags", COMMENT, INTERNAL_COMMENT, TASK})
_WHO = "Zendesk"
_PRIORITIES = ("urgent", "high", "normal", "low")
_STATES = ("new", "open", "pending", "hold", "solved")
_MOST_PAGES = 20


class ZendeskWriter:
    """Implements ``console.ports.TicketWriter``."""

    def __init__(self, api: ZendeskApi, manner: Manner, own_statuses: bool) -> None:
        self._api = api
        self._manner = manner
        self._own_statuses = own_statuses

    async def read(self, ticket: str) -> RemoteTicket:
        return await self._remote(await self._ticket(ticket))

    async def write(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        if wish.field == TASK:
            return await self._task(remote, wish)
        if wish.field in (COMMENT, INTERNAL_COMMENT):
            return await self._comment(remote, wish)
        now = await self.read(remote.ticket)
        if now.fields.get(wish.field) == wish.value:
            return now
        if now.version != remote.version:
            raise conflict(_WHO, now.key)
        values = await self._values(wish)
        await self._put(now, {**values, "safe_update": True, "updated_stamp": remote.version})
        after = await self._ticket(remote.ticket)
        if not _held(after, values):
            raise declined(
                _WHO, f"it answered as if done but left {wish.field} as it was; one of its triggers may set it back."
            )
        return as_wished(await self._remote(after), wish)

    async def done(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket | None:
        """By the marker: in the ticket's comments, or as the external id of a ticket."""
        if wish.field == TASK:
            params = {"external_id": marker(wish.decision)}
            answer = await self._whole(await self._send("GET", "tickets", params=params), "such tickets")
            rows = (row for row in rows_of(answer.get("tickets")) if row.get("external_id") == params["external_id"])
            found = next(rows, None)
            return None if found is None else await self.read(text_of(found.get("id")))
        return await self.read(remote.ticket) if await self._said(remote, wish.decision) else None

    async def close(self) -> None:
        await self._api.close()

    async def _values(self, wish: Wish) -> dict[str, Any]:
        """The wish as Zendesk's fields."""
        if wish.field in self._manner.custom:
            return {
                "custom_fields": [{"id": int(number_of(_WHO, self._manner.custom[wish.field])), "value": wish.value}]
            }
        match wish.field:
            case "title":
                return {"subject": wish.value}
            case "severity":
                return {"priority": self._priority(wish.value)}
            case "status":
                return await self._status(wish.value)
            case "assignee":
                return {"assignee_id": await self._person(wish.value)}
            case "team":
                return {"group_id": await self._team(wish.value)}
            case "tags":
                # A tag of Zendesk has no spaces: it would become two.
                return {"tags": ["_".join(tag.split()) for tag in tags_of(wish.value)]}
        raise declined(_WHO, f'it has no field for "{wish.field}"; name a custom field under fields.')

    def _priority(self, value: str) -> str | None:
        if not value:
            return None
        name = w.severity_name(self._manner.words, value, _PRIORITIES)
        if not name:
            raise declined(_WHO, f'no priority there means "{value}"; name one under severity_map.')
        return name

    async def _status(self, value: str) -> dict[str, Any]:
        words = self._manner.words
        if value == "acknowledged" and not self._manner.own_open:
            # Until an agent has answered, open is read as acknowledged.
            return {"status": "open"}
        await self._learn()
        own = {
            name: identity for identity, name in self._manner.names.statuses.items() if w.fold(name) in words.statuses
        }
        name = w.status_name(words, "resolved" if value == "closed" else value, [(n, "") for n in (*_STATES, *own)])
        if not name:
            raise declined(_WHO, f'no status there means "{value}"; name one under status_map.')
        return {"custom_status_id": int(own[name])} if name in own and name not in _STATES else {"status": name}

    async def _person(self, name: str) -> int | None:
        if not name:
            return None
        answer = await self._whole(await self._send("GET", "users/search", params={"query": name}), f'"{name}"')
        fitting = {
            text_of(row.get("id"))
            for row in rows_of(answer.get("users"))
            if text_of(row.get("role")) != "end-user"
            and w.fold(name) in (w.fold(text_of(row.get("name"))), w.fold(text_of(row.get("email"))))
        }
        if len(fitting) != 1:
            found = "no agent is" if not fitting else "several agents are"
            raise declined(_WHO, f'{found} called "{name}"; use the e-mail address, or assign it there.')
        return int(fitting.pop())

    async def _team(self, name: str) -> int | None:
        if not name:
            return None
        answer = await self._whole(await self._send("GET", "groups", params={"page[size]": "100"}), "groups")
        rows = rows_of(answer.get("groups"))
        found = [text_of(row.get("id")) for row in rows if w.fold(text_of(row.get("name"))) == w.fold(name)]
        if len(found) != 1:
            raise declined(_WHO, f'{"no" if not found else "more than one"} group is called "{name}".')
        return int(found[0])

    async def _comment(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        body = f"{wish.value}\n\n{marker(wish.decision)}"
        await self._put(remote, {"comment": {"body": body, "public": wish.field == COMMENT}})
        if not await self._said(remote, wish.decision):
            raise declined(
                _WHO, f"it took the comment on {remote.key} without keeping it; the user may not comment there."
            )
        return await self.read(remote.ticket)

    async def _said(self, remote: RemoteTicket, decision: str) -> bool:
        """Whether our comment is among the ticket's, newest first."""
        path = f"tickets/{number_of(_WHO, remote.ticket)}/comments"
        params = {"sort": "-created_at", "page[size]": "100"}
        for _ in range(_MOST_PAGES):
            answer = await self._whole(await self._send("GET", path, params=params), remote.key)
            comments = answer.get("comments")
            if not isinstance(comments, list):
                raise SourceError(Trouble.UNREADABLE, "Zendesk answered without comments; they are asked for again.")
            if any(marker(decision) in body for row in rows_of(comments) if isinstance(body := row.get("body"), str)):
                return True
            after = text_of(dig(answer, "meta", "after_cursor"))
            if dig(answer, "meta", "has_more") is not True or not after:
                return False
            params = {**params, "page[after]": after}
        return False

    async def _task(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        task = task_of(wish)
        values = {
            "subject": task.title,
            "type": "task",
            "comment": {"body": task.body or task.title, "public": False},
            "external_id": marker(wish.decision),
        }
        headers = {"idempotency-key": wish.decision}
        reply = await self._send("POST", "tickets", {"ticket": values}, headers=headers)
        made = text_of(dig(await self._whole(reply, f"the task for {remote.key}"), "ticket", "id"))
        if not made:
            raise SourceError(Trouble.UNREADABLE, "Zendesk took a task but did not say its number; it is looked for.")
        return await self.read(made)

    async def _put(self, now: RemoteTicket, values: dict[str, Any]) -> None:
        reply = await self._send("PUT", f"tickets/{number_of(_WHO, now.ticket)}", {"ticket": values})
        answer = await self._whole(reply, now.key)
        if not isinstance(answer.get("ticket"), dict):
            raise SourceError(Trouble.UNREADABLE, f"Zendesk answered the change of {now.key} without the ticket.")

    async def _send(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        return await self._api.send(method, path, document, params, headers, EXPECTED)

    async def _whole(self, reply: Reply, key: str) -> dict[str, Any]:
        """The decoded answer. Raises SourceError for a refusal, and for an error that comes with a success."""
        words = vendor_words(reply.content)
        if reply.status == 409 and "UpdateConflict" not in words:
            # A 409 of another name is two writings at once on their side, which the next attempt settles.
            raise SourceError(
                Trouble.SERVER, f"Zendesk was busy with {key} itself ({words or 'no reason'}); it is sent again."
            )
        check(_WHO, key, reply, conflicts=(409,))
        answer = await self._api.decode(reply, Any)
        if not isinstance(answer, dict):
            raise SourceError(Trouble.UNREADABLE, f"Zendesk answered about {key} in another shape; check the url.")
        if answer.get("error") or answer.get("errors"):
            check(_WHO, key, Reply(422, reply.headers, reply.content, reply.url, reply.wire_bytes))
        return answer

    async def _ticket(self, ticket: str) -> dict[str, Any]:
        key = f"#{number_of(_WHO, ticket)}"
        params = {"include": "users,groups,organizations,metric_sets"}
        answer = await self._whole(await self._send("GET", f"tickets/{ticket}", params=params), key)
        self._manner.names.learn(answer)
        found = answer.get("ticket")
        if not isinstance(found, dict):
            raise SourceError(Trouble.UNREADABLE, f"Zendesk answered without ticket {key}; check the url.")
        if found.get("status") == DELETED:
            raise gone(_WHO, key)
        found["metric_set"] = found.get("metric_set") or next(iter(rows_of(answer.get("metric_sets"))), None)
        return found

    async def _remote(self, row: dict[str, Any]) -> RemoteTicket:
        """In our words. Whether an agent has answered, and whether it was reopened, only its counters tell here."""
        await self._learn()
        ticket = zendesk_issue.ticket_of(row)
        if ticket is None:
            raise SourceError(Trouble.UNREADABLE, "Zendesk answered with a ticket that has no number or date.")
        await self._api.people([ticket.raw["assignee_id"], ticket.raw["requester_id"]])
        await self._api.teams([ticket.raw["group_id"]])
        counters = row.get("metric_set")
        fields = zendesk_issue.told(
            ticket, zendesk_issue.replied(ticket.raw, _count(counters, "replies")), self._manner
        )
        if _count(counters, "reopens"):
            fields["status"] = w.entering("resolved", fields["status"])
        return RemoteTicket(ticket.id, fields["key"], fields, text_of(row.get("updated_at")), fields["url"])

    async def _learn(self) -> None:
        if self._own_statuses and not self._manner.names.statuses:
            await self._api.statuses()


def _count(counters: Any, name: str) -> int:
    value = dig(counters, name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _held(row: dict[str, Any], values: dict[str, Any]) -> bool:
    """Whether the ticket stands as was written."""
    for name, value in values.items():
        if name == "custom_fields":
            held = {text_of(item.get("id")): item.get("value") for item in rows_of(row.get(name))}
            if any(_plain(held.get(str(item["id"]))) != _plain(item["value"]) for item in value):
                return False
        elif _plain(row.get(name)) != _plain(value):
            return False
    return True


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(sorted(str(item).lower() for item in value))
    return " ".join(str(value if value is not None else "").split())
