"""Alarm is for what went wrong: what is still to come, or only partly known, is told apart from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.present import words
from console.present.criteria import panel, tone_of
from console.present.tone import Tone
from console.queries.criteria import Criterion
from widgets.parts.ticks import ceiling, value_ticks

WEEK_S = 604_800.0


def test_a_missing_signature_is_no_alarm_and_is_said_once() -> None:
    unsigned = Criterion("documentation", "not_met", "not signed", unit="signed", coverage=1.0)
    assert tone_of(unsigned) is Tone.QUIET
    line = panel((unsigned,)).lines[0]
    assert (line.value, line.aside) == ("not signed", "")


@pytest.mark.parametrize(("left", "tone"), [(300.0, Tone.WARN), (-1.0, Tone.BAD)])
def test_a_clock_with_gaps_is_no_alarm_until_its_budget_is_gone(left: float, tone: Tone) -> None:
    clock = Criterion(
        "uptime", "not_met", "6 d 2 h of 7 d, only 36.5 % of it known", value=1.0, target=0.999,
        clock_s=WEEK_S - 80_000, sustained_s=WEEK_S, budget_left_s=left, coverage=0.365,
    )  # fmt: skip
    assert tone_of(clock) is tone
    said = "36" if left >= 0 else "6.1 of 7 d"
    assert said in panel((clock,)).lines[0].aside


def test_a_broken_target_stays_an_alarm() -> None:
    assert tone_of(Criterion("error_rate_5xx", "not_met", "9 errors in 10 calls", value=0.9, target=0.001)) is Tone.BAD


@given(st.sampled_from(["percent", "ms", "per_second"]), st.floats(1e-4, 5_000))
def test_two_ticks_of_an_axis_never_read_alike(unit: str, largest: float) -> None:
    ticks = value_ticks(ceiling(largest), 5)
    said = [words.axis(unit, tick) for tick in ticks]
    assert len(set(said)) == len(said)
