"""Long work on the write lane in slices, so that an answer of a source never waits for all of it.

``todo`` says what is to be done (write lane), ``work`` does a slice of it (write lane). Asked again while it works, it
looks once more when it is through. A fault is logged and ends this round; the next append begins another.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from console.work.lanes import Lanes

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Slices(Generic[T]):
    """Any thread may call ``soon`` and ``close``. ``what`` names the work in a fault's line."""

    def __init__(
        self,
        lanes: Lanes,
        todo: Callable[[], Sequence[T]],
        work: Callable[[Sequence[T]], None],
        done: Callable[[], None],
        what: str,
        size: int = 20_000,
    ) -> None:
        self._lanes, self._size, self._what = lanes, size, what
        self._todo, self._work, self._done = todo, work, done
        self._left: Sequence[T] = ()
        self._lock = threading.Lock()
        self._busy = self._again = self._closed = False

    def soon(self) -> None:
        with self._lock:
            if self._closed:
                return
            if self._busy:
                self._again = True
                return
            self._busy = True
            self._lanes.write(self._begin)

    def close(self) -> None:
        """Nothing more is begun; a slice under way is waited for by whoever drains the write lane."""
        with self._lock:
            self._closed = True

    def _begin(self) -> None:
        try:
            self._left = self._todo()
        except Exception:  # noqa: BLE001 - the lane must go on; what failed is told in full
            _log.exception("%s could not be begun; it is tried again with the next answer", self._what)
            self._left = ()
        self._next()

    def _slice(self) -> None:
        if self._closed:
            return
        now, self._left = self._left[: self._size], self._left[self._size :]
        try:
            self._work(now)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("%s failed; it is tried again with the next answer", self._what)
            self._left = ()
        self._next()

    def _next(self) -> None:
        with self._lock:
            if self._closed:
                return
            if self._left:
                self._lanes.write(self._slice)
                return
            self._busy = self._again
            if self._again:
                self._again = False
                self._lanes.write(self._begin)
                return
        self._done()
