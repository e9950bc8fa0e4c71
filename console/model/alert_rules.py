"""What an alert rule says, and how it is read from a table of keys (TOML, or the rule editor).

A rule watches one signal: a ``kpi``, a ``gauge``, a ``measure``, the silence of a source (``absent``) or ``tickets``; in one
way: ``above``, ``below``, ``burn`` (a budget, as a share) or ``anomaly``. Everything else has a default.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from console.model.alert import Timing
from console.model.errors import SettingsError
from console.model.nearest import did_you_mean

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)?")
_UNIT_S = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, None: 1}
_NEXT_LABEL = re.compile(r",(?=[a-z_]+=)")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_KPI_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_A_SLIP = 0.85
_LONGEST_MIN = 7 * 1440

SHARES = ("error_rate_5xx", "error_rate_4xx", "throttled", "rejected", "availability_by_calls")
QUANTILES = {
    "latency_p50": 0.5, "latency_p75": 0.75, "latency_p90": 0.9, "latency_p95": 0.95, "latency_p99": 0.99,
    "latency_gateway_p95": 0.95,
}  # fmt: skip
LEVELS_OF_MACHINES = ("cpu", "memory", "disk")
LEVELS = ("throughput", "latency_mean", *LEVELS_OF_MACHINES)
ADHERENCE = ("sla_response_adherence", "sla_resolution_adherence")
TICKET_KPIS = ("mtta", "opened", "resolved", "backlog", *ADHERENCE)
KPIS = (*SHARES, *QUANTILES, *LEVELS, *TICKET_KPIS)
"""KPIs that can be told minute by minute."""
_OF_SYSTEMS = ("availability", "mtbf", "routing_success", "gateway_capacity", "network")
ASKED = (
    *_OF_SYSTEMS, "mttr", "mttr_first", "mttr_final", "mttr_p1", "mttr_p2", "mttr_p3", "mttr_p4", "first_contact_resolution",
    "reopen_rate", "backlog_growth", "tickets_per_day", "volume_by_severity", "feedback_mix", "bug_density", "channel_use",
    "time_to_deploy", "csat", "nps", "sentiment_negative", "adoption", "conversion", "churn", "page_load_p75", "app_errors",
    "failed_logins", "suspicious_requests", "ai_calls", "ai_tokens", "ai_cost", "operation_cost",
)  # fmt: skip
"""The other KPIs of the catalogue, told every few minutes: each is asked over its window as of then, and stands until it is
asked again. A user's own KPI is asked in the same way; whether its file is there shows only when it is asked."""
STEPS_MIN = {60: 5, 1440: 15, _LONGEST_MIN: 60}
"""Minutes between two questions, by the longest window that is asked so often: a long window moves slowly."""
TICKET_EVENTS = ("arrives", "backlog_grows", "breaches")
SEVERITIES = ("P1", "P2", "P3", "P4")
_BY: dict[str, tuple[str, ...]] = {
    "route": (*SHARES, *QUANTILES, "throughput", "latency_mean"),
    "source": (),
    "labels": (),
    "severity": TICKET_KPIS,
}


class Way(StrEnum):
    ABOVE = "above"
    BELOW = "below"
    BURN = "burn"
    ANOMALY = "anomaly"


class Signal(StrEnum):
    KPI = "kpi"
    GAUGE = "gauge"
    MEASURE = "measure"
    ABSENT = "absent"
    TICKETS = "tickets"


@dataclass(frozen=True, slots=True)
class Rule:
    """``limit``: what is compared with (a share 0..1, ms, s, periods of a source …); for ``burn`` the budget.

    ``window`` (of shares, percentiles, ticket numbers and what is asked; a level is judged by the minute), ``after`` (key
    ``for``) and ``keep`` (key ``keep_firing_for``) are whole minutes. ``flows``: one limit per route instead of ``limit``.
    ``routes``: only these; empty: all of them. ``least``: events (failures, slow calls, tickets, answers) below which a share
    or mean says nothing. ``sense``: how many robust deviations are unusual; ``falling``: a fall is the
    trouble. ``only``: tickets of this severity alone.
    """

    name: str
    title: str
    signal: Signal
    what: str
    way: Way
    limit: float = math.nan
    by: str = ""
    window: int = 5
    after: int = 1
    keep: int = 5
    severity: str = "P3"
    runbook: str = ""
    owner: str = ""
    group_by: tuple[str, ...] = ("what",)
    routes: tuple[str, ...] = ()
    flows: Mapping[str, float] = field(default_factory=dict)
    only: str = ""
    least: int = 3
    sense: float = 5.0
    falling: bool = False
    days: int = 3
    shipped: bool = False

    @property
    def timing(self) -> Timing:
        return Timing(max(1, self.after), self.keep)

    @property
    def asked(self) -> bool:
        """Whether its KPI is asked every ``step`` minutes instead of being told by the minute."""
        return self.signal is Signal.KPI and self.what not in KPIS

    @property
    def step(self) -> int:
        return next(step for longest, step in STEPS_MIN.items() if self.window <= longest)

    @property
    def is_share(self) -> bool:
        return self.what in SHARES or (self.what in QUANTILES and self.way in (Way.ABOVE, Way.BELOW))

    @property
    def quantile(self) -> float | None:
        return QUANTILES.get(self.what) if self.signal is Signal.KPI else None


