"""Pages of known gateways, scraped twice: the facts must be what a person would count by hand."""

from __future__ import annotations

import json
import math

import pytest

from console.model.errors import SourceError, Trouble
from console.model.facts import Covered, Fetched
from console.sources.gateways.flavours import FLAVOURS, flavour
from console.sources.gateways.mapping import (
    NO_ROUTE,
    BucketKey,
    ConsumerKey,
    LifeKey,
    TrafficKey,
    metric_names,
    place,
    settle,
    status_of,
)
from console.sources.gateways.page import Asked, Refused, digest

NOW = 1_763_640_030_000_000
STEP = 15_000_000
MINUTE = NOW - NOW % 60_000_000


def fetch(name: str, *pages: str, every: int = STEP) -> list[Fetched]:
    answers: list[Fetched] = []
    cursor = b""
    for turn, body in enumerate(pages):
        asked = Asked("edge", FLAVOURS[name], STEP)
        answer = digest(body.encode(), "text/plain", asked, cursor, NOW + (turn - len(pages) + 1) * every)
        assert isinstance(answer, Fetched), answer
        cursor = answer.cursor
        answers.append(answer)
    return answers


def calls(answer: Fetched) -> dict[tuple[str, str, int], int]:
    return {(t.route, t.method, t.status): t.calls for t in answer.facts.traffic}


def levels(answer: Fetched) -> dict[tuple[str, str], float]:
    return {(g.name, g.labels): g.value for g in answer.facts.gauge}


@pytest.mark.parametrize("text", ["", "other", "total", "0", "99", "600", "2x", "xx", "2000", "6xx"])
def test_a_status_that_is_none_is_none(text: str) -> None:
    assert status_of(text) is None


@pytest.mark.parametrize(("text", "status"), [("200", 200), ("5", 5), ("5xx", 5), ("4XX", 4), ("599", 599)])
def test_codes_digits_and_classes_are_statuses(text: str, status: int) -> None:
    assert status_of(text) == status


def test_an_unknown_flavour_offers_the_nearest() -> None:
    with pytest.raises(SourceError) as raised:
        flavour("haproxi")
    assert raised.value.trouble is Trouble.SETTINGS
    assert '"haproxy"' in raised.value.message


@pytest.mark.parametrize("name", FLAVOURS)
def test_every_flavour_says_what_to_switch_on_and_knows_its_series(name: str) -> None:
    mapping = FLAVOURS[name]
    assert mapping.hint
    assert metric_names(mapping)
    assert place(mapping, "somebody_elses_total", {"code": "200"}) == ()


def test_a_page_of_another_gateway_is_refused_with_what_to_check() -> None:
    answer = digest(b"somebody_elses_total 1\n", "", Asked("edge", FLAVOURS["kong"], STEP), b"", NOW)
    assert isinstance(answer, Refused)
    assert "Kong" in answer.message
    assert "flavour" in answer.message


APISIX = """# TYPE apisix_http_status counter
apisix_node_info{{hostname="gw1",version="3.18.0"}} 1
apisix_http_requests_total {total}
apisix_nginx_http_current_connections{{state="active"}} 4
apisix_nginx_http_current_connections{{state="accepted"}} 900
apisix_http_status{{code="200",route="POST /v3/payments/confirm",matched_uri="/v3/x",consumer="web-7f",node="n1"}} {ok}
apisix_http_status{{code="200",route="POST /v3/payments/confirm",matched_uri="/v3/x",consumer="",node="n2"}} {anonymous}
apisix_http_status{{code="503",route="",matched_uri="/legacy/*",consumer="",node=""}} {bad}
apisix_http_latency_bucket{{type="request",route="r1",le="50"}} {fast}
apisix_http_latency_bucket{{type="request",route="r1",le="100"}} {slow}
apisix_http_latency_bucket{{type="request",route="r1",le="+Inf"}} {slow}
apisix_http_latency_bucket{{type="request",route="r2",le="20"}} 1
apisix_http_latency_sum{{type="request",route="r1"}} {ms}
apisix_http_latency_count{{type="request",route="r1"}} {slow}
apisix_http_latency_bucket{{type="apisix",route="r1",le="1"}} {fast}
apisix_http_latency_bucket{{type="ttft",route="r1",le="1"}} {fast}
"""


