"""A number opens its proof by key: the sheet, its rows, its copies, links in the palette, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from console.model.moment import MINUTE, Known, Moment
from console.model.number import Number
from console.present.figures import (
    Buckets,
    Cell,
    ChartFigure,
    Column,
    CriteriaPanel,
    CriterionLine,
    Curve,
    Row,
    TableWindow,
)
from console.present.proof_figures import Fact
from console.present.tone import Tone
from tests.widgets import figures
from tests.widgets.fake_desk import ROWS, FakeDesk, FakeWorkplace, proof_figure
from tests.widgets.screens_at_hand import at, bridge_for, nameless, window_on
from widgets import theme
from widgets.parts.chart_card import Chart
from widgets.parts.criteria import CriteriaCard
from widgets.parts.crosshair import CrossHair
from widgets.parts.label import Label
from widgets.parts.table import Table
from widgets.parts.tile import TileView
from widgets.proof.facts import FactsRow
from widgets.proof.panel import ProofPanel
from widgets.window import MainWindow

NOW = 1_795_180_867_000_000
THEN = Moment(NOW, Known.THEN)
ERRORS = Number("error_rate_5xx", NOW - 60 * MINUTE, NOW, moment=THEN)
SIGNED = Number("", NOW - 60 * MINUTE, NOW, moment=THEN, criterion="handover")


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, theme.Theme())
    yield
    theme.apply(qapp, theme.Theme())


def open_menu() -> QMenu:
    found = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMenu) and w.isVisible()]
    assert len(found) == 1
    return found[0]


def proven(qtbot: QtBot, window: MainWindow, number: Number = ERRORS) -> ProofPanel:
    """The sheet's panel once it shows this number and its rows."""
    window.proofs.show(number)
    assert window.proofs.sheet is not None
    panel = window.proofs.sheet.panel
    qtbot.waitUntil(lambda: panel.figure is not None and panel.figure.number == number)
    qtbot.waitUntil(lambda: panel.rows.isHidden() or panel.rows.rows.rowCount() == ROWS)
    return panel


# Faults first


def test_a_number_that_cannot_be_proven_says_why_and_offers_nothing_to_copy(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(FakeDesk())) as window:
        window.proofs.show(replace(ERRORS, kpi="nothing"))
        assert window.proofs.sheet is not None
        panel = window.proofs.sheet.panel
        qtbot.waitUntil(lambda: "no KPI" in panel.sentence.text())
        assert panel.foot.isHidden() and panel.figure is None
        assert not window.book.run("proof.link")


def test_without_a_session_nothing_opens(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(None)) as window:
        window.proofs.show(ERRORS)
        assert window.proofs.sheet is None


def test_the_answer_to_an_older_number_is_not_shown(qtbot: QtBot) -> None:
    place = FakeWorkplace(FakeDesk())
    with bridge_for(place) as bridge:
        panel = ProofPanel(bridge, FakeDesk())
        qtbot.addWidget(panel)
        panel.show_number(SIGNED)
        panel.show_number(ERRORS)
        qtbot.waitUntil(lambda: panel.figure is not None)
        panel._show((SIGNED, proof_figure(SIGNED)))
        assert panel.figure is not None and panel.figure.number == ERRORS


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("hypercare://session?id=id-Other&kpi=csat&from=2026-11-19&to=2026-11-20", 'the session "Other launch"'),
        ("hypercare://session?id=stranger&kpi=csat&from=2026-11-19&to=2026-11-20", "not known here"),
        ("hypercare://session?id=id-Atlas&kpi=csat&from=2026-11-19", "lacks to="),
    ],
)
def test_a_link_to_elsewhere_or_nowhere_is_told_in_a_sentence(link: str, said: str, qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(FakeDesk("Atlas"))) as window:
        paste(window, link)
        qtbot.waitUntil(lambda: said in window.banner.text)
        assert window.proofs.sheet is None or not window.proofs.sheet.isVisible()


