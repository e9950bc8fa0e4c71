"""The queue of the Command screen and one ticket, at a moment. Filtering, sorting and cutting into windows happen in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.model.customers import DERIVED
from console.model.errors import QuestionError
from console.model.facts import EDITED
from console.model.filter import read_some
from console.queries import triage_filter, triage_shelf
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.standing import identify
from console.store.columns import repr_text

STATUSES = ("new", "acknowledged", "in_progress", "resolved", "closed", "reopened")

SORTS = {
    "rank": "coalesce(severity, 'P9')",
    "severity": "coalesce(severity, 'P9')",
    "key": "regexp_extract(key, '^(.*?)(\\d*)$', 1) {d}, try_cast(regexp_extract(key, '(\\d+)$', 1) AS BIGINT)",
    "title": "lower(title)",
    "status": "status",
    "assignee": "coalesce(assignee, '~')",
    "segment": "coalesce(segment, '~')",
    "source": "source",
    "created": "created",
    "updated": "updated",
}


@dataclass(frozen=True, slots=True)
class QueueQuestion:
    """``filter``: words as ``console.model.filter`` reads them.

    ``selected``: a row key ('SOURCE:KEY') whose place in the new order is wanted.
    """

    filter: str = ""
    sort: str = "rank"
    descending: bool = False
    offset: int = 0
    limit: int = 60
    selected: str = ""
    show_all: bool = False
    severity: str = ""


@dataclass(frozen=True, slots=True)
class TicketRow:
    source: str
    ticket: str
    key: str
    title: str
    severity: str | None
    status: str
    kind: str
    assignee: str | None
    segment: str | None
    created_at: int
    updated_at: int
    route: str | None = None

    @property
    def row_key(self) -> str:
        return f"{self.source}:{self.key}"


@dataclass(frozen=True, slots=True)
class QueueAnswer:
    """``fault``: why the filter cannot be read, as a sentence; no row meets it then."""

    question: QueueQuestion
    total: int
    rows: tuple[TicketRow, ...]
    selected_at: int
    new: int
    open: int
    connected: bool
    fault: str = ""


@dataclass(frozen=True, slots=True)
class TicketAnswer:
    """All that is known of one ticket. ``fields`` holds the last value of every field we ever saw."""

    row: TicketRow
    fields: dict[str, str]
    acknowledged_at: int | None
    resolved_at: int | None
    reopens: int
    comments: tuple[tuple[str, str, bool, str, int], ...]
    changes: tuple[tuple[str, str, str, str, int], ...]
    decisions: tuple[tuple[str, str, str, str, int], ...]


_COLUMNS = (
    "source, ticket, key, coalesce(title, ''), severity, status, kind, assignee, segment, epoch_us(created_at), "
    "epoch_us(updated_at), route"
)

_PLAIN = (
    "(SELECT source, ticket, key, coalesce(title, '') AS title, severity, status, kind, assignee, segment, route, duplicate_of, "
    "source || ':' || key AS row_key, epoch_us(created_at) AS created, epoch_us(updated_at) AS updated, "
    "epoch_us(snoozed_until) AS snoozed, is_done(status) AS done FROM {table})"
)
"""The columns of the triage table that a queue without filter words needs."""

_SHOWN = "source, ticket, key, title, severity, status, kind, assignee, segment, created, updated, route"


def queue(reader: Reader, shelf: TicketShelf, question: QueueQuestion) -> QueueAnswer:
    """One window of the queue."""
    wanted, fault = read_some(question.filter)
    # What a word may ask for takes a second to join where there are a hundred thousand tickets; without words nothing of it
    # is needed, and the first window of the program waits for this.
    table = triage_shelf.fill(reader, shelf) if wanted.parts else _PLAIN.format(table=shelf.fill(reader))
    where = "false" if fault else triage_filter.conditions(wanted, reader, question.show_all)
    if question.severity:
        where += f" AND severity = {repr_text(question.severity)}"
    order = _order(question)
    counts = reader.one(
        f"SELECT count(*) FILTER (WHERE {where}), count(*) FILTER (WHERE status = 'new'), "
        f"count(*) FILTER (WHERE NOT done) FROM {table}"
    )
    total, new, still_open = counts or (0, 0, 0)
    rows = reader.rows(
        f"SELECT {_SHOWN} FROM {table} WHERE {where} ORDER BY {order} LIMIT {int(question.limit)} "
        f"OFFSET {int(question.offset)}"
    )
    selected_at = -1
    if question.selected:
        found = reader.one(
            f"SELECT place FROM (SELECT row_key AS k, row_number() OVER (ORDER BY {order}) - 1 AS place "
            f"FROM {table} WHERE {where}) WHERE k = ? LIMIT 1",
            [question.selected],
        )
        selected_at = int(found[0]) if found else -1
    connected = bool(rows) or bool(reader.one("SELECT 1 FROM ticket_event LIMIT 1"))
    return QueueAnswer(
        question,
        int(total),
        tuple(TicketRow(*r) for r in rows),
        selected_at,
        int(new),
        int(still_open),
        connected,
        fault,
    )


def ticket(reader: Reader, key: str) -> TicketAnswer:
    """One ticket by 'SOURCE:KEY' or a bare key. Raises QuestionError when there is none, or two."""
    source, ticket_id = identify(reader, [key])[0]
    mine = f"source = {repr_text(source)} AND ticket = {repr_text(ticket_id)}"
    row = reader.one(
        f"SELECT {_COLUMNS}, epoch_us(acknowledged_at), epoch_us(resolved_at), reopens "
        f"FROM tickets_at({reader.moment_of([ticket_id])}) WHERE {mine}"
    )
    if row is None:
        raise QuestionError(f"{key} was not known at that moment.")
    bound = f"happened_at <= ({reader.moment_sql})['at'] AND known_at <= {reader.known_sql}"
    fields = reader.rows(
        f"SELECT field, arg_max(coalesce(new, ''), turn) FROM ticket_words({reader.moment_sql}) WHERE {mine} GROUP BY field"
    )
    comments = reader.rows(
        "SELECT author, role, public, body, epoch_us(begun) FROM (SELECT any_value(author) AS author, any_value(role) AS role, "
        "arg_max(public, happened_at) AS public, arg_max(body, happened_at) AS body, min(happened_at) AS begun, "
        f"min(comment_id) AS id FROM comment WHERE {mine} AND {bound} GROUP BY split_part(comment_id, '{EDITED}', 1) "
        "UNION ALL SELECT author, 'agent', public, body, happened_at, decision_id "
        f"FROM decided_comments({reader.moment_sql}) WHERE {mine}) ORDER BY begun, id"
    )
    changes = reader.rows(
        "SELECT field, coalesce(old, ''), coalesce(new, ''), coalesce(actor, ''), epoch_us(happened_at) FROM ticket_event "
        f"WHERE {mine} AND {bound} AND change_id <> 'created' ORDER BY happened_at"
    )
    decisions = reader.rows(
        f"SELECT act, value, who, comment, epoch_us(happened_at) FROM decision WHERE {bound} AND (subject = ? OR decision_id "
        f"IN (SELECT decision_id FROM decided_change WHERE {mine})) ORDER BY happened_at, known_at, decision_id",
        [f"{source}:{row[2]}"],
    )
    return TicketAnswer(
        TicketRow(*row[:12]), {f: v for f, v in fields if v}, row[12], row[13], int(row[14]), tuple(comments),
        tuple(changes), tuple(decisions),
    )  # fmt: skip


def _order(question: QueueQuestion) -> str:
    if question.sort not in SORTS:
        raise QuestionError(f"The queue does not sort by {question.sort}.")
    direction = "DESC" if question.descending else "ASC"
    chosen = SORTS[question.sort].replace("{d}", direction)
    return f"{chosen} {direction}, coalesce(severity, 'P9'), created, source, key"


def status_of(reader: Reader, shelf: TicketShelf, source: str, ticket: str) -> str:
    """The state of one ticket by its immutable id, '' where it is unknown."""
    found = reader.one(f"SELECT status FROM {shelf.fill(reader)} WHERE source = ? AND ticket = ?", [source, ticket])
    return str(found[0] or "") if found else ""


def told_of(reader: Reader, source: str, tickets: Sequence[str]) -> dict[str, tuple[dict[str, str], int]]:
    """What a source told of tickets, decisions and what we derived left aside: by id the latest value of each field, and the
    newest instant."""
    # Written into the statement: as a parameter, binding ten thousand of them takes ten times as long as the answer.
    listed = ", ".join(repr_text(ticket) for ticket in tickets)
    rows = reader.rows(
        "SELECT ticket, field, arg_max(coalesce(new, ''), happened_at), epoch_us(max(happened_at)) FROM ticket_event "
        f"WHERE source = ? AND ticket IN (SELECT unnest([{listed}]::VARCHAR[])) "
        f"AND NOT starts_with(change_id, '{DERIVED}') GROUP BY ticket, field",
        [source],
    )
    told: dict[str, tuple[dict[str, str], int]] = {}
    for ticket, field, value, at in rows:
        values, newest = told.get(ticket, ({}, at))
        values[field] = value
        told[ticket] = values, max(newest, at)
    return told
