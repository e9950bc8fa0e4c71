"""The rule editor's fields: what one types, and the rule document it comes to. Texts in, texts out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.model.alert_rules import (
    ADHERENCE,
    ASKED,
    KPIS,
    QUANTILES,
    SEVERITIES,
    SHARES,
    TICKET_EVENTS,
    TICKET_KPIS,
    Rule,
    Signal,
    Way,
)
from console.model.errors import SettingsError
from console.queries.catalogue import shipped


@dataclass(frozen=True, slots=True)
class RuleField:
    """``choices``: (value, words) of a closed list; empty: free text. ``hint``: what applies while it is empty."""

    key: str
    label: str
    help: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


_TICKET_WORDS = {
    "arrives": "a ticket waits to be taken up",
    "backlog_grows": "the backlog grows for days",
    "breaches": "an SLA clock is used up",
}
_WAYS = (
    ("above", "is above"),
    ("below", "is below"),
    ("burn", "spends its budget too fast"),
    ("anomaly", "is unusual"),
)


def fields() -> tuple[RuleField, ...]:
    """In the order of the form."""
    kpis = shipped().kpis
    watched = [
        (f"kpi:{name}", kpis[name].title if name in kpis else name.replace("_", " ")) for name in (*KPIS, *ASKED)
    ]
    watched += [(f"tickets:{name}", f"Tickets: {_TICKET_WORDS[name]}") for name in TICKET_EVENTS]
    watched += [
        ("absent:", "A source is silent"),
        ("gauge:", "A gauge, by its name"),
        ("measure:", "A measure, by its name"),
    ]
    return (
        RuleField("title", "Title", "What people are told when it fires.", "A route is slow"),
        RuleField("name", "Name", "Small letters, digits, - and _; taken from the title when it is empty.", "from the title"),
        RuleField("watch", "Watch", "", "", tuple(watched)),
        RuleField("called", "Called", "The gauge's or measure's name.", "probe_up"),
        RuleField("way", "Fires when it", "", "", _WAYS),
        RuleField(
            "limit", "Limit",
            "A share such as 5 %, ms, a number; a budget for burning; periods of the source for silence; up or down for unusual.",
            "5 %",
        ),
        RuleField("by", "Told by", "", "", (("", "everything together"), ("route", "each route"), ("source", "each source"),
                                           ("labels", "each label"))),
        RuleField("routes", "Only routes", "Names or patterns, one a line; critical for those of the settings.", "all"),
        RuleField("only", "Only severity", "", "", (("", "any"), *((s, s) for s in SEVERITIES))),
        RuleField("window", "Over the last", "Shares, percentiles, surveys and times of tickets look at a window.", "5 min; 1 d"),
        RuleField("for", "For at least", "", "1 min"),
        RuleField("keep_firing_for", "Ends after calm of", "", "5 min"),
        RuleField("least", "At least so many failures", "", "3"),
        RuleField("severity", "Severity", "", "", tuple((s, s) for s in reversed(SEVERITIES))),
        RuleField("runbook", "Runbook", "A link, opened only when asked for.", "https://"),
        RuleField("owner", "Owner", "Who looks after this rule."),
    )  # fmt: skip


def relevant(texts: Mapping[str, str]) -> frozenset[str]:
    """The fields that mean something for what is watched; the others need not be shown."""
    kind, _, what = texts.get("watch", "").partition(":")
    way = texts.get("way", "")
    found = {"title", "name", "watch", "for", "keep_firing_for", "severity", "runbook", "owner"}
    if kind in ("gauge", "measure"):
        found |= {"called", "way", "limit", "by"}
    if kind == "kpi":
        found |= {"way", "limit", "by"}
        if texts.get("by") == "route":
            found.add("routes")
        if what in (*SHARES, *QUANTILES):
            found |= {"least"} if way == "burn" else {"least", "window"}
        if what in TICKET_KPIS:
            found |= {"only", "least", "window"}
        if what not in KPIS:
            found = (found | {"least", "window"}) - {"by"}
            if "severity" in _slices(what):
                found.add("only")
    if kind == "tickets" and what in ("arrives", "breaches"):
        found.add("only")
    if kind == "absent":
        found.add("limit")
    return frozenset(found)


def _slices(what: str) -> tuple[str, ...]:
    known = shipped().kpis.get(what)
    return ("severity",) if known is None else known.slices


FRESH = {"watch": "kpi:error_rate_5xx", "way": "above", "limit": "5 %", "by": "route", "severity": "P3", "only": ""}


def document(texts: Mapping[str, str]) -> dict[str, Any]:
    """The rule as a table of keys. Raises SettingsError for a limit that cannot be read; other faults the rule itself tells."""
    wanted = relevant(texts)
    given = {key: value.strip() for key, value in texts.items() if key in wanted}
    kind, _, what = given.get("watch", "").partition(":")
    name = given.get("name") or _named(given.get("title", ""))
    found: dict[str, Any] = {"name": name}
    if given.get("title"):
        found["title"] = given["title"]
    found[kind or "kpi"] = (
        _number("limit", given.get("limit") or "5") if kind == "absent" else what or given.get("called", "")
    )
    if kind not in ("absent", "tickets"):
        way = given.get("way") or "above"
        found[way] = _limit(way, given.get("limit", ""))
    if given.get("by") and kind not in ("absent", "tickets"):
        found["by"] = given["by"]
    for key in ("window", "for", "keep_firing_for", "runbook", "owner", "severity", "only"):
        if given.get(key):
            found[key] = given[key]
    if given.get("least"):
        found["least"] = int(_number("least", given["least"]))
    routes = [line.strip() for line in given.get("routes", "").splitlines() if line.strip()]
    if routes and kind == "kpi":
        found["routes"] = "critical" if routes == ["critical"] else routes
    return found


def _named(title: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in title.lower()).split()
    return "-".join(words)[:64] or "rule"


def _limit(way: str, text: str) -> Any:
    if way == "anomaly":
        return text if text in ("up", "down") else "up"
    return "slo" if text.lower() == "slo" else _number("limit", text)


def _number(key: str, text: str) -> float:
    """5 %, 500 ms, 15 min, 0.05: in the KPI's own unit (shares 0..1, ms, s)."""
    bare = text.replace("\u00a0", " ").strip()
    scale = 1.0
    for unit, factor in (("%", 0.01), ("ms", 1.0), ("min", 60.0), ("/s", 1.0), ("h", 3600.0), ("s", 1.0), ("x", 1.0)):
        if bare.endswith(unit):
            bare, scale = bare[: -len(unit)].strip(), factor
            break
    try:
        return round(float(bare.replace(",", ".")) * scale, 12)
    except ValueError:
        word = "The limit" if key == "limit" else f'"{key}"'
        raise SettingsError(f'{word} reads "{text}"; write a number such as 5 %, 500 ms or 15 min.') from None


