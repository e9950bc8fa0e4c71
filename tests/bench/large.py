"""The large sessions of the bench, built once by SQL and kept in the temporary folder.

14 days × 200 routes × 3 status codes (12 M counts) and 10 buckets (40 M rows) per minute, 100 000 tickets of five events
each, rolled up as the program leaves it: a batch an hour, the last one still in fives of minutes. Facts are known 15 s after
their minute.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.desk import ReadingDesk
from console.model.moment import DAY, HOUR, MINUTE, parse_instant, to_datetime
from console.settings import from_document
from console.store import rollup, session, settings_log

END = parse_instant("2026-11-20T12:00:00Z")
DAYS, ROUTES, TICKETS = 14, 200, 100_000
START = END - DAYS * DAY
INTERNAL = ["/health*"]

_BOUNDS = (0, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000)

_TRAFFIC = """
INSERT INTO traffic
SELECT m, 'edge', 'GET /route/' || lpad(r::VARCHAR, 3, '0'), 'GET', s,
    CASE s WHEN 200 THEN 40 + (hash(m, r) % 30) WHEN 404 THEN hash(r, m) % 3 ELSE (hash(m, r, 5) % 50 = 0)::INT END,
    NULL, m + INTERVAL 75 second
FROM (SELECT make_timestamp({start} + i * 60000000) AS m FROM range({first}, {last}) t(i)) minutes,
    range(0, {routes}) u(r), (VALUES (200), (404), (502)) v(s)
ORDER BY m
"""

_LATENCY = """
INSERT INTO latency
SELECT m, 'edge', 'GET /route/' || lpad(r::VARCHAR, 3, '0'), 'total', {bounds}[b], {bounds}[b + 1],
    1 + (hash(m, r, b) % (12 - abs(b - 4))::UBIGINT), NULL, m + INTERVAL 75 second
FROM (SELECT make_timestamp({start} + i * 60000000) AS m FROM range({first}, {last}) t(i)) minutes,
    range(0, {routes}) u(r), range(1, 11) v(b)
ORDER BY m
"""

_COVERED = """
INSERT INTO covered SELECT name, make_timestamp({start} + i * 60000000), make_timestamp({start} + (i + 1) * 60000000), false,
    make_timestamp({start} + (i + 1) * 60000000 + 15000000)
FROM range(0, {minutes}) t(i), (VALUES ('edge'), ('shop')) v(name) ORDER BY i
"""

_TICKETS = """
INSERT INTO ticket_event
WITH tickets AS (
    SELECT i, make_timestamp({start} + i * ({span} // {tickets})) AS born,
        CASE WHEN hash(i) % 1000 < 1 THEN 'P1' WHEN hash(i) % 1000 < 50 THEN 'P2' WHEN hash(i) % 1000 < 500 THEN 'P3'
            ELSE 'P4' END AS severity FROM range(0, {tickets}) t(i)
), rows AS (
    SELECT i, 'created' AS change, 'key' AS field, NULL AS old, 'SHOP-' || i AS new, born AS happened FROM tickets
    UNION ALL SELECT i, 'created', 'title', NULL,
        'Order ' || i || ' ' || ['fails with 502', 'is slow', 'shows a blank page', 'cannot be paid'][1 + (hash(i, 1) % 4)::INT],
        born FROM tickets
    UNION ALL SELECT i, 'created', 'status', NULL, 'new', born FROM tickets
    UNION ALL SELECT i, 'created', 'severity', NULL, severity, born FROM tickets
    UNION ALL SELECT i, '1', 'status', 'new', CASE WHEN hash(i, 2) % 10 < 7 THEN 'resolved' ELSE 'in_progress' END,
        least(born + INTERVAL 1 minute * (5 + hash(i, 3) % 2000)::INT, make_timestamp({end})) FROM tickets
)
SELECT 'shop', i::VARCHAR, change, field, old, new, 'ann', happened, happened + INTERVAL 15 second FROM rows ORDER BY happened
"""


def folder() -> Path:
    """Where the built sessions are kept, private to the user."""
    name = f"hypercare-bench-{os.getuid()}" if hasattr(os, "getuid") else "hypercare-bench"
    place = Path(tempfile.gettempdir()) / name
    place.mkdir(mode=0o700, exist_ok=True)
    return place


def session_file() -> Path:
    """The path for this code: another builder or schema makes another file."""
    schema = Path(session.__file__).parent / "schema"
    parts = [Path(__file__), *sorted(schema.glob("*.sql")), Path(rollup.__file__)]
    digest = hashlib.blake2b(b"".join(p.read_bytes() for p in parts), digest_size=6).hexdigest()
    return folder() / f"large-{digest}.hypercare"


def build() -> Path:
    """The large session, built unless it stands. Takes about a minute."""
    path = session_file()
    if path.exists():
        return path
    for stale in folder().glob("large-*"):
        stale.unlink()
    unfinished = path.with_name("building.hypercare")
    unfinished.unlink(missing_ok=True)
    made = session.create(unfinished, _Standing(START))
    cursor = made.cursor()
    settings_log.save(made, cursor, from_document(_document()), "bench", START)
    minutes = DAYS * 1440
    for first in range(0, minutes, 1440):
        given = {"start": START, "first": first, "last": first + 1440, "routes": ROUTES, "bounds": list(_BOUNDS)}
        cursor.execute(_TRAFFIC.format(**given))
        cursor.execute(_LATENCY.format(**given))
    cursor.execute(_COVERED.format(start=START, minutes=minutes))
    cursor.execute(_TICKETS.format(start=START, end=END, span=END - START, tickets=TICKETS))
    cursor.close()
    made.close()
    again = session.open_own(unfinished, _Standing(END))
    cursor = again.cursor()
    batches = [*range(START + HOUR, END, HOUR), *range(END - HOUR + 5 * MINUTE, END, 5 * MINUTE), again.last_known]
    for upto in batches:
        rollup.roll_up(again, cursor, INTERNAL, upto)
    cursor.close()
    again.close()
    unfinished.rename(path)
    return path


@contextmanager
def desk() -> Iterator[ReadingDesk]:
    """A desk that stands at the end of the large session."""
    held = ReadingDesk(session.open_own(build(), _Standing(END)), _Standing(END))
    try:
        yield held
    finally:
        held.close()


class _Standing:
    """A clock that does not move."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        return self._now


def _document() -> dict[str, object]:
    return {
        "session": {"name": "Large", "go_live": to_datetime(START), "planned_days": 14, "time_zone": "Europe/Berlin"},
        "routes": {"internal": INTERNAL},
        "flow": [{"name": "first", "routes": ["GET /route/000"], "slo_ms": 500.0}],
        "source": [
            {"name": "edge", "kind": "scrape", "flavour": "apisix", "url": "http://127.0.0.1:9/"},
            {"name": "shop", "kind": "jira", "url": "http://127.0.0.1:9/"},
        ],
    }
