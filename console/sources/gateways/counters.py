"""Raw counters of two scrapes → what happened in between. Pure arithmetic over arrays, and the cursor that keeps it.

A counter is a memory of its process. One would get wrong: taking a single smaller value for the restart of everything
while the process demonstrably lives (some gateways let idle series expire), counting the past of a series we could
not read last time, counting the history of a second process behind the same address, and losing fractions by rounding
each difference (we difference the rounded totals, so the sum over time is exact).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ids = NDArray[np.uint64]
Flags = NDArray[np.bool_]

_START_SLACK_S = 1.5
"""Clients compute the start from a boot time that the kernel corrects by up to a second while the process lives."""

_MAX_VALUE = 2.0**62
_MAX_GONE = 50_000


class Life(Enum):
    """What became of the process since the last scrape. ``OTHER``: another process answered this time."""

    FIRST = "first"
    SAME = "same"
    RESTARTED = "restarted"
    OTHER = "other"


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """The cursor: raw values at instant ``at`` (µs), by 8-byte series id, sorted by id.

    ``gone``: series this process showed earlier but not at ``at``, or not readably then (NaN: never readably).
    ``start``: process start, epoch seconds. ``reading``: fingerprint of the mapping; another mapping starts afresh.
    """

    at: int
    start: float | None
    reading: bytes
    ids: Ids
    values: Floats
    gone_ids: Ids
    gone_values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """The tracked series of one scrape, in any order.

    ``proof``: a fall of this one proves a reset (counters of calls; not sums or seconds, which may wobble).
    ``rising``: falls only when the process restarts, whatever else expires.
    """

    ids: Ids
    values: Floats
    proof: Flags
    rising: Flags
    start: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """``base``: aligned with the page; what each value grew from since the last scrape, NaN where nothing can be said.

    ``unreadable``: how many values were no usable numbers. ``memory``: what the next step needs.
    """

    base: Floats
    life: Life
    unreadable: int
    memory: Memory


def step(last: Memory | None, page: Page, now: int, reading: bytes = b"") -> Step:
    """Compare a page with what the last scrape left.

    First scrape: nothing is ours. Restart (start time moved forward, a rising number fell, or, with no such sign on the
    page, any proof fell): all counts from 0. Start time moved back: another process, nothing is ours. Otherwise each
    series from its last value; from 0 if it fell or is new.
    """
    if last is not None and last.reading != reading:
        last = None
    usable = np.isfinite(page.values) & (page.values >= 0) & (page.values < _MAX_VALUE)
    if last is None:
        base = np.full(len(page.values), np.nan)
        return Step(base, Life.FIRST, int((~usable).sum()), _remember(None, page, usable, now, reading))
    before, known = _look_up(last.ids, last.values, page.ids)
    earlier, left = _look_up(last.gone_ids, last.gone_values, page.ids)
    fell = known & usable & (page.values < before)
    life = _life(last, page, known & usable, fell)
    if life is Life.OTHER:
        base = np.full(len(page.values), np.nan)
        return Step(base, life, int((~usable).sum()), _remember(None, page, usable, now, reading))
    if life is Life.RESTARTED:
        base = _one_each(page.ids, np.where(usable, 0.0, np.nan))
        return Step(base, life, int((~usable).sum()), _remember(last, page, usable, now, reading, fresh=True))
    reset = fell & (page.proof | bool((fell & page.proof).any()))
    base = np.where(known, before, 0.0)
    base = np.where(reset, 0.0, np.where(fell, page.values, base))
    returned = ~known & left
    base = np.where(returned, np.where(page.values < earlier, 0.0, earlier), base)
    base = _one_each(page.ids, np.where(usable, base, np.nan))
    return Step(base, life, int((~usable).sum()), _remember(last, page, usable, now, reading))


def grown(values: Floats, base: Floats, scale: float | Floats = 1.0) -> NDArray[np.int64]:
    """round(value × scale) − round(base × scale), 0 where the base is NaN; added up over time it loses nothing."""
    known = np.isfinite(base)
    new = np.rint(np.where(known, values, 0.0) * scale)
    old = np.rint(np.where(known, base, 0.0) * scale)
    whole: NDArray[np.int64] = np.clip(new - old, 0, _MAX_VALUE).astype(np.int64)
    return whole


def per_bucket(bounds: list[float], grown_by: list[int], floor: float = 0.0) -> list[tuple[float, float, int]]:
    """Growth of cumulative buckets → (lower, upper, count) of those that grew, in the unit of the bounds.

    A bucket above its successor (a page read while it was written) is cut to it, so that the sum stays the growth
    of the highest bucket and nothing is negative. ``floor``: the lower end of the first bucket.
    """
    order = sorted(range(len(bounds)), key=bounds.__getitem__)
    above: int | None = None
    cut: list[int] = []
    for place in reversed(order):
        above = grown_by[place] if above is None else min(above, grown_by[place])
        cut.append(above)
    cut.reverse()
    rows: list[tuple[float, float, int]] = []
    lower, below = floor, 0
    for place, total in zip(order, cut, strict=True):
        if total > below:
            rows.append((lower, bounds[place], total - below))
        lower, below = bounds[place], total
    return rows


def encode(memory: Memory) -> bytes:
    """The cursor as bytes: little-endian arrays inside MessagePack."""
    return msgspec.msgpack.encode(
        (
            1,
            memory.at,
            memory.start,
            memory.reading,
            memory.ids.astype("<u8").tobytes(),
            memory.values.astype("<f8").tobytes(),
            memory.gone_ids.astype("<u8").tobytes(),
            memory.gone_values.astype("<f8").tobytes(),
        )
    )


def decode(cursor: bytes) -> Memory | None:
    """The memory in a cursor; None for b'' and for anything not ours: then the next scrape is a first one."""
    if not cursor:
        return None
    try:
        version, at, start, reading, ids, values, gone_ids, gone_values = msgspec.msgpack.decode(cursor, type=_Wire)
        if (
            version != 1
            or len(ids) != len(values)
            or len(gone_ids) != len(gone_values)
            or len(ids) % 8
            or len(gone_ids) % 8
        ):
            return None
    except msgspec.DecodeError:
        return None
    return Memory(at, start, reading, _ids(ids), _floats(values), _ids(gone_ids), _floats(gone_values))


_Wire = tuple[int, int, float | None, bytes, bytes, bytes, bytes, bytes]


def _ids(raw: bytes) -> Ids:
    return np.frombuffer(raw, dtype="<u8").astype(np.uint64, copy=False)


def _floats(raw: bytes) -> Floats:
    return np.frombuffer(raw, dtype="<f8").astype(np.float64, copy=False)


def _life(last: Memory, page: Page, comparable: Flags, fell: Flags) -> Life:
    if page.start is not None and last.start is not None:
        if page.start > last.start + _START_SLACK_S:
            return Life.RESTARTED
        return Life.OTHER if page.start < last.start - _START_SLACK_S else Life.SAME
    if (comparable & page.rising).any():
        return Life.RESTARTED if (fell & page.rising).any() else Life.SAME
    return Life.RESTARTED if (fell & page.proof).any() else Life.SAME


def _look_up(ids: Ids, values: Floats, wanted: Ids) -> tuple[Floats, Flags]:
    """The value of each wanted id (NaN when absent) and whether it is there. ``ids`` is sorted."""
    if len(ids) == 0:
        return np.full(len(wanted), np.nan), np.zeros(len(wanted), dtype=np.bool_)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    there = ids[place] == wanted
    return np.where(there, values[place], np.nan), there


def _one_each(ids: Ids, base: Floats) -> Floats:
    """A series that stands twice on a page grows once: all but its last line say nothing."""
    order = np.argsort(ids, kind="stable")
    twice = order[:-1][ids[order[:-1]] == ids[order[1:]]]
    base[twice] = np.nan
    return base


def _remember(
    last: Memory | None, page: Page, usable: Flags, now: int, reading: bytes, *, fresh: bool = False
) -> Memory:
    """The page as a memory. A series unreadable now keeps its last good value among the gone, NaN without one.

    ``fresh``: the process is new, so that whatever is not readable now counts from 0 later.
    """
    ids, values = _sorted(page.ids[usable], page.values[usable])
    start = page.start if page.start is not None or last is None or fresh else last.start
    if fresh:
        return Memory(now, start, reading, ids, values, _ids(b""), _floats(b""))
    gone_ids, gone_values = page.ids[~usable], np.full(int((~usable).sum()), np.nan)
    if last is not None:
        gone_ids = np.concatenate([gone_ids, last.gone_ids, last.ids])
        gone_values = np.concatenate([gone_values, last.gone_values, last.values])
    gone_ids, gone_values = _sorted(gone_ids, gone_values)
    _, alive = _look_up(ids, values, gone_ids)
    return Memory(now, start, reading, ids, values, gone_ids[~alive][:_MAX_GONE], gone_values[~alive][:_MAX_GONE])


def _sorted(ids: Ids, values: Floats) -> tuple[Ids, Floats]:
    """By id; of equal ids the last stays."""
    order = np.argsort(ids, kind="stable")
    ids, values = ids[order], values[order]
    keep: Any = np.append(ids[:-1] != ids[1:], True) if len(ids) else np.zeros(0, dtype=np.bool_)
    return ids[keep], values[keep]
