"""Long work in slices: others have their turn, a fault ends one round and not the next, and nothing runs after the end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from console.work.lanes import Lanes
from console.work.slices import Slices


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    made = Lanes()
    yield made
    made.close()


class Work:
    """Numbers to be done, three a slice; a number in ``bad`` fails. ``gate`` holds the slice in hand."""

    def __init__(self, lanes: Lanes) -> None:
        self.todo: list[int] = []
        self.bad: set[int] = set()
        self.told: list[object] = []
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        self.slices = Slices(lanes, self._todo, self._work, self._done, self._failed, "counting", 3)

    def _todo(self) -> list[int]:
        found, self.todo = self.todo, []
        return found

    def _work(self, numbers: list[int]) -> None:  # type: ignore[override]  # lists are what it hands out
        self.begun.set()
        assert self.gate.wait(30)
        if self.bad & set(numbers):
            raise ValueError(f"{self.bad & set(numbers)} cannot be counted")
        self.told.append(list(numbers))

    def _done(self) -> None:
        self.told.append("done")

    def _failed(self) -> None:
        self.told.append("failed")

    def round(self, *numbers: int) -> list[object]:
        self.todo = list(numbers)
        self.slices.soon()
        assert self.slices.resting.wait(30)
        told, self.told = self.told, []
        return told


@pytest.fixture
def work(lanes: Lanes) -> Work:
    return Work(lanes)


def test_a_fault_is_logged_ends_its_round_and_the_next_one_goes_on(
    work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    work.bad = {4}
    with caplog.at_level(logging.ERROR):
        assert work.round(*range(9)) == [[0, 1, 2], "failed", "done"]
    assert "counting failed" in caplog.text and "cannot be counted" in caplog.text
    assert work.round(7, 8) == [[7, 8], "done"]


def test_a_fault_of_looking_what_there_is_ends_the_round_too(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    work.todo = None  # type: ignore[assignment]  # a bug of ours: there is no list
    work.slices._todo = lambda: list(work.todo)
    with caplog.at_level(logging.ERROR):
        work.slices.soon()
        assert work.slices.resting.wait(30)
    assert work.told == ["failed", "done"] and "counting failed" in caplog.text


def test_other_jobs_have_their_turn_between_two_slices(lanes: Lanes, work: Work) -> None:
    work.gate.clear()
    work.todo = list(range(6))
    work.slices.soon()
    assert work.begun.wait(30)
    between = lanes.write(lambda: list(work.told))
    work.gate.set()
    assert between.result() == [[0, 1, 2]]
    assert work.slices.resting.wait(30)
    assert work.told == [[0, 1, 2], [3, 4, 5], "done"]


def test_asked_again_meanwhile_it_looks_once_more(work: Work) -> None:
    work.gate.clear()
    work.todo = [1]
    work.slices.soon()
    assert work.begun.wait(30)
    work.todo = [2]
    for _ in range(5):
        work.slices.soon()
    work.gate.set()
    assert work.slices.resting.wait(30)
    assert work.told == [[1], [2], "done"]


def test_after_the_end_nothing_more_is_begun(lanes: Lanes, work: Work) -> None:
    work.gate.clear()
    work.todo = list(range(9))
    work.slices.soon()
    assert work.begun.wait(30)
    work.slices.close()
    work.slices.soon()
    work.gate.set()
    lanes.write(int).result()
    assert work.told == [[0, 1, 2]]
