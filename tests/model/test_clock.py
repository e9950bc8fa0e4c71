"""The clock of something that must hold: unknown time neither counts nor resets, planned time is no time at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.clock import BAD, GOOD, UNKNOWN, Stretch, counted, run, trailing, without
from console.model.moment import SECOND, Span

LETTERS = {"g": GOOD, "b": BAD, "u": UNKNOWN}


def stretches(text: str) -> list[Stretch]:
    """A letter a second: g good, b bad, u unknown, m left out."""
    return [Stretch(Span(i * SECOND, (i + 1) * SECOND), LETTERS[c]) for i, c in enumerate(text) if c != "m"]


def slow(text: str, needed: int) -> tuple[int, int, bool]:
    """The definition, read second by second from the end: (held, unknown, whether something bad ended it)."""
    held = unknown = 0
    for letter in reversed(text):
        if held == needed or letter == "b":
            return held, unknown, held < needed
        held += letter == "g"
        unknown += letter == "u"
    return held, unknown, False


@pytest.mark.parametrize(
    ("text", "needed", "held", "unknown", "reset"),
    [
        ("", 3, 0, 0, False),
        ("gg", 3, 2, 0, False),
        ("ggg", 3, 3, 0, False),
        ("ggggg", 3, 3, 0, False),
        ("gbgg", 3, 2, 0, True),
        ("gggb", 3, 0, 0, True),
        ("gguug", 3, 3, 2, False),
        ("buuu", 3, 0, 3, True),
        ("gmmmgmg", 3, 3, 0, False),
        ("bmg", 2, 1, 0, True),
    ],
)
def test_clocks_worked_out_by_hand(text: str, needed: int, held: int, unknown: int, reset: bool) -> None:
    clock = run(stretches(text), needed * SECOND, len(text) * SECOND)
    assert (clock.held // SECOND, clock.unknown // SECOND, clock.reset_at is not None) == (held, unknown, reset)
    assert clock.full == (held >= needed)


@given(st.text(alphabet="gbum", max_size=60), st.integers(1, 30))
def test_the_clock_is_that_of_a_slow_reading(text: str, needed: int) -> None:
    clock = run(stretches(text), needed * SECOND, len(text) * SECOND)
    held, unknown, reset = slow(text, needed)
    assert (clock.held, clock.unknown, clock.reset_at is not None) == (held * SECOND, unknown * SECOND, reset)


@given(st.text(alphabet="gbum", max_size=40), st.integers(1, 20))
def test_learning_that_unknown_time_was_good_never_sets_a_clock_back(text: str, needed: int) -> None:
    before = run(stretches(text), needed * SECOND, len(text) * SECOND)
    after = run(stretches(text.replace("u", "g")), needed * SECOND, len(text) * SECOND)
    assert after.held >= before.held
    assert before.could_be_full == after.full


def test_a_span_loses_what_is_cut_out_of_it() -> None:
    assert without([Span(0, 10)], [Span(2, 3), Span(8, 12)]) == [Span(0, 2), Span(3, 8)]
    assert without([Span(0, 10)], [Span(0, 10)]) == []
    assert without([Span(0, 4), Span(4, 9)], []) == [Span(0, 9)]


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda t: Span(t[0], t[0] + t[1])), max_size=5)


@given(SPANS, SPANS)
def test_what_is_left_is_exactly_the_time_in_the_one_and_not_in_the_other(spans: list[Span], holes: list[Span]) -> None:
    left = without(spans, holes)
    inside = {t for s in spans for t in range(s.start, s.end)} - {t for h in holes for t in range(h.start, h.end)}
    assert {t for s in left for t in range(s.start, s.end)} == inside


@given(st.integers(20, 60), st.integers(1, 40), st.integers(0, 19), SPANS)
def test_a_trailing_window_holds_the_time_it_should_or_all_there_is(
    end: int, length: int, floor: int, holes: list[Span]
) -> None:
    window = trailing(end, length, floor, holes)
    inside = round(counted(window, holes) * SECOND)
    assert window.end == end and window.start >= floor
    assert inside == length or (window.start == floor and inside < length)
