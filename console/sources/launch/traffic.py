"""Calls a minute: by route and status, by API key, and by response time; any minute without the ones before it.

A *cell* is a route with one status code it can answer. Each minute has a counter-based stream of its own, keyed by seed
and minute number, so that the same minute is the same whoever asks, in whatever order. Counts are Poisson draws; their
split over keys and over latency buckets is systematic (one shared offset, edges rounded down): it always adds up
exactly. What one would get wrong: inside the running minute each single counter grows by ``floor(n * part +
offset)``; growing a total first and splitting it afterwards lets single counters fall, which reads as a restart.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from console.model.moment import DAY, HOUR, MINUTE, Span
from console.sources.launch.story import ROLL_OUT, story
from console.sources.launch.world import CONFIRM, PEAK_PER_SECOND, ROUTE_INDEX, ROUTES, WEBHOOKS, World, local_hour

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

BOUNDS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000)
"""Upper bounds of APISIX's default latency buckets; above the last one there is one more, without a bound."""
BUCKETS = len(BOUNDS_MS) + 1
KINDS = ("total", "upstream", "gateway")
BASE_FAULTS = 0.00031
PAYMENT_FAULTS = 0.07
SILENT_FAULTS = 0.03
WORST_SHARE = 0.052
"""5xx share of all calls at the top of the incident: just over the 5 % that make a minute a bad one."""
_BROKEN_SERVICES = ("payments", "checkout", "cart")

# The mean response time inside each bucket in ms, as its share of the sum: between the middle and the geometric middle.
_INSIDE_MS = np.array([0.7, 1.5, 3.4, 7.3, 14.6, 33, 73, 146, 325, 720, 1420, 3250, 7200, 17500, 42000, 75000])
_GATEWAY_MEDIAN_MS = 2.6


class Cell(NamedTuple):
    route: int
    code: int


def _cells() -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for index, route in enumerate(ROUTES):
        codes = [route.success, *route.refused, route.fault]
        if route.service in _BROKEN_SERVICES and route.fault != 503:
            codes.append(503)
        cells += [Cell(index, code) for code in codes]
    return tuple(cells)


CELLS = _cells()
CELL_ROUTE = np.array([cell.route for cell in CELLS])
CELL_CODE = np.array([cell.code for cell in CELLS])
CELL_INDEX = {cell: place for place, cell in enumerate(CELLS)}
SUCCESS = np.array([CELL_INDEX[Cell(n, route.success)] for n, route in enumerate(ROUTES)])


class Block(NamedTuple):
    """Whole minutes in a row. ``counts[minute, cell]``; ``median_ms[minute, route]``; ``offset[minute]`` in [0, 1)."""

    first: int
    counts: Counts
    median_ms: Floats
    offset: Floats

    def by_route(self) -> Counts:
        """Calls of each minute and route."""
        starts = np.flatnonzero(np.diff(CELL_ROUTE, prepend=-1))
        return cast(Counts, np.add.reduceat(self.counts, starts, axis=1))


def rate(launch: World, instants: NDArray[np.int64]) -> Floats:
    """Expected calls a second of the whole launch: hour, weekday, growth after go-live, and slow waves."""
    hours, days = zip(*(local_hour(int(instant)) for instant in instants), strict=True) if len(instants) else ((), ())
    hour, weekday = np.array(hours), np.array(days)
    noon = np.exp(-(((hour - 11.5) / 3.4) ** 2) / 2)
    evening = np.exp(-(((hour - 19.2) / 2.7) ** 2) / 2)
    shape = 0.40 + 0.54 * noon + 0.50 * evening
    week = np.where(weekday == 5, 0.86, np.where(weekday == 6, 0.82, 1.0))
    age = np.maximum(0, instants - launch.go_live) / DAY
    growth = 1 - 0.22 * np.exp(-age / 1.1)
    draw = launch.stream("waves")
    slow = np.ones(len(instants))
    for period, height in ((17, 0.016), (43, 0.024), (101, 0.03), (377, 0.02)):
        slow += height * np.sin(2 * np.pi * (instants / (period * MINUTE) + draw.random()))
    return PEAK_PER_SECOND * shape * week * growth * slow


