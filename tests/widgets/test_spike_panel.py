"""Asking why of a chart: Shift and drag, W, the ranked list, what did not move, Escape."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.model.errors import QuestionError
from console.model.moment import LIVE, MINUTE, Moment
from console.model.number import Number
from console.present.figures import Cell, ChartFigure, Row, TableWindow
from console.present.spike import COLUMNS
from console.present.spike_figures import SpikeFigure
from tests.widgets.fake_desk import FakeWorkplace
from tests.widgets.screens_at_hand import bridge_for, nameless
from widgets.parts.chart_card import Chart
from widgets.parts.crosshair import CrossHair
from widgets.spike.explaining import Explaining

NUMBER = Number("error_rate_5xx", 0, MINUTE)


def row(what: str, number: Number | None = None) -> Row:
    cells = ("route", what, "0.03 %", "7 %", "×233", "▲▇▇", "< 0.001")
    return Row(what, tuple(Cell(text, number=number if n == 3 else None) for n, text in enumerate(cells)), what)


def figure() -> SpikeFigure:
    moved = (row("POST /pay 502", NUMBER), row("<b>502</b>"))
    return SpikeFigure(
        "What moved 14:00 – 14:50", "2 moved", TableWindow(COLUMNS, 2, 0, moved), TableWindow(COLUMNS, 1, 0, (row("GET /a"),)),
        ("Compared with the hour before.",),
    )  # fmt: skip


class Desk:
    def __init__(self) -> None:
        self.asked: list[tuple[Moment, int, int]] = []
        self.fault = ""

    def spike(self, moment: Moment, start: int, end: int) -> SpikeFigure:
        self.asked.append((moment, start, end))
        if self.fault:
            raise QuestionError(self.fault)
        return figure()


@contextmanager
def asking(qtbot: QtBot) -> Iterator[tuple[Explaining, QWidget]]:
    with bridge_for(FakeWorkplace()) as bridge:
        screen = QWidget()
        screen.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        screen.resize(1200, 800)
        why = Explaining(screen, bridge)
        with qtbot.waitExposed(screen):
            screen.show()
        screen.activateWindow()
        screen.setFocus()
        try:
            yield why, screen
        finally:
            screen.close()
            screen.deleteLater()
            QApplication.processEvents()


def answered(qtbot: QtBot, why: Explaining, desk: Desk) -> Any:
    why.ask(desk.spike, LIVE, 0, MINUTE)
    panel = why.panel
    assert panel is not None
    qtbot.waitUntil(lambda: panel.moved.rows.rowCount() == 2)
    return panel


def test_a_refusal_stands_in_the_place_of_the_list(qtbot: QtBot) -> None:
    desk = Desk()
    desk.fault = "The span has not happened yet at this moment; choose an earlier one."
    with asking(qtbot) as (why, _):
        why.ask(desk.spike, LIVE, 0, MINUTE)
        panel = why.panel
        assert panel is not None
        qtbot.waitUntil(lambda: panel.moved.rows.window.empty == desk.fault)


def test_enter_on_a_row_asks_for_its_proof(qtbot: QtBot) -> None:
    with asking(qtbot) as (why, _):
        panel = answered(qtbot, why, Desk())
        asked: list[Number] = []
        why.proof_asked.connect(asked.append)
        QTest.keyClick(panel.moved, Qt.Key.Key_Return)
        QTest.keyClick(panel.moved, Qt.Key.Key_J)
        QTest.keyClick(panel.moved, Qt.Key.Key_Return)
        assert asked == [NUMBER]


def test_what_did_not_move_is_folded_away_until_it_is_asked_for(qtbot: QtBot) -> None:
    with asking(qtbot) as (why, _):
        panel = answered(qtbot, why, Desk())
        assert not panel.still.isVisible()
        panel.more.click()
        assert panel.still.isVisible()
        assert panel.still.hasFocus()
        assert "1" in panel.more.text()


def test_escape_closes_it_and_gives_the_keyboard_back(qtbot: QtBot) -> None:
    with asking(qtbot) as (why, screen):
        panel = answered(qtbot, why, Desk())
        QTest.keyClick(panel.moved, Qt.Key.Key_Escape)
        assert not panel.isVisible()
        assert screen.hasFocus()


def test_the_panel_names_all_its_controls_and_shows_no_markup(qtbot: QtBot) -> None:
    with asking(qtbot) as (why, _):
        panel = answered(qtbot, why, Desk())
        assert nameless(panel) == []
        assert panel.notes.text() == "Compared with the hour before."


def test_shift_and_drag_asks_why_and_a_plain_drag_zooms(qtbot: QtBot) -> None:
    chart = Chart(CrossHair())
    qtbot.addWidget(chart)
    chart.resize(600, 200)
    chart.show_figure(ChartFigure("k", "Calls", "count", 0.0, 3600.0))
    chart.show()
    asked: list[tuple[float, float]] = []
    zoomed: list[tuple[float, float]] = []
    chart.why_wanted.connect(lambda *span: asked.append(span))
    chart.zoomed.connect(lambda *span: zoomed.append(span))
    area, port = chart.plot.area(), chart.plot.viewport()
    left, right = QPoint(int(area.left()) + 50, 40), QPoint(int(area.left()) + 250, 40)
    for held in (Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier):
        QTest.mousePress(port, Qt.MouseButton.LeftButton, held, right)
        QTest.mouseMove(port, left)
        QTest.mouseRelease(port, Qt.MouseButton.LeftButton, held, left)
    assert len(asked) == 1
    assert asked[0] == (chart.plot.pixel_to_x(left.x()), chart.plot.pixel_to_x(right.x()))
    assert zoomed == asked
    QTest.keyClick(chart.plot, Qt.Key.Key_W)
    assert asked[1] == (0.0, 3600.0)
