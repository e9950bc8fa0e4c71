"""What stands around a ticket: what moved with it, tickets like it, who failed, the calls of its consumer, releases before it.

Takes longer than a read; the analysis lane asks it. What moved is looked at from a quarter of an hour before the ticket came
to a quarter of an hour after.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.model.errors import QuestionError
from console.model.moment import DAY, MINUTE, Span
from console.model.spike import Finding, State
from console.queries import alike, reach, spike, triage_shelf, triage_ticket
from console.queries.alike import Alike
from console.queries.literals import stamp
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.triage_ticket import TriageTicket
from console.store.columns import repr_text

AROUND = 15 * MINUTE
_CALLS_AROUND = 30 * MINUTE
_RELEASES_BEFORE = 2 * DAY
_MOST_CALLS = 8
_MOST_OTHERS = 8
_MOST_RELEASES = 3
_KINDS = frozenset({"route", "latency", "consumer", "status", "resource", "release"})


@dataclass(frozen=True, slots=True)
class CallSeen:
    """One call that a source kept. ``ms`` None: not told."""

    at: int
    route: str
    status: int
    ms: float | None
    consumer: str


@dataclass(frozen=True, slots=True)
class Called:
    """What a consumer called in the time around, where no single calls are kept."""

    consumer: str
    route: str
    calls: int
    failed: int


@dataclass(frozen=True, slots=True)
class ReleaseSeen:
    version: str
    kind: str
    at: int


@dataclass(frozen=True, slots=True)
class OtherTicket:
    row_key: str
    title: str
    severity: str | None
    status: str
    created: int


@dataclass(frozen=True, slots=True)
class ContextAnswer:
    """``why``: why nothing can be told of what moved, '' where it can. ``failed`` None: nobody knows the consumers."""

    ticket: TriageTicket
    span: Span
    moved: tuple[Finding, ...]
    still: tuple[Finding, ...]
    why: str
    alike: tuple[Alike, ...]
    failed: tuple[reach.Failing, ...] | None
    consumers: tuple[str, ...]
    calls: tuple[CallSeen, ...]
    called: tuple[Called, ...]
    releases: tuple[ReleaseSeen, ...]
    others: tuple[OtherTicket, ...]


def ask(reader: Reader, shelf: TicketShelf, key: str) -> ContextAnswer:
    """Raises QuestionError for a ticket that is not there."""
    ticket = triage_ticket.ask(reader, shelf, key)
    created = ticket.row.created
    span = Span(created - AROUND, min(created + AROUND, max(reader.at, created - AROUND + MINUTE)))
    moved, still, why = _moved(reader, shelf, span)
    consumers = _consumers(reader, ticket)
    calls = _calls(reader, consumers, created)
    route = ticket.row.route
    return ContextAnswer(
        ticket, span, moved, still, why, alike.ask(reader, shelf, ticket.row, ticket.fields),
        reach.evidence(reader, route, ticket.window) if route else None, consumers, calls,
        () if calls else _called(reader, consumers, created), _releases(reader, created), _others(reader, shelf, ticket),
    )  # fmt: skip


def _moved(reader: Reader, shelf: TicketShelf, span: Span) -> tuple[tuple[Finding, ...], tuple[Finding, ...], str]:
    try:
        explained = spike.ask(reader, shelf, span.start, span.end, tickets=False)
    except QuestionError as error:
        return (), (), error.message
    known = [f for f in explained.findings if f.kind in _KINDS]
    why = "" if known else "Nothing is known of the calls around then."
    return (
        tuple(f for f in known if f.state is State.MOVED),
        tuple(f for f in explained.findings if f.state is State.STILL and f.kind in ("route", "latency")),
        why,
    )


def _consumers(reader: Reader, ticket: TriageTicket) -> tuple[str, ...]:
    """The keys of whoever wrote: the one the ticket names, else those of its customer."""
    named = ticket.fields.get("consumer", "")
    if named:
        return (named,)
    book = reader.customers
    owner = book.of_ticket(ticket.fields.get("customer", ""), ticket.fields.get("reporter", ""))
    return book.consumers_of(owner.customer)[:20] if owner.customer else ()


def _near(reader: Reader, column: str, created: int) -> str:
    end = min(created + _CALLS_AROUND, reader.at)
    return (
        f"{column} >= {stamp(created - _CALLS_AROUND)} AND {column} <= {stamp(end)} AND known_at <= {reader.known_sql}"
    )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(repr_text(name) for name in names)


def _calls(reader: Reader, consumers: tuple[str, ...], created: int) -> tuple[CallSeen, ...]:
    """Failed ones first, then the nearest to the ticket's creation; in the order of time."""
    if not consumers:
        return ()
    rows = reader.rows(
        "SELECT epoch_us(happened_at) AS instant, coalesce(nullif(route, ''), path, ''), status, total_ms, consumer FROM call "
        f"WHERE consumer IN ({_listed(consumers)}) AND {_near(reader, 'happened_at', created)} "
        f"ORDER BY status >= 500 DESC, abs(instant - {created}), instant LIMIT {_MOST_CALLS}"
    )
    return tuple(sorted((CallSeen(*row) for row in rows), key=lambda c: c.at))


def _called(reader: Reader, consumers: tuple[str, ...], created: int) -> tuple[Called, ...]:
    if not consumers:
        return ()
    around = reader.bare_window(created - _CALLS_AROUND, created + _CALLS_AROUND + MINUTE, consumers=True)
    rows = reader.rows(
        "SELECT consumer, route, sum(calls)::BIGINT, "
        "coalesce(sum(calls) FILTER (WHERE status = 5 OR status BETWEEN 500 AND 599), 0)::BIGINT FROM "
        f"consumer_traffic t ANTI JOIN outranked_in({around}) o "
        'ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to" '
        f"WHERE consumer IN ({_listed(consumers)}) AND {_near(reader, 'minute', created)} "
        f"GROUP BY consumer, route ORDER BY 4 DESC, 3 DESC, 1, 2 LIMIT {_MOST_CALLS}"
    )
    return tuple(Called(*row) for row in rows)


def _releases(reader: Reader, created: int) -> tuple[ReleaseSeen, ...]:
    rows = reader.rows(
        "SELECT version, any_value(kind), epoch_us(happened_at) AS instant FROM release "
        f"WHERE happened_at <= {stamp(created)} AND happened_at >= {stamp(created - _RELEASES_BEFORE)} "
        f"AND known_at <= {reader.known_sql} GROUP BY version, happened_at ORDER BY instant DESC, version LIMIT {_MOST_RELEASES}"
    )
    return tuple(ReleaseSeen(*row) for row in rows)


def _others(reader: Reader, shelf: TicketShelf, ticket: TriageTicket) -> tuple[OtherTicket, ...]:
    """Of the same customer, else of the same reporter; open ones first, then the newest."""
    customer, reporter = ticket.fields.get("customer", ""), ticket.fields.get("reporter", "")
    if customer:
        same = f"lower(customer) = lower({repr_text(customer)})"
    elif reporter:
        same = f"lower(reporter) = lower({repr_text(reporter)})"
    else:
        return ()
    rows = reader.rows(
        f"SELECT row_key, title, severity, status, created FROM {triage_shelf.fill(reader, shelf)} WHERE {same} "
        f"AND row_key <> ? ORDER BY done, created DESC, row_key LIMIT {_MOST_OTHERS}",
        [ticket.row.row_key],
    )
    return tuple(OtherTicket(*row) for row in rows)
