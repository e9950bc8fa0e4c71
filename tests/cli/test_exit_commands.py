"""check and decide from the command line, on a session nobody holds: exit codes, sentences, and what stands afterwards."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from console.cli import answers
from console.cli.arguments import parser
from console.settings import from_document
from console.workplace import Workplace

ROWS = (
    "uptime", "p1_resolved", "p2_resolved", "error_rate_5xx", "response_time", "ticket_volume", "csat", "documentation",
    "known_issues", "handover",
)  # fmt: skip
FAR = "2090-01-01T00:00:00Z"


@pytest.fixture
def path(own_home: Path) -> Path:
    workplace = Workplace()
    session = {"name": "Atlas", "go_live": "2020-01-14T08:00:00Z"}
    found = workplace.create(from_document({"me": {"name": "ann"}, "session": session})).path
    workplace.close()
    return found


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = answers.run(parser().parse_args([str(word) for word in words]))
    told = capsys.readouterr()
    return code, told.out, told.err


def checked(capsys: pytest.CaptureFixture[str], path: Path, *more: str) -> tuple[int, dict[str, dict[str, Any]]]:
    code, out, _ = run(capsys, "check", path, "--json", *more)
    return code, {row["criterion"]: row for row in json.loads(out)}


@pytest.mark.thorough
def test_the_exit_code_is_that_of_the_worst_exit_criterion(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    code, rows = checked(capsys, path)
    assert code == 1 and tuple(rows) == ROWS, "two are not signed"
    for key in ("documentation", "handover"):
        assert run(capsys, "decide", path, key, "waive", FAR, "--comment", "later")[0] == 0
    assert checked(capsys, path)[0] == 3, "the others are unknown"
    for key in ROWS:
        run(capsys, "decide", path, key, "waive", FAR, "--comment", "a rehearsal")
    code, rows = checked(capsys, path)
    assert code == 0 and {row["state"] for row in rows.values()} == {"waived"}
    run(capsys, "decide", path, "drill", "add_criterion", '{"kind": "entry", "title": "Fire drill held"}')
    code, rows = checked(capsys, path)
    assert (code, rows["drill"]["state"], rows["drill"]["kind"]) == (0, "not_met", "entry"), "only exit rows decide"
    assert checked(capsys, path, "--at", "2020-01-15T00:00:00Z")[0] == 1, "nothing was waived back then"


@pytest.mark.thorough
def test_a_file_is_signed_with_its_hash(capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path) -> None:
    file = tmp_path / "runbook.md"
    file.write_text("steps")
    assert run(capsys, "decide", path, "documentation", "sign_off", f"file:{tmp_path / 'none'}")[0] == 2
    assert run(capsys, "decide", path, "documentation", "sign_off", f"file:{file}")[0] == 0
    code, out, _ = run(capsys, "export", path, "decision", "--format", "json")
    assert code == 0 and hashlib.sha256(b"steps").hexdigest() in out and str(tmp_path) not in out
    assert checked(capsys, path)[1]["documentation"]["state"] == "met"


@pytest.mark.thorough
def test_an_edit_needs_why_and_then_stands(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    change = '{"above": 0.995, "restart": false}'
    code, _, err = run(capsys, "decide", path, "uptime", "edit_criterion", change)
    assert code == 2 and "needs why" in err and "Traceback" not in err
    assert run(capsys, "decide", path, "uptime", "edit_criterion", change, "--comment", "agreed")[0] == 0
    assert checked(capsys, path)[1]["uptime"]["target"] == 0.995


@pytest.mark.thorough
def test_in_words_each_row_has_its_sign_and_its_group(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    run(capsys, "decide", path, "nps", "add_criterion", '{"kind": "goal", "kpi": "nps", "above": 30}')
    _, out, _ = run(capsys, "check", path)
    lines = out.splitlines()
    assert lines[0].startswith("? uptime") and "✕ handover" in out and "not signed" in out
    assert lines[-2] == "Goals:" and lines[-1].startswith("? nps")
