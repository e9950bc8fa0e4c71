"""The kind ``scrape`` over real HTTP: what a page gives, what trouble says, what survives a restart of ours."""

from __future__ import annotations

import asyncio
import gzip
import pickle
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

import pytest

from console.model.errors import SettingsError, SourceError, Trouble
from console.model.facts import Fetched
from console.ports import Seen
from console.settings import SourceSettings
from console.sources.gateways.flavours import FLAVOURS
from console.sources.gateways.page import Asked, digest
from console.sources.registry import build
from console.sources.site import Site

T = TypeVar("T")
NOW = 1_763_640_030_000_000
STEP = 15_000_000


class Here:
    """A workshop that works where it stands, after a journey as if to another process."""

    async def run(self, size: int, function: Callable[..., T], *arguments: Any) -> T:
        there: Callable[..., T]
        there, carried = pickle.loads(pickle.dumps((function, arguments)))
        result: T = pickle.loads(pickle.dumps(there(*carried)))
        return result


class Gateway:
    """A metrics page on loopback, with the trouble one asks it for."""

    def __init__(self) -> None:
        self.body = b""
        self.status = 200
        self.kind = "text/plain; version=0.0.4"
        self.compressed = False
        self.cut = False
        self.asked: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append({k.lower(): v for k, v in self.headers.items()})
                body = gzip.compress(outer.body) if outer.compressed else outer.body
                self.send_response(outer.status)
                self.send_header("content-type", outer.kind)
                if outer.compressed:
                    self.send_header("content-encoding", "gzip")
                self.send_header("content-length", str(len(body) + (10 if outer.cut else 0)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/metrics"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    served = Gateway()
    yield served
    served.close()


def site() -> Site:
    return Site(name="edge", workshop=Here(), period_s=15.0, go_live=NOW, backfill_from=NOW)


def settings_of(url: str, **options: Any) -> SourceSettings:
    return SourceSettings(name="edge", kind="scrape", options={"url": url, **options})


def poll(url: str, cursor: bytes = b"", now: int = NOW, **options: Any) -> Fetched:
    """A poll by a source that was built for it alone, as after a restart of ours."""

    async def once() -> Fetched:
        source = build(settings_of(url, **options), site())
        try:
            return await source.poll(cursor, now)
        finally:
            await source.close()

    return asyncio.run(once())


def look(url: str, **options: Any) -> Seen:
    async def once() -> Seen:
        source = build(settings_of(url, **options), site())
        try:
            return await source.look(NOW)
        finally:
            await source.close()

    return asyncio.run(once())


def haproxy(ok: int) -> bytes:
    return f'haproxy_backend_http_responses_total{{proxy="app",code="2xx"}} {ok}\n'.encode()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"flavour": "apisux"}, '"apisix"'),
        ({"flavour": "custom"}, "requests"),
        ({}, "requests"),
        ({"flavour": "kong", "map": {"requests": "x"}}, "custom"),
        ({"flavour": "kong", "handler": "subroute"}, "caddy"),
    ],
)
def test_settings_that_cannot_work_are_said_before_anything_is_asked(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError) as raised:
        build(settings_of("http://127.0.0.1:1/metrics", **options), site())
    assert raised.value.trouble is Trouble.SETTINGS
    assert words in raised.value.message


def test_a_mistyped_key_of_the_map_is_named() -> None:
    with pytest.raises(SettingsError, match="requsts"):
        build(settings_of("http://127.0.0.1:1/metrics", flavour="custom", map={"requsts": "x"}), site())


@pytest.mark.parametrize(
    ("status", "trouble"),
    [(401, Trouble.REFUSED), (404, Trouble.NOT_FOUND), (429, Trouble.THROTTLED), (500, Trouble.SERVER)],
)
def test_a_refusal_is_a_fault_of_the_world(gateway: Gateway, status: int, trouble: Trouble) -> None:
    gateway.status, gateway.body = status, b'{"error_msg":"no"}'
    with pytest.raises(SourceError) as raised:
        poll(gateway.url, flavour="apisix")
    assert raised.value.trouble is trouble


def test_a_login_page_is_unreadable(gateway: Gateway) -> None:
    gateway.body, gateway.kind = b"<html>please log in</html>\n", "text/html"
    with pytest.raises(SourceError, match="web page") as raised:
        poll(gateway.url, flavour="haproxy")
    assert raised.value.trouble is Trouble.UNREADABLE


def test_a_body_shorter_than_promised_is_a_fault(gateway: Gateway) -> None:
    gateway.body, gateway.cut = haproxy(5), True
    with pytest.raises(SourceError):
        poll(gateway.url, flavour="haproxy")


def test_a_page_cut_in_its_last_number_is_not_believed(gateway: Gateway) -> None:
    gateway.body = haproxy(12345)[:-3]
    with pytest.raises(SourceError, match="cut short"):
        poll(gateway.url, flavour="haproxy")


