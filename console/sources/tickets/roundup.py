"""Roundup over its REST interface: tickets and messages. What is written is in ``roundup_write``.

There is no history of an issue: a change is what differs between two polls, laid at the issue's last activity. What
happened before the first poll, or between two polls more than once, is unknown, and the note says so. Pages go by id,
so an issue that moves while we page can come twice but not be missed. Retired issues simply stop changing.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.facts import Comment, Covered, Facts, Fetched, Progress
from console.model.moment import to_datetime
from console.ports import Seen
from console.sources.formats.plain_text import clean
from console.sources.http import Http, HttpOptions, Reply
from console.sources.site import Site
from console.sources.tickets import roundup_memory
from console.sources.tickets import words as w
from console.sources.tickets.reading import (
    check_fields,
    decode,
    dig,
    rows_of,
    sentence,
    skew_of,
    skew_words,
    text_of,
)
from console.sources.tickets.roundup_issue import (
    Issue,
    first_rows,
    instant_of_roundup,
    is_description,
    issue_of,
    label,
    later_rows,
)
from console.sources.tickets.roundup_memory import Memory, Run
from console.sources.tickets.roundup_write import WRITES as WRITES
from console.sources.tickets.roundup_write import RoundupWriter

PAGE = 100
_PROPERTIES = [
    "title", "status", "priority", "assignedto", "creation", "activity", "creator", "actor", "messages", "keyword",
    "superseder",
]  # fmt: skip
_NEEDED = frozenset({"creation", "activity"})
_UNKNOWN_PROPERTY = re.compile(r"Unknown property:? *\"?'?([A-Za-z_][A-Za-z0-9_]*)")
_OURS_ALONE = frozenset({"key", "url", "status", "source", "created_at", "title"})
_OBSERVED = "history observed from the first poll on"


class Options(HttpOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``url`` of the tracker (``https://host/tracker/``); ``fields``: our field → property of the issue class."""

    severity_map: dict[str, str] = msgspec.field(default_factory=dict)
    status_map: dict[str, str] = msgspec.field(default_factory=dict)
    fields: dict[str, str] = msgspec.field(default_factory=dict)


def build(options: Options, site: Site) -> RoundupSource:
    """Raises SourceError for options that cannot work."""
    return RoundupSource(options, site)


def build_writer(options: Options, site: Site) -> RoundupWriter:
    """Raises SourceError for options that cannot work."""
    address = _address_of(options)
    return RoundupWriter(_http_of(options, address, site), site, _words_of(options), address, options.fields)


def recent(since: int) -> bytes:
    """A cursor that begins with what changed after ``since``; the time before stays unknown to it."""
    return roundup_memory.encode(Memory(floor=since))


