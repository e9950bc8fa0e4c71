"""The simulated launch behind real HTTP on loopback: ``python -m console.sources.launch.server --seed 7 --port 0``.

A process of its own. It prints one JSON line with its port when it listens, builds its history meanwhile, and ends
when its standard input is closed or its parent has gone, so that a killed console leaves nothing behind. What one
would get wrong: the ``Date`` header must come from the simulated clock, for a ticket connector measures skew by it.
"""

from __future__ import annotations

import argparse
import email.utils
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from console.model.moment import SECOND, from_seconds, parse_instant
from console.sources.launch import feed, jira, jira_desk, page
from console.sources.launch.book import Book
from console.sources.launch.history import History
from console.sources.launch.meter import Meter
from console.sources.launch.prometheus import BadQueryError, answer_api
from console.sources.launch.session import ready_line
from console.sources.launch.story import story
from console.sources.launch.tickets import tickets
from console.sources.launch.world import world

_JSON = "application/json;charset=UTF-8"
_MAX_BODY = 1 << 20
_METHODS = {
    "": ("GET", "PUT"), "comment": ("GET", "POST"), "transitions": ("GET", "POST"), "assignee": ("PUT",),
}  # fmt: skip


class Reply(msgspec.Struct):
    status: int
    content_type: str
    body: bytes
    headers: dict[str, str] = {}


