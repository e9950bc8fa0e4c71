"""Typed settings of a session, from TOML or from the Settings screen. No secrets live here, only their names.

An unknown key is refused with the nearest known word; a wrong type names the key and what it takes. Keys that belong to
one kind of source stay in ``SourceSettings.options`` and are checked by the registry of sources, which knows the kinds.
"""

from __future__ import annotations

import getpass
import math
import re
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from console import customer_settings, sla_settings
from console.customer_settings import Consumer, CustomerSettings, Segment
from console.model import alert_rules, criterion, rules
from console.model.errors import SettingsError
from console.model.moment import from_datetime
from console.model.nearest import did_you_mean
from console.model.sla import Agreement
from console.sla_settings import CalendarSettings, EscalationSettings, ForgottenSettings, SlaSettings

_SOURCE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_PERIOD_S = 86_400


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What "ticket volume back to normal" means: a number a day, the mean before go-live, or a flat trend."""

    kind: Literal["fixed", "pre_launch", "flat"] = "pre_launch"
    per_day: float | None = None


class SessionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str = "Hypercare"
    go_live: datetime | None = None
    planned_days: int = 14
    time_zone: str = ""
    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    lookback_days: int = 14
    baseline: Baseline | None = None
    bad_minute_5xx: float = 0.05
    guard_days: int = 14


def login_name() -> str:
    """Who is logged in; 'me' where the system has no name for its user (a container with a bare number)."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "me"


