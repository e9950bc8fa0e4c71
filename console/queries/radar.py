"""The radar: errors nobody reported, reports no metric shows, customers who failed and never wrote."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from console.model.moment import HOUR, Span
from console.model.radar import more_than_usual, rise
from console.queries import radar_hours
from console.queries.literals import stamp
from console.queries.radar_hours import Hourly, Trouble
from console.queries.reader import TICKET_KINDS, Reader
from console.queries.shelf import TicketShelf
from console.queries.spike_tickets import words_of
from console.store.columns import repr_text

_FAULTS = frozenset({"bug", "crash", "data", "interface", "integration", "database", "performance", "security"})
_SLACK = 2 * HOUR
_TOGETHER = 90 * 60_000_000
_LEAST_GROUP = 5
_LEAST_HOURS = 12
_MOST_GROUPS = 60
_SAMPLE = 200
"""Tickets of a group that are read for its words."""
_EXPLAINED = 0.3
_SURE = 0.05
_ROSE = 6.0
"""Log-likelihood a rise must gain: about one in a thousand by chance at any of many points."""
_PATH_WORD = re.compile(r"[a-z]{4,}")
_VERB = re.compile(r"^[A-Z]+ ")


@dataclass(frozen=True, slots=True)
class Voice:
    """A ticket as the radar hears it."""

    key: str
    row_key: str
    at: int
    kind: str
    area: str
    route: str
    customer: str
    reporter: str
    ticket: str


@dataclass(frozen=True, slots=True)
class SilentFailure:
    """Routes that failed together. ``mentions``: tickets about them meanwhile, no more than the usual ``expected``."""

    troubles: tuple[Trouble, ...]
    span: Span
    events: float
    usual_events: float
    going_on: bool
    consumers: int
    mentions: int
    expected: float


@dataclass(frozen=True, slots=True)
class PhantomPain:
    """Tickets of one area and route around which nothing moved. ``rose``: their share of all tickets rose at ``since``."""

    area: str
    route: str
    words: tuple[str, ...]
    tickets: tuple[Voice, ...]
    since: int
    last: int
    rose: bool


@dataclass(frozen=True, slots=True)
class QuietCustomer:
    """``wrote_before``: the instant of its last ticket before it failed, None: it never wrote."""

    customer: str
    segment: str
    consumers: tuple[str, ...]
    measure: str
    span: Span
    failed: float
    calls: float
    usual: float
    going_on: bool
    wrote_before: int | None


@dataclass(frozen=True, slots=True)
class RadarAnswer:
    """``reasons``: by list, why it cannot be told; '' where it can. ``nameless``: failing consumers without a customer."""

    at: int
    looked_from: int | None
    silent: tuple[SilentFailure, ...] = ()
    phantom: tuple[PhantomPain, ...] = ()
    quiet: tuple[QuietCustomer, ...] = ()
    nameless: tuple[str, ...] = ()
    reasons: dict[str, str] = field(default_factory=dict)


def ask(reader: Reader, shelf: TicketShelf) -> RadarAnswer:
    """Everything on the radar at the reader's moment."""
    asked = radar_hours.days(reader, radar_hours.DAYS_BACK)
    spoken = reader.told_by(TICKET_KINDS)
    no_calls = "No gateway source has told anything yet, so nobody knows what failed."
    no_tickets = "No ticket source has told anything yet, so nobody knows who wrote."
    missing = no_calls if asked is None else no_tickets if not spoken else ""
    if asked is None or not spoken:
        return RadarAnswer(reader.at, None, reasons=dict.fromkeys(("silent", "phantom", "quiet"), missing))
    voices = heard(reader, shelf, asked.every[0].start)
    hourly = radar_hours.routes(reader, asked)
    troubles = radar_hours.troubles(hourly, reader.at)
    near = radar_hours.days(reader, radar_hours.CONSUMER_DAYS_BACK)
    by_consumer = radar_hours.troubles(radar_hours.consumers(reader, near), reader.at) if near is not None else []
    heard_hours = sum(s.clip(Span(asked.every[0].start, reader.at)).length for s in reader.traffic_coverage) / HOUR
    reasons: dict[str, str] = {}
    if heard_hours < _LEAST_HOURS:
        few = f"Only {heard_hours:.0f} h of calls are known; with {_LEAST_HOURS} h it can be told what is usual."
        reasons = dict.fromkeys(("silent", "phantom", "quiet"), few)
    else:
        told = reader.one(
            "SELECT count(DISTINCT time_bucket(INTERVAL 1 hour, minute)) FROM consumer_traffic "
            f"WHERE minute >= {stamp(asked.every[0].start)} AND known_at <= {reader.known_sql}"
        )
        hours = int(told[0]) if told else 0
        if not hours:
            reasons["quiet"] = "No source tells calls by consumer, so nobody knows whose calls fail."
        elif hours < _LEAST_HOURS:
            reasons["quiet"] = f"Only {hours} h of calls by consumer are known; {_LEAST_HOURS} h tell what is usual."
    quiet, nameless = quiet_customers(reader, by_consumer, voices)
    return RadarAnswer(
        reader.at, asked.every[0].start,
        tuple(silent_failures(troubles, by_consumer, voices, speakers_of(reader, troubles), spoken, reader.at)),
        tuple(phantom_pains(reader, hourly, troubles, voices, Span(asked.every[0].start, reader.at))),
        tuple(quiet), tuple(nameless), reasons,
    )  # fmt: skip


