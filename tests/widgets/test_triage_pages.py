"""What lies over the queue of Triage: the board of stages and the outbox, worked by keys."""

from __future__ import annotations

import pytest

from console.model.errors import ConsoleError
from tests.widgets.triage_hands import FIRST, SHIFT, Hands, Key


def test_a_card_of_the_board_is_moved_by_keys(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_B)
    board = screen.body.board
    assert board.isVisible()
    assert board.key == FIRST
    hands.press(Key.Key_Right, with_=SHIFT)
    assert hands.acts == [("stage", FIRST, "3", "")]
    hands.press(Key.Key_Down, Key.Key_Right)
    assert board.key == "zendesk:ZD-9021"
    hands.press(Key.Key_Return)
    assert not board.isVisible()
    assert hands.key == "zendesk:ZD-9021"


def test_keys_faster_than_the_board_is_read_move_a_card_stage_by_stage(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_B)
    hands.press(Key.Key_Right, Key.Key_Right, with_=SHIFT)
    assert hands.acts == [("stage", FIRST, "3", ""), ("stage", FIRST, "4", "")]
    screen.refresh()
    hands.settle()
    hands.press(Key.Key_Left, with_=SHIFT)
    assert hands.acts[2:] == [("stage", FIRST, "3", "")], "what was asked before the writes shows the card where it was"
    hands.desk.refusal = ConsoleError("The disk is full.")
    hands.press(Key.Key_Right, with_=SHIFT)
    hands.desk.refusal = None
    hands.press(Key.Key_Right, with_=SHIFT)
    assert hands.acts[3:] == [("stage", FIRST, "3", "")], "what was not written moved nothing"


def test_the_ends_of_the_board_hold(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_B, Key.Key_Left, Key.Key_Left, Key.Key_Up)
    assert screen.body.board.key == FIRST
    hands.press(Key.Key_Escape)
    assert screen.table.hasFocus()


def test_the_outbox_is_worked_off_by_keys(hands: Hands) -> None:
    hands.desk.pending = 4
    screen = hands.open()
    assert "4 pending" in screen.head.outbox.text()
    hands.press(Key.Key_O)
    outbox = screen.body.outbox
    assert outbox.isVisible()
    hands.press(Key.Key_Return, Key.Key_Down, Key.Key_Return, Key.Key_Down, Key.Key_Down, Key.Key_Return)
    assert hands.acts == [("retry", "d-1"), ("withdraw", "d-1"), ("settle", "d-2", "mine")]
    hands.press(Key.Key_Escape)
    assert not outbox.isVisible()
    assert screen.table.hasFocus()


@pytest.mark.parametrize(
    ("confirmed", "acts"), [("d-1", [("settle", "d-2", "mine")]), ("d-2", [])], ids=["above", "itself"]
)
def test_a_decision_confirmed_meanwhile_never_puts_another_under_enter(
    hands: Hands, confirmed: str, acts: list[tuple[str, ...]]
) -> None:
    hands.desk.pending = 4
    screen = hands.open()
    hands.press(Key.Key_O)
    hands.press(Key.Key_Down, Key.Key_Down, Key.Key_Down)
    assert screen.body.outbox.rows[1].buttons["mine"].hasFocus()
    hands.desk.confirmed = {confirmed}
    for _ in range(2):
        screen.refresh()
        hands.settle()
    hands.press(Key.Key_Return)
    assert hands.acts == acts
    assert screen.body.outbox_shown == bool(acts), "Enter closed the outbox where the decision was gone"


def test_a_line_of_the_outbox_leads_to_its_ticket(hands: Hands) -> None:
    hands.desk.pending = 4
    screen = hands.open()
    hands.press(Key.Key_O)
    screen.body.outbox.rows[2].open.click()
    hands.settle()
    assert hands.key == "app:APP-315"
    assert screen.detail.isVisible()


def test_what_is_still_read_is_said(hands: Hands) -> None:
    screen = hands.open()
    hands.lanes.held = True
    hands.press(Key.Key_B)
    assert screen.body.board.nothing.isVisible()
    assert screen.body.board.nothing.text == "Reading the board …"
    hands.lanes.release()
    hands.settle()
    assert not screen.body.board.nothing.isVisible()