def test_apisix_tells_calls_consumers_and_three_kinds_of_latency() -> None:
    first, second = fetch(
        "apisix",
        APISIX.format(total=100, ok=10, anonymous=5, bad=1, fast=3, slow=4, ms=200.5),
        APISIX.format(total=120, ok=17, anonymous=6, bad=4, fast=8, slow=11, ms=620.75),
    )
    assert len(first.facts.traffic) == 0
    assert first.facts.covered == []
    assert calls(second) == {("POST /v3/payments/confirm", "", 200): 8, ("/legacy/*", "", 503): 3}
    assert [(c.minute, c.consumer, c.status, c.calls) for c in second.facts.consumer_traffic] == [
        (NOW - NOW % 600_000_000, "web-7f", 200, 7)
    ]
    assert {(row.kind, row.lower_ms, row.upper_ms): row.count for row in second.facts.latency} == {
        ("total", 20.0, 50.0): 5,
        ("total", 50.0, 100.0): 2,
        ("gateway", 0.0, 1.0): 5,
    }
    assert [(s.kind, s.calls, s.sum_us) for s in second.facts.latency_sum] == [("total", 7, 620_750 - 200_500)]
    assert second.facts.covered == [Covered("edge", NOW - STEP, NOW)]
    assert levels(second)["connections", "{}"] == 4
    assert second.note == "APISIX 3.18.0 · 2 routes"
    assert second.partial == ""
    assert all(t.minute == MINUTE and t.span_from is None for t in second.facts.traffic)


def test_apisix_without_the_plugin_is_partial_and_covers_nothing() -> None:
    page = 'apisix_node_info{version="3.18.0"} 1\napisix_http_requests_total 5\n'
    answer = fetch("apisix", page, page)[1]
    assert "global rule" in answer.partial
    assert answer.facts.covered == []


def test_more_than_two_periods_keep_their_span() -> None:
    page = APISIX.format(total=100, ok=10, anonymous=5, bad=1, fast=3, slow=4, ms=1)
    later = APISIX.format(total=120, ok=17, anonymous=5, bad=1, fast=3, slow=4, ms=1)
    answer = fetch("apisix", page, later, every=3 * STEP)[1]
    assert [(t.calls, t.span_from) for t in answer.facts.traffic] == [(7, NOW - 3 * STEP)]
    assert answer.facts.covered == [Covered("edge", NOW - 3 * STEP, NOW, True)]
    exactly_two = fetch("apisix", page, later, every=2 * STEP)[1]
    assert exactly_two.facts.traffic[0].span_from is None


def test_a_clock_that_went_back_loses_no_call_and_covers_nothing() -> None:
    page = APISIX.format(total=100, ok=10, anonymous=5, bad=1, fast=3, slow=4, ms=1)
    later = APISIX.format(total=120, ok=17, anonymous=5, bad=1, fast=3, slow=4, ms=1)
    answer = fetch("apisix", page, later, every=-3600_000_000)[1]
    assert sum(t.calls for t in answer.facts.traffic) == 7
    assert answer.facts.covered == []
    assert "3600 s" in answer.partial


KONG = """kong_node_info{{node_id="n",version="3.9.1"}} 1
kong_http_requests_total{{service="pay",route="confirm",code="200",source="service",consumer="{who}"}} {ok}
kong_http_requests_total{{service="pay",route="",code="502",source="kong",consumer=""}} {bad}
{slow}"""


def test_kong_without_latencies_says_what_to_switch_on() -> None:
    answer = fetch("kong", KONG.format(who="bob", ok=1, bad=0, slow=""), KONG.format(who="bob", ok=3, bad=2, slow=""))[
        1
    ]
    assert calls(answer) == {("confirm", "", 200): 2, ("pay", "", 502): 2}
    assert [(c.consumer, c.calls) for c in answer.facts.consumer_traffic] == [("bob", 2)]
    assert "latency_metrics" in answer.partial
    assert answer.note == "Kong 3.9.1 · 2 routes"


def test_kong_has_one_histogram_a_kind() -> None:
    def slow(n: int) -> str:
        return (
            "".join(
                f'kong_{kind}_latency_ms_bucket{{service="s",route="r",le="{le}"}} {n}\n'
                for kind in ("request", "upstream", "kong")
                for le in ("25.0", "+Inf")
            )
            + f'kong_request_latency_ms_count{{service="s",route="r"}} {n}\n'
        )

    pages = (KONG.format(who="", ok=1, bad=0, slow=slow(1)), KONG.format(who="", ok=2, bad=0, slow=slow(2)))
    answer = fetch("kong", *pages)[1]
    assert {(row.kind, row.lower_ms, row.upper_ms, row.count) for row in answer.facts.latency} == {
        ("total", 0.0, 25.0, 1),
        ("upstream", 0.0, 25.0, 1),
        ("gateway", 0.0, 25.0, 1),
    }
    assert answer.facts.consumer_traffic == []
    assert answer.partial == ""


