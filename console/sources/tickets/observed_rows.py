"""Rows read in parts, against what was remembered of them beside the session.

What one would get wrong: the memory may be another than the cursor's (a session moved without its folder, or restored
from a copy), or of another mapping. Then a row that is not remembered is no new ticket: the session is asked what it was
told of it, else changes since the last reading would be told as creations, which the session has already and drops.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import msgspec

from console.model.facts import Facts
from console.sources import whole
from console.sources.site import Site, Told
from console.sources.tickets import observed
from console.sources.tickets.column_map import Row
from console.sources.tickets.row_memory import Last, RowMemory, at_hand, short


class Reading(msgspec.Struct):
    """Where a reading stands, part of a cursor. ``number``: of the last part told; ``first``: of its first part;
    ``started``: when it began, None between readings.

    ``memory``: whose numbers these are; ``mapping``: under which rows were told; ``lost``: the memory knows less than the
    session.
    """

    number: int = 0
    first: int = 0
    started: int | None = None
    memory: str = ""
    mapping: str = ""
    lost: bool = False

    def begin(self, now: int) -> None:
        self.started, self.first = now, self.number + 1

    def under(self, *mapping: object) -> None:
        """Before anything is read: with another mapping than before, what was remembered no longer counts."""
        mark = blake2b(msgspec.json.encode(mapping, order="deterministic"), digest_size=8).hexdigest()
        if self.mapping not in ("", mark):
            self.memory, self.lost, self.started = "", True, None
        self.mapping = mark


async def compare(site: Site, reading: Reading, rows: list[Row]) -> tuple[Facts, int]:
    """What differs from the last reading, noted under the next number; and how many rows repeat a key of this one."""
    path = None if site.folder is None else site.folder / "rows.db"
    unknown = await whole.in_thread(_begin, path, reading, rows)
    told = await site.told_of(unknown) if unknown and site.told_of is not None else {}
    return await whole.in_thread(_compare, site.name, path, reading, rows, told)


def _begin(path: Path | None, reading: Reading, rows: list[Row]) -> list[str]:
    """Forgets what the session never stored; ids of the rows that only the session may know."""
    if path is None:
        return []
    with at_hand(), closing(RowMemory(path, reading.number, reading.memory)) as held:
        if held.identity != reading.memory:
            reading.memory, reading.lost = held.identity, reading.lost or reading.number > 0
        if not reading.lost:
            return []
        known = held.last(row.id for row in rows)
        return [row.id for row in rows if row.id not in known]


def _compare(
    source: str, path: Path | None, reading: Reading, rows: list[Row], told: Mapping[str, Told]
) -> tuple[Facts, int]:
    number = reading.number + 1
    with at_hand(), closing(RowMemory(path, reading.number, reading.memory)) as held:
        if number == reading.first:
            held.settle(reading.number)
        known = held.last(row.id for row in rows)
        for identity, (values, at) in told.items():
            known.setdefault(identity, (0, Last({name: short(value) for name, value in values.items() if value}, at)))
        facts, notes, repeated = observed.compare(source, rows, known, reading.first, reading.started or 0, number)
        held.note(number, notes)
    reading.number = number
    return facts, repeated
