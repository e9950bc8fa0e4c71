"""200 sources of 2 000 samples at 15 s: how much of a core the whole program takes, and whether a poll was late."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from console.desk import Desk
from console.paths import Places
from console.settings import Settings, from_document
from console.workplace import Workplace
from tests.bench.figure import Figure, of_runs
from tests.bench.page_server import pages

SOURCES, SAMPLES, PERIOD_S = 200, 2_000, 15.0
_PERIODS = 3


def settings(base: str) -> Settings:
    """200 gateways behind one server."""
    sources: list[dict[str, Any]] = [
        {"name": f"g{n}", "kind": "scrape", "flavour": "apisix", "url": f"{base}/{n}", "period_s": PERIOD_S}
        for n in range(SOURCES)
    ]
    return from_document({"session": {"name": "Many", "time_zone": "UTC"}, "source": sources})


def measure() -> list[Figure]:
    shares, sizes = [], []
    with tempfile.TemporaryDirectory(prefix="hypercare-bench-") as folder, pages(SAMPLES) as base:
        workplace = Workplace(Places(Path(folder) / "data", Path(folder) / "config"))
        try:
            desk = workplace.create(settings(base), Path(folder) / "many.hypercare")
            _all_answered(desk)
            late = desk.poller.late_polls
            for _ in range(_PERIODS):
                begun, used = time.perf_counter(), _cpu_s()
                # A whole period of the sources is the thing measured; there is no condition to wait for.
                time.sleep(PERIOD_S)
                shares.append(100 * (_cpu_s() - used) / (time.perf_counter() - begun))
                sizes.append(desk.session.bytes_on_disk / 1e6)
            late = desk.poller.late_polls - late
            failed = sum(h.failures for h in desk.health())
        finally:
            workplace.close()
    return [
        of_runs(
            "200 sources",
            "% of a core",
            shares,
            40,
            note=f"{SOURCES} × {SAMPLES} samples each {PERIOD_S:g} s, with HTTP",
        ),
        of_runs("200 sources, late polls", "polls", [float(late)], 0, note=f"in {_PERIODS} periods, {failed} failed"),
        of_runs("200 sources, file after the run", "MB", sizes[-1:], note="size of the session"),
    ]


def _cpu_s() -> float:
    """Seconds of CPU of this process and of its worker, alive or not."""
    used = sum(os.times()[:4])
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(fields[1]) == os.getpid() and b"page_server" not in command:
                used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def _all_answered(desk: Desk, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        health = desk.health()
        if len(health) == SOURCES and all(h.last_good is not None for h in health):
            return
        if time.monotonic() > deadline:
            raise RuntimeError("not every source answered")
        time.sleep(0.05)
