"""The frame's two lines: what matters stays in sight when room is short."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.present.figures import Pill, StatusLine
from console.present.tone import Tone
from tests.widgets import figures
from widgets import theme
from widgets.parts.pill import PillButton
from widgets.statusline import StatusLineBar
from widgets.timeline import TimelineStrip


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> None:
    theme.apply(qapp, theme.Theme())


def visible(bar: StatusLineBar) -> list[str]:
    return [pill.pill.text for pill in bar.findChildren(PillButton) if pill.isVisible()]


def bar_of(qtbot: QtBot, width: int, figure: StatusLine) -> StatusLineBar:
    bar = StatusLineBar()
    qtbot.addWidget(bar)
    bar.resize(width, 48)
    bar.show()
    bar.show_figure(figure)
    QApplication.processEvents()
    return bar


def test_the_live_state_is_the_last_pill_to_go(qtbot: QtBot) -> None:
    narrow = visible(bar_of(qtbot, 620, figures.status()))
    assert "● LIVE · 5/5 sources · 3 s" in narrow
    assert "Search or run a command" in narrow
    assert "Exit readiness 7 / 10" not in narrow
    assert "Exit readiness 7 / 10" in visible(bar_of(qtbot, 1600, figures.status()))


def test_fewer_pills_leave_no_empty_ones(qtbot: QtBot) -> None:
    bar = bar_of(qtbot, 1600, figures.status())
    bar.show_figure(StatusLine("Atlas", "Day 1", (Pill("no sources yet"),)))
    QApplication.processEvents()
    assert sorted(visible(bar)) == ["Search or run a command", "no sources yet"]


def test_pills_act_and_the_search_box_asks_for_the_palette(qtbot: QtBot) -> None:
    bar = bar_of(qtbot, 1600, figures.status())
    buttons = {button.pill.text: button for button in bar.findChildren(PillButton)}
    with qtbot.waitSignal(bar.acted) as caught:
        qtbot.mouseClick(buttons["● LIVE · 5/5 sources · 3 s"], Qt.MouseButton.LeftButton)
    assert caught.args == ["go_sources"]
    with qtbot.waitSignal(bar.search_wanted):
        qtbot.mouseClick(buttons["Search or run a command"], Qt.MouseButton.LeftButton)


def test_the_timeline_draws_gaps_and_ends_without_complaint(qtbot: QtBot) -> None:
    strip = TimelineStrip()
    qtbot.addWidget(strip)
    strip.resize(1600, 86)
    strip.show()
    empty = strip.grab().toImage()
    figure = figures.timeline()
    strip.show_figure(figure)
    full = strip.grab().toImage()
    assert full != empty
    assert strip.accessibleDescription() == "Day 6 of 14, two incidents so far."
    ys = figure.error_ys.copy()
    ys[20:60] = np.nan
    strip.show_figure(replace(figure, error_ys=ys))
    assert strip.grab().toImage() != full
    strip.show_figure(replace(figure, live=False, word="REVIEW", tone=Tone.UNKNOWN))
    assert strip.grab().toImage() != full
    strip.show_figure(replace(figure, x1=figure.x0))
    strip.grab()


def test_now_stands_where_its_share_of_the_plan_is(qtbot: QtBot) -> None:
    strip = TimelineStrip()
    qtbot.addWidget(strip)
    strip.resize(1600, 86)
    strip.show_figure(figures.timeline())
    share = (strip.x_to_pixel(figures.NOW) - strip.area().left()) / strip.area().width()
    assert share == pytest.approx(6.42 / 14)
