"""Tickets by name, each with its fields as they stand now: what an act starts from. Also a thousand at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.model.errors import QuestionError
from console.queries.narrowed import only
from console.queries.reader import Reader
from console.store.columns import repr_text


@dataclass(frozen=True, slots=True)
class Standing:
    """``key`` is what people call it now; ``fields`` holds the last word on every field, '' where it was emptied."""

    source: str
    ticket: str
    key: str
    fields: dict[str, str]

    @property
    def row_key(self) -> str:
        return f"{self.source}:{self.key}"


def identify(reader: Reader, names: Sequence[str]) -> list[tuple[str, str]]:
    """Source and immutable id of each name, 'SOURCE:KEY' or a bare key, in the order given. A key may hold colons, a source's
    name none.

    Raises QuestionError for the first that is nobody's, or that two sources have: a bare key then names both.
    """
    keys = dict.fromkeys(key for name in names for key in (name, name.partition(":")[2]) if key)
    listed = ", ".join(repr_text(key) for key in keys)
    found: dict[str, list[tuple[str, str]]] = {}
    if listed:
        # Kept apart, because a comparison inside the scan would unpack every text ever told to find the few keys.
        for source, ticket, key in reader.rows(
            "WITH keys AS MATERIALIZED (SELECT source, ticket, new FROM ticket_event WHERE field = 'key') "
            f"SELECT DISTINCT source, ticket, new FROM keys WHERE new IN ({listed}) "
            "UNION SELECT DISTINCT c.source, c.ticket, c.new FROM decided_change c WHERE c.source = 'console' "
            f"AND c.field = 'key' AND c.new IN ({listed}) ORDER BY ALL"
        ):
            found.setdefault(key, []).append((source, ticket))
    return [_one(name, found) for name in names]


def _one(name: str, found: dict[str, list[tuple[str, str]]]) -> tuple[str, str]:
    source, _, key = name.partition(":")
    mine = [pair for pair in found.get(key, []) if pair[0] == source]
    if not mine:
        key, mine = name, found.get(name, [])
    if not mine:
        raise QuestionError(f"There is no ticket {name}.")
    if len(mine) > 1:
        names = " and ".join(f"{there}:{key}" for there, _ in mine)
        raise QuestionError(f"{key} is ambiguous; it may be {names}.")
    return mine[0]


def standing(reader: Reader, names: Sequence[str]) -> list[Standing]:
    """The tickets of these names at the reader's moment. Raises QuestionError as ``identify``."""
    wanted = identify(reader, names)
    listed = ", ".join(repr_text(ticket) for ticket in dict.fromkeys(ticket for _, ticket in wanted))
    fields: dict[tuple[str, str], dict[str, str]] = {}
    if listed:
        with only(reader, f"ticket IN ({listed})"):
            for source, ticket, field, new in reader.rows(
                "SELECT source, ticket, field, arg_max(coalesce(new, ''), turn) "
                f"FROM ticket_words({reader.moment_sql}) GROUP BY ALL"
            ):
                fields.setdefault((source, ticket), {})[field] = new
    return [
        Standing(source, ticket, known.get("key") or ticket, known)
        for (source, ticket), known in (
            (pair, _known(pair, fields, name)) for pair, name in zip(wanted, names, strict=True)
        )
    ]


def _known(pair: tuple[str, str], fields: dict[tuple[str, str], dict[str, str]], name: str) -> dict[str, str]:
    if pair not in fields or (pair[0] == "console" and "key" not in fields[pair]):
        raise QuestionError(f"{name} was not known at that moment.")
    return fields[pair]
