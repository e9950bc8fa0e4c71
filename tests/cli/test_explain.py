"""``explain`` from outside: what moved as JSON and as lines, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from console.cli import answers
from console.cli.arguments import parser
from console.model.facts import Facts
from console.model.moment import HOUR, iso
from tests.builders import bench, launch, scrape
from tests.queries.test_spike import END, FROM, START, TO, A, B, hours_before, known, minutes

KEYS = ["kind", "what", "before", "during", "effect", "p"]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    with bench(tmp_path, END) as one:
        one.settings(**launch(scrape("edge"), live=START))
        known(one, "edge")
        one.add(Facts(traffic=[*hours_before(), *minutes(FROM, TO, 0.2), *minutes(FROM, TO, 0.01, 2, B)]))
        return one.path


def explain(session: Path, start: int, end: int, *more: str) -> int:
    given = parser().parse_args(["explain", str(session), "--from", iso(start), "--to", iso(end), *more])
    return answers.run(given)


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_the_swapped_span_is_refused_with_a_sentence(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(session, TO, FROM, "--json") == answers.UNUSABLE
    assert "ends before it begins" in capsys.readouterr().err


def test_a_span_has_two_ends(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["explain", str(session), "--from", iso(FROM)])
    assert ended.value.code == 2
    assert "--to" in capsys.readouterr().err


def test_what_moved_comes_first(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(session, FROM, TO, "--json") == 0
    found = rows(capsys)
    assert all(list(row) == KEYS for row in found)
    assert (found[0]["kind"], found[0]["what"]) == ("route", f"{A} 502")
    assert found[0]["effect"] == pytest.approx(found[0]["during"] / found[0]["before"])
    claimed = [row["p"] <= 0.05 for row in found]
    assert claimed == sorted(claimed, reverse=True)
    assert sum(claimed) < len(claimed)


def test_as_then_asks_the_same_of_an_earlier_instant(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(session, FROM, TO, "--json", "--at", iso(FROM - HOUR)) == answers.UNUSABLE
    assert "not happened yet" in capsys.readouterr().err


def test_people_read_lines(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(session, FROM, TO) == 0
    out = capsys.readouterr().out
    first, *_, last = out.splitlines()
    assert f"{A} 502" in first and "%" in first and "×" in first
    assert "moved" in last
