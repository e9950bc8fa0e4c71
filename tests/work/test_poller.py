"""The poller: one request in flight, nothing lost or counted twice, and no source silenced by another's trouble.

Time stands; a source is woken by hand, and its next due instant is read, not waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.change import Change
from console.model.errors import SessionError, SettingsError, SourceError, Trouble
from console.model.facts import Facts, Fetched, Progress
from console.model.health import Health
from console.model.moment import SECOND
from console.ports import Seen
from console.store.append import PollRow, append_many, cursor_of
from console.work.lanes import Lanes
from console.work.poller import Poller
from tests.builders import T0, Bench, bench, traffic
from tests.conftest import StandingClock

PERIOD = 15.0
Answer = Fetched | BaseException


@dataclass
class Script:
    """A remote system: counts up by one at each good poll; the cursor is the count so far."""

    name: str = "edge"
    answers: list[Answer | None] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    closed: int = 0
    gate: threading.Event | None = None
    asked_ahead: bool = True

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            self.asked.append(cursor)
            while self.gate is not None and not self.gate.is_set():
                await asyncio.sleep(0.002)
            await asyncio.sleep(0)
            answer = self.answers.pop(0) if self.answers else None
            if isinstance(answer, BaseException):
                raise answer
            return answer or one_more(cursor, self.name)
        finally:
            self.in_flight -= 1

    async def look(self, now: int) -> Seen:
        return Seen("there")

    async def close(self) -> None:
        self.closed += 1


def one_more(cursor: bytes, name: str = "edge", **more: bool | Progress) -> Fetched:
    count = int(cursor or b"0")
    return Fetched(Facts(traffic=[traffic(T0, 1, source=name)]), str(count + 1).encode(), **more)  # type: ignore[arg-type]


class Memory:
    """The session behind the poller, with a switch for its faults."""

    def __init__(self, made: Bench) -> None:
        self.made = made
        self.faults: list[Exception] = []
        self.gate: threading.Event | None = None
        self.batches: list[list[str]] = []

    def append(self, answers: list[tuple[PollRow, Fetched | None]]) -> Change:
        self.batches.append([row.source for row, _ in answers])
        if self.gate is not None:
            assert self.gate.wait(60)
        if self.faults:
            raise self.faults.pop(0)
        return append_many(self.made.session, self.made.write, answers)

    def cursor_of(self, source: str) -> bytes:
        return cursor_of(self.made.write, source)


class Room:
    """Lanes, a poller and its memory."""

    def __init__(self, made: Bench) -> None:
        self.made = made
        self.clock: StandingClock = made.clock
        self.lanes = Lanes()
        self.memory = Memory(made)
        self.told: list[Change] = []
        self.poller = Poller(self.lanes, self.memory, made.clock, self.told.append)

    def start(self, script: Script, period: float = PERIOD) -> None:
        self.poller.start(script.name, period, lambda: script)

    def health(self, name: str = "edge") -> Health:
        return next(h for h in self.poller.health() if h.name == name)

    def again(self, script: Script) -> None:
        """Wake a source and wait until it has been asked and rests again."""
        before = len(script.asked)
        self.clock.forward(PERIOD)
        self.poller.poll_now(script.name)
        until(lambda: len(script.asked) > before and self.resting(script.name))

    def resting(self, name: str) -> bool:
        self.lanes.write(int).result()
        found = [h for h in self.poller.health() if h.name == name]
        return not found or (not found[0].asking and self.quiet() and (found[0].next_due or 0) > self.clock.now())

    def quiet(self) -> bool:
        async def look() -> bool:
            return not self.poller._in_hand and not self.poller._waiting

        return self.lanes.network(look()).result()

    def calls(self, name: str = "edge") -> int:
        found = self.lanes.write(
            self.made.rows, f"SELECT coalesce(sum(calls), 0)::BIGINT FROM traffic WHERE source = '{name}'"
        )
        return int(found.result()[0][0])

    def outcomes(self, name: str = "edge") -> list[str]:
        found = self.lanes.write(self.made.rows, f"SELECT outcome FROM poll WHERE source = '{name}' ORDER BY known_at")
        return [row[0] for row in found.result()]

    def close(self) -> None:
        self.poller.close()
        self.lanes.close()


def until(happened: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for another thread's doing; fails when it never comes."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it never happened"
        threading.Event().wait(0.002)


@contextlib.contextmanager
def rooms(folder: Path) -> Iterator[Room]:
    with bench(folder) as made:
        room = Room(made)
        try:
            yield room
        finally:
            room.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with rooms(tmp_path) as made:
        yield made


def first(room: Room, script: Script) -> None:
    """Start a source; it asks by itself within a quarter of a second."""
    room.start(script)
    until(lambda: bool(script.asked) and room.resting(script.name))


def gather(room: Room, scripts: list[Script]) -> threading.Event:
    """All answers wait for the store, which is busy with another one until the returned event is set."""
    blocker, busy = Script("blocker"), threading.Event()
    for script in (blocker, *scripts):
        script.gate = threading.Event()
        room.start(script)
    until(lambda: all(s.in_flight for s in (blocker, *scripts)))
    room.memory.gate = busy
    for script in (blocker, *scripts):
        assert script.gate is not None
        script.gate.set()
        until(lambda script=script: not script.in_flight and bool(room.memory.batches))  # type: ignore[misc]
    return busy


def test_an_answer_that_could_not_be_stored_is_asked_for_again_from_the_old_cursor(room: Room) -> None:
    script = Script()
    room.memory.faults.append(SessionError("The disk is full."))
    first(room, script)
    assert room.health().sentence == "The disk is full." and room.calls() == 0
    room.again(script)
    assert script.asked == [b"", b""] and room.calls() == 1
    assert room.health().sentence == ""


def test_a_throttling_server_is_left_alone_even_while_the_disk_is_full(room: Room) -> None:
    script = Script(answers=[SourceError(Trouble.THROTTLED, "Slow down.", 600)])
    room.memory.faults.append(SessionError("The disk is full."))
    first(room, script)
    assert (room.health().next_due or 0) - room.clock.now() >= 600 * SECOND


def test_trouble_keeps_the_cursor_and_is_written_down(room: Room) -> None:
    script = Script(
        answers=[None, SourceError(Trouble.TIMEOUT, "It took too long."), SourceError(Trouble.SERVER, "It broke.")]
    )
    first(room, script)
    room.again(script)
    assert (room.health().failures, room.health().trouble) == (1, Trouble.TIMEOUT)
    room.again(script)
    assert (room.health().failures, room.health().sentence) == (2, "It broke.")
    room.again(script)
    assert script.asked == [b"", b"1", b"1", b"1"] and room.calls() == 2
    assert room.outcomes() == ["good", "timeout", "server", "good"]
    assert room.health().failures == 0 and room.health().trouble is None


def test_back_off_stays_within_a_period_and_a_wish_is_honoured(room: Room) -> None:
    script = Script(answers=[SourceError(Trouble.UNREACHABLE, "Nobody there.") for _ in range(12)])
    first(room, script)
    for _ in range(11):
        assert (room.health().next_due or 0) - room.clock.now() <= PERIOD * SECOND
        room.again(script)
    script.answers = [SourceError(Trouble.THROTTLED, "Slow down.", 120)]
    room.again(script)
    assert 120 * SECOND <= (room.health().next_due or 0) - room.clock.now() <= 133 * SECOND
    script.answers = [SourceError(Trouble.REFUSED, "No.")]
    room.again(script)
    assert (room.health().next_due or 0) - room.clock.now() == 300 * SECOND


def test_a_source_that_cannot_be_built_says_why_and_is_tried_again(room: Room) -> None:
    script, attempts = Script(), []

    def make() -> Script:
        attempts.append(1)
        if len(attempts) == 1:
            raise SettingsError("The file is not there.")
        return script

    room.poller.start("edge", PERIOD, make)
    until(lambda: len(attempts) == 1 and room.resting("edge"))
    assert room.health().sentence == "The file is not there." and room.outcomes() == ["settings"]
    room.again(script)
    assert room.calls() == 1


def test_our_own_bug_in_a_source_is_loud_and_others_go_on(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    broken, fine = Script("broken", answers=[ZeroDivisionError("ours")]), Script("fine")
    room.start(broken)
    first(room, fine)
    until(lambda: "ZeroDivisionError" in room.health("broken").sentence)
    room.again(fine)
    assert room.calls("fine") == 2 and broken.closed == 1
    assert any(r.levelname == "ERROR" and r.exc_info for r in caplog.records)


def test_an_answer_that_brings_out_our_bug_in_the_store_takes_no_other_with_it(room: Room) -> None:
    good = [Script(f"good{i}") for i in range(2)]
    bad = Script("bad", answers=[Fetched(Facts(traffic=[traffic(T0, 1, source="bad", status=70_000)]), b"1")])
    gather(room, [good[0], bad, good[1]]).set()
    until(lambda: "This program failed" in room.health("bad").sentence)
    until(lambda: room.quiet() and all(room.resting(s.name) for s in good))
    assert {"good0", "bad", "good1"} in [set(batch) for batch in room.memory.batches]
    assert [room.calls(n) for n in ("blocker", "good0", "good1", "bad")] == [1, 1, 1, 0]
    room.again(good[0])
    assert room.calls("good0") == 2


def test_answers_gathered_while_the_store_was_busy_are_written_together(room: Room) -> None:
    gather(room, [Script(f"s{i}") for i in range(4)]).set()
    until(room.quiet)
    assert [len(batch) for batch in room.memory.batches] == [1, 4]


def test_only_one_request_of_a_source_is_ever_under_way(room: Room) -> None:
    script = Script(gate=threading.Event())
    room.start(script)
    until(lambda: script.in_flight == 1)
    for _ in range(5):
        room.poller.poll_now("edge")
    assert script.gate is not None
    script.gate.set()
    until(lambda: len(script.asked) >= 2 and room.resting("edge"))
    assert script.most_in_flight == 1


def test_started_from_many_sides_at_once_a_source_is_still_polled_by_one(room: Room) -> None:
    scripts = [Script() for _ in range(6)]
    first(room, scripts[0])
    threads = [threading.Thread(target=room.start, args=(s,)) for s in scripts[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def polling() -> int:
        return sum(task.get_name() == "poll edge" for task in asyncio.all_tasks())

    assert room.lanes.network(polling()).result() == 1


def test_a_restart_while_its_answer_waits_for_the_store_goes_on_after_that_answer(room: Room) -> None:
    old, new = Script(), Script()
    busy = gather(room, [old])
    restart = threading.Thread(target=room.start, args=(new,))
    restart.start()
    until(lambda: not room.poller.health() or "edge" not in [h.name for h in room.poller.health()])
    busy.set()
    restart.join(10)
    until(lambda: bool(new.asked) and room.resting("edge"))
    assert new.asked[0] == b"1" and room.calls() == 2


def test_a_new_process_goes_on_where_the_last_one_stood(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        room, script = Room(made), Script()
        first(room, script)
        room.close()
        later, again = Room(made), Script()
        first(later, again)
        assert again.asked == [b"1"] and later.calls() == 2
        later.close()
    assert script.closed == again.closed == 1


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
    script = Script(
        gate=threading.Event(), answers=[one_more(b"0", more=True, progress=Progress(1, 9)) for _ in range(3)]
    )
    room.start(script)
    until(lambda: script.in_flight == 1)
    room.poller.cancel_backfill("edge")
    assert script.gate is not None
    script.gate.set()
    until(lambda: room.resting("edge"))
    assert script.asked == [b""] and room.health().progress is None and room.calls() == 1


def test_a_stopped_source_is_closed_and_asked_no_more(room: Room) -> None:
    script = Script()
    first(room, script)
    room.poller.stop("edge")
    room.poller.poll_now("edge")
    assert script.closed == 1 and room.poller.health() == [] and script.asked == [b""]


def test_a_paused_source_is_listed_and_never_built(room: Room) -> None:
    room.poller.show_paused("edge", PERIOD)
    room.poller.poll_now("edge")
    assert room.health().paused


def test_closing_stores_what_was_already_fetched(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        room = Room(made)
        busy = gather(room, [Script()])
        closing = threading.Thread(target=room.close)
        closing.start()
        busy.set()
        closing.join(10)
        assert made.rows("SELECT sum(calls)::BIGINT FROM traffic") == [(2,)]


deeds = st.lists(
    st.sampled_from(["good", "more", "timeout", "refused", "throttled", "full disk", "restart", "crash"]),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15)
@given(deeds)
def test_whatever_happens_every_count_of_the_world_is_stored_exactly_once(story: list[str]) -> None:
    """The cursor is the number of counts handed over: facts and cursor may never part."""
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder)) as made:
        room, script = Room(made), Script()
        first(room, script)
        for deed in story:
            if deed == "restart":
                script = Script()
                first(room, script)
            elif deed == "crash":
                room.close()
                room, script = Room(made), Script()
                first(room, script)
            else:
                if deed == "full disk":
                    room.memory.faults.append(SessionError("The disk is full."))
                elif deed == "more":
                    script.answers = [one_more(room.memory.cursor_of("edge"), more=True)]
                elif deed != "good":
                    script.answers = [SourceError(Trouble(deed), "No.", None)]
                room.again(script)
            assert room.calls() == int(room.memory.cursor_of("edge") or b"0")
            assert script.most_in_flight == 1
        room.close()
