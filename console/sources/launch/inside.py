"""The simulated launch as facts, without HTTP: what a perfect set of connectors would have remembered.

For tests over many seeds. Sources are named as in ``session``: edge, shop, pulse. Only whole minutes are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from console.model.facts import (
    Comment,
    ConsumerTraffic,
    Covered,
    Event,
    Facts,
    Latency,
    LatencySum,
    Measure,
    Release,
    Survey,
    TicketEvent,
    Traffic,
)
from console.model.moment import DAY, MINUTE, Span, iso, minute_of
from console.sources.launch.feed import answers, notices, numbers
from console.sources.launch.story import story
from console.sources.launch.tickets import Ticket, tickets
from console.sources.launch.traffic import (
    BOUNDS_MS,
    CELLS,
    KINDS,
    Block,
    Counts,
    block,
    by_key,
    keys_of,
    latency,
    latency_sum_us,
)
from console.sources.launch.world import ROUTES, World, world

EDGE, SHOP, PULSE = "edge", "shop", "pulse"
TABLES = ("traffic", "latency", "latency_sum", "consumer_traffic", "tickets", "feed")
TICKET_TABLES = ("tickets", "feed")
_CHUNK = 240
_SEVERITIES = {"Highest": "P1", "High": "P2", "Medium": "P3", "Low": "P4", "": ""}
_STATES = {
    "New": "new",
    "Acknowledged": "acknowledged",
    "In Progress": "in_progress",
    "Reopened": "reopened",
    "Resolved": "resolved",
    "Closed": "closed",
}


def facts(
    seed: int,
    now: int,
    start: int | None = None,
    end: int | None = None,
    *,
    step: int = 1,
    coarse: int = 60,
    tables: tuple[str, ...] = TABLES,
    anchor: int | None = None,
) -> Facts:
    """The launch set up at ``anchor`` (default: ``now``), as known at ``now``, for [start, end) (default: go-live to
    now).

    ``step``: minutes that share a row of ``traffic``, put at the first of them; ``coarse``: the same for latency and
    (at least ten) for consumers. Both must divide 240. ``tables``: which to fill; ``TICKET_TABLES`` leaves out the
    gateway. Raises ValueError for a step that does not divide 240.
    """
    if _CHUNK % step or _CHUNK % coarse:
        raise ValueError(f"step {step} and coarse {coarse} must divide {_CHUNK}")
    launch = world(seed, now if anchor is None else anchor)
    span = Span(launch.go_live if start is None else start, min(now, now if end is None else end))
    told = Facts()
    if set(tables) - set(TICKET_TABLES):
        _gateway(launch, Span(-(-span.start // MINUTE) * MINUTE, minute_of(span.end)), told, step, coarse, tables)
    if "tickets" in tables:
        _tickets(launch, span, told)
    if "feed" in tables:
        _feed(launch, span, told)
    return told


def _gateway(launch: World, span: Span, told: Facts, step: int, coarse: int, tables: tuple[str, ...]) -> None:
    gap = story(launch).gap
    silent = Span(gap.start, gap.end + MINUTE)
    holes = [silent] if span.start <= silent.start and silent.end <= span.end else []
    told.covered += _covered(EDGE, span, holes)
    for minutes in _blocks(launch, span):
        at = (np.arange(minutes.first, minutes.first + len(minutes.counts))) * MINUTE
        heard = ~((at >= silent.start) & (at < silent.end))
        if "traffic" in tables:
            told.traffic += _traffic(at, minutes.counts * heard[:, None], step)
        if "latency" in tables or "latency_sum" in tables:
            _latencies(at, minutes, heard, coarse, tables, told)
        if "consumer_traffic" in tables:
            told.consumer_traffic += _consumers(launch, at, by_key(launch, minutes) * heard[:, None], max(10, coarse))
    for hole in holes:
        _whole(launch, hole, told, tables)


def _covered(source: str, span: Span, holes: list[Span]) -> list[Covered]:
    found, start = [], span.start
    for hole in holes:
        found += [Covered(source, start, hole.start), Covered(source, hole.start, hole.end, True)]
        start = hole.end
    return [c for c in (*found, Covered(source, start, span.end)) if c.to > c.from_]


def _blocks(launch: World, span: Span) -> Iterator[Block]:
    """Whole minutes of the span in blocks that begin at multiples of four hours, so that folded rows never straddle
    two."""
    first, last = span.start // MINUTE, span.end // MINUTE
    while first < last:
        until = min(last, (first // _CHUNK + 1) * _CHUNK)
        yield block(launch, first, until - first)
        first = until


def _fold(at: NDArray[np.int64], counts: Counts, step: int) -> tuple[NDArray[np.int64], Counts]:
    groups = at // (step * MINUTE)
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    return groups[starts] * (step * MINUTE), np.add.reduceat(counts, starts, axis=0)


def _traffic(at: NDArray[np.int64], counts: Counts, step: int) -> list[Traffic]:
    stamps, folded = _fold(at, counts, step)
    row, cell = np.nonzero(folded)
    names = [ROUTES[c.route].name for c in CELLS]
    codes = [c.code for c in CELLS]
    cells = cell.tolist()
    routes, statuses = [names[c] for c in cells], [codes[c] for c in cells]
    return list(
        map(Traffic, stamps[row].tolist(), repeat(EDGE), routes, repeat(""), statuses, folded[row, cell].tolist())
    )


def _latencies(
    at: NDArray[np.int64], minutes: Block, heard: NDArray[np.bool_], coarse: int, tables: tuple[str, ...], told: Facts
) -> None:
    for kind in KINDS:
        stamps, folded = _fold(at, latency(minutes, kind) * heard[:, None, None], coarse)
        if "latency" in tables:
            told.latency += _buckets(stamps, folded, kind)
        if "latency_sum" in tables:
            calls, sums = folded.sum(axis=2), latency_sum_us(folded)
            row, route = np.nonzero(calls)
            names = [ROUTES[n].name for n in route.tolist()]
            totals = calls[row, route].tolist(), sums[row, route].tolist()
            told.latency_sum += map(LatencySum, stamps[row].tolist(), repeat(EDGE), names, repeat(kind), *totals)


def _buckets(stamps: NDArray[np.int64], folded: Counts, kind: str) -> list[Latency]:
    row, route, place = np.nonzero(folded)
    bounds = [0.0, *(float(bound) for bound in BOUNDS_MS), float("inf")]
    names = [ROUTES[n].name for n in route.tolist()]
    lower, upper = [bounds[n] for n in place.tolist()], [bounds[n + 1] for n in place.tolist()]
    counts = folded[row, route, place].tolist()
    return list(map(Latency, stamps[row].tolist(), repeat(EDGE), names, repeat(kind), lower, upper, counts))


def _consumers(launch: World, at: NDArray[np.int64], counts: Counts, coarse: int) -> list[ConsumerTraffic]:
    """Calls with a key only."""
    parts = keys_of(launch)
    stamps, folded = _fold(at, counts * (parts.key >= 0), coarse)
    row, entry = np.nonzero(folded)
    ids = [launch.consumers[key].id if key >= 0 else "" for key in parts.key.tolist()]
    cells = [CELLS[cell] for cell in parts.cell.tolist()]
    routes, codes = [ROUTES[cell.route].name for cell in cells], [cell.code for cell in cells]
    entries = entry.tolist()
    return list(
        map(
            ConsumerTraffic,
            stamps[row].tolist(),
            repeat(EDGE),
            [ids[n] for n in entries],
            [routes[n] for n in entries],
            [codes[n] for n in entries],
            folded[row, entry].tolist(),
        )
    )


def _whole(launch: World, hole: Span, told: Facts, tables: tuple[str, ...]) -> None:
    """What was counted while nobody listened: known as one sum, by the first scrape after it."""
    minutes = block(launch, hole.start // MINUTE, hole.length // MINUTE)
    at, last = np.zeros(len(minutes.counts), dtype=np.int64), hole.end - MINUTE
    if "traffic" in tables:
        rows = _traffic(at, minutes.counts, 1)
        told.traffic += [row._replace(minute=last, span_from=hole.start) for row in rows]
    sums = Facts()
    _latencies(at, minutes, np.ones(len(at), dtype=np.bool_), 1, tables, sums)
    told.latency += [row._replace(minute=last, span_from=hole.start) for row in sums.latency]
    told.latency_sum += [row._replace(minute=last, span_from=hole.start) for row in sums.latency_sum]
    if "consumer_traffic" in tables:
        ten = last - last % (10 * MINUTE)
        keys = _consumers(launch, at, by_key(launch, minutes), 1)
        told.consumer_traffic += [row._replace(minute=ten, span_from=hole.start) for row in keys]


def _tickets(launch: World, span: Span, told: Facts) -> None:
    told.covered.append(Covered(SHOP, span.start, span.end))
    everything = tickets(launch)
    for ticket in everything:
        if ticket.created >= span.end:
            break
        told.ticket_event += (event for event in _events(ticket, everything) if span.holds(event.happened_at))
        told.comment += (
            Comment(SHOP, ticket.id, f"{ticket.id}{n:02d}", r.author, r.role, r.public, r.body, r.at)
            for n, r in enumerate(ticket.remarks)
            if span.holds(r.at)
        )


def _events(ticket: Ticket, everything: tuple[Ticket, ...]) -> Iterator[TicketEvent]:
    topic, customer = ticket.topic, ticket.consumer.customer
    wish = topic.kind == "enhancement"
    first = {
        "key": ticket.key,
        "title": ticket.title,
        "body": ticket.body,
        "kind": topic.kind,
        "severity": "" if wish else _SEVERITIES[ticket.priority],
        "status": "new",
        "reporter": ticket.who.name,
        "customer": customer.name,
        "segment": customer.segment,
        "channel": ticket.channel,
        "component": topic.component,
        "route": topic.route,
        "error_code": topic.error_code,
        "browser": ticket.browser,
        "os": ticket.os,
        "device": ticket.device,
        "locale": ticket.who.locale,
        "release": ticket.release,
        "tags": ", ".join(ticket.labels),
        "created_at": iso(ticket.created),
    }
    for name, value in first.items():
        if value:
            yield TicketEvent(SHOP, ticket.id, "created", name, None, value, ticket.who.name, ticket.created)
    for place, change in enumerate(ticket.changes):
        name, old, new = _change(change.field, change.old, change.new, everything)
        if name:
            yield TicketEvent(SHOP, ticket.id, f"{ticket.id}-{place}", name, old, new, change.actor, change.at)


def _change(field: str, old: str, new: str, everything: tuple[Ticket, ...]) -> tuple[str, str, str]:
    """Our name and words of a change; no name for what is no field of ours."""
    if field == "status":
        return "status", _STATES[old], _STATES[new]
    if field == "priority":
        return "severity", _SEVERITIES[old], _SEVERITIES[new]
    if field == "duplicate":
        return "duplicates", "", everything[int(new)].key
    return ("assignee", old, new) if field == "assignee" else ("", old, new)


def _feed(launch: World, span: Span, told: Facts) -> None:
    told.covered.append(Covered(PULSE, span.start, span.end))
    told.survey += (
        Survey(PULSE, a.id, a.kind, float(a.score), a.customer, a.ticket, a.comment, a.at)
        for a in answers(launch)
        if span.holds(a.at)
    )
    told.release += (
        Release(PULSE, r.version, r.kind, r.share, r.note, r.at) for r in story(launch).releases if span.holds(r.at)
    )
    told.measure += (
        Measure(n.at, PULSE, n.name, _json(n.labels), n.value)
        for n in numbers(launch, span.end - span.end % (DAY // 24))
        if span.holds(n.at)
    )
    told.event += (Event(PULSE, n.id, n.kind, n.text, n.at) for n in notices(launch) if span.holds(n.at))


def _json(labels: dict[str, str]) -> str:
    inside = ", ".join(f'"{key}": "{labels[key]}"' for key in sorted(labels))
    return "{" + inside + "}"
