"""The rules over tickets that stand at a moment: the shipped examples, which are off, and the user's own."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from console.model.rules import Rule, ordered, read
from console.paths import resources
from console.queries.reader import Reader


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """The bundled rules as they are written, by name; a fault in one of them is a bug."""
    found = [tomllib.loads(path.read_text("utf-8")) for path in sorted((resources() / "rules").glob("*.toml"))]
    return {str(item["name"]): item for item in found}


def documents(reader: Reader) -> dict[str, dict[str, Any]]:
    """Every rule as it is written, by name; an own rule stands in for the shipped one of its name."""
    return {**shipped(), **{str(item["name"]): item for item in reader.settings.rule}}


def all_rules(reader: Reader) -> list[Rule]:
    """Also those that are switched off, in the order they would be asked."""
    return sorted((read(item) for item in documents(reader).values()), key=lambda r: (r.order, r.name))


def asked(reader: Reader) -> tuple[Rule, ...]:
    """Those that are switched on, in their order."""
    return ordered(all_rules(reader))
