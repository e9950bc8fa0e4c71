"""Builders of sessions and facts: what a story needs to say, and nothing else.

``T0`` is a whole hour, so that minutes and hours of a story can be counted from it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from console.desk import Desk
from console.model.change import Change
from console.model.facts import Covered, Facts, Fetched, Reread, Survey, TicketEvent, Traffic
from console.model.moment import LIVE, MINUTE, Moment, iso
from console.model.number import Slice
from console.queries.catalogue import catalogue
from console.queries.knowledge import Knowledge
from console.queries.kpi import KpiAnswer
from console.queries.kpi import ask as ask_kpi
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.settings import Settings, from_document
from console.store import settings_log
from console.store.append import PollRow, append_facts, append_fetched, append_rows, instant
from console.store.session import Session
from console.work.lanes import Lanes
from tests.conftest import StandingClock
from tests.fresh import created

T0 = 1_763_640_000_000_000 - 1_763_640_000_000_000 % 3_600_000_000


class Bench:
    """One session with its write cursor, a clock, and a way to ask."""

    def __init__(self, path: Path, clock: StandingClock) -> None:
        self.path = path
        self.clock = clock
        self.session: Session = created(path, clock)
        self.write = self.session.cursor()
        self._read = self.session.cursor()
        self._second: duckdb.DuckDBPyConnection | None = None
        self.knowledge = Knowledge()
        self.shelf = TicketShelf()
        """The one of ``reader``'s connection: a second one there would take its tables away."""

    def settings(self, **document: Any) -> Settings:
        """Save a settings document known from now on."""
        settings = from_document(document)
        settings_log.save(self.session, self.write, settings, "lead", self.clock.now())
        return settings

    def add(self, facts: Facts) -> Change:
        return append_facts(self.session, self.write, facts, self.clock.now())

    def answer(self, source: str, facts: Facts, cursor: bytes = b"", reread: list[Reread] | None = None) -> Change:
        """A good answer of a source, as the poller hands it over."""
        now = self.clock.now()
        fetched = Fetched(facts, cursor, reread or [])
        return append_fetched(self.session, self.write, PollRow(source, now, now, "good"), fetched)

    def decide(self, act: str, subject: str, value: str = "", who: str = "lead", comment: str = "") -> None:
        now = self.clock.now()
        row = (f"{now:x}{who}", act, subject, value, who, comment, instant(now))
        append_rows(self.session, self.write, "decision", [row], now)

    def reader(self, moment: Moment = LIVE) -> Reader:
        return Reader(self._read, self.knowledge, moment, self.clock.now())

    def another_reader(self, moment: Moment = LIVE) -> Reader:
        """On a second connection, as another thread has it."""
        if self._second is None:
            self._second = self.session.cursor()
        return Reader(self._second, self.knowledge, moment, self.clock.now())

    def kpi(
        self, name: str, start: int | None = None, end: int | None = None, moment: Moment = LIVE, **part: str
    ) -> KpiAnswer:
        return ask_kpi(self.reader(moment), catalogue().get(name), start, end, Slice(**part))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.write.execute(sql).fetchall()

    def close(self) -> None:
        for cursor in (self.write, self._read, self._second):
            if cursor is not None:
                cursor.close()
        self.session.close()


@contextmanager
def bench(folder: Path, now: int = T0, name: str = "a.hypercare") -> Iterator[Bench]:
    """A fresh session at ``now``, closed afterwards."""
    made = Bench(folder / name, StandingClock(now))
    try:
        yield made
    finally:
        made.close()


def scrape(name: str, gateway: str | None = None, **options: Any) -> dict[str, Any]:
    """A source of a gateway's metrics page, as it stands in a settings file."""
    found = {
        "name": name,
        "kind": "scrape",
        "flavour": "kong",
        "url": "http://127.0.0.1:1/metrics",
        "period_s": 15,
        **options,
    }
    return found if gateway is None else {**found, "gateway": gateway}


def jira(name: str = "jira") -> dict[str, Any]:
    return {"name": name, "kind": "jira", "url": "http://127.0.0.1:1", "jql": "project = A"}


def feed(name: str = "feed") -> dict[str, Any]:
    return {"name": name, "kind": "feed", "url": "http://127.0.0.1:1/feed.json"}


def probe(name: str = "probe") -> dict[str, Any]:
    return {"name": name, "kind": "probe", "url": "http://127.0.0.1:1/", "period_s": 30}


def launch(*sources: dict[str, Any], live: int = T0, **session: Any) -> dict[str, Any]:
    """A settings document with a go-live and sources, in UTC."""
    return {"session": {"go_live": iso(live), "time_zone": "UTC", **session}, "source": list(sources)}


def covered(source: str, start: int, end: int, *, whole: bool = False) -> Covered:
    return Covered(source, start, end, whole)


def traffic(minute: int, calls: int, source: str = "edge", route: str = "GET /a", status: int = 200) -> Traffic:
    return Traffic(minute, source, route, "", status, calls)


def every_minute(start: int, end: int, calls: int, source: str = "edge", status: int = 200) -> list[Traffic]:
    return [traffic(minute, calls, source, status=status) for minute in range(start, end, MINUTE)]


def ticket(
    key: str,
    at: int,
    severity: str = "P2",
    source: str = "jira",
    title: str = "It fails",
    kind: str = "bug",
    **fields: str,
) -> list[TicketEvent]:
    """The rows of a new ticket; its immutable id is 'id-' and its key."""
    values = {
        "key": key, "title": title, "status": "new", "severity": severity, "kind": kind, "created_at": iso(at), **fields,
    }  # fmt: skip
    return [
        TicketEvent(source, f"id-{key}", "created", name, None, value, "reporter", at) for name, value in values.items()
    ]


def moved(key: str, at: int, new: str, field: str = "status", old: str = "", source: str = "jira") -> TicketEvent:
    return TicketEvent(source, f"id-{key}", f"c{at}{field}", field, old, new, "agent", at)


def survey(number: int, score: float, at: int, kind: str = "support", source: str = "feed") -> Survey:
    return Survey(source, f"s{number}", kind, score, "", "", "", at)


def plain_value(path: Path, sql: str) -> tuple[Any, ...] | None:
    """What any DuckDB says to a shown statement on the closed file."""
    with duckdb.connect(str(path), read_only=True) as other:
        return other.execute(sql).fetchone()


def settled(desk: Desk, lanes: Lanes) -> None:
    """Wait until all that follows from what was written is written too: derived customers, what rules say."""

    def resting() -> bool:
        return desk._deriving.resting.is_set() and desk._ruling.resting.is_set()

    # Asked on the write lane, where nothing else can be under way at that instant.
    while not lanes.write(resting).result():
        continue


def on_write_lane(desk: Desk, lanes: Lanes, *names: str) -> None:
    """Let these acts of a desk run where they belong, whoever calls: two threads on one cursor mix their transactions."""
    for name in names:
        setattr(desk, name, partial(_run, lanes, getattr(desk, name)))


def _run(lanes: Lanes, deed: Callable[..., Any], *arguments: Any) -> Any:
    if threading.current_thread().name.startswith("write"):
        return deed(*arguments)
    return lanes.write(deed, *arguments).result()
