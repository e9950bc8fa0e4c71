"""A log is followed through everything that happens to logs, and every line counts once."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import json
import lzma
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.errors import SourceError, Trouble
from console.model.facts import Facts, Fetched
from console.model.moment import HOUR, MINUTE, SECOND
from console.sources.gateways.call_counts import BOUNDS, bucket, tally
from console.sources.gateways.calllog import CallLog, Options, build
from console.sources.gateways.log_file import LONGEST_LINE
from console.sources.site import Site

T0 = 1_767_225_600 * SECOND


class Here:
    async def run(self, size: int, function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)


def line(at: int, status: int = 200, ms: float = 40.0, route: str = "r1", uri: str = "/a", consumer: str = "") -> bytes:
    entry: dict[str, Any] = {
        "route_id": route,
        "start_time": at / 1000,
        "latency": ms,
        "upstream_latency": ms / 2,
        "request": {"method": "GET", "uri": uri},
        "response": {"status": status},
    }
    if consumer:
        entry["consumer"] = {"username": consumer}
    return json.dumps(entry).encode() + b"\n"


class Follower:
    """A log and its source, polled with the cursor handed on, as the poller does; each poll is a new source."""

    def __init__(self, folder: Path, backfill_from: int = 0, most: int = 8 << 20, flavour: str = "apisix") -> None:
        self.path = folder / "access.log"
        self.site = Site("edge", Here(), 5, T0, backfill_from)
        self.options = Options(path=str(self.path), flavour=flavour)
        self.most = most
        self.cursor = b""
        self.facts = Facts()
        self.last = Fetched(Facts())
        self.sentences: list[str] = []

    def write(self, *lines: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(b"".join(lines))

    def once(self, now: int) -> Fetched:
        async def poll() -> Fetched:
            return await CallLog(self.options, self.site, self.most).poll(self.cursor, now)

        self.last = asyncio.run(poll())
        self.cursor = self.last.cursor
        self.sentences.append(self.last.partial)
        for name in ("traffic", "latency", "latency_sum", "consumer_traffic", "call", "covered"):
            getattr(self.facts, name).extend(getattr(self.last.facts, name))
        return self.last

    def poll(self, now: int) -> Fetched:
        while self.once(now).more:
            pass
        return self.last

    @property
    def calls(self) -> int:
        return sum(row.calls for row in self.facts.traffic)


@pytest.fixture
def log(tmp_path: Path) -> Follower:
    return Follower(tmp_path)


def test_a_missing_log_is_said_in_one_sentence(log: Follower) -> None:
    with pytest.raises(SourceError) as caught:
        log.poll(T0)
    assert caught.value.trouble is Trouble.NOT_FOUND
    assert "access.log does not exist" in caught.value.message


def test_a_folder_is_no_log(log: Follower) -> None:
    log.path.mkdir()
    with pytest.raises(SourceError, match="no plain file"):
        log.poll(T0)


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may read everything")
def test_a_log_without_the_right_to_read_says_so(log: Follower) -> None:
    log.write(line(T0))
    log.path.chmod(0)
    with pytest.raises(SourceError, match="may not be read"):
        log.poll(T0)


def test_an_unknown_flavour_offers_the_nearest(log: Follower) -> None:
    with pytest.raises(SourceError, match='Did you mean "apisix"'):
        build(Options(path="x", flavour="apisixx"), log.site)


def test_a_cursor_of_another_kind_is_refused_for_counting_anew_would_count_twice(log: Follower) -> None:
    log.write(line(T0))
    log.cursor = b"\x93\x01\x02\x03"
    with pytest.raises(SourceError, match="new name"):
        log.poll(T0)


def test_junk_is_counted_and_said_and_the_calls_around_it_count(log: Follower) -> None:
    log.write(line(T0), b"\x00\xff junk\n", b"\n", line(T0 + SECOND))
    fetched = log.poll(T0 + MINUTE)
    assert log.calls == 2
    assert "1 of 4 lines were not counted" in fetched.partial


def test_a_log_of_another_flavour_speaks_for_no_time(log: Follower) -> None:
    log.write(b'{"some": "thing"}\n' * 5)
    fetched = log.poll(T0 + MINUTE)
    assert fetched.facts.covered == []
    assert "really a log of apisix" in fetched.partial


def test_a_line_beyond_all_bounds_is_skipped_and_the_next_one_counts(log: Follower) -> None:
    log.most = 10_000
    log.write(line(T0), b"x" * (3 * LONGEST_LINE) + b"\n", line(T0 + SECOND))
    log.poll(T0 + MINUTE)
    assert log.calls == 2
    assert any("longer than 1 MB" in sentence for sentence in log.sentences)


def test_half_a_line_waits_for_its_other_half(log: Follower) -> None:
    whole = line(T0 + SECOND)
    log.write(line(T0), whole[:20])
    assert log.poll(T0 + MINUTE).partial == ""
    assert log.calls == 1
    log.write(whole[20:])
    log.poll(T0 + 2 * MINUTE)
    assert log.calls == 2


def test_a_renamed_log_is_finished_before_its_successor_is_begun(log: Follower) -> None:
    log.write(line(T0))
    log.poll(T0 + SECOND)
    log.write(line(T0 + 2 * SECOND))
    log.path.rename(log.path.with_name("access.log.1"))
    log.write(line(T0 + 4 * SECOND))
    fetched = log.poll(T0 + 5 * SECOND)
    assert log.calls == 3
    assert fetched.partial == ""


def test_a_writer_slow_to_move_over_still_counts(log: Follower) -> None:
    log.write(line(T0))
    log.poll(T0 + SECOND)
    rotated = log.path.with_name("access.log.1")
    log.path.rename(rotated)
    log.write(line(T0 + 2 * SECOND))
    log.poll(T0 + 3 * SECOND)
    with rotated.open("ab") as late:
        late.write(line(T0 + 2 * SECOND))
    log.poll(T0 + 8 * SECOND)
    assert log.calls == 3
    rotated.unlink()
    log.poll(T0 + 20 * MINUTE)
    assert log.last.partial == ""


def test_between_rename_and_the_new_file_the_rest_is_still_read(log: Follower) -> None:
    log.write(line(T0))
    log.poll(T0 + SECOND)
    log.write(line(T0 + 2 * SECOND))
    log.path.rename(log.path.with_name("access.log.1"))
    log.poll(T0 + 3 * SECOND)
    assert log.calls == 2
    with pytest.raises(SourceError, match="does not exist"):
        log.poll(T0 + 4 * SECOND)
    log.write(line(T0 + 5 * SECOND))
    log.poll(T0 + 6 * SECOND)
    assert log.calls == 3


def test_two_rotations_while_nobody_read_lose_nothing(log: Follower) -> None:
    log.write(line(T0))
    log.poll(T0 + SECOND)
    log.write(line(T0 + MINUTE))
    first, second = log.path.with_name("access.log.2"), log.path.with_name("access.log.1")
    log.path.rename(first)
    log.write(line(T0 + HOUR), line(T0 + HOUR))
    log.path.rename(second)
    log.write(line(T0 + 2 * HOUR))
    log.path.with_name("access.log-admin").write_bytes(line(T0 + HOUR))
    for place, file in enumerate((first, second, log.path)):
        os.utime(file, (1_767_225_600 + place, 1_767_225_600 + place))
    log.poll(T0 + 3 * HOUR)
    assert log.calls == 5


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b", gzip.compress(line(T0) * 9)[:40], b"no gzip at all"], ids=["head", "cut", "other"]
)
def test_a_packed_log_that_cannot_be_unpacked_is_said_and_the_others_go_on(content: bytes, log: Follower) -> None:
    log.write(line(T0))
    log.poll(T0 + SECOND)
    log.path.rename(log.path.with_name("access.log.2"))
    log.path.with_name("access.log.1.gz").write_bytes(content)
    os.utime(log.path.with_name("access.log.2"), (1, 1))
    log.write(line(T0 + HOUR))
    fetched = log.poll(T0 + HOUR + SECOND)
    assert "may be missing" in fetched.partial
    assert fetched.facts.covered[0].from_ == T0 + HOUR


@pytest.mark.parametrize(
    "pack", [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)], ids=["gz", "bz2", "xz"]
)
def test_a_log_packed_before_it_was_read_to_its_end_loses_nothing(
    pack: tuple[str, Callable[[bytes], bytes]], log: Follower
) -> None:
    """Caddy renames and packs its log in one go."""
    suffix, packed = pack
    log.write(line(T0))
    log.poll(T0 + SECOND)
    log.write(line(T0 + 2 * SECOND), line(T0 + 3 * SECOND))
    log.path.with_name(f"access-2026-01-01T00-00-03.000.log{suffix}").write_bytes(packed(log.path.read_bytes()))
    log.path.unlink()
    log.write(line(T0 + 4 * SECOND))
    fetched = log.poll(T0 + 5 * SECOND)
    assert (log.calls, fetched.partial) == (4, "")
    log.poll(T0 + 10 * SECOND)
    assert log.calls == 4


def test_packed_logs_that_came_and_went_while_nobody_read_are_read_in_pieces(tmp_path: Path) -> None:
    log = Follower(tmp_path, most=400)
    log.write(line(T0))
    log.poll(T0 + SECOND)
    log.path.rename(log.path.with_name("access.log.2"))
    os.utime(log.path.with_name("access.log.2"), (1, 1))
    log.path.with_name("access.log.1.gz").write_bytes(gzip.compress(b"".join(line(T0 + n) for n in range(20))))
    log.write(line(T0 + HOUR))
    assert log.poll(T0 + HOUR + SECOND).partial == ""
    assert log.calls == 22


def test_an_emptied_log_whose_writer_goes_on_where_it_was_begins_with_a_hole(tmp_path: Path) -> None:
    """HAProxy's standard output after copytruncate; twice, and with a hole larger than a reading."""
    log = Follower(tmp_path, most=100)
    log.write(line(T0), line(T0 + SECOND))
    log.poll(T0 + 2 * SECOND)
    for turn in range(1, 3):
        log.write(line(T0 + turn * MINUTE))
        log.path.with_name(f"access.log.{turn}").write_bytes(log.path.read_bytes())
        at = log.path.stat().st_size
        os.truncate(log.path, 0)
        os.truncate(log.path, at)
        log.write(line(T0 + turn * MINUTE + SECOND))
        assert log.poll(T0 + turn * MINUTE + 2 * SECOND).partial == ""
        assert log.calls == 2 + 2 * turn


