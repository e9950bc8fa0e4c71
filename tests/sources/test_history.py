"""Raw samples become counts that do not depend on how history was cut, and never say more than was counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.facts import ConsumerTraffic, Covered, Facts, Latency, Traffic
from console.model.moment import DAY, HOUR, MINUTE, SECOND, Span, merge
from console.sources.gateways.history import (
    GAP,
    REACH,
    TEN_MINUTES,
    Series,
    Step,
    covered,
    scrapes,
    steps,
    tell,
    without,
)
from console.sources.gateways.mapping import BucketKey, ConsumerKey, CountKey, GaugeKey, Key, SumKey, TrafficKey

T0 = 1_767_225_600 * SECOND
EVER = Span(T0 - DAY, T0 + 100 * DAY)
OK = TrafficKey("r1", "", 200)


def counter(points: list[tuple[int, float]], key: TrafficKey = OK, process: str = "gw\na") -> Series:
    """Seconds after T0 and values."""
    rest = f"{key.route} {key.status}"
    return Series(key, process, ("calls", rest), 1.0, [T0 + s * SECOND for s, _ in points], [v for _, v in points])


def told(*series: Series, span: Span = EVER) -> Facts:
    return tell("prom", list(series), span, [span]).facts


def calls(facts: Facts) -> dict[int, int]:
    """Minute after T0 → calls."""
    found: Counter[int] = Counter()
    for row in facts.traffic:
        found[(row.minute - T0) // MINUTE] += row.calls
    return dict(found)


def test_nothing_is_counted_and_nothing_covered_at_the_very_first_sample() -> None:
    facts = told(counter([(0, 500)]))
    assert facts.traffic == []
    assert facts.covered == []


def test_a_restart_counts_what_came_after_it() -> None:
    assert calls(told(counter([(0, 100), (15, 110), (30, 4)]))) == {0: 14}


def test_an_increase_belongs_to_the_minute_of_the_later_sample() -> None:
    assert calls(told(counter([(50, 0), (65, 30)]))) == {1: 30}


def test_a_series_that_appears_while_its_process_was_sampled_began_at_zero() -> None:
    new = TrafficKey("r2", "", 500)
    facts = told(counter([(0, 100), (15, 100), (30, 100)]), counter([(30, 7)], new))
    assert [(row.route, row.calls) for row in facts.traffic] == [("r2", 7)]


def test_the_first_samples_of_a_process_are_not_news_even_when_their_stamps_differ_a_little() -> None:
    times = [T0 + 5_000, T0 + 15_000_000]
    late = Series(TrafficKey("r2", "", 200), "gw\na", ("calls", "2"), 1.0, times, [900.0, 901.0])
    assert calls(told(counter([(0, 100), (15, 100)]), late)) == {0: 1}


def test_another_instance_is_another_process() -> None:
    facts = told(counter([(0, 100), (15, 105)]), counter([(15, 9_000), (30, 9_001)], process="gw\nb"))
    assert calls(facts) == {0: 6}


def test_a_relabelling_does_not_count_the_past_again() -> None:
    before = counter([(0, 1_000_000), (15, 1_000_010)])
    after = counter([(30, 1_000_030), (45, 1_000_031)])._replace(family=("calls", "with a new label"))
    assert calls(told(before, after)) == {0: 31}


def test_a_newcomer_smaller_than_the_one_that_left_began_at_zero() -> None:
    before = counter([(0, 1_000), (15, 1_000)])
    after = counter([(30, 4), (45, 5)])._replace(family=("calls", "node b"))
    assert calls(told(before, after, counter([(0, 1), (15, 1), (30, 1)], TrafficKey("r2", "", 200)))) == {0: 5}


def test_a_sample_lost_for_one_series_does_not_make_it_new() -> None:
    other = TrafficKey("r2", "", 200)
    facts = told(counter([(0, 1), (15, 1), (30, 1)]), counter([(0, 1_000_000), (30, 1_000_010)], other))
    assert calls(facts) == {0: 10}


def test_after_a_silence_the_rows_keep_their_span_and_only_the_whole_is_covered() -> None:
    facts = told(counter([(0, 0), (15, 10), (3615, 110), (3630, 111)]))
    spread = [row for row in facts.traffic if row.span_from is not None]
    assert [(row.calls, row.span_from, row.minute) for row in spread] == [(100, T0 + 15 * SECOND, T0 + HOUR)]
    assert facts.covered == [
        Covered("prom", T0, T0 + 15 * SECOND),
        Covered("prom", T0 + 3615 * SECOND, T0 + 3630 * SECOND),
        Covered("prom", T0 + 15 * SECOND, T0 + 3615 * SECOND, True),
    ]


def test_one_of_two_processes_silent_leaves_these_minutes_known_only_as_a_whole() -> None:
    busy = [T0 + n * 15 * SECOND for n in range(100)]
    silent = [busy[0], busy[1], busy[60], busy[61]]
    spans = covered("prom", {"a": busy, "b": silent}, EVER)
    assert [(c.from_, c.to, c.whole) for c in spans] == [
        (busy[0], busy[1], False),
        (busy[60], busy[99], False),
        (busy[1], busy[60], True),
    ]


def test_cumulative_buckets_become_counts_of_their_own() -> None:
    facts = told(*histogram({10: 20, 50: 80, 100: 120, float("inf"): 125}))
    assert sorted((r.lower_ms, r.upper_ms, r.count) for r in facts.latency) == [
        (0.0, 10.0, 20),
        (10.0, 50.0, 60),
        (50.0, 100.0, 40),
        (100.0, float("inf"), 5),
    ]


def test_a_bucket_that_never_counted_is_a_zero_and_still_bounds_the_next() -> None:
    full = histogram({10: 1, 50: 2, float("inf"): 2}, "full")
    sparse = histogram({50: 3, float("inf"): 3}, "sparse")
    facts = told(*full, *sparse)
    assert [(r.lower_ms, r.upper_ms, r.count) for r in facts.latency if r.route == "sparse"] == [(10.0, 50.0, 3)]


def test_buckets_that_contradict_each_other_never_count_below_zero() -> None:
    facts = told(*histogram({10: 20, 50: 15, float("inf"): 22}))
    assert sorted(r.count for r in facts.latency) == [2, 20]


def histogram(increases: dict[float, int], route: str = "r1") -> list[Series]:
    times = [T0, T0 + 15 * SECOND]
    return [
        Series(BucketKey(route, "total", le), "gw\na", ("ms_bucket", route), 1.0, times, [7.0, 7.0 + by])
        for le, by in increases.items()
    ]


def test_sums_are_whole_microseconds_with_the_calls_they_sum_over() -> None:
    times = [T0, T0 + 15 * SECOND]
    total = Series(SumKey("r1", "total", 1_000_000.0), "gw\na", ("s_sum", "r1"), 1.0, times, [0.1, 0.3])
    count = Series(CountKey("r1", "total"), "gw\na", ("s_count", "r1"), 1.0, times, [1.0, 3.0])
    assert [(r.calls, r.sum_us) for r in told(total, count).latency_sum] == [(2, 200_000)]


def test_consumers_are_counted_by_ten_minutes() -> None:
    who = ConsumerKey("alice", "r1", 200)
    points = [T0 + n * MINUTE for n in range(13)]
    series = Series(who, "gw\na", ("calls", "alice"), 1.0, points, [float(n) for n in range(13)])
    assert {r.minute - T0: r.calls for r in told(series).consumer_traffic} == {0: 9, TEN_MINUTES: 3}


def test_levels_come_once_a_minute_and_only_where_they_are_wanted() -> None:
    key = GaugeKey("connections", "{}", "level")
    times = [T0 + n * 15 * SECOND for n in range(12)]
    series = Series(key, "gw\na", ("conn", ""), 1.0, times, [float(n) for n in range(12)])
    rows = tell("prom", [series], EVER, [Span(T0 + MINUTE, T0 + 3 * MINUTE)]).facts.gauge
    assert [(r.happened_at - T0, r.value) for r in rows] == [(105 * SECOND, 7.0), (165 * SECOND, 11.0)]


def test_a_share_is_made_of_its_parts() -> None:
    times = [T0, T0 + MINUTE]
    idle = Series(GaugeKey("cpu", "{}", "idle"), "n\na", ("cpu", "idle"), 1.0, times, [100.0, 145.0])
    busy = Series(GaugeKey("cpu", "{}", "busy"), "n\na", ("cpu", "user"), 1.0, times, [10.0, 25.0])
    free = Series(GaugeKey("memory", "{}", "free"), "n\na", ("free", ""), 1.0, times[1:], [2.0])
    size = Series(GaugeKey("memory", "{}", "size"), "n\na", ("size", ""), 1.0, times[1:], [8.0])
    assert {r.name: r.value for r in told(idle, busy, free, size).gauge} == {"cpu": 0.25, "memory": 0.75}


def test_steps_keep_the_exact_vector_of_a_counter_with_a_restart() -> None:
    times = [T0 + s * SECOND for s in (10, 25, 40, 55, 70)]
    found = steps(times, [5, 12, 20, 3, 9], times, EVER)
    assert sum(step.increase for step in found) == 24
    assert found[2] == Step(times[2], times[3], 3)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=6))
def test_spans_without_holes_hold_exactly_the_other_instants(holes: list[tuple[int, int]]) -> None:
    cut = [Span(start, start + length) for start, length in sorted(holes)]
    left = without([Span(5, 40)], cut)
    for instant in range(60):
        inside = 5 <= instant < 40 and not any(hole.holds(instant) for hole in cut)
        assert any(span.holds(instant) for span in left) == inside


Rows = dict[tuple[object, ...], int]


def rows(facts: Facts, span: Span) -> tuple[Rows, Rows]:
    """The minute facts inside and outside the span, folded by key."""
    inside: Rows = {}
    outside: Rows = {}
    counted: list[Traffic | ConsumerTraffic | Latency] = [*facts.traffic, *facts.consumer_traffic, *facts.latency]
    for row in counted:
        fields = row._asdict()
        count = fields.pop("count" if isinstance(row, Latency) else "calls")
        into = inside if span.holds(row.minute) else outside
        key = (type(row).__name__, *fields.values())
        into[key] = into.get(key, 0) + count
    return inside, outside


class Shelf:
    """A server's samples and the facts told from them; a span read again replaces what stood in it."""

    def __init__(self, series: list[Series]) -> None:
        self.series = series
        self.held: Rows = {}
        self.spans: list[Span] = []

    def between(self, start: int, end: int) -> list[Series]:
        found: list[Series] = []
        for one in self.series:
            kept = [(t, v) for t, v in zip(one.times, one.values, strict=True) if start <= t < end]
            if kept:
                found.append(one._replace(times=[t for t, _ in kept], values=[v for _, v in kept]))
        return found

    def read(self, span: Span) -> int:
        """As the source reads: with what is in reach before, and after a silence with the last samples before it.

        Returns how many rows changed.
        """
        series = self.between(span.start - REACH, span.end)
        result = tell("prom", series, span, [])
        if result.orphans:
            start = span.start - REACH
            for process in result.orphans:
                earlier = [t for one in self.series if one.process == process for t in one.times if t < start]
                if earlier:
                    last = max(earlier)
                    series = joined(self.between(last - REACH, last + 1), series)
            result = tell("prom", series, span, [])
        inside, outside = rows(result.facts, span)
        self.spans += [Span(c.from_, c.to) for c in result.facts.covered if not c.whole]
        assert outside == {}
        before = {key: count for key, count in self.held.items() if span.holds(key[1])}  # type: ignore[arg-type]
        self.held = {key: count for key, count in self.held.items() if key not in before} | inside
        return sum(before.get(key) != inside.get(key) for key in {*before, *inside})


