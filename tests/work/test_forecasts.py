"""A forecast an hour is written down, and a fault of one takes nothing else with it."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from typing import Any

import pytest

from console.model.moment import HOUR, MINUTE
from console.work.forecasts import ForecastKeeper
from console.work.lanes import Lanes


class AtOnce(Lanes):
    """Both lanes run where they are called."""

    def __init__(self) -> None:
        self.closed = False

    def analysis(self, job: Any, *arguments: Any) -> Future[Any]:
        return self._run(job, *arguments)

    def write(self, job: Any, *arguments: Any) -> Future[Any]:
        return self._run(job, *arguments)

    def _run(self, job: Any, *arguments: Any) -> Future[Any]:
        if self.closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        done: Future[Any] = Future()
        try:
            done.set_result(job(*arguments))
        except ZeroDivisionError as error:
            done.set_exception(error)
        return done


@pytest.fixture
def kept() -> list[str]:
    return []


def keeper(kept: list[str], lanes: Lanes, last: int = 0) -> ForecastKeeper:
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


def test_a_fault_is_logged_and_tried_again_an_hour_later(kept: list[str], caplog: pytest.LogCaptureFixture) -> None:
    faults = [True, False]
    made = ForecastKeeper(AtOnce(), lambda: 1 // 0 if faults.pop(0) else "better", kept.append, lambda: 0)
    with caplog.at_level(logging.ERROR):
        made.perhaps(10 * HOUR)
    assert "tried again in an hour" in caplog.text and kept == []
    made.perhaps(11 * HOUR)
    assert kept == ["better"]


def test_closing_lanes_are_no_fault(kept: list[str]) -> None:
    lanes = AtOnce()
    lanes.closed = True
    keeper(kept, lanes).perhaps(10 * HOUR)
    assert kept == []
