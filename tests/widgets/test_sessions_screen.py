"""Sessions: a deletion is meant, a new one is judged before it is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from console.model.errors import SessionError
from console.settings import Settings
from tests.widgets.fake_desk import SESSIONS, FakeDesk, FakeWorkplace
from tests.widgets.screens_at_hand import bridge_for, nameless
from widgets.sessions.screen import SessionsScreen

BILLING = SESSIONS[1].path


class Stubborn(FakeWorkplace):
    """Can neither archive nor delete."""

    def archive(self, path: Path) -> None:
        raise SessionError("The disk is full; free some space and archive again.")

    def delete(self, path: Path) -> None:
        raise SessionError("The file is in use; close the other program and delete again.")


@contextmanager
def screen_on(qtbot: QtBot, place: FakeWorkplace) -> Iterator[SessionsScreen]:
    with bridge_for(place) as bridge:
        screen = SessionsScreen(bridge, place)
        screen.resize(1300, 700)
        with qtbot.waitExposed(screen):
            screen.show()
        screen.activateWindow()
        try:
            qtbot.waitUntil(lambda: bool(screen.free.text()))
            yield screen
        finally:
            screen.close()
            screen.deleteLater()


def test_a_session_is_deleted_only_after_its_name_was_typed(qtbot: QtBot) -> None:
    place = FakeWorkplace(FakeDesk())
    with screen_on(qtbot, place) as screen:
        card = screen.cards[BILLING]
        card.delete.click()
        QTest.keyClicks(card.typed, "Billing")
        QTest.keyClick(card.typed, Qt.Key.Key_Return)
        assert place.acts == []
        assert not card.deleting.isEnabled()
        QTest.keyClicks(card.typed, " 2.4")
        card.deleting.click()
        qtbot.waitUntil(lambda: BILLING not in screen.cards)
        assert place.acts == [("delete", Path(BILLING))]


def test_escape_takes_the_question_back(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeWorkplace(FakeDesk())) as screen:
        card = screen.cards[BILLING]
        card.delete.click()
        QTest.keyClicks(card.typed, "Billing 2.4")
        QTest.keyClick(card.typed, Qt.Key.Key_Escape)
        assert not card.typed.isVisible()
        card.delete.click()
        assert card.typed.text() == ""


def test_what_cannot_be_archived_is_a_sentence(qtbot: QtBot) -> None:
    with screen_on(qtbot, Stubborn(FakeDesk())) as screen:
        screen.cards[BILLING].archive.click()
        qtbot.waitUntil(lambda: "disk is full" in screen.banner.text)


def test_the_open_session_is_neither_switched_to_nor_deleted_and_an_archived_one_comes_back(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeWorkplace(FakeDesk())) as screen:
        assert not screen.cards[SESSIONS[0].path].open.isVisible()
        assert not screen.cards[SESSIONS[0].path].delete.isVisible()
        assert screen.cards[SESSIONS[2].path].archive.text() == "Bring back"
        assert "212" in screen.free.text()


def test_a_deletion_that_failed_can_be_tried_again(qtbot: QtBot) -> None:
    place = Stubborn(FakeDesk())
    with screen_on(qtbot, place) as screen:
        card = screen.cards[BILLING]
        card.delete.click()
        QTest.keyClicks(card.typed, "Billing 2.4")
        card.deleting.click()
        qtbot.waitUntil(lambda: "in use" in screen.banner.text)
        qtbot.waitUntil(card.deleting.isEnabled)
        assert card.typed.text() == "Billing 2.4"


def test_switching_asks_the_window(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeWorkplace(FakeDesk())) as screen:
        asked: list[Path] = []
        screen.open_asked.connect(asked.append)
        screen.cards[BILLING].open.click()
        assert asked == [Path(BILLING)]


def test_a_new_session_with_a_wrong_date_keeps_what_was_typed(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeWorkplace(FakeDesk())) as screen:
        made: list[Settings] = []
        screen.create_asked.connect(made.append)
        screen.new.click()
        form = screen.form
        QTest.keyClicks(form.name.line, "Atlas 4")
        QTest.keyClicks(form.go_live.line, "tomorrow")
        form.make.click()
        assert "not a time" in form.go_live.error.text()
        assert (form.name.text(), form.go_live.text(), made) == ("Atlas 4", "tomorrow", [])


def test_a_new_session_takes_its_go_live_in_its_own_zone(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeWorkplace(FakeDesk())) as screen:
        made: list[Settings] = []
        screen.create_asked.connect(made.append)
        screen.new_session()
        form = screen.form
        QTest.keyClicks(form.name.line, "Atlas 4")
        QTest.keyClicks(form.go_live.line, "2026-11-14 09:00")
        form.zone.set_text("Europe/Berlin")
        form.make.click()
        assert len(made) == 1
        assert made[0].session.go_live is not None
        assert made[0].session.go_live.isoformat() == "2026-11-14T08:00:00+00:00"


def test_without_sessions_the_way_to_the_first_is_shown(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeWorkplace(None, known=())) as screen:
        assert screen.empty.isVisible()
        screen.empty.acted.emit()
        assert screen.form.isVisible()


def test_every_control_has_a_name(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeWorkplace(FakeDesk())) as screen:
        screen.new_session()
        screen.cards[BILLING].delete.click()
        assert nameless(screen) == []
