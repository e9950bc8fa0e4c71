"""What a receiver was given and the session may not have yet: one small database beside the session. Blocking.

A report is on the disk before its sender hears 201, so a killed program loses none. The session's cursor says up to which
number it has them; from then on only the receipt is kept, with the sender's own id, so that a late repeat is known.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from pathlib import Path
from typing import NamedTuple

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.moment import MINUTE
from console.sources.tickets.webhook_item import Image, Report

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_RECEIPT = 20
_MOST_PICTURES = 500 * 1024 * 1024
_SAME = 10 * MINUTE
"""So long the same words without an id of their own are taken for a repeat."""
_TABLE = """
CREATE TABLE IF NOT EXISTS report (
    number INTEGER PRIMARY KEY AUTOINCREMENT, receipt TEXT UNIQUE, key TEXT, mark BLOB, at INTEGER, content BLOB
);
CREATE UNIQUE INDEX IF NOT EXISTS report_key ON report (key) WHERE key <> '';
CREATE INDEX IF NOT EXISTS report_mark ON report (mark, at);
CREATE TABLE IF NOT EXISTS spool (identity TEXT);
INSERT INTO spool SELECT lower(hex(randomblob(8))) WHERE NOT EXISTS (SELECT 1 FROM spool);
"""


class Kept(NamedTuple):
    """``number`` grows by one; ``receipt`` is the ticket's id; ``at``: when it came."""

    number: int
    receipt: str
    at: int
    report: Report | None


class Spool:
    """Used by one thread at a time. ``identity``: of these numbers; another spool counts from one again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = folder / "received.db"
            self._connection = sqlite3.connect(path, check_same_thread=False)
            path.chmod(0o600)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_TABLE)
            self.identity = str(self._connection.execute("SELECT identity FROM spool").fetchone()[0])
        except (sqlite3.Error, OSError) as error:
            raise _unusable(error) from None

    def keep(self, report: Report, mark: bytes, image: Image | None, now: int) -> tuple[Kept, bool]:
        """The report on the disk, and whether it is a repeat of one that is there already.

        Raises sqlite3.Error or OSError when it could not be kept; then nothing was.
        """
        known = self._known(report.key, mark, now)
        if known is not None:
            return known, True
        if image is not None:
            self._keep_image(image)
        receipt = "".join(secrets.choice(_LETTERS) for _ in range(_RECEIPT))
        with self._connection:
            cursor = self._connection.execute(
                "INSERT INTO report (receipt, key, mark, at, content) VALUES (?, ?, ?, ?, ?)",
                (receipt, report.key, mark, now, msgspec.msgpack.encode(report)),
            )
        return Kept(cursor.lastrowid or 0, receipt, now, report), False

    def after(self, number: int, most: int) -> list[Kept]:
        """Reports the session does not have, oldest first. What it has is emptied. Raises SourceError."""
        try:
            with self._connection:
                self._connection.execute(
                    "UPDATE report SET content = NULL WHERE number <= ? AND content IS NOT NULL", (number,)
                )
            rows = self._connection.execute(
                "SELECT number, receipt, at, content FROM report WHERE number > ? AND content IS NOT NULL "
                "ORDER BY number LIMIT ?",
                (number, most),
            ).fetchall()
        except sqlite3.Error as error:
            raise _unusable(error) from None
        return [Kept(n, receipt, at, msgspec.msgpack.decode(content, type=Report)) for n, receipt, at, content in rows]

    def newest(self) -> int:
        """Raises SourceError."""
        try:
            return int(self._connection.execute("SELECT coalesce(max(number), 0) FROM report").fetchone()[0])
        except sqlite3.Error as error:
            raise _unusable(error) from None

    def find(self, receipt: str) -> Kept | None:
        """What is known of a receipt, without its report. Raises sqlite3.Error."""
        row = self._connection.execute("SELECT number, at FROM report WHERE receipt = ?", (receipt,)).fetchone()
        return None if row is None else Kept(row[0], receipt, row[1], None)

    def close(self) -> None:
        self._connection.close()

    def _known(self, key: str, mark: bytes, now: int) -> Kept | None:
        sql, what = ("key = ?", (key,)) if key else ("key = '' AND mark = ? AND at > ?", (mark, now - _SAME))
        row = self._connection.execute(f"SELECT number, receipt, at FROM report WHERE {sql}", what).fetchone()
        return None if row is None else Kept(row[0], row[1], row[2], None)

    def _keep_image(self, image: Image) -> None:
        """The picture as a private file named by its hash. Over the limit it is left out; its hash stays in the report."""
        folder = self._folder / "screenshots"
        folder.mkdir(exist_ok=True, mode=0o700)
        target = folder / image.name
        held = sum(entry.stat().st_size for entry in os.scandir(folder))
        if target.exists() or held + len(image.content) > _MOST_PICTURES:
            return
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(image.content)


def _unusable(error: Exception) -> SourceError:
    return SourceError(
        Trouble.UNREACHABLE, f"Reports cannot be kept beside the session ({error}); check the disk and its rights."
    )
