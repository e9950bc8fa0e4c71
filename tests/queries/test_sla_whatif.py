"""What another calendar or policy would change is told before it is saved; what was taken up and forgotten is a list."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from console.model.facts import Comment, Facts
from console.model.moment import DAY, HOUR, MINUTE, Moment
from console.queries.forgotten import forgotten
from console.queries.shelf import TicketShelf
from console.queries.sla_whatif import Difference, difference
from console.settings import agreement, from_document
from tests.builders import T0, Bench, bench, jira, launch, moved, ticket

OFFICE = {"name": "office", "time_zone": "Europe/Berlin", "hours": {"weekdays": "09:00-17:00"}}
THURSDAY = T0 - T0 % DAY


def told(story: Bench, **document: Any) -> Difference:
    reader = story.reader()
    return difference(reader, TicketShelf(), agreement(from_document(document), str(reader.zone)))


def test_a_holiday_added_afterwards_is_told_with_every_clock_it_moves(tmp_path: Path) -> None:
    with bench(tmp_path, THURSDAY) as story:
        story.settings(**launch(jira()), calendar=[OFFICE])
        old, late = THURSDAY - 13 * DAY, THURSDAY - 14 * DAY
        story.add(Facts(ticket_event=ticket("A-1", old, "P3") + ticket("A-2", late, "P3") + ticket("B-1", old, "P2")))
        story.clock.forward(12 * 3600)
        same = told(story, calendar=[OFFICE])
        found = told(story, calendar=[{**OFFICE, "holidays": [date(2025, 11, 11)]}])
    assert (same.changed, same.states, same.lines) == (0, (), ())
    assert found.changed == 2
    moves = {(line.ticket, line.clock): line.left for line in found.lines}
    assert moves.keys() == {("jira:A-1", "resolution"), ("jira:A-2", "resolution")}
    assert all(
        after is not None and before is not None and after - before == 8 * 3600 for before, after in moves.values()
    )


def test_a_shorter_promise_says_which_clocks_it_breaks(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as story:
        story.settings(**launch(jira()))
        story.add(
            Facts(ticket_event=ticket("A-1", T0, "P1") + ticket("A-2", T0 + HOUR, "P1") + ticket("A-3", T0, "P4"))
        )
        story.clock.forward(3 * 3600)
        found = told(story, sla=[{"name": "P1", "resolve": "150 min"}, {"name": "P4", "resolve": "10 h"}])
    assert found.states[0] == ("resolution", "due_soon", "breached", 1), "the gravest first"
    assert ("resolution", "none", "ok", 1) in found.states
    first = found.lines[0]
    assert (first.ticket, first.state) == ("jira:A-1", ("due_soon", "breached"))
    assert first.due == (T0 + 4 * HOUR, T0 + 150 * MINUTE)
    assert any(line.ticket == "jira:A-3" and line.left == (None, 7 * 3600) for line in found.lines)


def names(story: Bench, moment: Moment | None = None) -> list[str]:
    reader = story.reader(moment or Moment())
    return [key for (key,) in reader.rows(f"SELECT key FROM {forgotten(reader, TicketShelf())}")]


def taken(key: str, severity: str, at: int = T0, **fields: str) -> list[Any]:
    return [*ticket(key, at, severity, **fields), moved(key, at + MINUTE, "acknowledged")]


def test_what_was_taken_up_and_then_left_is_forgotten_after_a_quarter_of_its_time(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as story:
        story.settings(**launch(jira()))
        facts = [*taken("A-1", "P1"), *taken("A-2", "P2"), *ticket("A-3", T0, "P1"), *taken("A-4", "P1")]
        said = Comment("jira", "id-A-4", "c1", "ann", "agent", True, "On it.", T0 + 50 * MINUTE)
        story.add(Facts(ticket_event=[*facts, moved("A-4", T0 + 2 * MINUTE, "in_progress")], comment=[said]))
        assert names(story, Moment(T0 + 61 * MINUTE)) == []
        story.clock.forward(3600 + 62)
        assert names(story) == ["A-1"], "A-2 has six hours, A-3 nobody took up, A-4 was spoken of"
        story.decide("note", "jira:A-1", comment="still waiting for the vendor")
        assert names(story) == []


def test_who_waits_for_the_customer_is_not_forgotten_and_a_weekend_is_no_silence(tmp_path: Path) -> None:
    friday = THURSDAY + DAY + 14 * HOUR
    with bench(tmp_path, friday) as story:
        story.settings(**launch(jira()), calendar=[OFFICE], sla=[{"name": "P3", "resolve": "1 working day"}])
        facts = [*taken("A-1", "P3", friday), *taken("A-2", "P1", friday), *taken("A-3", "", friday)]
        story.add(Facts(ticket_event=[*facts, moved("A-2", friday + 2 * MINUTE, "waiting", field="tags")]))
        story.clock.forward(2 * 86_400)
        assert names(story) == [], "on Sunday two working hours of Friday have passed, of the two that it may be silent"
        story.clock.forward(86_400)
        assert names(story) == ["A-1"]
        story.clock.forward(86_400)
        assert names(story) == ["A-1", "A-3"], "without a promise three days"
