"""What an act would do to a selection, before anybody does it: the same arithmetic as the act, and nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.model.decision import TICKET_ACTS, Act, named
from console.model.errors import QuestionError
from console.model.nearest import did_you_mean
from console.model.ticket_acts import deeds
from console.queries.reader import Reader
from console.queries.standing import Standing, standing

_ALONE = frozenset({Act.CAPTURE, Act.UNDO})


@dataclass(frozen=True, slots=True)
class Would:
    """One ticket: the fields that would change with their values before; ``why`` it cannot be done, '' where it can.

    Neither changes nor a reason: it stands so already.
    """

    row_key: str
    changes: tuple[tuple[str, str, str], ...] = ()
    why: str = ""


def ask(reader: Reader, act: str, subjects: Sequence[str], value: str) -> tuple[Act, tuple[Would, ...]]:
    """Raises QuestionError for an act that is none on tickets, for no tickets, and for a name that is nobody's."""
    known = sorted(a.value for a in TICKET_ACTS - _ALONE)
    if named(act) not in known:
        raise QuestionError(f'There is no act "{act}" on tickets.{did_you_mean(named(act), known)}')
    if not subjects:
        raise QuestionError("Choose the tickets first.")
    chosen = Act(named(act))
    unique = {(ticket.source, ticket.ticket): ticket for ticket in standing(reader, subjects)}
    original = ""
    if chosen is Act.DUPLICATE_OF and value.strip():
        (other,) = standing(reader, [value.strip()])
        value = original = other.row_key
    return chosen, tuple(_would(chosen, ticket, value, original, reader.now) for ticket in unique.values())


def _would(act: Act, ticket: Standing, value: str, original: str, now: int) -> Would:
    if original and original == ticket.row_key:
        return Would(ticket.row_key, why="A ticket cannot be a duplicate of itself.")
    try:
        made = deeds(act, value, "", ticket.fields, now)
    except QuestionError as error:
        return Would(ticket.row_key, why=error.message)
    changes = tuple(
        (field, ticket.fields.get(field, ""), new)
        for deed in made
        for field, new in deed.changes
        if ticket.fields.get(field, "") != new
    )
    return Would(ticket.row_key, changes)