class RoundupSource:
    """Implements ``console.ports.Source``."""

    def __init__(self, options: Options, site: Site, *, page: int = PAGE) -> None:
        self._page_size = page
        check_fields(options.fields, _OURS_ALONE)
        self._words = _words_of(options)
        self._custom = options.fields
        self._address = _address_of(options)
        self._site = site
        self._http = _http_of(options, self._address, site)

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """One page of issues. ``more`` until the run is at its end."""
        memory = roundup_memory.recall(cursor)
        run = memory.run = memory.run or Run(now, memory.floor)
        reply, answer = await self._page(memory, run)
        roundup_memory.vendor_start(reply.date, run)
        found = dig(answer, "data", "collection")
        if not isinstance(found, list):
            raise SourceError(
                Trouble.UNREADABLE, "Roundup answered JSON without a collection of issues; is url that of the tracker?"
            )
        rows = rows_of(found)
        issues = [i for row in rows if (i := issue_of(row, self._words, self._address, self._custom)) is not None]
        facts = Facts()
        read = reply.wire_bytes + await self._tell(memory, issues, facts)
        roundup_memory.check_progress(run, [text_of(row.get("id")) for row in rows] or [f"page {run.index}"])
        run.high = max([*_known(run.high), *(issue.activity for issue in issues)], default=None)
        run.oldest = min([*_known(run.oldest), *(issue.created for issue in issues)], default=None)
        at_end = not _has_next(answer, len(found), self._page_size)
        progress = _progress(run, answer, at_end) if memory.read_to is None or run.index > 2 else None
        if at_end:
            first = min([self._site.backfill_from, *_known(run.oldest)])
            start = first if memory.read_to is None else memory.read_to
            facts.covered.append(Covered(self._site.name, min(start, run.started), run.started))
            roundup_memory.ended(memory, now)
        lost = len(found) - len(issues)
        return Fetched(
            facts,
            roundup_memory.encode(memory),
            partial=f"{lost} tickets of this page were unreadable and left out." if lost else "",
            more=not at_end,
            progress=progress,
            seen_bytes=read,
            note=sentence(["Roundup", _OBSERVED, skew_words(skew_of(reply, now))]),
        )

    async def look(self, now: int) -> Seen:
        """Ask for the first page."""
        reply, answer = await self._page(Memory(), Run(now, None))
        total = dig(answer, "data", "@total_size")
        lines = [f"{total} issues" if isinstance(total, int) and total >= 0 else "More issues than it counts"]
        lines += [part for part in (skew_words(skew_of(reply, now)),) if part]
        lines.append("Roundup tells no history: changes are observed from the first poll on, retired issues unnoticed")
        return Seen(f"Roundup answers at {self._address}", lines)

    async def close(self) -> None:
        await self._http.close()

    async def _page(self, memory: Memory, run: Run) -> tuple[Reply, Any]:
        """A page of issues by id. A property this tracker does not have is left out from then on."""
        wanted = list(dict.fromkeys([*_PROPERTIES, *self._custom.values()]))
        while True:
            names = [name for name in wanted if name not in memory.left_out]
            params: dict[str, str] = {
                "@fields": ",".join(names),
                "@verbose": "2",
                "@page_size": str(self._page_size),
                "@page_index": str(run.index),
            }
            if run.floor is not None:
                params["activity"] = _since(run.floor)
            reply = await self._http.get("rest/data/issue", params=params, expect=(400,))
            answer = await decode(self._site, reply, Any)
            if reply.status != 400:
                return reply, answer
            complaint = text_of(dig(answer, "error", "msg"))
            named = _UNKNOWN_PROPERTY.search(complaint)
            if named is None or named[1] not in names or named[1] in _NEEDED:
                raise SourceError(
                    Trouble.SETTINGS,
                    f"Roundup refuses the question ({complaint or 'no reason given'}); check fields.",
                )
            memory.left_out = [*memory.left_out, named[1]]

    async def _tell(self, memory: Memory, issues: list[Issue], facts: Facts) -> int:
        """Put what differs into ``facts`` and ``memory``; the bytes read for messages."""
        given = {
            issue.id: set(memory.seen[issue.id].messages) if issue.id in memory.seen else set() for issue in issues
        }
        missing = [i for issue in issues for i in issue.messages if i not in given[issue.id]]
        messages, read = await self._messages(missing)
        for issue in issues:
            last = memory.seen.get(issue.id)
            fresh = [messages[i] for i in issue.messages if i not in given[issue.id] and i in messages]
            if last is None:
                head = fresh[0] if fresh else {}
                described = is_description(issue, _written(head))
                rows, last = first_rows(self._site.name, issue, _body(head) if described else "")
            else:
                rows, last = later_rows(self._site.name, issue, last)
            facts.ticket_event += rows
            facts.comment += [self._comment(issue, message) for message in fresh]
            last.messages = sorted({*given[issue.id], *(text_of(message.get("id")) for message in fresh)})
            memory.seen[issue.id] = last
        return read

    async def _messages(self, ids: list[str]) -> tuple[dict[str, dict[str, Any]], int]:
        """Messages by id; those that cannot be read (not ours, retired) are missing and asked for again later."""
        found: dict[str, dict[str, Any]] = {}
        read = 0
        unique = list(dict.fromkeys(i for i in ids if i.isdecimal()))
        for start in range(0, len(unique), PAGE):
            params = {
                "id": ",".join(unique[start : start + PAGE]),
                "@fields": "author,date,content,creation,creator",
                "@verbose": "3",
                "@page_size": str(PAGE),
                "@page_index": "1",
            }
            reply = await self._http.get("rest/data/msg", params=params, expect=(400, 403, 404))
            read += reply.wire_bytes
            if reply.status >= 400:
                return found, read
            answer = await decode(self._site, reply, Any)
            found |= {text_of(row.get("id")): row for row in rows_of(dig(answer, "data", "collection"))}
        return found, read

    def _comment(self, issue: Issue, message: dict[str, Any]) -> Comment:
        author = label(message.get("author")) or label(message.get("creator"))
        role = "" if not author else "reporter" if author == issue.creator else "agent"
        at = _written(message)
        identity = text_of(message.get("id"))
        return Comment(
            self._site.name,
            issue.id,
            identity,
            author,
            role,
            True,
            _body(message),
            issue.activity if at is None else at,
        )


def _words_of(options: Options) -> w.Words:
    return w.words_for(
        w.ROUNDUP_SEVERITY,
        w.ROUNDUP_STATUS,
        kinds=w.ROUNDUP_KINDS,
        severity_map=options.severity_map,
        status_map=options.status_map,
    )


def _address_of(options: Options) -> str:
    return re.split(r"/rest(?:/|$)", options.url)[0].rstrip("/") + "/"


def _http_of(options: Options, address: str, site: Site) -> Http:
    placed = msgspec.structs.replace(options, url=address)
    return Http(placed, site.secret, default_auth="basic", transport=site.transport)


def _body(message: dict[str, Any]) -> str:
    content = message.get("content")
    return clean(content) if isinstance(content, str) else ""


def _written(message: dict[str, Any]) -> int | None:
    date = instant_of_roundup(message.get("date"))
    return instant_of_roundup(message.get("creation")) if date is None else date


def _since(floor: int) -> str:
    """From ``floor`` on, with its zone written out: bare dates are read in the zone of the calling user."""
    return to_datetime(floor).strftime("%Y-%m-%d.%H:%M:%S") + "+0000;"


def _has_next(answer: Any, rows: int, page: int) -> bool:
    """Whether Roundup names a next page; where it names none at all, a full page has one."""
    links = dig(answer, "data", "@links")
    return bool(rows) and (bool(dig(links, "next")) if isinstance(links, dict) else rows >= page)


def _known(value: int | None) -> list[int]:
    return [] if value is None else [value]


def _progress(run: Run, answer: Any, at_end: bool) -> Progress:
    size = dig(answer, "data", "@total_size")
    total = size if isinstance(size, int) and not isinstance(size, bool) and size > run.tickets else run.tickets + 1
    return Progress(run.tickets, run.tickets if at_end else total, f"{run.tickets} tickets")
