"""Evaluates the alert rules while a session is live, minute by minute, a little behind so that late answers still count.

What was judged once is not judged again: a late answer is stored, and the next minutes tell what it means. After a
pause the minutes since then are caught up with; of them only what still fires disturbs anybody.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from console.model.alert import Standing, State
from console.model.alert_rules import Rule, Signal, Way, alert_key
from console.model.alert_watch import Told
from console.model.burn import LONGEST
from console.model.change import Change
from console.model.errors import ConsoleError
from console.model.escalation import NAME, passed_before
from console.model.escalation import fired as fired_rungs
from console.model.grouping import Fired, Grouping, Notice
from console.model.moment import DAY, HOUR, MINUTE, SECOND, Span, minute_of
from console.ports import Clock
from console.queries import alert_book
from console.queries.alert_decisions import decided
from console.queries.alert_engine import Engine, Room, not_teaching, worth_telling
from console.queries.alert_records import Key, resumed
from console.queries.alert_samples import Sampler
from console.queries.escalation import Ladder
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.work.lanes import Lanes

_log = logging.getLogger(__name__)

_EVERY_S = 5.0
_BACKFILL_PATIENCE = 30 * SECOND
"""A first evaluation waits so long for a running back-fill, which brings the newest hours first."""
_CATCH_UP = DAY
_LEAST_PATIENCE = 45 * SECOND
_LEARN = 14 * DAY


class Session(Protocol):
    """What the evaluation needs of the desk."""

    def reader(self) -> Reader: ...

    def record_alerts(self, told: list[Told], notices: list[Notice], judged: Span, rules: int) -> None:
        """On the write lane."""
        ...

    def periods(self) -> dict[str, float]: ...

    def filling(self, *, tickets: bool = False) -> bool:
        """Whether a back-fill is running; ``tickets``: one of theirs."""
        ...


@dataclass(eq=False)
class Alerting:
    """``evaluate`` runs on the analysis lane; ``start`` and ``close`` may be called from any thread."""

    lanes: Lanes
    session: Session
    clock: Clock
    announce: Callable[[Change], None]
    shelf: TicketShelf
    """The desk's own: two of them on one connection would take each other's tables away."""
    judged: Span | None = None
    """The minutes that this object has judged."""
    _engine: Engine = field(default_factory=lambda: Engine([]))
    _grouping: Grouping = field(default_factory=Grouping)
    _ladder: Ladder = field(default_factory=Ladder)
    _rungs: Grouping = field(default_factory=Grouping)
    """Apart from the rules' own: a rung is no alert that stands, and nothing else may keep it from being told."""
    _climbed: list[str] = field(default_factory=list)
    _upto: int | None = None
    _began: int | None = None
    _task: asyncio.Task[None] | None = None
    _job: concurrent.futures.Future[list[Notice]] | None = None
    _standings: dict[Key, Standing] = field(default_factory=dict)
    _filling: bool = False
    _closed: bool = False

    def start(self) -> None:
        self.lanes.network(self._start()).result()

    async def _start(self) -> None:
        if self._task is None and not self._closed:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="alerts")

    def close(self) -> None:
        """Stop; a judgement under way is written first, so that nobody writes into a session that is closed."""
        self.lanes.network(self._close()).result()
        job = self._job
        # One that still waits for its lane is dropped; closing may itself run on that lane.
        if job is not None and not job.cancel():
            concurrent.futures.wait([job])

    async def _close(self) -> None:
        # A start that was asked for before, on another thread, may come after.
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            self._job = self.lanes.analysis(self.evaluate)
            ended = asyncio.wrap_future(self._job)
            await asyncio.wait([ended])
            fault = None if ended.cancelled() else ended.exception()
            if isinstance(fault, ConsoleError):
                _log.warning("the alert rules could not be evaluated: %s", fault)
            elif fault is not None:
                # Our own bug is loud in the log; the next minute is still judged.
                _log.error("the alert rules could not be evaluated", exc_info=fault)

    def evaluate(self) -> list[Notice]:
        """Judge the minutes that became ripe since the last call (analysis lane). Returns the notices it gave."""
        now = self.clock.now()
        if self._began is None:
            self._began = now
        reader = self.session.reader()
        if not reader.settings.source:
            return []
        periods = self.session.periods()
        ripe = ripe_until(reader, periods, now)
        if self._upto is None:
            if self.session.filling() and now - self._began < _BACKFILL_PATIENCE:
                return []
            self._resume(reader, ripe)
        assert self._upto is not None
        if ripe <= self._upto:
            return []
        late = now - self._upto > HOUR
        rules = alert_book.rules(reader)
        filling = self.session.filling()
        if self._filling and not filling:
            self._learn_anew()
        self._filling = filling
        self._take(reader, periods, rules)
        span = Span(self._upto, ripe)
        with self._undone_by_a_fault():
            told = self._engine.advance(
                Sampler(reader, self.shelf, periods, span.start, span.end), self._excluded(reader)
            )
            made = decided(reader)
            self._grouping.quiet, self._rungs.quiet = made.why_quiet, made.why_silent
            notices = self._caught_up(told, ripe) if late else self._notices(told, span)
            notices += self._climb(reader, filling=self.session.filling(tickets=True))
            changes = [one for one in told if worth_telling(one)]
            self.lanes.write(self.session.record_alerts, changes, notices, span, len(rules)).result()
        self._upto = ripe
        self.judged = Span(span.start if self.judged is None else self.judged.start, ripe)
        if changes or notices:
            self.announce(Change.ALERTS)
        return notices

    @contextmanager
    def _undone_by_a_fault(self) -> Iterator[None]:
        """What could not be written was told to nobody: the next look must find it as new as this one did."""
        standings = self._engine.standings()
        before = self._grouping.twin(), self._rungs.twin(), self._ladder.twin(), self._climbed
        written = False
        try:
            yield
            written = True
        finally:
            if not written:
                # The watches have learnt these minutes already; new ones learn from the past without them.
                self._engine, self._standings = Engine([]), standings
                self._grouping, self._rungs, self._ladder, self._climbed = before

    def _resume(self, reader: Reader, ripe: int) -> None:
        found = resumed(reader)
        first = min((spans[0].start for spans in reader.coverage.values() if spans), default=ripe)
        known = minute_of(first) if found.upto is None else found.upto
        self._upto = min(ripe, max(known, ripe - _CATCH_UP))
        self._standings = found.standings
        for notice in found.notices:
            (self._rungs if NAME in notice.rules else self._grouping).remember(notice)
        rules = {rule.name: rule for rule in alert_book.all_rules(reader)}
        for (name, labels), standing in found.standings.items():
            if standing.fired is not None and name in rules:
                self._grouping.knows(Fired(rules[name], dict(labels), standing.fired))

    def _learn_anew(self) -> None:
        """A back-fill ended: what is usual and what was burnt is learnt from the whole past; alerts stand where they stand."""
        self._standings |= self._engine.standings()
        self._engine = Engine([])

    def _take(self, reader: Reader, periods: dict[str, float], rules: list[Rule]) -> None:
        """Rooms for the rules of now; an unchanged rule keeps what it knows, a new one learns from the past first."""
        rooms: list[Room] = []
        samplers: dict[int, Sampler] = {}
        for rule in rules:
            room = next((room for room in self._engine.rooms if room.rule == rule), None)
            if room is None:
                room = Room(rule)
                for (name, labels), standing in self._standings.items():
                    if name == rule.name and (not rule.flows or dict(labels).get("route") in rule.flows):
                        room.restored[labels] = standing
                self._warm(reader, periods, room, samplers)
            rooms.append(room)
        self._standings = {}
        self._engine = Engine(rooms)

    def _warm(self, reader: Reader, periods: dict[str, float], room: Room, samplers: dict[int, Sampler]) -> None:
        assert self._upto is not None
        length = memory_of(room.rule)
        if not length:
            return
        first = min((spans[0].start for spans in reader.coverage.values() if spans), default=self._upto)
        start = max(minute_of(first), self._upto - length)
        if start >= self._upto:
            return
        sampler = samplers.setdefault(length, Sampler(reader, self.shelf, periods, start, self._upto))
        room.warm(sampler.family(room.rule, room.asked), self._excluded(reader))

    def states(self) -> dict[str, tuple[State, str]]:
        """Each rule's worst state, and what keeps it from knowing ("learning", a sentence, or '')."""
        found: dict[str, tuple[State, str]] = {}
        for room in list(self._engine.rooms):
            found[room.rule.name] = (room.state, "learning" if room.learning else room.why)
        return found

    def _excluded(self, reader: Reader) -> list[Span]:
        windows = [w.span for w in decided(reader).maintenance]
        return [*not_teaching(reader, self.shelf, reader.at), *windows]

    def _notices(self, told: list[Told], span: Span) -> list[Notice]:
        fired: dict[int, list[Fired]] = {}
        for one in told:
            if one.change.fires:
                fired.setdefault(one.change.minute, []).append(Fired(one.rule, one.labels, one.change.minute))
        ended: dict[int, list[str]] = {}
        for one in told:
            if one.change.resolves:
                ended.setdefault(one.change.minute, []).append(alert_key(one.rule.name, one.labels))
        found: list[Notice] = []
        for minute in range(span.start, span.end, MINUTE):
            found += self._grouping.at(minute, fired.get(minute, []), ended.get(minute, ()))
        return found

    def _climb(self, reader: Reader, *, filling: bool) -> list[Notice]:
        """Rungs of the escalation ladder as they stand now: a clock runs on by itself and waits for no late answer."""
        minute = minute_of(reader.at)
        climbed = self._ladder.climb(reader, self.shelf, filling=filling)
        rungs = fired_rungs(climbed.rises, minute)
        notices = self._rungs.at(minute, rungs, self._climbed)
        self._climbed = [rung.key for rung in rungs]
        before = passed_before(climbed.before, minute)
        return [*notices, before] if before is not None else notices

    def _caught_up(self, told: list[Told], ripe: int) -> list[Notice]:
        """After a pause only what began meanwhile and still fires is told, once."""
        last, active = ripe - MINUTE, self._engine.active()
        began = {alert_key(t.rule.name, t.labels) for t in told if t.change.fires}
        return self._grouping.at(last, [Fired(w.rule, w.labels, last) for key, w in active.items() if key in began])


