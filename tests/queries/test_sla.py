"""SLA clocks of a session: one ticket, all tickets and the shown statement say the same, to the second."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from console.model.facts import Facts, TicketEvent
from console.model.moment import DAY, HOUR, MINUTE, SECOND, Known, Moment
from console.model.sla import Name
from console.queries import sla
from console.queries.shelf import TicketShelf
from console.queries.sla_clocks import clock_table
from console.queries.sla_terms import written
from console.queries.sla_ticket import clocks_of
from tests.builders import T0, Bench, bench, jira, launch, moved, ticket
from tests.deciding import change

OFFICE = {"name": "office", "time_zone": "Europe/Berlin", "hours": {"weekdays": ["09:00-12:00", "13:00-17:00"]}}


def stand(story: Bench, at: int) -> None:
    story.clock.forward((at - story.clock.now()) / SECOND)


def told(story: Bench, moment: Moment, key: str = "A-1") -> dict[str, Any]:
    reader = story.reader(moment)
    table = sla.fill(reader, TicketShelf())
    columns = [c[0] for c in reader.connection.execute(f"DESCRIBE {table}").fetchall()]
    row = reader.one(f"SELECT * FROM {table} WHERE ticket = 'id-{key}'")
    assert row is not None
    return dict(zip(columns, row, strict=True))


def tags(key: str, at: int, value: str) -> TicketEvent:
    return moved(key, at, value, field="tags")


def test_the_table_beside_the_shelf(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as story:
        story.settings(**launch(jira()))
        story.add(Facts(ticket_event=ticket("A-1", T0, "P1") + ticket("A-2", T0, "P4", kind="enhancement")))
        stand(story, T0 + 12 * MINUTE)
        now = told(story, Moment())
        assert (now["response_left_s"], now["resolution_left_s"]) == (180, 4 * 3600 - 720)
        assert (now["state"], now["response_due"], now["share"]) == ("due_soon", T0 + 15 * MINUTE, 0.8)
        wish = told(story, Moment(), "A-2")
        assert (wish["resolution_left_s"], wish["resolution_state"]) == (None, "none")


def test_a_clock_that_ended_has_nothing_left(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as story:
        story.settings(**launch(jira()))
        story.add(Facts(ticket_event=[*ticket("A-1", T0, "P1"), moved("A-1", T0 + HOUR, "resolved")]))
        stand(story, T0 + 2 * HOUR)
        now = told(story, Moment())
    assert (now["response_left_s"], now["resolution_left_s"], now["share"]) == (None, None, None)
    assert (now["response_state"], now["resolution_state"], now["state"]) == ("breached", "met", "met")


def test_live_the_table_is_made_again_with_every_second_and_when_something_was_learnt(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as story:
        story.settings(**launch(jira()))
        story.add(Facts(ticket_event=ticket("A-1", T0, "P2")))
        shelf = TicketShelf()

        def left() -> Any:
            reader = story.reader()
            row = reader.one(f"SELECT resolution_left_s FROM {sla.fill(reader, shelf)}")
            return row and row[0]

        assert left() == 86_400
        stand(story, T0 + 10 * SECOND)
        assert left() == 86_390
        stand(story, T0 + 20 * SECOND)
        assert left() == 86_380
        story.add(Facts(ticket_event=[moved("A-1", T0 + 20 * SECOND, "P1", field="severity")]))
        assert left() == 4 * 3600 - 20
        story.settings(**launch(jira()), sla=[{"name": "P1", "resolve": "2 h"}])
        assert left() == 2 * 3600 - 20


def test_settings_changed_while_a_clock_runs_are_told_as_known_then(tmp_path: Path) -> None:
    """A holiday added afterwards moves the number that is known now, never the one that was shown."""
    thursday = T0 - T0 % DAY + 7 * DAY  # a Thursday, 27 November 2025
    holiday = date(2025, 11, 28)
    with bench(tmp_path, thursday) as story:
        story.settings(**launch(jira()), calendar=[OFFICE])
        story.add(Facts(ticket_event=ticket("A-1", thursday + 8 * HOUR, "P3")))
        monday = thursday + 4 * DAY + 8 * HOUR
        stand(story, monday)
        before = told(story, Moment(monday, Known.THEN))
        stand(story, monday + HOUR)
        story.settings(**launch(jira()), calendar=[{**OFFICE, "holidays": [holiday]}])
        then, now = (told(story, Moment(monday, known)) for known in (Known.THEN, Known.NOW))
    assert before["resolution_left_s"] == then["resolution_left_s"] == (70 - 14) * 3600
    assert now["resolution_left_s"] == (70 - 7) * 3600


def test_the_shown_statement_holds_for_a_ticket_that_was_captured_by_hand(tmp_path: Path) -> None:
    """Nothing else may be known: the calendar it is judged by has to reach back to it."""
    monday = T0 - T0 % DAY + 4 * DAY + 9 * HOUR
    with bench(tmp_path, monday) as story:
        story.settings(**launch(jira()), calendar=[OFFICE])
        for field, new in (("key", "A-1"), ("title", "It fails"), ("severity", "P3"), ("status", "new")):
            change(story, "A-1", field, new, act="capture", source="console")
            story.clock.forward(0.001)
        stand(story, monday + 14 * DAY)
        macros, arrays = macro_rows(story, Moment()), array_rows(story, Moment())
        one = clocks_of(story.reader(), "console", "id-A-1")
    assert macros == arrays and one is not None
    assert {name: row[0] for (_, name), row in macros.items()} == {c.target.clock.value: c.elapsed for c in one.clocks}


def macro_rows(story: Bench, moment: Moment) -> dict[tuple[str, str], tuple[Any, ...]]:
    reader = story.reader(moment)
    rows = reader.rows(
        f"SELECT ticket, clock, elapsed_s, goal_s, epoch_us(due) // {SECOND}, epoch_us(ended) // {SECOND}, state "
        f"FROM sla_clocks({written(reader)})"
    )
    return {(row[0], row[1]): row[2:] for row in rows}


def array_rows(story: Bench, moment: Moment) -> dict[tuple[str, str], tuple[Any, ...]]:
    reader = story.reader(moment)
    shelf = TicketShelf()
    table = clock_table(reader, shelf)
    rows = reader.rows(
        f"SELECT ticket, clock, elapsed_s, goal_s, epoch_us(due) // {SECOND}, epoch_us(ended) // {SECOND}, state FROM {table}"
    )
    return {(row[0], row[1]): row[2:] for row in rows}


def ticket_rows(story: Bench, moment: Moment, keys: list[str]) -> dict[tuple[str, str], tuple[Any, ...]]:
    found: dict[tuple[str, str], tuple[Any, ...]] = {}
    for key in keys:
        made = clocks_of(story.reader(moment), "jira", f"id-{key}")
        for clock in made.clocks if made else ():
            told_ = (clock.elapsed, clock.target.seconds, clock.due, clock.ended, clock.state.value)
            found[f"id-{key}", clock.target.clock.value] = told_
    return found


STATUSES = st.sampled_from(["new", "acknowledged", "in_progress", "resolved", "closed", "reopened"])
CHANGES = st.lists(
    st.tuples(
        st.integers(-60, 8 * 24 * 60),
        st.one_of(
            st.tuples(st.just("status"), STATUSES),
            st.tuples(st.just("tags"), st.sampled_from(["waiting", "vip, waiting", "vip", ""])),
            st.tuples(st.just("severity"), st.sampled_from(["P1", "P2", "P3", "P4", ""])),
            st.tuples(st.just("assignee"), st.just("ann")),
        ),
    ),
    max_size=7,
)
TICKETS = st.lists(
    st.tuples(st.integers(0, 6 * 24 * 60), st.sampled_from(["P1", "P2", "P3", "P4", ""]),
              st.sampled_from(["bug", "question", "enhancement"]), CHANGES),
    min_size=10, max_size=25,
)  # fmt: skip


@pytest.mark.thorough
@given(TICKETS, st.integers(0, 9 * 24 * 60))
@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_one_ticket_all_tickets_and_the_shown_statement_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Any], after: int
) -> None:
    # Over the last Sunday of October, when the clocks go back.
    zero = 1_761_264_000_000_000
    facts: list[TicketEvent] = []
    keys = []
    for number, (born, severity, kind, changes) in enumerate(drawn):
        key, at = f"A-{number}", zero + born * MINUTE + number * 333_000
        keys.append(key)
        facts += ticket(key, at, severity, kind=kind)
        seen = set[tuple[int, str]]()
        for turn, (minute, (field, value)) in enumerate(changes):
            if (minute, field) not in seen:
                seen.add((minute, field))
                facts.append(moved(key, at + minute * MINUTE + turn, value, field=field))
    with bench(tmp_path_factory.mktemp("sla"), zero) as story:
        story.settings(**launch(jira()), calendar=[{**OFFICE, "holidays": [date(2025, 10, 27)]}],
                       sla=[{"name": "quick", "severity": "P2", "resolve": "5 h", "calendar": "office"}])  # fmt: skip
        story.add(Facts(ticket_event=facts))
        stand(story, zero + 20 * DAY)
        moment = Moment(zero + after * MINUTE)
        one, macros, arrays = (
            ticket_rows(story, moment, keys), macro_rows(story, moment), array_rows(story, moment),
        )  # fmt: skip
    assert one == macros
    assert one == arrays
    assert all(clock in (n.value for n in Name) for _, clock in one)
