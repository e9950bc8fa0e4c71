"""What the filter may go on with: the names of fields, then the values that occur, those that occur most first."""

from __future__ import annotations

from console.model.filter import BARE, CLOSED, FIELDS, FLAGS, LENGTHS, NONE, NUMBERS, TEXTS, Typed, quoted, typed
from console.queries import triage_shelf
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.store.columns import repr_text

MOST = 12
_FIRST = ("severity:", "stage:", "segment:", "waiting>", "assignee:", "sla:", "is:", "has:")
_LENGTHS = ("30m", "1h", "2h", "4h", "1d", "7d")
_LONGEST = 60


def ask(reader: Reader, shelf: TicketShelf, text: str, cursor: int) -> tuple[str, ...]:
    """Whole words to put in place of the one the cursor stands in, best first."""
    here = typed(text, cursor)
    if not here.field:
        return _names(here)
    prefix = here.prefix.lower()
    if here.field in FLAGS or here.field in CLOSED:
        known = (*FLAGS.get(here.field, ()), *CLOSED.get(here.field, ()))
        found = [word for word in known if word.lower().startswith(prefix)]
        found += [word for word in known if prefix in word.lower() and word not in found]
        values = [*found, *([NONE] if here.field in CLOSED and NONE.startswith(prefix) else [])]
    elif here.field == "stage":
        values = [str(n) for n in range(1, 8) if str(n).startswith(prefix)]
    elif here.field in TEXTS:
        values = _occurring(reader, shelf, here.field, prefix)
    else:
        values = []
    return tuple(f"{here.kept}{value}" for value in values[:MOST])


def _names(here: Typed) -> tuple[str, ...]:
    prefix, minus = here.prefix.lower(), here.kept
    if not prefix:
        return tuple(f"{minus}{name}" for name in _FIRST)
    lengths = [name for name in (*LENGTHS, *NUMBERS) if prefix.startswith((f"{name}>", f"{name}<"))]
    if lengths:
        head = here.prefix[: len(lengths[0]) + 1]
        rest = prefix[len(head) :]
        return tuple(
            f"{minus}{head}{length}" for length in _LENGTHS if lengths[0] in LENGTHS and length.startswith(rest)
        )
    found = [_opened(name) for name in FIELDS if name.startswith(prefix)]
    found += [f"{field}:{word}" for field, known in FLAGS.items() for word in known if word.startswith(prefix)]
    found += [word for word in BARE if word.startswith(prefix) and f"is:{word}" not in found]
    return tuple(f"{minus}{word}" for word in found[:MOST])


def _opened(name: str) -> str:
    return f"{name}>" if (name in LENGTHS and name not in CLOSED) or name in ("reach", "weight") else f"{name}:"


def _occurring(reader: Reader, shelf: TicketShelf, field: str, prefix: str) -> list[str]:
    table = triage_shelf.fill(reader, shelf)
    column = "key" if field == "key" else field
    told = f"SELECT {column} AS value FROM {table}"
    if field == "tag":
        told = f"SELECT trim(unnest(string_split(tags, ','))) AS value FROM {table} WHERE tags IS NOT NULL"
    needle = repr_text(prefix)
    rows = reader.rows(
        f"SELECT value FROM ({told}) WHERE coalesce(value, '') <> '' AND contains(lower(value), lower({needle})) "
        f"AND length(value) <= {_LONGEST} "
        f"GROUP BY value ORDER BY starts_with(lower(value), lower({needle})) DESC, count(*) DESC, value LIMIT {MOST}"
    )
    values = [quoted("".join(c for c in value if c.isprintable())) for (value,) in rows]
    return [*values, *([NONE] if field != "key" and NONE.startswith(prefix) else [])]
