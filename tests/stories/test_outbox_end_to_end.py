"""Decided on the command line, brought to a real Roundup: offline first, then killed half-way, then whole. Each decision once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.stories.servers import Program, Tracker, an_hour_ago, free_ports, roundup, write_settings

pytestmark = pytest.mark.timeout(600)
ISSUES = 6


def settings(path: Path, url: str, tracker: Tracker) -> Path:
    source = {"name": "desk", "kind": "roundup", "url": url, "user": tracker.user, "credential": "desk", "period_s": 1}
    return write_settings(path, source, name="Outbox", go_live=an_hour_ago(), time_zone="UTC")


def asked(tracker: Tracker, path: str) -> dict[str, Any]:
    with tracker._client() as client:
        found: dict[str, Any] = (
            client.get(f"rest/data/{path}", params={"@verbose": "0"}).raise_for_status().json()["data"]
        )
        return found


def item(tracker: Tracker, issue: str) -> dict[str, Any]:
    return dict(asked(tracker, f"issue/{issue}")["attributes"])


def said(tracker: Tracker, issue: str) -> list[str]:
    """The texts of an issue's messages, without what marks them as ours."""
    texts = [str(asked(tracker, f"msg/{number}/content")["data"]) for number in item(tracker, issue)["messages"]]
    return [text.split("[hc:")[0].strip() for text in texts]


@pytest.mark.thorough
def test_what_was_decided_offline_stands_in_a_real_tracker_once(tmp_path: Path) -> None:
    with roundup(tmp_path / "roundup") as tracker:
        program = Program(tmp_path / "home", {"HYPERCARE_SECRET_DESK": tracker.password})
        config, session = settings(tmp_path / "settings.toml", tracker.url, tracker), tmp_path / "launch.hypercare"
        priority, status = tracker.ids("priority"), tracker.ids("status")
        ids = [tracker.make("issue", title=f"It fails {n}", priority=priority["bug"]) for n in range(ISSUES)]
        assert program.run("collect", "--config", config, "--session", session, "--until-backfilled").code == 0
        held = {row["title"]: row["key"] for row in program.run("queue", session, "--json").json()}
        keys = [held[f"It fails {n}"] for n in range(ISSUES)]

        (port,) = free_ports(1)
        away = settings(tmp_path / "away.toml", f"http://127.0.0.1:{port}/support/", tracker)

        with program.started("collect", "--config", away, "--session", session) as offline:

            def decide(key: str, act: str, value: str = "") -> None:
                assert program.holder(session, "decide", subject=key, act=act, value=value)

            for key in keys:
                decide(key, "comment", f"We look into {key}.")
            decide(keys[0], "severity", "P1")
            decide(f"desk:{keys[0]}", "status", "resolved")
            decide(keys[1], "severity", "P2")
            decide(keys[1], "undo")
            decide(keys[2], "ack")
            decide(keys[2], "stage", "3")
            decide(keys[3], "duplicate-of", keys[2])
            decide(keys[4], "assign", "admin")
            offline.kill()
        wrong = program.run("decide", session, keys[0], "severity", "P7")
        assert wrong.code == 2 and "P1 to P4" in wrong.sentence
        shown = {row["key"]: row for row in program.run("queue", session, "--all", "--json").json()}
        assert (shown[keys[0]]["severity"], shown[keys[0]]["status"], shown[keys[0]]["pending"]) == (
            "P1",
            "resolved",
            3,
        )
        assert (shown[keys[2]]["status"], shown[keys[2]]["stage"]) == ("acknowledged", 3)
        assert said(tracker, ids[0]) == []
        told = program.run("deliver", session, "--config", away, "--seconds", "1")
        assert told.code == 1 and "not delivered" in told.sentence

        with program.started("deliver", session, "--config", config) as delivering:
            delivering.says("confirmed", 90)
            delivering.kill()
        told = program.run("deliver", session, "--config", config, seconds=120)
        assert told.code == 0, told.err + told.text
        for key, issue in zip(keys, ids, strict=True):
            assert Counter(said(tracker, issue)) == {f"We look into {key}.": 1}
        first, second = item(tracker, ids[0]), item(tracker, ids[1])
        assert str(first["status"]) == status["resolved"] and str(first["priority"]) == priority["critical"]
        assert str(second["priority"]) == priority["bug"]
        assert program.run("deliver", session, "--config", config).text == ""

        assert program.run("collect", "--config", config, "--session", session, "--seconds", "4").code == 0
        shown = {row["key"]: row for row in program.run("queue", session, "--all", "--json").json()}
        assert (shown[keys[0]]["severity"], shown[keys[0]]["status"], shown[keys[0]]["pending"]) == (
            "P1",
            "resolved",
            0,
        )


@pytest.mark.thorough
def test_a_settings_file_without_a_system_to_write_to_is_one_sentence(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    config = write_settings(tmp_path / "s.toml", {"name": "n", "kind": "probe", "url": "http://127.0.0.1:1/"})
    told = program.run("deliver", tmp_path / "none.hypercare", "--config", config)
    assert told.code == 2 and "written to" in told.sentence
