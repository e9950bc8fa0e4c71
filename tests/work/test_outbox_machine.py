"""The outbox as a machine of decisions, edits by others, lost answers, crashes and outages, in any order.

What must hold at the end, whatever happened: nothing lost, nothing doubled, the order on each ticket kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from console.model.delivering import alike
from console.model.errors import QuestionError, SourceError, Trouble
from console.ports import marker
from tests.waiting import until
from tests.work.delivering import Beside, beside
from tests.work.vendor import Fault, failing, timeout, unreachable

TICKETS = st.integers(1, 3)
SEVERITIES = st.sampled_from(["P1", "P2", "P3", "P4"])
FIELDS = st.sampled_from(
    [("severity", "P1"), ("severity", "P4"), ("status", "closed"), ("assignee", "carl"), ("tags", "x")]
)
FAULTS = st.sampled_from(
    [
        unreachable(), unreachable(on="read"), timeout(), timeout(acted=True), failing(), failing("done"),
        unreachable(acted=True, on="write"), Fault(SourceError(Trouble.THROTTLED, "Slower.", 30.0)),
        Fault(SourceError(Trouble.UNREADABLE, "HTML came."), acted=True, on="write"),
    ]
)  # fmt: skip


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        self.here: Beside = self._stack.enter_context(beside(Path(folder)))
        self.one = self.here.worlds["one"]
        self.one.guarded = True
        self.texts: list[str] = []

    @rule(number=TICKETS, value=SEVERITIES)
    def severity(self, number: int, value: str) -> None:
        self.here.desk.decide("severity", f"A-{number}", value)

    @rule(number=TICKETS, value=st.sampled_from(["in_progress", "resolved", "closed"]))
    def status(self, number: int, value: str) -> None:
        self.here.desk.decide("status", f"A-{number}", value)

    @rule(number=TICKETS, value=st.sampled_from(["a", "Needs call", "needs_call", "B"]))
    def tag(self, number: int, value: str) -> None:
        self.here.desk.decide("tag", f"A-{number}", value)

    @rule(number=TICKETS)
    def comment(self, number: int) -> None:
        self.texts.append(f"text {len(self.texts)}")
        self.here.desk.decide("comment", f"A-{number}", self.texts[-1])

    @rule()
    def undo(self) -> None:
        self.here.desk.undo()

    @rule(place=st.integers(0, 5))
    def withdraw(self, place: int) -> None:
        """Whatever its state is, and even where it is being taken back already."""
        left = self.here.desk.open_decisions()
        if left:
            with contextlib.suppress(QuestionError):
                self.here.desk.withdraw(left[place % len(left)].id)

    @rule(number=TICKETS, change=FIELDS)
    def somebody_else(self, number: int, change: tuple[str, str]) -> None:
        self.one.edit(f"id-A-{number}", *change)

    @rule(number=TICKETS, change=FIELDS)
    def somebody_else_in_between(self, number: int, change: tuple[str, str]) -> None:
        self.one.meddle.append((f"id-A-{number}", *change))

    @rule(fault=FAULTS, times=st.integers(1, 3))
    def trouble(self, fault: Fault, times: int) -> None:
        self.one.faults.extend([fault] * times)

    @rule(value=st.sampled_from(["resolved", "P1"]))
    def forbid(self, value: str) -> None:
        self.one.declines.add(value)

    @rule()
    def unguarded(self) -> None:
        self.one.guarded = not self.one.guarded

    @rule()
    def words_of_its_own(self) -> None:
        self.one.words, self.one.spells = {"closed": "resolved"}, True

    @rule()
    def a_comment_opens(self) -> None:
        self.one.opens = True

    @rule()
    def time_passes(self) -> None:
        self.here.later()

    @rule()
    def poll(self) -> None:
        self.here.poll()

    @rule()
    def crash(self) -> None:
        self.here.kill()

    @rule()
    def crash_while_a_request_is_out(self) -> None:
        self.one.hang, self.one.hanging = asyncio.Event(), 0
        self.here.clock.forward(7200)
        self.here.desk.delivering.decided()
        until(lambda: self.one.hanging > 0 or self.here.desk.delivering.resting)
        self.here.kill()

    @rule(side=st.sampled_from(["mine", "theirs"]))
    def a_person_answers(self, side: str) -> None:
        for asked in self.here.desk.open_decisions():
            # The outbox may have been quicker.
            with contextlib.suppress(QuestionError):
                if asked.state == "conflict":
                    self.here.desk.settle(asked.id, side)
                elif asked.state == "refused":
                    (self.here.desk.retry if side == "mine" else self.here.desk.withdraw)(asked.id)

    def teardown(self) -> None:
        try:
            self._in_the_end()
        finally:
            self._stack.close()

    def _in_the_end(self) -> None:
        here, one = self.here, self.one
        one.faults.clear()
        one.declines.clear()
        one.meddle.clear()
        for number in (1, 2, 3):
            here.desk.decide("severity", f"A-{number}", "P2")
            here.desk.decide("severity", f"A-{number}", "P1")
        for _ in range(60):
            here.later()
            if not here.desk.open_decisions():
                break
            self.a_person_answers("mine")
        assert here.desk.open_decisions() == [], "everything is delivered or withdrawn in the end"
        assert [fields["severity"] for fields in one.tickets.values()] == ["P1"] * 3
        self._comments()
        self._order()
        here.poll()
        for number in (1, 2, 3):
            there = one.tickets[f"id-A-{number}"]
            assert here.field("severity", f"A-{number}") == "P1"
            assert alike("tags", str(here.field("tags", f"A-{number}") or ""), there.get("tags", ""))
            assert here.field("pending", f"A-{number}") == here.field("refused", f"A-{number}") == 0

    def _comments(self) -> None:
        """Each said once; one that was taken back is either unsaid or corrected, once."""
        moment = self.here.desk.reader().moment_sql
        rows = self.here.desk.reader().rows(
            "SELECT d.decision_id, coalesce(s.state, ''), coalesce(list(u.decision_id) FILTER (u.decision_id IS NOT NULL), []), "
            "coalesce(bool_or(us.state = 'confirmed'), false) FROM decision d "
            f"LEFT JOIN delivery_states({moment}) s ON s.decision_id = d.decision_id "
            "LEFT JOIN decision_link u ON u.undoes = d.decision_id "
            f"LEFT JOIN delivery_states({moment}) us ON us.decision_id = u.decision_id "
            "WHERE d.act = 'comment' GROUP BY ALL"
        )
        said = [text for texts in self.one.said.values() for text in texts]
        for decision, state, undoing, undone in rows:
            count = sum(marker(decision) in text for text in said)
            assert count == (state == "confirmed"), f"a comment that is {state} was said {count} times"
            corrected = sum(marker(by) in text for by in undoing for text in said)
            assert corrected == (undone and state == "confirmed"), f"what is {state} was corrected {corrected} times"

    def _order(self) -> None:
        first: dict[str, list[str]] = {}
        for ticket, wish in self.one.applied:
            if wish.decision not in first.setdefault(ticket, []):
                first[ticket].append(wish.decision)
        for ticket, decisions in first.items():
            assert decisions == sorted(decisions), f"what was decided about {ticket} came in another order"


def delivered_through_everything(examples: int) -> None:
    """Run so many stories of the machine. Fails with the shortest one that breaks a promise."""
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=examples, stateful_step_count=25, suppress_health_check=list(HealthCheck)),
    )


@pytest.mark.thorough
@pytest.mark.timeout(600)
def test_nothing_is_lost_doubled_or_out_of_order() -> None:
    # Many more: ``python -m tests.soak outbox``.
    delivered_through_everything(examples=4)
