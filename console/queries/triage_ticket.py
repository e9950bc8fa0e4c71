"""One ticket as the Triage screen shows it: its fields, what was said and done, what was decided, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.errors import QuestionError
from console.model.facts import EDITED
from console.model.moment import SECOND, Span
from console.model.priority import Set, setters
from console.model.stages import Stay, stays
from console.model.ticket_acts import members
from console.queries import decided, reach, rule_records, triage_shelf
from console.queries.decided import Decided
from console.queries.narrowed import only
from console.queries.reader import Reader
from console.queries.rule_records import Open
from console.queries.shelf import TicketShelf
from console.queries.sla_ticket import TicketClocks, clocks_of
from console.queries.standing import identify
from console.queries.triage import COLUMNS, TriageRow, rows_of
from console.store.columns import repr_text

_MOST_TOLD = 500
"""Remarks and changes that are read; a ticket that a machine writes to every minute has no end."""

_UNTOLD = "'body', 'key', 'url', 'updated_at', 'created_at'"


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as it read at the moment."""

    author: str
    role: str
    public: bool
    body: str
    at: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that its system told us of. ``first``: it came with the ticket."""

    field: str
    old: str
    new: str
    actor: str
    at: int
    first: bool


@dataclass(frozen=True, slots=True)
class TriageTicket:
    """``fields``: what is set, by name. ``window`` is what reach is counted over. ``tasks`` are development tasks with their
    status ('' where no source tells it). ``told``: a public answer stands after the resolution. ``cut``: there is more.
    """

    row: TriageRow
    fields: dict[str, str]
    acknowledged: int | None
    resolved: int | None
    reopens: int
    comments: tuple[Said, ...]
    changes: tuple[Changed, ...]
    decisions: tuple[Decided, ...]
    stays: tuple[Stay, ...]
    scored: dict[str, Set]
    window: Span
    members: tuple[str, ...] = ()
    tasks: tuple[tuple[str, str], ...] = ()
    told: bool = False
    cut: bool = False
    clocks: TicketClocks | None = None
    proposals: tuple[Open, ...] = ()


def ask(reader: Reader, shelf: TicketShelf, key: str) -> TriageTicket:
    """By 'SOURCE:KEY' or a bare key, also one it had before. Raises QuestionError when there is none, or two."""
    table = triage_shelf.fill(reader, shelf)
    found = reader.rows(f"SELECT {COLUMNS}, acknowledged, resolved FROM {table} WHERE row_key = ? LIMIT 2", [key])
    if len(found) != 1:
        source, ticket = identify(reader, [key])[0]
        found = reader.rows(
            f"SELECT {COLUMNS}, acknowledged, resolved FROM {table} WHERE source = ? AND ticket = ?", [source, ticket]
        )
    if not found:
        raise QuestionError(f"{key} was not known at that moment.")
    *told, acknowledged, resolved = found[0]
    (row,) = rows_of(reader, [told])
    ticket, mine = row.ticket, f"source = {repr_text(row.source)} AND ticket = {repr_text(row.ticket)}"
    with only(reader, f"ticket = {repr_text(ticket)}"):
        fields = _fields(reader, mine, row)
        comments = _comments(reader, mine)
        changes = _changes(reader, mine)
        decisions = tuple(decided.read(reader, _decisions(reader, mine, row.row_key)))
        answered_s = None if acknowledged is None else acknowledged // SECOND
        clocks = clocks_of(
            reader, row.source, ticket, (row.severity, row.segment, row.kind, row.created // SECOND, answered_s)
        )
        proposals = _proposals(reader, row, mine)
    steps = [c for c in changes if c.field == "status"]
    done_steps = ("resolved", "closed")
    standing = [d for d in decisions if d.state not in ("withdrawn", "refused")]
    undone = {d.undoes for d in standing if d.undoes}
    answered = resolved is not None and any(c.public and c.role == "agent" and c.at >= resolved for c in comments)
    scored = setters((d.value, d.who, d.at) for d in standing if d.act == "score" and d.id not in undone)
    return TriageTicket(
        row, fields, acknowledged, resolved,
        sum(1 for c in steps if c.old in done_steps and c.new not in done_steps),
        comments[-_MOST_TOLD:], changes[-_MOST_TOLD:], decisions, tuple(_stays(row, changes, standing)), scored,
        reach.window_of(row.created, resolved, reader.at), _members(reader, table, row),
        _tasks(reader, table, fields.get("task", "")), answered,
        len(comments) > _MOST_TOLD or len(changes) > _MOST_TOLD, clocks, proposals,
    )  # fmt: skip


def _proposals(reader: Reader, row: TriageRow, mine: str) -> tuple[Open, ...]:
    """What rules propose and nobody answered; asked in full only of a ticket that a rule ever spoke of."""
    if reader.one(f"SELECT 1 FROM rule_proposal WHERE {mine} AND decision_id IS NULL LIMIT 1") is None:
        return ()
    return tuple(rule_records.open_of(reader, row.row_key, (row.source, row.ticket)))


def _fields(reader: Reader, mine: str, row: TriageRow) -> dict[str, str]:
    told = reader.rows(
        f"SELECT field, arg_max(coalesce(new, ''), turn) FROM ticket_words({reader.moment_sql}) WHERE {mine} GROUP BY field"
    )
    found = {name: value for name, value in told if value}
    # What the table works out (a status after an acknowledgement, a kind nobody set) is what everybody sees.
    return found | {"status": row.status, "kind": row.kind}


def _bound(reader: Reader) -> str:
    return f"happened_at <= ({reader.moment_sql})['at'] AND known_at <= {reader.known_sql}"


def _comments(reader: Reader, mine: str) -> tuple[Said, ...]:
    """Also those that were decided here and are on their way."""
    rows = reader.rows(
        "SELECT coalesce(author, ''), coalesce(role, ''), public, body, epoch_us(begun) FROM ("
        "SELECT any_value(author) AS author, any_value(role) AS role, arg_max(public, happened_at) AS public, "
        "arg_max(body, happened_at) AS body, min(happened_at) AS begun, min(comment_id) AS id FROM comment "
        f"WHERE {mine} AND {_bound(reader)} GROUP BY split_part(comment_id, '{EDITED}', 1) "
        "UNION ALL SELECT author, 'agent', public, body, happened_at, decision_id "
        f"FROM decided_comments({reader.moment_sql}) WHERE {mine}) ORDER BY begun, id"
    )
    return tuple(Said(*row) for row in rows)


def _changes(reader: Reader, mine: str) -> tuple[Changed, ...]:
    rows = reader.rows(
        "SELECT field, coalesce(old, ''), coalesce(new, ''), coalesce(actor, ''), epoch_us(happened_at), change_id = 'created' "
        f"FROM ticket_event WHERE {mine} AND {_bound(reader)} AND field NOT IN ({_UNTOLD}) ORDER BY happened_at, field"
    )
    return tuple(Changed(*row) for row in rows)


def _decisions(reader: Reader, mine: str, row_key: str) -> list[str]:
    rows = reader.rows(
        f"SELECT decision_id FROM decision WHERE {_bound(reader)} AND (subject = ? OR decision_id IN "
        f"(SELECT decision_id FROM decided_change WHERE {mine})) ORDER BY known_at, decision_id",
        [row_key],
    )
    return [identity for (identity,) in rows]


def _stays(row: TriageRow, changes: tuple[Changed, ...], standing: list[Decided]) -> list[Stay]:
    """Statuses told by the system, statuses and stages decided here."""
    steps = [(c.at, c.field, c.new, "") for c in changes if c.field in ("status", "stage") and not c.first]
    steps += [
        (d.at, change.field, change.new, d.comment)
        for d in standing
        for change in d.changes
        if change.field in ("status", "stage")
    ]
    steps += [(d.at, "status", "acknowledged", "") for d in standing if d.act == "acknowledge" and row.status != "new"]
    came = next((c.new for c in changes if c.field == "status" and c.first and c.new), "new")
    return stays(sorted(steps), row.created, row.title, came)


def _members(reader: Reader, table: str, row: TriageRow) -> tuple[str, ...]:
    rows = reader.rows(f"SELECT row_key FROM {table} WHERE duplicate_of = ? ORDER BY created, row_key", [row.row_key])
    return tuple(key for (key,) in rows)


def _tasks(reader: Reader, table: str, text: str) -> tuple[tuple[str, str], ...]:
    wanted = members(text)
    if not wanted:
        return ()
    listed = ", ".join(repr_text(key) for name in wanted for key in _called(name))
    states: dict[str, str] = {}
    for row_key, key, status in reader.rows(
        f"SELECT row_key, key, status FROM {table} WHERE row_key IN ({listed}) OR key IN ({listed})"
    ):
        states[row_key] = status
        states.setdefault(key, status)
    return tuple((name, next((states[key] for key in _called(name) if key in states), "")) for name in wanted)


def _called(name: str) -> tuple[str, ...]:
    """What a task's ticket may be called: its full key, its key, the end of its address."""
    return name, name.partition(":")[2], name.rpartition("/")[2].rpartition(":")[2]
