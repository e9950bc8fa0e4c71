"""After exit: who ended hypercare and when, and which criterion has relapsed since, for as long as the guard goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from console.model.criterion import Criterion, Definition, Kind
from console.model.moment import DAY, MINUTE, Known, Moment, iso
from console.queries.criteria.judge import ask as judge_all
from console.queries.criteria.judge import judge
from console.queries.decisions import Decision, decided
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf


@dataclass(frozen=True, slots=True)
class Relapse:
    """``since``: from when on it is not met, to the minute."""

    criterion: Criterion
    since: int


@dataclass(frozen=True, slots=True)
class Guard:
    """``over``: criteria that were not met or unknown at the exit, by explicit decision. ``on``: whether it still goes on."""

    exit: Decision
    until: int
    on: bool
    over: tuple[str, ...]
    relapses: tuple[Relapse, ...] = ()


def exited(reader: Reader) -> Decision | None:
    """The exit that stands, None while hypercare goes on."""
    last = decided(reader, "exit", "resume")
    return last[-1] if last and last[-1].act == "exit" else None


def ask(reader: Reader, shelf: TicketShelf, criteria: list[Criterion]) -> Guard | None:
    """``criteria``: as judged at the moment. A clock that starts again is a relapse; one that was never full is none."""
    decision = exited(reader)
    if decision is None:
        return None
    until = decision.at + reader.settings.session.guard_days * DAY
    relapses = [Relapse(c, _since(reader, shelf, c, decision)) for c in relapsed(reader, criteria) or ()]
    return Guard(decision, until, reader.at < until, _over(decision), tuple(relapses))


def relapsed(reader: Reader, criteria: list[Criterion]) -> tuple[Criterion, ...] | None:
    """Exit criteria that are not met any more, while the guard goes on; None where hypercare was not ended."""
    decision = exited(reader)
    if decision is None:
        return None
    over = _over(decision)
    if reader.at >= decision.at + reader.settings.session.guard_days * DAY:
        return ()
    return tuple(c for c in criteria if c.kind is Kind.EXIT and c.state == "not_met" and c.criterion not in over)


def rows(reader: Reader, shelf: TicketShelf) -> list[dict[str, Any]]:
    """All criteria as the ``check`` command prints them; ``relapsed_since`` is null but after an exit."""
    criteria = judge_all(reader, shelf)
    guard = ask(reader, shelf, criteria)
    since = {r.criterion.criterion: iso(r.since) for r in guard.relapses} if guard is not None else {}
    return [{**c.as_row(), "relapsed_since": since.get(c.criterion)} for c in criteria]


def _since(reader: Reader, shelf: TicketShelf, criterion: Criterion, exited_by: Decision) -> int:
    """Halving the time since the exit, with all that is known now: the beginning of a stretch that has not ended."""
    definition = criterion.definition
    low, high = exited_by.at, reader.at
    if definition is None:
        return high
    key = ("relapse", exited_by.id, definition)
    found: int = reader.until_rolled(key, lambda: _halved(reader, shelf, definition, low, high))
    return min(found, high)


def _halved(reader: Reader, shelf: TicketShelf, definition: Definition, low: int, high: int) -> int:
    while high - low > MINUTE:
        middle = (low + high) // 2
        past = reader.beside(Moment(middle, Known.NOW))
        state = judge(past, shelf.fill(past), definition).state
        low, high = (low, middle) if state == "not_met" else (middle, high)
    shelf.fill(reader)
    return high


def _over(decision: Decision) -> tuple[str, ...]:
    try:
        document = msgspec.json.decode(decision.value or "{}")
    except msgspec.DecodeError:
        return ()
    over = document.get("over", []) if isinstance(document, dict) else []
    return tuple(str(key) for key in over) if isinstance(over, list) else ()
