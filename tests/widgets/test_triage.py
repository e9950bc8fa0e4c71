"""Tickets are decided by keys alone; nothing typed is lost, and no row moves under the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from console.model.change import Change
from console.model.errors import ConsoleError
from console.model.moment import DAY, LIVE, Known, Moment
from console.model.number import Number
from tests.widgets import triage_figures as figures
from tests.widgets.screens_at_hand import nameless
from tests.widgets.triage_desk import TriageDesk
from tests.widgets.triage_hands import CONTROL, SHIFT, Hands
from widgets import theme
from widgets.parts.twin import TwinPanel

Key = Qt.Key
FIRST, SECOND, THIRD = "jira:PAY-1482", "jira:PAY-1479", "jira:PAY-1477"


@pytest.fixture
def hands(qtbot: QtBot, qapp: QApplication) -> Iterator[Hands]:
    theme.apply(qapp, theme.Theme())
    made = Hands(qtbot)
    yield made
    made.bridge.close()
    theme.apply(qapp, theme.Theme())


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_decision_that_was_not_written_says_so_with_its_ticket(hands: Hands) -> None:
    screen = hands.open()
    hands.desk.refusal = ConsoleError("The disk is full; nothing was written.")
    hands.press(Key.Key_A)
    assert hands.acts == []
    assert screen.banner.text == "PAY-1482: The disk is full; nothing was written."
    assert hands.key == SECOND


def test_a_comment_that_was_not_written_stands_there_again(hands: Hands) -> None:
    screen = hands.open()
    hands.desk.refusal = ConsoleError("The disk is full; nothing was written.")
    hands.press(Key.Key_C)
    hands.type("We are on it.")
    hands.press(Key.Key_Return)
    assert "nothing was written" in screen.banner.text
    hands.desk.refusal = None
    hands.press(Key.Key_C)
    assert screen.card.prompt.field.text() == "We are on it."
    hands.press(Key.Key_Return)
    assert hands.acts == [("comment", FIRST, "", "We are on it.")]
    hands.press(Key.Key_C)
    assert screen.card.prompt.field.text() == ""


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


def test_a_ticket_that_cannot_be_read_says_why(hands: Hands) -> None:
    screen = hands.open()
    screen.show_ticket("jira:GONE-1")
    hands.settle()
    assert screen.detail.sentence.text() == "There is no ticket jira:GONE-1 here."


def test_an_empty_queue_says_why(hands: Hands) -> None:
    hands.desk.rows, hands.desk.empty = [], "No ticket system has answered yet. Connect one in Sources."
    screen = hands.open()
    assert screen.detail.sentence.text() == hands.desk.empty
    hands.press(Key.Key_A)
    assert hands.acts == []
    assert screen.banner.text == "Choose a ticket first."


def nothing_can_be_decided(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_A, Key.Key_1, Key.Key_C, Key.Key_Z, Key.Key_N)
    assert hands.acts == []
    assert not screen.card.prompt.isVisible()
    chip = screen.card.bar.chips["acknowledge"]
    assert not chip.isEnabled()
    assert chip.accessibleDescription() == screen.banner.text
    assert not any(pill.pill.action for pill in screen.detail.owed.pills)


def test_a_review_decides_nothing_and_says_why(qtbot: QtBot) -> None:
    desk = TriageDesk()
    desk.read_only = True
    hands = Hands(qtbot, desk=desk)
    nothing_can_be_decided(hands)
    assert "reading only" in hands.screen.banner.text
    hands.bridge.close()


def test_a_past_moment_decides_nothing_and_says_why(hands: Hands) -> None:
    hands.screen.set_moment(Moment(1_000_000, Known.THEN))
    nothing_can_be_decided(hands)
    assert "past moment" in hands.screen.banner.text
    hands.screen.set_moment(LIVE)
    hands.press(Key.Key_A)
    assert hands.acts == [("acknowledge", FIRST, "", "")]


def test_a_value_that_makes_no_sense_is_complained_about_and_kept(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_H)
    hands.type("someday")
    hands.press(Key.Key_Return)
    assert hands.acts == []
    assert screen.card.prompt.error.text().startswith("Until when?")
    assert screen.card.prompt.field.text() == "someday"


def test_hostile_text_is_never_markup_and_everything_has_a_name(hands: Hands) -> None:
    hands.desk.details[FIRST] = figures.detail(body="<img src=x onerror=y>", said="<b>bold</b>")
    screen = hands.open()
    hands.rest()
    assert screen.detail.words.text() == "<img src=x onerror=y>"
    hands.press(Key.Key_B)
    hands.press(Key.Key_O)
    assert nameless(screen) == []


def test_an_attachment_opens_only_after_a_second_word(hands: Hands) -> None:
    screen = hands.open()
    asked: list[str] = []
    row = screen.detail.attachments.rows[0]
    row.open_asked.connect(asked.append)
    row.open_asked.disconnect(screen.detail.attachments.open_asked)
    row.open.click()
    assert asked == []
    assert row.name.text() == "Open screen.png from tracker.example.com in the browser?"
    row.keep.click()
    row.open.click()
    row.open.click()
    assert asked == ["https://tracker.example.com/a/1"]


def test_an_attachment_at_no_web_address_cannot_be_opened(hands: Hands) -> None:
    hands.desk.details[FIRST] = figures.detail(attachments=(figures.Attachment("x", "", "file:///etc/passwd"),))
    screen = hands.open()
    assert not screen.detail.attachments.rows[0].open.isEnabled()


# -- one key a decision ------------------------------------------------------------------------------------------------


def test_everything_of_the_picture_stands(hands: Hands) -> None:
    screen = hands.open()
    hands.rest()
    assert hands.key == FIRST
    assert screen.head.counted.text() == "11 of 912"
    assert screen.detail.name.text() == "PAY-1482 · Payment fails with 502 after address change"
    assert screen.detail.owes.text().startswith("Triage owes")
    titles = [pill.score.title for pill in screen.detail.scores.pills]
    assert titles == ["Reach", "Impact", "Confidence", "Effort", "="]
    assert screen.detail.around.alike.lines[0].key == SECOND
    assert screen.detail.around.moved.lines[-1].parts[0].text == "unchanged: login, search, cart"


@pytest.mark.parametrize(
    ("key", "act"),
    [
        (Key.Key_A, ("acknowledge", FIRST, "", "")),
        (Key.Key_1, ("severity", FIRST, "P1", "")),
        (Key.Key_4, ("severity", FIRST, "P4", "")),
    ],
)
def test_one_key_decides_and_shows_the_next_ticket(hands: Hands, key: Qt.Key, act: tuple[str, ...]) -> None:
    screen = hands.open()
    hands.press(key)
    assert hands.acts == [act]
    assert hands.key == SECOND
    assert screen.detail.name.text().startswith("PAY-1479")


@pytest.mark.parametrize(
    ("key", "typed", "act"),
    [
        (Key.Key_G, "Lee Wong", ("assign", FIRST, "Lee Wong", "")),
        (Key.Key_S, "3", ("stage", FIRST, "3", "")),
        (Key.Key_S, "5 cause is known", ("stage", FIRST, "5", "cause is known")),
        (Key.Key_D, "PAY-1479", ("duplicate_of", FIRST, "PAY-1479", "")),
        (Key.Key_X, "not ours", ("decline", FIRST, "", "not ours")),
        (Key.Key_C, "we look", ("comment", FIRST, "", "we look")),
        (Key.Key_T, "-slow", ("untag", FIRST, "slow", "")),
        (Key.Key_E, "area=payments", ("set", FIRST, "area=payments", "")),
        (Key.Key_P, "impact=3", ("score", FIRST, "impact=3", "")),
    ],
)
def test_a_key_a_value_and_enter_decide(hands: Hands, key: Qt.Key, typed: str, act: tuple[str, ...]) -> None:
    screen = hands.open()
    hands.press(key)
    assert screen.card.prompt.isVisible()
    assert screen.findChildren(QDialog) == []
    hands.type(typed)
    hands.press(Key.Key_Return)
    assert hands.acts == [act]
    assert screen.table.hasFocus()


def test_shift_makes_a_comment_internal(hands: Hands) -> None:
    hands.open()
    hands.press(Key.Key_C, with_=SHIFT)
    hands.type("only us")
    hands.press(Key.Key_Return)
    assert hands.acts == [("internal_comment", FIRST, "", "only us")]


def test_a_snooze_ends_at_an_instant_of_the_session(hands: Hands) -> None:
    hands.open()
    hands.press(Key.Key_H)
    hands.type("tomorrow 14:30")
    hands.press(Key.Key_Return)
    act, subject, value, _ = hands.acts[0]
    assert (act, subject) == ("snooze", FIRST)
    end = datetime.fromisoformat(value)
    assert (end.hour, end.minute) == (14, 30)
    assert end.utcoffset() is not None


def test_a_snooze_counts_from_the_clock_of_the_session(hands: Hands) -> None:
    hands.desk.ahead = -30 * DAY
    hands.open()
    hands.press(Key.Key_H)
    hands.type("1h")
    hands.press(Key.Key_Return)
    end = datetime.fromisoformat(hands.acts[0][2])
    assert end < datetime.now(UTC) - timedelta(days=29)


def test_three_keys_and_a_sentence_make_a_ticket(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_N)
    hands.type("#call @Dana_Ruiz P2 bug: the page stays blank")
    hands.press(Key.Key_Return)
    fields = {
        "channel": "support_phone",
        "reporter": "Dana Ruiz",
        "severity": "P2",
        "kind": "bug",
        "title": "the page stays blank",
    }
    assert hands.acts == [("capture", fields)]
    assert screen.card.aside.text() == "Kept as CAP-1."


def test_undo_says_what_it_took_back(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_Z)
    assert hands.acts == [("undo",)]
    assert screen.card.aside.text() == "Took back: severity P1 on PAY-1482."


def test_the_next_ticket_is_shown_before_the_decision_is_written(hands: Hands) -> None:
    screen = hands.open()
    hands.lanes.held = True
    hands.press(Key.Key_A)
    assert hands.acts == []
    assert hands.key == SECOND
    assert screen.detail.name.text().startswith("PAY-1479 · Blank page")
    assert screen.detail.stages.isVisible(), "the next ticket was read ahead"
    hands.lanes.release()
    hands.settle()
    assert hands.acts == [("acknowledge", FIRST, "", "")]


def test_escape_gives_the_keyboard_back_and_keeps_the_text_over_a_restart(hands: Hands, qtbot: QtBot) -> None:
    screen = hands.open()
    hands.press(Key.Key_C)
    hands.type("half a sent")
    hands.press(Key.Key_Escape)
    assert screen.table.hasFocus()
    assert screen.card.bar.isVisible()
    assert screen.card.bar.draft.pill.text == "Draft: comment · PAY-1482"
    again = Hands(qtbot, hands.preferences)
    other = again.open()
    assert other.card.bar.draft.isVisible()
    again.press(Key.Key_C)
    assert other.card.prompt.field.text() == "half a sent"
    again.bridge.close()


def test_a_draft_belongs_to_its_ticket(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_C)
    hands.type("for the first")
    hands.press(Key.Key_Escape, Key.Key_J, Key.Key_C)
    assert screen.card.prompt.field.text() == ""
    hands.press(Key.Key_Escape)
    screen.card.bar.draft.click()
    hands.settle()
    hands.press(Key.Key_Return)
    assert hands.acts == [("comment", FIRST, "", "for the first")]


def test_words_are_offered_and_taken_by_keys(hands: Hands) -> None:
    screen = hands.open()
    hands.rest()
    hands.press(Key.Key_D)
    offers = screen.card.prompt.field.offers
    assert offers.isVisible()
    assert offers.item(0).text().startswith(SECOND)
    hands.press(Key.Key_Down, Key.Key_Return)
    assert hands.acts == [("duplicate_of", FIRST, SECOND, "")]


def test_owed_fields_are_offered_with_their_choices(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_E)
    field = screen.card.prompt.field
    assert [field.offers.item(row).text() for row in range(field.offers.count())] == ["category=", "impact=", "area="]
    hands.press(Key.Key_Down, Key.Key_Return)
    assert field.text() == "category="
    hands.type("lo")
    assert [field.offers.item(row).text() for row in range(field.offers.count())] == ["category=login"]
    hands.press(Key.Key_Down, Key.Key_Return)
    assert hands.acts == [("set", FIRST, "category=login", "")]


def test_people_are_offered_from_the_desk(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_G)
    hands.type("lee")
    assert screen.card.prompt.field.offers.item(0).text() == "Lee Wong"


# -- moving, and what moves --------------------------------------------------------------------------------------------


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


def test_five_decisions_in_a_row_wait_for_no_answer(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_J)
    hands.lanes.held = True
    for place in range(2, 7):
        hands.press(Key.Key_A)
        assert hands.key == figures.TICKETS[place][1]
        assert screen.detail.stages.isVisible(), hands.key
    hands.lanes.release()
    hands.settle()
    assert len(hands.acts) == 5


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


# -- many --------------------------------------------------------------------------------------------------------------


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


# -- views, board, outbox, conflicts -----------------------------------------------------------------------------------


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
    from tests.widgets.fake_desk import Preferences

    spoiled = Preferences(**{"triage views": [1, {"name": ""}, {"name": "x", "filter": 3}], "triage drafts": [1]})
    hands = Hands(qtbot, spoiled)
    screen = hands.open()
    assert "x" not in screen.views.names()
    hands.bridge.close()


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


def test_a_change_made_there_shows_before_ones_own_is_sent(hands: Hands) -> None:
    hands.desk.details[FIRST] = figures.conflict_detail()
    screen = hands.open()
    row = screen.detail.conflicts.rows[0]
    assert [value.text() for value in row.values] == ["P3", "P1", "P2"]
    row.theirs.click()
    hands.settle()
    assert hands.acts == [("settle", "d-1", "theirs")]


def test_a_settled_conflict_never_puts_another_under_enter(hands: Hands) -> None:
    detail = figures.conflict_detail()
    hands.desk.details[FIRST] = detail
    screen = hands.open()
    screen.detail.conflicts.rows[1].mine.setFocus()
    hands.desk.details[FIRST] = replace(detail, conflicts=detail.conflicts[1:])
    screen.refresh()
    hands.settle()
    assert screen.detail.conflicts.rows[0].mine.hasFocus()
    hands.desk.details[FIRST] = replace(detail, conflicts=detail.conflicts[:1])
    screen.refresh()
    hands.settle()
    assert screen.table.hasFocus()
    screen.detail.conflicts.rows[0].mine.click()
    hands.settle()
    assert hands.acts == [("settle", "d-1", "mine")]


def test_a_measured_score_opens_its_proof_and_the_others_are_set(hands: Hands) -> None:
    screen = hands.open()
    asked: list[Number] = []
    screen.proof_asked.connect(asked.append)
    pills = screen.detail.scores.pills
    pills[0].click()
    assert asked == [figures.NUMBER]
    pills[1].click()
    hands.settle()
    assert screen.card.prompt.field.text() == "impact="


def test_clocks_and_reach_open_as_text(hands: Hands) -> None:
    screen = hands.open()
    hands.rest()
    screen.detail.clocks.clocks[0].strip.setFocus()
    hands.press(Key.Key_Return)
    panel = next(iter(screen.findChildren(TwinPanel)))
    assert panel.table.item(1, 1).text() == "waiting for customer"
    hands.press(Key.Key_Escape)
    screen.detail.scores.reach.click()
    hands.settle()
    panel = next(p for p in screen.findChildren(TwinPanel) if p.isVisible())
    assert panel.table.item(0, 0).text() == "web-7f"


@pytest.mark.parametrize("scale", [0.8, 1.0, 2.0])
def test_it_fits_a_screen_at_every_text_size(hands: Hands, qapp: QApplication, scale: float) -> None:
    theme.apply(qapp, theme.Theme(theme.Look.DARK, scale))
    screen = hands.open()
    hands.rest()
    assert screen.minimumSizeHint().height() <= 760
    assert screen.minimumSizeHint().width() <= 960


def test_an_offer_never_covers_what_is_asked(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_S)
    offers, prompt = screen.card.prompt.field.offers, screen.card.prompt
    assert offers.geometry().bottom() <= prompt.mapTo(screen, QPoint(0, 0)).y()


def test_enter_goes_into_the_ticket_and_left_comes_back(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_Return)
    assert screen.detail.scroller.hasFocus()
    assert screen.detail.property("held") is True
    hands.press(Key.Key_Left)
    assert screen.table.hasFocus()
    hands.press(Key.Key_Right)
    assert screen.detail.scroller.hasFocus()
    hands.press(Key.Key_A)
    assert hands.acts == [("acknowledge", FIRST, "", "")]


def test_y_takes_what_rules_propose_and_shift_y_lets_it_be(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_Y)
    hands.press(Key.Key_Y, with_=SHIFT)
    assert hands.acts == [("accept", FIRST), ("dismiss", FIRST)]
    assert screen.table.selected_key == FIRST


def test_a_reply_that_a_rule_drafted_is_written_on_and_never_sent_by_itself(hands: Hands) -> None:
    drafted = replace(
        figures.detail(FIRST), proposals=(("Receipt", "Draft of a reply: We have it."),), reply="We have it."
    )
    hands.desk.details[FIRST] = drafted
    screen = hands.open()
    hands.press(Key.Key_Y)
    assert hands.acts == [] and screen.card.prompt.field.text() == "We have it."
