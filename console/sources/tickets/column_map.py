"""Columns of a table as fields of a ticket: what the headers propose, and a row told in our words. Pure.

A cell is text, whatever it looks like: ``=HYPERLINK(…)`` stays those characters. Without a column for ``key`` a row is
known by its own content, so that one that changes is a new ticket; the source says so. ``id`` is for systems whose keys
change: the ticket stays the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple
from zoneinfo import ZoneInfo

from console.model.errors import SourceError, Trouble
from console.model.moment import iso
from console.model.nearest import did_you_mean
from console.sources.formats.plain_text import one_line
from console.sources.formats.written_time import order_of, read_time
from console.sources.tickets import words as w
from console.sources.tickets.reading import TICKET_FIELDS

UPDATED = "updated_at"
ID = "id"
MAPPABLE = (TICKET_FIELDS | {UPDATED, ID}) - {"source", "stage"}
_HEADERS = {
    "key": "id key number ticket ticketid ticketkey ticketnumber issuekey issueid case casenumber caseid reference ref nr nummer",
    "title": "title subject summary headline betreff titel zusammenfassung objet titre asunto",
    "body": "body description details message text comment content beschreibung nachricht inhalt descripcion",
    "severity": "severity priority prio schweregrad prioritat prioritaet priorite prioridad",
    "status": "status state zustand etat estado",
    "kind": "kind type issuetype tickettype tracker typ art category kategorie",
    "assignee": "assignee assignedto owner agent responsible zugewiesenan bearbeiter assigne",
    "team": "team group assignmentgroup queue gruppe",
    "reporter": "reporter requester createdby submitter contact caller email from author melder ersteller kontakt",
    "customer": "customer company account organization organisation client kunde firma",
    "segment": "segment tier plan",
    "component": "component module service area bereich komponente",
    "channel": "channel via kanal",
    "tags": "tags labels keywords schlagworte",
    "release": "release version affectsversion affectedversion",
    "route": "route endpoint",
    "url": "url link",
    "browser": "browser",
    "os": "os system operatingsystem betriebssystem",
    "device": "device gerat geraet",
    "created_at": "created createdat creationdate opened openedat reported reportedat date datum erstellt erstelltam angelegt",
    UPDATED: "updated updatedat modified lastupdated lastmodified aktualisiert geandert geaendert",
    "acknowledged_at": "acknowledged acknowledgedat firstresponse firstresponseat",
    "resolved_at": "resolved resolvedat closed closedat completed completedat solved solvedat gelost geloest erledigt",
    "due_at": "due duedate dueat deadline fallig faellig",
    "csat": "csat satisfaction rating score bewertung zufriedenheit",
}
_BY_HEADER = {name: ours for ours, names in _HEADERS.items() for name in names.split()}
_LETTERS = re.compile(r"[^a-z0-9]")
_ACCENTS = str.maketrans("äöüéèêëáàâíîóôúûñç", "aoueeeeaaaiioouunc")
_ANSWERS = {"good": 5.0, "satisfied": 5.0, "bad": 1.0, "dissatisfied": 1.0}
_STANDARD_STATUS = {
    "pending": "in_progress", "on hold": "in_progress", "waiting": "in_progress", "assigned": "acknowledged",
    "solved": "resolved", "completed": "resolved", "complete": "resolved",
}  # fmt: skip


class Row(NamedTuple):
    """One row in our words. ``created`` and ``updated`` None where unreadable; ``values["status"]`` never "reopened".

    ``moments``: instants of the statuses the row dates itself. ``score`` 1–5. ``unread``: fields with a time that is none.
    """

    id: str
    values: dict[str, str]
    created: int | None
    updated: int | None
    moments: dict[str, int]
    score: float | None
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows are told. ``columns``: our field → place in the row; ``orders``: our field → "dmy", "mdy" or ''."""

    columns: Mapping[str, int]
    words: w.Words
    zone: ZoneInfo
    orders: Mapping[str, str] = field(default_factory=dict)


