"""A filter's words as a condition over the table of ``triage_shelf``."""

from __future__ import annotations

from console.model.filter import NONE, Compare, Filter, Flag, OneOf, Part, Words
from console.model.moment import SECOND
from console.model.priority import MANY
from console.queries.reader import Reader
from console.store.columns import repr_text

_DONE_STATUSES = frozenset({"resolved", "closed"})

_LISTED = frozenset({"tag"})
_EXACT = frozenset({"severity", "status", "sla"})
_COLUMN = {"tag": "tags", "sla": "state"}

WISH = "kind = 'enhancement'"
DOUBTFUL = f"(severity IN ('P3', 'P4') AND NOT done AND reach >= {MANY})"


def conditions(wanted: Filter, reader: Reader, show_all: bool) -> str:
    """What a row must meet to stand in a queue at the reader's moment."""
    return f"{base(wanted, reader.at, show_all)} AND {where(wanted, reader.at, reader.settings.me.name)}"


def where(wanted: Filter, at: int, me: str) -> str:
    """``me``: whom ``assignee:me`` means. ``at``: the instant lengths of time are counted to."""
    return " AND ".join(_sql(part, at, me) for part in wanted.parts) or "true"


def base(wanted: Filter, at: int, show_all: bool) -> str:
    """Leaves out done, sleeping and duplicate tickets, unless everything is wanted or a word asks for just these."""
    if show_all:
        return "true"
    parts = []
    if not _asks_done(wanted):
        parts.append("NOT done")
    if not wanted.asks("snoozed"):
        parts.append(f"coalesce(snoozed <= {at}, true)")
    if not wanted.asks("duplicate"):
        parts.append("duplicate_of IS NULL")
    return " AND ".join(parts) or "true"


def _asks_done(wanted: Filter) -> bool:
    chosen = (p for p in wanted.parts if isinstance(p, OneOf) and p.field == "status" and not p.negated)
    return wanted.asks("done") or wanted.asks("unwritten") or any(_DONE_STATUSES & set(p.values) for p in chosen)


def _sql(part: Part, at: int, me: str) -> str:
    match part:
        case Words(text=text):
            sql = f"contains(hay, lower({repr_text(text)}))"
        case OneOf():
            sql = "(" + " OR ".join(_value(part.field, value, me) for value in part.values) + ")"
        case Compare(field=field, op=op, value=value):
            sql = f"({_measure(field, at)} {op} {value!r})"
            # An unknown number meets a comparison neither way.
            return f"coalesce(NOT {sql}, false)" if part.negated else f"coalesce({sql}, false)"
        case Flag():
            sql = _flag(part.field, part.value, at)
    return f"NOT coalesce({sql}, false)" if part.negated else f"coalesce({sql}, false)"


def _value(field: str, value: str, me: str) -> str:
    column = _COLUMN.get(field, field)
    if field in ("stage", "reach", "weight"):
        return f"{column} IS NULL" if value == NONE else f"{column} = {float(value)!r}"
    if value == NONE:
        return f"coalesce({column}, '') IN ('', 'none')"
    if field in _EXACT:
        return f"{column} = {repr_text(value)}"
    if field == "assignee" and value.lower() == "me" and me:
        return f"lower({column}) = lower({repr_text(me)})"
    if field in _LISTED:
        listed = f"list_transform(string_split(lower({column}), ','), lambda t: trim(t))"
        return f"list_contains({listed}, lower({repr_text(value)}))"
    return f"contains(lower({column}), lower({repr_text(value)}))"


def _measure(field: str, at: int) -> str:
    match field:
        case "age":
            return f"(({at} - created) / {SECOND})"
        case "waiting":
            return f"(CASE WHEN acknowledged IS NULL AND NOT done THEN ({at} - created) / {SECOND} END)"
        case "idle":
            return f"(({at} - touched) / {SECOND})"
        case "due":
            return f"((due - {at}) / {SECOND})"
        case "sla":
            return "left_s"
    return field


def _flag(field: str, value: str, at: int) -> str:
    match field, value:
        case "is", "open":
            return "NOT done"
        case "is", "done":
            return "done"
        case "is", "new":
            return "status = 'new'"
        case "is", "wish":
            return WISH
        case "is", "breached":
            return "NOT done AND state = 'breached'"
        case "is", "snoozed":
            return f"snoozed > {at}"
        case "is", "duplicate":
            return "duplicate_of IS NOT NULL"
        case "is", "forgotten":
            return "NOT done AND acknowledged IS NOT NULL AND touched < forgotten_before"
        case "is", "unwritten":
            return "done AND coalesce(article, '') = '' AND duplicate_of IS NULL"
        case "is", "unassigned":
            return "coalesce(assignee, '') = ''"
        case "is", "doubtful":
            return DOUBTFUL
        case _, "pending":
            return "pending > 0"
        case "is", "refused":
            return "refused > 0"
        case "has", "reach":
            return "reach > 0"
        case "has", "due":
            return "due IS NOT NULL"
        case "has", "comment":
            return "commented"
        case "has", "duplicates":
            return "row_key IN (SELECT duplicate_of FROM triage_shelf WHERE duplicate_of IS NOT NULL)"
    return f"coalesce({value}, '') <> ''"
