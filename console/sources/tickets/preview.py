"""What a mapping that is not saved yet would make of real tickets, told by the connector itself.

The source is built twice, with the options as saved and as typed, and asked for recent tickets; what both ask alike is
asked of the remote once. Nothing is remembered or written anywhere.
"""

from __future__ import annotations

import asyncio
import importlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from console.model.errors import ConsoleError
from console.model.facts import TicketEvent
from console.model.mapping import WORDS, MappingPreview, Ticket, Word, as_left, compare
from console.model.moment import DAY, MINUTE
from console.ports import Source
from console.settings import SourceSettings
from console.sources import registry
from console.sources.recording import Recorded, Recording
from console.sources.site import Site
from console.sources.tickets import words as w

T = TypeVar("T")
MAPPING = frozenset({"severity_map", "status_map", "fields", "map", "time_zone", "date_order"})
MOST = 50
_ROUNDS = 4
_RECENT = 14 * DAY
_MOST_WORDS = 60
_LARGE = 100_000
_KEPT = 3 * MINUTE
"""So long a word can be changed and looked at again without asking the remote anew."""


class Here:
    """A workshop in this process: what words were met is noted where they are read. Large bodies leave the loop free."""

    async def run(self, size: int, function: Callable[..., T], *arguments: Any) -> T:
        if size < _LARGE:
            return function(*arguments)
        return await asyncio.to_thread(function, *arguments)


def can_preview(kind: str) -> bool:
    """Whether a kind has a mapping that real tickets can be read with."""
    known = registry.kinds().get(kind)
    if known is None or known.speaks != "tickets":
        return False
    options = importlib.import_module(known.module).Options
    names = {field.encode_name for field in msgspec.structs.fields(options)}
    return bool(names & {"status_map", "map"})


class Mappings:
    """Previews one after the other, over what was read a moment ago where that is the same system. Network lane."""

    def __init__(self) -> None:
        self._recording: tuple[bytes, Recording] | None = None

    async def preview(
        self, typed: SourceSettings, saved: Sequence[SourceSettings], site: Site, now: int
    ) -> MappingPreview:
        """Against the saved source of the same name, else against the connector's own mapping. Raises as ``preview``."""
        bare = unmapped(typed)
        known = next((one for one in saved if (one.name, one.kind) == (typed.name, typed.kind)), None)
        mapped = {} if known is None else {n: v for n, v in known.options.items() if n in MAPPING}
        before = msgspec.structs.replace(bare, options={**bare.options, **mapped})
        mark = msgspec.json.encode([bare.kind, bare.name, bare.options])
        held = self._recording
        if held is None or held[0] != mark or not 0 <= now - held[1].made_at < _KEPT:
            held = self._recording = (mark, Recording(now))
        return await preview(before, typed, site, held[1], now)


def unmapped(source: SourceSettings) -> SourceSettings:
    """The source with the connector's own mapping alone."""
    kept = {name: value for name, value in source.options.items() if name not in MAPPING}
    return msgspec.structs.replace(source, options=kept)


async def preview(
    saved: SourceSettings, typed: SourceSettings, site: Site, recording: Recording, now: int
) -> MappingPreview:
    """Raises SettingsError or SourceError where the typed settings cannot be read with."""
    after, met, spoken = await _read(typed, site, recording, now)
    trouble = ""
    try:
        before, met_before, spoken_before = await _read(saved, site, recording, now)
    except ConsoleError as error:
        trouble, before, met_before, spoken_before = error.message, {}, w.Met(), None
    words = [
        Word(name, word, count, _meant(spoken_before, name, word), _meant(spoken, name, word))
        for name in WORDS
        for word, count in _sorted(met.words.get(name, Counter()), met_before.words.get(name, Counter()))
    ]
    return MappingPreview(compare(before, after, MOST), tuple(words[:_MOST_WORDS]), trouble)


async def _read(
    settings: SourceSettings, site: Site, recording: Recording, now: int
) -> tuple[dict[str, Ticket], w.Met, w.Words | None]:
    options = registry.options_of(settings)
    module = importlib.import_module(registry.kind_of(settings).module)
    recent: Callable[[int], bytes] = getattr(module, "recent", _from_the_beginning)
    transport = Recorded(recording, getattr(options, "ca_file", None))
    met = w.Met()
    token = w.MET.set(met)
    try:
        source = registry.build(
            settings, replace(site, workshop=Here(), transport=transport, folder=None, status_of=None)
        )
        try:
            rows = await _rows(source, recent(now - _RECENT), now)
            if not rows:
                rows = await _rows(source, b"", now)
        finally:
            await source.close()
    finally:
        w.MET.reset(token)
        await transport.aclose()
    return await asyncio.to_thread(as_left, rows), met, met.by


async def _rows(source: Source, cursor: bytes, now: int) -> list[TicketEvent]:
    rows: list[TicketEvent] = []
    for _ in range(_ROUNDS):
        answer = await source.poll(cursor, now)
        rows += answer.facts.ticket_event
        cursor = answer.cursor
        if not answer.more or len({row.ticket for row in rows}) >= MOST:
            break
    return rows


def _from_the_beginning(_since: int) -> bytes:
    return b""


def _sorted(met: Counter[str], before: Counter[str]) -> list[tuple[str, int]]:
    """Most frequent first; a word only the saved mapping read still counts."""
    return sorted((met | before).items(), key=lambda pair: (-pair[1], pair[0]))


def _meant(words: w.Words | None, name: str, word: str) -> str:
    if words is None:
        return ""
    tables: dict[str, Callable[[str], str]] = {
        "severity": words.severity,
        "status": words.status,
        "kind": words.kind,
        "channel": words.channel,
    }
    return tables[name](word)
