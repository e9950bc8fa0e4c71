"""The settings as the texts of a form, and back. Pure; judged by ``console.settings.from_document`` in the end.

What one would get wrong: a wall-clock time needs a zone to become an instant, and twice a year some do not exist; the
sources and the criteria are not part of this form and must pass through it untouched.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from console.model.customer_csv import amount
from console.model.customers import domain_fault
from console.model.nearest import did_you_mean
from console.settings import Settings, from_document
from widgets.refused import RefusedError
from widgets.settings.sla_document import sla_tables, sla_texts, with_sla

Rows = list[list[str]]

TABLES = {
    "flow": ("name", "routes", "statistic", "slo_ms"),
    "release": ("version", "at", "kind", "share", "note"),
    "consumer": ("id", "customer", "segment"),
    "segment": ("name", "weight"),
    "customer": ("customer", "segment", "plan", "value", "domain", "consumer"),
    "targets": ("kpi", "target"),
}
ROUTE_SEPARATOR = ";"
MOST_TYPED = 1000
"""Customers that stand in the form; more come from a list alone."""


@dataclass
class Typed:
    """What stands in the form: single texts by name, tables by name as rows of texts. Compares by content."""

    texts: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Rows] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As values a preferences file can hold."""
        return {"texts": self.texts, "tables": self.tables}


def typed_of(value: Any) -> Typed | None:
    """A draft read back from the preferences; None when it is none."""
    try:
        return msgspec.convert(value, Typed)
    except msgspec.ValidationError:
        return None


def typed_from(settings: Settings, zone: ZoneInfo) -> Typed:
    """The form of settings that exist; times in ``zone``."""
    session = settings.session
    texts = {
        "name": session.name,
        "go_live": wall_clock(session.go_live, zone) if session.go_live else "",
        "planned_days": str(session.planned_days),
        "time_zone": session.time_zone,
        "week_start": session.week_start,
        "lookback_days": str(session.lookback_days),
        "guard_days": str(session.guard_days),
        "baseline": session.baseline.kind if session.baseline else "",
        "per_day": _number(session.baseline.per_day) if session.baseline else "",
        "bad_minute_5xx": _number(session.bad_minute_5xx),
        "internal": "\n".join(settings.routes.internal),
        "critical": "\n".join(settings.routes.critical),
        "keep_calls_days": str(settings.privacy.keep_calls_days),
        "client_address": "yes" if settings.privacy.client_address else "",
        "me": settings.me.name,
        **sla_texts(settings),
    }
    separator = f"{ROUTE_SEPARATOR} "
    tables = {
        "flow": [[f.name, separator.join(f.routes), f.statistic, _number(f.slo_ms)] for f in settings.flow],
        "release": [[r.version, wall_clock(r.at, zone), r.kind, _number(r.share), r.note] for r in settings.release],
        "consumer": [[c.id, c.customer, c.segment] for c in settings.consumer],
        "segment": [[s.name, _number(s.weight)] for s in settings.segment],
        "customer": _customer_rows(settings),
        "targets": [[name, _number(value)] for name, value in settings.targets.items()],
        **sla_tables(settings),
    }
    return Typed(texts, tables)


def settings_from(typed: Typed, before: Settings, zone: ZoneInfo, kpis: Iterable[str] = ()) -> Settings:
    """The settings as typed; the sources and criteria of ``before`` stay. Raises RefusedError or SettingsError.

    ``zone`` counts while the form names none. ``kpis``: known names, to answer a typo; empty accepts every name.
    """
    texts = typed.texts
    here = _zone(texts.get("time_zone", ""), zone)
    if not texts.get("name", "").strip():
        raise RefusedError("name", "The session needs a name.")
    session: dict[str, Any] = {
        "name": texts["name"].strip(),
        "planned_days": _whole(texts, "planned_days", "Planned days"),
        "time_zone": texts.get("time_zone", "").strip(),
        "week_start": texts.get("week_start") or "monday",
        "lookback_days": _whole(texts, "lookback_days", "Look-back"),
        "guard_days": _whole(texts, "guard_days", "Guard after exit")
        if texts.get("guard_days")
        else before.session.guard_days,
        "bad_minute_5xx": number_of("bad_minute_5xx", texts.get("bad_minute_5xx", ""), "Bad minute from"),
    }
    if texts.get("go_live", "").strip():
        session["go_live"] = instant_of("go_live", texts["go_live"], here)
    if texts.get("baseline"):
        session["baseline"] = {"kind": texts["baseline"], "per_day": _optional("per_day", texts.get("per_day", ""))}
    document = {
        "session": {key: value for key, value in session.items() if value is not None},
        "me": {"name": texts["me"].strip()} if texts.get("me", "").strip() else {},
        "routes": {name: lines_of(texts.get(name, "")) for name in ("internal", "critical")},
        "privacy": {
            "keep_calls_days": _whole(texts, "keep_calls_days", "Keep single calls"),
            "client_address": bool(texts.get("client_address")),
        },
        "flow": _flows(typed.tables.get("flow", [])),
        "release": _releases(typed.tables.get("release", []), here),
        "consumer": _consumers(typed.tables.get("consumer", [])),
        "segment": _segments(typed.tables.get("segment", [])),
        "customer": _customers(typed.tables.get("customer", []), before),
        "targets": _targets(typed.tables.get("targets", []), set(kpis)),
    }
    read = from_document(document)
    whole = msgspec.structs.replace(before, **{section: getattr(read, section) for section in document})
    return with_sla(whole, texts, typed.tables, before)


