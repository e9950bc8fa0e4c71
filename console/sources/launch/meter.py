"""The gateway's counters at an instant: what has been counted since its process started.

The process started at go-live and once more at the planted restart; there every counter begins again at 0. At the
edge of a minute the counters are exactly the sum of the minutes since the start; inside a minute each grows by
itself.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np

from console.model.moment import MINUTE, minute_of
from console.sources.launch.story import story
from console.sources.launch.traffic import (
    BUCKETS,
    KINDS,
    Block,
    Counts,
    block,
    by_key,
    chunks,
    keys_of,
    latency,
    latency_sum_us,
    partial,
)
from console.sources.launch.world import ROUTES, World


class Counters(NamedTuple):
    """``calls`` per entry of ``traffic.keys_of``; ``buckets`` kind × route × bucket, not cumulative; ``sums_us`` kind
    × route."""

    calls: Counts
    buckets: Counts
    sums_us: Counts

    def plus(self, other: Counters) -> Counters:
        return Counters(self.calls + other.calls, self.buckets + other.buckets, self.sums_us + other.sums_us)


def started(launch: World, at: int) -> int:
    """When the gateway process that runs at ``at`` began."""
    restart = story(launch).restart
    return restart if at >= restart else launch.go_live


class Meter:
    """Counters of one launch. Keeps the latest whole minute, so that a live page costs one minute; any thread may
    ask."""

    def __init__(self, launch: World) -> None:
        self.launch = launch
        self._lock = threading.Lock()
        self._kept: tuple[int, int, Counters] | None = None
        self._running: tuple[int, Block, Counters] | None = None

    def at(self, instant: int) -> Counters:
        """Counters at an instant; all 0 before go-live."""
        begin, minute = started(self.launch, instant), minute_of(instant)
        with self._lock:
            whole = self._whole(begin, minute)
            part = (instant - minute) / MINUTE
            if part == 0:
                return whole
            running_block, running = self._minute(minute)
        salt = float(running_block.offset[0])
        calls = partial(running.calls, part, salt)
        buckets = partial(running.buckets, part, salt)
        return whole.plus(Counters(calls, buckets, latency_sum_us(buckets)))

    def _whole(self, begin: int, minute: int) -> Counters:
        kept = self._kept
        if kept is not None and kept[0] == begin and kept[1] <= minute:
            total, first = kept[2], kept[1]
        else:
            entries = len(keys_of(self.launch).cell)
            shape = (len(KINDS), len(ROUTES), BUCKETS)
            total, first = Counters(_zeros(entries), _zeros(*shape), _zeros(*shape[:2])), begin
        for start, count in chunks(first // MINUTE, max(0, minute - first) // MINUTE):
            total = total.plus(_sum(self.launch, block(self.launch, start, count)))
        self._kept = (begin, max(minute, first), total)
        return total

    def _minute(self, minute: int) -> tuple[Block, Counters]:
        if self._running is None or self._running[0] != minute:
            one = block(self.launch, minute // MINUTE, 1)
            self._running = (minute, one, _sum(self.launch, one))
        return self._running[1:]


def _zeros(*shape: int) -> Counts:
    return np.zeros(shape, dtype=np.int64)


def _sum(launch: World, minutes: Block) -> Counters:
    buckets = np.stack([latency(minutes, kind).sum(axis=0) for kind in KINDS])
    return Counters(by_key(launch, minutes).sum(axis=0), buckets, latency_sum_us(buckets))
