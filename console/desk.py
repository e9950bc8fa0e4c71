"""The one counter for any front end. Questions run on read threads, acts on the write lane; every call here blocks.

A ``ReadingDesk`` answers only: it stands on a foreign or archived session. ``Desk`` also decides, saves and polls.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from console import customer_settings, frugal, sla_settings
from console.delivering import Delivering, OutboxQuestions
from console.deriving import HEARD, Deriving
from console.desk_alerts import AlertActs, AlertQuestions
from console.forecasting import Forecasting, keeper
from console.kpi_counter import KpiCounter
from console.model.alert import State
from console.model.change import Change
from console.model.decision import TICKET_ACTS, Act, named, subject_words
from console.model.errors import ConsoleError, QuestionError, SettingsError, SourceError, Trouble
from console.model.facts import Facts, Fetched, Release
from console.model.health import Health
from console.model.moment import LIVE, Moment, from_datetime, iso, parse_instant, to_datetime
from console.model.nearest import did_you_mean
from console.model.number import Slice
from console.ports import Clock, Seen, Source
from console.present import command as present_command
from console.present import exit as present_exit
from console.present import mapping as present_mapping
from console.present import queue as present_queue
from console.present import radar as present_radar
from console.present import sources as present_sources
from console.present import spike as present_spike
from console.present.exit_figures import ExitFigure
from console.present.figures import CommandFigure, SourcesFigure, TableWindow, TicketDetail
from console.present.radar_figures import RadarFigure
from console.present.spike_figures import SpikeFigure
from console.proving import Proving
from console.queries import alert_decisions
from console.queries import command as command_query
from console.queries import exit as exit_query
from console.queries import kpi as kpi_query
from console.queries import radar as radar_query
from console.queries import sources as sources_query
from console.queries import spike as spike_query
from console.queries import tickets as ticket_query
from console.queries.criteria import acts as criteria_acts
from console.queries.criteria import definitions, guard
from console.queries.criteria import forms as criteria_forms
from console.queries.knowledge import Knowledge
from console.queries.reader import TICKET_KINDS, Reader
from console.queries.shelf import TicketShelf
from console.queries.tickets import QueueQuestion
from console.ruling import RuleActs, RuleQuestions, Ruling
from console.settings import Settings, SourceSettings, from_document
from console.sla_questions import SlaQuestions
from console.sources import registry, remapping
from console.sources.site import Site, Told
from console.sources.tickets.preview import Mappings
from console.store import append, housekeeping, rollup, settings_log
from console.store.session import FACT_TABLES, Session
from console.triage_questions import TriageQuestions
from console.triaging import TriageActs
from console.vault import KeyringVault, Secret
from console.work.alerting import Alerting
from console.work.lanes import Lanes
from console.work.limit import Limit
from console.work.outbox import Outbox
from console.work.poller import Poller

_log = logging.getLogger(__name__)

_ROLL_UP_EVERY_S = 300.0
_ROLL_UP_EVERY_ROWS = 200_000
_ROLL_UP_AT_MOST_S = 30.0
"""A back-fill brings days at once; waiting five minutes would leave every chart to the facts until then. But a batch a few
seconds long sums up hardly anything: 200 busy gateways bring so many rows all the time."""


class ReadingDesk(Proving, AlertQuestions, SlaQuestions, RuleQuestions, Forecasting, TriageQuestions, OutboxQuestions):
    """Questions about one session. Methods may be called from any thread but the GUI's."""

    read_only = True

    def __init__(self, session: Session, clock: Clock) -> None:
        self.session = session
        self._clock = clock
        self._knowledge = Knowledge()
        self._local = threading.local()
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        # The one shelf of this session: two would take each other's tables away on a connection they share.
        self._tickets = self._knowledge.shelf = TicketShelf()
        self.numbers = KpiCounter(self.reader, self._tickets)
        self._name = self.reader().settings.session.name

    @property
    def path(self) -> Path:
        return self.session.path

    @property
    def name(self) -> str:
        """As it was when the session was opened; free of any question, for a window's title."""
        return self._name

    def reader(self, moment: Moment = LIVE) -> Reader:
        """A reader at a moment, on the calling thread's own cursor."""
        cursor = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self.session.cursor()
            self._local.cursor = cursor
            self._cursors.append(cursor)
        return Reader(cursor, self._knowledge, moment, self._now(), Limit)

    def _now(self) -> int:
        """The session clock. A session that is only reviewed stands where its facts end."""
        return max(self.session.last_known, 1)

    def health(self) -> list[Health]:
        return []

    def _standings(self, reader: Reader) -> list[sources_query.Standing]:
        """Each source of today's settings with its kind's words and what the poller knows of it."""
        held = {h.name: h for h in self.health()}
        found = []
        for source in (reader.settings if reader.moment.live else self.settings()).source:
            kind = registry.shown_kind(source)
            health = held.get(source.name) or Health(source.name, registry.period_of(source), paused=source.paused)
            found.append(sources_query.Standing(source, kind.title, kind.speaks, health))
        return found

    def warm(self) -> None:
        """Work out what every screen will ask for first, while the window is still being built."""
        self._tickets.fill(self.reader())

    # Questions of the screens

    def command(
        self, moment: Moment, window_s: int, chart_px: int, zoom: tuple[float, float] | None = None
    ) -> CommandFigure:
        reader = self.reader(moment)
        answer = command_query.ask(reader, self._tickets, window_s, chart_px, zoom)
        return present_command.word(answer, sources_query.ask(reader, self._standings(reader)), self.alert_pill(reader))

    def queue(self, moment: Moment, question: QueueQuestion) -> TableWindow:
        reader = self.reader(moment)
        return present_queue.word(ticket_query.queue(reader, self._tickets, question), reader.now)

    def ticket(self, moment: Moment, key: str) -> TicketDetail:
        reader = self.reader(moment)
        answer = ticket_query.ticket(reader, key)
        return present_queue.word_ticket(answer, reader.at, reader.zone, acts=not self.read_only and moment.live)

    def spike(self, moment: Moment, start: int, end: int) -> SpikeFigure:
        """What moved in [start, end) and what did not. May take longer than a read: the analysis lane runs it."""
        reader = self.reader(moment)
        return present_spike.word(spike_query.ask(reader, self._tickets, start, end), reader.zone)

    def radar(self, moment: Moment) -> RadarFigure:
        """Numbers against words. As ``spike``, for the analysis lane."""
        reader = self.reader(moment)
        return present_radar.word(radar_query.ask(reader, self._tickets), reader.zone, moment)

    def sources(self) -> SourcesFigure:
        reader = self.reader()
        return present_sources.word(sources_query.ask(reader, self._standings(reader)), reader.now, reader.zone)

    def exit(self, moment: Moment) -> ExitFigure:
        return present_exit.word(exit_query.ask(self.reader(moment), self._tickets))

    def settings(self) -> Settings:
        return self.reader().settings

    def session_zone(self) -> ZoneInfo:
        return self.reader().zone

    # Questions of the commands: plain values, ready for JSON

    def kpis(self) -> list[dict[str, Any]]:
        known = self.numbers.catalogue()
        targets = self.reader().settings.targets
        return [
            {"kpi": k.name, "title": k.title, "unit": k.unit, "direction": k.direction,
             "target": targets.get(k.name, k.target)}
            for k in known.kpis.values()
        ]  # fmt: skip

    def kpi(self, name: str, moment: Moment, start: int | None, end: int | None, part: Slice) -> kpi_query.KpiAnswer:
        """Raises QuestionError for an unknown name or a window that ends before it begins."""
        if start is not None and end is not None and end < start:
            raise QuestionError("The window ends before it begins; swap --from and --to.")
        return kpi_query.ask(self.reader(moment), self.numbers.catalogue().get(name), start, end, part)

    def check(self, moment: Moment) -> list[dict[str, Any]]:
        return guard.rows(self.reader(moment), self._tickets)

    def explain(self, moment: Moment, start: int, end: int) -> list[dict[str, Any]]:
        return present_spike.rows(spike_query.ask(self.reader(moment), self._tickets, start, end))

    def export(self, table: str, form: str, target: str) -> str:
        """Write one fact table, or ``tickets``, to a file this user may read. Returns the path."""
        if table not in (*FACT_TABLES, "tickets"):
            raise QuestionError(f'There is no table "{table}".{did_you_mean(table, (*FACT_TABLES, "tickets"))}')
        housekeeping.export(self.reader(), table, form, Path(target))
        return target

    def close(self) -> None:
        for cursor in self._cursors:
            cursor.close()
        self._cursors.clear()
        self.session.close()


