"""Charts draw gaps as gaps, share one cross-hair, zoom by hand, and can be read as text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.present.figures import ChartFigure, Curve, Threshold
from console.present.tone import Tone
from tests.widgets import figures
from widgets import theme
from widgets.parts.chart_card import Chart, value_at
from widgets.parts.crosshair import CrossHair
from widgets.parts.twin import TwinPanel


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, theme.Theme())
    yield
    theme.apply(qapp, theme.Theme())


@pytest.fixture
def crosshair() -> CrossHair:
    return CrossHair()


def shown(qtbot: QtBot, crosshair: CrossHair, figure: ChartFigure) -> Chart:
    chart = Chart(crosshair)
    qtbot.addWidget(chart)
    chart.resize(500, 180)
    chart.show_figure(figure)
    chart.show()
    QApplication.processEvents()
    return chart


def flat(count: int = 361, value: float = 50.0, gap: slice | None = None) -> ChartFigure:
    xs = np.arange(count) * 60.0
    ys = np.full(count, value)
    if gap is not None:
        ys[gap] = np.nan
    return ChartFigure("k", "Calls", "count", 0.0, float(xs[-1]), (Curve("calls", Tone.BAD, xs, ys),), y_max=100.0)


def inked(chart: Chart, tone: Tone, x: float) -> bool:
    """Whether the column of pixels at time ``x`` is coloured at least a third of the way from the panel to the tone."""
    image: QImage = chart.plot.grab().toImage()
    ratio = image.devicePixelRatio()
    ground, full = (np.array(c.getRgb()[:3]) for c in (theme.current().colour("panel"), theme.current().tone(tone)))
    area = chart.plot.area()
    column = round(chart.plot.x_to_pixel(x) * ratio)
    way = (full - ground) / np.linalg.norm(full - ground)
    for y in range(round(area.top() * ratio), round(area.bottom() * ratio)):
        step = np.array(image.pixelColor(column, y).getRgb()[:3]) - ground
        along = float(step @ way)
        aside = float(np.linalg.norm(step - along * way))
        if along > np.linalg.norm(full - ground) / 3 and aside < 0.3 * along:
            return True
    return False


def test_nothing_known_says_why_instead_of_drawing(qtbot: QtBot, crosshair: CrossHair) -> None:
    figure = ChartFigure("k", "Calls", "count", 0.0, 3600.0, empty="No gateway answers yet.", spoken="")
    chart = shown(qtbot, crosshair, figure)
    assert chart.plot.accessibleDescription() == "No gateway answers yet."
    before = chart.plot.grab().toImage()
    chart.show_figure(replace(figure, empty=""))
    assert chart.plot.grab().toImage() != before


def test_a_gap_is_drawn_as_a_gap(qtbot: QtBot, crosshair: CrossHair) -> None:
    chart = shown(qtbot, crosshair, flat(gap=slice(150, 210)))
    assert inked(chart, Tone.BAD, 60 * 60.0)
    assert not inked(chart, Tone.BAD, 180 * 60.0)
    assert inked(chart, Tone.BAD, 300 * 60.0)


def test_a_gap_stays_a_gap_when_many_samples_are_thinned(qtbot: QtBot, crosshair: CrossHair) -> None:
    chart = shown(qtbot, crosshair, flat(200_000, gap=slice(90_000, 110_000)))
    assert inked(chart, Tone.BAD, 50_000 * 60.0)
    assert not inked(chart, Tone.BAD, 100_000 * 60.0)


def test_a_single_peak_survives_thinning(qtbot: QtBot, crosshair: CrossHair) -> None:
    figure = flat(200_000, value=0.0)
    figure.curves[0].ys[100_000] = 100.0
    chart = shown(qtbot, crosshair, figure)
    image = chart.plot.grab().toImage()
    middle = round(chart.plot.x_to_pixel(100_000 * 60.0))
    height = round(chart.plot.y_to_pixel(60.0))
    reds = [image.pixelColor(x, height).red() for x in range(middle - 3, middle + 4)]
    assert max(reds) > 120


def test_a_smaller_figure_leaves_no_curve_behind(qtbot: QtBot, crosshair: CrossHair) -> None:
    chart = shown(qtbot, crosshair, flat())
    chart.show_figure(replace(chart.figure, curves=()))
    QApplication.processEvents()
    assert not inked(chart, Tone.BAD, 60 * 60.0)


def test_the_axis_starts_at_zero_and_holds_the_threshold(qtbot: QtBot, crosshair: CrossHair) -> None:
    low = replace(flat(value=3.0), y_max=None, thresholds=(Threshold(500.0, "SLO 500"),))
    chart = shown(qtbot, crosshair, low)
    assert chart.plot.top > 500
    assert chart.plot.y_to_pixel(0.0) == pytest.approx(chart.plot.area().bottom())


def test_moving_in_one_chart_shows_the_same_instant_in_all(qtbot: QtBot, crosshair: CrossHair) -> None:
    one, other = (shown(qtbot, crosshair, figure) for figure in figures.charts()[:2])
    place = QPoint(round(one.plot.x_to_pixel(figures.START + 3 * 3600)), round(one.plot.area().center().y()))
    qtbot.mouseMove(one.plot.viewport(), place - QPoint(4, 0))
    qtbot.mouseMove(one.plot.viewport(), place)
    assert crosshair.x == pytest.approx(figures.START + 3 * 3600, abs=120)
    told = [label.text() for label in other._legend if label.text()]
    assert told[0].startswith("11:2")
    assert any(text.startswith("p95 ") and text.endswith("ms") for text in told)
    crosshair.leave()
    assert [label.text() for label in other._legend if label.text()] == ["p50", "p95", "p99"]


def test_in_a_gap_the_read_out_says_unknown(qtbot: QtBot, crosshair: CrossHair) -> None:
    chart = shown(qtbot, crosshair, flat(gap=slice(150, 210)))
    crosshair.move(180 * 60.0)
    assert "unknown" in [label.text() for label in chart._legend]


def test_a_drag_zooms_and_a_click_does_not(qtbot: QtBot, crosshair: CrossHair) -> None:
    chart = shown(qtbot, crosshair, flat())
    plot, area = chart.plot, chart.plot.area()
    spans: list[tuple[float, float]] = []
    chart.zoomed.connect(lambda x0, x1: spans.append((x0, x1)))
    left, right = (
        QPoint(round(area.left() + share * area.width()), round(area.center().y())) for share in (0.25, 0.75)
    )
    qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=left)
    qtbot.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=left)
    assert spans == []
    qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=right)
    qtbot.mouseMove(plot.viewport(), left)
    qtbot.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=left)
    assert len(spans) == 1
    assert spans[0] == (pytest.approx(5400, abs=120), pytest.approx(16200, abs=120))


def wheel(chart: Chart, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> bool:
    place = QPointF(chart.plot.area().center())
    event = QWheelEvent(
        place, chart.plot.mapToGlobal(place), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, modifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    chart.plot.wheelEvent(event)
    return event.isAccepted()


def test_the_wheel_zooms_about_the_pointer_but_leaves_a_scrolling_screen_alone(
    qtbot: QtBot, crosshair: CrossHair
) -> None:
    chart = shown(qtbot, crosshair, flat())
    spans: list[tuple[float, float]] = []
    chart.zoomed.connect(lambda x0, x1: spans.append((x0, x1)))
    chart.plot.wheel_needs_ctrl = True
    assert not wheel(chart)
    assert spans == []
    assert wheel(chart, Qt.KeyboardModifier.ControlModifier)
    (x0, x1), full = spans[0], chart.figure.x1
    assert x1 - x0 == pytest.approx(0.8 * full)
    assert (x0 + x1) / 2 == pytest.approx(full / 2, abs=60)


def test_no_zoom_goes_below_two_minutes(qtbot: QtBot, crosshair: CrossHair) -> None:
    chart = shown(qtbot, crosshair, flat())
    with qtbot.waitSignal(chart.zoomed) as caught:
        chart.plot.zoom_about(9_000.0, 1e-6)
    assert caught.args[1] - caught.args[0] == pytest.approx(120.0)


def test_the_keyboard_walks_the_samples_and_escape_resets(qtbot: QtBot, crosshair: CrossHair) -> None:
    chart = shown(qtbot, crosshair, flat())
    qtbot.keyClick(chart.plot, Qt.Key.Key_Left)
    assert crosshair.x == chart.figure.x1
    qtbot.keyClick(chart.plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert crosshair.x == chart.figure.x1 - 600
    with qtbot.waitSignal(chart.reset):
        qtbot.keyClick(chart.plot, Qt.Key.Key_Escape)
    assert math.isnan(crosshair.x)


def test_the_text_twin_opens_without_blocking_and_escape_gives_the_keyboard_back(
    qtbot: QtBot, crosshair: CrossHair
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    chart = Chart(crosshair, window)
    chart.setGeometry(0, 0, 500, 180)
    chart.show_figure(flat(gap=slice(0, 1)))
    window.show()
    qtbot.waitExposed(window)
    chart.plot.setFocus()
    qtbot.keyClick(chart.plot, Qt.Key.Key_T)
    panel = window.findChild(TwinPanel)
    assert panel is not None
    assert panel.isVisible()
    assert not panel.isModal()
    assert panel.table.item(0, 1).text() == "unknown"
    assert panel.table.horizontalHeaderItem(1).text() == "calls"
    panel.copy_all()
    assert QApplication.clipboard().text().splitlines()[0] == "Time\tcalls"
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert window.focusWidget() is chart.plot


def test_a_refresh_builds_no_new_items(qtbot: QtBot, crosshair: CrossHair) -> None:
    chart = shown(qtbot, crosshair, figures.charts()[1])
    before = list(chart.plot._curves)
    for _ in range(5):
        chart.show_figure(figures.charts()[1])
    assert chart.plot._curves == before


def test_what_is_spoken_is_the_description(qtbot: QtBot, crosshair: CrossHair) -> None:
    chart = shown(qtbot, crosshair, figures.charts()[0])
    assert chart.plot.accessibleName() == "Gateway 5xx rate"
    assert "0.71 %" in chart.plot.accessibleDescription()


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40, unique=True), st.floats(-1e6, 2e6))
def test_the_read_out_is_a_sample_or_unknown(instants: list[float], x: float) -> None:
    xs = np.array(sorted(instants))
    ys = np.arange(len(xs), dtype=np.float64)
    found = value_at(Curve("c", Tone.ACCENT, xs, ys), x)
    if not math.isnan(found):
        assert abs(xs[int(found)] - x) == min(abs(xs - x))
