"""A CSV file as a source: whatever wrote it, whatever became of it meanwhile, every row counts once and says what changed."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.model.errors import SourceError, Trouble
from console.model.facts import Facts, Fetched
from console.model.moment import DAY, HOUR, MINUTE, SECOND, parse_instant
from console.settings import SourceSettings
from console.sources import whole
from console.sources.formats import csv_text
from console.sources.registry import build, options_of
from console.sources.site import Site
from console.sources.tickets import csv_file
from tests.sources.contract import NOW, Heard, Inline

HEADER = "Ticket ID,Subject,Description,Priority,Status,Created,Updated,Assignee\n"


class Bench:
    """A file, its source and what it told; each poll by a source of its own, as after a restart."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "export.csv"
        self.heard = Heard()
        self.site = Site(
            "export", Inline(), 300.0, NOW - 7 * DAY, NOW - 21 * DAY, folder=folder / "export.sources",
            told_of=self.heard.told_of,
        )  # fmt: skip
        self.cursor = b""
        self.part = csv_file.PART
        self.now = NOW

    def write(self, text: str, encoding: str = "utf-8", at: int = NOW - HOUR) -> None:
        self.path.write_bytes(text.encode(encoding))
        self.written(at)

    def written(self, at: int) -> None:
        os.utime(self.path, ns=(at * 1_000, at * 1_000))

    def poll(self, **options: Any) -> Fetched:
        settings = SourceSettings("export", "csv", options={"path": str(self.path), **options})

        async def once() -> Fetched:
            source = csv_file.CsvSource(options_of(settings), self.site, self.part)
            try:
                return await source.poll(self.cursor, self.now)
            finally:
                await source.close()

        answer = asyncio.run(once())
        self.cursor = answer.cursor
        return answer

    def read(self, **options: Any) -> tuple[Facts, Fetched]:
        """One whole reading."""
        facts = Facts()
        for _ in range(10_000):
            answer = self.poll(**options)
            for name in Facts.__dataclass_fields__:
                getattr(facts, name).extend(getattr(answer.facts, name))
            if not answer.more:
                return facts, answer
        raise AssertionError("the reading never ended")

    def stored(self, **options: Any) -> list[tuple[str, str, str | None, str | None]]:
        """One whole reading, as far as it was new to the session: ticket, field, old, new."""
        return [(one.ticket, one.field, one.old, one.new) for one in self.heard.take(self.read(**options)[0])]

    def look(self, **options: Any) -> list[str]:
        async def once() -> list[str]:
            source = build(
                SourceSettings("export", "csv", options={"path": str(self.path), **options}),
                replace(self.site, folder=None),
            )
            seen = await source.look(NOW)
            return [seen.headline, *seen.lines]

        return asyncio.run(once())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def told(facts: Facts, field: str, ticket: str = "T-1") -> list[tuple[str | None, str | None]]:
    return [(row.old, row.new) for row in facts.ticket_event if (row.field, row.ticket) == (field, ticket)]


def row(key: str, status: str = "New", title: str = "White page", updated: str = "2026-11-21 06:00") -> str:
    return f"{key},{title},It stays white.,High,{status},2026-11-20 09:00,{updated},Ada\n"


def test_the_headers_propose_the_columns(bench: Bench) -> None:
    bench.write(HEADER + row("T-1"))
    facts, answer = bench.read()
    assert told(facts, "title") == [(None, "White page")]
    assert told(facts, "severity") == [(None, "P2")]
    assert told(facts, "created_at") == [(None, "2026-11-20T09:00:00Z")]
    assert answer.partial == ""
    assert [(span.from_, span.to) for span in facts.covered] == [(NOW - 21 * DAY, NOW - HOUR)]


def test_a_file_speaks_only_until_it_was_written(bench: Bench) -> None:
    bench.write(HEADER + row("T-1"), at=NOW - 5 * HOUR)
    assert bench.read()[0].covered[0].to == NOW - 5 * HOUR
    assert bench.poll().facts.covered == [], "asked again, it says nothing new"


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("utf-8", "history"), ("utf-8-sig", "its mark"), ("utf-16", "UTF-16"), ("cp1252", "line 3 is no UTF-8")],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found_out_and_said(bench: Bench, encoding: str, words: str, delimiter: str) -> None:
    text = HEADER + row("T-1") + row("T-2", title="Größe fällt weg")
    bench.write(text.replace(",", delimiter), encoding)
    facts, answer = bench.read()
    assert told(facts, "title", "T-2") == [(None, "Größe fällt weg")]
    assert words in answer.note


