"""A reader stands at one moment: the settings, the coverage and the window literals that every question there shares.

Made per question on a read thread; what it learns about coverage is kept per session in ``Knowledge`` and only added to.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from console.customer_settings import book_of
from console.model.clock import without
from console.model.coverage import Speaker, common, outranked
from console.model.customers import Book
from console.model.moment import HOUR, Moment, Span, merge, minute_of
from console.model.pattern import is_internal
from console.queries import usual_calls
from console.queries.decisions import left_out
from console.queries.knowledge import Knowledge
from console.queries.literals import FOREVER, plain_spans, spans_sql, stamp
from console.queries.zones import local_zone
from console.settings import Settings, SourceSettings, from_document, go_live
from console.store.columns import repr_text
from console.store.rollup import usable_batch
from console.store.session import first_row

_MOST_KEPT = 2000
_MOST_SETTINGS = 4
TRAFFIC_KINDS = {"scrape": 2, "prometheus": 3, "calllog": 1}
FEED_KINDS = frozenset({"feed"})
TICKET_KINDS = frozenset({"jira", "roundup", "zendesk", "redmine", "csv", "rest", "webhook"})


Guard = Callable[[duckdb.DuckDBPyConnection], AbstractContextManager[Any]]
"""Makes what bounds the statements run on a connection while it is entered."""


class Reader:
    """Answers at one moment. Not shared between threads; ``connection`` is the thread's own.

    ``guard`` bounds the time of a statement that is not ours; without one it may take as long as it likes.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        knowledge: Knowledge,
        moment: Moment,
        now: int,
        guard: Guard = nullcontext,
    ) -> None:
        self.connection = connection
        self.guard = guard
        self.moment = moment
        self.now = now
        self.at = now if moment.at is None else moment.at
        self.known = moment.known_until
        self._knowledge = knowledge
        self.answers: dict[Any, Any] = {}
        """What was already answered at this moment, so that a tile and a criterion ask once."""
        self.left_out: list[Span] = []
        """Time that does not count for whoever asks this reader: planned maintenance, in ``judged`` alone."""

    @cached_property
    def judged(self) -> Reader:
        """This moment with planned maintenance left out of what gateways and probes told; itself where none was planned."""
        spans = left_out(self)
        if not spans:
            return self
        twin = copy.copy(self)
        for name in ("_outranked", "_outranked_of_consumers", "traffic_coverage"):
            twin.__dict__.pop(name, None)
        twin.left_out, twin.answers = spans, {}
        twin.__dict__["judged"] = twin
        return twin

    @property
    def knowledge(self) -> Knowledge:
        return self._knowledge

    def beside(self, moment: Moment) -> Reader:
        """A reader of another moment on the same connection, with what is known of the session shared."""
        return Reader(self.connection, self._knowledge, moment, self.now)

    def until_rolled(self, key: Any, make: Callable[[], Any]) -> Any:
        """An answer about time long past, kept until the next roll-up: for shapes beside a number, never for numbers."""
        if self.rolled is None:
            return make()
        held = (key, self.rolled, self.known, None if self.moment.live else self.at, tuple(self.left_out))
        with self._knowledge.lock:
            if held in self._knowledge.memo:
                return self._knowledge.memo[held]
        made = make()
        with self._knowledge.lock:
            if len(self._knowledge.memo) > _MOST_KEPT:
                self._knowledge.memo.clear()
            self._knowledge.memo[held] = made
        return made

    def rows(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, parameters or []).fetchall()

    def one(self, sql: str, parameters: list[Any] | None = None) -> tuple[Any, ...] | None:
        return first_row(self.connection, sql, parameters)

    @cached_property
    def known_sql(self) -> str:
        return "TIMESTAMP 'infinity'" if self.known is None else stamp(self.known)

    @property
    def moment_sql(self) -> str:
        """The struct that ticket macros take."""
        at = "TIMESTAMP 'infinity'" if self.moment.live else stamp(self.at)
        return f"{{'at': {at}, 'known': {self.known_sql}, 'only': NULL::VARCHAR[]}}"

    def moment_until(self, instant: int) -> str:
        """As ``moment_sql``, standing just before an instant."""
        return f"{{'at': {stamp(instant - 1)}, 'known': {self.known_sql}, 'only': NULL::VARCHAR[]}}"

    def moment_of(self, tickets: list[str]) -> str:
        """As ``moment_sql``, for these tickets alone."""
        listed = ", ".join(repr_text(ticket) for ticket in tickets)
        return self.moment_sql.replace("NULL::VARCHAR[]", f"[{listed}]::VARCHAR[]")

    @cached_property
    def _values(self) -> dict[str, str | None]:
        return dict(self.rows(f"SELECT key, value FROM setting_known({self.known_sql})"))

    @cached_property
    def settings(self) -> Settings:
        """As known at the moment; defaults where nothing was ever set."""
        knowledge = self._knowledge
        with knowledge.lock:
            for values, read in knowledge.settings:
                if values == self._values:
                    return read
        made = self._read_settings()
        with knowledge.lock:
            # Reading thousands of customers takes longer than the question; a few moments stand side by side at most.
            knowledge.settings = [(self._values, made), *knowledge.settings[: _MOST_SETTINGS - 1]]
        return made

    @cached_property
    def customers(self) -> Book:
        """Who is behind tickets and keys, by the settings of the moment."""
        settings = self.settings
        knowledge = self._knowledge
        with knowledge.lock:
            for read, book in knowledge.books:
                if read is settings:
                    return book
        made = book_of(settings.segment, settings.customer, settings.consumer)
        with knowledge.lock:
            knowledge.books = [(settings, made), *knowledge.books[: _MOST_SETTINGS - 1]]
        return made

    def _read_settings(self) -> Settings:
        document: dict[str, Any] = {}
        sources: list[Any] = []
        for key, value in sorted(self._values.items()):
            if value is None:
                continue
            if key.startswith("source."):
                sources.append(msgspec.json.decode(value))
            else:
                document[key] = msgspec.json.decode(value)
        if sources:
            document["source"] = sorted(sources, key=lambda s: s.get("place", 0))
            for source in document["source"]:
                source.pop("place", None)
        return from_document(document)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.session.time_zone or local_zone())

    @cached_property
    def go_live(self) -> int:
        """The go-live instant: as set, else when the session was made."""
        chosen = go_live(self.settings)
        if chosen is not None:
            return chosen
        row = self.one("SELECT epoch_us(min(created_at)) FROM session_info")
        # Minutes are the grain of what is counted: a window from the middle of one would lose its calls.
        return minute_of(int(row[0])) if row and row[0] is not None else self.at

    @cached_property
    def all_sources(self) -> dict[str, SourceSettings]:
        """Sources that ever stood in the settings, also removed ones: their facts remain."""
        found: dict[str, SourceSettings] = {s.name: s for s in self.settings.source}
        missing = [k for k, v in self._values.items() if k.startswith("source.") and v is None]
        for key in missing:
            row = self.one(
                f"SELECT value FROM setting WHERE key = ? AND value IS NOT NULL AND known_at <= {self.known_sql} "
                "ORDER BY known_at DESC LIMIT 1",
                [key],
            )
            if row:
                raw = msgspec.json.decode(row[0])
                raw.pop("place", None)
                found[raw["name"]] = from_document({"source": [raw]}).source[0]
        return found

    @cached_property
    def coverage(self) -> dict[str, list[Span]]:
        """Covered spans by source, merged, up to the moment."""
        if self.known is not None:
            return _clipped(self._knowledge.covered_then(self.rows, self.known, self.now, whole=False), self.at)
        held = self._knowledge.covered_now(self.rows, whole=False)
        return _clipped(held, self.at) if not self.moment.live else held

    @cached_property
    def whole_coverage(self) -> dict[str, list[Span]]:
        """Spans known only as a sum, by source. A part of one is not known: those that go beyond the moment are left out."""
        if self.known is not None:
            return _ended(self._knowledge.covered_then(self.rows, self.known, self.now, whole=True), self.at)
        return _ended(self._knowledge.covered_now(self.rows, whole=True), self.at)

    @cached_property
    def speakers(self) -> list[Speaker]:
        """Who speaks for which gateway."""
        found = []
        for source in self.all_sources.values():
            rank = TRAFFIC_KINDS.get(source.kind)
            if rank is None or source.options.get("flavour") == "node":
                continue
            spans = self.coverage.get(source.name, [])
            found.append(Speaker(source.name, source.gateway or source.name, rank, tuple(spans)))
        return found

    @cached_property
    def traffic_coverage(self) -> list[Span]:
        """Time for which every gateway is known, whoever speaks for it."""
        return without(self._known({}), self.left_out) if self.left_out else self._known({})

    def totals_coverage(self, window: Span) -> list[Span]:
        """Time whose calls are in the totals of a window: also silences that counters bridged, where it holds them whole."""
        whole = {
            name: [s for s in spans if s.start >= window.start and s.end <= window.end]
            for name, spans in self.whole_coverage.items()
        }
        known = self._known(whole)
        return without(known, self.left_out) if self.left_out else known

    def _known(self, besides: dict[str, list[Span]]) -> list[Span]:
        gateways: dict[str, list[Span]] = {}
        standing = {s.name for s in self.settings.source}
        asked = {s.gateway for s in self.speakers if s.source in standing}
        for speaker in self.speakers:
            spans = gateways.setdefault(speaker.gateway, [])
            spans.extend([*speaker.spans, *besides.get(speaker.source, [])])
        for gateway, spans in gateways.items():
            if gateway not in asked and spans:
                # Taken out of the settings: what it told counts, its silence since then is nobody's gap.
                spans.append(Span(max(s.end for s in spans), FOREVER))
        if not self.speakers:
            gateways = {name: list(spans) for name, spans in self.coverage.items()}
        found = common([merge(spans) for spans in gateways.values()])
        if any(gateway in asked for gateway, spans in gateways.items() if spans) or not self.speakers:
            return found
        return [s for s in (span.clip(Span(0, self.at)) for span in found) if s.length]

    @cached_property
    def probe_names(self) -> list[str]:
        return [s.name for s in self.all_sources.values() if s.kind == "probe"]

    def covered_by(self, names: list[str]) -> list[Span]:
        return common([self.coverage.get(name, []) for name in names if self.coverage.get(name)])

    def told_by(self, kinds: frozenset[str], *, all_must: bool = False) -> list[Span]:
        """Time that every source of these kinds speaks for; one that was taken out is not missed afterwards.

        ``all_must``: nothing is known while a source of the settings has never answered.
        """
        standing = {s.name for s in self.settings.source}
        groups = []
        for source in self.all_sources.values():
            if source.kind not in kinds:
                continue
            spans = self.coverage.get(source.name, [])
            if not spans:
                if all_must and source.name in standing and not source.paused:
                    return []
                continue
            gone = [] if source.name in standing else [Span(spans[-1].end, max(self.at, spans[-1].end))]
            groups.append([*spans, *gone])
        return common([merge(group) for group in groups])

    @cached_property
    def newest_covered(self) -> int:
        """The end of what any source speaks for; the moment itself when none ever did."""
        ends = [spans[-1].end for spans in self.coverage.values() if spans]
        return min(self.at, max(ends)) if ends else self.at

    @cached_property
    def _outranked(self) -> list[tuple[str, Span]]:
        return self._out_of_count(outranked(self.speakers))

    @cached_property
    def _outranked_of_consumers(self) -> list[tuple[str, Span]]:
        """A source that names no consumers takes no calls by consumer away from one that does."""
        naming = self._knowledge.naming_consumers(self.rows, self.known)
        return self._out_of_count(outranked([s for s in self.speakers if s.source in naming]))

    def _out_of_count(self, found: list[tuple[str, Span]]) -> list[tuple[str, Span]]:
        if not self.left_out:
            return found
        # While maintenance is planned no source of any gateway counts: the same exclusion, so every statement knows it.
        spans: dict[str, list[Span]] = {}
        for name, span in found:
            spans.setdefault(name, []).append(span)
        return [(s.source, span) for s in self.speakers for span in merge([*spans.get(s.source, []), *self.left_out])]

    @cached_property
    def rolled(self) -> int | None:
        return usable_batch(self.connection, self.known, list(self.settings.routes.internal))

    @cached_property
    def internal_routes(self) -> list[str]:
        """The routes we ever saw that the settings of the moment call internal."""
        patterns = list(self.settings.routes.internal)
        if not patterns:
            return []
        seen = self._knowledge.routes_seen(self.rows)
        return [route for route in seen if is_internal(route, patterns)]

    def outranked_in(self, start: int, end: int, *, consumers: bool = False) -> list[tuple[str, Span]]:
        """Sources that do not count in parts of [start, end), with those parts; ``consumers``: among calls by consumer."""
        found = self._outranked_of_consumers if consumers else self._outranked
        clipped = [(name, s.clip(Span(start, end))) for name, s in found]
        return [(name, s) for name, s in clipped if s.length]

    def mixed_hours(self, start: int, end: int) -> list[tuple[int, str]]:
        """Whole hours of [start, end) in which a source counts only in part: their roll-up cannot be used."""
        first, last = -(-start // HOUR) * HOUR, end - end % HOUR
        found: dict[tuple[int, str], int] = {}
        for name, span in self.outranked_in(start, end):
            hour = span.start - span.start % HOUR
            while hour < span.end:
                if first <= hour < last:
                    inside = span.clip(Span(hour, hour + HOUR)).length
                    if inside < HOUR:
                        found[hour, name] = found.get((hour, name), 0) + inside
                    else:
                        # Whole hours in the middle of a long span need no look each.
                        hour = max(hour, span.end - span.end % HOUR - HOUR)
                hour += HOUR
        return sorted(key for key, inside in found.items() if inside < HOUR)

    def has_spans(self, table: str) -> bool:
        """Whether any row of a minute-fact table is known only over a longer span."""
        if ("spans", table) not in self.answers:
            self.answers["spans", table] = self._knowledge.spans_in(self.rows, table)
        return bool(self.answers["spans", table])

    def window(self, start: int, end: int, *, consumers: bool = False) -> str:
        """The struct literal that the gateway macros take for [start, end); ``consumers``: those of calls by consumer."""
        values = self.window_parts(start, end, consumers=consumers)
        parts = ", ".join(f"'{name}': {literal}" for name, literal in values.items())
        return f"{{{parts}}}"

    def window_parts(self, start: int, end: int, *, consumers: bool = False) -> dict[str, str]:
        """The fields of that struct, each as a literal."""
        mixed = [hour for hour, _ in self.mixed_hours(start, end)]
        low, high = (min(mixed), max(mixed) + HOUR) if mixed else (start, start)
        internal = ", ".join(repr_text(route) for route in self.internal_routes)
        return {
            "from": stamp(start),
            "to": stamp(end),
            "known": self.known_sql,
            "rolled": "TIMESTAMP '-infinity'" if self.rolled is None else stamp(self.rolled),
            "outranked": self._outranked_sql(start, end, consumers=consumers),
            "mixed_from": stamp(low),
            "mixed_to": stamp(high),
            "internal": f"[{internal}]::VARCHAR[]",
            "covered": self._covered_sql(start, end),
            "probed": self._probed_sql(start, end),
            "bad_share": repr(self.settings.session.bad_minute_5xx),
            "usual": usual_calls.written(self, end),
            "left_out": plain_spans(_grown(self.left_out, start, end)),
        }

    def _outranked_sql(self, start: int, end: int, *, consumers: bool) -> str:
        return spans_sql([(s, name) for name, s in self.outranked_in(start, end, consumers=consumers)])

    def bare_window(self, start: int, end: int, *, consumers: bool = False) -> str:
        """As ``window``, with what calls_by_minute and its kin read and no more."""
        internal = ", ".join(repr_text(route) for route in self.internal_routes)
        rolled = "TIMESTAMP '-infinity'" if self.rolled is None else stamp(self.rolled)
        return (
            f"{{'from': {stamp(start)}, 'to': {stamp(end)}, 'known': {self.known_sql}, 'rolled': {rolled}, "
            f"'outranked': {self._outranked_sql(start, end, consumers=consumers)}, "
            f"'internal': [{internal}]::VARCHAR[]}}"
        )

    def _covered_sql(self, start: int, end: int) -> str:
        return plain_spans(_grown(self.traffic_coverage, start, end))

    def _probed_sql(self, start: int, end: int) -> str:
        return plain_spans(_grown(self.covered_by(self.probe_names), start, end))


def _grown(spans: list[Span], start: int, end: int) -> list[Span]:
    window = Span(start, end)
    return [s for s in (span.clip(window) for span in spans) if s.length]


def _ended(spans: dict[str, list[Span]], at: int) -> dict[str, list[Span]]:
    return {name: [s for s in held if s.end <= at] for name, held in spans.items()}


def _clipped(spans: dict[str, list[Span]], at: int) -> dict[str, list[Span]]:
    return {name: [Span(s.start, min(s.end, at)) for s in held if s.start < at] for name, held in spans.items()}
