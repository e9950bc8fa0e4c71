"""Rules over their series, minutes at a time: one engine for live evaluation and for back-tests."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.model.alert import ACTIVE, Standing, State
from console.model.alert_rules import Rule, Signal, alert_key
from console.model.alert_watch import Judgement, Told, Watch
from console.model.moment import HOUR, Span
from console.queries.alert_asked import Asked
from console.queries.alert_minutes import Family, Labels
from console.queries.alert_samples import Sampler
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf

_TEACHES_AGAIN = 4 * HOUR
"""A critical ticket spoils the lesson at most so long: a launch full of them still has a usual."""


@dataclass(eq=False)
class Room:
    """One rule with its watches. ``why``: what keeps the whole rule from knowing anything, '' otherwise."""

    rule: Rule
    watches: dict[Labels, Watch] = field(default_factory=dict)
    restored: dict[Labels, Standing] = field(default_factory=dict)
    why: str = ""
    learning: bool = False
    asked: Asked = field(default_factory=dict)

    def advance(self, family: Family, excluded: list[Span]) -> list[Told]:
        self.why = family.why
        told: list[Told] = []
        for labels in sorted({*family.series, *self.watches, *self.restored}):
            watch = self.watches.get(labels)
            if watch is None:
                watch = Watch(self.rule, dict(labels), self.restored.pop(labels, Standing()))
                self.watches[labels] = watch
            changes, judged = watch.extend(family.of(labels), excluded)
            told += changes
            self._note(judged)
            if self.rule.signal is Signal.TICKETS and labels not in family.series and not watch.active:
                del self.watches[labels]
        return told

    def warm(self, family: Family, excluded: list[Span]) -> None:
        """Learn from earlier minutes; nothing is told."""
        for labels in family.labels():
            watch = self.watches.get(labels)
            if watch is None:
                watch = Watch(self.rule, dict(labels), self.restored.pop(labels, Standing()))
                self.watches[labels] = watch
            watch.warm(family.of(labels), excluded)

    def _note(self, judged: Judgement) -> None:
        if len(judged.reason):
            self.learning = int(judged.reason[-1]) == _LEARNING

    @property
    def state(self) -> State:
        """The worst of its alerts; unknown where none of them knows anything."""
        states = {w.standing.state for w in self.watches.values()}
        for worst in (State.FIRING, State.HELD, State.PENDING):
            if worst in states:
                return worst
        return State.OK if State.OK in states else State.UNKNOWN


_LEARNING = 6
"""The place of "learning" in ``alert_watch.REASONS``."""


@dataclass(eq=False)
class Engine:
    """Call ``advance`` with samplers whose spans follow one another."""

    rooms: list[Room]

    @classmethod
    def of(cls, rules: list[Rule]) -> Engine:
        return cls([Room(rule) for rule in rules])

    def advance(self, sampler: Sampler, excluded: list[Span]) -> list[Told]:
        """Judge the sampler's minutes; the transitions in the order of time."""
        told = [one for room in self.rooms for one in room.advance(sampler.family(room.rule, room.asked), excluded)]
        return sorted(told, key=lambda t: (t.change.minute, t.rule.name, sorted(t.labels.items())))

    def standings(self) -> dict[tuple[str, Labels], Standing]:
        """Where each alert stands, by its rule's name and its labels; those too that are still to be judged anew."""
        found = {(room.rule.name, labels): one for room in self.rooms for labels, one in room.restored.items()}
        for room in self.rooms:
            found |= {(room.rule.name, labels): watch.standing for labels, watch in room.watches.items()}
        return found

    def active(self) -> dict[str, Watch]:
        return {
            alert_key(room.rule.name, watch.labels): watch
            for room in self.rooms
            for watch in room.watches.values()
            if watch.standing.state in ACTIVE
        }


def worth_telling(told: Told) -> bool:
    """Series that come and go between ok and unknown are no story; what is pending, fires, is held or ends is."""
    calm = (State.OK, State.UNKNOWN)
    return not (told.change.before in calm and told.change.after in calm)


def not_teaching(reader: Reader, shelf: TicketShelf, until: int) -> list[Span]:
    """Spans in which trouble was known: the first hours of every critical ticket."""
    rows = reader.rows(
        "SELECT epoch_us(created_at), epoch_us(coalesce(resolved_at, first_resolved_at)) "
        f"FROM {shelf.fill(reader)} WHERE severity = 'P1' AND created_at IS NOT NULL"
    )
    found = []
    for created, done in rows:
        end = min(int(created) + _TEACHES_AGAIN, until if done is None else int(done))
        found.append(Span(int(created), max(int(created), end)))
    return found
