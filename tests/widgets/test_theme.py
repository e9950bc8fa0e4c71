"""Colours and sizes: readable in every look, scaled as a whole, told from one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QFontMetricsF, QRawFont
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from console.present.tone import Tone
from widgets import fonts, theme
from widgets.parts.key_hint import KeyHint
from widgets.parts.line_list import LineRow
from widgets.parts.segments import SegmentStrip

ROOM = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, theme.Theme())
    yield
    theme.apply(qapp, theme.Theme())


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2 contrast ratio."""

    def light(colour: QColor) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", list(theme.Look))
@pytest.mark.parametrize("tone", list(Tone))
def test_every_tone_can_be_read_on_a_panel(look: theme.Look, tone: Tone) -> None:
    dress = theme.Theme(look)
    assert contrast(dress.tone(tone), dress.colour("panel")) >= 4.5


@pytest.mark.parametrize("look", list(theme.Look))
@pytest.mark.parametrize("tone", [Tone.BAD, Tone.WARN, Tone.INFO, Tone.QUIET])
def test_a_badge_can_be_read(look: theme.Look, tone: Tone) -> None:
    dress = theme.Theme(look)
    assert contrast(dress.colour("on_tone"), dress.tone(tone)) >= 4.5


def test_high_contrast_is_higher_than_the_others() -> None:
    strong = theme.Theme(theme.Look.CONTRAST)
    assert contrast(strong.colour("muted"), strong.colour("panel")) >= 7
    assert contrast(strong.colour("line"), strong.colour("panel")) >= 7


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_scale_stays_within_80_and_200_percent(scale: float) -> None:
    assert 0.8 <= theme.Theme().scaled(scale).scale <= 2.0


@given(st.floats(0.8, 2.0), st.floats(0.1, 500))
def test_a_size_never_vanishes_and_grows_with_the_scale(scale: float, size: float) -> None:
    small, large = theme.Theme(scale=scale), theme.Theme(scale=2.0)
    assert 1 <= small.px(size) <= large.px(size)


def test_applying_a_theme_reaches_widgets_that_stand_already(qtbot: QtBot, qapp: QApplication) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    theme.apply(qapp, theme.Theme(theme.Look.LIGHT, 2.0))
    assert theme.current() == theme.Theme(theme.Look.LIGHT, 2.0)
    assert widget.fontInfo().pixelSize() == 24
    assert widget.palette().window().color() == QColor("#f6f8fa")


@pytest.mark.parametrize(
    ("make", "height"), [(lambda: KeyHint("A"), 18), (lambda: LineRow(()), 29), (SegmentStrip, 18)]
)
def test_what_is_painted_takes_more_room_when_the_text_grows(
    qtbot: QtBot, qapp: QApplication, make: Callable[[], QWidget], height: int
) -> None:
    whole, painted = QWidget(), make()
    qtbot.addWidget(whole)
    column = QVBoxLayout(whole)
    column.addWidget(painted)
    column.addStretch(1)
    whole.resize(300, 200)
    whole.show()
    qtbot.waitUntil(lambda: painted.height() == height)
    theme.apply(qapp, theme.Theme(scale=2.0))
    qtbot.waitUntil(lambda: painted.height() == 2 * height)


def test_digits_are_equally_wide_so_that_columns_stand() -> None:
    metrics = QFontMetricsF(theme.Theme().font(20))
    assert len({metrics.horizontalAdvance(digit * 10) for digit in "0123456789"}) == 1


def test_the_bundled_typeface_is_the_one_used() -> None:
    assert QRawFont.fromFont(theme.Theme().font()).familyName() == fonts.FAMILY
    assert (ROOM / "resources" / "fonts" / "OFL.txt").read_text().count("SIL OPEN FONT LICENSE") == 1


def test_no_other_file_of_the_widgets_knows_a_colour() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{6}\b|QColor\(\s*[\"'\d]|Qt\.GlobalColor\.(?!transparent)")
    guilty = [
        path.name
        for path in (ROOM / "widgets").rglob("*.py")
        if path.name not in ("theme.py", "icon.py") and colour.search(path.read_text(encoding="utf-8"))
    ]
    assert guilty == []
