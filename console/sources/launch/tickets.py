"""The tickets of the simulated launch, whole: text, people, and everything that becomes of them, also after the anchor.

A ticket carries its first values and a list of changes with their instants; ``at`` gives its state at any instant.
Words here are those of the ticket system that shows them (priority "High", status "In Progress"); ``inside``
translates into ours.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import NamedTuple

from console.sources.launch import life
from console.sources.launch.drafts import Draft, drafts
from console.sources.launch.life import Change, Remark
from console.sources.launch.story import story
from console.sources.launch.topic import Topic
from console.sources.launch.wording import Author, Text, author, slip, write
from console.sources.launch.world import Consumer, World, local_hour

PRIORITIES = {"P1": "Highest", "P2": "High", "P3": "Medium", "P4": "Low", "": ""}
HEADLINE_NUMBER = 1482
"""The number of the P1 about payments: PAY-1482."""
_FIRST_NUMBERS = {"APP": 261, "SHOP": 2104, "ACC": 633, "CARE": 7810}
_CHANNELS = {
    "support_email": 30,
    "portal": 26,
    "in_app": 18,
    "support_chat": 11,
    "support_phone": 8,
    "social": 2,
    "forum": 2,
}
_BROWSERS = {"Chrome": 58, "Safari": 20, "Firefox": 12, "Edge": 10}
_AUTHORS_PER_CUSTOMER = {"enterprise": 5, "pro": 3, "free": 2}
_MACHINES = {
    "ios": (("iPhone 14", "iOS 18"), ("iPhone SE", "iOS 17"), ("iPad Air", "iPadOS 18")),
    "android": (("Pixel 8", "Android 15"), ("Galaxy S23", "Android 14"), ("Redmi Note 12", "Android 13")),
}
HEADLINE = Text(
    "Payment fails with 502 after address change",
    "Card accepted, then a blank page. Happens every time once I edit the delivery address.",
)


class Ticket(NamedTuple):
    """``priority`` and ``status`` are the first values. ``twin_of``: id of the ticket this one repeats, ''
    otherwise."""

    id: str
    key: str
    created: int
    title: str
    body: str
    topic: Topic
    priority: str
    severity: str
    who: Author
    consumer: Consumer
    channel: str
    browser: str
    os: str
    device: str
    release: str
    labels: tuple[str, ...]
    twin_of: str
    headline: bool
    changes: tuple[Change, ...]
    remarks: tuple[Remark, ...]

    def at(self, instant: int) -> dict[str, str]:
        """Changing fields at an instant: status, priority, assignee, resolution."""
        state = {"status": "New", "priority": self.priority, "assignee": "", "resolution": ""}
        for change in self.changes:
            if change.at > instant:
                break
            state[change.field] = change.new
        return state

    def updated(self, instant: int) -> int:
        """The latest change or remark by then."""
        moments = [change.at for change in self.changes if change.at <= instant]
        moments += [remark.at for remark in self.remarks if remark.at <= instant]
        return max(moments, default=self.created)


@lru_cache(maxsize=4)
def tickets(launch: World) -> tuple[Ticket, ...]:
    """All of them in order of creation, those after the anchor too."""
    plan = drafts(launch)
    lives = life.lives(launch, plan)
    keys = _keys(plan)
    people: dict[str, list[Author]] = {}
    cast = launch.stream("authors")
    for customer in launch.customers:
        people[customer.name] = [
            author(cast, customer.name, customer.domain) for _ in range(_AUTHORS_PER_CUSTOMER[customer.segment])
        ]
    made: list[Ticket] = []
    for place, (draft, lived) in enumerate(zip(plan, lives, strict=True)):
        twin = made[draft.twin_of] if draft.twin_of is not None else None
        made.append(_ticket(launch, place, draft, lived, keys[place], people[draft.consumer.customer.name], twin))
    return tuple(made)


def _keys(plan: list[Draft]) -> list[str]:
    headline = next(n for n, draft in enumerate(plan) if draft.headline)
    before = sum(1 for draft in plan[:headline] if draft.topic.project == "PAY")
    numbers = {**_FIRST_NUMBERS, "PAY": HEADLINE_NUMBER - before}
    keys = []
    for draft in plan:
        project = draft.topic.project
        keys.append(f"{project}-{numbers[project]}")
        numbers[project] += 1
    return keys


def _ticket(
    launch: World, place: int, draft: Draft, lived: life.Life, key: str, people: list[Author], twin: Ticket | None
) -> Ticket:
    draw = launch.stream(f"ticket {place}")
    part = draft.consumer.part
    device, system = draw.choice(_MACHINES[part]) if part in _MACHINES else ("", "")
    browser = ""
    if part in ("web", "backoffice"):
        browser = draft.topic.browser or draw.choices(tuple(_BROWSERS), tuple(_BROWSERS.values()))[0]
        system = (
            draw.choice(("macOS 15", "macOS 14", "iPadOS 18"))
            if browser == "Safari"
            else draw.choice(("Windows 11", "Ubuntu"))
        )
    who = twin.who if twin else draw.choice(people)
    hour, weekday = local_hour(draft.created)
    channel = _channel(draw, draft, twin)
    voice = {"support_phone": "plain", "support_chat": "chat"}.get(channel, who.voice)
    if voice == "mail" and channel in ("in_app", "social", "store_review"):
        voice = "plain"
    if draft.headline:
        text = HEADLINE
        who = who._replace(language="en", locale="en-GB")
    elif twin:
        text = Text(slip(draw, twin.title, 0.01), slip(draw, twin.body, 0.01))
    else:
        text = write(draw, draft.topic, who._replace(voice=voice), weekday, hour, device)
    labels = [draft.topic.component] if draw.random() < 0.35 else []
    if draft.consumer.customer.segment == "enterprise" and draw.random() < 0.4:
        labels.append("key-account")
    releases = [r for r in story(launch).releases if r.kind == "version" and r.at <= draft.created]
    return Ticket(
        id=str(10_400 + place * 3),
        key=key,
        created=draft.created,
        title=text.title,
        body=text.body,
        topic=draft.topic,
        priority=PRIORITIES[lived.first_severity],
        severity=draft.severity or "",
        who=who,
        consumer=draft.consumer,
        channel=channel,
        browser=browser,
        os=system,
        device=device,
        release=releases[-1].version,
        labels=tuple(labels),
        twin_of=twin.id if twin else "",
        headline=draft.headline,
        changes=lived.changes,
        remarks=life.remarks(draw, who, lived),
    )


def _channel(draw: random.Random, draft: Draft, twin: Ticket | None) -> str:
    if draft.headline:
        return "in_app"
    if draft.topic.name == "app crash" and draw.random() < 0.3:
        return "store_review"
    channel = draw.choices(tuple(_CHANNELS), tuple(_CHANNELS.values()))[0]
    if twin and channel == twin.channel:
        return "portal" if twin.channel != "portal" else "support_email"
    return channel
