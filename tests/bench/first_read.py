"""The first read of 100 000 tickets with their history: canned Jira bodies over loopback, through the poller, into a file."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import duckdb

from console.model.change import Change
from console.model.facts import Fetched
from console.model.moment import DAY, parse_instant
from console.settings import SourceSettings
from console.sources.registry import build
from console.sources.site import Site
from console.store import session
from console.store.append import PollRow, append_many, cursor_of
from console.store.session import Session, SystemClock
from console.vault import Secret
from console.work.lanes import Lanes
from console.work.poller import Poller
from tests.bench.figure import Figure, of_runs
from tests.bench.jira_server import jira

_TICKETS = 100_000
_LONGEST_S = 580
_START = parse_instant("2026-11-21T08:00:00Z")


class _Store:
    """The session as the poller asks for it, without a desk around it. ``whole``: the last page is stored."""

    def __init__(self, made: Session) -> None:
        self.made = made
        self.write: duckdb.DuckDBPyConnection = made.cursor()
        self.rows = 0
        self.whole = threading.Event()

    def append(self, answers: list[tuple[PollRow, Fetched | None]]) -> Change:
        self.rows += sum(row.rows for row, _ in answers)
        change = append_many(self.made, self.write, answers)
        if any(fetched.facts.covered for _, fetched in answers if fetched is not None):
            self.whole.set()
        return change

    def cursor_of(self, source: str) -> bytes:
        return cursor_of(self.write, source)

    def tickets(self) -> int:
        row = self.write.execute("SELECT count(DISTINCT ticket) FROM ticket_event").fetchone()
        return int(row[0]) if row else 0


def measure(tickets: int = _TICKETS) -> list[Figure]:
    with jira(tickets) as url, tempfile.TemporaryDirectory(prefix="hypercare-bench-") as folder:
        made = session.create(Path(folder) / "first.hypercare", SystemClock())
        store, lanes = _Store(made), Lanes()
        site = Site("shop", lanes.workshop, 60.0, _START - 7 * DAY, _START - 60 * DAY, Secret("not-for-strangers"))
        options = {"url": url, "user": "lead@example.com", "deployment": "cloud"}
        settings = SourceSettings("shop", "jira", 60.0, options=options)
        poller = Poller(lanes, store, SystemClock(), lambda _: None)
        begun = time.perf_counter()
        poller.start("shop", 60.0, lambda: build(settings, site))
        poller.poll_now("shop")
        store.whole.wait(_LONGEST_S)
        seconds = time.perf_counter() - begun
        held = lanes.write(store.tickets).result()
        trouble = poller.health()[0].sentence
        poller.close()
        lanes.close()
        store.write.close()
        made.close()
    assert held == tickets, f"{held} tickets came of {tickets}: {trouble}"
    note = f"{tickets} tickets, {store.rows} rows, in {seconds:.0f} s"
    return [of_runs("first read of a Jira", "tickets/s", [tickets / seconds], 2_000, least=True, note=note)]
