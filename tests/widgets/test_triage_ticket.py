"""The ticket beside the queue: all of it stands, plain and named, and opens further by keys."""

from __future__ import annotations

from dataclasses import replace

from console.model.number import Number
from tests.widgets import triage_figures as figures
from tests.widgets.screens_at_hand import nameless
from tests.widgets.triage_hands import FIRST, SECOND, Hands, Key
from widgets.parts.twin import TwinPanel


def test_a_ticket_that_cannot_be_read_says_why(hands: Hands) -> None:
    screen = hands.open()
    screen.show_ticket("jira:GONE-1")
    hands.settle()
    assert screen.detail.sentence.text() == "There is no ticket jira:GONE-1 here."


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
