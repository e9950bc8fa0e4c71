"""Writes down a forecast once an hour while a session of ours is live, so that it can be scored when its days have passed.

Made on the analysis lane, appended on the write lane; a fault is logged and tried again an hour later.
"""

from __future__ import annotations

import concurrent.futures
import logging
import threading
from collections.abc import Callable
from typing import Any

from console.model.moment import HOUR, MINUTE
from console.work.lanes import Lanes

_log = logging.getLogger(__name__)

EVERY = HOUR
FIRST = 5 * MINUTE
"""A new session first fills with its history; before that there is nothing to forecast from."""


class ForecastKeeper:
    """``make`` asks for a forecast (analysis lane), ``keep`` appends it (write lane). ``last``: when one was written."""

    def __init__(
        self, lanes: Lanes, make: Callable[[], Any], keep: Callable[[Any], None], last: Callable[[], int]
    ) -> None:
        self._lanes = lanes
        self._make, self._keep, self._last = make, keep, last
        self._due: int | None = None
        self._making: concurrent.futures.Future[Any] | None = None
        self._lock = threading.Lock()
        self._closed = False

    def perhaps(self, now: int) -> None:
        """Called after every append (write lane); does nothing until an hour has passed."""
        if self._due is None:
            last = self._last()
            self._due = last + EVERY if last else now + FIRST
        if now < self._due:
            return
        self._due = now + EVERY
        with self._lock:
            if self._closed:
                return
            self._making = self._lanes.analysis(self._make)
        self._making.add_done_callback(self._made)

    def close(self) -> None:
        """Nothing is made or written any more; one being made is waited for, since it reads the session."""
        with self._lock:
            self._closed = True
        # One that has not begun stands behind whoever closes; it is taken back, as waiting for it might be for ever.
        if self._making is not None and not self._making.cancel():
            concurrent.futures.wait([self._making])

    def _made(self, done: concurrent.futures.Future[Any]) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            _log.error("the forecast could not be made; it is tried again in an hour", exc_info=error)
            return
        with self._lock:
            if not self._closed:
                self._lanes.write(self._keep, done.result()).add_done_callback(_told)


def _told(done: concurrent.futures.Future[None]) -> None:
    if not done.cancelled() and done.exception() is not None:
        _log.error("the forecast could not be written down", exc_info=done.exception())
