"""``rules`` and a number ``--segment`` from outside: what is printed, and what cannot be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.facts import Covered, Facts
from console.model.moment import HOUR, to_datetime
from console.settings import from_document
from console.store import session as sessions
from console.store import settings_log
from console.store.append import append_facts
from tests.builders import T0, jira, ticket
from tests.conftest import StandingClock
from tests.stories.servers import Program

RULE = 'name = "pay"\nwhen = { any = ["payment"] }\nthen = { severity = "P2" }\n'


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("told") / "told.hypercare"
    clock = StandingClock(T0 + HOUR)
    session = sessions.create(path, clock)
    cursor = session.cursor()
    document = {"session": {"go_live": to_datetime(T0), "time_zone": "UTC"}, "source": [jira("desk")]}
    settings_log.save(session, cursor, from_document(document), "lead", clock.now())
    facts = Facts(covered=[Covered("desk", T0, T0 + HOUR)])
    for n in range(4):
        title = "Payment \x1b[2Jfails" if n % 2 else "Blank page"
        facts.ticket_event += ticket(f"A-{n}", T0 + n, "P3", "desk", title, segment="trial" if n else "enterprise")
    append_facts(session, cursor, facts, clock.now())
    cursor.close()
    session.close()
    return path


@pytest.mark.thorough
def test_a_rule_is_tried_over_the_last_tickets(program: Program, told: Path, tmp_path: Path) -> None:
    file = tmp_path / "rule.toml"
    file.write_text(RULE)
    ran = program.run("rules", str(told), "--try", str(file), "--last", "3", "--json")
    tried = ran.json()["trial"]
    assert (tried["tickets"], tried["changed"], tried["decided"]) == (3, 2, 0)
    assert {(line["ticket"], line["before"], line["after"]) for line in tried["lines"]} == {
        ("desk:A-1", "P3", "P2"), ("desk:A-3", "P3", "P2"),
    }  # fmt: skip
    ran = program.run("rules", str(told), "--try", str(file))
    assert ran.code == 0 and "2 of the last 4\xa0tickets would change" in ran.text and b"\x1b" not in ran.out


@pytest.mark.thorough
def test_the_shipped_rules_are_listed_and_off(program: Program, told: Path) -> None:
    ran = program.run("rules", str(told), "--json")
    found = ran.json()
    assert found["trial"]["changes"] == 0
    assert {row["rule"]: row["enabled"] for row in found["rules"]}["payments"] is False


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--try", "/nowhere.toml"], "cannot be read"),
        (["--last", "0"], "number of tickets"),
        (["--last", "-3"], "--last"),
    ],
)
def test_what_cannot_be_tried_is_one_sentence(program: Program, told: Path, arguments: list[str], says: str) -> None:
    ran = program.run("rules", str(told), *arguments)
    assert ran.code == 2 and says in ran.sentence


@pytest.mark.thorough
def test_a_number_of_one_segment(program: Program, told: Path) -> None:
    ran = program.run("kpi", str(told), "opened", "--segment", "trial", "--json")
    assert ran.json()["value"] == 3
