"""What the Zendesk connector remembers between polls, and when a run of its export is at an end.

The export's cursor goes on for ever: the one at the end of the stream is where the next poll starts. A page is read in
portions, since each ticket's audits are a request of their own; ``done`` says which of its tickets are told.
"""

from __future__ import annotations

import msgspec

from console.model.errors import SourceError, Trouble

_MOST_DELETED = 2_000
_MOST_PAGES = 20_000
_QUIET_PAGES = 4


class Memory(msgspec.Struct):
    """The cursor. ``after``: Zendesk's own, ``since``: where the first export starts; ``started``: when the run in hand
    began; ``read_to``: covered until here."""

    after: str = ""
    since: int = 0
    read_to: int | None = None
    started: int | None = None
    done: list[str] = []
    deleted: list[str] = []
    pages: int = 0
    quiet: int = 0
    tickets: int = 0
    last_ids: list[str] = []


def recall(cursor: bytes) -> Memory:
    """The memory in a cursor; a new one where the cursor is empty or was written by something else."""
    try:
        return msgspec.json.decode(cursor, type=Memory) if cursor else Memory()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Memory()


def encode(memory: Memory) -> bytes:
    memory.deleted = memory.deleted[-_MOST_DELETED:]
    return msgspec.json.encode(memory)


def next_page(memory: Memory, ids: list[str], after: str) -> None:
    """Move behind a page that was told whole. Raises SourceError where pages go on without an end."""
    known = set(memory.last_ids)
    fresh = [identity for identity in ids if identity not in known]
    memory.quiet = 0 if fresh and after != memory.after else memory.quiet + 1
    memory.pages += 1
    memory.tickets += len(fresh)
    if memory.quiet > _QUIET_PAGES or memory.pages > _MOST_PAGES:
        raise SourceError(
            Trouble.UNREADABLE,
            f"Zendesk's pages never end: page {memory.pages} brought nothing new. The tickets so far are kept; "
            "a proxy may answer from its cache.",
        )
    memory.last_ids, memory.after, memory.done = ids, after, []


def ended(memory: Memory, read_to: int) -> None:
    """Close the run."""
    memory.read_to = read_to
    memory.started = None
    memory.pages = memory.quiet = memory.tickets = 0
    memory.last_ids = []
