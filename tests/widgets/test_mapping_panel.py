"""A mapping is looked at beside its form: what was chosen stands in the form, and nothing is saved by looking."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from console.model.mapping import Becoming, MappingPreview, Word
from console.present import mapping
from console.present.tone import Tone
from tests.widgets.fake_desk import FakeDesk
from tests.widgets.screens_at_hand import nameless
from tests.widgets.test_sources_screen import fill, screen_on
from widgets.sources.screen import SourcesScreen
from widgets.sources.specs import form_of, with_pair


def open_jira(qtbot: QtBot, screen: SourcesScreen) -> None:
    screen.cards["shop-jira"].edit.click()
    qtbot.waitUntil(lambda: "severity_map" in screen.form.fields, timeout=15_000)


def previewed(qtbot: QtBot, screen: SourcesScreen) -> None:
    screen.form.preview.click()
    qtbot.waitUntil(lambda: bool(screen.mapping.choices))


def choose(screen: SourcesScreen, field: str, word: str, meaning: str) -> None:
    """As by keys: the list is opened on the word's choice, the meaning taken."""
    choice = screen.mapping.choices[field, word]
    choice.setFocus()
    choice.setCurrentIndex(choice.findData(meaning))
    choice.activated.emit(choice.currentIndex())


def cells(screen: SourcesScreen) -> list[list[str]]:
    model = screen.mapping.table.rows
    return [
        [str(model.index(row, column).data() or "") for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_a_word_that_means_nothing_is_set_here_and_seen_on_the_tickets(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        open_jira(qtbot, screen)
        previewed(qtbot, screen)
        assert "None of the last 40 tickets would change" in screen.mapping.headline.text()
        assert "1 word means nothing here yet" in screen.mapping.headline.text()
        assert not screen.area.isVisible(), "the preview takes the list's place"
        choose(screen, "severity", "Dringend", "P1")
        assert screen.form.fields["severity_map"].text() == "Dringend = P1"
        assert screen.form.fields["severity_map"].isVisible(), "what was written is seen"
        qtbot.waitUntil(lambda: "10 of the last 40 tickets would change" in screen.mapping.headline.text())
        assert cells(screen)[0][2] == "unset → P1"
        assert [act[0] for act in desk.acts] == ["preview", "preview"], "nothing was saved"
        choose(screen, "severity", "Dringend", "")
        assert screen.form.fields["severity_map"].text() == ""
        qtbot.waitUntil(lambda: "None of the last 40" in screen.mapping.headline.text())


def test_the_choice_keeps_the_focus_while_its_answer_comes(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        open_jira(qtbot, screen)
        previewed(qtbot, screen)
        choice = screen.mapping.choices["severity", "High"]
        choose(screen, "severity", "High", "P3")
        qtbot.waitUntil(lambda: "30 of the last 40" in screen.mapping.headline.text())
        assert screen.mapping.choices["severity", "High"] is choice
        assert choice.hasFocus()


def test_what_was_chosen_is_saved_with_the_form(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        open_jira(qtbot, screen)
        fill(screen, status_map="Zu = closed")
        previewed(qtbot, screen)
        choose(screen, "status", "Offen", "acknowledged")
        qtbot.waitUntil(lambda: "would change" in screen.mapping.headline.text())
        screen.form.save.click()
        qtbot.waitUntil(lambda: desk.acts[-1][0] == "save_source")
        assert desk.acts[-1][1].options["status_map"] == {"Zu": "closed", "Offen": "acknowledged"}
        qtbot.waitUntil(lambda: screen.mapping.isHidden())
        assert screen.area.isVisible()


def test_a_trouble_is_told_in_full_and_can_be_tried_again(qtbot: QtBot) -> None:
    desk = FakeDesk()
    desk.trouble = "jira.example.com refuses the credential (401); enter it anew in Sources."
    with screen_on(qtbot, desk) as (screen, _):
        open_jira(qtbot, screen)
        screen.form.preview.click()
        qtbot.waitUntil(lambda: desk.trouble in screen.mapping.headline.text())
        assert not screen.mapping.bar.isVisible()
        desk.trouble = ""
        previewed(qtbot, screen)


def test_a_mistake_in_the_form_is_shown_there_and_nothing_is_asked(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        open_jira(qtbot, screen)
        fill(screen, severity_map="nonsense")
        screen.form.preview.click()
        assert "Line 1" in screen.form.fields["severity_map"].error.text()
        assert screen.mapping.isHidden()
        assert desk.acts == []


def test_closing_gives_up_what_is_under_way_and_brings_the_list_back(qtbot: QtBot) -> None:
    desk = FakeDesk()
    desk.hold.clear()
    with screen_on(qtbot, desk) as (screen, _):
        open_jira(qtbot, screen)
        screen.form.preview.click()
        assert screen.mapping.bar.isVisible()
        screen.mapping.close_button.click()
        assert screen.mapping.isHidden()
        assert screen.area.isVisible()
        assert screen.form.preview.hasFocus()
        desk.hold.set()
        previewed(qtbot, screen)
        assert len(desk.acts) == 1, "the one given up was never answered"


def test_kinds_without_a_mapping_offer_no_preview(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        screen.cards["edge"].edit.click()
        qtbot.waitUntil(lambda: "url" in screen.form.fields, timeout=15_000)
        assert not screen.form.preview.isVisible()
    assert form_of("csv").maps
    assert not form_of("webhook").maps


def test_in_little_room_the_preview_stands_above_the_form(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        screen.resize(760, 900)
        open_jira(qtbot, screen)
        previewed(qtbot, screen)
        screen.layout().activate()
        assert screen.mapping.geometry().bottom() <= screen.form.geometry().top()
        QTest.keyClick(screen.form.fields["url"].control, Qt.Key.Key_Escape)
        assert screen.mapping.isHidden()


def test_every_control_has_a_name(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        open_jira(qtbot, screen)
        previewed(qtbot, screen)
        assert nameless(screen) == []


@pytest.mark.parametrize(
    ("text", "value", "result"),
    [
        ("", "P1", "High = P1"),
        ("Low = P4", "P1", "Low = P4\nHigh = P1"),
        ("high=P3\nLow = P4", "P1", "High = P1\nLow = P4"),
        ("Low = P4\nHIGH = P3\nhigh = P2", "P1", "Low = P4\nHigh = P1"),
        ("Low = P4\nHigh = P3", "", "Low = P4"),
        ("half typed", "P1", "half typed\nHigh = P1"),
    ],
)
def test_a_pair_takes_the_place_of_its_line(text: str, value: str, result: str) -> None:
    assert with_pair(text, "High", value) == result


def test_the_figure_says_what_changes_first() -> None:
    same = Becoming("1", "A-1", "Old", {"severity": ("P1", "P1"), "title": ("Old", "Old")})
    other = Becoming("2", "A-2", "Neu", {"severity": ("P1", "P2"), "title": ("Alt", "Neu"), "browser": ("", "Firefox")})
    figure = mapping.word(MappingPreview((same, other), (Word("severity", "Hoch", 3, "P1", "P2"),)))
    assert figure.headline == "1 of the last 2 tickets would change."
    assert [column.title for column in figure.table.columns] == ["Ticket", "Title", "Severity", "Status", "Browser"]
    assert [row.key for row in figure.table.rows] == ["2", "1"]
    assert [cell.text for cell in figure.table.rows[0].cells] == ["A-2", "Alt → Neu", "P1 → P2", "", "unset → Firefox"]
    assert (figure.words[0].becomes, figure.words[0].met) == ("P1 → P2", "met 3×")


def test_nothing_found_is_no_success() -> None:
    figure = mapping.word(MappingPreview((), ()))
    assert figure.tone is Tone.UNKNOWN
    assert "No tickets were found" in figure.headline
