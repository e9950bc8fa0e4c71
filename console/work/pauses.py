"""When something that failed is tried again, and which troubles are of a whole source."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.errors import SourceError, Trouble
from console.model.schedule import next_due

_LONGEST_PAUSE_S = 60.0
OF_THE_SOURCE = frozenset({Trouble.UNREACHABLE, Trouble.TLS, Trouble.TIMEOUT, Trouble.THROTTLED, Trouble.SETTINGS})
"""Troubles that the next ticket would have as well; others may be of one ticket alone until several had them."""
HEALED_BY_AN_ANSWER = frozenset({Trouble.UNREACHABLE, Trouble.TLS, Trouble.TIMEOUT, Trouble.SERVER, Trouble.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Standing:
    """How delivery to a source stands. ``sentence``: its last trouble, '' while all is well; ``due``: when it is tried again.

    ``away_since``: since when it does not answer at all, None while it does, whatever it says.
    """

    source: str
    sentence: str = ""
    due: int | None = None
    away_since: int | None = None


@dataclass(eq=False)
class Pause:
    """When something is tried again after a failure. ``since``: when the first of these failures was, 0 for none."""

    failures: int = 0
    since: int = 0
    due: int = 0
    trouble: Trouble | None = None
    sentence: str = ""

    def failed(self, now: int, error: SourceError, seed: str) -> None:
        self.failures += 1
        self.since = self.since or now
        self.trouble, self.sentence = error.trouble, error.message
        # A guard that fails is not the server's trouble: others work on the ticket, and are soon done.
        trouble = Trouble.SERVER if error.trouble is Trouble.CONFLICT else error.trouble
        self.due = next_due(now, now, _LONGEST_PAUSE_S, self.failures, trouble, error.retry_after_s, seed)

    @property
    def away_since(self) -> int | None:
        return self.since if self.trouble in (Trouble.UNREACHABLE, Trouble.TIMEOUT) else None

    def over(self) -> None:
        self.failures, self.since, self.due, self.trouble, self.sentence = 0, 0, 0, None, ""


def after_faults(times: int) -> float:
    """Seconds to wait after so many faults of our own in a row."""
    return float(min(_LONGEST_PAUSE_S, 2.0 ** min(times, 10)))
