"""History and live numbers of a gateway out of a Prometheus server (also Thanos, Mimir, VictoriaMetrics).

Raw samples are asked for (a range selector as an instant query), so that every value keeps its own instant, and are
differenced by ``history``. The newest minutes are read at every poll and again while samples may still come late; the
past is read backwards from there, one span a poll, and what is done stands in the cursor.

What one would get wrong: an empty answer is not zero calls, so only samples cover time; and a span that is read again
must begin at whole ten minutes, for the facts of consumers are counted by them.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.facts import Fetched, Progress, Reread
from console.model.moment import DAY, HOUR, MINUTE, SECOND, Span, iso, merge, minute_of
from console.ports import Seen
from console.sources.gateways import scrape
from console.sources.gateways.history import REACH, TEN_MINUTES, Told, without
from console.sources.gateways.mapping import Mapping, traffic_metrics
from console.sources.gateways.prometheus_api import (
    Answer,
    Api,
    Points,
    TooMuchError,
    digest,
    presence,
    read_scalars,
    selector,
    wanted,
)
from console.sources.gateways.prometheus_state import Cursor, read_cursor, tell_once
from console.sources.http import Http
from console.sources.site import Site

_LATE = 5 * MINUTE
"""Samples that come later than this are found only by a back-fill of their span."""
_SETTLED = 2 * MINUTE
"""A live span left behind sooner than this after its end is read once more by the back-fill."""
_TARGET = 40_000
"""Samples in one answer: about 1 MB of JSON, and few enough rows that taking them over from the worker stalls nobody."""
_SEARCHED_BEFORE_A_SILENCE = DAY
_LOOKED_AT = 500
"""Points of a silence in which new samples are looked for."""
_MOST_ORPHANS = 20


class Options(scrape.Options, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``url``: the server's address, with its prefix if it has one (Mimir: ``…/prometheus``).

    ``flavour``, ``map`` and ``handler``: whose series it holds, as for ``scrape``. ``tenant``: sent as X-Scope-OrgID.
    ``matchers``: further label matchers for every series, such as ``job="apisix",env="prod"``.
    """

    tenant: str | None = None
    matchers: str = ""


