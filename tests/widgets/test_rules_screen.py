"""Rules are written while their dry run stands beside them, on a real session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from console.desk import Desk, ReadingDesk
from console.model.facts import Facts, Fetched
from console.model.rules import read
from console.present import rule_form
from console.queries import rule_book
from console.settings import from_document
from console.store import session as sessions
from console.store.append import PollRow
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0, moved, settled, ticket
from tests.conftest import StandingClock
from tests.fresh import created
from tests.widgets.screens_at_hand import nameless
from widgets.bridge import Bridge
from widgets.rules.screen import RulesScreen

TEXTS = {"title": "Payments", "any": "payment\ncheckout", "severity": "P2", "tag": "pay, vip"}


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    made = Lanes()
    yield made
    made.close()


@pytest.fixture
def desk(tmp_path: Path, lanes: Lanes) -> Iterator[Desk]:
    made = Desk(
        created(tmp_path / "a.hypercare", StandingClock(T0)), StandingClock(T0), lanes, KeyringVault(),
        lambda _change: None,
    )  # fmt: skip
    lanes.write(made.save_settings, from_document({"me": {"name": "ann"}})).result()
    titles = ("Payment <b>fails</b>", "Checkout hangs", "Blank page")
    events = [e for n, title in enumerate(titles) for e in ticket(f"A-{n}", T0 + n, "P3", title=title)]
    events.append(moved("A-0", T0 + 60_000_000, "P1", "severity"))
    lanes.write(made.append, [(PollRow("jira", T0, T0, "good"), Fetched(Facts(ticket_event=events)))]).result()
    yield made
    made.close()


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, lanes: Lanes) -> Iterator[RulesScreen]:
    yield from shown(qtbot, desk, lanes)


def shown(qtbot: QtBot, desk: Any, lanes: Lanes) -> Iterator[RulesScreen]:
    bridge = Bridge(lanes)
    made = RulesScreen(bridge, desk)
    made.resize(1500, 900)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    try:
        qtbot.waitUntil(lambda: made.figure is not None)
        yield made
    finally:
        bridge.close()
        made.close()
        made.deleteLater()
        for lane in (lanes.read, lanes.analysis, lanes.write):
            lane(int).result()


def type_rule(screen: RulesScreen, **texts: str) -> None:
    for key, text in {**TEXTS, **texts}.items():
        screen.editor.fields[key].set_text(text)
    QTest.keyClick(screen.editor.fields["title"].control, Qt.Key.Key_End)
    QTest.keyClicks(screen.editor.fields["title"].control, "!")


@pytest.mark.thorough
def test_what_cannot_be_a_rule_is_told_while_it_is_typed_and_not_saved(
    qtbot: QtBot, screen: RulesScreen, desk: Desk
) -> None:
    screen.new_rule()
    type_rule(screen, filter="chanel:portal")
    qtbot.waitUntil(lambda: '"channel"' in screen.editor.error.text())
    assert not screen.editor.save.isEnabled()
    type_rule(screen, filter="", order="soon")
    qtbot.waitUntil(lambda: "whole number" in screen.editor.error.text())
    assert desk.settings().rule == []


@pytest.mark.thorough
def test_the_dry_run_follows_what_is_typed(qtbot: QtBot, screen: RulesScreen) -> None:
    screen.new_rule()
    type_rule(screen)
    qtbot.waitUntil(lambda: screen.editor.headline.text().startswith("2 of the last"))
    assert screen.editor.agreement.text() == "People decided the same in 0 of 1."
    told = " ".join(f"{upper.text()} {lower.text()}" for upper, lower in screen.editor.lines._labels)
    assert (
        "Severity P3 → P2, Tag pay, Tag vip" in told and "people decided P1" in told and "Payment <b>fails</b>" in told
    )
    type_rule(screen, any="blank")
    qtbot.waitUntil(lambda: screen.editor.headline.text().startswith("1 of the last"))


@pytest.mark.thorough
def test_a_rule_is_saved_switched_and_removed(qtbot: QtBot, screen: RulesScreen, desk: Desk) -> None:
    screen.new_rule()
    type_rule(screen, enabled="yes")
    qtbot.waitUntil(lambda: screen.editor.save.isEnabled() and "2 of" in screen.editor.headline.text())
    screen.editor.save.click()
    qtbot.waitUntil(lambda: "payments" in screen.rules.lines and screen.rules.lines["payments"].row.own)
    line = screen.rules.lines["payments"]
    assert "proposes" in line.state.text() and screen.list.isVisible() and not screen.editor.isVisible()
    line.switch.click()
    qtbot.waitUntil(lambda: "off" in screen.rules.lines["payments"].state.text())
    assert desk.settings().rule[0]["enabled"] is False
    screen.edit_rule("payments")
    assert screen.editor.texts["any"] == "payment\ncheckout" and screen.editor.texts["tag"] == "pay, vip"
    screen.editor.remove.click()
    qtbot.waitUntil(lambda: not screen.rules.lines["payments"].row.own)
    assert desk.settings().rule == []


def test_what_a_rule_did_is_taken_back_where_it_stands_and_said_in_a_sentence(
    qtbot: QtBot, screen: RulesScreen, desk: Desk, lanes: Lanes
) -> None:
    rule = {"name": "pay", "when": {"any": ["payment"]}, "then": {"severity": "P1"}, "mode": "act"}
    lanes.write(desk.save_ticket_rule, rule).result()
    settled(desk, lanes)
    events = [e for n in (7, 8) for e in ticket(f"A-{n}", T0 + 60_000_000, "P3", title="Payment fails")]
    lanes.write(desk.append, [(PollRow("jira", T0, T0, "good"), Fetched(Facts(ticket_event=events)))]).result()
    settled(desk, lanes)
    screen.refresh()
    qtbot.waitUntil(lambda: "pay" in screen.rules.lines and screen.rules.lines["pay"].undo.isVisible())
    assert not screen.rules.lines["security"].undo.isVisible()
    assert screen.rules.lines["pay"].undo.text() == "Undo on 2\xa0tickets"
    assert nameless(screen) == []
    screen.rules.lines["pay"].undo.click()
    qtbot.waitUntil(lambda: not screen.rules.lines["pay"].undo.isVisible())
    assert "Taken back: what rule “pay” did on 2\xa0tickets." in screen.banner.text


def test_removing_takes_the_rule_that_was_opened_whatever_name_was_typed(
    qtbot: QtBot, screen: RulesScreen, desk: Desk, lanes: Lanes
) -> None:
    for name in ("one", "two"):
        lanes.write(desk.save_ticket_rule, {"name": name, "when": {"any": ["x"]}, "then": {"tag": "y"}}).result()
    screen.refresh()
    qtbot.waitUntil(lambda: {"one", "two"} <= screen.rules.lines.keys())
    screen.edit_rule("one")
    screen.editor.fields["name"].set_text("two")
    screen.editor.remove.click()
    qtbot.waitUntil(lambda: len(desk.settings().rule) == 1)
    assert desk.settings().rule[0]["name"] == "two"


def test_an_example_is_switched_on_as_ones_own(qtbot: QtBot, screen: RulesScreen, desk: Desk) -> None:
    screen.rules.lines["security"].switch.click()
    qtbot.waitUntil(lambda: "proposes" in screen.rules.lines["security"].state.text())
    assert [item["name"] for item in desk.settings().rule] == ["security"]
    assert nameless(screen) == []


@pytest.mark.thorough
def test_a_session_that_is_read_tries_rules_and_saves_none(
    qtbot: QtBot, desk: Desk, lanes: Lanes, tmp_path: Path
) -> None:
    desk.close()
    reading = ReadingDesk(sessions.open_foreign(desk.path), StandingClock(T0))
    for screen in shown(qtbot, reading, lanes):
        assert not screen.add.isVisible()
        assert all(not line.switch.isVisible() for line in screen.rules.lines.values())
        screen.edit_rule("payments")
        qtbot.waitUntil(lambda s=screen: "of the last" in s.editor.headline.text())
        assert not screen.editor.save.isVisible() and not screen.editor.remove.isVisible()
    reading.close()
    desk.close = lambda: None  # type: ignore[method-assign]


@pytest.mark.parametrize("name", sorted(rule_book.shipped()))
def test_the_form_gives_back_the_rule_it_was_given(name: str) -> None:
    held = rule_book.shipped()[name]
    assert read(rule_form.document(rule_form.texts(held))) == read(held)
