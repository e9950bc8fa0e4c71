"""Keys pressed before the row they are meant for is there wait for it: none is lost, none meets another ticket."""

from __future__ import annotations

from console.model.errors import ConsoleError
from tests.widgets import triage_figures as figures
from tests.widgets.triage_hands import Hands, Key

FOUND = "zendesk:ZD-9021"
SSO = (Key.Key_Slash, Key.Key_S, Key.Key_S, Key.Key_O, Key.Key_Return)


def test_what_was_meant_for_rows_that_do_not_come_is_not_done_and_said(hands: Hands) -> None:
    screen = hands.open()
    hands.desk.fault = ConsoleError("The session cannot be read.")
    hands.burst(*SSO, Key.Key_A, Key.Key_1)
    assert hands.acts == []
    assert "did nothing" in screen.card.aside.text()


def test_a_filter_that_cannot_be_read_lets_no_act_through_to_the_ticket_before(hands: Hands) -> None:
    hands.open()
    hands.press(Key.Key_Slash)
    hands.type("sevrity:P1")
    hands.burst(Key.Key_Return, Key.Key_1)
    assert hands.acts == []
    hands.press(Key.Key_2)
    assert [act[:1] for act in hands.acts] == [("severity",)]


def test_an_act_right_behind_a_filter_is_about_what_the_filter_finds(hands: Hands) -> None:
    hands.open()
    hands.burst(*SSO, Key.Key_1)
    assert hands.acts == [("severity", FOUND, "P1", "")]


def test_letters_behind_a_held_key_are_typed_into_what_it_opens(hands: Hands) -> None:
    hands.open()
    hands.burst(*SSO, Key.Key_C, Key.Key_A, Key.Key_1, Key.Key_Return)
    assert hands.acts == [("comment", FOUND, "", "a1")]


def test_a_second_filter_behind_the_first_keeps_what_follows_waiting(hands: Hands) -> None:
    hands.open()
    hands.burst(*SSO[:-2], Key.Key_Return, *SSO, Key.Key_Space, Key.Key_2)
    assert hands.acts == [("severity", FOUND, "P2", "")]


def test_a_row_that_is_not_loaded_yet_is_waited_for(hands: Hands) -> None:
    hands.desk.total = 500
    screen = hands.open()
    hands.burst(Key.Key_End, Key.Key_1)
    last = figures.long_queue(500, 440, 60, "").window.rows[-1].key
    assert [act[:3] for act in hands.acts] == [("severity", last, "P1")]
    assert screen.table.selected_key == last
