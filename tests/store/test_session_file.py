"""A session file: made private, opened by us alone, refused in one sentence without being touched."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from console.model.errors import SessionError
from console.store import session as sessions
from tests.conftest import StandingClock


@pytest.fixture
def made(tmp_path: Path, clock: StandingClock) -> Path:
    path = tmp_path / "a.hypercare"
    sessions.create(path, clock).close()
    return path


def refusal(path: Path, clock: StandingClock) -> str:
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(SessionError) as caught:
        sessions.open_own(path, clock)
    if before is not None:
        assert path.read_bytes() == before
    return caught.value.message


def test_a_session_of_an_older_program_is_read_with_its_missing_tables_empty(
    tmp_path: Path, clock: StandingClock
) -> None:
    path = tmp_path / "old.hypercare"
    made = sessions.create(path, clock)
    cursor = made.cursor()
    for table in ("alert_notice", "alert_judged"):
        cursor.execute(f"DROP TABLE {table}")
    cursor.execute("DELETE FROM migration WHERE version > 2")
    cursor.close()
    made.close()
    opened = sessions.open_foreign(path)
    reading = opened.cursor()
    assert reading.execute("SELECT count(*) FROM alert_notice").fetchall() == [(0,)]
    reading.close()
    opened.close()


def test_a_new_session_is_private_to_its_user(made: Path) -> None:
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_it_opens_again_with_the_same_id(made: Path, clock: StandingClock) -> None:
    first = sessions.open_own(made, clock)
    own = first.id
    first.close()
    assert sessions.identity(made) == own


def test_a_missing_file_is_named(tmp_path: Path, clock: StandingClock) -> None:
    assert "no file" in refusal(tmp_path / "gone.hypercare", clock)


def test_a_text_file_is_not_a_session(tmp_path: Path, clock: StandingClock) -> None:
    path = tmp_path / "notes.hypercare"
    path.write_text("dear diary, this is long enough to hold a header")
    assert "not a session file" in refusal(path, clock)


def test_another_database_is_not_a_session(tmp_path: Path, clock: StandingClock) -> None:
    path = tmp_path / "other.hypercare"
    with duckdb.connect(str(path)) as other:
        other.execute("CREATE TABLE cats (name VARCHAR)")
    assert "not a Hypercare session" in refusal(path, clock)


def test_a_newer_schema_is_refused(made: Path, clock: StandingClock) -> None:
    with duckdb.connect(str(made)) as other:
        other.execute("INSERT INTO migration VALUES (999, now()::TIMESTAMP)")
    assert "newer version" in refusal(made, clock)


def test_a_damaged_file_is_said_to_be_damaged(made: Path, clock: StandingClock) -> None:
    content = bytearray(made.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    made.write_bytes(bytes(content))
    assert "damaged" in refusal(made, clock)


def test_a_file_held_by_another_process_is_in_use(made: Path, clock: StandingClock) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", f"import duckdb,sys; c=duckdb.connect({str(made)!r}); print('held',flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    try:
        sentence = refusal(made, clock)
    finally:
        holder.communicate()
    assert "in use" in sentence and str(holder.pid) in sentence


def test_an_interrupted_process_leaves_a_file_that_opens_with_its_log(made: Path, clock: StandingClock) -> None:
    code = (
        f"import duckdb,os; c=duckdb.connect({str(made)!r}); "
        "c.execute(\"INSERT INTO note VALUES ('n','','kept','me',now()::TIMESTAMP,now()::TIMESTAMP)\"); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    again = sessions.open_own(made, clock)
    assert again.cursor().execute("SELECT text FROM note").fetchall() == [("kept",)]
    again.close()


def test_the_macros_of_a_foreign_session_are_never_run(made: Path) -> None:
    with duckdb.connect(str(made)) as other:
        other.execute("CREATE OR REPLACE MACRO is_internal(a, b) AS error('ran')")
        other.execute("CREATE MACRO sum(a) AS error('ran')")
    foreign = sessions.open_foreign(made)
    cursor = foreign.cursor()
    assert cursor.execute("SELECT sum(1), is_internal('GET /health', ['/health*'])").fetchall() == [(1, True)]
    with pytest.raises(duckdb.Error):
        cursor.execute("INSERT INTO attached.main.note VALUES ('n','','x','me',now()::TIMESTAMP,now()::TIMESTAMP)")
    with pytest.raises(duckdb.Error):
        cursor.execute("SET enable_external_access = true")
    with pytest.raises(duckdb.Error):
        cursor.execute("SELECT * FROM read_csv('/etc/hostname')")
    foreign.close()
