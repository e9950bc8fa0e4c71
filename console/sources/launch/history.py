"""The gateway's counters as a Prometheus server would have stored them: one sample a minute, keys and nodes summed
away.

A sample is stamped one millisecond before its minute ends and holds that whole minute. It is missing in the planted
gap, and where a counter has not counted yet since its process started; the very first sample, just before go-live, is
0.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from console.model.moment import MINUTE
from console.sources.launch.page import HOST_NAME, VERSION, uri_of
from console.sources.launch.story import story
from console.sources.launch.traffic import BOUNDS_MS, CELLS, Counts, block, chunks, latency, latency_sum_us, rate
from console.sources.launch.world import ROUTES, World

SPACING_MS = 60_000
_LE = (*(str(bound) for bound in BOUNDS_MS), "+Inf")
_COMMON = {"instance": f"{HOST_NAME}:9091", "job": "apisix"}


class Line(NamedTuple):
    """A stored series. ``column`` of the table ``values``; ``divide`` turns the stored whole number into the metric's
    unit."""

    labels: dict[str, str]
    column: int
    divide: int
    counter: bool


def _lines() -> tuple[Line, ...]:
    lines: list[Line] = []
    for cell in CELLS:
        route = ROUTES[cell.route]
        labels = {
            "code": str(cell.code),
            "route": route.name,
            "service": route.service,
            "matched_uri": uri_of(route.name),
        }
        lines.append(Line({"__name__": "apisix_http_status", **labels, **_COMMON}, len(lines), 1, True))
    for route in ROUTES:
        labels = {"type": "request", "route": route.name, "service": route.service, **_COMMON}
        for le in _LE:
            lines.append(Line({"__name__": "apisix_http_latency_bucket", "le": le, **labels}, len(lines), 1, True))
        lines.append(Line({"__name__": "apisix_http_latency_count", **labels}, len(lines), 1, True))
        lines.append(Line({"__name__": "apisix_http_latency_sum", **labels}, len(lines), 1000, True))
    state = {"__name__": "apisix_nginx_http_current_connections", "state": "active", **_COMMON}
    info = {"__name__": "apisix_node_info", "hostname": HOST_NAME, "version": VERSION, **_COMMON}
    lines += [Line(state, len(lines), 1, False), Line(info, len(lines) + 1, 1, False)]
    lines.append(Line({"__name__": "up", **_COMMON}, len(lines), 1, False))
    return tuple(lines)


LINES = _lines()
_BUCKET_START = len(CELLS)


class Samples(NamedTuple):
    """``stamps`` in ms, rising; ``values[sample, column]``; ``present`` tells which of them were stored."""

    stamps: NDArray[np.int64]
    values: Counts
    present: NDArray[np.bool_]


class History:
    """Grows with the clock, minute by minute; any thread may ask."""

    def __init__(self, launch: World) -> None:
        self.launch = launch
        self._lock = threading.Lock()
        first = launch.go_live // MINUTE
        self._next = first
        self._rows: list[Counts] = [np.zeros((1, len(LINES)), dtype=np.int64)]
        self._rows[0][0, -2:] = 1
        self._stamps: list[NDArray[np.int64]] = [np.array([launch.go_live // 1000 - 1], dtype=np.int64)]
        self._last = self._rows[0][0]
        self._joined: Samples | None = None

    def until(self, instant: int) -> Samples:
        """Everything stored by ``instant``: samples of minutes that are over."""
        with self._lock:
            end = (instant + 1000) // MINUTE
            if end > self._next:
                for start, count in chunks(self._next, end - self._next):
                    self._grow(start, count)
                self._next = end
                self._joined = None
            if self._joined is None:
                self._joined = self._join()
            whole = self._joined
        cut = int(np.searchsorted(whole.stamps, instant // 1000, side="right"))
        return Samples(whole.stamps[:cut], whole.values[:cut], whole.present[:cut])

    def _grow(self, first: int, count: int) -> None:
        minutes = block(self.launch, first, count)
        buckets = latency(minutes)
        fresh = np.empty((count, len(LINES)), dtype=np.int64)
        fresh[:, :_BUCKET_START] = minutes.counts
        histogram = np.concatenate(
            [buckets.cumsum(axis=2), buckets.sum(axis=2, keepdims=True), latency_sum_us(buckets)[..., None]], axis=2
        )
        fresh[:, _BUCKET_START : _BUCKET_START + histogram[0].size] = histogram.reshape(count, -1)
        instants = np.arange(first, first + count, dtype=np.int64) * MINUTE
        counters = fresh[:, : len(LINES) - 3]
        restart = int(np.clip(story(self.launch).restart // MINUTE - first, 0, count))
        before = counters[:restart].cumsum(axis=0) + self._last[:-3]
        after = counters[restart:].cumsum(axis=0)
        if restart == 0 and first * MINUTE != story(self.launch).restart:
            after = after + self._last[:-3]
        counters[:restart], counters[restart:] = before, after
        fresh[:, -3] = np.round(rate(self.launch, instants) * 0.11).astype(np.int64) + 24
        fresh[:, -2:] = 1
        self._last = fresh[-1].copy()
        gap = story(self.launch).gap
        kept = (instants < gap.start) | (instants >= gap.end)
        self._rows.append(fresh[kept])
        self._stamps.append((instants[kept] + MINUTE) // 1000 - 1)

    def _join(self) -> Samples:
        values = np.concatenate(self._rows)
        self._rows = [values]
        stamps = np.concatenate(self._stamps)
        self._stamps = [stamps]
        present = values > 0
        present[0] = True
        return Samples(stamps, values, present)
