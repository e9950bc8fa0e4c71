"""``alerts`` and ``backtest`` from outside: what is printed, and what cannot be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.facts import Covered, Facts, TicketEvent, Traffic
from console.model.moment import HOUR, MINUTE, iso, parse_instant, to_datetime
from console.settings import from_document
from console.store import session as sessions
from console.store import settings_log
from console.store.append import append_facts
from tests.conftest import StandingClock
from tests.stories.servers import Program

LIVE_FROM = parse_instant("2026-11-14T08:00:00Z")
BAD_FROM, BAD_TO = LIVE_FROM + HOUR, LIVE_FROM + HOUR + 20 * MINUTE

RULE = """
name = "checkout"
title = "Checkout fails"
kpi = "error_rate_5xx"
by = "route"
above = 0.1
window = "3 min"
for = "2 min"
keep_firing_for = "3 min"
severity = "P1"
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hours in which one route fails for twenty minutes; two critical tickets, one of them about something else."""
    path = tmp_path_factory.mktemp("told") / "told.hypercare"
    clock = StandingClock(LIVE_FROM + 3 * HOUR)
    session = sessions.create(path, clock)
    cursor = session.cursor()
    sources = [
        {"name": "edge", "kind": "scrape", "flavour": "haproxy", "url": "http://127.0.0.1:9/"},
        {"name": "desk", "kind": "roundup", "url": "http://127.0.0.1:9/"},
    ]
    document = {"session": {"go_live": to_datetime(LIVE_FROM), "time_zone": "UTC"}, "source": sources}
    settings_log.save(session, cursor, from_document(document), "lead", clock.now())
    facts = Facts(covered=[Covered(name, LIVE_FROM, LIVE_FROM + 3 * HOUR) for name in ("edge", "desk")])
    for minute in range(LIVE_FROM, LIVE_FROM + 3 * HOUR, MINUTE):
        bad = 40 if BAD_FROM <= minute < BAD_TO else 0
        for route, status, calls in (("/pay", 200, 100 - bad), ("/pay", 502, bad), ("/find", 200, 80)):
            facts.traffic.append(Traffic(minute, "edge", route, "", status, calls))
    for key, at, title in (
        ("HC-1", BAD_FROM + 5 * MINUTE, "Cannot pay\x1b[2J"),
        ("HC-2", LIVE_FROM + 170 * MINUTE, "Lost data"),
    ):
        values = {"key": key, "title": title, "status": "new", "severity": "P1", "kind": "bug", "created_at": iso(at)}
        facts.ticket_event += [TicketEvent("desk", key, "created", n, None, v, "ann", at) for n, v in values.items()]
    append_facts(session, cursor, facts, clock.now())
    cursor.close()
    session.close()
    return path


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "rule.toml"
    path.write_text(RULE)
    return path


@pytest.mark.thorough
def test_a_rule_is_tried_over_the_recorded_history(program: Program, told: Path, rule: Path) -> None:
    found = program.run("backtest", told, rule, "--json").json()
    assert [(f["labels"], f["began"], f["fired"], f["ended"]) for f in found["firings"]] == [
        ({"route": "/pay"}, iso(BAD_FROM), iso(BAD_FROM + MINUTE), iso(BAD_TO + 5 * MINUTE))
    ]
    assert [n["alerts"] for n in found["notices"]] == [["checkout{route=/pay}"]]
    assert [m["ticket"] for m in found["missed"]] == ["HC-2"]
    assert found["minutes"] == {"judged": 360, "unknown": 0, "learning": 0}
    assert (found["from"], found["to"]) == (iso(LIVE_FROM), iso(LIVE_FROM + 3 * HOUR))


@pytest.mark.thorough
def test_a_rule_may_stand_in_a_settings_file(program: Program, told: Path, rule: Path) -> None:
    rule.write_text("[[alert]]" + RULE)
    assert len(program.run("backtest", told, rule, "--json").json()["firings"]) == 1


@pytest.mark.thorough
def test_ticket_text_cannot_steer_the_terminal(program: Program, told: Path, rule: Path) -> None:
    rule.write_text(RULE.replace("0.1", "0.9"))
    assert b"\x1b" not in program.run("backtest", told, rule).out


@pytest.mark.thorough
def test_the_alerts_of_a_session_nobody_watched_are_worked_out_afterwards(program: Program, told: Path) -> None:
    found = program.run("alerts", told, "--json").json()
    mine = [row for row in found if row["rule"] == "route-5xx"]
    assert [(row["labels"], row["told"], row["state"]) for row in mine] == [
        ({"route": "/pay"}, "afterwards", "resolved")
    ]
    assert BAD_FROM < parse_instant(mine[0]["fired"]) < BAD_FROM + 5 * MINUTE
    assert "of calls fail" in mine[0]["why"]
    assert {row["rule"] for row in found} >= {"burn-5xx", "critical-bug"}


@pytest.mark.thorough
def test_a_window_narrows_the_alerts(program: Program, told: Path) -> None:
    found = program.run("alerts", told, "--to", iso(BAD_FROM), "--json").json()
    assert [row for row in found if row["rule"] == "route-5xx"] == []


@pytest.mark.thorough
def test_a_typo_in_a_rule_ends_with_2_and_the_nearest_word(program: Program, told: Path, rule: Path) -> None:
    rule.write_text(RULE.replace("above", "abvoe"))
    done = program.run("backtest", told, rule)
    assert done.code == 2
    assert '"above"' in done.sentence


@pytest.mark.thorough
@pytest.mark.parametrize("text", ["name = ", "", "[[alert]]\n[[alert]]\n"], ids=["no TOML", "nothing", "two rules"])
def test_what_is_no_rule_ends_with_2_and_one_sentence(program: Program, told: Path, rule: Path, text: str) -> None:
    rule.write_text(text)
    done = program.run("backtest", told, rule)
    assert done.code == 2
    assert done.sentence


@pytest.mark.thorough
def test_a_rule_that_is_not_there_and_a_window_that_ends_before_it_begins_end_with_2(
    program: Program, told: Path, rule: Path
) -> None:
    assert program.run("backtest", told, rule.with_name("nothing.toml")).code == 2
    assert program.run("alerts", told, "--from", iso(BAD_TO), "--to", iso(BAD_FROM)).code == 2


@pytest.mark.thorough
def test_what_is_no_session_ends_with_4(program: Program, tmp_path: Path, rule: Path) -> None:
    (tmp_path / "none.hypercare").write_text("no")
    assert program.run("alerts", tmp_path / "none.hypercare").code == 4
    assert program.run("backtest", tmp_path / "none.hypercare", rule).code == 4
