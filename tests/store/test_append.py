"""Appending: all or nothing, each fact once, and one clock that never runs backwards."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from console.model.change import Change
from console.model.errors import SessionError
from console.model.facts import Call, Comment, Event, Facts, Fetched, Gauge, Latency, Measure, Release, TicketEvent
from console.model.moment import MINUTE, SECOND
from console.store import session as sessions
from console.store import transaction
from console.store.append import PollRow, append_many, append_table, cursor_of
from console.store.columns import columns_of
from console.store.session import FACT_TABLES
from tests.builders import T0, Bench, bench, covered, survey, ticket, traffic


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as found:
        yield found


def counts(made: Bench) -> dict[str, int]:
    return {table: made.rows(f"SELECT count(*) FROM {table}")[0][0] for table in FACT_TABLES}


def lasting_facts() -> Facts:
    """One of everything that has an identity of its own."""
    return Facts(
        covered=[covered("jira", T0, T0 + MINUTE)],
        gauge=[Gauge(T0, "edge", "cpu", "{}", 0.4)],
        measure=[Measure(T0, "feed", "ai_tokens", "{}", 12.0)],
        ticket_event=ticket("A-1", T0),
        comment=[Comment("jira", "id-A-1", "c1", "ann", "agent", True, "looking", T0)],
        survey=[survey(1, 5, T0)],
        release=[Release("feed", "3.0.4", "version", None, "", T0)],
        event=[Event("feed", "e1", "maintenance", "at night", T0)],
    )


def test_a_value_that_does_not_fit_poisons_nothing_that_comes_after(made: Bench) -> None:
    with pytest.raises(Exception, match=r"too large|out of range"):
        made.add(Facts(traffic=[traffic(T0, 1, status=70_000)]))
    made.add(Facts(traffic=[traffic(T0, 1)]))
    assert made.rows("SELECT calls FROM traffic") == [(1,)]


def test_a_bundle_that_fails_in_its_middle_leaves_no_half_and_no_cursor(made: Bench) -> None:
    made.answer("jira", lasting_facts(), cursor=b"one")
    before = counts(made)
    bad = Facts(ticket_event=ticket("A-2", T0), traffic=[traffic(T0, 3), traffic(T0, 1, status=70_000)])
    with pytest.raises(Exception, match=r"too large|out of range"):
        made.answer("jira", bad, cursor=b"two")
    assert counts(made) == before
    assert cursor_of(made.write, "jira") == b"one"


def test_what_a_failed_append_held_is_still_new_afterwards(made: Bench) -> None:
    level = Gauge(T0, "edge", "cpu", "{}", 0.4)
    with pytest.raises(Exception, match=r"too large|out of range"):
        made.add(
            Facts(gauge=[level], covered=[covered("edge", T0, T0 + MINUTE)], traffic=[traffic(T0, 1, status=70_000)])
        )
    made.add(Facts(gauge=[level, level], covered=[covered("edge", T0, T0 + MINUTE)]))
    made.add(Facts(gauge=[level, level._replace(name="memory")], covered=[covered("edge", T0, T0 + MINUTE)]))
    assert made.rows("SELECT name FROM gauge") == [("cpu",), ("memory",)]
    assert made.rows("SELECT count(*) FROM covered") == [(1,)]


def test_a_table_that_is_gone_is_our_bug_and_loud_and_the_rest_goes_on(made: Bench) -> None:
    made.write.execute("ALTER TABLE survey RENAME TO elsewhere")
    with pytest.raises(duckdb.CatalogException):
        made.answer("feed", Facts(survey=[survey(1, 5, T0)], event=[Event("feed", "e", "k", "t", T0)]), cursor=b"x")
    assert cursor_of(made.write, "feed") == b"" and made.rows("SELECT count(*) FROM event") == [(0,)]
    made.write.execute("ALTER TABLE elsewhere RENAME TO survey")
    made.answer("feed", Facts(survey=[survey(1, 5, T0)]), cursor=b"x")
    assert made.rows("SELECT count(*) FROM survey") == [(1,)]


@pytest.mark.thorough
def test_a_full_disk_is_answered_by_a_sentence_and_loses_nothing(tmp_path: Path) -> None:
    code = f"""
