"""The gateway macros unfolded for one window: the same rows, with only the branches that this window needs.

A statement over ``calls_in($window)`` spends 15 ms on planning branches that stay empty (no roll-up yet, no outranked
source, no spanned rows). What is shown as a number's proof keeps the macro; what is run has its body written out. A
property test holds both to the same answers.
"""

from __future__ import annotations

import re

from console.model.moment import HOUR
from console.queries.literals import stamp
from console.queries.reader import Reader
from console.store.columns import repr_text
from console.store.session import macro_body

_CALL = re.compile(
    r"\b(calls_in|latency_in|latency_sum_in|calls_by_minute|latency_by_minute|judged_minutes)\(\$window\)"
)

STATUS_CLASS = "CASE WHEN status < 100 THEN status ELSE status // 100 END"


def unfold(reader: Reader, sql: str, start: int, end: int) -> str:
    """Replace every call of a gateway macro on ``$window`` by its body for [start, end)."""

    def body(match: re.Match[str]) -> str:
        return f"({_BODIES[match.group(1)](reader, start, end)})"

    return _CALL.sub(body, sql)


def table(reader: Reader, macro: str, start: int, end: int) -> str:
    """One macro's rows over [start, end) as a subquery."""
    return f"({_BODIES[macro](reader, start, end)})"


def facts(reader: Reader, table: str, start: int, end: int, columns: str) -> str:
    """The facts of a minute table that the macros over [start, end) add up, one by one, as a subquery.

    ``columns`` are given as they stand in the table; ``internal`` is added.
    """
    counts = _counts(reader, start, end, consumers=table == "consumer_traffic")
    return (
        f"(SELECT {columns}, {_flag(reader)} AS internal FROM {table} WHERE {_minutes(start, end)} "
        f"AND (span_from IS NULL OR span_from >= {stamp(start)}){_known(reader)}{counts})"
    )


def route_by_minute(reader: Reader, route: str, start: int, end: int) -> str:
    """As ``calls_by_minute``, of one route, which roll-ups by the minute do not know: from the facts."""
    rows = (
        f"SELECT minute, {STATUS_CLASS} AS class, calls FROM traffic WHERE {_minutes(start, end)} "
        f"AND route = {repr_text(route)} AND span_from IS NULL{_known(reader)}{_counts(reader, start, end)}{_public(reader)}"
    )
    return (
        "(SELECT minute, sum(calls)::BIGINT AS calls, coalesce(sum(calls) FILTER (WHERE class = 5), 0)::BIGINT AS calls_5xx, "
        f"coalesce(sum(calls) FILTER (WHERE class = 4), 0)::BIGINT AS calls_4xx FROM ({rows}) GROUP BY minute)"
    )


def route_latency_by_minute(reader: Reader, route: str, start: int, end: int) -> str:
    """As ``latency_by_minute``, of one route."""
    return (
        f"(SELECT minute, kind, lower_ms, upper_ms, count FROM latency WHERE {_minutes(start, end)} "
        f"AND route = {repr_text(route)} AND span_from IS NULL{_known(reader)}{_counts(reader, start, end)}{_public(reader)})"
    )


def _calls_in(reader: Reader, start: int, end: int) -> str:
    parts = _totals(reader, start, end, "traffic", "roll_traffic_hour", "source, route, method, status, calls")
    return (
        f"SELECT source, route, method, status, {STATUS_CLASS} AS class, calls, {_flag(reader)} AS internal FROM ("
        f"SELECT source, route, method, status, sum(calls)::BIGINT AS calls FROM ({parts}) "
        "GROUP BY source, route, method, status)"
    )


def _latency_in(reader: Reader, start: int, end: int) -> str:
    parts = _totals(reader, start, end, "latency", "roll_latency_hour", "route, kind, lower_ms, upper_ms, count")
    return (
        f"SELECT route, kind, lower_ms, upper_ms, count, {_flag(reader)} AS internal FROM ("
        f"SELECT route, kind, lower_ms, upper_ms, sum(count)::BIGINT AS count FROM ({parts}) "
        "GROUP BY route, kind, lower_ms, upper_ms)"
    )


def _latency_sum_in(reader: Reader, start: int, end: int) -> str:
    parts = _totals(reader, start, end, "latency_sum", "roll_latency_sum_hour", "route, kind, calls, sum_us")
    return (
        f"SELECT route, kind, calls, sum_us, {_flag(reader)} AS internal FROM ("
        f"SELECT route, kind, sum(calls)::BIGINT AS calls, sum(sum_us)::BIGINT AS sum_us FROM ({parts}) "
        "GROUP BY route, kind)"
    )


def _calls_by_minute(reader: Reader, start: int, end: int) -> str:
    fresh = (
        f"SELECT minute, {STATUS_CLASS} AS class, calls FROM traffic WHERE {_minutes(start, end)} AND span_from IS NULL"
        f"{_after_rolled(reader)}{_known(reader)}{_counts(reader, start, end)}{_public(reader)}"
    )
    rolled = (
        f"SELECT minute, class, calls FROM roll_traffic_minute WHERE {_minutes(start, end)} AND span_from IS NULL "
        f"AND NOT internal{_in_rolled(reader)}{_counts(reader, start, end)} UNION ALL "
        if reader.rolled is not None
        else ""
    )
    return (
        "SELECT minute, sum(calls)::BIGINT AS calls, coalesce(sum(calls) FILTER (WHERE class = 5), 0)::BIGINT AS calls_5xx, "
        f"coalesce(sum(calls) FILTER (WHERE class = 4), 0)::BIGINT AS calls_4xx FROM ({rolled}{fresh}) GROUP BY minute"
    )