def fault_height(launch: World, instants: NDArray[np.int64]) -> Floats:
    """How bad the incident of day two is, 0..1."""
    return _bump(instants, story(launch).incident)


def _bump(instants: NDArray[np.int64], span: Span) -> Floats:
    part = np.clip((instants - span.start) / span.length, 0, 1)
    return cast(Floats, np.sin(np.pi * part) ** 2)


def _since(instants: NDArray[np.int64], span: Span) -> Floats:
    """0 before, 1 inside, with the slopes of a roll-out at both ends."""
    up = np.clip((instants - span.start) / ROLL_OUT, 0, 1)
    down = np.clip((instants - span.end + ROLL_OUT) / ROLL_OUT, 0, 1)
    return up - down


def _within(instants: NDArray[np.int64], span: Span) -> NDArray[np.bool_]:
    return (instants >= span.start) & (instants < span.end)


@lru_cache(maxsize=1)
def _shares() -> tuple[Floats, Floats, float]:
    """Share of each route, refused-or-fault share of each cell inside its route, share of calls the incident can
    touch."""
    share = np.array([route.share for route in ROUTES])
    share = share / share.sum()
    inside = np.zeros(len(CELLS))
    for place, cell in enumerate(CELLS):
        route = ROUTES[cell.route]
        if cell.code == route.success:
            continue
        if cell.code in route.refused:
            inside[place] = route.refused[cell.code]
        elif cell.code == route.fault and route.service != "internal":
            inside[place] = BASE_FAULTS
        else:
            inside[place] = BASE_FAULTS / 20
    touched = float(sum(s for s, route in zip(share, ROUTES, strict=True) if route.service in _BROKEN_SERVICES))
    return share, inside, touched