def joined(first: list[Series], second: list[Series]) -> list[Series]:
    both: dict[object, Series] = {}
    for one in (*first, *second):
        known = both.get((one.key, one.process))
        points = dict(zip(one.times, one.values, strict=True))
        if known:
            points = dict(zip(known.times, known.values, strict=True)) | points
        both[one.key, one.process] = one._replace(times=sorted(points), values=[points[t] for t in sorted(points)])
    return list(both.values())


KEYS: list[Key] = [
    OK,
    TrafficKey("r1", "", 500),
    ConsumerKey("alice", "r1", 200),
    BucketKey("r1", "total", 10.0),
    BucketKey("r1", "total", float("inf")),
]


@st.composite
def worlds(draw: st.DrawFn, longest_absence: int = 30) -> list[Series]:
    """Two processes scraped at random instants, silent at times, restarting at times.

    Series come into being late and are away for a while.
    """
    series: list[Series] = []
    for process in draw(st.sampled_from([["gw\na"], ["gw\na", "gw\nb"]])):
        chance = draw(st.randoms(use_true_random=False))
        weights = {15: 3, 17: 2, 30: 2, 60: 8, 140: 8, 200: 1, 900: 0.5, 4000: 0.5}
        pauses = chance.choices(list(weights), list(weights.values()), k=60)
        restarts = draw(st.sets(st.integers(1, 60), max_size=3))
        absences = st.tuples(st.integers(1, 50), st.integers(0, longest_absence)).map(lambda a: range(a[0], sum(a)))
        away = [draw(absences) if place < 3 else range(0) for place in range(len(KEYS))]
        births = [draw(st.integers(0, 30)) for _ in KEYS[:3]] + [0, 0]
        growth = [chance.randrange(10) for _ in range(7)]
        now, totals = T0 + draw(st.integers(0, 3600)) * SECOND, [draw(st.integers(0, 50))] * len(KEYS)
        points: list[list[tuple[int, float]]] = [[] for _ in KEYS]
        for number, pause in enumerate([0, *pauses]):
            now += pause * SECOND
            if number in restarts:
                totals = [0] * len(KEYS)
            for place in range(len(KEYS)):
                # The bucket of 10 ms never grows faster than the one that holds all calls.
                by = growth[(number + (0 if place >= 3 else place)) % len(growth)]
                totals[place] += by // 2 if place == 3 else by
                if number >= births[place] and number not in away[place]:
                    points[place].append((now, float(totals[place])))
        for key, samples in zip(KEYS, points, strict=True):
            family = ("ms_bucket", "r1") if isinstance(key, BucketKey) else ("calls", repr(key))
            series.append(Series(key, process, family, 1.0, [t for t, _ in samples], [v for _, v in samples]))
    return [one for one in series if one.times]


