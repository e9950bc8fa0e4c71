"""A log and its source, polled with the cursor handed on, as the poller does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from console.model.facts import Facts, Fetched
from console.model.moment import SECOND
from console.sources.gateways.calllog import CallLog, Options
from console.sources.site import Site

T0 = 1_767_225_600 * SECOND


class Here:
    async def run(self, size: int, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)


def line(at: int, status: int = 200, ms: float = 40.0, route: str = "r1", uri: str = "/a", consumer: str = "") -> bytes:
    entry: dict[str, Any] = {
        "route_id": route,
        "start_time": at / 1000,
        "latency": ms,
        "upstream_latency": ms / 2,
        "request": {"method": "GET", "uri": uri},
        "response": {"status": status},
    }
    if consumer:
        entry["consumer"] = {"username": consumer}
    return json.dumps(entry).encode() + b"\n"


class Follower:
    """A log and its source, polled with the cursor handed on, as the poller does; each poll is a new source."""

    def __init__(self, folder: Path, backfill_from: int = 0, most: int = 8 << 20, flavour: str = "apisix") -> None:
        self.path = folder / "access.log"
        self.site = Site("edge", Here(), 5, T0, backfill_from)
        self.options = Options(path=str(self.path), flavour=flavour)
        self.most = most
        self.cursor = b""
        self.facts = Facts()
        self.last = Fetched(Facts())
        self.sentences: list[str] = []

    def write(self, *lines: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(b"".join(lines))

    def once(self, now: int) -> Fetched:
        async def poll() -> Fetched:
            return await CallLog(self.options, self.site, self.most).poll(self.cursor, now)

        self.last = asyncio.run(poll())
        self.cursor = self.last.cursor
        self.sentences.append(self.last.partial)
        for name in ("traffic", "latency", "latency_sum", "consumer_traffic", "call", "covered"):
            getattr(self.facts, name).extend(getattr(self.last.facts, name))
        return self.last

    def poll(self, now: int) -> Fetched:
        while self.once(now).more:
            pass
        return self.last

    @property
    def calls(self) -> int:
        return sum(row.calls for row in self.facts.traffic)
