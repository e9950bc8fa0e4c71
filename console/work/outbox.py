"""Delivers what was decided: in order for each ticket, a few tickets of a source at once, for as long as it takes.

Runs on the network lane's loop. Nothing lives only here: what is open is read from the session whenever something was
decided or heard, each request is noted there before it is made and its outcome after, through the write lane. A decision
that was refused, or stands in conflict, holds the later ones on its ticket; the other tickets go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from console.model.errors import ConsoleError, SourceError, Trouble
from console.model.moment import SECOND
from console.ports import Clock, TicketWriter
from console.queries.outbox import NEEDS_A_PERSON, Open
from console.work.courier import Outcome, deliver
from console.work.lanes import Lanes
from console.work.outbox_store import Note, Store
from console.work.pauses import HEALED_BY_AN_ANSWER, OF_THE_SOURCE, Pause, Standing, after_faults

_log = logging.getLogger(__name__)

_AT_ONCE = 6
"""Tickets of one source in hand at the same time: a vendor's rate limit is reached soon enough."""
_GATHER_S = 0.008
_IN_A_ROW = 3
_LAST_WORDS_S = 3.0
Place = tuple[str, str]


@dataclass(eq=False)
class _Target:
    """A source that is written to. ``make`` builds its writer with its secret as it is then: at first, and anew once it was
    refused. It may ask the keyring, so it runs on a read thread.
    """

    name: str
    make: Callable[[], TicketWriter]
    writer: TicketWriter | None = None
    pause: Pause = field(default_factory=Pause)
    in_hand: set[asyncio.Task[None]] = field(default_factory=set)


@dataclass(eq=False)
class _Unwritten:
    note: Note
    done: asyncio.Future[bool]


