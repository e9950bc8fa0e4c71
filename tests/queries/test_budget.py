"""Uptime as a budget of bad minutes, against a slow reading of the same definition, minute by minute."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console.model.facts import Facts, Gauge
from console.model.moment import MINUTE, SECOND, iso
from tests.builders import bench, covered, launch, probe
from tests.queries.judging import GO, edit, judged

HOUR = 60
BUDGET = 6
"""Bad minutes that an hour above 90 % has to spare."""


def slow(script: str) -> tuple[str, float, int]:
    """(state, minutes of budget left, minutes that count): a letter a minute, g up, b down, u not asked, m planned."""
    counted = [letter for letter in script if letter != "m"][-HOUR:]
    bad, known = counted.count("b"), sum(letter in "gb" for letter in counted)
    left = BUDGET - bad
    if not known:
        return "unknown", math.nan, len(counted)
    if left < 0:
        return "not_met", left, len(counted)
    if len(counted) < HOUR:
        return "not_met", left, len(counted)
    return ("met" if known / len(counted) >= 0.99 else "unknown"), left, len(counted)


@pytest.mark.thorough
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    script=st.lists(st.sampled_from(["g" * 17, "g" * 5, "b", "bb", "u", "m" * 4]), min_size=1, max_size=14).map("".join)
)
@example(script="g" * 60)
@example(script="g" * 54 + "b" * 6)
@example(script="g" * 53 + "b" * 7)
@example(script="b" * 7 + "g" * 60)
@example(script="g" * 30 + "m" * 20 + "g" * 30)
@example(script="m" * 5)
def test_uptime_is_that_of_a_slow_reading(tmp_path_factory: pytest.TempPathFactory, script: str) -> None:
    with bench(tmp_path_factory.mktemp("u"), GO - 3_600 * SECOND) as made:
        made.settings(**launch(probe(), live=GO))
        edit(made, "uptime", above=0.9, window="1 h", sustained="1 h")
        for place in range(len(script)):
            if script[place] == "m" and script[place - 1 : place] != "m":
                end = next((i for i in range(place, len(script)) if script[i] != "m"), len(script))
                made.clock.forward(1)
                span = f"{iso(GO + place * MINUTE)}/{iso(GO + end * MINUTE)}"
                made.decide("maintenance", f"m{place}", span, comment="planned")
        made.clock.forward((GO + len(script) * MINUTE - made.clock.now()) / SECOND)
        facts = Facts(covered=[covered("probe", GO, GO + len(script) * MINUTE)])
        for place, letter in enumerate(script):
            if letter in "gbm":
                facts.gauge.append(Gauge(GO + place * MINUTE + SECOND, "probe", "probe_up", "{}", float(letter == "g")))
        made.add(facts)
        found = judged(made)["uptime"]
        state, left, counted = slow(script)
        assert (found.state, found.clock_s) == (state, counted * 60)
        if not math.isnan(left):
            assert found.budget_left_s == pytest.approx(left * 60)
