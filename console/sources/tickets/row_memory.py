"""What a table's rows said when they were last read, in a small database beside the session. Blocking.

Two million rows are too many for a cursor. Each reading of a part has a number, which stands in the cursor; what was
noted under a number the session never stored (a crash in between) is forgotten at the next reading, so that facts and
memory never part. Long texts are kept as a mark: that they changed is known, not what they were.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import msgspec

from console.model.errors import SourceError, Trouble

_LONG = 200
_MARK = "\x00"
_SOME = 500


class Last(msgspec.Struct, array_like=True):
    """A row as last read: its values, and the instant of its newest fact."""

    values: dict[str, str]
    told: int


_TABLES = """
CREATE TABLE IF NOT EXISTS row (key TEXT, number INTEGER, last BLOB, PRIMARY KEY (key, number)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS row_number ON row (number);
CREATE TABLE IF NOT EXISTS memory (identity TEXT, settled INTEGER);
INSERT INTO memory SELECT lower(hex(randomblob(8))), 0 WHERE NOT EXISTS (SELECT 1 FROM memory);
"""


class RowMemory:
    """One file, or none for what outlives nothing. Raises sqlite3.Error and OSError: use it inside ``at_hand``.

    ``number``: of the last part the session stored; notes of later ones are dropped on opening. ``expected``: the identity
    of these numbers; everything is forgotten, and the identity is a new one, where the file has another, or has let go of
    what was stored by then (the session is an older one than the file).
    """

    def __init__(self, path: Path | None, number: int, expected: str) -> None:
        self._connection = _opened(path)
        ready = False
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_TABLES)
            self.identity, settled = self._connection.execute("SELECT identity, settled FROM memory").fetchone()
            with self._connection:
                if self.identity != expected or settled > number:
                    self._connection.execute("DELETE FROM row")
                    self._connection.execute("UPDATE memory SET identity = lower(hex(randomblob(8))), settled = 0")
                else:
                    self._connection.execute("DELETE FROM row WHERE number > ?", (number,))
            self.identity = self._connection.execute("SELECT identity FROM memory").fetchone()[0]
            ready = True
        finally:
            if not ready:
                self._connection.close()

    def last(self, keys: Iterable[str]) -> dict[str, tuple[int, Last]]:
        """Key → (number of the part that read it, what it said), for the keys that are known."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, tuple[int, Last]] = {}
        for start in range(0, len(wanted), _SOME):
            some = wanted[start : start + _SOME]
            marks = ",".join("?" * len(some))
            rows = self._connection.execute(
                f"SELECT key, number, last FROM row WHERE key IN ({marks}) ORDER BY number", some
            )
            for key, number, last in rows:
                found[key] = (number, msgspec.msgpack.decode(last, type=Last))
        return found

    def note(self, number: int, rows: dict[str, Last]) -> None:
        """Keep what the rows said; of older notes the newest one of a stored part stays until this one is stored too."""
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO row VALUES (?, ?, ?)",
                [(key, number, msgspec.msgpack.encode(last)) for key, last in rows.items()],
            )

    def settle(self, number: int) -> None:
        """Forget notes that newer ones took the place of, all of them being stored up to ``number``."""
        with self._connection:
            self._connection.execute(
                "DELETE FROM row WHERE EXISTS (SELECT 1 FROM row AS newer WHERE newer.key = row.key "
                "AND newer.number > row.number AND newer.number <= ?)",
                (number,),
            )
            self._connection.execute("UPDATE memory SET settled = ?", (number,))

    def close(self) -> None:
        self._connection.close()


def _opened(path: Path | None) -> sqlite3.Connection:
    if path is None:
        return sqlite3.connect(":memory:")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = sqlite3.connect(path)
    try:
        path.chmod(0o600)
    except OSError:
        connection.close()
        raise
    return connection


@contextmanager
def at_hand() -> Iterator[None]:
    """A disk that is full or gone as a sentence; the same rows are asked for again."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise SourceError(
            Trouble.UNREACHABLE,
            f"What the rows said last cannot be kept beside the session ({error}); check the disk and its rights.",
        ) from None


def short(value: str) -> str:
    """A value as it is remembered: itself, or a mark where it is long."""
    return value if len(value) <= _LONG else _MARK + blake2b(value.encode(), digest_size=12).hexdigest()


def shown(value: str) -> str:
    """A remembered value as history tells it; '' where only a mark is left."""
    return "" if value.startswith(_MARK) else value
