"""Real gateways that write a JSON access log, and what stands behind them: a backend that takes the time it is told.

What one would get wrong: rotation by *rename* needs the gateway to open its file anew (nginx on USR1; Caddy by itself, and
it packs the old one at once). Rotation by *copytruncate* suits a writer that appends; HAProxy takes that flag off its own
standard output, so that the emptied file begins with a hole.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx

from tests.stories.servers import binary, free_ports, running, serving


class Slow(BaseHTTPRequestHandler):
    """Answers ``/…/<ms>/<status>`` with that status after so many milliseconds."""

    protocol_version = "HTTP/1.1"
    # Head and body are two packets; without this the second waits 40 ms for the first to be acknowledged.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        _, ms, status = self.path.rsplit("/", 2)
        # The time an answer takes is what the story measures: nothing happens that could be waited for.
        time.sleep(int(ms) / 1000)
        self.send_response(int(status))
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """A story prints only what it has to say."""


@contextmanager
def slow_backend() -> Iterator[int]:
    with serving(Slow) as server:
        yield int(server.server_address[1])


@dataclass(frozen=True)
class Logging:
    """``url`` takes calls, ``log`` is written; ``turn_over`` asks the gateway to open a renamed log anew, where it can."""

    url: str
    log: Path
    turn_over: Callable[[], None] | None = None


@contextmanager
def nginx(backend_port: int, home: Path) -> Iterator[Logging]:
    """nginx as a reverse proxy with the JSON log that our README proposes."""
    program = binary("nginx")
    (port,) = free_ports(1)
    home.mkdir(parents=True, exist_ok=True)
    log, pid = home / "access.log", home / "nginx.pid"
    fields = ("msec", "request_method", "uri", "status", "request_time", "upstream_response_time", "request_id")
    line = ",".join(f'"{name}":"${name}"' for name in fields)
    # Workers open a renamed log themselves, so they must be allowed into this folder.
    owner = "user root;\n" if os.geteuid() == 0 else ""
    temporary = "".join(
        f" {kind}_temp_path {home}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = home / "nginx.conf"
    config.write_text(
        f"{owner}daemon off;\nworker_processes 1;\npid {pid};\nerror_log {home / 'error.log'};\nevents {{}}\nhttp {{\n{temporary}"
        f" log_format calls escape=json '{{{line}}}';\n access_log {log} calls;\n"
        f" server {{\n  listen 127.0.0.1:{port};\n  location / {{ proxy_pass http://127.0.0.1:{backend_port}; }}\n }}\n}}\n"
    )
    with running([program, "-p", str(home), "-c", str(config), "-e", str(home / "error.log")], port, home):
        yield Logging(f"http://127.0.0.1:{port}", log, lambda: os.kill(int(pid.read_text()), signal.SIGUSR1))


@contextmanager
def haproxy(backend_port: int, home: Path) -> Iterator[Logging]:
    """HAProxy that prints its log, appended to a file as a service manager does."""
    program = binary("haproxy")
    (port,) = free_ports(1)
    home.mkdir(parents=True, exist_ok=True)
    log, config = home / "access.log", home / "haproxy.cfg"
    line = '{"ts":"%Ts.%ms","b":"%b","HM":"%HM","HP":"%HP","ST":%ST,"Ta":%Ta,"TR":%TR,"Tc":%Tc,"Tr":%Tr,"ID":"%ID"}'
    config.write_text(
        "global\n log stdout format raw local0\n"
        "defaults\n mode http\n log global\n option dontlognull\n retries 0\n"
        " timeout connect 2s\n timeout client 10s\n timeout server 10s\n"
        f"frontend main\n bind 127.0.0.1:{port}\n unique-id-format %rt\n log-format '{line}'\n default_backend app\n"
        f"backend app\n server s1 127.0.0.1:{backend_port}\n"
    )
    with running([program, "-db", "-f", str(config)], port, home, stdout=log):
        yield Logging(f"http://127.0.0.1:{port}", log)


@contextmanager
def caddy(backend_port: int, home: Path) -> Iterator[Logging]:
    """Caddy with its own log file, which it renames and begins anew by itself at one megabyte."""
    program = binary("caddy")
    (port,) = free_ports(1)
    home.mkdir(parents=True, exist_ok=True)
    log, config = home / "access.log", home / "Caddyfile"
    config.write_text(
        "{\n admin off\n auto_https off\n}\n"
        f"http://127.0.0.1:{port} {{\n log {{\n  output file {log} {{\n   roll_size 1MiB\n  }}\n  format json\n }}\n"
        f" reverse_proxy 127.0.0.1:{backend_port}\n}}\n"
    )
    with running([program, "run", "--config", str(config), "--adapter", "caddyfile"], port, home):
        yield Logging(f"http://127.0.0.1:{port}", log)


def rename(gateway: Logging) -> None:
    """Rotation as logrotate does it by default: another name, then the gateway is told."""
    assert gateway.turn_over is not None
    gateway.log.rename(_next_name(gateway.log))
    gateway.turn_over()


def copy_and_truncate(gateway: Logging) -> None:
    """Rotation by ``copytruncate``, for a writer that cannot open its file anew."""
    shutil.copyfile(gateway.log, _next_name(gateway.log))
    os.truncate(gateway.log, 0)


def _next_name(log: Path) -> Path:
    return log.with_name(f"{log.name}.{sum(1 for _ in log.parent.glob(f'{log.name}.*')) + 1}")


@dataclass(frozen=True, slots=True)
class Call:
    """``asked_ms`` the backend was told to take, ``took_ms`` by the driver's watch."""

    status: int
    asked_ms: int
    took_ms: float


def plan(count: int, seed: int) -> list[tuple[int, int]]:
    """Durations in ms and statuses; every percentile has many neighbours close by, so that its true value is sharp."""
    chance = random.Random(seed)
    statuses = chance.choices([200, 201, 404, 500, 503], [80, 8, 6, 4, 2], k=count)
    return [(round(min(400.0, 40 + chance.lognormvariate(3.2, 0.7))), status) for status in statuses]


def drive(gateway: Logging, calls: list[tuple[int, int]], padding: int = 0) -> list[Call]:
    """Make the calls, sixteen at a time. ``padding``: bytes of a header that only makes the log longer."""

    async def all_of_them() -> list[Call]:
        limits = httpx.Limits(max_connections=16)
        headers = {"User-Agent": "driver" + "x" * padding}
        async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=30, headers=headers) as client:
            # The turn is taken before the watch starts, so that waiting for a free connection is not counted.
            turns = asyncio.Semaphore(16)

            async def one(ms: int, status: int) -> Call:
                async with turns:
                    began = time.perf_counter()
                    answer = await client.get(f"{gateway.url}/app/{ms}/{status}")
                    return Call(answer.status_code, ms, (time.perf_counter() - began) * 1000)

            return list(await asyncio.gather(*(one(ms, status) for ms, status in calls)))

    return asyncio.run(all_of_them())
