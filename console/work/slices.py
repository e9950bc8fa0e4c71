"""Long work on the write lane in slices, so that an answer of a source never waits for all of it.

``todo`` says what is to be done, ``work`` does a slice of it, ``done`` follows when all is through; each on the write lane.
Asked again while it works, it looks once more when it is through. A fault is logged in full and ends this round, of which
``failed`` is told; the next append begins another.
"""

from __future__ import annotations

import concurrent.futures
import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from console.work.lanes import Lanes

T = TypeVar("T")

SLICE = 20_000

_log = logging.getLogger(__name__)


class Slices(Generic[T]):
    """Any thread may call ``soon`` and ``close``. ``what`` names the work in a fault's line."""

    def __init__(
        self,
        lanes: Lanes,
        todo: Callable[[], Sequence[T]],
        work: Callable[[Sequence[T]], None],
        done: Callable[[], None],
        failed: Callable[[], None],
        what: str,
        size: int = SLICE,
    ) -> None:
        self._lanes, self._size, self._what = lanes, size, what
        self._todo, self._work, self._done, self._failed = todo, work, done, failed
        self._left: Sequence[T] = ()
        # A job may end before its follower is known: that is then chosen by the very thread that handed the job over.
        self._lock = threading.RLock()
        self._again = self._closed = False
        self.resting = threading.Event()
        """Set while there is nothing to do; whoever waits for what follows a decision waits for this."""
        self.resting.set()

    def soon(self) -> None:
        with self._lock:
            if self._closed:
                return
            if not self.resting.is_set():
                self._again = True
                return
            self.resting.clear()
            self._hand(self._begin)

    def close(self) -> None:
        """Nothing more is begun; a slice under way is waited for by whoever drains the write lane."""
        with self._lock:
            self._closed = True

    def _begin(self) -> None:
        self._left = self._todo()

    def _slice(self) -> None:
        now, self._left = self._left[: self._size], self._left[self._size :]
        self._work(now)

    def _give_up(self) -> None:
        self._left = ()
        self._failed()
        self._done()

    def _hand(self, job: Callable[[], None]) -> None:
        self._lanes.write(job).add_done_callback(partial(self._ran, job))

    def _ran(self, job: Callable[[], None], ran: concurrent.futures.Future[None]) -> None:
        """What follows a job, on whichever thread hears of its end first.

        A failure wins over what is left, what is left over being asked again, that over an end: only the last of them rests.
        """
        if ran.cancelled():
            return
        error = ran.exception()
        if error is not None:
            _log.error("%s failed; it is tried again with the next answer", self._what, exc_info=error)
        with self._lock:
            if self._closed:
                return
            ending = job in (self._done, self._give_up)
            if error is not None and not ending:
                self._hand(self._give_up)
            elif self._left:
                self._hand(self._slice)
            elif self._again:
                self._again = False
                self._hand(self._begin)
            elif ending:
                self.resting.set()
            else:
                self._hand(self._done)
