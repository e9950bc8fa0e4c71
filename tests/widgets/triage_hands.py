"""The Triage screen under a keyboard, over a canned desk whose answers come at once."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.widgets.command_desk import PromptLanes
from tests.widgets.fake_desk import Preferences
from tests.widgets.triage_desk import TriageDesk
from widgets.bridge import Bridge
from widgets.triage.screen import TriageScreen

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
Key = Qt.Key
FIRST, SECOND, THIRD = "jira:PAY-1482", "jira:PAY-1479", "jira:PAY-1477"
"""The tickets at the top of the canned queue."""


class Hands:
    """``keep`` the preferences to start another screen after this one."""

    def __init__(self, qtbot: QtBot, preferences: Preferences | None = None, desk: TriageDesk | None = None) -> None:
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # the screens of earlier tests
        self.now = 0.0
        self.lanes, self.desk = PromptLanes(), desk or TriageDesk()
        self.preferences = preferences or Preferences()
        self.bridge = Bridge(self.lanes)  # type: ignore[arg-type]  # lanes that answer at once
        self.screen = TriageScreen(self.bridge, self.desk, self.preferences, self.clock)
        qtbot.addWidget(self.screen)
        self.screen.resize(1500, 760)

    def clock(self) -> float:
        return self.now

    def open(self) -> TriageScreen:
        self.screen.show()
        self.screen.activateWindow()
        self.screen.focus_queue()
        self.settle()
        return self.screen

    def settle(self) -> None:
        for _ in range(8):
            QApplication.processEvents()

    def press(self, *keys: Qt.Key, with_: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        for key in keys:
            QTest.keyClick(self.screen.focusWidget() or self.screen, key, with_)
            self.settle()

    def burst(self, *keys: Qt.Key) -> None:
        """Faster than any answer comes."""
        for key in keys:
            QTest.keyClick(self.screen.focusWidget() or self.screen, key)
        self.settle()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.screen.focusWidget(), text)
        self.settle()

    def rest(self) -> None:
        """The cursor rested, and typing paused."""
        self.screen._ask_context()
        self.screen.head.field.settle()
        self.settle()

    @property
    def key(self) -> str:
        return self.screen.table.selected_key

    @property
    def acts(self) -> list[tuple[Any, ...]]:
        return self.desk.acts
