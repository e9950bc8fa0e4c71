"""What was decided lies over what the systems told: at once, exactly at every moment, and no longer than it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.facts import Comment, Facts
from console.model.moment import HOUR, MINUTE, Known, Moment
from console.ports import marker
from console.queries import tickets
from console.queries.shelf import TicketShelf
from console.store.decision_log import ChangeRow, DecisionRow, DeliveryRow, Written, write
from tests.builders import T0, Bench, bench, moved, ticket


def decide(made: Bench, name: str, field: str, new: str, base: str | None = "", *, remote: bool = True) -> None:
    """A decision about jira:A-1, made now."""
    now = max(made.clock.now(), made.session.last_known + 1)
    change = ChangeRow(name, "jira", "id-A-1", field, base, new, remote, now)
    row = DecisionRow(name, "set", "jira:A-1", f"{field}={new}", "lead", "", now)
    write(made.session, made.write, Written([row], [change]), now)


def delivered(made: Bench, name: str, state: str, attempt: int = 1) -> None:
    now = max(made.clock.now(), made.session.last_known + 1)
    write(made.session, made.write, Written(deliveries=[DeliveryRow(name, attempt, state, "", now)]), now)


def of(made: Bench, column: str, moment: Moment | None = None) -> object:
    reader = made.reader(moment) if moment else made.reader()
    rows = reader.rows(f"SELECT {column} FROM tickets_at({reader.moment_sql}) WHERE key = 'A-1'")
    return rows[0][0] if rows else None


def test_a_change_shows_at_once_and_until_its_system_tells_of_the_field_again(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0, "P3")))
        made.clock.forward(60)
        decide(made, "d1", "severity", "P1", "P3")
        assert (of(made, "severity"), of(made, "pending")) == ("P1", 1)
        # Somebody else's change there, made afterwards, does not hide what is still to be delivered.
        made.clock.forward(60)
        made.add(Facts(ticket_event=[moved("A-1", made.clock.now(), "P4", "severity", "P3")]))
        assert of(made, "severity") == "P1"
        delivered(made, "d1", "sent")
        assert (of(made, "severity"), of(made, "pending")) == ("P1", 1)
        delivered(made, "d1", "confirmed")
        assert (of(made, "severity"), of(made, "pending")) == ("P1", 0)
        made.clock.forward(60)
        made.add(Facts(ticket_event=[moved("A-1", made.clock.now(), "P2", "severity", "P1")]))
        assert of(made, "severity") == "P2"


def test_a_read_that_was_under_way_does_not_bring_back_what_stood_before(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0, "P3")))
        decide(made, "d1", "severity", "P1", "P3")
        delivered(made, "d1", "confirmed")
        made.add(Facts(ticket_event=[moved("A-1", T0 + MINUTE, "P4", "severity", "P3")]))
        assert of(made, "severity") == "P1"
        # The system's own row of our change ends it, even where its clock is behind ours.
        made.add(Facts(ticket_event=[moved("A-1", T0 + 2 * MINUTE, "P1", "severity", "P4")]))
        made.add(Facts(ticket_event=[moved("A-1", T0 + 3 * MINUTE, "P2", "severity", "P1")]))
        assert of(made, "severity") == "P2"


def test_what_happened_there_before_it_was_asked_is_no_word_about_it(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0, "P3")))
        decide(made, "d1", "severity", "P1", "P3")
        made.clock.forward(3600)
        delivered(made, "d1", "sent")
        delivered(made, "d1", "confirmed")
        # Both lie between the decision and its delivery, and a slow read brings them only now.
        at = T0 + HOUR + 5 * MINUTE
        made.add(
            Facts(
                ticket_event=[
                    moved("A-1", at, "P4", "severity", "P3"),
                    moved("A-1", at + MINUTE, "P3", "severity", "P4"),
                ]
            )
        )
        assert of(made, "severity") == "P1"
        # A system may stamp whole seconds, and its word for ours may be another one.
        sent = made.clock.now() - made.clock.now() % 1_000_000
        made.add(Facts(ticket_event=[moved("A-1", sent, "P2", "severity", "P3")]))
        assert of(made, "severity") == "P2"


def test_a_decision_stands_above_what_was_known_where_the_systems_clock_is_ahead(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        ahead = T0 + HOUR + 10 * MINUTE
        made.add(Facts(ticket_event=[*ticket("A-1", T0), moved("A-1", ahead, "shop", "area")]))
        made.clock.forward(60)
        decide(made, "d1", "area", "payment", remote=False)
        decide(made, "d2", "area", "checkout", remote=False)
        made.clock.forward(1200)
        assert of(made, "area") == "checkout"
        for known in Known:
            assert of(made, "area", Moment(ahead + 1, known)) == "checkout"
            assert of(made, "area", Moment(T0 + HOUR, known)) is None
        # What it tells afterwards, by the same clock, counts.
        made.add(Facts(ticket_event=[moved("A-1", ahead + 30 * MINUTE, "login", "area", "shop")]))
        made.clock.forward(1200)
        assert of(made, "area") == "login"


@pytest.mark.thorough
@pytest.mark.parametrize("state", ["refused", "withdrawn"])
def test_what_was_refused_or_withdrawn_does_not_count_but_is_known_until_then(tmp_path: Path, state: str) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0, "P3")))
        decide(made, "d1", "severity", "P1", "P3")
        decide(made, "d2", "assignee", "ann")
        made.clock.forward(600)
        delivered(made, "d1", state)
        assert of(made, "severity") == "P3"
        assert (of(made, "pending"), of(made, "refused")) == (1, int(state == "refused"))
        for known in Known:
            between = Moment(T0 + HOUR + MINUTE, known)
            assert (of(made, "severity", between), of(made, "pending", between)) == ("P1", 2)
            assert of(made, "severity", Moment(T0 + HOUR - MINUTE, Known.NOW)) == "P3"
        if state == "refused":
            delivered(made, "d1", "retry")
            assert (of(made, "severity"), of(made, "pending"), of(made, "refused")) == ("P1", 2, 0)


def test_a_field_that_only_this_console_knows_counts_in_the_order_of_time(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0, "P3")))
        decide(made, "d1", "stage", "3", remote=False)
        decide(made, "d2", "score_impact", "2.5", remote=False)
        decide(made, "d3", "segment", "enterprise", remote=False)
        assert (of(made, "stage"), of(made, "score_impact"), of(made, "pending")) == (3, 2.5, 0)
        made.add(Facts(ticket_event=[moved("A-1", T0 + 2 * HOUR, "retail", "segment")]))
        assert of(made, "segment") == "retail"


def test_a_pending_resolution_is_a_step_of_the_ticket_and_ends_with_the_systems_own(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=[*ticket("A-1", T0), moved("A-1", T0 + MINUTE, "in_progress")]))
        decide(made, "d1", "status", "resolved", "in_progress")
        asked = "epoch_us(resolved_at)"
        decided_at = of(made, asked)
        assert decided_at == T0 + HOUR + 1 and of(made, "status") == "resolved"
        delivered(made, "d1", "confirmed")
        made.add(Facts(ticket_event=[moved("A-1", T0 + HOUR + MINUTE, "resolved", old="in_progress")]))
        assert of(made, asked) == T0 + HOUR + MINUTE and of(made, "reopens") == 0
        # Re-opened there while another resolution waits here: done again, from the decision on.
        made.clock.forward(7200)
        decide(made, "d2", "status", "closed", "resolved")
        made.add(Facts(ticket_event=[moved("A-1", made.clock.now() + MINUTE, "reopened")]))
        assert (of(made, "status"), of(made, "reopens")) == ("closed", 1)
        assert of(made, asked) is not None


def test_a_comment_stands_in_the_conversation_once(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0)))
        decide(made, "d1", "comment", "we look into it")

        def said() -> list[str]:
            return [comment[3] for comment in tickets.ticket(made.reader(), "A-1").comments]

        assert said() == ["we look into it"] and of(made, "acknowledged_at") is not None
        delivered(made, "d1", "confirmed")
        assert said() == ["we look into it"]
        question = Comment("jira", "id-A-1", "c8", "bob", "reporter", True, "any news?", made.clock.now() + MINUTE)
        made.add(Facts(comment=[question]))
        assert said() == ["we look into it", "any news?"] and of(made, "acknowledged_at") is not None
        told = f"we  look into it\n\n{marker('d1')}"
        remark = Comment("jira", "id-A-1", "c9", "ann", "agent", True, told, made.clock.now() + MINUTE)
        made.add(Facts(comment=[remark]))
        assert said() == ["any news?", told]
        assert of(made, "epoch_us(acknowledged_at)") == made.clock.now() + MINUTE


def test_a_long_comment_that_its_system_cut_stands_in_the_conversation_once(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0)))
        decide(made, "d1", "comment", "ab " * 4000)
        delivered(made, "d1", "confirmed")
        cut = "ab " * 300 + "…"
        made.add(Facts(comment=[Comment("jira", "id-A-1", "c9", "ann", "agent", True, cut, made.clock.now())]))
        assert [comment[3] for comment in tickets.ticket(made.reader(), "A-1").comments] == [cut]


def test_a_shelf_learns_of_changes_and_of_their_delivery(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        shelf = TicketShelf()

        def shown() -> list[tuple[object, ...]]:
            reader = made.reader()
            return reader.rows(f"SELECT severity, pending, refused FROM {shelf.fill(reader)}")

        made.add(Facts(ticket_event=ticket("A-1", T0, "P3")))
        assert shown() == [("P3", 0, 0)]
        decide(made, "d1", "severity", "P1", "P3")
        assert shown() == [("P1", 1, 0)]
        delivered(made, "d1", "refused")
        assert shown() == [("P3", 0, 1)]
        delivered(made, "d1", "withdrawn")
        assert shown() == [("P3", 0, 0)]
