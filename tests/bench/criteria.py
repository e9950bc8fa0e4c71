"""All criteria at one instant, and the Exit screen around them, over 14 days × 200 routes × 500 000 ticket events."""

from __future__ import annotations

from console.model.moment import DAY, LIVE, Known, Moment
from tests.bench import large
from tests.bench.figure import Figure, of_runs, timed

_TIMES = 9


def measure() -> list[Figure]:
    with large.desk() as desk:
        cold = timed(lambda: desk.check(LIVE), 1, warm=0)
        warm = timed(lambda: desk.check(LIVE), _TIMES)
        past = timed(lambda: desk.check(Moment(large.END - 5 * DAY, Known.THEN)), 5)
        screen = timed(lambda: desk.exit(LIVE), _TIMES)
    return [
        of_runs("all criteria, first", "ms", cold, note="first question of a process: coverage and tickets are read"),
        of_runs("all criteria at one instant", "ms", warm, 150, note="the ten of the template, live"),
        of_runs("all criteria, five days ago as known then", "ms", past, note="one moment, asked repeatedly"),
        of_runs("exit screen", "ms", screen, note="criteria, their course since go-live, decisions"),
    ]
