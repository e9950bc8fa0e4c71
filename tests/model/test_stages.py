"""The seven stages: what is owed where, where a ticket stands by default, and how long it stood."""

from __future__ import annotations

from itertools import pairwise

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.stages import DEFAULT_STAGE_SQL, STAGES, default_stage, owed, owes_words, skipped, stage, stays

STATUSES = ("new", "acknowledged", "in_progress", "reopened", "resolved", "closed")


def test_a_bare_ticket_owes_everything_of_triage_and_a_full_one_nothing() -> None:
    assert [g.field for g in owed(2, {})] == ["kind", "category", "severity", "impact", "area", "segment"]
    full = dict.fromkeys(("kind", "category", "severity", "impact", "area", "segment"), "x")
    assert owed(2, full) == ()
    assert "owes nothing" in owes_words(2, ())


def test_the_gate_is_told_as_one_sentence() -> None:
    said = owes_words(2, owed(2, {"kind": "bug", "area": "pay", "segment": "pro"}))
    assert (
        said
        == "Triage owes: category, severity, impact · support and product · then “structured, urgent items flagged”"
    )


def test_a_wish_owes_no_severity_and_no_cause() -> None:
    assert "severity" not in [g.field for g in owed(2, {"kind": "enhancement"})]
    assert owed(3, {"kind": "enhancement"}) == ()


@pytest.mark.parametrize("number", [0, 8, -1])
def test_there_are_seven_stages(number: int) -> None:
    assert [s.number for s in STAGES] == [1, 2, 3, 4, 5, 6, 7]
    with pytest.raises(IndexError):
        stage(number)


@pytest.mark.parametrize("title", ["", "  ", "It fails"])
@pytest.mark.parametrize("status", STATUSES)
def test_sql_and_python_agree_on_the_default(status: str, title: str) -> None:
    with duckdb.connect() as db:
        row = db.execute(
            f"SELECT {DEFAULT_STAGE_SQL} FROM (SELECT ? AS status, ? AS title)", [status, title]
        ).fetchone()
    assert row == (default_stage(status, title),)


def test_a_decided_stage_holds_whatever_the_status_does_until_it_is_unset() -> None:
    told = stays(
        [
            (10, "status", "in_progress", ""),
            (20, "stage", "5", "known cause"),
            (30, "status", "resolved", ""),
            (40, "stage", "", ""),
        ],
        0,
        "It fails",
    )
    assert [(s.stage, s.start, s.end) for s in told] == [(2, 0, 10), (3, 10, 20), (5, 20, 40), (6, 40, None)]
    assert skipped(told[:3]) == {4: "known cause"}


def test_a_ticket_that_came_in_progress_never_stood_in_triage() -> None:
    told = stays([(50, "status", "resolved", "")], 0, "It fails", "in_progress")
    assert [(s.stage, s.start, s.end) for s in told] == [(3, 0, 50), (6, 50, None)]


_change = st.tuples(
    st.sampled_from(["status", "stage", "assignee"]), st.sampled_from([*STATUSES, "", "1", "4", "7", "9", "x"])
)


@given(st.lists(_change, max_size=12), st.lists(st.integers(0, 50), min_size=12, max_size=12))
def test_stays_cover_the_whole_life_without_gap_or_overlap(changes: list[tuple[str, str]], gaps: list[int]) -> None:
    at, told = 100, []
    for (field, value), gap in zip(changes, gaps, strict=False):
        at += gap
        told.append((at, field, value, ""))
    found = stays(told, 100, "It fails")
    assert found[0].start == 100 and found[-1].end is None
    assert all(a.end == b.start and a.stage != b.stage and a.start < b.start for a, b in pairwise(found))
    assert all(n < found[-1].stage for n in skipped(found))
