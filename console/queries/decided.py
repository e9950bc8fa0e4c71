"""Decisions about tickets as they stand: what each changes, how far its delivery is, what took it back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from console.model import taking_back
from console.model.decision import TICKET_ACTS, Act
from console.model.rules import BY_RULE
from console.model.ticket_acts import SETS
from console.queries.reader import Reader
from console.store.columns import repr_text

_OWN = ", ".join(f"'{act.value}'" for act in sorted(TICKET_ACTS - {Act.UNDO}))


@dataclass(frozen=True, slots=True)
class ChangeOf:
    """One field of a decision. ``base``: what the person saw there, None where there was no ticket yet."""

    source: str
    ticket: str
    field: str
    base: str | None
    new: str
    remote: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """``state`` and ``why`` are those of the newest delivery row, '' without one; ``sent``: how often a request was begun."""

    id: str
    act: str
    subject: str
    value: str
    who: str
    comment: str
    at: int
    batch: str | None
    undoes: str | None
    state: str
    why: str
    sent: int
    changes: tuple[ChangeOf, ...]

    @property
    def wish(self) -> ChangeOf | None:
        """What a system is asked to do; None for what concerns this console alone."""
        return next((change for change in self.changes if change.remote), None)


def read(reader: Reader, ids: Sequence[str]) -> list[Decided]:
    """These decisions, in the order in which they were made; an id that is nobody's is left out."""
    if not ids:
        return []
    listed = ", ".join(repr_text(identity) for identity in dict.fromkeys(ids))
    changes: dict[str, list[ChangeOf]] = {}
    for identity, *rest in reader.rows(
        "SELECT decision_id, source, ticket, field, base, coalesce(new, ''), remote FROM decided_change "
        f"WHERE decision_id IN ({listed}) ORDER BY known_at, field"
    ):
        changes.setdefault(identity, []).append(ChangeOf(*rest))
    rows = reader.rows(
        "SELECT d.decision_id, d.act, d.subject, coalesce(d.value, ''), coalesce(d.who, ''), coalesce(d.comment, ''), "
        "epoch_us(d.happened_at), l.batch, l.undoes, coalesce(s.state, ''), coalesce(s.why, ''), coalesce(s.times_sent, 0) "
        "FROM decision d LEFT JOIN decision_link l ON l.decision_id = d.decision_id "
        f"LEFT JOIN (SELECT * FROM delivery_states({reader.moment_sql}) WHERE decision_id IN ({listed})) s "
        f"ON s.decision_id = d.decision_id WHERE d.decision_id IN ({listed}) ORDER BY d.known_at, d.decision_id"
    )
    return [Decided(*[*row, tuple(changes.get(row[0], ()))]) for row in rows]


def taken_back_by(reader: Reader, ids: Sequence[str]) -> dict[str, list[str]]:
    """Which decisions take these back; one that was taken back itself is none of them."""
    if not ids:
        return {}
    found: dict[str, list[str]] = {}
    listed = ", ".join(repr_text(identity) for identity in dict.fromkeys(ids))
    for undone, by in reader.rows(
        f"SELECT undoes, decision_id FROM ({_undoing(reader)}) WHERE undoes IN ({listed}) ORDER BY decision_id"
    ):
        found.setdefault(undone, []).append(by)
    return found


def overlaid(reader: Reader, undone: Sequence[Decided]) -> set[str]:
    """Which of these set a field of several values that later decisions, which stay, set as well: theirs hold it too."""
    sets = [(d.id, c) for d in undone for c in d.changes if c.field in SETS]
    if not sets:
        return set()
    ids = ", ".join(repr_text(d.id) for d in undone)
    latest: dict[tuple[str, str, str], str] = {}
    for source, ticket, field, newest in reader.rows(
        "SELECT source, ticket, field, max(decision_id) FROM "
        f"decided_words({reader.moment_of(list(dict.fromkeys(c.ticket for _, c in sets)))}) "
        f"WHERE decision_id NOT IN ({ids}) GROUP BY ALL"
    ):
        latest[source, ticket, field] = newest
    return {identity for identity, c in sets if latest.get((c.source, c.ticket, c.field), "") > identity}


