"""The board and the preview of a bulk act."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.errors import QuestionError
from console.model.facts import Facts
from console.model.moment import HOUR, MINUTE, iso
from console.present import triage_board as board_words
from console.present import triage_preview as preview_words
from console.present.triage_figures import BoardFigure, BulkPreview
from console.queries import triage_board, triage_preview
from tests.builders import T0, Bench, bench, moved, ticket
from tests.deciding import change


def board(made: Bench, text: str = "") -> BoardFigure:
    return board_words.word(triage_board.ask(made.reader(), made.shelf, text))


def preview(made: Bench, act: str, *subjects: str, value: str = "") -> BulkPreview:
    chosen, would = triage_preview.ask(made.reader(), act, subjects, value)
    return preview_words.word(chosen, value, would)


def test_seven_columns_with_totals_and_the_highest_first(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        facts = Facts()
        for n in range(70):
            facts.ticket_event += ticket(f"A-{n}", T0 - MINUTE, "P2" if n == 69 else "P3")
        facts.ticket_event += [*ticket("B-1", T0 - HOUR, "P1"), moved("B-1", T0 - MINUTE, "in_progress")]
        facts.ticket_event += [*ticket("C-1", T0 - HOUR), moved("C-1", T0 - MINUTE, "resolved")]
        made.add(facts)
        change(made, "A-0", "stage", "5", act="stage", remote=True)
        columns = board(made).columns
        assert [c.number for c in columns] == [1, 2, 3, 4, 5, 6, 7]
        assert [c.total for c in columns] == [0, 69, 1, 0, 1, 0, 0]
        assert len(columns[1].cards) == triage_board.MOST_CARDS and columns[1].cards[0].key == "jira:A-69"
        assert columns[4].cards[0].pending and columns[1].outcome == "structured, urgent items flagged"
        assert [c.total for c in board(made, "severity:P1").columns] == [0, 0, 1, 0, 0, 0, 0]
        assert [c.total for c in board(made, "is:done").columns][5] == 1


def test_a_preview_tells_before_and_after_and_who_is_left_out_and_why(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.add(
            Facts(
                ticket_event=[
                    *ticket("A-1", T0, "P2"), *ticket("A-2", T0, "P1"), *ticket("W-1", T0, "", kind="enhancement"),
                ]
            )
        )  # fmt: skip
        found = preview(made, "severity", "jira:A-1", "A-2", "jira:W-1", "A-1", value="P1")
        assert (found.title, found.count, found.lines) == ("Severity P1", 1, (("A-1", "P2", "P1"),))
        assert dict(found.refused) == {
            "A-2": "stands so already",
            "W-1": "An enhancement has no severity; set its kind first if something is broken.",
        }
        assert made.rows("SELECT count(*) FROM decision") == [(0,)]


def test_a_preview_refuses_what_the_act_would_refuse(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.add(Facts(ticket_event=[*ticket("A-1", T0), *ticket("A-2", T0)]))
        assert preview(made, "snooze", "A-1", value=iso(T0 - 1)).count == 0
        assert preview(made, "snooze", "A-1", value=iso(T0 + HOUR)).lines == (("A-1", "—", iso(T0 + HOUR)),)
        found = preview(made, "duplicate-of", "A-1", "A-2", value="A-1")
        assert found.lines == (("A-2", "—", "jira:A-1"),) and "itself" in found.refused[0][1]
        assert preview(made, "ack", "A-1").count == 1
        for act, subjects in (("severty", ["A-1"]), ("severity", []), ("severity", ["Z-1"]), ("undo", ["A-1"])):
            with pytest.raises(QuestionError):
                preview(made, act, *subjects, value="P1")
