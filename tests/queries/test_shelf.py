"""The shelf of tickets: mended for what was learnt, it equals one made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.model.facts import Comment, Facts
from console.model.moment import MINUTE
from console.queries.reader import Reader
from console.queries.shelf import Steps, TicketShelf
from console.store.decision_log import ChangeRow, DeliveryRow, Written, write
from tests.builders import T0, bench, moved, ticket

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
            fresh = TicketShelf()
            anew = rows_of(reader, fresh)
            assert totals == summed(fresh.steps(reader))
            assert kept == anew
