"""A source with more to hand over than one answer holds: the next page is asked for while the last one is stored."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.model.errors import SessionError, SourceError, Trouble
from console.model.facts import Progress
from tests.waiting import Gate, until
from tests.work.polling import Room, Script, first, one_more, rooms


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with rooms(tmp_path) as made:
        yield made


def test_more_to_fetch_is_fetched_at_once(room: Room) -> None:
    script = Script(answers=[one_more(b"0", more=True), one_more(b"1", more=True), one_more(b"2")])
    first(room, script)
    assert script.asked == [b"", b"1", b"2"] and room.calls() == 3


def test_the_next_page_is_asked_for_while_the_last_one_is_being_stored(room: Room) -> None:
    room.memory.gate = threading.Event()
    script = Script(answers=[one_more(b"0", more=True), one_more(b"1")])
    room.start(script)
    until(lambda: room.memory.batches and script.asked == [b"", b"1"])
    assert len(room.memory.batches) == 1
    room.memory.gate.set()
    until(lambda: room.resting("edge"))
    assert script.asked == [b"", b"1"] and room.calls() == 2
    assert script.most_in_flight == 1


def test_a_source_that_takes_a_cursor_as_stored_is_asked_on_only_when_it_is(room: Room) -> None:
    room.memory.gate = threading.Event()
    script = Script(answers=[one_more(b"0", more=True), one_more(b"1")])
    script.asked_ahead = False
    room.start(script)
    until(lambda: len(room.memory.batches) == 1)
    assert script.asked == [b""]
    room.memory.gate.set()
    until(lambda: room.resting("edge"))
    assert script.asked == [b"", b"1"] and room.calls() == 2


def test_a_page_asked_for_ahead_is_forgotten_when_the_one_before_it_could_not_be_stored(room: Room) -> None:
    script = Script(answers=[one_more(b"0", more=True), one_more(b"1"), one_more(b"0", more=True), one_more(b"1")])
    room.memory.faults.append(SessionError("The disk is full."))
    first(room, script)
    assert script.asked[0] == b"" and room.calls() == 0
    script.answers = [one_more(b"0", more=True), one_more(b"1")]
    before = len(script.asked)
    room.again(script)
    assert script.asked[before:] == [b"", b"1"] and room.calls() == 2
    assert script.most_in_flight == 1


def test_a_fault_of_a_page_asked_for_ahead_is_told_as_any_other(room: Room) -> None:
    script = Script(answers=[one_more(b"0", more=True), SourceError(Trouble.SERVER, "It fails."), one_more(b"1")])
    first(room, script)
    assert room.outcomes() == ["good", "server"] and room.calls() == 1
    room.again(script)
    assert script.asked == [b"", b"1", b"1"] and room.calls() == 2


def test_a_source_stopped_while_a_page_is_asked_for_ahead_leaves_nothing_under_way(room: Room) -> None:
    room.memory.gate = threading.Event()
    script = Script(answers=[one_more(b"0", more=True)])
    room.start(script)
    until(lambda: len(room.memory.batches) == 1 and len(script.asked) == 2)
    stopping = threading.Thread(target=room.poller.stop, args=("edge",))
    stopping.start()
    room.memory.gate.set()
    stopping.join()
    assert script.in_flight == 0 and script.closed == 1


def test_a_cancelled_back_fill_rests_and_says_nothing_of_progress(room: Room) -> None:
    script = Script(gate=Gate(), answers=[one_more(b"0", more=True, progress=Progress(1, 9)) for _ in range(3)])
    room.start(script)
    until(lambda: script.in_flight == 1)
    room.poller.cancel_backfill("edge")
    assert script.gate is not None
    script.gate.set()
    until(lambda: room.resting("edge"))
    assert script.asked == [b""] and room.health().progress is None and room.calls() == 1


def cancelled(room: Room, script: Script) -> None:
    """A source whose back-fill was cancelled at its first page, of which ``script`` says that nine are to come."""
    script.gate, script.asked_ahead = Gate(), False
    script.answers = [one_more(b"0", more=True, progress=Progress(1, 10))]
    room.start(script)
    until(lambda: script.in_flight == 1)
    room.poller.cancel_backfill("edge")
    script.gate.set()
    until(lambda: room.resting("edge"))


def test_a_back_fill_cancelled_once_does_not_slow_down_what_comes_after_it(room: Room) -> None:
    script = Script()
    cancelled(room, script)
    room.again(script)
    assert len(script.asked) == 2, "its last page"
    script.answers = [one_more(str(n).encode(), more=True) for n in (2, 3)]
    room.again(script)
    until(lambda: len(script.asked) == 5 and room.resting("edge"))


def test_a_cancelled_source_that_falls_behind_is_read_until_it_does_no_more(room: Room) -> None:
    script = Script()
    cancelled(room, script)
    script.answers = [
        one_more(str(n).encode(), more=True, progress=Progress(n, t)) for n, t in ((2, 13), (3, 13), (4, 13))
    ]
    room.again(script)
    until(lambda: len(script.asked) == 4 and room.resting("edge"))
    assert room.calls() == 4