HAPROXY = """haproxy_process_start_time_seconds {start}
haproxy_process_build_info{{version="2.6.12"}} 1
haproxy_frontend_http_responses_total{{proxy="main",code="2xx"}} 999
haproxy_backend_http_responses_total{{proxy="app",code="2xx"}} {ok}
haproxy_backend_http_responses_total{{proxy="app",code="5xx"}} {bad}
haproxy_backend_http_responses_total{{proxy="app",code="other"}} {other}
haproxy_server_http_responses_total{{proxy="app",server="s1",code="2xx"}} {ok}
haproxy_server_status{{proxy="app",server="s1",state="UP"}} 1
haproxy_server_status{{proxy="app",server="s1",state="DOWN"}} 0
haproxy_backend_response_time_average_seconds{{proxy="app"}} NaN
"""


def test_haproxy_counts_backends_by_class_and_nothing_twice() -> None:
    answer = fetch(
        "haproxy",
        HAPROXY.format(start=1000, ok=5, bad=1, other=0),
        HAPROXY.format(start=1000, ok=9, bad=2, other=7),
    )[1]
    assert calls(answer) == {("app", "", 2): 4, ("app", "", 5): 1}
    assert answer.facts.latency == []
    assert answer.note == "HAProxy 2.6.12 · 1 route"
    assert answer.partial == ""
    assert levels(answer) == {("upstream_up", '{"proxy": "app", "server": "s1"}'): 1.0}


def test_haproxy_reloaded_counts_everything_from_zero_though_nothing_fell() -> None:
    answer = fetch(
        "haproxy", HAPROXY.format(start=1000, ok=5, bad=0, other=0), HAPROXY.format(start=2000, ok=6, bad=1, other=0)
    )[1]
    assert calls(answer) == {("app", "", 2): 6, ("app", "", 5): 1}


def test_after_a_silence_with_a_restart_only_the_new_process_is_covered() -> None:
    start = (NOW - STEP) // 1_000_000
    old = HAPROXY.format(start=1000, ok=5, bad=0, other=0)
    answer = fetch("haproxy", old, HAPROXY.format(start=start, ok=6, bad=0, other=0), every=10 * STEP)[1]
    assert answer.facts.covered == [Covered("edge", start * 1_000_000, NOW)]
    unsure = fetch("haproxy", old, HAPROXY.format(start=2000, ok=6, bad=0, other=0), every=10 * STEP)[1]
    assert unsure.facts.covered == []
    assert unsure.facts.traffic[0].span_from == NOW - 10 * STEP


def caddy(**counts: int) -> str:
    lines = ["process_start_time_seconds 1000"]
    for word, count in counts.items():
        server, handler, code = word.replace("-", " ").split("_", 2)
        handler = handler.replace(" ", "_")
        labels = f'handler="{handler}",server="{server}"'
        name = "caddy_http_requests_total" if code == "begun" else "caddy_http_request_duration_seconds_count"
        shown = labels if code == "begun" else f'code="{code}",method="GET",{labels}'
        lines.append(f"{name}{{{shown}}} {count}")
    return "\n".join(lines) + "\n"


def test_caddy_takes_one_handler_for_each_server() -> None:
    answer = fetch(
        "caddy",
        caddy(srv0_subroute_200=5, srv0_headers_200=5, srv1_encode_200=1, **{"srv1_reverse-proxy_200": 1}),
        caddy(srv0_subroute_200=7, srv0_headers_200=7, srv1_encode_200=4, **{"srv1_reverse-proxy_200": 4}),
    )[1]
    assert calls(answer) == {("srv0", "GET", 200): 2, ("srv1", "GET", 200): 3}


def test_caddys_own_errors_have_no_status_and_are_said() -> None:
    answer = fetch(
        "caddy",
        caddy(srv0_subroute_200=5, srv0_subroute_begun=5),
        caddy(srv0_subroute_200=6, srv0_subroute_begun=9),
    )[1]
    assert calls(answer) == {("srv0", "GET", 200): 1}
    assert answer.partial.startswith("3 calls ended in an error of Caddy itself")


def test_traefik_prefers_routers_and_never_adds_the_sides_up() -> None:
    def page(n: int, router: bool) -> str:
        text = f'traefik_entrypoint_requests_total{{code="200",method="GET",protocol="http",entrypoint="web"}} {n}\n'
        text += (
            f'traefik_entrypoint_requests_total{{code="200",method="GET",protocol="http",entrypoint="traefik"}} {n}\n'
        )
        if router:
            text += f'traefik_router_requests_total{{code="200",method="GET",router="pay@file",service="s"}} {n - 10}\n'
        return text

    answers = fetch("traefik", page(10, False), page(11, False), page(14, True), page(15, False))
    assert calls(answers[1]) == {("web", "GET", 200): 1}
    assert calls(answers[2]) == {("pay@file", "GET", 200): 4}
    assert calls(answers[3]) == {("web", "GET", 200): 1}