class Outbox:
    """Start and stop sources, wake it when something was decided; everything else happens by itself.

    Public methods may be called from any thread.
    """

    def __init__(
        self,
        lanes: Lanes,
        store: Store,
        clock: Clock,
        announce: Callable[[], None],
        patience_s: float = _LAST_WORDS_S,
    ) -> None:
        """``patience_s``: how long a request in hand may still take when its source is stopped."""
        self._lanes = lanes
        self._store = store
        self._clock = clock
        self._announce = announce
        self._patience_s = patience_s
        self._targets: dict[str, _Target] = {}
        self._queues: dict[Place, list[Open]] = {}
        self._busy: set[Place] = set()
        self._rests: dict[Place, Pause] = {}
        self._unwritten: list[_Unwritten] = []
        self._writing: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._stale = True
        self._looking = False
        self._closed = False
        self._faults, self._fault = 0, ""

    def start(self, name: str, make: Callable[[], TicketWriter]) -> None:
        """Write to a source from now on; one of the same name is replaced."""
        self._lanes.network(self._start(name, make)).result()

    def stop(self, name: str) -> None:
        """Hold what is to be written to a source. What is in hand has a few seconds to end."""
        self._lanes.network(self._stop(name)).result()

    def decided(self) -> None:
        """Something was decided, settled or taken back: look again."""
        self._stale = True
        self._soon(self._look_again)

    def heard(self, source: str) -> None:
        """A source answered a poll: if it was away, it is back."""
        target = self._targets.get(source)
        if target is not None and target.pause.failures:
            self._soon(self._came_back, source)

    def at_once(self, place: Place) -> None:
        """Try a ticket's decisions now, whatever failed before."""
        self._soon(self._no_rest, place)

    def standings(self) -> dict[str, Standing]:
        """Every source that is written to, by name."""
        return {
            name: Standing(
                name, self._fault or target.pause.sentence, target.pause.due or None, target.pause.away_since
            )
            for name, target in list(self._targets.items())
        }

    @property
    def resting(self) -> bool:
        """Whether nothing is in hand and everything known was looked at: what is still open waits for a time or a person."""
        return not (self._stale or self._looking or self._busy or self._writing or self._wake.is_set())

    def close(self) -> None:
        """Start nothing more. A request in hand that does not end in a few seconds is looked for at the next start."""
        self._closed = True
        self._lanes.network(self._close()).result()

    def _soon(self, act: Callable[..., None], *arguments: object) -> None:
        if not self._closed:
            self._lanes.loop.call_soon_threadsafe(act, *arguments)

    def _look_again(self) -> None:
        self._stale = True
        self._wake.set()

    def _came_back(self, source: str) -> None:
        target = self._targets.get(source)
        if target is not None and target.pause.trouble in HEALED_BY_AN_ANSWER:
            target.pause.due = 0
            for place, rest in self._rests.items():
                if place[0] == source and rest.trouble in HEALED_BY_AN_ANSWER:
                    rest.due = 0
            self._wake.set()

    def _no_rest(self, place: Place) -> None:
        self._rests.pop(place, None)
        for asked in self._queues.get(place, ()):
            target = self._targets.get(asked.target)
            if target is not None:
                target.pause.due = 0
        self._look_again()

    async def _start(self, name: str, make: Callable[[], TicketWriter]) -> None:
        await self._stop(name)
        if self._closed:
            return
        self._targets[name] = _Target(name, make)
        # What it failed for may be what was just mended.
        self._rests = {place: rest for place, rest in self._rests.items() if self._asked_of(place) != name}
        if self._task is None:
            self._begin()
        self._look_again()

    def _asked_of(self, place: Place) -> str:
        queue = self._queues.get(place)
        return queue[0].target if queue else place[0]

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="outbox")
        self._task.add_done_callback(self._broke)

    def _broke(self, task: asyncio.Task[None]) -> None:
        """It ended, which it never should: said, and begun again after a while, or as soon as something is decided."""
        error = None if task.cancelled() else task.exception()
        if error is None or self._closed:
            return
        if isinstance(error, ConsoleError):
            _log.warning("what is to be delivered could not be read: %s", error.message)
        else:
            _log.error("the outbox ended by a fault of this program", exc_info=error)
        self._looking, self._stale = False, True
        self._faults += 1
        told = (
            error.message if isinstance(error, ConsoleError) else f"This program failed ({error!r}); the log says more."
        )
        self._fault = f"What is to be delivered could not be read: {told}"
        self._begin()
        self._announce()

    async def _stop(self, name: str) -> None:
        target = self._targets.pop(name, None)
        if target is None:
            return
        if target.in_hand:
            _, late = await asyncio.wait(target.in_hand, timeout=self._patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if target.writer is not None:
            await target.writer.close()

    async def _close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(*(self._stop(name) for name in list(self._targets)))
        if self._writing is not None:
            await self._writing

    async def _run(self) -> None:
        if self._faults:
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), after_faults(self._faults))
        while True:
            self._wake.clear()
            if self._stale:
                self._looking, self._stale = True, False
                await self._read()
                self._looking = False
            pause = self._hand_out()
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except TimeoutError:
                continue

    async def _read(self) -> None:
        """What is open, from the session. Tickets in hand keep what they work at and look again when they are done."""
        found = await asyncio.wrap_future(self._lanes.write(self._store.open_decisions))
        self._faults, self._fault = 0, ""
        queues: dict[Place, list[Open]] = {}
        for asked in found:
            queues.setdefault(asked.place, []).append(asked)
        self._queues = queues
        self._rests = {place: rest for place, rest in self._rests.items() if place in queues}

    def _hand_out(self) -> float | None:
        """Give free hands the next tickets. Returns after how many seconds to look again; None: when woken."""
        now = self._clock.now()
        next_look: int | None = None
        free = {name: (1 if t.pause.failures else _AT_ONCE) - len(t.in_hand) for name, t in self._targets.items()}
        for place in self._in_turn():
            queue = self._queues[place]
            if not any(left > 0 for left in free.values()):
                break
            target = self._targets.get(queue[0].target)
            if place in self._busy or target is None or queue[0].state in NEEDS_A_PERSON:
                continue
            rest = self._rests.get(place)
            due = max(target.pause.due, rest.due if rest is not None else 0)
            if due > now:
                next_look = due if next_look is None else min(due, next_look)
            elif free[target.name] > 0:
                free[target.name] -= 1
                self._busy.add(place)
                task = asyncio.get_running_loop().create_task(self._ticket(target, place), name=f"deliver to {place}")
                target.in_hand.add(task)
                task.add_done_callback(partial(self._ended, target, place))
        return None if next_look is None else (next_look - now) / SECOND

    def _in_turn(self) -> Iterable[Place]:
        """The tickets, oldest decision first; while a source is in trouble, those that failed least often come first."""
        if not self._rests:
            return list(self._queues)
        return sorted(self._queues, key=self._failures)

    def _failures(self, place: Place) -> int:
        rest = self._rests.get(place)
        return rest.failures if rest is not None else 0

    def _ended(self, target: _Target, place: Place, task: asyncio.Task[None]) -> None:
        """A hand is free again. Faults end here: the world's, when the session could not be written, and our own."""
        target.in_hand.discard(task)
        self._busy.discard(place)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            # What was done without a note of it is looked for before it is done again.
            sentence = f"This program failed on it ({error!r}); the log has the details."
            if isinstance(error, ConsoleError):
                sentence = error.message
            else:
                _log.error("a decision could not be delivered by a fault of this program", exc_info=error)
            self._failed(target, place, SourceError(Trouble.UNREADABLE, sentence))
            self._stale = True
        self._wake.set()

    async def _ticket(self, target: _Target, place: Place) -> None:
        """Deliver what is open on a ticket, one after the other, as far as it goes."""
        while self._targets.get(target.name) is target and not self._closed:
            asked = self._next(place)
            if asked is None or asked.target != target.name or asked.state in NEEDS_A_PERSON:
                return
            begin = _Begin(self, asked)
            outcome = await self._one(target, asked, begin)
            if outcome.state == "later":
                await self._put_off(target, asked, outcome, begin.begun)
                return
            if outcome.dropped or not await self._noted(Note(asked, outcome.state, outcome.why, outcome.remote)):
                self._look_again()
                return
            target.pause.over()
            self._rests.pop(place, None)
            if outcome.state != "confirmed" or outcome.why or asked.task:
                # What follows on the ticket is another thing now: held, settled, or more than it was.
                self._look_again()
                return
            self._forget(asked)

    def _next(self, place: Place) -> Open | None:
        queue = self._queues.get(place)
        return queue[0] if queue else None

    def _forget(self, asked: Open) -> None:
        """A confirmed decision leaves the queue, unless what was read meanwhile is without it already."""
        left = [other for other in self._queues.get(asked.place, ()) if other.id != asked.id]
        if left:
            self._queues[asked.place] = left
        else:
            self._queues.pop(asked.place, None)

    async def _one(self, target: _Target, asked: Open, begin: _Begin) -> Outcome:
        if target.writer is None:
            try:
                made = await asyncio.wrap_future(self._lanes.read(target.make))
            except ConsoleError as error:
                trouble = error.trouble if isinstance(error, SourceError) else Trouble.SETTINGS
                return Outcome("later", error.message, trouble=SourceError(trouble, error.message))
            if target.writer is None:
                target.writer = made
            else:
                await made.close()
        home = None
        if asked.task:
            home = await asyncio.wrap_future(self._lanes.write(self._store.home_of, asked))
        return await deliver(target.writer, asked, home, begin, self._clock.now())

    async def _put_off(self, target: _Target, asked: Open, outcome: Outcome, begun: bool) -> None:
        self._failed(target, asked.place, outcome.trouble or SourceError(Trouble.SERVER, outcome.why))
        # A day without network is one line of each decision that was tried, not a thousand.
        if begun or (asked.state, asked.why) != ("later", outcome.why):
            await self._noted(Note(asked, "later", outcome.why))
        refused = outcome.trouble is not None and outcome.trouble.trouble is Trouble.REFUSED
        if refused and target.writer is not None and len(target.in_hand) == 1:
            writer, target.writer = target.writer, None
            await writer.close()
        self._look_again()

    def _failed(self, target: _Target, place: Place, error: SourceError) -> None:
        now = self._clock.now()
        rest = self._rests.setdefault(place, Pause())
        rest.failed(now, error, f"{place}")
        pause = target.pause
        if error.trouble is Trouble.CONFLICT:
            return
        pause.failed(now, error, target.name)
        if error.trouble not in OF_THE_SOURCE and pause.failures < _IN_A_ROW:
            pause.due = 0

    async def _noted(self, note: Note) -> bool:
        """Have a row written; many that come together are one transaction. Raises what the writing raised."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._unwritten.append(_Unwritten(note, done))
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write(), name="deliveries")
        return await asyncio.shield(done)

    async def _write(self) -> None:
        try:
            await self._write_all()
        finally:
            self._writing = None

    async def _write_all(self) -> None:
        while self._unwritten:
            if len(self._busy) > 1:
                # A transaction waits for the disk, whether it holds one row or six.
                await asyncio.sleep(_GATHER_S)
            batch, self._unwritten = self._unwritten, []
            notes = [row.note for row in batch]
            writing = asyncio.wrap_future(self._lanes.write(self._store.note_deliveries, notes))
            await asyncio.wait([writing])
            error = writing.exception()
            if error is not None:
                for row in batch:
                    row.done.set_exception(error)
                    # Whoever waited may be gone; then nobody else will look at it.
                    row.done.exception()
                continue
            for row, was in zip(batch, writing.result(), strict=True):
                row.done.set_result(was)
            self._announce()


class _Begin:
    """Notes that a request is about to be made."""

    def __init__(self, outbox: Outbox, asked: Open) -> None:
        self._outbox = outbox
        self._asked = asked
        self.begun = False

    async def __call__(self) -> bool:
        self.begun = await self._outbox._noted(Note(self._asked, "sent"))
        return self.begun
