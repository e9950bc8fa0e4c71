"""Alert rules at the counter: made, replaced and taken back from a form, silenced, retired, and checked before written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.desk import Desk
from console.model.change import Change
from console.model.errors import QuestionError, SettingsError
from console.model.moment import HOUR, LIVE, iso
from console.queries import alert_book
from console.settings import from_document
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0
from tests.conftest import StandingClock
from tests.fresh import created

FORM = {
    "title": "Search is slow",
    "watch": "kpi:latency_p95",
    "way": "above",
    "limit": "800 ms",
    "by": "route",
    "severity": "P2",
}


@pytest.fixture
def told() -> list[Change]:
    return []


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(T0)


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    made = Lanes()
    yield made
    made.close()


@pytest.fixture
def desk(tmp_path: Path, told: list[Change], clock: StandingClock, lanes: Lanes) -> Iterator[Desk]:
    made = Desk(created(tmp_path / "a.hypercare", clock), clock, lanes, KeyringVault(), told.append)
    lanes.write(made.save_settings, from_document({"me": {"name": "ann"}})).result()
    yield made
    made.close()


def names(desk: Desk) -> list[str]:
    return [rule.name for rule in alert_book.rules(desk.reader())]


def test_a_rule_from_the_form_is_watched_from_now_on(desk: Desk) -> None:
    assert desk.save_alert_form(FORM) == "search-is-slow"
    rule = next(r for r in alert_book.rules(desk.reader()) if r.name == "search-is-slow")
    assert (rule.limit, rule.by, rule.severity, rule.shipped) == (800.0, "route", "P2", False)


def test_saving_it_again_replaces_it_and_it_can_be_taken_back(desk: Desk) -> None:
    desk.save_alert_form(FORM)
    desk.save_alert_form({**FORM, "limit": "900 ms"})
    assert [item["above"] for item in desk.settings().alert] == [900.0]
    desk.drop_alert_rule("search-is-slow")
    assert "search-is-slow" not in names(desk)


def test_an_own_rule_stands_in_for_the_shipped_one_of_its_name(desk: Desk) -> None:
    desk.save_alert_form({**FORM, "name": "route-5xx"})
    assert [r.title for r in alert_book.all_rules(desk.reader()) if r.name == "route-5xx"] == ["Search is slow"]


@pytest.mark.parametrize("wrong", [{"limit": "lots"}, {"severity": "P7"}, {"name": "Not A Name"}, {"for": "soon"}])
def test_what_cannot_be_a_rule_is_refused_and_nothing_is_saved(desk: Desk, wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        desk.save_alert_form({**FORM, **wrong})
    assert desk.settings().alert == []


def test_a_silence_is_a_decision_with_its_end_and_reason(desk: Desk, told: list[Change]) -> None:
    desk.silence_alert("route-5xx", 60, "load test")
    rows = desk.reader().rows("SELECT act, subject, value, comment, who FROM decision")
    assert rows == [("silence", "route-5xx", iso(T0 + HOUR), "load test", "ann")]
    assert told[-1] & Change.ALERTS
    assert [s.text for s in desk.alerts(LIVE).silences]


def test_a_rule_is_retired_and_restored(desk: Desk) -> None:
    desk.decide("retire_rule", "cpu-high")
    assert "cpu-high" not in names(desk)
    desk._clock.forward(1)  # type: ignore[attr-defined]  # the clock of these tests
    desk.decide("restore_rule", "cpu-high")
    assert "cpu-high" in names(desk)


def test_a_rule_that_does_not_exist_cannot_be_retired(desk: Desk) -> None:
    with pytest.raises(QuestionError, match="cpu-high"):
        desk.decide("retire_rule", "cpu-hihg")


def test_an_empty_session_has_alerts_to_tell_of_none(desk: Desk) -> None:
    assert desk.alert_notices() == ()
    assert desk.alert_rows(LIVE, T0 - HOUR, T0) == []
    figure = desk.try_rule(FORM, LIVE, 300)
    assert figure.chart.empty
    assert desk.alerts(LIVE).rows == ()


@pytest.mark.thorough
def test_rules_judged_beside_a_screen_leave_the_screens_tickets_alone(
    desk: Desk, lanes: Lanes, clock: StandingClock
) -> None:
    """Both work on the same connection, whose tables of tickets are one."""
    source = {"name": "desk", "kind": "roundup", "url": "http://127.0.0.1:1/", "paused": True}
    lanes.write(desk.save_settings, from_document({"me": {"name": "ann"}, "source": [source]})).result()
    key = lanes.write(desk.capture, {"title": "It fails"}).result()
    for severity in ("P1", "P2", "P3"):
        lanes.write(desk.decide, "severity", key, severity).result()
        assert desk.triage_context(LIVE, key) is not None
        assert desk.triage_ticket(LIVE, key).severity == severity
        clock.forward(600)
        desk.alerting.evaluate()
    assert desk.alerting.judged is not None
