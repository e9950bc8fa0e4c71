"""Candidates among the gateway's facts: routes by code and by time, codes, methods, consumers, all calls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from console.model.moment import MINUTE, Span
from console.model.spike import Counts, Family
from console.model.spike_windows import Windows, by_the_hour
from console.queries import spike_facts as facts
from console.queries.reader import Reader
from console.queries.spike_cube import Rows, fetch, known_seconds, places
from console.store.columns import repr_text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TEN_MINUTES = 10 * MINUTE
_SLOW_SHARE = 0.1
"""Of the calls before, those called slow: about the slowest tenth, cut at a bound of the source's own buckets."""


def calls(reader: Reader, asked: Windows) -> list[Family]:
    """From calls by route, method and status: nothing on internal routes."""
    rows = fetch(
        reader,
        asked,
        facts.rows(reader, asked, facts.TRAFFIC, long=by_the_hour(asked.span)),
        {"route": "route", "method": "method"},
        {"status": "status"},
    )
    if not len(rows.calls):
        return []
    place, routes = rows.texts["route"]
    status = rows.numbers["status"].astype(np.int64)
    by_route = rows.cube(place, len(routes))
    outside = set(reader.internal_routes)
    shown = np.array([route not in outside for route in routes])
    everything = by_route[shown].sum(axis=0, keepdims=True)
    failed = (status >= 400) | (status == 4) | (status == 5)
    codes = np.unique(status[failed & shown[place]])
    families: list[Family] = []
    pairs, at = np.unique((place * 1000 + status)[failed & shown[place]], return_inverse=True)
    keys = np.zeros(len(place), np.int64)
    keys[failed & shown[place]] = at
    if len(pairs):
        of = pairs // 1000
        names = [f"{routes[int(r)]} {code_words(int(c))}" for r, c in zip(of, pairs % 1000, strict=True)]
        families.append(
            Counts("route", "", "share", names, rows.cube(keys, len(pairs), failed & shown[place]), by_route[of])
        )
        columns = np.searchsorted(codes, status)
        events = rows.cube(np.minimum(columns, len(codes) - 1), len(codes), failed & shown[place])
        families.append(Counts("status", "", "share", [code_words(int(c)) for c in codes], events, everything))
        families.append(_methods(rows, routes, shown))
    chosen = np.flatnonzero(shown)
    families.append(
        Counts("traffic", "share of calls", "share", [routes[int(r)] for r in chosen], by_route[chosen], everything)
    )
    seconds = known_seconds(asked, reader.traffic_coverage)
    families.append(Counts("traffic", "", "per_second", ["all calls"], everything, seconds[None]))
    return families


def failures(families: list[Family]) -> tuple[Floats, Floats]:
    """5xx and calls of the whole gateway [window, slot], out of the families of ``calls``; zeros where it told none."""
    status = next((f for f in families if isinstance(f, Counts) and f.kind == "status"), None)
    if status is None:
        return np.zeros((1, 1)), np.zeros((1, 1))
    broken = [n for n, name in enumerate(status.names) if name.startswith("5")]
    return status.events[broken].sum(axis=0), status.exposure[0]


def _methods(rows: Rows, routes: list[str], shown: NDArray[np.bool_]) -> Family:
    """5xx by method: the recorded one, else the word before the route's path."""
    place, _ = rows.texts["route"]
    written, methods = rows.texts["method"]
    words = [method or _method_of(route) for route in routes for method in ("",)]
    names = sorted({*methods, *words} - {""})
    index = {name: n for n, name in enumerate(names)}
    of_route = np.array([index.get(word, -1) for word in words])
    of_written = np.array([index.get(method, -1) for method in methods])
    keys = np.where(of_written[written] >= 0, of_written[written], of_route[place])
    known = (keys >= 0) & shown[place]
    status = rows.numbers["status"].astype(np.int64)
    broken = known & ((status >= 500) | (status == 5))
    keys = np.maximum(keys, 0)
    return Counts(
        "method", "5xx", "share", names, rows.cube(keys, len(names), broken), rows.cube(keys, len(names), known)
    )


def _method_of(route: str) -> str:
    word, _, path = route.partition(" ")
    return word if path and word.isupper() and word.isalpha() else ""


def code_words(code: int) -> str:
    """'502', or '5xx' where only the class is known."""
    return f"{code}xx" if code < 100 else str(code)


def latency(reader: Reader, asked: Windows) -> list[Family]:
    """Response time by route, and over all of them by kind: the share beyond a bound, told as p95."""
    rows = latency_rows(reader, asked, long=by_the_hour(asked.span))
    if not len(rows.calls):
        return []
    place, routes = rows.texts["route"]
    kind, kinds = rows.texts["kind"]
    outside = set(reader.internal_routes)
    shown = np.array([route not in outside for route in routes])[place]
    found: list[Family] = []
    total = kinds.index("total") if "total" in kinds else -1
    chosen = shown & (kind == total)
    if chosen.any():
        found.append(
            slow_calls(rows, place, len(routes), chosen, "latency", [f"{r} p95" for r in routes], rows.window > 0)
        )
    if shown.any():
        titles = {"total": "all routes p95", "upstream": "upstream p95", "gateway": "gateway-added p95"}
        names = [titles.get(k, f"{k} p95") for k in kinds]
        found.append(slow_calls(rows, kind, len(kinds), shown, "latency", names, rows.window > 0))
    return found