def paste(window: MainWindow, link: str) -> None:
    """Type a link into the palette and take what it offers first."""
    window.toggle_palette()
    window.palette_panel.field.setText(link)
    assert window.palette_panel.list.item(0).text() == "Open the link"
    QTest.keyClick(window.palette_panel.field, Qt.Key.Key_Return)


# The way of a number


def test_escape_closes_the_proof_and_the_focus_returns_to_where_it_came_from(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(FakeDesk())) as window:
        before = window.rail.button("sources")
        before.setFocus()
        panel = proven(qtbot, window)
        assert panel.hasFocus()
        for _ in range(3):
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
        assert window.proofs.sheet is not None and not window.proofs.sheet.isVisible()
        assert before.hasFocus()


def test_escape_closes_the_proof_also_while_the_focus_is_elsewhere(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(FakeDesk())) as window:
        proven(qtbot, window)
        window.rail.button("sources").setFocus()
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
        assert window.proofs.sheet is not None and not window.proofs.sheet.isVisible()


def test_any_screen_that_asks_for_a_proof_gets_it(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(FakeDesk())) as window:
        at(window, "command").proof_asked.emit(ERRORS)
        assert window.proofs.sheet is not None
        qtbot.waitUntil(lambda: window.proofs.has_proof())


def test_a_screen_with_a_panel_of_its_own_shows_the_proof_there(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(FakeDesk())) as window:
        screen = at(window, "command")
        screen.proof = ProofPanel(window.bridge, window.desk, screen)
        screen.proof.show()
        window.proofs.show(ERRORS)
        qtbot.waitUntil(lambda: window.proofs.has_proof())
        assert window.proofs.sheet is None and window.proofs.panel() is screen.proof


def test_leaving_the_session_takes_its_proof_away(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(FakeDesk("Old"))) as window:
        proven(qtbot, window)
        window.open_session(Path("/sessions/New.hypercare"))
        qtbot.waitUntil(lambda: window.desk is not None and window.desk.name == "New")
        assert window.proofs.sheet is None


def test_a_pasted_link_opens_the_same_number_at_the_same_moment(qtbot: QtBot) -> None:
    desk = FakeDesk("Atlas")
    with window_on(qtbot, FakeWorkplace(desk)) as window:
        paste(window, ERRORS.link(desk.session_id))
        qtbot.waitUntil(lambda: ("proof", ERRORS) in desk.acts)


# What the panel shows


def test_a_proof_shows_value_interval_evidence_target_coverage_statement_and_sources(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(FakeDesk())) as window:
        panel = proven(qtbot, window)
        assert panel.facts.texts == [
            ("value", "0.41 %"), ("95 % interval", "0.40–0.42 %"), ("n", "9 412 806"), ("target", "< 0.1 %"),
        ]  # fmt: skip
        assert panel.sql.toPlainText() == "SELECT sum(calls)\nFROM <b>traffic</b>"
        assert "38 min late" in panel.coverage.text() and "4 min missing" in panel.strip.accessibleDescription()
        assert panel.aside.text() == "as known now · 14:21:07"
        assert "250 minutes and routes" in panel.rows_title.text().replace("\u202f", "")
        assert nameless(panel) == []


def test_a_criterion_that_rests_on_decisions_has_no_rows_to_save(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(FakeDesk())) as window:
        panel = proven(qtbot, window, SIGNED)
        assert panel.rows.isHidden() and panel.buttons["csv"].isHidden() and not panel.buttons["link"].isHidden()


