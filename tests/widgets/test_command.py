"""The Command screen, driven by keys over a canned desk."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.model.change import Change
from console.model.errors import ConsoleError
from console.model.moment import LIVE, Known, Moment
from console.present.figures import CommandFigure
from tests.widgets import figures
from tests.widgets.command_desk import CommandDesk, PromptLanes
from widgets import theme
from widgets.bridge import Bridge
from widgets.command.asking import Turn
from widgets.command.layout import arrange
from widgets.command.screen import CommandScreen


class Hands:
    """A screen with what it stands on, and a clock that moves when told."""

    def __init__(self, qtbot: QtBot) -> None:
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # the screens of earlier tests
        self.now = 0.0
        self.lanes, self.desk = PromptLanes(), CommandDesk()
        self.bridge = Bridge(self.lanes)  # type: ignore[arg-type]  # lanes that answer at once
        self.screen = CommandScreen(self.bridge, self.desk, self.clock)
        qtbot.addWidget(self.screen)
        self.screen.resize(1544, 766)
        self._qtbot = qtbot

    def clock(self) -> float:
        return self.now

    def open(self) -> CommandScreen:
        self.screen.show()
        self.screen.focus_queue()
        self.settle()
        return self.screen

    def settle(self) -> None:
        for _ in range(8):
            QApplication.processEvents()

    def press(self, key: Qt.Key) -> None:
        target = self.screen.focusWidget() or self.screen
        self._qtbot.keyClick(target, key)
        self.settle()


@pytest.fixture
def hands(qtbot: QtBot, qapp: QApplication) -> Iterator[Hands]:
    theme.apply(qapp, theme.Theme())
    made = Hands(qtbot)
    yield made
    made.bridge.close()
    theme.apply(qapp, theme.Theme())


def test_a_desk_that_fails_says_so_and_recovers(hands: Hands) -> None:
    hands.desk.fault = ConsoleError("The session cannot be read; it may be on a full disk.")
    screen = hands.open()
    assert screen.banner.isVisible()
    assert "full disk" in screen.banner.text
    hands.desk.fault = None
    screen.refresh()
    hands.settle()
    assert not screen.banner.isVisible()
    assert screen.tiles[1].tile.value == "0.41 %"


def test_a_refused_acknowledgement_stays_on_screen_and_can_be_tried_again(hands: Hands) -> None:
    screen = hands.open()
    hands.desk.refusal = ConsoleError("The disk is full; the acknowledgement was not written.")
    hands.press(Qt.Key.Key_A)
    assert "not written" in screen.banner.text
    screen.refresh()
    hands.settle()
    assert screen.banner.isVisible()
    assert screen.can_acknowledge()
    hands.desk.refusal = None
    hands.press(Qt.Key.Key_A)
    assert hands.desk.decided == [("acknowledge", "jira:PAY-1482")]


def test_a_review_offers_no_acts(hands: Hands) -> None:
    hands.desk.read_only = True
    screen = hands.open()
    assert not screen.ticket.acknowledge.isVisible()
    hands.press(Qt.Key.Key_A)
    assert hands.desk.decided == []


def test_the_past_cannot_be_acknowledged(hands: Hands) -> None:
    screen = hands.open()
    screen.set_moment(Moment(1_000_000, Known.THEN))
    hands.settle()
    assert not screen.can_acknowledge()
    assert hands.desk.asked[-1][0] in ("ticket", "queue", "command")
    assert any(name == "command" and asked[0].at == 1_000_000 for name, asked in hands.desk.asked)


def test_everything_of_the_picture_stands(hands: Hands) -> None:
    heard: list[CommandFigure] = []
    hands.screen.figure_shown.connect(heard.append)
    screen = hands.open()
    assert [tile.tile.title for tile in screen.tiles][:2] == ["Availability", "5xx rate"]
    assert [chart.figure.title for chart in screen.charts] == ["Gateway 5xx rate", "Latency", "Throughput", "Tickets"]
    assert len(screen.criteria.lines) == 10
    assert screen.queue.table.selected_key == "jira:PAY-1482"
    assert screen.ticket.name.text().startswith("PAY-1482 · Payment fails")
    assert heard == [hands.desk.figure]


def test_a_hidden_screen_asks_nothing(hands: Hands) -> None:
    hands.bridge.changed.emit(Change.everything())
    hands.settle()
    assert hands.desk.asked == []
    hands.open()
    hands.screen.hide()
    before = len(hands.desk.asked)
    hands.bridge.changed.emit(Change.everything())
    hands.settle()
    assert len(hands.desk.asked) == before


def test_each_change_asks_only_what_shows_it(hands: Hands) -> None:
    hands.open()
    hands.desk.asked.clear()
    hands.now += 2.0
    hands.bridge.changed.emit(Change.TRAFFIC)
    hands.settle()
    assert [name for name, _ in hands.desk.asked] == ["command"]
    hands.desk.asked.clear()
    hands.bridge.changed.emit(Change.TICKETS)
    hands.settle()
    assert sorted(name for name, _ in hands.desk.asked) == ["command", "queue", "ticket"]


def test_a_burst_while_an_answer_is_under_way_asks_once_more_not_ten_times(hands: Hands) -> None:
    hands.open()
    hands.desk.asked.clear()
    hands.lanes.held = True
    for _ in range(10):
        hands.bridge.changed.emit(Change.DECISIONS)
    hands.lanes.release()
    hands.settle()
    assert hands.desk.count("command") == 2


def test_counters_that_come_by_the_second_are_left_to_the_clock(hands: Hands) -> None:
    hands.open()
    hands.desk.asked.clear()
    for _ in range(10):
        hands.bridge.changed.emit(Change.TRAFFIC)
    hands.settle()
    assert hands.desk.count("command") == 0


def test_live_ages_tick_every_two_seconds_and_the_past_stands_still(hands: Hands) -> None:
    screen = hands.open()
    hands.desk.asked.clear()
    hands.now += 1.0
    screen._tick()
    assert hands.desk.count("command") == 0
    hands.now += 1.0
    screen._tick()
    hands.settle()
    assert hands.desk.count("command") == 1
    screen.set_moment(Moment(5_000_000))
    hands.settle()
    hands.desk.asked.clear()
    hands.now += 60.0
    screen._tick()
    assert hands.desk.asked == []
    screen.set_moment(LIVE)


def test_keys_walk_the_queue_and_the_ticket_follows(hands: Hands) -> None:
    screen = hands.open()
    hands.press(Qt.Key.Key_J)
    assert screen.queue.table.selected_key == "jira:PAY-1477"
    assert hands.desk.asked[-1] == ("ticket", "jira:PAY-1477")
    hands.press(Qt.Key.Key_K)
    assert hands.desk.asked[-1] == ("ticket", "jira:PAY-1482")


def test_an_acknowledged_ticket_is_not_offered_again(hands: Hands) -> None:
    screen = hands.open()
    assert screen.ticket.acknowledge.isVisible()
    hands.press(Qt.Key.Key_A)
    assert hands.desk.decided == [("acknowledge", "jira:PAY-1482")]
    assert not screen.ticket.acknowledge.isVisible()
    hands.press(Qt.Key.Key_A)
    assert len(hands.desk.decided) == 1


def test_a_slash_filters_and_escape_leads_back_to_the_queue(hands: Hands, qtbot: QtBot) -> None:
    screen = hands.open()
    hands.press(Qt.Key.Key_Slash)
    assert screen.focusWidget() is screen.queue.field
    qtbot.keyClicks(screen.queue.field, "jaws")
    assert hands.desk.decided == []
    qtbot.waitUntil(lambda: any(name == "queue" and asked.filter == "jaws" for name, asked in hands.desk.asked))
    hands.press(Qt.Key.Key_Escape)
    assert screen.queue.field.text() == ""
    hands.press(Qt.Key.Key_Escape)
    assert screen.focusWidget() is screen.queue.table


def test_a_chip_takes_the_filter_away_and_gives_the_keyboard_back_to_the_queue(hands: Hands, qtbot: QtBot) -> None:
    screen = hands.open()
    qtbot.keyClicks(screen.queue.field, "jaws")
    qtbot.waitUntil(screen.has_filter)
    screen.clear_filter()
    assert not screen.has_filter()
    assert screen.queue.field.text() == ""
    assert screen.focusWidget() is screen.queue.table
    qtbot.waitUntil(lambda: [asked.filter for name, asked in hands.desk.asked if name == "queue"][-1] == "")


def test_a_refresh_never_moves_selection_scroll_or_keyboard(hands: Hands) -> None:
    hands.desk.total = 5_000
    screen = hands.open()
    table = screen.queue.table
    table.go_to(40)
    hands.settle()
    key, top = table.selected_key, table.verticalScrollBar().value()
    screen.tiles[2].setFocus()
    for _ in range(3):
        hands.bridge.changed.emit(Change.TICKETS)
        hands.settle()
    assert (table.selected_key, table.verticalScrollBar().value()) == (key, top)
    assert screen.focusWidget() is screen.tiles[2]


def test_scrolling_far_loads_only_what_is_seen(hands: Hands) -> None:
    hands.desk.total = 100_000
    screen = hands.open()
    screen.queue.table.setFocus()
    hands.press(Qt.Key.Key_End)
    assert screen.queue.table.selected_key == "jira:T-99999"
    assert len(screen.queue.table.rows.window.rows) <= 200


def test_zooming_one_chart_zooms_all_and_escape_goes_back(hands: Hands) -> None:
    screen = hands.open()
    low, high = figures.START + 3600, figures.START + 7200
    screen.charts[0].zoomed.emit(low, high)
    assert all((chart.figure.x0, chart.figure.x1) == (low, high) for chart in screen.charts)
    assert next(asked for name, asked in reversed(hands.desk.asked) if name == "command")[3] == (low, high)
    screen.charts[1].plot.setFocus()
    hands.press(Qt.Key.Key_Escape)
    assert screen.zoom is None
    assert all(chart.figure.x0 == figures.START for chart in screen.charts)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("width", "height", "scale"), [(1224, 586, 1.0), (1488, 600, 2.0), (700, 500, 1.0), (3728, 2000, 2.0)]
)
def test_every_part_fits_its_room_at_every_size(
    hands: Hands, qapp: QApplication, width: int, height: int, scale: float
) -> None:
    theme.apply(qapp, theme.Theme(scale=scale))
    hands.screen.resize(width, height)
    screen = hands.open()
    parts: list[QWidget] = [*screen.tiles, *screen.charts, screen.criteria, screen.queue, screen.ticket]
    inside = screen.body.widget()
    assert inside is not None
    assert inside.width() <= screen.width()
    boxes = []
    for part in parts:
        box = part.rect().translated(part.mapTo(inside, part.rect().topLeft()))
        assert inside.rect().contains(box), type(part).__name__
        assert part.width() >= part.minimumSizeHint().width()
        boxes.append(box)
    assert not any(one.intersects(other) for index, one in enumerate(boxes) for other in boxes[index + 1 :])


def test_tab_reaches_tiles_charts_criteria_queue_and_filter(hands: Hands) -> None:
    screen = hands.open()
    reached: set[QWidget] = set()
    screen.tiles[0].setFocus()
    for _ in range(60):
        widget = screen.focusWidget()
        if widget is None or widget in reached:
            break
        reached.add(widget)
        widget.focusNextChild()
    for wanted in (*screen.tiles, *(chart.plot for chart in screen.charts), *screen.criteria.lines):
        assert wanted in reached
    assert screen.queue.table in reached
    assert screen.queue.field in reached


def test_whatever_takes_the_keyboard_has_a_name(hands: Hands) -> None:
    screen = hands.open()
    nameless = [
        type(widget).__name__
        for widget in screen.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisible()
        and widget.focusProxy() is None
        and not widget.accessibleName()
    ]
    assert nameless == []


def test_a_closed_screen_is_gone_and_late_answers_hurt_nobody(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, theme.Theme())
    lanes, desk = PromptLanes(), CommandDesk()
    bridge = Bridge(lanes)  # type: ignore[arg-type]  # lanes that answer at once
    screen = CommandScreen(bridge, desk)
    screen.show()
    QApplication.processEvents()
    lanes.held = True
    bridge.changed.emit(Change.TRAFFIC)
    gone = weakref.ref(screen)
    screen.close()
    screen.deleteLater()
    del screen
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()
    gc.collect()
    assert gone() is None
    lanes.release()
    QApplication.processEvents()
    bridge.close()


def test_turns_serialise_and_an_overdue_answer_is_given_up() -> None:
    now = [0.0]
    turn = Turn(lambda: now[0])
    assert turn.start()
    assert not turn.start()
    assert turn.done()
    assert turn.start()
    assert not turn.done()
    assert turn.start()
    now[0] = 15.0
    assert turn.start()
    assert turn.age() == 0.0


@given(st.integers(100, 8000), st.floats(0.8, 2.0), st.integers(0, 12))
def test_tiles_come_in_even_rows(width: int, scale: float, tiles: int) -> None:
    arranged = arrange(width, scale, tiles)
    assert arranged.tiles in (1, 2, 4, 8) or arranged.tiles == tiles
    assert arranged.charts in (1, 2)
    assert not arranged.beside or arranged.charts == 2


def test_an_unchanged_figure_repaints_the_same_picture(hands: Hands) -> None:
    screen = hands.open()
    before = screen.grab().toImage()
    hands.desk.figure = replace(hands.desk.figure)
    screen.refresh()
    hands.settle()
    assert screen.grab().toImage() == before
