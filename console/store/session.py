"""One session file: create, open, migrate, read-only attachment of a foreign one, cursors per thread, close.

What one would get wrong: a second process cannot open a DuckDB file at all, so "in use" is the usual fault and not a
damage; and a foreign file may hold views and macros with the names of ours, so it is attached and never opened.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from console.model.errors import SessionError
from console.model.moment import from_datetime
from console.ports import Clock
from console.store.transaction import transaction

_SCHEMA = Path(__file__).parent / "schema"
_MACROS = Path(__file__).parent / "macros"
_MAGIC = b"DUCK"
_MAGIC_AT = 8
_MODEST = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "checkpoint_threshold": "8MB",
    "allocator_background_threads": "true",
    "allocator_flush_threshold": "16MB",
    "threads": str(min(4, os.cpu_count() or 1)),
}
"""The console runs beside other programs: the database keeps little when it rests. The limit is for the largest questions;
a session that is only read has no place to put what does not fit."""
_BUSY = 40
_BUSY_CHECKPOINT = "64MB"
_LEAST_FREE = 64 * 1024 * 1024

FACT_TABLES = (
    "poll", "covered", "traffic", "latency", "latency_sum", "consumer_traffic", "gauge", "measure", "call",
    "ticket_event", "comment", "survey", "release", "event", "decision", "delivery", "setting", "alert_change", "run",
    "note", "alert_notice", "alert_judged", "forecast", "judgement", "decided_change", "decision_link",
    "rule_look", "rule_proposal", "proposal_answer",
)  # fmt: skip

_DERIVED_TABLES = (
    "session_info", "migration", "source_cursor", "rollup_batch", "roll_traffic_minute", "roll_latency_minute",
    "roll_traffic_hour", "roll_latency_hour", "roll_latency_sum_hour",
)  # fmt: skip


class Session:
    """An open session. ``connection`` belongs to the thread that opened it; every other thread takes a ``cursor``."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection, session_id: str, read_only: bool) -> None:
        self.path = path
        self.id = session_id
        self.read_only = read_only
        self._connection = connection
        self.last_known = newest_known(connection)
        self.newest: dict[tuple[str, str], int] = {}
        """By fact and source: how far in time it told (write lane only)."""

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for the calling thread, on the same database."""
        return self._connection.cursor()

    def stamp(self, now: int) -> int:
        """The ``known_at`` of an append: now, but never at or before an earlier one of this session."""
        self.last_known = max(now, self.last_known + 1)
        return self.last_known

    def expect(self, sources: int) -> None:
        """Make room for what so many sources bring: with few, memory is dearer than the work of writing it to the file."""
        threshold = _BUSY_CHECKPOINT if sources > _BUSY else _MODEST["checkpoint_threshold"]
        self._connection.cursor().execute(f"SET GLOBAL checkpoint_threshold = '{threshold}'")

    def close(self) -> None:
        """Write everything to the file and let it go. Idempotent."""
        try:
            if not self.read_only:
                self._connection.execute("CHECKPOINT")
        except duckdb.Error:
            pass
        self._connection.close()

    @property
    def bytes_on_disk(self) -> int:
        wal = self.path.with_name(self.path.name + ".wal")
        return sum(p.stat().st_size for p in (self.path, wal) if p.exists())


def create(path: Path, clock: Clock) -> Session:
    """Make a new session file, private to the user. Raises SessionError when the place is taken or not writable."""
    if path.exists():
        raise SessionError(f"{path} exists already; choose another name or open it.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _refuse_full_disk(path)
        old_mask = os.umask(0o077)
        try:
            connection = connect(path)
        finally:
            os.umask(old_mask)
        os.chmod(path, 0o600)
    except OSError as error:
        raise _world(path, error) from None
    session_id = uuid.uuid4().hex
    connection.execute("BEGIN")
    _migrate(connection, clock, 0)
    connection.execute(
        "INSERT INTO session_info VALUES (?, make_timestamp(?::BIGINT), ?)", [session_id, clock.now(), "hypercare"]
    )
    connection.execute("COMMIT")
    _install_macros(connection)
    return Session(path, connection, session_id, read_only=False)


def open_own(path: Path, clock: Clock) -> Session:
    """Open a session for reading and appending, bringing its schema up to date. Raises SessionError, file untouched."""
    _refuse_strangers(path)
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise SessionError(f"{path} lies in a place that cannot be written; open it for review, or copy it elsewhere.")
    session_id = _check_before(path)
    try:
        _refuse_full_disk(path)
        os.chmod(path, 0o600)
        connection = connect(path)
    except OSError as error:
        raise _world(path, error) from None
    version = _version(connection)
    if version < newest_version():
        connection.execute("BEGIN")
        _migrate(connection, clock, version)
        connection.execute("COMMIT")
    _install_macros(connection)
    return Session(path, connection, session_id, read_only=False)


def open_foreign(path: Path) -> Session:
    """Attach a session read-only: no file, network or extension access, its own views and macros never used."""
    _refuse_strangers(path)
    session_id, connection = _attach_checked(path)
    told = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'attached'").fetchall()
    there = {name for (name,) in told}
    for table in (*FACT_TABLES, *_DERIVED_TABLES):
        # A view of ours in a catalogue of ours: the search path never leads into the foreign one, whose own macros
        # could carry the names of built-in functions.
        connection.execute(
            f"CREATE VIEW {table} AS SELECT * FROM attached.main.{table}" if table in there else _statement_of(table)
        )
    _install_macros(connection)
    connection.execute("SET lock_configuration = true")
    return Session(path, connection, session_id, read_only=True)


def _statement_of(table: str) -> str:
    """Makes a table of ours that a session of an older program does not have: there it is empty."""
    for path in sorted(_SCHEMA.glob("*.sql")):
        for found in _CREATE.finditer(path.read_text("utf-8")):
            if found.group(1) == table:
                return found.group(0)
    raise KeyError(table)


def identity(path: Path) -> str:
    """The id inside a session file, without taking it for ours. Raises SessionError as opening does."""
    _refuse_strangers(path)
    session_id, connection = _attach_checked(path)
    connection.close()
    return session_id


def empty_in_memory() -> duckdb.DuckDBPyConnection:
    """An empty session that is nowhere: our tables and macros, and no way to a file, a network or another setting."""
    connection = duckdb.connect(":memory:", config={**_MODEST, "python_enable_replacements": "false"})
    for path in sorted(_SCHEMA.glob("*.sql")):
        connection.execute(path.read_text("utf-8"))
    _install_macros(connection)
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def first_row(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None
) -> tuple[Any, ...] | None:
    """The first row of an answer that is read to its end.

    An answer read only in part keeps its transaction open, and while one is open the file cannot reuse what was replaced.
    """
    rows: list[tuple[Any, ...]] = connection.execute(sql, parameters or []).fetchall()
    return rows[0] if rows else None


@cache
def macro_body(name: str) -> str:
    """The statement of one of our table macros, as it stands in its file."""
    for path in sorted(_MACROS.glob("*.sql")):
        found = re.search(rf"CREATE MACRO {name}\([\w, ]+\) AS TABLE\n(.*?);\n", path.read_text("utf-8") + "\n", re.S)
        if found:
            return found.group(1).strip()
    raise KeyError(name)


@cache
def macro_texts() -> dict[str, str]:
    """Every macro of ours by name, with its whole text."""
    found: dict[str, str] = {}
    for path in sorted(_MACROS.glob("*.sql")):
        for text in re.split(r"(?m)^(?=CREATE MACRO )", path.read_text("utf-8")):
            name = re.match(r"CREATE MACRO (\w+)\(", text)
            if name:
                found[name[1]] = text
    return found


def newest_version() -> int:
    return max(int(p.name[:4]) for p in _SCHEMA.glob("*.sql"))


def newest_known(connection: duckdb.DuckDBPyConnection) -> int:
    """The latest ``known_at`` of any fact, 0 for an empty session."""
    union = " UNION ALL ".join(f"SELECT max(known_at) AS k FROM {table}" for table in FACT_TABLES)
    row = first_row(connection, f"SELECT coalesce(epoch_us(max(k)), 0) FROM ({union})")
    return int(row[0]) if row else 0


class SystemClock:
    """Now, from the machine's clock. Implements ``ports.Clock``."""

    def now(self) -> int:
        return from_datetime(datetime.now(UTC))


