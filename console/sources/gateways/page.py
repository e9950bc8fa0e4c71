"""One metrics page and what the last one left → facts. Pure and of module level, so that a worker process can do it.

One would get wrong: summing buckets of histograms with different bounds (each raw histogram is taken apart on its own),
calling a span covered for calls when the page holds no call counter at all, and reading only the chosen alternative:
all alternatives are remembered, or a later choice would count their past.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from console.model.errors import SourceError, Trouble
from console.model.facts import (
    TEN_MINUTES,
    ConsumerTraffic,
    Covered,
    Facts,
    Fetched,
    Gauge,
    Latency,
    LatencySum,
    Traffic,
)
from console.model.moment import SECOND, from_seconds, minute_of
from console.sources.formats.prometheus_text import reader
from console.sources.gateways.counters import Floats, Life, Page, Step, decode, encode, grown, step
from console.sources.gateways.layout import Layout, layouts
from console.sources.gateways.mapping import Mapping, metric_names, traffic_metrics


@dataclass(frozen=True, slots=True)
class Refused:
    """A page that gave nothing, as a value: an exception would have to survive the way back from a worker process."""

    trouble: Trouble
    message: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What does not change between two pages of a source. ``period_us``: µs between two polls."""

    source: str
    mapping: Mapping
    period_us: int
    own_words: bool = False
    """The user's own mapping: an empty page may simply not have counted yet."""


@lru_cache(maxsize=64)
def _wanted(mapping: Mapping) -> frozenset[str]:
    return frozenset(metric_names(mapping))


@lru_cache(maxsize=64)
def fingerprint(mapping: Mapping) -> bytes:
    """Eight bytes that change with the mapping: series it did not read before must not bring their past."""
    return blake2b(repr(mapping).encode(), digest_size=8).digest()


def digest(body: bytes, content_type: str, asked: Asked, cursor: bytes, now: int) -> Fetched | Refused:
    """Facts since the page that left ``cursor``, with the next cursor. Never raises for what the page may hold."""
    try:
        samples = reader(_wanted(asked.mapping)).read(body, content_type)
    except SourceError as error:
        return Refused(error.trouble, error.message)
    if not samples and not asked.own_words:
        return Refused(
            Trouble.UNREADABLE,
            f"The page holds no metric of {asked.mapping.title}; check url and flavour ({asked.mapping.hint}).",
        )
    series = tuple(sample[0] for sample in samples)
    values = np.fromiter((sample[1] for sample in samples), np.float64, len(samples))
    layout = layouts(asked.mapping).of(series)
    starts = values[layout.starts]
    page = Page(
        layout.ids,
        values[layout.counted],
        layout.proof,
        layout.rising,
        max(starts[np.isfinite(starts)].tolist(), default=None),
    )
    last = decode(cursor)
    taken = step(last, page, now, fingerprint(asked.mapping))
    before = last.at if last is not None and taken.life is not Life.FIRST else None
    facts = Facts()
    span_from = _cover(facts, asked, taken, page, before, now, _speaks(layout))
    silent = _tell(facts, asked.source, layout, page, taken, now, span_from)
    elapsed_s = (now - before) / SECOND if before is not None else 0.0
    _gauges(facts, asked.source, layout, values, page, taken, now, elapsed_s)
    return Fetched(
        facts,
        cursor=encode(taken.memory),
        partial=_partial(layout, taken, silent, before, now),
        seen_bytes=len(body),
        note=layout.note,
    )


def _speaks(layout: Layout) -> bool:
    """Whether the page can tell zero calls from unknown ones."""
    settled = layout.settled
    return not settled.calls or any(name in layout.names for name in traffic_metrics(settled))


def _cover(
    facts: Facts, asked: Asked, taken: Step, page: Page, before: int | None, now: int, speaks: bool
) -> int | None:
    """Adds the covered span; returns ``span_from`` of the rows, None where they belong to their minute.

    After a restart in a long silence only the new process' life is known: from its start when the page tells it, else
    the rows keep the silence as their span and nothing of it is covered.
    """
    if before is None or now <= before or taken.life in (Life.FIRST, Life.OTHER):
        return None
    since, sure = before, True
    if taken.life is Life.RESTARTED and now - before > 2 * asked.period_us:
        sure = page.start is not None and before < from_seconds(page.start) < now
        since = from_seconds(page.start) if sure and page.start is not None else before
    whole = now - since > 2 * asked.period_us
    if speaks and sure:
        facts.covered.append(Covered(asked.source, since, now, whole))
    return since if whole else None


