"""Which tickets come, when, from whom and how grave: the plan, before anyone writes a word.

Up to the anchor there are 900: the planted topics with fixed numbers, the rest everyday ones, many after go-live and
fewer each day. 12 of them are P1 and 44 P2. After the anchor some 28 a day go on for a week, and the payment reports
until 3.0.5.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from console.model.moment import DAY, HOUR, MINUTE, SECOND, Span
from console.sources.launch.story import story
from console.sources.launch.topic import Topic
from console.sources.launch.topics_everyday import EVERYDAY
from console.sources.launch.topics_planted import INCIDENT, LOGIN_LOOP, MAIL_TWICE, PAYMENT, SLOW, VOUCHER
from console.sources.launch.traffic import address_book, expired_key
from console.sources.launch.world import Consumer, World, local_hour

UP_TO_ANCHOR = 900
TWINS = 30
P1, P2 = 12, 44
LIVE_DAYS = 8
_PER_DAY = (300, 215, 150, 96, 52, 30, 21)
_LIVE_PER_DAY = 28
_ALIKE = 17
_QUIET_SHOPS = 4
_SEGMENT_VOICE = {"enterprise": 1.0, "pro": 1.3, "free": 1.6}


@dataclass
class Draft:
    """``severity``: '' is unset, None is still open to be drawn. ``fate``: open or resolved at the anchor, '' as it
    comes."""

    created: int
    topic: Topic
    consumer: Consumer
    severity: str | None = None
    fate: str = ""
    headline: bool = False
    twin_of: int | None = None
    tags: list[str] = field(default_factory=list)


def loud_shops(launch: World) -> frozenset[str]:
    """The shops hurt by 3.0.4 that write about it; the other four fail and never write."""
    hurt = {launch.consumers[key].customer for key in address_book(launch)}
    names = sorted(customer.name for customer in hurt)
    first = min(customer.name for customer in hurt if customer.segment == "enterprise")
    quiet = launch.stream("loud").sample([name for name in names if name != first], _QUIET_SHOPS)
    return frozenset(names) - frozenset(quiet)


def drafts(launch: World) -> list[Draft]:
    """In order of creation; no two at the same second."""
    draw = launch.stream("drafts")
    plan = _planted(launch, draw)
    planted = sum(1 for draft in plan if draft.created < launch.anchor)
    times = _times(
        launch, draw, UP_TO_ANCHOR - planted - TWINS, Span(launch.go_live + 12 * MINUTE, launch.anchor - 2 * MINUTE)
    )
    late = Span(launch.anchor, launch.anchor + LIVE_DAYS * DAY)
    times += _times(launch, draw, _LIVE_PER_DAY * LIVE_DAYS, late)
    weights = [topic.weight for topic in EVERYDAY]
    for at in times:
        topic = draw.choices(EVERYDAY, weights)[0]
        plan.append(Draft(at, topic, _reporter(launch, draw, topic)))
    plan.sort(key=lambda draft: draft.created)
    _set_severities(launch, draw, plan)
    plan = _with_twins(launch, draw, plan)
    for before, after in pairwise(plan):
        after.created = max(after.created, before.created + SECOND)
    return plan


def _planted(launch: World, draw: random.Random) -> list[Draft]:
    told, anchor = story(launch), launch.anchor
    book = [launch.consumers[key] for key in sorted(address_book(launch))]
    loud = loud_shops(launch)
    writers = [key for key in book if key.customer.name in loud]
    enterprise = [key for key in writers if key.customer.segment == "enterprise"]
    plan = [Draft(anchor - 11 * MINUTE, PAYMENT, draw.choice(enterprise), "P1", "open", headline=True)]
    for n in range(_ALIKE):
        at = anchor - round((44 - 42 * (n / (_ALIKE - 1)) ** 0.75 + draw.uniform(-0.8, 0.8)) * MINUTE)
        severity = "P2" if n == 6 else draw.choice(("P3", "P3", ""))
        plan.append(Draft(min(at, anchor - MINUTE), PAYMENT, draw.choice(writers), severity, "open"))
    at = anchor + 2 * MINUTE
    while at < told.payments.end:
        plan.append(Draft(at, PAYMENT, draw.choice(writers), draw.choice(("P2", "P3", "")), "open"))
        at += round(draw.uniform(3, 12) * MINUTE)
    spread = (
        (
            INCIDENT,
            46,
            Span(told.incident.start + 3 * MINUTE, told.incident.end + 30 * MINUTE),
            ("P1",) * 2 + ("P2",) * 5,
        ),
        (VOUCHER, 28, Span(told.voucher.start + HOUR, anchor - HOUR), ("P2",) * 4),
        (LOGIN_LOOP, 22, Span(told.login_loop.start, anchor - 2 * HOUR), ("P2",) * 4),
        (SLOW, 13, Span(told.slow.start + 12 * MINUTE, told.slow.end + 40 * MINUTE), ()),
        (MAIL_TWICE, 21, Span(told.mail_twice.start, anchor - 3 * HOUR), ()),
    )
    for topic, count, span, severities in spread:
        for n, at in enumerate(_times(launch, draw, count, span)):
            severity = severities[n] if n < len(severities) else draw.choice(("P3", "P3", "P3", "P4"))
            fate = "resolved" if n < len(severities) else ""
            plan.append(Draft(at, topic, _reporter(launch, draw, topic), severity, fate))
    for topic in (VOUCHER, LOGIN_LOOP):
        grave = [draft for draft in plan if draft.topic is topic and draft.severity == "P2"]
        latest = max(grave, key=lambda draft: draft.created)
        latest.fate = "open"
    return plan


def _times(launch: World, draw: random.Random, count: int, span: Span) -> list[int]:
    """``count`` instants in the span, as people write: by day since go-live, by hour, less at the weekend."""
    hours = list(range(span.start, span.end, 20 * MINUTE)) or [span.start]
    edges = list(accumulate(_weight(launch, at) for at in hours))
    found = []
    for _ in range(count):
        place = bisect_right(edges, draw.random() * edges[-1])
        at = hours[min(place, len(hours) - 1)]
        found.append(at + draw.randrange(max(1, min(20 * MINUTE, span.end - at))) // SECOND * SECOND)
    return found


def _weight(launch: World, at: int) -> float:
    hour, weekday = local_hour(at)
    day = min(len(_PER_DAY) - 1, max(0, (at - launch.go_live) // DAY))
    by_hour = 0.12 + (1.0 if 8 <= hour < 18 else 0.45 if 18 <= hour < 22 or 7 <= hour < 8 else 0.0)
    return _PER_DAY[day] * by_hour * (0.75 if weekday >= 5 else 1.0)


def _reporter(launch: World, draw: random.Random, topic: Topic) -> Consumer:
    """A key whose users can meet the topic; never one of the integration that fails silently since day three."""
    quiet = launch.consumers[expired_key(launch)].customer
    fitting = [key for key in launch.consumers if key.part in topic.parts and key.customer is not quiet]
    return draw.choices(fitting, [_SEGMENT_VOICE[key.customer.segment] for key in fitting])[0]


def _set_severities(launch: World, draw: random.Random, plan: list[Draft]) -> None:
    past = [draft for draft in plan if draft.created < launch.anchor]
    for severity, quota in (("P1", P1), ("P2", P2)):
        missing = quota - sum(1 for draft in past if draft.severity == severity)
        settled = [d for d in past if d.severity is None and d.topic.grave and d.created < launch.anchor - 10 * HOUR]
        for draft in draw.sample(settled, min(missing, len(settled))):
            draft.severity, draft.fate = severity, "resolved"
    grave = [draft for draft in past if draft.severity == "P2" and draft.topic in EVERYDAY]
    if grave:
        max(grave, key=lambda draft: draft.created).fate = "open"
    for draft in plan:
        if draft.severity is None:
            draft.severity = _everyday_severity(draw, draft, draft.created >= launch.anchor)


def _everyday_severity(draw: random.Random, draft: Draft, live: bool) -> str:
    if draft.topic.kind == "enhancement":
        return ""
    if live and draft.topic.grave and draw.random() < 0.2:
        return "P2"
    low = 0.6 if draft.topic.kind in ("question", "documentation", "usability") else 0.28
    return draw.choices(("P4", "P3", ""), (low, 0.97 - low, 0.03))[0]


def _with_twins(launch: World, draw: random.Random, plan: list[Draft]) -> list[Draft]:
    """Adds tickets sent once more by the same person through another channel within two hours."""
    able = [
        n
        for n, draft in enumerate(plan)
        if draft.created < launch.anchor - 3 * HOUR
        and draft.severity in ("P3", "P4")
        and draft.topic.kind != "enhancement"
    ]
    twins = []
    for n in draw.sample(able, TWINS):
        first = plan[n]
        at = first.created + draw.randrange(4 * MINUTE, 110 * MINUTE) // SECOND * SECOND
        twins.append((Draft(at, first.topic, first.consumer, first.severity, "resolved"), first))
    merged = sorted([*plan, *(twin for twin, _ in twins)], key=lambda draft: draft.created)
    places = {id(draft): n for n, draft in enumerate(merged)}
    for twin, first in twins:
        twin.twin_of = places[id(first)]
    return merged
