"""The poller: one request in flight, nothing lost or counted twice, and no source silenced by another's trouble.

Time stands; a source is woken by hand, and its next due instant is read, not waited for.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.model.errors import SessionError, SettingsError, SourceError, Trouble
from console.model.facts import Facts, Fetched
from console.model.moment import SECOND
from tests.builders import T0, bench, traffic
from tests.waiting import Gate, until
from tests.work.polling import PERIOD, Room, Script, first, gather, one_more, rooms


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with rooms(tmp_path) as made:
        yield made


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


def test_a_refused_source_is_built_anew_with_the_credential_as_it_is_then(room: Room) -> None:
    refused, welcome = Script(answers=[SourceError(Trouble.REFUSED, "The credential is wrong.")]), Script()
    built, threads = [refused, welcome], list[str]()

    def make() -> Script:
        threads.append(threading.current_thread().name)
        return built[len(threads) - 1]

    room.poller.start("edge", PERIOD, make)
    until(lambda: refused.closed == 1 and room.resting("edge"))
    room.again(welcome)
    assert room.calls() == 1 and room.health().sentence == ""
    room.again(welcome)
    assert len(threads) == 2, "while it is welcome it stays"
    assert all(name.startswith("read") for name in threads), "the keyring may take its time"


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
    script = Script(gate=Gate())
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


def killed(room: Room, script: Script) -> tuple[Room, Script]:
    """The program dies with an answer in the session of which the poller never heard, and is started again."""
    dead, room.memory.written = threading.Event(), threading.Event()
    room.memory.after = dead
    room.clock.forward(PERIOD)
    room.poller.poll_now(script.name)
    until(room.memory.written.is_set)
    ending = threading.Thread(target=room.close)
    ending.start()
    again, anew = Room(room.made), Script()
    first(again, anew)
    dead.set()
    ending.join()
    return again, anew


deeds = st.lists(
    st.sampled_from(["good", "more", "timeout", "refused", "throttled", "full disk", "restart", "close", "crash"]),
    min_size=1,
    max_size=12,
)


@pytest.mark.thorough
@settings(max_examples=15)
@given(deeds)
@example(["crash", "more", "crash", "good"])
def test_whatever_happens_every_count_of_the_world_is_stored_exactly_once(story: list[str]) -> None:
    """The cursor is the number of counts handed over: facts and cursor may never part."""
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder)) as made:
        room, script = Room(made), Script()
        first(room, script)
        for deed in story:
            if deed == "restart":
                script = Script()
                first(room, script)
            elif deed == "close":
                room.close()
                room, script = Room(made), Script()
                first(room, script)
            elif deed == "crash":
                room, script = killed(room, script)
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
