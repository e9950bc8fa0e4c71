"""What the series of a gateway mean: a mapping as a value, and ``place``, which says what one series is for us.

A gateway is described, not programmed. One would get wrong that one series may be several things at once (a counter
with a consumer label is traffic and consumer traffic; Caddy's histogram count is traffic too), and that some gateways
count the same call several times: alternatives (``settle``) pick one of them by what is really on the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from collections.abc import Mapping as Labels
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeVar

NO_ROUTE = "(no route)"

Kind = Literal["total", "upstream", "gateway"]
Role = Literal["level", "worst", "rate", "free", "size", "idle", "busy"]

_STATUS = re.compile(r"([1-5])(?:xx|XX|\d\d)?")


@dataclass(frozen=True, slots=True)
class TrafficKey:
    """Calls. ``status`` is a code 100–599 or a class 1–5; ``method`` '' where the gateway does not say."""

    route: str
    method: str
    status: int


@dataclass(frozen=True, slots=True)
class ConsumerKey:
    """Calls of one known consumer; anonymous calls have no such key."""

    consumer: str
    route: str
    status: int


@dataclass(frozen=True, slots=True)
class BucketKey:
    """Cumulative histogram bucket: calls of at most ``le_ms`` milliseconds (``inf`` for the last)."""

    route: str
    kind: Kind
    le_ms: float


@dataclass(frozen=True, slots=True)
class SumKey:
    """Summed durations; the raw value times ``us_per_unit`` is microseconds."""

    route: str
    kind: Kind
    us_per_unit: float


@dataclass(frozen=True, slots=True)
class CountKey:
    """Calls that a SumKey of the same route and kind sums over."""

    route: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class GaugeKey:
    """A level, or a piece of one. ``labels`` is JSON with sorted keys.

    Roles: ``level`` the value itself, several add up; ``worst`` the smallest of several; ``rate`` a counter whose
    increase per second is the level; ``free`` of ``size``: the level is 1 − Σfree/Σsize; ``idle`` and ``busy`` seconds:
    the level is Δbusy/(Δbusy+Δidle).
    """

    name: str
    labels: str
    role: Role


@dataclass(frozen=True, slots=True)
class LifeKey:
    """A sign of the process' life: ``start`` (epoch seconds) or ``rising`` (a number that falls only at a restart)."""

    sign: Literal["start", "rising"]


@dataclass(frozen=True, slots=True)
class AttemptKey:
    """Calls that were begun, whether or not their status became known. Not traffic: it counts the same calls again."""

    route: str


Key = AttemptKey | TrafficKey | ConsumerKey | BucketKey | SumKey | CountKey | GaugeKey | LifeKey

Pairs = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Calls:
    """A counter of calls with a status label.

    ``route``: labels asked in order, the first that is not empty names the route. ``consumer``: '' for none. ``only``
    and ``never``: label → values it must have, or must not have. ``metric`` is the sample name as exposed.
    """

    metric: str
    status: str = "code"
    route: tuple[str, ...] = ("route",)
    method: str = ""
    consumer: str = ""
    only: Pairs = ()
    never: Pairs = ()


