"""The load of alerts on the people who answer them, against what people can bear.

Limits per operator and hour: EEMUA publication 191 and ANSI/ISA-18.2: about 6 are very likely acceptable, 12 are
manageable; 30 and more an hour are a flood in which nothing is read any more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from console.model.moment import DAY, HOUR, MINUTE, Span

FINE, MANAGEABLE, FLOOD = 6, 12, 30
CHATTERS = 3
"""Firings of one alert in ten minutes from which it chatters."""
_CHATTER_WITHIN = 10 * MINUTE
STANDS = DAY
"""An alert that fires longer is standing: nobody sees it any more."""
_MOST = 5


class Load(StrEnum):
    FINE = "fine"
    MANAGEABLE = "manageable"
    TOO_MUCH = "too_much"
    FLOOD = "flood"


def load_of(an_hour: float) -> Load:
    """The meaning of so many notices in an hour."""
    if an_hour >= FLOOD:
        return Load.FLOOD
    if an_hour > MANAGEABLE:
        return Load.TOO_MUCH
    return Load.MANAGEABLE if an_hour > FINE else Load.FINE


@dataclass(frozen=True, slots=True)
class Episode:
    """One firing of one alert. ``ended`` None: it still fires. ``useful``: somebody acted on it."""

    rule: str
    key: str
    fired: int
    ended: int | None
    useful: bool = False


@dataclass(frozen=True, slots=True)
class AlertLoad:
    """``last_hour`` and ``worst_hour``: notices. ``hours_over``: hours of the span with more than is manageable."""

    last_hour: int
    worst_hour: int
    worst_at: int | None
    a_day: float
    hours_over: int
    load: Load
    offenders: tuple[tuple[str, int], ...]
    chattering: tuple[str, ...]
    standing: tuple[str, ...]


def load(notices: list[int], episodes: list[Episode], span: Span) -> AlertLoad:
    """Of the instants of notices (oldest first) and the firings of a span that ends now."""
    last = sum(1 for at in notices if at > span.end - HOUR)
    worst, worst_at = 0, None
    for place, at in enumerate(notices):
        count = bisect_right(notices, at + HOUR - 1) - place
        if count > worst:
            worst, worst_at = count, at
    hours = Counter(at // HOUR for at in notices)
    days = max(span.length / DAY, 1 / 24)
    offenders = Counter(e.rule for e in episodes).most_common(_MOST)
    return AlertLoad(
        last, worst, worst_at, len(notices) / days, sum(1 for n in hours.values() if n > MANAGEABLE), load_of(last),
        tuple(offenders), _chattering(episodes),
        tuple(sorted({e.key for e in episodes if (e.ended or span.end) - e.fired > STANDS and e.ended is None})),
    )  # fmt: skip


def _chattering(episodes: Iterable[Episode]) -> tuple[str, ...]:
    by_key: dict[str, list[int]] = {}
    for one in episodes:
        by_key.setdefault(one.key, []).append(one.fired)
    found = []
    for key, instants in by_key.items():
        ordered = sorted(instants)
        last = len(ordered) - CHATTERS + 1
        if any(ordered[i + CHATTERS - 1] - ordered[i] <= _CHATTER_WITHIN for i in range(max(0, last))):
            found.append(key)
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do about a rule in the weekly review. ``why``: useless, chatters, stands or often."""

    rule: str
    why: str
    firings: int
    useful: int


_OFTEN = 20


def retire_or_fix(episodes: list[Episode], chattering: Iterable[str], standing: Iterable[str]) -> list[Verdict]:
    """The rules of a week that cost more than they tell, worst first."""
    chatter, stands = {key.split("{")[0] for key in chattering}, {key.split("{")[0] for key in standing}
    found = []
    for rule, firings in Counter(e.rule for e in episodes).most_common():
        useful = sum(1 for e in episodes if e.rule == rule and e.useful)
        if rule in stands:
            why = "stands"
        elif rule in chatter:
            why = "chatters"
        elif firings >= _OFTEN:
            why = "often"
        elif firings >= CHATTERS and useful == 0:
            why = "useless"
        else:
            continue
        found.append(Verdict(rule, why, firings, useful))
    return found
