"""How fresh a source is: a pure function of its period, its last good answer, its last outcome and now."""

from __future__ import annotations

from enum import StrEnum

from console.model.errors import Trouble
from console.model.moment import SECOND

_LATE_PERIODS = 2
_LOST_PERIODS = 5


class Freshness(StrEnum):
    LIVE = "live"
    LATE = "late"
    LOST = "lost"
    PARTIAL = "partial"
    EMPTY = "empty"
    WAITING = "waiting"
    """Not asked yet."""
    PAUSED = "paused"


def judge(
    period_s: float,
    newest: int | None,
    now: int,
    *,
    trouble: Trouble | None = None,
    partial: bool = False,
    empty: bool = False,
) -> Freshness:
    """``newest``: the newest covered instant (or last good answer), None when there never was one.

    Refused credentials mean lost at once: waiting does not mend them. ``empty``: asked and answered, and there was none.
    """
    if trouble is Trouble.REFUSED:
        return Freshness.LOST
    if newest is None:
        return Freshness.LOST if trouble is not None else Freshness.WAITING
    age = (now - newest) / SECOND
    if age > _LOST_PERIODS * period_s:
        return Freshness.LOST
    if age > _LATE_PERIODS * period_s:
        return Freshness.LATE
    if partial:
        return Freshness.PARTIAL
    return Freshness.EMPTY if empty else Freshness.LIVE
