"""A session of the simulated launch as a file, without any server, told as a source would have told it.

The console was set up four hours ago: what happened before was back-filled then, what came since is learnt every few
minutes, but for a stretch that was learnt an hour late. A hole in the days before is bridged by counters.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from pathlib import Path

import duckdb

from console.model.facts import Facts
from console.model.moment import HOUR, MINUTE, SECOND, parse_instant
from console.settings import from_document
from console.sources.launch import inside
from console.sources.launch import session as launch_session
from console.store import rollup, settings_log
from console.store import session as sessions
from console.store.append import append_facts, append_rows, instant
from console.store.session import Session
from tests.conftest import StandingClock

NOW = parse_instant("2026-11-20T14:21:07Z")
SET_UP = parse_instant("2026-11-20T10:00:00Z")
LATE_FROM, LATE_TO = SET_UP + HOUR, SET_UP + HOUR + 40 * MINUTE
_TOLD_EVERY = 3 * MINUTE
_TABLES = tuple(t for t in inside.TABLES if t != "consumer_traffic")
_GATEWAY = ("traffic", "latency", "latency_sum", "consumer_traffic")


def launched(path: Path) -> Path:
    """Write the file and close it. A little more than six days of one seed."""
    clock = StandingClock(SET_UP)
    document = launch_session.settings("http://127.0.0.1:1", NOW, 7)
    document["source"] = [s for s in document["source"] if s["name"] in (inside.EDGE, inside.SHOP, inside.PULSE)]
    session = sessions.create(path, clock)
    cursor = session.cursor()
    settings_log.save(session, cursor, from_document(document), "lead", clock.now())
    before = inside.facts(7, NOW, end=SET_UP, step=10, tables=_TABLES)
    since = inside.facts(7, NOW, start=SET_UP, coarse=1, tables=_TABLES)
    append_facts(session, cursor, before, SET_UP + SECOND)
    rollup.roll_up(session, cursor, from_document(document).routes.internal)
    _tell(session, cursor, since)
    signed = ("d1", "sign_off", "handover", "https://wiki.example.com/handover", "operations", "took over")
    append_rows(session, cursor, "decision", [(*signed, instant(NOW - HOUR))], NOW - 2 * SECOND)
    cursor.close()
    session.close()
    return path


def _tell(session: Session, cursor: duckdb.DuckDBPyConnection, told: Facts) -> None:
    """Append what happened since, piece by piece, as it became known."""
    pieces: dict[int, Facts] = defaultdict(Facts)
    for field in fields(told):
        rows = getattr(told, field.name)
        for row in [] if field.name == "covered" else rows:
            gateway = field.name in _GATEWAY
            getattr(pieces[_known(row.minute if gateway else row.happened_at, gateway)], field.name).append(row)
    for span in told.covered:
        edge = span.source == inside.EDGE
        for start in range(span.from_, span.to, MINUTE):
            minute = span._replace(from_=start, to=min(span.to, start + MINUTE))
            pieces[_known(start, edge)].covered.append(minute)
    for known in sorted(pieces):
        append_facts(session, cursor, pieces[known], known)


def _known(happened: int, gateway: bool) -> int:
    if gateway and LATE_FROM <= happened < LATE_TO:
        return LATE_TO + HOUR
    return min(NOW - 5 * SECOND, happened - happened % _TOLD_EVERY + _TOLD_EVERY)