def propose(header: Sequence[str]) -> dict[str, str]:
    """Our field → column name, by the columns' own names; the first of two that would serve."""
    found: dict[str, str] = {}
    for name in header:
        ours = _BY_HEADER.get(_LETTERS.sub("", name.casefold().translate(_ACCENTS).replace("ß", "ss")))
        if ours is not None:
            found.setdefault(ours, name)
    return found


def columns_of(header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    """Our field → place. ``chosen`` empty: as proposed. Raises SourceError for a field or column that does not exist."""
    for ours in chosen:
        if ours not in MAPPABLE:
            raise SourceError(
                Trouble.SETTINGS, f'map names "{ours}", which is no field of a ticket.{did_you_mean(ours, MAPPABLE)}'
            )
    places = {w.fold(name): place for place, name in reversed(list(enumerate(header)))}
    for ours, column in chosen.items():
        if w.fold(column) not in places:
            raise SourceError(
                Trouble.SETTINGS, f'map takes {ours} from the column "{column}", which the file lacks.'
                f"{did_you_mean(column, header)}",
            )  # fmt: skip
    columns = {ours: places[w.fold(column)] for ours, column in (chosen or propose(header)).items()}
    if not {ID, "key", "title", "body"} & columns.keys():
        raise SourceError(
            Trouble.SETTINGS,
            f"No column is mapped to key, title or body; set map. The columns are: {', '.join(header)[:300]}.",
        )
    return columns


def words_of(severity_map: Mapping[str, str], status_map: Mapping[str, str]) -> w.Words:
    """The usual words of exports with one's own over them. Raises SourceError for a target that is none of ours."""
    return w.words_for(w.EXPORT_SEVERITY, _STANDARD_STATUS, severity_map=severity_map, status_map=status_map)


def orders_of(rows: Iterable[Sequence[str]], columns: Mapping[str, int], given: str) -> dict[str, str]:
    """For each column of times, whether days come first: as set, or as its own values settle it, or any other column's."""
    rows = list(rows)
    names = [name for name in columns if name.endswith("_at")]
    own = {name: given or order_of(row[columns[name]] for row in rows) for name in names}
    other = next((order for order in own.values() if order), "")
    return {name: order or other for name, order in own.items()}


def told(plan: Plan, rows: list[list[str]]) -> list[Row]:
    """Rows in our words. Of module level and pure, so that a worker process may do it."""
    return [_row(plan, row) for row in rows]


def _row(plan: Plan, row: list[str]) -> Row:
    times: dict[str, int] = {}
    values: dict[str, str] = {}
    unread = []
    for name, place in plan.columns.items():
        cell = row[place].strip()
        if not cell:
            continue
        if name.endswith("_at"):
            at = read_time(cell, plan.zone, plan.orders.get(name, ""))
            if at is None:
                unread.append(name)
            else:
                times[name] = at
                values[name] = iso(at)
        elif name == "csat":
            continue
        elif name in ("title", "key", ID, "assignee", "reporter", "customer", "team", "segment", "component"):
            values[name] = one_line(cell)
        else:
            values[name] = w.meaning(plan.words, name, cell)
    identity = values.pop(ID, "") or values.get("key") or blake2b("\x1f".join(row).encode(), digest_size=8).hexdigest()
    values.setdefault("key", identity)
    values.setdefault("status", "resolved" if "resolved_at" in times else "new")
    if not values.get("title") and values.get("body"):
        values["title"] = one_line(values["body"], 120)
    if values.get("kind") == w.ENHANCEMENT:
        values["severity"] = ""
    # The two are told by the status at its instant, and the last change is no field of a ticket.
    moments = {
        state: times[name]
        for name, state in (("acknowledged_at", "acknowledged"), ("resolved_at", "resolved"))
        if name in times
    }
    for name in ("acknowledged_at", "resolved_at", UPDATED):
        values.pop(name, None)
    csat = plan.columns.get("csat")
    score = None if csat is None else _score(row[csat])
    return Row(identity, values, times.get("created_at"), times.get(UPDATED), moments, score, tuple(unread))


def _score(cell: str) -> float | None:
    word = w.fold(cell)
    if word in _ANSWERS:
        return _ANSWERS[word]
    try:
        score = float(word.replace(",", ".").removesuffix("/5"))
    except ValueError:
        return None
    return score if 1 <= score <= 5 else None
