"""The queue and one ticket: states over time, order, filter words, and text that means harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.errors import QuestionError
from console.model.facts import Comment, Facts, TicketEvent, edited_id
from console.model.moment import DAY, HOUR, MINUTE, Known, Moment
from console.present.triage import rows
from console.queries import tickets, triage
from console.queries.shelf import TicketShelf
from console.queries.tickets import SORTS, QueueQuestion
from tests.builders import T0, Bench, bench, moved, ticket

HOSTILE = [
    "Robert'); DROP TABLE ticket_event; --",
    "<img src=file:///etc/passwd onerror=alert(1)>",
    "\u202egnp.exe\u202c \u2067עברית\u2069 \u0645\u0631\u062d\u0628\u0627",
    "%_\\ {x} $window ${HOME} \x1b[31m",
    "a\x00b",
    "=HYPERLINK(1)",
    "",
    "𝔘" * 5000,
]


def status(made: Bench, key: str, moment: Moment | None = None) -> str:
    reader = made.reader(moment) if moment else made.reader()
    return tickets.ticket(reader, key).row.status


def shown(made: Bench, text: str = "", **question: object) -> list[str]:
    found = tickets.queue(made.reader(), made.shelf, QueueQuestion(filter=text, **question))  # type: ignore[arg-type]
    listed = [row.key for row in found.rows]
    assert found.total == len(listed)
    return listed


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_are_kept_found_and_do_nothing(tmp_path: Path, title: str) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0, title=title)))
        found = tickets.ticket(made.reader(), "jira:A-1")
        assert found.row.title == title.replace("\x00", "\ufffd")
        for word in title.split()[:4] or ["A-1"]:
            assert shown(made, word) == ["A-1"]
        assert made.rows("SELECT count(*) > 0 FROM ticket_event") == [(True,)]


@pytest.mark.parametrize(
    "text", ["'", "''; --", "%", "_", "\\", "severity:", "status:'", "key:%", "x:y:z", '"', "(", "\x00", "P9"]
)
def test_no_filter_text_breaks_the_queue_or_matches_by_accident(tmp_path: Path, text: str) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0, title="plain")))
        assert shown(made, text) in ([], ["A-1"] if text == '"' else [])


def test_a_ticket_that_is_not_there_or_was_not_known_then_is_a_sentence(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0)))
        with pytest.raises(QuestionError, match="no ticket A-2"):
            tickets.ticket(made.reader(), "A-2")
        with pytest.raises(QuestionError, match="not known at that moment"):
            tickets.ticket(made.reader(Moment(T0 + MINUTE, Known.THEN)), "A-1")
        assert tickets.ticket(made.reader(Moment(T0 + MINUTE)), "A-1").row.key == "A-1"


def test_a_key_of_two_sources_is_refused_with_both_named(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(ticket_event=[*ticket("A-1", T0, source="one"), *ticket("A-1", T0, source="two")]))
        with pytest.raises(QuestionError, match=r"one:A-1.*two:A-1|two:A-1.*one:A-1"):
            tickets.ticket(made.reader(), "A-1")
        assert tickets.ticket(made.reader(), "two:A-1").row.source == "two"


def test_a_key_that_moved_is_still_found_by_its_old_name(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(ticket_event=[*ticket("A-1", T0), moved("A-1", T0 + MINUTE, "B-9", "key", "A-1")]))
        assert tickets.ticket(made.reader(), "A-1").row.key == "B-9"


def test_a_reopened_ticket_is_open_again_and_counted_once(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + DAY) as made:
        steps = [(1, "resolved"), (2, "reopened"), (3, "in_progress"), (4, "resolved"), (5, "closed")]
        made.add(Facts(ticket_event=[*ticket("A-1", T0), *(moved("A-1", T0 + h * HOUR, s) for h, s in steps)]))
        after = tickets.ticket(made.reader(), "A-1")
        assert (after.row.status, after.reopens, after.resolved_at) == ("closed", 1, T0 + 4 * HOUR)
        between = tickets.ticket(made.reader(Moment(T0 + 2 * HOUR)), "A-1")
        assert (between.row.status, between.reopens, between.resolved_at) == ("reopened", 1, None)
        first = f"SELECT epoch_us(first_resolved_at) FROM tickets_at({made.reader().moment_sql})"
        assert made.rows(first) == [(T0 + HOUR,)]
        assert shown(made) == [] and shown(made, show_all=True) == ["A-1"]


def acknowledged(made: Bench) -> int | None:
    return tickets.ticket(made.reader(), "jira:A-1").acknowledged_at


@pytest.mark.thorough
def test_what_counts_as_taken_up(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + DAY) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0, assignee="desk")))
        assert acknowledged(made) is None, "an assignee at birth is a rule's doing, nobody's"
        made.add(Facts(comment=[Comment("jira", "id-A-1", "c1", "r", "reporter", True, "me too", T0 + MINUTE)]))
        made.add(Facts(comment=[Comment("jira", "id-A-1", "c2", "a", "agent", False, "internal", T0 + MINUTE)]))
        made.add(Facts(ticket_event=[moved("A-1", T0 + MINUTE, "", "assignee", "desk")]))
        made.add(Facts(ticket_event=[moved("A-1", T0 + MINUTE, "P1", "severity", "P2")]))
        assert acknowledged(made) is None and status(made, "A-1") == "new"
        made.add(Facts(comment=[Comment("jira", "id-A-1", "c3", "a", "agent", True, "we look", T0 + 9 * MINUTE)]))
        assert acknowledged(made) == T0 + 9 * MINUTE and status(made, "A-1") == "acknowledged"
        made.add(Facts(ticket_event=[moved("A-1", T0 + 5 * MINUTE, "ann", "assignee")]))
        assert acknowledged(made) == T0 + 5 * MINUTE
        made.add(Facts(ticket_event=[moved("A-1", T0 + 3 * MINUTE, "in_progress")]))
        assert acknowledged(made) == T0 + 3 * MINUTE


def test_an_acknowledgement_here_counts_for_its_own_source_only(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        made.add(Facts(ticket_event=[*ticket("A-1", T0), *ticket("A-1", T0, source="other")]))
        made.decide("acknowledge", "jira:A-1")
        assert acknowledged(made) == T0 + HOUR
        assert tickets.ticket(made.reader(), "other:A-1").acknowledged_at is None


def test_the_queue_stands_in_order_of_severity_then_age(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        facts = Facts()
        for key, severity, age in (
            ("A-3", "P3", 9),
            ("A-1", "P1", 1),
            ("A-0", "P1", 2),
            ("A-9", "", 20),
            ("A-2", "P2", 5),
        ):
            facts.ticket_event += ticket(key, T0 - age * HOUR, severity)
        made.add(facts)
        assert shown(made) == ["A-0", "A-1", "A-2", "A-3", "A-9"]
        assert tickets.ticket(made.reader(), "A-9").row.severity is None


def test_keys_sort_by_their_number(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(ticket_event=[e for n in (10, 9, 100, 1) for e in ticket(f"A-{n}", T0)]))
        assert shown(made, sort="key") == ["A-1", "A-9", "A-10", "A-100"]
        assert shown(made, sort="key", descending=True) == ["A-100", "A-10", "A-9", "A-1"]


@pytest.mark.parametrize("sort", sorted(SORTS))
@pytest.mark.parametrize("descending", [False, True])
def test_every_window_of_every_order_is_a_part_of_one_order(tmp_path: Path, sort: str, descending: bool) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(ticket_event=[e for n in range(7) for e in ticket(f"A-{n}", T0 + n % 3, f"P{1 + n % 3}")]))
        whole = shown(made, sort=sort, descending=descending)
        shelf = TicketShelf()
        parts = []
        for offset in range(0, 7, 3):
            question = QueueQuestion(sort=sort, descending=descending, offset=offset, limit=3, selected="jira:A-4")
            answer = tickets.queue(made.reader(), shelf, question)
            parts += [row.key for row in answer.rows]
            assert whole[answer.selected_at] == "A-4"
        assert parts == whole and len(set(whole)) == 7


def test_an_unknown_order_is_a_sentence(tmp_path: Path) -> None:
    with bench(tmp_path) as made, pytest.raises(QuestionError, match="does not sort by"):
        shown(made, sort="mood")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ["A-1", "B-2"]), ("login", ["A-1"]), ("LOGIN slow", ["A-1"]), ("login nothere", []), ("p1", ["A-1"]),
        ("severity:p2", ["B-2"]), ("assignee:ann", ["A-1"]), ("ann", ["A-1"]), ("b-2", ["B-2"]), ("key:B", ["B-2"]),
        ("status:new", ["A-1", "B-2"]), ("kind:question", ["B-2"]), ("source:jira p1", ["A-1"]), ('"pay"', ["B-2"]),
        ("component:", []),
    ],
)  # fmt: skip
def test_filter_words_must_all_match(tmp_path: Path, text: str, keys: list[str]) -> None:
    with bench(tmp_path) as made:
        made.add(
            Facts(
                ticket_event=[
                    *ticket("A-1", T0, "P1", title="Login is slow", assignee="Ann"),
                    *ticket("B-2", T0, "P2", title="Unable to pay", kind="question"),
                ]
            )
        )
        assert shown(made, text) == keys
        if text != "component:":
            listed, _ = triage.listed(made.reader(), made.shelf, False, text)
            assert sorted(row.key for row in listed) == keys


def test_the_command_lists_what_the_contract_names(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0, "")))
        (row,) = rows(*triage.listed(made.reader(), made.shelf, False, ""))
        assert row["severity"] is None and row["assignee"] is None and row["created_at"] == "2025-11-20T12:00:00Z"


def test_a_new_fact_or_decision_or_moment_renews_what_the_queue_shows(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + HOUR) as made:
        shelf = TicketShelf()

        def states(moment: Moment | None = None) -> list[str]:
            reader = made.reader(moment) if moment else made.reader()
            return [row.status for row in tickets.queue(reader, shelf, QueueQuestion()).rows]

        made.add(Facts(ticket_event=ticket("A-1", T0)))
        assert states() == ["new"]
        made.decide("acknowledge", "jira:A-1")
        assert states() == ["acknowledged"]
        assert states(Moment(T0 + MINUTE)) == ["new"]
        made.add(Facts(ticket_event=[moved("A-1", T0 + 2 * HOUR, "in_progress")]))
        assert states() == ["in_progress"]
        assert states(Moment(T0 + 3 * HOUR, Known.THEN)) == ["in_progress"]


def test_an_unset_severity_is_unset_and_not_the_one_before(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.add(Facts(ticket_event=[*ticket("A-1", T0, "P1"), moved("A-1", T0 + 1, "", "severity", "P1")]))
        unset = TicketEvent("jira", "id-A-2", "c", "severity", "P1", None, "a", T0 + 1)
        made.add(Facts(ticket_event=[*ticket("A-2", T0, "P1"), unset]))
        assert [tickets.ticket(made.reader(), k).row.severity for k in ("A-1", "A-2")] == [None, None]


def test_an_edited_comment_says_what_it_said_at_the_moment_and_stands_where_it_was_written(tmp_path: Path) -> None:
    def remark(at: int, said: str, number: str) -> Comment:
        return Comment("jira", "id-A-1", number, "ann", "agent", True, said, at)

    with bench(tmp_path, T0) as made:
        made.add(Facts(ticket_event=ticket("A-1", T0), comment=[remark(T0 + MINUTE, "restart it", "7")]))
        made.clock.forward(3_600)
        edited = remark(T0 + 30 * MINUTE, "do not restart it", edited_id("7", T0 + 30 * MINUTE))
        # Jira shows the text of today under the old id as well; what was written first is kept.
        again = remark(T0 + MINUTE, "do not restart it", "7")
        made.add(Facts(comment=[again, edited, remark(T0 + 20 * MINUTE, "did so", "8")]))

        def said(minutes: int) -> list[str]:
            reader = made.reader(Moment(T0 + minutes * MINUTE, Known.NOW))
            return [comment[3] for comment in tickets.ticket(reader, "A-1").comments]

        assert said(10) == ["restart it"]
        assert said(25) == ["restart it", "did so"]
        assert said(40) == ["do not restart it", "did so"]
