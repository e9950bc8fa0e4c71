"""What the outbox asks of the session: what is open, and rows for what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from console.ports import RemoteTicket
from console.queries.outbox import Open


@dataclass(frozen=True, slots=True)
class Note:
    """A row of a delivery to be written, as long as the decision still is what ``asked`` says.

    ``remote``: of a development task that was confirmed, the issue that was made.
    """

    asked: Open
    state: str
    why: str = ""
    remote: RemoteTicket | None = None


class Store(Protocol):
    """What the outbox needs of the session, called on the write lane."""

    def open_decisions(self) -> list[Open]: ...

    def note_deliveries(self, notes: Sequence[Note]) -> list[bool]:
        """Write the rows in one transaction; says of each whether it was written.

        It is not where the decision was withdrawn or confirmed meanwhile, and 'sent' not where another attempt was begun.
        """
        ...

    def home_of(self, asked: Open) -> RemoteTicket:
        """The ticket that a development task is made for, as we know it."""
        ...
