"""Acknowledged and forgotten: taken up, still open, and then nothing happened for longer than its service level allows.

What one would get wrong: silence is counted in the working time of the ticket's own resolution target (a quarter of it, as set),
so that a weekend is nobody's silence; and a ticket that waits for the customer, or was put to sleep, is not forgotten.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from console.model.calendar import working_time
from console.model.moment import SECOND
from console.model.sla import Agreement, Name, State
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.sla import arrays
from console.queries.sla_arrays import STATES, Clocks, Ints, Tickets, clocks
from console.queries.sla_terms import agreement

_TABLE = "forgotten_shelf"


def forgotten(reader: Reader, shelf: TicketShelf) -> str:
    """The name of a table with the forgotten tickets of the reader's moment, the longest silent first.

    A row a ticket: ``source, ticket, key, severity, assignee, touched, bound`` (epoch us): when something last happened, and the
    instant since which something should have.
    """
    tickets, agreed = arrays(reader, shelf), agreement(reader)
    at = reader.at // SECOND
    found = clocks(tickets, agreed, at)[Name.RESOLUTION]
    bound = _bounds(tickets, agreed, found, at)
    reader.connection.register("forgotten_fresh", pa.table({"bound": pa.array(bound * SECOND, mask=bound < 0)}))
    moment = reader.moment_sql
    known = f"happened_at <= least(({moment})['at'], make_timestamp({reader.at})) AND known_at <= {reader.known_sql}"
    try:
        reader.rows(
            f"CREATE OR REPLACE TEMP TABLE {_TABLE} AS "
            "SELECT s.source, s.ticket, s.key, s.severity, s.assignee, "
            "epoch_us(greatest(s.updated_at, c.last, d.last)) AS touched, "
            f"s.bound FROM (SELECT t.*, f.bound FROM {shelf.fill(reader)} t POSITIONAL JOIN forgotten_fresh f) s "
            f"LEFT JOIN (SELECT source, ticket, max(happened_at) AS last FROM comment WHERE {known} GROUP BY ALL) c "
            "ON c.source = s.source AND c.ticket = s.ticket "
            f"LEFT JOIN (SELECT subject, max(happened_at) AS last FROM decision WHERE {known} GROUP BY ALL) d "
            "ON d.subject = s.source || ':' || s.key "
            "WHERE s.acknowledged_at IS NOT NULL AND NOT is_done(s.status) AND s.duplicate_of IS NULL "
            f"AND coalesce(epoch_us(s.snoozed_until) <= {reader.at}, true) AND touched < s.bound ORDER BY touched, s.key"
        )
    finally:
        reader.connection.unregister("forgotten_fresh")
    return _TABLE


def _bounds(tickets: Tickets, agreed: Agreement, found: Clocks, at: int) -> Ints:
    """For each ticket the second since which something should have happened; -1 while it may be silent."""
    oldest = int(tickets.begun.min()) if len(tickets) else at
    first, last = agreed.range_for(oldest, at)
    bounds = []
    for target in agreed.targets:
        worked = working_time(agreed.calendars[target.calendar], first, last)
        allowed = round((target.seconds or 0) * agreed.forgotten_share)
        passed = worked.worked(at) - allowed
        bounds.append(worked.reached(passed) if passed > 0 else None)
    none = at - agreed.forgotten_s
    told = np.array([-1 if bound is None else bound for bound in bounds] + [none], np.int64)[found.target]
    return np.where(found.state == STATES.index(State.PAUSED), -1, told)
