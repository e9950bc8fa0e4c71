"""Tiles, pills, badges and criteria: told by shape, text and colour, reached by keys, spoken in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from console.present.figures import CriteriaPanel, CriterionLine, Pill
from console.present.tone import Tone
from tests.widgets import figures
from widgets import theme
from widgets.parts.badge import Badge
from widgets.parts.banner import Banner
from widgets.parts.criteria import CriteriaCard
from widgets.parts.flow import FlowLayout
from widgets.parts.form import FormRow
from widgets.parts.label import Elided, Label, plain_tip
from widgets.parts.pill import PillButton
from widgets.parts.ticket import TicketCard
from widgets.parts.tile import TileView


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> None:
    theme.apply(qapp, theme.Theme())


def picture(qtbot: QtBot, widget: QWidget) -> object:
    if widget not in (entry for entry in QApplication.topLevelWidgets() if entry.isVisible()):
        qtbot.addWidget(widget)
        widget.show()
    QApplication.processEvents()
    return widget.grab().toImage()


def test_unknown_stale_and_bad_look_different_from_fine(qtbot: QtBot) -> None:
    fine = figures.tiles()[0]
    tile = TileView(fine)
    tile.resize(180, 82)
    seen = [picture(qtbot, tile)]
    for other in (
        figures.unknown(fine),
        figures.stale(fine),
        replace(fine, tone=Tone.BAD),
        replace(fine, tone=Tone.WARN),
    ):
        tile.show_tile(other)
        seen.append(picture(qtbot, tile))
    assert all(one != other for index, one in enumerate(seen) for other in seen[index + 1 :])


def test_a_tile_without_known_samples_still_stands(qtbot: QtBot) -> None:
    tile = TileView(replace(figures.tiles()[0], spark=np.full(30, np.nan)))
    tile.resize(180, 82)
    picture(qtbot, tile)
    assert tile.accessibleName() == "Availability 99.94 %, target 99.9 · 7 d"


def test_a_tile_says_why_it_is_unknown(qtbot: QtBot) -> None:
    tile = TileView(figures.unknown(figures.tiles()[0]))
    qtbot.addWidget(tile)
    assert tile.accessibleDescription() == "No gateway is connected."


def test_a_tile_opens_by_key(qtbot: QtBot) -> None:
    tile = TileView(figures.tiles()[1])
    qtbot.addWidget(tile)
    tile.show()
    with qtbot.waitSignal(tile.opened) as caught:
        qtbot.keyClick(tile, Qt.Key.Key_Space)
    assert caught.args == ["error_rate_5xx"]


def test_only_a_pill_with_an_action_takes_clicks_and_focus(qtbot: QtBot) -> None:
    heard: list[str] = []
    for pill in (Pill("4 open"), Pill("5/5 sources", action="go_sources")):
        button = PillButton(pill)
        qtbot.addWidget(button)
        button.acted.connect(heard.append)
        button.show()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert (button.focusPolicy() == Qt.FocusPolicy.StrongFocus) is bool(pill.action)
    assert heard == ["go_sources"]


def test_a_pill_grows_with_the_text_scale(qtbot: QtBot, qapp: QApplication) -> None:
    button = PillButton(Pill("4 open", Tone.BAD, badge="P1"))
    qtbot.addWidget(button)
    before = button.sizeHint()
    theme.apply(qapp, theme.Theme(scale=2.0))
    after = button.sizeHint()
    theme.apply(qapp, theme.Theme())
    assert after.width() == pytest.approx(2 * before.width(), rel=0.06)
    assert after.height() == 2 * before.height()


def test_no_part_opens_a_window_of_its_own(qtbot: QtBot) -> None:
    """A parentless child that shows itself flashes as a window."""
    before = {widget for widget in QApplication.topLevelWidgets() if widget.isVisible()}
    kept = [
        Badge("P1", Tone.BAD),
        PillButton(Pill("x")),
        Banner(),
        TicketCard(),
        CriteriaCard(),
        FormRow("a", QLineEdit(), "b"),
    ]
    for widget in kept:
        qtbot.addWidget(widget)
    assert {widget for widget in QApplication.topLevelWidgets() if widget.isVisible()} == before


@pytest.mark.parametrize("text", ["<b>x</b>", "<img src='file:///etc/passwd'>", "a & b <i>"])
def test_labels_and_tool_tips_never_read_markup(qtbot: QtBot, text: str) -> None:
    for label in (Label(text), Elided(text)):
        qtbot.addWidget(label)
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert label.text() == text
    assert "<b>" not in plain_tip(text)
    assert "<img" not in plain_tip(text)


def test_criteria_keep_their_rows_and_focus_over_a_refresh(qtbot: QtBot) -> None:
    card = CriteriaCard()
    qtbot.addWidget(card)
    card.resize(400, 300)
    card.show()
    card.show_panel(figures.criteria())
    rows = card.lines
    rows[3].setFocus()
    card.show_panel(figures.criteria())
    assert card.lines == rows
    assert card.focusWidget() is rows[3]
    assert card.aside.text() == "7 met · 2 not met · 1 unknown"
    card.show_panel(CriteriaPanel("1 met", (CriterionLine("a", Tone.GOOD, "Uptime", "99.9 %", ""),)))
    assert len(card.lines) == 1


def test_a_criterion_opens_by_key_and_arrows_walk_the_list(qtbot: QtBot) -> None:
    card = CriteriaCard()
    qtbot.addWidget(card)
    card.resize(400, 300)
    card.show()
    card.show_panel(figures.criteria())
    card.lines[0].setFocus()
    qtbot.keyClick(card.lines[0], Qt.Key.Key_Down)
    assert card.focusWidget() is card.lines[1]
    with qtbot.waitSignal(card.opened) as caught:
        qtbot.keyClick(card.lines[1], Qt.Key.Key_Space)
    assert caught.args == ["p1"]


def test_hostile_ticket_text_stays_text_everywhere(qtbot: QtBot) -> None:
    card = TicketCard()
    qtbot.addWidget(card)
    bad = "<a href='x'>click</a><img src='http://tracker/x.png'>"
    detail = figures.ticket()
    card.show_detail(
        "jira:PAY-1482", replace(detail, title=bad, body=bad, facts=((bad, bad),), meta=((bad, Tone.BAD),))
    )
    labels = card.findChildren(QLabel)
    assert sum(bad in label.text() for label in labels) >= 4
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)
    assert not any(label.openExternalLinks() for label in labels)


def test_acknowledge_is_offered_only_where_it_can_be_done(qtbot: QtBot) -> None:
    card = TicketCard()
    qtbot.addWidget(card)
    card.show()
    card.show_detail("jira:PAY-1482", figures.ticket(can_acknowledge=False))
    assert not card.acknowledge.isVisible()
    card.show_detail("jira:PAY-1482", figures.ticket())
    with qtbot.waitSignal(card.acknowledged) as caught:
        qtbot.mouseClick(card.acknowledge, Qt.MouseButton.LeftButton)
    assert caught.args == ["jira:PAY-1482"]


def test_a_complaint_leaves_what_was_typed_and_can_be_taken_back(qtbot: QtBot) -> None:
    field = QLineEdit("htp://wrong")
    row = FormRow("Address", field, "Where metrics are")
    qtbot.addWidget(row)
    row.show()
    row.complain("An address begins with http:// or https://.")
    assert row.error.isVisible()
    assert field.text() == "htp://wrong"
    assert field.accessibleDescription() == "An address begins with http:// or https://."
    row.complain("")
    assert not row.error.isVisible()
    assert field.accessibleName() == "Address"


def test_a_banner_never_takes_the_keyboard(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    field, banner = QLineEdit(window), Banner(window)
    window.show()
    field.setFocus()
    banner.say("The gateway does not answer.", Tone.BAD)
    assert banner.isVisible()
    assert window.focusWidget() is field
    banner.dismiss()
    assert not banner.isVisible()


def test_chips_wrap_and_mirror(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    flow = FlowLayout(box)
    buttons = [QPushButton(f"chip {index}") for index in range(6)]
    for button in buttons:
        flow.addWidget(button)
    box.resize(220, 300)
    box.show()
    QApplication.processEvents()
    assert buttons[5].y() > buttons[0].y()
    assert all(button.geometry().right() <= 220 for button in buttons)
    left = buttons[0].x()
    box.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    flow.invalidate()
    flow.activate()
    assert buttons[0].x() > left
