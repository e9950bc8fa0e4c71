"""When to ask again: one question under way at a time, and a second one remembered.

Without this a slow answer and a fast clock would starve the screen, since only the newest question is answered.
"""

from __future__ import annotations

from collections.abc import Callable

_GIVE_UP_S = 15.0


class Turn:
    """Serialises one kind of question. ``clock`` gives seconds, monotonic; an answer overdue by 15 s is given up."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: float | None = None
        self._again = False
        self._last = float("-inf")
        self.took = 0.0
        """Seconds from the last question to its answer: who asks by the clock rests a multiple of it."""

    def start(self) -> bool:
        """True when the caller should ask now; False when it will be asked after the answer under way."""
        now = self._clock()
        if self._since is not None and now - self._since < _GIVE_UP_S:
            self._again = True
            return False
        self._since, self._again, self._last = now, False, now
        return True

    def done(self) -> bool:
        """The answer came, or its fault. True when something changed meanwhile and it should be asked again."""
        if self._since is not None:
            self.took = self._clock() - self._since
        self._since = None
        again, self._again = self._again, False
        return again

    def age(self) -> float:
        """Seconds since the question was last asked."""
        return self._clock() - self._last
