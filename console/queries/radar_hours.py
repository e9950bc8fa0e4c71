"""The hours of the last two weeks: failures by route, slow calls by route, failures by consumer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.model.comparing import judge_counts
from console.model.moment import DAY, HOUR, Span
from console.model.radar import stretches
from console.model.spike_windows import Windows
from console.queries import spike_facts as facts
from console.queries.reader import Reader
from console.queries.spike_cube import fetch
from console.queries.spike_gateway import consumer_rows, latency_rows, slow_calls

Floats = NDArray[np.float64]

DAYS_BACK = 14
CONSUMER_DAYS_BACK = 7


@dataclass(frozen=True, slots=True)
class Trouble:
    """A stretch of hours in which something failed over its usual. ``measure``: 5xx, 4xx or slow; ``name``: its route or
    consumer, '' for all routes together. ``span`` ends where the last failing hour ends, or at the moment."""

    measure: str
    name: str
    span: Span
    events: float
    calls: float
    usual: float

    @property
    def share(self) -> float:
        return self.events / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Hourly:
    """Failures and calls [name, hour] of one measure; hours count from ``start``. The name '' is all of them together."""

    measure: str
    names: dict[str, int]
    events: Floats
    calls: Floats
    start: int

    def moved(self, name: str, since: int, until: int) -> bool:
        """Whether the share changed by more than a tenth and more than chance when the hours of [since, until] began."""
        place = self.names.get(name)
        if place is None:
            return False
        first, last = (since - self.start) // HOUR, (until - self.start) // HOUR
        inside = np.zeros((1, 2, self.events.shape[1]), np.bool_)
        inside[0, 0, max(0, first) : last + 1] = True
        inside[0, 1, : max(0, first)] = True
        events = np.where(inside, self.events[place], 0)
        exposure = np.where(inside, self.calls[place], 0)
        told = judge_counts(events, exposure)
        return bool(np.isfinite(told.p[0]) and told.p[0] <= 0.01 and told.change[0] > 0)


def days(reader: Reader, back: int) -> Windows | None:
    """Days of 24 hours up to the moment, oldest first, as far back as anything is known; None: nothing is."""
    known = reader.traffic_coverage
    if not known:
        return None
    end = -(-reader.at // HOUR) * HOUR
    first = max(known[0].start - known[0].start % HOUR, end - back * DAY)
    starts = list(range(end - DAY, first - DAY, -DAY))[::-1]
    spans = [Span(s, s + DAY) for s in starts]
    return Windows(spans[0], tuple(spans[1:]), HOUR) if spans else None


def routes(reader: Reader, asked: Windows) -> list[Hourly]:
    """Failures and slow calls of routes, and of all of them together. Nothing on internal routes."""
    rows = fetch(
        reader, asked, facts.rows(reader, asked, facts.TRAFFIC, long=True), {"route": "route"}, {"status": "status"}
    )
    if not len(rows.calls):
        return []
    place, names = rows.texts["route"]
    outside = set(reader.internal_routes)
    shown = np.array([name not in outside for name in names])
    kept = np.flatnonzero(shown)
    named = [names[int(n)] for n in kept]
    status = rows.numbers["status"]
    calls = _flat(rows.cube(place, len(names)))[kept]
    found: list[Hourly] = []
    index = {name: n for n, name in enumerate([*named, ""])}
    for measure, low, high, bare in (("5xx", 500, 600, 5), ("4xx", 400, 500, 4)):
        chosen = ((status >= low) & (status < high)) | (status == bare)
        events = _flat(rows.cube(place, len(names), chosen))[kept]
        found.append(Hourly(measure, index, _with_sum(events), _with_sum(calls), asked.every[0].start))
    return [*found, *_slow(reader, asked, outside)]


def _slow(reader: Reader, asked: Windows, outside: set[str]) -> list[Hourly]:
    rows = latency_rows(reader, asked, long=True)
    if not len(rows.calls):
        return []
    place, names = rows.texts["route"]
    kind, kinds = rows.texts["kind"]
    shown = np.array([name not in outside for name in names])[place]
    chosen = shown & (kind == (kinds.index("total") if "total" in kinds else -1))
    if not chosen.any():
        return []
    slow = slow_calls(rows, place, len(names), chosen, "slow", names, np.ones(len(place), np.bool_))
    index = {name: n for n, name in enumerate(slow.names)}
    return [Hourly("slow", index, _flat(slow.events), _flat(slow.exposure), asked.every[0].start)]


def consumers(reader: Reader, asked: Windows) -> list[Hourly]:
    """Failures of consumers."""
    rows = consumer_rows(reader, asked)
    if not len(rows.calls):
        return []
    place, names = rows.texts["consumer"]
    index = {name: n for n, name in enumerate(names)}
    calls = _flat(rows.cube(place, len(names)))
    return [
        Hourly(
            measure,
            index,
            _flat(rows.cube(place, len(names), rows.numbers["class"] == digit)),
            calls,
            asked.every[0].start,
        )
        for measure, digit in (("5xx", 5), ("4xx", 4))
    ]


def troubles(told: list[Hourly], at: int) -> list[Trouble]:
    """Where anything failed over its usual, up to the instant ``at``."""
    found = []
    for hourly in told:
        names = list(hourly.names)
        for s in stretches(hourly.events, hourly.calls):
            start = hourly.start + s.first * HOUR
            span = Span(start, min(at, hourly.start + (s.last + 1) * HOUR))
            found.append(Trouble(hourly.measure, names[s.place], span, s.events, s.calls, s.usual))
    return found


def _flat(cube: Floats) -> Floats:
    return cube.reshape(len(cube), -1)


def _with_sum(values: Floats) -> Floats:
    return np.concatenate([values, values.sum(axis=0, keepdims=True)])
