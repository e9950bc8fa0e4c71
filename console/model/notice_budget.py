"""How many notices may leave the window: what people can answer in an hour. Inside the window all of them stay."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.model.alert_load import MANAGEABLE
from console.model.moment import HOUR


@dataclass
class NoticeBudget:
    """``spend`` says whether a notice may pop up on the desktop now; one of a P1 always may."""

    most: int = MANAGEABLE
    _spent: list[int] = field(default_factory=list)
    _said_so: bool = False

    def spend(self, now: int, *, loud: bool) -> bool:
        self._spent = [at for at in self._spent if now - at < HOUR]
        if len(self._spent) < self.most:
            self._said_so = False
        elif not loud:
            return False
        self._spent.append(now)
        return True

    def used_up(self) -> bool:
        """True once when the budget has just run out, so that people hear that there is more."""
        if len(self._spent) >= self.most and not self._said_so:
            self._said_so = True
            return True
        return False
