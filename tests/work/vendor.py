"""A ticket system in memory that behaves as vendors do: guarded or not, failing before or after it acted, changed by others.

A source of kind ``vendor`` writes to the world that its ``url`` names in ``WORLDS``.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.facts import Facts, Fetched, TicketEvent
from console.model.moment import iso
from console.model.ticket_acts import SAID, members
from console.ports import TASK, RemoteTicket, Seen, Wish, marker
from console.sources import registry
from console.sources.registry import Kind
from console.sources.site import Site
from console.sources.tickets.writing import as_wished
from tests.waiting import next_round

WRITES = frozenset(
    {"severity", "status", "assignee", "tags", "title", "category", "comment", "internal_comment", "task"}
)
KIND = Kind("vendor", __name__, "Vendor", 3600, "tickets")


class Options(msgspec.Struct, frozen=True):
    url: str = "one"


@dataclass
class Fault:
    """What the next request meets. ``acted``: the system did what was asked before the answer was lost."""

    error: SourceError
    acted: bool = False
    on: str = ""
    """'read', 'write' or 'done'; '' for any."""


@dataclass
class World:
    """``tickets``: fields by immutable id; ``said``: comments by ticket; ``applied``: every change that was made, in order."""

    guarded: bool = True
    opens: bool = False
    """Whether a comment opens a new ticket, as many systems do."""
    tickets: dict[str, dict[str, str]] = field(default_factory=dict)
    versions: Counter[str] = field(default_factory=Counter)
    said: dict[str, list[str]] = field(default_factory=dict)
    issues: dict[str, dict[str, str]] = field(default_factory=dict)
    applied: list[tuple[str, Wish]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    lags: bool = False
    """Whether its search does not know yet what was made last."""
    words: dict[str, str] = field(default_factory=dict)
    """Our words that this system has none for, with what it takes instead."""
    spells: bool = False
    """Whether its tags have small letters and no spaces."""
    declines: set[str] = field(default_factory=set)
    """Values that this system will never take."""
    hang: asyncio.Event | None = None
    """While set to an event, a write waits for it after it acted: the process may be killed meanwhile."""
    hanging: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    meddle: list[tuple[str, str, str]] = field(default_factory=list)
    """Somebody else's changes that come between a reading and the write that follows it."""
    told: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, number: int, **fields: str) -> None:
        standing = {"key": f"A-{number}", "title": "It fails", "status": "new", "severity": "P3", **fields}
        self.tickets[f"id-A-{number}"] = standing

    def edit(self, ticket: str, name: str, value: str) -> None:
        """Somebody else changes a ticket there."""
        self.tickets[ticket][name] = value
        self.versions[ticket] += 1

    def changes(self, source: str, at: int) -> list[TicketEvent]:
        """What a poll tells: every field that differs from the last poll."""
        found = []
        for ticket, fields in self.tickets.items():
            before = self.told.get(ticket)
            for name, value in fields.items():
                if before is None or before.get(name, "") != value:
                    change = "created" if before is None else f"c{at}{name}"
                    old = None if before is None else before.get(name, "")
                    found.append(TicketEvent(source, ticket, change, name, old, value, "vendor", at))
            if before is None:
                found.append(TicketEvent(source, ticket, "created", "created_at", None, iso(at), "vendor", at))
            self.told[ticket] = dict(fields)
        return found


WORLDS: dict[str, World] = {}


