"""Minutes, counters and pages of the simulated gateway."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.moment import DAY, MINUTE, SECOND, parse_instant
from console.sources.launch import page, traffic
from console.sources.launch.history import LINES, History
from console.sources.launch.meter import Meter
from console.sources.launch.story import story
from console.sources.launch.traffic import CELL_CODE, CELL_ROUTE, CELLS, Block, Cell, block, by_key, keys_of, latency
from console.sources.launch.world import CONFIRM, ROUTE_INDEX, World, world

NOW = parse_instant("2026-11-20T13:21:07Z")
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (-?[0-9.e+]+)$")


@pytest.fixture(scope="module")
def launch() -> World:
    return world(7, NOW)


def test_nothing_is_called_before_go_live(launch: World) -> None:
    before = block(launch, launch.go_live // MINUTE - 30, 30)
    assert before.counts.sum() == 0
    assert block(launch, launch.go_live // MINUTE, 1).counts.sum() > 10_000


@pytest.mark.thorough
@given(first=st.integers(0, 8_000), back=st.integers(0, 90), forward=st.integers(1, 90))
@settings(max_examples=25)
def test_a_minute_is_the_same_whatever_was_asked_around_it(first: int, back: int, forward: int) -> None:
    launch = world(7, NOW)
    start = launch.go_live // MINUTE + first
    alone = block(launch, start, 1)
    among = block(launch, start - back, back + forward)
    assert np.array_equal(among.counts[back], alone.counts[0])
    for kind in traffic.KINDS:
        assert np.array_equal(latency(among, kind)[back], latency(alone, kind)[0])
    assert np.array_equal(by_key(launch, among)[back], by_key(launch, alone)[0])


def test_another_seed_is_another_launch(launch: World) -> None:
    minute = launch.anchor // MINUTE
    assert not np.array_equal(block(launch, minute, 1).counts, block(world(8, NOW), minute, 1).counts)


def test_keys_and_buckets_of_a_minute_add_up_to_its_calls(launch: World) -> None:
    minutes = block(launch, launch.anchor // MINUTE - 60, 60)
    split = by_key(launch, minutes)
    again = np.zeros_like(minutes.counts)
    for place in range(len(CELLS)):
        again[:, place] = split[:, keys_of(launch).cell == place].sum(axis=1)
    assert np.array_equal(again, minutes.counts)
    for kind in traffic.KINDS:
        assert np.array_equal(latency(minutes, kind).sum(axis=2), minutes.by_route())


@given(
    count=st.integers(0, 100_000),
    weights=st.lists(st.floats(0.001, 50), min_size=1, max_size=30),
    offset=st.floats(0, 0.999999),
)
def test_a_split_adds_up_and_is_nowhere_negative_nor_a_call_off_its_share(
    count: int, weights: list[float], offset: float
) -> None:
    edges = np.cumsum(weights) / sum(weights)
    parts = traffic.split(np.array(count), edges, np.array(offset))
    assert parts.sum() == count
    assert (parts >= 0).all()
    assert (abs(parts - count * np.diff(edges, prepend=0)) <= 1.001).all()


@given(parts=st.lists(st.floats(0, 1), min_size=2, max_size=8), salt=st.floats(0, 0.999999))
def test_the_running_minute_only_grows_and_ends_whole(parts: list[float], salt: float) -> None:
    counts = np.array([0, 1, 2, 7, 1000])
    shown = [traffic.partial(counts, part, salt) for part in sorted(parts)]
    assert all((after >= before).all() for before, after in pairwise(shown))
    assert np.array_equal(traffic.partial(counts, 1.0, salt), counts)


def test_counters_only_rise_and_differ_by_the_minutes_between(launch: World) -> None:
    meter = Meter(launch)
    start = launch.anchor - 9 * MINUTE
    seconds = [0, 1, 14, 37, 59, 60, 61, 119, 120, 300]
    readings = [meter.at(start + second * SECOND) for second in seconds]
    for before, after in pairwise(readings):
        assert (after.calls >= before.calls).all()
        assert (after.buckets >= before.buckets).all()
    between = block(launch, start // MINUTE, 5)
    assert np.array_equal(readings[-1].calls - readings[0].calls, by_key(launch, between).sum(axis=0))


def test_counters_do_not_depend_on_what_was_asked_before(launch: World) -> None:
    used = Meter(launch)
    used.at(launch.anchor + 3 * MINUTE)
    used.at(launch.anchor - 20 * MINUTE)
    instant = launch.anchor + 7 * MINUTE + 13 * SECOND
    fresh = Meter(launch).at(instant)
    assert np.array_equal(used.at(instant).calls, fresh.calls)
    assert np.array_equal(used.at(instant).buckets, fresh.buckets)


@pytest.mark.thorough
def test_the_gateway_restart_sets_every_counter_to_zero(launch: World) -> None:
    restart = story(launch).restart
    meter = Meter(launch)
    assert meter.at(restart - SECOND).calls.sum() > 1_000_000
    assert meter.at(restart).calls.sum() == 0
    assert meter.at(restart + 10 * SECOND).calls.sum() > 1_000


def test_the_page_of_a_gateway_reads_as_exposition_text(launch: World) -> None:
    text = page.metrics(Meter(launch), NOW).decode()
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert text.endswith("\n")
    assert all(SAMPLE.match(line) for line in samples)
    assert len(samples) == len({line.rsplit(" ", 1)[0] for line in samples})
    assert len(samples) < 12_000


def test_the_histograms_of_the_page_are_cumulative_and_end_in_their_count(launch: World) -> None:
    text = page.metrics(Meter(launch), NOW).decode()
    counts = {m[1]: int(m[2]) for m in re.finditer(r"^apisix_http_latency_count\{(.*)\} (\d+)$", text, re.M)}
    rows: dict[str, list[int]] = {}
    for found in re.finditer(r'^apisix_http_latency_bucket\{(.*),le="[^"]+"\} (\d+)$', text, re.M):
        rows.setdefault(found[1], []).append(int(found[2]))
    assert len(counts) == 120
    for labels, row in rows.items():
        assert row == sorted(row)
        assert row[-1] == counts[labels]


def test_status_and_latency_of_the_page_agree_at_the_edge_of_a_minute(launch: World) -> None:
    text = page.metrics(Meter(launch), launch.anchor).decode()
    status = sum(int(n) for n in re.findall(r"^apisix_http_status\{.*\} (\d+)$", text, re.M))
    timed = sum(int(n) for n in re.findall(r'^apisix_http_latency_count\{type="request".*\} (\d+)$', text, re.M))
    assert status == timed


def test_the_machine_under_the_gateway_is_busy_but_not_overloaded(launch: World) -> None:
    def idle(text: str) -> float:
        return sum(float(n) for n in re.findall(r'mode="idle"\} ([\d.]+)$', text, re.M))

    meter = Meter(launch)
    before, after = (page.node(meter, NOW + n * MINUTE).decode() for n in (0, 5))
    share = 1 - (idle(after) - idle(before)) / (8 * 300)
    assert 0.15 < share < 0.75


def _faults(minutes: Block, route: str | None = None) -> float:
    here = np.ones(len(CELLS), dtype=bool) if route is None else ROUTE_INDEX[route] == CELL_ROUTE
    return float(minutes.counts[:, here & (CELL_CODE >= 500)].sum() / minutes.counts[:, here].sum())


def test_the_broken_release_shows_on_its_route_and_nowhere_before(launch: World) -> None:
    payments = story(launch).payments
    after = block(launch, launch.anchor // MINUTE - 30, 30)
    before = block(launch, payments.start // MINUTE - 120, 120)
    assert 0.06 < _faults(after, CONFIRM) < 0.08
    assert _faults(before, CONFIRM) < 0.002
    assert 0.003 < _faults(after) < 0.008
    assert _faults(after, "GET /v3/orders") < 0.003


def test_the_repairing_release_ends_it(launch: World) -> None:
    assert _faults(block(launch, story(launch).payments.end // MINUTE + 1, 60), CONFIRM) < 0.002


def test_quiet_hours_lie_at_the_usual_level_with_bad_minutes_only_in_the_incident(launch: World) -> None:
    told = story(launch)
    first, last = launch.go_live // MINUTE, launch.anchor // MINUTE
    counts = np.concatenate(
        [block(launch, start, count).counts for start, count in traffic.chunks(first, last - first)]
    )
    share = counts[:, CELL_CODE >= 500].sum(axis=1) / counts.sum(axis=1)
    bad = np.flatnonzero(share >= 0.05) + first
    assert 2 <= len(bad) <= 9
    assert all(told.incident.holds(int(minute) * MINUTE) for minute in bad)
    assert 0.0002 < float(share[60:600].mean()) < 0.0005
    assert counts.sum(axis=1).max() / 60 < 1_600


def test_customers_who_fail_are_those_with_an_address_book(launch: World) -> None:
    parts = keys_of(launch)
    mine = parts.cell == CELLS.index(Cell(ROUTE_INDEX[CONFIRM], 502))
    failed = by_key(launch, block(launch, launch.anchor // MINUTE - 30, 30))[:, mine].sum(axis=0)
    book = np.array([key in traffic.address_book(launch) for key in parts.key[mine].tolist()])
    assert failed[book].sum() > 0.8 * failed.sum()
    assert (failed[book] > 0).all()


def test_the_slow_order_list_is_slow_for_its_hours_only(launch: World) -> None:
    slow, route = story(launch).slow, ROUTE_INDEX["GET /v3/orders"]
    middle = block(launch, (slow.start + slow.end) // 2 // MINUTE, 10)
    later = block(launch, slow.end // MINUTE + 20, 10)
    assert middle.median_ms[:, route].mean() > 2.5 * later.median_ms[:, route].mean()
    other = ROUTE_INDEX["GET /v3/search"]
    assert middle.median_ms[:, other].mean() < 1.4 * later.median_ms[:, other].mean()


def test_stored_history_differs_by_exactly_the_minutes_of_the_gateway(launch: World) -> None:
    samples = History(launch).until(launch.go_live + 3 * DAY)
    counts = np.concatenate([block(launch, s, c).counts for s, c in traffic.chunks(launch.go_live // MINUTE, 600)])
    columns = [line.column for line in LINES if line.labels["__name__"] == "apisix_http_status"]
    assert np.array_equal(np.diff(samples.values[:601, columns], axis=0), counts)


@pytest.mark.thorough
def test_stored_history_starts_again_at_the_restart_and_is_silent_in_the_gap(launch: World) -> None:
    told = story(launch)
    samples = History(launch).until(launch.anchor)
    total = samples.values[
        :, [n for n, line in enumerate(LINES) if line.labels["__name__"] == "apisix_http_status"]
    ].sum(axis=1)
    falls = np.flatnonzero(np.diff(total) < 0)
    assert [int(samples.stamps[n]) * 1000 // MINUTE for n in falls] == [told.restart // MINUTE - 1]
    inside = (samples.stamps * 1000 >= told.gap.start) & (samples.stamps * 1000 < told.gap.end)
    assert not inside.any()
    assert np.diff(samples.stamps).max() == 21 * 60_000


@pytest.mark.thorough
def test_stored_history_is_the_same_in_pieces_and_at_once(launch: World) -> None:
    grown = History(launch)
    for instant in (
        launch.anchor - 7 * 3600 * SECOND,
        launch.anchor - 17 * MINUTE,
        launch.anchor,
        launch.anchor + 90 * SECOND,
    ):
        grown.until(instant)
    whole = History(launch).until(launch.anchor + 90 * SECOND)
    assert np.array_equal(grown.until(launch.anchor + 90 * SECOND).values, whole.values)
    assert grown.until(launch.anchor).stamps[-1] == launch.anchor // 1000 - 1
