"""Zendesk Support: every ticket with its audits, comments and satisfaction ratings.

Tickets come from the incremental export, which leaves out the last minute, so what is covered ends a minute before the
request. The history comes from each ticket's audits and not from the export of ticket events, whose shape the vendor
does not document. Tickets that were closed before the session's time are passed over: they can change nothing in it.
"""

from __future__ import annotations

import msgspec

from console.model.facts import Covered, Facts, Fetched, Progress, TicketEvent
from console.model.moment import MINUTE, iso
from console.ports import Seen
from console.sources.http import HttpOptions
from console.sources.site import Site
from console.sources.tickets import words as w
from console.sources.tickets import zendesk_issue, zendesk_run
from console.sources.tickets.reading import check_fields, sentence, skew_of, skew_words, text_of
from console.sources.tickets.zendesk_api import Page, StaleCursorError, ZendeskApi, root_of
from console.sources.tickets.zendesk_issue import DELETED, Manner, Ticket
from console.sources.tickets.zendesk_run import Memory
from console.sources.tickets.zendesk_write import WRITES, ZendeskWriter

PORTION = 100
LAG = MINUTE
"""What the export leaves out at its end."""
_OURS_ALONE = frozenset({"key", "url", "status", "source", "created_at"})
_GONE = frozenset({"closed", DELETED})


