"""Tickets as they stood at each of many instants, worked out together: what a number over tickets reads when it is asked as of
each step of a long time.

A row a ticket for every step before which something happened to it, by the very macros that give the tickets of one moment:
they are shown a ticket's past once for each such step. What is known is what is known at the reader's moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from console.queries.literals import stamp
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf

_VERSIONS = "ticket_versions"
_PASTS = ("ticket_event", "comment", "decided_change")
_SEPARATOR = "chr(31)"
_ALWAYS = {"source", "ticket", "severity", "status", "acknowledged_at"}


@dataclass(frozen=True, slots=True)
class Versions:
    """The table stands until the next is filled on the same connection. Steps are counted from 0."""

    first: int
    step: int
    count: int

    def at(self, place: int) -> str:
        """The tickets as of a step, as a subquery with those columns of ``tickets_at`` that it was filled for."""
        return f"(SELECT * EXCLUDE (since, until) FROM {_VERSIONS} WHERE since <= {place} AND {place} < until)"


def fill(reader: Reader, shelf: TicketShelf, first: int, step: int, count: int, sql: str = "*") -> Versions:
    """As of ``first`` and each ``step`` µs after it, ``count`` instants in all; what happened at the instant itself counts.

    ``sql``: what will be asked of them; only the columns that it names are worked out, which takes a third of the time.
    """
    tickets, run = shelf.fill(reader), reader.rows
    columns = _named(reader, tickets, sql)
    last = first + (count - 1) * step
    turns = (
        f"SELECT source, ticket, happened_at FROM ticket_event WHERE happened_at > {stamp(first)} "
        f"UNION ALL SELECT source, ticket, happened_at FROM comment WHERE happened_at > {stamp(first)} "
        f"UNION ALL SELECT source, ticket, happened_at FROM decided_change WHERE happened_at > {stamp(first)} "
        "UNION ALL SELECT e.source, e.ticket, d.happened_at FROM decision d JOIN ticket_event e ON e.field = 'key' "
        f"AND d.subject = e.source || ':' || e.new WHERE d.act = 'acknowledge' AND d.happened_at > {stamp(first)}"
    )
    place = f"(epoch_us(happened_at) - {first} + {step - 1}) // {step}"
    run(
        f"CREATE OR REPLACE TEMP TABLE version_steps AS WITH turns AS ({turns}) "
        f"SELECT DISTINCT source, ticket, {place} AS place FROM turns WHERE happened_at <= {stamp(last)} "
        "UNION SELECT DISTINCT source, ticket, 0 FROM turns"
    )
    for past in _PASTS:
        # A text never changes a number, and is most of what there is to copy.
        bare = " AND p.field NOT IN ('body', 'url')" if past == "ticket_event" else ""
        run(
            f"CREATE OR REPLACE TEMP TABLE version_{past} AS "
            f"SELECT p.* REPLACE (p.ticket || {_SEPARATOR} || s.place AS ticket) FROM {past} p JOIN version_steps s "
            f"ON s.source = p.source AND s.ticket = p.ticket "
            f"AND p.happened_at <= make_timestamp({first} + s.place * {step}){bare}"
        )
    with _shown(reader):
        run(
            f"CREATE OR REPLACE TEMP TABLE {_VERSIONS} AS WITH told AS ("
            f"SELECT {columns} REPLACE (split_part(ticket, {_SEPARATOR}, 1) AS ticket), "
            f"split_part(ticket, {_SEPARATOR}, 2)::BIGINT AS since FROM tickets_at({reader.moment_sql})) "
            # An acknowledgement in the console is no row of the ticket's own past: it is not there before its time.
            f"SELECT * REPLACE (CASE WHEN epoch_us(acknowledged_at) <= {first} + since * {step} THEN acknowledged_at END "
            f"AS acknowledged_at, CASE WHEN status = 'acknowledged' AND epoch_us(acknowledged_at) > {first} + since * {step} "
            "THEN 'new' ELSE status END AS status), "
            f"coalesce(lead(since) OVER (PARTITION BY source, ticket ORDER BY since), {count}) AS until FROM told"
        )
    for past in _PASTS:
        run(f"DROP TABLE temp.version_{past}")
    run(
        f"INSERT INTO {_VERSIONS} SELECT {columns}, 0, {count} FROM {tickets} t "
        "ANTI JOIN version_steps s ON s.source = t.source AND s.ticket = t.ticket"
    )
    return Versions(first, step, count)


def _named(reader: Reader, tickets: str, sql: str) -> str:
    """The columns of tickets that a statement names, as a list for SELECT; all of them where it may mean all."""
    if "*" in sql.replace("count(*)", ""):
        return "*"
    words = set(re.findall(r"\w+", sql.lower())) | _ALWAYS
    every = [name for name, *_ in reader.rows(f"DESCRIBE {tickets}")]
    return f"* EXCLUDE ({', '.join(name for name in every if name not in words)})"


@contextmanager
def _shown(reader: Reader) -> Iterator[None]:
    """While it lasts, the macros of this connection see the pasts as they were cut."""
    try:
        for past in _PASTS:
            reader.rows(f"CREATE OR REPLACE TEMP VIEW {past} AS FROM temp.version_{past}")
        yield
    finally:
        for past in _PASTS:
            reader.rows(f"DROP VIEW IF EXISTS temp.{past}")
