"""What the outbox needs of the session: what is open, and rows for what came of it (all on the write lane)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from console.model.change import Change
from console.model.decision import Act
from console.model.ticket_acts import joined, members
from console.ports import INTERNAL_COMMENT, Clock, RemoteTicket, TicketWriter
from console.present import outbox as present_outbox
from console.present.outbox import Way
from console.present.triage_figures import OutboxFigure
from console.queries import decided as decided_query
from console.queries import outbox as outbox_query
from console.queries.outbox import Open
from console.queries.reader import Reader
from console.queries.standing import standing
from console.settings import Settings, SourceSettings
from console.sources import registry
from console.sources.site import Site
from console.store.columns import repr_text
from console.store.decision_log import ChangeRow, DecisionRow, DeliveryRow, LinkRow, Written, write
from console.store.session import Session

if TYPE_CHECKING:
    from console.work.outbox import Outbox
    from console.work.outbox_store import Note

_OVER = ("confirmed", "withdrawn")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of a delivery: ``known`` orders it, ``state`` and ``why`` are those of the delivery row."""

    known: int
    decision: str
    ticket: str
    state: str
    why: str


class OutboxQuestions:
    """What waits to be delivered, for any desk."""

    read_only: bool

    if TYPE_CHECKING:

        def reader(self) -> Reader: ...

    def outbox(self) -> OutboxFigure:
        """Everything undelivered, oldest first."""
        reader = self.reader()
        found = outbox_query.open_decisions(reader)
        return present_outbox.word(found, self._ways(reader, {asked.target for asked in found}), reader.zone)

    def _ways(self, reader: Reader, targets: Iterable[str]) -> dict[str, Way]:
        sources = {source.name: source for source in reader.settings.source}
        troubles = self.writing_troubles()
        return {name: troubles.get(name, Way()) if not (no := self._hindrance(sources.get(name), name)) else Way(no)
                for name in targets}  # fmt: skip

    def _hindrance(self, source: SourceSettings | None, name: str) -> str:
        if self.read_only:
            return "this session is only read here"
        if source is None:
            return f"{name} is not among the sources any more"
        if source.paused:
            return f"{name} is paused"
        return "" if registry.writes(source) else f"{name} cannot be written to any more"

    def away_since(self) -> int | None:
        """Since when a system that decisions wait for does not answer; None where every one does."""
        return min((way.away_since for way in self.writing_troubles().values() if way.away_since), default=None)

    def writing_troubles(self) -> dict[str, Way]:
        """How delivery stands, by source; nothing where none runs."""
        return {}


class Delivering:
    """The session behind the outbox. Implements ``work.outbox_store.Store``."""

    session: Session
    delivering: Outbox
    _connection: Any
    _clock: Clock
    _announce: Callable[[Change], None]
    reader: Callable[..., Reader]
    settings: Callable[[], Settings]
    site: Callable[[SourceSettings], Site]

    def open_decisions(self) -> list[Open]:
        return outbox_query.open_decisions(self.reader())

    def note_deliveries(self, notes: Sequence[Note]) -> list[bool]:
        """Write how deliveries go, leaving out what was overtaken: see ``work.outbox_store.Store``."""
        at = max(self._clock.now(), self.session.last_known + 1)
        states = self._states([note.asked.id for note in notes])
        written, told = Written(), []
        # Read now: it may have been taken back while its request was out.
        undoing = decided_query.taken_back_by(self.reader(), [note.asked.id for note in notes])
        for note in notes:
            state, sent = states.get(note.asked.id, ("", 0))
            fits = state not in _OVER and (note.state != "sent" or sent == note.asked.sent)
            told.append(fits)
            if not fits:
                continue
            attempt = sent + (note.state == "sent")
            states[note.asked.id] = (note.state, attempt)
            written.deliveries.append(DeliveryRow(note.asked.id, attempt, note.state, note.why, at))
            undone = undoing.get(note.asked.id, [])
            if note.state == "withdrawn":
                # What was never done needs no undoing either.
                written.deliveries += [DeliveryRow(by, 0, "withdrawn", "", at) for by in undone]
            if note.state == "confirmed" and note.asked.task and note.remote is not None and not undone:
                self._link(written, note.asked, note.remote, at)
        write(self.session, self._connection, written, at)
        return told

    def writing_troubles(self) -> dict[str, Way]:
        return {s.source: Way("", s.sentence, s.due, s.away_since) for s in self.delivering.standings().values()}

    def home_of(self, asked: Open) -> RemoteTicket:
        """The ticket that a development task is made for, as we know it."""
        (ticket,) = standing(self.reader(), [asked.subject])
        return RemoteTicket(ticket.ticket, ticket.row_key, ticket.fields, url=ticket.fields.get("url", ""))

    def deliveries_changed(self) -> None:
        self._announce(Change.DECISIONS | Change.TICKETS)

    def begin_delivering(self, sources: Iterable[SourceSettings]) -> frozenset[str]:
        """Bring out what was decided, without polling anything. Returns the names of the sources that are written to."""
        able = [source for source in sources if not source.paused and registry.writes(source)]
        for source in able:
            self.deliver_to(source)
        return frozenset(source.name for source in able)

    def deliveries_since(self, known: int) -> list[Outcome]:
        """What came of deliveries after an instant of knowing, oldest first."""
        rows = self.reader().rows(
            "SELECT epoch_us(l.known_at), l.decision_id, d.subject, l.state, coalesce(l.why, '') FROM delivery l "
            f"JOIN decision d ON d.decision_id = l.decision_id WHERE l.known_at > make_timestamp({int(known)}) "
            "AND l.state NOT IN ('sent', 'retry') ORDER BY l.known_at, l.decision_id"
        )
        return [Outcome(*row) for row in rows]

    def deliver_to(self, source: SourceSettings) -> None:
        """Write to a source from now on, where it can be written to."""
        if registry.writes(source):
            self.delivering.start(source.name, partial(self._writer, source))

    def _writer(self, source: SourceSettings) -> TicketWriter:
        return registry.build_writer(source, self.site(source))

    def _states(self, decisions: list[str]) -> dict[str, tuple[str, int]]:
        listed = ", ".join(repr_text(decision) for decision in dict.fromkeys(decisions))
        rows = self.reader().rows(
            "SELECT decision_id, arg_max(state, known_at), count(*) FILTER (WHERE state = 'sent') FROM delivery "
            f"WHERE decision_id IN ({listed}) GROUP BY decision_id"
        )
        return {decision: (state, int(sent)) for decision, state, sent in rows}

    def _link(self, written: Written, asked: Open, issue: RemoteTicket, at: int) -> None:
        """A task exists: the ticket names it, and its system is told in a comment of its own."""
        (ticket,) = standing(self.reader(), [asked.subject])
        before = ticket.fields.get("task", "")
        key = f"{asked.target}:{issue.key}"
        after = joined([*members(before), key])
        written.changes.append(ChangeRow(asked.id, *asked.place, "task", before, after, False, at))
        source = next((s for s in self.settings().source if s.name == asked.source), None)
        if source is None or INTERNAL_COMMENT not in registry.writes(source):
            return
        text = f"Development task: {key} {issue.url}".strip()
        decision = f"{at:016x}{len(written.decisions):06x}{os.urandom(3).hex()}"
        (task,) = decided_query.read(self.reader(), [asked.id])
        written.decisions.append(DecisionRow(decision, Act.INTERNAL_COMMENT, asked.subject, text, task.who, "", at))
        written.changes.append(ChangeRow(decision, *asked.place, INTERNAL_COMMENT, "", text, True, at))
        written.links.append(LinkRow(decision, task.batch, None, at))