def alert_key(rule: str, labels: Mapping[str, str]) -> str:
    """The name of one alert, ``route-5xx{route=GET /v3/cart}``: what decisions about it are made on."""
    inner = ",".join(f"{key}={labels[key]}" for key in sorted(labels))
    return f"{rule}{{{inner}}}" if inner else rule


def labels_of(key: str) -> dict[str, str]:
    """The labels in the name of an alert, as far as they can be told apart: a value may hold what looks like another label."""
    inner = key.partition("{")[2].removesuffix("}")
    pairs = (part.partition("=") for part in _NEXT_LABEL.split(inner))
    return {name: value for name, _, value in pairs if name}


def labels_text(labels: Mapping[str, str]) -> str:
    """As stored in ``alert_change.labels``: JSON with sorted keys."""
    return json.dumps(dict(labels), sort_keys=True, ensure_ascii=False)


def read(given: Mapping[str, Any], *, shipped: bool = False) -> Rule:
    """A rule from its keys. Raises SettingsError with one sentence that names the rule and the key."""
    return _Reading(given, shipped).rule()


KEYS = (
    "name", "title", "kpi", "gauge", "measure", "absent", "tickets", "by", "above", "below", "burn", "anomaly", "window", "for",
    "keep_firing_for", "severity", "runbook", "owner", "group_by", "routes", "only", "least", "sense", "days",
)  # fmt: skip
_OF_FLOWS = "slo"
"""``above = "slo"``: each route of a core flow has the flow's own limit."""
_OF_CRITICAL = "critical"
"""``routes = "critical"``: the routes that the settings call critical."""


def _may_be_a_kpi(name: str) -> bool:
    """One of ours, or perhaps one of the user's own: what reads almost as one of ours is a slip."""
    ours = (*KPIS, *ASKED)
    return name in ours or (
        _KPI_NAME.fullmatch(name) is not None and not difflib.get_close_matches(name, ours, 1, _A_SLIP)
    )


def _usual_window(signal: Signal, what: str) -> int:
    if signal is not Signal.KPI:
        return 1
    if what in KPIS:
        return 5
    return 60 if what in _OF_SYSTEMS else 1440