def test_envoy_counts_classes_and_leaves_its_admin_port_out() -> None:
    def page(n: int) -> str:
        return "".join(
            f'envoy_http_downstream_rq_xx{{envoy_response_code_class="5",envoy_http_conn_manager_prefix="{who}"}} {n}\n'
            f'envoy_http_downstream_rq_time_bucket{{envoy_http_conn_manager_prefix="{who}",le="+Inf"}} {n}\n'
            for who in ("ingress", "admin")
        )

    answer = fetch("envoy", page(1), page(3))[1]
    assert calls(answer) == {("ingress", "", 5): 2}
    assert [(row.route, row.upper_ms, row.count) for row in answer.facts.latency] == [("ingress", math.inf, 2)]


def test_nginx_vts_leaves_its_own_totals_out() -> None:
    def page(n: int) -> str:
        rows = (("shop", "2xx"), ("shop", "total"), ("*", "2xx"))
        return "".join(f'nginx_vts_server_requests_total{{host="{h}",code="{c}"}} {n}\n' for h, c in rows)

    assert calls(fetch("nginx-vts", page(1), page(3))[1]) == {("shop", "", 2): 2}


def test_apinto_summaries_give_means_and_no_percentiles() -> None:
    def page(n: int) -> str:
        return (
            f'apinto_requests_total{{api="a1",app="-",status="200",method="GET"}} {n}\n'
            f'apinto_request_ms{{api="a1",quantile="0.95"}} 12\n'
            f'apinto_request_ms_sum{{api="a1"}} {n * 1.5}\napinto_request_ms_count{{api="a1"}} {n}\n'
        )

    answer = fetch("apinto", page(2), page(4))[1]
    assert calls(answer) == {("a1", "GET", 200): 2}
    assert answer.facts.consumer_traffic == []
    assert [(s.calls, s.sum_us) for s in answer.facts.latency_sum] == [(2, 3000)]
    assert answer.facts.latency == []


NODE = """node_boot_time_seconds 1000
node_exporter_build_info{{version="1.5.0"}} 1
node_cpu_seconds_total{{cpu="0",mode="idle"}} {idle}
node_cpu_seconds_total{{cpu="0",mode="user"}} {user}
node_cpu_seconds_total{{cpu="0",mode="guest"}} 5
node_memory_MemAvailable_bytes 25
node_memory_MemTotal_bytes 100
node_filesystem_avail_bytes{{mountpoint="/",fstype="ext4",device="d"}} 40
node_filesystem_size_bytes{{mountpoint="/",fstype="ext4",device="d"}} 50
node_filesystem_size_bytes{{mountpoint="/run",fstype="tmpfs",device="t"}} 50
node_network_receive_bytes_total{{device="eth0"}} {received}
node_network_receive_bytes_total{{device="lo"}} {idle}
"""


def test_node_exporter_gives_shares_and_rates() -> None:
    first, second = fetch(
        "node", NODE.format(idle=100, user=10, received=1000), NODE.format(idle=109, user=13, received=2500)
    )
    assert ("cpu", "{}") not in levels(first)
    assert levels(second) == {
        ("cpu", "{}"): pytest.approx(0.25),
        ("memory", "{}"): pytest.approx(0.75),
        ("disk", '{"mountpoint": "/"}'): pytest.approx(0.2),
        ("network_receive", "{}"): pytest.approx(100.0),
    }
    assert second.facts.covered == [Covered("edge", NOW - STEP, NOW)]
    assert second.note == "Node exporter 1.5.0"


def test_settling_picks_the_first_alternative_that_is_there() -> None:
    old = settle(FLAVOURS["kong"], {"kong_http_status": [], "kong_latency_bucket": []})
    assert place(old, "kong_http_status", {"route": "r", "code": "404"}) == (TrafficKey("r", "", 404),)
    assert place(old, "kong_http_requests_total", {"route": "r", "code": "404"}) == ()
    assert place(old, "kong_latency_bucket", {"type": "kong", "route": "r", "le": "2"}) == (
        BucketKey("r", "gateway", 2.0),
    )


def test_one_series_can_be_several_things() -> None:
    keys = place(FLAVOURS["apisix"], "apisix_http_status", {"code": "200", "consumer": "web"})
    assert keys == (TrafficKey(NO_ROUTE, "", 200), ConsumerKey("web", NO_ROUTE, 200))
    assert place(FLAVOURS["apisix"], "apisix_http_requests_total", {}) == (LifeKey("rising"),)


def test_gauge_labels_are_json_with_sorted_keys() -> None:
    page = 'apisix_upstream_status{port="80",name="u",ip="10.0.0.1"} 0\n'
    ((_, labels),) = levels(fetch("apisix", page)[0])
    assert list(json.loads(labels)) == ["ip", "name", "port"]