def test_copy_and_truncate_reads_the_rest_from_the_copy(log: Follower) -> None:
    log.write(line(T0))
    log.poll(T0 + SECOND)
    log.write(line(T0 + 2 * SECOND))
    log.path.with_name("access.log.1").write_bytes(log.path.read_bytes())
    log.path.write_bytes(b"")
    log.write(line(T0 + 4 * SECOND))
    fetched = log.poll(T0 + 5 * SECOND)
    assert log.calls == 3
    assert fetched.partial == ""


@pytest.mark.parametrize("hole", [False, True], ids=["appending", "standard-output"])
def test_copies_of_a_log_that_was_empty_when_we_looked_are_all_read(hole: bool, log: Follower) -> None:
    """Begun with nothing in it, then filled, copied and emptied twice before the second look."""
    log.path.with_name("access.log.9").write_bytes(line(T0 - MINUTE))
    log.write()
    log.poll(T0)
    for turn in range(1, 3):
        log.write(*(line(T0 + turn * MINUTE + n) for n in range(10)))
        log.path.with_name(f"access.log.{turn}").write_bytes(log.path.read_bytes())
        at = log.path.stat().st_size
        os.truncate(log.path, 0)
        if hole:
            os.truncate(log.path, at)
    log.write(line(T0 + 3 * MINUTE))
    assert log.poll(T0 + 4 * MINUTE).partial == ""
    assert log.calls == 21
    log.poll(T0 + 5 * MINUTE)
    assert log.calls == 21


