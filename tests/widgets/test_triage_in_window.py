"""The Triage screen in the real window: its bare letters are its own there, and leave the other screens alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.present.alerts_figures import NoticeRow
from console.present.tone import Tone
from tests.widgets.fake_desk import FakeDesk, FakeWorkplace
from tests.widgets.screens_at_hand import at, nameless, window_on
from tests.widgets.triage_desk import TriageDesk
from widgets import screens
from widgets.radar.screen import RadarScreen
from widgets.rail import STOPS
from widgets.triage.screen import TriageScreen
from widgets.window import MainWindow


class BothDesks(TriageDesk, FakeDesk):
    """A desk with tickets under a window."""

    def __init__(self) -> None:
        FakeDesk.__init__(self)
        TriageDesk.__init__(self)


def opened(qtbot: QtBot, window: MainWindow) -> TriageScreen:
    QTest.keyClick(window, Qt.Key.Key_9, Qt.KeyboardModifier.ControlModifier)
    screen: TriageScreen = at(window, "triage")
    qtbot.waitUntil(lambda: screen.figure is not None and screen.detail.detail is not None)
    qtbot.waitUntil(lambda: window.focusWidget() is screen.table)
    return screen


def test_its_letters_act_on_the_ticket_and_not_on_the_window(qtbot: QtBot) -> None:
    desk = BothDesks()
    with window_on(qtbot, FakeWorkplace(desk)) as window:
        screen = opened(qtbot, window)
        QTest.keyClick(screen.table, Qt.Key.Key_A)
        qtbot.waitUntil(lambda: desk.acts == [("acknowledge", "jira:PAY-1482", "", "")])
        QTest.keyClick(screen.table, Qt.Key.Key_Slash)
        assert screen.head.field.hasFocus()
        QTest.keyClicks(screen.head.field, "a1z")
        assert screen.head.field.text() == "a1z"
        assert len(desk.acts) == 1


def test_every_act_is_in_the_palette_and_runs_from_there(qtbot: QtBot) -> None:
    desk = BothDesks()
    with window_on(qtbot, FakeWorkplace(desk)) as window:
        screen = opened(qtbot, window)
        names = {action.id for action in window.book.all()}
        assert {"triage.severityP1", "triage.snooze", "triage.undo", "triage.capture", "triage.board"} <= names
        assert window.book.run("triage.severityP3")
        qtbot.waitUntil(lambda: desk.acts == [("severity", "jira:PAY-1482", "P3", "")])
        assert window.book.run("queue.acknowledge")
        qtbot.waitUntil(lambda: len(desk.acts) == 2)
        assert window.book.run("triage.snooze")
        assert screen.card.prompt.isVisible()
        window.show_screen("settings")
        assert not window.book.run("triage.severityP1")


@pytest.mark.thorough
def test_the_help_lists_its_keys_and_every_control_has_a_name(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(BothDesks())) as window:
        opened(qtbot, window)
        window.toggle_help()
        QApplication.processEvents()
        assert nameless(window) == []
        assert [stop.screen for stop in STOPS][:3] == ["command", "triage", "exit"]


@pytest.mark.thorough
def test_a_session_that_is_left_takes_its_acts_along(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(BothDesks())) as window:
        opened(qtbot, window)
        window.detach()
        assert window.book.find("triage.snooze") is None


@pytest.mark.thorough
def test_a_notice_leads_to_its_ticket_or_to_its_part_of_the_queue(qtbot: QtBot) -> None:
    desk = BothDesks()
    with window_on(qtbot, FakeWorkplace(desk)) as window:
        window.open_notice(NoticeRow("r1", 1, "late", "", Tone.BAD, ticket="zendesk:ZD-9021"))
        screen: TriageScreen = at(window, "triage")
        qtbot.waitUntil(lambda: screen.detail.detail is not None and screen.detail.detail.key == "zendesk:ZD-9021")
        window.show_screen("alerts")
        window.open_notice(NoticeRow("r2", 2, "many", "", Tone.WARN, filter="sla:breached"))
        assert window.current == "triage"
        assert (screen.head.field.text(), screen.question.filter) == ("sla:breached", "sla:breached")


@pytest.mark.thorough
def test_a_ticket_of_the_radar_opens_where_it_is_decided(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(BothDesks())) as window:
        radar: RadarScreen = screens.radar(window)
        radar.ticket_asked.emit("zendesk:ZD-9021")
        assert window.current == "triage"
        screen: TriageScreen = at(window, "triage")
        qtbot.waitUntil(lambda: screen.detail.detail is not None and screen.detail.detail.key == "zendesk:ZD-9021")


def test_a_clicked_notice_of_the_tray_brings_the_window_back(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(BothDesks())) as window:
        opened(qtbot, window)
        window.show_screen("settings")
        window.showMinimized()
        window.notices.open_asked.emit(NoticeRow("r1", 1, "late", "", Tone.BAD, ticket="zendesk:ZD-9021"))
        assert not window.isMinimized()
        assert window.current == "triage"