def heard(reader: Reader, shelf: TicketShelf, since: int) -> list[Voice]:
    """The tickets created since then, oldest first."""
    chosen = f"FROM {shelf.fill(reader)} WHERE created_at >= {stamp(since)} AND created_at <= {stamp(reader.at)}"
    rows = reader.rows(
        "SELECT key, source || ':' || key, epoch_us(created_at), kind, coalesce(component, ''), coalesce(route, ''), "
        f"coalesce(customer, ''), coalesce(reporter, ''), ticket {chosen} ORDER BY created_at, source, ticket"
    )
    return [Voice(*row) for row in rows]


def texts(reader: Reader, narrow: str) -> dict[str, str]:
    """Title and body of the tickets whose text meets a condition, by ticket."""
    until = "" if reader.moment.live else f"AND happened_at <= {stamp(reader.at)}"
    return dict(
        reader.rows(
            "SELECT ticket, string_agg(new, ' ') FROM ticket_event WHERE field IN ('title', 'body') "
            f"AND known_at <= {reader.known_sql} {until} AND {narrow} GROUP BY ticket"
        )
    )


def speakers_of(reader: Reader, troubles: list[Trouble]) -> dict[str, frozenset[str]]:
    """By ticket, the stems of the words of its text, for tickets that use a word of a path that broke."""
    words = sorted({word for t in troubles if t.measure == "5xx" for word in path_words(t.name)})
    if not words:
        return {}
    told = texts(reader, f"regexp_matches(new, '(?i)({'|'.join(words)})')")
    return {ticket: frozenset(_stem(word) for word in words_of(text)) for ticket, text in told.items()}


def path_words(route: str) -> frozenset[str]:
    """The words of a route's path by which people may call it, without a plural's s."""
    path = re.sub(r"\{[^}]*\}", " ", _VERB.sub("", route)).lower()
    return frozenset(_stem(word) for word in _PATH_WORD.findall(path))


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") else word


def mentions(voice: Voice, said: dict[str, frozenset[str]], routes: frozenset[str], words: frozenset[str]) -> bool:
    """Whether a ticket speaks of one of these routes, by its field or by a word of its path."""
    return voice.route in routes or not words.isdisjoint(said.get(voice.ticket, frozenset()))


def silent_failures(
    troubles: list[Trouble],
    by_consumer: list[Trouble],
    voices: list[Voice],
    said: dict[str, frozenset[str]],
    spoken: list[Span],
    at: int,
) -> list[SilentFailure]:
    """5xx of routes over their usual, gathered where they began together, that no more tickets than usual speak of.

    ``said``: the words of tickets, see ``speakers_of``. ``spoken``: when ticket sources speak; elsewhere nothing is silent.
    """
    broken = sorted((t for t in troubles if t.measure == "5xx" and t.name), key=lambda t: (t.span.start, t.name))
    groups: list[list[Trouble]] = []
    for trouble in broken:
        if groups and trouble.span.start - groups[-1][0].span.start <= _TOGETHER:
            groups[-1].append(trouble)
        else:
            groups.append([trouble])
    found = []
    for group in groups:
        span = Span(min(t.span.start for t in group), max(t.span.end for t in group))
        if not any(s.clip(span).length for s in spoken):
            continue
        names = frozenset(t.name for t in group)
        words = frozenset(word for name in names for word in path_words(name))
        near = Span(span.start, min(at + 1, span.end + _SLACK))
        speaking = [v.at for v in voices if mentions(v, said, names, words)]
        count = sum(1 for instant in speaking if near.holds(instant))
        hours = max(1.0, ((voices[-1].at - voices[0].at) - near.length) / HOUR) if voices else 1.0
        expected = (len(speaking) - count) / hours * near.length / HOUR
        if count and more_than_usual(count, expected) < _SURE:
            continue
        hit = {t.name for t in by_consumer if t.measure == "5xx" and t.span.clip(span).length}
        found.append(
            SilentFailure(
                tuple(sorted(group, key=lambda t: -t.events)),
                span,
                sum(t.events for t in group),
                sum(t.usual * t.calls for t in group),
                span.end >= at - HOUR,
                len(hit),
                count,
                expected,
            )
        )
    return sorted(found, key=lambda f: (not f.going_on, -(f.events - f.usual_events)))


