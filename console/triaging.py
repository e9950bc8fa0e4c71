"""Decisions about tickets at the counter: written at once, shown at once, delivered by the outbox (all on the write lane)."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from console.model.change import Change
from console.model.decision import TICKET_ACTS, Act, named
from console.model.errors import QuestionError
from console.model.nearest import did_you_mean
from console.model.rules import who_of
from console.model.taking_back import inverse, withdrawn
from console.model.ticket_acts import NEW_TASK, SAID, Deed, captured, deeds, task_of
from console.ports import TASK, Clock
from console.present.deeds import run_taken_back, taken_back
from console.queries import decided as decided_query
from console.queries.decided import Decided
from console.queries.reader import Reader
from console.queries.standing import Standing, identify, standing
from console.settings import Settings
from console.sources import registry
from console.store.decision_log import ChangeRow, DecisionRow, DeliveryRow, LinkRow, Written, write
from console.store.session import Session

if TYPE_CHECKING:
    from console.work.outbox import Outbox

CONSOLE = "console"
"""The source of tickets that were captured by hand."""
_SHOWN = Change.DECISIONS | Change.TICKETS | Change.CRITERIA


class TriageActs:
    """What a desk of our own decides about tickets."""

    session: Session
    delivering: Outbox
    _connection: Any
    _clock: Clock
    _announce: Callable[[Change], None]
    reader: Callable[..., Reader]
    settings: Callable[[], Settings]

    def decide_many(self, act: str, subjects: Sequence[str], value: str = "", comment: str = "") -> str:
        """One act on many tickets, taken back as one. Returns the batch. Tickets it cannot be done to are left out.

        Raises QuestionError when it can be done to none, or a name is nobody's.
        """
        chosen = self._ticket_act(act)
        if not subjects:
            raise QuestionError("Choose the tickets first.")
        found = standing(self.reader(), subjects)
        unique = list({(t.source, t.ticket): t for t in found}.values())
        book = _Book(self, always_batch=True)
        fault: QuestionError | None = None
        for ticket in unique:
            try:
                self._plan(book, chosen, ticket, value, comment)
            except QuestionError as error:
                fault = fault or error
        if not book.written.decisions and fault is not None:
            raise fault
        return self._put(book)[1]

    def decide_for(self, who: str, wanted: Sequence[tuple[str, str, str]], batch: str) -> list[str]:
        """Acts of somebody else than the person here: subject, act, value each. Returns their decisions, '' for one that
        cannot be done; each sees what those before it did to its ticket. Acts of one ``batch`` are taken back as one."""
        found = self._those([subject for subject, _, _ in wanted])
        book = _Book(self, who=who)
        made = []
        for subject, act, value in wanted:
            ticket = found.get(subject)
            if ticket is None:
                made.append("")
                continue
            try:
                planned = deeds(self._ticket_act(act), value, "", ticket.fields, book.at)
            except QuestionError:
                made.append("")
                continue
            for deed in planned:
                decision = book.put(ticket, deed, batch=batch)
                ticket.fields.update(deed.changes)
            made.append(decision if planned else "")
        if book.written.decisions:
            self._put(book)
        return made

    def _those(self, subjects: Sequence[str]) -> dict[str, Standing]:
        """The tickets of these full keys; without those whose key is nobody's or had two owners."""
        try:
            return {t.row_key: t for t in standing(self.reader(), subjects)}
        except QuestionError:
            if len(subjects) == 1:
                return {}
        return {key: ticket for subject in subjects for key, ticket in self._those([subject]).items()}

    def decide_ticket(self, act: Act, subject: str, value: str, comment: str) -> str:
        """As ``Desk.decide``, for an act on a ticket."""
        if act is Act.CAPTURE:
            return self._capture(value)[0]
        if act is Act.UNDO:
            undone, _ = self._undo(identify(self.reader(), [subject])[0])
            if not undone:
                raise QuestionError(f"There is nothing of yours to take back on {subject}.")
            return undone
        (ticket,) = standing(self.reader(), [subject])
        book = _Book(self)
        self._plan(book, act, ticket, value, comment)
        return self._put(book)[0]

    def capture(self, fields: dict[str, str]) -> str:
        """A ticket by hand. Returns its full key, 'console:KEY'. Raises QuestionError for a field it cannot have."""
        return self._capture(msgspec.json.encode(fields).decode())[1]

    def undo(self) -> str:
        """Take back the newest decision or batch of this person that was not taken back yet. Says what, in a sentence."""
        return self._undo(None)[1]

    def undo_of(self, subject: str) -> str:
        """As ``undo``, for what was decided about one ticket."""
        return self._undo(identify(self.reader(), [subject])[0])[1]

    def undo_rule(self, name: str) -> str:
        """Take back what a rule did by itself in the newest of its runs that stands, on all its tickets. Says what, in a
        sentence. What was changed since by anybody stays as it is."""
        reader, who = self.reader(), who_of(name)
        stays = decided_query.overtaken_of_rules(reader, who)
        found = decided_query.newest_own(reader, who, passed_over=stays)
        undone = [d for d in found if d.id not in stays]
        if undone:
            self._take_back(undone)
        return run_taken_back(name, undone, len(found) - len(undone))

    def withdraw(self, decision: str) -> str:
        """Take one decision back, whoever made it. Says what, in a sentence."""
        (found,) = self._decided(decision)
        if found.state == "withdrawn":
            raise QuestionError("This decision was taken back already.")
        waiting = found.wish is not None and not withdrawn(True, found.state, found.sent)
        if waiting and decided_query.taken_back_by(self.reader(), [found.id]):
            raise QuestionError(
                "This decision is taken back already; that is delivered once it is known what became of it."
            )
        return self._take_back([found])[1]

    def retry(self, decision: str) -> None:
        """Have a refused or waiting decision tried again at once."""
        (found,) = self._decided(decision)
        if found.wish is None or found.state in ("confirmed", "withdrawn"):
            raise QuestionError("There is nothing left to deliver of this decision.")
        if found.state == "conflict":
            raise QuestionError("The ticket was changed there meanwhile; say which version shall stand.")
        self._note_delivery(found, "retry", "")
        self.delivering.at_once((found.wish.source, found.wish.ticket))

    def settle(self, decision: str, side: str) -> None:
        """End a conflict: ``mine`` writes the decided value over the one found there, ``theirs`` lets it stand."""
        (found,) = self._decided(decision)
        if found.state != "conflict":
            raise QuestionError("This decision is in no conflict; there is nothing to settle.")
        if side == "theirs":
            self._take_back([found])
        elif side == "mine":
            theirs = str(msgspec.json.decode(found.why).get("theirs", ""))
            self._note_delivery(found, "retry", msgspec.json.encode({"base": theirs}).decode())
        else:
            raise QuestionError(f'A conflict is settled by "mine" or "theirs", not "{side}".')

    def _ticket_act(self, act: str) -> Act:
        known = [a.value for a in TICKET_ACTS - {Act.CAPTURE, Act.UNDO}]
        if named(act) not in known:
            raise QuestionError(f'There is no act "{act}" on tickets.{did_you_mean(named(act), known)}')
        return Act(named(act))

    def _decided(self, decision: str) -> list[Decided]:
        found = [d for d in decided_query.read(self.reader(), [decision]) if d.act in TICKET_ACTS]
        if not found:
            raise QuestionError(f"There is no decision {decision} about a ticket.")
        return found

    def _plan(self, book: _Book, act: Act, ticket: Standing, value: str, comment: str) -> None:
        if act is Act.DUPLICATE_OF and value.strip():
            value = self._original(ticket, value.strip())
        if act is Act.TASK:
            book.check_tracker(task_of(value).source)
        made = deeds(act, value, comment, ticket.fields, book.at)
        # What follows from a task once it exists is taken back together with it.
        batch = book.batch if len(made) > 1 or book.always_batch or act is Act.TASK else None
        for deed in made:
            book.put(ticket, deed, batch=batch)

    def _original(self, ticket: Standing, other: str) -> str:
        """The full key of the ticket this one repeats. Raises QuestionError for itself and for a ring."""
        reader = self.reader()
        (found,) = standing(reader, [other])
        named_first, seen = found.row_key, {(found.source, found.ticket)}
        while True:
            if (found.source, found.ticket) == (ticket.source, ticket.ticket):
                raise QuestionError(
                    f"{named_first} is {ticket.row_key} itself or a duplicate of it; choose the other way round."
                )
            following = found.fields.get("duplicate_of", "")
            if not following:
                return named_first
            (found,) = standing(reader, [following])
            if (found.source, found.ticket) in seen:
                return named_first
            seen.add((found.source, found.ticket))

    def _capture(self, value: str) -> tuple[str, str]:
        book = _Book(self)
        deed = captured(value, book.at)
        row = self.reader().one(
            "SELECT count(DISTINCT new) FROM decided_change WHERE source = ? AND field = 'key'", [CONSOLE]
        )
        key = f"HC-{(row[0] if row else 0) + 1}"
        decision = book.put_captured(key, deed)
        self._put(book)
        return decision, f"{CONSOLE}:{key}"

    def _undo(self, ticket: tuple[str, str] | None) -> tuple[str, str]:
        found = decided_query.newest_own(self.reader(), self.settings().me.name, ticket)
        return self._take_back(found) if found else ("", taken_back([], 0))

    def _take_back(self, undone: list[Decided]) -> tuple[str, str]:
        """The id of the (first) undoing decision, and what it does in a sentence."""
        book = _Book(self, always_batch=len(undone) > 1)
        corrected = 0
        reader = self.reader()
        before = decided_query.taken_back_by(reader, [found.id for found in undone])
        overlaid = decided_query.overlaid(reader, undone)
        tickets = self._asked_already(undone, overlaid)
        for found in reversed(undone):
            wish = found.wish
            alone = withdrawn(wish is not None, found.state, found.sent)
            if alone and found.id not in overlaid:
                book.withdraw(found, before.get(found.id, []))
                continue
            ticket = tickets[found.subject]
            inverses = [
                (back, change.remote)
                for change in found.changes
                if (back := inverse(change.field, change.base, change.new, ticket.fields)) is not None
            ]
            corrected += sum(1 for back, remote in inverses if remote and back[0] in SAID)
            book.take_back(found, ticket, inverses, before.get(found.id, []) if alone else None)
            # Two tags of one run: the second is taken off what the first left.
            ticket.fields.update({field: new for (field, _, new), _ in inverses})
        return self._put(book)[0], taken_back(undone, corrected)

    def _asked_already(self, found: Sequence[Decided], also: Collection[str] = ()) -> dict[str, Standing]:
        """By their full keys, the tickets whose system may have heard of a decision, so that withdrawing it is not enough.
        ``also``: decisions of which it is not enough either."""
        subjects = [d.subject for d in found if d.id in also or not withdrawn(d.wish is not None, d.state, d.sent)]
        unique = list(dict.fromkeys(subjects))
        return dict(zip(unique, standing(self.reader(), unique), strict=True)) if unique else {}

    def _note_delivery(self, found: Decided, state: str, why: str) -> None:
        at = self._instant()
        rows = [DeliveryRow(found.id, found.sent, state, why, at)]
        write(self.session, self._connection, Written(deliveries=rows), at)
        self._decided_now()

    def _put(self, book: _Book) -> tuple[str, str]:
        """Write it. Returns the first decision's id and the batch."""
        write(self.session, self._connection, book.written, book.at)
        self._decided_now({change.field for change in book.written.changes})
        return book.written.decisions[0].decision_id, book.batch

    def _decided_now(self, _fields: Collection[str] = ()) -> None:
        """Tell it. ``_fields``: which were decided; empty where decisions were taken back or tried again."""
        self._announce(_SHOWN)
        self.delivering.decided()

    def _instant(self) -> int:
        """Now, but after everything this session knows: acts of one instant keep their order."""
        return max(self._clock.now(), self.session.last_known + 1)


