"""Alerts are read and acted on by keys; a rule is tried while it is typed; notices leave the window within a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.model.alert_load import MANAGEABLE
from console.model.change import Change
from console.model.number import Number
from console.present.alerts_figures import AlertRow, AlertsFigure, LoadPanel, NoticeRow, RuleRow, SilenceRow
from console.present.tone import Tone
from tests.widgets.fake_desk import FakeDesk, FakeWorkplace
from tests.widgets.screens_at_hand import at, bridge_for, nameless, window_on
from widgets.alerts.screen import AlertsScreen
from widgets.bridge import Bridge
from widgets.notices import AlertNotices

PAY = AlertRow(
    "critical-5xx{route=POST /pay}", "critical-5xx", "error_rate_5xx", "P1", Tone.BAD, "A critical API fails", "POST /pay",
    "firing", "since 13:02, 9 min", "2.0 % of calls fail", before=("version 3.0.4, 4 min before",),
    tickets=(("PAY-1", "P1 PAY-1 <b>Payment</b> fails (same route)"),), link="https://wiki.example.com/pay",
    number=Number("error_rate_5xx", 0, 60_000_000), spoken="P1 A critical API fails, firing",
)  # fmt: skip
SLOW = replace(PAY, key="route-slo{route=GET /orders}", title="Slow", where="GET /orders", link="", number=None,
               tone=Tone.WARN, severity="P2", aside=(("ann has it", Tone.NEUTRAL),))  # fmt: skip
RULE = RuleRow(
    "route-5xx",
    "A route fails",
    "ok",
    Tone.GOOD,
    "0 firings",
    texts=(("title", "A route fails"), ("name", "route-5xx")),
)


def figure(*rows: AlertRow) -> AlertsFigure:
    return AlertsFigure(
        f"{len(rows)} firing", Tone.BAD, "judged up to 14:00", rows, (), (), (RULE,),
        (SilenceRow("d1", "silence until 15:00"),), LoadPanel("fine", Tone.GOOD, (("Last hour", "2 notices", Tone.GOOD),)),
    )  # fmt: skip


@pytest.fixture
def desk() -> FakeDesk:
    made = FakeDesk()
    made.alert_figure = figure(PAY, SLOW)
    return made


@contextmanager
def screen_on(qtbot: QtBot, desk: FakeDesk) -> Iterator[tuple[AlertsScreen, Bridge]]:
    with bridge_for(FakeWorkplace(desk)) as bridge:
        screen = AlertsScreen(bridge, desk)
        screen.resize(1500, 800)
        with qtbot.waitExposed(screen):
            screen.show()
        screen.activateWindow()
        try:
            qtbot.waitUntil(lambda: screen.figure is not None)
            yield screen, bridge
        finally:
            screen.close()
            screen.deleteLater()


def press(screen: AlertsScreen, key: str, letter: Qt.Key) -> None:
    entry = screen.entries[key]
    entry.setFocus()
    QTest.keyClick(entry, letter)


def test_a_acknowledges_and_t_takes_the_alert_in_focus(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as (screen, _):
        press(screen, SLOW.key, Qt.Key.Key_A)
        press(screen, PAY.key, Qt.Key.Key_T)
        qtbot.waitUntil(lambda: len(desk.acts) == 2)
        assert [act[1:3] for act in desk.acts] == [("acknowledge_alert", SLOW.key), ("take_alert", PAY.key)]


def test_a_silence_needs_a_reason(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as (screen, _):
        press(screen, PAY.key, Qt.Key.Key_S)
        QTest.keyClick(screen.detail.reason, Qt.Key.Key_Return)
        assert desk.acts == []
        QTest.keyClicks(screen.detail.reason, "fix on its way")
        QTest.keyClick(screen.detail.reason, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: bool(desk.acts))
        assert desk.acts == [("silence", PAY.key, 60, "fix on its way")]


def test_enter_asks_for_the_proof_of_the_number(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as (screen, _):
        asked: list[Any] = []
        screen.proof_asked.connect(asked.append)
        press(screen, SLOW.key, Qt.Key.Key_Return)
        press(screen, PAY.key, Qt.Key.Key_Return)
        assert asked == [PAY.number]


def test_a_review_decides_nothing(qtbot: QtBot) -> None:
    desk = FakeDesk(read_only=True)
    desk.alert_figure = figure(PAY)
    with screen_on(qtbot, desk) as (screen, _):
        press(screen, PAY.key, Qt.Key.Key_A)
        press(screen, PAY.key, Qt.Key.Key_S)
        assert not screen.detail.acknowledge.isVisible()
        assert not screen.detail.silencing.isVisible()
        assert desk.acts == []


def test_hostile_ticket_text_is_shown_as_it_is(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as (screen, _):
        assert "<b>Payment</b>" in screen.detail._tickets.text()
        screen.new_rule()
        assert nameless(screen) == []


@pytest.mark.parametrize(("link", "opens"), [("https://wiki.example.com/pay", 1), ("file:///etc/passwd", 0), ("", 0)])
def test_only_a_web_address_is_opened(
    qtbot: QtBot, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch, link: str, opens: int
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    desk.alert_figure = figure(replace(PAY, link=link))
    with screen_on(qtbot, desk) as (screen, _):
        screen.detail.open_runbook()
    assert len(opened) == opens


def test_a_refresh_keeps_the_chosen_alert_and_the_focus(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as (screen, bridge):
        screen.entries[SLOW.key].setFocus()
        screen.choose(SLOW.key)
        held = screen.entries[SLOW.key]
        desk.alert_figure = figure(SLOW, PAY)
        bridge.announce(Change.ALERTS)
        qtbot.waitUntil(lambda: screen._list.indexOf(held) == 0)
        assert screen.chosen == SLOW.key
        assert held.hasFocus()


def test_an_alert_that_ended_leaves_the_list(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as (screen, bridge):
        desk.alert_figure = figure()
        bridge.announce(Change.ALERTS)
        qtbot.waitUntil(lambda: not screen.entries)
        assert screen.detail.row is None


def test_a_rule_is_tried_once_typing_rests_and_saved(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as (screen, _):
        screen.new_rule()
        QTest.keyClicks(screen.editor.fields["title"].line, "Slow search")
        qtbot.waitUntil(lambda: screen.editor.headline.text().startswith("2 firings"))
        tried = [act for act in desk.acts if act[0] == "try_rule"]
        assert len(tried) == 1
        QTest.mouseClick(screen.editor.save, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: desk.acts[-1][0] == "save_alert_form")
        assert desk.acts[-1][1]["title"] == "Slow search"
        qtbot.waitUntil(lambda: screen.body.isVisible())


def test_what_cannot_be_a_rule_is_said_and_not_saved(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.refusal = 'The limit reads "lots"; write a number such as 5 %.'
    with screen_on(qtbot, desk) as (screen, _):
        screen.new_rule()
        qtbot.waitUntil(lambda: screen.editor.error.isVisible())
        assert screen.editor.error.text() == desk.refusal
        assert not screen.editor.save.isEnabled()


def test_a_shipped_rule_can_be_edited_and_retired(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as (screen, _):
        screen.tabs.setCurrentWidget(screen.rules)
        QTest.mouseClick(screen.rules.lines["route-5xx"].retire, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(desk.acts))
        assert desk.acts[0][1:3] == ("retire_rule", "route-5xx")
        QTest.mouseClick(screen.rules.lines["route-5xx"].edit, Qt.MouseButton.LeftButton)
        assert screen.editor.fields["title"].text() == "A route fails"
        assert not screen.editor.remove.isVisible()


def test_a_silence_is_ended_from_the_rules(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as (screen, _):
        screen.tabs.setCurrentWidget(screen.rules)
        QTest.mouseClick(screen.rules.silence_buttons["d1"], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(desk.acts))
        assert desk.acts[0][1:3] == ("end_silence", "d1")


# Notices that leave the window


class _Tray:
    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, title: str, text: str) -> None:
        self.told.append(text)

    def when_clicked(self, then: Callable[[], None]) -> None:
        self.click = then

    def close(self) -> None:
        pass


def notice(number: int, *, loud: bool = False, kept: bool = False) -> NoticeRow:
    return NoticeRow(f"n{number}", number, f"notice {number}", "", Tone.BAD, loud, kept)


@contextmanager
def notices_on(qtbot: QtBot, desk: FakeDesk) -> Iterator[tuple[AlertNotices, _Tray, Any]]:
    with bridge_for(FakeWorkplace(desk)) as bridge:
        tray = _Tray()
        made = AlertNotices(bridge, desk, tray)
        qtbot.waitUntil(lambda: made._seen is not None)

        def tell(*notices: NoticeRow) -> None:
            desk.notices = notices
            bridge.announce(Change.ALERTS)
            qtbot.waitUntil(lambda: made._seen == {n.id for n in notices})

        yield made, tray, tell
        made.close()


def test_what_was_told_before_is_not_told_again(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.notices = (notice(1),)
    with notices_on(qtbot, desk) as (_, tray, tell):
        tell(notice(1), notice(2))
        assert tray.told == ["notice 2"]


def test_only_a_p1_is_heard(qtbot: QtBot, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    beeps: list[int] = []
    monkeypatch.setattr(QApplication, "beep", lambda: beeps.append(1))
    with notices_on(qtbot, desk) as (_, tray, tell):
        tell(notice(1), notice(2, loud=True), notice(3, kept=True))
        assert len(beeps) == 1
        assert tray.told == ["notice 1", "notice 2"]


def test_beyond_the_budget_only_a_p1_pops_up_and_it_is_said_that_there_is_more(
    qtbot: QtBot, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QApplication, "beep", lambda: None)
    with notices_on(qtbot, desk) as (_, tray, tell):
        tell(*(notice(n) for n in range(MANAGEABLE + 4)), notice(99, loud=True))
        assert len(tray.told) == MANAGEABLE + 2
        assert tray.told[-1] == "notice 99"
        assert "More alerts" in tray.told[-2]


def test_the_window_shows_alerts_from_the_rail_and_a_p1_in_its_banner(
    qtbot: QtBot, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QApplication, "beep", lambda: None)
    with window_on(qtbot, FakeWorkplace(desk)) as window:
        window.show_screen("alerts")
        qtbot.waitUntil(lambda: at(window, "alerts").figure is not None)
        assert window.notices is not None
        qtbot.waitUntil(lambda: window.notices._seen is not None)
        desk.notices = (notice(5, loud=True),)
        window.bridge.announce(Change.ALERTS)
        qtbot.waitUntil(lambda: window.banner.text == "notice 5")


# Rungs of the SLA ladder

RUNG = NoticeRow(
    "r1", 1, "jira:PAY-1: its response time is used up. To be told: lead.", "14:02", Tone.BAD, ticket="jira:PAY-1"
)
SUM = NoticeRow("r2", 2, "12 SLA clocks used 75 % of their time: …", "14:03", Tone.WARN, filter="sla:due_soon,breached")


def test_a_click_on_a_told_rung_opens_its_ticket_and_one_on_anything_else_opens_nothing(
    qtbot: QtBot, desk: FakeDesk
) -> None:
    with notices_on(qtbot, desk) as (made, tray, tell):
        opened: list[NoticeRow] = []
        made.open_asked.connect(opened.append)
        tray.click()
        tell(notice(1))
        tray.click()
        assert opened == []
        tell(notice(1), RUNG)
        tray.click()
        assert opened == [RUNG]


def test_enter_on_a_notice_opens_its_tickets_and_a_plain_one_takes_no_focus(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.alert_figure = replace(figure(PAY), notices=(RUNG, SUM, notice(3)))
    with screen_on(qtbot, desk) as (screen, _):
        asked: list[NoticeRow] = []
        screen.notice_asked.connect(asked.append)
        screen.tabs.setCurrentWidget(screen.notices)
        first, second, plain = screen.notices.lines
        assert plain.focusPolicy() is Qt.FocusPolicy.NoFocus
        first.setFocus()
        QTest.keyClick(first, Qt.Key.Key_Return)
        QTest.keyClick(first, Qt.Key.Key_Down)
        assert second.hasFocus()
        QTest.mouseClick(second, Qt.MouseButton.LeftButton)
        QTest.mouseClick(plain, Qt.MouseButton.LeftButton)
        assert asked == [RUNG, SUM]
        assert not nameless(screen)


def test_a_used_up_clock_stands_in_the_windows_banner_unless_a_p1_does(
    qtbot: QtBot, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QApplication, "beep", lambda: None)
    with window_on(qtbot, FakeWorkplace(desk)) as window:
        assert window.notices is not None
        qtbot.waitUntil(lambda: window.notices._seen is not None)

        def tell(*notices: NoticeRow) -> None:
            desk.notices = notices
            window.bridge.announce(Change.ALERTS)
            qtbot.waitUntil(lambda: window.notices._seen == {n.id for n in notices})

        tell(SUM)
        assert not window.banner.isVisible()
        tell(SUM, RUNG)
        assert window.banner.text == RUNG.text
        QTest.mouseClick(window.banner.way, Qt.MouseButton.LeftButton)
        assert window.current == "triage"
        assert not window.banner.isVisible()
        tell(SUM, RUNG, notice(9, loud=True))
        tell(SUM, RUNG, notice(9, loud=True), replace(RUNG, id="r4", text="another"))
        assert window.banner.text == "notice 9"
        assert not window.banner.way.isVisible()
