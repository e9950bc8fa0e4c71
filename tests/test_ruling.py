"""Rules at the counter: they speak once, never against a person, never of tickets that were there before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.desk import ReadingDesk
from console.model.change import Change
from console.model.errors import QuestionError, SettingsError
from console.model.moment import HOUR, LIVE, iso
from console.queries import rule_book, rule_tickets
from console.ruling import rule_of
from console.store import session as sessions
from console.store.append import append_rows, instant
from tests.builders import T0, moved, ticket
from tests.ruled import ASK, BY_RULE, PAY, SECOND, Counter, counters


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with counters(tmp_path) as made:
        yield made


def test_what_was_there_before_a_rule_is_left_alone(counter: Counter) -> None:
    counter.new("A-1")
    counter.rules(PAY)
    counter.new("A-2", title="Blank page")
    assert counter.decisions() == [] and counter.stands() == ("P3", None)


def test_an_old_ticket_that_changes_is_proposed_for_and_never_acted_on(counter: Counter) -> None:
    counter.new("A-1")
    counter.rules(PAY)
    counter.tell(moved("A-1", counter.clock.now() + 1, "Payment fails again", "title"))
    assert counter.decisions() == []
    assert [(p.field, p.before, p.after) for p in counter.proposals()] == [
        ("severity", "P3", "P2"),
        ("tags", "", "pay"),
    ]


def test_tickets_that_come_done_and_those_that_do_not_match_are_left_alone(counter: Counter) -> None:
    counter.rules(PAY)
    counter.new("A-1", status="closed")
    counter.new("A-2", title="Blank page")
    assert counter.decisions() == [] and counter.proposals("A-1") == [] == counter.proposals("A-2")


def test_a_rule_acts_on_a_new_ticket_once_and_each_act_says_which_rule(counter: Counter) -> None:
    counter.rules(PAY)
    counter.new("A-1")
    assert counter.decisions() == BY_RULE and counter.stands() == ("P2", "pay")
    counter.tell(moved("A-1", counter.clock.now() + 1, "Payment fails again", "title"))
    counter.again()
    counter.tell(moved("A-1", counter.clock.now() + 1, "POST /a", "route"))
    assert counter.decisions() == BY_RULE
    assert Change.DECISIONS | Change.TICKETS in counter.told


def test_tickets_that_came_while_the_program_was_killed_are_asked_about_at_the_next_start(counter: Counter) -> None:
    counter.rules(PAY)
    counter.new("A-0", title="Blank page")
    counter.desk._ruling.close()
    counter.new("A-1")
    assert counter.decisions() == []
    counter.again()
    assert counter.decisions() == BY_RULE


@pytest.mark.thorough
def test_what_a_person_decided_is_never_overridden(counter: Counter) -> None:
    counter.rules({**PAY, "when": {"filter": "route:pay", "any": ["payment"]}})
    counter.new("A-1")
    counter.desk.decide("severity", "A-1", "P4")
    counter.quiet()
    counter.tell(moved("A-1", counter.clock.now() + 1, "POST /payments", "route"))
    assert counter.stands() == ("P4", "pay")
    counter.new("A-2")
    counter.tell(moved("A-2", counter.clock.now() + 1, "P1", "severity"))
    counter.tell(moved("A-2", counter.clock.now() + 1, "POST /payments", "route"))
    assert counter.stands("A-2") == ("P1", "pay")


def test_a_proposal_changes_nothing_until_it_is_accepted_by_a_person(counter: Counter) -> None:
    counter.rules(ASK)
    counter.new("A-1")
    assert counter.decisions() == [] and counter.stands() == ("P3", None)
    severity, tag = counter.proposals()
    counter.desk.accept_proposal(severity.proposal)
    counter.desk.dismiss_proposal(tag.proposal)
    counter.quiet()
    assert counter.stands() == ("P2", None) and counter.proposals() == []
    assert counter.decisions() == [("ann", "severity", "jira:A-1", "P2")]
    for gone in (severity, tag):
        with pytest.raises(QuestionError, match="not stand any more"):
            counter.desk.accept_proposal(gone.proposal)
    with pytest.raises(QuestionError, match="no proposal"):
        counter.desk.dismiss_proposal("nobody's")


def test_a_proposal_that_somebody_overtook_is_gone(counter: Counter) -> None:
    counter.rules(ASK)
    counter.new("A-1")
    counter.desk.decide("severity", "A-1", "P1")
    counter.quiet()
    assert [p.field for p in counter.proposals()] == ["tags"]
    counter.rules()
    assert counter.proposals() == []


def test_a_reply_is_drafted_and_sent_as_it_was_edited(counter: Counter) -> None:
    counter.rules({**PAY, "then": {"reply": "We have {key}."}})
    counter.new("A-1")
    (draft,) = counter.proposals()
    assert (draft.field, draft.after) == ("reply", "We have A-1.") and counter.decisions() == []
    counter.desk.accept_proposal(draft.proposal, "We have it, Ann.")
    assert counter.decisions() == [("ann", "comment", "jira:A-1", "We have it, Ann.")]


@pytest.mark.thorough
def test_a_ticket_shows_what_rules_propose_and_all_of_it_is_taken_or_left_at_once(counter: Counter) -> None:
    counter.rules({**PAY, "mode": "propose", "then": {"severity": "P2", "tag": "pay", "reply": "We have {key}."}})
    for key in ("A-1", "A-2"):
        counter.new(key)
    detail = counter.desk.triage_ticket(LIVE, "jira:A-1")
    assert detail.proposals == (
        ("Payments", "Severity P2 instead of P3"), ("Payments", "Tag pay"), ("Payments", "Draft of a reply: We have A-1."),
    )  # fmt: skip
    assert detail.reply == "We have A-1."
    assert counter.desk.accept_proposals("A-1") == "Accepted: Severity P2 instead of P3, Tag pay."
    counter.quiet()
    assert counter.stands() == ("P2", "pay")
    assert [p.field for p in counter.proposals()] == ["reply"]
    counter.clock.forward(1)
    counter.desk.decide("comment", "A-1", "We have it, Ann.")
    assert counter.proposals() == [] and "propose nothing" in counter.desk.accept_proposals("A-1")
    assert counter.desk.dismiss_proposals("A-2") == "Dismissed 3\xa0proposals."
    detail = counter.desk.triage_ticket(LIVE, "jira:A-2")
    assert (detail.proposals, detail.reply) == ((), "") and counter.stands("A-2") == ("P3", None)


@pytest.mark.thorough
def test_all_tags_and_the_first_of_several_proposals_for_a_field_are_taken_at_once(counter: Counter) -> None:
    later = {**ASK, "name": "z", "order": 200, "then": {"severity": "P2", "tag": ["pay", "urgent"]}}
    counter.rules(later)
    counter.new("A-1")
    counter.rules({**ASK, "name": "a", "then": {"severity": "P1", "tag": ["pay", "money"]}}, later)
    counter.tell(moved("A-1", counter.clock.now() + 1, "Payment fails again", "title"))
    assert len(counter.proposals()) == 6
    said = counter.desk.accept_proposals("A-1")
    assert said == "Accepted: Severity P1 instead of P3, Tag pay, Tag money, Tag urgent."
    counter.quiet()
    assert counter.stands() == ("P1", "pay, money, urgent") and counter.proposals() == []


def test_a_tag_that_a_person_set_leaves_the_others_to_rules_and_one_taken_away_stays_away(counter: Counter) -> None:
    counter.new("A-1", tags="pay")
    counter.tell(moved("A-1", counter.clock.now() + 1, "vip", "tags", "pay"))
    counter.rules({**ASK, "then": {"tag": ["pay", "urgent", "vip"]}})
    counter.tell(moved("A-1", counter.clock.now() + 1, "Payment fails again", "title"))
    assert [p.after for p in counter.proposals()] == ["urgent"]
    counter.desk.decide("tag", "A-1", "urgent")
    counter.clock.forward(1)
    counter.desk.decide("untag", "A-1", "urgent")
    counter.quiet()
    assert counter.proposals() == []


@pytest.mark.parametrize("idle", [{**PAY, "enabled": False}, ASK])
def test_a_rule_that_acts_again_leaves_what_came_meanwhile_alone(counter: Counter, idle: dict[str, Any]) -> None:
    other = {**PAY, "name": "other", "when": {"any": ["blank"]}}
    counter.rules(PAY, other)
    counter.rules(idle, other)
    counter.new("A-1", title="It fails")
    counter.clock.forward(5)
    counter.rules(PAY, other)
    counter.tell(moved("A-1", counter.clock.now() + 1, "Payment fails", "title"))
    assert counter.decisions() == [] and len(counter.proposals()) == 2
    counter.again()
    counter.new("A-2")
    assert {subject for _, _, subject, _ in counter.decisions()} == {"jira:A-2"}


def test_switching_another_rule_on_is_no_new_beginning(counter: Counter) -> None:
    counter.rules(PAY)
    counter.new("A-1", title="It fails")
    counter.rules(PAY, {**PAY, "name": "other", "when": {"any": ["blank"]}})
    counter.tell(moved("A-1", counter.clock.now() + 1, "Payment fails", "title"))
    assert counter.decisions() == BY_RULE


def test_what_the_system_tells_back_of_a_rule_s_own_act_is_nobody_s_agreement(counter: Counter) -> None:
    counter.rules(PAY)
    counter.new("A-1", tags="old")
    assert counter.stands() == ("P2", "old, pay")
    done = [
        (d, 1, "confirmed", "", instant(T0)) for (d,) in counter.desk.reader().rows("SELECT decision_id FROM decision")
    ]
    counter.written("UPDATE decided_change SET remote = true")
    counter.lanes.write(append_rows, counter.desk.session, counter.desk._connection, "delivery", done, T0).result()
    at = counter.clock.now() + 1
    counter.tell(moved("A-1", at, "P2", "severity"), moved("A-1", at, "pay, old", "tags"))
    answer = counter.desk.rule_trial(None)
    assert (answer.changes, answer.decided) == (2, 0)
    counter.tell(moved("A-1", at + 1, "P1", "severity"), moved("A-1", at + 1, "old", "tags"))
    answer = counter.desk.rule_trial(None)
    assert (answer.changes, answer.decided, answer.agreed) == (2, 2, 0)


def test_a_rule_whose_meaning_changed_speaks_anew_and_one_that_was_renamed_too(counter: Counter) -> None:
    counter.rules(ASK)
    counter.new("A-1")
    counter.rules({**ASK, "then": {"severity": "P1"}})
    counter.tell(moved("A-1", counter.clock.now() + 1, "Payment fails again", "title"))
    assert [(p.field, p.after) for p in counter.proposals()] == [("severity", "P1")]


def test_what_came_while_all_rules_were_off_is_left_alone(counter: Counter) -> None:
    counter.rules(PAY)
    counter.rules({**PAY, "enabled": False})
    counter.new("A-1")
    counter.rules(PAY)
    counter.new("A-2", title="Blank")
    assert counter.decisions() == []


def test_rules_see_the_segment_that_was_derived(counter: Counter) -> None:
    mapped = {"customer": [{"name": "Globex", "segment": "enterprise", "domains": ["globex.com"]}]}
    counter.rules({**PAY, "when": {"filter": "segment:enterprise"}}, **mapped)
    counter.new("A-1", reporter="ann@globex.com")
    assert counter.stands() == ("P2", "pay")


def test_a_ticket_that_was_captured_by_hand_is_asked_about_too(counter: Counter) -> None:
    counter.rules({**PAY, "then": {"tag": "pay"}})
    counter.clock.forward(5)
    key = counter.desk.capture({"title": "Payment fails on the phone", "channel": "support_phone"})
    counter.quiet()
    assert counter.stands(key.partition(":")[2]) == (None, "pay")


def test_hostile_text_is_no_act(counter: Counter) -> None:
    counter.rules({**ASK, "when": {"any": ["hello"]}, "then": {"reply": "Hi {key}"}})
    counter.new("A-1", title='hello {key} severity=P1 [[rule]] mode="act" \'); DROP TABLE decision; --')
    assert counter.decisions() == [] and counter.proposals()[0].after == "Hi A-1"


def test_two_systems_with_the_same_key_and_id_are_kept_apart(counter: Counter) -> None:
    counter.rules(PAY)
    counter.new("A-1")
    counter.tell(*ticket("A-1", counter.clock.now() + SECOND, "P3", "other", title="Payment"), source="other")
    subjects = {subject for _, _, subject, _ in counter.decisions()}
    assert subjects == {"jira:A-1", "other:A-1"}


@pytest.mark.thorough
def test_a_session_that_is_only_read_asks_no_rule_and_still_tries_them(counter: Counter, tmp_path: Path) -> None:
    counter.rules(PAY)
    counter.new("A-1")
    counter.desk.close()
    reading = ReadingDesk(sessions.open_foreign(counter.path), counter.clock)
    assert not hasattr(reading, "_ruling") and not hasattr(reading, "accept_proposal")
    assert reading.rule_trial(None, 10).hit == 1
    reading.close()
    counter.desk = counter._open(sessions.open_own(counter.path, counter.clock))


def test_a_dry_run_is_over_tickets_as_they_came_and_says_who_agreed(counter: Counter) -> None:
    counter.rules()
    for n in range(1, 7):
        counter.new(f"A-{n}", title="Payment fails" if n <= 4 else "Blank page")
    counter.desk.decide("severity", "A-1", "P2")
    counter.tell(moved("A-2", counter.clock.now() + 1, "P1", "severity"))
    answer = counter.desk.rule_trial({**PAY, "enabled": False, "then": {"severity": "P2"}}, 5)
    assert (answer.looked, answer.hit, answer.changes, answer.decided, answer.agreed) == (5, 3, 3, 1, 0)
    answer = counter.desk.rule_trial({**PAY, "then": {"severity": "P2"}}, 500)
    assert (answer.looked, answer.hit, answer.decided, answer.agreed) == (6, 4, 2, 1)
    lines = {line.key: (line.before, line.after, line.now, line.agrees) for line in answer.lines}
    assert lines["jira:A-1"] == ("P3", "P2", "P2", True) and lines["jira:A-2"] == ("P3", "P2", "P1", False)
    assert lines["jira:A-3"] == ("P3", "P2", "P3", None)
    assert counter.decisions() == [("ann", "severity", "jira:A-1", "P2")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "valid TOML"),
        ('[[rule]]\nname="a"\n[[rule]]\nname="b"', "one at a time"),
        ('name = "a"', "asks for nothing"),
    ],
)
def test_a_file_that_is_no_rule_is_refused(counter: Counter, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        rule_of(text)
    with pytest.raises(QuestionError, match=says):
        counter.desk.rule_rows(text, 5)


def test_the_shipped_examples_are_off_and_can_be_switched_on_one_by_one(counter: Counter) -> None:
    counter.rules()
    assert len(rule_book.shipped()) >= 5 and rule_book.asked(counter.desk.reader()) == ()
    counter.desk.save_ticket_rule({**rule_book.shipped()["wishes"], "enabled": True})
    assert [r.name for r in rule_book.asked(counter.desk.reader())] == ["wishes"]
    counter.quiet()
    counter.new("A-1", title="Please add a dark theme")
    assert {p.field for p in counter.proposals()} == {"kind", "tags"}
    counter.desk.drop_ticket_rule("wishes")
    assert rule_book.asked(counter.desk.reader()) == ()


def test_a_thousand_tickets_at_once_are_asked_about_in_slices(counter: Counter) -> None:
    counter.rules(ASK)
    at = counter.clock.now() + HOUR
    events = [e for n in range(1200) for e in ticket(f"B-{n}", at + n, "P3", title="Payment fails", created_at=iso(at))]
    counter.tell(*events)
    counter.quiet()
    rows = counter.desk.reader().one("SELECT count(*), count(DISTINCT ticket) FROM rule_proposal")
    assert rows == (2400, 1200)
    some = rule_tickets.these(counter.desk.reader(), [("jira", "id-B-7"), ("jira", "id-gone")])
    assert [t.key for t in some] == ["B-7"]
