"""The table holds a window of any number of rows, and a refresh never steals the selection."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.present.figures import Cell, Row, TableWindow
from tests.widgets import figures
from widgets import theme
from widgets.parts.table import Table
from widgets.parts.table_model import TableModel

WANTED = 9


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> None:
    theme.apply(qapp, theme.Theme())


class Feed:
    """Answers ``wanted`` as the desk would, when told to."""

    def __init__(self, table: Table, total: int) -> None:
        self.table, self.total = table, total
        self.asked: list[tuple[int, int]] = []
        table.wanted.connect(self.note)

    def note(self, offset: int, limit: int) -> None:
        self.asked.append((offset, limit))

    def answer(self) -> None:
        offset, limit = self.asked[-1]
        self.table.show_window(figures.long_queue(self.total, offset, limit, self.table.selected_key))


def shown(qtbot: QtBot, window: TableWindow) -> Table:
    table = Table("Queue")
    qtbot.addWidget(table)
    table.resize(800, 300)
    table.show()
    qtbot.waitExposed(table)
    table.show_window(window)
    return table


def test_an_empty_table_says_why(qtbot: QtBot) -> None:
    table = shown(qtbot, TableWindow(figures.COLUMNS, 0, 0, (), empty=""))
    before = table.grab().toImage()
    table.show_window(TableWindow(figures.COLUMNS, 0, 0, (), empty="Nothing is open."))
    assert table.grab().toImage() != before
    qtbot.keyClick(table, Qt.Key.Key_J)
    assert table.selected_key == ""


def test_a_hostile_title_stays_text(qtbot: QtBot) -> None:
    row = replace(figures.ticket_row(figures.TICKETS[0]), cells=(Cell("P1"), Cell("X-1"), Cell("<b>bold</b>\n<img>")))
    table = shown(qtbot, TableWindow(figures.COLUMNS, 1, 0, (row,)))
    assert table.rows.index(0, 2).data() == "<b>bold</b>\n<img>"
    assert table.rows.index(0, 5).data() == ""
    table.grab()


def test_the_chosen_ticket_stays_chosen_when_others_come_before_it(qtbot: QtBot) -> None:
    table = shown(qtbot, figures.queue())
    heard: list[str] = []
    table.chosen.connect(heard.append)
    qtbot.keyClick(table, Qt.Key.Key_J)
    qtbot.keyClick(table, Qt.Key.Key_J)
    assert table.selected_key == "jira:PAY-1477"
    newcomer = Row("jira:PAY-1500", figures.ticket_row(figures.TICKETS[0]).cells)
    window = figures.queue()
    table.show_window(replace(window, total=8, rows=(newcomer, *window.rows), selected_at=2))
    assert table.selected_key == "jira:PAY-1477"
    assert table.currentIndex().row() == 2
    assert heard == ["jira:PAY-1482", "jira:PAY-1477"]


def test_a_ticket_that_left_leaves_no_other_one_selected(qtbot: QtBot) -> None:
    table = shown(qtbot, figures.queue())
    table.go_to(1)
    window = figures.queue()
    table.show_window(replace(window, total=6, rows=(window.rows[0], *window.rows[2:])))
    assert table.selected_key == "jira:PAY-1477"
    assert not table.selectionModel().hasSelection()
    qtbot.keyClick(table, Qt.Key.Key_J)
    assert table.selected_key == "zendesk:ZD-9021"


def test_a_scrolled_list_keeps_its_row_under_the_eye(qtbot: QtBot) -> None:
    table = shown(qtbot, figures.long_queue(1000, 0, 200))
    table.go_to(50)
    top = table.verticalScrollBar().value()
    assert top > 0
    moved = figures.long_queue(1001, 0, 200)
    rows = (Row("jira:new", moved.rows[0].cells), *moved.rows[:-1])
    table.show_window(replace(moved, rows=rows, selected_at=51))
    assert table.currentIndex().row() == 51
    assert table.verticalScrollBar().value() == top + 1


def test_a_million_rows_open_at_once_and_load_where_one_looks(qtbot: QtBot) -> None:
    table = shown(qtbot, figures.long_queue(1_000_000, 0, 60))
    feed = Feed(table, 1_000_000)
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.selected_key == ""
    assert len(feed.asked) == 1
    feed.answer()
    assert table.selected_key == "jira:T-999999"
    assert len(table.rows.window.rows) < 200
    qtbot.keyClick(table, Qt.Key.Key_Home)
    feed.answer()
    assert table.selected_key == "jira:T-0"


def test_the_same_missing_rows_are_asked_for_once(qtbot: QtBot) -> None:
    table = shown(qtbot, figures.long_queue(10_000, 0, 60))
    feed = Feed(table, 10_000)
    table.verticalScrollBar().setValue(5_000)
    table._look_around()
    table._look_around()
    assert len(feed.asked) == 1
    offset, limit = feed.asked[0]
    assert offset <= 5_000 < offset + limit


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (Qt.Key.Key_J, 11),
        (Qt.Key.Key_Down, 11),
        (Qt.Key.Key_K, 9),
        (Qt.Key.Key_Up, 9),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, 39),
    ],
)
def test_keys_move_through_the_list(qtbot: QtBot, key: Qt.Key, place: int) -> None:
    table = shown(qtbot, figures.long_queue(40, 0, 60))
    table.go_to(10)
    qtbot.keyClick(table, key)
    assert table.selected_key == f"jira:T-{place}"


def test_pages_move_by_what_is_visible(qtbot: QtBot) -> None:
    table = shown(qtbot, figures.long_queue(200, 0, 200))
    table.go_to(0)
    qtbot.keyClick(table, Qt.Key.Key_PageDown)
    assert table.currentIndex().row() == WANTED
    qtbot.keyClick(table, Qt.Key.Key_PageUp)
    assert table.currentIndex().row() == 0


def test_letters_that_are_not_ours_go_up_to_the_screen(qtbot: QtBot) -> None:
    table = shown(qtbot, figures.queue())
    table.go_to(3)
    qtbot.keyClick(table, Qt.Key.Key_Z)
    assert table.currentIndex().row() == 3


def test_a_click_on_a_title_sorts_and_a_second_one_turns_it(qtbot: QtBot) -> None:
    table = shown(qtbot, figures.queue())
    heard: list[tuple[str, bool]] = []
    table.sort_wanted.connect(lambda name, down: heard.append((name, down)))
    header = table.horizontalHeader()
    for section in (0, 0, 2):
        place = QPoint(header.sectionViewportPosition(section) + 10, 10)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard == [("severity", False), ("severity", True)]


def test_a_narrow_table_gives_the_title_room_and_lets_the_last_columns_go(qtbot: QtBot) -> None:
    table = shown(qtbot, figures.queue())
    table.resize(360, 300)
    QApplication.processEvents()
    assert table.columnWidth(2) >= 140
    assert not table.isColumnHidden(0)
    assert table.isColumnHidden(len(figures.COLUMNS) - 1)
    table.resize(1000, 300)
    QApplication.processEvents()
    assert not table.isColumnHidden(len(figures.COLUMNS) - 1)


def test_a_row_is_spoken_as_a_sentence(qtbot: QtBot) -> None:
    table = shown(qtbot, figures.queue())
    spoken = table.rows.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("P1 PAY-1482, Payment fails")


@settings(max_examples=80)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=8), st.integers(0, 300))
def test_refreshing_never_resets_the_model(totals: list[int], offset: int) -> None:
    model = TableModel()
    model.show(figures.long_queue(10, 0, 10))
    resets: list[bool] = []
    model.modelReset.connect(lambda: resets.append(True))
    for total in totals:
        model.show(figures.long_queue(total, offset, 60))
        assert model.rowCount() == total
    assert resets == []
