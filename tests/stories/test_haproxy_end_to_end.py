"""A real gateway, the real program: collect polls, another process asks, and every call is accounted for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stories.servers import Gateway, Program, Running, an_hour_ago, backend, caddy, haproxy, until, write_settings

BEFORE = [200] * 11 + [500] * 3
PLAN = ([200] * 17 + [404, 201, 503, 200, 500, 200, 200]) * 20


@pytest.fixture
def behind() -> Iterator[int]:
    with backend() as port:
        yield port


def drive(base: str, plan: list[int]) -> Counter[int]:
    """Make each call of the plan, one after the other. Returns what the client saw."""
    with httpx.Client(trust_env=False) as client:
        return Counter(client.get(f"{base}/app/{status}").status_code for status in plan)


def classes(driven: Counter[int]) -> dict[int, int]:
    counted: Counter[int] = Counter()
    for status, calls in driven.items():
        counted[status // 100] += calls
    return dict(counted)


def told_by_haproxy(page: str) -> dict[int, int]:
    found = re.findall(r'haproxy_backend_http_responses_total\{proxy="app",code="(\d)xx"\} (\d+)', page)
    return {int(code): int(value) for code, value in found if int(value)}


def told_by_caddy(page: str) -> dict[int, int]:
    """The handler of the whole server counts each call once; the request histogram carries the code."""
    found = re.findall(
        r"caddy_http_request_duration_seconds_count"
        r'\{code="(\d)\d\d",handler="subroute",method="GET",server="srv0"\} (\d+)',
        page,
    )
    counted: Counter[int] = Counter()
    for code, value in found:
        counted[int(code)] += int(value)
    return dict(counted)


Open = Callable[[int, Path], AbstractContextManager[Gateway]]

KINDS: list[Any] = [
    pytest.param("haproxy", haproxy, told_by_haproxy, id="haproxy"),
    pytest.param("caddy", caddy, told_by_caddy, id="caddy"),
]


@pytest.mark.thorough
@pytest.mark.parametrize(("flavour", "open_gateway", "own_count"), KINDS)
def test_every_call_is_in_the_numbers_and_none_twice(
    flavour: str, open_gateway: Open, own_count: Callable[[str], dict[int, int]], behind: int, tmp_path: Path
) -> None:
    program = Program(tmp_path / "home")
    session = tmp_path / "launch.hypercare"
    with open_gateway(behind, tmp_path / flavour) as gateway:
        before = drive(gateway.url, BEFORE)
        settings = write_settings(
            tmp_path / "settings.toml",
            {"name": "edge", "kind": "scrape", "flavour": flavour, "url": gateway.metrics, "period_s": 1},
            name="Story",
            time_zone="UTC",
            go_live=an_hour_ago(),
        )
        with program.started("collect", "--config", settings, "--session", session) as collecting:
            collecting.says("edge: ")
            driven = drive(gateway.url, PLAN)
            assert sum(driven.values()) == len(PLAN)
            told = until(
                lambda: asked_of_the_holder(program, session, collecting, len(PLAN)),
                "the number of calls did not reach what was driven",
            )
            assert collecting.stop() == 0
        counted = own_count(gateway.page())
    since = {code: counted.get(code, 0) - classes(before).get(code, 0) for code in counted}
    assert since == classes(driven)
    assert told is not None
    errors = driven[500] + driven[503]
    assert told["value"] == errors / len(PLAN)
    for name, value in (
        ("error_rate_5xx", errors / len(PLAN)),
        ("error_rate_4xx", driven[404] / len(PLAN)),
    ):
        alone = program.run("kpi", session, name, "--json").json()
        # The hour before the first poll is not covered, and is said to be missing.
        assert alone["state"] == "partial"
        assert (alone["n"], alone["value"]) == (len(PLAN), value)
    throughput = program.run("kpi", session, "throughput", "--json").json()
    assert throughput["n"] == len(PLAN)
    assert throughput["value"] > 0
    rows = program.run("export", session, "traffic", "--format", "json").json()
    by_class: Counter[int] = Counter()
    for row in rows:
        by_class[row["status"] // 100 if row["status"] >= 100 else row["status"]] += row["calls"]
    assert dict(by_class) == classes(driven)


def asked_of_the_holder(program: Program, session: Path, collecting: Running, wanted: int) -> dict[str, Any] | None:
    """The 5xx rate, asked by another process while ``collect`` holds the file; None until all calls are in."""
    assert collecting.process.poll() is None, collecting.errors
    found: dict[str, Any] = program.run("kpi", session, "error_rate_5xx", "--json").json()
    assert found["n"] <= wanted, "a call was counted twice"
    return found if found["n"] == wanted else None
