"""Taking back what is on its way: once, whichever button is pressed, and whatever became of the request meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.model.errors import QuestionError
from tests.work.delivering import beside
from tests.work.vendor import World, timeout


@pytest.mark.parametrize("acted", [True, False])
def test_what_is_taken_back_already_cannot_be_withdrawn_as_well(tmp_path: Path, acted: bool) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.faults = [timeout(acted)]
        here.desk.decide("comment", "A-1", "we look")
        here.rest()
        said = here.last()
        here.desk.undo()
        (line, _) = here.desk.outbox().lines
        assert (line.state, line.acts) == ("later", ("retry",))
        with pytest.raises(QuestionError, match="taken back already"):
            here.desk.withdraw(said)
        here.later()
        here.later()
        texts = [text.split(" [hc")[0] for text in one.said.get("id-A-1", [])]
        assert len(texts) == (2 if acted else 0), "one correction of what was said, none of what nobody saw"
        assert here.desk.open_decisions() == []
        with pytest.raises(QuestionError, match="taken back already"):
            here.desk.withdraw(said)


def test_what_is_withdrawn_after_all_ends_the_undo_that_waited_for_it(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        here.worlds["one"].faults = [timeout(acted=False)]
        here.desk.decide("severity", "A-1", "P1")
        here.rest()
        here.desk.delivering.stop("one")
        here.desk.undo()
        asked = here.desk.open_decisions()[0]
        # The answer of the last attempt came when the undo had been decided.
        here.desk._note_delivery(here.desk._decided(asked.id)[0], "refused", "not possible here.")
        here.desk.withdraw(asked.id)
        assert here.desk.open_decisions() == [] and here.field("severity") == "P3"


@pytest.mark.thorough
def test_an_undo_that_was_refused_and_withdrawn_can_be_tried_once_more(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        here.desk.decide("status", "A-1", "in_progress")
        here.rest()
        one.declines = {"new"}
        here.desk.undo()
        here.rest()
        here.desk.withdraw(here.desk.open_decisions()[0].id)
        assert here.field("status") == "in_progress"
        one.declines = set()
        here.desk.undo()
        here.rest()
        assert one.tickets["id-A-1"]["status"] == "new" and here.desk.open_decisions() == []


@pytest.mark.thorough
def test_a_task_that_was_taken_back_before_its_answer_came_leaves_no_trace_on_the_ticket(tmp_path: Path) -> None:
    tracker = World()
    with beside(tmp_path, tracker=tracker) as here:
        tracker.faults = [timeout(acted=True)]
        before = here.everything()
        here.desk.decide("task", "A-1", json.dumps({"source": "tracker", "title": "Pay fails", "body": ""}))
        here.rest()
        here.desk.undo()
        here.later()
        assert list(tracker.issues) == ["DEV-1"], "what was made stays in its tracker"
        assert here.worlds["one"].said == {} and here.everything() == before
        assert here.desk.open_decisions() == []
