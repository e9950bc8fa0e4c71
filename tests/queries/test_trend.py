"""A number against the window before: a verdict only where chance would not do as well, and never from half a window."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.facts import Facts, Measure
from console.model.moment import DAY, HOUR, MINUTE, SECOND
from console.model.trend import Trend, Verdict
from console.queries.catalogue import shipped
from console.queries.trend import trend
from tests.builders import T0, Bench, bench, covered, every_minute, feed, jira, launch, moved, scrape, survey, ticket

END = T0 + 2 * HOUR
MID = T0 + HOUR


def two_hours(made: Bench, facts: Facts | None = None, start: int = T0) -> None:
    made.settings(**launch(scrape("edge"), jira(), feed(), live=T0))
    told = facts or Facts()
    told.covered += [covered(name, start, END) for name in ("edge", "jira", "feed")]
    made.add(told)


def verdict(made: Bench, name: str, against: str = "before") -> Trend:
    return trend(made.reader(), shipped().get(name), MID, END, against=against)


def test_twice_the_errors_of_many_calls_is_worse_and_of_few_is_not(tmp_path: Path) -> None:
    calls = [
        *every_minute(T0, END, 1000),
        *every_minute(T0, MID, 5, status=502),
        *every_minute(MID, END, 10, status=502),
    ]
    with bench(tmp_path, END, "many.hypercare") as made:
        two_hours(made, Facts(traffic=calls))
        found = verdict(made, "error_rate_5xx")
        assert found.verdict is Verdict.WORSE and found.change is not None and found.change.method == "conditional"
        assert (found.before, found.now) == (pytest.approx(5 / 1005), pytest.approx(10 / 1010))
    few = [
        *every_minute(T0, END, 1000), *every_minute(T0, T0 + 2 * MINUTE, 1, status=502),
        *every_minute(MID, MID + 4 * MINUTE, 1, status=502),
    ]  # fmt: skip
    with bench(tmp_path, END, "few.hypercare") as made:
        two_hours(made, Facts(traffic=few))
        assert verdict(made, "error_rate_5xx").verdict is Verdict.SAME


def test_faster_acknowledgements_are_better_when_there_are_enough_of_them(tmp_path: Path) -> None:
    facts = Facts()
    for n in range(16):
        at = T0 + n * 7 * MINUTE
        took = (20 + n % 3 if n < 8 else 4 + n % 3) * MINUTE
        facts.ticket_event += [*ticket(f"A-{n}", at), moved(f"A-{n}", at + took, "in_progress")]
    with bench(tmp_path, END) as made:
        two_hours(made, facts)
        found = verdict(made, "mtta")
        assert found.verdict is Verdict.BETTER and found.change is not None and found.change.method == "bootstrap"
        some = verdict(made, "mttr")
        assert some.verdict is Verdict.UNKNOWN and "No ticket" in some.why


def test_three_durations_tell_nothing(tmp_path: Path) -> None:
    facts = Facts()
    for n in range(6):
        at = T0 + n * 20 * MINUTE
        facts.ticket_event += [*ticket(f"A-{n}", at), moved(f"A-{n}", at + (n + 1) * MINUTE, "in_progress")]
    with bench(tmp_path, END) as made:
        two_hours(made, facts)
        found = verdict(made, "mtta")
        assert found.verdict is Verdict.UNKNOWN and "of at least 5" in found.why


def test_counts_are_held_against_the_time_they_were_watched(tmp_path: Path) -> None:
    facts = Facts()
    for n in range(40):
        facts.ticket_event += ticket(f"A-{n}", MID + n * MINUTE)
    with bench(tmp_path, END) as made:
        two_hours(made, facts)
        assert verdict(made, "opened").verdict is Verdict.WORSE
        assert verdict(made, "backlog").verdict is Verdict.UNKNOWN, "a level has no interval"


def test_nobody_answered_before_is_unknown_and_so_is_a_half_known_window(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        two_hours(made, Facts(survey=[survey(n, 5, MID + n * SECOND) for n in range(9)]), start=MID - 20 * MINUTE)
        found = verdict(made, "csat")
        assert (
            found.verdict is Verdict.UNKNOWN and found.why == "The window before is unknown: No answers in this window."
        )
        assert "Only 33 % of the window before is known" in verdict(made, "opened").why


def test_last_week_can_be_asked_for(tmp_path: Path) -> None:
    happy = [survey(n, 5 if n % 10 else 1, END - n * SECOND - SECOND) for n in range(60)]
    sad = [survey(100 + n, 2 if n % 3 else 5, END - 7 * DAY - n * SECOND - SECOND) for n in range(60)]
    with bench(tmp_path, END) as made:
        two_hours(made, Facts(survey=[*happy, *sad]), start=T0 - 8 * DAY)
        found = verdict(made, "csat", "week")
        assert found.verdict is Verdict.BETTER and found.change is not None and found.change.method == "newcombe"


def test_readings_of_a_level_are_never_called_better(tmp_path: Path) -> None:
    cpu = [Measure(T0 + n * MINUTE, "feed", "cpu", "{}", 0.9 if n < 60 else 0.1) for n in range(120)]
    with bench(tmp_path, END) as made:
        two_hours(made, Facts(measure=cpu))
        found = verdict(made, "cpu")
        assert found.verdict is Verdict.UNKNOWN and "no interval" in found.why
        assert (found.before, found.now) == (pytest.approx(0.9), pytest.approx(0.1))
