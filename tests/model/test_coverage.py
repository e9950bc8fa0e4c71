"""Who counts when several sources speak for one gateway, and which time every gateway covers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from console.model.coverage import Speaker, common, outranked, share
from console.model.moment import MINUTE, SECOND, Span, merge

STEP = 20 * SECOND
LENGTH = 20

a_span = st.tuples(st.integers(0, 3 * LENGTH), st.integers(1, 30)).map(
    lambda p: Span(p[0] * STEP, (p[0] + p[1]) * STEP)
)
spans = st.lists(a_span, max_size=4).map(merge)


def amount(held: list[Span] | tuple[Span, ...], start: int, end: int) -> int:
    return sum(any(s.holds(at) for s in held) for at in range(start, end, STEP))


@given(st.lists(st.tuples(st.sampled_from("gh"), st.integers(1, 3), spans), min_size=1, max_size=4))
def test_in_every_minute_the_best_speaker_of_a_gateway_counts_and_no_other(
    said: list[tuple[str, int, list[Span]]],
) -> None:
    speakers = [Speaker(f"s{i}", gateway, rank, tuple(held)) for i, (gateway, rank, held) in enumerate(said)]
    lost = outranked(speakers)
    for minute in range(0, 6 * LENGTH * STEP, MINUTE):
        for gateway in "gh":
            mine = [s for s in speakers if s.gateway == gateway and s.spans]
            heard = {s.source: amount(s.spans, minute, minute + MINUTE) for s in mine}
            counting = {s.source for s in mine if not any(n == s.source and span.holds(minute) for n, span in lost)}
            if not any(heard.values()):
                assert counting == {s.source for s in mine}
                continue
            best = min(mine, key=lambda s: (-heard[s.source], s.rank, s.source))
            assert counting == {best.source}


@given(st.lists(spans, max_size=4))
def test_common_time_is_what_each_group_covers_from_its_own_first_span_on(groups: list[list[Span]]) -> None:
    heard = [g for g in groups if g]
    found = common(groups)
    for at in range(0, 6 * LENGTH * STEP, STEP):
        begun = [g for g in heard if g[0].start <= at]
        wanted = bool(begun) and all(any(s.holds(at) for s in g) for g in begun)
        assert any(s.holds(at) for s in found) == wanted


@given(spans, a_span)
def test_the_covered_share_is_the_covered_time_by_the_length(held: list[Span], window: Span) -> None:
    wanted = amount(held, window.start, window.end) / amount([window], window.start, window.end)
    assert abs(share(held, window) - wanted) < 1e-9


def test_nothing_is_outranked_where_nobody_else_speaks() -> None:
    alone = Speaker("a", "g", 3, (Span(0, MINUTE),))
    assert outranked([alone, Speaker("b", "h", 1, (Span(0, MINUTE),)), Speaker("c", "g", 1, ())]) == []


def test_nothing_covered_is_nothing_in_common() -> None:
    assert common([]) == [] and common([[], []]) == [] and share([], Span(5, 5)) == 0.0


@given(st.lists(a_span, max_size=6))
def test_merged_spans_hold_the_same_instants_without_touching(held: list[Span]) -> None:
    merged = merge(held)
    assert all(a.end < b.start for a, b in pairwise(merged))
    for at in range(0, 6 * LENGTH * STEP, STEP):
        assert any(s.holds(at) for s in merged) == any(s.holds(at) for s in held)
