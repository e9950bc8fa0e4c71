"""A CSV file of tickets: an export, watched for a newer one under the same name. Reads, never writes.

A file has no history: a change is what differs between two readings. What it speaks for ends when it was written, not
when it was read. A file that changes while a long reading goes on is read on where that is possible, and from its
beginning again where it is not; one that may still be written gives its last record only when that is ended. Rows that are
gone say nothing, for an export may be filtered.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.facts import Covered, Facts, Fetched, Progress
from console.model.moment import HOUR, MINUTE, SECOND, iso
from console.ports import Seen
from console.sources.formats import csv_text
from console.sources.formats.csv_text import Format, Identity, Part
from console.sources.site import Site
from console.sources.tickets import column_map, observed_rows
from console.sources.tickets.column_map import Plan, Row
from console.sources.tickets.observed_rows import Reading
from console.sources.tickets.reading import sentence

PART = 2 * 1024 * 1024
"""Bytes a poll reads: some 10 000 rows."""
_SAMPLE = 65_536
_SETTLED = 30 * SECOND
"""So long after it was written a file may still grow."""
_PATIENCE = 5 * MINUTE
"""So long a record without its end is waited for, however often the file is written."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``path`` of the file; ``map``: our field → column name, by the columns' own names when empty.

    ``time_zone``: of times without one, the session's when empty. ``date_order``: dmy or mdy, where 03/04/2026 could be both.
    ``encoding``: found out when empty. ``delimiter``: found out when empty.
    """

    path: str
    map: dict[str, str] = msgspec.field(default_factory=dict)
    severity_map: dict[str, str] = msgspec.field(default_factory=dict)
    status_map: dict[str, str] = msgspec.field(default_factory=dict)
    time_zone: str = ""
    date_order: Literal["dmy", "mdy"] | None = None
    encoding: str = ""
    delimiter: str = ""


class Memory(msgspec.Struct):
    """The cursor. ``seen``: the file as it was read last; ``file``: as it was when the reading in hand began; ``waits``: since
    when the record at ``place`` is waited for.
    """

    seen: Identity | None = None
    read_to: int | None = None
    reading: Reading = msgspec.field(default_factory=Reading)
    file: Identity | None = None
    form: Format | None = None
    orders: dict[str, str] = {}
    place: int = 0
    mark: bytes = b""
    oldest: int | None = None
    counts: dict[str, int] = {}
    waits: int | None = None


def build(options: Options, site: Site) -> CsvSource:
    """Raises SourceError for options that cannot work."""
    return CsvSource(options, site)


class CsvSource:
    """Implements ``console.ports.Source``."""

    def __init__(self, options: Options, site: Site, part: int = PART) -> None:
        self._path = Path(options.path).expanduser()
        self._options = options
        self._site = site
        self._part = part
        self._words = column_map.words_of(options.severity_map, options.status_map)
        try:
            self._zone = ZoneInfo(options.time_zone or site.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SourceError(
                Trouble.SETTINGS, f'time_zone = "{options.time_zone}" is not known; write it as Europe/Berlin.'
            ) from None
        if len(options.delimiter) > 1:
            raise SourceError(Trouble.SETTINGS, "delimiter is one character, such as ; or a tab.")

    asked_ahead = False

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """A part of the file. Nothing to read while it is the one that was read last."""
        memory, chosen = _recall(cursor), self._options
        memory.reading.under(
            chosen.map, chosen.severity_map, chosen.status_map, chosen.time_zone, chosen.date_order or ""
        )
        here = await asyncio.to_thread(csv_text.identity, self._path)
        if memory.reading.started is None and here == memory.seen:
            return Fetched(Facts(), cursor, note=self._note(memory))
        if memory.reading.started is None or not await asyncio.to_thread(_goes_on, self._path, memory, here):
            await self._begin(memory, here, now)
        form = memory.form
        assert form is not None
        growing = abs(now - here.modified_ns // 1_000) < _SETTLED and now - (memory.waits or now) < _PATIENCE
        part = await asyncio.to_thread(csv_text.read_part, self._path, form, memory.place, self._part, growing=growing)
        memory.waits = None if not part.waiting else now if part.end > memory.place else memory.waits or now
        plan = self._plan(form, memory.orders)
        rows = await self._site.workshop.run(part.end - memory.place, column_map.told, plan, part.rows)
        facts, repeated = await observed_rows.compare(self._site, memory.reading, rows)
        memory.counts["repeated"] += repeated
        _count(memory, part, rows)
        seen_bytes = part.end - memory.place
        memory.place, memory.mark = (
            part.end,
            await asyncio.to_thread(csv_text.mark_of, self._path, form.start, part.end),
        )
        total = max(here.size, part.end, 1)
        progress = Progress(part.end, total if not part.ended else part.end, f"{memory.counts['rows']:,} rows")
        partial = ""
        if part.ended:
            self._end(memory, facts, here)
            partial = _lost(memory.counts)
        return Fetched(
            facts,
            msgspec.msgpack.encode(memory),
            partial=partial,
            more=not part.ended and not part.waiting,
            progress=progress,
            seen_bytes=seen_bytes,
            note=self._note(memory, form),
        )

    async def look(self, now: int) -> Seen:
        """Reads the first rows and says how the columns are taken."""
        here = await asyncio.to_thread(csv_text.identity, self._path)
        form, part = await asyncio.to_thread(self._sample)
        columns = column_map.columns_of(form.header, self._options.map)
        orders = column_map.orders_of(part.rows, columns, self._options.date_order or "")
        rows = column_map.told(self._plan(form, orders), part.rows[:200])
        written = here.modified_ns // 10**9 * SECOND
        lines = [f"written {iso(written)}, {max(0, now - written) // HOUR} h ago"]
        lines += [f"{name} ← {form.header[place]}" for name, place in sorted(columns.items())]
        left = [name for place, name in enumerate(form.header) if place not in columns.values()]
        lines += [f"not used: {', '.join(left)[:300]}"] if left else []
        unread = sum(bool(row.unread) for row in rows)
        lines += [f"{unread} of the first {len(rows)} rows have a time that cannot be read"] if unread else []
        if "key" not in columns:
            lines.append("no column is the key: a row that changes becomes a new ticket")
        return Seen(f"{self._path.name}: {len(form.header)} columns, {form.why}, delimiter {form.delimiter!r}", lines)

    async def close(self) -> None:
        return None

    def _sample(self) -> tuple[Format, Part]:
        form = csv_text.examine(self._path, self._options.encoding, self._options.delimiter)
        return form, csv_text.read_part(self._path, form, form.start, _SAMPLE)

    async def _begin(self, memory: Memory, here: Identity, now: int) -> None:
        form, sample = await asyncio.to_thread(self._sample)
        columns = column_map.columns_of(form.header, self._options.map)
        memory.orders = column_map.orders_of(sample.rows, columns, self._options.date_order or "")
        memory.reading.begin(now)
        memory.file, memory.form, memory.place, memory.mark = here, form, form.start, b""
        memory.counts = dict.fromkeys(("rows", "ragged", "broken", "unread", "repeated"), 0)

    def _plan(self, form: Format, orders: dict[str, str]) -> Plan:
        return Plan(column_map.columns_of(form.header, self._options.map), self._words, self._zone, orders)

    def _end(self, memory: Memory, facts: Facts, here: Identity) -> None:
        """The reading is whole: it speaks for everything up to when the file was written."""
        file = memory.file or here
        written = min(file.modified_ns // 1_000, memory.reading.started or 0)
        first = min([self._site.backfill_from, *([] if memory.oldest is None else [memory.oldest])])
        start = first if memory.read_to is None else memory.read_to
        if start < written:
            facts.covered.append(Covered(self._site.name, start, written))
            memory.read_to = written
        memory.seen, memory.reading.started = file, None

    def _note(self, memory: Memory, form: Format | None = None) -> str:
        form = form or memory.form
        counts = memory.counts
        keyless = form is not None and "key" not in (self._options.map or column_map.propose(form.header))
        return sentence(
            [
                f"{self._path.name}: {counts.get('rows', 0):,} rows, history observed between readings",
                form.why if form is not None and form.why != "UTF-8" else "",
                "no key column: a changed row is a new ticket" if keyless else "",
                f"{counts['repeated']} rows repeat a key, the first counts" if counts.get("repeated") else "",
            ]
        )


def _count(memory: Memory, part: Part, rows: list[Row]) -> None:
    counts = memory.counts
    counts["rows"] += len(rows)
    counts["ragged"] += part.ragged
    counts["broken"] += part.broken
    counts["unread"] += sum(bool(row.unread) for row in rows)
    born = [row.created for row in rows if row.created is not None]
    memory.oldest = min([*born, *([] if memory.oldest is None else [memory.oldest])], default=None)


def _goes_on(path: Path, memory: Memory, here: Identity) -> bool:
    """Whether the reading in hand can go on: the same file, or one that only grew behind what was read."""
    file, form = memory.file, memory.form
    if file is None or form is None:
        return False
    if here == file:
        return True
    same = here.inode == file.inode and here.size >= file.size
    return same and (not memory.mark or csv_text.mark_of(path, form.start, memory.place) == memory.mark)


def _lost(counts: dict[str, int]) -> str:
    parts = [
        f"{counts['ragged']} rows had more or fewer cells than the header" if counts["ragged"] else "",
        f"{counts['broken']} lines with a quote that never closes were left out" if counts["broken"] else "",
        f"{counts['unread']} rows hold a time that cannot be read (set date_order or time_zone)"
        if counts["unread"]
        else "",
    ]
    said = sentence(parts)
    return f"{said[:1].upper()}{said[1:]}; correct the file or the map." if said else ""


def _recall(cursor: bytes) -> Memory:
    try:
        return msgspec.msgpack.decode(cursor, type=Memory) if cursor else Memory()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Memory()
