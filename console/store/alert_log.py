"""What the alert rules did, as facts: changes of state, notices, and the minutes that were judged. Write lane only.

``alert_change.why`` is JSON: ``reason`` (how it was judged), ``bound`` and ``limit`` (what the value was compared with),
``before`` (the state before), ``began`` and ``fired`` (ISO, of the episode).
"""

from __future__ import annotations

import math
from typing import Any

import duckdb
import msgspec

from console.model.alert_rules import labels_text
from console.model.alert_watch import Told
from console.model.grouping import Notice
from console.model.moment import Span, iso
from console.store.append import append_rows, instant
from console.store.session import Session


def record(
    session: Session,
    connection: duckdb.DuckDBPyConnection,
    told: list[Told],
    notices: list[Notice],
    judged: Span,
    rules: int,
    now: int,
) -> None:
    """Append one evaluation: ``judged`` are the minutes it spoke of."""
    changes = [
        (
            one.rule.name, labels_text(one.labels), one.change.after.value, _number(one.value), _why(one),
            instant(one.change.minute),
        )
        for one in told
    ]  # fmt: skip
    spoken = [
        (
            instant(n.minute), n.group, _json(list(n.alerts)), _json(list(n.rules)), n.severity, n.flapping, n.kept,
            instant(n.minute),
        )
        for n in notices
    ]  # fmt: skip
    for table, rows in (("alert_change", changes), ("alert_notice", spoken)):
        if rows:
            append_rows(session, connection, table, rows, now)
    row = (instant(judged.start), instant(judged.end), rules, instant(judged.end))
    append_rows(session, connection, "alert_judged", [row], now)


def _why(one: Told) -> str:
    change = one.change
    parts: dict[str, Any] = {
        "reason": one.reason,
        "bound": _number(one.bound),
        "limit": _number(one.limit),
        "before": change.before.value,
        "began": None if change.began is None else iso(change.began),
        "fired": None if change.fired is None else iso(change.fired),
    }
    return _json({key: value for key, value in parts.items() if value not in (None, "")})


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
