"""A forecast an hour is written down, and a fault of one takes nothing else with it."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future
from typing import Any

import pytest

from console.model.moment import HOUR, MINUTE
from console.work.forecasts import ForecastKeeper
from console.work.lanes import Lanes


class AtOnce(Lanes):
    """Both lanes run where they are called."""

    def __init__(self) -> None:
        return

    def analysis(self, job: Any, *arguments: Any) -> Future[Any]:
        return self._run(job, *arguments)

    def write(self, job: Any, *arguments: Any) -> Future[Any]:
        return self._run(job, *arguments)

    def _run(self, job: Any, *arguments: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(job(*arguments))
        except ZeroDivisionError as error:
            done.set_exception(error)
        return done


@pytest.fixture
def kept() -> list[str]:
    return []


def keeper(kept: list[str], lanes: Lanes, last: int = HOUR) -> ForecastKeeper:
    return ForecastKeeper(lanes, lambda: "a forecast", kept.append, lambda: last)


def test_one_an_hour_however_often_something_is_appended(kept: list[str]) -> None:
    made = keeper(kept, AtOnce())
    for minute in range(0, 180, 5):
        made.perhaps(10 * HOUR + minute * MINUTE)
    assert len(kept) == 3


def test_an_hour_counts_from_the_last_one_written_also_by_an_earlier_run(kept: list[str]) -> None:
    made = keeper(kept, AtOnce(), last=10 * HOUR)
    made.perhaps(10 * HOUR + 59 * MINUTE)
    assert kept == []
    made.perhaps(11 * HOUR)
    assert kept == ["a forecast"]


def test_a_new_session_fills_with_its_history_first(kept: list[str]) -> None:
    made = keeper(kept, AtOnce(), last=0)
    made.perhaps(10 * HOUR)
    made.perhaps(10 * HOUR + 4 * MINUTE)
    assert kept == []
    made.perhaps(10 * HOUR + 5 * MINUTE)
    assert kept == ["a forecast"]


def test_a_fault_is_logged_and_tried_again_an_hour_later(kept: list[str], caplog: pytest.LogCaptureFixture) -> None:
    faults = [True, False]
    made = ForecastKeeper(AtOnce(), lambda: 1 // 0 if faults.pop(0) else "better", kept.append, lambda: HOUR)
    with caplog.at_level(logging.ERROR):
        made.perhaps(10 * HOUR)
    assert "tried again in an hour" in caplog.text and kept == []
    made.perhaps(11 * HOUR)
    assert kept == ["better"]


def test_nothing_is_made_after_it_was_closed(kept: list[str]) -> None:
    made = keeper(kept, AtOnce())
    made.close()
    made.perhaps(10 * HOUR)
    assert kept == []


def test_closing_waits_for_the_one_being_made_and_does_not_write_it(kept: list[str]) -> None:
    lanes, begun, never = Lanes(), threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        while not made._closed:
            never.wait(0.001)
        return "late"

    made = ForecastKeeper(lanes, slow, kept.append, lambda: HOUR)
    made.perhaps(10 * HOUR)
    assert begun.wait(5)
    made.close()
    lanes.close()
    assert kept == []


def test_closing_on_the_lane_itself_takes_back_the_one_that_waits_there(kept: list[str]) -> None:
    lanes = Lanes()
    made = keeper(kept, lanes)

    def leave() -> None:
        made.perhaps(10 * HOUR)
        made.close()

    lanes.analysis(leave).result(timeout=5)
    lanes.close()
    assert kept == []
