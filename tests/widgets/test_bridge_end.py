"""Answers that come too late: for a widget that is gone, and questions after the window closed."""

from __future__ import annotations

import concurrent.futures
from typing import Any

import shiboken6
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.widgets.command_desk import PromptLanes
from widgets.bridge import Bridge
from widgets.parts.chart_marks import joined


class Hearing(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []

    def hear(self, answer: Any) -> None:
        self.heard.append(answer)


class DeadLanes(PromptLanes):
    def read(self, *_: Any) -> concurrent.futures.Future[Any]:
        raise RuntimeError("cannot schedule new futures after shutdown")


def test_a_widget_whose_window_is_gone_hears_nothing_although_python_still_holds_it(qtbot: QtBot) -> None:
    bridge, widget = Bridge(PromptLanes()), Hearing()  # type: ignore[arg-type]  # lanes that answer at once
    bridge.ask("a", widget.hear, str)
    shiboken6.delete(widget)
    qtbot.wait(20)
    assert widget.heard == []
    bridge.close()


def test_a_closed_bridge_asks_no_lane(qtbot: QtBot) -> None:
    bridge, widget = Bridge(DeadLanes()), Hearing()  # type: ignore[arg-type]  # as above
    qtbot.addWidget(widget)
    bridge.close()
    bridge.ask("a", widget.hear, str)
    assert widget.heard == []


def test_incidents_at_once_are_one_stretch() -> None:
    assert joined([(5, 6), (1, 3), (2, 4), (4, 4.5)]) == [(1, 4.5), (5, 6)]
