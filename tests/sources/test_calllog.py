"""A log is followed while it grows: what is in it counts once, what cannot be read is said."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from console.model.errors import SourceError, Trouble
from console.model.moment import HOUR, MINUTE, SECOND
from console.sources.gateways.call_counts import tally
from console.sources.gateways.calllog import Options, build
from console.sources.gateways.log_file import LONGEST_LINE
from console.sources.site import Site
from tests.sources.following import T0, Follower, Here, line


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
