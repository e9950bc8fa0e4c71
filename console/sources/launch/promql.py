"""As much of Prometheus' query language as a reader of history needs, over ``history``.

Selectors (``name{a="b",c=~"d|e"}``, also ``{__name__=~…}``), with a range or without; ``count_over_time``,
``timestamp``, ``max_over_time`` and the like over them; aggregations with ``by``. Everything else is refused as the
server would: bad_data. Windows are left-open as in Prometheus 3: samples with T - R < t <= T. Look-back of an instant
selector: 5 minutes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from console.sources.launch.history import LINES, Line, Samples

LOOKBACK_MS = 300_000
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000}
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+|\d+(?:\.\d+)?")
_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_MATCHER = re.compile(r'\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`)\s*,?')
_AGGREGATIONS: dict[str, Callable[[NDArray[np.float64]], float]] = {
    "sum": np.sum,
    "count": len,
    "min": np.min,
    "max": np.max,
    "avg": np.mean,
    "group": lambda _: 1.0,
}
_OVER_TIME: dict[str, Callable[[NDArray[np.float64]], float]] = {
    "count_over_time": len,
    "sum_over_time": np.sum,
    "min_over_time": np.min,
    "max_over_time": np.max,
    "avg_over_time": np.mean,
    "last_over_time": lambda values: values[-1],
    "present_over_time": lambda _: 1.0,
}


class QueryError(Exception):
    """The question is not understood; the text goes into the answer's ``error``."""


class Matcher(NamedTuple):
    label: str
    operator: str
    value: str

    def holds(self, labels: dict[str, str]) -> bool:
        mine = labels.get(self.label, "")
        if self.operator in ("=", "!="):
            return (mine == self.value) == (self.operator == "=")
        return bool(re.fullmatch(self.value, mine)) == (self.operator == "=~")


class Selector(NamedTuple):
    """``range_ms`` 0: an instant selector."""

    matchers: tuple[Matcher, ...]
    range_ms: int

    def lines(self) -> list[Line]:
        return [line for line in LINES if all(matcher.holds(line.labels) for matcher in self.matchers)]


class Call(NamedTuple):
    """A function or an aggregation; ``by`` None: no grouping was written."""

    name: str
    inner: Selector | Call
    by: tuple[str, ...] | None


Vector = list[tuple[dict[str, str], float]]


def parse(text: str) -> Selector | Call:
    """Raises QueryError."""
    query, rest = _expression(text.strip())
    if rest.strip():
        raise QueryError(f'1:{len(text) - len(rest) + 1}: parse error: unexpected "{rest.strip()[:20]}"')
    return query


def duration_ms(text: str) -> int:
    """``90s``, ``1h30m``, or plain seconds. Raises QueryError."""
    if not _DURATION.fullmatch(text):
        raise QueryError(f'cannot parse "{text}" to a valid duration')
    if text.replace(".", "", 1).isdigit():
        return round(float(text) * 1000)
    return sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+)(ms|[smhdwy])", text))


def _expression(text: str) -> tuple[Selector | Call, str]:
    name = _NAME.match(text)
    if name and name.group() in {*_AGGREGATIONS, *_OVER_TIME, "timestamp"}:
        rest = text[name.end() :].lstrip()
        by, rest = _by(rest)
        if not rest.startswith("("):
            raise QueryError(f'parse error: unexpected "{rest[:20]}" after "{name.group()}"')
        inner, rest = _expression(rest[1:].lstrip())
        rest = rest.lstrip()
        if not rest.startswith(")"):
            raise QueryError("parse error: unclosed left parenthesis")
        rest = rest[1:]
        if by is None:
            by, rest = _by(rest.lstrip())
        return Call(name.group(), inner, by), rest
    return _selector(text)


def _by(text: str) -> tuple[tuple[str, ...] | None, str]:
    found = re.match(r"by\s*\(([^)]*)\)\s*", text)
    if not found:
        return None, text
    return tuple(label.strip() for label in found.group(1).split(",") if label.strip()), text[found.end() :]


