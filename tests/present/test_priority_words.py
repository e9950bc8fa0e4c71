"""Chips of a ticket's priority: who set what, what is measured, and what RICE still lacks."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from console.model import priority
from console.model.priority import NAMES, Scores, Set
from console.present.priority import chips, choices
from tests.builders import T0

UTC = ZoneInfo("UTC")


def shown(scores: Scores, **setters: Set) -> dict[str, tuple[str, str]]:
    return {c.title: (c.value, c.note) for c in chips(scores, setters, T0, UTC)}


def test_nothing_known_says_what_is_lacking_and_never_zero() -> None:
    found = shown(Scores())
    assert found["RICE"] == ("–", "lacks reach, impact, confidence, effort")
    assert found["Reach"][0] == found["Impact"][0] == found["MoSCoW"][0] == "–"
    assert "not known" in found["Reach"][1] and found["Impact"][1] == "not set"
    assert "Urgency" not in found and "Impact and effort" not in found


def test_a_whole_priority_shows_its_arithmetic_and_who_set_it() -> None:
    scores = Scores(reach=31, impact=3, confidence=0.8, effort=2.5, moscow="wont", urgency=4, revenue=120_000)
    found = shown(scores, impact=Set("impact", "3", "ann", T0 - 60_000_000))
    assert found["Reach"] == ("31", "measured: consumers that failed")
    assert found["Impact"][0] == "3 massive" and found["Impact"][1].startswith("ann, ")
    assert found["RICE"] == ("29.8", "31 × 3 × 80 % / 2.5 d")
    assert found["MoSCoW"][0] == "won't" and found["Impact and effort"][0] == "quick win"
    assert found["Urgency"][0] == "4 of 5" and found["Revenue"][0] == "120,000"


def test_a_reach_that_was_set_stands_beside_the_measured_one() -> None:
    found = shown(Scores(reach=31, reach_override=200), reach_override=Set("reach_override", "200", "ann", T0))
    assert found["Reach"][0] == "200" and "ann" in found["Reach"][1] and "measured 31" in found["Reach"][1]


@pytest.mark.parametrize("name", NAMES)
def test_every_choice_offered_can_be_set(name: str) -> None:
    for choice in choices(name):
        assert priority.read(f"{name}={choice}")[1]
