"""What other calendars or policies would change: every clock told by both, before anything is saved.

A change of these settings tells clocks anew, also those that are over; it must never do so unseen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.model.moment import SECOND
from console.model.sla import Agreement, Name
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.sla import arrays
from console.queries.sla_arrays import STATES, Clocks, clocks
from console.queries.sla_terms import agreement

_WORST = ("breached", "due_soon", "paused", "ok", "met", "none")


@dataclass(frozen=True, slots=True)
class Changed:
    """One clock that would be told otherwise. ``left``: seconds of working time, None without a promise; ``due`` in instants."""

    ticket: str
    title: str
    clock: str
    state: tuple[str, str]
    left: tuple[int | None, int | None]
    due: tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """``states``: clocks by (clock, before, after) wherever a state changes. ``changed`` clocks in all, whose state or number
    moves; ``lines`` are the gravest of them: those that would newly be breached or no longer be, then the largest moves."""

    changed: int
    states: tuple[tuple[str, str, str, int], ...]
    lines: tuple[Changed, ...]


def difference(reader: Reader, shelf: TicketShelf, wanted: Agreement, most: int = 50) -> Difference:
    """Today's settings against ``wanted``, over all tickets of the reader's moment."""
    tickets, at = arrays(reader, shelf), reader.at // SECOND
    before, after = (clocks(tickets, agreed, at) for agreed in (agreement(reader), wanted))
    names: list[tuple[str, str]] | None = None
    states: list[tuple[str, str, str, int]] = []
    found: list[tuple[bool, int, Changed]] = []
    total = 0
    for name in Name:
        old, new = before[name], after[name]
        moved = (
            (old.state != new.state) | (old.goal != new.goal) | (old.elapsed != new.elapsed) | (old.due != new.due)
        ) & (old.promised | new.promised)
        total += int(moved.sum())
        pairs, counts = (
            np.unique(np.stack([old.state[moved], new.state[moved]]), axis=1, return_counts=True)
            if moved.any()
            else (np.zeros((2, 0), np.int8), np.zeros(0, np.int64))
        )
        states += [
            (name.value, STATES[a].value, STATES[b].value, int(n))
            for a, b, n in zip(*pairs.tolist(), counts.tolist(), strict=True) if a != b
        ]  # fmt: skip
        shift = np.abs(new.left - old.left)
        turned = old.state != new.state
        order = np.lexsort((-shift, ~turned, ~moved))[: min(most, int(moved.sum()))]
        if len(order) and names is None:
            names = [(key, title) for key, title in reader.rows(
                f"SELECT source || ':' || key, coalesce(title, '') FROM {shelf.fill(reader)}")]  # fmt: skip
        for place in order.tolist():
            key, title = (names or [])[place]
            found.append((bool(turned[place]), int(shift[place]), _changed(key, title, name, old, new, place)))
    found.sort(key=lambda row: (not row[0], _WORST.index(row[2].state[1]), -row[1], row[2].ticket))
    states.sort(key=lambda row: (_WORST.index(row[2]), -row[3], row[0]))
    return Difference(total, tuple(states), tuple(line for *_, line in found[:most]))


def _changed(key: str, title: str, name: Name, old: Clocks, new: Clocks, place: int) -> Changed:
    def left(clock: Clocks) -> int | None:
        return int(clock.left[place]) if clock.goal[place] > 0 else None

    def due(clock: Clocks) -> int | None:
        return int(clock.due[place]) * SECOND if clock.due[place] >= 0 else None

    def state(clock: Clocks) -> str:
        return STATES[int(clock.state[place])].value

    return Changed(key, title, name.value, (state(old), state(new)), (left(old), left(new)), (due(old), due(new)))