class Launch:
    """What is served. ``clock`` gives the simulated instant; the world's anchor is where that clock started."""

    def __init__(self, seed: int, anchor: int, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.world = world(seed, anchor)
        self.meter = Meter(self.world)
        self.history = History(self.world)
        self.book = Book(self.world)

    def warm(self) -> None:
        """Build what the first questions would otherwise wait for."""
        self.meter.at(self.clock())
        tickets(self.world)
        self.history.until(self.clock())
        feed.entries(self.world, self.clock())

    def reply(self, path: str, asked: dict[str, Any], base: str, method: str = "GET") -> Reply:
        """``asked``: query and form or JSON body together."""
        now = self.clock()
        told = story(self.world)
        if path == "/apisix/prometheus/metrics":
            return Reply(200, page.CONTENT_TYPE, page.metrics(self.meter, now))
        if path == "/node/metrics":
            return Reply(200, page.CONTENT_TYPE, page.node(self.meter, now))
        if path == "/health":
            up = not told.worst.holds(now)
            return Reply(200 if up else 503, "application/json", b'{"status":"up"}' if up else b'{"status":"down"}')
        if path == "/feed":
            if told.feed_outage.holds(now):
                return Reply(503, "text/plain", b"upstream connect error\n", {"Retry-After": "60"})
            return _json(feed.entries(self.world, now))
        if path.startswith("/api/v1/"):
            return self._prometheus(path.removeprefix("/api/v1/"), asked, now)
        if path.startswith("/rest/api/2/"):
            return self._jira(method, path.removeprefix("/rest/api/2/"), asked, base, now)
        if path.startswith("/browse/"):
            return self._browse(path.removeprefix("/browse/"), now)
        return Reply(404, "text/plain", b"not found\n")

    def _prometheus(self, call: str, asked: dict[str, Any], now: int) -> Reply:
        try:
            return Reply(200, "application/json", answer_api(self.history, call, asked, now))
        except BadQueryError as error:
            return _json({"status": "error", "errorType": "bad_data", "error": str(error)}, 400)
        except LookupError:
            return Reply(404, "text/plain", b"404 page not found\n")

    def _jira(self, method: str, call: str, asked: dict[str, Any], base: str, now: int) -> Reply:
        try:
            return self._told(call, asked, base, now) or self._of_issue(method, call, asked, base, now)
        except jira.JiraError as error:
            return _json({"errorMessages": [str(error)], "errors": {}}, 400)
        except jira_desk.RefusedError as error:
            return _json(error.body, error.status)

    def _told(self, call: str, asked: dict[str, Any], base: str, now: int) -> Reply | None:
        if call == "serverInfo":
            return _json(jira.server_info(now, base))
        if call == "field":
            return _json(jira.fields())
        if call == "status":
            return _json(jira.statuses())
        if call == "myself":
            return _json({"name": "reader", "displayName": "Reader", "timeZone": "Europe/Berlin"})
        if call == "priority":
            return _json(jira_desk.priorities())
        if call == "user/assignable/search":
            return _json(jira_desk.people(str(asked.get("username") or "")))
        if call == "search":
            return _json(jira.search(self.book, now, base, asked))
        return None

    def _of_issue(self, method: str, call: str, asked: dict[str, Any], base: str, now: int) -> Reply:
        if call == "issue" and method == "POST":
            status, body = jira_desk.create(self.book, now, base, asked)
            return _json(body, status)
        found = re.fullmatch(r"issue/([\w-]+)(?:/(comment|transitions|assignee|editmeta))?", call)
        ticket = self.book.find(now, found.group(1)) if found else None
        if found is None or ticket is None:
            return _json({"errorMessages": ["Issue Does Not Exist"], "errors": {}}, 404)
        what = found.group(2) or ""
        if method not in _METHODS.get(what, ("GET",)):
            return Reply(405, "text/plain", b"method not allowed\n")
        if method != "GET":
            status, body = jira_desk.answer(self.book, ticket, now, what, asked)
            return Reply(status, _JSON, b"") if body is None else _json(body, status)
        if what == "comment":
            return _json(jira.comments(ticket, now))
        if what == "transitions":
            return _json(jira_desk.transitions(ticket, now))
        if what == "editmeta":
            return _json(jira_desk.screen())
        fields, expand = jira.words(asked.get("fields")), jira.words(asked.get("expand"))
        return _json(jira.issue(self.book, ticket, now, base, fields, expand))

    def _browse(self, key: str, now: int) -> Reply:
        ticket = self.book.find(now, key)
        if ticket is None:
            return Reply(404, "text/plain; charset=utf-8", b"no such ticket\n")
        return Reply(200, "text/plain; charset=utf-8", f"{ticket.key} {ticket.title}\n\n{ticket.body}\n".encode())


def _json(value: Any, status: int = 200) -> Reply:
    return Reply(status, _JSON, msgspec.json.encode(value))


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive."""

    protocol_version = "HTTP/1.1"
    timeout = 120
    # Head and body are two packets; without this the second may wait 40 ms for the first to be acknowledged.
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._answer({})

    def do_PUT(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        try:
            length = int(self.headers.get("content-length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= _MAX_BODY:
            self.close_connection = True
            self._send(Reply(413 if length > 0 else 400, "text/plain", b"body not accepted\n"))
            return
        raw = self.rfile.read(length)
        if "json" in (self.headers.get("content-type") or ""):
            try:
                self._answer(msgspec.json.decode(raw, type=dict[str, Any]))
            except (msgspec.DecodeError, UnicodeDecodeError):
                self._send(Reply(400, "text/plain", b"not JSON\n"))
            return
        self._answer(_fields(raw.decode("utf-8", "replace")))

    def _answer(self, body: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        self._send(
            self.server.launch.reply(parts.path, {**_fields(parts.query), **body}, self.server.base_url, self.command)
        )

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(reply.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def version_string(self) -> str:
        return "simulated-launch"

    def date_time_string(self, timestamp: float | None = None) -> str:
        return email.utils.formatdate(
            self.server.launch.clock() / SECOND if timestamp is None else timestamp, usegmt=True
        )

    def log_message(self, format: str, *arguments: Any) -> None:
        """Silent: standard error belongs to real trouble."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    # On Windows this flag would let two servers share a port; elsewhere it frees the port at once after an end.
    allow_reuse_address = os.name != "nt"

    def __init__(self, launch: Launch, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.launch = launch
        self.base_url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is our bug and stays loud."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def _fields(query: str) -> dict[str, Any]:
    """A repeated parameter becomes a list."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        before = found.get(name)
        found[name] = value if before is None else [*before, value] if isinstance(before, list) else [before, value]
    return found


def running_clock(anchor: int, speed: float) -> Callable[[], int]:
    """Starts at ``anchor`` and runs ``speed`` times as fast as real time; not moved by changes of the machine's
    clock."""
    begun = time.monotonic()
    return lambda: anchor + from_seconds((time.monotonic() - begun) * speed)


def _end_with_parent(parent: int) -> None:
    """Ends this process when standard input closes; a second look every second catches an inherited pipe."""

    def read() -> None:
        while os.read(0, 4096):
            pass
        os._exit(0)

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    if os.name == "posix":
        threading.Thread(target=look, daemon=True).start()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="console.sources.launch.server", description="The simulated launch over HTTP."
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--now", type=parse_instant, default=None, help="where the clock starts; default: real time")
    parser.add_argument("--port", type=int, default=0, help="0: a free one, told in the first line")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--truth", type=Path, default=None, help="writes what was planted into this file, as JSON")
    parser.add_argument("--stay", action="store_true", help="does not end with its parent")
    chosen = parser.parse_args(arguments)
    parent = os.getppid()
    now = chosen.now if chosen.now is not None else from_seconds(time.time())
    launch = Launch(chosen.seed, now, running_clock(now, chosen.speed))
    server = Server(launch, chosen.port)
    if chosen.truth is not None:
        _write_truth(chosen.truth, chosen.seed, now)
    if not chosen.stay:
        _end_with_parent(parent)
    line = ready_line(server.server_address[1], server.base_url, now, chosen.seed)
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()
    threading.Thread(target=launch.warm, daemon=True).start()
    try:
        server.serve_forever(poll_interval=0.5)
    except KeyboardInterrupt:
        server.server_close()


def _write_truth(path: Path, seed: int, now: int) -> None:
    from console.sources.launch.truth import truth

    path.write_bytes(msgspec.json.format(msgspec.json.encode(truth(seed, now)), indent=1))


if __name__ == "__main__":
    main()
