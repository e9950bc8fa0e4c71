"""Rows of a table against what they said before, as ticket events. Pure.

Of a ticket first seen after it had moved the way there is unknown: it is told as new at its creation, and its present
state is laid where the row itself dates it, else at its last change, else at the instant it was first seen.
"""

from __future__ import annotations

from collections.abc import Mapping

from console.model.facts import Facts, Survey, TicketEvent
from console.model.moment import iso
from console.sources.tickets import words as w
from console.sources.tickets.column_map import Row
from console.sources.tickets.reading import creation, differences
from console.sources.tickets.row_memory import Last, short, shown


def compare(
    source: str, rows: list[Row], known: Mapping[str, tuple[int, Last]], first: int, started: int, number: int
) -> tuple[Facts, dict[str, Last], int]:
    """Facts, what to remember, and how many rows repeat a key of this reading (part ``first`` or later).

    ``number``: of this part. A key that comes twice in one reading counts the first time: taking the last would tell a
    change at every reading.
    """
    facts, notes = Facts(), dict[str, Last]()
    repeated = 0
    for row in rows:
        held = known.get(row.id)
        if row.id in notes or (held is not None and first <= held[0] < number):
            repeated += 1
            continue
        if held is None:
            events, told = _first(source, row, started)
            notes[row.id] = Last(_remembered(row.values), told)
        else:
            events, notes[row.id] = _later(source, row, held[1], started)
        facts.ticket_event += events
        if row.score is not None:
            at = row.moments.get("resolved") or row.updated or row.created or started
            customer = row.values.get("customer", "")
            facts.survey.append(
                Survey(source, f"{row.id}-{row.score:g}", "support", row.score, customer, row.id, "", at)
            )
    return facts, notes, repeated


def _first(source: str, row: Row, started: int) -> tuple[list[TicketEvent], int]:
    created = started if row.created is None else row.created
    status = row.values["status"]
    born = {**row.values, "created_at": iso(created)}
    steps = sorted((at, state) for state, at in row.moments.items())
    if status not in ("new", "") and status not in row.moments:
        same = row.moments.get("resolved") if status == "closed" else None
        steps.append((same or row.updated or started, status))
    if status != "":
        born["status"] = "new"
    rows = creation(source, row.id, born, row.values.get("reporter", ""), created)
    told, before = created, born["status"]
    for at, state in steps:
        if state == before or (state == "resolved" and status not in ("resolved", "closed")):
            continue
        told = max(at, told + 1)
        rows.append(TicketEvent(source, row.id, f"row:{state}", "status", before, state, "", told))
        before = state
    return rows, told


def _later(source: str, row: Row, last: Last, started: int) -> tuple[list[TicketEvent], Last]:
    values = dict(row.values)
    before, after = _status_of(last), values["status"]
    raw = last.values.get("=status", after if before == "reopened" and after in w.OPEN else before)
    values["status"] = before if after == raw else w.entering(before, after)
    kept = _remembered(values) | {"=status": after}
    changed = {
        name
        for name in {*last.values, *kept} - {"=status", "created_at"}
        if last.values.get(name, "") != kept.get(name, "")
    }
    if not changed:
        return [], Last(kept, last.told)
    dated = row.moments.get(after) if "status" in changed else None
    at = max(dated or row.updated or started, last.told + 1)
    old = {name: shown(last.values.get(name, "")) for name in changed}
    new = {name: values.get(name, "") for name in changed}
    return differences(source, row.id, f"seen:{iso(at)}", old, new, "", at), Last(kept, at)


def _remembered(values: Mapping[str, str]) -> dict[str, str]:
    return {name: short(value) for name, value in values.items() if value} | {"=status": values.get("status", "")}


def _status_of(last: Last) -> str:
    return last.values.get("status", "")
