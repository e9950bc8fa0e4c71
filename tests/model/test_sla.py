"""One clock of one ticket: vectors to the second, and what its segments always add up to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.calendar import Calendar, WorkingTime, around_the_clock
from console.model.sla import Clock, Kind, Name, State, Step, Target, run
from console.model.sla_policy import OFFICE, WAITING, agree, office

H = 3_600
BERLIN = "Europe/Berlin"


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def table(calendar: Calendar) -> WorkingTime:
    return WorkingTime(calendar, date(2026, 1, 1), date(2027, 3, 1))


ALWAYS = table(around_the_clock())
BERLIN_OFFICE = table(office(BERLIN))
FOUR = Target("P1", Name.RESOLUTION, 4 * H, pause_on=WAITING)
EIGHTY = Target("P3", Name.RESOLUTION, 80 * H, OFFICE, pause_on=WAITING)


def told(clock: Clock) -> list[tuple[str, str, int]]:
    return [(s.kind.value, s.why, s.seconds) for s in clock.segments]


def test_a_clock_that_waits_for_the_customer_stands() -> None:
    begun = utc("2026-11-20T13:00")
    steps = [
        Step(begun, "new"), Step(begun + 1120, "in_progress", ("waiting", "vip")), Step(begun + 1600, "in_progress"),
    ]  # fmt: skip
    clock = run(FOUR, ALWAYS, begun, steps, None, begun + 2000)
    assert told(clock) == [("running", "new", 1120), ("paused", "waiting", 0), ("running", "in progress", 400)]
    assert (clock.elapsed, clock.left, clock.state) == (1520, 4 * H - 1520, State.OK)
    assert clock.due == begun + 4 * H + 480


def test_a_paused_clock_has_no_due_instant_and_says_so() -> None:
    clock = run(FOUR, ALWAYS, 0, [Step(0, "new"), Step(100, "new", ("pending",))], None, 50_000)
    assert (clock.state, clock.due, clock.elapsed) == (State.PAUSED, None, 100)


def test_breached_is_later_than_due_and_stays_so_whatever_comes() -> None:
    at_due = run(FOUR, ALWAYS, 0, [Step(0, "new"), Step(4 * H, "resolved")], None, 9 * H)
    assert (at_due.state, at_due.left, at_due.ended) == (State.MET, 0, 4 * H)
    late = run(FOUR, ALWAYS, 0, [Step(0, "new"), Step(4 * H + 1, "resolved")], None, 9 * H)
    assert (late.state, late.left, late.due) == (State.BREACHED, -1, 4 * H)
    paused = run(FOUR, ALWAYS, 0, [Step(0, "new"), Step(5 * H, "new", ("waiting",))], None, 9 * H)
    assert (paused.state, paused.due) == (State.BREACHED, 4 * H)


def test_a_reopened_ticket_goes_on_where_it_stood() -> None:
    steps = [Step(0, "new"), Step(H, "resolved"), Step(2 * H, "closed"), Step(10 * H, "reopened")]
    clock = run(FOUR, ALWAYS, 0, steps, None, 11 * H)
    assert told(clock) == [("running", "new", H), ("done", "resolved", 0), ("running", "reopened", H)]
    assert (clock.elapsed, clock.ended, clock.due) == (2 * H, None, 13 * H)


def test_a_decision_not_yet_confirmed_overrules_what_came_between() -> None:
    """Resolved here at one hour; the system still said "in progress" at two; its turn is ours until it confirms."""
    steps = [Step(0, "new"), Step(2 * H, "in_progress"), Step(H, "resolved")]
    clock = run(FOUR, ALWAYS, 0, steps, None, 3 * H)
    assert (clock.elapsed, clock.ended, clock.state) == (H, H, State.MET)


def test_nights_weekends_and_holidays_stand_in_the_strip() -> None:
    christmas = table(
        Calendar(OFFICE, BERLIN, office(BERLIN).hours, frozenset({date(2026, 12, 24), date(2026, 12, 25)}))
    )
    begun = utc("2026-12-23T15:00")
    clock = run(EIGHTY, christmas, begun, [Step(begun, "new")], None, utc("2026-12-28T09:00"))
    assert told(clock) == [
        ("running", "new", H), ("outside", "holiday 2026-12-24, 2026-12-25", 0), ("running", "new", H),
    ]  # fmt: skip
    assert clock.elapsed == 2 * H


def test_working_days_over_the_nights_the_clocks_change() -> None:
    begun = utc("2026-10-19T07:00")
    clock = run(EIGHTY, BERLIN_OFFICE, begun, [Step(begun, "new")], None, begun)
    assert clock.due == utc("2026-10-30T16:00"), "from Monday 09:00 in summer to Friday 17:00 in winter"
    spring = run(EIGHTY, BERLIN_OFFICE, utc("2026-03-23T08:00"), [], None, utc("2026-03-23T08:00"))
    assert spring.due == utc("2026-04-03T15:00")


def test_a_calendar_changed_while_the_clock_runs_tells_the_whole_clock_anew() -> None:
    """One clock, one calendar: no clock is added up from two, and what was known before keeps its number."""
    begun, at = utc("2026-11-16T08:00"), utc("2026-11-18T12:00")
    steps = [Step(begun, "new")]
    nine_to_five = run(EIGHTY, BERLIN_OFFICE, begun, steps, None, at)
    longer = Calendar(OFFICE, BERLIN, (((8 * H, 18 * H),),) * 5 + ((),) * 2)
    wider = run(EIGHTY, table(longer), begun, steps, None, at)
    assert (nine_to_five.elapsed, wider.elapsed) == (8 * H + 8 * H + 4 * H, 9 * H + 10 * H + 5 * H)


def test_a_policy_changed_while_paused_keeps_what_ran_and_measures_it_anew() -> None:
    steps = [Step(0, "new"), Step(3 * H, "in_progress", ("waiting",))]
    before = run(FOUR, ALWAYS, 0, steps, None, 9 * H)
    shorter = run(Target("P1", Name.RESOLUTION, 2 * H, pause_on=WAITING), ALWAYS, 0, steps, None, 9 * H)
    never = run(Target("P1", Name.RESOLUTION, 4 * H), ALWAYS, 0, steps, None, 9 * H)
    assert (before.elapsed, before.state) == (3 * H, State.PAUSED)
    assert (shorter.elapsed, shorter.state, shorter.due) == (3 * H, State.BREACHED, 2 * H)
    assert (never.elapsed, never.state, never.due) == (9 * H, State.BREACHED, 4 * H)


def test_a_response_is_given_once_and_never_pauses() -> None:
    quick = Target("P1", Name.RESPONSE, 900)
    given_ = run(quick, ALWAYS, 1000, [Step(1000, "new", ("waiting",))], 1600, 5000)
    assert (given_.elapsed, given_.ended, given_.state) == (600, 1600, State.MET)
    assert run(quick, ALWAYS, 1000, [], None, 1700).state is State.DUE_SOON
    assert run(quick, ALWAYS, 1000, [], 900, 5000).elapsed == 0, "answered before it came: clocks of two systems"


def test_the_first_policy_that_meets_a_ticket_counts() -> None:
    agreed = agree("UTC")
    found = agreed.target(Name.RESOLUTION, "P1", None, "question", "jira")
    assert found is not None and found.policy == "questions"


STATUSES = st.sampled_from(["new", "acknowledged", "in_progress", "resolved", "closed", "reopened"])
MOMENTS = st.integers(utc("2026-03-20T00:00"), utc("2026-04-10T00:00"))


@st.composite
def stories(draw: st.DrawFn) -> tuple[int, list[Step], int]:
    instants = sorted(draw(st.lists(MOMENTS, min_size=2, max_size=7)))
    steps = [Step(s, draw(STATUSES), draw(st.sampled_from([(), ("waiting",)]))) for s in instants[1:-1]]
    return instants[0], steps, instants[-1]


@given(stories(), st.sampled_from([ALWAYS, BERLIN_OFFICE]), st.integers(1, 200 * H))
@settings(max_examples=150, deadline=None)
def test_the_segments_are_the_shown_number(story: tuple[int, list[Step], int], worked: WorkingTime, goal: int) -> None:
    begun, steps, at = story
    clock = run(Target("x", Name.RESOLUTION, goal, pause_on=WAITING), worked, begun, steps, None, at)
    assert sum(s.seconds for s in clock.segments) == clock.elapsed == goal - clock.left
    assert all(a.end == b.start for a, b in pairwise(clock.segments)), "without a gap"
    if clock.segments:
        assert (clock.segments[0].start, clock.segments[-1].end) == (begun, at)
    assert all((s.kind is Kind.RUNNING) == (s.seconds > 0) for s in clock.segments if s.end > s.start)
    if clock.due is not None and clock.due <= at:
        assert clock.elapsed >= goal


@given(stories(), st.integers(0, 5 * 24 * H))
@settings(max_examples=60, deadline=None)
def test_a_clock_seen_later_never_ran_less(story: tuple[int, list[Step], int], more: int) -> None:
    begun, steps, at = story
    early, late = (run(EIGHTY, BERLIN_OFFICE, begun, steps, None, t) for t in (at, at + more))
    assert late.elapsed >= early.elapsed
    if early.due is not None and late.due is not None:
        assert early.due == late.due


@given(st.integers(0, 60), st.lists(st.tuples(st.integers(0, 200), STATUSES), max_size=4), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_a_clock_is_what_counting_minutes_says(begun: int, drawn: list[tuple[int, str]], goal: int) -> None:
    """Around the evening of a working day, minute by minute."""
    zero = utc("2026-03-27T14:00")
    steps = [Step(zero + m * 60, s) for m, s in sorted(drawn, key=lambda d: d[0])]
    at = zero + 200 * 60
    clock = run(Target("x", Name.RESOLUTION, goal * H, OFFICE), BERLIN_OFFICE, zero + begun * 60, steps, None, at)
    ran = 0
    for minute in range(begun, 200):
        now = zero + minute * 60
        status = next((s.status for s in reversed(steps) if s.second <= now), "new")
        wall = datetime.fromtimestamp(now, ZoneInfo(BERLIN)) - timedelta(hours=9)
        ran += 60 * (status not in ("resolved", "closed") and wall.weekday() < 5 and wall.hour < 8)
    assert clock.elapsed == ran
