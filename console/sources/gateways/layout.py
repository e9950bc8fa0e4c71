"""What the series of a page are, as arrays, worked out once for all pages that expose the same series in the same order.

A page is nearly always the same series as 15 s ago, so that a poll is arithmetic over arrays. One would get wrong:
summing buckets of histograms with different bounds (each raw histogram is taken apart on its own), and laying out only
the chosen alternative: all alternatives are remembered, or a later choice would count their past.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from console.sources.formats.prometheus_text import Series
from console.sources.gateways.counters import Flags, Floats, Ids, per_bucket
from console.sources.gateways.mapping import (
    AttemptKey,
    BucketKey,
    ConsumerKey,
    CountKey,
    GaugeKey,
    Key,
    LifeKey,
    Mapping,
    SumKey,
    TrafficKey,
    place,
    scale_of,
    settle,
    sparse_metrics,
)

Places = NDArray[np.intp]
Counts = NDArray[np.int64]
K = TypeVar("K", bound=tuple[Any, ...])

_PROOFS = (TrafficKey, BucketKey, CountKey)
_COUNTED = (*_PROOFS, SumKey, AttemptKey)
_COUNTED_ROLES = ("rate", "idle", "busy")
_MOST_SERIES = 600_000
"""Remembered over all layouts of a mapping: 200 gateways of 3 000 series."""


class Tally(Generic[K]):
    """Sums over several series by key. ``places``: where the series stand among the counted; ``keys``: what they tell."""

    def __init__(self, pairs: Iterable[tuple[int, K]], keys: dict[K, int] | None = None):
        number: dict[K, int] = {} if keys is None else keys
        found = [(at, number.setdefault(key, len(number))) for at, key in pairs]
        self.places: Places = np.array([at for at, _ in found], np.intp)
        self._targets: Places = np.array([target for _, target in found], np.intp)
        self.number = number

    @property
    def keys(self) -> list[K]:
        return list(self.number)

    def added(self, amounts: Counts) -> Counts:
        """The sum by key of amounts that stand in the order of ``places``."""
        sums = np.zeros(len(self.number), np.int64)
        np.add.at(sums, self._targets, amounts)
        return sums

    def told(self, growth: Counts) -> Iterator[tuple[K, int]]:
        """Keys that grew, with by how much; ``growth`` is over all counted series."""
        sums = self.added(growth[self.places])
        return ((key, n) for key, n in zip(self.number, sums.tolist(), strict=True) if n)


@dataclass(frozen=True, slots=True)
class _Histogram:
    """One raw histogram: its buckets by bound. ``every``: all bounds its sparse metric shows on the page."""

    route: str
    kind: str
    bounds: tuple[float, ...]
    places: tuple[int, ...]
    every: tuple[float, ...]

    def floor(self, lowest: float) -> float:
        return max((bound for bound in self.every if bound < lowest), default=0.0)


class Buckets:
    """Growth of cumulative buckets → calls by (route, kind, lower_ms, upper_ms), as ``per_bucket`` tells it.

    All histograms at once, padded to the widest one. A histogram of which some buckets are not comparable (new, doubled)
    is taken apart by itself.
    """

    def __init__(self, histograms: Sequence[_Histogram]) -> None:
        self._histograms = histograms
        widest = max((len(h.bounds) for h in histograms), default=0)
        shape = (len(histograms), widest)
        self._places: Places = np.zeros(shape, np.intp)
        self._there: Flags = np.zeros(shape, np.bool_)
        self._targets: Places = np.zeros(shape, np.intp)
        number: dict[tuple[str, str, float, float], int] = {}
        for row, held in enumerate(histograms):
            lower = held.floor(held.bounds[0])
            for column, (bound, at) in enumerate(zip(held.bounds, held.places, strict=True)):
                self._places[row, column] = at
                self._there[row, column] = True
                key = (held.route, held.kind, lower, bound)
                self._targets[row, column] = number.setdefault(key, len(number))
                lower = bound
        self._keys = list(number)

    def told(self, growth: Counts, known: Flags) -> Iterator[tuple[tuple[str, str, float, float], int]]:
        """Buckets that counted something. ``known``: the series whose growth can be said."""
        if not self._histograms:
            return iter(())
        most = np.iinfo(np.int64).max
        comparable = known[self._places]
        whole = np.asarray((comparable | ~self._there).all(axis=1))
        upto = np.where(self._there, growth[self._places], most)
        upto = np.minimum.accumulate(upto[:, ::-1], axis=1)[:, ::-1]
        below = np.zeros_like(upto)
        below[:, 1:] = upto[:, :-1]
        use = self._there & whole[:, None]
        sums = np.zeros(len(self._keys), np.int64)
        np.add.at(sums, self._targets[use], (upto - below)[use])
        rows = {key: n for key, n in zip(self._keys, sums.tolist(), strict=True) if n}
        for place_ in np.flatnonzero(~whole & comparable.any(axis=1)).tolist():
            self._alone(self._histograms[place_], growth, known, rows)
        return iter(rows.items())

    def _alone(
        self, held: _Histogram, growth: Counts, known: Flags, rows: dict[tuple[str, str, float, float], int]
    ) -> None:
        usable = [(bound, at) for bound, at in zip(held.bounds, held.places, strict=True) if known[at]]
        bounds = [bound for bound, _ in usable]
        grown_by = [int(growth[at]) for _, at in usable]
        for lower, upper, count in per_bucket(bounds, grown_by, held.floor(bounds[0])):
            key = (held.route, held.kind, lower, upper)
            rows[key] = rows.get(key, 0) + count


@dataclass(frozen=True, slots=True)
class _Placed:
    keys: tuple[Key, ...]
    scale: float
    counted: bool
    proof: bool
    rising: bool
    start: bool


class _Plan(dict[Series, _Placed]):
    """What each series is, worked out once a series. ``settled`` decides what is told, ``whole`` what is remembered."""

    def __init__(self, whole: Mapping, settled: Mapping) -> None:
        super().__init__()
        self.whole, self.settled = whole, settled

    def __missing__(self, series: Series) -> _Placed:
        known = place(self.whole, series.name, series.labels)
        placed = _Placed(
            keys=place(self.settled, series.name, series.labels),
            scale=scale_of(self.settled, series.name),
            counted=any(
                isinstance(key, _COUNTED) or (isinstance(key, GaugeKey) and key.role in _COUNTED_ROLES) for key in known
            )
            or LifeKey("rising") in known,
            proof=any(isinstance(key, _PROOFS) for key in known),
            rising=LifeKey("rising") in known,
            start=LifeKey("start") in known,
        )
        if len(self) > 120_000:
            self.clear()
        self[series] = placed
        return placed


@lru_cache(maxsize=64)
def _plan(whole: Mapping, settled: Mapping) -> _Plan:
    return _Plan(whole, settled)


class Layout:
    """``counted``: where the remembered series stand on the page; ``ids proof rising`` are theirs, see ``counters.Page``.

    ``sums`` and ``counts`` share their keys (route, kind); ``us_per_unit`` belongs to ``sums.places``. ``levels`` are
    (place on the page, key, scale), ``rates`` (place among the counted, key, scale). ``note``: ``APISIX 3.18.0 · 41 routes``.
    """

    def __init__(self, mapping: Mapping, series: Sequence[Series]) -> None:
        seen: dict[str, list[Any]] = defaultdict(list)
        for one in series:
            seen[one.name].append(one.labels)
        self.settled = settle(mapping, seen)
        self.names = frozenset(seen)
        plan = _plan(mapping, self.settled)
        placed = [plan[one] for one in series]
        counted = [at for at, held in enumerate(placed) if held.counted]
        self.counted: Places = np.array(counted, np.intp)
        self.ids: Ids = np.array([series[at].id for at in counted], np.uint64)
        self.proof: Flags = np.array([placed[at].proof for at in counted], np.bool_)
        self.rising: Flags = np.array([placed[at].rising for at in counted], np.bool_)
        self.starts: Places = np.array([at for at, held in enumerate(placed) if held.start], np.intp)
        keyed = [(at, key, placed[spot].scale) for at, spot in enumerate(counted) for key in placed[spot].keys]
        self.traffic = Tally((at, (k.route, k.method, k.status)) for at, k, _ in keyed if isinstance(k, TrafficKey))
        self.consumers = Tally(
            (at, (k.consumer, k.route, k.status)) for at, k, _ in keyed if isinstance(k, ConsumerKey)
        )
        self.sums = Tally((at, (k.route, k.kind)) for at, k, _ in keyed if isinstance(k, SumKey))
        self.us_per_unit: Floats = np.array([k.us_per_unit for _, k, _ in keyed if isinstance(k, SumKey)], np.float64)
        self.counts = Tally(
            ((at, (k.route, k.kind)) for at, k, _ in keyed if isinstance(k, CountKey)), keys=self.sums.number
        )
        self.attempts: Places = np.array([at for at, k, _ in keyed if isinstance(k, AttemptKey)], np.intp)
        self.rates = [(at, k, scale) for at, k, scale in keyed if isinstance(k, GaugeKey)]
        self.levels = [
            (at, key, held.scale)
            for at, held in enumerate(placed)
            for key in held.keys
            if isinstance(key, GaugeKey) and key.role not in _COUNTED_ROLES
        ]
        self.buckets = Buckets(_histograms(self.settled, series, counted, placed))
        routes = {key.route for held in placed for key in held.keys if isinstance(key, TrafficKey)}
        self.note = describe(self.settled, series, routes)


def _histograms(
    settled: Mapping, series: Sequence[Series], counted: list[int], placed: list[_Placed]
) -> list[_Histogram]:
    sparse = sparse_metrics(settled)
    every: dict[str, set[float]] = defaultdict(set)
    groups: dict[int, tuple[BucketKey, str, list[tuple[float, int]]]] = {}
    for at, spot in enumerate(counted):
        for key in placed[spot].keys:
            if isinstance(key, BucketKey):
                if series[spot].name in sparse:
                    every[series[spot].name].add(key.le_ms)
                held = groups.setdefault(series[spot].group, (key, series[spot].name, []))
                held[2].append((key.le_ms, at))
    found = []
    for key, name, buckets in groups.values():
        ordered = sorted(buckets, key=lambda bucket: bucket[0])
        bounds, places = zip(*ordered, strict=True)
        found.append(_Histogram(key.route, key.kind, bounds, places, tuple(every.get(name, ()))))
    return found


def describe(mapping: Mapping, series: Iterable[Series], routes: set[str]) -> str:
    """``APISIX 3.18.0 · 41 routes``."""
    words = mapping.title
    if mapping.version is not None:
        metric, label = mapping.version
        version = next((s.labels[label] for s in series if s.name == metric and s.labels.get(label)), "")
        words = f"{words} {version}".strip()
    return f"{words} · {len(routes)} route{'' if len(routes) == 1 else 's'}" if mapping.calls else words


class Layouts:
    """The layouts of one mapping by their series, the least used ones given up first. Not for two threads at once."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._held: OrderedDict[tuple[Series, ...], Layout] = OrderedDict()
        self._series = 0

    def of(self, series: tuple[Series, ...]) -> Layout:
        layout = self._held.get(series)
        if layout is None:
            layout = self._held[series] = Layout(self._mapping, series)
            self._series += len(series)
            while self._series > _MOST_SERIES and len(self._held) > 1:
                gone, _ = self._held.popitem(last=False)
                self._series -= len(gone)
        else:
            self._held.move_to_end(series)
        return layout


@lru_cache(maxsize=64)
def layouts(mapping: Mapping) -> Layouts:
    return Layouts(mapping)
