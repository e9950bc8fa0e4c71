"""What Jira Service Management adds to an issue: its SLA clocks and the reporter's satisfaction.

SLA values stand on the issue as fields of their own type, so they come with the search instead of a call by request. The
satisfaction does not, and no list of it exists: each resolved request is asked, a few at the end of each run, until it
was answered or its time is over. Nothing says when an answer was given; it is laid at the request's last change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from console.model.errors import SourceError
from console.model.facts import Survey, TicketEvent
from console.model.moment import DAY, iso
from console.sources.formats.plain_text import clean
from console.sources.tickets import jira_issue
from console.sources.tickets.history import Ticket
from console.sources.tickets.jira_api import JiraApi
from console.sources.tickets.reading import dig, instant_of, rows_of, text_of

_SLA_TYPE = "com.atlassian.servicedesk:sd-sla-field"
_WAIT = 14 * DAY
_ASKED_A_RUN = 25
_MOST_WAITING = 5_000


class Service(msgspec.Struct):
    """The part of the cursor. ``slas``: ids of SLA fields, None before they were asked for.

    ``waiting``: requests whose satisfaction is still to come, id → last change, in the order they are asked;
    ``answered``: those that told it. The first answer counts, one that was changed later does not.
    """

    slas: list[str] | None = None
    waiting: dict[str, int] = {}
    answered: list[str] = []


async def learn_slas(service: Service, api: JiraApi, issues: list[dict[str, Any]]) -> bool:
    """Ask for the SLA fields, once, when the first request of a service project comes. Whether some were found now."""
    if service.slas is not None or not any(_is_request(issue) for issue in issues):
        return False
    reply = await api.http.get(f"{api.root}/field", expect=(403, 404))
    rows = rows_of(await api.decode(reply, Any)) if reply.status < 400 else []
    kinds = {text_of(row.get("id")): text_of(dig(row, "schema", "custom")) for row in rows}
    service.slas = sorted(identity for identity, kind in kinds.items() if identity and kind == _SLA_TYPE)
    return bool(service.slas)


def slas_of(source: str, ticket: Ticket, issue: Any, fields: list[str]) -> list[TicketEvent]:
    """Each clock as a field ``sla <name>`` with a row where a cycle starts, is missed, and ends.

    ``running <due>``, ``missed <due>``, ``met <seconds of goal>``, ``breached <seconds of goal>``; seconds tick by the
    request's own calendar there, not by ours.
    """
    told: list[TicketEvent] = []
    for field in fields:
        value = dig(issue, "fields", field)
        name = text_of(dig(value, "name"))
        if not name:
            continue
        cycles = [*rows_of(dig(value, "completedCycles")), *rows_of([dig(value, "ongoingCycle")])]
        before = ""
        for number, cycle in enumerate(cycles, 1):
            for at, step, words in _steps(cycle):
                change = f"sla:{field}:{number}:{step}"
                told.append(TicketEvent(source, ticket.id, change, f"sla {name}", before, words, "", at))
                before = words
    return told


def remember(service: Service, identity: str, updated: int, issue: Any, now: int) -> None:
    """Note a resolved request to be asked for its satisfaction; one that is merely read again keeps its turn."""
    if identity in service.answered or service.waiting.get(identity) == updated:
        return
    if _is_request(issue) and jira_issue.category_of(issue) == "done" and updated > now - _WAIT:
        service.waiting.pop(identity, None)
        service.waiting[identity] = updated
        for oldest in list(service.waiting)[:-_MOST_WAITING]:
            del service.waiting[oldest]


async def satisfaction(service: Service, api: JiraApi, source: str, now: int) -> list[Survey]:
    """The answers among the next few requests that wait for one. A refusal or a fault ends the asking for this run alone: the
    call is an experiment of the vendor's, and the tickets do not wait for it. The request that met it is asked last.
    """
    found: list[Survey] = []
    for identity in list(service.waiting)[:_ASKED_A_RUN]:
        updated = service.waiting.pop(identity)
        try:
            reply = await api.http.get(
                f"rest/servicedeskapi/request/{identity}/feedback",
                headers={"X-ExperimentalApi": "opt-in"},
                expect=(400, 401, 403, 404, 412),
            )
            answer = await api.decode(reply, Any) if reply.status < 400 else None
        except SourceError:
            if updated > now - _WAIT:
                service.waiting[identity] = updated
            break
        rating = dig(answer, "rating")
        if isinstance(rating, int) and not isinstance(rating, bool) and 1 <= rating <= 5:
            comment = dig(answer, "comment", "body")
            text = clean(comment) if isinstance(comment, str) else ""
            service.answered = [*service.answered, identity][-_MOST_WAITING:]
            found.append(Survey(source, f"{identity}:csat", "support", float(rating), "", identity, text, updated))
        elif updated > now - _WAIT:
            service.waiting[identity] = updated
        if reply.status in (401, 403):
            break
    return found


def _is_request(issue: Any) -> bool:
    return text_of(dig(issue, "fields", "project", "projectTypeKey")) == "service_desk"


def _steps(cycle: dict[str, Any]) -> Iterator[tuple[int, str, str]]:
    start, stop, due = (_instant(cycle.get(name)) for name in ("startTime", "stopTime", "breachTime"))
    breached = cycle.get("breached") is True
    if start is not None:
        yield start, "start", f"running {iso(due)}" if due is not None else "running"
    if breached and due is not None and (start is None or due >= start) and (stop is None or due <= stop):
        yield due, "missed", f"missed {iso(due)}"
    if stop is not None:
        seconds = [_seconds(cycle.get(name)) for name in ("elapsedTime", "goalDuration")]
        spent = " of ".join(seconds) if all(seconds) else ""
        yield stop, "stop", f"{'breached' if breached else 'met'} {spent}".strip()


def _instant(value: Any) -> int | None:
    at = instant_of(dig(value, "epochMillis"))
    return instant_of(dig(value, "iso8601")) if at is None else at


def _seconds(value: Any) -> str:
    millis = dig(value, "millis")
    return str(millis // 1_000) if isinstance(millis, int) and not isinstance(millis, bool) else ""
