"""Many tickets are decided at once, and none before it was shown what becomes of them."""

from __future__ import annotations

from tests.widgets.triage_hands import CONTROL, FIRST, SECOND, SHIFT, THIRD, Hands, Key


def test_many_are_shown_before_they_are_done_and_escape_leaves_them(hands: Hands) -> None:
    screen = hands.open()
    hands.desk.refused = (("PAY-1479", "it was merged there"),)
    hands.press(Key.Key_Down, Key.Key_Down, with_=SHIFT)
    assert screen.table.marks == {FIRST, SECOND, THIRD}
    hands.press(Key.Key_2)
    preview = screen.card.preview
    assert preview.isVisible()
    assert preview.refused.lines[0].parts[0].text == "✕ PAY-1479"
    assert preview.go.text() == "Do it to 2"
    assert preview.counted.text().startswith("2 of 3 tickets")
    hands.press(Key.Key_Escape)
    assert hands.acts == []
    assert screen.table.marks == {FIRST, SECOND, THIRD}
    hands.press(Key.Key_2, Key.Key_Return)
    assert hands.acts == [("many", "severity", tuple(sorted((FIRST, SECOND, THIRD))), "P2", "")]
    assert screen.table.marks == frozenset()


def test_many_of_which_most_stand_so_already_are_still_decided(hands: Hands) -> None:
    screen = hands.open()
    hands.desk.refused = (("PAY-1479", "stands so already"), ("PAY-1477", "stands so already"))
    hands.press(Key.Key_Down, Key.Key_Down, with_=SHIFT)
    hands.press(Key.Key_2)
    assert screen.card.preview.go.text() == "Do it to 1"
    hands.press(Key.Key_Return)
    assert [act[:2] for act in hands.acts] == [("many", "severity")]


def test_nothing_can_be_agreed_to_before_it_is_shown(hands: Hands) -> None:
    hands.open()
    hands.press(Key.Key_Space, Key.Key_J, Key.Key_Space)
    hands.lanes.held = True
    hands.press(Key.Key_A, Key.Key_Return)
    assert hands.acts == []
    hands.lanes.release()
    hands.settle()
    hands.press(Key.Key_Return)
    assert hands.acts[0][:2] == ("many", "acknowledge")


def test_every_ticket_of_the_filter_can_be_picked_out_and_let_go(hands: Hands) -> None:
    hands.desk.total = 1_000
    screen = hands.open()
    hands.press(Key.Key_A, with_=CONTROL)
    assert len(screen.table.marks) == 1_000
    assert screen.card.aside.text().startswith("1000 selected")
    hands.press(Key.Key_Escape)
    assert screen.table.marks == frozenset()


def test_another_filter_lets_go_of_what_was_picked_out(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_Space)
    screen.filter("payment")
    hands.settle()
    assert screen.table.marks == frozenset()
