"""The Radar screen by keys: a row's evidence, its proof, its ticket; empty lists say why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.model.change import Change
from console.model.errors import SessionError
from console.model.moment import LIVE, Moment
from console.model.number import Number, Slice
from console.present.figures import Cell, Column, Row, TableWindow
from console.present.radar_figures import NO_TICKET, RadarFigure, RadarList
from tests.widgets.fake_desk import FakeWorkplace
from tests.widgets.screens_at_hand import bridge_for, nameless
from widgets.radar.screen import RadarScreen

NUMBER = Number("error_rate_5xx", 0, 3_600_000_000, Slice(route="GET /a"))
WHAT = (Column("what", "What fails", 0),)
UNTOLD = "No source tells calls by consumer."
EVIDENCE = (Column("what", "Evidence", 0), Column("value", "Value", 90))


def table(columns: tuple[Column, ...], *rows: Row, empty: str = "") -> TableWindow:
    return TableWindow(columns, len(rows), 0, rows, empty=empty)


def figure() -> RadarFigure:
    silent = table(WHAT, Row("GET /a|1", (Cell("GET /a"),), "GET /a fails"))
    proof = table(EVIDENCE, Row(f"{NO_TICKET}GET /a", (Cell("GET /a 5xx"), Cell("3 %", number=NUMBER))))
    pain = table(WHAT, Row("notify||bug", (Cell("notify: <b>mail</b>"),), "notify"))
    tickets = table(EVIDENCE, Row("shop:APP-1", (Cell("APP-1"), Cell(""))))
    return RadarFigure(
        (
            RadarList("silent", "Silent failures", "Errors nobody reported", silent, {"GET /a|1": proof}),
            RadarList("phantom", "Phantom pain", "Reports no metric shows", pain, {"notify||bug": tickets}),
            RadarList(
                "quiet",
                "Quiet customers",
                "Failed",
                table(WHAT, empty="No source tells calls by consumer."),
                note="3 keys",
            ),
        ),
        "1 silent failure",
    )


class Desk:
    def __init__(self) -> None:
        self.asked: list[Moment] = []
        self.fault = ""

    def radar(self, moment: Moment) -> RadarFigure:
        self.asked.append(moment)
        if self.fault:
            raise SessionError(self.fault)
        return figure()


@contextmanager
def screen_on(qtbot: QtBot, desk: Desk, clock: Callable[[], float] = time.monotonic) -> Iterator[RadarScreen]:
    with bridge_for(FakeWorkplace()) as bridge:
        screen = RadarScreen(bridge, desk, clock)
        screen.resize(1400, 800)
        with qtbot.waitExposed(screen):
            screen.show()
        screen.activateWindow()
        try:
            qtbot.waitUntil(lambda: bool(desk.asked))
            qtbot.waitUntil(lambda: screen.summary.text() != "" or screen.banner.isVisible())
            yield screen
        finally:
            screen.close()
            screen.deleteLater()
            QApplication.processEvents()


def test_a_fault_is_a_sentence_and_the_next_answer_takes_it_away(qtbot: QtBot) -> None:
    desk = Desk()
    desk.fault = "The disk is full; free some space."
    with screen_on(qtbot, desk) as screen:
        assert screen.banner.isVisible()
        desk.fault = ""
        screen.refresh()
        qtbot.waitUntil(lambda: not screen.banner.isVisible())
        assert screen.summary.text() == "1 silent failure"


def test_the_first_row_shows_its_evidence_at_once(qtbot: QtBot) -> None:
    with screen_on(qtbot, Desk()) as screen:
        assert screen.lines.rows.rowCount() == 1
        assert screen.evidence.accessibleName() == "Evidence: GET /a"


def test_enter_goes_to_the_evidence_and_enter_again_to_the_proof(qtbot: QtBot) -> None:
    with screen_on(qtbot, Desk()) as screen:
        asked: list[Any] = []
        screen.proof_asked.connect(asked.append)
        screen.focus_queue()
        QTest.keyClick(screen.cards[0].table, Qt.Key.Key_Return)
        assert screen.lines.hasFocus()
        QTest.keyClick(screen.lines, Qt.Key.Key_Return)
        assert asked == [NUMBER]


def test_enter_on_a_ticket_asks_for_it(qtbot: QtBot) -> None:
    with screen_on(qtbot, Desk()) as screen:
        asked: list[str] = []
        screen.ticket_asked.connect(asked.append)
        pain = screen.cards[1].table
        pain.setFocus()
        QTest.keyClick(pain, Qt.Key.Key_J)
        QTest.keyClick(pain, Qt.Key.Key_Return)
        QTest.keyClick(screen.lines, Qt.Key.Key_Return)
        assert asked == ["shop:APP-1"]


def test_news_are_asked_for_again_once_the_screen_has_rested(qtbot: QtBot) -> None:
    desk, now = Desk(), [0.0]
    with screen_on(qtbot, desk, lambda: now[0]) as screen:
        screen._bridge.changed.emit(Change.TRAFFIC)
        assert len(desk.asked) == 1
        now[0] = 60.0
        screen._bridge.changed.emit(Change.TRAFFIC)
        qtbot.waitUntil(lambda: len(desk.asked) == 2)


def test_another_moment_is_asked_for(qtbot: QtBot) -> None:
    desk = Desk()
    with screen_on(qtbot, desk) as screen:
        past = Moment(1_000_000)
        screen.set_moment(past)
        qtbot.waitUntil(lambda: desk.asked[-1] == past)
        assert desk.asked[0] == LIVE


def test_everything_has_a_name_and_nothing_shows_markup(qtbot: QtBot) -> None:
    with screen_on(qtbot, Desk()) as screen:
        assert nameless(screen) == []
        assert screen.cards[2].note.text() == "3 keys"
        assert screen.cards[2].table.rows.window.empty == UNTOLD


def test_a_narrow_screen_stacks_the_lists(qtbot: QtBot) -> None:
    with screen_on(qtbot, Desk()) as screen:
        beside = {card.pos().y() for card in screen.cards}
        screen.resize(700, 900)
        qtbot.waitUntil(lambda: len({card.pos().y() for card in screen.cards}) == 3)
        assert len(beside) == 1
