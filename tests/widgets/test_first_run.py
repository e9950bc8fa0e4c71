"""A first start offers two ways, both by key."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.widgets.fake_desk import FakeWorkplace
from tests.widgets.screens_at_hand import at, nameless, window_on
from widgets.first_run.screen import FirstRunScreen


def test_enter_starts_the_simulated_launch(qtbot: QtBot) -> None:
    place = FakeWorkplace(None, known=())
    with window_on(qtbot, place) as window:
        qtbot.waitUntil(lambda: window.current == "first_run")
        screen = at(window, "first_run")
        assert isinstance(screen, FirstRunScreen)
        qtbot.waitUntil(screen.demo.button.hasFocus)
        QTest.keyClick(screen.demo.button, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: window.desk is not None)
        assert place.acts == [("start_demo", 7)]
        assert window.current == "command"


def test_connecting_ones_own_leads_over_a_new_session_to_the_first_source(qtbot: QtBot) -> None:
    place = FakeWorkplace(None, known=())
    with window_on(qtbot, place) as window:
        qtbot.waitUntil(lambda: window.current == "first_run")
        at(window, "first_run").own.button.click()
        form = at(window, "sessions").form
        assert form.isVisible()
        QTest.keyClicks(form.name.line, "Billing 3")
        QTest.keyClick(form.name.line, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.desk is not None)
        assert window.desk.name == "Billing 3"
        assert window.current == "sources"
        assert at(window, "sources").form.isVisible()


def test_every_control_has_a_name(qtbot: QtBot) -> None:
    screen = FirstRunScreen()
    qtbot.addWidget(screen)
    screen.show()
    assert nameless(screen) == []
