"""The simulated launch set against what was planted in it: is the cause among the first rows of an explanation?

Only the minutes that an explanation looks at are made, which is what lets fifty launches be tried.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console.model.moment import HOUR, MINUTE, Span, merge, parse_instant
from console.model.spike import Family, State
from console.model.spike_windows import windows
from console.queries import spike, spike_gateway, spike_tickets
from console.queries.shelf import TicketShelf
from console.queries.spike import Explained
from console.sources.launch import inside
from console.sources.launch.session import settings
from console.sources.launch.truth import truth
from console.sources.launch.world import world
from tests.builders import Bench, bench

FIRST = parse_instant("2026-11-20T14:21:00Z")
PLANTED = ("release_that_breaks", "incident", "slow_pages", "voucher_bug", "silent_errors", "expired_key")
"""What shows in the metrics; the login loop is planted so small that it does not, and phantom pain shows in none."""

_LONGEST = 2 * HOUR
_GATEWAY = ("traffic", "latency", "consumer_traffic")


def now_of(seed: int) -> int:
    """Another hour of another day for each seed."""
    return FIRST + seed * (31 * HOUR + 7 * MINUTE)


def planted(seed: int) -> dict[str, dict[str, Any]]:
    return {item["kind"]: item for item in truth(seed, now_of(seed))["items"]}


def span_of(item: dict[str, Any], seed: int) -> Span:
    """What someone would drag over: the trouble, or its first two hours."""
    start = parse_instant(item["start"])
    return Span(start, min(now_of(seed), parse_instant(item["end"]), start + _LONGEST))


def causes(item: dict[str, Any]) -> set[str]:
    """Names of which one must be in a row for it to tell the cause."""
    named = {*item.get("routes", ()), item.get("release", ""), item.get("cause", "")}
    if item["kind"] == "expired_key":
        named |= set(item["consumers"])
    return named - {""}


@contextmanager
def launched(folder: Path, seed: int, spans: list[Span]) -> Iterator[Bench]:
    """A session that knows all tickets of a launch, and of its gateway what explaining these spans looks at."""
    now = now_of(seed)
    live = world(seed, now).go_live
    with bench(folder, now, f"{seed}.hypercare") as made:
        document = settings("http://127.0.0.1:1", now, seed)
        document["source"] = [s for s in document["source"] if s["name"] in ("edge", "shop", "pulse")]
        made.settings(**document)
        made.add(inside.facts(seed, now, tables=inside.TICKET_TABLES))
        for span in merge([w for s in spans for w in windows(s, live).every]):
            held = span.clip(Span(live, now))
            if held.length:
                told = inside.facts(seed, now, held.start, held.end, coarse=10, tables=_GATEWAY)
                made.add(told)
        yield made


def rank_of(answer: Explained, named: set[str]) -> int:
    """Where the cause stands among what moved, from 1; 0 when it is not there."""
    moved = [f for f in answer.findings if f.state is State.MOVED]
    for place, finding in enumerate(moved, start=1):
        if any(name in finding.what for name in named):
            return place
    return 0


def ranks(seed: int, kinds: tuple[str, ...] = PLANTED) -> dict[str, int]:
    """Of one launch: for each thing planted, the rank of its cause."""
    items = {kind: item for kind, item in planted(seed).items() if kind in kinds}
    with (
        tempfile.TemporaryDirectory(prefix="hypercare-truth-") as folder,
        launched(Path(folder), seed, [span_of(item, seed) for item in items.values()]) as made,
    ):
        shelf = TicketShelf()
        found = {}
        for kind, item in items.items():
            span = span_of(item, seed)
            found[kind] = rank_of(spike.ask(made.reader(), shelf, span.start, span.end), causes(item))
        return found


def families(made: Bench, span: Span) -> list[Family]:
    """Every candidate of a span, not yet weighed."""
    reader = made.reader()
    asked = windows(span, world_start(made))
    return [
        *spike_gateway.calls(reader, asked),
        *spike_gateway.latency(reader, asked),
        *spike_gateway.consumers(reader, asked),
        *spike_tickets.tickets(reader, TicketShelf(), asked),
        *spike_tickets.levels(reader, asked),
    ]


def world_start(made: Bench) -> int:
    return made.reader().go_live
