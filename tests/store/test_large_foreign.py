"""Somebody else's large session, opened only to be read: the memory a question may take is enough for its answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.desk import ReadingDesk
from console.model.moment import DAY, LIVE, MINUTE, SECOND
from console.model.number import Slice
from console.store import session as sessions
from tests.builders import T0, bench, jira, scrape
from tests.conftest import StandingClock

ROUTES, BUCKETS = 70, 10
MINUTES = 2 * 1440
TICKETS = 20_000
END = T0 + MINUTES * MINUTE

_LATENCY = f"""
INSERT INTO latency
SELECT make_timestamp({T0} + i * {MINUTE}) AS m, 'edge', 'GET /' || r, 'total', b * 100.0, (b + 1) * 100.0,
    1 + hash(i, r, b) % 9, NULL, make_timestamp({T0} + i * {MINUTE} + 75000000)
FROM range({MINUTES}) minutes(i), range({ROUTES}) routes(r), range({BUCKETS}) buckets(b) ORDER BY m
"""
_TRAFFIC = f"""
INSERT INTO traffic
SELECT make_timestamp({T0} + i * {MINUTE}) AS m, 'edge', 'GET /' || r, '', s, CASE s WHEN 200 THEN 50 ELSE hash(i, r) % 2 END,
    NULL, make_timestamp({T0} + i * {MINUTE} + 75000000)
FROM range({MINUTES}) minutes(i), range({ROUTES}) routes(r), (VALUES (200), (502)) statuses(s) ORDER BY m
"""
_TICKETS = f"""
INSERT INTO ticket_event
WITH born AS (SELECT i, make_timestamp({T0} + i * 1000000) AS born_at FROM range({TICKETS}) tickets(i))
SELECT 'jira', i::VARCHAR, 'created', field, NULL, new, 'ann', born_at, born_at + INTERVAL 15 second FROM (
    SELECT i, born_at, unnest([
        ('key', 'SHOP-' || i), ('title', 'Order ' || i || ' fails with 502 after the address was edited'), ('status', 'new'),
        ('severity', 'P' || (1 + hash(i) % 4)), ('reporter', 'customer ' || i), ('created_at', strftime(born_at, '%xT%XZ'))
    ]) AS row, row[1] AS field, row[2] AS new FROM born
) ORDER BY born_at
"""
_COVERED = f"""
INSERT INTO covered SELECT unnest(['edge', 'jira']), make_timestamp({T0}), make_timestamp({END}), false, make_timestamp({END})
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two million latency rows, none of them summed up: a session that was copied before its summaries were made."""
    with bench(tmp_path_factory.mktemp("large"), T0) as made:
        made.settings(session={"go_live": "2025-11-20T12:00:00Z", "time_zone": "UTC"}, source=[scrape("edge"), jira()])
        for statement in (_LATENCY, _TRAFFIC, _TICKETS, _COVERED):
            made.write.execute(statement)
        return made.path


@pytest.mark.thorough
def test_the_command_screen_of_a_large_foreign_session_is_answered(large: Path) -> None:
    desk = ReadingDesk(sessions.open_foreign(large), StandingClock(END))
    try:
        assert desk.read_only
        rows = desk.reader(LIVE).one("SELECT count(*) FROM latency")
        assert rows == (MINUTES * ROUTES * BUCKETS,)
        figure = desk.command(LIVE, 2 * DAY // SECOND, 1600)
        share = desk.kpi("error_rate_5xx", LIVE, None, None, Slice())
        p95 = desk.kpi("latency_p95", LIVE, None, None, Slice())
        errors, calls, slow = plainly(desk)
    finally:
        desk.close()
    tiles = {tile.key: tile.value for tile in figure.tiles}
    assert "?" not in (tiles["error_rate_5xx"], tiles["latency_p95"], tiles["throughput"]), tiles
    assert [chart.key for chart in figure.charts if not chart.empty]
    assert (share.value, share.n) == (errors / calls, calls)
    assert p95.value == pytest.approx(slow)


def plainly(desk: ReadingDesk) -> tuple[int, int, float]:
    """Errors, calls and the 95th percentile, worked out from the rows with no help of macros."""
    reader = desk.reader(LIVE)
    errors, calls = reader.rows("SELECT sum(calls) FILTER (status = 502)::BIGINT, sum(calls)::BIGINT FROM traffic")[0]
    counts = reader.rows("SELECT lower_ms, upper_ms, sum(count)::BIGINT FROM latency GROUP BY ALL ORDER BY ALL")
    rank, below = 0.95 * sum(count for _, _, count in counts), 0
    for lower, upper, count in counts:
        if below + count >= rank:
            return errors, calls, lower + (upper - lower) * (rank - below) / count
        below += count
    raise AssertionError("no rows")
