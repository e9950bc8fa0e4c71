"""The facts we remember, one NamedTuple a table, and the bundle in which a source hands them over.

All instants are microseconds since 1970 UTC (see ``moment``). Rows of ``Traffic``, ``Latency``, ``LatencySum`` and
``ConsumerTraffic`` are **increments**: the same key may come again and the counts add up; a correction is one more row
with the signed difference. ``known_at`` is not here: the store stamps it when a bundle is appended.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import NamedTuple

TEN_MINUTES = 600_000_000


class Covered(NamedTuple):
    """A span for which the source's data really speaks. Inside it, a minute without rows is zero; outside, unknown.

    ``whole`` marks a span that is known only as a sum (counters read before and after a silence): totals over windows
    that hold it are known, its single minutes are not.
    """

    source: str
    from_: int
    to: int
    whole: bool = False


class Traffic(NamedTuple):
    """Calls of a minute. ``status`` is a code (100–599) or a class (1–5) where no code is known; ``method`` may be ''.

    ``span_from``: set when the increase is spread over more than two periods; the row then counts only in windows that
    hold ``[span_from, minute + 1 min)`` and is drawn as a gap.
    """

    minute: int
    source: str
    route: str
    method: str
    status: int
    calls: int
    span_from: int | None = None


class Latency(NamedTuple):
    """One histogram bucket of a minute: ``count`` calls took more than ``lower_ms`` and at most ``upper_ms``.

    ``kind``: total, upstream or gateway. Counts are per bucket, not cumulative. ``upper_ms`` may be ``inf``.
    """

    minute: int
    source: str
    route: str
    kind: str
    lower_ms: float
    upper_ms: float
    count: int  # type: ignore[assignment]  # the contract names it so; tuple.count is not used here
    span_from: int | None = None


class LatencySum(NamedTuple):
    """Summed duration of a minute in whole microseconds, with the calls it sums over."""

    minute: int
    source: str
    route: str
    kind: str
    calls: int
    sum_us: int
    span_from: int | None = None


class ConsumerTraffic(NamedTuple):
    """Calls of one consumer in ten minutes (``minute`` is the start of the ten)."""

    minute: int
    source: str
    consumer: str
    route: str
    status: int
    calls: int
    span_from: int | None = None


class Gauge(NamedTuple):
    """A level at an instant. ``labels`` is JSON with sorted keys, '{}' when there are none.

    Names of resources: ``cpu`` and ``memory``, ``disk`` as shares 0..1, ``network_receive`` and ``network_transmit`` in
    bytes per second, ``connections``; of a probe: ``probe_up`` 1 or 0, ``probe_ms``, ``tls_expires`` (epoch seconds).
    """

    happened_at: int
    source: str
    name: str
    labels: str
    value: float


class Measure(NamedTuple):
    """Something counted elsewhere (AI tokens, cost, adoption, conversion, churn, security events)."""

    happened_at: int
    source: str
    name: str
    labels: str
    value: float


class Call(NamedTuple):
    """One single call. No query string, no client address. ``why`` it was kept: error, slow or sample."""

    happened_at: int
    source: str
    route: str
    method: str
    path: str
    status: int
    total_ms: float | None
    upstream_ms: float | None
    consumer: str
    request_id: str
    why: str


class TicketEvent(NamedTuple):
    """One changed field of a ticket; a new ticket is one row a field with change id ``created``.

    ``ticket`` is the system's immutable id as text; the human key is the field ``key``. ``field`` is a name of section 6
    of the contract (``status``, ``severity``, ``assignee``, ``title`` …) with the value already in our words; unknown
    values of the vendor map to '' (unset), never to a middle one. Instants inside ``old``/``new`` are ISO with Z. Changes
    of one ticket carry strictly increasing ``happened_at``: the connector adds a microsecond where the vendor's clock ties.
    ``happened_at`` None never occurs; a change first seen by comparing polls carries the instant it was seen.
    """

    source: str
    ticket: str
    change_id: str
    field: str
    old: str | None
    new: str | None
    actor: str
    happened_at: int


class Comment(NamedTuple):
    """A remark on a ticket, as plain text. ``role``: agent, reporter or '' when the vendor does not say."""

    source: str
    ticket: str
    comment_id: str
    author: str
    role: str
    public: bool
    body: str
    happened_at: int


EDITED = "#edited-"


def edited_id(comment_id: str, at: int) -> str:
    """The id of a later version of a comment; the newest version not after a moment is what it said then."""
    return f"{comment_id}{EDITED}{at}"


class Survey(NamedTuple):
    """An answer. ``kind``: support, product or nps. ``score``: 1–5 (nps: 0–10); good/bad surveys give 5 and 1."""

    source: str
    survey_id: str
    kind: str
    score: float
    customer: str
    ticket: str
    comment: str
    happened_at: int


class Release(NamedTuple):
    """A marker on every time axis. ``kind``: version, config, rollback or canary (then ``share`` 0..1)."""

    source: str
    version: str
    kind: str
    share: float | None
    note: str
    happened_at: int


class Event(NamedTuple):
    """Anything else that a feed says happened (an announcement, an incident elsewhere, a maintenance notice)."""

    source: str
    event_id: str
    kind: str
    text: str
    happened_at: int


@dataclass(slots=True)
class Facts:
    """What one answer said, by table. Order inside a list does not matter."""

    covered: list[Covered] = field(default_factory=list)
    traffic: list[Traffic] = field(default_factory=list)
    latency: list[Latency] = field(default_factory=list)
    latency_sum: list[LatencySum] = field(default_factory=list)
    consumer_traffic: list[ConsumerTraffic] = field(default_factory=list)
    gauge: list[Gauge] = field(default_factory=list)
    measure: list[Measure] = field(default_factory=list)
    call: list[Call] = field(default_factory=list)
    ticket_event: list[TicketEvent] = field(default_factory=list)
    comment: list[Comment] = field(default_factory=list)
    survey: list[Survey] = field(default_factory=list)
    release: list[Release] = field(default_factory=list)
    event: list[Event] = field(default_factory=list)

    def __len__(self) -> int:
        """Rows that carry news; ``covered`` spans do not."""
        return sum(len(getattr(self, f.name)) for f in fields(self) if f.name != "covered")


class Reread(NamedTuple):
    """A span whose minute facts the source read again in full: the store appends only the difference to what it holds.

    The facts of the bundle inside ``[from_, to)`` of this source are then absolute numbers, not increments.
    """

    source: str
    from_: int
    to: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a back-fill is, in spans of equal work. ``done == total``: finished."""

    done: int
    total: int
    words: str = ""


@dataclass(slots=True)
class Fetched:
    """One good answer of a source.

    ``cursor`` is opaque to everyone but the source; it is stored in the same transaction as the facts and comes back at
    the next poll, also after a restart. ``partial`` says in one sentence what was missing ('' when nothing). ``more``:
    there is more to fetch at once (a page, a span of a back-fill): the poller does not wait a period. ``seen_bytes`` is
    the size of the bodies read. ``note`` is one short line for the Sources screen ('APISIX 3.18, 41 routes').
    """

    facts: Facts
    cursor: bytes = b""
    reread: list[Reread] = field(default_factory=list)
    partial: str = ""
    more: bool = False
    progress: Progress | None = None
    seen_bytes: int = 0
    note: str = ""