def covered_at_once(world: list[Series], end: int) -> list[Covered]:
    return covered("prom", scrapes(world), Span(T0, end))


@pytest.mark.thorough
@settings(max_examples=80)
@given(
    world=worlds(),
    cuts=st.lists(st.integers(1, 20), min_size=2, max_size=8),
    again=st.lists(st.integers(0, 20), max_size=4),
)
def test_history_cut_anywhere_and_read_twice_gives_what_one_reading_gives(
    world: list[Series], cuts: list[int], again: list[int]
) -> None:
    end = max((one.times[-1] for one in world), default=T0) + 1
    edges = sorted({T0 + cut * TEN_MINUTES for cut in cuts if T0 + cut * TEN_MINUTES < end} | {T0})
    spans = [Span(a, b) for a, b in zip(edges, [*edges[1:], end], strict=True)]
    shelf = Shelf(world)
    for span in reversed(spans):
        shelf.read(span)
    whole, outside = rows(tell("prom", world, Span(T0, end), []).facts, Span(T0, end))
    assert outside == {}
    assert shelf.held == whole
    if len({one.process for one in world}) == 1:
        assert merge(shelf.spans) == [Span(c.from_, c.to) for c in covered_at_once(world, end) if not c.whole]
    for start in again:
        from_ = T0 + start * TEN_MINUTES
        if from_ < end:
            assert shelf.read(Span(from_, end)) == 0
    assert shelf.held == whole


