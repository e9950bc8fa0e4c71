"""Jira, Cloud and Data Center: every ticket with its whole change history and its comments. ``jira_write`` has the rest.

One poll reads one page; a run of pages that reached its end covers the time up to its first request. Reading overlaps
on purpose, and the store drops what it has, so the ids of changes must not depend on when or how often they are read.
What cannot be known from here: a deleted issue simply stops changing.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.facts import Covered, Facts, Fetched, Progress
from console.model.moment import MINUTE
from console.ports import Seen
from console.sources.http import Http, HttpOptions
from console.sources.site import Site
from console.sources.tickets import jira_issue, jira_run, jira_service
from console.sources.tickets import words as w
from console.sources.tickets.jira_api import CLOUD, DATACENTER, JiraApi, Page, StaleTokenError
from console.sources.tickets.jira_page import Manner, Told, category_of, told_of
from console.sources.tickets.jira_run import Memory, Run
from console.sources.tickets.jira_write import WRITES as WRITES
from console.sources.tickets.jira_write import JiraWriter
from console.sources.tickets.reading import check_fields, sentence, skew_of, skew_words, text_of

_AN_ISSUE = 12_000
"""Telling an issue with its log takes as long as parsing so many bytes of exposition, by which the workshop decides."""
_OURS_ALONE = frozenset({"key", "url", "status", "source", "created_at"})


class Options(HttpOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``fields``: our field → id of a custom field; ``severity_map`` and ``status_map``: Jira's word → ours.

    ``deployment``: without it, ``user`` means Cloud (Basic) and no ``user`` Data Center (Bearer); where that turns out
    wrong, Jira's own word counts.
    ``task_project``: key of the project where development tasks are made; the ticket's own when empty.
    ``task_type``: their issue type.
    """

    jql: str = ""
    severity_map: dict[str, str] = msgspec.field(default_factory=dict)
    status_map: dict[str, str] = msgspec.field(default_factory=dict)
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    deployment: Literal["cloud", "datacenter"] | None = None
    task_project: str = ""
    task_type: str = "Task"


def build(options: Options, site: Site) -> JiraSource:
    """Raises SourceError for options that cannot work."""
    return JiraSource(options, site)


def build_writer(options: Options, site: Site) -> JiraWriter:
    """Raises SourceError for options that cannot work."""
    check_fields(options.fields, _OURS_ALONE)
    return JiraWriter(
        _api_of(options, site),
        _words_of(options),
        options.fields,
        _browse_of(options),
        certain=options.deployment is not None,
        severities=options.severity_map,
        task_project=options.task_project,
        task_type=options.task_type,
    )


def writes(options: Options) -> frozenset[str]:
    """A field that is mapped to a custom field can be written there."""
    return WRITES | options.fields.keys()


def _words_of(options: Options) -> w.Words:
    return w.words_for(
        w.JIRA_SEVERITY,
        {},
        categories=w.JIRA_CATEGORIES,
        severity_map=options.severity_map,
        status_map=options.status_map,
    )


def _root_of(options: Options) -> str:
    return options.url.split("/rest/")[0].rstrip("/")


def _browse_of(options: Options) -> str:
    return f"{_root_of(options)}/browse/"


def _api_of(options: Options, site: Site) -> JiraApi:
    http = Http(msgspec.structs.replace(options, url=_root_of(options)), site.secret, transport=site.transport)
    return JiraApi(http, site, options.deployment or (CLOUD if options.user else DATACENTER))


def recent(since: int) -> bytes:
    """A cursor that begins with what changed after ``since``; the time before stays unknown to it."""
    return jira_run.encode(Memory(floor=since))


