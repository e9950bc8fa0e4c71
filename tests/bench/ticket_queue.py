"""The queue over 100 000 tickets: a window of rows sorted and filtered, as the table asks for it."""

from __future__ import annotations

from console.model.moment import LIVE
from console.queries.tickets import QueueQuestion
from tests.bench import large
from tests.bench.figure import Figure, of_runs, timed

_TIMES = 9


def measure() -> list[Figure]:
    with large.desk() as desk:
        first = timed(lambda: desk.queue(LIVE, QueueQuestion()), 1, warm=0)
        sorts = [
            run
            for key in ("title", "created", "key", "severity")
            for run in timed(lambda key=key: desk.queue(LIVE, QueueQuestion(sort=key, show_all=True)), _TIMES)  # type: ignore[misc]
        ]
        filters = [
            run
            for text in ("blank", "502 p1", "status:new", "nothing at all like this")
            for run in timed(lambda text=text: desk.queue(LIVE, QueueQuestion(filter=text, show_all=True)), _TIMES)  # type: ignore[misc]
        ]
        kept = timed(
            lambda: desk.queue(LIVE, QueueQuestion(sort="title", show_all=True, selected="shop:SHOP-77777")), _TIMES
        )
    return [
        of_runs("queue, first", "ms", first, note="100 000 tickets of 500 000 events are worked out once"),
        of_runs(
            "queue sorted", "ms", sorts, 100, note="four columns, all 100 000 tickets, 60 rows back, without painting"
        ),
        of_runs("queue filtered", "ms", filters, 100, note="four filters"),
        of_runs("queue sorted, selection kept", "ms", kept, 100, note="with the place of one selected ticket"),
    ]
