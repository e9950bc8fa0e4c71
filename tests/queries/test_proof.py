"""How the window of a number is known: each instant once, as known, late, missing, or told and still not judged."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.facts import Covered, Facts
from console.model.health import Health
from console.model.moment import DAY, HOUR, LIVE, MINUTE, SECOND, Moment, Span
from console.queries import proof
from console.queries.catalogue import catalogue
from console.queries.proof import Told
from console.queries.sources import Standing
from tests.builders import T0, Bench, bench, covered, every_minute, launch, scrape

PERIOD_S = 15.0


def standings(made: Bench) -> list[Standing]:
    found = made.reader().settings.source
    return [Standing(s, "Gateway metrics page", "gateway", Health(s.name, PERIOD_S)) for s in found]


def tell(made: Bench, source: str, *spans: tuple[int, int, int]) -> None:
    """(from, to, minutes until it was known) in minutes since T0; oldest knowledge first."""
    for start, end, delay in sorted(spans, key=lambda s: s[1] + s[2]):
        known = T0 + (end + delay) * MINUTE
        made.clock.forward(max(0, known - made.clock.now()) / SECOND)
        low, high = T0 + start * MINUTE, T0 + end * MINUTE
        made.answer(source, Facts(covered=[covered(source, low, high)], traffic=every_minute(low, high, 10, source)))


def strip(made: Bench, name: str, start: int, end: int, moment: Moment = LIVE) -> list[tuple[int, int, str]]:
    """In minutes since T0."""
    window = Span(T0 + start * MINUTE, T0 + end * MINUTE)
    found = proof.strip(made.reader(moment), catalogue().get(name), window, standings(made))
    return [((s.span.start - T0) // MINUTE, (s.span.end - T0) // MINUTE, s.told.value) for s in found]


def test_what_nobody_told_is_missing_and_what_came_after_an_hour_is_late(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.settings(**launch(scrape("edge")))
        tell(made, "edge", *((m, m + 1, 0) for m in range(10)), (10, 20, 60), *((m, m + 1, 0) for m in range(30, 40)))
        assert strip(made, "throughput", 0, 40) == [
            (0, 10, "known"), (10, 20, "late"), (20, 30, "missing"), (30, 40, "known"),
        ]  # fmt: skip


def test_a_poll_a_little_behind_its_minute_is_not_late(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.settings(**launch(scrape("edge")))
        tell(made, "edge", *((m, m + 1, 2) for m in range(10)))
        assert strip(made, "throughput", 0, 10) == [(0, 10, "known")]


def test_with_two_gateways_the_later_one_decides(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.settings(**launch(scrape("edge"), scrape("back")))
        tell(made, "edge", *((m, m + 1, 0) for m in range(20)))
        tell(made, "back", (0, 10, 60), (10, 20, 11))
        late = strip(made, "throughput", 0, 20)
        assert (late[0][0], late[-1][1]) == (0, 20)
        assert all(told == "late" for start, _, told in late if start < 18)


def test_silence_where_calls_are_usual_is_known_and_not_judged(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + 3 * DAY) as made:
        made.settings(**launch(scrape("edge"), live=T0))
        days = [Span(T0 + d * DAY, T0 + d * DAY + HOUR) for d in range(3)]
        calls = [row for day in days for row in every_minute(day.start, day.end, 100)]
        silent = [row for row in calls if not days[2].start + 10 * MINUTE <= row.minute < days[2].start + 20 * MINUTE]
        made.answer("edge", Facts(covered=[covered("edge", T0, T0 + 3 * DAY)], traffic=silent))
        start = 2 * DAY // MINUTE
        found = strip(made, "availability", start, start + 60)
        assert (start + 10, start + 20, "unjudged") in found


@pytest.mark.thorough
@settings(max_examples=12)
@given(
    told=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20), st.sampled_from([0, 1, 5, 90])), max_size=8),
    window=st.tuples(st.integers(-5, 40), st.integers(1, 60)),
)
def test_every_minute_of_the_window_is_told_of_once_as_a_slow_reading_does(
    told: list[tuple[int, int, int]], window: tuple[int, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    spans = [(start, start + length, delay) for start, length, delay in told]
    start, end = window[0], window[0] + window[1]
    with bench(tmp_path_factory.mktemp("strip")) as made:
        made.settings(**launch(scrape("edge")))
        tell(made, "edge", *spans)
        made.clock.forward(3 * 3600)
        found = strip(made, "throughput", start, end)
    assert (found[0][0], found[-1][1]) == (start, end)
    assert all(one[1] == other[0] and one[2] != other[2] for one, other in pairwise(found))
    for low, high, state in found:
        for minute in range(low, high):
            holding = [(a, b, delay) for a, b, delay in spans if a <= minute < b]
            # Two periods of a minute, and the minute itself.
            in_time = any(b + delay - minute <= 3 for _, b, delay in holding)
            assert state == (Told.IN_TIME if in_time else Told.LATE if holding else Told.MISSING), minute


def test_an_empty_window_has_no_strip(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.settings(**launch(scrape("edge")))
        made.answer("edge", Facts(covered=[Covered("edge", T0, T0 + HOUR)]))
        assert strip(made, "throughput", 5, 5) == []