def test_somebodys_own_copy_of_a_log_that_was_empty_counts_nothing_twice(log: Follower) -> None:
    log.write()
    log.poll(T0)
    log.write(line(T0 + SECOND), line(T0 + 2 * SECOND))
    log.path.with_name("access.log.1").write_bytes(log.path.read_bytes())
    log.poll(T0 + MINUTE)
    assert log.calls == 2


def test_an_emptied_log_leaves_a_gap_and_says_so(log: Follower) -> None:
    log.write(line(T0), line(T0 + SECOND))
    log.poll(T0 + 2 * SECOND)
    log.path.write_bytes(line(T0 + HOUR, route="other"))
    fetched = log.poll(T0 + HOUR + SECOND)
    assert log.calls == 3
    assert "may be missing" in fetched.partial
    assert [(c.from_, c.to) for c in log.facts.covered] == [(T0, T0 + 2 * SECOND), (T0 + HOUR, T0 + HOUR + SECOND)]


def test_a_log_replaced_by_a_longer_one_under_the_same_inode_starts_again(log: Follower) -> None:
    log.write(line(T0, route="before"))
    log.poll(T0 + SECOND)
    with log.path.open("r+b") as file:
        file.truncate(0)
        file.write(line(T0 + MINUTE, route="after") * 3)
    log.poll(T0 + 2 * MINUTE)
    assert {(row.route, row.calls) for row in log.facts.traffic} == {("before", 1), ("after", 3)}


