"""The probe: a target that fails is an answer with its reason; only settings are a fault."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from console.model.errors import SourceError, Trouble
from console.model.facts import Covered, Fetched
from console.ports import Seen
from console.sources.gateways.probe import Options, build
from console.sources.site import Site

NOW = 1_763_640_030_000_000
PERIOD = 30_000_000


class Target(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/drip":
            self.connection.settimeout(5)
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1")
            self.wfile.flush()
            self.connection.recv(1)
            return
        body = b"all is w\xc3\xa4ll" if self.path == "/" else b""
        self.send_response({"/": 200, "/moved": 301, "/cut": 200}.get(self.path, 503))
        self.send_header("content-length", str(len(body) + (9 if self.path == "/cut" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gives up is what these stories are about."""


def serve(context: ssl.SSLContext | None = None) -> Iterator[str]:
    server = Server(("127.0.0.1", 0), Target)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def target() -> Iterator[str]:
    yield from serve()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed; it makes the certificate of this story")
    pem = tmp_path / "both.pem"
    key = tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(pem), "-days", "30", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    pem.write_bytes(pem.read_bytes() + key.read_bytes())
    return pem


@pytest.fixture
def secure(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from serve(context)


def site() -> Site:
    async def unused(*_: object) -> None: ...

    return Site(name="up", workshop=unused, period_s=30.0, go_live=NOW, backfill_from=NOW)  # type: ignore[arg-type]


def poll(url: str, cursor: bytes = b"", now: int = NOW, **options: Any) -> Fetched:
    async def once() -> Fetched:
        source = build(Options(url=url, **options), site())
        try:
            return await source.poll(cursor, now)
        finally:
            await source.close()

    return asyncio.run(once())


def gauges(answer: Fetched) -> dict[str, float]:
    assert all(g.labels == "{}" and g.source == "up" and g.happened_at == NOW for g in answer.facts.gauge)
    return {g.name: g.value for g in answer.facts.gauge}


@pytest.mark.parametrize(
    "options",
    [
        {"url": "nonsense"},
        {"url": "ftp://host/"},
        {"url": "https://user:word@host/"},
        {"url": "http://host/", "expect_status": 0},
        {"url": "http://host/", "timeout_s": 0},
        {"url": "http://host/", "ca_file": "/nowhere/ca.pem"},
    ],
)
def test_settings_that_cannot_work_are_the_only_fault(options: dict[str, Any]) -> None:
    with pytest.raises(SourceError) as raised:
        build(Options(**options), site())
    assert raised.value.trouble is Trouble.SETTINGS


def test_nobody_listening_is_an_answer_with_its_reason() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        answer = poll(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert gauges(answer) == {"probe_up": 0.0}
    assert answer.note.startswith("down: cannot be reached")
    assert answer.facts.covered == [Covered("up", NOW - PERIOD, NOW)]


def test_a_wrong_status_is_down_and_still_has_its_time(target: str) -> None:
    answer = poll(f"{target}/other")
    assert gauges(answer)["probe_up"] == 0.0
    assert gauges(answer)["probe_ms"] > 0
    assert "503 instead of 200" in answer.note


def test_an_answer_that_drips_forever_is_down_when_the_time_is_over(target: str) -> None:
    answer = poll(f"{target}/drip", timeout_s=0.3)
    assert gauges(answer) == {"probe_up": 0.0}
    assert "0.3 s" in answer.note


def test_an_answer_cut_short_is_down(target: str) -> None:
    assert gauges(poll(f"{target}/cut")) == {"probe_up": 0.0}


def test_the_right_status_without_the_text_is_down(target: str) -> None:
    answer = poll(f"{target}/", expect_text="sold out")
    assert gauges(answer)["probe_up"] == 0.0
    assert "sold out" in answer.note


def test_the_right_answer_is_up(target: str) -> None:
    answer = poll(f"{target}/", expect_text="wäll")
    assert gauges(answer)["probe_up"] == 1.0
    assert answer.note.startswith("up, 200 in ")


def test_a_redirect_is_not_followed_and_may_be_the_right_answer(target: str) -> None:
    assert gauges(poll(f"{target}/moved"))["probe_up"] == 0.0
    assert gauges(poll(f"{target}/moved", expect_status=301))["probe_up"] == 1.0


def test_a_certificate_nobody_trusts_is_down_with_its_reason(secure: str) -> None:
    answer = poll(f"{secure}/")
    assert gauges(answer) == {"probe_up": 0.0}
    assert "certificate" in answer.note


def test_the_end_of_the_certificate_is_noted(secure: str, certificate: Path) -> None:
    shown = subprocess.run(
        ["openssl", "x509", "-enddate", "-noout", "-in", str(certificate)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    answer = poll(f"{secure}/", ca_file=str(certificate))
    assert gauges(answer)["probe_up"] == 1.0
    assert gauges(answer)["tls_expires"] == ssl.cert_time_to_seconds(shown.strip().partition("=")[2])


def test_a_probe_speaks_for_the_time_since_the_last_but_never_for_its_own_silence(target: str) -> None:
    first = poll(f"{target}/", now=NOW - 2 * PERIOD)
    assert poll(f"{target}/", first.cursor).facts.covered == [Covered("up", NOW - 2 * PERIOD, NOW)]
    early = poll(f"{target}/", now=NOW - 3 * PERIOD)
    assert poll(f"{target}/", early.cursor).facts.covered == [Covered("up", NOW - PERIOD, NOW)]
    later = poll(f"{target}/", now=NOW + PERIOD)
    assert poll(f"{target}/", later.cursor).facts.covered == []


def test_looking_says_up_and_how_long_the_certificate_lasts(secure: str, certificate: Path) -> None:
    async def once() -> Seen:
        source = build(Options(url=f"{secure}/", ca_file=str(certificate)), site())
        try:
            return await source.look(NOW)
        finally:
            await source.close()

    seen = asyncio.run(once())
    assert seen.headline == "up"
    assert seen.lines[1].startswith("Certificate ends ")


def test_sources_share_one_set_of_root_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    async def one() -> None:
        await build(Options(url="https://host.invalid/"), site()).close()

    asyncio.run(one())
    monkeypatch.setattr(ssl, "SSLContext", None)
    asyncio.run(one())
