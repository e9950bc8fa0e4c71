"""Small random launches: two hours of everything a KPI can stand on, as plain values and as facts of a session."""

from __future__ import annotations

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
SEVERITIES = ("P1", "P2", "P3", "P4", "")
CONSUMERS = ("web-1", "it's")
BUCKETS = ((0.0, 50.0), (50.0, 200.0), (200.0, 1000.0), (1000.0, float("inf")))
STATES = ("acknowledged", "in_progress", "resolved", "closed", "reopened")
MEASURES = (
    "failed_logins", "suspicious_requests", "app_errors", "ai_calls", "ai_tokens", "ai_cost", "operation_cost", "adoption",
    "conversion", "churn", "sentiment_negative", "page_load_p75", "gateway_capacity", "cpu", "disk",
)  # fmt: skip
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
    surveys: list[tuple[int, str, int]] = field(default_factory=list)
    measures: list[tuple[int, str, float, str]] = field(default_factory=list)
    gauges: list[tuple[int, str, float, str]] = field(default_factory=list)
    releases: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def all_calls(self) -> list[tuple[int, str, int, int]]:
        return [*_BASE, *self.calls]


minutes = st.integers(0, 119).map(lambda m: T0 + m * MINUTE)
tens = st.integers(0, 11).map(lambda m: T0 + m * 10 * MINUTE)
instants = st.integers(0, 7199).map(lambda s: T0 + s * SECOND)
labels = st.sampled_from(("{}", '{"node":"1"}', '{"node":"2"}'))


@st.composite
def a_ticket(draw: st.DrawFn, number: int) -> Told:
    created = draw(instants)
    later = sorted(draw(st.sets(st.integers(1, 7000), max_size=4)))
    steps = tuple((created + s * SECOND, draw(st.sampled_from(STATES))) for s in later)
    answers = tuple(created + s * SECOND + 1 for s in draw(st.lists(st.integers(1, 4000), max_size=2)))
    deployed = draw(st.none() | st.none() | instants)
    return Told(
        f"A-{number}", created, draw(st.sampled_from(SEVERITIES)), draw(st.sampled_from(KINDS)),
        draw(st.sampled_from(AREAS)), draw(st.sampled_from(CHANNELS)), steps, answers, deployed,
    )  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Two hours. Every minute has a hundred calls, so that each can be judged; the rest is as it comes."""
    route, status, some = st.sampled_from(ROUTES), st.sampled_from(STATUSES), st.integers(1, 40)
    times = draw(st.sets(minutes, max_size=3))
    versions = st.sampled_from(("3.0.1", "3.0.2", "3.0.3"))
    return World(
        draw(st.lists(st.tuples(minutes, route, status, some), max_size=14)),
        draw(st.lists(st.tuples(tens, st.sampled_from(CONSUMERS), route, status, some), max_size=8)),
        draw(st.lists(st.tuples(minutes, route, st.sampled_from(("total", "gateway")), st.integers(0, 3), some), max_size=10)),
        draw(st.lists(st.tuples(minutes, route, some, st.integers(1, 9_000_000)), max_size=5)),
        [draw(a_ticket(n)) for n in range(draw(st.integers(0, 7)))],
        draw(st.lists(st.tuples(instants, st.sampled_from(("support", "nps", "product")), st.integers(0, 10)), max_size=8)),
        draw(st.lists(st.tuples(instants, st.sampled_from(MEASURES), st.integers(0, 90).map(float), labels), max_size=20,
                      unique_by=lambda m: (m[0], m[1]))),
        draw(st.lists(st.tuples(instants, st.sampled_from(GAUGES), st.integers(0, 90).map(float), labels), max_size=9,
                      unique_by=lambda g: (g[0], g[1]))),
        [(at, draw(versions), draw(st.sampled_from(("version", "config", "canary")))) for at in sorted(times)],
    )  # fmt: skip


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
            Survey("feed", f"s{i}", kind, score, "", "", "", at) for i, (at, kind, score) in enumerate(world.surveys)
        ],
        measure=[Measure(at, "feed", name, label, value) for at, name, value, label in world.measures],
        gauge=[Gauge(at, "edge", name, label, value) for at, name, value, label in world.gauges],
        release=[Release("feed", version, kind, None, "", at) for at, version, kind in world.releases],
    )
    for told in world.tickets:
        given = {"component": told.area, "channel": told.channel}
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
    made.settings(**launch(scrape("edge"), jira(), feed(), live=T0), routes={"internal": ["/health*"]})
    made.add(facts_of(world))


__all__ = ["END", "T0", "TicketEvent", "Told", "World", "facts_of", "settle", "worlds"]