class Options(HttpOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``url``: https://NAME.zendesk.com; ``user``: the e-mail of an admin whose API token is the credential (without it
    the credential is an OAuth token); ``fields``: our field → id of a custom ticket field.
    """

    severity_map: dict[str, str] = msgspec.field(default_factory=dict)
    status_map: dict[str, str] = msgspec.field(default_factory=dict)
    fields: dict[str, str] = msgspec.field(default_factory=dict)


def build(options: Options, site: Site) -> ZendeskSource:
    """Raises SourceError for options that cannot work."""
    return ZendeskSource(options, site)


def words_of(options: Options) -> w.Words:
    """Raises SourceError for a target that is none of our words."""
    return w.words_for(
        w.ZENDESK_SEVERITY, w.ZENDESK_STATUS, severity_map=options.severity_map, status_map=options.status_map
    )


def manner_of(options: Options, api: ZendeskApi) -> Manner:
    """How tickets of this source are told. Raises SourceError for options that cannot work."""
    check_fields(options.fields, _OURS_ALONE)
    own_open = any(w.fold(word) == "open" for word in options.status_map)
    browse = f"{root_of(options.url)}/agent/tickets/"
    return Manner(words_of(options), options.fields, api.names, browse, own_open)


def build_writer(options: Options, site: Site) -> ZendeskWriter:
    """Raises SourceError for options that cannot work."""
    api = ZendeskApi(options, site)
    return ZendeskWriter(api, manner_of(options, api), _own_statuses(options))


def writes(options: Options) -> frozenset[str]:
    """A field that is mapped to a custom field can be written there."""
    return WRITES | options.fields.keys()


def recent(since: int) -> bytes:
    """A cursor that begins with what changed after ``since``; the time before stays unknown to it."""
    return zendesk_run.encode(Memory(since=since))


def _own_statuses(options: Options) -> bool:
    """Whether names of custom statuses are mapped, so that those must be asked for."""
    return any(w.fold(word) not in w.ZENDESK_STATUS for word in options.status_map)


class ZendeskSource:
    """Implements ``console.ports.Source``."""

    def __init__(self, options: Options, site: Site) -> None:
        self._site = site
        self._api = ZendeskApi(options, site)
        self._manner = manner_of(options, self._api)
        self._own_statuses = _own_statuses(options)
        # A page is told in portions over several polls; it is not fetched anew for each. Losing it costs a request.
        self._held: tuple[str, Page] | None = None

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """A portion of a page of tickets with their audits. ``more`` until the export is at its end."""
        memory = zendesk_run.recall(cursor)
        before = self._api.read
        page = await self._page(memory, now)
        if memory.started is None:
            memory.started = now
        tickets = [t for row in page.tickets if (t := zendesk_issue.ticket_of(row)) is not None]
        told = set(memory.done)
        left = [t for t in tickets if _mark(t) not in told and self._counts(t)]
        portion = left[:PORTION]
        facts, reached = await self._tell(memory, portion)
        memory.done += [_mark(ticket) for ticket in reached]
        whole = len(reached) == len(left)
        at_end = whole and page.end
        first = memory.read_to is None
        if whole:
            self._held = None
            zendesk_run.next_page(memory, [ticket.id for ticket in tickets], page.after)
        progress = _progress(memory, at_end) if first or memory.pages > 1 else None
        if at_end:
            start = self._site.backfill_from if memory.read_to is None else memory.read_to
            read_to = memory.started - LAG
            facts.covered.append(Covered(self._site.name, min(start, read_to), read_to))
            zendesk_run.ended(memory, read_to)
        lost = page.unreadable + len(page.tickets) - len(tickets)
        return Fetched(
            facts,
            zendesk_run.encode(memory),
            partial=f"{lost} tickets of this page were unreadable and left out." if lost else "",
            more=not at_end,
            progress=progress,
            seen_bytes=self._api.read - before,
            note=sentence(["Zendesk, a minute behind", skew_words(skew_of(page.reply, now))]),
        )

    async def look(self, now: int) -> Seen:
        """Ask for who we are and for the beginning of what changed lately."""
        user = await self._api.me()
        page = await self._api.export("", now - 3_600 * MINUTE, now, per_page=PORTION)
        count = f"{len(page.tickets)}" if page.end else f"More than {len(page.tickets)}"
        lines = [f"{count} tickets changed in the last 60 hours"]
        if text_of(user.get("role")) not in ("", "admin"):
            lines.append(f"The user is {text_of(user.get('role'))}; the export of tickets needs an admin")
        lines += [part for part in (skew_words(skew_of(page.reply, now)),) if part]
        return Seen(f"Zendesk answers {text_of(user.get('name')) or 'the credential'}", lines)

    async def close(self) -> None:
        await self._api.close()

    async def _page(self, memory: Memory, now: int) -> Page:
        if self._held is not None and self._held[0] == memory.after:
            return self._held[1]
        if self._own_statuses and not self._api.names.statuses:
            await self._api.statuses()
        try:
            page = await self._api.export(memory.after, memory.since, now)
        except StaleCursorError:
            since = memory.since if memory.read_to is None else memory.read_to - 10 * MINUTE
            memory.after, memory.done = "", []
            page = await self._api.export("", since, now)
        if len(page.tickets) > PORTION:
            self._held = (memory.after, page)
        return page

    def _counts(self, ticket: Ticket) -> bool:
        """Whether anything of the ticket lies in the session's time. Its ``updated`` may be older than its change."""
        return ticket.raw["status"] not in _GONE or ticket.updated >= self._site.backfill_from

    async def _tell(self, memory: Memory, portion: list[Ticket]) -> tuple[Facts, list[Ticket]]:
        """Facts of the tickets whose audits could be read, and those tickets."""
        living = [ticket.id for ticket in portion if ticket.raw["status"] != DELETED]
        logs, _ = await self._api.histories(living)
        reached = [t for t in portion if t.id in logs or t.raw["status"] == DELETED]
        audits = {t.id: zendesk_issue.audits_of(t, logs.get(t.id, [])) for t in reached}
        await self._api.people(sorted(set().union(*(zendesk_issue.people_in(t, audits[t.id]) for t in reached))))
        await self._api.teams(sorted(set().union(*(zendesk_issue.teams_in(t, audits[t.id]) for t in reached))))
        facts = Facts()
        for ticket in reached:
            log = audits[ticket.id]
            rows = zendesk_issue.events_of(self._site.name, ticket, log, self._manner)
            facts.ticket_event += rows + self._restored(memory, ticket, rows)
            facts.comment += zendesk_issue.comments_of(self._site.name, ticket, log, self._manner)
            facts.survey += zendesk_issue.surveys_of(self._site.name, ticket, log, self._manner)
        return facts, reached

    def _restored(self, memory: Memory, ticket: Ticket, rows: list[TicketEvent]) -> list[TicketEvent]:
        """The row that opens a ticket again that was deleted: its own audits do not tell of it."""
        if ticket.raw["status"] == DELETED:
            memory.deleted = [*(one for one in memory.deleted if one != ticket.id), ticket.id]
            return []
        if ticket.id not in memory.deleted:
            return []
        memory.deleted = [one for one in memory.deleted if one != ticket.id]
        status = next((row.new for row in reversed(rows) if row.field == "status"), "")
        at = max(ticket.updated, rows[-1].happened_at + 1)
        change = f"restored:{iso(ticket.updated)}"
        return [TicketEvent(self._site.name, ticket.id, change, "status", "closed", status, "", at)]


def _mark(ticket: Ticket) -> str:
    """A ticket as it is on this page: it may come again later in the export, changed."""
    return f"{ticket.id}@{ticket.updated}"


def _progress(memory: Memory, at_end: bool) -> Progress:
    count = memory.tickets + len(memory.done)
    words = f"{count} tickets" if at_end else f"{count} tickets so far, Zendesk does not say of how many"
    return Progress(count, count if at_end else count + 1, words)
