"""The first read of 100 000 tickets with their history: canned Jira bodies over loopback, told in our words, appended."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import closing
from pathlib import Path

from console.model.moment import DAY, parse_instant
from console.settings import SourceSettings
from console.sources.registry import build
from console.sources.site import Site
from console.store import session
from console.store.append import PollRow, append_fetched
from console.store.session import SystemClock
from console.vault import Secret
from console.work.lanes import ProcessWorkshop
from tests.bench.figure import Figure, of_runs
from tests.bench.jira_server import jira

_TICKETS = 100_000
_NOW = parse_instant("2026-11-21T08:00:00Z")


def measure(tickets: int = _TICKETS) -> list[Figure]:
    settings = {"url": "", "user": "lead@example.com", "deployment": "cloud"}
    with (
        jira(tickets) as url,
        tempfile.TemporaryDirectory(prefix="hypercare-bench-") as folder,
        closing(asyncio.new_event_loop()) as loop,
    ):
        made = session.create(Path(folder) / "first.hypercare", SystemClock())
        cursor = made.cursor()
        site = Site("shop", ProcessWorkshop(), 60.0, _NOW - 7 * DAY, _NOW - 60 * DAY, Secret("not-for-strangers"))
        source = build(SourceSettings("shop", "jira", 60.0, options={**settings, "url": url}), site)
        seen, rows, more = b"", 0, True
        begun = time.perf_counter()
        while more:
            fetched = loop.run_until_complete(source.poll(seen, _NOW))
            append_fetched(made, cursor, PollRow("shop", _NOW, _NOW, "good"), fetched)
            rows += len(fetched.facts)
            seen, more = fetched.cursor, fetched.more
        seconds = time.perf_counter() - begun
        (held,) = cursor.execute("SELECT count(DISTINCT ticket) FROM ticket_event").fetchone() or (0,)
        assert held == tickets, f"{held} tickets came of {tickets}"
        loop.run_until_complete(source.close())
        cursor.close()
        made.close()
    note = f"{tickets} tickets, {rows} rows, in {seconds:.0f} s, one page after the other"
    return [of_runs("first read of a Jira", "tickets/s", [tickets / seconds], 2_000, least=True, note=note)]
