"""One decision brought to one system: read, compare three versions, write with the vendor's guard, take its own word for it.

Whatever happens on the way, nothing is done twice: a request is noted before it is made, and where one was made without
an outcome, what it may have done is looked for before it is made again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from console.model.decision import Act
from console.model.delivering import Step, alike, judge, moved, perhaps, same
from console.model.errors import SourceError, Trouble
from console.model.moment import SECOND
from console.model.ticket_acts import DONE, SAID, task_of
from console.ports import TASK, RemoteTicket, TicketWriter, Wish
from console.queries.outbox import Open

_REOPENED = "reopened"
_OPENED = frozenset({"acknowledged", "in_progress"})
_FOUND_WITHIN_S = 120.0
"""A search may not know yet what was just made (Jira's index lags by seconds); a task is not made again before."""
_TRIES = 3
"""How often a guard may fail before others are given time to finish what they are doing to the ticket."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: a delivery state, its reason, the ticket (or issue) as it is now, the trouble behind ``later``.

    ``dropped``: by the time it was to be written it had been withdrawn; nothing happened and nothing is to be noted.
    """

    state: str
    why: str = ""
    remote: RemoteTicket | None = None
    trouble: SourceError | None = None
    dropped: bool = False


async def deliver(
    writer: TicketWriter, asked: Open, home: RemoteTicket | None, begin: Callable[[], Awaitable[bool]], now: int
) -> Outcome:
    """Bring a decision to where it belongs. ``begin`` notes that a request is about to be made; False: do not.

    ``home``: for a development task, the ticket it is made for; otherwise None.
    """
    attempt = _Attempt(writer, asked, home, begin, now)
    try:
        for _ in range(_TRIES):
            try:
                return await attempt.once()
            except SourceError as error:
                if error.trouble is not Trouble.CONFLICT:
                    raise
                conflict = error
        return Outcome("later", conflict.message, trouble=conflict)
    except SourceError as error:
        if asked.undone and error.trouble in (Trouble.DECLINED, Trouble.NOT_FOUND):
            return Outcome("withdrawn")
        if error.trouble in (Trouble.DECLINED, Trouble.NOT_FOUND):
            return Outcome("refused", error.message)
        return Outcome("later", error.message, trouble=error)


class _Attempt:
    def __init__(
        self,
        writer: TicketWriter,
        asked: Open,
        home: RemoteTicket | None,
        begin: Callable[[], Awaitable[bool]],
        now: int,
    ) -> None:
        self._writer = writer
        self._asked = asked
        self._home = home
        self._begin = begin
        self._now = now
        self._begun = False

    async def once(self) -> Outcome:
        if self._asked.task or self._asked.field in SAID:
            return await self._said()
        return await self._changed()

    async def _said(self) -> Outcome:
        asked = self._asked
        remote = self._home or await self._writer.read(asked.ticket)
        wish = Wish(asked.id, asked.field, asked.new)
        if self._home is not None:
            wish = Wish(asked.id, TASK, _task(asked, self._home))
        if asked.sent or self._begun:
            done = await self._writer.done(remote, wish)
            if done is not None:
                # What the ticket was before the answer was lost is not known; that a comment opens a new one is.
                opened = {"status": ("new", done.fields["status"])} if done.fields.get("status") in _OPENED else {}
                return Outcome("confirmed", _also({} if asked.task else opened), done)
            left = asked.asked_at / SECOND + _FOUND_WITHIN_S - self._now / SECOND
            if asked.task and left > 0 and not self._begun:
                why = "Its answer was lost; whether the task was made may take two minutes to be found there."
                return Outcome("later", why, trouble=SourceError(Trouble.CONFLICT, why, left))
        if asked.undone:
            return Outcome("withdrawn")
        if not await self._noted():
            return Outcome("", dropped=True)
        after = await self._writer.write(remote, wish)
        return Outcome("confirmed", _also({} if asked.task else moved(remote.fields, after.fields, asked.field)), after)

    async def _changed(self) -> Outcome:
        asked = self._asked
        remote = await self._writer.read(asked.ticket)
        there = remote.fields.get(asked.field)
        found = judge(asked.field, asked.base, asked.new, there, asked.ours)
        if found.step is Step.STANDS:
            return Outcome("confirmed", remote=remote)
        if asked.sent and there is not None and found.step is Step.ASK and perhaps(asked.field, there, asked.new):
            return await self._in_doubt(remote, there)
        if asked.undone and there is not None:
            # It never came, and is not wanted any more.
            return Outcome("withdrawn")
        if found.step is Step.ASK:
            versions = {"field": asked.field, "seen": asked.base, "mine": asked.new, "theirs": found.value}
            return Outcome("conflict", msgspec.json.encode(versions).decode(), remote)
        if not await self._noted():
            return Outcome("", dropped=True)
        after = await self._write(remote, found.value)
        said = after.fields.get(asked.field)
        if said is None or same(asked.field, said, found.value):
            return self._confirmed(remote, after)
        return await self._told_otherwise(found.value, there)

    async def _in_doubt(self, remote: RemoteTicket, there: str) -> Outcome:
        """The answer to an earlier request was lost, and what stands there may be what it did."""
        asked = self._asked
        told = _also({asked.field: (asked.new, there)})
        if asked.undone:
            return Outcome("confirmed", told, remote)
        if not await self._noted():
            return Outcome("", dropped=True)
        try:
            after = await self._writer.write(remote, Wish(asked.id, asked.field, asked.new))
        except SourceError as error:
            if error.trouble is not Trouble.DECLINED:
                raise
            # Asked twice, it leads nowhere else from there: this is how the system took it.
            return Outcome("confirmed", told, remote)
        return self._confirmed(remote, after)

    def _confirmed(self, before: RemoteTicket, after: RemoteTicket) -> Outcome:
        asked = self._asked
        changes = moved(before.fields, after.fields, asked.field)
        if after.told is not None and not alike(asked.field, after.told, asked.new):
            changes[asked.field] = (asked.new, after.told)
        return Outcome("confirmed", _also(changes), after)

    async def _write(self, remote: RemoteTicket, value: str) -> RemoteTicket:
        """As wished. An undo that a workflow does not let back into the state before may re-open instead."""
        asked = self._asked
        try:
            return await self._writer.write(remote, Wish(asked.id, asked.field, value))
        except SourceError as error:
            back = asked.act == Act.UNDO and asked.field == "status" and remote.fields.get("status") in DONE
            if error.trouble is not Trouble.DECLINED or not back or value in DONE or value == _REOPENED:
                raise
            return await self._writer.write(remote, Wish(asked.id, asked.field, _REOPENED))

    async def _told_otherwise(self, wished: str, before: str | None) -> Outcome:
        """The system took the request but speaks of another value: a reading says whether it did anything."""
        remote = await self._writer.read(self._asked.ticket)
        said = remote.fields.get(self._asked.field, "")
        if before is None or same(self._asked.field, said, wished) or not alike(self._asked.field, said, before):
            return Outcome(
                "confirmed", "" if same(self._asked.field, said, wished) else f"It is told as {said} there.", remote
            )
        return Outcome(
            "refused", f"The request was taken without an error, and {self._asked.field} still is {said or 'empty'}."
        )

    async def _noted(self) -> bool:
        self._begun = self._begun or await self._begin()
        return self._begun


def _also(changes: dict[str, tuple[str, str]]) -> str:
    """How a confirmed delivery keeps what else it changed: later decisions on the ticket must not take it for somebody's act."""
    return msgspec.json.encode({"also": changes}).decode() if changes else ""


def _task(asked: Open, home: RemoteTicket) -> str:
    """The issue as the tracker is asked for it: what was written, and where it comes from."""
    task = task_of(asked.new)
    origin = f"{home.key} {home.url}".strip()
    body = f"{task.body.rstrip()}\n\nFrom ticket {origin}".strip()
    return msgspec.json.encode({"title": task.title, "body": body}).decode()
