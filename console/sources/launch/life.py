"""What becomes of a ticket: acknowledged, worked on, resolved, closed, sometimes opened again; and what is said
meanwhile.

Times to resolve are log-normal by severity and kept out of the night except for P1. They are then settled so that 64
tickets are open at the anchor; the surplus was resolved during the last day. Instants of one ticket strictly
increase.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import NamedTuple

from console.model.moment import HOUR, MINUTE, SECOND
from console.sources.launch.drafts import Draft
from console.sources.launch.story import story
from console.sources.launch.topics_planted import PAYMENT
from console.sources.launch.wording import AGAIN, ANSWERS, REPLIES, SOLUTIONS, Author
from console.sources.launch.world import World, local_hour

OPEN_AT_ANCHOR = 64
REOPENED_SHARE = 0.05
_REOPENED_OPEN = 3
AGENTS = (
    "Mara Lindt",
    "Tom Okafor",
    "Ines Calvo",
    "Jonas Brandt",
    "Priya Nair",
    "Lukas Frei",
    "Sofia Berg",
    "Emil Novotny",
)
_ACKNOWLEDGE_MIN = {"P1": 3.2, "P2": 5.0, "P3": 5.5, "P4": 7.0, "": 6.5}
_RESOLVE_H = {"P1": (2.9, 0.33), "P2": (7.5, 0.55), "P3": (13.0, 0.9), "P4": (20.0, 0.9), "": (16.0, 0.9)}


class Change(NamedTuple):
    """One changed field. ``field``: status, priority, assignee, resolution or duplicate (``new`` is the place of the
    other)."""

    at: int
    field: str
    old: str
    new: str
    actor: str


class Remark(NamedTuple):
    at: int
    author: str
    role: str
    public: bool
    body: str


class Life(NamedTuple):
    first_severity: str
    changes: tuple[Change, ...]
    replied: int | None
    solved: int | None
    again: int | None
    agent: str
    created: int


@dataclass
class _Times:
    acknowledged: int
    resolved: int
    reopened: int | None = None
    resolved_again: int | None = None


def lives(launch: World, plan: list[Draft]) -> list[Life]:
    """One life a draft, in the same order."""
    draw = launch.stream("lives")
    times = [_times(launch, draw, draft) for draft in plan]
    _settle(launch, draw, plan, times)
    _reopen(launch, draw, plan, times)
    return [_life(draw, draft, when) for draft, when in zip(plan, times, strict=True)]


def _times(launch: World, draw: random.Random, draft: Draft) -> _Times:
    anchor, severity = launch.anchor, draft.severity or ""
    wait = _ACKNOWLEDGE_MIN[severity] * draw.lognormvariate(0, 0.55)
    busy = draft.created > anchor - 2 * HOUR
    if severity not in ("P1", "P2") and draw.random() < (0.4 if busy else 0.025):
        wait = draw.uniform(60, 200)
    acknowledged = draft.created + round(wait * MINUTE)
    if draft.topic is PAYMENT:
        calm = anchor + round(draw.uniform(25, 60) * MINUTE)
        acknowledged = max(calm, acknowledged)
        repaired = story(launch).payments.end
        resolved = max(acknowledged, repaired) + round(draw.uniform(10, 150) * MINUTE)
        return _Times(_second(acknowledged), _second(resolved))
    median, spread = _RESOLVE_H[severity]
    if draft.topic.kind in ("question", "documentation"):
        median = 6.0
    elif draft.topic.kind == "enhancement":
        median = 70.0
    took = round(median * draw.lognormvariate(0, spread) * HOUR)
    resolved = max(draft.created + took, acknowledged + 9 * MINUTE)
    if severity != "P1":
        resolved = _in_the_day(draw, resolved)
    if draft.twin_of is not None:
        resolved = acknowledged + round(draw.uniform(4, 50) * MINUTE)
    if draft.fate == "resolved" and resolved >= anchor:
        resolved = max(acknowledged + 12 * MINUTE, anchor - round(draw.uniform(0.3, 6) * HOUR))
    elif draft.fate == "open" and resolved <= anchor:
        resolved = anchor + round(draw.uniform(1, 9) * HOUR)
    return _Times(_second(acknowledged), _second(resolved))


def _second(instant: int) -> int:
    return instant - instant % SECOND


def _in_the_day(draw: random.Random, at: int) -> int:
    hour, _ = local_hour(at)
    if 7 <= hour < 21:
        return at
    return at + round(((7.2 - hour) % 24 + draw.uniform(0, 2.5)) * HOUR)


def _settle(launch: World, draw: random.Random, plan: list[Draft], times: list[_Times]) -> None:
    """Moves the nearest resolutions over the anchor until the number of open tickets is right."""
    anchor = launch.anchor
    past = [n for n, draft in enumerate(plan) if draft.created < anchor]
    still = [n for n in past if times[n].resolved > anchor]
    wanted = OPEN_AT_ANCHOR - _REOPENED_OPEN
    free = [n for n in past if plan[n].fate == "" and times[n].acknowledged < anchor - 25 * MINUTE]
    if len(still) > wanted:
        able = sorted((n for n in free if times[n].resolved > anchor), key=lambda n: times[n].resolved)
        for n in able[: len(still) - wanted]:
            earliest = max(times[n].acknowledged + 12 * MINUTE, anchor - 30 * HOUR)
            latest = anchor - 4 * MINUTE
            times[n].resolved = _second(earliest + round((latest - earliest) * draw.random() ** 0.8))
    else:
        able = sorted((n for n in free if times[n].resolved <= anchor), key=lambda n: -times[n].resolved)
        for n in able[: wanted - len(still)]:
            times[n].resolved = _second(anchor + round(draw.uniform(0.4, 20) * HOUR))


def _reopen(launch: World, draw: random.Random, plan: list[Draft], times: list[_Times]) -> None:
    anchor = launch.anchor
    done = [n for n, t in enumerate(times) if t.resolved < anchor - 30 * HOUR and plan[n].twin_of is None]
    late = [
        n
        for n, t in enumerate(times)
        if anchor - 28 * HOUR < t.resolved < anchor - 8 * HOUR and plan[n].severity in ("P3", "P4")
    ]
    for n in draw.sample(done, min(len(done), round(len(done) * REOPENED_SHARE))):
        when = times[n]
        when.reopened = _second(when.resolved + round(draw.uniform(1.5, 18) * HOUR))
        when.resolved_again = _second(when.reopened + round(draw.uniform(1, 9) * HOUR))
    able = [n for n in late if plan[n].fate == "" or plan[n].twin_of is None]
    for n in draw.sample(able, min(len(able), _REOPENED_OPEN)):
        when = times[n]
        when.reopened = _second(when.resolved + round(draw.uniform(0.2, 0.9) * (anchor - when.resolved)))
        when.resolved_again = _second(anchor + round(draw.uniform(1, 12) * HOUR))


def _life(draw: random.Random, draft: Draft, when: _Times) -> Life:
    agent = draw.choice(AGENTS)
    severity = first = draft.severity or ""
    changes: list[Change] = []

    def change(at: int, field: str, old: str, new: str, actor: str = agent) -> None:
        least = changes[-1].at + 1000 if changes else draft.created + SECOND
        changes.append(Change(max(at, least), field, old, new, actor))

    if severity in ("P1", "P2") and draft.topic is not PAYMENT and draw.random() < 0.3:
        first = "P3" if severity == "P2" else "P2"
        change(
            round(draft.created + (when.acknowledged - draft.created) * 0.8),
            "priority",
            _PRIORITY[first],
            _PRIORITY[severity],
        )
    change(when.acknowledged, "assignee", "", agent)
    change(when.acknowledged, "status", "New", "Acknowledged")
    begun = when.acknowledged + round((when.resolved - when.acknowledged) * draw.uniform(0.05, 0.4))
    replied = begun + 20 * SECOND if draw.random() < 0.7 else None
    status = "Acknowledged"
    if draft.topic.kind not in ("question", "enhancement") and draft.twin_of is None:
        change(begun, "status", status, "In Progress")
        status = "In Progress"
    if draw.random() < 0.12:
        other = draw.choice([name for name in AGENTS if name != agent])
        change(begun + (when.resolved - begun) // 2, "assignee", agent, other)
        agent = other
    outcome = _outcome(draw, draft)
    if draft.twin_of is not None:
        change(when.resolved, "duplicate", "", str(draft.twin_of), agent)
    change(when.resolved, "resolution", "", outcome, agent)
    change(when.resolved, "status", status, "Resolved", agent)
    last = when.resolved
    if when.reopened is not None and when.resolved_again is not None:
        change(when.reopened, "resolution", outcome, "", "customer portal")
        change(when.reopened, "status", "Resolved", "Reopened", "customer portal")
        change(when.resolved_again, "resolution", "", "Fixed", agent)
        change(when.resolved_again, "status", "Reopened", "Resolved", agent)
        last = when.resolved_again
    if draw.random() < 0.7:
        change(last + round(draw.uniform(20, 44) * HOUR), "status", "Resolved", "Closed", "automation")
    solved = when.resolved + 30 * SECOND if outcome != "Duplicate" and draw.random() < 0.8 else None
    return Life(first, tuple(changes), replied, solved, when.reopened, agent, draft.created)


_PRIORITY = {"P1": "Highest", "P2": "High", "P3": "Medium", "P4": "Low", "": ""}


def _outcome(draw: random.Random, draft: Draft) -> str:
    if draft.twin_of is not None:
        return "Duplicate"
    if draft.topic.kind in ("question", "documentation"):
        return "Answered"
    if draft.topic.kind == "enhancement":
        return "Won't Do"
    return draw.choices(("Fixed", "Workaround", "Cannot Reproduce"), (82, 12, 6))[0]


def remarks(draw: random.Random, who: Author, lived: Life) -> tuple[Remark, ...]:
    """What agent and reporter say to each other, in order of time."""
    said: list[Remark] = []
    slots = {"name": who.name.split(" ")[0], "time": f"{draw.randrange(7, 20):02d}:{draw.randrange(60):02d}"}

    def say(at: int, texts: dict[str, tuple[str, ...]], agent: bool, public: bool = True) -> None:
        body = draw.choice(texts.get(who.language, texts["en"])).format_map(slots)
        said.append(Remark(at, lived.agent if agent else who.name, "agent" if agent else "reporter", public, body))

    if lived.replied is not None:
        say(lived.replied, REPLIES, agent=True)
        if draw.random() < 0.35:
            say(lived.replied + round(draw.uniform(3, 90) * MINUTE), ANSWERS, agent=False)
    if draw.random() < 0.06:
        at = lived.created + round(draw.uniform(15, 55) * MINUTE)
        said.append(
            Remark(at, lived.agent, "agent", False, "Seen in the gateway log as well, same customer as last week.")
        )
    if lived.solved is not None:
        say(lived.solved, SOLUTIONS, agent=True)
    if lived.again is not None:
        say(lived.again - 15 * SECOND, AGAIN, agent=False)
    return tuple(sorted(said, key=lambda remark: remark.at))
