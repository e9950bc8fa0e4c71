"""Lines of six gateways become the same record; lines that are none become a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.moment import parse_instant
from console.sources.formats.access_log import FLAVOURS, NO_ROUTE, Record, Wrong, folded, read_line


def read(flavour: str, entry: Any) -> Record | Wrong:
    return read_line(flavour, json.dumps(entry).encode())


def sound(flavour: str, entry: Any) -> Record:
    record = read(flavour, entry)
    assert isinstance(record, Record), record
    return record


APISIX = {
    "client_ip": "10.0.0.7",
    "route_id": "r1",
    "start_time": 1767225600123.0,
    "latency": 42.1,
    "upstream_latency": 38,
    "apisix_latency": 4.1,
    "request": {"method": "GET", "uri": "/a?token=secret", "headers": {"x-request-id": "q-1"}},
    "response": {"status": 200},
    "consumer": {"username": "alice"},
}
KONG = {
    "started_at": 1767225600123,
    "request": {"id": "k-1", "method": "POST", "uri": "/a?x=1"},
    "response": {"status": 502},
    "latencies": {"request": 42, "proxy": -1, "kong": 3},
    "route": {"id": "1f", "name": "checkout"},
    "consumer": {"username": "alice"},
}
TRAEFIK = {
    "StartUTC": "2026-01-01T00:00:00.123456789Z",
    "Duration": 42_000_000,
    "OriginDuration": 38_000_000,
    "Overhead": 4_000_000,
    "OriginStatus": 200,
    "DownstreamStatus": 200,
    "RouterName": "checkout@docker",
    "RequestMethod": "GET",
    "RequestPath": "/a?x=1",
    "ClientUsername": "-",
}
CADDY = {
    "level": "info",
    "ts": 1767225600.123,
    "msg": "handled request",
    "request": {"method": "GET", "uri": "/orders/17/items?x=1"},
    "duration": 0.042,
    "status": 200,
    "user_id": "",
}
NGINX = {
    "msec": 1767225600.123,
    "request_id": "n-1",
    "method": "GET",
    "uri": "/orders/17?x=1",
    "route": "/orders/17",
    "status": 504,
    "rt": 0.042,
    "urt": "0.001, 0.020 : 0.004",
    "user": "-",
}
HAPROXY = {
    "ts": "1767225600.123",
    "b": "api/s1",
    "HM": "GET",
    "HP": "/a",
    "ST": 503,
    "Ta": 42,
    "Tr": 30,
    "Tc": 1,
    "TR": 2,
}
ENTRIES: dict[str, dict[str, Any]] = {
    "apisix": APISIX,
    "kong": KONG,
    "traefik": TRAEFIK,
    "caddy": CADDY,
    "nginx-json": NGINX,
    "haproxy": HAPROXY,
}


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("line", [b"{", b"\xff\xfe\x00", b'{"status"', b"GET / 200", b"[" * 5000])
def test_what_is_not_json_is_a_reason_and_never_an_exception(flavour: str, line: bytes) -> None:
    assert read_line(flavour, line) is Wrong.NOT_JSON


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("entry", [[], 1, None, {}, {"request": 3, "response": [], "status": "x"}])
def test_json_of_another_shape_is_a_reason(flavour: str, entry: Any) -> None:
    assert isinstance(read(flavour, entry), Wrong)


@given(
    flavour=st.sampled_from(sorted(FLAVOURS)),
    field=st.sampled_from(["status", "latency", "duration", "Duration", "Ta", "rt", "urt", "ts", "msec", "StartUTC"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=4,
    ),
)
def test_no_value_in_any_field_raises_or_gives_an_unusable_record(flavour: str, field: str, value: Any) -> None:
    record = read(flavour, {**ENTRIES[flavour], field: value})
    if isinstance(record, Record):
        assert record.status == 0 or 100 <= record.status <= 599
        assert record.total_ms is None or record.total_ms >= 0


def test_a_stamp_in_the_wrong_unit_is_no_time() -> None:
    assert read("apisix", {**APISIX, "start_time": 1767225600.1}) is Wrong.NO_TIME
    assert read("nginx-json", {**NGINX, "msec": 1767225600123.0}) is Wrong.NO_TIME


def test_a_line_of_caddys_that_tells_of_no_call_is_nobodys_fault() -> None:
    assert read("caddy", {"level": "info", "ts": 1767225600.1, "msg": "serving initial configuration"}) is Wrong.OTHER
    assert read_line("caddy", b"  ") is Wrong.OTHER


def test_apisix_writes_milliseconds() -> None:
    record = sound("apisix", APISIX)
    assert record.instant == parse_instant("2026-01-01T00:00:00.123Z")
    assert (record.total_ms, record.upstream_ms, record.gateway_ms) == (42.1, 38, 4.1)
    assert (record.route, record.consumer, record.request_id) == ("r1", "alice", "q-1")


def test_the_query_never_leaves_the_reader() -> None:
    for flavour, entry in ENTRIES.items():
        assert "?" not in sound(flavour, entry).path
    assert "secret" not in repr(sound("apisix", APISIX))
    assert "secret" not in repr(sound("apisix", {**APISIX, "route_id": None}))


def test_an_unmatched_call_of_apisix_has_no_route() -> None:
    assert sound("apisix", {**APISIX, "route_id": "no-matched"}).route == NO_ROUTE


def test_kongs_minus_one_is_nothing_proxied() -> None:
    record = sound("kong", KONG)
    assert (record.total_ms, record.upstream_ms, record.gateway_ms) == (42, None, 3)
    assert (record.route, record.status) == ("checkout", 502)


def test_traefik_writes_nanoseconds_and_leaves_out_the_origin_when_it_answered_itself() -> None:
    record = sound("traefik", TRAEFIK)
    assert record.instant == parse_instant("2026-01-01T00:00:00.123456Z")
    assert record.total_ms == pytest.approx(42)
    assert record.upstream_ms == pytest.approx(38)
    assert record.consumer == ""
    alone = {key: value for key, value in TRAEFIK.items() if key != "OriginStatus"} | {"OriginDuration": 0}
    assert sound("traefik", alone).upstream_ms is None


def test_caddy_writes_seconds_and_its_stamp_may_be_text() -> None:
    record = sound("caddy", CADDY)
    assert record.total_ms == pytest.approx(42)
    assert record.route == "GET /orders/{id}/items"
    assert sound("caddy", {**CADDY, "ts": "2026-01-01T00:00:00.123Z"}).instant == record.instant


def test_nginx_tries_add_up_and_a_dash_is_nothing_proxied() -> None:
    record = sound("nginx-json", NGINX)
    assert record.upstream_ms == pytest.approx(25)
    assert record.gateway_ms == pytest.approx(17)
    assert record.route == "GET /orders/{id}"
    assert sound("nginx-json", {**NGINX, "urt": "-"}).upstream_ms is None
    assert sound("nginx-json", {**NGINX, "urt": "-, 0.020"}).upstream_ms == pytest.approx(20)


def test_haproxy_backends_are_routes_and_client_time_is_not_the_gateways() -> None:
    record = sound("haproxy", HAPROXY)
    assert (record.route, record.status) == ("api", 503)
    assert (record.total_ms, record.upstream_ms, record.gateway_ms) == (42, 31, 9)
    gone = sound("haproxy", {**HAPROXY, "ST": -1, "Tr": -1, "ts": None, "tr": "01/Jan/2026:00:00:00.123"})
    assert (gone.status, gone.upstream_ms, gone.instant) == (0, None, record.instant)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/orders/17/items/4", "GET /orders/{id}/items/{id}"),
        ("/o/3fa85f64-5717-4562-b3fc-2c963f66afa6", "GET /o/{id}"),
        ("/o/9f86d081884c7d65", "GET /o/{id}"),
        ("/o/01ARZ3NDEKTSV4RRFFQ69G5FAV", "GET /o/{id}"),
        ("/v3/payments/confirm", "GET /v3/payments/confirm"),
        ("/cafebabe/facade", "GET /cafebabe/facade"),
        ("/a/b/c/d/e/f/g/h/i/j", "GET /a/b/c/d/e/f/g/h/…"),
        ("/", "GET /"),
    ],
)
def test_ids_fold_and_words_stay(path: str, route: str) -> None:
    assert folded("GET", path) == route


def test_text_that_cannot_be_stored_is_made_storable() -> None:
    record = sound("apisix", {**APISIX, "request": {"method": "GET", "uri": "/\x00" + "x" * 5000}})
    assert len(record.path) <= 300
    assert "\x00" not in record.path
