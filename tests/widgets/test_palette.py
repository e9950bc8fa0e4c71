"""The palette finds by a few letters, runs by Enter, and gives the focus back."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from widgets.actions import Action, ActionBook
from widgets.fuzzy import ranked, score
from widgets.palette import Hit, Palette


class Room:
    """A window with a field, a book of four actions and the palette."""

    def __init__(self, qtbot: QtBot) -> None:
        self.done: list[str] = []
        self.usable = True
        self.window = QWidget()
        self.window.resize(900, 600)
        self.entry = QLineEdit(self.window)
        QVBoxLayout(self.window).addWidget(self.entry)
        self.book = ActionBook(self.window)
        self.book.add(
            [
                Action("go.sources", "Sources", "Go to", self.sources, ("Ctrl+2",)),
                Action("go.settings", "Settings", "Go to", self.settings),
                Action("quit", "Quit", "Help", self.sources, (), self.may),
            ]
        )
        self.palette = Palette(self.book, self.window)
        qtbot.addWidget(self.window)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        self.entry.setFocus()

    def sources(self) -> None:
        self.done.append("sources")

    def settings(self) -> None:
        self.done.append("settings")

    def may(self) -> bool:
        return self.usable

    def find(self, typed: str) -> list[Hit]:
        return [Hit("ticket", "PAY-1482", "Ticket", "", self.settings)] if "1482" in typed else []

    def lines(self) -> list[str]:
        return [self.palette.list.item(row).text() for row in range(self.palette.list.count())]


def test_escape_gives_the_focus_back_to_where_it_was(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.palette.open()
    assert room.palette.field.hasFocus()
    QTest.keyClick(room.palette.field, Qt.Key.Key_Escape)
    assert not room.palette.isVisible()
    assert room.entry.hasFocus()
    assert room.done == []


def test_a_field_that_is_gone_by_then_gets_no_focus_back(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.palette.open()
    shiboken6.delete(room.entry)
    QTest.keyClick(room.palette.field, Qt.Key.Key_Escape)
    assert not room.palette.isVisible()


def test_a_click_beside_it_puts_the_palette_away(qtbot: QtBot) -> None:
    room = Room(qtbot)
    for _ in range(2):
        room.palette.open()
        QTest.mouseClick(room.window, Qt.MouseButton.LeftButton, pos=QPoint(5, 590))
        assert not room.palette.isVisible()
        assert room.entry.hasFocus()


def test_nothing_found_says_so_and_enter_does_nothing(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.palette.open()
    QTest.keyClicks(room.palette.field, "xyzzy")
    QTest.keyClick(room.palette.field, Qt.Key.Key_Return)
    assert room.lines() == ["Nothing found"]
    assert room.done == []
    assert room.palette.isVisible()


def test_an_action_out_of_place_is_not_offered(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.usable = False
    room.palette.open()
    assert "Quit" not in room.lines()


def test_a_few_letters_and_enter_run_the_action(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.palette.open()
    QTest.keyClicks(room.palette.field, "sett")
    QTest.keyClick(room.palette.field, Qt.Key.Key_Return)
    assert room.done == ["settings"]
    assert not room.palette.isVisible()
    assert room.entry.hasFocus()


def test_arrows_walk_round(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.palette.open()
    QTest.keyClick(room.palette.field, Qt.Key.Key_Up)
    assert room.palette.list.currentRow() == room.palette.list.count() - 1
    QTest.keyClick(room.palette.field, Qt.Key.Key_Down)
    QTest.keyClick(room.palette.field, Qt.Key.Key_Down)
    QTest.keyClick(room.palette.field, Qt.Key.Key_Return)
    assert room.done == ["settings"]


def test_other_finders_join_in(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.palette.join(room)
    room.palette.open()
    QTest.keyClicks(room.palette.field, "1482")
    assert room.lines() == ["PAY-1482"]


def test_a_window_that_shrinks_keeps_the_palette_inside(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.palette.open()
    room.window.resize(400, 300)
    assert room.window.rect().contains(room.palette.geometry())


def test_letters_in_another_order_do_not_match() -> None:
    assert score("es", "s e") is None
    assert score("", "anything") == 0


def test_a_word_start_beats_a_letter_somewhere() -> None:
    assert ranked("set", [("Reset", "reset"), ("Settings", "settings")])[0] == "settings"
    assert ranked("ns", [("Settings", "settings"), ("New session", "new")])[0] == "new"


def test_without_letters_everything_stays_in_order() -> None:
    assert ranked(" ", [("b", 1), ("a", 2)]) == [1, 2]
