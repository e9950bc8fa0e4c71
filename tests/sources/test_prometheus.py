"""The Prometheus source against a small server on loopback that keeps raw samples and speaks the API."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from console.model.errors import SourceError, Trouble
from console.model.facts import Fetched
from console.model.moment import DAY, HOUR, MINUTE, SECOND
from console.ports import Seen
from console.sources.gateways.prometheus import Options, build
from console.sources.gateways.prometheus_api import selector
from console.sources.site import Site
from console.vault import Secret

NOW = 1_767_225_600 * SECOND + 3 * MINUTE


class Here:
    async def run(self, size: int, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)


class Server:
    """Samples in seconds; answers range selectors as instant queries, presence over a range, and count."""

    def __init__(self) -> None:
        self.samples: dict[tuple[tuple[str, str], ...], dict[int, float]] = defaultdict(dict)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.headers: dict[str, str] = {}
        self.trouble: tuple[int, bytes, str] | None = None
        self.extra: dict[str, Any] = {}
        self.widest_s = 10**9
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                form = {key: values[0] for key, values in parse_qs(parts.query).items()}
                server.asked.append((parts.path, form))
                server.headers = dict(self.headers.items())
                status, body, kind = server.trouble or server.answer(parts.path, form)
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                return None

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = False
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def sample(self, at: int, value: float, name: str = "apisix_http_status", **labels: str) -> None:
        known = {"__name__": name, "job": "apisix", "instance": "gw:9091", **labels}
        self.samples[tuple(sorted(known.items()))][at // SECOND] = value

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, bytes, str]:
        if path.endswith("/buildinfo"):
            return self.success({"version": "2.45.1"})
        query = form["query"]
        seconds = int((re.search(r"\[(\d+)s\]", query) or ["", "300"])[1])
        if path.endswith("/query_range"):
            return self.success({"resultType": "matrix", "result": self.presence(form, seconds)})
        at = float(form["time"])
        if seconds > self.widest_s:
            fault = {"status": "error", "errorType": "execution", "error": "would load too many samples into memory"}
            return 422, json.dumps(fault).encode(), "application/json"
        if query.startswith("count"):
            count = {"metric": {}, "value": [at, str(len(self.samples))]}
            return self.success({"resultType": "vector", "result": [count]})
        result = []
        for labels, points in self.samples.items():
            inside = [[t, str(v)] for t, v in sorted(points.items()) if at - seconds <= t <= at]
            if inside:
                result.append({"metric": dict(labels), "values": inside})
        return self.success({"resultType": "matrix", "result": result})

    def presence(self, form: dict[str, str], seconds: int) -> list[dict[str, Any]]:
        start, end, step = float(form["start"]), float(form["end"]), int(form["step"])
        assert (end - start) / step <= 11_000
        instants = {t for points in self.samples.values() for t in points}
        values, at = [], start
        while at <= end:
            if any(at - seconds < t <= at for t in instants):
                values.append([at, "1"])
            at += step
        return [{"metric": {"job": "apisix", "instance": "gw:9091"}, "values": values}] if values else []

    def success(self, data: Any) -> tuple[int, bytes, str]:
        return 200, json.dumps({"status": "success", "data": data, **self.extra}).encode(), "application/json"


def convert(keys: dict[str, Any]) -> Options:
    """As the registry does with the keys of the settings."""
    return msgspec.convert(keys, Options)


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server()
    yield served
    served.close()


class Console:
    """Polls as the poller does and keeps rows as the store does: minutes read again are replaced, all else adds up."""

    def __init__(self, server: Server, back: int = HOUR, **options: Any) -> None:
        self.options = Options(url=options.pop("url", server.url), flavour="apisix", **options)
        self.site = Site("prom", Here(), 30, NOW, NOW - back, options.pop("secret", None))
        self.cursor = b""
        self.calls: Counter[tuple[int, int, int | None]] = Counter()
        self.consumers: Counter[tuple[int, str]] = Counter()
        self.levels: list[int] = []
        self.covered: list[tuple[int, int, bool]] = []
        self.polls = 0

    def once(self, now: int) -> Fetched:
        async def poll() -> Fetched:
            source = build(self.options, self.site)
            try:
                return await source.poll(self.cursor, now)
            finally:
                await source.close()

        fetched = asyncio.run(poll())
        self.cursor = fetched.cursor
        self.polls += 1
        for span in fetched.reread:
            assert span.from_ % MINUTE == 0
            assert span.to % MINUTE == 0
            self.calls = Counter({k: n for k, n in self.calls.items() if k[2] or not span.from_ <= k[0] < span.to})
            self.consumers = Counter({k: n for k, n in self.consumers.items() if not span.from_ <= k[0] < span.to})
        for row in fetched.facts.traffic:
            self.calls[row.minute, row.status, row.span_from] += row.calls
        for one in fetched.facts.consumer_traffic:
            self.consumers[one.minute, one.consumer] += one.calls
        self.levels += [row.happened_at for row in fetched.facts.gauge]
        self.covered += [(c.from_, c.to, c.whole) for c in fetched.facts.covered]
        return fetched

    def poll(self, now: int) -> Fetched:
        fetched = self.once(now)
        while fetched.more:
            fetched = self.once(now)
            assert self.polls < 200
        return fetched

    def look(self, now: int) -> Seen:
        async def look() -> Seen:
            source = build(self.options, self.site)
            try:
                return await source.look(now)
            finally:
                await source.close()

        return asyncio.run(look())


def traffic(server: Server, start: int, end: int, step: int = 15 * SECOND, first: int = 0) -> int:
    """A counter that grows by one a scrape, with a level beside it; returns the increase over the samples."""
    number = first
    for at in range(start, end, step):
        server.sample(at, number, code="200", route="r1", consumer="alice")
        server.sample(at, number % 7, "apisix_nginx_http_current_connections", state="active")
        number += 1
    return number - 1 - first


@pytest.mark.parametrize(
    ("status", "body", "kind", "trouble", "words"),
    [
        (401, b"no", "text/plain", Trouble.REFUSED, "401"),
        (404, b"<html>", "text/html", Trouble.NOT_FOUND, "check the url"),
        (429, b"slow down", "text/plain", Trouble.THROTTLED, "429"),
        (502, b"<html>bad gateway", "text/html", Trouble.SERVER, "502"),
        (503, b"<html>unavailable", "text/html", Trouble.SERVER, "503"),
        (200, b"<html>please log in", "text/html", Trouble.UNREADABLE, "web page"),
        (200, b'{"status":"success","data":{"result":[{"met', "application/json", Trouble.UNREADABLE, "cut short"),
        (200, b'{"status":"success","data":{"result":7}}', "application/json", Trouble.UNREADABLE, "another shape"),
        (200, b'{"hello":"world"}', "application/json", Trouble.UNREADABLE, "not of Prometheus"),
        (400, b'{"status":"error","errorType":"bad_data","error":"parse error"}', "x", Trouble.SETTINGS, "matchers"),
        (422, b'{"status":"error","errorType":"execution","error":"boom"}', "x", Trouble.SERVER, "boom"),
        (503, b'{"status":"error","errorType":"timeout","error":"too slow"}', "x", Trouble.TIMEOUT, "too slow"),
        (500, b'{"status":"error","errorType":"internal","error":"disk"}', "x", Trouble.SERVER, "disk"),
    ],
)
def test_every_trouble_is_one_sentence_of_its_kind(
    server: Server, status: int, body: bytes, kind: str, trouble: Trouble, words: str
) -> None:
    server.trouble = (status, body, kind)
    with pytest.raises(SourceError) as caught:
        Console(server).poll(NOW)
    assert caught.value.trouble is trouble
    assert words in caught.value.message


def test_a_server_without_samples_says_nothing_about_time_and_ends_its_back_fill_at_once(server: Server) -> None:
    console = Console(server, 14 * DAY)
    first = console.once(NOW)
    assert "no samples of APISIX" in first.partial
    console.poll(NOW)
    assert console.covered == []
    assert console.polls <= 3


def test_no_calls_but_levels_tells_what_to_switch_on(server: Server) -> None:
    server.sample(NOW - MINUTE, 3, "apisix_nginx_http_current_connections", state="active")
    assert "prometheus plugin" in Console(server).once(NOW).partial


def test_a_store_that_did_not_answer_makes_the_answer_partial(server: Server) -> None:
    traffic(server, NOW - MINUTE, NOW)
    server.extra = {"warnings": ["store gateway 3 is away"]}
    assert "store gateway 3" in Console(server).once(NOW).partial
    server.extra = {"isPartial": True}
    assert "only a part" in Console(server).once(NOW).partial


def test_a_span_too_large_for_the_server_is_asked_again_shorter(server: Server) -> None:
    truth = traffic(server, NOW - 5 * HOUR, NOW)
    server.widest_s = 3600
    console = Console(server, 6 * HOUR)
    console.poll(NOW)
    assert console.calls.total() == truth


@pytest.mark.thorough
def test_history_is_read_newest_first_and_every_call_counts_once(server: Server) -> None:
    truth = traffic(server, NOW - 3 * DAY, NOW)
    console = Console(server, 7 * DAY)
    newest = console.once(NOW)
    assert newest.more
    assert max(row.minute for row in newest.facts.traffic) >= NOW - MINUTE
    last = console.poll(NOW)
    assert console.calls.total() == truth
    assert console.consumers.total() == truth
    assert last.progress is not None
    assert last.progress.done == last.progress.total
    times = [float(form["time"]) for path, form in server.asked if path.endswith("/query")]
    assert times == sorted(times, reverse=True)


def test_a_kill_between_any_two_polls_loses_and_doubles_nothing(server: Server) -> None:
    truth = traffic(server, NOW - 6 * HOUR, NOW)
    console = Console(server, 12 * HOUR)
    console.once(NOW)
    kept = console.cursor, Counter(console.calls)
    console.once(NOW)
    console.cursor, console.calls = kept
    console.poll(NOW)
    assert console.calls.total() == truth


def test_the_same_answer_twice_changes_no_row(server: Server) -> None:
    traffic(server, NOW - HOUR, NOW)
    console = Console(server)
    console.poll(NOW)
    before = Counter(console.calls), Counter(console.consumers), len(console.levels)
    console.once(NOW + 31 * SECOND)
    assert (console.calls, console.consumers, len(console.levels)) == before


def test_samples_that_come_late_are_still_counted(server: Server) -> None:
    traffic(server, NOW - HOUR, NOW - 4 * MINUTE)
    console = Console(server)
    console.poll(NOW)
    missing = console.calls.total()
    more = traffic(server, NOW - 4 * MINUTE, NOW, first=240 - 16)
    console.poll(NOW + 31 * SECOND)
    assert console.calls.total() == missing + more + 1


@pytest.mark.thorough
def test_live_polling_for_an_hour_counts_each_call_once_and_each_minute_one_level(server: Server) -> None:
    truth = traffic(server, NOW - HOUR, NOW + HOUR)
    console = Console(server)
    for now in range(NOW, NOW + HOUR + MINUTE, 30 * SECOND):
        console.poll(now)
    assert console.calls.total() == truth
    assert console.consumers.total() == truth
    minutes = Counter(at // MINUTE for at in console.levels)
    assert set(minutes.values()) == {1}
    assert len(minutes) >= 119


def test_after_hours_away_the_newest_comes_first_and_the_hole_is_filled(server: Server) -> None:
    truth = traffic(server, NOW - HOUR, NOW + 8 * HOUR)
    console = Console(server)
    console.poll(NOW)
    later = NOW + 8 * HOUR
    first = console.once(later)
    assert first.more
    assert min(row.minute for row in first.facts.traffic) > NOW + 7 * HOUR
    console.poll(later)
    assert console.calls.total() == truth
    assert set(Counter(at // MINUTE for at in console.levels).values()) == {1}


def test_the_live_poll_comes_again_as_soon_as_its_period_has_passed(server: Server) -> None:
    traffic(server, NOW - 3 * DAY, NOW + HOUR)
    console = Console(server, 7 * DAY)
    console.once(NOW)
    console.once(NOW + SECOND)
    assert max(row.minute for row in console.once(NOW + 31 * SECOND).facts.traffic) >= NOW - MINUTE


@pytest.mark.thorough
def test_an_outage_of_the_target_across_a_seam_keeps_its_calls_as_one_row(server: Server) -> None:
    down, up = NOW - 10 * HOUR, NOW - 4 * HOUR
    first = traffic(server, NOW - 20 * HOUR, down)
    then = traffic(server, up, NOW, first=first + 500)
    for widest in (10**9, 3600):
        server.widest_s = widest
        console = Console(server, 2 * DAY)
        console.poll(NOW)
        assert console.calls.total() == first + 500 + then
        assert [(a, b) for a, b, whole in console.covered if whole] == [(down - 15 * SECOND, up)]
        assert not any(a < up and b > down for a, b, whole in console.covered if not whole)


@pytest.mark.thorough
def test_a_silence_seen_live_is_told_once_and_only_when_it_can_no_longer_be_filled(server: Server) -> None:
    down, up = NOW + 3 * MINUTE, NOW + 20 * MINUTE
    first = traffic(server, NOW - HOUR, down)
    then = traffic(server, up, NOW + HOUR, first=first + 500)
    console = Console(server)
    told_at = 0
    for now in range(NOW, NOW + HOUR + MINUTE, 30 * SECOND):
        hidden = {labels: dict(points) for labels, points in server.samples.items()}
        for points in server.samples.values():
            for late in [t for t in points if t * SECOND > now]:
                del points[late]
        console.poll(now)
        server.samples.update(hidden)
        if not told_at and any(whole for _, _, whole in console.covered):
            told_at = now
    assert up + 5 * MINUTE <= told_at <= up + 16 * MINUTE
    assert console.calls.total() == first + 500 + then
    assert [(a, b) for a, b, whole in console.covered if whole] == [(down - 15 * SECOND, up)]


@pytest.mark.thorough
def test_a_silence_that_is_filled_late_was_none(server: Server) -> None:
    truth = traffic(server, NOW - HOUR, NOW + HOUR)
    console = Console(server)
    for now in range(NOW, NOW + HOUR + MINUTE, 30 * SECOND):
        hidden = {labels: dict(points) for labels, points in server.samples.items()}
        for points in server.samples.values():
            for t in list(points):
                late = NOW + 10 * MINUTE <= t * SECOND < NOW + 13 * MINUTE and now < NOW + 16 * MINUTE
                if t * SECOND > now or late:
                    del points[t]
        console.poll(now)
        server.samples.update(hidden)
    assert console.calls.total() == truth
    assert not any(whole for _, _, whole in console.covered)


def test_a_server_that_stays_behind_is_read_up_to_where_its_samples_end(server: Server) -> None:
    """Remote write that catches up, an hour behind all the time: the last minutes are empty, the past still grows."""
    traffic(server, NOW - 3 * HOUR, NOW - 2 * HOUR)
    console = Console(server, 4 * HOUR)
    console.poll(NOW)
    assert console.calls.total() == 239
    traffic(server, NOW - 2 * HOUR, NOW - HOUR, first=240)
    console.poll(NOW + MINUTE)
    assert console.calls.total() == 479
    asked = len(server.asked)
    for minute in range(2, 10):
        console.poll(NOW + minute * MINUTE)
        assert console.calls.total() == 479
    assert len(server.asked) - asked <= 3 * 8, "what is silent is looked at, not read over and over"
    traffic(server, NOW - HOUR, NOW + 20 * MINUTE, first=480)
    console.poll(NOW + 20 * MINUTE)
    assert console.calls.total() == 799
    assert not any(whole for _, _, whole in console.covered)


def test_coverage_is_told_once(server: Server) -> None:
    traffic(server, NOW - HOUR, NOW + HOUR)
    console = Console(server)
    for now in range(NOW, NOW + 30 * MINUTE, 30 * SECOND):
        console.poll(now)
    spans = sorted(console.covered)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_nothing_is_covered_before_the_oldest_sample(server: Server) -> None:
    start = NOW - 2 * HOUR
    traffic(server, start, NOW)
    console = Console(server, 14 * DAY)
    console.poll(NOW)
    assert min(a for a, _, _ in console.covered) == start
    assert max(b for _, b, _ in console.covered) == NOW - 15 * SECOND


def test_buckets_with_le_1_and_1_0_are_one_bucket(server: Server) -> None:
    for number, at in enumerate(range(NOW - MINUTE, NOW, 15 * SECOND)):
        le = "10" if number % 2 else "10.0"
        server.sample(at, number, "apisix_http_latency_bucket", type="request", route="r1", le=le)
        server.sample(at, number, "apisix_http_latency_bucket", type="request", route="r1", le="+Inf")
    rows = Console(server).once(NOW).facts.latency
    assert [(row.upper_ms, row.count) for row in rows] == [(10.0, 3)]


def test_values_that_are_no_numbers_are_left_out(server: Server) -> None:
    for place, value in enumerate((1.0, float("nan"), 5.0)):
        server.sample(NOW - MINUTE + place * 15 * SECOND, value, code="200", route="r1")
    assert [row.calls for row in Console(server).once(NOW).facts.traffic] == [4]


def test_tenant_credential_and_matchers_are_sent(server: Server) -> None:
    traffic(server, NOW - MINUTE, NOW)
    console = Console(server, tenant="team-a", matchers='job="apisix", env="prod"', url=server.url + "/prometheus")
    console.site = Site("prom", Here(), 30, NOW, NOW - HOUR, Secret("s3cret"))
    console.once(NOW)
    assert server.headers["X-Scope-OrgID"] == "team-a"
    assert server.headers["authorization"] == "Bearer s3cret"
    path, form = server.asked[0]
    assert path == "/prometheus/api/v1/query"
    assert 'job="apisix", env="prod"}' in form["query"]


def test_a_url_that_already_names_the_api_is_taken_as_it_is(server: Server) -> None:
    traffic(server, NOW - MINUTE, NOW)
    Console(server, url=server.url + "/api/v1/").once(NOW)
    assert server.asked[0][0] == "/api/v1/query"


def test_an_unknown_flavour_offers_the_nearest(server: Server) -> None:
    with pytest.raises(SourceError, match='Did you mean "apisix"'):
        build(Options(url=server.url, flavour="apisicks"), Site("prom", Here(), 30, NOW, NOW))


def test_series_of_ones_own_are_read_by_a_map(server: Server) -> None:
    for number in range(4):
        server.sample(NOW - MINUTE + number * 15 * SECOND, number, "shop_calls_total", result="5xx", path="/pay")
    console = Console(server)
    names = {"requests": "shop_calls_total", "status": "result", "route": "path"}
    console.options = convert({"url": server.url, "flavour": "custom", "map": names})
    assert [(row.route, row.status, row.calls) for row in console.once(NOW).facts.traffic] == [("/pay", 5, 3)]


def test_a_name_with_odd_signs_stays_inside_its_quotes() -> None:
    assert selector(['a.b"'], "") == '{__name__=~"a\\\\.b\\""}'


def test_matchers_may_stand_in_braces_or_not() -> None:
    assert selector(["a", "b"], '{job="x"}') == selector(["a", "b"], ' job="x", ') == '{__name__=~"a|b",job="x"}'
    assert selector(["a"], "") == '{__name__=~"a"}'


def test_a_look_tells_what_it_saw(server: Server) -> None:
    traffic(server, NOW - 2 * DAY, NOW)
    seen = Console(server).look(NOW)
    assert seen.headline == "Prometheus 2.45.1"
    assert seen.lines[0] == "2 series of APISIX"
    assert seen.lines[1].startswith("samples since 2025-12-")
