"""The queue of Triage: what moves in it and what does not, and what it says when nothing can be shown."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.model.change import Change
from console.model.errors import ConsoleError
from tests.widgets import triage_figures as figures
from tests.widgets.fake_desk import Preferences
from tests.widgets.triage_hands import FIRST, SECOND, THIRD, Hands, Key
from widgets import theme


def test_a_failing_desk_keeps_the_last_rows_and_says_their_age(hands: Hands) -> None:
    screen = hands.open()
    hands.desk.fault = ConsoleError("The session cannot be read.")
    hands.now = 120
    screen.refresh()
    hands.settle()
    assert screen.banner.text == "The session cannot be read. The rows below are 2 min old.".replace(
        "2 min", "2\u00a0min"
    )
    assert screen.table.rows.rowCount() == len(figures.TICKETS)
    hands.desk.fault = None
    screen.refresh()
    hands.settle()
    assert not screen.banner.isVisible()


def test_a_filter_that_cannot_be_read_is_told_below_and_costs_no_row(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_Slash)
    hands.type("sevrity:P1")
    hands.rest()
    assert "did you mean severity" in screen.head.fault.text()
    assert screen.head.fault.isVisible()
    assert screen.table.rows.rowCount() == len(figures.TICKETS)
    screen.head.field.set_text("sso")
    screen.filter("sso")
    hands.settle()
    assert not screen.head.fault.isVisible()
    assert hands.key == "zendesk:ZD-9021"


def test_an_empty_queue_says_why(hands: Hands) -> None:
    hands.desk.rows, hands.desk.empty = [], "No ticket system has answered yet. Connect one in Sources."
    screen = hands.open()
    assert screen.detail.sentence.text() == hands.desk.empty
    hands.press(Key.Key_A)
    assert hands.acts == []
    assert screen.banner.text == "Choose a ticket first."


def test_new_arrivals_never_move_the_row_under_the_cursor(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_J, Key.Key_J)
    table = screen.table
    before = table.visualRect(table.currentIndex()).y()
    arrived = figures.row(("P1", "jira:PAY-2000", "New one", "1", "1", "Pro", "4 h", "neutral", "new"))
    hands.desk.rows.insert(0, arrived)
    hands.bridge.changed.emit(Change.TICKETS)
    hands.settle()
    assert hands.key == THIRD
    assert table.visualRect(table.currentIndex()).y() == before
    assert table.hidden_above == 1
    hands.press(Key.Key_Home)
    assert hands.key == "jira:PAY-2000"
    assert table.hidden_above == 0


def test_the_top_of_the_queue_is_on_show_until_somebody_moves(hands: Hands) -> None:
    screen = hands.open()
    hands.desk.rows.insert(0, figures.row(("P1", "jira:PAY-2000", "New", "1", "1", "Pro", "4 h", "neutral", "new")))
    hands.bridge.changed.emit(Change.TICKETS)
    hands.settle()
    assert hands.key == "jira:PAY-2000"
    assert screen.detail.key == "jira:PAY-2000"


def test_a_queue_that_fills_up_is_shown_from_its_top_until_somebody_moves(hands: Hands) -> None:
    screen = hands.open()
    for wave in range(3):
        for n in range(40):
            key = f"jira:PAY-{3000 + 100 * wave + n}"
            hands.desk.rows.insert(0, figures.row(("P1", key, "New", "1", "1", "Pro", "4 h", "neutral", "new")))
        hands.bridge.changed.emit(Change.TICKETS)
        hands.settle()
    assert screen.table.hidden_above == 0
    assert hands.key == screen.detail.key == hands.desk.rows[0].key


def test_a_ticket_that_leaves_stays_on_show_until_one_moves_on(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_J)
    hands.desk.rows.pop(1)
    hands.bridge.changed.emit(Change.TICKETS)
    hands.settle()
    assert screen.detail.key == SECOND
    hands.press(Key.Key_J)
    assert hands.key == THIRD


def test_what_was_read_ahead_is_read_again_after_a_change(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_J)
    hands.desk.details[THIRD] = figures.detail(THIRD, pending=("severity P1",))
    hands.bridge.changed.emit(Change.DECISIONS)
    hands.settle()
    hands.lanes.held = True
    hands.press(Key.Key_J)
    assert screen.detail.pending.isVisible()
    hands.lanes.release()


def test_nobody_at_the_keyboard_has_nothing_read_ahead(hands: Hands) -> None:
    hands.open()
    hands.now = 600
    hands.desk.asked.clear()
    hands.bridge.changed.emit(Change.TICKETS)
    hands.settle()
    assert [key for what, key in hands.desk.asked if what == "triage_ticket"] == [FIRST]


def test_walking_quickly_asks_for_the_last_ticket_only_once_it_rests(hands: Hands) -> None:
    hands.open()
    before = hands.desk.count("triage_context")
    hands.press(Key.Key_J, Key.Key_J, Key.Key_J, Key.Key_J)
    assert hands.desk.count("triage_context") == before
    hands.rest()
    assert hands.desk.asked[-1] == ("triage_context", "zendesk:ZD-9020")


def test_a_hidden_screen_asks_nothing(hands: Hands) -> None:
    hands.open()
    hands.screen.hide()
    before = len(hands.desk.asked)
    hands.bridge.changed.emit(Change.everything())
    hands.settle()
    assert len(hands.desk.asked) == before


def test_a_long_queue_is_walked_and_decided_far_down(hands: Hands) -> None:
    hands.desk.total = 100_000
    screen = hands.open()
    hands.press(Key.Key_End)
    assert hands.key == "jira:BIG-100000"
    hands.press(Key.Key_K, Key.Key_A)
    assert hands.acts == [("acknowledge", "jira:BIG-99999", "", "")]
    assert screen.table.rows.rowCount() == 100_000


@pytest.mark.thorough
def test_a_view_is_kept_found_again_and_forgotten(hands: Hands, qtbot: QtBot) -> None:
    screen = hands.open()
    screen.head.field.set_text("payment")
    screen.filter("payment")
    hands.press(Key.Key_V)
    hands.type("my shift")
    hands.press(Key.Key_Return)
    assert screen.head.view.pill.text == "View: my shift"
    screen.clear_filter()
    hands.settle()
    again = Hands(qtbot, hands.preferences)
    other = again.open()
    again.press(Key.Key_V)
    again.type("my shift")
    again.press(Key.Key_Return)
    assert other.question.filter == "payment"
    assert other.head.field.text() == "payment"
    again.press(Key.Key_V)
    again.type("-my shift")
    again.press(Key.Key_Return)
    assert "my shift" not in other.views.names()
    again.bridge.close()


def test_spoiled_preferences_cost_nothing_but_themselves(qtbot: QtBot) -> None:
    spoiled = Preferences(**{"triage views": [1, {"name": ""}, {"name": "x", "filter": 3}], "triage drafts": [1]})
    hands = Hands(qtbot, spoiled)
    screen = hands.open()
    assert "x" not in screen.views.names()
    hands.bridge.close()


@pytest.mark.thorough
@pytest.mark.parametrize("scale", [0.8, 1.0, 2.0])
def test_it_fits_a_screen_at_every_text_size(hands: Hands, qapp: QApplication, scale: float) -> None:
    theme.apply(qapp, theme.Theme(theme.Look.DARK, scale))
    screen = hands.open()
    hands.rest()
    assert screen.minimumSizeHint().height() <= 760
    assert screen.minimumSizeHint().width() <= 960
