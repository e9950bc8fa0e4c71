"""When a source is asked again: never hammered, never forgotten, live within one period of its return."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import Trouble
from console.model.moment import SECOND
from console.model.schedule import first_due, next_due

NOW = 1_763_640_000_000_000
WAITING = (Trouble.THROTTLED, Trouble.REFUSED, Trouble.SETTINGS)
periods = st.floats(1, 3600)
turns = st.integers(1, 10_000)


def pause(period: float, failures: int, trouble: Trouble, retry: float | None = None) -> float:
    return (next_due(NOW - SECOND, NOW, period, failures, trouble, retry, "edge") - NOW) / SECOND


@given(periods, turns, st.sampled_from([t for t in Trouble if t not in WAITING]))
def test_back_off_never_exceeds_one_period(period: float, failures: int, trouble: Trouble) -> None:
    assert 0.4 <= pause(period, failures, trouble) <= period


@given(periods, turns, st.sampled_from(list(Trouble)), st.one_of(st.none(), st.floats(0, 1e7)))
def test_no_answer_of_the_world_makes_us_ask_again_at_once(
    period: float, failures: int, trouble: Trouble, retry: float | None
) -> None:
    assert pause(period, failures, trouble, retry) >= 0.4


@given(periods, turns, st.floats(0, 3600))
def test_the_wish_of_a_throttling_server_is_honoured(period: float, failures: int, retry: float) -> None:
    assert retry <= pause(period, failures, Trouble.THROTTLED, retry) <= max(1.2, retry * 1.11)


@given(periods, turns)
def test_throttling_without_a_wish_backs_off_between_seconds_and_an_hour(period: float, failures: int) -> None:
    assert 5 <= pause(period, failures, Trouble.THROTTLED) <= 3960


@given(periods, turns)
def test_refused_credentials_are_not_hammered(period: float, failures: int) -> None:
    assert pause(period, failures, Trouble.REFUSED) == 300


def test_a_server_that_asks_for_peace_gets_it_even_beyond_a_period() -> None:
    assert pause(15, 1, Trouble.SERVER, 90) == 90


@given(periods, st.integers(0, 10**12))
def test_a_good_answer_leads_to_the_next_beat_of_the_same_rhythm(period: float, took: int) -> None:
    due = next_due(NOW, NOW + took, period, 0, None, None, "edge")
    beat = round(period * SECOND)
    assert (due - NOW) % beat == 0 and NOW + took <= due <= NOW + took + beat


@pytest.mark.parametrize("back", [1, 60, 86_400])
def test_a_clock_set_back_during_a_poll_does_not_silence_the_source(back: int) -> None:
    now = NOW - back * SECOND
    assert now < next_due(NOW, now, 15, 0, None, None, "edge") <= now + 15 * SECOND


@given(periods, st.text(max_size=20))
def test_the_first_poll_comes_within_a_quarter_of_a_second(period: float, name: str) -> None:
    assert NOW <= first_due(NOW, period, name) <= NOW + SECOND // 4
    assert first_due(NOW, period, name) == first_due(NOW, period, name)
