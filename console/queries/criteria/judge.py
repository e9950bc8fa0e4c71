"""All criteria of a moment, each by its own rule, with the waivers that stand."""

from __future__ import annotations

import dataclasses

from console.model.criterion import Criterion, Definition, Form
from console.model.moment import parse_instant
from console.queries.criteria import budget, flows, numbers, signatures, tickets, volume
from console.queries.criteria.definitions import book
from console.queries.decisions import Decision, decided
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf


def ask(reader: Reader, shelf: TicketShelf) -> list[Criterion]:
    """Every criterion that stands at the moment: the template's order, then those that were added."""
    table = shelf.fill(reader)
    tickets.prepare(reader, shelf)
    standing, waived = book(reader), waivers(reader)
    found = []
    for definition in standing.rows:
        fault = standing.faults.get(definition.key)
        judged = (
            Criterion(definition.key, "unknown", fault, definition=definition)
            if fault
            else judge(reader, table, definition)
        )
        waiver = waived.get(definition.key)
        found.append(judged if waiver is None else _waived(judged, waiver))
    return found


def judge(reader: Reader, table: str, d: Definition) -> Criterion:
    """One criterion, as if nothing were waived."""
    match d.form:
        case Form.KPI:
            return numbers.judge(reader, table, d)
        case Form.BUDGET:
            return budget.judge(reader, d)
        case Form.RESOLVED:
            return tickets.resolved(reader, table, d)
        case Form.FLOWS:
            return flows.judge(reader, d)
        case Form.VOLUME:
            return volume.judge(reader, table, d)
        case Form.KNOWN_ISSUES:
            return tickets.known_issues(reader, table, d)
        case Form.SIGNED:
            return signatures.judge(reader, d)


def waivers(reader: Reader) -> dict[str, Decision]:
    """The waivers that stand, by criterion. One whose end cannot be read (another program wrote it) does not hold."""
    standing: dict[str, Decision] = {}
    for decision in decided(reader, "waive", "end_waiver"):
        if decision.act == "waive" and ends(decision.value) > reader.at:
            standing[decision.subject] = decision
        else:
            standing.pop(decision.subject, None)
    return standing


def ends(value: str) -> int:
    try:
        return parse_instant(value)
    except ValueError:
        return 0


def _waived(criterion: Criterion, waiver: Decision) -> Criterion:
    reason = f": {waiver.comment}" if waiver.comment else ""
    return dataclasses.replace(
        criterion, state="waived", why=f"waived by {waiver.who} until {waiver.value}{reason} ({criterion.why})"
    )
