"""The forecast card: bars, what-ifs that change them, an unknown that is shown as such, and only the newest answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.model.change import Change
from console.model.errors import QuestionError
from console.model.moment import LIVE, Moment
from console.present.figures import Pill
from console.present.forecast_figures import Bar, ForecastFigure, Point, ScoreFigure, WhatIfLine
from tests.widgets.fake_desk import FakeWorkplace
from tests.widgets.screens_at_hand import bridge_for, nameless
from widgets import theme
from widgets.bridge import Bridge
from widgets.exit.forecast import ForecastCard
from widgets.parts.twin import TwinPanel

NAMES = ("Fri", "Sat", "Sun", "Mon", "Tue", "Wed")


def bars(*shares: float) -> tuple[Bar, ...]:
    first = next((i for i, s in enumerate(shares) if s >= 0.8), -1)
    return tuple(Bar(NAMES[i], f"{NAMES[i]} {20 + i} Nov", s, f"{s:.0%}", i == first) for i, s in enumerate(shares))


def figure(unknown: str = "", points: tuple[Point, ...] = ()) -> ForecastFigure:
    if unknown:
        return ForecastFigure("When may we stop?", "", unknown=unknown, pills=(Pill("Forecast unknown"),))
    return ForecastFigure(
        "When may we stop?", "2 000 simulated futures", bars(0.02, 0.2, 0.5, 0.7, 0.82, 0.9), 0.8, "80 %",
        "Ready Tue 24 Nov with 80 %",
        (
            WhatIfLine("If PAY-1482 closes today", "Mon 23", bars(0.1, 0.4, 0.7, 0.85, 0.9, 0.95), "spoken closes"),
            WhatIfLine("If 5xx stays at 0.40 %", "not within 30 days", bars(0, 0, 0, 0, 0, 0), "spoken stays"),
        ),
        ("Assumed signed in time: Team handover.",),
        score=ScoreFigure("Past forecasts: Brier 0.12", points, "Past forecasts: Brier 0.12. Calibration: …"),
        pills=(Pill("Ready Tue 24 Nov with 80 %"), Pill("Binding: API 5xx")), spoken="When may we stop? Tue",
    )  # fmt: skip


class Desk:
    """Answers with ``next``; a sentence stands for a fault."""

    def __init__(self) -> None:
        self.asked: list[Moment] = []
        self.next: ForecastFigure | str = figure()

    def forecast(self, moment: Moment) -> ForecastFigure:
        self.asked.append(moment)
        if isinstance(self.next, str):
            raise QuestionError(self.next)
        return self.next


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    with bridge_for(FakeWorkplace()) as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def card(qtbot: QtBot, bridge: Bridge, desk: Desk, clock: Clock) -> Iterator[ForecastCard]:
    made = ForecastCard(bridge, desk, clock)
    qtbot.addWidget(made)
    made.resize(460, 420)
    made.show()
    qtbot.waitUntil(lambda: made.figure is not None)
    yield made
    made.hide()


def test_it_asks_when_it_is_shown_and_shows_the_bars(card: ForecastCard, desk: Desk) -> None:
    assert desk.asked == [LIVE]
    assert [bar.text for bar in card.bars.shown] == ["2%", "20%", "50%", "70%", "82%", "90%"]
    assert card.headline.text() == "Ready Tue 24 Nov with 80 %"
    assert card.aside.text() == "2 000 simulated futures"
    assert not card.unknown.isVisible()


def test_unknown_is_a_sentence_and_no_bars(qtbot: QtBot, card: ForecastCard, desk: Desk) -> None:
    card.what_ifs[0].click()
    desk.next = figure(unknown="Unknown: CSAT is unknown (no answers yet).")
    card.refresh()
    qtbot.waitUntil(card.unknown.isVisible)
    assert card.unknown.text() == "Unknown: CSAT is unknown (no answers yet)."
    assert not card.bars.isVisible() and not card.as_text.isVisible() and card.what_ifs == []
    assert card.chosen == ""


def test_a_fault_is_told_and_the_next_answer_heals_it(qtbot: QtBot, card: ForecastCard, desk: Desk) -> None:
    desk.next = "the session was closed"
    card.refresh()
    qtbot.waitUntil(card.unknown.isVisible)
    assert "the session was closed" in card.unknown.text()
    desk.next = figure()
    card.refresh()
    qtbot.waitUntil(card.bars.isVisible)


def test_a_what_if_changes_the_bars_and_back(card: ForecastCard) -> None:
    pill = card.what_ifs[0]
    assert pill.text() == "If PAY-1482 closes today: Mon 23"
    pill.click()
    assert next(bar.text for bar in card.bars.shown) == "10%" and pill.isChecked()
    assert card.headline.text() == "If PAY-1482 closes today: Mon 23"
    card.what_ifs[1].click()
    assert card.chosen == "If 5xx stays at 0.40 %" and not pill.isChecked()
    card.what_ifs[1].click()
    assert card.chosen == "" and next(bar.text for bar in card.bars.shown) == "2%"


def test_escape_takes_the_what_if_back(qtbot: QtBot, card: ForecastCard) -> None:
    card.what_ifs[0].click()
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert card.chosen == "" and not card.what_ifs[0].isChecked()


def test_a_what_if_stays_chosen_through_a_refresh(qtbot: QtBot, card: ForecastCard, desk: Desk) -> None:
    card.what_ifs[0].click()
    card.refresh()
    qtbot.waitUntil(lambda: len(desk.asked) == 2 and card._turn._since is None)
    assert card.chosen == "If PAY-1482 closes today" and card.bars.shown[0].text == "10%"


def test_a_moment_is_asked_for_and_takes_the_what_if_back(qtbot: QtBot, card: ForecastCard, desk: Desk) -> None:
    card.what_ifs[0].click()
    past = Moment(1_763_640_000_000_000)
    card.set_moment(past)
    qtbot.waitUntil(lambda: desk.asked[-1] == past)
    assert card.chosen == ""


def test_of_two_moments_only_the_newest_is_shown(qtbot: QtBot, card: ForecastCard, desk: Desk) -> None:
    first, second = Moment(1_000_000), Moment(2_000_000)
    card.set_moment(first)
    desk_answers = desk.asked
    card.set_moment(second)
    qtbot.waitUntil(lambda: desk_answers[-1] == second and card._turn._since is None)
    assert card.moment == second


def test_it_does_not_ask_for_every_append(qtbot: QtBot, card: ForecastCard, desk: Desk, clock: Clock) -> None:
    card._changed(Change.TICKETS)
    assert len(desk.asked) == 1
    clock.now += 6
    card._changed(Change.TRAFFIC)
    card._changed(Change.TICKETS)
    qtbot.waitUntil(lambda: len(desk.asked) == 2)
    clock.now += 30
    card._tick()
    assert len(desk.asked) == 2


def test_while_it_is_unknown_every_answer_of_a_source_may_help(
    qtbot: QtBot, card: ForecastCard, desk: Desk, clock: Clock
) -> None:
    card.show_figure(figure(unknown="Unknown: nothing read yet."))
    clock.now += 6
    card._changed(Change.SOURCES)
    qtbot.waitUntil(lambda: len(desk.asked) == 2)


def test_the_pills_for_the_header_are_told_once(qtbot: QtBot, card: ForecastCard) -> None:
    told: list[tuple[Pill, ...]] = []
    card.pills_changed.connect(told.append)
    card.show_figure(figure())
    assert told == []
    card.show_figure(figure(unknown="Unknown: x."))
    assert [pill.text for pill in told[0]] == ["Forecast unknown"]


def test_the_bars_as_text_hold_what_the_bars_say(qtbot: QtBot, card: ForecastCard) -> None:
    card.bars.setFocus()
    qtbot.keyClick(card.bars, Qt.Key.Key_Return)
    panel = card.window().findChild(TwinPanel)
    assert panel is not None
    texts = [[panel.table.item(y, x).text() for x in range(panel.table.columnCount())] for y in range(2)]
    assert texts == [["Fri 20 Nov", "2%", "10%", "0%"], ["Sat 21 Nov", "20%", "40%", "0%"]]
    panel.close_panel()


def test_everything_has_a_name_and_no_label_shows_markup(card: ForecastCard) -> None:
    assert nameless(card) == []
    assert card.bars.accessibleDescription() == "When may we stop? Tue"
    assert card.calibration.accessibleName() == "Calibration of past forecasts"


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("look", list(theme.Look))
def test_it_is_painted_in_every_look(card: ForecastCard, look: theme.Look, scale: float) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    card.show_figure(figure(points=(Point(0.1, 0.05, 0.0, 0.2, 12), Point(0.9, 0.8, 0.6, 0.9, 9))))
    theme.apply(app, theme.Theme(look).scaled(scale))
    try:
        image = card.bars.grab().toImage()
        good = theme.current().colour("good").rgb()
        count = sum(image.pixel(x, y) == good for x in range(0, image.width(), 3) for y in range(0, image.height(), 3))
        assert count > 20
        assert not card.calibration.grab().toImage().isNull()
    finally:
        theme.apply(app, theme.Theme())