def _latency_by_minute(reader: Reader, start: int, end: int) -> str:
    columns = "minute, kind, lower_ms, upper_ms, count"
    fresh = (
        f"SELECT {columns} FROM latency WHERE {_minutes(start, end)} AND span_from IS NULL"
        f"{_after_rolled(reader)}{_known(reader)}{_counts(reader, start, end)}{_public(reader)}"
    )
    rolled = (
        f"SELECT {columns} FROM roll_latency_minute WHERE {_minutes(start, end)} AND span_from IS NULL AND NOT internal"
        f"{_in_rolled(reader)}{_counts(reader, start, end)} UNION ALL "
        if reader.rolled is not None
        else ""
    )
    return (
        f"SELECT minute, kind, lower_ms, upper_ms, sum(count)::BIGINT AS count FROM ({rolled}{fresh}) "
        "GROUP BY minute, kind, lower_ms, upper_ms"
    )


def _judged_minutes(reader: Reader, start: int, end: int) -> str:
    """The macro's own text with its window written in, so that there is one wording of what is good and bad."""
    body = macro_body("judged_minutes").replace("FROM minutes_of(w)", macro_body("minutes_of"))
    body = body.replace("FROM calls_by_minute(w)", _calls_by_minute(reader, start, end))
    for name, literal in reader.window_parts(start, end).items():
        body = body.replace(f"w['{name}']", f"({literal})")
    return body


_BODIES = {
    "judged_minutes": _judged_minutes,
    "calls_in": _calls_in,
    "latency_in": _latency_in,
    "latency_sum_in": _latency_sum_in,
    "calls_by_minute": _calls_by_minute,
    "latency_by_minute": _latency_by_minute,
}


def _totals(reader: Reader, start: int, end: int, facts: str, rolled: str, columns: str) -> str:
    """Rows whose sums are the totals of [start, end): whole hours from the roll-up, the rest from the facts."""
    first = -(-start // HOUR) * HOUR
    last = max(first, end - end % HOUR)
    known, counts = _known(reader), _counts(reader, start, end)
    take = f"SELECT {columns} FROM {facts} WHERE"
    parts: list[str] = []
    if reader.rolled is None or first >= last:
        parts.append(f"{take} {_minutes(start, end)} AND span_from IS NULL{known}{counts}")
    else:
        whole = f"hour >= {stamp(first)} AND hour < {stamp(last)}"
        apart = "".join(
            f" AND NOT (source = {repr_text(name)} AND hour < {stamp(s.end)} AND hour > {stamp(s.start - HOUR)})"
            for name, s in reader.outranked_in(start, end)
        )
        parts.append(f"SELECT {columns} FROM {rolled} WHERE {whole}{_in_rolled(reader)}{apart}")
        parts.append(f"{take} {_minutes(first, last)} AND span_from IS NULL{_after_rolled(reader)}{known}{counts}")
        for low, high in ((start, min(first, end)), (last, end)):
            if low < high:
                parts.append(f"{take} {_minutes(low, high)} AND span_from IS NULL{known}{counts}")
        for hour, name in reader.mixed_hours(start, end):
            parts.append(
                f"{take} {_minutes(hour, hour + HOUR)} AND source = {repr_text(name)} AND span_from IS NULL "
                f"AND known_at <= {stamp(reader.rolled)}{counts}"
            )
    if reader.has_spans(facts):
        parts.append(f"{take} {_minutes(start, end)} AND span_from >= {stamp(start)}{known}{counts}")
    return " UNION ALL ".join(parts)


def _minutes(start: int, end: int) -> str:
    return f"minute >= {stamp(start)} AND minute < {stamp(end)}"


def _known(reader: Reader) -> str:
    return "" if reader.known is None else f" AND known_at <= {stamp(reader.known)}"


def _in_rolled(reader: Reader) -> str:
    return "" if reader.rolled is None else f" AND newest_known <= {stamp(reader.rolled)}"


def _after_rolled(reader: Reader) -> str:
    return "" if reader.rolled is None else f" AND known_at > {stamp(reader.rolled)}"


def _counts(reader: Reader, start: int, end: int, *, consumers: bool = False) -> str:
    """Leave out what a better source of the same gateway tells."""
    return "".join(
        f" AND NOT (source = {repr_text(name)} AND minute >= {stamp(s.start)} AND minute < {stamp(s.end)})"
        for name, s in reader.outranked_in(start, end, consumers=consumers)
    )


def _public(reader: Reader) -> str:
    if not reader.internal_routes:
        return ""
    return f" AND route NOT IN ({', '.join(repr_text(r) for r in reader.internal_routes)})"


def _flag(reader: Reader) -> str:
    if not reader.internal_routes:
        return "false"
    return f"route IN ({', '.join(repr_text(r) for r in reader.internal_routes)})"


def latency_parts(reader: Reader, start: int, end: int) -> str:
    """Bucket rows of [start, end) over all public routes, not yet added up: quicker where everything is summed anyway."""
    columns = "minute, kind, lower_ms, upper_ms, count"
    fresh = f"SELECT {columns} FROM latency WHERE {minute_filter(reader, start, end)}"
    if reader.rolled is None:
        return fresh
    return (
        f"SELECT {columns} FROM roll_latency_minute WHERE {_minutes(start, end)} AND span_from IS NULL AND NOT internal"
        f"{_in_rolled(reader)}{_counts(reader, start, end)} UNION ALL {fresh}{_after_rolled(reader)}"
    )


def minute_filter(reader: Reader, start: int, end: int) -> str:
    """The condition on minute facts that count minute by minute in [start, end), on routes that users see."""
    return f"{_minutes(start, end)} AND span_from IS NULL{_known(reader)}{_counts(reader, start, end)}{_public(reader)}"
