"""What we ask of the outside, as Protocols. Implementations live in ``sources``, ``vault`` and ``work``; tests hand in theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from console.model.facts import Fetched

T = TypeVar("T")


class Clock(Protocol):
    """The standing source of now, in microseconds since 1970 UTC."""

    def now(self) -> int: ...


class Workshop(Protocol):
    """Runs a pure function of module level. Large inputs go to a worker process, so that no thread here is held."""

    async def run(self, size: int, function: Callable[..., T], *arguments: Any) -> T:
        """``size``: bytes of the body to be decoded; small ones run at once in the calling thread."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What a test of the connection saw: lines for the user, in order of interest."""

    headline: str
    lines: list[str] = field(default_factory=list)


class Source(Protocol):
    """A remote system we poll. Every method runs on the network lane's loop and never blocks it.

    A source keeps no state between polls beyond what its cursor says: the poller may build a new one at any time.
    Raises ``SourceError`` for every fault of the world; any other exception is our bug.

    While an answer is being stored, the poller may ask for the next one. A source that lets go of something because of a
    cursor (it keeps what came beside the session) takes it as stored, and says so by ``asked_ahead = False``.
    """

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """Fetch what came since ``cursor`` (b'' the first time)."""
        ...

    async def look(self, now: int) -> Seen:
        """Test the connection without remembering anything."""
        ...

    async def close(self) -> None: ...


COMMENT = "comment"
INTERNAL_COMMENT = "internal_comment"
TASK = "task"
"""Wishes that are no field of a ticket: something said to the reporter, something said inside, an issue to be created."""


def marker(decision: str) -> str:
    """What marks a comment or an issue as ours where a vendor knows no idempotency key."""
    return f"[hc:{decision}]"


@dataclass(frozen=True, slots=True)
class RemoteTicket:
    """A ticket as the remote system has it at this instant.

    ``fields``: ours by name, in our words ('P1', 'resolved'), '' where empty. ``version``: what the vendor's guard takes back
    (ETag, time of change), '' where it has none. ``ticket`` is the immutable id, ``key`` what people call it now. ``told``: after
    a wish was fulfilled in a word that reads as another one of ours, that one; ``fields`` then holds what was wished.
    """

    ticket: str
    key: str
    fields: dict[str, str]
    version: str = ""
    url: str = ""
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """One decision as a request. ``decision`` is its idempotency key.

    ``field`` is one of the writer's ``writes``, ``value`` in our words; a comment's value is its text, a task's the JSON of
    ``title`` and ``body``.
    """

    decision: str
    field: str
    value: str


class TicketWriter(Protocol):
    """The writing side of a ticket system. Every method runs on the network lane's loop.

    Raises ``SourceError``: ``DECLINED`` for what the vendor will never do, ``CONFLICT`` when its guard failed, ``NOT_FOUND`` for
    a ticket that is gone, any other trouble for what may work later (``retry_after_s`` where the vendor says so).
    """

    async def read(self, ticket: str) -> RemoteTicket:
        """The ticket now, by its immutable id."""
        ...

    async def write(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        """Do what is wished, guarded by ``remote.version``; returns the ticket as the vendor's answer or a new reading says.

        For a task the returned ticket is the issue that was made; ``remote`` is the ticket it is made for.
        """
        ...

    async def done(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket | None:
        """For wishes that would double when repeated (comments, tasks): the outcome if it was already done, looked for by
        ``marker``; None when it was not."""
        ...

    async def close(self) -> None: ...
