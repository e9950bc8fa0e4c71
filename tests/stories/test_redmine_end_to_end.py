"""A real Redmine, decided from the command line: what was decided without a network stands there in the end, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories.redmine import Redmine, redmine
from tests.stories.servers import Program, an_hour_ago, free_ports, write_settings

TICKETS = 4
pytestmark = pytest.mark.timeout(420)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redmine]:
    with redmine(tmp_path_factory.mktemp("redmine"), issues=TICKETS) as running:
        yield running


def settings(path: Path, server: Redmine, url: str = "") -> Path:
    source = {
        "name": "care", "kind": "redmine", "url": url or server.url, "project": server.project, "credential": "care",
        "task_project": server.tasks, "period_s": 1, "timeout_s": 20,
    }  # fmt: skip
    return write_settings(path, source, name="Care", go_live=an_hour_ago(), time_zone="UTC")


def notes(issue: dict[str, Any]) -> list[str]:
    return [row["notes"].splitlines()[0] for row in issue["journals"] if row["notes"]]


@pytest.mark.thorough
def test_what_was_decided_offline_stands_in_redmine_in_the_end_each_once(server: Redmine, tmp_path: Path) -> None:
    program = Program(tmp_path / "home", {"HYPERCARE_SECRET_CARE": server.key})
    right = settings(tmp_path / "right.toml", server)
    cut = settings(tmp_path / "cut.toml", server, f"http://127.0.0.1:{free_ports(1)[0]}")
    session = tmp_path / "care.hypercare"
    assert program.run("collect", "--config", right, "--session", session, "--until-backfilled").code == 0
    queue = program.run("queue", session, "--json").json()
    assert {row["title"]: row["status"] for row in queue} == {f"Ticket {n}": "new" for n in range(1, TICKETS + 1)}

    for number in range(1, TICKETS + 1):
        for act in (("status", "resolved"), ("comment", f"Solved in 3.0.{number}.")):
            told = program.run("decide", session, f"#{number}", *act)
            assert told.code == 0, told.err
    assert program.run("decide", session, "#3", "assign", "Nobody Here").code == 0
    assert (
        program.run("decide", session, "#4", "task", '{"source":"care","title":"Fix the cache","body":"Steps."}').code
        == 0
    )
    shown = {row["key"]: row for row in program.run("queue", session, "--all", "--json").json()}
    assert shown["#1"]["status"] == "resolved" and shown["#1"]["pending"]

    offline = program.run("deliver", session, "--config", cut, "--seconds", 3)
    assert offline.code == 1 and "Traceback" not in offline.err
    assert all(issue["status"]["name"] == "New" for issue in server.issues())

    with program.started("deliver", session, "--config", right) as delivering:
        delivering.says("confirmed", 150)
        delivering.kill()
    ended = program.run("deliver", session, "--config", right, "--seconds", 60, seconds=120)
    assert ended.code == 1, "one of them is refused for good"
    assert '"Nobody Here"' in ended.text + ended.err

    for number in range(1, TICKETS + 1):
        issue = server.issue(str(number))
        assert issue["status"]["name"] == "Resolved", number
        said = notes(issue)
        assert said[:1] == [f"Solved in 3.0.{number}."]
        assert [text.split(":")[0] for text in said[1:]] == (["Development task"] if number == 4 else [])
        moves = [d for row in issue["journals"] for d in row["details"] if d["name"] == "status_id"]
        assert len(moves) == 1
    made = server.ask("GET", f"issues.json?project_id={server.tasks}&status_id=*")["issues"]
    assert [issue["subject"] for issue in made] == ["Fix the cache"]
    assert server.key not in session.read_bytes().decode("latin-1")
