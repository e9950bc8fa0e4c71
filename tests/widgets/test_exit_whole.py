"""The Exit screen on a real desk: a criterion typed into the window is judged, edited, signed and told, in one sitting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from console.desk import Desk
from console.model.moment import HOUR, iso
from console.settings import from_document
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0
from tests.conftest import StandingClock
from tests.fresh import created
from widgets.bridge import Bridge
from widgets.exit.screen import ExitScreen


@contextmanager
def real_screen(qtbot: QtBot, folder: Path) -> Iterator[ExitScreen]:
    clock, lanes = StandingClock(T0), Lanes()
    bridge = Bridge(lanes)
    desk = Desk(created(folder / "a.hypercare", clock), clock, lanes, KeyringVault(), bridge.announce)
    session = {"go_live": iso(T0 - HOUR), "time_zone": "UTC"}
    lanes.write(desk.save_settings, from_document({"me": {"name": "ann"}, "session": session})).result()
    screen = ExitScreen(bridge, desk)
    screen.resize(1500, 850)
    try:
        with qtbot.waitExposed(screen):
            screen.show()
        qtbot.waitUntil(lambda: screen.figure is not None, timeout=15_000)
        yield screen
    finally:
        screen.close()
        screen.deleteLater()
        bridge.close()
        desk.close()
        lanes.close()


def decide(qtbot: QtBot, screen: ExitScreen, **texts: str) -> None:
    for key, text in texts.items():
        screen.form.fields[key].set_text(text)
    QTest.mouseClick(screen.form.save, Qt.MouseButton.LeftButton)


@pytest.mark.thorough
def test_a_new_user_adds_edits_and_signs_criteria_from_the_window_alone(qtbot: QtBot, tmp_path: Path) -> None:
    with real_screen(qtbot, tmp_path) as screen:
        QTest.keyClick(screen, Qt.Key.Key_N)
        decide(qtbot, screen, title="Checkout errors", kpi="error_rate_5xx", target="1 per cent")
        qtbot.waitUntil(lambda: "no number" in screen.form.error.text())
        decide(qtbot, screen, target="1 %", window="1 h", sustained="2 d", route="POST /pay", why="agreed")
        qtbot.waitUntil(lambda: screen.list.row("checkout_errors") is not None)
        assert not screen.form.isVisible()
        row = screen.list.row("checkout_errors")
        assert row is not None and "connect a gateway" in row.row.beneath

        screen.list.choose("checkout_errors")
        QTest.keyClick(screen, Qt.Key.Key_E)
        assert screen.form.fields["target"].text() == "1 %"
        decide(qtbot, screen, target="0.5 %", restart="no", why="stricter")
        qtbot.waitUntil(lambda: "0.5" in screen.list.row("checkout_errors").row.target)  # type: ignore[union-attr]  # on show
        assert screen.figure is not None and "version 3 · edited by ann on D0" in screen.figure.edition
        assert any("stricter" in text for text in screen.detail.texts), (screen.list.selected, screen.detail.texts)

        for name, side in (("ann", "launch"), ("bob", "operations")):
            screen.list.choose("handover")
            QTest.keyClick(screen, Qt.Key.Key_S)
            decide(qtbot, screen, artefact="https://wiki.example.com/handover", by=name, side=side)
            qtbot.waitUntil(lambda name=name: name in screen.list.row("handover").row.beneath)  # type: ignore[misc, union-attr]
        assert screen.list.row("handover").row.value == "signed"  # type: ignore[union-attr]  # on show

        QTest.keyClick(screen, Qt.Key.Key_X)
        decide(qtbot, screen)
        qtbot.waitUntil(lambda: "needs why" in screen.form.error.text())
        decide(qtbot, screen, why="the sponsor takes the risk")
        qtbot.waitUntil(lambda: screen.notice.isVisible())
        assert "Hypercare was ended by ann" in screen.notice.text and "the sponsor takes the risk" in screen.notice.text
