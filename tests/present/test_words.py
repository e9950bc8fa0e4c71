"""Ages, shares, durations and counts as people read them."""

from __future__ import annotations

import math
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.moment import DAY, HOUR, MINUTE, SECOND, parse_instant
from console.present import words
from console.present.queue import one_line

UNITS = ["share", "ms", "s", "per_second", "score", "count", "something else"]


def plain(text: str) -> str:
    return text.replace(words.SPACE, " ").replace(words.GROUP, "'").replace("−", "-")


@pytest.mark.parametrize("unit", ["share", "ms", "s", "per_second", "count"])
@pytest.mark.parametrize("value", [None, math.nan])
def test_what_is_not_known_reads_as_a_question(unit: str, value: float | None) -> None:
    assert words.value_of(unit, value) == "?"


@given(st.sampled_from(UNITS), st.floats(0, 1e12))
def test_every_value_has_words(unit: str, value: float) -> None:
    assert words.value_of(unit, value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 %"), (1, "100 %"), (0.9994, "99.94 %"), (0.0041, "0.41 %"), (0.83, "83 %"), (0.97, "97.0 %"),
     (0.99999, "99.9990 %"), (0.00001, "0.0010 %"), (0.9999999999, "99.9999 %")],
)  # fmt: skip
def test_shares_have_the_digits_their_size_needs(value: float, text: str) -> None:
    assert plain(words.share(value)) == text


@given(st.floats(0, 1, exclude_max=True))
def test_only_all_of_it_reads_as_all_of_it(value: float) -> None:
    assert float(plain(words.share(value)).removesuffix(" %")) < 100


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (42, "42 s"), (59.6, "1 min"), (3599.6, "1 h"), (3 * 3600 + 720, "3 h 12"), (86_399.6, "1 d"),
     (4 * 86_400 + 6 * 3600, "4 d 6 h"), (-90, "-1 min")],
)  # fmt: skip
def test_durations_say_their_two_largest_units(seconds: float, text: str) -> None:
    assert plain(words.duration(seconds)) == text


@given(st.integers(0, 10**7))
def test_an_exact_duration_adds_up_to_the_second(seconds: int) -> None:
    size = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    parts = [part.split(words.SPACE) for part in words.exact_duration(seconds).split(" ")]
    assert sum(int(amount) * size[unit] for amount, unit in parts) == seconds


@pytest.mark.parametrize(
    ("value", "text"), [(412.4, "412 ms"), (9.94, "9.9 ms"), (10_000, "10.0 s"), (1234, "1'234 ms"), (math.inf, "∞ ms")]
)
def test_milliseconds(value: float, text: str) -> None:
    assert plain(words.milliseconds(value)) == text


def test_counts_ages_and_plurals() -> None:
    assert plain(words.count(1_284_000)) == "1'284'000" and plain(words.count(-4)) == "-4"
    assert plain(words.age(0, 3 * SECOND)) == "3 s ago" and plain(words.age(5 * MINUTE, 0)) == "in 5 min"
    assert plain(words.plural(1, "ticket")) == "1 ticket" and plain(words.plural(2, "query", "queries")) == "2 queries"
    assert [plain(words.span_words(n)) for n in (7 * DAY, 6 * HOUR, 30 * MINUTE, SECOND)] == [
        "7 d",
        "6 h",
        "30 min",
        "1 min",
    ]


def test_clocks_stand_in_the_zone_of_the_session() -> None:
    berlin, at = ZoneInfo("Europe/Berlin"), parse_instant("2026-11-20T23:30:00Z")
    assert words.clock(at, berlin) == "00:30"
    assert words.day_and_clock(at, berlin) == "Sat 21 Nov 00:30"
    assert words.day_and_clock(at, berlin, at + HOUR) == "00:30"
    assert words.iso_like(at, berlin) == "2026-11-21 00:30"


@given(st.text(max_size=400))
def test_vendor_text_is_one_bounded_line_without_control_over_its_neighbours(text: str) -> None:
    line = one_line(text, 50)
    inner = line.strip("\u2068\u2069")
    assert len(inner) <= 50
    assert not set(inner) & set("\r\n\t\x00\x1b\x85\u2028\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069")
    assert line.count("\u2068") == line.count("\u2069") <= 1


def test_right_to_left_text_is_kept_apart_and_other_text_stays_as_it_is() -> None:
    assert one_line("שלום \u2069\u202eevil") == "\u2068שלום evil\u2069"
    assert one_line("مرحبا") == "\u2068مرحبا\u2069"
    assert one_line("a\x1b[31m\n  b\x00") == "a [31m b"
    assert one_line("<b>&amp;</b>") == "<b>&amp;</b>"
