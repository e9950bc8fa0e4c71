"""Every SLA clock of a moment as rows, for numbers and alerts: what ``sla_clocks`` gives, by the way of arrays."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from console.model.moment import SECOND
from console.model.sla import Agreement, Name
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.sla import arrays
from console.queries.sla_arrays import STATES, Clocks, clocks
from console.queries.sla_terms import agreement
from console.store.columns import repr_text

_CLOCKS = "sla_clock_shelf"


@dataclass(frozen=True, slots=True)
class _Filled:
    """What the table of a connection was made for."""

    at: int
    agreed: Agreement


def nearest_table(reader: Reader) -> str:
    """As ``clock_table``, on whatever shelf stands on the reader's connection, or on one of its own."""
    if reader.knowledge.shelf is None:
        reader.knowledge.shelf = TicketShelf()
    return clock_table(reader, reader.knowledge.shelf)


def clock_table(reader: Reader, shelf: TicketShelf) -> str:
    """The name of a table with the rows of ``sla_clocks`` for the reader's moment: a row a clock, also of those that ended."""
    agreed = agreement(reader)
    held: list[_Filled] = shelf.kept(reader, _CLOCKS, list)
    if not held or (held[0].agreed, held[0].at) != (agreed, reader.at):
        held.clear()
        found = clocks(arrays(reader, shelf), agreed, reader.at // SECOND)
        _publish_clocks(reader, shelf.fill(reader), agreed, found)
        held.append(_Filled(reader.at, agreed))
    return _CLOCKS


def _publish_clocks(reader: Reader, tickets: str, agreed: Agreement, found: dict[Name, Clocks]) -> None:
    names = ", ".join(f"'{s.value}'" for s in STATES)
    policies, calendars = (", ".join(repr_text(v) for v in values) or "''" for values in (
        [t.policy for t in agreed.targets], [t.calendar for t in agreed.targets]))  # fmt: skip
    parts = []
    for name, clock in found.items():
        columns = {
            "target": clock.target, "goal": clock.goal, "elapsed": clock.elapsed, "state": clock.state,
            "due": pa.array(clock.due, mask=clock.due < 0), "ended": pa.array(clock.ended, mask=clock.ended < 0),
        }  # fmt: skip
        reader.connection.register(f"sla_fresh_{name.value}", pa.table(columns))
        parts.append(
            f"SELECT source, ticket, key, severity, kind, segment, component, channel, route, '{name.value}' AS clock, "
            f"[{policies}][target + 1] AS policy, [{calendars}][target + 1] AS calendar, goal AS goal_s, elapsed AS elapsed_s, "
            "goal - elapsed AS left_s, elapsed / goal AS share, "
            f"make_timestamp(epoch_us(created_at) // {SECOND} * {SECOND}) AS begun, make_timestamp(due * {SECOND}) AS due, "
            f"make_timestamp(ended * {SECOND}) AS ended, [{names}][state + 1] AS state, "
            f"make_timestamp(CASE WHEN elapsed > goal THEN due ELSE ended END * {SECOND}) AS decided_at, "
            "CASE WHEN elapsed > goal THEN false WHEN ended IS NOT NULL THEN true END AS met "
            f"FROM {tickets} POSITIONAL JOIN sla_fresh_{name.value} WHERE goal > 0"
        )
    try:
        reader.rows(f"CREATE OR REPLACE TEMP TABLE {_CLOCKS} AS {' UNION ALL '.join(parts)}")
    finally:
        for name in found:
            reader.connection.unregister(f"sla_fresh_{name.value}")
