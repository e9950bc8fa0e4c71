"""The clocks of one ticket at a moment, with the segments that add up to them."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.calendar import working_time
from console.model.moment import SECOND
from console.model.sla import Agreement, Clock, Name, Step, run
from console.queries.reader import Reader
from console.queries.sla_arrays import words_of
from console.queries.sla_terms import agreement
from console.store.columns import repr_text


@dataclass(frozen=True, slots=True)
class TicketClocks:
    """``missing``: clocks without a promise. ``at``: the second they stand at."""

    source: str
    ticket: str
    severity: str | None
    segment: str | None
    kind: str
    at: int
    agreed: Agreement
    clocks: tuple[Clock, ...]
    missing: tuple[Name, ...]


Known = tuple[str | None, str | None, str, int, int | None]
"""Severity, segment and kind of a ticket, and the seconds in which it was created and answered (None: not yet)."""


def clocks_of(reader: Reader, source: str, ticket: str, known: Known | None = None) -> TicketClocks | None:
    """Both clocks of a ticket; None where it was not known at the moment. ``known`` spares asking who has just asked."""
    mine = f"source = {repr_text(source)} AND ticket = {repr_text(ticket)}"
    moment = reader.moment_of([ticket])
    found = known or reader.one(
        f"SELECT severity, segment, kind, epoch_us(created_at) // {SECOND}, epoch_us(acknowledged_at) // {SECOND} "
        f"FROM tickets_at({moment}) WHERE {mine}"
    )
    if found is None:
        return None
    severity, segment, kind, begun, answered = found
    agreed, at = agreement(reader), reader.at // SECOND
    first, last = agreed.range_for(begun, at)
    steps: list[Step] | None = None
    made: list[Clock] = []
    missing: list[Name] = []
    for name in Name:
        target = agreed.target(name, severity, segment, kind, source)
        if target is None or begun > at:
            missing.append(name)
            continue
        worked = working_time(agreed.calendars[target.calendar], first, last)
        if steps is None:
            steps = _steps(reader, moment, mine)
        ended = answered if name is Name.RESPONSE and answered is not None and answered <= at else None
        made.append(run(target, worked, begun, steps, ended, at))
    return TicketClocks(source, ticket, severity, segment, kind, at, agreed, tuple(made), tuple(missing))


def _steps(reader: Reader, moment: str, mine: str) -> list[Step]:
    """What the ticket's status and words were, in the order in which they count."""
    rows = reader.rows(
        f"SELECT epoch_us(happened_at) // {SECOND}, turn, happened_at, status, NULL, NULL FROM sla_steps({moment}) WHERE {mine} "
        f"UNION ALL SELECT epoch_us(happened_at) // {SECOND}, turn, happened_at, NULL, tags, word FROM sla_words({moment}) "
        f"WHERE {mine} ORDER BY 2, 3"
    )
    found: list[Step] = []
    status, tags, word = "new", "", ""
    for second, _, _, told_status, told_tags, told_word in rows:
        status = told_status or status
        tags = tags if told_tags is None else told_tags
        word = word if told_word is None else told_word
        found.append(Step(second, status, words_of(tags, word)))
    return found