class _Book:
    """The rows of one act, with the ids that keep them in order."""

    def __init__(self, desk: TriageActs, *, always_batch: bool = False, who: str = "") -> None:
        self.at = desk._instant()
        self.batch = f"{self.at:016x}batch{os.urandom(4).hex()}"
        self.always_batch = always_batch
        self.written = Written()
        self._settings = desk.settings()
        self._who = who or self._settings.me.name
        self._writable: dict[str, frozenset[str]] = {}

    def put(self, ticket: Standing, deed: Deed, *, batch: str | None) -> str:
        decision = self._decision(deed.act, ticket.row_key, deed.value, deed.comment)
        for field, new in deed.changes:
            remote = field == NEW_TASK or field in self._writes(ticket.source)
            self._change(decision, ticket, field, ticket.fields.get(field, ""), new, remote)
        if batch is not None:
            self.written.links.append(LinkRow(decision, batch, None, self.at))
        return decision

    def put_captured(self, key: str, deed: Deed) -> str:
        decision = self._decision(deed.act, f"{CONSOLE}:{key}", deed.value, deed.comment)
        for field, new in (("key", key), *deed.changes):
            self.written.changes.append(ChangeRow(decision, CONSOLE, decision, field, None, new, False, self.at))
        return decision

    def withdraw(self, found: Decided, undoing: Sequence[str]) -> None:
        """The decision ceases to count; who took it back is a decision of its own. ``undoing``: what waited to take it back."""
        self._undoing(found)
        self._cease(found, undoing)

    def _cease(self, found: Decided, undoing: Sequence[str]) -> None:
        self.written.deliveries.append(DeliveryRow(found.id, found.sent, "withdrawn", "", self.at))
        self.written.deliveries += [DeliveryRow(by, 0, "withdrawn", "", self.at) for by in undoing]

    def take_back(
        self,
        found: Decided,
        ticket: Standing,
        inverses: list[tuple[tuple[str, str, str], bool]],
        undoing: Sequence[str] | None,
    ) -> None:
        """By its inverse; ``undoing``: as of ``withdraw``, where the decision ceases to count as well."""
        decision = self._undoing(found)
        if undoing is not None:
            self._cease(found, undoing)
        for (field, base, new), remote in inverses:
            self._change(decision, ticket, field, base, new, remote)

    def check_tracker(self, source: str) -> None:
        """Raises QuestionError for a source in which no task can be made, naming those where one can."""
        if TASK in self._writes(source):
            return
        able = [s.name for s in self._settings.source if TASK in self._writes(s.name)]
        where = f" There is: {', '.join(able)}." if able else " No source of this session takes tasks."
        raise QuestionError(f'No task can be made in "{source}".{where}')

    def _undoing(self, found: Decided) -> str:
        decision = self._decision(Act.UNDO, found.subject, found.id, "")
        batch = self.batch if self.always_batch else None
        self.written.links.append(LinkRow(decision, batch, found.id, self.at))
        return decision

    def _decision(self, act: Act, subject: str, value: str, comment: str) -> str:
        decision = f"{self.at:016x}{len(self.written.decisions):06x}{os.urandom(3).hex()}"
        self.written.decisions.append(DecisionRow(decision, act.value, subject, value, self._who, comment, self.at))
        return decision

    def _change(self, decision: str, ticket: Standing, field: str, base: str, new: str, remote: bool) -> None:
        row = ChangeRow(decision, ticket.source, ticket.ticket, field, base, new, remote, self.at)
        self.written.changes.append(row)

    def _writes(self, source: str) -> frozenset[str]:
        if source not in self._writable:
            found = next((s for s in self._settings.source if s.name == source), None)
            self._writable[source] = registry.writes(found) if found is not None else frozenset()
        return self._writable[source]
