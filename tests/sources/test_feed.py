"""The feed: one wrong entry never costs the others, and nothing is given twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import SourceError, Trouble
from console.model.moment import HOUR, MINUTE, iso
from console.sources.feeds.feed import read_entries
from tests.sources.cases_tickets import FEED, feed_item
from tests.sources.contract import NOW, Answer, Remote, always, as_json, poll, remote

AT = iso(NOW - HOUR)


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


def read(*entries: Any) -> tuple[Any, list[str]]:
    facts, _, wrong, _ = read_entries("feed", list(entries), [])
    return facts, wrong


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (7, "no object"),
        ({"type": "survey", "score": 4}, 'no readable time "at"'),
        ({"type": "survey", "at": "soon", "score": 4}, 'no readable time "at"'),
        ({"type": "survey", "at": AT}, 'no number "score"'),
        ({"type": "survey", "at": AT, "score": True}, 'no number "score"'),
        ({"type": "survey", "at": AT, "score": 6}, "outside 1 to 5"),
        ({"type": "survey", "at": AT, "score": 11, "kind": "nps"}, "outside 0 to 10"),
        ({"type": "survey", "at": AT, "score": 3, "kind": "mood"}, "no known kind"),
        ({"type": "survey", "at": AT, "answer": "meh"}, 'no number "score"'),
        ({"type": "release", "at": AT}, 'no "version"'),
        ({"type": "release", "at": AT, "version": "3", "kind": "big"}, "no known kind"),
        ({"type": "release", "at": AT, "version": "3", "share": 10}, "share outside 0 to 1"),
        ({"type": "measure", "at": AT, "name": "churn"}, 'no number "value"'),
        ({"type": "measure", "at": AT, "name": "churn", "value": 10**400}, "too large"),
        ({"type": "measure", "at": AT, "name": "churn", "value": 1, "labels": [1]}, "labels"),
        ({"type": "gauge", "at": AT, "value": 1}, 'no "name"'),
        ({"type": "event", "at": AT, "kind": "incident"}, 'no "text"'),
        ({"type": "weather", "at": AT}, "type"),
    ],
)
def test_a_wrong_entry_is_left_out_with_its_reason_and_the_rest_counts(entry: Any, reason: str) -> None:
    facts, wrong = read(entry, feed_item(1))
    assert len(wrong) == 1
    assert wrong[0].startswith("entry 1")
    assert reason in wrong[0]
    assert [survey.survey_id for survey in facts.survey] == ["s-1"]


def test_the_answer_of_a_poll_says_what_was_left_out(server: Remote) -> None:
    server.script = always(as_json([{"type": "x", "at": AT}, feed_item(1), 3]))
    answer = poll(FEED, server.url)
    assert "entry 1" in answer.partial
    assert "and 1 more" in answer.partial
    assert len(answer.facts) == 1


def test_an_object_instead_of_a_list_is_unreadable(server: Remote) -> None:
    server.script = always(as_json({"entries": []}))
    with pytest.raises(SourceError, match="no JSON list") as caught:
        poll(FEED, server.url)
    assert caught.value.trouble is Trouble.UNREADABLE


def test_each_type_becomes_its_fact() -> None:
    facts, wrong = read(
        {"type": "survey", "at": AT, "answer": "bad", "customer": "c-1", "ticket": "PAY-1", "comment": "slow\x00"},
        {"type": "release", "at": AT, "version": "3.0.4", "kind": "canary", "share": 0.1, "note": "ten percent"},
        {"type": "measure", "at": AT, "name": "ai_tokens", "value": 12, "labels": {"model": "m", "app": "a"}},
        {"type": "gauge", "at": AT, "name": "cpu", "value": 0.5},
        {"type": "event", "at": AT, "kind": "incident", "text": "DNS provider down", "id": "e-1"},
    )
    assert wrong == []
    survey, release = facts.survey[0], facts.release[0]
    assert (survey.kind, survey.score, survey.customer, survey.ticket, survey.comment) == (
        "support",
        1,
        "c-1",
        "PAY-1",
        "slow",
    )
    assert (release.version, release.kind, release.share) == ("3.0.4", "canary", 0.1)
    assert facts.measure[0].labels == '{"app":"a","model":"m"}'
    assert (facts.gauge[0].name, facts.gauge[0].value, facts.gauge[0].labels) == ("cpu", 0.5, "{}")
    assert (facts.event[0].event_id, facts.event[0].text) == ("e-1", "DNS provider down")
    assert survey.happened_at == NOW - HOUR


def test_good_and_bad_are_the_ends_of_the_scale() -> None:
    facts, _ = read(*({"type": "survey", "at": AT, "answer": word} for word in ("good", "bad")))
    assert [survey.score for survey in facts.survey] == [5, 1]


def test_without_an_id_the_content_is_the_id_whatever_the_order_of_keys() -> None:
    one = {"type": "event", "at": AT, "text": "x", "kind": "k"}
    facts, _ = read(one, dict(reversed(one.items())), {**one, "text": "y"})
    assert len(facts.event) == 2
    assert len({event.event_id for event in facts.event}) == 2


def test_only_new_entries_are_given_and_the_time_joins(server: Remote) -> None:
    entries = [feed_item(n) for n in range(3)]
    entries.append({"type": "measure", "at": AT, "name": "churn", "value": 2})
    server.script = lambda asked: as_json(entries)
    first = poll(FEED, server.url)
    entries.append(feed_item(9))
    second = poll(FEED, server.url, first.cursor, NOW + MINUTE)
    assert len(first.facts) == 4
    assert [survey.survey_id for survey in second.facts.survey] == ["s-9"]
    assert second.facts.measure == []
    assert (first.facts.covered[0].from_, first.facts.covered[0].to) == (NOW - HOUR, NOW)
    assert (second.facts.covered[0].from_, second.facts.covered[0].to) == (NOW, NOW + MINUTE)


def test_an_entry_that_was_corrected_comes_again() -> None:
    entry = {"type": "measure", "at": AT, "name": "churn", "value": 2}
    _, marks, _, _ = read_entries("feed", [entry], [])
    facts, _, _, _ = read_entries("feed", [{**entry, "value": 3}], marks)
    assert [measure.value for measure in facts.measure] == [3]


@given(st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=6))
def test_however_the_window_slides_no_measure_is_given_twice(windows: list[list[int]]) -> None:
    marks, given_out = list[bytes](), list[float]()
    for window in windows:
        entries = [{"type": "measure", "at": AT, "name": "n", "value": value} for value in window]
        facts, marks, _, _ = read_entries("feed", entries, marks)
        given_out += [measure.value for measure in facts.measure]
    assert sorted(given_out) == sorted({value for window in windows for value in window})


def test_what_is_remembered_stays_bounded() -> None:
    marks = list[bytes]()
    for start in range(0, 20_000, 4_000):
        entries = [{"type": "measure", "at": AT, "name": "n", "value": value} for value in range(start, start + 4_000)]
        _, marks, _, _ = read_entries("feed", entries, marks)
    assert len(marks) == 5_000
