"""How many of something may happen a minute, by whom. Lives on the network lane's loop."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_NAMES = 1_000


class Rate:
    """``per_minute`` at once, and then as they grow again. ``clock``: seconds that only run forward."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float | None:
        """Use one up; None when there was one, else the seconds until there is."""
        now = self._clock()
        left = self._at(name, now)
        pause = self._pause(left)
        self._left[name] = (left if pause is not None else left - 1, now)
        self._left.move_to_end(name)
        # A flood from many addresses must not grow without bound; who was quiet longest is forgotten.
        while len(self._left) > _MOST_NAMES:
            self._left.popitem(last=False)
        return pause

    def spent(self, name: str) -> float | None:
        """What ``take`` would say, using nothing up."""
        return self._pause(self._at(name, self._clock()))

    def _at(self, name: str, now: float) -> float:
        left, then = self._left.get(name, (self._most, now))
        return min(self._most, left + (now - then) * self._most / 60)

    def _pause(self, left: float) -> float | None:
        return None if left >= 1 else (1 - left) * 60 / self._most
