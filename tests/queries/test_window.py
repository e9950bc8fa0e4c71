"""A window's facts equal a plain sum, whoever asks, whenever it was known, and however much was rolled up before."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.facts import Covered, Facts, Latency, LatencySum, Traffic
from console.model.moment import HOUR, LIVE, MINUTE, Known, Moment
from console.queries.unfolded import unfold
from console.store.rollup import merge_batches, roll_up, usable_batch
from tests.builders import T0, Bench, bench, every_minute, launch, scrape, traffic

RANK = {"log": 1, "edge": 2, "other": 2}
GATEWAY = {"log": "g", "edge": "g", "other": "h"}
SOURCES = [
    {"name": "log", "kind": "calllog", "path": "/x", "flavour": "kong", "gateway": "g"},
    scrape("edge", "g"),
    scrape("other", "h"),
]
ROUTES = ["GET /a", "GET /health", "POST /b"]
LATER = T0 + 24 * HOUR
"""When the story is learnt: long after it happened, so that a moment in between knows only a part."""


@dataclass
class Step:
    """What becomes known at one instant; ``rules`` None leaves the internal routes as they are."""

    traffic: list[Traffic] = field(default_factory=list)
    covered: list[Covered] = field(default_factory=list)
    rules: list[str] | None = None
    rolls: bool = False


minutes = st.integers(0, 4 * 60 - 1)
a_row = st.builds(
    lambda minute, source, route, status, calls, back: Traffic(
        T0 + minute * MINUTE, source, route, "", status, calls, None if back is None else T0 + (minute - back) * MINUTE
    ),
    minutes,
    st.sampled_from(["log", "edge", "other"]),
    st.sampled_from(ROUTES),
    st.sampled_from([200, 404, 500, 5]),
    st.integers(-3, 9).filter(bool),
    st.one_of(st.none(), st.none(), st.none(), st.integers(3, 90)),
)
a_span = st.builds(
    lambda source, start, length: Covered(source, T0 + start * 20_000_000, T0 + (start + length) * 20_000_000),
    st.sampled_from(["log", "edge", "other"]),
    st.integers(0, 4 * 180),
    st.integers(1, 400),
)
a_step = st.builds(
    Step,
    st.lists(a_row, max_size=10),
    st.lists(a_span, max_size=2),
    st.one_of(st.none(), st.none(), st.sampled_from([["/health*"], ["GET /a", "POST*"], []])),
    st.booleans(),
)
a_window = st.tuples(st.integers(-20, 260), st.integers(0, 260)).map(lambda p: (p[0], p[0] + p[1]))


def tell(made: Bench, steps: list[Step]) -> list[int]:
    """Append the story; returns the instants of knowing, one a step."""
    known = []
    rules: list[str] = []
    for step in steps:
        made.clock.forward(1500)
        if step.rules is not None:
            rules = step.rules
        made.settings(**launch(*SOURCES), routes={"internal": rules})
        rows = step.traffic
        made.add(
            Facts(
                covered=step.covered,
                traffic=rows,
                latency=[Latency(r.minute, r.source, r.route, "total", 0.0, 100.0, r.calls, r.span_from) for r in rows],
                latency_sum=[
                    LatencySum(r.minute, r.source, r.route, "total", r.calls, r.calls * 7, r.span_from) for r in rows
                ],
            )
        )
        known.append(made.session.last_known)
        if step.rolls:
            roll_up(made.session, made.write, rules)
            merge_batches(made.write)
    return known


def counts_there(row: Traffic, start: int, end: int) -> bool:
    if not start <= row.minute < end:
        return False
    return row.span_from is None or row.span_from >= start


def speaks(spans: list[Covered], source: str, minute: int) -> int:
    """How much of a minute a source covers, second by second of twenty."""
    return sum(
        any(c.source == source and c.from_ <= at < c.to for c in spans)
        for at in range(minute, minute + MINUTE, 20_000_000)
    )


def silenced(spans: list[Covered], source: str, minute: int) -> bool:
    mine = speaks(spans, source, minute)
    for rival in (s for s in RANK if s != source and GATEWAY[s] == GATEWAY[source]):
        theirs = speaks(spans, rival, minute)
        spoke = any(c.source == source for c in spans)
        if spoke and (theirs > mine or (theirs == mine > 0 and RANK[rival] < RANK[source])):
            return True
    return False


def internal(route: str, rules: list[str]) -> bool:
    known = {"/health*": ["GET /health"], "GET /a": ["GET /a"], "POST*": ["POST /b"]}
    return any(route in known[rule] for rule in rules)


@pytest.mark.thorough
@settings(max_examples=25)
@given(steps=st.lists(a_step, min_size=1, max_size=4), window=a_window, asked=st.integers(0, 4))
def test_every_window_at_every_knowledge_equals_a_plain_sum(
    steps: list[Step], window: tuple[int, int], asked: int
) -> None:
    start, end = T0 + window[0] * MINUTE, T0 + window[1] * MINUTE
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), LATER) as made:
        known = tell(made, steps)
        if asked < len(steps):
            moment, told = Moment(known[asked], Known.THEN), steps[: asked + 1]
        else:
            moment, told = LIVE, steps
        spans = [c for s in told for c in s.covered]
        rules = next((s.rules for s in reversed(told) if s.rules is not None), [])
        rows = [r for s in told for r in s.traffic]
        rows = [r for r in rows if counts_there(r, start, end) and not silenced(spans, r.source, r.minute)]
        reader = made.reader(moment)
        literal = reader.window(start, end)

        total: Counter[Any] = Counter()
        by_minute: Counter[Any] = Counter()
        for row in rows:
            total[(row.source, row.route, row.status, internal(row.route, rules))] += row.calls
            if row.span_from is None and not internal(row.route, rules):
                by_minute[row.minute] += row.calls

        def ask(sql: str) -> list[list[tuple[Any, ...]]]:
            return [reader.rows(sql.replace("$window", literal)), reader.rows(unfold(reader, sql, start, end))]

        for found in ask(
            "SELECT source, route, status, internal, sum(calls)::BIGINT FROM calls_in($window) GROUP BY ALL"
        ):
            assert {row[:4]: row[4] for row in found if row[4]} == {k: v for k, v in total.items() if v}
        for found in ask("SELECT epoch_us(minute), calls FROM calls_by_minute($window)"):
            assert {m: c for m, c in found if c} == {k: v for k, v in by_minute.items() if v}
        public = sum(v for k, v in total.items() if not k[3])
        for found in ask("SELECT coalesce(sum(count), 0)::BIGINT FROM latency_in($window) WHERE NOT internal"):
            assert found == [(public,)]
        for found in ask("SELECT coalesce(sum(count), 0)::BIGINT FROM latency_by_minute($window)"):
            assert found == [(by_minute.total(),)]
        sums = "coalesce(sum(calls), 0)::BIGINT, coalesce(sum(sum_us), 0)::BIGINT"
        for found in ask(f"SELECT {sums} FROM latency_sum_in($window) WHERE NOT internal"):
            assert found == [(public, public * 7)]


def test_a_batch_made_later_is_not_used_for_what_was_known_before(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.settings(**launch(scrape("edge")))
        made.add(Facts(traffic=[traffic(T0, 5)]))
        first = made.session.last_known
        made.clock.forward(60)
        made.add(Facts(traffic=[traffic(T0, 7)]))
        upto = roll_up(made.session, made.write, [])
        assert usable_batch(made.write, first, []) is None
        assert usable_batch(made.write, upto, []) == upto == usable_batch(made.write, None, [])


@pytest.mark.thorough
def test_batches_of_an_hour_that_has_passed_become_one_and_say_the_same(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(scrape("edge")))
        for turn in range(30):
            made.clock.forward(300)
            made.add(Facts(traffic=[traffic(T0 + turn % 3 * MINUTE, turn)]))
            roll_up(made.session, made.write, [])
        before = made.rows("SELECT minute, sum(calls)::BIGINT FROM roll_traffic_minute GROUP BY ALL ORDER BY 1")
        assert made.rows("SELECT count(*) FROM rollup_batch") == [(30,)]
        assert merge_batches(made.write) == 2
        assert made.rows("SELECT count(*) FROM rollup_batch") == [(2 + 6,)]
        assert made.rows("SELECT count(*) FROM roll_traffic_minute") == [(3 + 3 + 6,)]
        assert before == made.rows("SELECT minute, sum(calls)::BIGINT FROM roll_traffic_minute GROUP BY ALL ORDER BY 1")
        assert merge_batches(made.write) == 0


def test_new_rules_of_what_is_internal_make_the_roll_ups_anew(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(traffic=[traffic(T0, 5), traffic(T0, 2, route="GET /health")]))
        roll_up(made.session, made.write, [])
        roll_up(made.session, made.write, ["/health*"])
        assert made.rows("SELECT internal, sum(calls)::BIGINT FROM roll_traffic_minute GROUP BY ALL ORDER BY 1") == [
            (False, 5), (True, 2),
        ]  # fmt: skip
        assert made.rows("SELECT count(*) FROM rollup_batch") == [(1,)]


def test_a_gateway_seen_by_log_scrape_and_history_counts_each_minute_once(tmp_path: Path) -> None:
    history = {"name": "history", "kind": "prometheus", "url": "http://127.0.0.1:1", "flavour": "kong", "gateway": "g"}
    end = T0 + 30 * MINUTE
    with bench(tmp_path, end) as made:
        made.settings(**launch(*SOURCES, history))
        made.add(
            Facts(
                covered=[
                    Covered("history", T0, end),
                    Covered("edge", T0 + 10 * MINUTE, end),
                    Covered("log", T0 + 20 * MINUTE, end),
                ],
                traffic=[
                    *every_minute(T0, end, 1, "history"),
                    *every_minute(T0 + 10 * MINUTE, end, 10, "edge"),
                    *every_minute(T0 + 20 * MINUTE, end, 100, "log"),
                ],
            )
        )
        literal = made.reader().window(T0, end)
        assert made.rows(f"SELECT source, calls FROM calls_in({literal}) ORDER BY calls") == [
            ("history", 10), ("edge", 100), ("log", 1000),
        ]  # fmt: skip
        assert made.kpi("throughput").n == 1110


def test_a_source_that_was_taken_out_of_the_settings_keeps_its_past(tmp_path: Path) -> None:
    end = T0 + 10 * MINUTE
    with bench(tmp_path, end) as made:
        made.settings(**launch(scrape("edge")))
        made.add(Facts(covered=[Covered("edge", T0, end)], traffic=every_minute(T0, end, 6)))
        made.settings(**launch())
        assert made.kpi("throughput", T0, end).n == 60
