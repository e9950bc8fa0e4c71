"""Which SLA clocks passed a rung of the escalation ladder since somebody looked last.

What one would get wrong: that a clock stands above a rung says nothing of when it came there. A back-fill brings thousands
that passed it weeks ago, and those are nobody's news. A rung came to be passed when its time was used up, or, where that lies
further back, when the ticket got the severity, kind or segment by which it was.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from console.model.customers import DERIVED
from console.model.escalation import NAME, Rise, rung_of
from console.model.moment import DAY, HOUR, SECOND
from console.model.sla import Agreement, Name, State
from console.queries.literals import stamp
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.sla import arrays
from console.queries.sla_arrays import STATES, Bools, Clocks, Ints, Tickets, clocks
from console.queries.sla_terms import agreement

_RAISED_BY = ("severity", "kind", "segment", "customer")
_PAUSED = STATES.index(State.PAUSED)
_OVERLAP = HOUR
"""So far back from where an earlier run stopped: what it told stands in the session, what it could not know yet does not."""
_RAISED = 7 * DAY
"""A ticket that was raised longer ago is told by its clocks alone: a look must not cost more the longer the watch is."""

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Climbed:
    """``rises`` to be told, and by percent how many clocks had passed a rung before the watch began (told once)."""

    rises: tuple[Rise, ...] = ()
    before: dict[float, int] = field(default_factory=dict)


@dataclass(eq=False)
class Ladder:
    """Looks at every open clock. Not for two threads; one a session that is watched."""

    _since: int = 0
    _began: int | None = None
    _looked: int = 0
    _filling: bool = False
    _agreed: Agreement | None = None
    _fresh: bool = False
    _told: dict[tuple[str, str], float] = field(default_factory=dict)
    _seen: dict[Name, tuple[Hashes, Ints]] = field(default_factory=dict)
    _raised: dict[int, int] = field(default_factory=dict)

    def climb(self, reader: Reader, shelf: TicketShelf, *, filling: bool) -> Climbed:
        """Rungs passed since the last look, each clock's highest; ``filling``: the past is still coming in."""
        if self._began is None:
            self._resume(reader)
            self._began = reader.at
        elif filling and not self._filling:
            # All that stood was seen at the last look, so what comes in now and passed long before it is the past. The last
            # hour is not: of that some was not heard yet.
            self._since = max(self._since, self._looked - _OVERLAP)
        self._filling = filling
        agreed = agreement(reader)
        if self._agreed is not None and agreed != self._agreed:
            # Other terms tell every clock anew: what they would change was shown before they were saved.
            self._since = max(self._since, self._looked)
        self._agreed, self._looked = agreed, reader.at
        floor = max(self._since, self._began) if filling else self._since
        keys = np.asarray(reader.connection.execute(
            f"SELECT hash(source, ticket) AS k FROM {shelf.fill(reader)}").fetchnumpy()["k"], np.uint64)  # fmt: skip
        rises, before = self._look(reader, shelf, agreed, keys, floor, filling=filling)
        if filling or not self._fresh:
            return Climbed(tuple(rises))
        self._fresh = False
        return Climbed(tuple(rises), before)

    def twin(self) -> Ladder:
        """Another that stands where this one stands, and stays there."""
        return replace(self, _told=dict(self._told), _seen=dict(self._seen))

    def _resume(self, reader: Reader) -> None:
        """What was told stands in the notices, when the watch began and ended in the minutes that were judged."""
        row = reader.one('SELECT epoch_us(min(known_at)), epoch_us(max("to")) FROM alert_judged')
        began, upto = row if row else (None, None)
        self._since = reader.at if upto is None else max(int(began), int(upto) - _OVERLAP)
        told = reader.rows(f"SELECT alerts FROM alert_notice WHERE rules = '[\"{NAME}\"]'")
        self._fresh = not told
        for (text,) in told:
            for key in msgspec.json.decode(text, type=list[str]):
                if (rung := rung_of(key)) is not None:
                    self._told[rung[:2]] = max(rung[2], self._told.get(rung[:2], 0.0))

    def _look(
        self, reader: Reader, shelf: TicketShelf, agreed: Agreement, keys: Hashes, floor: int, *, filling: bool
    ) -> tuple[list[Rise], dict[float, int]]:
        tickets, at = arrays(reader, shelf), reader.at // SECOND
        found = clocks(tickets, agreed, at)
        levels = {name: _level(clock, agreed) for name, clock in found.items()}
        raised = _raised(reader, max(floor, reader.at - _RAISED))
        anew = np.isin(keys, np.array([k for k, since in raised.items() if self._raised.get(k) != since], np.uint64))
        self._raised = raised
        # What a ticket had passed by the terms it left was perhaps too old to be told; by its new ones it is not.
        news = {name: (level > self._before(name, keys)) | (anew & (level > 0)) for name, level in levels.items()}
        came = _came(tickets, agreed, levels, news, at) if any(n.any() for n in news.values()) else {}
        came = {name: np.maximum(instants, _of(raised, keys)) for name, instants in came.items()}
        rises: list[Rise] = []
        before: Counter[float] = Counter()
        for name, new in news.items():
            late = new & (came[name] >= floor) if name in came else new
            rises += self._rises(reader, shelf, agreed, name, keys, levels[name], np.flatnonzero(late))
            for level, n in zip(*np.unique(levels[name][new & ~late], return_counts=True), strict=True):
                before[_percent(agreed, int(level))] += int(n)
            self._remember(name, keys, levels[name], late if filling else np.ones(len(keys), np.bool_))
        return rises, dict(before)

    def _before(self, name: Name, keys: Hashes) -> Ints:
        """The highest level that each ticket's clock was seen at."""
        held, levels = self._seen.get(name, (np.zeros(0, np.uint64), np.zeros(0, np.int64)))
        found = np.zeros(len(keys), np.int64)
        if len(held):
            place = np.minimum(np.searchsorted(held, keys), len(held) - 1)
            known = held[place] == keys
            found[known] = levels[place[known]]
        return found

    def _remember(self, name: Name, keys: Hashes, levels: Ints, some: Bools) -> None:
        kept = np.where(some, np.maximum(levels, self._before(name, keys)), self._before(name, keys))
        order = np.argsort(keys)
        self._seen[name] = keys[order], kept[order]

    def _rises(
        self, reader: Reader, shelf: TicketShelf, agreed: Agreement, name: Name, keys: Hashes, levels: Ints, places: Ints
    ) -> list[Rise]:  # fmt: skip
        if not len(places):
            return []
        wanted = ", ".join(str(int(k)) for k in keys[places])
        rows = reader.rows(
            f"SELECT hash(source, ticket), source || ':' || key, severity, coalesce(assignee, '') FROM {shelf.fill(reader)} "
            f"WHERE hash(source, ticket) IN ({wanted})"
        )
        named = {int(k): rest for k, *rest in rows}
        rises = []
        for place in places.tolist():
            ticket, severity, assignee = named[int(keys[place])]
            rung = agreed.ladder[int(levels[place]) - 1]
            percent = _percent(agreed, int(levels[place]))
            if self._told.get((ticket, name.value), 0.0) < percent:
                self._told[ticket, name.value] = percent
                rises.append(Rise(ticket, name.value, percent, rung.tell, severity, assignee))
        return sorted(rises, key=lambda r: (-r.percent, r.severity or "P9", r.ticket))