import resource, signal, sys
from pathlib import Path
from console.model.errors import SessionError
from console.model.facts import Facts, Comment
from tests.builders import bench, T0
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with bench(Path({str(tmp_path)!r})) as made:
    made.answer("jira", Facts(comment=[Comment("jira", "t", "first", "a", "", True, "kept", T0)]), cursor=b"one")
    made.write.execute("CHECKPOINT")
    size = made.session.bytes_on_disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 300_000, resource.RLIM_INFINITY))
    import os
    for turn in range(60):
        body = os.urandom(100_000).hex()
        try:
            comment = Comment("jira", "t", str(turn), "a", "", True, body, T0)
            made.answer("jira", Facts(comment=[comment]), cursor=str(turn).encode())
        except SessionError as error:
            print("SENTENCE", error.message)
            break
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os._exit(0)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert "SENTENCE" in ran.stdout and "free some space" in ran.stdout, ran.stderr[-2000:]
    again = sessions.open_own(tmp_path / "a.hypercare", sessions.SystemClock())
    held = again.cursor().execute("SELECT comment_id FROM comment ORDER BY known_at").fetchall()
    cursor = cursor_of(again.cursor(), "jira")
    again.close()
    assert held[0] == ("first",)
    assert cursor.decode() in ("one", held[-1][0]), "the cursor stands where the facts end"


def test_text_that_no_database_can_hold_is_made_storable_and_found_again(made: Bench) -> None:
    hostile = ticket("A\x00-1", T0, title="nul \x00 half \ud800 rtl \u202eevil </b> '; DROP TABLE poll; --")
    made.add(Facts(ticket_event=hostile))
    made.add(Facts(ticket_event=hostile))
    titles = made.rows("SELECT new FROM ticket_event WHERE field = 'title'")
    assert re.fullmatch("nul \ufffd half \ufffd+ rtl \u202eevil </b> '; DROP TABLE poll; --", titles[0][0])
    assert made.rows("SELECT count(*) FROM ticket_event WHERE field = 'key'") == [(1,)]


def test_the_same_answer_twice_adds_nothing_but_its_poll_row(made: Bench) -> None:
    made.answer("jira", lasting_facts())
    before = counts(made)
    made.clock.forward(60)
    change = made.answer("jira", lasting_facts())
    after = counts(made)
    assert {table: after[table] - before[table] for table in after if after[table] != before[table]} == {"poll": 1}
    assert change == Change.SOURCES


def test_the_same_ticket_twice_in_one_answer_is_one(made: Bench) -> None:
    made.add(Facts(ticket_event=[*ticket("A-1", T0), *ticket("A-1", T0)]))
    assert made.rows("SELECT count(*) FROM ticket_event WHERE field = 'key'") == [(1,)]


def test_two_sources_with_the_same_ids_do_not_meet(made: Bench) -> None:
    made.add(Facts(ticket_event=ticket("A-1", T0, source="one")))
    made.add(Facts(ticket_event=ticket("A-1", T0, source="two")))
    assert made.rows("SELECT count(*) FROM ticket_event WHERE field = 'key'") == [(2,)]


def test_increments_add_up(made: Bench) -> None:
    for _ in range(3):
        made.answer(
            "edge", Facts(traffic=[traffic(T0, 5)], latency=[Latency(T0, "edge", "r", "total", 0.0, float("inf"), 2)])
        )
    assert made.rows("SELECT sum(calls) FROM traffic") == [(15,)]
    assert made.rows("SELECT sum(count), max(upper_ms) FROM latency") == [(6, float("inf"))]


