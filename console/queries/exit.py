"""Everything the Exit screen asks for at one moment: criteria, their course, who decided what, and what follows an exit."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.criterion import Criterion
from console.model.moment import Moment
from console.queries.catalogue import catalogue
from console.queries.criteria import sparks
from console.queries.criteria.definitions import Book, book
from console.queries.criteria.guard import Guard
from console.queries.criteria.guard import ask as ask_guard
from console.queries.criteria.judge import ask as ask_criteria
from console.queries.decisions import EXIT_ACTS, Decision, Maintenance, decided, maintenance
from console.queries.reader import Reader
from console.queries.series import Floats
from console.queries.shelf import TicketShelf


@dataclass(frozen=True, slots=True, eq=False)
class ExitAnswer:
    """``history``: decisions by criterion, newest first; under '' those about the session itself."""

    moment: Moment
    at: int
    now: int
    go_live: int
    zone: str
    me: str
    criteria: tuple[Criterion, ...]
    sparks: dict[str, Floats]
    book: Book
    guard: Guard | None
    history: dict[str, tuple[Decision, ...]]
    maintenance: tuple[Maintenance, ...]
    kpis: tuple[tuple[str, str, str], ...]


def ask(reader: Reader, shelf: TicketShelf) -> ExitAnswer:
    """``kpis``: (name, title, unit) of the catalogue, for the form of a new criterion."""
    criteria = ask_criteria(reader, shelf)
    guard = ask_guard(reader, shelf, criteria)
    history: dict[str, list[Decision]] = {}
    keys = {c.criterion for c in criteria}
    for decision in reversed(decided(reader, *EXIT_ACTS)):
        history.setdefault(decision.subject if decision.subject in keys else "", []).append(decision)
    return ExitAnswer(
        moment=reader.moment, at=reader.at, now=reader.now, go_live=reader.go_live, zone=reader.zone.key,
        me=reader.settings.me.name, criteria=tuple(criteria), sparks=sparks.ask(reader, shelf, criteria),
        book=book(reader), guard=guard, history={k: tuple(v) for k, v in history.items()},
        maintenance=tuple(maintenance(reader)),
        kpis=tuple((k.name, k.title, k.unit) for k in catalogue().kpis.values()),
    )  # fmt: skip
