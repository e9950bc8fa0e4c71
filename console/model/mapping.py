"""What another mapping of a vendor's words would make of real tickets. Pure: two readings of the same tickets compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from console.model.facts import TicketEvent

COMPARED = (
    "severity", "status", "kind", "channel", "title", "assignee", "team", "reporter", "customer", "segment", "component",
    "area", "tags", "release", "browser", "os", "device", "route", "created_at", "due_at",
)  # fmt: skip
"""What a mapping can decide, in order of interest; further fields follow."""
_UNTOLD = frozenset({"key", "url", "body"})
TARGETS = {
    "severity": ("P1", "P2", "P3", "P4"),
    "status": ("new", "acknowledged", "in_progress", "resolved", "closed", "reopened"),
}
"""What a vendor's word can be set to mean, for the fields whose words are settings."""
WORDS = ("severity", "status", "kind", "channel")


@dataclass(slots=True)
class Ticket:
    """A ticket as one reading leaves it. ``at``: its newest change, in instants."""

    id: str
    values: dict[str, str] = field(default_factory=dict)
    at: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """A vendor's word for one of ``WORDS``, how often it was met, and what it means; '' where it means nothing to us."""

    field: str
    word: str
    count: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Becoming:
    """A ticket with the fields that any of the two readings tells: field → (before, after)."""

    id: str
    key: str
    title: str
    values: Mapping[str, tuple[str, str]]

    @property
    def changed(self) -> bool:
        return any(before != after for before, after in self.values.values())


@dataclass(frozen=True, slots=True)
class MappingPreview:
    """``tickets`` newest first. ``trouble``: why the saved mapping could not be read, then there is no before."""

    tickets: tuple[Becoming, ...]
    words: tuple[Word, ...]
    trouble: str = ""


def as_left(rows: Iterable[TicketEvent]) -> dict[str, Ticket]:
    """Ticket id → its last values."""
    found: dict[str, Ticket] = {}
    for row in sorted(rows, key=lambda row: row.happened_at):
        ticket = found.setdefault(row.ticket, Ticket(row.ticket))
        ticket.values[row.field] = row.new or ""
        ticket.at = max(ticket.at, row.happened_at)
    return found


def compare(before: Mapping[str, Ticket], after: Mapping[str, Ticket], most: int) -> tuple[Becoming, ...]:
    """The newest ``most`` tickets of either reading. One that only one of them has is empty in the other."""
    newest = sorted({**before, **after}.values(), key=lambda ticket: (-ticket.at, ticket.id))[:most]
    return tuple(_becoming(ticket.id, before.get(ticket.id), after.get(ticket.id)) for ticket in newest)


def _becoming(identity: str, before: Ticket | None, after: Ticket | None) -> Becoming:
    one = before.values if before else {}
    other = after.values if after else {}
    names = [*COMPARED, *sorted({*one, *other} - {*COMPARED} - _UNTOLD)]
    values = {
        name: (one.get(name, ""), other.get(name, "")) for name in names if one.get(name, "") or other.get(name, "")
    }
    shown = other or one
    return Becoming(identity, shown.get("key", "") or identity, shown.get("title", ""), values)