class Writer:
    def __init__(self, world: World) -> None:
        self._world = world

    async def read(self, ticket: str) -> RemoteTicket:
        await self._meet("read")
        return self._ticket(ticket)

    async def write(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        world = self._world
        while world.meddle:
            world.edit(*world.meddle.pop(0))
        fault = self._fault("write")
        if fault is not None and not fault.acted:
            raise fault.error
        if wish.value in world.declines:
            raise SourceError(Trouble.DECLINED, f"{wish.value} is not possible here.")
        if wish.field == TASK:
            found = self._issue(wish)
        else:
            if world.guarded and wish.field not in SAID and remote.version != str(world.versions[remote.ticket]):
                raise SourceError(Trouble.CONFLICT, "The ticket was changed meanwhile.")
            found = self._do(remote, wish)
        await self._pass("write")
        if fault is not None:
            raise fault.error
        return found

    async def done(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket | None:
        await self._meet("done")
        if wish.field == TASK:
            held = next((k for k, issue in self._world.issues.items() if marker(wish.decision) in issue["body"]), None)
            return (
                None if held is None or self._world.lags else RemoteTicket(held, held, {}, url=f"http://tracker/{held}")
            )
        if any(marker(wish.decision) in text for text in self._world.said.get(remote.ticket, ())):
            return self._ticket(remote.ticket)
        return None

    async def close(self) -> None:
        return None

    def _do(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        world = self._world
        world.applied.append((remote.ticket, wish))
        if wish.field in SAID:
            world.said.setdefault(remote.ticket, []).append(f"{wish.value} {marker(wish.decision)}")
            if world.opens and world.tickets[remote.ticket]["status"] == "new":
                world.tickets[remote.ticket]["status"] = "in_progress"
        else:
            # A system that has no word for it calls a re-opened ticket simply open.
            words = {"reopened": "in_progress", **world.words}
            value = words.get(wish.value, wish.value)
            if wish.field == "tags" and world.spells:
                value = ", ".join("_".join(tag.casefold().split()) for tag in members(value))
            world.tickets[remote.ticket][wish.field] = value
        world.versions[remote.ticket] += 1
        found = self._ticket(remote.ticket)
        return found if wish.field in SAID else as_wished(found, wish)

    def _issue(self, wish: Wish) -> RemoteTicket:
        asked = msgspec.json.decode(wish.value, type=dict[str, str])
        key = f"DEV-{len(self._world.issues) + 1}"
        self._world.issues[key] = {"title": asked["title"], "body": f"{asked['body']} {marker(wish.decision)}"}
        return RemoteTicket(key, key, {}, url=f"http://tracker/{key}")

    def _ticket(self, ticket: str) -> RemoteTicket:
        world = self._world
        if ticket not in world.tickets:
            raise SourceError(Trouble.NOT_FOUND, "There is no such ticket any more.")
        fields = {name: value for name, value in world.tickets[ticket].items() if name != "key"}
        version = str(world.versions[ticket]) if world.guarded else ""
        return RemoteTicket(ticket, world.tickets[ticket]["key"], fields, version)

    def _fault(self, call: str) -> Fault | None:
        self._world.asked[call] += 1
        found = next((f for f in self._world.faults if f.on in ("", call)), None)
        if found is not None:
            self._world.faults.remove(found)
        return found

    async def _meet(self, call: str) -> None:
        fault = self._fault(call)
        await self._pass(call)
        if fault is not None:
            raise fault.error

    async def _pass(self, call: str) -> None:
        """The answer is on its way."""
        await next_round()
        if self._world.hang is not None and call == "write":
            self._world.hanging += 1
            await self._world.hang.wait()


class Polled:
    """Reading the same world, for whoever polls it."""

    def __init__(self, world: World, source: str) -> None:
        self._world = world
        self._source = source

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        return Fetched(Facts(ticket_event=self._world.changes(self._source, now)))

    async def look(self, now: int) -> Seen:
        return Seen("there")

    async def close(self) -> None:
        return None


def build(options: Options, site: Site) -> Polled:
    return Polled(WORLDS[options.url], site.name)


def build_writer(options: Options, site: Site) -> Writer:
    return Writer(WORLDS[options.url])


def settle_in(*worlds: tuple[str, World]) -> list[dict[str, object]]:
    """Make the kind known and the worlds reachable; returns the sources of a settings document."""
    registry.kinds().setdefault(KIND.name, KIND)
    WORLDS.update(worlds)
    return [{"name": name, "kind": "vendor", "url": name} for name, _ in worlds]


def unreachable(acted: bool = False, on: str = "") -> Fault:
    return Fault(SourceError(Trouble.UNREACHABLE, "The network is down."), acted, on)


def timeout(acted: bool = False, on: str = "write") -> Fault:
    return Fault(SourceError(Trouble.TIMEOUT, "No answer came in time."), acted, on)


def failing(on: str = "") -> Fault:
    return replace(unreachable(on=on), error=SourceError(Trouble.SERVER, "The server failed (500)."))
