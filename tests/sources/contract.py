"""One contract for every connector: a scripted server on loopback, and the cases it plays.

A connector joins with one line in ``CASES``: how its settings look for a URL, how a healthy server answers, and one
ordinary item of its vendor (None where its answers are no JSON; the shape tests then leave it out).
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from console.model.facts import Facts, Fetched, TicketEvent
from console.model.moment import DAY, SECOND
from console.settings import SourceSettings
from console.sources.registry import build
from console.sources.site import Site, Told
from console.vault import Secret

T = TypeVar("T")
NOW = 1_795_248_000_000_000
"""2026-11-21T08:00:00Z."""
PASSWORD = "not-for-strangers"


class Inline:
    """A workshop without a second process."""

    async def run(self, size: int, function: Callable[..., T], *arguments: Any) -> T:
        return function(*arguments)


@dataclass(frozen=True)
class Asked:
    """A request: path without query, query and JSON body together, headers with lower-case names."""

    method: str
    path: str
    values: dict[str, Any]
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    cut: bool = False
    hang: bool = False
    ahead_s: float = 0.0


class Heard:
    """The ticket events a session took, and what it would say was told of a ticket."""

    def __init__(self) -> None:
        self.events: dict[tuple[str, str, str], TicketEvent] = {}

    def take(self, facts: Facts) -> list[TicketEvent]:
        """Those that were new to it."""
        fresh = [e for e in facts.ticket_event if (e.ticket, e.change_id, e.field) not in self.events]
        self.events |= {(e.ticket, e.change_id, e.field): e for e in fresh}
        return fresh

    async def told_of(self, tickets: Sequence[str]) -> dict[str, Told]:
        told: dict[str, Told] = {}
        for event in sorted(self.events.values(), key=lambda e: e.happened_at):
            if event.ticket in tickets:
                values, _ = told.get(event.ticket, ({}, 0))
                told[event.ticket] = {**values, event.field: event.new or ""}, event.happened_at
        return told


def as_json(value: Any, **more: Any) -> Answer:
    return Answer(json.dumps(value).encode(), **more)


Script = Callable[[Asked], Answer]


class Remote:
    """A threaded server that answers by its script and remembers what it was asked."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self._go = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self) -> None:
                split = urlsplit(self.path)
                values: dict[str, Any] = dict(parse_qsl(split.query, keep_blank_values=True))
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if body:
                    values |= json.loads(body)
                headers = {k.lower(): v for k, v in self.headers.items()}
                asked = Asked(self.command, split.path, values, headers)
                outer.asked.append(asked)
                answer = outer.script(asked)
                if answer.hang:
                    outer._go.wait(5)
                    self.close_connection = True
                    return
                self.send_response_only(answer.status)
                date = NOW / SECOND + answer.ahead_s
                self.send_header("Date", email.utils.formatdate(date, usegmt=True))
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(answer.body) + (50 if answer.cut else 0)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)
                if answer.cut:
                    self.close_connection = True

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names http.server looks for

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = False
            block_on_close = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def remote(script: Script) -> Iterator[Remote]:
    server = Remote(script)
    try:
        yield server
    finally:
        server.close()


@dataclass(frozen=True)
class Case:
    """A connector under the contract.

    ``settings(url)``: its options. ``serve(items, asked)``: a healthy server that holds ``items``, with the
    vendor's own paging at ``page`` items a page (0: no pages). ``item(n)``: the vendor's n-th item; each gives at least one fact.
    """

    name: str
    kind: str
    settings: Callable[[str], dict[str, Any]]
    serve: Callable[[list[Any], Asked], Answer]
    item: Callable[[int], dict[str, Any]] | None = None
    page: int = 0
    needed: frozenset[str] = frozenset()
    """Keys without which an item cannot be used at all."""
    lag: int = 0
    """How far behind the request the vendor's newest answers are; what is covered ends there."""
    title: str = "title"
    """The key of an item's headline."""

    def __str__(self) -> str:
        return self.name

    def script(self, count: int) -> Script:
        items = [self.item(n) for n in range(count)] if self.item else []
        return lambda asked: self.serve(items, asked)


def site(case: Case) -> Site:
    return Site(case.name, Inline(), 60.0, NOW - 7 * DAY, NOW - 21 * DAY, Secret(PASSWORD))


def poll(case: Case, url: str, cursor: bytes = b"", now: int = NOW) -> Fetched:
    """One poll by a source of its own, as after a restart."""

    async def once() -> Fetched:
        source = build(SourceSettings(case.name, case.kind, options=case.settings(url)), site(case))
        try:
            return await source.poll(cursor, now)
        finally:
            await source.close()

    return asyncio.run(once())


def poll_each(case: Case, server: Remote, scripts: Iterable[Script], now: int = NOW) -> Iterator[Fetched]:
    """First polls of one source against one script after the other; much cheaper than a source each."""
    loop = asyncio.new_event_loop()
    source = build(SourceSettings(case.name, case.kind, options=case.settings(server.url)), site(case))
    try:
        for script in scripts:
            server.script = script
            yield loop.run_until_complete(source.poll(b"", now))
    finally:
        loop.run_until_complete(source.close())
        loop.close()


def run(case: Case, url: str, cursor: bytes = b"", now: int = NOW, most: int = 60) -> tuple[Facts, list[Fetched]]:
    """Polls until there is no more; the facts of all of them together."""
    facts, answers = Facts(), list[Fetched]()
    for _ in range(most):
        answer = poll(case, url, cursor, now)
        answers.append(answer)
        cursor = answer.cursor
        for name in Facts.__dataclass_fields__:
            getattr(facts, name).extend(getattr(answer.facts, name))
        if not answer.more:
            return facts, answers
    raise AssertionError(f"{case.name} still wanted more after {most} polls")


def always(answer: Answer) -> Script:
    return lambda asked: answer


def ahead(script: Script, seconds: float) -> Script:
    """The same server with its clock ahead by so many seconds."""
    return lambda asked: replace(script(asked), ahead_s=seconds)
