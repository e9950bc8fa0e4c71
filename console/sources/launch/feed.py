"""What no ticket system or gateway tells: answers of surveys, releases, numbers counted elsewhere, announcements.

As plain values by time; ``entries`` is the JSON list of the feed, ``inside`` makes facts of the same values.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from console.model.moment import HOUR, MINUTE, iso
from console.sources.launch.story import story
from console.sources.launch.tickets import Ticket, tickets
from console.sources.launch.traffic import rate
from console.sources.launch.world import World

SUPPORT_ANSWERS = 212
CONTENT_SHARE = 0.83
CAPACITY_PER_SECOND = 2_400.0
_LIVE_ANSWERS = 60
_GOOD = (
    "",
    "",
    "",
    "Quick and friendly.",
    "Solved within the hour, thanks!",
    "Alles bestens.",
    "Très réactif.",
    "All good now.",
)
_BAD = (
    "",
    "",
    "Still waiting for a real fix.",
    "I had to ask three times.",
    "Hat viel zu lange gedauert.",
    "Copy and paste answer.",
)


class Answer(NamedTuple):
    """An answer to a survey; ``kind`` support (1–5), product (1–5) or nps (0–10)."""

    id: str
    at: int
    kind: str
    score: int
    customer: str
    ticket: str
    comment: str


class Number(NamedTuple):
    at: int
    name: str
    value: float
    labels: dict[str, str]


class Notice(NamedTuple):
    id: str
    at: int
    kind: str
    text: str


@lru_cache(maxsize=4)
def answers(launch: World) -> tuple[Answer, ...]:
    """Exactly 212 support answers up to the anchor, 83 % of them 4 or 5; more afterwards; and some of the other
    kinds."""
    draw = launch.stream("surveys")
    solved = [
        (at, ticket) for ticket in tickets(launch) if not ticket.twin_of and (at := _first_solved(ticket)) is not None
    ]
    asked = [(at + round(draw.uniform(0.3, 9) * HOUR), ticket) for at, ticket in solved]
    past = [pair for pair in asked if pair[0] < launch.anchor]
    late = [pair for pair in asked if pair[0] >= launch.anchor]
    past = sorted(draw.sample(past, min(SUPPORT_ANSWERS, len(past))), key=lambda pair: pair[0])
    late = sorted(draw.sample(late, min(_LIVE_ANSWERS, len(late))), key=lambda pair: pair[0])
    good = [n < round(len(past) * CONTENT_SHARE) for n in range(len(past))]
    draw.shuffle(good)
    good += [draw.random() < CONTENT_SHARE for _ in late]
    found = [
        Answer(
            f"s-{place + 1}", at, "support", draw.choice((4, 5, 5)) if happy else draw.choice((1, 2, 3)),
            ticket.consumer.customer.name, ticket.key, draw.choice(_GOOD if happy else _BAD),
        )
        for place, ((at, ticket), happy) in enumerate(zip([*past, *late], good, strict=True))
    ]  # fmt: skip
    found += _opinions(launch, draw)
    return tuple(sorted(found, key=lambda answer: answer.at))


def _first_solved(ticket: Ticket) -> int | None:
    return next((change.at for change in ticket.changes if change.new == "Resolved"), None)


def _opinions(launch: World, draw: random.Random) -> list[Answer]:
    found = []
    for place in range(150):
        at = launch.go_live + round(draw.uniform(0.2, 9) * 24 * HOUR)
        name = draw.choice(launch.customers).name
        kind = "nps" if place % 3 else "product"
        score = (
            draw.choices((9, 10, 8, 7, 6, 4, 2), (22, 20, 18, 14, 12, 8, 6))[0]
            if kind == "nps"
            else draw.choice((3, 4, 4, 5, 5))
        )
        found.append(Answer(f"o-{place + 1}", at, kind, score, name, "", ""))
    return found


@lru_cache(maxsize=4)
def numbers(launch: World, until: int) -> tuple[Number, ...]:
    """Hourly numbers of product analytics, the AI gateway and the web firewall, from go-live to ``until``."""
    instants = np.arange(launch.go_live + HOUR, until + 1, HOUR, dtype=np.int64)
    calls = rate(launch, instants - HOUR // 2) * 3600
    found: list[Number] = []
    for at, here in zip(instants.tolist(), calls.tolist(), strict=True):
        draw = launch.stream(f"number {at}")
        days = (at - launch.go_live) / (24 * HOUR)
        bad = story(launch).payments.holds(at)
        found += [
            Number(at, "adoption", round(0.31 + 0.42 * (1 - 2.0 ** (-days / 2.2)) + draw.gauss(0, 0.004), 4), {}),
            Number(at, "conversion", round(0.0312 + draw.gauss(0, 0.0006) - (0.0019 if bad else 0), 4), {}),
            Number(at, "churn", round(max(0.0, 0.0021 + draw.gauss(0, 0.0002)), 5), {}),
            Number(at, "app_errors", round(here * 0.00016 + draw.uniform(0, 40)), {}),
            Number(at, "page_load_p75", round(1240 + draw.gauss(0, 60)), {}),
            Number(at, "suspicious_requests", round(here * 0.000012 + draw.uniform(0, 9)), {"source": "waf"}),
        ]
        for model in ("small", "large"):
            asked = round(here * (0.00011 if model == "small" else 0.00003) + draw.uniform(0, 12))
            tokens = asked * draw.randrange(640, 980)
            price = 0.0000006 if model == "small" else 0.000005
            found.append(Number(at, "ai_calls", asked, {"model": model}))
            found.append(Number(at, "ai_tokens", tokens, {"model": model}))
            found.append(Number(at, "ai_cost", round(tokens * price, 4), {"model": model}))
        found += _house(launch, at, here)
    return tuple(found)


def _house(launch: World, at: int, calls: float) -> list[Number]:
    """What the machines, the sign-in and the support tool count in an hour of so many calls."""
    draw = launch.stream(f"house {at}")
    told = story(launch)
    load = min(1.0, calls / 3600 / CAPACITY_PER_SECOND)
    strained = told.incident.holds(at)
    found = []
    for place, node in enumerate(("gw-1", "gw-2")):
        labels = {"node": node}
        cpu = 0.12 + 0.72 * load + (0.11 if strained else 0.0) + draw.gauss(0, 0.02)
        days = (at - launch.go_live) / (24 * HOUR)
        found += [
            Number(at, "cpu", round(min(0.99, max(0.03, cpu)), 4), labels),
            Number(at, "memory", round(min(0.97, 0.46 + 0.2 * load + draw.gauss(0, 0.01)), 4), labels),
            Number(at, "disk", round(min(0.95, 0.41 + 0.014 * days + 0.03 * place), 4), labels),
            Number(at, "network_receive", round(calls / 7200 * 1_900), labels),
            Number(at, "network_transmit", round(calls / 7200 * 11_400), labels),
        ]
    angry = 0.14 + (0.09 if strained or told.payments.holds(at) else 0.0) + draw.gauss(0, 0.012)
    found += [
        Number(at, "failed_logins", round(calls * 0.00003 + draw.uniform(0, 22)), {}),
        Number(at, "operation_cost", round(38.0 + 21.0 * load + draw.gauss(0, 0.6), 2), {}),
        Number(at, "sentiment_negative", round(max(0.02, angry), 4), {}),
    ]
    if (at - launch.go_live) % (24 * HOUR) == HOUR:
        found.append(Number(at, "gateway_capacity", CAPACITY_PER_SECOND, {"from": "load test"}))
    return found


@lru_cache(maxsize=4)
def notices(launch: World) -> tuple[Notice, ...]:
    told = story(launch)
    return (
        Notice("n-1", launch.go_live, "announcement", "Atlas Checkout 3.0 is live for all customers."),
        Notice(
            "n-2",
            told.incident.start + 9 * MINUTE,
            "incident",
            "INC-4: checkout, cart and payments answer 503 in part.",
        ),
        Notice("n-3", told.incident.end + 4 * MINUTE, "incident", "INC-4 ended with release 3.0.2."),
        Notice(
            "n-4", told.gap.start - 20 * HOUR, "maintenance", "Metrics store moves to new disks; short gap possible."
        ),
        Notice("n-5", told.restart, "maintenance", "Gateway edge-gw-1 restarted for a certificate renewal."),
    )


def entries(launch: World, now: int) -> list[dict[str, Any]]:
    """The feed at an instant, oldest first."""
    rows: list[tuple[int, dict[str, Any]]] = [
        (a.at, {"type": "survey", "id": a.id, "kind": a.kind, "score": a.score, "customer": a.customer,
                **({"ticket": a.ticket} if a.ticket else {}), **({"comment": a.comment} if a.comment else {})})
        for a in answers(launch)
    ]  # fmt: skip
    rows += [
        (
            r.at,
            {
                "type": "release",
                "version": r.version,
                "kind": r.kind,
                "note": r.note,
                **({"share": r.share} if r.share else {}),
            },
        )
        for r in story(launch).releases
    ]
    rows += [
        (n.at, {"type": "measure", "name": n.name, "value": n.value, **({"labels": n.labels} if n.labels else {})})
        for n in numbers(launch, now - now % HOUR)
    ]
    rows += [(n.at, {"type": "event", "id": n.id, "kind": n.kind, "text": n.text}) for n in notices(launch)]
    return [{"at": iso(at), **row} for at, row in sorted(rows, key=lambda pair: pair[0]) if at <= now]
