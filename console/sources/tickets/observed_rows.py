"""Rows read in parts, against what was remembered of them beside the session. Blocking: run in a thread."""

from __future__ import annotations

from pathlib import Path

import msgspec

from console.model.facts import Facts
from console.sources.tickets import observed
from console.sources.tickets.column_map import Row
from console.sources.tickets.row_memory import RowMemory


class Reading(msgspec.Struct):
    """Where a reading stands, part of a cursor. ``number``: of the last part told; ``first``: of its first part;
    ``started``: when it began, None between readings."""

    number: int = 0
    first: int = 0
    started: int | None = None

    def begin(self, now: int) -> None:
        self.started, self.first = now, self.number + 1


def compare(source: str, folder: Path | None, reading: Reading, rows: list[Row]) -> tuple[Facts, int]:
    """What differs from the last reading, noted under the next number; and how many rows repeat a key of this one."""
    held = RowMemory(None if folder is None else folder / "rows.db", reading.number)
    number = reading.number + 1
    try:
        if number == reading.first:
            held.settle(reading.number)
        known = held.last(row.id for row in rows)
        facts, notes, repeated = observed.compare(source, rows, known, reading.first, reading.started or 0, number)
        held.note(number, notes)
    finally:
        held.close()
    reading.number = number
    return facts, repeated