def wall_clock(value: datetime, zone: ZoneInfo) -> str:
    """'2026-11-14 09:00' in ``zone``; seconds only where there are any."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    local = aware.astimezone(zone)
    return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


def instant_of(name: str, text: str, zone: ZoneInfo, row: int | None = None) -> datetime:
    """A typed time as an aware datetime: its own offset or Z if it has one, else ``zone``. Raises RefusedError."""
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        raise RefusedError(name, f"“{text.strip()}” is not a time; write it as 2026-11-14 09:00.", row) from None
    if value.tzinfo is not None:
        return value
    local = value.replace(tzinfo=zone)
    back = local.astimezone(UTC).astimezone(zone)
    if back.replace(tzinfo=None) != value:
        raise RefusedError(
            name, f"{value:%Y-%m-%d %H:%M} does not exist in {zone.key}: the clocks go forward then.", row
        )
    return local.astimezone(UTC)


def number_of(name: str, text: str, label: str, row: int | None = None) -> float | None:
    """A number, or a share as '0.1 %'; None for an empty text. Raises RefusedError."""
    bare = text.strip().replace("\u202f", "").replace("\u00a0", " ")
    if not bare:
        return None
    percent = bare.endswith("%")
    try:
        value = float(bare.removesuffix("%").strip())
    except ValueError:
        raise RefusedError(name, f"{label} is a number such as 0.05 or 5 %, not “{text.strip()}”.", row) from None
    if not abs(value) < float("inf"):
        raise RefusedError(name, f"{label} is a finite number.", row)
    return value / 100 if percent else value


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def rows_of_csv(text: str, columns: tuple[str, ...]) -> Rows:
    """Pasted rows, by commas, semicolons or tabs; a header of known names orders the columns. Short rows are filled."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    counted = {sign: lines[0].count(sign) for sign in ("\t", ";", ",")}
    sign = max(counted, key=lambda s: counted[s])
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=sign)]
    head = [cell.casefold() for cell in rows[0]]
    if columns[0] in head:
        places = [head.index(name) if name in head else -1 for name in columns]
        return [[row[place] if 0 <= place < len(row) else "" for place in places] for row in rows[1:]]
    return [(row + [""] * len(columns))[: len(columns)] for row in rows]