class Desk(AlertActs, RuleActs, TriageActs, Delivering, ReadingDesk):
    """The desk of our own session: polls its sources and writes what people decide."""

    read_only = False

    def __init__(
        self, session: Session, clock: Clock, lanes: Lanes, vault: KeyringVault, announce: Callable[[Change], None]
    ) -> None:
        super().__init__(session, clock)
        self._lanes = lanes
        self._vault = vault
        self._announce = announce
        self._connection = session.cursor()
        self._cursors.append(self._connection)
        self._rolled_at = time.monotonic()
        self._unrolled = 0
        self._mappings = Mappings()
        self.poller = Poller(lanes, self, clock, announce)
        self.delivering = Outbox(lanes, self, clock, self.deliveries_changed)
        self.alerting = Alerting(lanes, self, clock, announce, self._tickets)
        # A cursor of its own: what is done behind an act must not mix with a statement that is under way.
        behind = session.cursor()
        self._cursors.append(behind)
        self._ruling = Ruling(self, behind, lanes)
        self._deriving = Deriving(self.reader, session, behind, lanes, clock, announce, self._ruling.soon)
        self._forecasts = keeper(self, session, self._connection, lanes, clock)

    def _now(self) -> int:
        return self._clock.now()

    def _decided_now(self, _fields: Collection[str] = ()) -> None:
        """Who a ticket is from may follow from what was decided or taken back, and rules are asked of a captured one."""
        super()._decided_now(_fields)
        if not _fields or not HEARD.isdisjoint(_fields):
            self._deriving.soon()

    def health(self) -> list[Health]:
        return self.poller.health()

    # The write lane

    def append(self, answers: list[tuple[append.PollRow, Fetched | None]]) -> Change:
        """Append answers of sources (write lane)."""
        change = append.append_many(self.session, self._connection, answers)
        for row, fetched in answers:
            if fetched is not None:
                self.delivering.heard(row.source)
        self._unrolled += sum(len(fetched.facts) for _, fetched in answers if fetched is not None)
        waited = time.monotonic() - self._rolled_at
        if waited > _ROLL_UP_EVERY_S or (self._unrolled > _ROLL_UP_EVERY_ROWS and waited > _ROLL_UP_AT_MOST_S):
            # A job of its own: the answer is stored, and a fault of the summing must not make anyone ask for it again.
            self._rolled_at = time.monotonic()
            self._lanes.write(self.roll_up).add_done_callback(_told)
        self._forecasts.perhaps(self._clock.now())
        if change & Change.TICKETS:
            self._deriving.soon()
        return change

    def cursor_of(self, source: str) -> bytes:
        return append.cursor_of(self._connection, source)

    def roll_up(self) -> None:
        """Add a roll-up batch and let old single calls go (write lane)."""
        settings = self.settings()
        rollup.roll_up(self.session, self._connection, list(settings.routes.internal))
        rollup.merge_batches(self._connection)
        housekeeping.forget_calls(self._connection, self._clock.now(), settings.privacy.keep_calls_days)
        self._rolled_at = time.monotonic()
        self._unrolled = 0
        frugal.give_back()

    def decide(self, act: str, subject: str, value: str = "", comment: str = "") -> str:
        """Write a person's act (write lane). Returns the decision id. Raises QuestionError for an act or subject unknown."""
        try:
            chosen = Act(named(act))
        except ValueError:
            raise QuestionError(f'There is no act "{act}".{did_you_mean(act, [a.value for a in Act])}') from None
        now = self._clock.now()
        problem = subject_words(chosen, subject, value)
        if problem:
            raise QuestionError(problem)
        if chosen in TICKET_ACTS:
            return self.decide_ticket(chosen, subject, value, comment)
        subject, value = self._meant(chosen, subject, value, comment)
        decision_id = f"{now:016x}{os.urandom(6).hex()}"
        who = self.settings().me.name
        row = (decision_id, chosen.value, subject, value, who, comment, append.instant(now))
        append.append_rows(self.session, self._connection, "decision", [row], now)
        change = Change.DECISIONS
        if chosen is Act.RELEASE:
            at = parse_instant(value) if value else now
            marker = ("console", subject, "version", None, comment, append.instant(at))
            append.append_rows(self.session, self._connection, "release", [marker], now)
            change |= Change.RELEASES
        if chosen is Act.NOTE:
            note = (decision_id, subject, comment or value, who, append.instant(now))
            append.append_rows(self.session, self._connection, "note", [note], now)
        if chosen in criteria_acts.OF_CRITERIA:
            change |= Change.CRITERIA
        if chosen in alert_decisions.ACTS:
            change |= Change.ALERTS
        self._announce(change)
        return decision_id

    def decide_by_form(self, form: str, subject: str, fields: dict[str, str]) -> str:
        """What was typed into a form of the Exit screen, as one decision (write lane). Raises QuestionError."""
        return self.decide(*criteria_forms.deed(self.reader(), form, subject, fields))

    def _meant(self, act: Act, subject: str, value: str, comment: str) -> tuple[str, str]:
        """The subject by its full name and the instant in one spelling: what is written once can never be mended."""
        if act in (Act.DEFER, Act.END_DEFERRAL):
            subject = ticket_query.ticket(self.reader(), subject).row.row_key
        if act in criteria_acts.OF_CRITERIA:
            subject, value = criteria_acts.meant(self.reader(), self._tickets, act, subject, value, comment)
        if act in alert_decisions.ACTS:
            subject, value = alert_decisions.meant(self.reader(), act, subject, value)
        if act is Act.RELEASE and value:
            try:
                value = iso(parse_instant(value))
            except ValueError as error:
                raise QuestionError(f"{error}.") from None
        return subject, value

    def save_settings(self, settings: Settings) -> list[str]:
        """Append what changed and restart the sources it concerns (write lane). Raises SettingsError."""
        held = self.settings()
        calendars = sla_settings.reread(settings.calendar, held.calendar, to_datetime(self._clock.now()).date())
        settings = msgspec.structs.replace(settings, calendar=calendars)
        standing = {source.name: (source.kind, source.options) for source in held.source}
        for source in settings.source:
            # What stands unchanged was fine once; a package that is gone since must not stop every other change.
            if standing.get(source.name) != (source.kind, source.options):
                registry.options_of(source)
        definitions.check_settings(settings, held)
        changed = settings_log.save(self.session, self._connection, settings, settings.me.name, self._clock.now())
        self._name = settings.session.name
        self._mark_releases(settings)
        if {"consumer", "customer", "segment", "rule"} & set(changed):
            self._deriving.soon()
        names = {key.removeprefix("source.") for key in changed if key.startswith("source.")}
        if "session" in changed:
            names = {s.name for s in settings.source}
        self._lanes.analysis(self._restart, settings, names)
        self._announce(Change.SETTINGS | Change.SOURCES)
        return changed

    def import_customers(self, path: str) -> str:
        """Put the customers of a CSV file in place of all there are (analysis lane). Says how many and what was left out.

        Raises SettingsError.
        """
        listed, faults = customer_settings.listed(Path(path))
        read = from_document({"customer": listed}).customer

        def save() -> None:
            settings = self.settings()
            customer_settings.check(settings.segment, read, settings.consumer)
            self.save_settings(msgspec.structs.replace(settings, customer=read))

        self._lanes.write(save).result()
        more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
        said = f" What was left out: {' '.join(faults[:3])}{more}" if faults else ""
        return f"{len(read):,} customers were imported.{said}"

    def _mark_releases(self, settings: Settings) -> None:
        facts = Facts()
        for marker in settings.release:
            facts.release.append(
                Release("settings", marker.version, marker.kind, marker.share, marker.note, from_datetime(marker.at))
            )
        if facts.release:
            self._announce(append.append_facts(self.session, self._connection, facts, self._clock.now()))

    def save_source(self, source: SourceSettings, secret: str | None) -> str:
        """Add or change one source (write lane). Returns a sentence about the credential, '' when there is nothing to say."""
        registry.options_of(source)
        sentence = ""
        if secret and source.credential and not self._vault.put(source.credential, secret):
            sentence = "This system has no keyring: the credential is kept for this run only."
        settings = self.settings()
        others = [s for s in settings.source if s.name != source.name]
        place = next((i for i, s in enumerate(settings.source) if s.name == source.name), len(others))
        others.insert(place, source)
        self.save_settings(_with_sources(settings, others))
        if secret:
            alike = {s.name for s in self.settings().source if s.credential and s.credential == source.credential}
            self._lanes.analysis(self._restart, self.settings(), {source.name} | alike)
        return sentence

    def pause_source(self, name: str, paused: bool) -> None:
        settings = self.settings()
        changed = [_paused(s, paused) if s.name == name else s for s in settings.source]
        self.save_settings(_with_sources(settings, changed))

    def remove_source(self, name: str) -> None:
        """Stop asking it; what it told stays."""
        settings = self.settings()
        self.save_settings(_with_sources(settings, [s for s in settings.source if s.name != name]))

    # Sources

    def begin(self) -> None:
        """Start polling everything that is not paused."""
        settings = self.settings()
        self._restart(settings, {s.name for s in settings.source})
        self._deriving.soon()

    def rule_states(self) -> dict[str, tuple[State, str]]:
        return self.alerting.states()

    def filling(self, *, tickets: bool = False) -> bool:
        """Whether a source was not heard yet, or its past is still coming in; ``tickets``: only sources of such."""
        told = {s.name for s in self.settings().source if s.kind in TICKET_KINDS} if tickets else None
        held = [h for h in self.poller.health() if not h.paused and (told is None or h.name in told)]
        return any(h.progress is not None or (h.last_good is None and not h.failures) for h in held)

    def _restart(self, settings: Settings, names: set[str]) -> None:
        wanted = {s.name: s for s in settings.source}
        self.session.expect(len(wanted))
        for name in names:
            source = wanted.get(name)
            if source is None or source.paused:
                self.poller.stop(name)
                self.delivering.stop(name)
                if source is not None:
                    self.poller.show_paused(name, registry.period_of(source))
                continue
            self.poller.start(name, registry.period_of(source), partial(self._source, source))
            self.deliver_to(source)
        self.alerting.start()

    def _source(self, source: SourceSettings) -> Source:
        return remapping.build(source, self.site(source))

    def site(self, source: SourceSettings, secret: Secret | None = None) -> Site:
        """What a connector is told about this session. May ask the keyring: not on the GUI thread."""
        reader = self.reader()
        live_from = reader.go_live
        if secret is None and source.credential:
            try:
                secret = self._vault.get(source.credential)
            except ConsoleError as error:
                raise SourceError(Trouble.REFUSED, error.message) from None
        return Site(
            name=source.name,
            workshop=self._lanes.workshop,
            period_s=registry.period_of(source),
            go_live=live_from,
            backfill_from=live_from - reader.settings.session.lookback_days * 86_400_000_000,
            secret=secret,
            keep_address=reader.settings.privacy.client_address,
            time_zone=str(reader.zone),
            folder=self.session.path.with_suffix(".sources") / source.name,
            clock=self._clock,
            status_of=partial(self._status_of, source.name),
            told_of=partial(self._told_of, source.name),
        )

    async def _status_of(self, source: str, ticket: str) -> str:
        return await asyncio.wrap_future(
            self._lanes.read(lambda: ticket_query.status_of(self.reader(), self._tickets, source, ticket))
        )

    async def _told_of(self, source: str, tickets: Sequence[str]) -> Mapping[str, Told]:
        return await asyncio.wrap_future(self._lanes.read(lambda: ticket_query.told_of(self.reader(), source, tickets)))

    async def look(self, source: SourceSettings, secret: str | None) -> Seen:
        """Test a connection without saving anything (network lane)."""
        known = Secret(secret) if secret else None
        site = await asyncio.wrap_future(self._lanes.read(self.site, source, known))
        remote = registry.build(source, site)
        try:
            return await remote.look(self._clock.now())
        finally:
            await remote.close()

    async def preview_mapping(self, source: SourceSettings, secret: str | None) -> present_mapping.MappingFigure:
        """What the typed mapping would make of recent tickets beside the saved one; saves nothing (network lane)."""
        known = Secret(secret) if secret else None
        site, saved = await asyncio.wrap_future(self._lanes.read(lambda: (self.site(source, known), self.settings())))
        return present_mapping.word(await self._mappings.preview(source, saved.source, site, self._clock.now()))

    def cancel_backfill(self, name: str) -> None:
        self.poller.cancel_backfill(name)

    def poll_now(self, name: str) -> None:
        self.poller.poll_now(name)

    def close(self) -> None:
        self.alerting.close()
        self._deriving.close()
        self._ruling.close()
        self._forecasts.close()
        self.poller.close()
        self.delivering.close()
        self._lanes.write(_nothing).result()
        self._lanes.await_questions()
        super().close()


def _with_sources(settings: Settings, sources: list[SourceSettings]) -> Settings:
    names = [s.name for s in sources]
    if len(names) != len(set(names)):
        raise SettingsError("Two sources may not have the same name.")
    return msgspec.structs.replace(settings, source=sources)


def _paused(source: SourceSettings, paused: bool) -> SourceSettings:
    return msgspec.structs.replace(source, paused=paused)


def _nothing() -> None:
    return None


def _told(done: concurrent.futures.Future[None]) -> None:
    if not done.cancelled() and done.exception() is not None:
        _log.error("the facts could not be summed up; charts stay right and get slower", exc_info=done.exception())