class MovedClock:
    """A clock that runs as fast as the machine's but stands elsewhere (a simulated launch at a chosen instant)."""

    def __init__(self, now: int) -> None:
        self._offset = now - SystemClock().now()

    def now(self) -> int:
        return SystemClock().now() + self._offset


def connect(path: Path, **config: str) -> duckdb.DuckDBPyConnection:
    """A session file, unchecked, with our modest settings. Raises SessionError."""
    settings: dict[str, Any] = {**_MODEST, **config}
    try:
        return duckdb.connect(str(path), config=settings)
    except duckdb.Error as error:
        raise _fault(path, error) from None


def _attach_checked(path: Path) -> tuple[str, duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(":memory:", config=dict(_MODEST))
    quoted = str(path).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{quoted}' AS attached (READ_ONLY)")
        connection.execute("SET enable_external_access = false")
        session_id = _check_tables(path, connection, "attached")
    except duckdb.Error as error:
        connection.close()
        raise _fault(path, error) from None
    except SessionError:
        connection.close()
        raise
    return session_id, connection


def _check_before(path: Path) -> str:
    """Look through a read-only attachment before the file is opened for writing: a refused file stays untouched."""
    wal = path.with_name(path.name + ".wal")
    if wal.exists():
        # A read-only attachment cannot replay the log of a process that was killed; opening does, and checks after it.
        connection = connect(path)
        try:
            return _check_tables(path, connection, "main")
        finally:
            connection.close()
    return identity(path)


def _check_tables(path: Path, connection: duckdb.DuckDBPyConnection, catalog: str) -> str:
    condition = "database_name = 'attached'" if catalog == "attached" else "NOT internal"
    found = connection.execute(
        f"SELECT table_name, list(column_name) FROM duckdb_columns() WHERE schema_name = 'main' AND {condition} "
        f"AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE {condition}) GROUP BY table_name"
    ).fetchall()
    columns = {name: set(names) for name, names in found}
    if not {"session_info", "migration"} <= columns.keys():
        raise SessionError(f"{path} is a database but not a Hypercare session; choose a file made by this program.")
    version = _version(connection)
    if version > newest_version():
        raise SessionError(
            f"{path} was written by a newer version of this program (schema {version}, here {newest_version()}); "
            "update, nothing was changed."
        )
    for table, wanted in _wanted_columns().items():
        missing = wanted - columns.get(table, set())
        if missing and version == newest_version():
            raise SessionError(f"{path} lacks {', '.join(sorted(missing))} in {table}; it is damaged or not a session.")
    prefix = "attached." if catalog == "attached" else ""
    row = first_row(connection, f"SELECT id FROM {prefix}session_info LIMIT 1")
    if row is None:
        raise SessionError(f"{path} holds no session id; it is damaged or was never finished.")
    return str(row[0])


_CREATE = re.compile(r"CREATE TABLE (\w+) \(([^;]*)\);")


def _wanted_columns() -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = {}
    for path in sorted(_SCHEMA.glob("*.sql")):
        for table, body in _CREATE.findall(path.read_text("utf-8")):
            wanted[table] = {part.split()[0].strip('"') for part in body.split(",")}
    return wanted


def _version(connection: duckdb.DuckDBPyConnection) -> int:
    catalog = "attached." if _has_foreign(connection) else ""
    row = first_row(connection, f"SELECT coalesce(max(version), 0) FROM {catalog}migration")
    return int(row[0]) if row else 0


def _has_foreign(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(connection.execute("SELECT 1 FROM duckdb_databases() WHERE database_name = 'attached'").fetchall())


def _migrate(connection: duckdb.DuckDBPyConnection, clock: Clock, version: int) -> None:
    for path in sorted(_SCHEMA.glob("*.sql")):
        number = int(path.name[:4])
        if number > version:
            connection.execute(path.read_text("utf-8"))
            connection.execute("INSERT INTO migration VALUES (?, make_timestamp(?::BIGINT))", [number, clock.now()])


def _install_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Our macros. In our own file they are kept, so that any DuckDB can run a shown query on it.

    In one transaction: each of its own would be written to the disk by itself, which takes twice as long.
    """
    with transaction(connection):
        for path in sorted(_MACROS.glob("*.sql")):
            connection.execute(path.read_text("utf-8").replace("CREATE MACRO", "CREATE OR REPLACE MACRO"))


def _refuse_strangers(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(_MAGIC_AT + len(_MAGIC))
    except FileNotFoundError:
        raise SessionError(f"There is no file {path}; check the name.") from None
    except OSError as error:
        raise _world(path, error) from None
    if head[_MAGIC_AT:] != _MAGIC:
        raise SessionError(f"{path} is not a session file; nothing in it was touched.")


def _refuse_full_disk(path: Path) -> None:
    free = shutil.disk_usage(path.parent).free
    if free < _LEAST_FREE:
        raise SessionError(f"The disk of {path.parent} is full ({free // 2**20} MB free); free some space first.")


def _fault(path: Path, error: duckdb.Error) -> SessionError:
    text = str(error)
    if "lock" in text.lower():
        found = re.search(r"PID (\d+)", text)
        holder = f" by process {found.group(1)}" if found else ""
        return SessionError(f"{path} is in use{holder}; use that window, or close it first.")
    if "newer version" in text or "storage version" in text or "version number" in text:
        return SessionError(f"{path} was written by a newer version of the database; update this program.")
    if "Permission denied" in text:
        return SessionError(f"{path} may not be read or written by this user; check its permissions.")
    if "No space left" in text:
        return SessionError(f"The disk of {path} is full; free some space, nothing was lost.")
    return SessionError(f"{path} is damaged and cannot be read as a session ({text.splitlines()[0]}).")


def _world(path: Path, error: OSError) -> SessionError:
    if error.errno == errno.ENOSPC:
        return SessionError(f"The disk of {path} is full; free some space, nothing was lost.")
    return SessionError(f"{path} cannot be used ({error.strerror}); check the folder and its permissions.")
