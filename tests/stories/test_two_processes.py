"""Two processes and one session: the holder answers, a second writer is told who holds it, a dead holder is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.counting import Counting, counting
from tests.stories.servers import Program, an_hour_ago, until, write_settings


@pytest.fixture
def gateway() -> Iterator[Counting]:
    with counting() as held:
        yield held


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture
def settings(gateway: Counting, tmp_path: Path) -> Path:
    return write_settings(tmp_path / "settings.toml", gateway.source("edge"), name="Two", go_live=an_hour_ago())


@pytest.mark.thorough
def test_a_second_collect_is_told_who_holds_the_session(program: Program, settings: Path, tmp_path: Path) -> None:
    session = tmp_path / "launch.hypercare"
    with program.started("collect", "--config", settings, "--session", session) as first:
        first.says("edge: ")
        second = program.run("collect", "--config", settings, "--session", session)
        assert second.code == 4
        assert f"is in use by process {first.process.pid}" in second.sentence
        assert first.process.poll() is None
        assert first.stop() == 0


@pytest.mark.thorough
def test_questions_and_exports_are_answered_while_another_process_collects(
    program: Program, settings: Path, gateway: Counting, tmp_path: Path
) -> None:
    session, written = tmp_path / "launch.hypercare", tmp_path / "traffic.csv"
    with program.started("collect", "--config", settings, "--session", session) as collecting:
        until(lambda: gateway.pages["edge"] >= 3, "the gateway was not asked")
        found = program.run("kpi", session, "throughput", "--json").json()
        assert found["n"] > 0
        assert found["n"] % 3 == 0
        assert program.run("kpi", session, "troughput").code == 2
        assert program.run("queue", session, "--json").json() == []
        assert program.run("check", session).code in (1, 3)
        assert program.run("export", session, "traffic", "--to", written).code == 0
        assert len(written.read_text().splitlines()) >= 3
        assert program.run("decide", session, "docs", "note", "--comment", "read by two").code == 0
        assert collecting.process.poll() is None
        assert collecting.stop() == 0
    later = program.run("kpi", session, "throughput", "--json").json()
    assert later["n"] >= found["n"]


@pytest.mark.thorough
def test_a_holder_that_was_killed_does_not_keep_others_out(
    program: Program, settings: Path, gateway: Counting, tmp_path: Path
) -> None:
    session = tmp_path / "launch.hypercare"
    with program.started("collect", "--config", settings, "--session", session) as collecting:
        until(lambda: gateway.pages["edge"] >= 3, "the gateway was not asked")
        collecting.kill()
    assert list((tmp_path / "home" / "data" / "held").iterdir()), "the card of the killed one must still lie there"
    found = program.run("kpi", session, "throughput", "--json").json()
    assert found["n"] > 0
    with program.started("collect", "--config", settings, "--session", session) as again:
        again.says("edge: ")
        assert again.stop() == 0
