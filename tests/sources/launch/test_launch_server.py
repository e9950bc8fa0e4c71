"""The simulated launch over real sockets, and its process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.model.errors import SourceError
from console.model.moment import HOUR, MINUTE, SECOND, from_datetime, parse_instant
from console.sources.launch.inside import facts
from console.sources.launch.jira import CUSTOM
from console.sources.launch.process import LaunchProcess
from console.sources.launch.promql import QueryError, duration_ms, parse
from console.sources.launch.server import Launch, Server
from console.sources.launch.story import story
from console.sources.launch.tickets import tickets
from console.sources.launch.world import world

NOW = parse_instant("2026-11-20T13:21:07Z")


class Clock:
    """Set by hand."""

    def __init__(self) -> None:
        self.instant = NOW

    def __call__(self) -> int:
        return self.instant


class Served:
    def __init__(self, client: httpx.Client, clock: Clock) -> None:
        self.client = client
        self.clock = clock

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self.client.get(path, params=parameters or None)

    def query(self, query: str, at: float) -> Any:
        reply = self.client.post("/api/v1/query", data={"query": query, "time": f"{at:.3f}"})
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]["result"]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Server, Clock]]:
    clock = Clock()
    made = Server(Launch(7, NOW, clock))
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made, clock
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def served(server: tuple[Server, Clock]) -> Iterator[Served]:
    made, clock = server
    clock.instant = NOW
    with httpx.Client(base_url=made.base_url, timeout=20, trust_env=False) as client:
        yield Served(client, clock)


def test_an_unknown_address_is_not_found(served: Served) -> None:
    assert [
        served.get(path).status_code for path in ("/", "/api/v1/admin", "/rest/api/2/user", "/rest/api/3/search")
    ] == [404] * 4


@pytest.mark.thorough
def test_a_question_prometheus_would_not_understand_is_refused_in_its_words(served: Served) -> None:
    for query in ("", "up{", "rate(up[5m])", "count(up[5m])", "up[5x]", "{}"):
        reply = served.get("/api/v1/query", query=query)
        assert reply.status_code == 400, query
        assert reply.json()["errorType"] == "bad_data"
    assert served.get("/api/v1/query", query="up", time="noon").status_code == 400


def test_a_bad_body_is_refused(served: Served) -> None:
    reply = served.client.post("/rest/api/2/search", content=b"{", headers={"content-type": "application/json"})
    assert reply.status_code == 400
    assert served.client.post("/rest/api/2/search", json={"jql": 'updated >= "soon"'}).status_code == 400


def test_the_feed_is_silent_for_twenty_minutes_and_comes_back(served: Served) -> None:
    outage = story(world(7, NOW)).feed_outage
    assert served.get("/feed").status_code == 200
    served.clock.instant = outage.start
    assert served.get("/feed").status_code == 503
    assert served.get("/feed").headers["retry-after"] == "60"
    served.clock.instant = outage.end
    assert served.get("/feed").status_code == 200
    assert outage.length == 20 * MINUTE


def test_the_front_door_is_shut_only_in_the_worst_of_the_incident(served: Served) -> None:
    assert served.get("/health").status_code == 200
    served.clock.instant = story(world(7, NOW)).worst.start
    assert served.get("/health").status_code == 503


def test_two_scrapes_differ_by_the_calls_between_them(served: Served) -> None:
    def total() -> int:
        text = served.get("/apisix/prometheus/metrics").text
        return sum(int(n) for n in re.findall(r"^apisix_http_status\{.*\} (\d+)$", text, re.M))

    served.clock.instant = NOW - NOW % MINUTE
    before = total()
    served.clock.instant += 2 * MINUTE
    told = facts(7, served.clock.instant, NOW - NOW % MINUTE, anchor=NOW, tables=("traffic",))
    assert total() - before == sum(row.calls for row in told.traffic)


def test_the_date_is_the_simulated_one(served: Served) -> None:
    assert from_datetime(parsedate_to_datetime(served.get("/health").headers["date"])) == NOW


def test_history_answers_raw_samples_at_their_own_instants(served: Served) -> None:
    rows = served.query('apisix_http_status{route="GET /v3/orders",code="200"}[3600s]', NOW / SECOND)
    assert len(rows) == 1
    stamps = [at for at, _ in rows[0]["values"]]
    values = [int(text) for _, text in rows[0]["values"]]
    assert len(stamps) == 60
    assert all(abs(after - before - 60) < 1e-6 for before, after in pairwise(stamps))
    assert values == sorted(values)
    assert stamps[-1] <= NOW / SECOND


def test_history_chooses_by_name_pattern_and_matchers(served: Served) -> None:
    pattern = '{__name__=~"apisix_http_status|apisix_http_latency_bucket",route!~"GET.*",code!="200"}[5m]'
    rows = served.query(pattern, NOW / SECOND)
    assert {row["metric"]["__name__"] for row in rows} == {"apisix_http_status", "apisix_http_latency_bucket"}
    assert not any(row["metric"]["route"].startswith("GET") for row in rows)
    assert all(len(row["values"]) == 5 for row in rows if row["metric"].get("le") == "+Inf")


def test_history_counts_and_groups(served: Served) -> None:
    assert served.query("count(apisix_node_info)", NOW / SECOND)[0]["value"][1] == "1"
    by_job = served.query("count by (job) (count_over_time(up[10m]))", NOW / SECOND)
    assert by_job == [{"metric": {"job": "apisix"}, "value": [NOW / SECOND, "1"]}]
    assert served.query("sum(count_over_time(up[1h]))", NOW / SECOND)[0]["value"][1] == "60"


def test_history_shows_its_gap(served: Served) -> None:
    gap = story(world(7, NOW)).gap
    assert served.query("up[19m]", gap.end / SECOND - 0.01) == []
    assert served.query("up", gap.end / SECOND - 1) == []
    reply = served.get(
        "/api/v1/query_range", query="up", start=gap.start / SECOND - 600, end=gap.end / SECOND + 600, step="60"
    )
    stamps = [at for at, _ in reply.json()["data"]["result"][0]["values"]]
    assert max(after - before for before, after in pairwise(stamps)) > 800


def test_history_knows_nothing_after_now_or_before_go_live(served: Served) -> None:
    assert served.query("up", world(7, NOW).go_live / SECOND - 3600) == []
    late = served.query("up[1h]", NOW / SECOND + 3600)
    assert not late or max(at for at, _ in late[0]["values"]) <= NOW / SECOND


def test_history_tells_its_labels_and_series(served: Served) -> None:
    assert "route" in served.get("/api/v1/labels").json()["data"]
    found = served.get("/api/v1/series", **{"match[]": "apisix_http_latency_sum"}).json()["data"]
    assert len(found) == 40
    assert served.get("/api/v1/status/buildinfo").json()["data"]["version"]


def test_too_fine_a_range_is_refused(served: Served) -> None:
    reply = served.get("/api/v1/query_range", query="up", start=0, end=12_000, step="1")
    assert reply.status_code == 400
    assert "11,000" in reply.json()["error"]


def test_pages_of_tickets_hold_each_ticket_once_in_order_of_change(served: Served) -> None:
    ids: list[str] = []
    start, total = 0, 1
    updated: list[str] = []
    while start < total:
        page = served.client.post(
            "/rest/api/2/search",
            json={
                "jql": "ORDER BY updated ASC, key ASC",
                "startAt": start,
                "maxResults": 250,
                "fields": ["updated", "status"],
            },
        ).json()
        ids += [issue["id"] for issue in page["issues"]]
        updated += [issue["fields"]["updated"] for issue in page["issues"]]
        start, total = start + len(page["issues"]), page["total"]
    assert len(ids) == len(set(ids)) == 900
    assert updated == sorted(updated)
    assert set(page["issues"][0]["fields"]) == {"updated", "status"}


def test_only_what_changed_lately_is_found(served: Served) -> None:
    def found(jql: str) -> int:
        return int(served.get("/rest/api/2/search", jql=jql, maxResults=0).json()["total"])

    assert 0 < found("updated >= -20m ORDER BY updated ASC") < found('(project = PAY) AND updated >= "-4h"') < 900
    before = found("updated >= -20m")
    served.clock.instant = NOW + 20 * MINUTE
    assert found("updated >= -20m") != before
    assert found('updated >= "2026/11/20 14:00"') == found("updated >= -41m")


def test_an_issue_tells_its_life_and_agrees_with_its_state(served: Served) -> None:
    made = next(t for t in tickets(world(7, NOW)) if any(c.field == "duplicate" for c in t.changes))
    told = served.get(f"/rest/api/2/issue/{made.key}", expand="changelog").json()
    items = [item for history in told["changelog"]["histories"] for item in history["items"]]
    statuses = [item["toString"] for item in items if item["field"] == "status"]
    assert statuses[-1] == told["fields"]["status"]["name"]
    assert [item for item in items if item["field"] == "Link"]
    assert told["fields"]["issuelinks"][0]["type"]["outward"] == "duplicates"
    assert told["fields"][CUSTOM["segment"]] == {"value": made.consumer.customer.segment}
    ids = [history["id"] for history in told["changelog"]["histories"]]
    assert len(ids) == len(set(ids))


def test_the_headline_ticket_is_new_and_is_taken_up_later(served: Served) -> None:
    first = served.get("/rest/api/2/issue/PAY-1482").json()["fields"]
    assert (first["status"]["name"], first["priority"]["name"]) == ("New", "Highest")
    served.clock.instant = NOW + 5 * HOUR
    assert served.get("/rest/api/2/issue/PAY-1482").json()["fields"]["status"]["name"] in ("Resolved", "Closed")


def test_tickets_of_the_future_do_not_exist_yet(served: Served) -> None:
    late = next(t for t in tickets(world(7, NOW)) if t.created > NOW)
    assert served.get(f"/rest/api/2/issue/{late.id}").status_code == 404
    served.clock.instant = late.created
    assert served.get(f"/rest/api/2/issue/{late.id}").status_code == 200


def test_comments_come_with_the_issue_and_alone(served: Served) -> None:
    made = next(t for t in tickets(world(7, NOW)) if len(t.remarks) >= 3 and t.remarks[-1].at < NOW)
    inside = served.get(f"/rest/api/2/issue/{made.id}").json()["fields"]["comment"]
    assert served.get(f"/rest/api/2/issue/{made.id}/comment").json() == inside
    assert [row["body"] for row in inside["comments"]] == [remark.body for remark in made.remarks]


def test_the_ticket_page_for_people_is_plain_text(served: Served) -> None:
    reply = served.get("/browse/PAY-1482")
    assert reply.headers["content-type"].startswith("text/plain")
    assert reply.text.startswith("PAY-1482 Payment fails with 502")


def test_durations_read_as_prometheus_reads_them() -> None:
    assert [duration_ms(text) for text in ("90s", "1h30m", "5", "2d", "100ms")] == [
        90_000,
        5_400_000,
        5_000,
        172_800_000,
        100,
    ]
    with pytest.raises(QueryError):
        duration_ms("soon")
    with pytest.raises(QueryError):
        parse("up) or (down")


@pytest.mark.thorough
def test_a_process_is_ready_soon_tells_the_truth_and_ends(tmp_path: Path) -> None:
    launch = LaunchProcess()
    begun = time.monotonic()
    url = launch.start(7, NOW, truth=tmp_path / "truth.json")
    ready = time.monotonic() - begun
    pid = launch.pid
    assert pid is not None
    try:
        assert httpx.get(f"{url}/apisix/prometheus/metrics", trust_env=False, timeout=10).status_code == 200
        assert json.loads((tmp_path / "truth.json").read_bytes())["seed"] == 7
        assert launch.go_live == "2026-11-14T07:00:00Z"
        assert ready < 10
    finally:
        launch.stop()
        launch.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health", trust_env=False)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_server_that_cannot_start_says_so_in_a_sentence() -> None:
    with pytest.raises(SourceError, match="did not start"):
        LaunchProcess([sys.executable, "-c", "import sys; sys.exit('no room')"]).start(7, NOW)


@pytest.mark.thorough
def test_two_processes_of_one_seed_show_the_same_bytes() -> None:
    def feed_of() -> bytes:
        with LaunchProcess() as launch:
            url = launch.start(11, NOW, speed=0)
            return (
                httpx.get(f"{url}/feed", trust_env=False, timeout=20).content
                + httpx.get(f"{url}/apisix/prometheus/metrics", trust_env=False, timeout=20).content
            )

    assert feed_of() == feed_of()


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a POSIX signal")
def test_a_killed_console_leaves_no_server_behind() -> None:
    code = (
        "import sys\nfrom console.sources.launch.process import LaunchProcess\np = LaunchProcess()\n"
        f"print(p.start(7, {NOW}), p.pid, flush=True)\nsys.stdin.read()\n"
    )
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
    ) as parent:
        assert parent.stdout is not None
        url, pid = parent.stdout.readline().decode().split()
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert int(pid) > 0
    waited = threading.Event()
    for _ in range(100):
        try:
            httpx.get(f"{url}/health", trust_env=False, timeout=2)
        except httpx.TransportError:
            return
        waited.wait(0.05)
    raise AssertionError("the server outlived its console by five seconds")
