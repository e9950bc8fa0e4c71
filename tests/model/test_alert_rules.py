"""A rule is read with care: what cannot be meant is refused with one sentence that names the rule and the way out."""

from __future__ import annotations

from typing import Any

import pytest

from console.model.alert_rules import KEYS, Signal, Way, alert_key, read
from console.model.errors import SettingsError
from console.present import alert_form
from console.queries.alert_book import shipped
from console.queries.catalogue import shipped as catalogue

PLAIN = {"name": "slow", "kpi": "latency_p95", "above": 500}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "Slow Route"}, "small letters"),
        ({"name": 7}, "small letters"),
        ({"abov": 5}, 'Did you mean "above"'),
        ({"kpi": "latency_p9x"}, 'Did you mean "latency_p9'),
        ({"kpi": "csatt"}, 'which there is not. Did you mean "csat"'),
        ({"kpi": "Lost carts"}, "which there is not"),
        ({"kpi": "csat", "by": "route"}, "cannot be told by route"),
        ({"gauge": "cpu"}, "exactly one of kpi"),
        ({"below": 5}, "exactly one of above"),
        ({"above": True}, "plain number"),
        ({"above": float("nan")}, "plain number"),
        ({"above": "much"}, "plain number"),
        ({"for": "soon"}, "a length up to 7 days"),
        ({"for": -5}, "a length up to 7 days"),
        ({"window": "8 d"}, "a length up to 7 days"),
        ({"severity": "P5"}, "severity"),
        ({"runbook": "javascript:alert(1)"}, "no http or https link"),
        ({"by": "rout"}, 'Did you mean "route"'),
        ({"by": "severity"}, "cannot be told by severity"),
        ({"group_by": "route"}, "list of texts"),
        ({"group_by": ["colour"]}, "grouped by"),
        ({"least": 0}, "whole number"),
        ({"sense": 1}, "between 2 and 100"),
        ({"only": "P9"}, "severity"),
        ({"title": 4}, "a text is meant"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError) as told:
        read({**PLAIN, **change})
    assert says in told.value.message
    assert "alert rule" in told.value.message


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"name": "a", "kpi": "error_rate_5xx", "above": 5}, "between 0 and 1"),
        ({"name": "a", "kpi": "latency_p95", "burn": 0.1}, "defined for shares"),
        ({"name": "a", "kpi": "error_rate_5xx", "burn": 2}, "budget between 0 and 1"),
        ({"name": "a", "kpi": "error_rate_5xx"}, "exactly one of above"),
        ({"name": "a", "above": 1}, "exactly one of kpi"),
        ({"name": "a", "absent": 0}, "number of periods"),
        ({"name": "a", "tickets": "arrive"}, 'Did you mean "arrives"'),
        ({"name": "a", "measure": "churn", "anomaly": "sideways"}, '"up" or "down"'),
        ({"name": "a", "measure": "", "above": 1}, "names no measure"),
    ],
)
def test_a_signal_and_its_way_must_fit(rule: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError) as told:
        read(rule)
    assert says in told.value.message


def test_lengths_are_read_in_the_units_people_write() -> None:
    rule = read({**PLAIN, "window": "1 h", "for": 90, "keep_firing_for": "0.5 d"})
    assert (rule.window, rule.after, rule.keep) == (60, 2, 720)


def test_a_kpi_of_ones_own_is_taken_at_its_name() -> None:
    rule = read({"name": "a", "kpi": "lost_carts", "above": 3})
    assert (rule.asked, rule.window, rule.step) == (True, 1440, 15)


@pytest.mark.parametrize(
    ("window", "step"), [("5 min", 5), ("1 h", 5), ("61 min", 15), ("1 d", 15), ("2 d", 60), ("7 d", 60)]
)
def test_a_long_window_is_asked_less_often(window: str, step: int) -> None:
    assert read({"name": "a", "kpi": "nps", "below": 0, "window": window}).step == step


