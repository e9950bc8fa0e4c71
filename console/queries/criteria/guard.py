"""After exit: who ended hypercare and when, and which criterion has relapsed since, for as long as the guard goes on."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from console.model.criterion import Criterion, Definition, Kind
from console.model.moment import DAY, MINUTE, Known, Moment
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
    over = _over(decision)
    failing = [c for c in criteria if c.kind is Kind.EXIT and c.state == "not_met" and c.criterion not in over]
    on = reader.at < until
    relapses = [Relapse(c, _since(reader, shelf, c, decision)) for c in failing] if on else []
    return Guard(decision, until, on, over, tuple(relapses))


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