def _tell(facts: Facts, source: str, layout: Layout, page: Page, taken: Step, now: int, span_from: int | None) -> int:
    """Adds the rows; returns how many calls were begun that no status counter tells of."""
    minute, ten = minute_of(now), now - now % TEN_MINUTES
    growth = grown(page.values, taken.base)
    facts.traffic = [Traffic(minute, source, *key, n, span_from) for key, n in layout.traffic.told(growth)]
    facts.consumer_traffic = [
        ConsumerTraffic(ten, source, *key, n, span_from) for key, n in layout.consumers.told(growth)
    ]
    summed = layout.sums.places
    us = layout.sums.added(grown(page.values[summed], taken.base[summed], layout.us_per_unit))
    calls = layout.counts.added(growth[layout.counts.places])
    facts.latency_sum = [
        LatencySum(minute, source, *key, int(calls[place]), int(us[place]), span_from)
        for place, key in enumerate(layout.sums.keys)
        if calls[place] or us[place]
    ]
    facts.latency = [
        Latency(minute, source, *key, n, span_from) for key, n in layout.buckets.told(growth, np.isfinite(taken.base))
    ]
    begun = int(growth[layout.attempts].sum())
    return begun - sum(row.calls for row in facts.traffic) if begun else 0


def _gauges(
    facts: Facts,
    source: str,
    layout: Layout,
    values: Floats,
    page: Page,
    taken: Step,
    now: int,
    elapsed_s: float,
) -> None:
    levels: dict[tuple[str, str], float] = {}
    parts: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for place, key, scale in layout.levels:
        value = float(values[place])
        if not np.isfinite(value):
            continue
        name = (key.name, key.labels)
        if key.role == "level":
            levels[name] = levels.get(name, 0.0) + value * scale
        elif key.role == "worst":
            levels[name] = min(levels.get(name, value * scale), value * scale)
        else:
            parts[name][key.role] += value
    if elapsed_s > 0:
        for place, key, scale in layout.rates:
            if np.isfinite(taken.base[place]):
                grew = max(0.0, float(page.values[place] - taken.base[place]))
                parts[key.name, key.labels][key.role] += grew * scale
    for name, held in parts.items():
        if held["size"] > 0 and "free" in held:
            levels[name] = 1.0 - held["free"] / held["size"]
        elif held["busy"] + held["idle"] > 0:
            levels[name] = held["busy"] / (held["busy"] + held["idle"])
        elif "rate" in held:
            levels[name] = held["rate"] / elapsed_s
    facts.gauge = [Gauge(now, source, name, labels, value) for (name, labels), value in levels.items()]


def _partial(layout: Layout, taken: Step, silent: int, before: int | None, now: int) -> str:
    settled = layout.settled
    sentences: list[str] = []
    if not _speaks(layout):
        name = traffic_metrics(settled)[0]
        sentences.append(f"No calls are counted on the page yet ({name} is missing): {settled.hint}.")
    elif settled.slow_hint and not any(
        f"{d.metric}_count" in layout.names for batch in settled.durations for d in batch
    ):
        sentences.append(f"The page holds no latencies: {settled.slow_hint}.")
    if taken.unreadable:
        what = "1 counter was" if taken.unreadable == 1 else f"{taken.unreadable} counters were"
        sentences.append(f"{what} no usable number (NaN, infinite or negative) and left out.")
    if silent > 0:
        what = "1 call" if silent == 1 else f"{silent} calls"
        sentences.append(
            f"{what} ended in an error of {settled.title} itself whose status its page does not tell; not counted."
        )
    if taken.life is Life.OTHER:
        sentences.append(
            "Another, older process answered than last time; its counts start now. Give each instance its own source."
        )
    if before is not None and now < before:
        sentences.append(
            f"This machine's clock went back by {(before - now) / SECOND:.0f} s; the counts stand at the new time."
        )
    return " ".join(sentences)
