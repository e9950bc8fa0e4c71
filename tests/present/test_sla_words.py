"""The strip of a ticket: what it says, and that its parts fit its width."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.calendar import ALWAYS
from console.model.sla import Name, Step, Target, run
from console.model.sla_policy import OFFICE, WAITING, agree
from console.present.sla import lines, plain, strips
from console.present.tone import Tone
from console.queries.sla_ticket import TicketClocks
from tests.model.test_sla import ALWAYS as EVERY_HOUR
from tests.model.test_sla import BERLIN_OFFICE, stories, utc

H = 3_600
ZONE = ZoneInfo("UTC")


def told(steps: list[Step], at: int, begun: int = 0, goal: int = 4 * H, calendar: str = ALWAYS) -> TicketClocks:
    target = Target("P1", Name.RESOLUTION, goal, calendar, pause_on=WAITING)
    worked = EVERY_HOUR if calendar == ALWAYS else BERLIN_OFFICE
    clock = run(target, worked, begun, steps, None, at)
    return TicketClocks("jira", "1", "P1", "enterprise", "bug", at, agree("UTC"), (clock,), (Name.RESPONSE,))


def test_the_strip_of_the_picture() -> None:
    steps = [Step(0, "new"), Step(1120, "new", ("waiting for customer",)), Step(2500, "new")]
    (strip,) = strips(told(steps, 2540), ZONE)
    assert (strip.clock, strip.left, strip.tone) == ("resolution", "3:40:40", Tone.NEUTRAL)
    assert strip.title == "Resolution SLA · P1 enterprise · 4 h · left"
    assert [p.text for p in strip.parts] == ["running 18:40", "waiting for customer", "running 0:40"]
    assert [p.tone for p in strip.parts] == [Tone.ACCENT, Tone.QUIET, Tone.ACCENT]
    assert sum(int(row[-1]) for row in strip.rows[1:]) == 4 * H - (3 * H + 40 * 60 + 40)


def test_a_breached_clock_says_by_how_much_and_who_is_told() -> None:
    found = told([Step(0, "new")], 5 * H)
    (strip,) = strips(found, ZONE)
    assert (strip.left, strip.tone, strip.title.endswith("· over")) == ("1:00:00", Tone.BAD, True)
    assert plain(found)["clocks"][0]["told"] == "100 % used: team lead, hypercare lead"


def test_working_time_is_called_so_and_nights_are_not_drawn() -> None:
    begun = utc("2026-11-16T08:00")
    (strip,) = strips(told([Step(begun, "new")], utc("2026-11-18T12:00"), begun, 80 * H, OFFICE), ZONE)
    assert strip.title == "Resolution SLA · P1 enterprise · 80 h working time · left"
    assert [p.text for p in strip.parts] == ["running 20:00:00"]
    assert strip.parts[0].share == 0.25


@given(stories(), st.integers(1, 100 * H), st.sampled_from([ALWAYS, OFFICE]))
@settings(max_examples=60, deadline=None)
def test_parts_never_exceed_the_strip_and_rows_add_up(story: tuple[int, list[Step], int], goal: int, name: str) -> None:
    begun, steps, at = story
    found = told(steps, at, begun, goal, name)
    (strip,) = strips(found, ZONE)
    assert all(0 <= p.share <= 1 for p in strip.parts)
    assert sum(p.share for p in strip.parts) <= 1 + 1e-9
    assert sum(int(row[-1]) for row in strip.rows[1:]) == found.clocks[0].elapsed
    assert lines(plain(found))