def test_utf_16_without_a_mark_is_known_by_its_zeros(bench: Bench) -> None:
    bench.write(HEADER + row("T-1", title="日本語"), "utf-16-le")
    assert told(bench.read()[0], "title") == [(None, "日本語")]


@pytest.mark.thorough
def test_the_first_foreign_byte_may_stand_far_behind_the_sample(bench: Bench) -> None:
    body = "".join(row(f"T-{n}") for n in range(6_000))
    bench.path.write_bytes((HEADER + body).encode() + row("T-last", title="Café").encode("cp1252"))
    facts, answer = bench.read()
    assert told(facts, "title", "T-last") == [(None, "Café")]
    assert "line 6002" in answer.note


def test_quoted_line_breaks_stay_inside_their_row_however_small_the_parts(bench: Bench) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["ID", "Title", "Description"])
    for n in range(40):
        writer.writerow([f"T-{n}", f'a "quoted" title {n}', "first line\nsecond; line\r\n" * (n % 5)])
    bench.write(out.getvalue())
    bench.part = 97
    facts, answer = bench.read()
    assert {one.ticket for one in facts.ticket_event} == {f"T-{n}" for n in range(40)}
    assert told(facts, "title", "T-7") == [(None, 'a "quoted" title 7')]
    assert answer.partial == ""
    assert len(facts.covered) == 1


def test_ragged_rows_are_read_counted_and_said(bench: Bench) -> None:
    bench.write(HEADER + row("T-1") + "T-2,Short\n" + row("T-3").strip() + ",one,too,many\n\n")
    facts, answer = bench.read()
    assert told(facts, "title", "T-2") == [(None, "Short")]
    assert told(facts, "assignee", "T-3") == [(None, "Ada")]
    assert answer.partial.startswith("2 rows had more or fewer cells")


def test_a_quote_that_never_closes_costs_one_line(bench: Bench) -> None:
    bench.write(HEADER + row("T-1") + 'T-2,"broken\n' + "".join(row(f"T-{n}") for n in range(3, 60)))
    facts, answer = bench.read()
    assert {one.ticket for one in facts.ticket_event} == {"T-1", *(f"T-{n}" for n in range(3, 60))}
    assert "1 lines with a quote" in answer.partial


def test_a_quote_left_open_in_the_last_column_costs_one_line(bench: Bench) -> None:
    lines = [f"T-{n},Fine\n" for n in range(1, 200)]
    lines[1] = 'T-2,"never closed\n'
    bench.write("Key,Title\n" + "".join(lines))
    facts, answer = bench.read()
    assert {one.ticket for one in facts.ticket_event} == {f"T-{n}" for n in range(1, 200)} - {"T-2"}
    assert "1 lines with a quote" in answer.partial


@pytest.mark.parametrize("cut", ["T-123", 'T-123,"two\nlines'], ids=["inside a key", "inside a quote"])
def test_a_file_caught_half_written_gives_its_last_row_when_that_is_whole(bench: Bench, cut: str) -> None:
    whole_row = 'T-1234,"two\nlines, one title"\n'
    bench.write("Key,Title\nT-1,Fine\n" + cut, at=NOW - 2 * SECOND)
    answer = bench.poll()
    assert {one.ticket for one in answer.facts.ticket_event} == {"T-1"}
    assert not answer.more, "it is asked again at its time, not at once"
    bench.now += MINUTE
    bench.write("Key,Title\nT-1,Fine\n" + whole_row, at=NOW)
    facts, _ = bench.read()
    assert {one.ticket for one in facts.ticket_event} == {"T-1234"}
    assert len(facts.covered) == 1


@pytest.mark.parametrize("touched", [True, False], ids=["touched for ever", "left alone"])
def test_a_last_row_without_a_line_end_is_not_waited_for_for_ever(bench: Bench, touched: bool) -> None:
    bench.write("Key,Title\nT-1,Fine\nT-2,Fine", at=NOW)
    tickets = set[str]()
    for _ in range(4):
        tickets |= {one.ticket for one in bench.poll().facts.ticket_event}
        bench.now += 2 * MINUTE
        if touched:
            bench.written(bench.now)
    assert tickets == {"T-1", "T-2"}


