"""SLA adherence: when a clock counts as kept or broken, by parts, as known then, and the shown statement gives the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.model.facts import Facts
from console.model.moment import DAY, HOUR, MINUTE, Known, Moment, Span
from console.model.number import Slice
from console.queries import proof_rows
from console.queries.breakdown import breakdown
from console.queries.catalogue import catalogue
from console.queries.kpi import ask
from console.queries.shelf import TicketShelf
from tests.builders import T0, Bench, bench, covered, jira, launch, moved, plain_value, ticket
from tests.queries.judging import GO, add, heard, judged, session

RESPONSE, RESOLUTION = "sla_response_adherence", "sla_resolution_adherence"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Bench]:
    """Three P1: resolved in time, resolved late, never resolved; one P2 that is still in time; one without severity."""
    with bench(tmp_path, T0 + 12 * HOUR) as made:
        made.settings(**launch(jira()))
        facts = [
            *ticket("A-1", T0, "P1"), moved("A-1", T0 + 10 * MINUTE, "acknowledged"), moved("A-1", T0 + HOUR, "resolved"),
            *ticket("A-2", T0, "P1", kind="security"), moved("A-2", T0 + 6 * HOUR, "resolved"),
            *ticket("A-3", T0 + HOUR, "P1"), *ticket("A-4", T0, "P2"), *ticket("A-5", T0, ""),
        ]  # fmt: skip
        made.add(Facts(ticket_event=facts, covered=[covered("jira", T0, T0 + 12 * HOUR)]))
        yield made


def test_a_clock_counts_when_it_ends_or_when_its_time_is_used_up(story: Bench) -> None:
    found = story.kpi(RESOLUTION)
    assert (found.value, found.n) == (pytest.approx(1 / 3), 3)
    assert found.low is not None and found.method == "wilson"
    respond = story.kpi(RESPONSE)
    assert (respond.value, respond.n) == (pytest.approx(1 / 4), 4), "three P1 and the P2, which nobody has answered"


def test_a_broken_clock_counts_in_the_window_in_which_it_broke(story: Bench) -> None:
    assert story.kpi(RESOLUTION, T0, T0 + 2 * HOUR).value == 1.0
    broken = story.kpi(RESOLUTION, T0 + 2 * HOUR, T0 + 5 * HOUR)
    assert (broken.value, broken.n) == (0.0, 1), "A-2 broke after four hours, not when it was resolved"
    assert story.kpi(RESOLUTION, T0 + 6 * HOUR, T0 + 12 * HOUR).why.startswith("No resolution clock")


def test_by_severity_and_kind(story: Bench) -> None:
    assert story.kpi(RESOLUTION, kind="security").value == 0.0
    assert story.kpi(RESPONSE, severity="P2").n == 1


@pytest.mark.thorough
@pytest.mark.parametrize("name", [RESPONSE, RESOLUTION])
@pytest.mark.parametrize("part", [{}, {"severity": "P1"}, {"kind": "security"}])
def test_any_duckdb_gives_the_shown_value_to_the_shown_statement(story: Bench, name: str, part: dict[str, str]) -> None:
    reader, shelf = story.reader(), TicketShelf()
    slow = story.kpi(name, **part)
    fast = ask(reader, catalogue().get(name), part=Slice(**part), shelf=shelf.fill(reader))
    assert (fast.value, fast.n, fast.sql) == (slow.value, slow.n, slow.sql)
    story.close()
    row = plain_value(story.path, fast.sql)
    assert row is not None and row[0] == fast.value


def test_every_part_is_what_the_number_of_that_part_says(story: Bench) -> None:
    reader, shelf, kpi = story.reader(), TicketShelf(), catalogue().get(RESPONSE)
    for table in (None, shelf.fill(reader)):
        for by in ("severity", "kind"):
            found = breakdown(reader, kpi, by, shelf=table, shown=True)
            assert found.parts
            for name, answer in found.parts:
                alone = ask(story.reader(), kpi, part=Slice(**{by: name}))
                assert (answer.value, answer.n, answer.sql) == (alone.value, alone.n, alone.sql)


def test_a_policy_of_today_does_not_change_what_was_known_then(story: Bench) -> None:
    then = T0 + 12 * HOUR + MINUTE
    story.clock.forward(3600)
    story.settings(**launch(jira()), sla=[{"name": "P1", "resolve": "8 h"}])
    assert story.kpi(RESOLUTION, moment=Moment(then, Known.THEN)).value == pytest.approx(1 / 3)
    assert story.kpi(RESOLUTION, moment=Moment(then, Known.NOW)).value == pytest.approx(2 / 3)


def test_the_rows_behind_the_number_are_its_clocks(story: Bench) -> None:
    reader = story.reader()
    rows = proof_rows.plan(reader, catalogue().get(RESOLUTION), Span(T0, T0 + 12 * HOUR), Slice())
    assert rows is not None and rows.kind == "clocks"
    found = proof_rows.page(reader, rows, 0, 10)
    assert [(row[1], row[6]) for row in found] == [("A-3", False), ("A-2", False), ("A-1", True)]


def test_another_moment_on_the_same_connection_is_not_answered_from_this_ones_table(story: Bench) -> None:
    shelf, kpi = TicketShelf(), catalogue().get(RESOLUTION)
    now, early = story.reader(), story.reader(Moment(T0 + 2 * HOUR, Known.NOW))
    assert ask(now, kpi, shelf=shelf.fill(now)).n == 3
    assert ask(early, kpi, shelf=shelf.fill(early)).n == 1
    again = story.reader()
    assert ask(again, kpi, T0 - DAY, shelf=shelf.fill(again)).n == 3


def test_a_criterion_may_ask_for_adherence(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        facts = [
            e
            for n in range(40)
            for e in (*ticket(f"A-{n}", GO + n * HOUR, "P1"), moved(f"A-{n}", GO + (n + 1) * HOUR, "resolved"))
        ]
        made.add(heard("jira"))
        made.add(Facts(ticket_event=[*facts, *ticket("B-1", GO, "P1")]))
        add(made, "kept", title="Promises kept", kpi=RESOLUTION, above=0.9, window="")
        add(made, "quick", title="Answers in time", kpi=RESPONSE, above=0.9, window="")
        found = judged(made)
    assert found["kept"].value == pytest.approx(40 / 41)
    assert found["quick"].value == 0.0 and found["quick"].state == "not_met"
