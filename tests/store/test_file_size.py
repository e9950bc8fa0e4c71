"""The session file holds what is known, not what was replaced."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.desk import ReadingDesk
from console.model.facts import Covered, Facts, Fetched
from console.model.moment import LIVE
from console.store import session as sessions
from console.store.append import PollRow, append_fetched
from tests.conftest import StandingClock

_CURSOR = 400_000
_POLLS = 240


@pytest.mark.thorough
def test_cursors_that_are_replaced_leave_no_room_behind_even_while_screens_ask(
    tmp_path: Path, clock: StandingClock
) -> None:
    session = sessions.create(tmp_path / "a.hypercare", clock)
    desk, write = ReadingDesk(session, clock), session.cursor()
    for _ in range(_POLLS):
        started, finished = clock.now(), clock.forward(15)
        fetched = Fetched(Facts(covered=[Covered("edge", started, finished)]), os.urandom(_CURSOR))
        append_fetched(session, write, PollRow("edge", started, finished, "good"), fetched)
        desk.reader(LIVE).settings  # noqa: B018  # a question whose answer is read, as a screen does
        desk.reader(LIVE).one("SELECT value FROM setting")
    # Kept apart, the cursors of all polls would be 96 MB; the log of the database may hold 16 MB before it is folded in.
    assert session.bytes_on_disk < 0.6 * _POLLS * _CURSOR
    write.close()
    desk.close()