def test_a_file_that_goes_while_it_is_read_is_a_sentence(bench: Bench) -> None:
    bench.part = 200
    bench.write(HEADER + "".join(row(f"T-{n}") for n in range(20)))
    form = csv_text.examine(bench.path)
    bench.path.unlink()
    for read in (
        lambda: csv_text.read_part(bench.path, form, form.start, 100),
        lambda: csv_text.mark_of(bench.path, 0, 9),
    ):
        with pytest.raises(SourceError, match="does not exist"):
            read()


def test_the_same_file_again_tells_nothing(bench: Bench) -> None:
    bench.write(HEADER + row("T-1"))
    bench.read()
    bench.write(HEADER + row("T-1"), at=NOW)
    facts, _ = bench.read()
    assert len(facts) == 0
    assert [(span.from_, span.to) for span in facts.covered] == [(NOW - HOUR, NOW)]


def test_a_newer_export_tells_what_differs_and_when(bench: Bench) -> None:
    bench.write(HEADER + row("T-1") + row("T-2"))
    bench.read()
    bench.write(HEADER + row("T-1", "Resolved", updated="2026-11-21 07:30") + row("T-2"), at=NOW)
    facts, _ = bench.read()
    assert [(one.ticket, one.field, one.old, one.new) for one in facts.ticket_event] == [
        ("T-1", "status", "new", "resolved")
    ]
    assert facts.ticket_event[0].happened_at == parse_instant("2026-11-21T07:30:00Z")
    bench.write(HEADER + row("T-1", "Open", updated="2026-11-21 07:50") + row("T-2"), at=NOW + MINUTE)
    bench.now = NOW + 2 * MINUTE
    assert told(bench.read()[0], "status") == [("resolved", "reopened")]
    bench.write(HEADER + row("T-1", "Open", "Whiter", updated="2026-11-21 07:50"), at=NOW + 3 * MINUTE)
    facts, _ = bench.read()
    assert [(one.field, one.new) for one in facts.ticket_event] == [("title", "Whiter")], "reopened stays reopened"


def test_a_crash_between_reading_and_storing_loses_no_difference(bench: Bench) -> None:
    bench.write(HEADER + row("T-1"))
    bench.read()
    stored = bench.cursor
    bench.write(HEADER + row("T-1", "Resolved"), at=NOW)
    lost, _ = bench.read()
    bench.cursor = stored
    again, _ = bench.read()
    assert again.ticket_event == lost.ticket_event
    assert told(again, "status") == [("new", "resolved")]


def test_without_its_memory_beside_the_session_the_session_is_asked_what_was_told(bench: Bench) -> None:
    bench.write(HEADER + row("T-1", "Resolved") + row("T-2"))
    bench.stored()
    bench.write(HEADER + row("T-1", "Open") + row("T-2"), at=NOW)
    bench.stored()
    shutil.rmtree(bench.path.parent / "export.sources")
    bench.write(HEADER + row("T-1", "Open", "Whiter") + row("T-2", "Resolved"), at=NOW + MINUTE)
    assert bench.stored() == [
        ("T-1", "title", "White page", "Whiter"),
        ("T-2", "status", "new", "resolved"),
    ], "reopened stays reopened"
    bench.write(HEADER + row("T-1", "Open", "Whiter") + row("T-2", "Resolved") + row("T-3"), at=NOW + 2 * MINUTE)
    assert {one[0] for one in bench.stored()} == {"T-3"}


def test_a_session_older_than_the_memory_beside_it_misses_no_change(bench: Bench) -> None:
    bench.write(HEADER + row("T-1"))
    bench.stored()
    copied, events = bench.cursor, dict(bench.heard.events)
    for minute, title in enumerate(("Whiter", "Blank", "Empty")):
        bench.write(HEADER + row("T-1", title=title), at=NOW + minute * MINUTE)
        bench.stored()
    bench.cursor, bench.heard.events = copied, events
    assert bench.stored() == [("T-1", "title", "White page", "Empty")]


