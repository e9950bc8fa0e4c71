"""A poller over scripted remote systems and a session with faults. Time stands; a source is woken by hand."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from console.model.change import Change
from console.model.errors import SessionError
from console.model.facts import Facts, Fetched, Progress
from console.model.health import Health
from console.ports import Seen
from console.store.append import PollRow, append_many, cursor_of
from console.work.lanes import Lanes
from console.work.poller import Poller
from tests.builders import T0, Bench, bench, traffic
from tests.conftest import StandingClock
from tests.waiting import Gate, next_round, until

PERIOD = 15.0
Answer = Fetched | BaseException


@dataclass
class Script:
    """A remote system: counts up by one at each good poll; the cursor is the count so far."""

    name: str = "edge"
    answers: list[Answer | None] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    closed: int = 0
    gate: Gate | None = None
    asked_ahead: bool = True

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            self.asked.append(cursor)
            if self.gate is not None:
                await self.gate.opened()
            await next_round()
            answer = self.answers.pop(0) if self.answers else None
            if isinstance(answer, BaseException):
                raise answer
            return answer or one_more(cursor, self.name)
        finally:
            self.in_flight -= 1

    async def look(self, now: int) -> Seen:
        return Seen("there")

    async def close(self) -> None:
        self.closed += 1


def one_more(cursor: bytes, name: str = "edge", **more: bool | Progress) -> Fetched:
    count = int(cursor or b"0")
    return Fetched(Facts(traffic=[traffic(T0, 1, source=name)]), str(count + 1).encode(), **more)  # type: ignore[arg-type]


class Memory:
    """The session behind the poller, with a switch for its faults."""

    def __init__(self, made: Bench) -> None:
        self.made = made
        self.faults: list[Exception] = []
        self.gate: threading.Event | None = None
        self.written: threading.Event | None = None
        self.after: threading.Event | None = None
        """Nothing of a write is heard before this is set, and then only that it failed; ``written`` is set with the write."""
        self.batches: list[list[str]] = []

    def append(self, answers: list[tuple[PollRow, Fetched | None]]) -> Change:
        self.batches.append([row.source for row, _ in answers])
        if self.gate is not None:
            assert self.gate.wait(60)
        if self.faults:
            raise self.faults.pop(0)
        change = append_many(self.made.session, self.made.write, answers)
        if self.after is not None and self.written is not None:
            self.written.set()
            assert self.after.wait(60)
            raise SessionError("The program is dead.")
        return change

    def cursor_of(self, source: str) -> bytes:
        return cursor_of(self.made.write, source)


class Room:
    """Lanes, a poller and its memory."""

    def __init__(self, made: Bench) -> None:
        self.made = made
        self.clock: StandingClock = made.clock
        self.lanes = Lanes()
        self.memory = Memory(made)
        self.told: list[Change] = []
        self.poller = Poller(self.lanes, self.memory, made.clock, self.told.append)

    def start(self, script: Script, period: float = PERIOD) -> None:
        self.poller.start(script.name, period, lambda: script)

    def health(self, name: str = "edge") -> Health:
        return next(h for h in self.poller.health() if h.name == name)

    def again(self, script: Script) -> None:
        """Wake a source and wait until it has been asked and rests again."""
        before = len(script.asked)
        self.clock.forward(PERIOD)
        self.poller.poll_now(script.name)
        until(lambda: len(script.asked) > before and self.resting(script.name))

    def resting(self, name: str) -> bool:
        self.lanes.write(int).result()
        found = [h for h in self.poller.health() if h.name == name]
        return not found or (not found[0].asking and self.quiet() and (found[0].next_due or 0) > self.clock.now())

    def quiet(self) -> bool:
        async def look() -> bool:
            return not self.poller._in_hand and not self.poller._waiting

        return self.lanes.network(look()).result()

    def calls(self, name: str = "edge") -> int:
        found = self.lanes.write(
            self.made.rows, f"SELECT coalesce(sum(calls), 0)::BIGINT FROM traffic WHERE source = '{name}'"
        )
        return int(found.result()[0][0])

    def outcomes(self, name: str = "edge") -> list[str]:
        found = self.lanes.write(self.made.rows, f"SELECT outcome FROM poll WHERE source = '{name}' ORDER BY known_at")
        return [row[0] for row in found.result()]

    def close(self) -> None:
        self.poller.close()
        self.lanes.close()


@contextlib.contextmanager
def rooms(folder: Path) -> Iterator[Room]:
    with bench(folder) as made:
        room = Room(made)
        try:
            yield room
        finally:
            room.close()


def first(room: Room, script: Script) -> None:
    """Start a source; it asks by itself within a quarter of a second."""
    room.start(script)
    until(lambda: bool(script.asked) and room.resting(script.name))


def gather(room: Room, scripts: list[Script]) -> threading.Event:
    """All answers wait for the store, which is busy with another one until the returned event is set."""
    blocker, busy = Script("blocker"), threading.Event()
    for script in (blocker, *scripts):
        script.gate = Gate()
        room.start(script)
    until(lambda: all(s.in_flight for s in (blocker, *scripts)))
    room.memory.gate = busy
    for script in (blocker, *scripts):
        assert script.gate is not None
        script.gate.set()
        until(lambda script=script: not script.in_flight and bool(room.memory.batches))  # type: ignore[misc]
    return busy