def phantom_pains(
    reader: Reader, hourly: list[Hourly], troubles: list[Trouble], voices: list[Voice], whole: Span
) -> list[PhantomPain]:
    """Groups of alike tickets around which nothing moved: those that rose first, then the largest."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for n, voice in enumerate(voices):
        if voice.kind in _FAULTS and (voice.area or voice.route):
            groups.setdefault((voice.area, voice.route, voice.kind), []).append(n)
    found: list[tuple[float, tuple[str, str], list[Voice], bool]] = []
    for (area, route, _), members in groups.items():
        if len(members) < _LEAST_GROUP:
            continue
        member = np.zeros(len(voices), np.bool_)
        member[members] = True
        told = rise(member)
        rose = told.score >= _ROSE
        mine = [voices[n] for n in members if not rose or n >= told.first]
        if len(mine) < _LEAST_GROUP or _moved(troubles, route, mine, whole):
            continue
        if rose and route and any(h.moved(route, mine[0].at, mine[-1].at) for h in hourly):
            continue
        found.append((told.score if rose else 0.0, (area, route), mine, rose))
    found.sort(key=lambda one: (-one[0], -len(one[2]), one[1]))
    sample = {n: mine[-_SAMPLE:] for n, (_, _, mine, _) in enumerate(found[:_MOST_GROUPS])}
    listed = ", ".join(repr_text(v.ticket) for group in sample.values() for v in group)
    told_by = texts(reader, f"ticket IN ({listed})") if listed else {}
    words = {n: [words_of(told_by.get(v.ticket, "")) for v in group] for n, group in sample.items()}
    everyone = Counter(word for group in words.values() for own in group for word in own)
    total = sum(len(group) for group in words.values())
    return [
        PhantomPain(*place, _words_of_group(words[n], everyone, total), tuple(mine), mine[0].at, mine[-1].at, rose)
        for n, (_, place, mine, rose) in enumerate(found[:_MOST_GROUPS])
    ]


def _moved(troubles: list[Trouble], route: str, mine: list[Voice], whole: Span) -> bool:
    """Whether these tickets came while their route, or without one all routes together, was in trouble."""
    spans = [Span(t.span.start, t.span.end + _SLACK) for t in troubles if t.name == route]
    inside = sum(1 for v in mine if any(s.holds(v.at) for s in spans))
    if inside < _EXPLAINED * len(mine):
        return False
    if route:
        return True
    part = sum(s.clip(whole).length for s in spans) / max(1, whole.length)
    return more_than_usual(inside, part * len(mine)) < _SURE


def _words_of_group(mine: list[set[str]], everyone: Counter[str], total: int) -> tuple[str, ...]:
    """The words a group uses far oftener than the others do. ``everyone`` counts the group's own ``total`` in."""
    own = Counter(word for words in mine for word in words)
    scored = [
        (count / len(mine) - (everyone[word] - count) / max(1, total - len(mine)), word)
        for word, count in own.items()
        if count >= 2 and not word.isdigit()
    ]
    return tuple(word for score, word in sorted(scored, key=lambda pair: (-pair[0], pair[1]))[:4] if score > 0)


def quiet_customers(
    reader: Reader, troubles: list[Trouble], voices: list[Voice]
) -> tuple[list[QuietCustomer], list[str]]:
    """Customers whose consumers failed over their usual and who wrote nothing since; and failing consumers of nobody."""
    book = reader.customers
    by_customer: dict[str, list[Trouble]] = {}
    segments: dict[str, str] = {}
    nameless: set[str] = set()
    for trouble in troubles:
        owner = book.of_consumer(trouble.name)
        if not owner.customer:
            nameless.add(trouble.name)
            continue
        segments.setdefault(owner.customer, owner.segment)
        by_customer.setdefault(owner.customer, []).append(trouble)
    wrote: dict[str, list[int]] = {}
    for voice in voices:
        for name in {book.identity(voice.customer), book.identity(book.of_address(voice.reporter).customer)} - {""}:
            wrote.setdefault(name, []).append(voice.at)
    found = []
    for customer, own in by_customer.items():
        times = wrote.get(book.identity(customer), [])
        silent = [t for t in own if not any(at >= t.span.start for at in times)]
        if not silent:
            continue
        span = Span(min(t.span.start for t in silent), max(t.span.end for t in silent))
        measures = Counter[str]()
        for t in silent:
            measures[t.measure] += round(t.events)
        keys = sorted({t.name for t in silent})
        calls = sum(t.calls for t in silent)
        before = [at for at in times if at < span.start]
        found.append(
            QuietCustomer(
                customer,
                segments[customer],
                tuple(keys),
                measures.most_common(1)[0][0],
                span,
                sum(t.events for t in silent),
                calls,
                sum(t.usual * t.calls for t in silent) / calls if calls else 0.0,
                span.end >= reader.at - HOUR,
                max(before) if before else None,
            )
        )
    found.sort(key=lambda q: (not q.going_on, -(q.failed - q.usual * q.calls), q.customer))
    return found, sorted(nameless)
