"""Acknowledged and forgotten: taken up, still open, and then nothing happened for longer than its service level allows.

What one would get wrong: silence is counted in the working time of the ticket's own resolution target (a quarter of it, as set),
so that a weekend is nobody's silence; and a ticket that waits for the customer, or was put to sleep, is not forgotten.
"""

from __future__ import annotations

from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.sla import fill
from console.queries.touched import attention

_TABLE = "forgotten_shelf"


def forgotten(reader: Reader, shelf: TicketShelf) -> str:
    """The name of a table with the forgotten tickets of the reader's moment, the longest silent first.

    A row a ticket: ``source, ticket, key, severity, assignee, touched, bound`` (epoch us): when something last happened, and the
    instant since which something should have.
    """
    clocks, tickets = fill(reader, shelf), shelf.fill(reader)
    reader.rows(
        f"CREATE OR REPLACE TEMP TABLE {_TABLE} AS "
        "SELECT s.source, s.ticket, s.key, s.severity, s.assignee, epoch_us(greatest(s.updated_at, a.last)) AS touched, "
        f"l.forgotten_before AS bound FROM {tickets} s JOIN {clocks} l ON l.source = s.source AND l.ticket = s.ticket "
        f"LEFT JOIN ({attention(reader, tickets, reader.moment_sql)}) a ON a.source = s.source AND a.ticket = s.ticket "
        "WHERE s.acknowledged_at IS NOT NULL AND NOT is_done(s.status) AND s.duplicate_of IS NULL "
        f"AND coalesce(epoch_us(s.snoozed_until) <= {reader.at}, true) AND touched < l.forgotten_before ORDER BY touched, s.key"
    )
    return _TABLE
