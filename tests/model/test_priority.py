"""Priority: what may be set, what follows from it, and what is said when words and measurement contradict each other."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model import priority
from console.model.priority import CONFIDENCE, IMPACT, MOSCOW, NAMES, SCALES, Scores, doubt, key, quadrant, rice

REACHES = st.none() | st.integers(0, 100_000)
EFFORTS = st.floats(0.1, 1000, allow_nan=False)


def scores() -> st.SearchStrategy[Scores]:
    fives = st.none() | st.integers(1, 5).map(float)
    threes = st.none() | st.integers(0, 3).map(float)
    return st.builds(
        Scores, reach=REACHES, reach_override=st.none() | st.integers(0, 10_000).map(float),
        impact=st.none() | st.sampled_from(sorted(IMPACT)), confidence=st.none() | st.sampled_from(sorted(CONFIDENCE)),
        effort=st.none() | EFFORTS, moscow=st.sampled_from(("", *MOSCOW)), frequency=fives, urgency=fives, goals=threes,
        brand=threes, revenue=st.none() | st.floats(0, 1e9, allow_nan=False),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("impact", "NAME=VALUE"),
        ("impakt=3", '"impact"'),
        ("impact=4", "0.25 (minimal)"),
        ("impact=huge", "0.25 (minimal)"),
        ("impact=nan", "3 (massive)"),
        ("confidence=120%", "0.5 (low)"),
        ("effort=0", "0.1"),
        ("effort=-1", "0.1"),
        ("effort=inf", "1,000"),
        ("effort=two days", "1,000"),
        ("moscow=perhaps", "won't"),
        ("urgency=6", "whole number from 1 to 5"),
        ("urgency=2.5", "whole number"),
        ("reach_override=3.5", "whole number"),
        ("reach_override=-1", "whole number"),
        ("brand=" + "9" * 400, "Brand"),
    ],
)
def test_a_score_that_cannot_be_is_refused_with_what_it_may_be(text: str, says: str) -> None:
    with pytest.raises(ValueError) as caught:
        priority.read(text)
    assert says in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("impact=3", ("impact", "3")), (" Impact = massive ", ("impact", "3")), ("score_impact=0.5", ("impact", "0.5")),
        ("confidence=80%", ("confidence", "0.8")), ("confidence=80 %", ("confidence", "0.8")),
        ("confidence=low", ("confidence", "0.5")), ("moscow=Won't have", ("moscow", "wont")), ("effort=2.5", ("effort", "2.5")),
        ("reach_override=120", ("reach_override", "120")), ("impact=", ("impact", "")),
    ],
)  # fmt: skip
def test_a_score_has_one_spelling(text: str, read: tuple[str, str]) -> None:
    assert priority.read(text) == read


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_score_or_a_sentence(text: str) -> None:
    for name in NAMES:
        try:
            found, value = priority.read(f"{name}={text}")
        except ValueError:
            continue
        assert found == name and priority.read(f"{name}={value}") == (name, value)


@given(scores())
def test_rice_is_known_exactly_when_its_four_parts_are(given_scores: Scores) -> None:
    value = rice(given_scores)
    assert (value is None) == bool(priority.missing(given_scores))
    if value is not None:
        assert value >= 0


@given(scores(), st.integers(1, 1000))
def test_more_reach_never_ranks_lower_and_more_effort_never_higher(one: Scores, more: int) -> None:
    one = dataclasses.replace(one, reach=one.reach or 0, impact=one.impact or 1, confidence=1.0, effort=one.effort or 1)
    wider = dataclasses.replace(one, reach=int(one.reached or 0) + more, reach_override=None)
    harder = dataclasses.replace(one, effort=(one.effort or 0) + more)
    assert key(wider, "P2") <= key(one, "P2") <= key(harder, "P2")


@given(scores())
def test_a_reach_somebody_set_counts_instead_of_the_measured_one(one: Scores) -> None:
    assert one.reached == (one.reach_override if one.reach_override is not None else one.reach)


@pytest.mark.thorough
@given(st.lists(st.tuples(scores(), st.sampled_from(("P1", "P2", "P3", "P4", None))), max_size=30), st.integers(0, 99))
def test_the_order_does_not_depend_on_where_one_begins(rows: list[tuple[Scores, str | None]], seed: int) -> None:
    mixed = list(rows)
    random.Random(seed).shuffle(mixed)
    assert sorted(key(*row) for row in rows) == sorted(key(*row) for row in mixed)


def test_what_is_not_scored_does_not_sink_below_what_is_unimportant() -> None:
    ranked = [Scores(moscow="must"), Scores(moscow="should"), Scores(), Scores(moscow="could"), Scores(moscow="wont")]
    assert sorted(ranked, key=lambda s: key(s, "P3")) == ranked
    known = Scores(reach=5, impact=1, confidence=1, effort=2)
    assert key(known, "P4") < key(Scores(), "P4") and key(Scores(), "P1") < key(Scores(), "P4")


def test_rice_by_hand() -> None:
    one = Scores(reach=31, impact=2, confidence=0.8, effort=4)
    assert rice(one) == pytest.approx(12.4)
    assert rice(dataclasses.replace(one, reach=0)) == 0
    assert priority.missing(Scores(impact=1)) == ("reach_override", "confidence", "effort")


@pytest.mark.parametrize(
    ("impact", "effort", "word"),
    [
        (3, 1, "quick win"),
        (2, 10, "big project"),
        (1, 3, "fill-in"),
        (0.25, 30, "not worth it"),
        (None, 1, ""),
        (1, None, ""),
    ],
)
def test_the_quadrant_of_impact_and_effort(impact: float | None, effort: float | None, word: str) -> None:
    assert quadrant(Scores(impact=impact, effort=effort)) == word


@pytest.mark.parametrize(
    ("severity", "impact", "reach", "says"),
    [
        ("P4", None, 31, "P4, minor, but 31 consumers hit it."),
        ("P3", 3.0, 31, "P3, minor, but 31 consumers hit it."),
        ("P2", 0.5, 31, "Low impact, but 31 consumers hit it."),
        (None, 0.25, 12, "Low impact, but 12 consumers hit it."),
        ("P1", None, 0, "P1, but no consumer's calls failed."),
        ("P2", None, 1, "P2, but only 1 consumer's calls failed."),
        ("P3", 3.0, 0, "High impact, but no consumer's calls failed."),
        ("P4", None, 9, ""), ("P1", None, 31, ""), ("P1", None, None, ""), ("P4", None, None, ""), (None, None, 500, ""),
    ],
)  # fmt: skip
def test_a_contradiction_is_said_and_an_unknown_reach_doubts_nothing(
    severity: str | None, impact: float | None, reach: int | None, says: str
) -> None:
    assert doubt(severity, impact, reach) == says


def test_customers_are_counted_where_they_are_known() -> None:
    assert doubt("P4", None, 1200, what="customer") == "P4, minor, but 1,200 customers hit it."


def test_the_newest_setter_counts_and_what_was_taken_back_is_nobodys() -> None:
    found = priority.setters(
        [
            ("impact=3", "ann", 20),
            ("impact=1", "bob", 10),
            ("effort=2", "ann", 5),
            ("effort=", "bob", 6),
            ("junk", "x", 1),
        ]
    )
    assert set(found) == {"impact"} and (found["impact"].who, found["impact"].at) == ("ann", 20)


def test_fields_of_a_ticket_that_cannot_be_read_are_not_set() -> None:
    found = priority.of({"score_impact": "3", "score_effort": "soon", "score_moscow": "must", "title": "x"}, 7)
    assert found == Scores(reach=7, impact=3.0, moscow="must")


def test_every_name_has_a_scale_or_words() -> None:
    assert set(NAMES) == {*SCALES, "moscow"}
    fields = {f.name for f in dataclasses.fields(Scores)}
    assert set(NAMES) < fields
