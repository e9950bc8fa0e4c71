"""The Exit screen by keys: rows in the template's order, acts as forms that lose nothing, and none of them in review."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from console.model.change import Change
from console.model.moment import Known, Moment
from console.present.figures import Pill
from console.present.tone import Tone
from tests.widgets.exit_desk import HANDOVER, P1, UPTIME, ExitDesk, figure
from tests.widgets.fake_desk import FakeWorkplace
from tests.widgets.screens_at_hand import bridge_for, nameless
from widgets import theme
from widgets.bridge import Bridge
from widgets.exit.screen import ExitScreen


class Forecast(QLabel):
    """Stands for the forecast's card."""

    pills_changed = Signal(object)

    def set_moment(self, moment: Moment) -> None:
        self.setText(str(moment.at))


@contextmanager
def screen_on(qtbot: QtBot, desk: ExitDesk) -> Iterator[tuple[ExitScreen, Bridge]]:
    with bridge_for(FakeWorkplace(desk)) as bridge:
        screen = ExitScreen(bridge, desk)
        screen.resize(1500, 850)
        with qtbot.waitExposed(screen):
            screen.show()
        screen.activateWindow()
        try:
            qtbot.waitUntil(lambda: screen.figure is not None)
            screen.list.choose("uptime")
            yield screen, bridge
        finally:
            screen.close()
            screen.deleteLater()


def press(screen: ExitScreen, key: Qt.Key) -> None:
    QTest.keyClick(screen.focusWidget() or screen, key)


def test_rows_stand_in_the_order_of_the_template_and_arrows_walk_them(qtbot: QtBot) -> None:
    with screen_on(qtbot, ExitDesk()) as (screen, _):
        assert [row.row.key for row in screen.list.rows] == ["uptime", "p1_resolved", "handover", "sold"]
        press(screen, Qt.Key.Key_Down)
        assert screen.list.selected == "p1_resolved" and screen.detail.title.text() == P1.title
        press(screen, Qt.Key.Key_Up)
        press(screen, Qt.Key.Key_Up)
        assert screen.list.selected == "uptime"
        assert "edited: target > 0.999, the clock goes on – agreed" in screen.detail.texts


def test_the_acts_of_another_row_stand_side_by_side_at_once(qtbot: QtBot) -> None:
    with screen_on(qtbot, ExitDesk()) as (screen, _):
        for key in ("handover", "uptime", "p1_resolved", "uptime"):
            screen.list.choose(key)
            box = screen.detail.pills[0].parentWidget()
            box.layout().activate()
            places = [pill.geometry() for pill in screen.detail.pills]
            assert len(places) > 2
            assert places[0].left() == 0 and not any(
                a.intersects(b) for n, a in enumerate(places) for b in places[n + 1 :]
            )


def test_enter_opens_the_proof_of_the_rows_number_and_of_no_other(qtbot: QtBot) -> None:
    with screen_on(qtbot, ExitDesk()) as (screen, _):
        asked: list[object] = []
        screen.proof_asked.connect(asked.append)
        press(screen, Qt.Key.Key_Return)
        assert asked == [UPTIME.number]
        press(screen, Qt.Key.Key_Down)
        press(screen, Qt.Key.Key_Return)
        assert asked == [UPTIME.number]


def test_an_edit_sends_what_was_changed_and_why_and_whether_the_clock_starts_again(qtbot: QtBot) -> None:
    desk = ExitDesk()
    with screen_on(qtbot, desk) as (screen, _):
        press(screen, Qt.Key.Key_E)
        form = screen.form
        assert form.isVisible() and form.fields["target"].text() == "99.9 %"
        form.fields["target"].set_text("99.5 %")
        form.fields["restart"].set_text("yes")
        form.fields["why"].set_text("agreed")
        form.save.click()
        qtbot.waitUntil(lambda: bool(desk.acts))
        assert desk.acts == [("edit", "uptime", {"target": "99.5 %", "restart": "yes", "why": "agreed"})]
        qtbot.waitUntil(lambda: not form.isVisible())
        assert screen.list.row("uptime").hasFocus()  # type: ignore[union-attr]  # it is on show


def test_what_is_refused_stays_in_the_form_with_the_sentence(qtbot: QtBot) -> None:
    desk = ExitDesk()
    desk.no = "An edit of a criterion needs why."
    with screen_on(qtbot, desk) as (screen, bridge):
        press(screen, Qt.Key.Key_E)
        screen.form.fields["target"].set_text("99.5 %")
        screen.form.save.click()
        qtbot.waitUntil(lambda: screen.form.error.isVisible())
        assert screen.form.error.text() == desk.no and screen.form.save.isEnabled()
        desk.figure = figure(replace(UPTIME, value="99.90 %"), P1)
        bridge.announce(Change.CRITERIA)
        qtbot.waitUntil(lambda: screen.list.rows[0].row.value == "99.90 %")
        assert screen.form.fields["target"].text() == "99.5 %", "a refresh takes nothing that was typed"
        press(screen, Qt.Key.Key_Escape)
        assert not screen.form.isVisible()
        screen.edit()
        assert screen.form.fields["target"].text() == "99.5 %", "what was typed is there again"


def test_a_letter_typed_into_a_form_is_a_letter(qtbot: QtBot) -> None:
    with screen_on(qtbot, ExitDesk()) as (screen, _):
        press(screen, Qt.Key.Key_N)
        QTest.keyClicks(QApplication.focusWidget(), "news")
        assert screen.form.spec is not None and screen.form.spec.form == "new"
        assert screen.form.fields["title"].text() == "news"