@dataclass(frozen=True, slots=True)
class Durations:
    """A histogram (``metric`` without ``_bucket``), or a summary, of which only sum and count are used.

    ``kind_label`` with ``kinds`` ((label value, our kind), …) where one histogram holds several kinds, else ``kind``.
    ``sparse``: the gateway leaves out buckets that never counted, so a missing lower bucket is a zero.
    """

    metric: str
    unit: Literal["s", "ms"] = "ms"
    kind: Kind = "total"
    kind_label: str = ""
    kinds: tuple[tuple[str, Kind], ...] = ()
    route: tuple[str, ...] = ("route",)
    only: Pairs = ()
    never: Pairs = ()
    sparse: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A gauge (or a piece of one) of ours called ``name``, with the labels it keeps."""

    metric: str
    name: str
    role: Role = "level"
    labels: tuple[str, ...] = ()
    only: Pairs = ()
    never: Pairs = ()
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class OneOf:
    """A gateway that counts a call once for each value of ``label``: for each value of ``by`` one of them is taken.

    ``preferred``: in this order, else the alphabetically first. ``picked``: (value of ``by``, value of ``label``), …,
    filled by ``settle``; nothing is left out while it is empty.
    """

    label: str
    by: str
    preferred: tuple[str, ...]
    picked: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """A gateway's series. ``calls`` and ``durations`` hold alternatives: groups tried in order, see ``settle``.

    ``one_of``: for gateways that count a call several times. ``attempts``: (counter of calls begun, its route labels),
    for gateways whose call counter leaves out calls they failed themselves.
    ``version``: metric and label that tell the version. ``start`` and ``rising``: see LifeKey. ``hint``: the sentence
    when the calls are not on the page: what to switch on; ``slow_hint``: the same for durations, '' where optional.
    """

    title: str
    calls: tuple[tuple[Calls, ...], ...] = ()
    durations: tuple[tuple[Durations, ...], ...] = ()
    levels: tuple[Level, ...] = ()
    start: tuple[str, ...] = ("process_start_time_seconds",)
    rising: tuple[str, ...] = ()
    version: tuple[str, str] | None = None
    one_of: OneOf | None = None
    attempts: tuple[str, tuple[str, ...]] | None = None
    hint: str = ""
    slow_hint: str = ""


_Rule = TypeVar("_Rule", Calls, Durations)


def status_of(text: str) -> int | None:
    """A code (``"404"``) or a class (``"4"``, ``"4xx"``) as an integer; None for all else (``other``, ``0``, '')."""
    if _STATUS.fullmatch(text) is None:
        return None
    return int(text[0]) if len(text) == 1 or text[1] in "xX" else int(text)


def metric_names(mapping: Mapping) -> list[str]:
    """Every sample name the mapping can read, sorted, all alternatives included."""
    names = set(_rules(mapping))
    names.update(pair[0] for pair in (mapping.version, mapping.attempts) if pair is not None)
    return sorted(names)


def place(mapping: Mapping, name: str, labels: Labels[str, str]) -> tuple[Key, ...]:
    """What the series is; () when it is nothing of ours. ``name`` is the sample name (with ``_bucket``, ``_sum`` …).

    Settle the mapping first, or alternatives are placed side by side and count twice.
    """
    keys: list[Key] = []
    one_of = mapping.one_of
    if one_of is not None and one_of.picked and one_of.label in labels:
        picked = (labels.get(one_of.by, ""), labels[one_of.label]) in one_of.picked
        if not picked:
            return ()
    if mapping.attempts is not None and name == mapping.attempts[0]:
        keys.append(AttemptKey(_route(mapping.attempts[1], labels)))
    for rule, part in _rules(mapping).get(name, ()):
        if isinstance(rule, LifeKey):
            keys.append(rule)
        elif isinstance(rule, Calls):
            keys.extend(_calls(rule, labels))
        elif isinstance(rule, Durations):
            keys.extend(_duration(rule, part, labels))
        elif isinstance(rule, Level) and _fits(rule, labels):
            kept = {label: labels[label] for label in rule.labels if labels.get(label)}
            keys.append(GaugeKey(rule.name, json.dumps(kept, sort_keys=True), rule.role))
    return tuple(keys)


def scale_of(mapping: Mapping, name: str) -> float:
    """What a gauge's raw value is multiplied with."""
    return next((rule.scale for rule, _ in _rules(mapping).get(name, ()) if isinstance(rule, Level)), 1.0)


def settle(mapping: Mapping, seen: Labels[str, Iterable[Labels[str, str]]]) -> Mapping:
    """The mapping with one alternative left, by what exists: ``seen`` is sample name → its label sets.

    A group of alternatives is taken when any of its metrics is there; without any, the first stays. ``one_of`` gets its
    picks from the label sets of the call counters.
    """
    calls = _first(mapping.calls, seen)
    durations = _first(mapping.durations, seen)
    one_of = mapping.one_of
    if one_of is not None:
        found: dict[str, set[str]] = {}
        names = {name for group in calls for rule in group for name in _counter_names(rule.metric)}
        if mapping.attempts is not None:
            names.add(mapping.attempts[0])
        for name in names & set(seen):
            for labels in seen[name]:
                if labels.get(one_of.label):
                    found.setdefault(labels.get(one_of.by, ""), set()).add(labels[one_of.label])
        picked = tuple(
            (place_, next((value for value in one_of.preferred if value in values), min(values)))
            for place_, values in sorted(found.items())
        )
        one_of = replace(one_of, picked=picked)
    return replace(mapping, calls=calls, durations=durations, one_of=one_of)