def test_rows_come_by_the_hundred_as_they_are_scrolled_to(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with window_on(qtbot, FakeWorkplace(desk)) as window:
        panel = proven(qtbot, window)
        panel.rows.setFocus()
        QTest.keyClick(panel.rows, Qt.Key.Key_End)
        qtbot.waitUntil(lambda: panel.rows.selected_key == str(ROWS - 1))
        asked = [act[1:] for act in desk.acts if act[0] == "proof_rows"]
        assert asked[0] == (0, 100)
        assert all(offset % 100 == 0 and limit % 100 == 0 for offset, limit in asked)


def test_link_text_and_markdown_go_to_the_clipboard_by_key_and_by_action(qtbot: QtBot) -> None:
    with window_on(qtbot, FakeWorkplace(FakeDesk("Atlas"))) as window:
        panel = proven(qtbot, window)
        QTest.keyClick(panel, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
        assert QApplication.clipboard().text() == ERRORS.link("id-Atlas")
        assert window.book.run("proof.text")
        assert "value: 0.41 %" in QApplication.clipboard().text()
        QTest.keyClick(panel.buttons["markdown"], Qt.Key.Key_Space)
        assert "```sql" in QApplication.clipboard().text()
        assert "clipboard" in panel.told.text()


@pytest.mark.parametrize("form", ["csv", "json"])
def test_all_rows_are_saved_where_the_user_says(form: str, qtbot: QtBot, tmp_path: Path) -> None:
    desk = FakeDesk()
    with window_on(qtbot, FakeWorkplace(desk)) as window:
        panel = proven(qtbot, window)
        panel.save_rows(form)
        dialog = panel._saving.dialog
        assert (dialog is not None and not dialog.isModal()) or dialog is not None
        dialog.fileSelected.emit(str(tmp_path / f"rows.{form}"))
        qtbot.waitUntil(lambda: "Written to" in panel.told.text())
        dialog.close()
        assert desk.acts[-1] == ("export_proof", ERRORS, form, str(tmp_path / f"rows.{form}"))


@pytest.mark.parametrize("scale", [0.8, 1.0, 2.0])
def test_the_sheet_stays_inside_the_window_at_every_text_size(scale: float, qtbot: QtBot, qapp: QApplication) -> None:
    with window_on(qtbot, FakeWorkplace(FakeDesk())) as window:
        window.resize(1280, 720)
        proven(qtbot, window)
        theme.apply(qapp, theme.Theme(scale=scale))
        QApplication.processEvents()
        window.resize(1300, 760)
        QApplication.processEvents()
        assert window.proofs.sheet is not None
        assert window.rect().contains(window.proofs.sheet.geometry())


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_no_fact_is_cut_when_a_longer_one_takes_the_place_of_a_shorter(
    scale: float, qtbot: QtBot, qapp: QApplication
) -> None:
    theme.apply(qapp, theme.Theme(scale=scale))
    row = FactsRow()
    qtbot.addWidget(row)
    row.resize(600, 200)
    row.show()
    row.show_facts((Fact("value", "1 %"), Fact("n", "2")))
    QApplication.processEvents()
    row.show_facts((Fact("value", "0.05 %"), Fact("n", "470 243 671"), Fact("criterion", "on track")))

    def cut() -> list[str]:
        shown = [label for label in row.findChildren(Label) if label.isVisible()]
        return [s.text() for s in shown if s.width() < QFontMetrics(s.font()).horizontalAdvance(s.text())]

    qtbot.waitUntil(lambda: len(row.texts) == 3 and not cut())


# Numbers on the screen


def test_a_tile_opens_by_enter_space_click_and_menu(qtbot: QtBot) -> None:
    tile = TileView(replace(figures.tiles()[1], number=ERRORS))
    qtbot.addWidget(tile)
    tile.show()
    heard: list[object] = []
    tile.proof_asked.connect(heard.append)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
        QTest.keyClick(tile, key)
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    assert heard == [ERRORS] * 4
    QApplication.sendEvent(tile, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), QPoint(5, 5)))
    QTest.keyClick(open_menu(), Qt.Key.Key_Return)
    assert heard == [ERRORS] * 5


def test_a_refreshed_tile_that_looks_the_same_opens_the_newer_number(qtbot: QtBot) -> None:
    tile = TileView(replace(figures.tiles()[1], number=ERRORS))
    qtbot.addWidget(tile)
    later = replace(ERRORS, end=NOW + MINUTE)
    tile.show_tile(replace(figures.tiles()[1], number=later))
    with qtbot.waitSignal(tile.proof_asked) as caught:
        tile.click()
    assert caught.args == [later]


