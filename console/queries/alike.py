"""Tickets like a ticket, and why: rare words they share, the same route, hour, release, error, consumer or customer.

Each shared thing counts by how rare it is: a word of half of all tickets says nothing, a word of two says much. The parts add
up as chances that miss do (1 − Π(1 − part)), so that the score stays below one and any single part can be named. Which word
stands in which ticket is kept in a temporary table of the connection in the order of words, both as 64-bit hashes, mended
with the shelf. This is the plain likeness; whatever knows more of meaning answers the same question.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from console.model.moment import HOUR
from console.queries import triage_shelf
from console.queries.narrowed import only
from console.queries.reader import Reader
from console.queries.shelf import Mark, TicketShelf
from console.queries.spike_tickets import words_of
from console.queries.triage import TriageRow
from console.store.columns import repr_text

MOST = 6
_TABLE = "alike_words"
_LEAST = 0.25
_MOST_WORDS = 16
_COMMON = 0.2
"""A word that more than this share of all tickets use is no sign of anything."""
_OTHERS = 20
"""Tickets of other launches, so to speak, that have nothing in common with these: of the first two tickets of a session that
share a route it is not said that every ticket does."""
_LONGEST = 2_000
_ENOUGH_WORDS = 2.0
"""How many words that only these two tickets use make them the same story."""
_WEIGHT = {"words": 0.8, "route": 0.6, "hour": 0.45, "error": 0.7, "release": 0.25, "consumer": 0.5, "customer": 0.3}


@dataclass(frozen=True, slots=True)
class Alike:
    """``parts``: what is shared and how much it says, the strongest first. ``words``: the rare ones among the shared."""

    row_key: str
    title: str
    score: float
    parts: tuple[tuple[str, float], ...]
    words: tuple[str, ...]


def ask(reader: Reader, shelf: TicketShelf, row: TriageRow, fields: dict[str, str]) -> tuple[Alike, ...]:
    """The most alike first. ``fields`` are the ticket's own, with title and body."""
    table = triage_shelf.fill(reader, shelf)
    _fill(reader, shelf)
    total = int((reader.one(f"SELECT count(*) FROM {table}") or (0,))[0])
    if total < 2:
        return ()
    total += _OTHERS
    weights = _rare(reader, total, words_of(f"{fields.get('title', '')} {fields.get('body', '')}"[:_LONGEST]))
    shared = _shared_words(weights, total)
    facts = _shared_facts(reader, table, total, row, fields)
    parts = {name: sql for name, sql in {"words": shared, **facts}.items() if sql}
    # That two tickets came in one hour says something of two that share anything else, and nothing alone.
    others = [f"p_{name}" for name in parts if name != "hour"]
    if not others:
        return ()
    columns = ", ".join(f"{sql} AS p_{name}" for name, sql in parts.items())
    missed = " * ".join(f"(1 - p_{name})" for name in parts)
    found = reader.rows(
        f"WITH weights(w, word, weight) AS ({_weights(weights)}), "
        f"said AS (SELECT k, sum(weight) AS weight FROM {_TABLE} JOIN weights USING (w) GROUP BY k) "
        f"SELECT k, row_key, title, score, {', '.join(f'p_{name}' for name in parts)} FROM "
        "(SELECT *, 1 - {missed} AS score FROM (SELECT hash(t.source, t.ticket) AS k, t.row_key, t.title, t.created, {columns} "
        "FROM {table} t LEFT JOIN said ON said.k = hash(t.source, t.ticket) WHERE t.row_key <> {mine})) ".format(
            missed=missed, columns=columns, table=table, mine=repr_text(row.row_key)
        )
        + f"WHERE score >= {_LEAST} AND greatest({', '.join(others)}) > 0 ORDER BY score DESC, created DESC, row_key LIMIT {MOST}"
    )
    shared_by = _shared_by(reader, weights, [one[0] for one in found])
    return tuple(_alike(tuple(parts), one[1:], shared_by.get(one[0], [])) for one in found)


def _shared_by(reader: Reader, weights: dict[str, float], tickets: list[int]) -> dict[int, list[str]]:
    """The words that these few tickets share with the one asked about, the rarest first."""
    if not tickets or not weights:
        return {}
    listed = ", ".join(str(k) for k in tickets)
    return dict(
        reader.rows(
            f"WITH weights(w, word, weight) AS ({_weights(weights)}) "
            f"SELECT k, list(word ORDER BY weight DESC, word) FROM {_TABLE} JOIN weights USING (w) "
            f"WHERE k IN ({listed}) GROUP BY k"
        )
    )