@pytest.mark.parametrize(
    ("key", "form"),
    [(Qt.Key.Key_W, "waive"), (Qt.Key.Key_M, "maintenance"), (Qt.Key.Key_X, "exit"), (Qt.Key.Key_N, "new")],
)
def test_every_act_has_its_key(qtbot: QtBot, key: Qt.Key, form: str) -> None:
    with screen_on(qtbot, ExitDesk()) as (screen, _):
        press(screen, key)
        assert screen.form.spec is not None and screen.form.spec.form == form
        assert not nameless(screen)


def test_only_what_is_signed_can_be_signed(qtbot: QtBot) -> None:
    with screen_on(qtbot, ExitDesk()) as (screen, _):
        press(screen, Qt.Key.Key_S)
        assert screen.form.spec is None
        screen.list.choose("handover")
        press(screen, Qt.Key.Key_S)
        assert screen.form.spec is not None and screen.form.fields["by"].text() == "lead"


def test_a_file_is_hashed_where_it_blocks_nobody_and_only_its_name_goes_on(qtbot: QtBot, tmp_path: Path) -> None:
    desk, file = ExitDesk(), tmp_path / "runbook.pdf"
    file.write_bytes(b"steps")
    with screen_on(qtbot, desk) as (screen, _):
        screen.list.choose("handover")
        press(screen, Qt.Key.Key_S)
        screen.form.fields["artefact"].set_text(str(file))
        screen.form.save.click()
        qtbot.waitUntil(lambda: bool(desk.acts))
        digest = hashlib.sha256(b"steps").hexdigest()
        assert desk.acts[0][2]["artefact"] == f"file:runbook.pdf sha256:{digest}"


@pytest.mark.parametrize("past", [True, False])
def test_in_review_nothing_can_be_decided(qtbot: QtBot, past: bool) -> None:
    desk = ExitDesk(read_only=not past)
    with screen_on(qtbot, desk) as (screen, _):
        if past:
            screen.edit()
            screen.set_moment(Moment(1_000_000, Known.THEN))
            qtbot.waitUntil(lambda: desk.moments[-1].at == 1_000_000)
            assert not screen.form.isVisible(), "a form opened live is put away"
        screen.list.choose("handover")
        for key in (Qt.Key.Key_E, Qt.Key.Key_S, Qt.Key.Key_W, Qt.Key.Key_N, Qt.Key.Key_M, Qt.Key.Key_X):
            press(screen, key)
            assert screen.form.spec is None
        qtbot.waitUntil(lambda: screen.detail.pills == [])
        assert not screen.list.new.isVisible() and not screen.can_edit()


def test_a_refresh_keeps_the_row_and_the_focus(qtbot: QtBot) -> None:
    desk = ExitDesk()
    with screen_on(qtbot, desk) as (screen, bridge):
        screen.list.choose("handover")
        view = screen.list.row("handover")
        desk.figure = figure(UPTIME, replace(HANDOVER, value="signed", tone=Tone.GOOD))
        bridge.announce(Change.DECISIONS)
        qtbot.waitUntil(lambda: len(screen.list.rows) == 2)
        assert screen.list.row("handover") is view and view is not None and view.hasFocus()
        assert view.row.value == "signed"


def test_the_guards_word_after_an_exit_stands_above_everything(qtbot: QtBot) -> None:
    desk = ExitDesk()
    desk.figure = figure(notice="Hypercare was ended by ann. Relapsed: P1.", notice_tone=Tone.BAD, exited=True)
    with screen_on(qtbot, desk) as (screen, _):
        assert screen.notice.isVisible() and "Relapsed" in screen.notice.text
        press(screen, Qt.Key.Key_X)
        assert screen.form.spec is not None and screen.form.spec.form == "resume"


def test_the_right_column_takes_the_cards_of_others(qtbot: QtBot) -> None:
    with screen_on(qtbot, ExitDesk()) as (screen, _):
        assert not screen.right.isVisible()
        screen.take_forecast(forecast := Forecast("forecast"))  # type: ignore[arg-type]  # what the screen needs of it
        screen.take_proof(QLabel("proof"))
        qtbot.waitUntil(screen.right.isVisible)
        forecast.pills_changed.emit((Pill("Ready Thu 26 Nov with 80 %"),))
        assert "Ready Thu 26 Nov with 80 %" in [pill.pill.text for pill in screen._pills if pill.isVisible()]
        screen.set_moment(Moment(5_000_000, Known.THEN))
        assert forecast.text() == "5000000"
        screen.resize(700, 850)
        qtbot.waitUntil(lambda: not screen.right.isVisible())


@pytest.mark.parametrize("look", list(theme.Look))
def test_at_twice_the_size_every_row_is_there_in_every_look(qtbot: QtBot, look: theme.Look) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = theme.current()
    try:
        theme.apply(app, theme.Theme(look).scaled(2.0))
        with screen_on(qtbot, ExitDesk()) as (screen, _):
            screen.resize(1000, 700)
            tall = theme.current().px(45)
            qtbot.waitUntil(lambda: all(row.height() >= tall for row in screen.list.rows))
            for row in screen.list.rows:
                assert row.width() <= screen.list.area.viewport().width()
            screen.edit()
            assert screen.form.save.isVisible() and not nameless(screen)
    finally:
        theme.apply(app, before)
