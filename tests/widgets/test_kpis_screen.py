"""Numbers: one question at a time, each value opens, and an own number can be written, checked, mended and taken away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from console.model.moment import Moment
from console.model.number import Number, Slice
from tests.widgets.fake_desk import FakeDesk, FakeWorkplace
from tests.widgets.kpis_counter import END, FAULT, NAMES, START, FakeCounter
from tests.widgets.screens_at_hand import bridge_for, nameless
from widgets.kpis.screen import KpisScreen


@contextmanager
def screen_on(qtbot: QtBot, counter: FakeCounter) -> Iterator[KpisScreen]:
    with bridge_for(FakeWorkplace(FakeDesk())) as bridge:
        screen = KpisScreen(bridge, counter)
        screen.resize(1500, 800)
        with qtbot.waitExposed(screen):
            screen.show()
        screen.activateWindow()
        try:
            qtbot.waitUntil(lambda: screen.detail.table.rows.rowCount() == 1)
            yield screen
        finally:
            screen.close()
            screen.deleteLater()


def test_the_first_number_is_chosen_and_shown_in_full(qtbot: QtBot) -> None:
    counter = FakeCounter()
    with screen_on(qtbot, counter) as screen:
        assert screen.table.selected_key == NAMES[0]
        assert screen.detail.title.text() == NAMES[0]
        assert ("kpi", NAMES[0], "day", "") in counter.asked
        assert not nameless(screen), "every control says what it is"


def test_before_its_first_answer_it_says_that_it_counts_and_draws_no_empty_chart(qtbot: QtBot) -> None:
    with bridge_for(FakeWorkplace(FakeDesk())) as bridge:
        screen = KpisScreen(bridge, FakeCounter())
        qtbot.addWidget(screen)
        assert screen.figure is None and screen.detail.isHidden()
        assert screen.summary.text() == "counting …"


def test_enter_asks_for_the_proof_of_a_row_and_of_a_part(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeCounter()) as screen:
        asked: list[Number] = []
        screen.proof_asked.connect(asked.append)
        screen.table.setFocus()
        QTest.keyClick(screen.table, Qt.Key.Key_J)
        QTest.keyClick(screen.table, Qt.Key.Key_Return)
        screen.detail.table.setFocus()
        screen.detail.table.go_to(0)
        QTest.keyClick(screen.detail.table, Qt.Key.Key_Return)
        assert asked[0] == Number(NAMES[1], START, END)
        assert asked[1].part == Slice(route="GET /a")


def test_another_window_and_another_moment_ask_everything_again(qtbot: QtBot) -> None:
    counter = FakeCounter()
    with screen_on(qtbot, counter) as screen:
        qtbot.waitUntil(lambda: screen.windows.count() == 4)
        screen.windows.setCurrentIndex(screen.windows.findData("week"))
        screen.windows.activated.emit(screen.windows.currentIndex())
        qtbot.waitUntil(lambda: any(q[0] == "numbers" and q[2] == "week" for q in counter.asked))
        then = Moment(START)
        screen.set_moment(then)
        qtbot.waitUntil(lambda: ("numbers", then, "week") in counter.asked)


def test_another_breakdown_is_asked_for_and_its_trouble_said(qtbot: QtBot) -> None:
    counter = FakeCounter()
    with screen_on(qtbot, counter) as screen:
        screen.table.go_to(1)
        qtbot.waitUntil(lambda: screen.detail.title.text() == NAMES[1])
        screen.detail.ways.setCurrentIndex(1)
        screen.detail.ways.activated.emit(1)
        qtbot.waitUntil(lambda: "Consumers are away" in screen.banner.text)
        screen.table.go_to(0)
        qtbot.waitUntil(lambda: ("kpi", NAMES[0], "day", "") in counter.asked[-2:], timeout=5000)


def test_a_faulty_file_is_named_and_its_editor_is_one_click_away(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeCounter()) as screen:
        qtbot.waitUntil(lambda: screen.faults.isVisible())
        assert screen.faults.sentences == (FAULT,)
        screen.faults.wish("broken")
        qtbot.waitUntil(lambda: screen.editor.isVisible())
        assert screen.editor.name.text() == "broken"
        QTest.keyClick(screen, Qt.Key.Key_Escape)
        assert screen.detail.isVisible()


def test_an_own_number_is_checked_and_saved_from_the_window_alone(qtbot: QtBot) -> None:
    counter = FakeCounter(faults=())
    with screen_on(qtbot, counter) as screen:
        QTest.mouseClick(screen.add, Qt.MouseButton.LeftButton)
        assert screen.editor.isVisible()
        screen.editor.name.set_text("refunds")
        screen.editor.fields["title"].set_text("Refunds")
        screen.editor.fields["means"].set_text("Money that goes back.")
        screen.editor.sql.set_text("SELECT count(*) AS value FROM traffic")
        screen.editor.check.click()
        qtbot.waitUntil(lambda: "It gives 4 now" in screen.editor.verdict.text())
        screen.editor.save.click()
        qtbot.waitUntil(lambda: "refunds is saved" in screen.banner.text)
        draft, before = counter.saved[0]
        assert (draft.name, before, draft.sql) == ("refunds", "", "SELECT count(*) AS value FROM traffic")
        assert dict(draft.head) == {
            "title": "Refunds", "means": "Money that goes back.", "category": "business", "unit": "count",
            "direction": "down", "feeds": "tickets", "method": "none",
        }  # fmt: skip
        assert screen.detail.isVisible()
        screen.add_own()
        assert screen.editor.name.text() == "", "the next one begins empty"


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(qtbot: QtBot) -> None:
    counter = FakeCounter(faults=(), refusal='the statement returns no column "value"')
    with screen_on(qtbot, counter) as screen:
        screen.add_own()
        screen.editor.name.set_text("refunds")
        screen.editor.sql.set_text("SELECT 1")
        screen.editor.save.click()
        qtbot.waitUntil(lambda: screen.editor.verdict.text().startswith("The statement returns no column"))
        assert not counter.saved and screen.editor.isVisible()
        screen.close_editor()
        screen.add_own()
        assert (screen.editor.name.text(), screen.editor.sql.text()) == ("refunds", "SELECT 1")


def test_an_own_number_can_be_edited_with_all_its_head_and_taken_away(qtbot: QtBot) -> None:
    counter = FakeCounter(faults=())
    with screen_on(qtbot, counter) as screen:
        assert not screen.detail.edit.isVisible(), "a shipped number is not ours to edit"
        screen.table.go_to(2)
        qtbot.waitUntil(lambda: screen.detail.edit.isVisible())
        QTest.mouseClick(screen.detail.edit, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: screen.editor.isVisible())
        screen.editor.name.set_text("lost_baskets")
        screen.editor.save.click()
        qtbot.waitUntil(lambda: bool(counter.saved))
        draft, before = counter.saved[0]
        assert (draft.name, before) == ("lost_baskets", "lost_carts")
        assert dict(draft.head)["edge"] == "None known.", "a line the editor has no field for is kept"
        qtbot.waitUntil(lambda: screen.detail.isVisible())
        QTest.mouseClick(screen.detail.remove, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(counter.removed))
