"""Ticket volume: the 24 h before every instant, against a slow count; and its clock on a session."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.clock import BAD, GOOD, UNKNOWN
from console.model.facts import Facts
from console.model.moment import DAY, HOUR, Span
from console.queries.criteria.volume import stretches
from tests.builders import jira, launch, ticket
from tests.queries.judging import GO, NOW, heard, judged, session

HOURS = st.lists(st.integers(-24, 71), max_size=25)


@given(HOURS, st.integers(1, 5), st.lists(st.tuples(st.integers(0, 71), st.integers(1, 20)), max_size=4))
def test_every_hour_is_judged_as_a_slow_count_judges_it(
    opened: list[int], target: int, gaps: list[tuple[int, int]]
) -> None:
    """Tickets open on whole hours; between two hours nothing changes, so that hours tell all."""
    unknown = {hour for start, length in gaps for hour in range(start, start + length)}
    known = [Span(h * HOUR, (h + 1) * HOUR) for h in range(72) if h not in unknown]
    instants = np.array(sorted(h * HOUR for h in opened), dtype=np.int64)
    found = stretches(instants, target, Span(0, 72 * HOUR), known)
    assert [s.span.start for s in found[1:]] == [s.span.end for s in found[:-1]]
    for hour in range(72):
        count = sum(hour - 24 < h <= hour for h in opened)
        expected = BAD if count >= target else UNKNOWN if hour in unknown else GOOD
        (state,) = {s.state for s in found if s.span.start <= hour * HOUR < s.span.end}
        assert state == expected


@pytest.mark.parametrize(
    ("hours_ago", "state", "on_track", "why"),
    [
        (4 * 24 + 1, "met", False, "3 d of 3 d; steady"),
        (3 * 24, "not_met", True, "2 d of 3 d; steady"),
        (30, "not_met", True, "6 h of 3 d; steady"),
        (2, "not_met", False, "5 in the last 24 h"),
    ],
)
def test_a_day_over_the_baseline_sets_the_clock_back_until_it_has_left_the_last_24_hours(
    tmp_path: Path, hours_ago: int, state: str, on_track: bool, why: str
) -> None:
    with session(tmp_path) as made:
        made.settings(**launch(jira(), live=GO, baseline={"kind": "fixed", "per_day": 4}))
        made.add(heard("jira"))
        burst = [e for i in range(5) for e in ticket(f"A-{i}", NOW - hours_ago * HOUR)]
        made.add(Facts(ticket_event=burst))
        found = judged(made)["ticket_volume"]
        assert (found.state, found.on_track) == (state, on_track)
        assert found.why == why
        assert found.start == NOW - DAY
