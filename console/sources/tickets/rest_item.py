"""Any system's JSON as rows of our fields, by JMESPath expressions of the settings. Pure.

An expression that finds nothing, or is at odds with one item's types, leaves that field of that item empty; one that
cannot be read at all is refused before anything is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jmespath
from jmespath.exceptions import JMESPathError

from console.model.errors import SourceError, Trouble
from console.model.nearest import did_you_mean
from console.sources.tickets import column_map
from console.sources.tickets.column_map import ID, MAPPABLE, UPDATED, Plan, Row

_NAMES = ("name", "displayName", "display_name", "label", "title", "value", "login", "username", "email", "key", "id")


class Told(NamedTuple):
    """``rows`` of the items that could be used, how many could not, and the marks of all (to know a page again)."""

    rows: list[Row]
    lost: int
    marks: list[str]


def check_expressions(expressions: Mapping[str, str]) -> None:
    """``expressions``: option → JMESPath. Raises SourceError (settings) for one that cannot be read."""
    for option, expression in expressions.items():
        try:
            jmespath.compile(expression)
        except JMESPathError as error:
            why = str(error).splitlines()[0].rstrip(".")
            raise SourceError(
                Trouble.SETTINGS, f'{option} = "{expression}" is no JMESPath expression ({why}); see jmespath.org.'
            ) from None


def check_map(fields: Mapping[str, str]) -> None:
    """Raises SourceError (settings) for a field that does not exist, and where no field tells tickets apart."""
    for ours in fields:
        if ours not in MAPPABLE:
            raise SourceError(
                Trouble.SETTINGS, f'map names "{ours}", which is no field of a ticket.{did_you_mean(ours, MAPPABLE)}'
            )
    if fields and not {ID, "key"} & fields.keys():
        raise SourceError(Trouble.SETTINGS, "map needs id or key: without it no ticket can be told from another.")
    check_expressions({f"map.{ours}": expression for ours, expression in fields.items()})


def items_in(document: Any, expression: str) -> list[Any] | None:
    """The list of items; None where there is none under ``expression``. '' finds a list by itself."""
    if expression:
        found = search(expression, document)
        return found if isinstance(found, list) else None
    if isinstance(document, list):
        return document
    lists = [value for value in document.values() if isinstance(value, list)] if isinstance(document, dict) else []
    return lists[0] if len(lists) == 1 else None


def propose(items: Sequence[Any]) -> dict[str, str]:
    """Our field → expression, by the keys of the first item."""
    first = next((item for item in items if isinstance(item, dict)), {})
    names = [name for name in first if isinstance(name, str) and '"' not in name and "\\" not in name]
    found = {ours: f'"{name}"' for ours, name in column_map.propose(names).items()}
    if "id" in names and found.get("key") != '"id"':
        found[ID] = '"id"'
    return found


def told(plan: Plan, fields: Mapping[str, str], items: list[Any]) -> Told:
    """``plan.columns`` must place ``fields`` in their order. Of module level, so that a worker process may do it."""
    cells, marks, lost = [], [], 0
    for item in items:
        row = [text_of(search(expression, item)) for expression in fields.values()] if isinstance(item, dict) else []
        known = dict(zip(fields, row, strict=False))
        # Taking the key where an id is mapped but missing would make a second ticket of the first.
        identity = known.get(ID if ID in fields else "key", "")
        if identity.strip():
            cells.append(row)
            marks.append(f"{identity}@{known.get(UPDATED, '')}")
        else:
            lost += 1
    return Told(column_map.told(plan, cells), lost, marks)


def search(expression: str, value: Any) -> Any:
    """What the expression finds, None where it does not fit the value."""
    try:
        return jmespath.search(expression, value)
    except (JMESPathError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError):
        # Functions of the library fail in their own ways on types they were not made for.
        return None


def text_of(value: Any) -> str:
    """A value as text: people and options by their name, lists joined by commas."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, dict):
        return next((t for n in _NAMES if isinstance(inner := value.get(n), (str, int)) and (t := text_of(inner))), "")
    if isinstance(value, list):
        return ", ".join(text for item in value if not isinstance(item, list) and (text := text_of(item)))
    return value if isinstance(value, str) else ""