def test_a_memory_that_cannot_be_written_is_a_sentence_and_the_rows_are_told_later(bench: Bench) -> None:
    bench.write(HEADER + row("T-1"))
    bench.read()
    bench.write(HEADER + row("T-1", title="Whiter"), at=NOW)
    with closing(sqlite3.connect(bench.path.parent / "export.sources" / "rows.db")) as beside:
        beside.execute("CREATE TRIGGER full BEFORE INSERT ON row BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
        with pytest.raises(SourceError, match="the disk is full") as caught:
            bench.poll()
        assert caught.value.trouble is Trouble.UNREACHABLE
        beside.execute("DROP TRIGGER full")
    assert told(bench.read()[0], "title") == [("White page", "Whiter")]


def test_cancelled_work_in_a_thread_ends_when_the_thread_does() -> None:
    entered, go, done = threading.Event(), threading.Event(), list[str]()

    def work() -> None:
        entered.set()
        go.wait(5)
        done.append("noted")

    async def run() -> None:
        task = asyncio.ensure_future(whole.in_thread(work))
        await asyncio.to_thread(entered.wait, 5)
        for _ in range(3):
            task.cancel()
            await asyncio.wait([task], timeout=0)
        assert not task.done()
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert done == ["noted"]

    asyncio.run(run())


def test_a_file_replaced_in_the_middle_is_read_from_its_beginning(bench: Bench) -> None:
    bench.part = 400
    bench.write(HEADER + "".join(row(f"T-{n}") for n in range(50)))
    assert bench.poll().more
    bench.write(HEADER + "".join(row(f"N-{n}", title="Another") for n in range(50)), at=NOW)
    facts, answer = bench.read()
    assert {one.ticket for one in facts.ticket_event} == {f"N-{n}" for n in range(50)}
    assert "50 rows" in answer.note


def test_a_file_that_grows_meanwhile_is_read_on(bench: Bench) -> None:
    bench.part = 400
    bench.write(HEADER + "".join(row(f"T-{n}") for n in range(20)))
    bench.poll()
    with bench.path.open("ab") as file:
        file.write(row("T-99").encode())
    facts, _ = bench.read()
    assert "T-99" in {one.ticket for one in facts.ticket_event}
    again, _ = bench.read()
    assert len(again) == 0


def test_rows_that_are_gone_say_nothing(bench: Bench) -> None:
    bench.write(HEADER + row("T-1") + row("T-2"))
    bench.read()
    bench.write(HEADER + row("T-2"), at=NOW)
    assert len(bench.read()[0]) == 0


def test_a_key_that_comes_twice_counts_once_and_does_not_flap(bench: Bench) -> None:
    bench.part = 200
    bench.write(HEADER + row("T-1", "New") + row("T-2") * 5 + row("T-1", "Closed"))
    facts, answer = bench.read()
    assert told(facts, "status") == [(None, "new")]
    assert "5 rows repeat a key" in answer.note
    bench.written(NOW)
    assert len(bench.read()[0]) == 0


def test_a_ticket_first_seen_resolved_is_new_at_birth_and_resolved_when_the_row_says(bench: Bench) -> None:
    bench.write("Key,Title,State,Created,Resolved\nT-1,White,Done,2026-11-20 09:00,2026-11-20 17:00\n")
    facts, _ = bench.read()
    assert [(one.old, one.new, one.happened_at) for one in facts.ticket_event if one.field == "status"] == [
        (None, "new", parse_instant("2026-11-20T09:00:00Z")),
        ("new", "resolved", parse_instant("2026-11-20T17:00:00Z")),
    ]


def test_times_are_of_the_sessions_zone(bench: Bench) -> None:
    bench.site = replace(bench.site, time_zone="Europe/Berlin")
    bench.write("Key,Title,Created\nT-1,White,20.11.2026 09:00\nT-2,White,20.07.2026 09:00\n")
    facts, _ = bench.read()
    assert told(facts, "created_at") == [(None, "2026-11-20T08:00:00Z")]
    assert told(facts, "created_at", "T-2") == [(None, "2026-07-20T07:00:00Z")]


def test_a_day_that_could_be_two_is_settled_by_its_column_or_left_unread(bench: Bench) -> None:
    bench.write("Key,Title,Created\nT-1,White,03/04/2026\nT-2,White,04/17/2026\n")
    assert told(bench.read()[0], "created_at") == [(None, "2026-03-04T00:00:00Z")]
    bench.cursor = b""
    bench.write("Key,Title,Created\nX-1,White,03/04/2026\n", at=NOW)
    facts, answer = bench.read()
    assert "date_order" in answer.partial
    assert told(facts, "created_at", "X-1") == [(None, "2026-11-21T08:00:00Z")]
    bench.cursor = b""
    bench.write("Key,Title,Created\nY-1,White,03/04/2026\n", at=NOW)
    assert told(bench.read(date_order="dmy")[0], "created_at", "Y-1") == [(None, "2026-04-03T00:00:00Z")]


def test_cells_that_look_like_formulas_are_text(bench: Bench) -> None:
    bench.write('Key,Title,Body\nT-1,"=HYPERLINK(""http://x"",""y"")",@SUM(A1)\n')
    facts, _ = bench.read()
    assert told(facts, "title") == [(None, '=HYPERLINK("http://x","y")')]
    assert told(facts, "body") == [(None, "@SUM(A1)")]


def test_excels_own_first_line_names_the_delimiter(bench: Bench) -> None:
    bench.write("sep=;\r\nKey;Title\r\nT-1;One, two\r\n")
    assert told(bench.read()[0], "title") == [(None, "One, two")]


def test_without_a_key_a_row_is_known_by_its_content(bench: Bench) -> None:
    bench.write("Subject,Date\nWhite page,2026-11-20\nBlank page,2026-11-20\n")
    facts, answer = bench.read()
    assert len({one.ticket for one in facts.ticket_event}) == 2
    assert "no key column" in answer.note


def test_ones_own_map_comes_before_the_headers(bench: Bench) -> None:
    bench.write("Nr,Was,Wichtig\n1,White page,sehr\n")
    facts, _ = bench.read(map={"key": "Nr", "title": "was", "severity": "Wichtig"}, severity_map={"sehr": "P1"})
    assert told(facts, "severity", "1") == [(None, "P1")]


def test_answers_of_customers_are_surveys(bench: Bench) -> None:
    bench.write("Key,Title,CSAT,Customer\nT-1,White,4,Shop\nT-2,White,maybe,Shop\nT-3,White,Bad,Shop\n")
    assert [(one.ticket, one.score) for one in bench.read()[0].survey] == [("T-1", 4.0), ("T-3", 1.0)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"map": {"titel": "Subject"}}, 'Did you mean "title"'),
        ({"map": {"title": "Subjekt"}}, 'Did you mean "Subject"'),
        ({"time_zone": "Mars/Base"}, "Europe/Berlin"),
        ({"encoding": "klingon"}, "utf-8 or cp1252"),
        ({"severity_map": {"High": "P9"}}, "severity_map"),
    ],
)
def test_settings_that_cannot_work_say_what_would(bench: Bench, options: dict[str, Any], words: str) -> None:
    bench.write(HEADER + row("T-1"))
    with pytest.raises(SourceError, match=words) as caught:
        bench.read(**options)
    assert caught.value.trouble is Trouble.SETTINGS