def test_reading_to_the_end_speaks_up_to_now_and_seams_have_no_gap(log: Follower) -> None:
    log.write(line(T0))
    log.poll(T0 + 10 * SECOND)
    log.poll(T0 + 20 * SECOND)
    assert [(c.from_, c.to) for c in log.facts.covered] == [
        (T0, T0 + 10 * SECOND),
        (T0 + 10 * SECOND, T0 + 20 * SECOND),
    ]


def test_an_empty_log_speaks_from_the_first_look_on(log: Follower) -> None:
    log.write()
    assert log.poll(T0).facts.covered == []
    log.poll(T0 + MINUTE)
    assert [(c.from_, c.to) for c in log.facts.covered] == [(T0, T0 + MINUTE)]


def test_a_long_log_comes_in_pieces_and_covers_only_what_was_read(log: Follower) -> None:
    log.most = 4_000
    log.write(*(line(T0 + n * SECOND) for n in range(100)))
    first = log.once(T0 + HOUR)
    assert first.more
    assert first.progress is not None
    assert first.facts.covered[0].to < T0 + 100 * SECOND
    log.poll(T0 + HOUR)
    assert log.calls == 100
    assert log.facts.covered[-1].to == T0 + HOUR


def test_calls_before_the_sessions_memory_are_left_out(log: Follower) -> None:
    log.site = Site("edge", Here(), 5, T0, T0)
    log.write(line(T0 - HOUR), line(T0 + SECOND))
    log.poll(T0 + MINUTE)
    assert log.calls == 1
    assert log.facts.covered[0].from_ == T0


def test_a_call_without_status_counts_as_a_client_gone_and_is_kept_as_an_error(tmp_path: Path) -> None:
    log = Follower(tmp_path, flavour="haproxy")
    log.write(b'{"ts": "1767225600.5", "b": "api", "HM": "GET", "HP": "/a", "ST": -1, "Ta": 5, "Tr": -1}\n')
    log.poll(T0 + MINUTE)
    assert [row.status for row in log.facts.traffic] == [499]
    assert [(row.status, row.why) for row in log.facts.call] == [(0, "error")]


