"""A development task is made once, also where the tracker's search does not know it at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.settings import from_document
from console.store import settings_log
from tests.work.delivering import beside
from tests.work.vendor import World, timeout

TASK = json.dumps({"source": "tracker", "title": "Pay fails", "body": ""})


@pytest.mark.thorough
@pytest.mark.parametrize("acted", [True, False])
def test_a_task_whose_answer_was_lost_is_looked_for_until_a_search_must_know_it(tmp_path: Path, acted: bool) -> None:
    tracker = World(lags=True)
    with beside(tmp_path, tracker=tracker) as here:
        tracker.faults = [timeout(acted)]
        here.desk.decide("task", "A-1", TASK)
        here.rest()
        for seconds in (1, 30):
            here.later(seconds)
        here.desk.retry(here.last())
        here.kill()
        here.later(30)
        assert len(tracker.issues) == acted and tracker.asked["write"] == 1
        (line,) = here.desk.outbox().lines
        assert line.state == "later" and "two minutes" in line.why
        assert here.desk.delivering.standings()["tracker"].sentence == "", "other tickets are written to meanwhile"
        tracker.lags = False
        here.later(120)
        assert list(tracker.issues) == ["DEV-1"] and here.desk.outbox().total == 0


@pytest.mark.thorough
def test_a_task_that_is_taken_back_meanwhile_is_not_forgotten_while_it_may_exist(tmp_path: Path) -> None:
    tracker = World(lags=True)
    with beside(tmp_path, tracker=tracker) as here:
        tracker.faults = [timeout(acted=True)]
        here.desk.decide("task", "A-1", TASK)
        here.rest()
        here.desk.undo()
        here.later(10)
        assert here.desk.outbox().total == 1
        tracker.lags = False
        here.later(120)
        assert here.desk.outbox().total == 0
        assert here.states()[0] == ("task", "sent later later confirmed")


def test_the_comment_that_names_a_task_is_by_who_asked_for_it(tmp_path: Path) -> None:
    tracker = World()
    with beside(tmp_path, tracker=tracker) as here:
        here.desk.delivering.stop("tracker")
        here.desk.decide("task", "A-1", TASK)
        sources = [{"name": s.name, "kind": "vendor", "url": s.name} for s in here.desk.settings().source]
        settings = from_document({"me": {"name": "bob"}, "source": sources})
        desk = here.desk
        now = here.clock.forward(1)
        here.lanes.write(settings_log.save, desk.session, desk._connection, settings, "bob", now).result()
        here.bring_out()
        here.rest()
        told = desk.reader().rows("SELECT act, who FROM decision ORDER BY known_at")
        assert told == [("task", "ann"), ("internal_comment", "ann")] and desk.settings().me.name == "bob"
