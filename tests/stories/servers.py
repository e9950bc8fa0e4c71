"""Real servers and the real program for the stories: started on loopback, waited for by condition, gone at the end.

What one would get wrong: a story may not sleep. Whatever must become true is asked again and again until it is, or
until a deadline says in words what did not happen.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from console.work.answering import Question, ask_holder

T = TypeVar("T")

PROJECT = Path(__file__).resolve().parents[2]
_TICK_S = 0.02
_PORTS = (18_000, 32_000)


def until(ask: Callable[[], T], what: str, seconds: float = 30.0) -> T:
    """The first truthy answer of ``ask``. Fails the test, saying ``what`` did not happen."""
    deadline = time.monotonic() + seconds
    while True:
        found = ask()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"after {seconds:g} s: {what}")
        time.sleep(_TICK_S)


def binary(name: str) -> str:
    """The path of a real server's program; without it the story is skipped, or fails where it is required."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        if os.environ.get("HYPERCARE_REAL_SERVERS") == "required":
            pytest.fail(f"{name} is not installed, and HYPERCARE_REAL_SERVERS asks for it")
        pytest.skip(f"{name} is not installed; install it to check against the real one")
    return found


def free_ports(count: int) -> list[int]:
    """Ports that are free now and differ from each other.

    Below those the system gives to whoever calls out, so that no call takes one before its server does.
    """
    found: set[int] = set()
    while len(found) < count:
        port = random.randrange(*_PORTS)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.add(port)
    return list(found)


def listens(port: int) -> bool:
    with socket.socket() as trial:
        trial.settimeout(0.2)
        return trial.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    command: list[str], port: int, home: Path, *, seconds: float = 30.0, stdout: Path | None = None
) -> Iterator[None]:
    """A server of the test's own: listening when the block begins, gone when it ends.

    What it prints goes into ``server.log``; with ``stdout`` its standard output is appended to that file instead.
    """
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home)}
    log = home / "server.log"
    log.write_bytes(b"")
    with log.open("ab") as sink, (stdout or log).open("ab") as printed:
        process = subprocess.Popen(command, stdout=printed, stderr=sink, env=environment)

    def up() -> bool:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        return listens(port)

    try:
        until(up, f"{Path(command[0]).name} did not listen", seconds)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class _Handler(BaseHTTPRequestHandler):
    """Answers ``/…/<status>`` with that status, and remembers it."""

    protocol_version = "HTTP/1.1"
    # Head and body are two packets; without this the second waits 40 ms for the first to be acknowledged.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        status = int(self.path.rsplit("/", 1)[1])
        self.send_response(status)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """A story prints only what it has to say."""


