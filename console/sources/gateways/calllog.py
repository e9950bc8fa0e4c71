"""A gateway's access log as a source: every call counted, the file followed through growth, rotation and truncation.

What one would get wrong: half a line at the end (kept for the next poll), an old file that is still written to after
its successor exists (both are followed for a while), and time: a log read to its end speaks for everything up to now,
a log of which nothing could be read speaks for nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import fields
from pathlib import Path

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.facts import Covered, Facts, Fetched, Progress
from console.model.moment import MINUTE, iso
from console.model.nearest import did_you_mean
from console.ports import Seen
from console.sources.formats.access_log import FLAVOURS, Record, Wrong, read_line
from console.sources.gateways.call_counts import Tally, tally
from console.sources.gateways.log_file import Place, Stretch, begin, copied, moved, read, same, unseen
from console.sources.gateways.packed_log import is_packed
from console.sources.site import Site

_MOST = 8 * 1024 * 1024
"""Bytes a poll reads: some 25 000 calls, about a quarter of a second of counting."""
_LEAST = 65_536
_LINGER = 2 * MINUTE
"""A rotated file is followed until it has been still for so long: writers move over one by one."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``path`` of the log; ``flavour``: apisix, kong, traefik, caddy, nginx-json or haproxy (one JSON object a line).

    ``slow_ms``: calls that took at least so long are kept whole.
    """

    path: str
    flavour: str
    slow_ms: float = 2_000.0


class _Cursor(msgspec.Struct):
    """``current``: the file under the name; ``old``: rotated ones not finished yet. ``covered_to``: 0 for never."""

    current: Place | None = None
    old: list[Place] = []
    covered_to: int = 0


class CallLog:
    """Implements ``ports.Source``."""

    def __init__(self, options: Options, site: Site, most: int = _MOST) -> None:
        if options.flavour not in FLAVOURS:
            raise SourceError(
                Trouble.SETTINGS,
                f'flavour = "{options.flavour}" is unknown for a call log.{did_you_mean(options.flavour, FLAVOURS)}',
            )
        self._options = options
        self._path = Path(options.path).expanduser()
        self._site = site
        self._most = most

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        state = _read_cursor(cursor)
        stretches, lost, state = await asyncio.to_thread(_follow, self._path, state, self._most, now)
        told = [await self._count(stretch.lines) for stretch in stretches]
        facts = Facts()
        for one in told:
            _add(facts, one.facts)
        more = any(not stretch.ended for stretch in stretches)
        facts.covered = self._covered(state, told, more, lost, now)
        size, read_to = stretches[-1].size, stretches[-1].place.offset
        done, total = read_to // self._most, max(1, -(-size // self._most))
        progress = Progress(done, total, f"{read_to // 2**20} of {size // 2**20} MB")
        return Fetched(
            facts,
            msgspec.msgpack.encode(state),
            partial=_partial(told, stretches, lost, self._options.flavour),
            more=more,
            progress=progress if more else None,
            seen_bytes=sum(stretch.read for stretch in stretches),
            note=f"{self._path.name}, {read_to / 2**20:.1f} MB read",
        )

    async def look(self, now: int) -> Seen:
        """Reads at most the first and the last 64 kB."""
        first, last, size = await asyncio.to_thread(_peek, self._path)
        calls = [_read_all(lines, self._options.flavour) for lines in (first, last)]
        if not calls[0] and not calls[1]:
            if not first and not last:
                return Seen(f"{self._path.name} is empty", ["calls are counted as soon as they are written"])
            return Seen(
                f"{self._path.name} holds no line of {self._options.flavour}",
                ["check the flavour; the log must be written as JSON, one object a line"],
            )
        known = calls[0] + calls[1]
        newest = max(known, key=lambda record: record.instant)
        return Seen(
            f"{self._options.flavour} access log, {size / 2**20:.1f} MB",
            [
                f"calls from {iso(min(record.instant for record in known))} to {iso(newest.instant)}",
                f"newest: {newest.route}, status {newest.status}, {max(0, now - newest.instant) // MINUTE} min ago",
            ],
        )

    async def close(self) -> None:
        return None

    async def _count(self, lines: list[bytes]) -> Tally:
        size = sum(map(len, lines))
        options, site = self._options, self._site
        return await site.workshop.run(
            size, tally, lines, options.flavour, site.name, site.backfill_from, options.slow_ms
        )

    def _covered(self, state: _Cursor, told: list[Tally], more: bool, lost: bool, now: int) -> list[Covered]:
        """The span these lines speak for; moves ``state.covered_to``."""
        if lost:
            state.covered_to = 0
        firsts = [one.first for one in told if one.first is not None]
        lasts = [one.last for one in told if one.last is not None]
        unusable = sum(one.unusable for one in told)
        older = any(one.before for one in told)
        if not firsts and unusable:
            state.covered_to = 0 if more else now
            return []
        start = state.covered_to
        if not start:
            start = self._site.backfill_from if older else min(firsts, default=now)
        end = now if not more else min(max(lasts, default=start), now)
        state.covered_to = max(start, end)
        return [Covered(self._site.name, start, end)] if end > start else []


def build(options: Options, site: Site) -> CallLog:
    return CallLog(options, site)


def _read_cursor(cursor: bytes) -> _Cursor:
    try:
        return msgspec.msgpack.decode(cursor, type=_Cursor) if cursor else _Cursor()
    except msgspec.DecodeError:
        raise SourceError(
            Trouble.SETTINGS,
            "Another kind of source was followed under this name, so the place in the log is not known; "
            "give the call log a new name.",
        ) from None


def _follow(path: Path, state: _Cursor, most: int, now: int) -> tuple[list[Stretch], bool, _Cursor]:
    """Read on in every file we follow, the oldest first. Second value: lines may be lost that we could not reach.

    A rotated file must be at its end before its successor is begun, so that time runs forward. While the name is gone
    the files rotated away are still finished; with nothing left in them the missing file is the answer.
    """
    current, old, missing, lost = state.current, list(state.old), None, False
    if current is None or not same(current, path):
        if current is not None:
            between, lost = unseen(current, path)
            old.append(msgspec.structs.replace(current, grew_at=now, read_out=False))
            old += [msgspec.structs.replace(place, grew_at=now) for place in between]
        try:
            current = begin(path)
        except SourceError as error:
            current, missing = None, error
    else:
        known = {(place.device, place.inode) for place in old}
        copies = [place for place in copied(current, path) if (place.device, place.inode) not in known]
        old += [msgspec.structs.replace(place, grew_at=now) for place in copies]
    stretches: list[Stretch] = []
    followed: list[Place] = []
    for place in old:
        where = moved(place, path)
        if where is None:
            lost = lost or not place.read_out
            continue
        stretch = read(place, where, _left(most, stretches), now)
        lost = lost or stretch.damaged
        # Nobody writes into a packed file any more.
        still = is_packed(where) or now - stretch.place.grew_at >= _LINGER
        if stretch.ended and still and stretch.rest:
            stretch.lines.append(stretch.rest)
        stretches.append(stretch)
        if not (stretch.ended and still) and not stretch.damaged:
            followed.append(stretch.place)
    if missing is not None and not any(one.lines or not one.ended for one in stretches):
        raise missing
    if current is not None and all(one.ended for one in stretches):
        stretch = read(current, path, _left(most, stretches), now)
        stretches.append(stretch)
        current = stretch.place
    return stretches, lost, _Cursor(current, followed, state.covered_to)


def _left(most: int, stretches: list[Stretch]) -> int:
    """Bytes this poll may still read; never so few that nothing moves."""
    return max(min(_LEAST, most), most - sum(one.read for one in stretches))


def _partial(told: list[Tally], stretches: list[Stretch], lost: bool, flavour: str) -> str:
    wrong: Counter[Wrong] = Counter()
    for one in told:
        wrong += one.wrong
    wrong[Wrong.TOO_LONG] += sum(stretch.too_long for stretch in stretches)
    del wrong[Wrong.OTHER]
    unusable, lines = wrong.total(), sum(one.lines for one in told)
    words: list[str] = []
    if unusable:
        why = wrong.most_common(1)[0][0]
        all_of_them = f" Is it really a log of {flavour}?" if unusable >= lines else ""
        words.append(f"{unusable} of {lines} lines were not counted, mostly because {why}.{all_of_them}")
    if lost:
        words.append("The log was rotated or emptied before it was read to its end; some calls may be missing.")
    return " ".join(words)


def _add(facts: Facts, others: Facts) -> None:
    for one in fields(Facts):
        getattr(facts, one.name).extend(getattr(others, one.name))


_PEEK = 65_536


def _peek(path: Path) -> tuple[list[bytes], list[bytes], int]:
    place = begin(path)
    first = read(place, path, _PEEK, 0)
    if first.ended:
        return first.lines, [], first.size
    last = read(Place(place.device, place.inode, max(0, first.size - _PEEK)), path, _PEEK, 0)
    return first.lines, last.lines[1:], first.size


def _read_all(lines: list[bytes], flavour: str) -> list[Record]:
    read_lines = (read_line(flavour, line) for line in lines)
    return [record for record in read_lines if isinstance(record, Record)]
