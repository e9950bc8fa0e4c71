"""A few tickets alone: what was told and decided about them, kept aside, so that the macros pass over nothing else.

Most of what a macro over a few tickets costs is planning it: what people decided is worked out once here, and not at all
where nobody decided anything. The macros that read it stay the very same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from console.queries.reader import Reader

_LEARNT_FROM = ("ticket_event", "comment", "decision", "decided_change", "delivery")
_NARROWED = ("ticket_event", "comment", "decided_change")
_DECIDED = ("decided_words", "decided_comments", "console_fields", "undelivered")
"""The macros that have no row for tickets about which nobody decided anything."""

_columns: dict[str, str] = {}
"""Of those macros, as they are declared: the program's own, so the same for every session; asking is dearer than the rest."""

_SAID = frozenset({"comment", "internal_comment"})
_CONSOLE = frozenset({"stage", "snoozed_until", "duplicate_of"})


def learnt(reader: Reader) -> int:
    """The newest knowledge about tickets."""
    return max(newest(reader).values())


def newest(reader: Reader) -> dict[str, int]:
    """The same by table; asked once a reader, which is once a question."""
    if "newest" not in reader.answers:
        told = " UNION ALL ".join(f"SELECT '{t}', coalesce(epoch_us(max(known_at)), 0) FROM {t}" for t in _LEARNT_FROM)
        reader.answers["newest"] = dict(reader.rows(told))
    found: dict[str, int] = reader.answers["newest"]
    return found


@contextmanager
def only(reader: Reader, some: str) -> Iterator[None]:
    """While it lasts, the macros of this connection see what was told and decided about these tickets alone; they may be
    asked of the reader's own moment only, because what was decided is worked out for it beforehand.

    ``some``: a condition over the column ``ticket``. Temporary views and macros stand before the session's of the same name.
    What they lead to is kept, because one question asks for the same tickets several times over.
    """
    held, key = reader.knowledge.narrowed, id(reader.connection)
    wanted = (some, reader.moment_sql, learnt(reader))
    kept = held.get(key)
    if kept is None or kept[0] != wanted:
        held.pop(key, None)
        decided = _keep(reader, some)
        kept = None
    try:
        _run(reader, [f"CREATE OR REPLACE TEMP VIEW {t} AS FROM temp.some_{t}" for t in _NARROWED])
        if kept is None:
            kept = held[key] = wanted, _instead(reader, decided)
        _run(reader, [f"CREATE OR REPLACE TEMP MACRO {m}(m) AS TABLE {body}" for m, body in kept[1].items()])
        yield
    finally:
        macros = [f"DROP MACRO TABLE IF EXISTS temp.{m}" for m in _DECIDED]
        _run(reader, [*macros, *(f"DROP VIEW IF EXISTS temp.{t}" for t in _NARROWED)])


def _keep(reader: Reader, some: str) -> bool:
    """Keep the rows of some tickets aside. Returns whether anything was ever decided about them."""
    _templates(reader)
    counts = [
        reader.rows(f"CREATE OR REPLACE TEMP TABLE some_{t} AS SELECT * FROM {t} WHERE {some}")[0][0] for t in _NARROWED
    ]
    return bool(counts[-1])


def _instead(reader: Reader, decided: bool) -> dict[str, str]:
    """The macros to be taken instead of the session's, with their statements."""
    empty = {macro: f"FROM temp.none_{macro} WHERE false" for macro in _DECIDED}
    if not decided:
        return empty
    reader.rows(f"CREATE OR REPLACE TEMP TABLE some_decided_words AS SELECT * FROM decided_words({reader.moment_sql})")
    fields = {field for (field,) in reader.rows("SELECT DISTINCT field FROM temp.some_decided_words")}
    instead = {"decided_words": "FROM temp.some_decided_words"}
    if fields.isdisjoint(_SAID):
        instead["decided_comments"] = empty["decided_comments"]
    if fields.isdisjoint(_CONSOLE) and not any(field.startswith("score_") for field in fields):
        instead["console_fields"] = empty["console_fields"]
    return instead


def _templates(reader: Reader) -> None:
    """Tables without rows that have the columns of each macro, once for each connection."""
    if id(reader.connection) in reader.knowledge.narrowed_ready:
        return
    for macro in _DECIDED:
        if macro not in _columns:
            told = reader.rows(f"DESCRIBE SELECT * FROM {macro}({reader.moment_sql})")
            _columns[macro] = ", ".join(f'"{name}" {kind}' for name, kind, *_ in told)
    _run(reader, [f"CREATE OR REPLACE TEMP TABLE none_{macro} ({_columns[macro]})" for macro in _DECIDED])
    reader.knowledge.narrowed_ready.add(id(reader.connection))


def _run(reader: Reader, statements: list[str]) -> None:
    reader.rows("; ".join(statements))
