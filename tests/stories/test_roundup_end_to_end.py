"""A real tracker: what people do in it is what the queue, the numbers and the files of the console say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories.servers import Program, Tracker, an_hour_ago, roundup, until, write_settings

PLAN = (
    ("Payment fails with 502", "critical"),
    ("Voucher is not accepted", "urgent"),
    ("Label cut off", "bug"),
    ("Dark mode, please", "wish"),
)
SEVERITY = {"critical": "P1", "urgent": "P2", "bug": "P3", "wish": None}


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    with roundup(tmp_path / "roundup") as running:
        yield running


@pytest.mark.thorough
def test_tickets_of_a_real_roundup_reach_the_queue_with_their_changes(tracker: Tracker, tmp_path: Path) -> None:
    program = Program(tmp_path / "home", {"HYPERCARE_SECRET_DESK": tracker.password})
    settings = write_settings(
        tmp_path / "settings.toml",
        {
            "name": "desk", "kind": "roundup", "url": tracker.url, "user": tracker.user, "credential": "desk",
            "period_s": 1,
        },
        name="Tracker",
        go_live=an_hour_ago(),
        time_zone="UTC",
    )  # fmt: skip
    priority, status = tracker.ids("priority"), tracker.ids("status")
    ids = [tracker.make("issue", title=title, priority=priority[name]) for title, name in PLAN]
    session = tmp_path / "launch.hypercare"

    def queue(wanted: int, *more: str) -> list[dict[str, Any]]:
        def rows() -> list[dict[str, Any]]:
            assert collecting.process.poll() is None, collecting.errors
            found: list[dict[str, Any]] = program.run("queue", session, "--json", *more).json()
            return found if len(found) == wanted else []

        return until(rows, f"the queue did not come to {wanted} tickets: {collecting.lines}")

    with program.started("collect", "--config", settings, "--session", session) as collecting:
        collecting.says("desk: live")
        held = {row["title"]: row for row in queue(len(PLAN))}
        for title, name in PLAN:
            assert held[title]["severity"] == SEVERITY[name], title
            assert held[title]["status"] == "new"
        assert program.run("kpi", session, "backlog", "--json").json()["value"] is not None
        tracker.change("issue", ids[0], status=status["resolved"])
        late = tracker.make("issue", title="One more", priority=priority["bug"])
        titles = {row["title"] for row in queue(len(PLAN))}
        assert titles == {title for title, _ in PLAN[1:]} | {"One more"}
        everything = {row["title"]: row["status"] for row in queue(len(PLAN) + 1, "--all")}
        assert everything[PLAN[0][0]] == "resolved"
        assert collecting.stop() == 0
    assert late
    assert program.run("kpi", session, "opened", "--json").json()["n"] >= len(PLAN)
    changes = program.run("export", session, "ticket_event", "--format", "json").json()
    moved = [c for c in changes if c["field"] == "status" and c["change_id"] != "created"]
    assert [(c["old"], c["new"]) for c in moved] == [("new", "resolved")]
    assert tracker.password not in session.read_bytes().decode("latin-1")
    assert tracker.password not in "\n".join(collecting.lines + collecting.errors)


@pytest.mark.thorough
def test_a_refused_credential_is_said_in_one_line_and_the_tracker_is_not_hammered(
    tracker: Tracker, tmp_path: Path
) -> None:
    program = Program(tmp_path / "home", {"HYPERCARE_SECRET_DESK": "not the password"})
    settings = write_settings(
        tmp_path / "settings.toml",
        {
            "name": "desk", "kind": "roundup", "url": tracker.url, "user": tracker.user, "credential": "desk",
            "period_s": 1,
        },
    )  # fmt: skip
    session = tmp_path / "launch.hypercare"
    with program.started("collect", "--config", settings, "--session", session) as collecting:
        assert "401" in collecting.says("desk: ") or "401" in collecting.says("401")
        asked = (tmp_path / "roundup" / "server.log").read_text().count(" 401 ")
        assert program.run("queue", session, "--json").json() == []
        assert collecting.stop() == 0
    assert (tmp_path / "roundup" / "server.log").read_text().count(" 401 ") == asked
