"""The calls of Prometheus' HTTP API over ``history``: query, query_range, series, labels, status."""

from __future__ import annotations

from typing import Any

import msgspec

from console.model.moment import SECOND, from_seconds, parse_instant
from console.sources.launch.history import History
from console.sources.launch.promql import QueryError, Selector, Vector, duration_ms, matrix, parse, vector, window

VERSION = "3.5.0"
_MOST_POINTS = 11_000


class BadQueryError(Exception):
    """400 bad_data with this text."""


def answer_api(history: History, call: str, asked: dict[str, Any], now: int) -> bytes:
    """The body of an answer. Raises BadQueryError, and LookupError for a call that does not exist."""
    try:
        if call == "query":
            return _query(history, asked, now)
        if call == "query_range":
            return _query_range(history, asked, now)
        if call == "series":
            return _ok([line.labels for line in _matched(asked)])
        if call == "labels":
            return _ok(sorted({label for line in _matched(asked) for label in line.labels}))
        if call.startswith("label/") and call.endswith("/values"):
            name = call.removeprefix("label/").removesuffix("/values")
            return _ok(sorted({line.labels[name] for line in _matched(asked) if name in line.labels}))
    except QueryError as error:
        raise BadQueryError(f'invalid parameter "query": {error}') from None
    if call == "status/buildinfo":
        return _ok({"version": VERSION, "revision": "", "branch": "HEAD", "goVersion": "go1.24"})
    if call == "status/runtimeinfo":
        return _ok({"startTime": "", "storageRetention": "30d"})
    raise LookupError(call)


def _query(history: History, asked: dict[str, Any], now: int) -> bytes:
    at = _instant(asked.get("time"), now, "time")
    query = parse(str(asked.get("query") or ""))
    samples = history.until(min(at, now))
    if isinstance(query, Selector) and query.range_ms:
        return _result("matrix", matrix(samples, query, at // 1000))
    return _result("vector", msgspec.json.encode([
        {"metric": labels, "value": [at / SECOND, _text(value)]} for labels, value in vector(samples, query, at // 1000)
    ]))  # fmt: skip


def _query_range(history: History, asked: dict[str, Any], now: int) -> bytes:
    start, end = _instant(asked.get("start"), now, "start"), _instant(asked.get("end"), now, "end")
    step = duration_ms(str(asked.get("step") or "")) * 1000
    if step <= 0 or end < start:
        raise BadQueryError('invalid parameter "step" or "end": zero or negative')
    if (end - start) // step > _MOST_POINTS:
        raise BadQueryError("exceeded maximum resolution of 11,000 points per timeseries. Try a wider step (?step=XX)")
    query = parse(str(asked.get("query") or ""))
    samples = history.until(min(end, now))
    found: dict[str, tuple[dict[str, str], list[list[Any]]]] = {}
    for at in range(start, end + 1, step):
        seen = window(samples, at // 1000, 60_000).stop
        if seen == 0 or at > now + step:
            continue
        here: Vector = vector(samples, query, at // 1000)
        for labels, value in here:
            key = repr(sorted(labels.items()))
            found.setdefault(key, (labels, []))[1].append([at / SECOND, _text(value)])
    return _result("matrix", msgspec.json.encode([{"metric": m, "values": v} for m, v in found.values()]))


def _matched(asked: dict[str, Any]) -> list[Any]:
    wanted = asked.get("match[]") or '{__name__=~".+"}'
    lines: dict[int, Any] = {}
    for text in wanted if isinstance(wanted, list) else [wanted]:
        query = parse(str(text))
        if not isinstance(query, Selector):
            raise QueryError("a series selector is needed")
        lines |= {line.column: line for line in query.lines()}
    return list(lines.values())


def _instant(text: Any, now: int, name: str) -> int:
    if text in (None, ""):
        return now
    try:
        return from_seconds(float(str(text)))
    except ValueError:
        pass
    try:
        return parse_instant(str(text))
    except ValueError:
        raise BadQueryError(f'invalid parameter "{name}": cannot parse "{text}" to a valid timestamp') from None


def _text(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _ok(data: Any) -> bytes:
    return msgspec.json.encode({"status": "success", "data": data})


def _result(kind: str, result: bytes) -> bytes:
    return b'{"status":"success","data":{"resultType":"' + kind.encode() + b'","result":' + result + b"}}"
