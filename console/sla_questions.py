"""What a desk answers about service levels. A mixin of the desk, with the same threads: any but the GUI's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.model.errors import QuestionError
from console.model.moment import LIVE, Moment
from console.present import sla as present_sla
from console.present.triage_figures import SlaStrip
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.sla_ticket import TicketClocks, clocks_of
from console.queries.standing import identify


class SlaQuestions:
    """Mixed into ``ReadingDesk``."""

    _tickets: TicketShelf

    if TYPE_CHECKING:

        def reader(self, moment: Moment = LIVE) -> Reader: ...

    def sla_rows(self, moment: Moment, key: str) -> dict[str, Any]:
        """The clocks of a ticket with their segments, as plain values. Raises QuestionError for an unknown ticket."""
        return present_sla.plain(self._clocks(self.reader(moment), key))

    def sla_strips(self, moment: Moment, key: str) -> tuple[SlaStrip, ...]:
        """The same as strips."""
        reader = self.reader(moment)
        return present_sla.strips(self._clocks(reader, key), reader.zone)

    def _clocks(self, reader: Reader, key: str) -> TicketClocks:
        source, ticket = identify(reader, [key])[0]
        found = clocks_of(reader, source, ticket)
        if found is None:
            raise QuestionError(f"{key} was not known at that moment.")
        return found
