"""Instants and spans as people and remote systems write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import Trouble
from console.model.freshness import Freshness, judge
from console.model.moment import (
    MINUTE,
    SECOND,
    Known,
    Moment,
    Span,
    from_datetime,
    iso,
    minute_of,
    parse_instant,
    to_datetime,
)

instants = st.datetimes(datetime(1971, 1, 1), datetime(9998, 1, 1)).map(lambda d: from_datetime(d.replace(tzinfo=UTC)))


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-11-20T25:00:00Z"])
def test_what_is_no_instant_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 8601 time"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text", ["2026-11-20T13:47:00Z", "2026-11-20T14:47:00+01:00", "2026-11-20T14:47:00+0100", " 2026-11-20 13:47 "]
)
def test_one_instant_in_many_spellings(text: str) -> None:
    assert iso(parse_instant(text)) == "2026-11-20T13:47:00Z"


@given(instants)
def test_an_instant_survives_its_spelling_and_its_datetime(instant: int) -> None:
    assert parse_instant(iso(instant)) == instant == from_datetime(to_datetime(instant))


@given(instants, st.integers(-14, 14))
def test_a_zone_changes_nothing(instant: int, hours: int) -> None:
    assert from_datetime(to_datetime(instant).astimezone(timezone(timedelta(hours=hours)))) == instant


@given(instants)
def test_the_minute_holds_its_instant(instant: int) -> None:
    assert Span(minute_of(instant), minute_of(instant) + MINUTE).holds(instant)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_clipped_span_is_the_part_inside(a: int, b: int, c: int, d: int) -> None:
    clipped = Span(a, b).clip(Span(c, d))
    assert clipped.length == sum(a <= x < b and c <= x < d for x in range(51))


def test_only_known_then_bounds_knowledge() -> None:
    assert Moment(5, Known.THEN).known_until == 5
    assert Moment(5, Known.NOW).known_until is None and Moment().live


@pytest.mark.parametrize(
    ("age_s", "wanted"),
    [(0, Freshness.LIVE), (30, Freshness.LIVE), (31, Freshness.LATE), (75, Freshness.LATE), (76, Freshness.LOST)],
)
def test_freshness_is_told_by_the_sources_own_periods(age_s: int, wanted: Freshness) -> None:
    assert judge(15, 0, age_s * SECOND) is wanted


def test_refused_credentials_are_lost_at_once_and_silence_before_the_first_answer_is_waiting() -> None:
    assert judge(15, 0, 0, trouble=Trouble.REFUSED) is Freshness.LOST
    assert judge(15, None, 0) is Freshness.WAITING
    assert judge(15, None, 0, trouble=Trouble.TIMEOUT) is Freshness.LOST


def test_a_partial_or_empty_answer_is_said_so_only_while_it_is_fresh() -> None:
    assert judge(15, 0, 0, partial=True) is Freshness.PARTIAL
    assert judge(15, 0, 0, empty=True) is Freshness.EMPTY
    assert judge(15, 0, 40 * SECOND, partial=True) is Freshness.LATE
