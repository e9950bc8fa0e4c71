"""Pictures of the Triage screen in its frame, from canned figures: ``python -m tests.pictures.triage FOLDER``.

To be looked at by eye beside the design; nothing here judges them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from console.model.errors import ConsoleError
from tests.pictures.waiting import settle
from tests.widgets import figures, triage_figures
from tests.widgets.command_desk import PromptLanes
from tests.widgets.triage_desk import TriageDesk
from widgets import theme
from widgets.bridge import Bridge
from widgets.rail import Rail
from widgets.statusline import StatusLineBar
from widgets.timeline import TimelineStrip
from widgets.triage.screen import TriageScreen

DARK, LIGHT, CONTRAST = theme.Look.DARK, theme.Look.LIGHT, theme.Look.CONTRAST
SHOTS = (
    ("dark", 1600, 900, DARK, 1.0),
    ("light", 1600, 900, LIGHT, 1.0),
    ("contrast", 1600, 900, CONTRAST, 1.0),
    ("double", 1920, 1200, DARK, 2.0),
    ("small", 1280, 720, DARK, 1.0),
)


def _keys(screen: TriageScreen, *keys: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    for key in keys:
        QTest.keyClick(screen.focusWidget() or screen, key, modifier)
        QApplication.processEvents()


def _plain(desk: TriageDesk) -> None:
    """The picture of the design."""


def _pending(desk: TriageDesk) -> None:
    desk.pending = 2
    desk.details["jira:PAY-1482"] = triage_figures.pending_detail()


def _conflict(desk: TriageDesk) -> None:
    desk.pending = 4
    desk.details["jira:PAY-1482"] = triage_figures.conflict_detail()


def _empty(desk: TriageDesk) -> None:
    desk.rows = []
    desk.empty = "No ticket system has answered yet. Connect one in Sources."


def _review(desk: TriageDesk) -> None:
    desk.read_only = True


def _refused(desk: TriageDesk) -> None:
    desk.refused = (("CAN-88", "a wish has no severity"), ("ZD-9016", "it was merged there"))


def _nothing(screen: TriageScreen) -> None:
    """As it opens."""


def _board(screen: TriageScreen) -> None:
    _keys(screen, Qt.Key.Key_B)


def _outbox(screen: TriageScreen) -> None:
    _keys(screen, Qt.Key.Key_O)


def _bulk(screen: TriageScreen) -> None:
    _keys(screen, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, modifier=Qt.KeyboardModifier.ShiftModifier)
    _keys(screen, Qt.Key.Key_1)


def _prompt(screen: TriageScreen) -> None:
    _keys(screen, Qt.Key.Key_S)


def _lower(screen: TriageScreen) -> None:
    bar = screen.body.detail.scroller.verticalScrollBar()
    bar.setValue(bar.maximum())


def _fault(screen: TriageScreen) -> None:
    screen.head.field.setText("sevrity:P1")
    screen.filter("sevrity:P1")


def _failing(screen: TriageScreen) -> None:
    screen._desk.fault = ConsoleError("The session cannot be read; it may be on a full disk.")
    screen.refresh()


Case = tuple[str, Callable[[TriageDesk], None], Callable[[TriageScreen], None]]
CASES: tuple[Case, ...] = (
    ("queue", _plain, _nothing),
    ("lower", _plain, _lower),
    ("pending", _pending, _nothing),
    ("conflict", _conflict, _nothing),
    ("board", _plain, _board),
    ("outbox", _conflict, _outbox),
    ("bulk", _refused, _bulk),
    ("prompt", _plain, _prompt),
    ("empty", _empty, _nothing),
    ("review", _review, _nothing),
    ("fault", _plain, _fault),
    ("failing", _plain, _failing),
)


def frame(screen: TriageScreen) -> QWidget:
    """Status line, rail and timeline around the screen, as the window places them."""
    window = QWidget()
    window.setProperty("role", "screen")
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    status, timeline, rail = StatusLineBar(), TimelineStrip(), Rail()
    status.show_figure(figures.status())
    timeline.show_figure(figures.timeline())
    rail.show_current("triage")
    row = QHBoxLayout()
    row.setSpacing(0)
    row.addWidget(rail)
    row.addWidget(screen, 1)
    column.addWidget(status)
    column.addLayout(row, 1)
    column.addWidget(timeline)
    return window


def main(folder: Path, only: tuple[str, ...] = ()) -> None:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    for case, prepare, then in CASES:
        for name, width, height, look, scale in SHOTS if case in ("queue", "board") else SHOTS[:2]:
            if only and f"{case}_{name}" not in only and case not in only:
                continue
            theme.apply(app, theme.Theme(look, scale))
            bridge, desk = Bridge(PromptLanes()), TriageDesk()  # type: ignore[arg-type]  # lanes that answer at once
            prepare(desk)
            screen = TriageScreen(bridge, desk)
            window = frame(screen)
            window.resize(width, height)
            window.show()
            window.activateWindow()
            screen.focus_queue()
            settle(0.4)
            then(screen)
            settle(0.3)
            window.grab().save(str(folder / f"triage_{case}_{name}.png"))
            window.close()
            bridge.close()
            window.deleteLater()
            app.processEvents()


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0] if given else "pictures"), tuple(given[1:]))
