"""A span read again: whatever was held, afterwards the sums are what was read last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.facts import ConsumerTraffic, Facts, Latency, LatencySum, Reread, Traffic
from console.model.moment import MINUTE
from tests.builders import T0, Bench, bench, traffic

MINUTES = 6

rows = st.lists(
    st.tuples(st.integers(0, MINUTES - 1), st.sampled_from(["a", "b"]), st.sampled_from([200, 500]), st.integers(1, 9)),
    max_size=8,
)
spans = st.tuples(st.integers(0, MINUTES - 1), st.integers(1, 3)).map(lambda p: (p[0], min(MINUTES, p[0] + p[1])))
readings = st.lists(st.tuples(spans, rows), min_size=1, max_size=4)


def facts_of(found: list[tuple[int, str, int, int]], source: str = "edge") -> Facts:
    facts = Facts()
    for minute, route, status, calls in found:
        at = T0 + minute * MINUTE
        facts.traffic.append(Traffic(at, source, route, "", status, calls))
        facts.latency.append(Latency(at, source, route, "total", 0.0, 100.0, calls))
        facts.latency_sum.append(LatencySum(at, source, route, "total", calls, calls * 7))
    return facts


def held(made: Bench, source: str = "edge") -> Counter[tuple[int, str, int]]:
    found: Counter[tuple[int, str, int]] = Counter()
    for minute, route, status, calls in made.rows(
        f"SELECT (epoch_us(minute) - {T0}) // {MINUTE}, route, status, sum(calls)::BIGINT FROM traffic "
        f"WHERE source = '{source}' GROUP BY ALL"
    ):
        if calls:
            found[(minute, route, status)] = calls
    return found


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One session for all examples; each is a source of its own and must not be touched by those before it."""
    with bench(tmp_path_factory.mktemp("reread")) as made:
        made.add(Facts(traffic=[traffic(T0, 99, source="other")]))
        yield made


_turns = count()


@pytest.mark.thorough
@settings(max_examples=25)
@given(first=rows, again=readings)
def test_after_any_readings_the_sums_equal_the_last_one_of_each_minute(
    shared: Bench,
    first: list[tuple[int, str, int, int]],
    again: list[tuple[tuple[int, int], list[tuple[int, str, int, int]]]],
) -> None:
    made, edge = shared, f"edge-{next(_turns)}"
    wanted: Counter[tuple[int, str, int]] = Counter()
    for minute, route, status, calls in first:
        wanted[(minute, route, status)] += calls
    made.answer(edge, facts_of(first, edge))
    for (low, high), found in again:
        made.clock.forward(60)
        inside = [row for row in found if low <= row[0] < high]
        made.answer(edge, facts_of(inside, edge), reread=[Reread(edge, T0 + low * MINUTE, T0 + high * MINUTE)])
        for key in [k for k in wanted if low <= k[0] < high]:
            del wanted[key]
        for minute, route, status, calls in inside:
            wanted[(minute, route, status)] += calls
    assert held(made, edge) == wanted
    assert held(made, "other") == {(0, "GET /a", 200): 99}
    mine = f"WHERE source = '{edge}'"
    assert made.rows(f"SELECT coalesce(sum(count), 0)::BIGINT FROM latency {mine}") == [(wanted.total(),)]
    assert made.rows(f"SELECT coalesce(sum(sum_us), 0)::BIGINT FROM latency_sum {mine}") == [(wanted.total() * 7,)]


def test_the_same_reading_again_adds_no_row(tmp_path: Path) -> None:
    span = [Reread("edge", T0, T0 + 6 * MINUTE)]
    found = facts_of([(0, "a", 200, 5), (3, "b", 500, 2)])
    with bench(tmp_path) as made:
        made.answer("edge", found, reread=span)
        before = [made.rows(f"SELECT count(*) FROM {table}") for table in ("traffic", "latency", "latency_sum")]
        made.answer("edge", found, reread=span)
        assert [made.rows(f"SELECT count(*) FROM {table}") for table in ("traffic", "latency", "latency_sum")] == before


def test_a_correction_is_one_row_with_the_signed_difference(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.answer("edge", facts_of([(0, "a", 200, 5)]))
        made.answer("edge", facts_of([(0, "a", 200, 3)]), reread=[Reread("edge", T0, T0 + MINUTE)])
        assert made.rows("SELECT calls FROM traffic ORDER BY known_at") == [(5,), (-2,)]


def test_what_vanished_from_a_reading_is_taken_back(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.answer("edge", facts_of([(0, "a", 200, 5), (1, "a", 200, 4)]))
        made.answer("edge", Facts(), reread=[Reread("edge", T0, T0 + MINUTE)])
        assert held(made) == {(1, "a", 200): 4}


def test_facts_outside_the_span_of_a_reading_are_increments(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.answer("edge", facts_of([(0, "a", 200, 5), (1, "a", 200, 5)]))
        made.answer("edge", facts_of([(0, "a", 200, 5), (1, "a", 200, 5)]), reread=[Reread("edge", T0, T0 + MINUTE)])
        assert held(made) == {(0, "a", 200): 5, (1, "a", 200): 10}


def test_a_total_over_a_silence_is_not_a_reading_of_its_minute(tmp_path: Path) -> None:
    wide = Traffic(T0, "edge", "a", "", 200, 50, T0 - 10 * MINUTE)
    with bench(tmp_path) as made:
        made.answer("edge", Facts(traffic=[wide]))
        made.answer("edge", facts_of([(0, "a", 200, 5)]), reread=[Reread("edge", T0, T0 + MINUTE)])
        assert made.rows("SELECT sum(calls), count(span_from) FROM traffic") == [(55, 1)]


def test_consumers_read_again_give_differences_too(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        for calls in (7, 7, 4):
            found = Facts(consumer_traffic=[ConsumerTraffic(T0, "edge", "web", "a", 200, calls)])
            made.answer("edge", found, reread=[Reread("edge", T0, T0 + 10 * MINUTE)])
        assert made.rows("SELECT calls FROM consumer_traffic ORDER BY known_at") == [(7,), (-3,)]


def test_what_was_known_before_the_reading_can_still_be_asked(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.answer("edge", facts_of([(0, "a", 200, 5)]))
        before = made.session.last_known
        made.clock.forward(60)
        made.answer("edge", facts_of([(0, "a", 200, 9)]), reread=[Reread("edge", T0, T0 + MINUTE)])
        assert made.rows(f"SELECT sum(calls) FROM traffic WHERE known_at <= make_timestamp({before})") == [(5,)]
        assert made.rows("SELECT sum(calls) FROM traffic") == [(9,)]