def _selector(text: str) -> tuple[Selector, str]:
    matchers: list[Matcher] = []
    name = _NAME.match(text)
    rest = text
    if name:
        matchers.append(Matcher("__name__", "=", name.group()))
        rest = text[name.end() :].lstrip()
    if rest.startswith("{"):
        rest = rest[1:]
        while found := _MATCHER.match(rest):
            value = found.group(3)
            plain = value[1:-1] if value[0] == "`" else re.sub(r"\\(.)", r"\1", value[1:-1])
            matchers.append(Matcher(found.group(1), found.group(2), plain))
            rest = rest[found.end() :]
        rest = rest.lstrip()
        if not rest.startswith("}"):
            raise QueryError(f'parse error: unexpected "{rest[:20]}" in label matching')
        rest = rest[1:]
    if not matchers:
        raise QueryError("parse error: vector selector must contain at least one non-empty matcher")
    rest = rest.lstrip()
    range_ms = 0
    if rest.startswith("["):
        end = rest.find("]")
        if end < 0:
            raise QueryError("parse error: unclosed left bracket")
        range_ms = duration_ms(rest[1:end].strip())
        rest = rest[end + 1 :]
    return Selector(tuple(matchers), range_ms), rest


def window(samples: Samples, at_ms: int, length_ms: int) -> slice:
    """The samples with ``at - length < t <= at``."""
    first = int(np.searchsorted(samples.stamps, at_ms - length_ms, side="right"))
    return slice(first, int(np.searchsorted(samples.stamps, at_ms, side="right")))


def matrix(samples: Samples, selector: Selector, at_ms: int) -> bytes:
    """The JSON list of a range selector: raw samples, each with its own stamp."""
    inside = window(samples, at_ms, selector.range_ms)
    heads = [f'[{stamp // 1000}.{stamp % 1000:03d},"' for stamp in samples.stamps[inside].tolist()]
    parts: list[str] = []
    for line in selector.lines():
        here = samples.present[inside, line.column]
        if not here.any():
            continue
        column = samples.values[inside, line.column]
        mine, texts = heads, _texts(column, line)
        if not here.all():
            places = np.flatnonzero(here).tolist()
            mine, texts = [heads[n] for n in places], [texts[n] for n in places]
        body = '"],'.join([head + text for head, text in zip(mine, texts, strict=True)])
        parts.append(f'{{"metric":{_labels(line.labels)},"values":[{body}"]]}}')
    return ("[" + ",".join(parts) + "]").encode()


def _texts(column: NDArray[np.int64], line: Line) -> list[str]:
    if line.divide == 1:
        return [str(value) for value in column.tolist()]
    return [repr(value / line.divide) for value in column.tolist()]


def _labels(labels: dict[str, str]) -> str:
    return "{" + ",".join(f'"{key}":"{value}"' for key, value in labels.items()) + "}"


def vector(samples: Samples, query: Selector | Call, at_ms: int) -> Vector:
    """An instant vector. Raises QueryError for a range where none fits."""
    if isinstance(query, Selector):
        if query.range_ms:
            raise QueryError("invalid expression type: a range vector where an instant vector is needed")
        return [(line.labels, value) for line, _, value in _newest(samples, query, at_ms)]
    if query.name == "timestamp":
        if not isinstance(query.inner, Selector):
            return [(_nameless(labels), at_ms / 1000) for labels, _ in vector(samples, query.inner, at_ms)]
        return [(_nameless(line.labels), stamp / 1000) for line, stamp, _ in _newest(samples, query.inner, at_ms)]
    if query.name in _OVER_TIME:
        return _over_time(samples, query, at_ms)
    groups: dict[tuple[tuple[str, str], ...], list[float]] = {}
    for labels, value in vector(samples, query.inner, at_ms):
        key = tuple((label, labels[label]) for label in query.by or () if label in labels)
        groups.setdefault(key, []).append(value)
    fold = _AGGREGATIONS[query.name]
    return [(dict(key), float(fold(np.array(values)))) for key, values in groups.items()]


def _newest(samples: Samples, selector: Selector, at_ms: int) -> list[tuple[Line, int, float]]:
    inside = window(samples, at_ms, LOOKBACK_MS)
    found = []
    for line in selector.lines():
        places = np.flatnonzero(samples.present[inside, line.column])
        if len(places):
            place = inside.start + int(places[-1])
            found.append((line, int(samples.stamps[place]), float(samples.values[place, line.column]) / line.divide))
    return found


def _over_time(samples: Samples, query: Call, at_ms: int) -> Vector:
    if not isinstance(query.inner, Selector) or not query.inner.range_ms:
        raise QueryError(f'parse error: expected type range vector in call to function "{query.name}"')
    inside = window(samples, at_ms, query.inner.range_ms)
    fold = _OVER_TIME[query.name]
    found: Vector = []
    for line in query.inner.lines():
        values = samples.values[inside, line.column][samples.present[inside, line.column]] / line.divide
        if len(values):
            found.append((_nameless(line.labels), float(fold(values))))
    return found


def _nameless(labels: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key != "__name__"}