class Me(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str = msgspec.field(default_factory=login_name)


class Flow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A core user flow and the response time it promises."""

    name: str
    routes: list[str]
    statistic: Literal["p50", "p75", "p90", "p95", "p99", "mean"] = "p95"
    slo_ms: float = 500.0


class Routes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    internal: list[str] = []
    critical: list[str] = []


class ReleaseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    at: datetime
    kind: Literal["version", "config", "rollback", "canary"] = "version"
    share: float | None = None
    note: str = ""


class CriterionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A criterion of one's own, or changes to a row of the template with the same key; what is not named stays."""

    key: str
    title: str | None = None
    kind: str | None = None
    kpi: str | None = None
    above: float | None = None
    below: float | None = None
    trend: str | None = None
    window: str | float | None = None
    sustained: str | float | None = None
    coverage: float | None = None
    evidence: int | None = None
    owner: str | None = None
    rationale: str | None = None
    sides: int | None = None
    route: str | None = None
    consumer: str | None = None
    severity: str | None = None
    ticket_kind: str | None = None
    area: str | None = None
    channel: str | None = None
    segment: str | None = None
    release: str | None = None

    def table(self) -> dict[str, Any]:
        """Only what is named."""
        return {k: v for k, v in msgspec.structs.asdict(self).items() if v is not None}


class Privacy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What single calls may keep, and for how long. Paths never carry a query string, whatever stands here."""

    keep_calls_days: int = 3
    client_address: bool = False


class SourceSettings(msgspec.Struct, frozen=True):
    """One source. ``options`` holds the keys of its kind, unchecked until the registry sees them."""

    name: str
    kind: str
    period_s: float | None = None
    gateway: str | None = None
    credential: str | None = None
    paused: bool = False
    options: dict[str, Any] = {}


class Settings(msgspec.Struct, frozen=True):
    session: SessionSettings = SessionSettings()
    me: Me = msgspec.field(default_factory=Me)
    flow: list[Flow] = []
    routes: Routes = Routes()
    release: list[ReleaseSettings] = []
    consumer: list[Consumer] = []
    segment: list[Segment] = []
    customer: list[CustomerSettings] = []
    privacy: Privacy = Privacy()
    criterion: list[CriterionSettings] = []
    targets: dict[str, float] = {}
    alert: list[dict[str, Any]] = []
    """Alert rules of the user's own, as written; ``model.alert_rules.read`` knows their keys."""
    calendar: list[CalendarSettings] = []
    sla: list[SlaSettings] = []
    escalation: list[EscalationSettings] = []
    forgotten: ForgottenSettings = ForgottenSettings()
    rule: list[dict[str, Any]] = []
    """Rules over tickets, as written; ``model.rules.read`` knows their keys."""
    source: list[SourceSettings] = []


_LISTS: dict[str, type[msgspec.Struct]] = {
    "flow": Flow, "release": ReleaseSettings, "consumer": Consumer, "criterion": CriterionSettings, "segment": Segment,
    "customer": CustomerSettings, "calendar": CalendarSettings, "sla": SlaSettings, "escalation": EscalationSettings,
}  # fmt: skip


def load(path: Path) -> Settings:
    """Read a TOML file. Raises SettingsError with one sentence that names the file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"The settings {path} cannot be read ({error.strerror}); check the path.") from None
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError(f"The settings {path} are not UTF-8 text; save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings {path} are not valid TOML: {error}.") from None
    try:
        document = sla_settings.with_holidays(document, path.parent, date.today())
        return from_document(_with_list(document, path.parent))
    except SettingsError as error:
        raise SettingsError(f"{path}: {error.message}") from None


def _with_list(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """``customers = { path = "…" }`` becomes the customers of that file, after those written out."""
    if "customers" not in document:
        return document
    given = document["customers"]
    if not isinstance(given, dict) or set(given) != {"path"} or not isinstance(given["path"], str):
        raise SettingsError('customers takes the path of a CSV file: customers = { path = "customers.csv" }.')
    found, faults = customer_settings.listed(folder / given["path"])
    if faults:
        more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
        raise SettingsError(f"{given['path']}: {' '.join(faults[:3])}{more}")
    written = _tables(document.get("customer", []), "customer")
    rest = {key: value for key, value in document.items() if key != "customers"}
    return {**rest, "customer": [*written, *found]}


def from_document(document: dict[str, Any]) -> Settings:
    """Build settings from plain values (parsed TOML or JSON). Raises SettingsError."""
    sections = get_type_hints(Settings)
    _refuse_unknown(document, set(sections), "")
    values: dict[str, Any] = {}
    for section, content in document.items():
        if section == "source":
            values[section] = [_source(item, place) for place, item in enumerate(_tables(content, section), 1)]
        elif section in ("alert", "rule"):
            values[section] = [_table(item, section) for item in _tables(content, section)]
        elif section == "targets":
            values[section] = _convert(content, dict[str, float], section)
        elif section in _LISTS:
            kind = _LISTS[section]
            values[section] = [
                _struct(item, kind, f"{section} {n}") for n, item in enumerate(_tables(content, section), 1)
            ]
        else:
            values[section] = _struct(content, sections[section], section)
    settings = Settings(**values)
    _check(settings)
    return settings


def _tables(content: Any, section: str) -> list[Any]:
    if not isinstance(content, list):
        raise SettingsError(f"[{section}] stands once where a list is meant: write [[{section}]].")
    return content


def _refuse_unknown(content: dict[str, Any], known: set[str], where: str) -> None:
    for key in content:
        if key not in known:
            place = f" in [{where}]" if where else ""
            raise SettingsError(f'Unknown key "{key}"{place}.{did_you_mean(key, known)}')


def _struct(content: Any, kind: type[Any], where: str) -> Any:
    if not isinstance(content, dict):
        raise SettingsError(f"[{where}] must be a table of keys, not {type(content).__name__}.")
    known = {f.encode_name for f in msgspec.structs.fields(kind)}
    _refuse_unknown(content, known, where)
    return _convert(content, kind, where)


def _convert(content: Any, kind: Any, where: str) -> Any:
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[{where}] has a value of the wrong kind: {error}.") from None


def _source(item: Any, place: int) -> SourceSettings:
    if not isinstance(item, dict):
        raise SettingsError(f"[[source]] {place} must be a table of keys.")
    common = {f.encode_name for f in msgspec.structs.fields(SourceSettings)} - {"options"}
    mine = {key: value for key, value in item.items() if key in common}
    others = {key: value for key, value in item.items() if key not in common}
    where = f"source {item.get('name', place)}"
    source: SourceSettings = _convert({**mine, "options": plain(others)}, SourceSettings, where)
    if not _SOURCE_NAME.fullmatch(source.name):
        raise SettingsError(f'The source name "{source.name}" may hold only letters, digits, - and _ (at most 64).')
    if source.period_s is not None and not 1 <= source.period_s <= _LONGEST_PERIOD_S:
        raise SettingsError(
            f'The source "{source.name}" has period_s = {source.period_s:g}; it must be 1 or more, and at most a day '
            f"({_LONGEST_PERIOD_S})."
        )
    return source


def _table(item: Any, section: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise SettingsError(f"[[{section}]] must be a table of keys.")
    (alert_rules if section == "alert" else rules).read(item)
    return dict(item)


def _check(settings: Settings) -> None:
    _once([str(a["name"]) for a in settings.alert], "alert rule")
    _once([str(r["name"]) for r in settings.rule], "rule")
    if len(settings.rule) > rules.MOST_RULES:
        raise SettingsError(f"There are {len(settings.rule)} rules; at most {rules.MOST_RULES} are asked.")
    _once([s.name for s in settings.source], "source")
    _once([f.name for f in settings.flow], "flow")
    _once([c.key for c in settings.criterion], "criterion", "criteria")
    _check_criteria(settings)
    _once([s.name.casefold() for s in settings.segment], "segment")
    customer_settings.check(settings.segment, settings.customer, settings.consumer)
    agreement(settings, "UTC")
    session = settings.session
    if session.time_zone:
        try:
            ZoneInfo(session.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SettingsError(
                f'The time zone "{session.time_zone}" is unknown; use a name such as "Europe/Berlin" or "UTC".'
            ) from None
    numbers = {"targets." + name: value for name, value in settings.targets.items()}
    numbers |= {f"flow {flow.name}: slo_ms": flow.slo_ms for flow in settings.flow}
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise SettingsError(f"{name} is {value}; it must be a plain number.")
    if settings.privacy.keep_calls_days < 0:
        raise SettingsError("keep_calls_days must be 0 or more.")
    if session.planned_days < 1 or session.lookback_days < 0:
        raise SettingsError("planned_days must be 1 or more and lookback_days 0 or more.")
    if session.guard_days < 0:
        raise SettingsError("guard_days must be 0 or more: the days after exit in which the criteria are still judged.")
    if not 0 < session.bad_minute_5xx <= 1:
        raise SettingsError("bad_minute_5xx is a share above 0 and up to 1, such as 0.05.")
    if session.baseline and session.baseline.kind in ("fixed", "flat") and session.baseline.per_day is None:
        raise SettingsError(f'baseline of kind "{session.baseline.kind}" needs per_day, the tickets a day it allows.')


def _check_criteria(settings: Settings) -> None:
    """What can be said of criteria without their KPIs; the catalogue's part is ``queries.criteria.definitions``."""
    per_day = settings.session.baseline.per_day if settings.session.baseline else None
    rows = {d.key: d for d in criterion.template(settings.targets, per_day)}
    for table in (c.table() for c in settings.criterion):
        try:
            if table["key"] in rows:
                criterion.changed(rows[table["key"]], table)
            else:
                criterion.defined(table)
        except ValueError as error:
            raise SettingsError(f'criterion "{table["key"]}": {error}') from None


def _once(names: list[str], what: str, many: str = "") -> None:
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(
                f'There are two {many or what + "s"} named "{name}"; every {what} needs a name of its own.'
            )


def plain(value: Any) -> Any:
    """TOML values as JSON would carry them: instants become ISO text, so that options survive the session file."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value


def agreement(settings: Settings, zone: str) -> Agreement:
    """What SLA clocks are judged by; ``zone`` is that of calendars which name none. Raises SettingsError."""
    return sla_settings.agreed(zone, settings.calendar, settings.sla, settings.escalation, settings.forgotten)


def go_live(settings: Settings) -> int | None:
    """The go-live instant; None when the settings do not say."""
    return from_datetime(settings.session.go_live) if settings.session.go_live else None