def memory_of(rule: Rule) -> int:
    """How much of the past a rule needs before it can judge, in µs."""
    if rule.way is Way.ANOMALY:
        return _LEARN
    if rule.way is Way.BURN:
        return LONGEST * MINUTE
    return rule.window * MINUTE if rule.signal is Signal.KPI and rule.is_share else 0


def ripe_until(reader: Reader, periods: dict[str, float], now: int) -> int:
    """The minute up to which it can be judged: what every gateway has told, or what is overdue by two periods.

    The faster of a gateway's sources decides, because one is enough to know a minute.
    """
    fastest: dict[str, float] = {}
    newest: dict[str, int] = {}
    standing = {s.name for s in reader.settings.source if not s.paused}
    for speaker in reader.speakers:
        if speaker.source not in standing:
            continue
        period = periods.get(speaker.source, 60.0)
        fastest[speaker.gateway] = min(period, fastest.get(speaker.gateway, period))
        end = speaker.spans[-1].end if speaker.spans else 0
        newest[speaker.gateway] = max(end, newest.get(speaker.gateway, 0))
    slowest = max(fastest.values(), default=0.0)
    overdue = now - max(_LEAST_PATIENCE, round(2 * slowest * SECOND) + 5 * SECOND)
    told = min(newest.values(), default=overdue)
    return minute_of(min(now, max(told, overdue)))
