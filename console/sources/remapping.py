"""A ticket source whose mapping may be edited: what it told before is told anew where the words now mean something else.

A history is told once; the store drops it the second time, and an unchanged file is not read again. So after an edit all
tickets are read with the former and with the present mapping, each page asked of the remote once, and what differs
becomes one change of the ticket, at the time of the edit. What was known before stays as it was known then.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import msgspec

from console.model.errors import ConsoleError, SourceError, Trouble
from console.model.facts import Facts, Fetched, TicketEvent
from console.model.mapping import as_left
from console.model.moment import iso
from console.ports import Seen, Source
from console.settings import SourceSettings
from console.sources import registry
from console.sources.recording import Recorded, Recording
from console.sources.site import Site
from console.sources.tickets.preview import MAPPING, Here, can_preview
from console.sources.tickets.reading import differences

_MAGIC = b"hc-mapped-1:"
_NEVER = frozenset({"created_at", "key", "url"})


class Held(msgspec.Struct):
    """The cursor. ``inner``: the source's own. ``mapping``: that under which everything so far was told, None: unknown.

    ``since``: when telling anew began, None while it is not under way; ``target``: to which mapping; ``before`` and
    ``after``: how far both readings are.
    """

    inner: bytes = b""
    mapping: dict[str, Any] | None = None
    since: int | None = None
    target: dict[str, Any] = {}
    before: bytes = b""
    after: bytes = b""


def build(settings: SourceSettings, site: Site) -> Source:
    """As ``registry.build``, minding edits of the mapping where the kind has one."""
    inner = registry.build(settings, site)
    return Mapped(inner, settings, site) if can_preview(settings.kind) else inner


class Mapped:
    """Implements ``console.ports.Source``."""

    def __init__(self, inner: Source, settings: SourceSettings, site: Site) -> None:
        self._inner = inner
        self._settings = settings
        self._site = site
        self.asked_ahead: bool = getattr(inner, "asked_ahead", True)
        self._mapping = {name: value for name, value in settings.options.items() if name in MAPPING and value}

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        held = _recall(cursor)
        if held.mapping is None or not held.inner:
            held.mapping = self._mapping
        if held.mapping != self._mapping:
            return await self._again(held, now)
        answer = await self._inner.poll(held.inner, now)
        return replace(answer, cursor=_encode(Held(answer.cursor, self._mapping)))

    async def look(self, now: int) -> Seen:
        return await self._inner.look(now)

    async def close(self) -> None:
        await self._inner.close()

    async def _again(self, held: Held, now: int) -> Fetched:
        """One page with both mappings. A former mapping that cannot be used any more has nothing to compare with."""
        if held.since is None or held.target != self._mapping:
            held = Held(held.inner, held.mapping, now, self._mapping)
        recording = Recording(now)
        former = {n: v for n, v in self._settings.options.items() if n not in MAPPING} | (held.mapping or {})
        try:
            before = await self._page(former, held.before, recording, now)
        except ConsoleError as error:
            if isinstance(error, SourceError) and error.trouble is not Trouble.SETTINGS:
                raise
            before = None
        after = await self._page(self._settings.options, held.after, recording, now)
        rows: list[TicketEvent] = []
        if before is not None:
            rows = await asyncio.to_thread(self._changes, before, after, held.since or now)
        held.before, held.after = before.cursor if before is not None else b"", after.cursor
        if not after.more:
            held = Held(held.inner, self._mapping)
        return Fetched(
            Facts(ticket_event=rows),
            _encode(held),
            partial=after.partial,
            more=True,
            progress=after.progress if after.more else None,
            seen_bytes=after.seen_bytes,
            note="the mapping was edited: tickets are told anew",
        )

    async def _page(self, options: dict[str, Any], cursor: bytes, recording: Recording, now: int) -> Fetched:
        settings = msgspec.structs.replace(self._settings, options=options)
        transport = Recorded(recording, options.get("ca_file"))
        try:
            source = registry.build(settings, replace(self._site, workshop=Here(), transport=transport, folder=None))
            try:
                return await source.poll(cursor, now)
            finally:
                await source.close()
        finally:
            await transport.aclose()

    def _changes(self, before: Fetched, after: Fetched, since: int) -> list[TicketEvent]:
        one, other = as_left(before.facts.ticket_event), as_left(after.facts.ticket_event)
        rows: list[TicketEvent] = []
        for identity, ticket in other.items():
            former = one.get(identity)
            if former is None:
                # Told apart by something else now, such as another column for the key.
                rows += [row for row in after.facts.ticket_event if row.ticket == identity]
                continue
            was = {name: value for name, value in former.values.items() if name not in _NEVER}
            is_ = {name: value for name, value in ticket.values.items() if name not in _NEVER}
            at = max(since, ticket.at + 1)
            rows += differences(self._site.name, identity, f"mapping:{iso(since)}", was, is_, "", at)
        return rows


def _recall(cursor: bytes) -> Held:
    """A cursor of before this wrapper is the source's own."""
    if not cursor.startswith(_MAGIC):
        return Held(cursor)
    try:
        return msgspec.msgpack.decode(cursor[len(_MAGIC) :], type=Held)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Held()


def _encode(held: Held) -> bytes:
    return _MAGIC + msgspec.msgpack.encode(held)
