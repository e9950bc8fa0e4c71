"""The rail shows where one is, and what waits unsaved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from widgets.rail import STOPS, Rail


def rail_of(qtbot: QtBot) -> Rail:
    rail = Rail()
    qtbot.addWidget(rail)
    rail.show()
    return rail


def test_a_screen_out_of_reach_cannot_be_chosen(qtbot: QtBot) -> None:
    rail = rail_of(qtbot)
    rail.set_usable(frozenset({"sessions"}))
    heard: list[str] = []
    rail.chosen.connect(heard.append)
    QTest.mouseClick(rail.button("command"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(rail.button("sessions"), Qt.MouseButton.LeftButton)
    assert heard == ["sessions"]


def test_an_unknown_screen_marks_no_button(qtbot: QtBot) -> None:
    rail = rail_of(qtbot)
    rail.show_current("sources")
    assert rail.button("sources").isChecked()
    rail.show_current("first_run")
    assert not any(rail.button(stop.screen).isChecked() for stop in STOPS)


def test_unsaved_changes_are_marked_and_spoken(qtbot: QtBot) -> None:
    rail = rail_of(qtbot)
    rail.button("settings").mark(True)
    assert rail.button("settings").accessibleDescription() == "has unsaved changes"
    rail.mark_saved()
    assert not rail.button("settings").marked


def test_every_button_has_a_name(qtbot: QtBot) -> None:
    rail = rail_of(qtbot)
    buttons = rail.findChildren(QAbstractButton)
    assert len(buttons) == len(STOPS) + 1
    assert all(button.accessibleName() for button in buttons)
