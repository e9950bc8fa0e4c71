"""The triage queue over 100 000 tickets and 1.5 million events: filters, orders, a decision's consequence, one ticket."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.desk import ReadingDesk
from console.model.moment import LIVE, SECOND
from console.queries.tickets import QueueQuestion
from console.store import session
from console.store.append import append_rows, instant
from tests.bench import large_tickets
from tests.bench.figure import Figure, of_runs, timed
from tests.bench.large import END

_TIMES = 9
_FILTERS = (
    "severity:P1,P2 waiting>2h", '"blank page" -assignee:ann', "segment:enterprise reach>10", "sla:breached stage:2",
    "customer:customer7 is:forgotten", "status:resolved is:unwritten", "nothing at all like this",
)  # fmt: skip
_SORTS = ("rank", "title", "reach", "left", "key", "customer")


class _Clock:
    """Stands until it is moved on."""

    def __init__(self) -> None:
        self.at = END

    def now(self) -> int:
        return self.at


class _Desk(ReadingDesk):
    """Answers at its clock's instant, as a desk of one's own does."""

    def _now(self) -> int:
        return self._clock.now()


@contextmanager
def _own() -> Iterator[tuple[_Desk, _Clock]]:
    """A desk on a copy of the session that may be written to."""
    with tempfile.TemporaryDirectory(prefix="hypercare-bench-") as folder:
        path = Path(folder) / "own.hypercare"
        shutil.copy(large_tickets.build(), path)
        clock = _Clock()
        desk = _Desk(session.open_own(path, clock), clock)
        try:
            yield desk, clock
        finally:
            desk.close()


def measure() -> list[Figure]:
    with _own() as (desk, clock):
        first = timed(lambda: desk.triage(LIVE, QueueQuestion()), 1, warm=0)
        filters = _runs(desk, [QueueQuestion(filter=text, show_all=True) for text in _FILTERS])
        sorts = _runs(desk, [QueueQuestion(sort=sort, show_all=True) for sort in _SORTS])
        selected = QueueQuestion(selected="shop:SHOP-77777", show_all=True)
        kept = timed(lambda: desk.triage(LIVE, selected), _TIMES)
        board = timed(lambda: desk.board(LIVE, "segment:pro"), _TIMES)
        words = timed(lambda: desk.completions("customer:cust", 13), _TIMES)
        decided = _decided(desk, clock)
        wound = _wound(desk, clock)
        tickets = iter(range(500, 90_000, 3_001))
        ticket = timed(lambda: desk.triage_ticket(LIVE, f"shop:SHOP-{next(tickets)}"), _TIMES)
        around_first = timed(lambda: desk.triage_context(LIVE, "shop:SHOP-500"), 1, warm=0)
        around = timed(lambda: desk.triage_context(LIVE, f"shop:SHOP-{next(tickets)}"), _TIMES)
    whole = "100 000 tickets of 1.5 million events"
    return [
        of_runs("triage, first", "ms", first, note=f"{whole} with clocks and reach are worked out once"),
        of_runs("triage filtered", "ms", filters, 100, note=f"seven filters over all {whole}, 60 rows back"),
        of_runs("triage sorted", "ms", sorts, 100, note=f"six orders over all {whole}, 60 rows back"),
        of_runs("triage, selection kept", "ms", kept, 100, note="with the place of one selected ticket"),
        of_runs(
            "triage after a decision",
            "ms",
            decided,
            100,
            note="the ticket mended, its clocks told, the queue asked again",
        ),
        of_runs(
            "triage, clocks wound on", "ms", wound, note="once a minute: all clocks told anew, the queue asked again"
        ),
        of_runs("triage board", "ms", board, 100, note="seven stages, 60 cards each"),
        of_runs("triage completion", "ms", words, 100, note="values of a field by frequency"),
        of_runs(
            "triage ticket", "ms", ticket, 30, note="stages, clocks, conversation, history, another ticket each time"
        ),
        of_runs("triage context, first", "ms", around_first, note="the words of all tickets are read once"),
        of_runs("triage context", "ms", around, note="what moved, likeness, reach, calls, another ticket each time"),
    ]


def _runs(desk: ReadingDesk, questions: list[QueueQuestion]) -> list[float]:
    return [run for question in questions for run in timed(lambda q=question: desk.triage(LIVE, q), _TIMES)]  # type: ignore[misc]


def _decided(desk: _Desk, clock: _Clock) -> list[float]:
    """Each run after another ticket was given a severity; the writing itself is not measured."""
    cursor = desk.session.cursor()
    runs = []
    for n in range(_TIMES + 1):
        clock.at += SECOND
        identity, ticket = f"{clock.at:x}", str(100 + n)
        decision = (identity, "severity", f"shop:SHOP-{ticket}", "P1", "me", "", instant(clock.at))
        change = (identity, "shop", ticket, "severity", "P3", "P1", True, instant(clock.at))
        append_rows(desk.session, cursor, "decision", [decision], clock.at)
        append_rows(desk.session, cursor, "decided_change", [change], clock.at)
        runs += timed(lambda: desk.triage(LIVE, QueueQuestion(selected="shop:SHOP-77777")), 1, warm=0)
    cursor.close()
    return runs[1:]


def _wound(desk: _Desk, clock: _Clock) -> list[float]:
    runs = []
    for _ in range(3):
        clock.at += 61 * SECOND
        runs += timed(lambda: desk.triage(LIVE, QueueQuestion()), 1, warm=0)
    return runs