def test_errors_and_slow_calls_are_kept_whole_and_the_sample_is_always_the_same(log: Follower) -> None:
    lines = [line(T0 + n * 1000, uri=f"/a/{n}?key=secret") for n in range(2000)]
    log.write(line(T0, 503), line(T0, 404), line(T0, ms=2500.0), *lines)
    log.poll(T0 + MINUTE)
    kept = [row.why for row in log.facts.call]
    assert kept.count("error") == 1
    assert kept.count("slow") == 1
    assert 5 <= kept.count("sample") <= 45
    assert "secret" not in repr(log.facts)
    again = tally([raw.strip() for raw in lines], "apisix", "edge", 0, 2000.0)
    samples = [row for row in log.facts.call if row.why == "sample" and row.path != "/a"]
    assert again.facts.call == samples


def test_consumers_are_counted_by_ten_minutes_and_nobody_is_no_consumer(log: Follower) -> None:
    log.write(line(T0 + MINUTE, consumer="alice"), line(T0 + 9 * MINUTE, consumer="alice"), line(T0 + MINUTE))
    log.poll(T0 + HOUR)
    assert sum(r.calls for r in log.facts.consumer_traffic) == 2
    assert {(r.minute, r.consumer) for r in log.facts.consumer_traffic} == {(T0, "alice")}


def test_look_names_flavour_and_span_and_tells_a_wrong_one(log: Follower) -> None:
    log.write(line(T0), line(T0 + MINUTE, 502))
    seen = asyncio.run(build(log.options, log.site).look(T0 + 2 * MINUTE))
    assert "2026-01-01T00:00:00Z to 2026-01-01T00:01:00Z" in seen.lines[0]
    wrong = asyncio.run(build(Options(path=str(log.path), flavour="kong"), log.site).look(T0))
    assert "no line of kong" in wrong.headline


@settings(max_examples=40)
@given(
    cuts=st.lists(st.integers(0, 6000), max_size=8),
    rotations=st.sets(st.integers(0, 7), max_size=3),
    most=st.sampled_from([1, 500, 8 << 20]),
)
def test_every_line_counts_once_however_the_log_is_cut_and_rotated(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], rotations: set[int], most: int
) -> None:
    log = Follower(tmp_path_factory.mktemp("log"), most=most)
    data = b"".join(line(T0 + n * SECOND, route=f"r{n % 3}") for n in range(30))
    log.write()
    log.poll(T0)
    start = 0
    for number, cut in enumerate([*sorted(cuts), len(data)]):
        end = min(cut, len(data))
        if number in rotations:
            end = data.find(b"\n", max(start, end) - 1) + 1 or len(data)
        log.write(data[start:end])
        if number in rotations:
            log.path.rename(log.path.with_name(f"access.log.{number}"))
            log.write()
        log.poll(T0 + (number + 1) * 5 * SECOND)
        start = max(start, end)
    assert log.calls == 30
    assert sum(row.count for row in log.facts.latency if row.kind == "total") == 30
    assert sum(row.sum_us for row in log.facts.latency_sum if row.kind == "total") == 30 * 40_000


@given(st.floats(0.01, 9_000_000))
def test_any_point_of_a_bucket_is_within_two_percent_of_every_call_in_it(ms: float) -> None:
    lower, upper = bucket(ms)
    assert lower < ms <= upper or ms == BOUNDS[0]
    if lower:
        assert upper / lower <= 1.02 + 1e-12


@given(st.lists(st.floats(0.02, 100_000), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_percentile_from_the_buckets_is_within_two_percent(durations: list[float], q: float) -> None:
    counts: dict[tuple[float, float], int] = {}
    for ms in durations:
        counts[bucket(ms)] = counts.get(bucket(ms), 0) + 1
    rank, below = q * len(durations), 0
    exact = sorted(durations)[max(0, -int(-rank // 1) - 1)]
    for (lower, upper), count in sorted(counts.items()):
        if below + count >= rank:
            estimate = lower + (upper - lower) * (rank - below) / count
            break
        below += count
    assert estimate == pytest.approx(exact, rel=0.0201)


def test_latencies_of_zero_and_of_days_have_a_bucket() -> None:
    assert bucket(0.0) == (0.0, 0.01)
    assert bucket(1e9)[1] == float("inf")