class QuietServer(ThreadingHTTPServer):
    """Silent when a client hangs up. ``connections_end`` waits for its threads, so that none outlives the test."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A gateway that drops a kept connection is nothing to tell."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[QuietServer]:
    """A server in this process, on a free port."""
    server = QuietServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def backend() -> Iterator[int]:
    """The port of what stands behind the gateways."""
    with serving(_Handler) as server:
        yield int(server.server_address[1])


@dataclass(frozen=True)
class Gateway:
    """``url`` takes calls; ``metrics`` is the page to scrape."""

    url: str
    metrics: str

    def page(self) -> str:
        return httpx.get(self.metrics, trust_env=False).raise_for_status().text


@contextmanager
def haproxy(backend_port: int, home: Path) -> Iterator[Gateway]:
    """HAProxy with one backend, ``app``."""
    program = binary("haproxy")
    main, metrics = free_ports(2)
    home.mkdir(parents=True, exist_ok=True)
    config = home / "haproxy.cfg"
    config.write_text(
        "defaults\n mode http\n retries 0\n timeout connect 2s\n timeout client 10s\n timeout server 10s\n"
        " timeout http-keep-alive 200ms\n"
        f"frontend metrics\n bind 127.0.0.1:{metrics}\n"
        " http-request use-service prometheus-exporter if { path /metrics }\n"
        f"frontend main\n bind 127.0.0.1:{main}\n default_backend app\n"
        f"backend app\n option httpclose\n server s1 127.0.0.1:{backend_port}\n"
    )
    with running([program, "-db", "-f", str(config)], metrics, home):
        yield Gateway(f"http://127.0.0.1:{main}", f"http://127.0.0.1:{metrics}/metrics")


@contextmanager
def caddy(backend_port: int, home: Path) -> Iterator[Gateway]:
    """Caddy with metrics on, one reverse proxy below ``/app``."""
    program = binary("caddy")
    main, admin = free_ports(2)
    home.mkdir(parents=True, exist_ok=True)
    config = home / "Caddyfile"
    config.write_text(
        f"{{\n admin 127.0.0.1:{admin}\n auto_https off\n servers {{\n  metrics\n }}\n}}\n"
        f"http://127.0.0.1:{main} {{\n handle /app/* {{\n"
        f"  reverse_proxy 127.0.0.1:{backend_port} {{\n   transport http {{\n    keepalive off\n   }}\n  }}\n }}\n}}\n"
    )
    with running([program, "run", "--config", str(config), "--adapter", "caddyfile"], main, home):
        yield Gateway(f"http://127.0.0.1:{main}", f"http://127.0.0.1:{admin}/metrics")


@contextmanager
def prometheus(samples: str, home: Path) -> Iterator[str]:
    """The URL of a Prometheus that holds ``samples``: OpenMetrics text with instants, ending in ``# EOF``."""
    server, tool = binary("prometheus"), binary("promtool")
    home.mkdir(parents=True, exist_ok=True)
    (home / "samples.om").write_text(samples)
    (home / "prometheus.yml").write_text("global: {}\n")
    # Without the longer blocks promtool reads the whole text anew for every two hours of it.
    blocks = ["create-blocks-from", "--max-block-duration=720h", "openmetrics"]
    make = [tool, "tsdb", *blocks, str(home / "samples.om"), str(home / "data")]
    subprocess.run(make, check=True, capture_output=True, timeout=300)
    (port,) = free_ports(1)
    command = [
        server, f"--config.file={home / 'prometheus.yml'}", f"--storage.tsdb.path={home / 'data'}",
        "--storage.tsdb.retention.time=60d", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
    ]  # fmt: skip
    with running(command, port, home):
        url = f"http://127.0.0.1:{port}"
        until(lambda: httpx.get(f"{url}/-/ready", trust_env=False).status_code == 200, "Prometheus did not get ready")
        yield url


@dataclass(frozen=True)
class Tracker:
    """A real Roundup with its classic template. ``user``/``password`` may do everything."""

    url: str
    user: str
    password: str

    def make(self, kind: str, **values: Any) -> str:
        """Create an item. Returns its id."""
        with self._client() as client:
            answer = client.post(f"rest/data/{kind}", data=values)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def change(self, kind: str, item: str, **values: Any) -> None:
        with self._client() as client:
            etag = client.get(f"rest/data/{kind}/{item}").headers["etag"]
            answer = client.patch(f"rest/data/{kind}/{item}", data=values, headers={"If-Match": etag})
        assert answer.status_code == 200, answer.text

    def retire(self, kind: str, item: str) -> None:
        with self._client() as client:
            etag = client.get(f"rest/data/{kind}/{item}").headers["etag"]
            answer = client.delete(f"rest/data/{kind}/{item}", headers={"If-Match": etag})
        assert answer.status_code == 200, answer.text

    def ids(self, kind: str) -> dict[str, str]:
        """Names of a kind (status, priority, user) with their ids."""
        key = "username" if kind == "user" else "name"
        with self._client() as client:
            answer = client.get(f"rest/data/{kind}", params={"@fields": key}).raise_for_status()
        return {row[key]: str(row["id"]) for row in answer.json()["data"]["collection"]}

    def _client(self) -> httpx.Client:
        origin = self.url.rsplit("/", 2)[0]
        headers = {"X-Requested-With": "rest", "Origin": origin, "Referer": self.url}
        return httpx.Client(base_url=self.url, auth=(self.user, self.password), headers=headers, trust_env=False)


@contextmanager
def roundup(home: Path) -> Iterator[Tracker]:
    """A Roundup tracker on SQLite."""
    admin, server = binary("roundup-admin"), binary("roundup-server")
    home.mkdir(parents=True, exist_ok=True)
    (port,) = free_ports(1)
    url, tracker = f"http://127.0.0.1:{port}/support/", home / "tracker"
    settings = f"tracker_web={url},mail_domain=example.com,mail_host=localhost"
    install = [admin, "-i", str(tracker), "install", "classic", "sqlite", settings]
    subprocess.run(install, check=True, capture_output=True, timeout=60, cwd=home)
    initialise = [admin, "-i", str(tracker), "initialise", "secret"]
    subprocess.run(initialise, check=True, capture_output=True, timeout=60, cwd=home)
    # Mail would be tried for each new issue; a story has no mail server.
    (tracker / "detectors" / "nosyreaction.py").unlink(missing_ok=True)
    # As the administrator (a container) it wants to be told as whom to run; elsewhere it would print a warning.
    who = ["-u", str(os.geteuid())] if os.geteuid() == 0 else []
    with running([server, "-n", "127.0.0.1", "-p", str(port), *who, f"support={tracker}"], port, home):
        yield Tracker(url, "admin", "secret")


