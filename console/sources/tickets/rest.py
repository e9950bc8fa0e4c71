"""Any JSON API as a ticket system: where its items are and what their fields mean is set, not programmed.

It has no history that would be known here: a change is what differs between two readings. Every reading goes over all
pages; ``since_param`` narrows it to what changed. What is written, and how, stands in templates (``rest_write``).
"""

from __future__ import annotations

from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.facts import Covered, Facts, Fetched, Progress
from console.model.moment import MINUTE, SECOND
from console.ports import Seen
from console.sources.http import Http, HttpOptions, Reply, refusal
from console.sources.site import Site
from console.sources.tickets import column_map, observed_rows, rest_item, rest_paging
from console.sources.tickets.column_map import Plan
from console.sources.tickets.observed_rows import Reading
from console.sources.tickets.reading import decode, sentence, skew_of, skew_words
from console.sources.tickets.rest_item import Told
from console.sources.tickets.rest_paging import Keys, Paging, Place
from console.sources.tickets.rest_write import RestWriter, Templates, check_templates


class Options(HttpOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``items``: JMESPath of the list; ``map``: our field → JMESPath within an item, by the items' own keys when empty.

    ``paging``: none, page, offset, cursor or link (header). ``next``: JMESPath of the next cursor or address.
    ``since_param``: the parameter that narrows to what changed since. ``since_format``: how its time is written.
    ``read_url``: one ticket, such as https://host/tickets/{id}. ``read_item``: JMESPath of it in that answer.
    ``write_url``: our field = method and address, such as PATCH https://host/tickets/{id}.
    ``write_body``: our field = JSON with {value}, {id}, {version}. ``find_url``: comment = where its text can be found again.
    """

    items: str = ""
    map: dict[str, str] = msgspec.field(default_factory=dict)
    paging: Paging = "none"
    page_param: str = "page"
    offset_param: str = "offset"
    size_param: str = ""
    cursor_param: str = "cursor"
    page_size: int = 100
    first_page: int = 1
    next: str = ""
    since_param: str = ""
    since_format: Literal["iso", "epoch", "epoch_ms"] = "iso"
    severity_map: dict[str, str] = msgspec.field(default_factory=dict)
    status_map: dict[str, str] = msgspec.field(default_factory=dict)
    time_zone: str = ""
    date_order: Literal["dmy", "mdy"] | None = None
    read_url: str = ""
    read_item: str = "@"
    write_url: dict[str, str] = msgspec.field(default_factory=dict)
    write_body: dict[str, str] = msgspec.field(default_factory=dict)
    find_url: dict[str, str] = msgspec.field(default_factory=dict)


_GONE = (400, 404, 410)
_STALE = MINUTE
"""A page's cursor that is refused after a pause of this length may have expired; one refused at once is a fault."""


class Memory(msgspec.Struct):
    """The cursor. ``floor``: of the remote's own times, from where the next reading asks; ``fields``: the map in use.

    ``ceiling``: the remote's clock when the reading began, else ours: no item can have changed later. ``paged``: when the last
    page came.
    """

    reading: Reading = msgspec.field(default_factory=Reading)
    place: Place = msgspec.field(default_factory=Place)
    read_to: int | None = None
    floor: int | None = None
    high: int | None = None
    oldest: int | None = None
    fields: dict[str, str] = {}
    repeated: int = 0
    unread: int = 0
    ceiling: int = 0
    paged: int = 0


def build(options: Options, site: Site) -> RestSource:
    """Raises SourceError for options that cannot work."""
    return RestSource(options, site)


def build_writer(options: Options, site: Site) -> RestWriter:
    """Raises SourceError for options that cannot work."""
    rest_item.check_map(options.map)
    templates = templates_of(options)
    check_templates(templates)
    own = {"severity": options.severity_map, "status": options.status_map}
    http = Http(options, site.secret, transport=site.transport)
    return RestWriter(http, site, templates, options.map, plan_of(options, site, options.map), own)


def writes(options: Options) -> frozenset[str]:
    """What there are templates for."""
    return templates_of(options).writes


def templates_of(options: Options) -> Templates:
    return Templates(
        options.url, options.read_url, options.read_item, options.write_url, options.write_body, options.find_url
    )


def plan_of(options: Options, site: Site, fields: dict[str, str]) -> Plan:
    """How rows of ``fields`` are told. Raises SourceError for words or a zone that do not exist."""
    try:
        zone = ZoneInfo(options.time_zone or site.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SourceError(
            Trouble.SETTINGS, f'time_zone = "{options.time_zone}" is not known; write it as Europe/Berlin.'
        ) from None
    words = column_map.words_of(options.severity_map, options.status_map)
    orders = dict.fromkeys((name for name in fields if name.endswith("_at")), options.date_order or "")
    return Plan({name: place for place, name in enumerate(fields)}, words, zone, orders)


class RestSource:
    """Implements ``console.ports.Source``."""

    def __init__(self, options: Options, site: Site) -> None:
        rest_item.check_map(options.map)
        rest_item.check_expressions({n: e for n, e in (("items", options.items), ("next", options.next)) if e})
        plan_of(options, site, {})
        check_templates(templates_of(options))
        if options.paging == "cursor" and not options.next:
            raise SourceError(
                Trouble.SETTINGS, "paging by cursor needs next: the expression of the next page's cursor."
            )
        if options.page_size < 1:
            raise SourceError(Trouble.SETTINGS, "page_size must be 1 or more.")
        self._options = options
        self._site = site
        self._http = Http(options, site.secret, transport=site.transport)
        self._keys = Keys(
            options.paging, options.page_param, options.offset_param, options.size_param, options.cursor_param,
            options.page_size, options.first_page, options.next, options.since_param, options.since_format,
        )  # fmt: skip

    asked_ahead = False

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """One page of items. ``more`` until the reading is at its end."""
        memory, chosen = _recall(cursor), self._options
        memory.reading.under(
            chosen.map, chosen.severity_map, chosen.status_map, chosen.time_zone, chosen.date_order or ""
        )
        if memory.reading.started is None:
            _begin(memory, now)
        reply, document, items = await self._page(memory, now)
        if memory.place.index == 0:
            memory.ceiling = now if reply.date is None else round(reply.date * SECOND)
        memory.paged = now
        memory.fields = memory.fields or self._options.map or self._proposed(items)
        told = await self._told(memory.fields, items, len(reply.content))
        facts, repeated = await observed_rows.compare(self._site, memory.reading, told.rows)
        memory.repeated += repeated
        memory.unread += sum(bool(row.unread) for row in told.rows)
        _note_times(memory, told)
        link = reply.headers.get("link", "")
        at_end = rest_paging.step(self._keys, memory.place, document, link, told.marks, len(items))
        count = memory.place.seen
        if at_end:
            self._end(memory, facts)
        return Fetched(
            facts,
            msgspec.msgpack.encode(memory),
            partial=f"{told.lost} items of this page had no id or were no objects, and were left out."
            if told.lost
            else "",
            more=not at_end,
            progress=Progress(count, count if at_end else count + 1, f"{count} items") if count > len(items) else None,
            seen_bytes=reply.wire_bytes,
            note=sentence(
                [
                    f"{count} items, history observed from the first reading on",
                    f"{memory.repeated} repeat an id" if memory.repeated else "",
                    f"{memory.unread} with a time that cannot be read" if memory.unread else "",
                    skew_words(skew_of(reply, now)),
                ]
            ),
        )

    async def look(self, now: int) -> Seen:
        """Ask for the first page and say how its first item is taken."""
        reply, _, items = await self._page(Memory(), now)
        fields = self._options.map or self._proposed(items)
        told = await self._told(fields, items[:20], len(reply.content))
        lines = [f"{name} ← {expression}" for name, expression in fields.items()]
        first = told.rows[0].values if told.rows else {}
        lines += [f"first item: {name} = {value[:120]}" for name, value in sorted(first.items())]
        lines += [f"{told.lost} of the first {len(items[:20])} items have no id"] if told.lost else []
        lines += [part for part in (skew_words(skew_of(reply, now)),) if part]
        return Seen(f"{len(items)} items on the first page of {self._http.base.host}", lines)

    async def close(self) -> None:
        await self._http.close()

    async def _page(self, memory: Memory, now: int) -> tuple[Reply, Any, list[Any]]:
        """The next page, the first one again where its cursor has expired."""
        since = memory.floor if self._options.since_param else None
        url, params = rest_paging.request_of(self._http.base, self._keys, memory.place, since)
        reply = await self._http.get(url, params=params or None, expect=_GONE if memory.place.token else ())
        if reply.status in _GONE:
            if now - memory.paged < _STALE:
                raise refusal(reply)
            _begin(memory, now)
            return await self._page(memory, now)
        document = await decode(self._site, reply, Any)
        items = rest_item.items_in(document, self._options.items)
        if items is None:
            where = f'under items = "{self._options.items}"' if self._options.items else "in the answer; set items"
            raise SourceError(
                Trouble.UNREADABLE, f"{self._http.base.host} answered JSON, but no list was found {where}."
            )
        return reply, document, items

    def _proposed(self, items: list[Any]) -> dict[str, str]:
        fields = rest_item.propose(items)
        if items and not {column_map.ID, "key"} & fields.keys():
            raise SourceError(Trouble.SETTINGS, "The items name no id or key by themselves; set map.")
        return fields

    async def _told(self, fields: dict[str, str], items: list[Any], size: int) -> Told:
        plan = plan_of(self._options, self._site, fields)
        return await self._site.workshop.run(size, rest_item.told, plan, fields, items)

    def _end(self, memory: Memory, facts: Facts) -> None:
        started = memory.reading.started or 0
        first = min([self._site.backfill_from, *([] if memory.oldest is None else [memory.oldest])])
        start = first if memory.read_to is None else memory.read_to
        facts.covered.append(Covered(self._site.name, min(start, started), started))
        memory.read_to = started
        marks = [mark for mark in (memory.high, memory.floor) if mark is not None]
        if marks:
            # An item of the year 2099 would otherwise be all that is ever asked for again.
            memory.floor = min(max(marks), memory.ceiling or started) - rest_paging.OVERLAP
        memory.reading.started, memory.fields = None, {}


def _begin(memory: Memory, now: int) -> None:
    memory.reading.begin(now)
    memory.place, memory.high, memory.repeated, memory.unread, memory.fields = Place(), None, 0, 0, {}


def _note_times(memory: Memory, told: Told) -> None:
    born = [row.created for row in told.rows if row.created is not None]
    moved = [row.updated for row in told.rows if row.updated is not None]
    memory.oldest = min([*born, *([] if memory.oldest is None else [memory.oldest])], default=None)
    memory.high = max([*moved, *([] if memory.high is None else [memory.high])], default=None)


def _recall(cursor: bytes) -> Memory:
    try:
        return msgspec.msgpack.decode(cursor, type=Memory) if cursor else Memory()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Memory()