def _zone(text: str, usual: ZoneInfo) -> ZoneInfo:
    if not text.strip():
        return usual
    try:
        return ZoneInfo(text.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        sentence = f"The time zone “{text.strip()}” is unknown; choose one such as Europe/Berlin."
        raise RefusedError("time_zone", sentence) from None


def _whole(texts: Mapping[str, str], name: str, label: str) -> int | None:
    text = texts.get(name, "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[+-]?\d{1,6}", text):
        raise RefusedError(name, f"{label} is a whole number of days, not “{text}”.")
    return int(text)


def _optional(name: str, text: str) -> float | None:
    return number_of(name, text, "Tickets a day")


def _filled(rows: Rows) -> list[tuple[int, list[str]]]:
    stripped = [[cell.strip() for cell in row] for row in rows]
    return [(place, row) for place, row in enumerate(stripped) if any(row)]


def _flows(rows: Rows) -> list[dict[str, Any]]:
    flows = []
    for place, (name, routes, statistic, slo) in _filled(rows):
        if not name:
            raise RefusedError("flow", "A flow needs a name.", place)
        listed = [route.strip() for route in routes.split(ROUTE_SEPARATOR) if route.strip()]
        if not listed:
            sentence = f"The flow “{name}” needs at least one route, such as POST /v3/payments/confirm."
            raise RefusedError("flow", sentence, place)
        flow: dict[str, Any] = {"name": name, "routes": listed}
        if statistic:
            known = ("p50", "p75", "p90", "p95", "p99", "mean")
            if statistic not in known:
                raise RefusedError("flow", f"“{statistic}” is not a statistic.{did_you_mean(statistic, known)}", place)
            flow["statistic"] = statistic
        limit = number_of("flow", slo, "The SLO in ms", place)
        if limit is not None:
            if limit <= 0:
                raise RefusedError("flow", f"The SLO of “{name}” is a time above 0 ms.", place)
            flow["slo_ms"] = limit
        flows.append(flow)
    return flows


def _releases(rows: Rows, zone: ZoneInfo) -> list[dict[str, Any]]:
    releases = []
    for place, (version, at, kind, share, note) in _filled(rows):
        if not version or not at:
            raise RefusedError("release", "A release needs a version and the time it went live.", place)
        known = ("version", "config", "rollback", "canary")
        if kind and kind not in known:
            raise RefusedError("release", f"“{kind}” is not a kind of release.{did_you_mean(kind, known)}", place)
        part = number_of("release", share, "The share", place)
        if part is not None and not 0 < part <= 1:
            raise RefusedError("release", "The share is above 0 and up to 1, such as 0.1 or 10 %.", place)
        instant = instant_of("release", at, zone, place)
        release = {"version": version, "at": instant, "kind": kind or "version", "share": part, "note": note}
        releases.append(release)
    return releases


def _consumers(rows: Rows) -> list[dict[str, Any]]:
    seen: set[str] = set()
    consumers = []
    for place, (name, customer, segment) in _filled(rows):
        if not name:
            raise RefusedError("consumer", "A consumer needs its id, as the gateway writes it.", place)
        if name in seen:
            raise RefusedError("consumer", f"The consumer “{name}” stands here twice.", place)
        seen.add(name)
        consumers.append({"id": name, "customer": customer, "segment": segment})
    return consumers


def _segments(rows: Rows) -> list[dict[str, Any]]:
    segments = []
    for place, (name, weight) in _filled(rows):
        if not name:
            raise RefusedError("segment", "A segment needs a name.", place)
        value = number_of("segment", weight, f"The weight of “{name}”", place)
        segments.append({"name": name} if value is None else {"name": name, "weight": value})
    return segments


def _customer_rows(settings: Settings) -> Rows:
    if len(settings.customer) > MOST_TYPED:
        return []
    return [
        [c.name, c.segment, c.plan, _number(c.value), ", ".join(c.domains), ", ".join(c.consumers)]
        for c in settings.customer
    ]


def _customers(rows: Rows, before: Settings) -> list[dict[str, Any]]:
    filled = _filled(rows)
    if len(before.customer) > MOST_TYPED:
        if filled:
            sentence = (
                f"This session has {len(before.customer):,} customers from a list; change the list and import it."
            )
            raise RefusedError("customer", sentence, filled[0][0])
        return [msgspec.to_builtins(c) for c in before.customer]
    customers = []
    for place, (name, segment, plan, value, domains, consumers) in filled:
        if not name:
            raise RefusedError("customer", "A customer needs a name.", place)
        listed = [domain for domain in re.split(r"[;,\s]+", domains.casefold()) if domain]
        fault = next((found for domain in listed if (found := domain_fault(domain))), "")
        if fault:
            raise RefusedError("customer", fault, place)
        worth = amount(value) if value else None
        if value and worth is None:
            raise RefusedError("customer", f"The value of “{name}” is a number such as 12500, not “{value}”.", place)
        keys = [key.strip() for key in re.split(r"[;,]", consumers) if key.strip()]
        customers.append(
            {"name": name, "segment": segment, "plan": plan, "value": worth, "domains": listed, "consumers": keys}
        )
    return customers


def _targets(rows: Rows, known: set[str]) -> dict[str, float]:
    targets: dict[str, float] = {}
    for place, (name, text) in _filled(rows):
        if known and name not in known:
            raise RefusedError("targets", f"There is no KPI “{name}”.{did_you_mean(name, known)}", place)
        value = number_of("targets", text, f"The target of {name or 'a KPI'}", place)
        if not name or value is None:
            raise RefusedError("targets", "A target needs the name of a KPI and a number.", place)
        targets[name] = value
    return targets


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else repr(value)
