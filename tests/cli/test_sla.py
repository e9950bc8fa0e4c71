"""``sla`` from outside: segments as JSON that add up to the clock, lines for people, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from console.cli import answers
from console.cli.arguments import parser
from console.model.facts import Facts
from console.model.moment import HOUR, MINUTE, iso
from tests.builders import T0, bench, jira, launch, moved, ticket

KEYS = ["clock", "state", "why", "from", "to", "seconds"]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    with bench(tmp_path, T0 + 2 * HOUR) as one:
        one.settings(**launch(jira(), jira("other")))
        waiting = [
            moved("A-1", T0 + 20 * MINUTE, "waiting", field="tags"),
            moved("A-1", T0 + 50 * MINUTE, "", field="tags"),
        ]
        facts = [
            *ticket("A-1", T0, "P1", segment="enterprise"),
            moved("A-1", T0 + 5 * MINUTE, "acknowledged"),
            *waiting,
        ]
        both = [*ticket("B-1", T0), *ticket("B-1", T0, source="other")]
        one.add(Facts(ticket_event=[*facts, *both, *ticket("C-1", T0, "", kind="enhancement", title="\x1b[31m")]))
        return one.path


def sla(session: Path, key: str, *more: str) -> int:
    return answers.run(parser().parse_args(["sla", str(session), key, *more]))


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_the_segments_add_up_to_each_clock(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sla(session, "A-1", "--json") == 0
    found = rows(capsys)
    assert all(list(row) == KEYS for row in found)
    counted = {
        clock: sum(row["seconds"] for row in found if row["clock"] == clock) for clock in ("response", "resolution")
    }
    assert counted == {"response": 300, "resolution": 90 * 60}
    paused = [row for row in found if row["state"] == "paused"]
    assert [(r["why"], r["from"], r["to"], r["seconds"]) for r in paused] == [
        ("waiting", iso(T0 + 20 * MINUTE), iso(T0 + 50 * MINUTE), 0)
    ]


def test_a_past_instant_is_told_as_it_stood(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sla(session, "jira:A-1", "--json", "--at", iso(T0 + 30 * MINUTE)) == 0
    assert [(r["clock"], r["state"], r["seconds"]) for r in rows(capsys)] == [
        ("response", "running", 300), ("resolution", "running", 300), ("resolution", "running", 900),
        ("resolution", "paused", 0),
    ]  # fmt: skip


def test_people_read_what_is_left(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sla(session, "A-1") == 0
    out = capsys.readouterr().out
    assert "Resolution SLA · P1 enterprise · 4 h · left 2:30:00" in out
    assert "Response SLA · P1 enterprise · 15 min · to spare 10:00" in out


def test_nothing_promised_is_said(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sla(session, "C-1", "--json") == 0
    assert rows(capsys) == []
    assert sla(session, "C-1") == 0
    assert "nothing is promised" in capsys.readouterr().out


@pytest.mark.parametrize(("key", "said"), [("B-1", "other:B-1"), ("Z-9", "Z-9")])
def test_a_key_that_names_none_or_two_is_refused(
    session: Path, capsys: pytest.CaptureFixture[str], key: str, said: str
) -> None:
    assert sla(session, key, "--json") == answers.UNUSABLE
    assert said in capsys.readouterr().err


@pytest.mark.thorough
def test_what_other_settings_would_change_is_told_before_they_are_saved(
    session: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "wanted.toml"
    config.write_text('[[sla]]\nname = "P1"\nresolve = "1 h"\n')
    ask = [str(session), "--config", str(config)]
    assert answers.run(parser().parse_args(["sla", *ask])) == 0
    out = capsys.readouterr().out
    assert "1 SLA clock would be told otherwise" in out
    assert "jira:A-1 resolution: ok becomes breached, left 2:30:00 → −30:00" in out
    config.write_text("")
    assert answers.run(parser().parse_args(["sla", *ask])) == 0
    assert "No SLA clock" in capsys.readouterr().out
    config.write_text('[[sla]]\nname = "P1"\nreslove = "1 h"\n')
    assert answers.run(parser().parse_args(["sla", *ask])) != 0
    assert 'Did you mean "resolve"' in capsys.readouterr().err


def test_what_was_taken_up_and_left_is_listed(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answers.run(parser().parse_args(["sla", str(session), "--forgotten", "--json"])) == 0
    assert [(row["key"], row["last"]) for row in rows(capsys)] == [("jira:A-1", iso(T0 + 50 * MINUTE))]


def test_it_wants_to_know_what_it_is_asked(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answers.run(parser().parse_args(["sla", str(session)])) == answers.UNUSABLE
    assert "Give one of" in capsys.readouterr().err