def texts_of(rule: Rule) -> dict[str, str]:
    """A rule as the editor shows it."""
    found = {
        "name": rule.name, "title": rule.title, "severity": rule.severity, "runbook": rule.runbook, "owner": rule.owner,
        "by": "" if rule.signal is Signal.ABSENT else rule.by, "only": rule.only, "least": str(rule.least),
        "for": f"{rule.after} min", "keep_firing_for": f"{rule.keep} min", "window": f"{rule.window} min",
        "routes": "\n".join(rule.routes), "way": rule.way.value, "called": "",
    }  # fmt: skip
    match rule.signal:
        case Signal.ABSENT:
            found["watch"], found["limit"] = "absent:", f"{rule.limit:g}"
        case Signal.GAUGE | Signal.MEASURE:
            found["watch"], found["called"] = f"{rule.signal.value}:", rule.what
        case _:
            found["watch"] = f"{rule.signal.value}:{rule.what}"
    if rule.way is Way.ANOMALY:
        found["limit"] = "down" if rule.falling else "up"
    elif rule.signal is not Signal.ABSENT:
        found["limit"] = "slo" if rule.limit != rule.limit else _written(rule)
    return found


def _written(rule: Rule) -> str:
    known = shipped().kpis.get(rule.what)
    if rule.what in (*SHARES, *ADHERENCE, "cpu", "memory", "disk") or (rule.asked and known and known.unit == "share"):
        return f"{rule.limit * 100:g} %"
    return f"{rule.limit:g} ms" if rule.what in QUANTILES or rule.what == "latency_mean" else f"{rule.limit:g}"
