"""Every KPI read slowly: the definition in its head, in plain Python over plain values. Unknown is None."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise

from console.model.moment import MINUTE, SECOND
from console.model.number import Slice
from tests.queries.worlds import BUCKETS, CUSTOMERS, END, INTERNAL, OWNERS, SAID, T0, Told, World

Answer = tuple[float | None, int]
Formula = Callable[[World, int, int, Slice], Answer]
_TEN = 10 * MINUTE
BY_KEY = frozenset({
    "error_rate_5xx", "error_rate_4xx", "availability_by_calls", "throttled", "rejected", "routing_success", "throughput",
})  # fmt: skip
"""Those that are told by segment through the keys that call, in tens of minutes."""
_DONE = ("resolved", "closed")
_WISHES = ("question", "training", "enhancement")


def asked(world: World, name: str, start: int, end: int, part: Slice) -> Answer:
    """The KPI of that name over [start, end), narrowed to a part."""
    start, end = _within(world, start, end, part)
    if part.segment is not None and name in BY_KEY:
        start, end = start - start % _TEN, min(END, -(-end // _TEN) * _TEN)
    return FORMULAS[name](world, start, end, part)


def is_out(world: World, start: int, end: int, part: Slice) -> bool:
    """Whether the part's release was out in the window."""
    since, until = _within(world, start, end, part)
    return since < until


def _within(world: World, start: int, end: int, part: Slice) -> tuple[int, int]:
    """The window as far as the part's release was out."""
    if part.release is None:
        return start, end
    since, until = release_window(world, part.release)
    start = max(start, since)
    return start, max(start, min(end, until))


def release_window(world: World, version: str) -> tuple[int, int]:
    runs: list[tuple[int, str]] = []
    for at, name, _ in sorted(world.releases):
        if not runs or runs[-1][1] != name:
            runs.append((at, name))
    starts = [at for at, _ in runs] + [END]
    place = max(i for i, (_, name) in enumerate(runs) if name == version)
    return starts[place], starts[place + 1]


# -- gateway


def _calls(world: World, start: int, end: int, part: Slice) -> list[tuple[str, int, int]]:
    if part.consumer is None and part.segment is None:
        rows = [(m, route, status, n) for m, route, status, n in world.all_calls]
    else:
        rows = [
            (m, route, status, n)
            for m, who, route, status, n in world.asked
            if part.consumer in (None, who) and part.segment in (None, OWNERS.get(who))
        ]
    return [
        (route, status, n)
        for m, route, status, n in rows
        if start <= m < end and route != INTERNAL and part.route in (None, route)
    ]


def _share(good: Callable[[str, int], bool]) -> Formula:
    def formula(world: World, start: int, end: int, part: Slice) -> Answer:
        rows = _calls(world, start, end, part)
        n = sum(calls for *_, calls in rows)
        return (sum(c for route, status, c in rows if good(route, status)) / n if n else None), n

    return formula


def _throughput(world: World, start: int, end: int, part: Slice) -> Answer:
    n = sum(calls for *_, calls in _calls(world, start, end, part))
    return n / ((end - start) / SECOND), n


def _percentile(p: str, kind: str = "total") -> Formula:
    def formula(world: World, start: int, end: int, part: Slice) -> Answer:
        held = [0] * len(BUCKETS)
        for m, route, of, bucket, n in world.times:
            if start <= m < end and of == kind and route != INTERNAL and part.route in (None, route):
                held[bucket] += n
        total, before = sum(held), 0
        rank = Fraction(p) * total
        for (low, high), n in zip(BUCKETS, held, strict=True):
            if n and before + n >= rank:
                return (low if high == float("inf") else low + (high - low) * float((rank - before) / n)), total
            before += n
        return None, 0

    return formula


def _latency_mean(world: World, start: int, end: int, part: Slice) -> Answer:
    rows = [
        (n, us) for m, route, n, us in world.sums
        if start <= m < end and route != INTERNAL and part.route in (None, route)
    ]  # fmt: skip
    n = sum(calls for calls, _ in rows)
    return (sum(us for _, us in rows) / n / 1000 if n else None), n


def _minutes(world: World, start: int, end: int) -> list[bool]:
    """Whether each minute was good: less than one call in twenty failed."""
    found = []
    for minute in range(start, end, MINUTE):
        rows = [(s, n) for m, route, s, n in world.all_calls if m == minute and route != INTERNAL]
        found.append(sum(n for s, n in rows if s >= 500) < 0.05 * sum(n for _, n in rows))
    return found


