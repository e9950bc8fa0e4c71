"""The rules over tickets that stand at a moment: the shipped examples, which are off, and the user's own."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from functools import cache
from typing import Any

import msgspec

from console.model.errors import SettingsError
from console.model.rules import ACT, Rule, ordered, read
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


class ActingSince:
    """Since when rules act without a break, by the settings as they were saved one after another.

    A rule that was off, only proposed or meant something else in between begins anew: whoever switches it on does not think
    of the tickets that came meanwhile.
    """

    def __init__(self) -> None:
        self._since: dict[tuple[str, str], int] = {}
        self._upto = 0

    def learn(self, reader: Reader) -> None:
        """What was saved since the last time."""
        saved = reader.rows(
            "SELECT value, epoch_us(happened_at), epoch_us(known_at) FROM setting WHERE key = 'rule' "
            f"AND known_at > make_timestamp({self._upto}) ORDER BY known_at"
        )
        for value, at, known in saved:
            acting = _acting(value)
            self._since = {rule: self._since.get(rule, int(at)) for rule in acting}
            self._upto = int(known)

    def came_after(self, rule: Rule, created: int) -> bool:
        """Whether a ticket of then is one the rule may act on."""
        since = self._since.get((rule.name, rule.version))
        return since is not None and created >= since


def _acting(value: str | None) -> set[tuple[str, str]]:
    found = set()
    for document in msgspec.json.decode(value) if value else ():
        # What was saved by another version of this program may be no rule any more; it is not asked either.
        with suppress(SettingsError):
            rule = read(document)
            if rule.enabled and rule.mode == ACT:
                found.add((rule.name, rule.version))
    return found