def test_single_calls_are_not_taken_for_each_other(made: Bench) -> None:
    call = Call(T0, "edge", "GET /a", "GET", "/a", 500, 12.0, None, "", "", "error")
    made.add(Facts(call=[call, call]))
    assert made.rows("SELECT count(*) FROM call") == [(2,)]


def test_knowledge_never_runs_backwards_when_the_clock_does(made: Bench) -> None:
    made.add(Facts(event=[Event("feed", "1", "k", "", T0)]))
    made.clock.forward(-3600)
    made.add(Facts(event=[Event("feed", "2", "k", "", T0)]))
    made.clock.forward(60)
    made.add(Facts(event=[Event("feed", "3", "k", "", T0)]))
    known = [k for (k,) in made.rows("SELECT epoch_us(known_at) FROM event ORDER BY event_id")]
    assert known == [T0, T0 + 1, T0 + 2]


def test_knowledge_does_not_run_backwards_over_a_restart_either(tmp_path: Path) -> None:
    with bench(tmp_path, now=T0 + 3600 * SECOND) as made:
        made.add(Facts(event=[Event("feed", "1", "k", "", T0)]))
        path = made.path
    again = sessions.open_own(path, sessions.SystemClock())
    assert again.stamp(T0) == T0 + 3600 * SECOND + 1
    again.close()


def test_answers_written_together_share_one_instant_of_knowing_and_keep_their_own_cursor(made: Bench) -> None:
    answers = [
        (PollRow("a", T0, T0 + 5, "good"), Fetched(Facts(event=[Event("a", "1", "k", "", T0)]), b"A")),
        (PollRow("b", T0, T0 + 9, "timeout", "It took too long."), None),
        (PollRow("c", T0, T0 + 7, "partial", "One page is missing."), Fetched(Facts(), b"C")),
    ]
    append_many(made.session, made.write, answers)
    stamps = "SELECT DISTINCT epoch_us(known_at) FROM (FROM poll SELECT known_at UNION ALL FROM event SELECT known_at)"
    assert made.rows(stamps) == [(T0 + 9,)]
    assert [cursor_of(made.write, s) for s in "abc"] == [b"A", b"", b"C"]
    assert made.rows("SELECT source, outcome, error, rows FROM poll ORDER BY source") == [
        ("a", "good", "", 1), ("b", "timeout", "It took too long.", 0), ("c", "partial", "One page is missing.", 0),
    ]  # fmt: skip


def test_a_failed_poll_leaves_the_cursor_where_it_stood(made: Bench) -> None:
    made.answer("a", Facts(), cursor=b"\x00\xff here")
    append_many(made.session, made.write, [(PollRow("a", T0, T0, "server", "It is broken."), None)])
    assert cursor_of(made.write, "a") == b"\x00\xff here"


def test_a_table_of_columns_is_appended_with_one_instant(made: Bench) -> None:
    data = columns_of("traffic", [traffic(T0 + i * MINUTE, i) for i in range(1, 4)])
    append_table(made.session, made.write, "traffic", data, T0)
    assert made.rows("SELECT sum(calls), count(DISTINCT known_at) FROM traffic") == [(6, 1)]


def test_a_database_error_about_writing_is_a_sentence_and_any_other_is_not() -> None:
    full = transaction._full_or_bug(duckdb.IOException("Could not write file: No space left on device"))
    assert isinstance(full, SessionError) and "free some space" in full.message
    bug = duckdb.BinderException("no such column")
    assert transaction._full_or_bug(bug) is bug


def test_an_old_ticket_changed_again_adds_only_its_change(made: Bench) -> None:
    made.add(Facts(ticket_event=ticket("A-1", T0)))
    change = TicketEvent("jira", "id-A-1", "c2", "status", "new", "resolved", "ann", T0 + 1)
    flags = made.add(Facts(ticket_event=[*ticket("A-1", T0), change]))
    assert flags == Change.TICKETS
    assert made.rows("SELECT new FROM ticket_event WHERE change_id = 'c2'") == [("resolved",)]
