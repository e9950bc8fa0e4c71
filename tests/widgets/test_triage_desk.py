"""The Triage screen over a real session: what is decided by keys stands in the queue, and is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.desk import Desk
from console.model.facts import Facts, Fetched
from console.model.moment import HOUR
from console.settings import from_document
from console.store.append import PollRow
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0, ticket
from tests.conftest import StandingClock
from tests.fresh import created
from tests.widgets.fake_desk import Preferences
from widgets import theme
from widgets.bridge import Bridge
from widgets.triage.screen import TriageScreen

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Session:
    """A session of six tickets in a screen with real lanes."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self._qtbot = qtbot
        self.clock, self.lanes = StandingClock(T0 + 2 * HOUR), Lanes()
        self.bridge = Bridge(self.lanes)
        made = created(folder / "a.hypercare", self.clock)
        self.desk = Desk(made, self.clock, self.lanes, KeyringVault(), self.bridge.announce)
        self.lanes.write(self.desk.save_settings, from_document({"me": {"name": "ann"}})).result()
        events = [
            row for n in range(1, 7) for row in ticket(f"PAY-{n}", T0 + n, "P3", title=f"Page {n} <b>stays</b> blank")
        ]
        poll = PollRow("jira", T0, T0, "good")
        self.lanes.write(self.desk.append, [(poll, Fetched(Facts(ticket_event=events)))]).result()
        self.screen = TriageScreen(self.bridge, self.desk, Preferences())
        qtbot.addWidget(self.screen)
        self.screen.resize(1500, 760)
        self.screen.show()
        self.screen.activateWindow()
        self.screen.focus_queue()
        self.until(lambda: self.screen.detail.detail is not None)

    def press(self, *keys: Qt.Key, with_: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        for key in keys:
            self.clock.forward(1)
            QTest.keyClick(self.screen.focusWidget() or self.screen, key, with_)

    def type(self, text: str) -> None:
        QTest.keyClicks(self.screen.focusWidget(), text)

    def until(self, there: object) -> None:
        self._qtbot.waitUntil(there, timeout=15_000)  # type: ignore[arg-type]  # a condition

    def severity(self, key: str) -> str:
        rows = self.screen.table.rows
        row = rows.row_at(rows.place_of(f"jira:{key}"))
        return row.cells[0].text if row is not None else ""

    def close(self) -> None:
        self.bridge.close()
        self.desk.close()
        self.lanes.close()


@pytest.fixture
def held(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Session]:
    theme.apply(qapp, theme.Theme())
    made = Session(qtbot, tmp_path)
    yield made
    made.close()


@pytest.mark.thorough
def test_a_severity_shows_at_once_and_undo_takes_it_back(held: Session) -> None:
    first = held.screen.table.selected_key.split(":")[1]
    held.press(Key.Key_1)
    assert held.screen.table.selected_key != f"jira:{first}"
    held.until(lambda: held.severity(first) == "P1")
    held.press(Key.Key_Z)
    held.until(lambda: held.severity(first) == "P3")
    assert first in held.screen.card.aside.text()


@pytest.mark.thorough
def test_what_cannot_be_done_to_a_ticket_is_told_with_its_name(held: Session) -> None:
    held.screen.do("reopen")
    held.until(lambda: held.screen.banner.isVisible())
    assert held.screen.banner.text.startswith(held.screen.table.selected_key.split(":")[1])
    assert "open" in held.screen.banner.text


@pytest.mark.thorough
def test_many_are_previewed_done_and_taken_back_as_one(held: Session) -> None:
    held.press(Key.Key_Down, Key.Key_Down, with_=SHIFT)
    chosen = [key.split(":")[1] for key in held.screen.table.marks]
    assert len(chosen) == 3
    held.press(Key.Key_2)
    held.until(lambda: held.screen.card.preview.go.isEnabled())
    assert len(held.screen.card.preview.lines.lines) == 3
    held.press(Key.Key_Return)
    held.until(lambda: all(held.severity(key) == "P2" for key in chosen))
    held.press(Key.Key_Z)
    held.until(lambda: all(held.severity(key) == "P3" for key in chosen))


@pytest.mark.thorough
def test_a_ticket_by_hand_stands_in_the_queue(held: Session) -> None:
    held.press(Key.Key_N)
    held.type("#call @Dana P1 bug: the lift is stuck")
    held.press(Key.Key_Return)
    held.until(lambda: held.screen.table.rows.rowCount() == 7)
    held.screen.filter("lift")
    held.until(lambda: held.screen.table.rows.rowCount() == 1)
    held.until(lambda: held.screen.detail.detail is not None and "lift is stuck" in held.screen.detail.detail.title)


@pytest.mark.thorough
def test_a_snoozed_ticket_leaves_the_queue_until_its_end(held: Session) -> None:
    first = held.screen.table.selected_key
    held.press(Key.Key_H)
    held.type("2 years")
    held.press(Key.Key_Return)
    held.until(lambda: held.screen.card.prompt.error.isVisible())
    assert "Until when" in held.screen.card.prompt.error.text()
    held.screen.card.prompt.field.set_text("300d")
    held.press(Key.Key_Return)
    held.until(lambda: held.screen.table.rows.rowCount() == 5)
    assert held.screen.table.rows.place_of(first) == -1


@pytest.mark.thorough
def test_a_card_moved_on_the_board_stands_in_its_new_stage(held: Session) -> None:
    held.press(Key.Key_B)
    board = held.screen.body.board
    held.until(lambda: board.figure is not None and bool(board.key))
    held.until(lambda: any(tile.hasFocus() for column in board.columns for tile in column.tiles))
    key = board.key
    held.press(Key.Key_Right, with_=SHIFT)

    def stands() -> bool:
        figure = board.figure
        return figure is not None and any(card.key == key for card in figure.columns[2].cards)

    held.until(stands)


@pytest.mark.thorough
def test_a_bad_filter_is_told_and_words_are_offered(held: Session) -> None:
    held.press(Key.Key_Slash)
    held.type("sev")
    held.until(lambda: held.screen.head.field.offers.isVisible())
    assert "severity:" in held.screen.head.field.offers.item(0).text()
    held.screen.head.field.set_text("sevrity:P1")
    held.screen.filter("sevrity:P1")
    held.until(lambda: held.screen.head.fault.isVisible())
    assert "severity" in held.screen.head.fault.text()
    assert held.screen.table.rows.rowCount() == 6
