"""A page of Jira's issues as facts. Pure, and all there is to a page beside asking for it, so that it may run elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from console.model.facts import Comment, TicketEvent
from console.sources.tickets import jira_issue, jira_service
from console.sources.tickets import words as w
from console.sources.tickets.history import events_of
from console.sources.tickets.jira_history import changes_of

Statuses = Mapping[str, list[str]]
"""Status id → [name, category key]."""


class Manner(NamedTuple):
    """How a page is told. ``custom``: our field → custom field id; ``slas``: ids of SLA fields; ``names``: display name →
    field id; ``browse`` ends in "/"."""

    source: str
    words: w.Words
    custom: dict[str, str]
    slas: list[str]
    names: dict[str, str]
    browse: str


class Stood(NamedTuple):
    """A readable issue: its ``place`` among the issues of the page; instants in the vendor's time."""

    place: int
    id: str
    created: int
    updated: int


class Told(NamedTuple):
    """``statuses``: those that came with the issues. ``met``: (id, name) of every status the page speaks of."""

    stood: list[Stood]
    events: list[TicketEvent]
    comments: list[Comment]
    statuses: dict[str, list[str]]
    met: set[tuple[str, str]]


def told_of(
    issues: list[dict[str, Any]],
    logs: dict[str, list[Any]],
    comments: list[list[Any]],
    statuses: Statuses,
    manner: Manner,
) -> Told:
    """``logs``: issue id → histories; ``comments``: as many as there are issues. An unreadable issue is left out."""
    read = [(place, jira_issue.ticket_of(issue, manner.custom)) for place, issue in enumerate(issues)]
    tickets = [(place, ticket) for place, ticket in read if ticket is not None]
    changes = [changes_of(logs.get(ticket.id), manner.names) for _, ticket in tickets]
    current: dict[str, list[str]] = {}
    for place, ticket in tickets:
        identity, name = ticket.raw["status"]
        category = jira_issue.category_of(issues[place])
        if identity and category:
            current[identity] = [name, category]
    known = {**statuses, **current}
    tell = jira_issue.teller(manner.words, manner.custom, lambda i, n: category_of(known, i, n), manner.browse)
    events: list[TicketEvent] = []
    said: list[Comment] = []
    met = {(ticket.raw["status"][0], ticket.raw["status"][1]) for _, ticket in tickets}
    for (place, ticket), log in zip(tickets, changes, strict=True):
        events += events_of(manner.source, ticket, log, tell)
        events += jira_service.slas_of(manner.source, ticket, issues[place], manner.slas)
        said += jira_issue.comments_of(manner.source, ticket, comments[place])
        for change in log:
            for item in change.items:
                if item.field == "status":
                    met |= {(item.old_id, item.old), (item.new_id, item.new)}
    stood = [Stood(place, ticket.id, ticket.created, ticket.updated) for place, ticket in tickets]
    return Told(stood, events, said, current, met)


def category_of(statuses: Statuses, identity: str, name: str) -> str:
    """The category of a status, by its id, else by its name (a log of Data Center may hold ids of deleted states)."""
    known = statuses.get(identity)
    if known is not None:
        return known[1]
    return next((category for shown, category in statuses.values() if w.fold(shown) == w.fold(name)), "")
