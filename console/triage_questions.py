"""The Triage screen at the counter: the queue, one ticket, what stands around it, the board, a preview of a bulk act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.model.moment import LIVE, Moment
from console.present import triage as present_triage
from console.present.triage_figures import TriageQueue
from console.queries import triage as triage_query
from console.queries import triage_completions
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.tickets import QueueQuestion


class TriageQuestions:
    """Mixed into ``ReadingDesk``."""

    _tickets: TicketShelf
    read_only: bool

    if TYPE_CHECKING:

        def reader(self, moment: Moment = LIVE) -> Reader: ...

    def triage(self, moment: Moment, question: QueueQuestion) -> TriageQueue:
        """One window of the queue. Words that cannot be read are told and left out."""
        return present_triage.word(triage_query.ask(self.reader(moment), self._tickets, question))

    def completions(self, text: str, cursor: int) -> tuple[str, ...]:
        """Words to put in place of the one the cursor stands in."""
        return triage_completions.ask(self.reader(), self._tickets, text, cursor)

    def queue_rows(self, moment: Moment, show_all: bool, text: str) -> list[dict[str, Any]]:
        """The queue as the command prints it. Raises QuestionError for a filter that cannot be read."""
        return present_triage.rows(*triage_query.listed(self.reader(moment), self._tickets, show_all, text))
