"""What moved in an hour of the large launch: 200 routes × 500 consumers, 14 days, 100 000 tickets."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.desk import ReadingDesk
from console.model.moment import HOUR, LIVE, MINUTE
from console.store import session
from tests.bench import large
from tests.bench.figure import Figure, of_runs, timed

CONSUMERS = 500

_CONSUMERS = """
INSERT INTO consumer_traffic
SELECT m, 'edge', 'key-' || lpad(c::VARCHAR, 3, '0'), 'GET /route/' || lpad(((c * 7 + r * 41) % {routes})::VARCHAR, 3, '0'), s,
    CASE s WHEN 200 THEN 60 + (hash(m, c, r) % 40) WHEN 404 THEN hash(c, m, r) % 4 ELSE (hash(m, c, r, 5) % 30 = 0)::INT END,
    NULL, m + INTERVAL 615 second
FROM (SELECT make_timestamp({start} + i * 600000000) AS m FROM range({first}, {last}) t(i)) tens,
    range(0, {consumers}) u(c), range(0, 5) w(r), (VALUES (200), (404), (502)) v(s)
ORDER BY m
"""


def build() -> Path:
    """The large session with consumers, built unless it stands."""
    path = large.build().with_name(large.session_file().stem + "-consumers.hypercare")
    if path.exists():
        return path
    unfinished = path.with_name("building-consumers.hypercare")
    shutil.copy(large.build(), unfinished)
    opened = session.open_own(unfinished, large._Standing(large.END))
    cursor = opened.cursor()
    for day in range(large.DAYS):
        given = {"start": large.START, "first": day * 144, "last": (day + 1) * 144}
        cursor.execute(_CONSUMERS.format(**given, routes=large.ROUTES, consumers=CONSUMERS))
    cursor.close()
    opened.close()
    unfinished.rename(path)
    return path


@contextmanager
def desk() -> Iterator[ReadingDesk]:
    held = ReadingDesk(session.open_own(build(), large._Standing(large.END)), large._Standing(large.END))
    try:
        yield held
    finally:
        held.close()


def measure() -> list[Figure]:
    end = large.END
    with desk() as held:
        first = timed(lambda: held.spike(LIVE, end - HOUR, end), 1, warm=0)
        hour = timed(lambda: held.spike(LIVE, end - HOUR, end), 9)
        short = timed(lambda: held.spike(LIVE, end - 20 * MINUTE, end), 5)
        wide = timed(lambda: held.spike(LIVE, end - 24 * HOUR, end), 3)
        radar = timed(lambda: held.radar(LIVE), 2)
    note = "200 routes, 500 consumers, tickets; against the hour before and that hour of seven days; with its words"
    return [
        of_runs("spike, first", "ms", first, note="with 100 000 tickets worked out once"),
        of_runs("spike of an hour", "ms", hour, 200, note=note),
        of_runs("spike of 20 minutes", "ms", short, 200),
        of_runs("spike of a day", "ms", wide, note="against seven days, from roll-ups"),
        of_runs("radar", "ms", radar, note="14 days of 200 routes, 7 of 500 consumers, 100 000 tickets"),
    ]
