"""Measured reach: how many consumers really failed on a ticket's route while it was a ticket.

A consumer failed when a call of its own was answered 5xx. The window of a ticket runs from the hour before it was created to
its resolution, or to the moment, in whole hours and at most a week: what fails for longer has hit whoever it can hit, and a
ticket that nobody closes must not gather the noise of months. Unknown (None) without a route, where no call of any
consumer is known in the window, and where nobody is known to have failed in a window of which a part is not known: what is
missing is not nought.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.model.coverage import share
from console.model.moment import DAY, HOUR, Span
from console.queries.literals import stamp
from console.queries.reader import Reader

LONGEST = 7 * DAY
_AHEAD = HOUR
_RENEW_AFTER = 5 * 60_000_000
"""Calls by consumer come in tens of minutes; asking all hours again with every poll would tell nothing new."""
_WHILE_FILLING = 10_000_000
"""Unless time long past has become known since: then what is unknown is wanted soon."""
_TEN_MINUTES = 600_000_000

_ENOUGH = 0.99
"""Of a window that must be known before it is said that nobody failed in it."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Failing:
    """One consumer on a ticket's route: calls and those answered 5xx."""

    consumer: str
    calls: int
    failed: int


def window_of(created: int, resolved: int | None, at: int) -> Span:
    """Whole hours; see the head of this file."""
    start = (created - _AHEAD) // HOUR * HOUR
    end = min(at if resolved is None else min(resolved, at), created + LONGEST)
    return Span(start, max(start + HOUR, -(-end // HOUR) * HOUR))


def evidence(reader: Reader, route: str, window: Span) -> tuple[Failing, ...] | None:
    """The consumers that failed on a route, those that failed most first; None where ``Cube.reach`` is unknown too."""
    rows = reader.rows(
        f"SELECT consumer, sum(calls), sum(calls) FILTER (WHERE {_FAILED}) FROM ({_heard(reader, window)}) "
        f"WHERE route = ? GROUP BY consumer HAVING sum(calls) FILTER (WHERE {_FAILED}) > 0 ORDER BY 3 DESC, 1",
        [route],
    )
    if not rows and not (reader.one(f"{_heard(reader, window)} LIMIT 1") and _whole(reader, window)):
        return None
    return tuple(Failing(consumer, int(calls), int(failed)) for consumer, calls, failed in rows)


def _whole(reader: Reader, window: Span) -> bool:
    past = window.clip(Span(window.start, max(window.start + 1, reader.at)))
    return share(reader.traffic_coverage, past) >= _ENOUGH


_FAILED = "status = 5 OR status BETWEEN 500 AND 599"


def _heard(reader: Reader, window: Span) -> str:
    """What is known of the calls of every consumer; the one rule by which one ticket and all tickets are measured.

    With a span of its own a row says only that it happened somewhere in there; whoever failed in it failed.
    """
    return (
        "SELECT route, consumer, minute, status, calls FROM consumer_traffic t "
        f"ANTI JOIN outranked_in({reader.bare_window(window.start, window.end, consumers=True)}) o "
        'ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to" '
        f"WHERE minute >= {stamp(window.start)} AND minute < {stamp(window.end)} AND minute <= {stamp(reader.at)} "
        f"AND known_at <= {reader.known_sql} AND consumer <> ''"
    )


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """Which consumer failed on which route in which hour, as three columns in the order of ``route``.

    ``first`` and ``hours`` bound the hours; ``told`` says of each whether any consumer was heard of in it. ``at`` is when it
    was read, ``learnt`` what was known then; ``covered`` the spans that were known, as starts and ends.
    """

    routes: dict[str, int]
    starts: Ints
    consumer: Ints
    hour: Ints
    first: int
    told: NDArray[np.bool_]
    at: int
    learnt: int
    covered: tuple[Ints, Ints]

    @property
    def known_us(self) -> int:
        starts, ends = self.covered
        return int((ends - starts).sum())

    def reach(self, routes: list[str | None], created: Ints, ends: Ints) -> NDArray[np.float64]:
        """By ticket; NaN is unknown. ``ends``: resolution or the moment."""
        found = np.full(len(routes), np.nan)
        if not len(self.told):
            return found
        low = np.clip((created - _AHEAD) // HOUR - self.first, 0, len(self.told))
        last = -(-np.minimum(ends, created + LONGEST) // HOUR) - self.first
        high = np.clip(np.maximum(last, (created - _AHEAD) // HOUR - self.first + 1), 0, len(self.told))
        heard = np.concatenate([[0], np.cumsum(self.told)])
        known = heard[high] > heard[low]
        place = np.array([-1 if r is None else self.routes.get(r, -2) for r in routes], np.int64)
        found[known & (place != -1)] = 0.0
        order = np.argsort(place, kind="stable")
        edges = np.searchsorted(place[order], np.arange(len(self.starts)))
        for n in range(len(self.starts) - 1):
            mine = order[edges[n] : edges[n + 1]]
            if len(mine):
                found[mine[known[mine]]] = self._of_route(n, low[mine][known[mine]], high[mine][known[mine]])
        begun = (created - _AHEAD) // HOUR * HOUR
        ended = np.minimum(np.maximum(last + self.first, begun // HOUR + 1) * HOUR, self.at)
        found[(found == 0) & (self._share(begun, ended) < _ENOUGH)] = np.nan
        return found

    def _share(self, begun: Ints, ended: Ints) -> NDArray[np.float64]:
        """The covered share of each window."""
        starts, ends = self.covered
        before = np.concatenate([[0], np.cumsum(ends - starts)])

        def upto(at: Ints) -> Ints:
            place = np.searchsorted(starts, at, side="right")
            inside = np.where(place > 0, np.minimum(at, ends[place - 1]) - starts[place - 1], 0) if len(starts) else 0
            return np.asarray(before[np.maximum(place - 1, 0)] + inside, np.int64)

        return np.asarray((upto(ended) - upto(begun)) / np.maximum(ended - begun, 1), np.float64)

    def _of_route(self, n: int, low: Ints, high: Ints) -> NDArray[np.float64]:
        inside = slice(self.starts[n], self.starts[n + 1])
        different, place = np.unique(self.consumer[inside], return_inverse=True)
        failed = np.zeros((len(self.told) + 1, len(different)), np.int32)
        failed[self.hour[inside] + 1, place] = 1
        np.cumsum(failed, axis=0, out=failed)
        windows, which = np.unique(np.stack([low, high]), axis=1, return_inverse=True)
        counted = (failed[windows[1]] > failed[windows[0]]).sum(axis=1)
        return np.asarray(counted[which.ravel()], np.float64)


def cube(reader: Reader, held: Cube | None) -> Cube:
    """The failures of all consumers; ``held`` again while a live moment has little to add to it."""
    if held is not None and reader.moment.live and 0 <= reader.at - held.at < _RENEW_AFTER:
        past_came = sum(s.length for s in reader.traffic_coverage) - held.known_us > reader.at - held.at + _TEN_MINUTES
        if not past_came or reader.at - held.at < _WHILE_FILLING:
            return held
    row = reader.one("SELECT coalesce(epoch_us(max(known_at)), 0), epoch_us(min(minute)) FROM consumer_traffic")
    learnt, first = row or (0, None)
    if held is not None and reader.moment.live and held.learnt == learnt:
        return held
    return _read(reader, reader.at if first is None else int(first), int(learnt))


def _read(reader: Reader, since: int, learnt: int) -> Cube:
    first, last = since // HOUR, max(since // HOUR, -(-reader.at // HOUR))
    hour = f"(epoch_us(minute) // {HOUR} - {first})::INTEGER"
    table = reader.connection.execute(
        f"SELECT route, consumer, {hour} AS hour, sum(calls) FILTER (WHERE {_FAILED}) AS failed "
        f"FROM ({_heard(reader, Span(first * HOUR, last * HOUR))}) GROUP BY ALL"
    ).fetchnumpy()
    told = np.zeros(max(0, last - first), np.bool_)
    hours = np.asarray(table["hour"], np.int64)
    told[hours[hours < len(told)]] = True
    failed = np.ma.filled(np.ma.asarray(table["failed"], np.float64), 0) > 0
    chosen = failed & (hours < len(told))
    names, place = np.unique(np.asarray(table["route"], object)[chosen].astype(str), return_inverse=True)
    _, consumer = np.unique(np.asarray(table["consumer"], object)[chosen].astype(str), return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(names) + 1)).astype(np.int64)
    return Cube(
        {name: n for n, name in enumerate(names.tolist())}, starts, consumer[order].astype(np.int64),
        hours[chosen][order], first, told, reader.at, learnt,
        _ends(reader.traffic_coverage),
    )  # fmt: skip


def _ends(spans: list[Span]) -> tuple[Ints, Ints]:
    return np.array([s.start for s in spans], np.int64), np.array([s.end for s in spans], np.int64)
