"""The window opens where people can see it, whatever became of the screens since."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QFrame, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from tests.widgets.fake_desk import Preferences
from widgets import standing
from widgets.geometry import LEAST, Box, Display, Place, fit, recall, remember

LAPTOP = Display("eDP-1", Box(0, 0, 1920, 1040))
WALL = Display("HDMI-1", Box(1920, 0, 3840, 2160))


def test_a_window_on_a_removed_monitor_comes_back_to_the_main_one() -> None:
    place = Place(Box(2500, 300, 1600, 900), WALL)
    box = fit(place, [LAPTOP])
    assert box.common(LAPTOP.box) == box.width * box.height
    assert (box.width, box.height) == (1600, 900)


def test_a_window_larger_than_the_screen_that_is_left_is_made_smaller() -> None:
    box = fit(Place(Box(1920, 0, 3840, 2160), WALL), [LAPTOP])
    assert box == LAPTOP.box


def test_a_screen_with_another_scale_keeps_the_share_the_window_had() -> None:
    half = Place(Box(1920, 0, 1920, 2160), WALL)
    rescaled = Display("HDMI-1", Box(0, 0, 2560, 1440))
    assert fit(half, [LAPTOP, rescaled]) == Box(0, 0, 1280, 1440)


def test_a_window_that_fits_stays_exactly_where_it_was() -> None:
    place = Place(Box(2000, 100, 1600, 900), WALL)
    assert fit(place, [LAPTOP, WALL]) == place.box


def test_a_window_half_off_screen_is_pulled_in() -> None:
    assert fit(Place(Box(-500, -40, 1200, 700), LAPTOP), [LAPTOP]) == Box(0, 0, 1200, 700)


def test_the_first_start_is_centred_on_the_main_screen() -> None:
    assert fit(None, [WALL]) == Box(1920 + (3840 - 1600) // 2, (2160 - 900) // 2, 1600, 900)


def test_without_a_screen_there_is_no_place() -> None:
    with pytest.raises(ValueError, match="no screen"):
        fit(None, [])


@pytest.mark.parametrize(
    "saved",
    [
        None,
        "left",
        {"box": [1, 2, 3]},
        {"box": [0, 0, -5, 10], "screen_box": [0, 0, 10, 10]},
        {"box": ["a", 0, 1, 1], "screen_box": [0, 0, 10, 10]},
        {"box": [0, 0, 10**9, 1], "screen_box": [0, 0, 10, 10]},
    ],
)
def test_a_damaged_memory_is_no_memory(saved: object) -> None:
    assert recall(Preferences(window=saved)) is None


def test_what_is_remembered_is_recalled() -> None:
    preferences, place = Preferences(), Place(Box(5, 6, 1000, 700), LAPTOP, True)
    remember(preferences, place)
    assert recall(preferences) == place


sides = st.integers(200, 5000)
corners = st.integers(-8000, 8000)
boxes = st.builds(Box, corners, corners, sides, sides)
screens = st.builds(Display, st.sampled_from(["a", "b", "c"]), boxes)


@given(st.none() | st.builds(Place, boxes, screens), st.lists(screens, min_size=1, max_size=3))
def test_the_window_is_always_wholly_on_one_screen_and_never_tiny(place: Place | None, displays: list[Display]) -> None:
    box = fit(place, displays)
    holding = [d.box for d in displays if d.box.common(box) == box.width * box.height]
    assert holding
    assert any(box.width >= min(LEAST[0], room.width) and box.height >= min(LEAST[1], room.height) for room in holding)


def test_splits_are_kept_and_restored_and_nonsense_is_left_alone(qtbot: QtBot) -> None:
    def screen() -> QWidget:
        made = QWidget()
        qtbot.addWidget(made)
        splitter = QSplitter(made)
        splitter.resize(900, 300)
        for _ in range(2):
            splitter.addWidget(QFrame())
        made.resize(900, 300)
        made.show()
        return made

    kept, first = Preferences(), screen()
    splitter = first.findChild(QSplitter)
    splitter.setSizes([200, 700])
    moved = splitter.sizes()
    standing.keep_splits("command", first, kept)
    again = screen()
    standing.restore_splits("command", again, kept)
    assert again.findChild(QSplitter).sizes() == moved
    for nonsense in ("text", [[1, 2, 3]], [["a", "b"]], [[0, -5]], [[100, 1], [100, 1]]):
        other = screen()
        usual = other.findChild(QSplitter).sizes()
        standing.restore_splits("command", other, Preferences(**{"splits of command": nonsense}))
        assert other.findChild(QSplitter).sizes() == usual
