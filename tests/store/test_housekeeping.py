"""Exports anyone can open without harm, and the only deletion of facts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet
import pytest

from console.model.errors import QuestionError, SessionError
from console.model.facts import Call, Facts, Latency
from console.model.moment import DAY, LIVE, SECOND
from console.queries.knowledge import Knowledge
from console.queries.reader import Reader
from console.store import session as sessions
from console.store.housekeeping import export, forget_calls
from console.store.session import FACT_TABLES
from tests.builders import T0, bench, ticket, traffic


def call(at: int) -> Call:
    return Call(at, "edge", "GET /a", "GET", "/a", 500, 12.0, None, "web", "r1", "error")


def test_an_unknown_format_is_refused_by_name(tmp_path: Path) -> None:
    with bench(tmp_path) as made, pytest.raises(QuestionError, match="csv, parquet or json"):
        export(made.reader(), "tickets", "xlsx", tmp_path / "x")


def test_a_folder_that_is_not_there_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with bench(tmp_path) as made, pytest.raises(SessionError, match="could not be written"):
        export(made.reader(), "tickets", "csv", tmp_path / "nowhere" / "x.csv")


def test_a_failed_export_leaves_the_older_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.json"
    target.write_text("older")
    with bench(tmp_path) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0)))

        def full(value: object) -> bytes:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("console.store.housekeeping.msgspec.json.encode", full)
        with pytest.raises(SessionError, match="No space left"):
            export(made.reader(), "tickets", "json", target)
    assert target.read_text() == "older"
    assert sorted(p.name for p in tmp_path.iterdir() if "x.json" in p.name) == ["x.json"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_title_that_a_spreadsheet_would_run_gets_a_quote(tmp_path: Path, start: str) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0, title=f'{start}cmd|" /C calc"!A0')))
        export(made.reader(), "tickets", "csv", tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        row = next(csv.DictReader(file))
    assert row["title"] == f"""'{start}cmd|" /C calc"!A0"""
    assert row["created_at"] == "2025-11-20T12:00:00Z"


def test_json_keeps_the_title_as_it_is_and_the_times_as_iso(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0 + 1, title="=1+1 \u202e <b>")))
        export(made.reader(), "tickets", "json", tmp_path / "t.json")
    (row,) = json.loads((tmp_path / "t.json").read_bytes())
    assert row["title"] == "=1+1 \u202e <b>"
    assert row["updated_at"] == "2025-11-20T12:00:00.000001Z"


def test_an_open_bucket_is_null_in_json_and_infinite_in_parquet(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(latency=[Latency(T0, "edge", "r", "total", 100.0, float("inf"), 2)]))
        for form in ("json", "parquet"):
            export(made.reader(), "latency", form, tmp_path / f"l.{form}")
    assert json.loads((tmp_path / "l.json").read_bytes())[0]["upper_ms"] is None
    assert pyarrow.parquet.read_table(tmp_path / "l.parquet").to_pylist()[0]["upper_ms"] == float("inf")


def test_an_empty_table_is_an_empty_list(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        export(made.reader(), "note", "json", tmp_path / "n.json")
    assert json.loads((tmp_path / "n.json").read_bytes()) == []


@pytest.mark.thorough
def test_a_session_that_is_only_read_exports_every_table_in_every_format(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(traffic=[traffic(T0, 3)], call=[call(T0)], ticket_event=ticket("A-1", T0)))
        path = made.path
    foreign = sessions.open_foreign(path)
    cursor = foreign.cursor()
    reader = Reader(cursor, Knowledge(), LIVE, T0 + SECOND)
    for table in (*FACT_TABLES, "tickets"):
        for form in ("csv", "parquet", "json"):
            export(reader, table, form, tmp_path / f"{table}.{form}")
    assert json.loads((tmp_path / "call.json").read_bytes())[0]["why"] == "error"
    assert pyarrow.parquet.read_table(tmp_path / "traffic.parquet").column("calls").to_pylist() == [3]
    cursor.close()
    foreign.close()


def test_single_calls_go_after_their_days_and_nothing_else_does(tmp_path: Path) -> None:
    now = T0 + 10 * DAY
    with bench(tmp_path, now) as made:
        made.add(Facts(call=[call(now - 3 * DAY - 1), call(now - 3 * DAY), call(now)], traffic=[traffic(T0, 1)]))
        forget_calls(made.write, now, 3)
        assert made.rows("SELECT epoch_us(happened_at) FROM call ORDER BY 1") == [(now - 3 * DAY,), (now,)]
        assert made.rows("SELECT count(*) FROM traffic") == [(1,)]
