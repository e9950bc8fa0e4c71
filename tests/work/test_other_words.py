"""Systems that have other words than ours, or none for some of them: what was decided is told there, and can be taken back."""

from __future__ import annotations

from pathlib import Path

from tests.work.delivering import beside


def test_a_ticket_that_is_re_opened_there_is_set_in_progress(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.edit("id-A-1", "status", "reopened")
        here.poll()
        here.desk.decide("status", "A-1", "in_progress")
        here.rest()
        assert one.tickets["id-A-1"]["status"] == "in_progress"
        assert here.states() == [("status", "sent confirmed")]


def test_what_a_colleague_changed_between_two_readings_is_asked_about_and_not_overwritten(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.guarded = False
        one.meddle = [("id-A-1", "severity", "P1")]
        here.desk.decide("comment", "A-1", "we look")
        here.desk.decide("severity", "A-1", "P4")
        here.rest()
        assert one.tickets["id-A-1"]["severity"] == "P1"
        assert here.desk.open_decisions()[0].state == "conflict"