@settings(max_examples=50)
@given(worlds(longest_absence=0))
def test_never_more_is_told_than_the_counters_counted(world: list[Series]) -> None:
    facts = tell("prom", world, EVER, []).facts
    for key in KEYS[:2]:
        most = 0
        for one in world:
            if one.key == key:
                fallen = [b if b < a else b - a for a, b in zip(one.values, one.values[1:], strict=False)]
                most += sum(map(int, fallen)) + int(one.values[0])
        assert isinstance(key, TrafficKey)
        assert sum(r.calls for r in facts.traffic if r.status == key.status) <= most


def test_a_scrape_every_two_minutes_is_no_silence() -> None:
    facts = told(counter([(n * 120, n) for n in range(5)]))
    assert [c.whole for c in facts.covered] == [False]
    assert 120 * SECOND < GAP
    assert replace(tell("prom", [], EVER, []), facts=Facts()).newest is None


def test_labels_tell_instances_apart_when_there_are_several() -> None:
    key = GaugeKey("connections", "{}", "level")
    series = [Series(key, f"gw\n{name}", ("conn", name), 1.0, [T0], [1.0]) for name in ("a:1", "b:1")]
    assert {r.labels for r in told(*series).gauge} == {'{"instance": "a:1"}', '{"instance": "b:1"}'}


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_level_that_is_no_number_is_left_out(bad: float) -> None:
    series = Series(GaugeKey("x", "{}", "level"), "gw\na", ("x", ""), 1.0, [T0], [bad])
    assert told(series).gauge == []
