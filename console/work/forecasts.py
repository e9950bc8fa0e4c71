"""Writes down a forecast once an hour while a session of ours is live, so that it can be scored when its days have passed.

Made on the analysis lane, appended on the write lane; a fault is logged and tried again an hour later.
"""

from __future__ import annotations

import concurrent.futures
import logging
from collections.abc import Callable
from typing import Any

from console.model.moment import HOUR
from console.work.lanes import Lanes

_log = logging.getLogger(__name__)

EVERY = HOUR


class ForecastKeeper:
    """``make`` asks for a forecast (analysis lane), ``keep`` appends it (write lane). ``last``: when one was written."""

    def __init__(
        self, lanes: Lanes, make: Callable[[], Any], keep: Callable[[Any], None], last: Callable[[], int]
    ) -> None:
        self._lanes = lanes
        self._make, self._keep, self._last = make, keep, last
        self._due: int | None = None

    def perhaps(self, now: int) -> None:
        """Called after every append (write lane); does nothing until an hour has passed."""
        if self._due is None:
            self._due = self._last() + EVERY
        if now < self._due:
            return
        self._due = now + EVERY
        try:
            self._lanes.analysis(self._make).add_done_callback(self._made)
        except RuntimeError:
            # The lanes close while the last answers are written.
            return

    def _made(self, done: concurrent.futures.Future[Any]) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            _log.error("the forecast could not be made; it is tried again in an hour", exc_info=error)
            return
        try:
            self._lanes.write(self._keep, done.result()).add_done_callback(_told)
        except RuntimeError:
            return


def _told(done: concurrent.futures.Future[None]) -> None:
    if not done.cancelled() and done.exception() is not None:
        _log.error("the forecast could not be written down", exc_info=done.exception())
