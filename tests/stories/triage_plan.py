"""What a lead decides about many tickets, drawn from a seed, with what must stand in the remote systems in the end.

Plain Python that knows nothing of the console: only what each key means, as README tells it. What one would get wrong: a
decision that is taken back may or may not have been told to the remote meanwhile; then it stands there twice, there and
back again, or not at all, but never once.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

Move = tuple[str, str]
"""A field and its new value, as the remote's history tells it."""
SEVERITIES = ("P1", "P2", "P3", "P4")
CORRECTION = "Correction: please disregard our comment “{}”."


@dataclass(frozen=True)
class Remote:
    """A ticket as a remote system tells it. ``severity`` in our words; ``moves`` and ``said`` are what we did to it."""

    system: str
    key: str
    severity: str
    status: str
    assignee: str
    tags: frozenset[str] = frozenset()
    moves: tuple[Move, ...] = ()
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """What is pressed at one place of the queue. ``keys``: names of keys, and texts that are typed (they hold a blank in
    front, which is not typed). ``decisions``: how many rows it writes."""

    keys: tuple[str, ...]
    decisions: int


@dataclass(frozen=True)
class Visit:
    """A filter that leads to ``keys``, and what is done there.

    ``walk``: several tickets, each with a turn of its own; the keyboard goes down with J and back with K. ``preview``: after
    the turns it is shown what they would do to so many, before it is done.
    """

    system: str
    keys: tuple[str, ...]
    turns: tuple[Turn, ...] = ()
    walk: dict[str, Turn] = field(default_factory=dict)
    preview: int = 0

    def walked(self, order: Sequence[str]) -> tuple[Turn, ...]:
        """The turns of a walk through a queue that stands in this order: every other ticket down, the rest back up."""
        last = len(order) - 1
        down = [(self.walk[key],) if place % 2 == 0 else () for place, key in enumerate(order)]
        up = [(self.walk[key],) if place % 2 else () for place, key in enumerate(order)]
        turns = [Turn(("Home",), 0)]
        for place, made in enumerate(down):
            turns += [*made, *([Turn(("j",), 0)] if place < last else [])]
        for place in range(last, -1, -1):
            turns += [*up[place], *([Turn(("k",), 0)] if place else [])]
        return tuple(turns)


@dataclass
class Wanted:
    """What must stand there in the end. A history is any of ``ways``: each undone pair is there or not."""

    ticket: Remote
    pieces: list[tuple[tuple[Move, ...], bool]] = field(default_factory=list)
    words: list[tuple[str, bool]] = field(default_factory=list)

    def moved(self, *moves: Move, undone: bool = False) -> None:
        self.pieces.append((moves, undone))

    def complaint(self, found: Remote) -> str:
        """What is wrong, '' when it stands as decided."""
        end = {name: getattr(self.ticket, name) for moves, _ in self.pieces for name, _ in moves}
        for name, new in (move for moves, undone in self.pieces if not undone for move in moves):
            end[name] = end[name] | {new} if name == "tags" else new
        for name, right in end.items():
            if getattr(found, name) != right:
                return f"{found.key}: {name} is {getattr(found, name)!r} and was decided to be {right!r}"
        for name in ("severity", "status", "assignee"):
            told = tuple(m for m in found.moves if m[0] == name)
            if told not in self._ways(name):
                return f"{found.key}: {name} went {told}, decided was {self._ways(name)[0]}"
        said = Counter(found.said)
        for text, undone in self.words:
            twice = said.pop(text, 0), said.pop(CORRECTION.format(text), 0) if undone else 0
            if twice not in ([(1, 0)] if not undone else [(0, 0), (1, 1)]):
                return f"{found.key}: {text!r} stands there {twice[0]} times, corrected {twice[1]} times"
        return f"{found.key}: nobody decided to say {said}" if said else ""

    def _ways(self, name: str) -> list[tuple[Move, ...]]:
        mine = [(tuple(m for m in moves if m[0] == name), undone) for moves, undone in self.pieces]
        choices = [((moves, ()) if undone else (moves,)) for moves, undone in mine if moves]
        return [tuple(m for part in way for m in part) for way in product(*choices)]


@dataclass(frozen=True)
class Plan:
    """``visits`` in their order; ``wanted`` by system and key."""

    visits: tuple[Visit, ...]
    wanted: dict[tuple[str, str], Wanted]

    @property
    def decisions(self) -> int:
        turns = [turn for visit in self.visits for turn in (*visit.turns, *visit.walk.values())]
        return sum(turn.decisions for turn in turns) + sum(visit.preview for visit in self.visits)


def plan(tickets: Sequence[Remote], people: dict[str, tuple[str, ...]], seed: int) -> Plan:
    """A visit to each ticket, some of them together. ``people``: by system, who may have a ticket there."""
    drawn = _Drawing(random.Random(seed), people)
    return drawn.plan(list(tickets))