def test_every_rule_that_is_shipped_can_be_used() -> None:
    rules = {rule.name: rule for rule in shipped()}
    assert {
        "cpu-high", "critical-5xx", "route-5xx", "gateway-latency", "route-slo", "probe-down", "mtta", "backlog-grows",
        "failed-logins", "suspicious-requests", "churn", "silence", "critical-bug", "burn-5xx", "sla-breach",
        "sla-adherence", "sla-response",
    } <= rules.keys()  # fmt: skip
    assert all(rule.shipped and rule.title for rule in rules.values())
    assert (rules["cpu-high"].limit, rules["cpu-high"].after) == (0.8, 5)
    assert (rules["gateway-latency"].limit, rules["route-5xx"].limit) == (500, 0.05)


def test_an_alert_is_named_by_its_rule_and_labels() -> None:
    assert alert_key("slow", {}) == "slow"
    assert alert_key("slow", {"route": "GET /a", "by": "x"}) == "slow{by=x,route=GET /a}"


# The editor's texts


@pytest.mark.parametrize("rule", shipped(), ids=lambda rule: rule.name)
def test_a_rule_survives_the_editor(rule: Any) -> None:
    again = read(alert_form.document(alert_form.texts_of(rule)))
    same = "name title signal what way by after keep severity routes only least falling"
    for name in same.split():
        assert getattr(again, name) == getattr(rule, name), name
    assert again.limit == pytest.approx(rule.limit, nan_ok=True)
    if rule.signal is Signal.KPI:
        assert again.window == rule.window


@pytest.mark.parametrize(
    ("text", "limit"), [("5 %", 0.05), ("0,5 %", 0.005), ("500 ms", 500), ("15 min", 900), ("0.8", 0.8)]
)
def test_a_limit_is_written_as_people_do(text: str, limit: float) -> None:
    assert alert_form.document({"watch": "kpi:cpu", "way": "above", "limit": text})["above"] == limit


def test_a_limit_that_cannot_be_read_is_said() -> None:
    with pytest.raises(SettingsError, match="lots"):
        alert_form.document({"watch": "kpi:cpu", "way": "above", "limit": "lots"})


def test_a_new_rule_takes_its_name_from_its_title() -> None:
    found = read(alert_form.document({**alert_form.FRESH, "title": "Search is slow (again)!"}))
    assert (found.name, found.way, found.limit, found.by) == ("search-is-slow-again", Way.ABOVE, 0.05, "route")


def test_only_what_means_something_is_asked_for() -> None:
    assert "called" not in alert_form.relevant(alert_form.FRESH)
    assert {"called", "limit"} <= alert_form.relevant({"watch": "gauge:"})
    assert alert_form.relevant({"watch": "absent:"}).isdisjoint({"way", "by", "window", "only"})
    assert "only" in alert_form.relevant({"watch": "tickets:arrives"})


@pytest.mark.parametrize(("kpi", "limit"), [("csat", "80 %"), ("mttr_p1", "14400"), ("nps", "10"), ("lost_carts", "3")])
def test_a_rule_over_a_kpi_that_is_asked_survives_the_editor(kpi: str, limit: str) -> None:
    texts = {
        **alert_form.FRESH,
        "title": "Asked",
        "watch": f"kpi:{kpi}",
        "way": "below",
        "limit": limit,
        "window": "2 h",
    }
    rule = read(alert_form.document(texts))
    assert (rule.what, rule.by, rule.window, rule.asked) == (kpi, "", 120, True)
    assert alert_form.texts_of(rule)["limit"] == limit
    assert {"window", "least"} <= alert_form.relevant(texts)
    assert ("only" in alert_form.relevant(texts)) == (kpi == "lost_carts")


def test_the_editor_offers_every_kpi_there_is() -> None:
    watch = next(field for field in alert_form.fields() if field.key == "watch")
    assert {f"kpi:{name}" for name in catalogue().kpis} <= {value for value, _ in watch.choices}


def test_the_editor_offers_every_choice_a_rule_has() -> None:
    assert {field.key for field in alert_form.fields()} - {"watch", "called", "way", "limit"} <= set(KEYS)
