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
_PASTS = ("ticket_event", "comment", "decided_change", "decision", "delivery")
_SEPARATOR = "chr(31)"
_ALWAYS = {"source", "ticket", "key", "severity", "status", "acknowledged_at"}


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
    run(
        "CREATE OR REPLACE TEMP TABLE version_decided AS SELECT decision_id, source, ticket FROM decided_change "
        "UNION SELECT d.decision_id, e.source, e.ticket FROM decision d JOIN ticket_event e ON e.field = 'key' "
        "AND d.subject = e.source || ':' || e.new WHERE d.act = 'acknowledge'"
    )
    later, whose = f"WHERE happened_at > {stamp(first)}", "JOIN version_decided USING (decision_id)"
    own = [
        f"SELECT source, ticket, happened_at FROM {p} {later}" for p in ("ticket_event", "comment", "decided_change")
    ]
    ours = [f"SELECT source, ticket, happened_at FROM {p} {whose} {later}" for p in ("decision", "delivery")]
    turns = " UNION ALL ".join(own + ours)
    place = f"(epoch_us(happened_at) - {first} + {step - 1}) // {step}"
    run(
        f"CREATE OR REPLACE TEMP TABLE version_steps AS WITH turns AS ({turns}) "
        f"SELECT DISTINCT source, ticket, {place} AS place FROM turns WHERE happened_at <= {stamp(last)} "
        "UNION SELECT DISTINCT source, ticket, 0 FROM turns"
    )
    for past in _PASTS:
        run(f"CREATE OR REPLACE TEMP TABLE version_{past} AS {_cut(past, first, step)}")
    with _shown(reader):
        run(
            f"CREATE OR REPLACE TEMP TABLE {_VERSIONS} AS WITH told AS ("
            f"SELECT {columns} REPLACE (split_part(ticket, {_SEPARATOR}, 1) AS ticket, "
            f"split_part(key, {_SEPARATOR}, 1) AS key), split_part(ticket, {_SEPARATOR}, 2)::BIGINT AS since "
            f"FROM tickets_at({reader.moment_sql})) SELECT *, "
            f"coalesce(lead(since) OVER (PARTITION BY source, ticket ORDER BY since), {count}) AS until FROM told"
        )
    for past in _PASTS:
        run(f"DROP TABLE temp.version_{past}")
    run(
        f"INSERT INTO {_VERSIONS} SELECT {columns}, 0, {count} FROM {tickets} t "
        "ANTI JOIN version_steps s ON s.source = t.source AND s.ticket = t.ticket"
    )
    return Versions(first, step, count)


def _cut(past: str, first: int, step: int) -> str:
    """A past once for each step that it has a part in. Whatever it is known by carries the step, or one step's words would be
    laid over another's."""
    sign = f"{_SEPARATOR} || s.place"
    then = f"p.happened_at <= make_timestamp({first} + s.place * {step})"
    if past in ("decision", "delivery"):
        subject = f", p.subject || {sign} AS subject" if past == "decision" else ""
        steps = "SELECT DISTINCT decision_id, place FROM version_decided JOIN version_steps USING (source, ticket)"
        return (
            f"SELECT p.* REPLACE (p.decision_id || {sign} AS decision_id{subject}) FROM {past} p JOIN ({steps}) s "
            f"ON s.decision_id = p.decision_id AND {then}"
        )
    key = f"CASE WHEN p.field = 'key' THEN p.new || {sign} ELSE p.new END AS new"
    marked = f"regexp_replace(p.body, '\\[hc:([^\\]]+)\\]', '[hc:\\1' || {sign} || ']', 'g') AS body"
    signed = {
        "ticket_event": key,
        "comment": marked,
        "decided_change": f"{key}, p.decision_id || {sign} AS decision_id",
    }[past]
    # A text never changes a number, and is most of what there is to copy.
    bare = " AND p.field NOT IN ('body', 'url')" if past == "ticket_event" else ""
    return (
        f"SELECT p.* REPLACE (p.ticket || {sign} AS ticket, {signed}) FROM {past} p JOIN version_steps s "
        f"ON s.source = p.source AND s.ticket = p.ticket AND {then}{bare}"
    )


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
