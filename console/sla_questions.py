"""What a desk answers about service levels. A mixin of the desk, with the same threads: any but the GUI's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from console import sla_settings
from console.model.errors import QuestionError
from console.model.moment import LIVE, Moment, iso, to_datetime
from console.present import sla as present_sla
from console.present.triage_figures import SlaStrip
from console.queries import sla_whatif
from console.queries.forgotten import forgotten
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.sla_ticket import TicketClocks, clocks_of
from console.queries.standing import identify
from console.settings import Settings, agreement


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

    def sla_difference(self, wanted: Settings) -> list[str]:
        """What the calendars and policies of ``wanted`` would change in the clocks of all tickets, in sentences; empty: nothing.

        To be asked before they are saved: such a change tells clocks anew, also those that are over.
        """
        reader = self.reader()
        agreed = agreement(wanted, wanted.session.time_zone or str(reader.zone))
        return present_sla.difference_lines(sla_whatif.difference(reader, self._tickets, agreed), reader.zone)

    def sla_preview(self, wanted: Settings) -> list[str]:
        """As ``sla_difference``, of settings that are not saved yet: their files of holidays are read. Raises SettingsError."""
        today = to_datetime(self.reader().at).date()
        calendars = sla_settings.reread(wanted.calendar, self.reader().settings.calendar, today)
        return self.sla_difference(msgspec.structs.replace(wanted, calendar=calendars))

    def forgotten_rows(self, moment: Moment) -> list[dict[str, Any]]:
        """Tickets that were taken up and then left, the longest silent first, as plain values."""
        reader = self.reader(moment)
        table = forgotten(reader, self._tickets)
        rows = reader.rows(f"SELECT source, key, severity, assignee, touched, bound FROM {table} ORDER BY touched, key")
        return [
            {
                "key": f"{source}:{key}",
                "severity": severity,
                "assignee": assignee,
                "last": iso(touched),
                "bound": iso(bound),
            }
            for source, key, severity, assignee, touched, bound in rows
        ]

    def _clocks(self, reader: Reader, key: str) -> TicketClocks:
        source, ticket = identify(reader, [key])[0]
        found = clocks_of(reader, source, ticket)
        if found is None:
            raise QuestionError(f"{key} was not known at that moment.")
        return found
