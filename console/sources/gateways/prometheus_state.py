"""What the Prometheus source remembers between polls: which time is done, and what may not be told twice.

What one would get wrong: minutes read again are compared by whoever keeps them, but coverage, levels and the rows over
a silence are not: those are told once, from here.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from console.model.facts import ConsumerTraffic, Covered, Facts, Latency, LatencySum, Traffic
from console.model.moment import DAY, MINUTE, Span, merge
from console.sources.gateways.history import without

_WIDEST = DAY

_Row = Traffic | Latency | LatencySum | ConsumerTraffic


class Cursor(msgspec.Struct):
    """``done``: spans read and settled. ``density``: samples a second in the last answer. ``width``: the widest span
    the server was able to answer, µs. ``gauged``, ``covered``: spans told. ``whole``, ``spread``: what was told of
    silences, as (from, to) and (span_from, minute); ``withheld``: the newest minute whose silence is not told yet.
    ``quiet``: the server had no samples for the last minutes; ``live_from`` then waits where they ended, at ``newest``."""

    live_at: int = 0
    live_from: int = 0
    done: list[tuple[int, int]] = []
    density: float = 0.0
    width: int = _WIDEST
    gauged: list[tuple[int, int]] = []
    covered: list[tuple[int, int]] = []
    whole: list[tuple[int, int]] = []
    spread: list[tuple[int, int]] = []
    withheld: int = 0
    quiet: bool = False
    newest: int = 0


def tell_once(state: Cursor, facts: Facts, settled: int) -> None:
    """Leave out what was told before and is not compared when a span is read again: coverage, and rows over silences.

    A silence is told only when no late sample can fill it any more (it ended before ``settled``), for its rows stay.
    """
    done = [Span(*span) for span in state.done]
    known = set(state.spread)
    minutes: list[_Row] = [*facts.traffic, *facts.latency, *facts.latency_sum]
    early = {row.span_from: row.minute for row in minutes if row.span_from and row.minute + MINUTE > settled}
    facts.traffic = [row for row in facts.traffic if _is_new(row.span_from, row.minute, early, known)]
    facts.latency = [row for row in facts.latency if _is_new(row.span_from, row.minute, early, known)]
    facts.latency_sum = [row for row in facts.latency_sum if _is_new(row.span_from, row.minute, early, known)]
    facts.consumer_traffic = [row for row in facts.consumer_traffic if _is_new(row.span_from, row.minute, early, known)]
    state.withheld = max(early.values(), default=0)
    kept: Sequence[_Row] = [*facts.traffic, *facts.latency, *facts.latency_sum, *facts.consumer_traffic]
    for row in kept:
        if row.span_from is not None:
            known.add((row.span_from, row.minute))
    state.spread = sorted(pair for pair in known if not any(span.holds(pair[1]) for span in done))
    told = [Span(*span) for span in state.covered]
    source = facts.covered[0].source if facts.covered else ""
    near = without(merge([Span(c.from_, c.to) for c in facts.covered if not c.whole]), told)
    whole = [c for c in facts.covered if c.whole and c.to <= settled and (c.from_, c.to) not in state.whole]
    facts.covered = [Covered(source, span.start, span.end) for span in near] + whole
    state.covered = [(s.start, s.end) for s in merge(told + near) if not any(_inside(s, span) for span in done)]
    state.whole = [
        (start, end)
        for start, end in {*state.whole, *((c.from_, c.to) for c in whole)}
        if not any(span.holds(end) for span in done)
    ]


def _is_new(since: int | None, minute: int, early: dict[int, int], known: set[tuple[int, int]]) -> bool:
    return since is None or (since not in early and (since, minute) not in known)


def _inside(span: Span, other: Span) -> bool:
    return other.start <= span.start and span.end <= other.end


def read_cursor(cursor: bytes) -> Cursor:
    """A cursor of another kind is none: what is read again is compared with what is there, and counts once."""
    try:
        return msgspec.msgpack.decode(cursor, type=Cursor) if cursor else Cursor()
    except msgspec.DecodeError:
        return Cursor()