class JiraSource:
    """Implements ``console.ports.Source``."""

    def __init__(self, options: Options, site: Site) -> None:
        check_fields(options.fields, _OURS_ALONE)
        self._words = _words_of(options)
        self._browse = _browse_of(options)
        self._options = options
        self._site = site
        self._api = _api_of(options, site)
        self._fields = [*jira_issue.FIELDS, *sorted(set(options.fields.values()))]

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """One page of tickets. ``more`` until the run is at its end."""
        memory = jira_run.recall(cursor)
        if self._options.deployment is None and memory.deployment:
            self._api.deployment = memory.deployment
        before = self._api.read
        page, run = await self._page(memory, now)
        return await self._digest(memory, run, page, now, before)

    async def look(self, now: int) -> Seen:
        """Ask for the newest ticket and for Jira's word about itself."""
        page, _ = await self._page(Memory(), now)
        about = await self._about()
        lines = [f"{self._kind()} {text_of(about.get('version'))}".strip()]
        lines.append(f"{len(page.issues)} tickets on the first page" if page.issues else "The search finds no tickets")
        lines += [part for part in (skew_words(skew_of(page.reply, now)),) if part]
        lines.append("Deleted tickets are not noticed: Jira does not tell")
        return Seen(f"Jira answers: {text_of(about.get('serverTitle')) or page.reply.url.split('/rest/')[0]}", lines)

    async def close(self) -> None:
        await self._api.close()

    async def _page(self, memory: Memory, now: int) -> tuple[Page, Run]:
        """The next page, of a new run where none is in hand, or where Jira has forgotten the one in hand."""
        run = memory.run or Run(now, memory.floor)
        try:
            page = await self._search(memory, run, now)
        except StaleTokenError:
            run = Run(now, memory.floor)
            page = await self._search(memory, run, now)
        skew = skew_of(page.reply, now)
        if skew is not None and run.pages == 0 and run.floor is not None and skew > max(memory.skew, 0) + MINUTE:
            memory.skew = skew
            run = Run(now, memory.floor)
            page = await self._search(memory, run, now)
        memory.skew = memory.skew if skew is None else skew
        jira_run.vendor_start(page.reply.date, run)
        return page, run

    async def _search(self, memory: Memory, run: Run, now: int) -> Page:
        if not run.jql or self._api.deployment == DATACENTER:
            run.jql = jira_run.jql_of(self._options.jql, run, now, memory.skew)
        try:
            page = await self._api.search(run.jql, self._asked(memory), run.token, run.start_at)
            if not await jira_service.learn_slas(memory.service, self._api, page.issues):
                return page
            return await self._api.search(run.jql, self._asked(memory), run.token, run.start_at)
        except SourceError as error:
            if error.trouble is not Trouble.NOT_FOUND or self._options.deployment is not None:
                raise
            kind = text_of((await self._about()).get("deploymentType")).lower()
            other = {"cloud": CLOUD, "server": DATACENTER, "datacenter": DATACENTER}.get(kind.replace(" ", ""))
            if other is None or other == self._api.deployment:
                raise
        self._api.deployment = memory.deployment = other
        run.jql, run.token, run.start_at = "", "", 0
        return await self._search(memory, run, now)

    def _asked(self, memory: Memory) -> list[str]:
        return [*self._fields, *(memory.service.slas or [])]

    async def _about(self) -> dict[str, Any]:
        try:
            return await self._api.server()
        except SourceError:
            return {}

    async def _digest(self, memory: Memory, run: Run, page: Page, now: int, read_before: int) -> Fetched:
        logs = await self._api.histories(page.issues)
        said = [await self._api.comments(issue) for issue in page.issues]
        told = await self._told(memory, page, logs, said)
        facts = Facts(ticket_event=told.events, comment=told.comments)
        for stood in told.stood:
            jira_service.remember(memory.service, stood.id, stood.updated, page.issues[stood.place], now)
        updates = [stood.updated for stood in told.stood]
        earlier = [] if run.oldest is None else [run.oldest]
        run.oldest = min([*earlier, *(stood.created for stood in told.stood)], default=None)
        at_end = self._step(run, page, updates)
        first = memory.read_to is None
        if at_end:
            known = [self._site.backfill_from, *([] if run.oldest is None else [run.oldest])]
            start = min(known) if memory.read_to is None else memory.read_to
            facts.survey += await jira_service.satisfaction(memory.service, self._api, self._site.name, now)
            facts.covered.append(Covered(self._site.name, min(start, run.started), run.started))
            jira_run.ended(memory, run, now)
        else:
            memory.run = run
        lost = page.unreadable + len(page.issues) - len(told.stood)
        return Fetched(
            facts,
            jira_run.encode(memory),
            partial=f"{lost} tickets of this page were unreadable and left out." if lost else "",
            more=not at_end,
            progress=_progress(run, page, at_end) if first or run.pages > 1 else None,
            seen_bytes=self._api.read - read_before,
            note=sentence([self._kind(), skew_words(memory.skew), _strange(memory.strange)]),
        )

    async def _told(self, memory: Memory, page: Page, logs: dict[str, list[Any]], said: list[list[Any]]) -> Told:
        """The page as facts; told once more where it spoke of states that had to be asked for."""
        manner = Manner(
            self._site.name, self._words, self._options.fields, memory.service.slas or [], page.names, self._browse
        )
        # Where somebody notes which words are met (a preview), they must be met here.
        size = len(page.issues) * _AN_ISSUE if w.MET.get() is None else 0
        while True:
            told = await self._site.workshop.run(size, told_of, page.issues, logs, said, memory.statuses, manner)
            memory.statuses |= told.statuses
            if not await self._learn_statuses(memory, told.met):
                return told

    async def _learn_statuses(self, memory: Memory, met: set[tuple[str, str]]) -> bool:
        """Categories of current states come with the tickets; those of former states must be asked for, once.

        Whether any was learnt.
        """
        unknown = {pair for pair in met if not self._words.knows_status(pair[1], category_of(memory.statuses, *pair))}
        unknown = {pair for pair in unknown if pair[1] and pair[1] not in memory.strange}
        if not unknown:
            return False
        learnt = {k: v for k, v in (await self._api.statuses()).items() if k not in memory.statuses}
        memory.statuses |= learnt
        still = [
            name for i, name in unknown if not self._words.knows_status(name, category_of(memory.statuses, i, name))
        ]
        memory.strange = sorted({*memory.strange, *still})[:50]
        return bool(learnt)

    def _step(self, run: Run, page: Page, updates: list[int]) -> bool:
        """Move ``run`` behind this page; True at the end of the run. Raises SourceError for pages without an end."""
        ids = jira_run.ids_of(page.issues)
        newest = max(updates, default=None)
        if self._api.deployment == CLOUD:
            jira_run.check_progress(run, ids, newest, page.token)
            run.tokens = [*run.tokens, page.token]
            run.token = page.token
            return not page.token
        here = run.start_at
        shifted = here > 0 and run.seam is not None and bool(updates) and min(updates[:1]) > run.seam
        reached = here + len(ids)
        if here > 0 and len(ids) > 1 and set(ids) <= set(run.last_ids):
            jira_run.check_progress(run, ids, newest, "")
            return False
        if not ids or (page.total is not None and reached >= page.total and not shifted):
            jira_run.check_progress(run, ids or ["end"], newest, "")
            return True
        if page.total is None and here > 0 and len(ids) == 1:
            jira_run.check_progress(run, ids, newest, "")
            return True
        jira_run.check_progress(run, ids, newest, "")
        if shifted:
            run.start_at, run.seam = max(0, here - len(ids)), None
        else:
            run.start_at, run.seam = max(reached - 1, here + 1), updates[-1] if updates else run.seam
        return False

    def _kind(self) -> str:
        return "Jira Cloud" if self._api.deployment == CLOUD else "Jira Data Center"


def _progress(run: Run, page: Page, at_end: bool) -> Progress:
    total = run.tickets if at_end else max(page.total or 0, run.tickets + 1)
    known = f"of {page.total}" if page.total is not None else "so far, Jira does not say of how many"
    return Progress(run.tickets, total, f"{run.tickets} tickets" if at_end else f"{run.tickets} tickets {known}")


def _strange(names: list[str]) -> str:
    return f"taken as in progress: {', '.join(names[:3])}" if names else ""