def test_the_second_page_tells_what_happened_since_the_first_also_after_a_restart_of_ours(gateway: Gateway) -> None:
    gateway.body = haproxy(100)
    first = poll(gateway.url, flavour="haproxy")
    assert len(first.facts) == 0
    gateway.body = haproxy(107)
    second = poll(gateway.url, first.cursor, NOW + STEP, flavour="haproxy")
    assert [t.calls for t in second.facts.traffic] == [7]
    third = poll(gateway.url, second.cursor, NOW + 2 * STEP, flavour="haproxy")
    assert third.facts.traffic == []
    assert third.facts.covered[0].to == NOW + 2 * STEP


def test_a_failed_page_between_two_good_ones_loses_no_call(gateway: Gateway) -> None:
    gateway.body = haproxy(100)
    first = poll(gateway.url, flavour="haproxy")
    gateway.status = 500
    with pytest.raises(SourceError):
        poll(gateway.url, first.cursor, NOW + STEP, flavour="haproxy")
    gateway.status, gateway.body = 200, haproxy(104)
    answer = poll(gateway.url, first.cursor, NOW + 2 * STEP, flavour="haproxy")
    assert [t.calls for t in answer.facts.traffic] == [4]
    assert answer.facts.covered[0].from_ == NOW


def test_both_text_formats_are_asked_for_and_compression_is_taken(gateway: Gateway) -> None:
    gateway.body, gateway.compressed = haproxy(100) * 200, True
    answer = poll(gateway.url, flavour="haproxy")
    assert "openmetrics" in gateway.asked[0]["accept"]
    assert "text/plain" in gateway.asked[0]["accept"]
    assert 0 < answer.seen_bytes < len(gateway.body)


CUSTOM = {
    "requests": "http_requests",
    "status": "class",
    "route": "endpoint",
    "method": "verb",
    "consumer": "key",
    "histogram": "http_seconds",
    "unit": "s",
    "kind_label": "phase",
    "kinds": {"all": "total", "back": "upstream"},
    "never": {"endpoint": ["/metrics"]},
}


def custom(n: int) -> bytes:
    return (
        f'http_requests_total{{class="5xx",endpoint="/pay",verb="POST",key="web"}} {n}\n'
        f'http_requests_total{{class="2xx",endpoint="/metrics",verb="GET",key=""}} {n}\n'
        f'http_seconds_bucket{{phase="all",endpoint="/pay",le="0.1"}} {n}\n'
        f'http_seconds_bucket{{phase="back",endpoint="/pay",le="0.25"}} {n}\n'
        f'http_seconds_bucket{{phase="other",endpoint="/pay",le="0.25"}} {n}\n# EOF\n'
    ).encode()


def test_ones_own_page_is_read_by_its_map(gateway: Gateway) -> None:
    gateway.kind = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    gateway.body = custom(5)
    first = poll(gateway.url, flavour="custom", map=CUSTOM)
    gateway.body = custom(8)
    answer = poll(gateway.url, first.cursor, NOW + STEP, flavour="custom", map=CUSTOM)
    assert [(t.route, t.method, t.status, t.calls) for t in answer.facts.traffic] == [("/pay", "POST", 5, 3)]
    assert [(c.consumer, c.calls) for c in answer.facts.consumer_traffic] == [("web", 3)]
    assert {(row.kind, row.upper_ms, row.count) for row in answer.facts.latency} == {
        ("total", 100.0, 3),
        ("upstream", 250.0, 3),
    }


def test_a_changed_map_does_not_bring_the_past_of_new_series(gateway: Gateway) -> None:
    gateway.body = custom(5)
    first = poll(gateway.url, flavour="custom", map=CUSTOM)
    wider = {**CUSTOM, "never": {}}
    answer = poll(gateway.url, first.cursor, NOW + STEP, flavour="custom", map=wider)
    assert answer.facts.traffic == []


def test_looking_shows_version_routes_and_what_would_be_read(gateway: Gateway) -> None:
    gateway.body = custom(5)
    seen = look(gateway.url, flavour="custom", map=CUSTOM)
    assert seen.headline == "Custom · 1 route"
    assert "/pay: 5 calls so far" in seen.lines
    assert any("2, from 100 to 250 ms" in line for line in seen.lines)


def test_looking_with_the_wrong_flavour_names_the_right_one(gateway: Gateway) -> None:
    gateway.body = haproxy(5)
    seen = look(gateway.url, flavour="kong")
    assert any('"haproxy"' in line for line in seen.lines)


def test_caddys_handlers_can_be_chosen(gateway: Gateway) -> None:
    def page(n: int) -> bytes:
        rows = (("headers", n * 2), ("subroute", n), ("static_response", n))
        return "".join(
            f'caddy_http_request_duration_seconds_count{{code="200",method="GET",handler="{h}",server="s"}} {v}\n'
            for h, v in rows
        ).encode()

    gateway.body = page(1)
    first = poll(gateway.url, flavour="caddy", handler=["subroute", "static_response"])
    gateway.body = page(2)
    answer = poll(gateway.url, first.cursor, NOW + STEP, flavour="caddy", handler=["subroute", "static_response"])
    assert [t.calls for t in answer.facts.traffic] == [2]


def test_a_large_page_does_not_need_the_source_to_come_back_from_a_worker() -> None:
    asked = Asked("edge", FLAVOURS["apisix"], STEP)
    assert pickle.loads(pickle.dumps(asked)) == asked
    assert pickle.loads(pickle.dumps(digest)) is digest
