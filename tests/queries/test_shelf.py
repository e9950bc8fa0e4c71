"""The shelf of tickets: mended for what was learnt, it equals one made anew."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.model.facts import Comment, Facts
from console.model.moment import MINUTE, Moment
from console.queries.reader import Reader
from console.queries.shelf import Steps, TicketShelf
from console.store.decision_log import ChangeRow, DeliveryRow, Written, write
from tests.builders import T0, Bench, bench, moved, ticket

_ACTS = st.tuples(
    st.integers(0, 4),
    st.sampled_from(
        [
            "new ticket",
            "resolved",
            "reopened",
            "P1",
            "answered",
            "decided",
            "wished",
            "confirmed",
            "withdrawn",
            "captured",
        ]
    ),
)


COUNTED = "SELECT status, severity, count(*) FROM ticket_shelf GROUP BY ALL ORDER BY ALL"


def rows_of(reader: Reader, shelf: TicketShelf) -> list[list[tuple[Any, ...]]]:
    """The rows of both tables."""
    return [reader.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in (shelf.fill(reader), "step_shelf")]


def summed(steps: Steps) -> list[dict[int, float]]:
    """What each flow adds up to by instant, instants that add up to nothing left out."""
    sums = []
    for flow in (steps.change, steps.created, steps.resolved):
        assert list(flow.instants) == sorted(flow.instants)
        found: dict[int, float] = {}
        for at, weight in zip(flow.instants.tolist(), flow.weights.tolist(), strict=True):
            found[at] = found.get(at, 0.0) + weight
        sums.append({at: weight for at, weight in found.items() if weight})
    return sums


@pytest.mark.thorough
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(_ACTS, max_size=4), min_size=1, max_size=5))
def test_a_shelf_mended_step_by_step_equals_one_made_anew(
    tmp_path_factory: object, polls: list[list[tuple[int, str]]]
) -> None:
    folder: Path = tmp_path_factory.mktemp("shelf")  # type: ignore[attr-defined]  # pytest's own factory
    with bench(folder, T0) as made:
        old, at = TicketShelf(), T0
        for poll in polls:
            facts = Facts()
            for number, act in poll:
                at += MINUTE
                key = f"PAY-{number}"
                match act:
                    case "new ticket":
                        facts.ticket_event.extend(ticket(key, at))
                    case "resolved" | "reopened":
                        facts.ticket_event.append(moved(key, at, act))
                    case "P1":
                        facts.ticket_event.append(moved(key, at, "P1", "severity"))
                    case "answered":
                        facts.comment.append(Comment("jira", f"id-{key}", str(at), "a", "agent", True, "hello", at))
                    case "decided":
                        made.write.execute(
                            "INSERT INTO decision VALUES (?, 'acknowledge', ?, '', 'me', '', make_timestamp(?::BIGINT), "
                            "make_timestamp(?::BIGINT))",
                            [str(at), f"jira:{key}", at, made.session.stamp(at)],
                        )
                    case "wished" | "captured":
                        source = "jira" if act == "wished" else "console"
                        for field in ("status", "key"):
                            new = "resolved" if field == "status" else f"HC-{number}"
                            row = ChangeRow(f"d{number}", source, f"id-{key}", field, "new", new, act == "wished", at)
                            write(made.session, made.write, Written(changes=[row]), at)
                    case "confirmed" | "withdrawn":
                        write(
                            made.session,
                            made.write,
                            Written(deliveries=[DeliveryRow(f"d{number}", 1, act, "", at)]),
                            at,
                        )
            made.add(facts)
            reader = made.reader()
            kept, totals = rows_of(reader, old), summed(old.steps(reader))
            assert old.rows(reader, COUNTED) == reader.rows(COUNTED)
            fresh, other = TicketShelf(), made.another_reader()
            anew = rows_of(other, fresh)
            assert totals == summed(fresh.steps(other))
            assert kept == anew


def shared(reader: Reader) -> int:
    """How many shelves lie where every connection sees them."""
    sql = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'shelves' AND starts_with(table_name, 'tickets')"
    return int(reader.rows(sql)[0][0])


def with_tickets(made: Bench, *numbers: int) -> None:
    events = [event for number in numbers for event in ticket(f"PAY-{number}", T0 + number)]
    made.add(Facts(ticket_event=events))


def test_what_one_connection_worked_out_another_only_looks_at(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        with_tickets(made, 1, 2)
        shelf, first, second = TicketShelf(), made.reader(), made.another_reader()
        assert rows_of(first, shelf) == rows_of(second, shelf)
        assert shared(first) == 1


def test_what_one_connection_mends_the_other_does_not_see_before_it_asks(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        with_tickets(made, 1)
        shelf = TicketShelf()
        rows_of(made.reader(), shelf)
        before = rows_of(made.another_reader(), shelf)
        with_tickets(made, 2)
        mended = rows_of(made.reader(), shelf)
        looking = made.another_reader()
        assert looking.rows("SELECT * FROM ticket_shelf ORDER BY ALL") == before[0]
        assert len(mended[0]) == 2 and rows_of(looking, shelf) == mended


@pytest.mark.thorough
def test_shelves_of_past_moments_do_not_heap_up(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        with_tickets(made, *range(5))
        shelf = TicketShelf()
        for minute in range(5):
            at = Moment(T0 + minute)
            assert len(rows_of(made.reader(at), shelf)[0]) == minute + 1
            assert len(rows_of(made.another_reader(at), shelf)[0]) == minute + 1
            made.clock.forward(1)
        assert shared(made.reader()) <= 2
        assert len(rows_of(made.reader(), shelf)[0]) == 5


def test_a_shelf_made_too_long_ago_is_made_anew_for_everyone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.queries.shelf._MOST_TOUCHED", 2)
    with bench(tmp_path, T0) as made:
        with_tickets(made, 1)
        shelf = TicketShelf()
        rows_of(made.reader(), shelf)
        with_tickets(made, *range(2, 9))
        assert len(rows_of(made.another_reader(), shelf)[0]) == 8
        assert rows_of(made.reader(), shelf) == rows_of(made.another_reader(), shelf)


class Turns:
    """A lock after whose release somebody else has a turn at once."""

    def __init__(self, turn: Callable[[], object]) -> None:
        self._lock = threading.Lock()
        self._turn = turn
        self._taking = False

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        if not self._taking:
            self._taking = True
            self._turn()
            self._taking = False


@pytest.mark.parametrize("subject", ["console", "jira:PAY-1"])
def test_what_a_connection_looks_at_outlasts_another_that_asks_of_other_moments_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subject: str
) -> None:
    with bench(tmp_path, T0 + MINUTE) as made:
        with_tickets(made, 1, 2)
        shelf = TicketShelf()
        before = rows_of(made.reader(), shelf)
        made.clock.forward(1)
        made.decide("note", subject)
        minutes = itertools.count(1)

        def other() -> None:
            shelf.fill(made.another_reader(Moment(T0 + next(minutes))))

        monkeypatch.setattr(shelf, "_making", Turns(other))
        assert rows_of(made.reader(), shelf) == before
        assert next(minutes) > 1
