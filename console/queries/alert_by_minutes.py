"""KPIs over what gateways and probes tell, at many steps together: the minutes are read once, and a window is a sum over them.

The rows are those that the KPI's own statement gives for each window; asking it thousands of times over millions of counts
would take minutes. What is usual of an hour of the day is taken as of the last step for all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.queries.literals import stamp
from console.queries.reader import Reader
from console.queries.unfolded import facts, table

AT_LEAST = "at_least"
"""What a value that is not there must exceed: of a time between failures without one, the good time there was."""
Instants = NDArray[np.int64]
Row = dict[str, Any]


def rows(reader: Reader, name: str, steps: list[int], window: int) -> list[Row]:
    """What the statement of a KPI of ``READ_TOGETHER`` gives for the window of each step. ``reader`` as from ``standing_for``."""
    return READ_TOGETHER[name](reader, np.array(steps, np.int64), window)


def _minutes(reader: Reader, sql: str, steps: Instants, window: int) -> dict[str, Any]:
    """The columns of a statement, in the order of ``minute``; and where each window begins and ends."""
    found = reader.connection.execute(
        f"SELECT * REPLACE (epoch_us(minute) AS minute) FROM ({sql}) ORDER BY minute"
    ).fetchnumpy()
    told = {name: np.asarray(np.ma.filled(values, 0), np.int64) for name, values in found.items()}
    told["low"], told["high"] = (np.searchsorted(told["minute"], at) for at in (steps - window, steps))
    return told


def _sum(told: dict[str, Any], values: Any) -> Instants:
    total = np.concatenate([[0], np.cumsum(np.asarray(values, np.int64))])
    return np.asarray(total[told["high"]] - total[told["low"]], np.int64)


def _judged(reader: Reader, steps: Instants, window: int) -> dict[str, Any]:
    states = (
        "SELECT minute, (state = 'good')::INT AS good, (state = 'bad')::INT AS bad, (state = 'unknown')::INT AS unknown "
        f"FROM {table(reader, 'judged_minutes', int(steps[0]) - window, int(steps[-1]))}"
    )
    return _minutes(reader, states, steps, window)


def _availability(reader: Reader, steps: Instants, window: int) -> list[Row]:
    told = _judged(reader, steps, window)
    good, bad, unknown = (_sum(told, told[name]).tolist() for name in ("good", "bad", "unknown"))
    return [
        {"value": k / (k + b) if k + b else None, "k": k, "n": k + b, "unknown": u}
        for k, b, u in zip(good, bad, unknown, strict=True)
    ]


def _mtbf(reader: Reader, steps: Instants, window: int) -> list[Row]:
    told = _judged(reader, steps, window)
    bad = told["bad"] == 1
    begins = bad & ~np.concatenate([[False], bad[:-1]])
    # A window that opens in the middle of a failure has that failure in it.
    opens = np.concatenate([bad & ~begins, [False]])[told["low"]] & (told["low"] < told["high"])
    failures = (_sum(told, begins) + opens).tolist()
    good, unknown = (_sum(told, told[name]).tolist() for name in ("good", "unknown"))
    return [
        {"value": 60.0 * g / f if f else None, "n": f, "unknown": u, AT_LEAST: 60.0 * g}
        for g, f, u in zip(good, failures, unknown, strict=True)
    ]


def _routing_success(reader: Reader, steps: Instants, window: int) -> list[Row]:
    calls = facts(reader, "traffic", int(steps[0]) - window, int(steps[-1]), "minute, route, status, calls")
    told = _minutes(
        reader,
        "SELECT minute, coalesce(sum(calls) FILTER (WHERE status NOT IN (502, 503, 504) AND route <> '(no route)'), 0)::BIGINT "
        "AS k, coalesce(sum(calls), 0)::BIGINT AS n, count(*) FILTER (WHERE status = 5 AND calls <> 0) AS unclear "
        f"FROM {calls} WHERE NOT internal GROUP BY minute",
        steps, window,
    )  # fmt: skip
    good, every, unclear = (_sum(told, told[name]).tolist() for name in ("k", "n", "unclear"))
    return [
        {"value": k / n if n and not u else None, "k": k, "n": n} for k, n, u in zip(good, every, unclear, strict=True)
    ]


def _gateway_capacity(reader: Reader, steps: Instants, window: int) -> list[Row]:
    calls = table(reader, "calls_by_minute", int(steps[0]) - window, int(steps[-1]))
    told = _minutes(reader, f"SELECT minute, calls FROM {calls}", steps, window)
    known = reader.rows(
        f"SELECT epoch_us(happened_at), value FROM measure WHERE name = 'gateway_capacity' "
        f"AND happened_at < {stamp(int(steps[-1]))} AND known_at <= {reader.known_sql} ORDER BY happened_at"
    )
    places = np.searchsorted(np.array([at for at, _ in known], np.int64), steps).tolist()
    found: list[Row] = []
    for low, high, place in zip(told["low"].tolist(), told["high"].tolist(), places, strict=True):
        capacity = float(known[place - 1][1]) if place else 0.0
        busiest = int(told["calls"][low:high].max()) if high > low else 0
        there = capacity and high > low
        found.append({"value": busiest / 60 / capacity if there else None, "n": busiest})
    return found


READ_TOGETHER: dict[str, Callable[[Reader, Instants, int], list[Row]]] = {
    "availability": _availability, "mtbf": _mtbf, "routing_success": _routing_success, "gateway_capacity": _gateway_capacity,
}  # fmt: skip
