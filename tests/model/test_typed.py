"""What people type for an act is read whole or refused with a sentence; nothing of it gets lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from console.model.moment import from_datetime
from console.model.typed import CHANNELS, KINDS, Typed, capture, read

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = from_datetime(datetime(2026, 11, 20, 15, 0, tzinfo=BERLIN).astimezone(UTC).replace(tzinfo=None))


def end(words: str, now: int = FRIDAY) -> datetime:
    return datetime.fromisoformat(read("snooze", words, now, BERLIN).value)


@pytest.mark.parametrize(
    "words", ["", "someday", "25:00", "0h", "yesterday", "2026-01-01", "mo tu", "3 parsecs", "2 years"]
)
def test_an_end_that_is_none_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(ValueError, match=r"Until when|over already|within a year"):
        read("snooze", words, FRIDAY, BERLIN)


@pytest.mark.parametrize(
    ("act", "words", "sentence"),
    [
        ("stage", "8", "from 1 to 7"),
        ("stage", "", "from 1 to 7"),
        ("tag", "-", "one tag"),
        ("tag", "a,b", "one tag"),
        ("set", "area", "field and its value"),
        ("set", "=x", "field and its value"),
        ("score", "luck=3", "no score 'luck'"),
        ("comment", "  ", "in a sentence"),
        ("decline", "", "in a sentence"),
        ("duplicate_of", " ", "other ticket"),
        ("assign", "", "Type a value"),
        ("task", "", "takes the task"),
        ("task", "just a title", "takes the task"),
    ],
)
def test_what_lacks_something_says_what(act: str, words: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read(act, words, FRIDAY, BERLIN)


def test_ends_are_read_in_the_zone_of_the_session() -> None:
    assert end("2h").isoformat() == "2026-11-20T17:00:00+01:00"
    assert end("1d 2h 30m").isoformat() == "2026-11-21T17:30:00+01:00"
    assert end("tomorrow").isoformat() == "2026-11-21T09:00:00+01:00"
    assert end("mon 9:30").isoformat() == "2026-11-23T09:30:00+01:00"
    assert end("fri").isoformat() == "2026-11-27T09:00:00+01:00", "today's morning is over"
    assert end("14:30").isoformat() == "2026-11-21T14:30:00+01:00", "over for today"
    assert end("2026-11-24 14:00").isoformat() == "2026-11-24T14:00:00+01:00"
    assert end("2026-11-24T14:00:00Z").utcoffset() == timedelta(0)


def test_an_amount_of_time_is_as_long_over_a_change_of_clocks() -> None:
    saturday = datetime(2026, 10, 24, 20, 0, tzinfo=BERLIN)
    now = from_datetime(saturday.astimezone(UTC).replace(tzinfo=None))
    assert end("24h", now).timestamp() - saturday.timestamp() == 24 * 3600
    assert end("tomorrow 20:00", now).timestamp() - saturday.timestamp() == 25 * 3600


SUMMER, WINTER = datetime(2026, 10, 25, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
"""02:00 in Berlin, twice."""


@pytest.mark.parametrize(
    ("now", "words", "wanted"),
    [
        (SUMMER + timedelta(minutes=45), "20m", "2026-10-25T02:05:00+01:00"),
        (SUMMER + timedelta(minutes=45), "1h", "2026-10-25T02:45:00+01:00"),
        (SUMMER + timedelta(minutes=45), "02:30", "2026-10-25T02:30:00+01:00"),
        (SUMMER + timedelta(minutes=15), "02:30", "2026-10-25T02:30:00+02:00"),
        (WINTER + timedelta(minutes=15), "02:30", "2026-10-25T02:30:00+01:00"),
        (WINTER + timedelta(minutes=15), "sunday 02:30", "2026-10-25T02:30:00+01:00"),
        (WINTER + timedelta(minutes=15), "2026-10-25 02:30", "2026-10-25T02:30:00+01:00"),
        (WINTER + timedelta(minutes=45), "02:30", "2026-10-26T02:30:00+01:00"),
        (WINTER + timedelta(minutes=45), "sun 02:30", "2026-11-01T02:30:00+01:00"),
    ],
)
def test_in_the_night_the_clocks_go_back_an_end_is_the_first_that_is_not_over(
    now: datetime, words: str, wanted: str
) -> None:
    assert end(words, from_datetime(now.replace(tzinfo=None))).isoformat() == wanted


@given(
    st.datetimes(datetime(2026, 3, 28), datetime(2026, 10, 26)),
    st.sampled_from(["20m", "02:30", "today 02:30", "tomorrow 02:00", "sun 02:59", "1h", "3h", "sat"]),
)
def test_an_end_is_later_in_any_night(utc: datetime, words: str) -> None:
    now = from_datetime(utc)
    try:
        found = end(words, now)
    except ValueError:
        assert words.startswith("today")
        return
    assert 0 < found.timestamp() - now / 1e6 <= 8 * 86_400


@given(st.integers(1, 8_000), st.sampled_from(["m", "h", "d", "min"]))
def test_an_end_is_always_later_and_never_beyond_a_year(number: int, unit: str) -> None:
    try:
        found = end(f"{number}{unit}")
    except ValueError:
        return
    ahead = found.timestamp() - FRIDAY / 1e6
    assert 0 < ahead <= 366 * 86_400


def test_stages_tags_and_fields_are_taken_apart() -> None:
    assert read("stage", "5 the cause is known", FRIDAY, UTC) == Typed("stage", "5", "the cause is known")
    assert read("stage", "3 Root cause", FRIDAY, UTC) == Typed("stage", "3", "")
    assert read("tag", "-slow", FRIDAY, UTC) == Typed("untag", "slow")
    assert read("set", " Root cause = a <b> = c ", FRIDAY, UTC) == Typed("set", "root_cause=a <b> = c")
    assert read("set", "score_impact=3", FRIDAY, UTC) == Typed("score", "impact=3")
    assert read("duplicate_of", "jira:PAY-1 Blank page", FRIDAY, UTC) == Typed("duplicate_of", "jira:PAY-1")
    task = json.loads(read("task", 'jira: Say "no": now', FRIDAY, UTC, "It <b>broke</b>").value)
    assert task == {"source": "jira", "title": 'Say "no": now', "body": "It <b>broke</b>"}


def test_a_captured_sentence_tells_who_and_how() -> None:
    assert capture("#call @Dana_Ruiz P2 bug: the page stays blank") == {
        "channel": "support_phone", "reporter": "Dana Ruiz", "severity": "P2", "kind": "bug", "title": "the page stays blank",
    }  # fmt: skip
    assert capture("the #call was @odd, P1 said she") == {"title": "the #call was @odd, P1 said she"}
    with pytest.raises(ValueError, match="in a sentence"):
        capture("#call @Dana P1")


@given(st.text(min_size=1, max_size=300), st.sampled_from(sorted(CHANNELS)), st.sampled_from(sorted(KINDS)))
def test_nothing_of_a_captured_sentence_is_lost(sentence: str, channel: str, kind: str) -> None:
    words = sentence.strip()
    assume(words)
    fields = capture(f"#{channel} {kind}: x {words}")
    told = fields.get("body", fields["title"])
    assert told == f"x {words}".strip()
    assert (fields["channel"], fields["kind"]) == (CHANNELS[channel], KINDS[kind])


@given(st.text(min_size=1))
def test_a_comment_is_never_changed(words: str) -> None:
    assume(words.strip())
    assert read("comment", words, FRIDAY, UTC).comment == words.strip()
