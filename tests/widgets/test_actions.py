"""Every action once, its keys where they belong."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QSpinBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from widgets.actions import Action, ActionBook, bare
from widgets.shortcuts_help import by_group


class Deeds:
    """Counts what was done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.open = True

    def first(self) -> None:
        self.done.append("first")

    def second(self) -> None:
        self.done.append("second")

    def may(self) -> bool:
        return self.open


class Listening(QPushButton):
    """Handles letters itself, as a table does."""

    def __init__(self) -> None:
        super().__init__("x")
        self.heard: list[int] = []

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.heard.append(event.key())


def book_of(qtbot: QtBot, *widgets: QWidget) -> tuple[QWidget, ActionBook, Deeds]:
    window, deeds = QWidget(), Deeds()
    column = QVBoxLayout(window)
    for widget in widgets:
        column.addWidget(widget)
    qtbot.addWidget(window)
    book = ActionBook(window)
    book.add(
        [
            Action("one", "One", "Go to", deeds.first, ("A", "Ctrl+1"), deeds.may),
            Action("two", "Two", "View", deeds.second, ("?",)),
        ]
    )
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    return window, book, deeds


@pytest.mark.parametrize("field", [QLineEdit, QPlainTextEdit, QSpinBox])
def test_a_bare_letter_stays_a_letter_while_someone_types(qtbot: QtBot, field: type[QWidget]) -> None:
    entry = field()
    _, _, deeds = book_of(qtbot, entry)
    entry.setFocus()
    QTest.keyClick(entry, Qt.Key.Key_A)
    assert deeds.done == []
    if isinstance(entry, QLineEdit):
        assert entry.text() == "a"


def test_a_bare_letter_acts_while_nobody_types(qtbot: QtBot) -> None:
    button = QPushButton("x")
    _, _, deeds = book_of(qtbot, button)
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_A)
    assert deeds.done == ["first"]


def test_a_key_with_control_acts_even_while_someone_types(qtbot: QtBot) -> None:
    entry = QLineEdit()
    _, _, deeds = book_of(qtbot, entry)
    entry.setFocus()
    QTest.keyClick(entry, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert deeds.done == ["first"]


def test_an_action_out_of_place_does_nothing_by_key_or_by_name(qtbot: QtBot) -> None:
    button = QPushButton("x")
    _, book, deeds = book_of(qtbot, button)
    deeds.open = False
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_A)
    assert not book.run("one")
    assert deeds.done == []


def test_a_key_that_the_focus_handles_itself_is_listed_and_left_to_it(qtbot: QtBot) -> None:
    field = Listening()
    _, book, deeds = book_of(qtbot, field)
    book.add([Action("next", "Next ticket", "Queue", deeds.second, ("J",), local=True)])
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_J)
    assert (field.heard, deeds.done) == ([Qt.Key.Key_J], [])
    assert by_group(book.all())["Queue"] == [("J", "Next ticket")]
    assert book.run("next")
    assert deeds.done == ["second"]


def test_a_key_given_twice_is_our_bug(qtbot: QtBot) -> None:
    _, book, deeds = book_of(qtbot)
    with pytest.raises(ValueError, match="belongs to 'one'"):
        book.add([Action("three", "Three", "View", deeds.first, ("Ctrl+1",))])
    with pytest.raises(ValueError, match="two actions"):
        book.add([Action("two", "Two", "View", deeds.first)])


def test_an_action_taken_away_takes_its_keys_along(qtbot: QtBot) -> None:
    button = QPushButton("x")
    _, book, deeds = book_of(qtbot, button)
    book.remove(["one"])
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_A)
    assert deeds.done == []
    assert not book.run("one")


def test_the_menu_shows_groups_in_order_and_greys_what_is_out_of_place(qtbot: QtBot) -> None:
    window, book, deeds = book_of(qtbot)
    deeds.open = False
    menu = book.menu(window, ("View", "Go to"))
    entries = [(a.text().split("\t")[0], a.isEnabled()) for a in menu.actions() if not a.isSeparator()]
    assert entries == [("Two", True), ("One", False)]
    menu.actions()[0].trigger()
    assert deeds.done == ["second"]
    menu.deleteLater()


@pytest.mark.parametrize(
    ("key", "expected"), [("A", True), ("?", True), ("/", True), ("Ctrl+A", False), ("F1", False), ("Shift+A", True)]
)
def test_which_keys_also_write_a_character(key: str, expected: bool) -> None:
    assert bare(key) is expected
