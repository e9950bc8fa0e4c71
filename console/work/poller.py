"""Asks every source when it is due, one request in flight per source, and hands answers to the write lane.

Runs on the network lane's loop. The write lane appends whatever has gathered while it was busy in one transaction. An
answer is handed over only after the one before it is stored, so that a cursor and its facts can never part; where more is
to be fetched, the next answer is already asked for meanwhile, and forgotten when the one before could not be stored.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from console.model.change import Change
from console.model.errors import ConsoleError, SourceError, Trouble
from console.model.facts import Fetched
from console.model.health import Health
from console.model.moment import SECOND
from console.model.schedule import first_due, next_due
from console.ports import Clock, Source
from console.store.append import PollRow
from console.work.lanes import Lanes

_log = logging.getLogger(__name__)

_FEW_SOURCES = 8
_GATHER_S = 1.0


class Store(Protocol):
    """What the poller needs of the session, called on the write lane."""

    def append(self, answers: list[tuple[PollRow, Fetched | None]]) -> Change: ...

    def cursor_of(self, source: str) -> bytes: ...


@dataclass
class _Beat:
    """One source being polled. ``make`` builds it with its secret as it is then: at first, and anew once it was refused. It may
    ask the keyring, so it runs on a read thread.
    """

    name: str
    period_s: float
    make: Callable[[], Source]
    health: Health
    task: asyncio.Task[None] | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    stop_backfill: bool = False
    left: int | None = None
    """What was still to come when its back-fill was cancelled: it goes on page by page, but never falls further behind."""
    ahead: tuple[int, asyncio.Task[Fetched]] | None = None
    """The next answer, asked for while the last one is being stored, and when that began."""

    def ended(self, task: asyncio.Task[None]) -> None:
        """A polling task ends only when it is stopped; anything else is our own fault and must be seen."""
        if task.cancelled() or task.exception() is None:
            return
        _log.error("polling of %s ended by a fault of this program", self.name, exc_info=task.exception())
        self.health.trouble = Trouble.UNREADABLE
        self.health.sentence = (
            f"This program failed on the answer of {self.name} ({task.exception()!r}); the source rests until it is "
            "started again. The log has the details."
        )


@dataclass(eq=False)
class _Unwritten:
    """An answer on its way to the session. ``alone``: what it came with could not be written, so it is tried by itself."""

    row: PollRow
    fetched: Fetched | None
    done: asyncio.Future[None]
    alone: bool = False


class Poller:
    """Start and stop sources; everything else happens by itself. Public methods may be called from any thread."""

    def __init__(self, lanes: Lanes, store: Store, clock: Clock, announce: Callable[[Change], None]) -> None:
        self._lanes = lanes
        self._store = store
        self._clock = clock
        self._announce = announce
        self._beats: dict[str, _Beat] = {}
        self._waiting: list[_Unwritten] = []
        self._in_hand: list[_Unwritten] = []
        self._changing = asyncio.Lock()
        self.late_polls = 0

    def start(self, name: str, period_s: float, make: Callable[[], Source]) -> None:
        """Poll a source from now on; one of the same name is replaced."""
        self._lanes.network(self._start(name, period_s, make)).result()

    def stop(self, name: str) -> None:
        self._lanes.network(self._stop(name)).result()

    def show_paused(self, name: str, period_s: float) -> None:
        """List a source that is not polled."""
        self._beats[name] = _Beat(name, period_s, _never, Health(name, period_s, paused=True))

    def poll_now(self, name: str) -> None:
        beat = self._beats.get(name)
        if beat is not None:
            self._lanes.loop.call_soon_threadsafe(beat.wake.set)

    def cancel_backfill(self, name: str) -> None:
        beat = self._beats.get(name)
        if beat is not None:
            beat.stop_backfill = True

    def health(self) -> list[Health]:
        """A copy of every source's standing."""
        return [Health(**vars(beat.health)) for beat in list(self._beats.values())]

    def close(self) -> None:
        """Stop all sources; answers already fetched are still stored."""
        self._lanes.network(self._close()).result()

    async def _start(self, name: str, period_s: float, make: Callable[[], Source]) -> None:
        # One change after the other: two starts at once would leave a task that nobody can stop any more.
        async with self._changing:
            await self._end(name)
            self._begin(name, period_s, make)

    def _begin(self, name: str, period_s: float, make: Callable[[], Source]) -> None:
        beat = _Beat(name, period_s, make, Health(name, period_s))
        beat.health.next_due = first_due(self._clock.now(), period_s, name, len(self._beats))
        self._beats[name] = beat
        beat.task = asyncio.get_running_loop().create_task(self._run(beat), name=f"poll {name}")
        beat.task.add_done_callback(beat.ended)

    async def _stop(self, name: str) -> None:
        async with self._changing:
            await self._end(name)

    async def _end(self, name: str) -> None:
        beat = self._beats.pop(name, None)
        if beat is not None and beat.task is not None:
            beat.task.cancel()
            await asyncio.gather(beat.task, return_exceptions=True)
        # An answer still on its way carries the cursor from which a new start of this source must go on.
        under_way = [answer.done for answer in (*self._in_hand, *self._waiting) if answer.row.source == name]
        if under_way:
            await asyncio.wait(under_way)

    async def _close(self) -> None:
        for name in list(self._beats):
            await self._stop(name)
        while self._in_hand or self._waiting:
            await asyncio.wait([answer.done for answer in (*self._in_hand, *self._waiting)])

    async def _run(self, beat: _Beat) -> None:
        source: Source | None = None
        try:
            cursor = await asyncio.wrap_future(self._lanes.write(self._store.cursor_of, beat.name))
            while True:
                await self._until_due(beat)
                if source is None:
                    try:
                        source = await asyncio.wrap_future(self._lanes.read(beat.make))
                    except ConsoleError as error:
                        trouble = error.trouble if isinstance(error, SourceError) else Trouble.SETTINGS
                        await self._failed(beat, self._clock.now(), SourceError(trouble, error.message))
                        continue
                cursor = await self._once(beat, source, cursor)
                if beat.health.trouble is Trouble.REFUSED:
                    refused, source = source, None
                    await refused.close()
        finally:
            await _forget(beat)
            if source is not None:
                await source.close()

    async def _until_due(self, beat: _Beat) -> None:
        due = beat.health.next_due or self._clock.now()
        pause = (due - self._clock.now()) / SECOND
        if pause > 0:
            try:
                await asyncio.wait_for(beat.wake.wait(), pause)
            except TimeoutError:
                if (self._clock.now() - due) / SECOND > beat.period_s:
                    self.late_polls += 1
        elif -pause > beat.period_s:
            self.late_polls += 1
        beat.wake.clear()

    async def _once(self, beat: _Beat, source: Source, cursor: bytes) -> bytes:
        started = self._clock.now()
        beat.health.asking = True
        try:
            if beat.ahead is None:
                fetched = await source.poll(cursor, started)
            else:
                (started, asked), beat.ahead = beat.ahead, None
                fetched = await asked
        except SourceError as error:
            await self._failed(beat, started, error)
            return cursor
        finally:
            beat.health.asking = False
        finished = self._clock.now()
        outcome = "partial" if fetched.partial else "good"
        row = PollRow(beat.name, started, finished, outcome, fetched.partial, len(fetched.facts), fetched.seen_bytes)
        if fetched.more and not beat.stop_backfill and getattr(source, "asked_ahead", True):
            beat.ahead = finished, asyncio.ensure_future(source.poll(fetched.cursor, finished))
        if not await self._stored(beat, row, fetched):
            await _forget(beat)
            return cursor
        health = beat.health
        health.last_good, health.failures, health.trouble, health.sentence = finished, 0, None, ""
        health.partial, health.note = fetched.partial, fetched.note or health.note
        health.rows += len(fetched.facts)
        health.progress = fetched.progress
        if fetched.progress and fetched.progress.done >= fetched.progress.total > 0:
            health.progress = None
        again = fetched.more
        if not fetched.more:
            beat.stop_backfill, beat.left = False, None
        elif beat.stop_backfill:
            await _forget(beat)
            health.progress = None
            again = _falls_behind(beat, fetched)
        health.next_due = finished if again else next_due(started, finished, beat.period_s, 0, None, None, beat.name)
        return fetched.cursor

    async def _failed(self, beat: _Beat, started: int, error: SourceError) -> None:
        health, now = beat.health, self._clock.now()
        health.failures += 1
        health.trouble, health.sentence = error.trouble, error.message
        health.next_due = next_due(
            started, now, beat.period_s, health.failures, error.trouble, error.retry_after_s, beat.name
        )
        await self._stored(beat, PollRow(beat.name, started, now, str(error.trouble), error.message), None)

    async def _stored(self, beat: _Beat, row: PollRow, fetched: Fetched | None) -> bool:
        """False: the session could not be written; the answer is forgotten and asked for again from the old cursor."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Unwritten(row, fetched, done))
        if len(self._beats) > _FEW_SOURCES:
            # A transaction costs as much for ten answers as for one: where many come, a moment gathers them.
            asyncio.get_running_loop().call_later(_GATHER_S, self._write_waiting)
        else:
            self._write_waiting()
        try:
            await asyncio.shield(done)
        except ConsoleError as error:
            health = beat.health
            health.failures += 1
            health.sentence = error.message
            health.next_due = max(health.next_due or 0, self._clock.now() + round(beat.period_s * SECOND))
            return False
        return True

    def _write_waiting(self) -> None:
        if self._in_hand or not self._waiting:
            return
        together = [answer for answer in self._waiting if not answer.alone]
        self._in_hand = together or self._waiting[:1]
        self._waiting = [answer for answer in self._waiting if answer not in self._in_hand]
        future = self._lanes.write(self._store.append, [(answer.row, answer.fetched) for answer in self._in_hand])
        future.add_done_callback(_Handover(self))

    def _written(self, future: concurrent.futures.Future[Change]) -> None:
        batch, self._in_hand = self._in_hand, []
        error = future.exception()
        if error is not None and not isinstance(error, ConsoleError) and len(batch) > 1:
            # One of them brought our own fault out; by itself it fails alone and the others are kept.
            for answer in batch:
                answer.alone = True
            self._waiting.extend(batch)
        else:
            self._tell(batch, error)
            if error is None:
                self._announce(future.result())
        self._write_waiting()

    def _tell(self, batch: list[_Unwritten], error: BaseException | None) -> None:
        for answer in batch:
            if error is None:
                answer.done.set_result(None)
            else:
                answer.done.set_exception(error)
                # A source stopped meanwhile no longer waits for this; the others see the fault.
                answer.done.exception()
        if error is not None and not isinstance(error, ConsoleError):
            _log.error("an answer could not be stored by our own fault", exc_info=error)


class _Handover:
    """Brings a finished append back onto the loop."""

    def __init__(self, poller: Poller) -> None:
        self._poller = poller

    def __call__(self, future: concurrent.futures.Future[Change]) -> None:
        self._poller._lanes.loop.call_soon_threadsafe(self._poller._written, future)


async def _forget(beat: _Beat) -> None:
    """Drop the answer asked for ahead, whatever it would have been: it is asked for again from the cursor that counts."""
    if beat.ahead is not None:
        (_, asked), beat.ahead = beat.ahead, None
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)


def _falls_behind(beat: _Beat, fetched: Fetched) -> bool:
    """Whether more is still to come than before, so that one page a period is too slow."""
    if fetched.progress is None:
        return False
    left = fetched.progress.total - fetched.progress.done
    before, beat.left = beat.left, left if beat.left is None else min(left, beat.left)
    return before is not None and left > before


def _never() -> Source:
    raise RuntimeError("a paused source is not built")
