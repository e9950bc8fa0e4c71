"""Lanes: what runs where, and that closing leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from console.model.errors import SourceError
from console.work.lanes import Lanes, ProcessWorkshop


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    made = Lanes()
    yield made
    made.close()


def here() -> str:
    return threading.current_thread().name


def test_a_fault_of_a_job_comes_back_to_whoever_asked(lanes: Lanes) -> None:
    with pytest.raises(ZeroDivisionError):
        lanes.read(lambda: 1 // 0).result()


def test_all_writes_happen_on_one_thread_in_order(lanes: Lanes) -> None:
    seen: list[int] = []

    def note(turn: int) -> str:
        seen.append(turn)
        return here()

    futures = [lanes.write(note, i) for i in range(20)]
    assert len({f.result() for f in futures}) == 1 and seen == list(range(20))


def test_a_slow_analysis_holds_up_neither_reading_nor_writing(lanes: Lanes) -> None:
    release = threading.Event()
    slow = lanes.analysis(release.wait, 10)
    assert lanes.read(here).result(5) != lanes.write(here).result(5)
    release.set()
    assert slow.result(5)


def test_what_is_already_to_be_written_is_written_before_the_end() -> None:
    lanes, gate = Lanes(), threading.Event()
    seen: list[int] = []
    lanes.write(gate.wait, 10)
    futures = [lanes.write(seen.append, i) for i in range(5)]
    gate.set()
    lanes.close()
    lanes.close()
    assert seen == [0, 1, 2, 3, 4] and all(f.done() for f in futures)


def test_small_bodies_are_decoded_where_they_are_and_large_ones_elsewhere() -> None:
    async def both() -> tuple[int, int]:
        shop = ProcessWorkshop(large=100)
        try:
            return await shop.run(10, os.getpid), await shop.run(1000, os.getpid)
        finally:
            shop.close()

    small, large = asyncio.run(both())
    assert small == os.getpid() != large


def test_a_worker_that_dies_is_a_fault_of_the_world_for_all_who_wait_and_another_follows() -> None:
    async def thrice() -> tuple[list[object], int]:
        shop = ProcessWorkshop(large=1)
        try:
            waiting = (shop.run(10, os._exit, 1), shop.run(10, os.getpid))
            ended = await asyncio.gather(*waiting, return_exceptions=True)
            return list(ended), await shop.run(10, os.getpid)
        finally:
            shop.close()

    ended, again = asyncio.run(thrice())
    assert all(isinstance(error, SourceError) and "asked again" in error.message for error in ended)
    assert again != os.getpid()


_KILLED = """
import asyncio, os, sys
from console.work.lanes import ProcessWorkshop
if __name__ == "__main__":
    print(asyncio.run(ProcessWorkshop(large=1).run(1000, os.getpid)), flush=True)
    os._exit(9)
"""


def test_a_console_that_dies_takes_its_decoding_process_with_it() -> None:
    """As after kill -9: no exit handler runs. The worker holds the pipe, so that its end is the end of the output."""
    died = subprocess.run(
        [sys.executable, "-c", _KILLED], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=False
    )
    assert died.returncode == 9
    assert int(died.stdout) not in (0, os.getpid())


@pytest.mark.parametrize("lane", ["read", "analysis"])
def test_a_question_under_way_is_waited_for_before_its_cursor_may_be_closed(lanes: Lanes, lane: str) -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), list[str]()

    def question() -> None:
        begun.set()
        may_end.wait(10)
        ended.append("question")

    def leave() -> None:
        lanes.await_questions()
        ended.append("closed")

    getattr(lanes, lane)(question)
    assert begun.wait(10)
    leaving = threading.Thread(target=leave)
    leaving.start()
    leaving.join(0.2)
    assert leaving.is_alive()
    may_end.set()
    leaving.join(10)
    assert ended == ["question", "closed"]


def test_a_lane_does_not_wait_for_itself(lanes: Lanes) -> None:
    assert lanes.analysis(lanes.await_questions).result(10) is None
