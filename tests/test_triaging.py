"""Acts on tickets at the counter: checked, written with what they change, shown at once, taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.desk import Desk
from console.model.change import Change
from console.model.errors import QuestionError
from console.model.facts import Facts, Fetched
from console.model.moment import HOUR, LIVE, iso
from console.settings import from_document
from console.store.append import PollRow
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0, on_write_lane, ticket
from tests.conftest import StandingClock
from tests.fresh import created

ACTS = ("decide", "decide_many", "undo", "undo_of", "withdraw", "retry", "settle", "capture", "append", "save_settings")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock, lanes, told = StandingClock(T0 + HOUR), Lanes(), list[Change]()
    made = Desk(created(tmp_path / "a.hypercare", clock), clock, lanes, KeyringVault(), told.append)
    on_write_lane(made, lanes, *ACTS)
    made.save_settings(from_document({"me": {"name": "ann"}}))
    events = [e for n in range(1, 5) for e in ticket(f"A-{n}", T0, "P3", tags="slow", assignee="desk")]
    made.append([(PollRow("jira", T0, T0, "good"), Fetched(Facts(ticket_event=events)))])
    yield made
    made.close()
    lanes.close()


def field(desk: Desk, column: str, key: str = "A-1") -> object:
    reader = desk.reader()
    rows = reader.rows(f"SELECT {column} FROM tickets_at({reader.moment_sql}) WHERE key = ?", [key])
    return rows[0][0] if rows else None


def everything(desk: Desk) -> list[tuple[object, ...]]:
    """All tickets but for when something last happened to them."""
    reader = desk.reader()
    return reader.rows(f"SELECT * EXCLUDE (updated_at) FROM tickets_at({reader.moment_sql}) ORDER BY ALL")


@pytest.mark.parametrize(
    ("act", "value", "column", "stands"),
    [
        ("severity", "p1", "severity", "P1"),
        ("severity", "", "severity", None),
        ("assign", "Ann", "assignee", "Ann"),
        ("status", "In Progress", "status", "in_progress"),
        ("stage", "3", "stage", 3),
        ("tag", "payment", "tags", "slow, payment"),
        ("untag", "slow", "tags", None),
        ("duplicate-of", "A-2", "duplicate_of", "jira:A-2"),
        ("snooze", iso(T0 + 9 * HOUR), "epoch_us(snoozed_until)", T0 + 9 * HOUR),
        ("set", "category=payment", "category", "payment"),
        ("score", "impact=3", "score_impact", 3.0),
        ("score", "moscow=Must", "score_moscow", "must"),
        ("ack", "", "status", "acknowledged"),
        ("comment", "we look", "status", "acknowledged"),
        ("decline", "as designed", "status", "closed"),
    ],
)
def test_an_act_shows_at_once_and_its_undo_leaves_nothing_of_it(
    desk: Desk, act: str, value: str, column: str, stands: object
) -> None:
    before = everything(desk)
    desk.decide(act, "A-1", value)
    assert field(desk, column) == stands and everything(desk) != before
    assert "jira:A-1" in desk.undo()
    assert everything(desk) == before
    assert desk.undo() == "There is nothing of yours to take back."


@pytest.mark.parametrize(
    ("act", "value", "says"),
    [
        ("severity", "P5", "P1 to P4"), ("status", "resolvd", '"resolved"'), ("stage", "8", "1 to 7"), ("comment", " ", "text"),
        ("duplicate_of", "A-1", "itself"), ("duplicate_of", "A-9", "no ticket A-9"), ("snooze", "tomorrow", "ISO"),
        ("snooze", iso(T0), "future"), ("decline", "", "reason"), ("reopen", "", "open"), ("split", "", "no duplicate"),
        ("set", "categry=x", '"category"'), ("set", "category", "FIELD=VALUE"), ("score", "impakt=1", '"impact"'),
        ("score", "impact=lots", "0.25 (minimal)"), ("score", "impact=7", "3 (massive)"),
        ("task", "{}", "JSON"), ("task", '{"source": "jira", "title": "x"}', "No task"),
        ("severty", "P1", '"severity"'), ("undo", "", "nothing of yours"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_sentence_and_changes_nothing(desk: Desk, act: str, value: str, says: str) -> None:
    before = everything(desk)
    with pytest.raises(QuestionError) as caught:
        desk.decide(act, "A-1", value)
    assert says in caught.value.message
    assert everything(desk) == before and desk.reader().rows("SELECT * FROM decision") == []


def test_an_enhancement_takes_no_severity(desk: Desk) -> None:
    desk.decide("set", "A-1", "kind=enhancement")
    with pytest.raises(QuestionError, match="enhancement"):
        desk.decide("severity", "A-1", "P1")


def test_two_tickets_cannot_be_each_others_duplicate(desk: Desk) -> None:
    desk.decide("duplicate_of", "A-1", "A-2")
    desk.decide("duplicate_of", "A-2", "A-3")
    with pytest.raises(QuestionError, match="other way round"):
        desk.decide("duplicate_of", "A-3", "A-1")
    desk.decide("split", "A-1")
    desk.decide("duplicate_of", "A-3", "A-1")


@pytest.mark.thorough
def test_a_bulk_act_is_taken_back_as_one_and_leaves_out_whom_it_does_not_fit(desk: Desk) -> None:
    desk.decide("set", "A-3", "kind=enhancement")
    before = everything(desk)
    desk.decide_many("severity", ["A-1", "jira:A-2", "A-1", "A-3"], "P1")
    assert [field(desk, "severity", f"A-{n}") for n in (1, 2, 3, 4)] == ["P1", "P1", "P3", "P3"]
    assert "2\xa0tickets" in desk.undo()
    assert everything(desk) == before
    with pytest.raises(QuestionError, match="enhancement"):
        desk.decide_many("severity", ["A-3"], "P1")
    with pytest.raises(QuestionError, match="no ticket A-77"):
        desk.decide_many("severity", ["A-1", "A-77"], "P1")
    assert everything(desk) == before


def test_undo_goes_back_step_by_step_and_can_keep_to_one_ticket(desk: Desk) -> None:
    desk.decide("severity", "A-1", "P1")
    desk.decide_many("assign", ["A-1", "A-2"], "bob")
    desk.decide("severity", "A-2", "P2")
    assert "assigned to bob" in desk.undo_of("A-1")
    assert [field(desk, "assignee", key) for key in ("A-1", "A-2")] == ["desk", "bob"]
    assert "severity P2" in desk.undo()
    assert "assigned to bob" in desk.undo() and field(desk, "assignee", "A-2") == "desk"
    assert "severity P1" in desk.undo() and field(desk, "severity") == "P3"


def test_what_somebody_else_decided_is_not_mine_to_undo(desk: Desk) -> None:
    desk.decide("severity", "A-1", "P1")
    desk.save_settings(from_document({"me": {"name": "bob"}}))
    assert desk.undo() == "There is nothing of yours to take back."
    (decision,) = desk.reader().rows("SELECT decision_id FROM decision WHERE act = 'severity'")[0]
    desk.withdraw(decision)
    assert field(desk, "severity") == "P3"
    with pytest.raises(QuestionError, match="already"):
        desk.withdraw(decision)


@pytest.mark.thorough
def test_a_captured_ticket_is_a_ticket_like_any_other(desk: Desk) -> None:
    before = everything(desk)
    key = desk.capture({"title": "Cannot pay", "channel": "support_phone", "reporter": "Mr Bean", "severity": "p2"})
    assert key == "console:HC-1"
    assert desk.capture({"title": "Second"}) == "console:HC-2"
    assert (field(desk, "severity", "HC-1"), field(desk, "status", "HC-1")) == ("P2", "new")
    assert desk.ticket(LIVE, "HC-1").key and "HC-1" in [row["key"] for row in desk.queue_rows(LIVE, False, "pay")]
    desk.decide("ack", "HC-1")
    desk.decide("severity", "console:HC-1", "P1")
    assert (field(desk, "severity", "HC-1"), field(desk, "status", "HC-1")) == ("P1", "acknowledged")
    assert field(desk, "pending", "HC-1") == 0
    for _ in range(4):
        desk.undo()
    assert everything(desk) == before
    # A key is never given twice: somebody may have written it down.
    assert desk.capture({"title": "Third"}) == "console:HC-3"
    with pytest.raises(QuestionError, match='"title"'):
        desk.capture({"titel": "x"})
    with pytest.raises(QuestionError, match="sentence"):
        desk.decide("capture", "console", json.dumps({"title": " "}))


def test_a_decision_about_what_stands_already_changes_nothing_and_is_not_in_the_way_of_an_undo(desk: Desk) -> None:
    desk.decide("severity", "A-1", "P1")
    desk.decide("severity", "A-1", "P1")
    assert "severity P1" in desk.undo() and field(desk, "severity") == "P3"
