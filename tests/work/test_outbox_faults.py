"""What goes wrong on our own side: it is told, and delivery goes on as soon as it can."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from console.model.errors import SessionError, SourceError, Trouble
from tests.work.delivering import beside, until
from tests.work.vendor import Fault


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("fault", "told"),
    [(duckdb.OutOfMemoryException("no memory"), "no memory"), (SessionError("The disk is full."), "disk is full")],
)
def test_a_session_that_cannot_be_read_is_told_and_read_again(
    tmp_path: Path, fault: Exception, told: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with beside(tmp_path) as here:
        here.rest()

        def broken() -> list[object]:
            raise fault

        monkeypatch.setattr(here.desk, "open_decisions", broken)
        here.desk.decide("severity", "A-1", "P1")
        until(lambda: told in here.desk.delivering.standings()["one"].sentence)
        assert here.worlds["one"].applied == [] and not here.desk.delivering.resting
        here.desk.delivering.decided()
        here.desk.delivering.start("one", here.desk.delivering._targets["one"].make)
        monkeypatch.undo()
        here.later()
        assert here.worlds["one"].tickets["id-A-1"]["severity"] == "P1"
        assert here.desk.delivering.standings()["one"].sentence == ""
    caplog.clear()


@pytest.mark.parametrize("trouble", [Trouble.SETTINGS, Trouble.REFUSED])
def test_a_source_that_was_mended_is_written_to_at_once(tmp_path: Path, trouble: Trouble) -> None:
    with beside(tmp_path) as here:
        here.worlds["one"].faults = [Fault(SourceError(trouble, "Wrong password."), on="read")]
        here.desk.decide("severity", "A-1", "P1")
        here.rest()
        assert here.worlds["one"].applied == []
        here.desk.delivering.stop("one")
        here.bring_out()
        here.rest()
        assert here.worlds["one"].tickets["id-A-1"]["severity"] == "P1"