def expected(launch: World, instants: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Expected share of each cell in its route, and of each route in all calls, at the given instants."""
    told = story(launch)
    share, base, touched = _shares()
    inside = np.repeat(base[None, :], len(instants), axis=0)
    height = fault_height(launch, instants) * WORST_SHARE / touched
    for place, cell in enumerate(CELLS):
        if cell.code == 503 and ROUTES[cell.route].service in _BROKEN_SERVICES:
            inside[:, place] += height
    inside[:, CELL_INDEX[Cell(ROUTE_INDEX[CONFIRM], 502)]] += PAYMENT_FAULTS * _since(instants, told.payments)
    inside[:, CELL_INDEX[_cell("GET /v3/recommendations", 500)]] += SILENT_FAULTS * _since(instants, told.silent)
    inside[:, CELL_INDEX[_cell("POST /v3/vouchers/redeem", 409)]] += 0.05 * _since(instants, told.voucher)
    inside[:, CELL_INDEX[_cell("POST /v3/login/sso", 401)]] += 0.006 * _since(instants, told.login_loop)
    inside[:, CELL_INDEX[_cell(WEBHOOKS, 422)]] += 0.12 * _since(instants, told.expired_key)
    others = np.zeros((len(instants), len(ROUTES)))
    for place, cell in enumerate(CELLS):
        others[:, cell.route] += inside[:, place]
    inside[:, SUCCESS] = 1 - others
    return inside, np.repeat(share[None, :], len(instants), axis=0)


def _cell(route: str, code: int) -> Cell:
    return Cell(ROUTE_INDEX[route], code)


def block(launch: World, first: int, count: int) -> Block:
    """``count`` whole minutes from minute number ``first`` on. Before go-live nothing is called."""
    instants = (np.arange(first, first + count, dtype=np.int64)) * MINUTE
    streams = [np.random.Generator(np.random.Philox(key=[launch.seed & (2**64 - 1), first + n])) for n in range(count)]
    width = len(ROUTES)
    noise = np.empty((count, 2 * width + 2))
    offset = np.empty(count)
    for n, stream in enumerate(streams):
        noise[n] = stream.standard_normal(2 * width + 2)
        offset[n] = stream.random()
    inside, share = expected(launch, instants)
    per_minute = rate(launch, instants) * 60 * np.exp(0.022 * noise[:, 0]) * (instants >= launch.go_live)
    by_route = per_minute[:, None] * share * np.exp(0.03 * noise[:, 2 : 2 + width])
    lam = by_route[:, CELL_ROUTE] * inside
    counts = np.empty((count, len(CELLS)), dtype=np.int64)
    for n, stream in enumerate(streams):
        counts[n] = stream.poisson(lam[n])
    median = _medians(launch, instants, noise[:, 1], noise[:, 2 + width :], per_minute)
    return Block(first, counts, median, offset)


def _medians(launch: World, instants: NDArray[np.int64], common: Floats, single: Floats, per_minute: Floats) -> Floats:
    """Median response time by minute and route: load, noise, the slow order list, the incident."""
    told = story(launch)
    load = 1 + 0.22 * np.clip(per_minute / (PEAK_PER_SECOND * 60) - 0.5, -0.3, 1.0)
    draw = launch.stream("breath")
    breath = np.zeros(len(instants))
    for period in (23, 71, 190):
        breath += 0.045 * np.sin(2 * np.pi * (instants / (period * MINUTE) + draw.random()))
    medians = np.array([route.median_ms for route in ROUTES]) * np.exp(0.035 * common + breath)[:, None]
    medians = medians * load[:, None] * np.exp(0.04 * single)
    slow = np.where(_within(instants, told.slow), 1 + 2.6 * np.sqrt(_bump(instants, told.slow)), 1.0)
    medians[:, ROUTE_INDEX["GET /v3/orders"]] *= slow
    medians[:, ROUTE_INDEX["GET /v3/orders/{id}"]] *= 1 + (slow - 1) / 4
    broken = np.array([route.service in _BROKEN_SERVICES for route in ROUTES])
    medians[:, broken] *= (1 + 1.8 * fault_height(launch, instants))[:, None]
    return medians


def split(counts: Counts, edges: Floats, offset: Floats) -> Counts:
    """Share out ``counts[..., None]`` over cumulative ``edges`` (last axis, ending in 1): whole numbers that add up
    exactly.

    Systematic sampling: part k gets floor(n * edge[k] + u) - floor(n * edge[k-1] + u) with one u in [0, 1) for all
    parts.
    """
    steps = np.floor(counts[..., None] * edges + offset[..., None])
    steps[..., -1] = counts
    return cast(Counts, np.diff(steps, axis=-1, prepend=0).astype(np.int64))


def latency(minute_block: Block, kind: str = "total") -> Counts:
    """Calls by minute, route and bucket (not cumulative). Response times are log-logistic: F(x) = 1 / (1 + (x /
    median) ** -shape)."""
    shape = np.array([route.shape for route in ROUTES])[None, :, None]
    medians = minute_block.median_ms[:, :, None]
    if kind == "upstream":
        medians = medians * 0.93
    elif kind == "gateway":
        usual = np.array([route.median_ms for route in ROUTES])[None, :, None]
        medians = _GATEWAY_MEDIAN_MS * (medians / usual) ** 0.5
        shape = np.full_like(shape, 2.3)
    below = 1 / (1 + (np.array(BOUNDS_MS)[None, None, :] / medians) ** -shape)
    edges = np.concatenate([below, np.ones((*below.shape[:2], 1))], axis=2)
    return split(minute_block.by_route(), edges, np.repeat(minute_block.offset[:, None], len(ROUTES), axis=1))


def latency_sum_us(buckets: Counts) -> Counts:
    """Summed response time in whole µs, from counts by bucket (last axis)."""
    return cast(Counts, (buckets * (_INSIDE_MS * 1000).astype(np.int64)).sum(axis=-1))


class Split(NamedTuple):
    """How cells are shared out over keys: one entry per (cell, key); ``key`` -1 is a call without a key.

    ``edge`` is the cumulative share up to and with this entry inside its cell, ``start`` marks a cell's first entry.
    """

    cell: NDArray[np.int64]
    key: NDArray[np.int64]
    edge: Floats
    start: NDArray[np.bool_]
    last: NDArray[np.bool_]


EXPIRED_SHARE = 0.92
"""Part of the refused webhook deliveries that belongs to the one key that expired."""


@lru_cache(maxsize=4)
def keys_of(launch: World) -> Split:
    """The split over API keys, constant over time. Payment faults fall mostly on the keys of shops with an address
    book."""
    cells: list[int] = []
    keys: list[int] = []
    edges: list[float] = []
    expired = expired_key(launch)
    book = address_book(launch)
    for place, cell in enumerate(CELLS):
        callers = launch.callers[cell.route]
        if not callers:
            cells.append(place)
            keys.append(-1)
            edges.append(1.0)
            continue
        weights = np.array([launch.consumers[key].weight for key in callers])
        if cell == _cell(CONFIRM, 502):
            weights = weights * np.array([1.0 if key in book else 0.02 for key in callers])
        if cell == _cell(WEBHOOKS, 422):
            mine = np.array([key == expired for key in callers])
            weights = np.where(mine, weights[~mine].sum() * EXPIRED_SHARE / (1 - EXPIRED_SHARE), weights)
        cells += [place] * len(callers)
        keys += callers
        edges += list(np.cumsum(weights) / weights.sum())
    cell_of = np.array(cells)
    start = np.diff(cell_of, prepend=-1) != 0
    return Split(cell_of, np.array(keys), np.array(edges), start, np.roll(start, -1))


def address_book(launch: World) -> frozenset[int]:
    """Keys of shops whose customers edit addresses at checkout: those release 3.0.4 hurts."""
    draw = launch.stream("address book")
    shops = {segment: [c.name for c in launch.customers if c.segment == segment] for segment in ("enterprise", "pro")}
    chosen = {*draw.sample(shops["enterprise"], 5), *draw.sample(shops["pro"], 9)}
    shop_front = (launch.consumers[key] for key in launch.callers[ROUTE_INDEX[CONFIRM]])
    names = {key.id for key in shop_front if key.customer.name in chosen and key.part in ("web", "ios", "android")}
    return frozenset(n for n, key in enumerate(launch.consumers) if key.id in names)


def expired_key(launch: World) -> int:
    """The integration whose credential ran out on day three and whose owner never wrote."""
    callers = launch.callers[ROUTE_INDEX[WEBHOOKS]]
    hurt = {launch.consumers[key].customer for key in address_book(launch)}
    spared = [key for key in callers if launch.consumers[key].customer not in hurt]
    pro = [key for key in spared if launch.consumers[key].customer.segment == "pro"]
    return launch.stream("expired key").choice(pro)


def by_key(launch: World, minute_block: Block) -> Counts:
    """Calls by minute and entry of ``keys_of``; the entries of a cell add up to the cell."""
    parts = keys_of(launch)
    n = minute_block.counts[:, parts.cell]
    steps = np.floor(n * parts.edge + _cell_offset(minute_block)[:, parts.cell])
    steps[:, parts.last] = n[:, parts.last]
    before = np.roll(steps, 1, axis=1)
    before[:, parts.start] = 0
    return cast(Counts, (steps - before).astype(np.int64))


def _cell_offset(minute_block: Block) -> Floats:
    """One offset per minute and cell, so that rare codes do not always fall on the same keys (golden-ratio steps)."""
    return (minute_block.offset[:, None] + np.arange(len(CELLS)) * 0.6180339887498949) % 1.0


def partial(counts: Counts, part: float, salt: float) -> Counts:
    """What a minute's counters show after ``part`` (0..1) of it: never falls as ``part`` grows, all of it at 1."""
    spread = (np.arange(counts.size).reshape(counts.shape) * 0.6180339887498949 + salt) % 1.0
    return cast(Counts, np.minimum(counts, np.floor(counts * part + spread)).astype(np.int64))


def chunks(first: int, count: int) -> list[tuple[int, int]]:
    """(first, count) of at most four hours each, which keeps the arrays in the cache."""
    size = 4 * HOUR // MINUTE
    return [(start, min(size, first + count - start)) for start in range(first, first + count, size)]
