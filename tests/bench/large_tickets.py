"""A session for the triage bench, built once by SQL: 100 000 tickets with 1.5 million events, 40 routes, 300 consumers.

A third of the tickets is open; each has customer, reporter, route, segment and body, and moved through people's hands. Every
consumer calls three routes and fails now and then. 14 days, one gateway, known 15 s after it happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.desk import ReadingDesk
from console.model.moment import DAY
from console.settings import from_document
from console.store import rollup, session, settings_log
from tests.bench import large
from tests.bench.large import END, START

TICKETS, ROUTES, CONSUMERS, DAYS = 100_000, 40, 300, 14

_EVENTS = """
INSERT INTO ticket_event
WITH tickets AS (
    SELECT i, make_timestamp({start} + i * ({span} // {tickets})) AS born, hash(i) % 1000 AS h,
        lpad((hash(i, 9) % {routes})::VARCHAR, 2, '0') AS r, hash(i, 2) % 10 < 7 AS done
    FROM range(0, {tickets}) t(i)
), created AS (
    SELECT i, born, unnest([
        {{'f': 'key', 'v': 'SHOP-' || i}},
        {{'f': 'title', 'v': 'Order ' || i || ' ' || ['fails with 502', 'is slow', 'shows a blank page', 'cannot be paid',
            'lost its voucher', 'asks for the password again', 'prints the wrong address'][1 + (hash(i, 1) % 7)::INT]}},
        {{'f': 'body', 'v': 'It happened at step ' || hash(i, 4) % 9 || ' with code E' || hash(i, 5) % 900 || ' after ' ||
            ['updating', 'paying', 'searching', 'signing in'][1 + (hash(i, 6) % 4)::INT]}},
        {{'f': 'status', 'v': 'new'}},
        {{'f': 'severity', 'v': CASE WHEN h < 2 THEN 'P1' WHEN h < 60 THEN 'P2' WHEN h < 500 THEN 'P3' WHEN h < 950 THEN 'P4'
            ELSE '' END}},
        {{'f': 'kind', 'v': CASE WHEN h >= 950 THEN 'enhancement' WHEN h % 7 = 0 THEN 'question' ELSE 'bug' END}},
        {{'f': 'reporter', 'v': 'person' || hash(i, 7) % 5000 || '@customer' || hash(i, 8) % 200 || '.example'}},
        {{'f': 'customer', 'v': 'customer' || hash(i, 8) % 200}},
        {{'f': 'segment', 'v': ['enterprise', 'pro', 'free'][1 + (hash(i, 8) % 3)::INT]}},
        {{'f': 'channel', 'v': ['support_chat', 'portal', 'in_app'][1 + (h % 3)::INT]}},
        {{'f': 'component', 'v': ['pay', 'search', 'login', 'cart'][1 + (h % 4)::INT]}},
        {{'f': 'route', 'v': 'GET /route/' || r}}
    ], recursive := true) FROM tickets
), rows AS (
    SELECT i, 'created' AS change, f AS field, NULL AS old, v AS new, born AS happened FROM created
    UNION ALL SELECT i, '1', 'assignee', '', ['ann', 'bo', 'cid', 'dee'][1 + (hash(i, 3) % 4)::INT],
        least(born + INTERVAL 1 minute * (3 + hash(i, 3) % 300)::INT, make_timestamp({end})) FROM tickets WHERE h % 3 > 0
    UNION ALL SELECT i, '2', 'status', 'new', 'in_progress',
        least(born + INTERVAL 1 minute * (4 + hash(i, 3) % 300)::INT, make_timestamp({end})) FROM tickets WHERE h % 3 > 0
    UNION ALL SELECT i, '3', 'component', '', 'pay', least(born + INTERVAL 2 minute, make_timestamp({end})) FROM tickets
    UNION ALL SELECT i, '4', 'status', 'in_progress', 'resolved',
        least(born + INTERVAL 1 minute * (310 + hash(i, 3) % 2000)::INT, make_timestamp({end})) FROM tickets WHERE done
)
SELECT 'shop', i::VARCHAR, change, field, old, new, 'ann', happened, happened + INTERVAL 15 second FROM rows ORDER BY happened
"""

_COMMENTS = """
INSERT INTO comment SELECT 'shop', i::VARCHAR, 'c' || i, 'ann', 'agent', i % 4 = 0, 'We look into it.',
    least(make_timestamp({start} + i * ({span} // {tickets})) + INTERVAL 2 hour, make_timestamp({end})),
    make_timestamp({end}) FROM range(0, {tickets}, 3) t(i)
"""

_CONSUMERS = """
INSERT INTO consumer_traffic
SELECT m, 'edge', 'key-' || lpad(c::VARCHAR, 3, '0'), 'GET /route/' || lpad(((c * 7 + r * 13) % {routes})::VARCHAR, 2, '0'), s,
    CASE s WHEN 200 THEN 60 + (hash(m, c, r) % 40) ELSE 1 END, NULL, m + INTERVAL 615 second
FROM (SELECT make_timestamp({start} + i * 600000000) AS m FROM range({first}, {last}) t(i)) tens,
    range(0, {consumers}) u(c), range(0, 3) w(r), (VALUES (200), (502)) v(s)
WHERE s = 200 OR hash(m, c, r, 5) % 60 = 0
ORDER BY m
"""

_TRAFFIC = """
INSERT INTO traffic
SELECT m, 'edge', 'GET /route/' || lpad(r::VARCHAR, 2, '0'), 'GET', s,
    CASE s WHEN 200 THEN 40 + (hash(m, r) % 30) ELSE (hash(m, r, 5) % 50 = 0)::INT END, NULL, m + INTERVAL 75 second
FROM (SELECT make_timestamp({start} + i * 60000000) AS m FROM range({first}, {last}) t(i)) minutes,
    range(0, {routes}) u(r), (VALUES (200), (502)) v(s)
ORDER BY m
"""

_COVERED = """
INSERT INTO covered SELECT name, make_timestamp({start}), make_timestamp({end}), false, make_timestamp({end} + 15000000)
FROM (VALUES ('edge'), ('shop')) v(name)
"""


def session_file() -> Path:
    """The path for this code: another builder or schema makes another file."""
    schema = Path(session.__file__).parent / "schema"
    parts = [Path(__file__), *sorted(schema.glob("*.sql")), Path(rollup.__file__)]
    digest = hashlib.blake2b(b"".join(p.read_bytes() for p in parts), digest_size=6).hexdigest()
    return large.folder() / f"tickets-{digest}.hypercare"


def build() -> Path:
    """The session, built unless it stands."""
    path = session_file()
    if path.exists():
        return path
    for stale in large.folder().glob("tickets-*"):
        stale.unlink()
    unfinished = path.with_name("building-tickets.hypercare")
    unfinished.unlink(missing_ok=True)
    made = session.create(unfinished, large._Standing(START))
    cursor = made.cursor()
    document = large._document() | {"flow": [], "routes": {"internal": []}}
    settings_log.save(made, cursor, from_document(document), "bench", START)
    given = {
        "start": START, "end": END, "span": END - START, "tickets": TICKETS, "routes": ROUTES, "consumers": CONSUMERS,
    }  # fmt: skip
    for day in range(DAYS):
        cursor.execute(_TRAFFIC.format(**given, first=day * 1440, last=(day + 1) * 1440))
        cursor.execute(_CONSUMERS.format(**given, first=day * 144, last=(day + 1) * 144))
    for statement in (_COVERED, _EVENTS, _COMMENTS):
        cursor.execute(statement.format(**given))
    cursor.close()
    made.close()
    again = session.open_own(unfinished, large._Standing(END))
    cursor = again.cursor()
    for upto in (*range(START + DAY, END, DAY), again.last_known):
        rollup.roll_up(again, cursor, [], upto)
    cursor.close()
    again.close()
    unfinished.rename(path)
    return path


@contextmanager
def desk() -> Iterator[ReadingDesk]:
    """A desk that stands at the end of the session."""
    held = ReadingDesk(session.open_own(build(), large._Standing(END)), large._Standing(END))
    try:
        yield held
    finally:
        held.close()