@dataclass
class Program:
    """The program through its command line, with a home of its own."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: object, seconds: float = 60.0, prefix: list[str] | None = None) -> Told:
        """One command to its end."""
        done = subprocess.run(
            [*(prefix or []), *self._command(arguments)], capture_output=True, timeout=seconds, env=self._environment(),
            cwd=PROJECT,
        )  # fmt: skip
        return Told(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))

    def holder(self, session: Path, ask: str, **arguments: object) -> Any:
        """Ask whoever holds the session, as a command does, without the price of a process. For waiting in a loop."""
        question = Question(ask, arguments)
        told = until(lambda: ask_holder(self.home / "data", session, question), f"nobody holds {session}")
        assert not told.fault, told.fault
        return told.answer

    @contextmanager
    def started(self, *arguments: object) -> Iterator[Running]:
        """A command that goes on; killed at the end when it still runs."""
        process = subprocess.Popen(
            self._command(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._environment(),
            cwd=PROJECT,
        )  # fmt: skip
        begun = Running(process)
        try:
            yield begun
        finally:
            if process.poll() is None:
                process.kill()
            begun.finish()

    def _command(self, arguments: tuple[object, ...]) -> list[str]:
        return [sys.executable, str(PROJECT / "main.py"), *map(str, arguments)]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "HYPERCARE_HOME": str(self.home), "PYTHONUNBUFFERED": "1", **self.environment}


@dataclass(frozen=True)
class Told:
    """How a command ended and what it said."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")

    def json(self) -> Any:
        assert "Traceback" not in self.err, self.err
        assert self.code in (0, 1, 3), self.err
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one sentence on standard error. Fails when there is none, two, or a trace of the program's inside."""
        assert "Traceback" not in self.err, self.err
        lines = [line for line in self.err.splitlines() if line.startswith("hypercare: ")]
        assert len(lines) == 1, self.err
        return lines[0].removeprefix("hypercare: ")


class Running:
    """A command under way. Its output is read all the time, so that it can never block on a full pipe."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._readers = [
            threading.Thread(target=_read, args=(process.stdout, self.lines), name="story output"),
            threading.Thread(target=_read, args=(process.stderr, self.errors), name="story errors"),
        ]
        for reader in self._readers:
            reader.start()

    def says(self, words: str, seconds: float = 30.0) -> str:
        """Wait for a line that holds ``words``. Returns it."""

        def found() -> str:
            line = next((line for line in list(self.lines) if words in line), "")
            if not line and self.process.poll() is not None:
                pytest.fail(f"ended with {self.process.returncode} before saying {words!r}: {self.lines} {self.errors}")
            return line

        return until(found, f"it did not say {words!r}, only {self.lines} {self.errors}", seconds)

    def kill(self) -> None:
        """As a power cut: nothing can be tidied up."""
        self.process.kill()
        self.finish()

    def stop(self, seconds: float = 30.0) -> int:
        """SIGTERM. Returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(seconds)
        self.finish()
        return int(self.process.returncode)

    def finish(self) -> None:
        self.process.wait(30)
        for reader in self._readers:
            reader.join(10)


def _read(pipe: Any, into: list[str]) -> None:
    with pipe:
        for line in pipe:
            into.append(line.decode("utf-8", "replace").rstrip("\n"))


def write_settings(path: Path, *sources: dict[str, Any], **session: Any) -> Path:
    """A settings file with these sources. Values are texts, numbers, tables or already TOML in a ``Raw``."""
    lines = ["[session]", *(f"{key} = {_toml(value)}" for key, value in session.items())]
    for source in sources:
        lines += ["[[source]]", *(f"{key} = {_toml(value)}" for key, value in source.items())]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


class Raw(str):
    """TOML that stands as it is (an instant, a table)."""


def _toml(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value)


def an_hour_ago() -> Raw:
    """A go-live before everything that a story does, at a whole hour."""
    return Raw(f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:00:00Z}")