def latency_rows(reader: Reader, asked: Windows, *, long: bool) -> Rows:
    """Calls by route, kind and bucket; the numbers ``upper`` and ``lower`` are its bounds in ms."""
    source = facts.rows(reader, asked, facts.LATENCY, long=long)
    return fetch(
        reader, asked, source, {"route": "route", "kind": "kind"}, {"upper": "upper_ms"}, {"lower": "min(lower_ms)"}
    )


def slow_calls(
    rows: Rows, keys: Ints, size: int, chosen: NDArray[np.bool_], kind: str, names: list[str], basis: NDArray[np.bool_]
) -> Counts:
    """Calls beyond a bound of the source's buckets, chosen so that about a tenth of ``basis`` (rows) lies beyond it."""
    bounds, upper = places(rows.numbers["upper"])
    lowers = np.zeros(len(bounds))
    lowers[upper] = rows.numbers["lower"]
    place = (basis.astype(np.int64) * size + keys) * len(bounds) + upper
    summed = np.bincount(place[chosen], weights=rows.calls[chosen], minlength=2 * size * len(bounds))
    sides = summed.reshape(2, size, len(bounds))
    before = sides[1]
    beyond = 1 - np.cumsum(before, axis=1) / np.maximum(before.sum(axis=1, keepdims=True), 1)
    with np.errstate(divide="ignore"):
        distance = np.abs(np.log(np.maximum(beyond, 1e-12) / _SLOW_SHARE))
    cut = distance.argmin(axis=1)
    slow = chosen & (upper > cut[keys])
    used = np.flatnonzero(np.bincount(keys[chosen], minlength=size))
    p95 = [_quantile(sides[side][used], lowers, bounds, 0.95) for side in (1, 0)]
    return Counts(
        kind, "", "ms", [names[int(n)] for n in used], rows.cube(keys, size, slow)[used],
        rows.cube(keys, size, chosen)[used], shown=(p95[0], p95[1]),
    )  # fmt: skip


def _quantile(counts: Floats, lowers: Floats, uppers: Floats, q: float) -> Floats:
    """Linear inside the bucket, as the KPI files do; a rank beyond the last bound gives that bound."""
    upto = np.cumsum(counts, axis=1)
    n = upto[:, -1]
    at = np.minimum((upto < q * n[:, None]).sum(axis=1), counts.shape[1] - 1)
    each = np.arange(len(counts))
    inside = np.where(counts[each, at] > 0, (q * n - (upto[each, at] - counts[each, at])) / counts[each, at].clip(1), 0)
    width = np.where(np.isinf(uppers[at]), 0.0, uppers[at] - lowers[at])
    return np.asarray(np.where(n > 0, lowers[at] + width * inside, np.nan))


def consumer_rows(reader: Reader, asked: Windows) -> Rows:
    """Calls by consumer and ``class`` of their status, without internal routes."""
    source = facts.rows(reader, asked, facts.CONSUMERS, long=False)
    internal = ", ".join(repr_text(route) for route in reader.internal_routes)
    if internal:
        source = f"(SELECT * FROM {source} WHERE route NOT IN ({internal}))"
    return fetch(
        reader, asked, source, {"consumer": "consumer"},
        {"class": "CASE WHEN status < 100 THEN status ELSE status // 100 END"},
    )  # fmt: skip


def consumers(reader: Reader, asked: Windows) -> list[Family]:
    """Failures and traffic by API key, in tens of minutes; a span shorter than that takes the ten minutes it lies in."""
    slot = max(asked.slot, _TEN_MINUTES)
    coarse = asked
    if asked.span.length < _TEN_MINUTES:
        start = asked.span.start - asked.span.start % _TEN_MINUTES
        shifts = [max(_TEN_MINUTES, asked.span.start - s.start) for s in asked.before]
        coarse = Windows(
            Span(start, start + _TEN_MINUTES), tuple(Span(start - s, start - s + _TEN_MINUTES) for s in shifts), slot
        )
    elif slot != asked.slot:
        coarse = Windows(asked.span, asked.before, slot)
    rows = consumer_rows(reader, coarse)
    if not len(rows.calls):
        return []
    place, names = rows.texts["consumer"]
    status = rows.numbers["class"]
    totals = rows.cube(place, len(names))
    everything = totals.sum(axis=0, keepdims=True)
    return [
        Counts("consumer", "5xx", "share", names, rows.cube(place, len(names), status == 5), totals),
        Counts("consumer", "4xx", "share", names, rows.cube(place, len(names), status == 4), totals),
        Counts("consumer", "share of calls", "share", names, totals, everything),
    ]
