"""One answer of 2 000 samples: parsed, differenced from the last one and appended."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import closing
from pathlib import Path

import httpx

from console.model.moment import SECOND
from console.settings import SourceSettings
from console.sources.registry import build
from console.sources.site import Site
from console.store import session
from console.store.append import PollRow, append_fetched
from console.store.session import SystemClock
from console.work.lanes import ProcessWorkshop
from tests.bench.exposition import page
from tests.bench.figure import Figure, of_runs, timed

_SAMPLES, _TIMES = 2_000, 30
_START = 1_763_640_000_000_000


class Answering:
    """The next page, and the next instant, each time."""

    def __init__(self) -> None:
        self.pages = [page(_SAMPLES, turn) for turn in range(_TIMES + 3)]
        self.turn = 0

    def __call__(self, _: httpx.Request) -> httpx.Response:
        self.turn += 1
        return httpx.Response(200, content=self.pages[self.turn - 1], headers={"content-type": "text/plain"})


def measure() -> list[Figure]:
    answering = Answering()
    settings = SourceSettings("edge", "scrape", 15.0, options={"url": "http://edge/metrics", "flavour": "apisix"})
    site = Site("edge", ProcessWorkshop(), 15.0, _START, _START, transport=httpx.MockTransport(answering))
    cursors: list[bytes] = [b""]
    with tempfile.TemporaryDirectory(prefix="hypercare-bench-") as folder, closing(asyncio.new_event_loop()) as loop:
        made = session.create(Path(folder) / "poll.hypercare", SystemClock())
        cursor = made.cursor()
        source = build(settings, site)
        # Not asyncio.Runner: its handling of Ctrl+C puts the whole answer into words, every time.

        def once() -> None:
            now = _START + answering.turn * 15 * SECOND
            fetched = loop.run_until_complete(source.poll(cursors[-1], now))
            append_fetched(made, cursor, PollRow("edge", now, now, "good"), fetched)
            cursors.append(fetched.cursor)

        runs = timed(once, _TIMES, warm=2)
        loop.run_until_complete(source.close())
        cursor.close()
        made.close()
    return [
        of_runs("poll answer", "ms", runs, 25, note=f"{_SAMPLES} samples of APISIX, parsed and appended, no network")
    ]
