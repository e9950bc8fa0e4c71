"""A real gateway's access log, rotated while it is written: each call counted once, percentiles the true ones."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.stories.access_logs import (
    Call,
    Logging,
    caddy,
    copy_and_truncate,
    drive,
    haproxy,
    nginx,
    plan,
    rename,
    slow_backend,
)
from tests.stories.servers import Program, an_hour_ago, until, write_settings

CALLS = 250
ROUTE = {"haproxy": "app"}
"""What the flavour calls the route of all calls; the others fold the path."""
SHARES = {"latency_p50": 0.5, "latency_p95": 0.95, "latency_p99": 0.99}
WITHIN = 0.02


@pytest.fixture
def behind() -> Iterator[int]:
    with slow_backend() as port:
        yield port


def itself(gateway: Logging) -> None:
    """Caddy turns its log over without being asked, once it is full."""


Open = Callable[[int, Path], AbstractContextManager[Logging]]
Turn = Callable[[Logging], None]

KINDS: list[Any] = [
    pytest.param("nginx-json", nginx, [rename, copy_and_truncate], 0, id="nginx"),
    pytest.param("haproxy", haproxy, [copy_and_truncate, copy_and_truncate], 0, id="haproxy"),
    pytest.param("caddy", caddy, [itself, itself], 4_000, id="caddy"),
]


@pytest.mark.thorough
@pytest.mark.parametrize(("flavour", "open_gateway", "turns", "padding"), KINDS)
def test_calls_and_percentiles_of_a_log_that_is_rotated_while_it_is_written(
    flavour: str, open_gateway: Open, turns: list[Turn], padding: int, behind: int, tmp_path: Path
) -> None:
    program, session = Program(tmp_path / "home"), tmp_path / "launch.hypercare"
    with open_gateway(behind, tmp_path / "gateway") as gateway:
        gateway.log.touch()
        settings = write_settings(
            tmp_path / "settings.toml",
            {"name": "edge", "kind": "calllog", "flavour": flavour, "path": str(gateway.log), "period_s": 1},
            name="Story",
            time_zone="UTC",
            go_live=an_hour_ago(),
        )
        with program.started("collect", "--config", settings, "--session", session) as collecting:
            collecting.says("edge: ")
            made: list[Call] = []
            for turn, seed in zip([*turns, itself], range(3), strict=True):
                made += drive(gateway, plan(CALLS, seed), padding)
                turn(gateway)
            until(
                lambda: counted(program, session, len(made)), f"{len(made)} calls were not counted: {collecting.lines}"
            )
            route = ROUTE.get(flavour, "GET /app/{id}/{id}")
            rates = {name: program.holder(session, "kpi", name=name) for name in ("error_rate_5xx", "error_rate_4xx")}
            times = {name: program.holder(session, "kpi", name=name, route=route) for name in SHARES}
            assert collecting.stop() == 0
        own = [took for _, took in told_by_logs(flavour, gateway.log)]
    assert len(own) == len(made)
    errors, refused = sum(c.status >= 500 for c in made), sum(400 <= c.status < 500 for c in made)
    for found, calls in ((rates["error_rate_5xx"], errors), (rates["error_rate_4xx"], refused)):
        assert (found["n"], found["value"]) == (len(made), calls / len(made))
    for name, share in SHARES.items():
        ours = times[name]
        assert ours["n"] == len(made)
        assert ours["value"] == pytest.approx(percentile(own, share), rel=WITHIN), name
        # No gateway answers before its backend does, nor after its caller has the answer.
        assert percentile([c.asked_ms for c in made], share) * (1 - WITHIN) <= ours["value"], name
        assert ours["value"] <= percentile([c.took_ms for c in made], share) * (1 + WITHIN), name


def counted(program: Program, session: Path, wanted: int) -> bool:
    found = program.holder(session, "kpi", name="throughput")
    assert found["n"] <= wanted, "a call was counted twice"
    return bool(found["n"] == wanted)


def percentile(values: list[float] | list[int], share: float) -> float:
    """The smallest value that so large a share does not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def told_by_logs(flavour: str, log: Path) -> Iterator[tuple[int, float]]:
    """Status and duration in ms of every call, by the gateway's own files."""
    read = {
        "nginx-json": lambda row: (int(row["status"]), float(row["request_time"]) * 1000),
        "haproxy": lambda row: (row["ST"], float(row["Ta"])),
        "caddy": lambda row: (row["status"], row["duration"] * 1000),
    }[flavour]
    for path in [log, *log.parent.glob("access-*.log*"), *log.parent.glob("access.log.*")]:
        content = path.read_bytes()
        plain = gzip.decompress(content) if path.suffix == ".gz" else content
        for line in plain.lstrip(b"\0").splitlines():
            yield read(json.loads(line))