def _percent(agreed: Agreement, level: int) -> float:
    return round(agreed.ladder[level - 1].share * 100, 3)


def _goals(goal: Ints, share: float) -> Ints:
    return np.asarray(np.ceil(goal * share), np.int64)


def _level(clock: Clocks, agreed: Agreement) -> Ints:
    """How many rungs each open clock has passed; 0 while it is paused, whose time does not pass."""
    found = np.zeros(len(clock.goal), np.int64)
    for rung in agreed.ladder:
        found += clock.elapsed >= _goals(clock.goal, rung.share)
    return np.where(clock.open & (clock.state != _PAUSED), found, 0)


def _came(
    tickets: Tickets, agreed: Agreement, levels: dict[Name, Ints], news: dict[Name, Bools], at: int
) -> dict[Name, Ints]:
    """The instant at which each clock that is new on its level came to it."""
    came = {name: np.zeros(len(level), np.int64) for name, level in levels.items()}
    for level, rung in enumerate(agreed.ladder, 1):
        if not any((new & (levels[name] == level)).any() for name, new in news.items()):
            continue
        # A clock that promised this share of its target would be due when the rung is passed.
        scaled = tuple(
            replace(t, seconds=None if t.seconds is None else math.ceil(t.seconds * rung.share)) for t in agreed.targets
        )
        for name, clock in clocks(tickets, replace(agreed, targets=scaled), at).items():
            here = news[name] & (levels[name] == level)
            came[name][here] = clock.due[here] * SECOND
    return came


def _of(instants: dict[int, int], keys: Hashes) -> Ints:
    """The instant of each key, 0 for none."""
    if not instants:
        return np.zeros(len(keys), np.int64)
    held = np.array(sorted(instants), np.uint64)
    values = np.array([instants[int(k)] for k in held], np.int64)
    place = np.minimum(np.searchsorted(held, keys), len(held) - 1)
    return np.where(held[place] == keys, values[place], 0)


def _raised(reader: Reader, floor: int) -> dict[int, int]:
    """Tickets that got another severity, kind or segment since ``floor``, by the hash of source and id, with the last instant."""
    fields = ", ".join(f"'{name}'" for name in _RAISED_BY)
    # A mapping of customers that was changed is other terms for many tickets, not news of one.
    ours = f"AND NOT starts_with(change_id, '{DERIVED}')"
    told = " UNION ALL ".join(
        f"SELECT source, ticket, happened_at FROM {table} WHERE field IN ({fields}) AND happened_at >= {stamp(floor)} "
        f"AND epoch_us(happened_at) <= {reader.at} {narrow}"
        for table, narrow in (("ticket_event", ours), ("decided_change", ""))
    )
    rows = reader.rows(f"SELECT hash(source, ticket), epoch_us(max(happened_at)) FROM ({told}) GROUP BY source, ticket")
    return {int(key): int(at) for key, at in rows}
