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
    """

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """Fetch what came since ``cursor`` (b'' the first time)."""
        ...

    async def look(self, now: int) -> Seen:
        """Test the connection without remembering anything."""
        ...

    async def close(self) -> None: ...