class _Reading:
    def __init__(self, given: Mapping[str, Any], shipped: bool) -> None:
        self._given = given
        self._shipped = shipped
        self._name = str(given.get("name", "")) or "without a name"

    def _fault(self, sentence: str) -> SettingsError:
        return SettingsError(f'The alert rule "{self._name}" {sentence}')

    def rule(self) -> Rule:
        given = self._given
        for key in given:
            if key not in KEYS:
                raise self._fault(f'has the unknown key "{key}".{did_you_mean(key, KEYS)}')
        name = given.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise self._fault("needs a name of small letters, digits, - and _ (at most 64).")
        signal, what = self._signal()
        way, limit = self._way(signal)
        window = self._minutes("window", _usual_window(signal, what))
        burn = way is Way.BURN
        if burn and what not in SHARES:
            raise self._fault(
                f"burns a budget of {what}; a burn rate is defined for shares of calls: {', '.join(SHARES)}."
            )
        if (
            signal is Signal.KPI
            and way in (Way.ABOVE, Way.BELOW)
            and what in SHARES
            and not 0 < limit < 1
            and limit == limit
        ):
            raise self._fault(f"compares a share with {limit:g}; a share lies between 0 and 1, such as 0.05 for 5 %.")
        if window < 1 or window > _LONGEST_MIN:
            raise self._fault("has a window outside 1 minute to 7 days.")
        flows = limit != limit and way is Way.ABOVE
        return Rule(
            name, self._text("title") or name, signal, what, way, limit, self._by(signal, what, flows), window,
            max(1, self._minutes("for", 1)), self._minutes("keep_firing_for", 5), self._one_of("severity", SEVERITIES, "P3"),
            self._runbook(), self._text("owner"), self._group(), self._routes(), {}, self._only(),
            self._whole("least", 3), self._sense(), given.get("anomaly") == "down", self._whole("days", 3), self._shipped,
        )  # fmt: skip

    def _signal(self) -> tuple[Signal, str]:
        found = [s for s in Signal if s.value in self._given]
        if len(found) != 1:
            raise self._fault("must watch exactly one of kpi, gauge, measure, absent or tickets.")
        signal = found[0]
        if signal is Signal.ABSENT:
            return signal, "silence"
        what = self._text(signal.value)
        if signal is Signal.KPI and not _may_be_a_kpi(what):
            raise self._fault(f'watches the KPI "{what}", which there is not.{did_you_mean(what, (*KPIS, *ASKED))}')
        if signal is Signal.TICKETS and what not in TICKET_EVENTS:
            raise self._fault(f'watches tickets for "{what}".{did_you_mean(what, TICKET_EVENTS)}')
        if not what:
            raise self._fault(f"names no {signal.value}.")
        return signal, what

    def _way(self, signal: Signal) -> tuple[Way, float]:
        if signal is Signal.TICKETS:
            return Way.ABOVE, 0.0
        if signal is Signal.ABSENT:
            return Way.ABOVE, self._periods()
        found = [w for w in Way if w.value in self._given]
        if len(found) != 1:
            raise self._fault("must say exactly one of above, below, burn or anomaly.")
        way, value = found[0], self._given[found[0].value]
        if way is Way.ANOMALY:
            if value not in (True, "up", "down"):
                raise self._fault('takes anomaly = "up" or "down".')
            return way, math.nan
        if value == _OF_FLOWS and way is Way.ABOVE:
            return way, math.nan
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self._fault(f"compares with {value!r}; write a plain number.")
        if way is Way.BURN and not 0 < value < 1:
            raise self._fault("needs a budget between 0 and 1, such as burn = 0.001.")
        return way, float(value)

    def _periods(self) -> float:
        value = self._given["absent"]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value <= 10_000:
            raise self._fault("takes absent as a number of periods of the source, such as absent = 5.")
        return float(value)

    def _by(self, signal: Signal, what: str, flows: bool) -> str:
        if signal is Signal.ABSENT:
            return "source"
        by = self._text("by") or ("route" if flows else "")
        if not by:
            return ""
        if by not in _BY:
            raise self._fault(f'is told by "{by}".{did_you_mean(by, _BY)}')
        fits = signal in (Signal.GAUGE, Signal.MEASURE) and by in ("source", "labels")
        if not (fits or (signal is Signal.KPI and what in _BY[by])):
            raise self._fault(f"cannot be told by {by}: {what} is not counted so.")
        return by

    def _minutes(self, key: str, usual: int) -> int:
        value = self._given.get(key)
        if value is None:
            return usual
        seconds = math.nan
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            seconds = float(value)
        elif isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
            seconds = float(match.group(1)) * _UNIT_S[match.group(2)]
        if not math.isfinite(seconds) or seconds < 0 or seconds > _LONGEST_MIN * 60:
            raise self._fault(f'has {key} = {value!r}; write a length up to 7 days such as "5 min" or "1 h".')
        return math.ceil(seconds / 60)

    def _text(self, key: str) -> str:
        value = self._given.get(key, "")
        if not isinstance(value, str):
            raise self._fault(f"has {key} = {value!r} where a text is meant.")
        return value.strip()

    def _one_of(self, key: str, known: tuple[str, ...], usual: str) -> str:
        value = self._text(key) or usual
        if value not in known:
            raise self._fault(f'has {key} = "{value}".{did_you_mean(value, known)}')
        return value

    def _runbook(self) -> str:
        link = self._text("runbook")
        if link and not link.startswith(("http://", "https://")):
            raise self._fault("has a runbook that is no http or https link.")
        return link

    def _list(self, key: str) -> tuple[str, ...]:
        value = self._given.get(key, [])
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise self._fault(f"takes {key} as a list of texts.")
        return tuple(value)

    def _group(self) -> tuple[str, ...]:
        known = ("what", "rule", "route", "source", "severity", "ticket", "labels")
        chosen = self._list("group_by") or ("what",)
        for item in chosen:
            if item not in known:
                raise self._fault(f'is grouped by "{item}".{did_you_mean(item, known)}')
        return chosen

    def _routes(self) -> tuple[str, ...]:
        if self._given.get("routes") == _OF_CRITICAL:
            return (_OF_CRITICAL,)
        return self._list("routes")

    def _only(self) -> str:
        only = self._text("only")
        if only and only not in SEVERITIES:
            raise self._fault(f'looks at severity "{only}" only.{did_you_mean(only, SEVERITIES)}')
        return only

    def _whole(self, key: str, usual: int) -> int:
        value = self._given.get(key, usual)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
            raise self._fault(f"has {key} = {value!r}; write a whole number from 1 up.")
        return value

    def _sense(self) -> float:
        value = self._given.get("sense", 5.0)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 2 <= value <= 100:
            raise self._fault("takes sense as a number of deviations between 2 and 100.")
        return float(value)
