"""The SLA clocks of 100 000 tickets at one instant, half of them with a resolution target, by a calendar with working hours."""

from __future__ import annotations

from console.model.moment import LIVE, SECOND
from console.model.sla_policy import agree
from console.queries import sla
from console.queries.escalation import Ladder
from console.queries.forgotten import forgotten
from console.queries.shelf import TicketShelf
from console.queries.sla_clocks import clock_table
from console.queries.sla_whatif import difference
from tests.bench import large
from tests.bench.figure import Figure, of_runs, timed

_TIMES = 9


def measure() -> list[Figure]:
    with large.desk() as desk:
        reader = desk.reader(LIVE)
        shelf = TicketShelf()
        table = shelf.fill(reader)

        def anew(*names: str) -> None:
            """Forget what was worked out, as after a poll or a decision."""
            for name in names:
                shelf.kept(reader, name, list).clear()

        def instant() -> None:
            anew("sla_shelf")
            sla.fill(reader, shelf)

        def clocks() -> None:
            anew("sla_clock_shelf")
            clock_table(reader, shelf)

        read = timed(lambda: sla.read(reader, table, shelf.status_steps), _TIMES)
        told = timed(instant, _TIMES)
        rows = timed(clocks, _TIMES)
        left = timed(lambda: forgotten(reader, shelf), _TIMES)
        other = agree("Europe/Berlin", ladder=())
        ladder = Ladder()
        ladder.climb(reader, shelf, filling=False)
        climbed = timed(lambda: ladder.climb(reader, shelf, filling=False), _TIMES)
        compared = timed(lambda: difference(reader, shelf, other), _TIMES)
        alone = timed(lambda: sla.clocks(sla.arrays(reader, shelf), sla.agreement(reader), reader.at // SECOND), _TIMES)
    return [
        of_runs(
            "SLA clocks at one instant", "ms", told, 300, note="both clocks of 100 000 tickets, as a table to rank by"
        ),
        of_runs("SLA clocks, arithmetic alone", "ms", alone, note="the same without the table"),
        of_runs("SLA clocks, tickets read anew", "ms", read, note="beforehand, after something was learnt of a ticket"),
        of_runs("SLA clocks as rows of numbers", "ms", rows, note="what adherence and alert rules read"),
        of_runs("forgotten tickets", "ms", left, note="with their comments and decisions"),
        of_runs("rungs of the SLA ladder", "ms", climbed, note="what every minute asks: which clocks passed one"),
        of_runs("what another policy would change", "ms", compared, note="every clock told twice"),
    ]