def _undoing(reader: Reader) -> str:
    """The links of what takes something back and stands."""
    return (
        "SELECT l.undoes, l.decision_id FROM decision_link l ANTI JOIN (SELECT decision_id FROM "
        f"delivery_states({reader.moment_sql}) WHERE state = 'withdrawn') w ON w.decision_id = l.decision_id "
        "WHERE l.undoes IS NOT NULL"
    )


def overtaken_of_rules(reader: Reader, who: str = "") -> set[str]:
    """Which decisions of rules stand, were asked of their systems, and were changed since by somebody: taking them back would
    undo that other word. ``who``: of this rule alone."""
    whose = f"d.who = {repr_text(who)}" if who else f"starts_with(d.who, {repr_text(BY_RULE)})"
    asked = reader.rows(
        "SELECT c.decision_id, c.source, c.ticket, c.field, coalesce(c.new, '') FROM decided_change c "
        "JOIN decision d ON d.decision_id = c.decision_id "
        f"JOIN delivery_states({reader.moment_sql}) s ON s.decision_id = c.decision_id "
        f"WHERE {whose} AND s.times_sent > 0 AND s.state NOT IN ('refused', 'conflict', 'withdrawn') "
        f"AND c.decision_id NOT IN (SELECT undoes FROM ({_undoing(reader)}))"
    )
    if not asked:
        return set()
    now: dict[tuple[str, str], dict[str, str]] = {}
    for source, ticket, field, new in reader.rows(
        "SELECT source, ticket, field, arg_max(coalesce(new, ''), turn) FROM "
        f"ticket_words({reader.moment_of(list(dict.fromkeys(row[2] for row in asked)))}) GROUP BY ALL"
    ):
        now.setdefault((source, ticket), {})[field] = new
    return {
        identity
        for identity, source, ticket, field, new in asked
        if taking_back.overtaken(field, new, now.get((source, ticket), {}))
    }


def newest_own(
    reader: Reader, who: str, ticket: tuple[str, str] | None = None, passed_over: Collection[str] = ()
) -> list[Decided]:
    """The newest act of a person that was not taken back yet, with all decisions of its batch; empty when there is none.

    ``ticket``: source and immutable id; only what was decided about that one, also by a rule. ``passed_over``: decisions that
    make an act the newest only where there is no other; they are given with their batch all the same.
    """
    mine, people = "true", f"d.who = {repr_text(who)}"
    if ticket is not None:
        source, identity = (repr_text(part) for part in ticket)
        about = f"SELECT decision_id FROM decided_change WHERE source = {source} AND ticket = {identity}"
        keys = (
            f"SELECT {source} || ':' || new FROM ticket_event WHERE field = 'key' AND source = {source} "
            f"AND ticket = {identity}"
        )
        people = f"({people} OR starts_with(d.who, {repr_text(BY_RULE)}))"
        mine = f"(d.decision_id IN ({about}) OR d.subject IN ({keys}))"
    standing = (
        f"{people} AND d.act IN ({_OWN}) AND {mine} "
        f"AND d.decision_id NOT IN (SELECT undoes FROM ({_undoing(reader)})) "
        f"AND d.decision_id NOT IN (SELECT decision_id FROM delivery_states({reader.moment_sql}) WHERE state = 'withdrawn') "
        "AND (d.act = 'acknowledge' OR d.decision_id IN (SELECT decision_id FROM decided_change))"
    )
    later = ", ".join(repr_text(identity) for identity in passed_over)
    last = f"d.decision_id IN ({later}), " if later else ""
    found = reader.one(
        "SELECT d.decision_id, l.batch FROM decision d LEFT JOIN decision_link l ON l.decision_id = d.decision_id "
        f"WHERE {standing} ORDER BY {last}d.known_at DESC, d.decision_id DESC LIMIT 1"
    )
    if found is None:
        return []
    newest, batch = found
    if batch is None:
        return read(reader, [newest])
    members = reader.rows(
        "SELECT d.decision_id FROM decision d JOIN decision_link l ON l.decision_id = d.decision_id "
        f"WHERE l.batch = ? AND {standing}",
        [batch],
    )
    return read(reader, [identity for (identity,) in members])