@lru_cache(maxsize=256)
def sparse_metrics(mapping: Mapping) -> frozenset[str]:
    """The ``_bucket`` names of histograms that leave out buckets which never counted."""
    return frozenset(f"{d.metric}_bucket" for batch in mapping.durations for d in batch if d.sparse)


def traffic_metrics(mapping: Mapping) -> list[str]:
    """The sample names that carry calls, in order of preference."""
    return [name for group in mapping.calls for rule in group for name in _counter_names(rule.metric)]


@lru_cache(maxsize=256)
def _rules(mapping: Mapping) -> dict[str, list[tuple[Calls | Durations | Level | LifeKey, str]]]:
    rules: dict[str, list[tuple[Calls | Durations | Level | LifeKey, str]]] = {}
    for group in mapping.calls:
        for calls in group:
            for name in _counter_names(calls.metric):
                rules.setdefault(name, []).append((calls, ""))
    for batch in mapping.durations:
        for durations in batch:
            for part in ("bucket", "sum", "count"):
                rules.setdefault(f"{durations.metric}_{part}", []).append((durations, part))
    for level in mapping.levels:
        rules.setdefault(level.metric, []).append((level, ""))
    for name in mapping.start:
        rules.setdefault(name, []).append((LifeKey("start"), ""))
    for name in mapping.rising:
        rules.setdefault(name, []).append((LifeKey("rising"), ""))
    return rules


def _counter_names(metric: str) -> tuple[str, ...]:
    """OpenMetrics writes a counter with ``_total`` even where the text format does not."""
    return (metric,) if metric.endswith(("_total", "_count")) else (metric, metric + "_total")


def _first(groups: tuple[tuple[_Rule, ...], ...], seen: Collection[str]) -> tuple[tuple[_Rule, ...], ...]:
    if len(groups) < 2:
        return groups
    for group in groups:
        if any(_there(rule.metric, seen) for rule in group):
            return (group,)
    return groups[:1]


def _there(metric: str, seen: Collection[str]) -> bool:
    return any(name in seen for name in (*_counter_names(metric), f"{metric}_count", f"{metric}_bucket"))


def _fits(rule: Calls | Durations | Level, labels: Labels[str, str]) -> bool:
    return all(labels.get(label, "") in values for label, values in rule.only) and not any(
        labels.get(label, "") in values for label, values in rule.never
    )


def _route(asked: tuple[str, ...], labels: Labels[str, str]) -> str:
    return next((text for label in asked if (text := _told(labels, label))), NO_ROUTE)


def _told(labels: Labels[str, str], label: str) -> str:
    """The label's text; '' also for the dash some gateways write for nothing."""
    text = labels.get(label, "")
    return "" if text == "-" else text


def _calls(rule: Calls, labels: Labels[str, str]) -> list[Key]:
    status = status_of(labels.get(rule.status, ""))
    if status is None or not _fits(rule, labels):
        return []
    route = _route(rule.route, labels)
    keys: list[Key] = [TrafficKey(route, _told(labels, rule.method), status)]
    consumer = _told(labels, rule.consumer)
    if consumer:
        keys.append(ConsumerKey(consumer, route, status))
    return keys


def _duration(rule: Durations, part: str, labels: Labels[str, str]) -> list[Key]:
    kind = dict(rule.kinds).get(labels.get(rule.kind_label, "")) if rule.kind_label else rule.kind
    if kind is None or not _fits(rule, labels):
        return []
    route = _route(rule.route, labels)
    if part == "sum":
        return [SumKey(route, kind, 1_000_000.0 if rule.unit == "s" else 1_000.0)]
    if part == "count":
        return [CountKey(route, kind)]
    try:
        le = float(labels.get("le", ""))
    except ValueError:
        return []
    return [BucketKey(route, kind, round(le * 1000.0, 9) if rule.unit == "s" else le)]
