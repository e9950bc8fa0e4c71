"""Tickets as rules see them: their fields now or as they came, and which fields a person decided.

A person decided a field who set it here, or changed it in the remote system after the ticket had come. What was derived from
the mapping of customers and what a rule did is nobody's decision, also when the remote tells it back. Tags gather: whoever
sets or takes away one decides that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from console.model.customers import DERIVED
from console.model.moment import parse_instant
from console.model.rule_match import LONGEST_TEXT, tags_of
from console.model.rules import BY_RULE
from console.model.stages import default_stage
from console.queries.reader import Reader
from console.store.columns import repr_text


@dataclass(slots=True)
class Ruled:
    """``fields`` as they stand, ``came`` as the ticket came; ``decided``: fields that a person decided since, ``tagged``: tags
    in small letters that a person set or took away since."""

    source: str
    ticket: str
    created: int
    fields: dict[str, str] = field(default_factory=dict)
    came: dict[str, str] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)
    tagged: set[str] = field(default_factory=set)

    def is_decided(self, name: str, value: str) -> bool:
        """Whether a person decided what a rule would say of a field."""
        return value.casefold() in self.tagged if name == "tags" else name in self.decided

    @property
    def key(self) -> str:
        return self.fields.get("key") or self.ticket

    @property
    def row_key(self) -> str:
        return f"{self.source}:{self.key}"


def these(reader: Reader, tickets: Sequence[tuple[str, str]]) -> list[Ruled]:
    """These tickets, in that order; one that is not known at the moment is left out."""
    if not tickets:
        return []
    listed = ", ".join(repr_text(ticket) for ticket in dict.fromkeys(ticket for _, ticket in tickets))
    found = _read(reader, f"ticket IN ({listed})")
    return [found[pair] for pair in tickets if pair in found]


def newest(reader: Reader, shelf: str, count: int) -> list[Ruled]:
    """The last ``count`` tickets to be created, the newest first. ``shelf``: the table of the moment's tickets."""
    rows = reader.rows(
        f"SELECT source, ticket FROM {shelf} ORDER BY created_at DESC, source, ticket LIMIT {max(0, int(count))}"
    )
    chosen = f"SELECT source, ticket FROM {shelf} ORDER BY created_at DESC, source, ticket LIMIT {max(0, int(count))}"
    found = _read(reader, f"(source, ticket) IN ({chosen})")
    return [found[pair] for pair in rows if pair in found]


def _read(reader: Reader, narrow: str) -> dict[tuple[str, str], Ruled]:
    bound = f"happened_at <= ({reader.moment_sql})['at'] AND known_at <= {reader.known_sql} AND {narrow}"
    found: dict[tuple[str, str], Ruled] = {}
    cut = f"left(new, {LONGEST_TEXT})"
    for source, ticket, name, new in reader.rows(
        f"SELECT source, ticket, field, arg_max(coalesce({cut}, ''), turn) FROM ticket_words({reader.moment_sql}) "
        f"WHERE {narrow} GROUP BY ALL"
    ):
        found.setdefault((source, ticket), Ruled(source, ticket, 0)).fields[name] = new
    told = f"NOT starts_with(change_id, '{DERIVED}')"
    for source, ticket, name, came, changed, first in reader.rows(
        f"SELECT e.source, e.ticket, e.field, arg_min({cut}, happened_at) FILTER "
        f"(WHERE coalesce(new, '') <> '' AND (change_id = 'created' OR NOT {told})), "
        f"count(*) FILTER (WHERE change_id <> 'created' AND {told} AND d.since IS NULL) > 0, epoch_us(min(happened_at)) "
        f"FROM (SELECT * FROM ticket_event WHERE {bound}) e LEFT JOIN ({_done_by_rules(bound)}) d "
        "ON d.source = e.source AND d.ticket = e.ticket AND d.field = e.field AND d.value = coalesce(e.new, '') "
        "AND e.known_at > d.since GROUP BY e.source, e.ticket, e.field"
    ):
        ruled = found.get((source, ticket))
        if ruled is None:
            continue
        ruled.created = min(ruled.created or first, first)
        if came:
            ruled.came[name] = came
        if changed:
            ruled.decided.add(name)
    _people(reader, found, bound)
    _tagged(reader, found, bound)
    return {pair: _whole(ruled) for pair, ruled in found.items()}


def _done_by_rules(bound: str) -> str:
    """What rules had their systems do. ``since``: what is told from then on may be the echo of it."""
    return (
        "SELECT c.source, c.ticket, c.field, c.new AS value, min(c.known_at) AS since "
        f"FROM (SELECT * FROM decided_change WHERE {bound} AND remote) c JOIN decision d ON d.decision_id = c.decision_id "
        f"WHERE starts_with(d.who, {repr_text(BY_RULE)}) "
        "AND c.decision_id IN (SELECT decision_id FROM delivery WHERE state IN ('sent', 'confirmed')) GROUP BY ALL"
    )


def _people(reader: Reader, found: dict[tuple[str, str], Ruled], bound: str) -> None:
    rows = reader.rows(
        "SELECT c.source, c.ticket, c.field, c.base, c.new, d.act, d.who, epoch_us(c.happened_at) FROM "
        f"(SELECT * FROM decided_change WHERE {bound}) c JOIN decision d ON d.decision_id = c.decision_id"
    )
    for source, ticket, name, base, new, act, who, at in rows:
        ruled = found.get((source, ticket))
        if ruled is None:
            continue
        if act == "capture":
            ruled.created = min(ruled.created or at, at)
            ruled.came[name] = new or ""
        elif not who.startswith(BY_RULE):
            ruled.decided.add(name)
            if name == "tags":
                ruled.tagged |= tags_of(base) ^ tags_of(new)


def _tagged(reader: Reader, found: dict[tuple[str, str], Ruled], bound: str) -> None:
    """What people did to tags in the remote systems, each change against the one before."""
    by_rules: dict[tuple[str, str], list[tuple[set[str], datetime]]] = {}
    for source, ticket, value, since in reader.rows(
        f"SELECT source, ticket, value, since FROM ({_done_by_rules(bound)}) WHERE field = 'tags'"
    ):
        by_rules.setdefault((source, ticket), []).append((tags_of(value), since))
    before: dict[tuple[str, str], set[str]] = {}
    for source, ticket, new, created, known in reader.rows(
        "SELECT source, ticket, new, change_id = 'created', known_at FROM ticket_event "
        f"WHERE field = 'tags' AND {bound} ORDER BY source, ticket, happened_at"
    ):
        pair, tags = (source, ticket), tags_of(new)
        held, before[pair] = before.get(pair, set()), tags
        if pair in found and not created:
            echoed = {tag for done, since in by_rules.get(pair, ()) if known > since for tag in done}
            found[pair].tagged |= (held - tags) | (tags - held - echoed)


def _whole(ruled: Ruled) -> Ruled:
    """With the source as a field, and the creation as the system told it."""
    for fields in (ruled.fields, ruled.came):
        fields["source"] = ruled.source
        fields.setdefault("key", ruled.key)
        for name, usual in (("status", "new"), ("kind", "bug")):
            if not fields.get(name):
                fields[name] = usual
        fields.setdefault("stage", str(default_stage(fields["status"], fields.get("title", ""))))
    with suppress(ValueError):
        ruled.created = parse_instant(ruled.fields.get("created_at", ""))
    return ruled
