"""A log is followed through everything that happens to logs, and every line counts once."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.errors import SourceError
from console.model.moment import HOUR, MINUTE, SECOND
from tests.sources.following import T0, Follower, line


@pytest.fixture
def log(tmp_path: Path) -> Follower:
    return Follower(tmp_path)


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


@pytest.mark.thorough
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


def test_a_link_that_leads_nowhere_hides_no_rotated_log(log: Follower) -> None:
    log.path.with_name("access.log.9").symlink_to(log.path.with_name("gone"))
    log.write(line(T0))
    log.poll(T0 + SECOND)
    log.write(line(T0 + 2 * SECOND))
    log.path.rename(log.path.with_name("access.log.1"))
    log.write(line(T0 + 4 * SECOND))
    assert log.poll(T0 + 5 * SECOND).partial == ""
    assert log.calls == 3