def test_a_file_that_is_not_there_empty_or_a_folder_is_a_sentence(bench: Bench) -> None:
    with pytest.raises(SourceError, match="does not exist") as caught:
        bench.read()
    assert caught.value.trouble is Trouble.NOT_FOUND
    bench.write("\n\n")
    with pytest.raises(SourceError, match="empty"):
        bench.read()
    bench.path.unlink()
    bench.path.mkdir()
    with pytest.raises(SourceError, match="folder"):
        bench.read()


def test_a_look_says_how_each_column_is_taken_and_remembers_nothing(bench: Bench) -> None:
    bench.write(HEADER.strip() + ",Mood\n" + row("T-1").strip() + ",bad\n")
    lines = bench.look()
    assert "title ← Subject" in lines
    assert "not used: Mood" in lines
    assert not (bench.path.parent / "export.sources").exists()


def test_hostile_text_is_kept_short_and_clean(bench: Bench) -> None:
    bench.write("Key,Title,Body\nT-1,\x01<script>\u202eمرحبا," + "x" * 300_000 + "\n")
    facts, _ = bench.read()
    assert told(facts, "title") == [(None, "<script>\u202eمرحبا")]
    body = told(facts, "body")[0][1]
    assert body is not None
    assert len(body) == 100_000


def test_progress_runs_to_its_end(bench: Bench) -> None:
    bench.part = 500
    bench.write(HEADER + "".join(row(f"T-{n}") for n in range(50)))
    steps = [bench.poll().progress]
    while steps[-1] is not None and steps[-1].done < steps[-1].total:
        steps.append(bench.poll().progress)
    shares = [step.done / step.total for step in steps if step is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 5