def _weights(weights: dict[str, float]) -> str:
    rows = ", ".join(
        f"(hash({repr_text(word)}), {repr_text(word)}, {weight!r}::DOUBLE)" for word, weight in weights.items()
    )
    return f"VALUES {rows}" if rows else "SELECT 0::UBIGINT, '', 0.0::DOUBLE WHERE false"


def _alike(names: tuple[str, ...], found: tuple[object, ...], words: list[str]) -> Alike:
    row_key, title, score, *parts = found
    told = [(name, float(str(value))) for name, value in zip(names, parts, strict=True)]
    kept = sorted((part for part in told if part[1] > 0), key=lambda part: (-part[1], part[0]))
    return Alike(str(row_key), str(title), float(str(score)), tuple(kept), tuple(words[:3]))


def _rare(reader: Reader, total: int, words: set[str]) -> dict[str, float]:
    """The rarest words of a text that another ticket uses too, with what each says."""
    if not words:
        return {}
    listed = ", ".join(f"({repr_text(word)})" for word in sorted(words))
    hashed = dict(reader.rows(f"SELECT hash(word), word FROM (VALUES {listed}) t(word)"))
    counted = [
        (hashed[w], n)
        for w, n in reader.rows(
            f"SELECT w, count(*) FROM {_TABLE} WHERE w IN ({', '.join(str(w) for w in hashed)}) GROUP BY w"
        )
    ]
    useful = [(n, word) for word, n in counted if 1 < n <= max(2.0, _COMMON * total)]
    return {word: math.log(total / n) + 1e-9 for n, word in sorted(useful)[:_MOST_WORDS]}


def _shared_words(weights: dict[str, float], total: int) -> str:
    if not weights:
        return ""
    enough = max(sum(weights.values()), _ENOUGH_WORDS * math.log(total))
    return f"({_WEIGHT['words']} * least(1.0::DOUBLE, coalesce(said.weight, 0.0) / {enough!r}))::DOUBLE"


def _shared_facts(reader: Reader, table: str, total: int, row: TriageRow, fields: dict[str, str]) -> dict[str, str]:
    """Conditions as parts of the score; what many tickets have in common counts less."""
    near = f"t.created BETWEEN {row.created - HOUR} AND {row.created + HOUR}"
    conditions = {"hour": near}
    for name, column in (
        ("route", "route"), ("error", "error_code"), ("release", "release"), ("consumer", "consumer"), ("customer", "customer"),
    ):  # fmt: skip
        value = fields.get(column, "")
        if value:
            conditions[name] = f"lower(t.{column}) = lower({repr_text(value)})"
    names = list(conditions)
    counted = reader.one(
        f"SELECT {', '.join(f'count(*) FILTER (WHERE {conditions[name]})' for name in names)} FROM {table} t"
    )
    found = {}
    for name, n in zip(names, counted or (), strict=False):
        says = math.log(total / max(1, n)) / math.log(total) if n else 0.0
        part = _WEIGHT[name] * max(0.0, says) ** 0.5
        if n and part > 0.01:
            found[name] = f"(CASE WHEN {conditions[name]} THEN {part!r} ELSE 0 END)::DOUBLE"
    return found


def _fill(reader: Reader, shelf: TicketShelf) -> None:
    place = (_TABLE, id(reader.connection))
    held: Mark | None = shelf.beside.get(place)
    mark, touched = shelf.since(reader, held)
    if touched == []:
        return
    shelf.beside.pop(place, None)
    if touched is None:
        reader.connection.execute(f"CREATE OR REPLACE TEMP TABLE {_TABLE} AS {_select(reader.moment_sql)}")
    else:
        some = f"ticket IN ({', '.join(repr_text(ticket) for ticket in touched)})"
        with only(reader, some):
            gone = f"SELECT hash(source, ticket) FROM {shelf.fill(reader)} WHERE {some}"
            reader.connection.execute(f"DELETE FROM {_TABLE} WHERE k IN ({gone})")
            reader.connection.execute(f"INSERT INTO {_TABLE} {_select(reader.moment_sql)}")
    shelf.beside[place] = mark


def _select(moment: str) -> str:
    # A long text is cut, its title never.
    text = f"lower(left(string_agg(told, ' ' ORDER BY field DESC), {_LONGEST}))"
    return (
        f"SELECT hash(word) AS w, k FROM (SELECT hash(source, ticket) AS k, "
        f"unnest(list_distinct(regexp_extract_all({text}, '[\\p{{L}}\\p{{N}}]{{3,}}'))) AS word FROM ("
        f"SELECT source, ticket, field, arg_max(new, turn) AS told FROM ticket_words({moment}) "
        "WHERE field IN ('title', 'body') GROUP BY source, ticket, field) GROUP BY source, ticket) ORDER BY w"
    )
