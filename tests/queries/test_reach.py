"""Measured reach: who really failed on a ticket's route, for one ticket and for all at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.model.facts import ConsumerTraffic, Facts
from console.model.moment import DAY, HOUR, MINUTE, Known, Moment
from console.queries import reach
from tests.builders import T0, Bench, bench, covered, scrape

NOW = T0 + 12 * DAY
TEN = 10 * MINUTE


PAST = {"name": "past", "kind": "prometheus", "flavour": "kong", "url": "http://127.0.0.1:1", "gateway": "shop"}
LOG = {"name": "calls", "kind": "calllog", "path": "/x", "flavour": "kong", "gateway": "shop"}


def failed(consumer: str, at: int, calls: int = 1, route: str = "POST /pay", status: int = 502) -> ConsumerTraffic:
    return ConsumerTraffic(at - at % TEN, "edge", consumer, route, status, calls)


def measured(
    made: Bench, route: str | None, created: int, resolved: int | None = None, moment: Moment | None = None
) -> float | None:
    """Of one ticket, as the table of all tickets has it; held against the evidence."""
    reader = made.reader(moment) if moment else made.reader()
    cube = reach.cube(reader, None)
    end = reader.at if resolved is None else min(resolved, reader.at)
    (found,) = cube.reach([route], np.array([created]), np.array([end])).tolist()
    if route is not None:
        told = reach.evidence(reader, route, reach.window_of(created, resolved, reader.at))
        assert (None if told is None else len(told)) == (None if np.isnan(found) else int(found))
    return None if np.isnan(found) else found


def test_distinct_consumers_that_failed_count_and_others_do_not(tmp_path: Path) -> None:
    with bench(tmp_path, NOW) as made:
        made.add(
            Facts(
                consumer_traffic=[
                    failed("web", T0, 5), failed("web", T0 + HOUR, 5), failed("app", T0 + HOUR),
                    failed("calm", T0, status=200), failed("lost", T0, status=404), failed("else", T0, route="GET /a"),
                    failed("", T0),
                ]
            )
        )  # fmt: skip
        assert measured(made, "POST /pay", T0 + 30 * MINUTE) == 2
        rows = reach.evidence(made.reader(), "POST /pay", reach.window_of(T0, None, NOW))
        assert rows == (reach.Failing("web", 10, 10), reach.Failing("app", 1, 1))


def test_without_any_consumer_or_route_reach_is_unknown_and_never_nought(tmp_path: Path) -> None:
    with bench(tmp_path, NOW) as made:
        assert measured(made, "POST /pay", T0) is None
        made.add(Facts(covered=[covered("edge", T0 - DAY, NOW)], consumer_traffic=[failed("web", T0, status=200)]))
        assert measured(made, "POST /pay", T0) == 0
        assert measured(made, "GET /never/called", T0) == 0
        assert measured(made, None, T0) is None
        assert measured(made, "POST /pay", T0 + 11 * DAY) is None, "nothing is known of those hours"


def test_nobody_failed_is_said_only_of_a_window_that_is_known(tmp_path: Path) -> None:
    with bench(tmp_path, NOW) as made:
        made.add(
            Facts(covered=[covered("edge", T0 + DAY, NOW)], consumer_traffic=[failed("web", T0 + 2 * DAY, status=200)])
        )
        assert measured(made, "POST /pay", T0) is None
        assert measured(made, "POST /pay", T0 + 2 * DAY) == 0
        # Whoever failed, failed, whatever else is not known.
        made.add(Facts(consumer_traffic=[failed("app", T0 + 2 * DAY)]))
        assert measured(made, "POST /pay", T0) == 1


def test_a_source_that_names_nobody_takes_no_failure_away_and_two_that_do_count_once(tmp_path: Path) -> None:
    with bench(tmp_path, NOW) as made:
        made.settings(session={"name": "Launch"}, source=[scrape("edge", "shop"), PAST, LOG])
        whole = [covered("past", T0 - DAY, NOW), covered("edge", T0 + 6 * MINUTE, NOW)]
        made.add(Facts(covered=whole, consumer_traffic=[failed("web", T0, 3)]))
        assert measured(made, "POST /pay", T0) == 1, "the ten minutes in which the scrape began are the history's"
        twice = failed("web", T0, 3)._replace(source="calls")
        made.add(Facts(covered=[covered("calls", T0 - HOUR, NOW)], consumer_traffic=[twice]))
        assert measured(made, "POST /pay", T0) == 1
        rows = reach.evidence(made.reader(), "POST /pay", reach.window_of(T0, None, NOW))
        assert rows == (reach.Failing("web", 3, 3),)
        calls = made.kpi("throughput", T0, T0 + 10 * MINUTE, consumer="web")
        assert calls.n == 3


def test_the_past_that_comes_in_is_looked_at_soon_and_the_present_every_few_minutes(tmp_path: Path) -> None:
    with bench(tmp_path, NOW) as made:
        made.add(Facts(covered=[covered("edge", NOW - HOUR, NOW)], consumer_traffic=[failed("web", NOW - HOUR)]))
        held = reach.cube(made.reader(), None)
        made.clock.forward(60)
        made.add(Facts(covered=[covered("edge", NOW, NOW + MINUTE)], consumer_traffic=[failed("app", NOW)]))
        assert reach.cube(made.reader(), held) is held
        made.add(Facts(covered=[covered("edge", NOW - DAY, NOW - HOUR)], consumer_traffic=[failed("old", NOW - DAY)]))
        filled = reach.cube(made.reader(), held)
        assert filled is not held and reach.cube(made.reader(), filled) is filled


def test_the_window_begins_an_hour_before_and_ends_with_the_resolution_or_after_a_week(tmp_path: Path) -> None:
    with bench(tmp_path, NOW) as made:
        times = {
            "early": -2 * HOUR,
            "before": -HOUR,
            "within": 3 * HOUR,
            "week": 7 * DAY - HOUR,
            "late": 7 * DAY + HOUR,
        }
        made.add(Facts(consumer_traffic=[failed(name, T0 + at) for name, at in times.items()]))
        assert measured(made, "POST /pay", T0) == 3
        assert measured(made, "POST /pay", T0, resolved=T0 + 2 * HOUR) == 1
        assert measured(made, "POST /pay", T0, moment=Moment(T0 + 4 * HOUR)) == 2


def test_what_was_not_known_then_did_not_fail_then(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(consumer_traffic=[failed("web", T0)]))
        made.clock.forward(3 * 3600)
        made.add(Facts(consumer_traffic=[failed("app", T0)]))
        assert measured(made, "POST /pay", T0, moment=Moment(T0 + 2 * HOUR, Known.THEN)) == 1
        assert measured(made, "POST /pay", T0, moment=Moment(T0 + 2 * HOUR, Known.NOW)) == 2


_calls = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.integers(-3, 190),
        st.sampled_from(["/x", "/y"]),
        st.sampled_from([200, 404, 500, 503]),
    ),
    max_size=25,
)


@pytest.mark.thorough
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    _calls,
    st.lists(
        st.tuples(st.sampled_from(["/x", "/y", "/z"]), st.integers(0, 180), st.none() | st.integers(0, 60)), max_size=5
    ),
    st.lists(st.tuples(st.integers(-40, 200), st.integers(1, 150)), max_size=3),
)
def test_one_ticket_and_all_tickets_tell_the_same(
    tmp_path_factory: object,
    calls: list[tuple[str, int, str, int]],
    tickets: list[tuple[str, int, int | None]],
    heard: list[tuple[int, int]],
) -> None:
    with bench(tmp_path_factory.mktemp("reach"), NOW) as made:  # type: ignore[attr-defined]
        spans = [covered("edge", T0 + start * HOUR, T0 + (start + length) * HOUR) for start, length in heard]
        made.add(Facts(covered=spans, consumer_traffic=[failed(c, T0 + h * HOUR, 1, r, s) for c, h, r, s in calls]))
        for route, hour, lasted in tickets:
            created = T0 + hour * HOUR + 7 * MINUTE
            measured(made, route, created, None if lasted is None else created + lasted * HOUR)
