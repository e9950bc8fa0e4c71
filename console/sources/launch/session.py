"""The settings document of a session on the simulated launch: the same keys as a settings file (contract, section
4)."""

from __future__ import annotations

from typing import Any

from console.model.moment import iso, to_datetime
from console.sources.launch.jira import CUSTOM
from console.sources.launch.world import CONFIRM, NAME, PLANNED_DAYS, TIME_ZONE, world

PERIODS_S = {"edge": 10, "history": 60, "shop": 30, "pulse": 60, "front-door": 10}
FLOWS = (
    ("checkout", [CONFIRM], 600.0),
    ("search", ["GET /v3/search"], 800.0),
    ("login", ["POST /v3/login"], 900.0),
    ("orders", ["GET /v3/orders"], 900.0),
    ("account", ["GET /v3/account"], 400.0),
)
"""Name, routes, p95 in ms."""
SEGMENTS = (("enterprise", 3.0), ("pro", 1.5), ("free", 1.0))


def settings(base_url: str, now: int, seed: int = 7) -> dict[str, Any]:
    """For the server at ``base_url`` whose launch was set up with ``seed`` at ``now``. Releases are not in it: the
    feed tells them."""
    launch = world(seed, now)
    url = base_url.rstrip("/")
    return {
        "session": {
            "name": NAME,
            "go_live": to_datetime(launch.go_live),
            "planned_days": PLANNED_DAYS,
            "time_zone": TIME_ZONE,
            "week_start": "monday",
            "lookback_days": 0,
            "baseline": {"kind": "fixed", "per_day": 40.0},
            "bad_minute_5xx": 0.05,
        },
        "me": {"name": "hypercare lead"},
        "flow": [{"name": name, "routes": routes, "statistic": "p95", "slo_ms": slo} for name, routes, slo in FLOWS],
        "routes": {
            "internal": ["GET /health*", "GET /metrics", "/health*", "/metrics"],
            "critical": [CONFIRM, "POST /v3/orders"],
        },
        "consumer": [
            {"id": key.id, "customer": key.customer.name, "segment": key.customer.segment} for key in launch.consumers
        ],
        "segment": [{"name": name, "weight": weight} for name, weight in SEGMENTS],
        "source": [
            {
                "name": "edge",
                "kind": "scrape",
                "flavour": "apisix",
                "url": f"{url}/apisix/prometheus/metrics",
                "gateway": "edge",
                "period_s": PERIODS_S["edge"],
            },
            {
                "name": "history",
                "kind": "prometheus",
                "flavour": "apisix",
                "url": url,
                "gateway": "edge",
                "period_s": PERIODS_S["history"],
            },
            {
                "name": "shop",
                "kind": "jira",
                "url": url,
                "deployment": "datacenter",
                "jql": "",
                "fields": dict(CUSTOM),
                "period_s": PERIODS_S["shop"],
            },
            {"name": "pulse", "kind": "feed", "url": f"{url}/feed", "period_s": PERIODS_S["pulse"]},
            {"name": "front-door", "kind": "probe", "url": f"{url}/health", "period_s": PERIODS_S["front-door"]},
        ],
    }


def ready_line(port: int, base_url: str, now: int, seed: int) -> dict[str, Any]:
    """What the server says about itself when it listens."""
    return {"port": port, "url": base_url, "now": iso(now), "seed": seed, "go_live": iso(world(seed, now).go_live)}