def _availability(world: World, start: int, end: int, part: Slice) -> Answer:
    states = _minutes(world, start, end)
    return (sum(states) / len(states) if states else None), len(states)


def _mtbf(world: World, start: int, end: int, part: Slice) -> Answer:
    states = _minutes(world, start, end)
    failures = sum(1 for i, good in enumerate(states) if not good and (i == 0 or states[i - 1]))
    return (60.0 * sum(states) / failures if failures else None), failures


def _capacity(world: World, start: int, end: int, part: Slice) -> Answer:
    told = [(at, value) for at, name, value, _ in world.measures if name == "gateway_capacity" and at < end]
    busiest = max(
        (
            sum(n for m, route, _, n in world.all_calls if m == minute and route != INTERNAL)
            for minute in range(start, end, MINUTE)
        ),
        default=0,
    )
    capacity = max(told)[1] if told else 0
    return (busiest / 60 / capacity if capacity and busiest else None), busiest


# -- counted elsewhere


def _read(world: World, name: str, start: int, end: int, gauges: bool = False) -> list[tuple[int, float, str]]:
    rows = world.measures + (world.gauges if gauges else [])
    return [(at, value, label) for at, of, value, label in rows if of == name and start <= at < end]


def _summed(name: str) -> Formula:
    def formula(world: World, start: int, end: int, part: Slice) -> Answer:
        values = [v for _, v, _ in _read(world, name, start, end)]
        return (sum(values) if values else None), len(values)

    return formula


def _mean_of(name: str, gauges: bool = False) -> Formula:
    def formula(world: World, start: int, end: int, part: Slice) -> Answer:
        rows = _read(world, name, start, end, gauges)
        return _mean([v for _, v, label in rows if part.segment is None or SAID[label] == part.segment])

    return formula


def _disk(world: World, start: int, end: int, part: Slice) -> Answer:
    values = [v for _, v, _ in _read(world, "disk", start, end, gauges=True)]
    return max(values, default=None), len(values)


def _network(world: World, start: int, end: int, part: Slice) -> Answer:
    groups: dict[tuple[str, str], list[float]] = {}
    for name in ("network_receive", "network_transmit"):
        for _, value, label in _read(world, name, start, end, gauges=True):
            groups.setdefault((name, label), []).append(value)
    n = sum(map(len, groups.values()))
    return (sum(sum(v) / len(v) for v in groups.values()) if n else None), n


def _page_load(world: World, start: int, end: int, part: Slice) -> Answer:
    newest: dict[str, tuple[int, float]] = {}
    rows = _read(world, "page_load_p75", start, end)
    for at, value, label in rows:
        newest[label] = max(newest.get(label, (0, 0.0)), (at, value))
    return max((value for _, value in newest.values()), default=None), len(rows)


def _scores(world: World, kind: str, start: int, end: int, part: Slice) -> list[int]:
    """Of a part: by who answered, else by the ticket the answer is about. Who answers anew about a ticket counts once; of
    strangers nobody knows whether they are one."""
    last = {(of, who, key): at for at, of, _, who, key in sorted(world.surveys) if key and who and at < end}
    by_key = {name: t.segment or None for t in world.tickets for name in (t.key, f"jira:{t.key}")}
    return [
        score
        for at, of, score, who, key in world.surveys
        if of == kind
        and start <= at < end
        and last.get((of, who, key), at) == at
        and part.segment in (None, CUSTOMERS[who] or by_key.get(key))
    ]


def _csat(world: World, start: int, end: int, part: Slice) -> Answer:
    scores = _scores(world, "support", start, end, part)
    return (sum(s >= 4 for s in scores) / len(scores) if scores else None), len(scores)


def _nps(world: World, start: int, end: int, part: Slice) -> Answer:
    scores = _scores(world, "nps", start, end, part)
    return _mean([100.0 * ((s >= 9) - (s <= 6)) for s in scores])


# -- tickets


def _tickets(world: World, part: Slice) -> list[Told]:
    wanted = {
        "severity": part.severity,
        "kind": part.kind,
        "area": part.area,
        "channel": part.channel,
        "segment": part.segment,
    }
    return [t for t in world.tickets if all(v is None or getattr(t, name) == v for name, v in wanted.items())]


def history(t: Told, until: int | None = None) -> list[tuple[int, str]]:
    steps = [(t.created, "new"), *t.steps]
    return [s for s in steps if until is None or s[0] < until]


