"""A few tickets alone tell what they tell among all, also when what was kept of them was overtaken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.model.facts import Comment, Facts
from console.model.moment import HOUR, MINUTE, Known, Moment
from console.queries.narrowed import only
from console.queries.reader import Reader
from console.store.decision_log import ChangeRow, DecisionRow, DeliveryRow, Written, write
from tests.builders import T0, Bench, bench, moved, ticket

MACROS = (
    "tickets_at", "status_steps", "ticket_words", "decided_words", "decided_comments", "console_fields", "undelivered",
    "acknowledgements",
)  # fmt: skip
ONE = "ticket = 'id-A-1'"


def decide(made: Bench, name: str, field: str, new: str, *, remote: bool = True) -> None:
    now = max(made.clock.now(), made.session.last_known + 1)
    change = ChangeRow(name, "jira", "id-A-1", field, "", new, remote, now)
    row = DecisionRow(name, "set", "jira:A-1", f"{field}={new}", "lead", "", now)
    write(made.session, made.write, Written([row], [change]), now)


def told(reader: Reader) -> dict[str, list[tuple[Any, ...]]]:
    return {
        macro: sorted(reader.rows(f"SELECT * FROM {macro}({reader.moment_sql}) WHERE {ONE}"), key=repr)
        for macro in MACROS
    }


def alone(reader: Reader) -> dict[str, list[tuple[Any, ...]]]:
    with only(reader, ONE):
        assert reader.rows("SELECT count(DISTINCT ticket) FROM ticket_event") == [(1,)]
        return told(reader)


def test_nobody_decided_anything(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=[*ticket("A-1", T0), *ticket("A-2", T0), moved("A-1", T0 + MINUTE, "in_progress")]))
        reader = made.reader()
        assert alone(reader) == told(reader)
        assert reader.rows("SELECT count(DISTINCT ticket) FROM ticket_event") == [(2,)]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("field", "new"),
    [("severity", "P1"), ("comment", "we look"), ("stage", "3"), ("score_effort", "2"), ("status", "closed")],
)
def test_what_was_decided_counts_and_what_is_learnt_since_is_not_missed(tmp_path: Path, field: str, new: str) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=[*ticket("A-1", T0), *ticket("A-2", T0)]))
        before = alone(made.reader())
        decide(made, "d1", field, new, remote=field not in ("stage", "score_effort"))
        reader = made.reader()
        assert alone(reader) == told(reader) != before
        made.clock.forward(60)
        now = made.session.last_known + 1
        write(made.session, made.write, Written(deliveries=[DeliveryRow("d1", 1, "confirmed", "", now)]), now)
        reader = made.reader()
        assert alone(reader) == told(reader)
        now = made.clock.now() + MINUTE
        remark = Comment("jira", "id-A-1", "c1", "ann", "agent", True, "we look", now)
        made.add(Facts(ticket_event=[moved("A-1", now, "P2", "severity", "P1")], comment=[remark]))
        reader = made.reader()
        assert alone(reader) == told(reader)


@pytest.mark.thorough
def test_each_moment_has_its_own(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=[*ticket("A-1", T0), *ticket("A-2", T0)]))
        made.clock.forward(60)
        decide(made, "d1", "severity", "P1")
        for moment in (Moment(), Moment(T0 + HOUR, Known.NOW), Moment(T0 + HOUR, Known.THEN), Moment()):
            reader = made.reader(moment)
            assert alone(reader) == told(reader)


def test_a_fault_in_between_leaves_the_whole_in_sight(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=[*ticket("A-1", T0), *ticket("A-2", T0)]))
        decide(made, "d1", "severity", "P1")
        reader = made.reader()
        before = told(reader)
        with pytest.raises(ZeroDivisionError), only(reader, ONE):
            raise ZeroDivisionError
        assert told(reader) == before
        assert reader.rows("SELECT count(DISTINCT ticket) FROM ticket_event") == [(2,)]
