"""Redmine: every issue with its journals, notes and links to its attachments. What is written is in ``redmine_write``.

One poll reads one page, and each of its issues once more, because lists hold no journals; a run of pages that reached its
end covers the time up to its first request. What cannot be known from here: a deleted issue, or one moved to a project
this user does not see, simply stops changing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from console.model.facts import Covered, Facts, Fetched, Progress
from console.model.moment import SECOND
from console.ports import Seen
from console.sources.http import HttpOptions
from console.sources.site import Site
from console.sources.tickets import redmine_issue, redmine_run
from console.sources.tickets import words as w
from console.sources.tickets.history import Ticket, events_of
from console.sources.tickets.reading import check_fields, sentence, skew_of, skew_words, text_of
from console.sources.tickets.redmine_api import PAGE, Page, RedmineApi, connect, root_of
from console.sources.tickets.redmine_run import Memory, Run
from console.sources.tickets.redmine_write import WRITES as WRITES
from console.sources.tickets.redmine_write import RedmineWriter

_OURS_ALONE = frozenset({"key", "url", "status", "source", "created_at", "title"})


class Options(HttpOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``url`` of Redmine itself; the credential is the API key of a user who sees the project.

    ``fields``: our field → name or number of a custom field, such as browser = Browser.
    ``task_project``: where development tasks are created; the ticket's own project when empty.
    """

    project: str = ""
    severity_map: dict[str, str] = msgspec.field(default_factory=dict)
    status_map: dict[str, str] = msgspec.field(default_factory=dict)
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    task_project: str = ""


def build(options: Options, site: Site) -> RedmineSource:
    """Raises SourceError for options that cannot work."""
    return RedmineSource(options, site)


def build_writer(options: Options, site: Site) -> RedmineWriter:
    """Raises SourceError for options that cannot work."""
    check_fields(options.fields, _OURS_ALONE)
    api = RedmineApi(connect(options, site), site, options.project)
    return RedmineWriter(
        api, _words_of(options), options.fields, root_of(options.url), options.severity_map, options.task_project
    )


def writes(options: Options) -> frozenset[str]:
    """A field that is mapped to a custom field can be written there."""
    return WRITES | options.fields.keys()


def _words_of(options: Options) -> w.Words:
    return w.words_for(
        w.REDMINE_SEVERITY,
        w.REDMINE_STATUS,
        categories=w.REDMINE_CATEGORIES,
        severity_map=options.severity_map,
        status_map=options.status_map,
    )


def recent(since: int) -> bytes:
    """A cursor that begins with what changed after ``since``; the time before stays unknown to it."""
    return redmine_run.encode(redmine_run.Memory(floor=since))


class RedmineSource:
    """Implements ``console.ports.Source``."""

    def __init__(self, options: Options, site: Site) -> None:
        check_fields(options.fields, _OURS_ALONE)
        self._words = _words_of(options)
        self._custom = options.fields
        self._root = root_of(options.url)
        self._site = site
        self._api = RedmineApi(connect(options, site), site, options.project)

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """One page of issues. ``more`` until the run is at its end."""
        memory = redmine_run.recall(cursor)
        before = self._api.read
        begins = memory.run is None
        run = memory.run = memory.run or Run(now, memory.floor)
        page = await self._api.page(run.since, run.offset)
        if begins:
            await self._api.names(memory.names)
        if run.pages == 0 and page.reply.date is not None:
            run.vendor_started = round(page.reply.date * SECOND)
        fresh = redmine_run.fresh_rows(run, page.rows)
        facts, lost = await self._facts(memory, run, fresh)
        at_end = redmine_run.step(run, page.rows, page.total, PAGE)
        progress = _progress(run, page, at_end) if memory.read_to is None or run.pages > 1 else None
        if at_end:
            known = [self._site.backfill_from, *([] if run.oldest is None else [run.oldest])]
            start = min(known) if memory.read_to is None else memory.read_to
            facts.covered.append(Covered(self._site.name, min(start, run.started), run.started))
            redmine_run.ended(memory, run, now)
        lost += page.unreadable
        return Fetched(
            facts,
            redmine_run.encode(memory),
            partial=f"{lost} tickets of this page were unreadable and left out." if lost else "",
            more=not at_end,
            progress=progress,
            seen_bytes=self._api.read - before,
            note=sentence(["Redmine", skew_words(skew_of(page.reply, now))]),
        )

    async def look(self, now: int) -> Seen:
        """Ask who we are and for the first page."""
        user = await self._api.whoami()
        page = await self._api.page(None, 0)
        name = " ".join(part for part in (text_of(user.get("firstname")), text_of(user.get("lastname"))) if part)
        lines = [f"As {name or text_of(user.get('login'))}"]
        lines.append(f"{page.total} issues" if page.total is not None else f"{len(page.rows)} issues on the first page")
        lines += [part for part in (skew_words(skew_of(page.reply, now)),) if part]
        lines.append("Deleted issues are not noticed: Redmine does not tell")
        return Seen(f"Redmine answers at {self._root}", lines)

    async def close(self) -> None:
        await self._api.close()

    async def _facts(self, memory: Memory, run: Run, rows: list[dict[str, Any]]) -> tuple[Facts, int]:
        """The facts of these rows, and how many of them could not be read."""
        good = [row for row in rows if redmine_issue.ticket_of(row, self._custom, self._root) is not None]
        whole = await self._api.details([text_of(row.get("id")) for row in good])
        facts = Facts()
        for issue in whole.values():
            redmine_issue.learn_from(issue, memory.names)
        for row in good:
            # Gone between the list and the question for it: what the list said still holds.
            issue = whole.get(text_of(row.get("id")), row)
            ticket = redmine_issue.ticket_of(issue, self._custom, self._root)
            if ticket is not None:
                self._tell(facts, memory, issue, ticket)
                run.high = max(ticket.updated, run.high or ticket.updated)
                run.oldest = min(ticket.created, run.oldest or ticket.created)
        return facts, len(rows) - len(good)

    def _tell(self, facts: Facts, memory: Memory, issue: Mapping[str, Any], ticket: Ticket) -> None:
        ids = redmine_issue.custom_ids(issue, self._custom)
        tell = redmine_issue.teller(self._words, memory.names, ids, self._root)
        changes = redmine_issue.changes_of(issue, memory.names, self._root)
        facts.ticket_event += events_of(self._site.name, ticket, changes, tell)
        facts.comment += redmine_issue.comments_of(self._site.name, ticket, issue)


def _progress(run: Run, page: Page, at_end: bool) -> Progress:
    left = 1 if page.total is None else max(page.total - run.offset - len(page.rows), 1)
    return Progress(run.tickets, run.tickets if at_end else run.tickets + left, f"{run.tickets} tickets")
