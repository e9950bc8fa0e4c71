"""The Triage screen at the counter: the queue, one ticket, what stands around it, the board, a preview of a bulk act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from console.model.moment import LIVE, SECOND, Known, Moment
from console.present import rules as present_rules
from console.present import triage as present_triage
from console.present import triage_board as present_board
from console.present import triage_context as present_context
from console.present import triage_preview as present_preview
from console.present import triage_ticket as present_ticket
from console.present.triage_figures import (
    BoardFigure,
    BulkPreview,
    OutboxFigure,
    TriageContext,
    TriageDetail,
    TriageQueue,
)
from console.queries import triage as triage_query
from console.queries import triage_board as board_query
from console.queries import triage_completions
from console.queries import triage_context as context_query
from console.queries import triage_preview as preview_query
from console.queries import triage_ticket as ticket_query
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.tickets import QueueQuestion


class TriageQuestions:
    """Mixed into ``ReadingDesk``."""

    _tickets: TicketShelf
    read_only: bool

    if TYPE_CHECKING:

        def reader(self, moment: Moment = LIVE) -> Reader: ...

        def outbox(self) -> OutboxFigure: ...

        def away_since(self) -> int | None: ...

    def triage(self, moment: Moment, question: QueueQuestion) -> TriageQueue:
        """One window of the queue. Words that cannot be read are told and left out."""
        reader = self.reader(moment)
        since = self.away_since() if moment.live else None
        away_s = None if since is None else max(0.0, (reader.now - since) / SECOND)
        return present_triage.word(triage_query.ask(reader, self._tickets, question), away_s)

    def triage_ticket(self, moment: Moment, key: str) -> TriageDetail:
        """One ticket without looking around. Raises QuestionError when there is none, or two."""
        reader = self.reader(moment)
        answer = ticket_query.ask(reader, self._tickets, key)
        pinned = moment if moment.at is not None else Moment(reader.at, Known.THEN)
        open_here = moment.live and present_ticket.undelivered(answer)
        waiting = {line.decision: line for line in self.outbox().lines} if open_here else {}
        acts = not self.read_only and moment.live
        detail = present_ticket.word(answer, reader.at, reader.zone, moment=pinned, acts=acts, waiting=waiting)
        return present_rules.with_proposals(detail, list(answer.proposals))

    def triage_context(self, moment: Moment, key: str) -> TriageContext:
        """What stands around a ticket. May take longer than a read: the analysis lane runs it."""
        reader = self.reader(moment)
        answer = context_query.ask(reader, self._tickets, key)
        book = reader.customers
        customers = {f.consumer: book.of_consumer(f.consumer).customer for f in answer.failed or ()}
        return present_context.word(answer, customers, reader.zone)

    def board(self, moment: Moment, filter: str) -> BoardFigure:
        """The seven stages with the tickets of a filter."""
        return present_board.word(board_query.ask(self.reader(moment), self._tickets, filter))

    def preview(self, act: str, subjects: Sequence[str], value: str) -> BulkPreview:
        """What an act would do to a selection. Raises QuestionError for an act or a ticket that does not exist."""
        chosen, would = preview_query.ask(self.reader(), act, subjects, value)
        return present_preview.word(chosen, value, would)

    def completions(self, text: str, cursor: int) -> tuple[str, ...]:
        """Words to put in place of the one the cursor stands in."""
        return triage_completions.ask(self.reader(), self._tickets, text, cursor)

    def queue_rows(self, moment: Moment, show_all: bool, text: str) -> list[dict[str, Any]]:
        """The queue as the command prints it. Raises QuestionError for a filter that cannot be read."""
        return present_triage.rows(*triage_query.listed(self.reader(moment), self._tickets, show_all, text))