class _Drawing:
    def __init__(self, chance: random.Random, people: dict[str, tuple[str, ...]]) -> None:
        self._chance = chance
        self._people = people
        self._wanted: dict[tuple[str, str], Wanted] = {}
        self._anchors: dict[str, str] = {}
        self._said = 0

    def plan(self, tickets: list[Remote]) -> Plan:
        self._wanted = {(t.system, t.key): Wanted(t) for t in tickets}
        visits: list[Visit] = []
        by_system: dict[str, list[Remote]] = {}
        for ticket in tickets:
            by_system.setdefault(ticket.system, []).append(ticket)
        for system, mine in by_system.items():
            self._chance.shuffle(mine)
            # Others become its duplicates, so it stays open itself.
            anchor = mine.pop()
            self._anchors[system] = anchor.key
            visits.append(Visit(system, (anchor.key,), (self._comment(anchor),)))
            while mine:
                size = min(len(mine), self._chance.choice((1, 1, 1, 1, 1, 3, 4)))
                group, mine = mine[:size], mine[size:]
                visits.append(self._one(group[0]) if size == 1 else self._many(group))
        self._chance.shuffle(visits)
        return Plan(tuple(visits), self._wanted)

    def _one(self, ticket: Remote) -> Visit:
        """One to three acts on a ticket; the last may make it leave the queue."""
        staying = [self._severity, self._assign, self._comment, self._acknowledge, self._stage, self._tag]
        turns = [act(ticket) for act in self._chance.sample(staying, self._chance.randint(1, 2))]
        if self._chance.random() < 0.35:
            turns.append(self._undone(ticket))
        if self._chance.random() < 0.4:
            leaving = [self._decline, self._duplicate, self._snooze]
            turns.append(self._chance.choice(leaving)(ticket))
        return Visit(ticket.system, (ticket.key,), tuple(turns))

    def _many(self, group: list[Remote]) -> Visit:
        system, keys = group[0].system, tuple(t.key for t in group)
        if self._chance.random() < 0.5:
            # What is said differs, so that each is found where it belongs.
            return Visit(system, keys, walk={ticket.key: self._comment(ticket) for ticket in group})
        # What would change nothing cannot be agreed to.
        severity = self._chance.choice([word for word in SEVERITIES if any(t.severity != word for t in group)])
        for ticket in group:
            self._move(ticket, "severity", severity)
        marks = [Turn(("Home",), 0)]
        for place in range(len(group)):
            marks.append(Turn(("space",) if place == len(group) - 1 else ("space", "j"), 0))
        return Visit(system, keys, (*marks, Turn((severity[1],), 0)), preview=len(group))

    def _move(self, ticket: Remote, name: str, new: str) -> None:
        if getattr(ticket, name) != new:
            self._wanted[ticket.system, ticket.key].moved((name, new))

    def _severity(self, ticket: Remote) -> Turn:
        new = self._chance.choice(SEVERITIES)
        self._move(ticket, "severity", new)
        return Turn((new[1],), 1)

    def _assign(self, ticket: Remote) -> Turn:
        who = self._chance.choice(self._people[ticket.system])
        self._move(ticket, "assignee", who)
        return Turn(("g", f" {who}", "Return"), 1)

    def _words(self) -> str:
        self._said += 1
        return f"note {self._said}: {self._chance.choice(('we look into it', 'cart 1234 is empty', 'next: a2 z3'))}"

    def _comment(self, ticket: Remote) -> Turn:
        text = self._words()
        self._wanted[ticket.system, ticket.key].words.append((text, False))
        return Turn(("c", f" {text}", "Return"), 1)

    def _acknowledge(self, _ticket: Remote) -> Turn:
        return Turn(("a",), 1)

    def _stage(self, _ticket: Remote) -> Turn:
        return Turn(("s", f" {self._chance.randint(2, 5)} seen by hand", "Return"), 1)

    def _tag(self, ticket: Remote) -> Turn:
        tag = f"kb{self._chance.randint(1, 99)}"
        self._wanted[ticket.system, ticket.key].moved(("tags", tag))
        return Turn(("t", f" {tag}", "Return"), 1)

    def _undone(self, ticket: Remote) -> Turn:
        """A comment, or a name that is not there yet, and back again."""
        wanted = self._wanted[ticket.system, ticket.key]
        if self._chance.random() < 0.5:
            text = self._words()
            wanted.words.append((text, True))
            return Turn(("c", f" {text}", "Return", "z"), 2)
        before = next((v for moves, _ in reversed(wanted.pieces) for f, v in moves if f == "assignee"), ticket.assignee)
        who = next(name for name in self._people[ticket.system] if name != before)
        wanted.moved(("assignee", who), ("assignee", before), undone=True)
        return Turn(("g", f" {who}", "Return", "z"), 2)

    def _decline(self, ticket: Remote) -> Turn:
        text = self._words()
        self._wanted[ticket.system, ticket.key].words.append((text, False))
        self._move(ticket, "status", "closed")
        return Turn(("x", f" {text}", "Return"), 2)

    def _duplicate(self, ticket: Remote) -> Turn:
        return Turn(("d", f" {self._anchors[ticket.system]}", "Return"), 1)

    def _snooze(self, _ticket: Remote) -> Turn:
        return Turn(("h", " 2h", "Return"), 1)
