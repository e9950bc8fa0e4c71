"""Looks at the ladder, whenever they come, tell what the clocks of single tickets say: each rung in the look that follows it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.model.facts import Facts
from console.model.moment import HOUR, LIVE, MINUTE, SECOND
from console.model.sla import State
from console.queries.escalation import Ladder
from console.queries.shelf import TicketShelf
from console.queries.sla_ticket import clocks_of
from tests.builders import T0, Bench, bench, jira, launch, moved, ticket

TICKETS = st.lists(
    st.tuples(
        st.sampled_from(["P1", "P2", "P3", "P4"]),
        st.integers(-30 * 60, 120),
        st.lists(
            st.tuples(st.sampled_from(["in_progress", "waiting", "resolved"]), st.integers(0, 40 * 60)), max_size=3
        ),
    ),
    min_size=1,
    max_size=5,
)
LOOKS = st.lists(st.integers(1, 300), min_size=1, max_size=8)


def levels(made: Bench, count: int) -> dict[tuple[str, str], float]:
    """The highest percent that each open clock has passed, by the arithmetic of single tickets."""
    found: dict[tuple[str, str], float] = {}
    for n in range(count):
        told = clocks_of(made.another_reader(LIVE), "jira", f"id-P-{n}")
        assert told is not None
        for clock in told.clocks:
            passed = [r.share * 100 for r in told.agreed.ladder if clock.share >= r.share]
            if passed and clock.ended is None and clock.state is not State.PAUSED:
                found[f"jira:P-{n}", clock.target.clock.value] = passed[-1]
    return found


@pytest.mark.thorough
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TICKETS, LOOKS)
def test_each_look_tells_what_rose_since_the_last_one(
    tickets: list[tuple[str, int, list[tuple[str, int]]]], looks: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), T0) as made:
        made.settings(**launch(jira()))
        for n, (severity, minute, moves) in enumerate(tickets):
            created = T0 + minute * MINUTE
            events = ticket(f"P-{n}", created, severity)
            events += [moved(f"P-{n}", created + after * MINUTE, status) for status, after in moves]
            made.add(Facts(ticket_event=events))
        ladder, shelf = Ladder(), TicketShelf()
        first = ladder.climb(made.reader(), shelf, filling=False)
        assert first.rises == ()
        best = levels(made, len(tickets))
        assert sum(first.before.values()) == len(best)
        for minutes in looks:
            made.clock.forward(minutes * MINUTE / SECOND)
            now = levels(made, len(tickets))
            told = ladder.climb(made.reader(), shelf, filling=False).rises
            assert {(r.ticket, r.clock): r.percent for r in told} == {
                clock: percent for clock, percent in now.items() if percent > best.get(clock, 0.0)
            }
            best = {clock: max(best.get(clock, 0.0), now.get(clock, 0.0)) for clock in {*best, *now}}


def test_terms_without_any_promise_and_a_session_without_tickets_tell_nothing(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        ladder, shelf = Ladder(), TicketShelf()
        assert ladder.climb(made.reader(), shelf, filling=False).rises == ()
        made.settings(**launch(jira()))
        made.add(Facts(ticket_event=ticket("P-1", T0, "P4", kind="enhancement")))
        made.clock.forward(30 * HOUR / SECOND)
        found = ladder.climb(made.reader(), shelf, filling=False)
        assert [(r.clock, r.percent) for r in found.rises] == [("response", 100.0)]
