"""A statement made fit to be read: of the window struct only what its macros look at, a field a line.

What is left is still the whole statement: it runs as it stands, and is run before it is shown.
"""

from __future__ import annotations

import re
from functools import cache

from console.store.session import macro_texts

_CALL = re.compile(r"\b(\w+)\(\{'from': ")
_FIELD = re.compile(r"w\['(\w+)'\]")
_PASSED_ON = re.compile(r"\b(\w+)\(w[,)]")
_SHORT = 60


def readable(sql: str) -> str:
    """The same statement with shorter structs."""
    made, place = "", 0
    for call in _CALL.finditer(sql):
        opening = call.end() - len("{'from': ")
        closing = _closing(sql, opening)
        wanted = fields_of(call[1])
        if closing < 0 or wanted is None or opening < place:
            continue
        made += sql[place:opening] + _struct(sql[opening + 1 : closing], wanted)
        place = closing + 1
    return made + sql[place:]


@cache
def fields_of(macro: str) -> frozenset[str] | None:
    """The fields of its window that a macro of ours looks at, itself or through others; None for what is not ours."""
    texts = macro_texts()
    if macro not in texts:
        return None
    seen, left = set[str](), [macro]
    found = set[str]()
    while left:
        name = left.pop()
        if name in seen or name not in texts:
            continue
        seen.add(name)
        found.update(_FIELD.findall(texts[name]))
        left.extend(_PASSED_ON.findall(texts[name]))
    return frozenset(found)


def _struct(inside: str, wanted: frozenset[str]) -> str:
    kept = [part for part in _parts(inside) if part.partition("'")[2].partition("'")[0] in wanted]
    lines: list[str] = []
    for part in kept:
        if lines and len(lines[-1]) + len(part) < _SHORT:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return "{" + ",\n        ".join(lines) + "}"


def _parts(inside: str) -> list[str]:
    """Split at the commas of the struct itself, not of what stands in brackets or quotes."""
    parts, depth, quoted, begin = [], 0, "", 0
    for place, character in enumerate(inside):
        if quoted:
            quoted = "" if character == quoted else quoted
        elif character in "'\"":
            quoted = character
        elif character in "{[(":
            depth += 1
        elif character in "}])":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(inside[begin:place].strip())
            begin = place + 1
    return [*parts, inside[begin:].strip()]


def _closing(sql: str, opening: int) -> int:
    depth, quoted = 0, ""
    for place in range(opening, len(sql)):
        character = sql[place]
        if quoted:
            quoted = "" if character == quoted else quoted
        elif character in "'\"":
            quoted = character
        elif character in "{[(":
            depth += 1
        elif character in "}])":
            depth -= 1
            if depth == 0:
                return place
    return -1
