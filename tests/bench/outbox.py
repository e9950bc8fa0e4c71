"""Decisions brought to a local server over real HTTP, and how long one takes to be written beside many tickets."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console.desk import Desk
from console.model.change import Change
from console.model.facts import Facts, TicketEvent
from console.model.moment import iso
from console.settings import from_document
from console.store import append, session, settings_log
from console.store.session import SystemClock
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.bench.figure import Figure, of_runs
from tests.bench.ticket_server import tickets

_DECISIONS, _RUNS = 200, 3
_LONGEST_S = 120


def measure() -> list[Figure]:
    rates, acts, bulk = [], [], []
    with (
        tempfile.TemporaryDirectory(prefix="hypercare-bench-") as folder,
        tickets() as url,
        _desk(Path(folder) / "outbox.hypercare", url) as (desk, lanes),
    ):
        for run in range(_RUNS):
            severity = f"P{1 + run % 2}"
            for number in range(_DECISIONS):
                begun = time.perf_counter()
                lanes.write(desk.decide, "severity", f"T-{number}", severity).result()
                acts.append((time.perf_counter() - begun) * 1000)
            rates.append(_DECISIONS / _delivered(desk))
        for severity in ("P3", "P4", "P1"):
            begun = time.perf_counter()
            names = [f"T-{number}" for number in range(_DECISIONS)]
            lanes.write(desk.decide_many, "severity", names, severity).result()
            bulk.append((time.perf_counter() - begun) * 1000)
    note = f"{_DECISIONS} tickets, each read, compared, written with its ETag and confirmed; every step in the session"
    return [
        of_runs("outbox", "decisions/s", rates, 50, least=True, note=note),
        of_runs("one decision written", "ms", acts, note="checked, with the field it changes, on the write lane"),
        of_runs(f"bulk of {_DECISIONS} written", "ms", bulk, note="one transaction"),
    ]


@contextmanager
def _desk(path: Path, url: str) -> Iterator[tuple[Desk, Lanes]]:
    clock, lanes = SystemClock(), Lanes()
    made = session.create(path, clock)
    cursor = made.cursor()
    settings_log.save(made, cursor, from_document({"source": [_source(url)]}), "bench", clock.now())
    now, facts = clock.now(), Facts()
    for number in range(_DECISIONS):
        values = {"key": f"T-{number}", "title": "It fails", "status": "new", "severity": "P3", "created_at": iso(now)}
        facts.ticket_event += [
            TicketEvent("desk", str(number), "created", name, None, value, "", now) for name, value in values.items()
        ]
    append.append_facts(made, cursor, facts, now)
    cursor.close()
    desk = Desk(made, clock, lanes, KeyringVault(), _unheard)
    try:
        yield desk, lanes
    finally:
        desk.close()
        lanes.close()


def _delivered(desk: Desk) -> float:
    """Seconds until everything that waits is confirmed."""
    begun = time.perf_counter()
    desk.begin_delivering(desk.settings().source)
    while not desk.delivering.resting:
        threading.Event().wait(0.005)
        if time.perf_counter() - begun > _LONGEST_S:
            raise TimeoutError("the outbox did not come to an end")
    took = time.perf_counter() - begun
    left = desk.outbox()
    if left.total:
        raise RuntimeError(f"not everything was delivered: {left.summary} {left.lines[0].why}")
    desk.delivering.stop("desk")
    return took


def _source(url: str) -> dict[str, Any]:
    return {
        "name": "desk", "kind": "rest", "url": url, "map": {"id": "id", "key": "key", "title": "title", "severity": "severity"},
        "read_url": f"{url}/tickets/{{id}}", "write_url": {"severity": f"PATCH {url}/tickets/{{id}}"},
        "severity_map": {word: word for word in ("P1", "P2", "P3", "P4")},
        "write_body": {"severity": '{"severity": {value}}'},
    }  # fmt: skip


def _unheard(_: Change) -> None:
    return None
