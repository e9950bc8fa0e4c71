"""Which criteria stood at a moment: the template, over it the settings, over those what was decided, in that order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from console.model.criterion import Definition, Form, changed, check_target, defined, template
from console.model.errors import QuestionError, SettingsError
from console.model.nearest import did_you_mean
from console.queries.catalogue import catalogue
from console.queries.decisions import Decision, decided
from console.queries.reader import Reader
from console.settings import Settings


@dataclass(frozen=True, slots=True)
class Book:
    """The criteria of a moment. ``version`` counts from 1 with every change; ``edited``: the last one that a person decided.

    ``restarts``: when the clock of a criterion was set back by decision. ``faults``: what cannot be applied, by key.
    """

    rows: tuple[Definition, ...]
    version: int = 1
    edited: Decision | None = None
    restarts: dict[str, int] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def find(self, key: str) -> Definition:
        """Raises QuestionError with the nearest key."""
        for row in self.rows:
            if row.key == key:
                return row
        raise QuestionError(f'There is no criterion "{key}".{did_you_mean(key, [r.key for r in self.rows])}')


def book(reader: Reader) -> Book:
    """As known at the reader's moment; read once."""
    if "criteria book" not in reader.answers:
        reader.answers["criteria book"] = _book(reader)
    found: Book = reader.answers["criteria book"]
    return found


def _book(reader: Reader) -> Book:
    settings = reader.settings
    baseline = settings.session.baseline
    rows = {d.key: d for d in template(settings.targets, baseline.per_day if baseline else None)}
    faults: dict[str, str] = {}
    for own in settings.criterion:
        _lay(rows, faults, own.key, own.table())
    version = 1 + (_settings_changes(reader) if settings.criterion or _ever_set(reader) else 0)
    restarts: dict[str, int] = {}
    edited = None
    for decision in decided(reader, "add_criterion", "edit_criterion", "remove_criterion"):
        version, edited = version + 1, decision
        if decision.act == "remove_criterion":
            rows.pop(decision.subject, None)
            faults.pop(decision.subject, None)
            continue
        table, restart = change_of(decision.value)
        _lay(rows, faults, decision.subject, table)
        if restart:
            restarts[decision.subject] = decision.at
    return Book(tuple(rows.values()), version, edited, restarts, faults)


def _lay(rows: dict[str, Definition], faults: dict[str, str], key: str, table: dict[str, Any]) -> None:
    """What was written cannot be mended: a change that makes no sense here any more leaves the row and says so."""
    try:
        rows[key] = changed(rows[key], table) if key in rows else defined({**table, "key": key})
        faults.pop(key, None)
    except ValueError as error:
        rows.setdefault(key, Definition(key, key, form=Form.SIGNED, own=True))
        faults[key] = f"what was decided cannot be applied: {error}"


def change_of(value: str) -> tuple[dict[str, Any], bool]:
    """The change and whether the clock starts again, from the value of a decision; ({}, False) when it is no such JSON."""
    try:
        document = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return {}, False
    if not isinstance(document, dict):
        return {}, False
    restart = bool(document.pop("restart", False))
    return document, restart


def _ever_set(reader: Reader) -> bool:
    return _settings_changes(reader) > 0


def _settings_changes(reader: Reader) -> int:
    """How often the settings said something else about criteria; the first empty list says nothing."""
    if "criterion settings" not in reader.answers:
        row = reader.one(
            "SELECT count(*) FROM (SELECT value, lag(value, 1, '[]') OVER (ORDER BY known_at) AS before FROM setting "
            f"WHERE key = 'criterion' AND known_at <= {reader.known_sql} AND happened_at <= make_timestamp({reader.at})) "
            "WHERE coalesce(value, '[]') <> coalesce(before, '[]')"
        )
        reader.answers["criterion settings"] = int(row[0]) if row else 0
    found: int = reader.answers["criterion settings"]
    return found


def check_kpi(definition: Definition) -> None:
    """Refuse a KPI that does not exist, a part that it does not have, a target it can never meet. Raises QuestionError."""
    if definition.form not in (Form.KPI, Form.BUDGET):
        return
    kpi = catalogue().get(definition.kpi)
    try:
        check_target(f'"{definition.title}"', kpi.unit, definition.target)
    except ValueError as error:
        raise QuestionError(str(error)) from None
    for name in definition.part.given():
        if name not in kpi.slices:
            raise QuestionError(f"{kpi.title} is not told by {name}; leave {name} out or choose another KPI.")


def check_settings(settings: Settings, before: Settings | None = None) -> None:
    """The catalogue's part of checking settings: criteria and targets. Raises SettingsError.

    What stood there ``before`` is let pass: a file of the user's own that is gone must not hold up every other change.
    """
    old_targets, old_criteria = (before.targets, before.criterion) if before is not None else ({}, [])
    known = catalogue()
    baseline = settings.session.baseline
    rows = {d.key: d for d in template(settings.targets, baseline.per_day if baseline else None)}
    try:
        for name, target in settings.targets.items():
            if old_targets.get(name) == target:
                continue
            check_target(f"targets.{name}", known.get(name).unit, target)
        for own in settings.criterion:
            if own in old_criteria:
                continue
            table = own.table()
            check_kpi(changed(rows[own.key], table) if own.key in rows else defined(table))
    except (ValueError, QuestionError) as error:
        raise SettingsError(str(error)) from None