def resolved(t: Told) -> int | None:
    """When it was resolved for good: the first done of the stretch that still stands."""
    found = None
    for at, status in reversed(history(t)):
        if status not in _DONE:
            break
        found = at
    return found


def first_resolved(t: Told) -> int | None:
    return next((at for at, status in history(t) if status in _DONE), None)


def reopened(t: Told) -> int:
    states = [status for _, status in history(t)]
    return sum(b not in _DONE and a in _DONE for a, b in pairwise(states))


def acknowledged(t: Told) -> int | None:
    return min([at for at, status in t.steps if status != "new"] + list(t.answers), default=None)


_RESPOND_S = {"P1": 900, "P2": 3600, "P3": 14_400, "P4": 28_800}
_RESOLVE_S = {"P1": 14_400, "P2": 86_400, "P3": 288_000}


def _answering(t: Told) -> tuple[int | None, int | None]:
    """When a response was promised to be there, and when it was; the promise None where there is none."""
    goal = 14_400 if t.kind == "question" else _RESPOND_S.get(t.severity)
    began = t.created // SECOND
    told = acknowledged(t)
    ended = None if told is None or told > END else max(began, told // SECOND)
    return None if goal is None else began + goal, ended


def _resolving(t: Told) -> tuple[int | None, int | None]:
    """The same of a resolution, in seconds that the ticket was open; a world is too short for ten working days."""
    goal = {"question": 172_800, "enhancement": None}.get(t.kind, _RESOLVE_S.get(t.severity))
    if goal is None:
        return None, None
    left, due = goal, None
    for (at, status), (until, _) in pairwise([*history(t, END + 1), (END, "")]):
        if status not in _DONE and due is None:
            length = until // SECOND - at // SECOND
            due = at // SECOND + left if length > left and t.severity != "P3" else None
            left -= length
    done = resolved(dataclasses.replace(t, steps=tuple(s for s in t.steps if s[0] <= END)))
    ended = None if done is None else done // SECOND
    return due if due is not None else END, ended


def _kept(clock: Callable[[Told], tuple[int | None, int | None]]) -> Formula:
    def formula(world: World, start: int, end: int, part: Slice) -> Answer:
        kept = broken = 0
        for t in _tickets(world, part):
            due, ended = clock(t)
            if due is None:
                continue
            if due < (END // SECOND if ended is None else ended):
                broken += start <= due * SECOND < end
            elif ended is not None:
                kept += start <= ended * SECOND < end
        return (kept / (kept + broken) if kept + broken else None), kept + broken

    return formula


def deployed(world: World, t: Told) -> int | None:
    if t.deployed is not None:
        return t.deployed
    done = resolved(t)
    if done is None or t.kind in _WISHES:
        return None
    return min((at for at, _, kind in world.releases if kind != "canary" and at >= done), default=None)


def _opened(world: World, start: int, end: int, part: Slice) -> list[Told]:
    return [t for t in _tickets(world, part) if start <= t.created < end]


def _took(when: Callable[[World, Told], int | None], severity: str | None = None) -> Formula:
    def formula(world: World, start: int, end: int, part: Slice) -> Answer:
        found = [(t, when(world, t)) for t in _tickets(world, part) if severity in (None, t.severity)]
        return _mean([(at - t.created) // 1000 / 1000 for t, at in found if at is not None and start <= at < end])

    return formula


def _counted(chosen: Callable[[Told, int, int], bool]) -> Formula:
    def formula(world: World, start: int, end: int, part: Slice) -> Answer:
        n = sum(chosen(t, start, end) for t in _tickets(world, part))
        return float(n), n

    return formula


def _ratio(among: Callable[[Told, int, int], bool], good: Callable[[Told], bool]) -> Formula:
    def formula(world: World, start: int, end: int, part: Slice) -> Answer:
        found = [t for t in _tickets(world, part) if among(t, start, end)]
        return (sum(map(good, found)) / len(found) if found else None), len(found)

    return formula


def _inside(when: Callable[[Told], int | None]) -> Callable[[Told, int, int], bool]:
    return lambda t, start, end: (at := when(t)) is not None and start <= at < end


def _backlog(t: Told, _start: int, end: int) -> bool:
    past = history(t, end)
    return bool(past) and past[-1][1] not in _DONE


def _growth(world: World, start: int, end: int, part: Slice) -> Answer:
    opened = len(_opened(world, start, end, part))
    done = sum(_inside(resolved)(t, start, end) for t in _tickets(world, part))
    return float(opened - done), opened + done


def _a_day(world: World, start: int, end: int, part: Slice) -> Answer:
    n = sum(t.kind != "enhancement" for t in _opened(world, start, end, part))
    return n / ((end - start) / SECOND / 86_400), n


def _busiest_channel(world: World, start: int, end: int, part: Slice) -> Answer:
    names = [t.channel or "unset" for t in _opened(world, start, end, part)]
    return (max(names.count(c) for c in set(names)) / len(names) if names else None), len(names)


def _density(world: World, start: int, end: int, part: Slice) -> Answer:
    areas = {t.area for t in _tickets(world, part) if t.area and t.created < end}
    bugs = sum(t.kind == "bug" and t.area != "" for t in _opened(world, start, end, part))
    return (bugs / len(areas) if areas else None), bugs


def parts(world: World, name: str, start: int, end: int, part: Slice) -> dict[str, int]:
    """The parts of a distribution by label."""
    rows = _opened(world, *_within(world, start, end, part), part)
    match name:
        case "volume_by_severity":
            labels = [t.severity or "unset" for t in rows if t.kind != "enhancement"]
            return {label: labels.count(label) for label in ("P1", "P2", "P3", "P4", "unset")}
        case "channel_use":
            labels = [t.channel or "unset" for t in rows]
        case "bug_density":
            labels = [t.area or "no area" for t in rows if t.kind == "bug"]
        case _:
            labels = [t.kind for t in rows]
    return {label: labels.count(label) for label in set(labels)}


def _mean(values: Iterable[float]) -> Answer:
    held = list(values)
    return (sum(held) / len(held) if held else None), len(held)


FORMULAS: dict[str, Formula] = {
    "availability": _availability,
    "availability_by_calls": _share(lambda _, s: s < 500),
    "mtbf": _mtbf,
    "routing_success": _share(lambda route, s: s not in (502, 503, 504) and route != "(no route)"),
    "gateway_capacity": _capacity,
    "error_rate_5xx": _share(lambda _, s: s >= 500),
    "error_rate_4xx": _share(lambda _, s: 400 <= s < 500),
    "throttled": _share(lambda _, s: s == 429),
    "rejected": _share(lambda _, s: s in (401, 403)),
    "throughput": _throughput,
    "latency_mean": _latency_mean,
    "latency_p50": _percentile("0.5"),
    "latency_p95": _percentile("0.95"),
    "latency_p99": _percentile("0.99"),
    "latency_gateway_p95": _percentile("0.95", "gateway"),
    "cpu": _mean_of("cpu", gauges=True),
    "memory": _mean_of("memory", gauges=True),
    "disk": _disk,
    "network": _network,
    **{name: _summed(name) for name in (
        "failed_logins", "suspicious_requests", "app_errors", "ai_calls", "ai_tokens", "ai_cost", "operation_cost")},
    **{name: _mean_of(name) for name in ("adoption", "conversion", "churn", "sentiment_negative")},
    "page_load_p75": _page_load,
    "csat": _csat,
    "nps": _nps,
    "opened": _counted(_inside(lambda t: t.created)),
    "resolved": _counted(_inside(resolved)),
    "backlog": _counted(_backlog),
    "backlog_growth": _growth,
    "tickets_per_day": _a_day,
    "volume_by_severity": _counted(lambda t, start, end: start <= t.created < end and t.kind != "enhancement"),
    "channel_use": _busiest_channel,
    "bug_density": _density,
    "feedback_mix": _ratio(_inside(lambda t: t.created), lambda t: t.kind not in _WISHES),
    "first_contact_resolution": _ratio(_inside(resolved), lambda t: len(t.answers) == 1 and not reopened(t)),
    "reopen_rate": _ratio(_inside(first_resolved), lambda t: reopened(t) > 0),
    "mtta": _took(lambda _, t: acknowledged(t)),
    "mttr": _took(lambda _, t: resolved(t)),
    "mttr_final": _took(lambda _, t: resolved(t)),
    "mttr_first": _took(lambda _, t: first_resolved(t)),
    **{f"mttr_{p.lower()}": _took(lambda _, t: resolved(t), p) for p in ("P1", "P2", "P3", "P4")},
    "time_to_deploy": _took(deployed),
    "sla_response_adherence": _kept(_answering),
    "sla_resolution_adherence": _kept(_resolving),
}  # fmt: skip
assert T0 < END
