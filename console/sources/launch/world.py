"""The fixed part of the simulated launch: its clock, its routes, its customers and their API keys.

Everything here is a pure function of (seed, anchor). The anchor is the instant the world is set up at, cut to the
minute; planted things hang on it or on go-live. The world goes on after the anchor: any later minute can be asked for
as well. What one would get wrong: never draw from a shared generator; each thing has a stream of its own
(``stream``), so that adding one draw somewhere does not change everything after it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from console.model.moment import DAY, HOUR, MINUTE, from_datetime, minute_of, to_datetime

NAME = "Atlas Checkout 3.0"
TIME_ZONE = "Europe/Berlin"
PLANNED_DAYS = 14
HISTORY_DAYS = 6
PEAK_PER_SECOND = 1_290.0


class Route(NamedTuple):
    """``share`` in percent of all calls; ``median_ms`` and ``shape`` of a log-logistic response time; ``refused``:
    code → share."""

    name: str
    service: str
    share: float
    median_ms: float
    shape: float
    success: int
    fault: int
    refused: dict[int, float]


class Customer(NamedTuple):
    name: str
    domain: str
    segment: str


class Consumer(NamedTuple):
    """An API key. ``part``: what it is used by (web, ios, android, backoffice, sync)."""

    id: str
    customer: Customer
    part: str
    weight: float
    node: str


ROUTES = (
    Route("POST /v3/payments/confirm", "payments", 6.5, 118, 2.75, 200, 502, {402: 0.021, 409: 0.003}),
    Route("POST /v3/payments/intents", "payments", 5.0, 96, 2.5, 201, 504, {400: 0.006, 402: 0.004}),
    Route("GET /v3/payments/{id}", "payments", 2.5, 44, 2.4, 200, 500, {404: 0.008}),
    Route("POST /v3/payments/refunds", "payments", 0.3, 180, 2.5, 201, 502, {409: 0.02}),
    Route("GET /v3/payment-methods", "payments", 2.5, 52, 2.4, 200, 500, {401: 0.006}),
    Route("POST /v3/payment-methods", "payments", 0.4, 140, 2.5, 201, 502, {422: 0.03}),
    Route("POST /v3/checkout/sessions", "checkout", 4.5, 88, 2.5, 201, 500, {400: 0.005, 422: 0.008}),
    Route("GET /v3/checkout/sessions/{id}", "checkout", 5.0, 41, 2.3, 200, 500, {404: 0.01}),
    Route("PATCH /v3/checkout/sessions/{id}/address", "checkout", 2.0, 74, 2.4, 200, 500, {422: 0.024}),
    Route("POST /v3/checkout/sessions/{id}/shipping", "checkout", 1.8, 97, 2.4, 200, 504, {422: 0.01}),
    Route("GET /v3/carts/{id}", "cart", 8.0, 46, 2.2, 200, 500, {404: 0.012}),
    Route("POST /v3/carts/{id}/items", "cart", 4.0, 63, 2.3, 201, 500, {409: 0.009, 422: 0.004}),
    Route("DELETE /v3/carts/{id}/items/{item}", "cart", 0.8, 51, 2.4, 204, 500, {404: 0.01}),
    Route("POST /v3/vouchers/redeem", "cart", 1.2, 82, 2.4, 200, 500, {404: 0.03, 409: 0.01}),
    Route("GET /v3/vouchers/{code}", "cart", 0.9, 38, 2.4, 200, 500, {404: 0.06}),
    Route("GET /v3/products", "catalog", 8.0, 112, 2.1, 200, 504, {400: 0.003}),
    Route("GET /v3/products/{id}", "catalog", 9.0, 68, 2.1, 200, 500, {404: 0.018}),
    Route("GET /v3/search", "catalog", 7.0, 124, 2.3, 200, 504, {400: 0.006, 429: 0.002}),
    Route("GET /v3/search/suggest", "catalog", 6.0, 27, 2.2, 200, 504, {429: 0.003}),
    Route("GET /v3/recommendations", "catalog", 0.4, 150, 2.1, 200, 500, {404: 0.004}),
    Route("GET /v3/stock/{sku}", "catalog", 3.5, 33, 2.2, 200, 503, {404: 0.014}),
    Route("GET /v3/prices", "catalog", 3.0, 58, 2.2, 200, 500, {400: 0.004}),
    Route("GET /v3/orders", "orders", 3.8, 138, 2.3, 200, 504, {401: 0.007}),
    Route("GET /v3/orders/{id}", "orders", 3.0, 86, 2.3, 200, 500, {404: 0.01}),
    Route("POST /v3/orders", "orders", 1.6, 210, 2.6, 201, 502, {409: 0.006, 422: 0.014}),
    Route("POST /v3/orders/{id}/cancel", "orders", 0.1, 130, 2.5, 200, 500, {409: 0.05}),
    Route("GET /v3/invoices", "orders", 0.6, 160, 2.3, 200, 500, {401: 0.006}),
    Route("GET /v3/invoices/{id}/pdf", "orders", 0.3, 420, 2.4, 200, 504, {404: 0.02}),
    Route("GET /v3/shipments/{id}", "orders", 1.0, 92, 2.2, 200, 502, {404: 0.02}),
    Route("GET /v3/account", "account", 2.6, 47, 2.4, 200, 500, {401: 0.02}),
    Route("PUT /v3/account", "account", 0.2, 105, 2.4, 200, 500, {422: 0.03}),
    Route("GET /v3/account/addresses", "account", 0.9, 42, 2.4, 200, 500, {401: 0.01}),
    Route("POST /v3/account/addresses", "account", 0.3, 88, 2.4, 201, 500, {422: 0.04}),
    Route("POST /v3/login", "auth", 1.2, 190, 2.9, 200, 503, {401: 0.06, 429: 0.004}),
    Route("POST /v3/login/sso", "auth", 0.5, 240, 2.7, 302, 502, {401: 0.02, 400: 0.004}),
    Route("POST /v3/token/refresh", "auth", 2.2, 31, 2.4, 200, 503, {401: 0.03}),
    Route("POST /v3/password/reset", "auth", 0.1, 150, 2.5, 202, 500, {404: 0.04}),
    Route("POST /v3/webhooks/deliveries", "notify", 0.6, 120, 2.0, 202, 504, {422: 0.01}),
    Route("GET /health", "internal", 1.0, 2.4, 2.8, 200, 503, {}),
    Route("GET /metrics", "internal", 0.1, 9.0, 2.8, 200, 503, {}),
)
ROUTE_INDEX = {route.name: place for place, route in enumerate(ROUTES)}
INTERNAL = ("GET /health", "GET /metrics")
CONFIRM = "POST /v3/payments/confirm"
WEBHOOKS = "POST /v3/webhooks/deliveries"

_NODES = ("10.20.1.11:8080", "10.20.1.12:8080", "10.20.2.11:8080")
_ENTERPRISE = (
    "Halden Optik", "Brauhaus Lenz", "Corvina Foods", "Meridian Sport", "Northgate Pharmacies", "Silbersee Moden",
    "Tessin Logistik", "Vantage Outdoor", "Kestrel Electronics", "Ardenne Maison",
)  # fmt: skip
_PRO = (
    "Apfelkern", "Blue Heron Tea", "Cafe Morgenrot", "Dunes Surf", "Eiche und Esche", "Fjord Knits", "Gallo Vini",
    "Holm Cycles",
    "Inkwell Paper", "Juniper Bath", "Kiesel Keramik", "Lumen Leuchten", "Maison Verdier", "Nordlicht Kerzen",
    "Otter Toys",
    "Pamir Teppiche", "Quince Jam", "Rook Chess", "Saltmarsh Soap", "Tandem Radhaus",
)  # fmt: skip
_FREE = (
    "Ampersand Prints", "Bookish Corner", "Clay and Co", "Drachenbau", "Elderflower", "Filzwerk", "Garnstube",
    "Heidekraut",
    "Imkerei Sommer", "Jolie Papeterie", "Kaffeekiste", "Little Loom", "Mostviertel", "Nadelwald", "Opal Beads",
    "Plattenladen",
    "Quiltmanufaktur", "Rosen Kaiser", "Seifenblase", "Tinker Shed", "Uhrmacher Vogt", "Vinyl Attic", "Waldkind",
    "Xylo Spielzeug",
    "Yarn Harbour", "Zimt und Zucker", "Atelier Roux", "Bergsport Egger", "Cidre Lemoine", "Deichschaf",
)  # fmt: skip

# Which services a key of each part calls, and how many keys of each part a customer of a segment holds.
_REACH = {
    "web": ("payments", "checkout", "cart", "catalog", "orders", "account", "auth"),
    "ios": ("payments", "checkout", "cart", "catalog", "auth"),
    "android": ("payments", "checkout", "cart", "catalog", "auth"),
    "backoffice": ("orders", "account", "payments", "auth"),
    "sync": ("orders", "catalog", "notify", "payments"),
}
_PARTS = {
    "enterprise": (
        "web",
        "web",
        "web",
        "ios",
        "ios",
        "android",
        "android",
        "backoffice",
        "backoffice",
        "sync",
        "sync",
        "sync",
    ),
    "pro": ("web", "web", "ios", "android", "backoffice", "sync"),
    "free": ("web", "sync"),
}
_SEGMENT_WEIGHT = {"enterprise": 6.0, "pro": 2.0, "free": 0.7}
_ROUTES_PER_KEY = 5


@dataclass(frozen=True)
class World:
    """One launch. Build it with ``world(seed, now)``, which keeps the few latest ones."""

    seed: int
    anchor: int

    @cached_property
    def go_live(self) -> int:
        """The latest 08:00 local that is six days or more before the anchor."""
        zone = ZoneInfo(TIME_ZONE)
        local = to_datetime(self.anchor - HISTORY_DAYS * DAY).astimezone(zone)
        morning = local.replace(hour=8, minute=0, second=0, microsecond=0)
        if morning > local:
            morning = (morning - timedelta(days=1)).replace(hour=8)
        return from_datetime(morning.astimezone(UTC))

    def stream(self, name: str) -> random.Random:
        """A generator of its own for each name; the same in every process (text seeds do not use the salted hash)."""
        return random.Random(f"{self.seed}:{name}")

    @cached_property
    def customers(self) -> tuple[Customer, ...]:
        return tuple(
            Customer(name, name.lower().replace(" ", "-") + ".example", segment)
            for segment, names in (("enterprise", _ENTERPRISE), ("pro", _PRO), ("free", _FREE))
            for name in names
        )

    @cached_property
    def consumers(self) -> tuple[Consumer, ...]:
        """300 keys, in the order of their customers."""
        draw = self.stream("consumers")
        taken: set[str] = set()
        keys: list[Consumer] = []
        for customer in self.customers:
            for part in _PARTS[customer.segment]:
                name = f"{part}-{draw.randrange(16**3):03x}"
                while name in taken:
                    name = f"{part}-{draw.randrange(16**3):03x}"
                taken.add(name)
                weight = _SEGMENT_WEIGHT[customer.segment] * draw.lognormvariate(0, 0.5)
                keys.append(Consumer(name, customer, part, weight, draw.choice(_NODES)))
        return tuple(keys)

    @cached_property
    def callers(self) -> tuple[tuple[int, ...], ...]:
        """Per route the indices of the keys that call it; empty for internal routes, which are called without a key."""
        draw = self.stream("callers")
        lists: list[list[int]] = [[] for _ in ROUTES]
        for index, consumer in enumerate(self.consumers):
            reach = [n for n, route in enumerate(ROUTES) if route.service in _REACH[consumer.part]]
            chosen = set(_weighted(draw, reach, _ROUTES_PER_KEY))
            if consumer.part in ("web", "ios", "android") and consumer.customer.segment != "free":
                chosen.add(ROUTE_INDEX[CONFIRM])
            if consumer.part == "sync":
                chosen.add(ROUTE_INDEX[WEBHOOKS])
            for route in chosen:
                lists[route].append(index)
        for route, keys in enumerate(lists):
            if not keys and ROUTES[route].service != "internal":
                keys.append(draw.randrange(len(self.consumers)))
        return tuple(tuple(keys) for keys in lists)


def _weighted(draw: random.Random, routes: list[int], count: int) -> list[int]:
    """``count`` different routes, popular ones more likely (Efraimidis and Spirakis: the largest u ** (1 / weight))."""
    return sorted(routes, key=lambda n: draw.random() ** (1 / (ROUTES[n].share + 0.4)), reverse=True)[:count]


@lru_cache(maxsize=8)
def _world(seed: int, anchor: int) -> World:
    return World(seed, anchor)


def world(seed: int, now: int) -> World:
    """The launch of ``seed`` as it is set up at ``now`` (an instant; cut to the minute)."""
    return _world(seed, minute_of(now))


@cache
def _offset(hour: int) -> int:
    local = datetime.fromtimestamp(hour * 3600, ZoneInfo(TIME_ZONE))
    offset = local.utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) * 1_000_000


def local_hour(instant: int) -> tuple[float, int]:
    """Hour of the day 0..24 and weekday (Monday 0) where the shop's customers live."""
    local = instant + _offset(instant // HOUR)
    return local % DAY / HOUR, (local // DAY + 3) % 7


def minutes(start: int, end: int) -> range:
    """Numbers of the whole minutes (instant // MINUTE) in [start, end)."""
    return range(-(-start // MINUTE), end // MINUTE)
