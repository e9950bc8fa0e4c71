"""Small random launches: two hours of everything a KPI can stand on, as plain values and as facts of a session."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import strategies as st

from console.model.facts import (
    Comment,
    ConsumerTraffic,
    Covered,
    Facts,
    Gauge,
    Latency,
    LatencySum,
    Measure,
    Release,
    Survey,
    TicketEvent,
    Traffic,
)
from console.model.moment import HOUR, MINUTE, SECOND, iso
from tests.builders import T0, Bench, feed, jira, launch, moved, scrape, ticket

END = T0 + 2 * HOUR
ROUTES = ("GET /a", "POST /b", "(no route)", "GET /health/live")
INTERNAL = "GET /health/live"
STATUSES = (200, 204, 401, 403, 404, 429, 500, 502, 503)
KINDS = ("bug", "question", "enhancement", "performance")
AREAS = ("cart", "login", "")
CHANNELS = ("portal", "support_phone", "")
SEGMENTS = ("enterprise", "it's", "")
SEVERITIES = ("P1", "P2", "P3", "P4", "")
CONSUMERS = ("web-1", "it's", "nobody's")
OWNERS = {"web-1": "enterprise", "it's": "it's"}
"""The segments of the keys; the last one belongs to none."""
CUSTOMERS = {"Globex": "enterprise", "Ann <ann@initech.example>": "it's", "Hooli": None, "": None}
BUCKETS = ((0.0, 50.0), (50.0, 200.0), (200.0, 1000.0), (1000.0, float("inf")))
STATES = ("acknowledged", "in_progress", "resolved", "closed", "reopened")
MEASURES = (
    "failed_logins", "suspicious_requests", "app_errors", "ai_calls", "ai_tokens", "ai_cost", "operation_cost", "adoption",
    "conversion", "churn", "sentiment_negative", "page_load_p75", "gateway_capacity", "cpu", "disk",
)  # fmt: skip
LABELS = ("{}", '{"node":"1"}', '{"node":"2"}')
SAID = {
    **dict.fromkeys(LABELS),
    '{"customer":"Globex"}': "enterprise",
    '{"segment":"it\'s"}': "it's",
    '{"customer":"Hooli"}': None,
}
"""Labels of measures with the segment they name."""
VERSIONS = ("3.0.1", "3.0.2", "3.0.3")
GAUGES = ("cpu", "memory", "disk", "network_receive", "network_transmit")


_BASE = [(T0 + m * MINUTE, "GET /a", 200, 100) for m in range(120)]


@dataclass(frozen=True)
class Told:
    """One ticket. ``steps``: (instant, status) after creation, oldest first; ``answers`` of agents, public ones."""

    key: str
    created: int
    severity: str
    kind: str
    area: str
    channel: str
    segment: str
    steps: tuple[tuple[int, str], ...]
    answers: tuple[int, ...]
    deployed: int | None


@dataclass(frozen=True)
class World:
    """Everything is already in instants. ``calls``: (minute, route, status, calls) beside the hundred of every minute."""

    calls: list[tuple[int, str, int, int]] = field(default_factory=list)
    asked: list[tuple[int, str, str, int, int]] = field(default_factory=list)
    times: list[tuple[int, str, str, int, int]] = field(default_factory=list)
    sums: list[tuple[int, str, int, int]] = field(default_factory=list)
    tickets: list[Told] = field(default_factory=list)
    surveys: list[tuple[int, str, int, str, str]] = field(default_factory=list)
    measures: list[tuple[int, str, float, str]] = field(default_factory=list)
    gauges: list[tuple[int, str, float, str]] = field(default_factory=list)
    releases: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def all_calls(self) -> list[tuple[int, str, int, int]]:
        return [*_BASE, *self.calls]


def _ticket(draw: random.Random, number: int) -> Told:
    created = T0 + draw.randrange(7200) * SECOND
    moves = sorted(draw.sample(range(1, 4000), draw.choice((0, 1, 2, 3, 5))))
    # Nothing is told of what is still to come.
    left = (END - created) // SECOND
    steps = tuple((created + s * SECOND, draw.choice(STATES)) for s in moves if s < left)
    said = [draw.randrange(1, 3000) for _ in range(draw.choice((0, 1, 1, 2)))]
    answers = tuple(created + s * SECOND + n + 1 for n, s in enumerate(said) if s + 1 < left)
    deployed = T0 + draw.randrange(7200) * SECOND if draw.random() < 0.2 else None
    return Told(
        f"A-{number}", created, draw.choice(SEVERITIES), draw.choice(KINDS), draw.choice(AREAS), draw.choice(CHANNELS),
        draw.choice(SEGMENTS), steps, answers, deployed,
    )  # fmt: skip


def build(seed: int, size: float) -> World:
    """Two hours drawn from a seed. ``size`` 0: nothing but the hundred calls of every minute; 1: plenty of everything."""
    draw = random.Random(seed)

    def some(most: int) -> range:
        return range(round(draw.uniform(0.3, 1.0) * size * most))

    def minute() -> int:
        return T0 + draw.randrange(120) * MINUTE

    def instant(n: int) -> int:
        return T0 + draw.randrange(7200) * SECOND + n

    def call() -> tuple[str, int, int]:
        return draw.choice(ROUTES), draw.choice(STATUSES), draw.randrange(1, 40)

    def voice() -> tuple[str, str]:
        return draw.choice(tuple(CUSTOMERS)), draw.choice(("", "", "A-1", "jira:A-2", "A-3", "A-gone"))

    times = [(minute(), draw.choice(ROUTES), draw.choice(("total", "gateway")), draw.randrange(4)) for _ in some(40)]
    return World(
        [(minute(), *call()) for _ in some(60)],
        [(T0 + draw.randrange(12) * 10 * MINUTE, draw.choice(CONSUMERS), *call()) for _ in some(40)],
        [(*time, draw.randrange(1, 40)) for time in times],
        [(minute(), draw.choice(ROUTES), draw.randrange(1, 40), draw.randrange(1, 9_000_000)) for _ in some(20)],
        [_ticket(draw, n) for n in some(24)],
        [(instant(n), draw.choice(("support", "nps", "product")), draw.randrange(11), *voice()) for n in some(40)],
        [(instant(n), draw.choice(MEASURES), float(draw.randrange(90)), draw.choice(tuple(SAID))) for n in some(140)],
        [(instant(n), draw.choice(GAUGES), float(draw.randrange(90)), draw.choice(LABELS)) for n in some(30)],
        [
            (T0 + m * MINUTE, draw.choice(VERSIONS), draw.choice(("version", "config", "canary")))
            for m in sorted(draw.sample(range(120), len(some(4))))
        ],
    )


def worlds() -> st.SearchStrategy[World]:
    """A seed and a size: every draw is a whole launch, so that few of them meet every case."""
    return st.builds(build, st.integers(0, 2**32), st.sampled_from((1.0, 1.0, 1.0, 0.2, 0.0)))


def facts_of(world: World) -> Facts:
    """The world as sources would hand it over: all of it covered."""
    facts = Facts(
        covered=[Covered(name, T0, END) for name in ("edge", "jira", "feed")],
        traffic=[Traffic(m, "edge", route, "", status, n) for m, route, status, n in world.all_calls],
        consumer_traffic=[
            ConsumerTraffic(m, "edge", who, route, status, n) for m, who, route, status, n in world.asked
        ],
        latency=[Latency(m, "edge", route, kind, *BUCKETS[b], n) for m, route, kind, b, n in world.times],
        latency_sum=[LatencySum(m, "edge", route, "total", n, us) for m, route, n, us in world.sums],
        survey=[
            Survey("feed", f"s{i}", kind, score, who, key, "", at)
            for i, (at, kind, score, who, key) in enumerate(world.surveys)
        ],
        measure=[Measure(at, "feed", name, label, value) for at, name, value, label in world.measures],
        gauge=[Gauge(at, "edge", name, label, value) for at, name, value, label in world.gauges],
        release=[Release("feed", version, kind, None, "", at) for at, version, kind in world.releases],
    )
    for told in world.tickets:
        given = {"component": told.area, "channel": told.channel, "segment": told.segment}
        if told.deployed is not None:
            given["deployed_at"] = iso(told.deployed)
        facts.ticket_event += ticket(told.key, told.created, told.severity, kind=told.kind, **given)
        facts.ticket_event += [moved(told.key, at, status) for at, status in told.steps]
        facts.comment += [
            Comment("jira", f"id-{told.key}", f"{told.key}-{i}", "ann", "agent", True, "Hello", at)
            for i, at in enumerate(told.answers)
        ]
    return facts


def settle(made: Bench, world: World) -> None:
    customers = [
        {"name": "Globex", "segment": "enterprise", "consumers": ["web-1"]},
        {"name": "Initech", "segment": "it's", "domains": ["initech.example"]},
        {"name": "Hooli"},
    ]
    made.settings(
        **launch(scrape("edge"), jira(), feed(), live=T0), routes={"internal": ["/health*"]}, customer=customers,
        consumer=[{"id": "it's", "segment": "it's"}],
    )  # fmt: skip
    made.add(facts_of(world))


__all__ = ["END", "T0", "TicketEvent", "Told", "World", "facts_of", "settle", "worlds"]
