"""The tickets as they stand since somebody wrote to the simulated ticket system: the script, and what was done to it.

A ticket that was written to leaves its script: what would have become of it does not come any more, since nobody there
would undo what has just been decided. Everything else goes on as planned. Nothing is kept beyond the process.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import chain

from console.sources.launch.life import Change, Remark
from console.sources.launch.tickets import Ticket, tickets
from console.sources.launch.world import World

WRITER = "Hypercare Console"
"""As whom everything is written that comes over the interface."""
_FIRST_MADE = 900_001


class Book:
    """Written to by many connections at once."""

    def __init__(self, launch: World) -> None:
        self.launch = launch
        self._lock = threading.Lock()
        self._written: dict[str, Ticket] = {}
        self._made: list[Ticket] = []

    def tickets(self) -> list[Ticket]:
        """All of them, those to come as well."""
        with self._lock:
            return [self._written.get(ticket.id, ticket) for ticket in chain(tickets(self.launch), self._made)]

    def find(self, now: int, name: str) -> Ticket | None:
        """By id or key; None for one that does not exist yet."""
        return next((t for t in self.tickets() if name in (t.id, t.key) and t.created <= now), None)

    def change(self, name: str, now: int, values: Sequence[tuple[str, str]]) -> None:
        """Set fields of a ticket by their name in ``Change``, title and labels too. What is so already is no change."""
        with self._lock:
            ticket = self._present(name, now)
            state = {**ticket.at(now), "summary": ticket.title, "labels": " ".join(ticket.labels)}
            changes = [
                Change(now, field, state.get(field, ""), new, WRITER)
                for field, new in values
                if state.get(field) != new
            ]
            told = dict(values)
            self._written[ticket.id] = ticket._replace(
                changes=(*ticket.changes, *changes),
                title=told.get("summary", ticket.title),
                labels=tuple(told["labels"].split()) if "labels" in told else ticket.labels,
            )

    def say(self, name: str, now: int, text: str, *, public: bool) -> Remark:
        """Add a comment."""
        with self._lock:
            ticket = self._present(name, now)
            remark = Remark(now, WRITER, "agent", public, text)
            self._written[ticket.id] = ticket._replace(remarks=(*ticket.remarks, remark))
            return remark

    def make(self, now: int, project: str, title: str, body: str, labels: Sequence[str]) -> Ticket:
        """Create a task."""
        with self._lock:
            pattern = tickets(self.launch)[0]
            number = _FIRST_MADE + len(self._made)
            topic = pattern.topic._replace(
                name="task", kind="task", component=project, project=project, route="", error_code=""
            )
            made = pattern._replace(
                id=str(number), key=f"{project}-{number}", created=now, title=title, body=body, topic=topic, priority="",
                severity="", channel="development", browser="", os="", device="", labels=tuple(labels), twin_of="",
                headline=False, changes=(), remarks=(),
            )  # fmt: skip
            self._made.append(made)
            return made

    def _present(self, name: str, now: int) -> Ticket:
        """The ticket without what was to come."""
        everything = chain(tickets(self.launch), self._made)
        ticket = next(self._written.get(t.id, t) for t in everything if name in (t.id, t.key))
        return ticket._replace(
            changes=tuple(change for change in ticket.changes if change.at <= now),
            remarks=tuple(remark for remark in ticket.remarks if remark.at <= now),
        )
