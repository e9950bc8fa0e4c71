"""From the key that decides to the next ticket painted, in the real screen over 100 000 tickets, and the queue with it."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from console.desk import Desk
from console.store import session
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.bench import large, large_tickets
from tests.bench.figure import Figure, of_runs
from tests.pictures.waiting import settle, until
from widgets import theme
from widgets.bridge import Bridge
from widgets.triage.screen import TriageScreen

_TIMES = 30
_PERSON_S = 0.6
"""A quick person's pace: one decision after another without reading much."""
_LONGEST_S = 60.0


class _Paints(QObject):
    """Counts the paints of a widget."""

    def __init__(self, watched: QObject) -> None:
        super().__init__()
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return super().eventFilter(watched, event)


def measure() -> list[Figure]:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, theme.Theme())
    with tempfile.TemporaryDirectory(prefix="hypercare-bench-", dir=large.folder()) as folder:
        copy = Path(shutil.copy(large_tickets.build(), folder))
        clock, lanes = session.MovedClock(large.END), Lanes()
        bridge = Bridge(lanes)
        desk = Desk(session.open_own(copy, clock), clock, lanes, KeyringVault(), bridge.announce)
        screen = TriageScreen(bridge, desk)
        try:
            return _figures(app, screen)
        finally:
            screen.close()
            bridge.close()
            desk.close()
            lanes.close()


def _figures(app: QApplication, screen: TriageScreen) -> list[Figure]:
    screen.resize(1600, 900)
    began = time.perf_counter()
    screen.show()
    screen.activateWindow()
    screen.focus_queue()
    until(lambda: screen.detail.detail is not None, _LONGEST_S)
    first = (time.perf_counter() - began) * 1000
    settle(2.0)
    paints = _Paints(screen.detail.words)
    whole, shown = [], []
    for turn in range(_TIMES):
        settle(_PERSON_S)
        begun, before = time.perf_counter(), paints.count
        QTest.keyClick(screen.table, (Qt.Key.Key_A, Qt.Key.Key_2, Qt.Key.Key_3)[turn % 3])
        _run(app, lambda: screen.detail.detail is not None)
        key = screen.table.selected_key
        screen.repaint()
        shown.append((time.perf_counter() - begun) * 1000)
        _run(app, lambda before=before: paints.count > before)  # type: ignore[misc]  # the turn's own count
        whole.append((time.perf_counter() - begun) * 1000)
        assert screen.detail.key == key
    steps = []
    for _ in range(_TIMES):
        settle(0.1)
        begun = time.perf_counter()
        QTest.keyClick(screen.table, Qt.Key.Key_J)
        _run(app, lambda: screen.detail.detail is not None)
        steps.append((time.perf_counter() - begun) * 1000)
    note = "30 keys A, 2, 3 at a quick person's pace, lanes and session real, 1600×900 offscreen"
    return [
        of_runs("triage screen, first ticket", "ms", [first], note="from show to the first ticket in full"),
        of_runs("decision to next ticket painted", "ms", whole, 100, note=note),
        of_runs("decision to next ticket in place", "ms", shown, note="before its own paint event"),
        of_runs("next ticket by J", "ms", steps, note="ten a second"),
    ]


def _run(app: QApplication, ready: Callable[[], bool]) -> None:
    end = time.perf_counter() + _LONGEST_S
    while not ready() and time.perf_counter() < end:
        app.processEvents()
