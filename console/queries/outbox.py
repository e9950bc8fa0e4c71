"""The decisions that their system was not asked for yet, or has not confirmed: what the outbox delivers and shows."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

import msgspec

from console.model.delivering import possible
from console.model.errors import QuestionError
from console.model.moment import HOUR
from console.model.ticket_acts import NEW_TASK, task_of
from console.queries.reader import Reader

NEEDS_A_PERSON = frozenset({"refused", "conflict"})


@dataclass(frozen=True, slots=True)
class Open:
    """One decision on its way. ``base`` is what the system should say now if nobody else touched the field.

    ``target``: the source that is asked, another one than the ticket's for a development task. ``sent``: how often a request
    was begun. ``undone``: the decision that takes this one back, '' for none. ``ours``: values that the field may have instead
    of ``base`` because an earlier decision never came, or our own requests brought them about. ``asked_at``: when a request
    was begun last, 0 for never.
    """

    id: str
    act: str
    subject: str
    value: str
    comment: str
    at: int
    source: str
    ticket: str
    field: str
    base: str
    new: str
    state: str
    why: str
    sent: int
    undone: str
    target: str
    ours: tuple[str, ...] = ()
    asked_at: int = 0

    @property
    def place(self) -> tuple[str, str]:
        """The ticket: what is decided about one is delivered in order."""
        return self.source, self.ticket

    @property
    def task(self) -> bool:
        """Whether an issue is to be made in a tracker, for the ticket."""
        return self.field == NEW_TASK


def open_decisions(reader: Reader) -> list[Open]:
    """Everything undelivered, oldest first."""
    moment = reader.moment_sql
    rows = reader.rows(
        f"WITH states AS MATERIALIZED (FROM delivery_states({moment})), "
        "settled AS (SELECT decision_id, arg_max(why, known_at) AS base FROM delivery WHERE state = 'retry' AND why <> '' "
        "GROUP BY decision_id), "
        "undone AS (SELECT l.undoes, max(l.decision_id) AS by FROM decision_link l LEFT JOIN states u "
        "ON u.decision_id = l.decision_id WHERE l.undoes IS NOT NULL AND coalesce(u.state, '') <> 'withdrawn' GROUP BY ALL) "
        "SELECT d.decision_id, d.act, d.subject, coalesce(d.value, ''), coalesce(d.comment, ''), epoch_us(d.happened_at), "
        "c.source, c.ticket, c.field, coalesce(c.base, ''), coalesce(c.new, ''), coalesce(s.state, ''), coalesce(s.why, ''), "
        "coalesce(s.times_sent, 0), coalesce(undone.by, ''), settled.base, "
        "CASE WHEN s.times_sent > 0 THEN epoch_us(s.asked_at) ELSE 0 END "
        "FROM decided_change c JOIN decision d ON d.decision_id = c.decision_id "
        "LEFT JOIN states s ON s.decision_id = c.decision_id LEFT JOIN settled ON settled.decision_id = c.decision_id "
        "LEFT JOIN undone ON undone.undoes = c.decision_id "
        "WHERE c.remote AND coalesce(s.state, '') NOT IN ('confirmed', 'withdrawn') "
        "ORDER BY d.known_at, d.decision_id"
    )
    never_came = _withdrawn(reader) if rows else {}
    brought, read_as = _brought_about(reader, min(row[5] for row in rows) - HOUR) if rows else ({}, {})
    found = []
    for *row, settled, asked_at in rows:
        made = Open(*[*row, _target(row[6], row[8], row[10])])
        place = (*made.place, made.field)
        earlier = [(base, new) for identity, base, new in never_came.get(place, []) if identity < made.id]
        ours = [*possible(made.base, earlier), *brought.get(place, []), *read_as.get((*place, made.base), [])]
        base = made.base if settled is None else _settled(settled, made.base)
        found.append(replace(made, base=base, ours=tuple(ours), asked_at=asked_at))
    return found


def waiting(found: Sequence[Open], targets: Container[str]) -> list[Open]:
    """Those that will be delivered by themselves: their source is written to, and none before them needs a person."""
    held: set[tuple[str, str]] = set()
    left = []
    for asked in found:
        if asked.state in NEEDS_A_PERSON or asked.target not in targets:
            held.add(asked.place)
        elif asked.place not in held:
            left.append(asked)
    return left


def _target(source: str, field: str, value: str) -> str:
    if field != NEW_TASK:
        return source
    try:
        return task_of(value).source
    except QuestionError:
        return source


def _settled(why: str, base: str) -> str:
    try:
        return str(msgspec.json.decode(why, type=dict[str, str]).get("base", base))
    except msgspec.DecodeError:
        return base


def _withdrawn(reader: Reader) -> dict[tuple[str, str, str], list[tuple[str, str, str]]]:
    """The changes that were taken back before any system heard of them, by ticket and field, oldest first."""
    found: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {}
    for source, ticket, field, identity, base, new in reader.rows(
        "SELECT c.source, c.ticket, c.field, c.decision_id, coalesce(c.base, ''), coalesce(c.new, '') FROM decided_change c "
        f"JOIN delivery_states({reader.moment_sql}) s ON s.decision_id = c.decision_id "
        "WHERE c.remote AND s.state = 'withdrawn' ORDER BY c.known_at, c.decision_id"
    ):
        found.setdefault((source, ticket, field), []).append((identity, base, new))
    return found


def _brought_about(
    reader: Reader, since: int
) -> tuple[dict[tuple[str, str, str], list[str]], dict[tuple[str, str, str, str], list[str]]]:
    """What confirmed requests changed beside what they were made for, by ticket and field; and how they were taken where the
    system has no such word, by ticket, field and our word: as long as it stands here, that is what stands there.

    Older ones of the first than ``since`` do not matter: the source has told of them, and whoever decided saw it.
    """
    found: dict[tuple[str, str, str], list[str]] = {}
    read_as: dict[tuple[str, str, str, str], list[str]] = {}
    for source, ticket, own, why, at in reader.rows(
        "SELECT DISTINCT c.source, c.ticket, c.field, l.why, epoch_us(l.happened_at) FROM delivery l "
        "JOIN decided_change c ON c.decision_id = l.decision_id "
        "WHERE c.remote AND l.state = 'confirmed' AND starts_with(l.why, '{\"also\"')"
    ):
        try:
            changes = msgspec.json.decode(why, type=dict[str, dict[str, tuple[str, str]]])["also"]
        except (msgspec.DecodeError, KeyError):
            continue
        for field, (before, after) in changes.items():
            if field == own:
                read_as.setdefault((source, ticket, field, before), []).append(after)
            elif at >= since:
                found.setdefault((source, ticket, field), []).append(after)
    return found, read_as
