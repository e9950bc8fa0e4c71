"""A number's link opens the same number again, whatever names its parts have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.moment import Known, Moment
from console.model.number import Number, Slice, from_link

instants = st.integers(0, 4_000_000_000_000_000)
names = st.none() | st.text(min_size=1, max_size=40)
slices = st.builds(Slice, names, names, names, names, names, names, names)
moments = st.just(Moment()) | st.builds(Moment, instants, st.sampled_from(Known))
words = st.from_regex(r"[a-z_0-9]{1,20}", fullmatch=True)
numbers = st.builds(Number, words, instants, instants, slices, moments, st.just("") | words)
signed = st.builds(Number, st.just(""), instants, instants, slices, moments, words)


@given(numbers | signed)
def test_a_link_opens_the_same_number_again(number: Number) -> None:
    assert from_link(number.link("abc")) == ("abc", number)


@given(numbers, instants)
def test_a_pinned_number_stands_still_and_a_past_one_stands_already(number: Number, instant: int) -> None:
    pinned = number.pinned(instant)
    assert not pinned.moment.live
    assert pinned == (number if not number.moment.live else Number(
        number.kpi, number.start, number.end, number.part, Moment(instant, Known.THEN), number.criterion
    ))  # fmt: skip
    assert pinned.pinned(instant + 1) == pinned


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://example.com", "no link of the console"),
        ("hypercare://session?id=a&kpi=csat&from=2026-11-20T00:00:00Z", "lacks to="),
        ("hypercare://session?id=a&kpi=csat&from=yesterday&to=2026-11-20T00:00:00Z", "yesterday"),
        ("hypercare://session?id=a&kpi=csat&from=2026-11-19&to=2026-11-20&at=2026-11-20&known=soon", "soon"),
    ],
)
def test_a_damaged_link_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        from_link(text)
