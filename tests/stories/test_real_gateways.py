"""A real HAProxy and a real Caddy on loopback: what we tell must be what the driver did, to the call."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from console.model.facts import Fetched
from console.settings import SourceSettings
from console.sources.registry import build
from console.sources.site import Site
from tests.stories.servers import backend, binary, free_ports, running, until

T = TypeVar("T")
START_SLACK_S = 2
"""Starts that lie closer than this are taken for one, because other gateways work theirs out anew for every page."""
NOW = 1_763_640_030_000_000
STEP = 15_000_000
DRIVEN = [200] * 40 + [404] * 7 + [500] * 5 + [503] * 3 + [201] * 2


class Here:
    async def run(self, size: int, function: Callable[..., T], *arguments: Any) -> T:
        return function(*arguments)


@pytest.fixture
def behind() -> Iterator[int]:
    with backend() as port:
        yield port


def poll(flavour: str, url: str, cursor: bytes, now: int, **options: Any) -> Fetched:
    async def once() -> Fetched:
        settings = SourceSettings(name="edge", kind="scrape", options={"url": url, "flavour": flavour, **options})
        source = build(settings, Site("edge", Here(), 15.0, NOW, NOW))
        try:
            return await source.poll(cursor, now)
        finally:
            await source.close()

    return asyncio.run(once())


def drive(base: str) -> Counter[int]:
    with httpx.Client(trust_env=False) as client:
        return Counter(client.get(f"{base}/{status}").status_code for status in DRIVEN)


def told(answer: Fetched, route: str) -> dict[int, int]:
    return {t.status: t.calls for t in answer.facts.traffic if t.route == route}


def classes(driven: Counter[int]) -> dict[int, int]:
    counted: Counter[int] = Counter()
    for status, calls in driven.items():
        counted[status // 100] += calls
    return dict(counted)


@pytest.mark.thorough
def test_haproxy_is_told_to_the_call_and_its_restart_is_seen(behind: int, tmp_path: Path) -> None:
    program = binary("haproxy")
    main, metrics, nobody = free_ports(3)
    config = tmp_path / "haproxy.cfg"
    config.write_text(
        "defaults\n mode http\n retries 0\n timeout connect 1s\n timeout client 5s\n timeout server 5s\n"
        f"frontend metrics\n bind 127.0.0.1:{metrics}\n"
        " http-request use-service prometheus-exporter if { path /metrics }\n"
        f"frontend main\n bind 127.0.0.1:{main}\n use_backend dead if {{ path_beg /dead }}\n default_backend app\n"
        f"backend app\n server s1 127.0.0.1:{behind}\n"
        f"backend dead\n server s1 127.0.0.1:{nobody}\n"
    )
    command = [program, "-db", "-f", str(config)]
    url, base = f"http://127.0.0.1:{metrics}/metrics", f"http://127.0.0.1:{main}"
    with running(command, metrics, tmp_path):
        drive(f"{base}/before")
        first = poll("haproxy", url, b"", NOW)
        assert first.facts.traffic == []
        driven, dead = drive(f"{base}/app"), drive(f"{base}/dead")
        second = poll("haproxy", url, first.cursor, NOW + STEP)
    assert dead == {503: len(DRIVEN)}
    assert told(second, "app") == classes(driven)
    assert told(second, "dead") == {5: len(DRIVEN)}
    assert second.note.startswith("HAProxy ")
    assert second.note.endswith("2 routes")
    # The counters come back to the very numbers they had: only the start, told in whole seconds, gives the restart away.
    stopped = time.time()
    until(lambda: time.time() > stopped + START_SLACK_S + 1, "time stood still")
    with running(command, metrics, tmp_path):
        again = drive(f"{base}/app") + drive(f"{base}/app")
        third = poll("haproxy", url, second.cursor, NOW + 2 * STEP)
    assert told(third, "app") == classes(again)
    assert told(third, "dead") == {}


def test_caddy_is_told_to_the_call_with_codes_methods_and_buckets(behind: int, tmp_path: Path) -> None:
    program = binary("caddy")
    main, admin, nobody = free_ports(3)
    config = tmp_path / "Caddyfile"
    config.write_text(
        f"{{\n admin 127.0.0.1:{admin}\n auto_https off\n servers {{\n  metrics\n }}\n}}\n"
        f"http://127.0.0.1:{main} {{\n header X-Seen yes\n handle /app/* {{\n  reverse_proxy 127.0.0.1:{behind}\n }}\n"
        f" handle /dead/* {{\n  reverse_proxy 127.0.0.1:{nobody}\n }}\n}}\n"
    )
    url, base = f"http://127.0.0.1:{admin}/metrics", f"http://127.0.0.1:{main}"
    with running([program, "run", "--config", str(config), "--adapter", "caddyfile"], main, tmp_path):
        first = poll("caddy", url, b"", NOW)
        assert "option metrics" in first.partial
        driven = drive(f"{base}/app")
        with httpx.Client(trust_env=False) as client:
            assert client.post(f"{base}/app/201").status_code == 201
        second = poll("caddy", url, first.cursor, NOW + STEP)
        dead = drive(f"{base}/dead")
        third = poll("caddy", url, second.cursor, NOW + 2 * STEP)
    rows = {(t.method, t.status): t.calls for t in second.facts.traffic}
    assert rows == {("POST", 201): 1} | {("GET", status): calls for status, calls in driven.items()}
    assert sum(row.count for row in second.facts.latency) == len(DRIVEN) + 1
    assert sum(row.calls for row in second.facts.latency_sum) == len(DRIVEN) + 1
    assert second.partial == ""
    assert dead == {502: len(DRIVEN)}
    told_or_said = sum(t.calls for t in third.facts.traffic) == len(DRIVEN) or third.partial.startswith(
        f"{len(DRIVEN)} "
    )
    assert told_or_said, "calls that Caddy failed itself must be counted, or said to be uncounted"
