"""Tickets are decided by keys alone; nothing typed is lost, and nothing is decided where nothing can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from console.model.errors import ConsoleError
from console.model.moment import DAY, LIVE, Known, Moment
from tests.widgets import triage_figures as figures
from tests.widgets.triage_desk import TriageDesk
from tests.widgets.triage_hands import FIRST, SECOND, SHIFT, Hands, Key


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


@pytest.mark.parametrize("act", [Key.Key_C, Key.Key_N])
def test_what_is_typed_when_the_moment_goes_to_the_past_is_not_decided_but_kept(hands: Hands, act: Key) -> None:
    screen = hands.open()
    hands.press(act)
    hands.type("We are on it.")
    screen.set_moment(Moment(1_000_000, Known.THEN))
    hands.settle()
    hands.press(Key.Key_Return)
    assert hands.acts == []
    assert "past moment" in screen.card.prompt.error.text()
    assert screen.card.prompt.field.text() == "We are on it."
    screen.set_moment(LIVE)
    hands.settle()
    hands.press(Key.Key_Return)
    assert len(hands.acts) == 1


def test_many_are_not_agreed_to_when_the_moment_goes_to_the_past(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_Space, Key.Key_J, Key.Key_Space)
    hands.press(Key.Key_2)
    screen.set_moment(Moment(1_000_000, Known.THEN))
    hands.settle()
    hands.press(Key.Key_Return)
    assert hands.acts == []
    assert "past moment" in screen.banner.text


def test_a_value_that_makes_no_sense_is_complained_about_and_kept(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_H)
    hands.type("someday")
    hands.press(Key.Key_Return)
    assert hands.acts == []
    assert screen.card.prompt.error.text().startswith("Until when?")
    assert screen.card.prompt.field.text() == "someday"


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


def test_an_offer_never_covers_what_is_asked(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Key.Key_S)
    offers, prompt = screen.card.prompt.field.offers, screen.card.prompt
    assert offers.geometry().bottom() <= prompt.mapTo(screen, QPoint(0, 0)).y()


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
