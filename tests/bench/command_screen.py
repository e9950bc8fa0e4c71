"""What the Command screen asks, over a session of 14 days × 200 routes × 500 000 ticket events."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from console.desk import ReadingDesk
from console.model.facts import Covered, Facts, Fetched, TicketEvent, Traffic
from console.model.moment import DAY, LIVE, MINUTE, SECOND, Known, Moment, Span, minute_of
from console.queries import series
from console.store import session
from console.store.append import PollRow, append_fetched
from tests.bench import large
from tests.bench.figure import Figure, of_runs, timed

_PIXELS, _SIX_HOURS, _TIMES = 700, 21_600, 9


def measure() -> list[Figure]:
    with large.desk() as desk:
        cold = timed(lambda: desk.command(LIVE, _SIX_HOURS, _PIXELS), 1, warm=0)
        warm = timed(lambda: desk.command(LIVE, _SIX_HOURS, _PIXELS), _TIMES)
        reader = desk.reader
        span = series.Grid(series.whole_minutes(Span(large.END - 14 * DAY, large.END), large.END), 30 * MINUTE)
        errors = timed(lambda: series.calls(reader(), span), _TIMES)
        latency = timed(lambda: series.latency(reader(), span, (0.5, 0.95, 0.99)), _TIMES)
        wide = timed(lambda: desk.command(LIVE, 14 * 86_400, _PIXELS), 5)
        past = timed(lambda: desk.command(Moment(large.END - 5 * DAY, Known.THEN), _SIX_HOURS, _PIXELS), 5)
    return [
        of_runs("command screen, first", "ms", cold, note="first question of a process: coverage and tickets are read"),
        of_runs("command screen", "ms", warm, 100, note="6 h charts, 7-day tiles, nothing new since the last question"),
        of_runs(
            "command screen after a poll", "ms", _after_polls(), 100, note="a new minute and a new ticket each time"
        ),
        of_runs("command screen, 14-day charts", "ms", wide, note="the same screen with its charts over 14 days"),
        of_runs("command screen, five days ago as known then", "ms", past, 250, note="one moment, asked repeatedly"),
        of_runs("14-day chart, 5xx and throughput", "ms", errors, 150, note="30-minute buckets, all routes"),
        of_runs("14-day chart, three percentiles", "ms", latency, 150, note="30-minute buckets, all routes"),
    ]


def _after_polls() -> list[float]:
    """Milliseconds after each of some appends. They go into a copy."""
    runs = []
    with tempfile.TemporaryDirectory(prefix="hypercare-bench-", dir=large.folder()) as folder:
        copy = Path(shutil.copy(large.build(), folder))
        clock = session.SystemClock()
        opened = session.open_own(copy, clock)
        desk = ReadingDesk(opened, clock)
        cursor = opened.cursor()
        desk.command(LIVE, _SIX_HOURS, _PIXELS)
        for turn in range(_TIMES):
            now = large.END + (turn + 1) * 15 * SECOND
            facts = Facts(
                covered=[Covered("edge", now - 15 * SECOND, now), Covered("shop", now - 15 * SECOND, now)],
                traffic=[Traffic(minute_of(now), "edge", f"GET /route/{r:03}", "GET", 200, 10) for r in range(200)],
                ticket_event=[
                    TicketEvent("shop", str(turn), f"new-{turn}", "status", "new", "in_progress", "bob", now),
                ],
            )
            append_fetched(opened, cursor, PollRow("edge", now, now, "good"), Fetched(facts))
            runs += timed(lambda: desk.command(LIVE, _SIX_HOURS, _PIXELS), 1, warm=0)
        cursor.close()
        desk.close()
    return runs