def test_a_criterion_opens_by_enter(qtbot: QtBot) -> None:
    card = CriteriaCard()
    qtbot.addWidget(card)
    line = CriterionLine("handover", Tone.QUIET, "Team handover", "not signed", "", number=SIGNED)
    card.show_panel(CriteriaPanel("", (line,)))
    card.show()
    with qtbot.waitSignal(card.proof_asked) as caught:
        QTest.keyClick(card.lines[0], Qt.Key.Key_Return)
    assert caught.args == [SIGNED]


def chart_of(*curves: Curve) -> ChartFigure:
    return ChartFigure("c", "Chart", "count", float(curves[0].xs[0]) - 30, float(curves[0].xs[-1]) + 30, curves)


def minutes(name: str, *ys: float, kpi: str = "", faint: bool = False) -> Curve:
    first = NOW - NOW % MINUTE - len(ys) * MINUTE
    xs = (first + np.arange(len(ys)) * MINUTE + MINUTE / 2) / 1e6
    return Curve(name, Tone.BAD, xs, np.array(ys), faint, kpi, Buckets(first, MINUTE, first + len(ys) * MINUTE, THEN))


def test_enter_on_a_chart_opens_the_bucket_under_the_cross_hair(qtbot: QtBot) -> None:
    chart = Chart(CrossHair())
    qtbot.addWidget(chart)
    chart.resize(400, 160)
    curve = minutes("errors", 1, 2, 3, kpi="error_rate_5xx")
    chart.show_figure(chart_of(curve, minutes("last week", 1, 1, 1, kpi="error_rate_5xx", faint=True)))
    chart.show()
    for _ in range(2):
        QTest.keyClick(chart.plot, Qt.Key.Key_Left)
    with qtbot.waitSignal(chart.proof_asked) as caught:
        QTest.keyClick(chart.plot, Qt.Key.Key_Return)
    assert curve.buckets is not None
    assert caught.args == [curve.buckets.number("error_rate_5xx", 1)]
    assert caught.args[0].end - caught.args[0].start == MINUTE


def test_where_nothing_is_known_there_is_nothing_to_prove(qtbot: QtBot) -> None:
    chart = Chart(CrossHair())
    qtbot.addWidget(chart)
    chart.resize(400, 160)
    chart.show_figure(chart_of(minutes("errors", 1, np.nan, 3, kpi="error_rate_5xx"), minutes("bare", 1, 1, 1)))
    heard: list[object] = []
    chart.proof_asked.connect(heard.append)
    chart.show()
    for _ in range(2):
        QTest.keyClick(chart.plot, Qt.Key.Key_Left)
    QTest.keyClick(chart.plot, Qt.Key.Key_Return)
    assert heard == []


def test_a_chart_of_several_numbers_asks_which_one_by_a_menu_of_keys(qtbot: QtBot) -> None:
    chart = Chart(CrossHair())
    qtbot.addWidget(chart)
    chart.resize(400, 160)
    chart.show_figure(chart_of(minutes("p50", 1, 2, kpi="latency_p50"), minutes("p95", 4, 5, kpi="latency_p95")))
    chart.show()
    QTest.keyClick(chart.plot, Qt.Key.Key_Return)
    menu = open_menu()
    assert [entry.text() for entry in menu.actions()] == ["Show the proof of p50", "Show the proof of p95"]
    QTest.keyClick(menu, Qt.Key.Key_Down)
    with qtbot.waitSignal(chart.proof_asked) as caught:
        QTest.keyClick(menu, Qt.Key.Key_Return)
    assert caught.args[0].kpi == "latency_p95"


def test_enter_on_a_table_row_opens_the_first_number_in_it(qtbot: QtBot) -> None:
    table = Table("Numbers")
    qtbot.addWidget(table)
    columns = (Column("name", "Name", 0), Column("value", "Value", 60))
    row = Row("a", (Cell("5xx"), Cell("0.41 %", number=ERRORS)))
    table.show_window(TableWindow(columns, 1, 0, (row,)))
    table.show()
    table.go_to(0)
    with qtbot.waitSignal(table.proof_asked) as caught:
        QTest.keyClick(table, Qt.Key.Key_Return)
    assert caught.args == [ERRORS]
