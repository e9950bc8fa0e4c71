"""The triage queue: one window of it in the shipped order or another, with what each row's rank rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from console.model.calendar import working_time
from console.model.errors import QuestionError
from console.model.filter import Filter, read, read_some
from console.model.moment import HOUR, SECOND
from console.model.nearest import did_you_mean
from console.queries import triage_filter, triage_shelf
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.sla_terms import agreement
from console.queries.tickets import QueueQuestion
from console.queries.triage_shelf import Order
from console.store.columns import repr_text

SORTS: dict[str, tuple[str, ...]] = {
    "rank": (),
    "severity": ("severity",),
    "key": ("key_head", "key_number"),
    "title": ("lower(title)",),
    "status": ("status",),
    "assignee": ("lower(assignee)",),
    "segment": ("lower(segment)",),
    "customer": ("lower(customer)",),
    "category": ("lower(category)",),
    "source": ("source",),
    "stage": ("stage",),
    "reach": ("reach",),
    "left": ("left_s",),
    "created": ("created",),
    "updated": ("updated",),
}
"""By what the queue sorts, before the shipped order. What is unknown stands last, whichever way."""

_NEAR = HOUR
_SHIPPED: Order = (("rank_key", "ASC NULLS LAST"),)

# By the wall clock: working time left says nothing of when, of two calendars or where a clock stands.
_FIRST = "arg_min(row_key, (least(response_due, resolution_due), created))"
_RUNNING = "NOT done AND state <> 'breached' AND least(response_due, resolution_due) IS NOT NULL"


@dataclass(frozen=True, slots=True)
class TriageRow:
    """``left_s``: working seconds to the nearest SLA target still running, below zero when it is past; None: no target.

    ``like``: the key of the ticket of the same route and hour that stands highest; '' when it is this one.
    """

    source: str
    ticket: str
    key: str
    title: str
    severity: str | None
    status: str
    kind: str
    stage: int
    assignee: str | None
    segment: str | None
    weight: float
    category: str | None
    route: str | None
    customer: str | None
    reach: float | None
    response_left_s: int | None
    resolution_left_s: int | None
    left_s: int | None
    sla: str | None
    created: int
    updated: int
    pending: int
    refused: int
    snoozed: int | None
    duplicate_of: str | None
    done: bool
    like: str = ""

    @property
    def row_key(self) -> str:
        return f"{self.source}:{self.key}"


@dataclass(frozen=True, slots=True)
class TriageAnswer:
    """``total`` rows meet the filter, of ``whole`` that stand in the queue without one. ``first``: the row key whose clock runs
    out next. ``pending`` and ``refused`` count decisions on any ticket that its system has not taken.
    """

    question: QueueQuestion
    fault: str
    total: int
    whole: int
    rows: tuple[TriageRow, ...]
    selected_at: int
    first: str
    connected: bool
    pending: int = 0
    refused: int = 0


COLUMNS = (
    "source, ticket, key, title, severity, status, kind, stage, assignee, segment, weight, category, route, customer, reach, "
    "response_left_s, resolution_left_s, left_s, state, created, updated, pending, refused, snoozed, duplicate_of, done, "
    "response_runs, resolution_runs, told_at"
)
"""What ``rows_of`` reads."""


def rows_of(reader: Reader, found: Sequence[Sequence[Any]]) -> tuple[TriageRow, ...]:
    """Rows from ``COLUMNS``, their clocks told to the second."""
    told_at = [row[-1] for row in found if row[-1] is not None]
    agreed, at = agreement(reader), reader.at // SECOND
    first, last = agreed.range_for(min([reader.at, *told_at]) // SECOND, max([reader.at, *told_at]) // SECOND)

    def left(stored: int | None, runs: int | None, since: int | None) -> int | None:
        if stored is None or runs is None or since is None:
            return stored
        # Not by when it is due: a clock that broke its target may have stood since.
        worked = working_time(agreed.calendars[agreed.targets[runs].calendar], first, last)
        return stored - (worked.worked(at) - worked.worked(since // SECOND))

    made = []
    for *told, response_runs, resolution_runs, since in found:
        row = TriageRow(*told)
        response = left(row.response_left_s, response_runs, since)
        resolution = left(row.resolution_left_s, resolution_runs, since)
        nearest = min((s for s in (response, resolution) if s is not None), default=None)
        made.append(
            replace(row, response_left_s=response, resolution_left_s=resolution, left_s=None if row.done else nearest)
        )
    return tuple(made)


def ask(reader: Reader, shelf: TicketShelf, question: QueueQuestion) -> TriageAnswer:
    """One window. Words that cannot be read are left out and told; raises QuestionError for an unknown order."""
    wanted, fault = read_some(question.filter)
    order = order_of(question)
    table = triage_shelf.fill(reader, shelf)
    where = triage_filter.conditions(wanted, reader, question.show_all)
    if question.severity:
        where += f" AND severity = {repr_text(question.severity)}"
    plain = triage_filter.base(Filter(), reader.at, question.show_all)
    counted = reader.one(
        f"SELECT count(*) FILTER (WHERE {where}), count(*) FILTER (WHERE {plain}), "
        f"{_FIRST} FILTER (WHERE {_RUNNING} AND {plain}), sum(pending), sum(refused) FROM {table}"
    )
    total, whole, first, pending, refused = counted or (0, 0, None, 0, 0)
    cut = f"LIMIT {int(question.limit)} OFFSET {int(question.offset)}"
    rows = _alike(reader, table, _window(reader, table, where, order, cut))
    selected_at = _place(reader, table, where, order, question.selected) if question.selected else -1
    connected = bool(whole) or bool(reader.one("SELECT 1 FROM ticket_event LIMIT 1"))
    return TriageAnswer(
        question, fault, int(total), int(whole), rows, selected_at, first or "", connected, int(pending or 0),
        int(refused or 0),
    )  # fmt: skip


def listed(reader: Reader, shelf: TicketShelf, show_all: bool, text: str) -> tuple[tuple[TriageRow, ...], str]:
    """The whole queue in its shipped order, and the row key whose clock runs out next.

    Raises QuestionError for a filter that cannot be read.
    """
    question = QueueQuestion(filter=text, show_all=show_all)
    where = triage_filter.conditions(read(text), reader, show_all)
    table = triage_shelf.fill(reader, shelf, exact=True)
    rows = _alike(reader, table, _window(reader, table, where, order_of(question), ""))
    plain = triage_filter.base(Filter(), reader.at, show_all)
    found = reader.one(f"SELECT {_FIRST} FROM {table} WHERE {_RUNNING} AND {plain}")
    return rows, (found[0] or "" if found else "")


def order_of(question: QueueQuestion) -> Order:
    """Raises QuestionError for a name that nothing is sorted by."""
    if question.sort not in SORTS:
        raise QuestionError(f"The queue does not sort by {question.sort}.{did_you_mean(question.sort, SORTS)}")
    way = "DESC NULLS LAST" if question.descending else "ASC NULLS LAST"
    if question.sort == "rank":
        return (("rank_key", way),)
    return (*((expression, way) for expression in SORTS[question.sort]), ("rank_key", "ASC NULLS LAST"))


def _window(reader: Reader, table: str, where: str, order: Order, cut: str) -> tuple[TriageRow, ...]:
    by = ", ".join(f"{expression} {way}" for expression, way in order)
    found = reader.rows(f"SELECT {COLUMNS} FROM {table} WHERE {where} ORDER BY {by} {cut}")
    return rows_of(reader, found)


def _alike(reader: Reader, table: str, rows: tuple[TriageRow, ...]) -> tuple[TriageRow, ...]:
    """Each row with the highest standing one of its route and hour, where that is another."""
    # A breach or a wish is reason enough.
    told = (row for row in rows if row.route and not row.done and row.sla != "breached" and row.kind != "enhancement")
    wanted = [row.row_key for row in told]
    if not wanted:
        return rows
    listed = ", ".join(repr_text(key) for key in wanted)
    found = dict(
        reader.rows(
            f"SELECT s.row_key, arg_min(t.key, t.rank_key) FROM {table} s JOIN {table} t ON t.route = s.route "
            f"AND t.rank_key < s.rank_key AND t.created BETWEEN s.created - {_NEAR} AND s.created + {_NEAR} "
            f"WHERE s.row_key IN ({listed}) AND NOT t.done AND t.duplicate_of IS NULL GROUP BY s.row_key"
        )
    )
    return tuple(replace(row, like=found.get(row.row_key, "")) for row in rows)


def _place(reader: Reader, table: str, where: str, order: Order, selected: str) -> int:
    # The shipped order is kept worked out; wrapping it up once more would be most of the work.
    key = "rank_key" if order == _SHIPPED else triage_shelf.sort_key(order)
    mine = reader.one(f"SELECT {key} FROM {table} WHERE row_key = ? AND {where} LIMIT 1", [selected])
    if mine is None:
        return -1
    found = reader.one(f"SELECT count(*) FROM {table} WHERE {where} AND {key} < ?::BLOB", [mine[0]])
    return int(found[0]) if found else -1