class Prometheus:
    """Implements ``ports.Source``."""

    def __init__(self, options: Options, site: Site) -> None:
        self._mapping: Mapping = scrape.mapping_of(options)
        self._site = site
        self._matchers = options.matchers
        self._selector = selector(wanted(self._mapping), options.matchers)
        headers = dict(options.headers)
        if options.tenant:
            headers["X-Scope-OrgID"] = options.tenant
        self._http = Http(msgspec.structs.replace(options, headers=headers), site.secret, transport=site.transport)
        self._api = Api(self._http, "" if urlsplit(options.url).path.rstrip("/").endswith("/api/v1") else "api/v1/")

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        state = read_cursor(cursor)
        if not state.live_at or now - state.live_at >= self._site.period_s * SECOND or now < state.live_at:
            return await self._live(state, now)
        undone = self._undone(state)
        return await (self._past(state, undone[-1]) if undone else self._live(state, now))

    async def look(self, now: int) -> Seen:
        version = await self._api.version()
        count = await self._api.query(f"count({self._selector})", now)
        series = read_scalars(count.body)
        lines = [f"{int(series):,} series of {self._mapping.title}".replace(",", " ")]
        if series == 0:
            lines = [f"no series of {self._mapping.title} now: {self._mapping.hint or 'check flavour and matchers'}"]
        lines.append(await self._oldest(now))
        return Seen(f"Prometheus {version}".strip(), lines)

    async def _oldest(self, now: int) -> str:
        """Asked of the counters of calls alone: over 30 days the histograms would be many times as much."""
        names = traffic_metrics(self._mapping) or wanted(self._mapping)
        try:
            found = await self._presence(selector(names, self._matchers), Span(now - 30 * DAY, now), DAY)
        except TooMuchError:
            return "how far its samples go back could not be found out in time"
        days = [at for points in found.values() for at in points]
        return f"samples since {iso(min(days) - DAY)[:10]} or before" if days else "no samples in the last 30 days"

    async def close(self) -> None:
        await self._http.close()

    async def _live(self, state: Cursor, now: int) -> Fetched:
        start = _ten(now - _LATE)
        told, answer = await self._read(Span(start, now + 1), _missing(Span(start, minute_of(now)), state.gauged))
        settled = state.live_at >= start + _SETTLED and not state.live_from <= state.withheld < start
        if told.samples and start > state.live_from and settled and not state.quiet:
            state.done = _with(state.done, state.live_from, start)
        looked = minute_of(state.live_at)
        state.live_at = now
        # What a server was silent about it may still be given (remote write catches up): that time is read once more.
        if told.samples or not state.live_from or (minute_of(now) > looked and await self._has_newer(state, start)):
            state.live_from = start
        state.quiet = not told.samples
        state.newest = max(state.newest, told.newest or 0)
        tell_once(state, told.facts, now - _LATE)
        if told.facts.gauge:
            newest = max(row.happened_at for row in told.facts.gauge)
            state.gauged = _with(state.gauged, start, minute_of(newest) + MINUTE)
        self._learn(state, told, now - start + REACH)
        fetched = self._fetched(state, told, answer, Span(start, minute_of(now) + MINUTE))
        if told.samples == 0 and not told.partial:
            fetched.partial = (
                f"The server has no samples of {self._mapping.title} for the last minutes; check that it scrapes the "
                "gateway, and flavour and matchers."
            )
        elif self._mapping.calls and not told.counters and not told.partial:
            fetched.partial = f"The server has no counters of calls of {self._mapping.title}: {self._mapping.hint}."
        return fetched

    async def _past(self, state: Cursor, gap: Span) -> Fetched:
        width = min(state.width, int(_TARGET / state.density * SECOND) - REACH if state.density else HOUR)
        while True:
            width = max(TEN_MINUTES, width - width % TEN_MINUTES)
            span = Span(max(gap.start, gap.end - width), gap.end)
            try:
                told, answer = await self._read(span, _missing(span, state.gauged))
                break
            except TooMuchError:
                if width <= TEN_MINUTES:
                    raise
                width = state.width = width // 4
        until = span.start
        if told.newest is None or told.newest < span.start:
            until = await self._jump(Span(gap.start, span.start))
        else:
            self._learn(state, told, span.length + REACH)
        end = span.end
        if state.quiet and span.end == state.live_from:
            # Back to the ten minutes in which the samples end: what follows is read again once there are more.
            end = state.live_from = max(gap.start, _ten((told.newest or until) - 1))
            state.newest = max(state.newest, told.newest or 0)
        if end > until:
            state.done = _with(state.done, until, end)
        state.gauged = _with(state.gauged, span.start, max(span.start, end))
        withheld = state.withheld
        tell_once(state, told.facts, span.end)
        state.withheld = withheld
        return self._fetched(state, told, answer, span)

    async def _has_newer(self, state: Cursor, until: int) -> bool:
        """Whether a server that is silent now has samples in the time since ``newest`` that it did not have before."""
        span = Span(state.live_from, until)
        if span.length <= 0:
            return False
        step = max(MINUTE, minute_of(span.length // _LOOKED_AT))
        try:
            found = await self._presence(self._selector, span, step)
        except TooMuchError:
            return False
        newest = max((at for points in found.values() for at in points), default=0)
        if newest <= state.newest + step:
            return False
        state.newest = newest
        return True

    async def _jump(self, before: Span) -> int:
        """Where the samples before a silence end, rounded up to ten minutes.

        The start of ``before`` if there are none; its end where the server cannot say, so that it is walked through.
        """
        recent = Span(max(before.start, before.end - DAY), before.end)
        for span, step in ((recent, HOUR), (Span(before.start, recent.start), DAY)):
            if span.length == 0:
                continue
            try:
                found = await self._presence(self._selector, span, step)
            except TooMuchError:
                return before.end
            newest = max((at for points in found.values() for at in points), default=None)
            if newest is not None:
                return max(before.start, min(before.end, _ten(newest + TEN_MINUTES - 1)))
        return before.start

    async def _presence(self, select: str, span: Span, step: int) -> Points:
        answer = await self._api.presence(select, span, step)
        return presence(answer.body)

    async def _read(self, span: Span, gauges_in: list[Span]) -> tuple[Told, Answer]:
        """Raw samples of the span and what lies in reach before it; and, after a silence, the last ones before that."""
        raw = await self._api.raw(self._selector, Span(span.start - REACH, span.end))
        bodies = [raw.body]
        told = await self._digest(bodies, span, gauges_in)
        if told.orphans:
            bodies += await self._before_silence(told.orphans, span)
            if len(bodies) > 1:
                told = await self._digest(bodies, span, gauges_in)
        return told, raw

    async def _before_silence(self, orphans: list[str], span: Span) -> list[bytes]:
        step = REACH // 2
        end = span.start - REACH
        found = await self._presence(self._selector, Span(end - _SEARCHED_BEFORE_A_SILENCE, end), step)
        newest: dict[int, None] = {}
        for process in orphans[:_MOST_ORPHANS]:
            if found.get(process):
                newest[max(found[process])] = None
        return [(await self._api.raw(self._selector, Span(at - step - REACH, at + 1))).body for at in sorted(newest)]

    async def _digest(self, bodies: list[bytes], span: Span, gauges_in: list[Span]) -> Told:
        size = sum(len(body) for body in bodies)
        outcome = await self._site.workshop.run(
            size, digest, bodies, self._mapping, self._site.name, span, gauges_in, str(self._http.base.host)
        )
        if isinstance(outcome, str):
            raise SourceError(Trouble.UNREADABLE, outcome)
        return outcome

    def _learn(self, state: Cursor, told: Told, length: int) -> None:
        if told.samples:
            state.density = told.samples * SECOND / length

    def _undone(self, state: Cursor) -> list[Span]:
        whole = Span(_ten(self._site.backfill_from), state.live_from)
        return without([whole], [Span(*span) for span in state.done]) if whole.length else []

    def _fetched(self, state: Cursor, told: Told, answer: Answer, span: Span) -> Fetched:
        undone = self._undone(state)
        total = max(0, state.live_from - _ten(self._site.backfill_from)) // TEN_MINUTES
        left = sum(gap.length for gap in undone) // TEN_MINUTES
        days = (total - left) * TEN_MINUTES / DAY
        return Fetched(
            told.facts,
            msgspec.msgpack.encode(state),
            [Reread(self._site.name, span.start, span.end)],
            told.partial,
            bool(undone),
            Progress(total - left, total, f"{days:.1f} of {total * TEN_MINUTES / DAY:.1f} days"),
            answer.wire_bytes,
            f"{self._mapping.title} · {told.series} series",
        )


def build(options: Options, site: Site) -> Prometheus:
    return Prometheus(options, site)


def _ten(instant: int) -> int:
    return instant - instant % TEN_MINUTES


def _missing(span: Span, gauged: list[tuple[int, int]]) -> list[Span]:
    return without([span], [Span(*known) for known in gauged]) if span.length else []


def _with(done: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    return [(s.start, s.end) for s in merge([*(Span(*span) for span in done), Span(start, end)])]
