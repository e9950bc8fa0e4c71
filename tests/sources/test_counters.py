"""The arithmetic of raw counters: what is ours, what is a restart, and that nothing is ever counted twice."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.sources.gateways.counters import (
    Life,
    Memory,
    Page,
    Step,
    decode,
    encode,
    grown,
    per_bucket,
    step,
)


def page(
    values: dict[int, float], *, start: float | None = None, rising: Sequence[int] = (), soft: Sequence[int] = ()
) -> Page:
    ids = list(values)
    return Page(
        np.array(ids, dtype=np.uint64),
        np.array([values[i] for i in ids], dtype=np.float64),
        np.array([i not in rising and i not in soft for i in ids], dtype=np.bool_),
        np.array([i in rising for i in ids], dtype=np.bool_),
        start,
    )


def growth(taken: Step, asked: Page) -> dict[int, int]:
    rows = grown(asked.values, taken.base)
    return {int(i): int(n) for i, n in zip(asked.ids, rows, strict=True) if n}


def run(*pages: Page) -> tuple[list[dict[int, int]], list[Life]]:
    """Scrapes one after the other, each with a memory that went through its bytes."""
    memory: Memory | None = None
    told: list[dict[int, int]] = []
    lives: list[Life] = []
    for now, one in enumerate(pages, 1):
        taken = step(memory, one, now)
        told.append(growth(taken, one))
        lives.append(taken.life)
        memory = decode(encode(taken.memory))
    return told, lives


def test_what_was_counted_before_the_first_scrape_is_not_ours() -> None:
    told, lives = run(page({1: 1000}), page({1: 1007}))
    assert told == [{}, {1: 7}]
    assert lives == [Life.FIRST, Life.SAME]


def test_a_series_first_seen_later_counts_from_zero() -> None:
    assert run(page({1: 5}), page({1: 5, 2: 3}))[0] == [{}, {2: 3}]


def test_a_page_without_any_series_was_still_a_scrape() -> None:
    assert run(page({}), page({2: 3}))[0] == [{}, {2: 3}]


def test_a_value_that_fell_without_any_sign_of_life_restarts_every_counter() -> None:
    told, lives = run(page({1: 100, 2: 5}), page({1: 4, 2: 8}))
    assert told[1] == {1: 4, 2: 8}
    assert lives[1] is Life.RESTARTED


def test_a_later_process_start_is_a_restart_even_when_no_value_fell() -> None:
    told, _ = run(page({1: 10, 2: 0}, start=1000.0), page({1: 12, 2: 1}, start=2000.0))
    assert told[1] == {1: 12, 2: 1}


def test_an_expired_series_does_not_restart_a_process_that_demonstrably_lives() -> None:
    told, lives = run(page({1: 100, 2: 50, 9: 1000}, rising=[9]), page({1: 3, 2: 51, 9: 1010}, rising=[9]))
    assert told[1] == {1: 3, 2: 1, 9: 10}
    assert lives[1] is Life.SAME


def test_a_rising_number_that_fell_restarts_everything() -> None:
    told, _ = run(page({1: 100, 2: 50, 9: 1000}, rising=[9]), page({1: 101, 2: 51, 9: 7}, rising=[9]))
    assert told[1] == {1: 101, 2: 51, 9: 7}


def test_a_start_time_corrected_by_a_second_is_no_restart() -> None:
    told, lives = run(page({1: 10}, start=1000.0), page({1: 12}, start=1001.0), page({1: 13}, start=1000.0))
    assert told[1:] == [{1: 2}, {1: 1}]
    assert set(lives[1:]) == {Life.SAME}


def test_an_older_process_behind_the_same_address_brings_no_past() -> None:
    told, lives = run(page({1: 10}, start=2000.0), page({1: 900}, start=1000.0), page({1: 903}, start=1000.0))
    assert told == [{}, {}, {1: 3}]
    assert lives[1] is Life.OTHER


def test_a_sum_that_wobbles_is_no_restart_and_never_negative() -> None:
    told, lives = run(page({1: 10, 2: 7.5}, soft=[2]), page({1: 10, 2: 7.25}, soft=[2]), page({1: 11, 2: 9}, soft=[2]))
    assert lives[1] is Life.SAME
    assert told[1] == {}
    assert told[2] == {1: 1, 2: 2}


def test_an_unreadable_number_is_left_out_and_brings_no_past_when_it_returns() -> None:
    told, _ = run(
        page({1: float("nan"), 2: 5}),
        page({1: 1000, 2: float("inf")}),
        page({1: 1001, 2: 7}),
        page({1: -1, 2: 8}),
    )
    assert told == [{}, {}, {1: 1, 2: 2}, {2: 1}]


def test_a_series_that_vanished_and_came_back_is_not_counted_twice() -> None:
    assert run(page({1: 100, 2: 1}), page({2: 2}), page({1: 104, 2: 3}))[0][2] == {1: 4, 2: 1}
    assert run(page({1: 100, 2: 1}), page({2: 2}), page({1: 4, 2: 3}))[0][2] == {1: 4, 2: 1}


def test_the_same_page_again_is_no_increase() -> None:
    assert run(page({1: 5}), page({1: 5}))[0][1] == {}


def test_a_series_that_stands_twice_on_a_page_grows_once() -> None:
    ids = np.array([1, 1], dtype=np.uint64)
    flags = np.ones(2, dtype=np.bool_)
    first = Page(ids, np.array([5.0, 5.0]), flags, ~flags)
    second = Page(ids, np.array([8.0, 8.0]), flags, ~flags)
    taken = step(step(None, first, 1).memory, second, 2)
    assert int(grown(second.values, taken.base).sum()) == 3


def test_another_mapping_starts_afresh() -> None:
    first = step(None, page({1: 5}), 1, b"one")
    assert step(first.memory, page({1: 9, 2: 1000}), 2, b"two").life is Life.FIRST


@pytest.mark.parametrize(
    "cursor", [b"", b"rubbish", b"\x93\x01\x02\x03", encode(step(None, page({1: 1}), 1).memory)[:-3]]
)
def test_a_cursor_that_is_not_ours_is_a_first_scrape(cursor: bytes) -> None:
    assert decode(cursor) is None


@given(st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=30), st.sampled_from([1.0, 1000.0, 1_000_000.0]))
def test_rounding_loses_nothing_over_time(steps: list[float], scale: float) -> None:
    totals = np.cumsum([0.0, *steps])
    told = sum(int(grown(totals[i + 1 : i + 2], totals[i : i + 1], scale)[0]) for i in range(len(steps)))
    assert told == round(totals[-1] * scale) - round(totals[0] * scale)


@given(
    st.lists(
        st.tuples(st.sampled_from([1.0, 2.0, 5.0, 10.0, float("inf")]), st.integers(0, 50)), unique_by=lambda p: p[0]
    )
)
def test_buckets_are_never_negative_and_sum_to_the_highest(cumulative: list[tuple[float, int]]) -> None:
    rows = per_bucket([b for b, _ in cumulative], [n for _, n in cumulative])
    assert all(count > 0 and lower < upper for lower, upper, count in rows)
    assert sum(count for *_, count in rows) == (max(cumulative)[1] if cumulative else 0)


def test_buckets_are_told_one_by_one_with_their_ends() -> None:
    rows = per_bucket([float("inf"), 10.0, 50.0], [12, 3, 10])
    assert rows == [(0.0, 10.0, 3), (10.0, 50.0, 7), (50.0, float("inf"), 2)]


ROUTES = 3
act = st.one_of(
    st.tuples(st.just("call"), st.integers(0, ROUTES - 1), st.integers(1, 40)),
    st.tuples(st.just("scrape"), st.just(0), st.just(0)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
)


@pytest.mark.thorough
@settings(max_examples=300)
@given(st.lists(act, max_size=40), st.sampled_from(["start", "rising", "nothing"]))
def test_over_any_life_of_the_gateway_we_never_count_more_than_happened(
    acts: list[tuple[str, int, int]], sign: str
) -> None:
    """Counted: the calls between first and last scrape, but for those a restart took away before we saw them.

    With a start time exactly those are missing; without any sign a restart may stay unseen, then a part more is.
    """
    raw: dict[int, float] = {}
    served, start, memory = 0, 1000.0, None
    told = ours = lost = since_scrape = 0
    for now, (what, route, calls) in enumerate([*acts, ("scrape", 0, 0)], 1):
        if what == "call":
            raw[route] = raw.get(route, 0) + calls
            served += calls
            if memory is not None:
                ours += calls
                since_scrape += calls
        elif what == "restart":
            lost += since_scrape
            since_scrape = served = 0
            start += 100.0
            raw = {}
        else:
            shown = dict(raw)
            rising = [99] if sign == "rising" else []
            if rising:
                shown[99] = served
            one = page(shown, start=start if sign == "start" else None, rising=rising)
            taken = step(memory, one, now)
            increments = growth(taken, one)
            assert all(n > 0 for n in increments.values())
            told += sum(n for i, n in increments.items() if i != 99)
            memory = decode(encode(taken.memory))
            assert memory is not None
            since_scrape = 0
    assert told <= ours
    if sign == "start":
        assert told == ours - lost
    if lost == 0 and not any(what == "restart" for what, *_ in acts):
        assert told == ours


def test_a_cursor_of_2000_series_is_written_and_read_in_an_instant() -> None:
    taken = step(None, page({i * 7919: float(i) for i in range(2000)}), 1)
    best = min(_round_trip(taken.memory) for _ in range(9))
    assert best < 0.002


def _round_trip(memory: Memory) -> float:
    begun = time.perf_counter()
    assert decode(encode(memory)) is not None
    return time.perf_counter() - begun


@pytest.mark.parametrize(
    ("values", "increase"),
    [
        ([100 + 30 * n for n in range(1, 21)], 570),
        ([5, 12, 20, 3, 9], 24),
        ([1, 4, 9], 8),
        ([10, 10, 16], 6),
        ([4, 9, 14], 10),
    ],
    ids="abcde",
)
def test_an_increase_is_what_promql_has_before_it_extrapolates(values: list[int], increase: int) -> None:
    """The samples of the reference vectors of ``increase()``; its first step alone is a count, the rest a guess."""
    told, _ = run(*(page({1: float(value)}) for value in values))
    assert sum(sum(rows.values()) for rows in told) == increase
