"""Settings as facts: one row a changed key, so that the past is judged by the settings of its time.

Keys are the sections of the settings (``session``, ``flow`` …) and ``source.NAME``; values are JSON, NULL when taken back.
"""

from __future__ import annotations

from typing import Any

import duckdb
import msgspec

from console.settings import Settings, SourceSettings
from console.store.append import append_rows, instant
from console.store.session import Session

_SECTIONS = (
    "session", "me", "flow", "routes", "release", "consumer", "segment", "customer", "privacy", "targets", "alert",
    "criterion", "calendar", "sla", "escalation", "forgotten", "rule",
)  # fmt: skip


def values_of(settings: Settings) -> dict[str, str]:
    """Settings as key → JSON, the way they are stored."""
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    values = {key: _json(_without_none(plain[key])) for key in _SECTIONS}
    for place, source in enumerate(settings.source):
        values[f"source.{source.name}"] = _json({**source_document(source), "place": place})
    return values


def source_document(source: SourceSettings) -> dict[str, Any]:
    """A source as one flat table of keys, as it stands in a settings file."""
    common = {k: v for k, v in msgspec.to_builtins(source).items() if k != "options" and v is not None}
    if not common.get("paused"):
        common.pop("paused", None)
    return {**common, **source.options}


def held_values(connection: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    """The newest value of every key."""
    rows = connection.execute("SELECT key, value FROM setting_known(TIMESTAMP 'infinity')").fetchall()
    return dict(rows)


def save(session: Session, connection: duckdb.DuckDBPyConnection, settings: Settings, who: str, now: int) -> list[str]:
    """Append what differs from the newest values. Returns the changed keys."""
    held, wanted = held_values(connection), values_of(settings)
    changed: dict[str, str | None] = {k: v for k, v in wanted.items() if held.get(k) != v}
    for key, value in held.items():
        if key.startswith("source.") and key not in wanted and value is not None:
            changed[key] = None
    if changed:
        rows = [(key, value, who, instant(now)) for key, value in changed.items()]
        append_rows(session, connection, "setting", rows, now)
    return sorted(changed)


def _json(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_none(inner) for inner in value]
    return value
