"""The outbox: every decision once, in order for each ticket, whatever the network and the vendor do."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from console.model.errors import QuestionError, SourceError, Trouble
from console.model.moment import LIVE
from console.present.triage_figures import OutboxFigure
from console.queries.standing import standing
from console.queries.tickets import QueueQuestion
from console.sources import registry
from tests.waiting import until
from tests.work.delivering import Beside, beside
from tests.work.vendor import Fault, World, Writer, build_writer, failing, timeout, unreachable


def pill(here: Beside) -> str:
    """What stands over the queue of what was not delivered."""
    found = here.desk.triage(LIVE, QueueQuestion()).outbox
    return found.text if found is not None else ""


def test_a_decision_is_noted_before_it_is_asked_for_and_confirmed_by_the_systems_own_word(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        here.desk.decide("severity", "A-1", "P1")
        here.rest()
        assert here.worlds["one"].tickets["id-A-1"]["severity"] == "P1"
        assert here.states() == [("severity", "sent confirmed")]
        assert (here.field("severity"), here.field("pending")) == ("P1", 0)


def test_what_the_system_says_already_is_confirmed_without_a_request(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        here.worlds["one"].edit("id-A-1", "severity", "P1")
        here.desk.decide("severity", "A-1", "P1")
        here.rest()
        assert here.states() == [("severity", "confirmed")] and here.worlds["one"].asked["write"] == 0


@pytest.mark.thorough
def test_a_day_without_network_queues_everything_and_delivers_it_once(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.faults = [unreachable(on="read") for _ in range(40)]
        for number in (1, 2, 3):
            here.desk.decide("severity", f"A-{number}", "P1")
            here.desk.decide("comment", f"A-{number}", "we look")
            here.desk.decide("severity", f"A-{number}", "P2")
        for _ in range(30):
            here.later(60)
        assert [here.field("severity", f"A-{n}") for n in (1, 2, 3)] == ["P2"] * 3 and here.field("pending") == 3
        # One line for each decision that was tried, not one for each of the attempts.
        assert len([s for _, s in here.states() if s]) <= 3 and all(s in ("", "later") for _, s in here.states())
        assert "down" in here.desk.delivering.standings()["one"].sentence
        assert pill(here) == "◔ 9 pending · offline 30\u00a0min"
        one.faults.clear()
        here.later()
        assert pill(here) == ""
        assert [fields["severity"] for fields in one.tickets.values()] == ["P2"] * 3
        assert [len(said) for said in one.said.values()] == [1, 1, 1]
        for ticket in one.tickets:
            assert [wish.value for place, wish in one.applied if place == ticket] == ["P1", "we look", "P2"]


def test_a_source_that_answers_a_poll_is_back_at_once(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        here.worlds["one"].faults = [unreachable()]
        here.desk.decide("severity", "A-1", "P1")
        here.rest()
        assert here.states() == [("severity", "later")]
        here.poll()
        until(lambda: here.states() == [("severity", "later sent confirmed")])


def test_a_refused_writer_is_built_anew_with_the_credential_as_it_is_then(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        built: list[Writer] = []

        def make() -> Writer:
            built.append(build_writer(registry.options_of(source), here.desk.site(source)))
            return built[-1]

        (source,) = here.desk.settings().source
        here.desk.delivering.start(source.name, make)
        here.worlds["one"].faults = [Fault(SourceError(Trouble.REFUSED, "The credential is wrong."))]
        here.desk.decide("severity", "A-1", "P1")
        here.rest()
        here.later()
        here.desk.decide("severity", "A-2", "P1")
        here.rest()
        assert [made for _, made in here.states()] == ["later sent confirmed", "sent confirmed"]
        assert len(built) == 2


@pytest.mark.parametrize("act", [("severity", "P1"), ("comment", "we look"), ("tag", "payment")])
@pytest.mark.parametrize("acted", [True, False])
def test_a_lost_answer_is_looked_for_before_the_request_is_made_again(
    tmp_path: Path, act: tuple[str, str], acted: bool
) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.faults = [timeout(acted)]
        here.desk.decide(act[0], "A-1", act[1])
        here.rest()
        assert here.states()[0][1] == "sent later"
        here.later()
        assert len(one.applied) == 1, "done exactly once"
        assert here.states()[0][1] == ("sent later confirmed" if acted else "sent later sent confirmed")


@pytest.mark.thorough
@pytest.mark.parametrize("act", [("severity", "P1"), ("comment", "we look")])
def test_a_kill_between_the_request_and_its_answer_neither_loses_nor_doubles(
    tmp_path: Path, act: tuple[str, str]
) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.hang = asyncio.Event()
        here.desk.decide(act[0], "A-1", act[1])
        here.desk.decide("assign", "A-1", "bob")
        until(lambda: one.hanging == 1)
        here.kill()
        here.rest()
        assert [wish.field for _, wish in one.applied] == [act[0], "assignee"]
        assert here.states() == [(act[0], "sent confirmed"), ("assign", "sent confirmed")]


@pytest.mark.thorough
def test_a_refusal_stays_visible_and_holds_what_follows_on_its_ticket_alone(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.declines = {"resolved"}
        here.desk.decide("status", "A-1", "resolved")
        here.desk.decide("severity", "A-1", "P1")
        here.desk.decide("severity", "A-2", "P1")
        here.rest()
        assert here.states() == [("status", "sent refused"), ("severity", ""), ("severity", "sent confirmed")]
        assert (here.field("status"), here.field("severity"), here.field("refused")) == ("new", "P1", 1)
        refused = here.desk.open_decisions()[0]
        assert refused.why == "resolved is not possible here."
        one.declines = set()
        here.desk.retry(refused.id)
        here.rest()
        assert [wish.value for place, wish in one.applied if place == "id-A-1"] == ["resolved", "P1"]


def test_a_refused_decision_that_is_withdrawn_lets_the_others_go_on(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        here.worlds["one"].declines = {"P1"}
        here.desk.decide("severity", "A-1", "P1")
        here.desk.decide("severity", "A-1", "P2")
        here.rest()
        here.desk.withdraw(here.desk.open_decisions()[0].id)
        here.rest()
        # What the second was made upon never came: the system says what it said before the first.
        assert here.worlds["one"].tickets["id-A-1"]["severity"] == "P2"
        assert here.field("pending") == 0 and here.field("refused") == 0


def test_what_was_withdrawn_long_ago_is_no_reason_to_ask(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        here.desk.delivering.stop("one")
        here.desk.decide("severity", "A-1", "P1")
        here.desk.undo()
        here.bring_out()
        here.desk.decide("severity", "A-1", "P1")
        here.rest()
        here.desk.decide("severity", "A-1", "P4")
        here.rest()
        assert here.worlds["one"].tickets["id-A-1"]["severity"] == "P4" and here.desk.outbox().total == 0


@pytest.mark.thorough
def test_a_change_by_somebody_else_is_a_question_with_three_versions(tmp_path: Path) -> None:
    for side, ends in (("mine", "P1"), ("theirs", "P4")):
        with beside(tmp_path / side) as here:
            one = here.worlds["one"]
            one.edit("id-A-1", "severity", "P4")
            one.edit("id-A-1", "assignee", "carl")
            here.desk.decide("severity", "A-1", "P1")
            here.rest()
            (found,) = here.desk.open_decisions()
            assert found.state == "conflict"
            assert json.loads(found.why) == {"field": "severity", "seen": "P3", "mine": "P1", "theirs": "P4"}
            with pytest.raises(QuestionError, match="which version"):
                here.desk.retry(found.id)
            here.desk.settle(found.id, side)
            here.rest()
            assert one.tickets["id-A-1"]["severity"] == ends and here.desk.open_decisions() == []
            here.poll()
            assert here.field("severity") == ends and here.field("assignee") == "carl"
            with pytest.raises(QuestionError, match="no conflict"):
                here.desk.settle(found.id, "mine")


def test_a_settled_conflict_that_changed_again_asks_again(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.edit("id-A-1", "severity", "P4")
        here.desk.decide("severity", "A-1", "P1")
        here.rest()
        one.edit("id-A-1", "severity", "P2")
        here.desk.settle(here.last(), "mine")
        here.rest()
        (found,) = here.desk.open_decisions()
        assert json.loads(found.why)["theirs"] == "P2" and json.loads(found.why)["seen"] == "P4"


def test_a_guard_that_fails_is_read_again_and_compared(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.meddle = [("id-A-1", "title", "Another title")]
        here.desk.decide("severity", "A-1", "P1")
        here.rest()
        assert one.tickets["id-A-1"] | {"key": ""} == {
            "key": "", "title": "Another title", "status": "new", "severity": "P1",
        }  # fmt: skip
        one.meddle = [("id-A-1", "severity", "P2")]
        here.desk.decide("severity", "A-1", "P4")
        here.rest()
        assert here.desk.open_decisions()[0].state == "conflict" and one.tickets["id-A-1"]["severity"] == "P2"


@pytest.mark.thorough
@pytest.mark.parametrize("lost", [False, True])
def test_what_our_own_comment_brings_about_is_nobodys_change(tmp_path: Path, lost: bool) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.opens, one.faults = True, [timeout(acted=True)] if lost else []
        here.desk.decide("comment", "A-1", "we look")
        here.desk.decide("status", "A-1", "resolved")
        here.rest()
        here.later()
        assert one.tickets["id-A-1"]["status"] == "resolved" and len(one.said["id-A-1"]) == 1
        assert here.desk.outbox().total == 0
        # A change by somebody else that only looks alike still asks.
        here.desk.decide("comment", "A-2", "we look")
        here.rest()
        one.edit("id-A-2", "status", "closed")
        here.desk.decide("status", "A-2", "resolved")
        here.rest()
        assert here.desk.outbox().lines[0].state == "conflict"


def test_tags_that_others_added_stay(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        one.edit("id-A-1", "tags", "slow, old")
        here.poll()
        here.desk.decide("untag", "A-1", "old")
        here.desk.decide("tag", "A-1", "payment")
        one.edit("id-A-1", "tags", "old, slow, vip")
        here.rest()
        assert one.tickets["id-A-1"]["tags"] == "slow, vip, payment"


def test_a_throttled_source_is_left_alone_as_long_as_it_asks(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        one = here.worlds["one"]
        # Both tickets may be under way when the first of them hears it.
        one.faults = [Fault(SourceError(Trouble.THROTTLED, "Too many requests.", 600.0)) for _ in range(2)]
        here.desk.decide("severity", "A-1", "P1")
        here.desk.decide("severity", "A-2", "P1")
        here.rest()
        asked = one.asked["read"]
        here.later(500)
        here.poll()
        here.rest()
        assert one.asked["read"] == asked <= 2 and one.applied == []
        one.faults = []
        here.later(300)
        assert len(one.applied) == 2


@pytest.mark.thorough
def test_a_ticket_that_always_fails_does_not_hold_up_the_others(tmp_path: Path) -> None:
    with beside(tmp_path, tickets=8) as here:
        one = here.worlds["one"]
        one.faults = [failing("read") for _ in range(5)]
        for number in range(1, 9):
            here.desk.decide("severity", f"A-{number}", "P1")
        for _ in range(8):
            here.later(120)
        assert len(one.applied) == 8


def test_another_system_goes_on_while_one_is_away_and_a_paused_one_holds(tmp_path: Path) -> None:
    two = World()
    two.add(9)
    with beside(tmp_path, two=two) as here:
        here.poll("two")
        here.worlds["one"].faults = [unreachable() for _ in range(9)]
        here.desk.decide("severity", "A-1", "P1")
        here.desk.decide("severity", "A-9", "P1")
        here.rest()
        assert two.tickets["id-A-9"]["severity"] == "P1" and here.worlds["one"].applied == []
        here.desk.delivering.stop("two")
        here.desk.decide("severity", "A-9", "P2")
        here.later(1)
        assert two.tickets["id-A-9"]["severity"] == "P1" and here.field("pending", "A-9") == 1


def test_a_deleted_ticket_is_a_refusal_and_not_an_endless_attempt(tmp_path: Path) -> None:
    with beside(tmp_path) as here:
        del here.worlds["one"].tickets["id-A-1"]
        here.desk.decide("comment", "A-1", "hello?")
        here.rest()
        assert here.states() == [("comment", "refused")]


@pytest.mark.thorough
def test_a_development_task_is_made_once_and_both_sides_name_the_other(tmp_path: Path) -> None:
    tracker = World()
    with beside(tmp_path, tracker=tracker) as here:
        tracker.faults = [timeout(acted=True)]
        before = here.everything()
        asked = {"source": "tracker", "title": "Pay fails", "body": "1. pay\nExpected: paid\nActual: 502"}
        here.desk.decide("task", "A-1", json.dumps(asked))
        here.rest()
        here.later()
        assert list(tracker.issues) == ["DEV-1"] and "one:A-1" in tracker.issues["DEV-1"]["body"]
        assert [text.split(" [hc")[0] for text in here.worlds["one"].said["id-A-1"]] == [
            "Development task: tracker:DEV-1 http://tracker/DEV-1"
        ]
        (ticket,) = standing(here.desk.reader(), ["A-1"])
        assert ticket.fields["task"] == "tracker:DEV-1"
        here.desk.undo()
        here.rest()
        assert here.everything() == before and "Correction" in here.worlds["one"].said["id-A-1"][-1]


@pytest.mark.thorough
def test_the_outbox_says_of_each_decision_where_it_stands_and_what_can_be_done(tmp_path: Path) -> None:
    two = World()
    two.add(9)
    with beside(tmp_path, two=two) as here:
        here.poll("two")
        one = here.worlds["one"]
        assert here.desk.outbox() == OutboxFigure("Everything is delivered.", 0)
        one.declines = {"resolved"}
        here.desk.decide("status", "A-1", "resolved")
        here.desk.decide("comment", "A-1", "line one\nline two")
        one.edit("id-A-2", "severity", "P4")
        here.desk.decide("severity", "A-2", "P1")
        two.faults = [unreachable()]
        here.desk.decide("severity", "A-9", "P2")
        here.rest()
        figure = here.desk.outbox()
        assert [(line.ticket, line.text, line.state, line.acts) for line in figure.lines] == [
            ("one:A-1", "status new → resolved", "refused", ("retry", "withdraw")),
            ("one:A-1", "comment: line one line two", "held", ("withdraw",)),
            ("one:A-2", "severity P3 → P1", "conflict", ("mine", "theirs")),
            ("two:A-9", "severity P3 → P2", "later", ("retry", "withdraw")),
        ]
        assert figure.summary == "2 waiting · 2 need you · two cannot be written to" and figure.total == 4
        assert figure.lines[2].why == "one says P4 now" and "network is down; tried again" in figure.lines[3].why
        for line in figure.lines[:3]:
            here.desk.withdraw(line.decision)
        here.desk.retry(figure.lines[3].decision)
        here.rest()
        assert here.desk.outbox().total == 0 and two.tickets["id-A-9"]["severity"] == "P2"


class TestUndo:
    def test_what_no_system_heard_of_is_withdrawn_and_never_asked_for(self, tmp_path: Path) -> None:
        with beside(tmp_path) as here:
            here.desk.delivering.stop("one")
            before = here.everything()
            here.desk.decide_many("severity", ["A-1", "A-2", "A-3"], "P1")
            here.desk.decide("decline", "A-1", "as designed")
            here.desk.undo()
            here.desk.undo()
            here.bring_out()
            here.rest()
            assert here.everything() == before and here.worlds["one"].asked["write"] == 0
            assert here.desk.open_decisions() == []

    def test_what_was_delivered_is_set_back_there_also_after_a_restart(self, tmp_path: Path) -> None:
        with beside(tmp_path) as here:
            before = here.everything()
            here.desk.decide_many("severity", ["A-1", "A-2", "A-3"], "P1")
            here.desk.decide("decline", "A-1", "as designed")
            here.rest()
            here.kill()
            here.desk.undo()
            here.desk.undo()
            here.rest()
            assert [(f["severity"], f["status"]) for f in here.worlds["one"].tickets.values()] == [("P3", "new")] * 3
            said = here.worlds["one"].said["id-A-1"]
            assert len(said) == 2 and "Correction" in said[1] and "as designed" in said[1]
            here.poll()
            assert here.everything() == before

    @pytest.mark.parametrize("acted", [True, False])
    @pytest.mark.parametrize("act", [("severity", "P1"), ("comment", "we look")])
    def test_what_may_have_been_done_is_found_out_before_it_is_set_back(
        self, tmp_path: Path, acted: bool, act: tuple[str, str]
    ) -> None:
        with beside(tmp_path) as here:
            one = here.worlds["one"]
            one.faults = [timeout(acted)]
            here.desk.decide(act[0], "A-1", act[1])
            here.rest()
            here.desk.undo()
            here.later()
            assert one.tickets["id-A-1"]["severity"] == "P3" and here.desk.open_decisions() == []
            assert len(one.applied) == (2 if acted else 0)
            assert here.field("severity") == "P3"

    def test_undoing_what_somebody_changed_since_asks_first(self, tmp_path: Path) -> None:
        with beside(tmp_path) as here:
            here.desk.decide("severity", "A-1", "P1")
            here.rest()
            here.worlds["one"].edit("id-A-1", "severity", "P2")
            here.desk.undo()
            here.rest()
            assert here.desk.open_decisions()[0].state == "conflict"

    def test_a_workflow_that_does_not_lead_back_re_opens_instead(self, tmp_path: Path) -> None:
        with beside(tmp_path) as here:
            one = here.worlds["one"]
            here.desk.decide("status", "A-1", "resolved")
            here.desk.decide("status", "A-2", "in_progress")
            here.rest()
            one.declines = {"new"}
            here.desk.undo()
            here.desk.undo()
            here.rest()
            assert one.tickets["id-A-1"]["status"] == "in_progress", "as this system calls what was re-opened"
            (left,) = here.desk.outbox().lines
            assert (left.ticket, left.state) == ("one:A-2", "refused"), (
                "it was never closed, so there is nothing to re-open"
            )
