"""The alert rules that stand at a moment: the shipped ones, the user's own, without those that were retired."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache

from console.model.alert_rules import Rule, Way, read
from console.model.decision import Act
from console.paths import resources
from console.queries.reader import Reader

_STATISTICS = ("p50", "p75", "p90", "p95", "p99", "mean")


@cache
def shipped() -> tuple[Rule, ...]:
    """The bundled rules; a fault in one of them is a bug."""
    return tuple(
        read(tomllib.loads(path.read_text("utf-8")), shipped=True)
        for path in sorted((resources() / "alerts").glob("*.toml"))
    )


def all_rules(reader: Reader) -> list[Rule]:
    """Shipped and own rules, also retired ones; an own rule replaces the shipped one of its name."""
    own = [read(item) for item in reader.settings.alert]
    names = {rule.name for rule in own}
    return [*(rule for rule in shipped() if rule.name not in names), *own]


def rules(reader: Reader) -> list[Rule]:
    """What is watched at the reader's moment, with the routes and limits that the settings name filled in."""
    gone = retired(reader)
    return [filled for rule in all_rules(reader) if rule.name not in gone for filled in fill(reader, rule)]


def retired(reader: Reader) -> set[str]:
    """Names of the rules that somebody retired and nobody restored."""
    rows = reader.rows(
        f"SELECT subject, arg_max(act, (happened_at, decision_id)) FROM decision WHERE act IN ('{Act.RETIRE_RULE}', "
        f"'{Act.RESTORE_RULE}') AND known_at <= {reader.known_sql} AND epoch_us(happened_at) <= {reader.at} GROUP BY subject"
    )
    return {subject for subject, act in rows if act == Act.RETIRE_RULE}


def fill(reader: Reader, rule: Rule) -> list[Rule]:
    """A rule over the SLOs of flows becomes one a statistic; "critical" becomes the routes that are. May be none."""
    if rule.routes == ("critical",):
        routes = tuple(reader.settings.routes.critical)
        return [replace(rule, routes=routes)] if routes else []
    if rule.way is not Way.ABOVE or rule.limit == rule.limit:
        return [rule]
    found = []
    for statistic in _STATISTICS:
        flows = {
            route: flow.slo_ms for flow in reader.settings.flow if flow.statistic == statistic for route in flow.routes
        }
        if flows:
            found.append(replace(rule, what=f"latency_{statistic}", flows=flows))
    return found
