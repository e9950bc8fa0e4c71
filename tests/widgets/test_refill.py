"""Widgets kept in a column, one for each key of a figure."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from widgets.parts.refill import refill


def shown(column: QVBoxLayout) -> list[str]:
    texts = [column.itemAt(place).widget() for place in range(column.count())]
    return [widget.text() for widget in texts if isinstance(widget, QLineEdit)]


def test_what_stays_keeps_its_widget_and_the_keyboard_while_others_come_go_and_change_places(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    column = QVBoxLayout(whole)
    column.addStretch(1)
    held: dict[str, QLineEdit] = {}

    def show(**rows: str) -> None:
        refill(column, held, rows, lambda _: QLineEdit(whole), QLineEdit.setText)

    show(a="1", b="2", c="3")
    whole.show()
    qtbot.waitExposed(whole)
    stays = held["b"]
    stays.setFocus()
    qtbot.waitUntil(stays.hasFocus)

    show(d="4", b="two", a="1")
    assert shown(column) == ["4", "two", "1"]
    assert held["b"] is stays and stays.hasFocus()
    assert list(held) == ["a", "b", "d"]
    assert column.itemAt(3).spacerItem() is not None, "what stood below still stands below"

    show()
    assert shown(column) == [] and not held
