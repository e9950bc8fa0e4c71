"""Calendars, policies and ladder in Settings: mistakes are said at their field, and what changes is seen before it is saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.model.change import Change
from console.settings import Settings, from_document
from tests.widgets.fake_desk import SETTINGS, FakeDesk, FakeWorkplace, Preferences
from tests.widgets.screens_at_hand import bridge_for, nameless
from widgets.refused import RefusedError
from widgets.settings.document import Typed, settings_from, typed_from
from widgets.settings.items import ItemsEditor
from widgets.settings.screen import SettingsScreen

BERLIN = ZoneInfo("Europe/Berlin")
TERMS: dict[str, Any] = {
    "calendar": [
        {"name": "office", "hours": {"weekdays": ["09:00-12:00", "13:00-17:00"], "friday": "09:00-15:00"}},
        {"name": "tokyo", "time_zone": "Asia/Tokyo", "hours": {"every_day": "08:00-20:00"}, "holidays": [date(2026, 1, 1)],
         "holidays_from": "/tmp/days.ics", "imported": [date(2026, 12, 25)]},
    ],
    "sla": [
        {"name": "gold", "severity": ["P1", "P2"], "segment": "enterprise", "respond": 600, "resolve": "2 h"},
        {"name": "P3", "resolve": "5 working days", "calendar": "tokyo", "pause_on": []},
    ],
    "escalation": [{"at": 50, "tell": "assignee"}, {"at": 100, "tell": ["team lead", "on-call"]}],
}  # fmt: skip
HOURS = ["09:00-17:00"] * 5 + ["", ""]


def with_terms() -> Settings:
    read = from_document(TERMS)
    return msgspec.structs.replace(SETTINGS, **{name: getattr(read, name) for name in TERMS})


def calendar(
    name: str = "desk", zone: str = "", hours: list[str] = HOURS, holidays: str = "", path: str = ""
) -> list[str]:
    return [name, zone, *hours, holidays, path]


def policy(name: str = "gold", **cells: str) -> list[str]:
    keys = ("severity", "segment", "kind", "source", "calendar", "respond", "resolve", "pause_on")
    return [name, *(cells.get(key, "") for key in keys)]


def read(tables: dict[str, list[list[str]]], before: Settings = SETTINGS, **texts: str) -> Settings:
    typed = typed_from(before, BERLIN)
    return settings_from(Typed({**typed.texts, **texts}, {**typed.tables, **tables}), before, BERLIN)


@pytest.mark.parametrize(
    ("table", "row", "words"),
    [
        ("calendar", calendar(hours=["09:00-13:00, 12:00-17:00", *HOURS[1:]]), "hours on monday that overlap"),
        ("calendar", calendar(hours=["17:00-09:00", *HOURS[1:]]), "ends before it begins"),
        ("calendar", calendar(hours=["9 to 5", *HOURS[1:]]), "write hours as"),
        ("calendar", calendar(hours=["25:00-26:00", *HOURS[1:]]), "no time of day"),
        ("calendar", calendar(hours=[""] * 7), "no working hour in the week"),
        ("calendar", calendar(zone="Europe/Atlantis"), 'unknown time zone "Europe/Atlantis"'),
        ("calendar", calendar(holidays="Christmas"), "“Christmas” is no date"),
        ("calendar", calendar(holidays="2026-02-30"), "no day of a year"),
        ("calendar", calendar(name="always"), "cannot be changed"),
        ("calendar", calendar(name=""), "needs a name"),
        ("sla", policy(name="", respond="1 h"), "needs a name"),
        ("sla", policy(), "promises nothing"),
        ("sla", policy(respond="soon"), "has respond = 'soon'"),
        ("sla", policy(respond="1 h", severity="P9"), 'is for the severity "p9"'),
        ("sla", policy(respond="1 h", calendar="offcie"), 'Did you mean "office"'),
        ("escalation", ["half", "lead"], "not “half”"),
        ("escalation", ["0", "lead"], "percent of a target"),
        ("escalation", ["50", ""], "who is told"),
        ("escalation", ["", "lead"], "percent of a target"),
        ("escalation", ["50", " , "], "tells nobody"),
    ],
)
def test_one_sentence_says_what_is_wrong_with_which_row(table: str, row: list[str], words: str) -> None:
    good = {"calendar": calendar("good"), "sla": policy("good", respond="1 h"), "escalation": ["75", "lead"]}[table]
    with pytest.raises(RefusedError) as refused:
        read({table: [good, row]})
    assert words in refused.value.sentence
    assert (refused.value.field, refused.value.row) == (table, 1)


def test_the_same_name_or_percent_twice_is_said_at_the_second() -> None:
    for table, row in (("calendar", calendar()), ("sla", policy(respond="1 h")), ("escalation", ["50", "lead"])):
        with pytest.raises(RefusedError) as refused:
            read({table: [row, row]})
        assert (refused.value.field, refused.value.row) == (table, 1)


def test_a_policy_whose_calendar_was_removed_is_refused() -> None:
    with pytest.raises(RefusedError) as refused:
        read({"calendar": []}, with_terms())
    assert (refused.value.field, refused.value.row) == ("sla", 1)
    assert '"tokyo"' in refused.value.sentence


@pytest.mark.parametrize(("share", "after"), [("often", "3 d"), ("0", "3 d"), ("0.5", "soon"), ("-25 %", "3 d")])
def test_when_a_ticket_is_forgotten_must_be_readable(share: str, after: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read({}, forgotten_share=share, forgotten_after=after)
    assert refused.value.field == "forgotten_share"


def test_what_was_not_touched_stays_as_it_was_written() -> None:
    before = with_terms()
    assert read({}, before) == before
    tables = typed_from(before, BERLIN).tables
    tables["calendar"][1][1] = "Asia/Seoul"
    after = read(tables, before)
    assert after.calendar[0] == before.calendar[0]
    assert after.calendar[1].time_zone == "Asia/Seoul"
    assert after.calendar[1].imported == [date(2026, 12, 25)]
    assert after.sla == before.sla
    tables["calendar"][1][-1] = "/tmp/other.ics"
    assert read(tables, before).calendar[1].imported == []


def test_rows_become_terms() -> None:
    after = read({
        "calendar": [calendar(holidays="2026-12-25, 2026-12-26")], "escalation": [["50 %", "assignee"], ["", ""]],
        "sla": [policy(severity="p1; p2", kind="bug", respond="10 min", pause_on="never"), policy("P4", resolve="none")],
    }, forgotten_share="50 %", forgotten_after="")  # fmt: skip
    assert after.calendar[0].hours == {day: ["09:00-17:00"] for day in
                                       ("monday", "tuesday", "wednesday", "thursday", "friday")}  # fmt: skip
    assert after.calendar[0].holidays == [date(2026, 12, 25), date(2026, 12, 26)]
    assert (after.sla[0].severity, after.sla[0].kind, after.sla[0].pause_on) == (["p1", "p2"], "bug", [])
    assert (after.sla[1].resolve, after.sla[1].respond, after.sla[1].pause_on) == ("none", None, None)
    assert [(r.at, r.tell) for r in after.escalation] == [(50.0, ["assignee"])]
    assert (after.forgotten.share, after.forgotten.after) == (0.5, "3 d")


@contextmanager
def screen_on(qtbot: QtBot, desk: FakeDesk, drafts: Preferences | None = None) -> Iterator[SettingsScreen]:
    with bridge_for(FakeWorkplace(desk)) as bridge:
        screen = SettingsScreen(bridge, desk, drafts)
        screen.resize(1400, 900)
        with qtbot.waitExposed(screen):
            screen.show()
        screen.activateWindow()
        try:
            qtbot.waitUntil(lambda: bool(screen.texts["name"].text()))
            yield screen
        finally:
            screen.close()
            screen.deleteLater()


def editor_of(screen: SettingsScreen, name: str) -> ItemsEditor:
    editor = screen.tables[name]
    assert isinstance(editor, ItemsEditor)
    return editor


def put(screen: SettingsScreen, table: str, key: str, text: str) -> None:
    control = editor_of(screen, table).field(key).control
    control.setFocus()
    control.selectAll()  # type: ignore[attr-defined]  # a line of text
    QTest.keyClicks(control, text)


@pytest.fixture
def desk() -> FakeDesk:
    made = FakeDesk()
    made.current = with_terms()
    return made


def test_a_mistake_stands_at_its_field_and_nothing_is_asked_or_saved(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as screen:
        office = editor_of(screen, "calendar")
        put(screen, "calendar", "monday", "09:00-13:00, 12:00-17:00")
        office.names.setCurrentRow(1)
        screen.save()
        assert office.names.currentRow() == 0
        assert "overlap" in office.field("monday").error.text()
        assert office.field("monday").error.isVisible()
        assert office.field("monday").control.hasFocus()
        assert desk.acts == []
        put(screen, "calendar", "monday", "09:00-12:00")
        assert not office.field("monday").error.isVisible()


def test_a_file_that_is_no_calendar_is_said_at_its_path(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.preview_refusal = "The holidays /tmp/photo.png are not a calendar in iCalendar format (x)."
    with screen_on(qtbot, desk) as screen:
        editor = editor_of(screen, "calendar")
        editor.names.setCurrentRow(1)
        field = editor.field("holidays_from")
        field.take("/tmp/photo.png")  # type: ignore[attr-defined]  # what the dialog chose
        screen.save()
        qtbot.waitUntil(lambda: "not a calendar" in field.error.text())
        assert screen.save_button.isEnabled()
        assert desk.acts == []


def test_what_would_change_is_shown_before_it_is_saved_and_only_then_saved(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.preview = ("12 SLA clocks would be told otherwise:", "  3 × resolution: ok becomes breached")
    with screen_on(qtbot, desk) as screen:
        put(screen, "sla", "resolve", "1 h")
        QTest.keyClick(screen, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        screen.save()
        qtbot.waitUntil(screen.whatif.isVisible)
        assert "12 SLA clocks" in screen.whatif.headline.text()
        assert screen.whatif.back.hasFocus()
        assert [act[0] for act in desk.acts] == ["sla_preview"]
        QTest.keyClick(screen.whatif.back, Qt.Key.Key_Escape)
        assert not screen.whatif.isVisible()
        assert screen.can_save()
        screen.save()
        qtbot.waitUntil(screen.whatif.isVisible)
        screen.whatif.save.setFocus()
        QTest.keyClick(screen.whatif.save, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: any(act[0] == "save_settings" for act in desk.acts))
        assert desk.current.sla[0].resolve == "1 h"
        qtbot.waitUntil(lambda: not screen.can_save())
        assert not screen.whatif.isVisible()


def test_what_came_from_elsewhere_while_asked_is_not_taken_back_by_agreeing(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.preview = ("12 SLA clocks would be told otherwise:",)
    with screen_on(qtbot, desk) as screen:
        put(screen, "sla", "resolve", "1 h")
        screen.save()
        qtbot.waitUntil(screen.whatif.isVisible)
        desk.current = msgspec.structs.replace(
            desk.current, routes=from_document({"routes": {"internal": ["/up"]}}).routes
        )
        screen._changed(Change.SETTINGS)
        qtbot.waitUntil(lambda: not screen.whatif.isVisible())
        assert "changed elsewhere" in screen.banner.text
        assert screen.can_save() and [act[0] for act in desk.acts] == ["sla_preview"]


def test_what_changes_no_clock_and_what_is_no_term_is_saved_at_once(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as screen:
        put(screen, "sla", "resolve", "1 h")
        screen.save()
        qtbot.waitUntil(lambda: "saved" in screen.banner.text)
        assert [act[0] for act in desk.acts] == ["sla_preview", "save_settings"]
        desk.acts.clear()
        screen.tables["escalation"].set_rows([["90", "lead"]])
        screen.tables["escalation"].edited.emit()
        screen.save()
        qtbot.waitUntil(lambda: bool(desk.acts))
        assert [act[0] for act in desk.acts] == ["save_settings"]


def test_an_edit_takes_a_shown_change_away_so_that_nothing_else_is_saved(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.preview = ("12 SLA clocks would be told otherwise:",)
    with screen_on(qtbot, desk) as screen:
        put(screen, "sla", "resolve", "1 h")
        screen.save()
        qtbot.waitUntil(screen.whatif.isVisible)
        put(screen, "sla", "resolve", "3 h")
        assert not screen.whatif.isVisible()
        screen.whatif.confirmed.emit()
        assert [act[0] for act in desk.acts] == ["sla_preview"]


def test_one_may_look_at_what_would_change_without_saving(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as screen:
        put(screen, "sla", "resolve", "1 h")
        screen.tries.click()
        qtbot.waitUntil(lambda: "No SLA clock" in screen.banner.text)
        desk.preview = ("1 SLA clock would be told otherwise:",)
        screen.tries.click()
        qtbot.waitUntil(screen.whatif.isVisible)
        assert not screen.whatif.save.isVisible()


def test_by_keys_alone_an_item_is_added_named_moved_and_removed(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as screen:
        editor = editor_of(screen, "sla")
        editor.add.setFocus()
        QTest.keyClick(editor.add, Qt.Key.Key_Space)
        name = editor.field("name").control
        assert name.hasFocus()
        QTest.keyClicks(name, "silver")
        assert [row[0] for row in editor.rows()] == ["gold", "P3", "silver"]
        assert editor.names.item(2).text() == "silver"
        editor.names.setFocus()
        QTest.keyClick(editor.names, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        assert [row[0] for row in editor.rows()] == ["gold", "silver", "P3"]
        QTest.keyClick(editor.names, Qt.Key.Key_Delete)
        assert [row[0] for row in editor.rows()] == ["gold", "P3"]
        screen.undo()
        assert not screen.can_save()


def test_each_section_is_reached_from_the_palette(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as screen:
        ran = {action.id: action for action in screen.actions_of_screen()}
        for name, control in (
            ("settings.calendars", editor_of(screen, "calendar").names), ("settings.policies", editor_of(screen, "sla").names),
            ("settings.ladder", screen.tables["escalation"].grid),  # type: ignore[union-attr]  # a table of rows
        ):  # fmt: skip
            ran[name].act()
            assert control.hasFocus()
            assert not control.visibleRegion().isEmpty()
        screen.tables["sla"].set_rows([])
        ran["settings.policies"].act()
        assert editor_of(screen, "sla").add.hasFocus()
        assert "settings.try" in ran


def test_without_any_item_there_is_no_form_and_a_new_calendar_has_usual_hours(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as screen:
        editor = editor_of(screen, "calendar")
        assert not editor.form.isVisible()
        assert not editor.remove.isEnabled()
        editor.add_row()
        assert editor.form.isVisible()
        assert "40 h a week" in editor.names.item(0).text()
        screen.save()
        assert "needs a name" in editor.field("name").error.text() + editor.error.text()
        assert nameless(screen) == []


def test_the_holidays_of_a_file_are_counted_below_its_path(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as screen:
        editor = editor_of(screen, "calendar")
        editor.names.setCurrentRow(1)
        assert "1\u00a0holiday was read from it, " in editor.field("holidays_from").help.text()
        editor.names.setCurrentRow(0)
        assert "iCalendar" in editor.field("holidays_from").help.text()


def test_a_draft_of_before_these_sections_takes_nothing_away(qtbot: QtBot, desk: FakeDesk) -> None:
    drafts = Preferences()
    old = typed_from(desk.current, BERLIN)
    texts = {**old.texts, "name": "Drafted"}
    del old.tables["calendar"], old.tables["sla"], texts["forgotten_share"]
    drafts.set(f"settings draft {desk.path}", {"texts": texts, "tables": old.tables})
    with screen_on(qtbot, desk, drafts) as screen:
        assert screen.texts["name"].text() == "Drafted"
        assert [row[0] for row in editor_of(screen, "calendar").rows()] == ["office", "tokyo"]


def test_in_one_column_every_card_gets_the_height_it_asks_for(qtbot: QtBot, desk: FakeDesk) -> None:
    with screen_on(qtbot, desk) as screen:
        screen.resize(900, 700)
        editor_of(screen, "sla").add_row()
        QApplication.processEvents()
        for card in (*screen._sides[0], *screen._sides[1]):
            qtbot.waitUntil(lambda c=card: c.height() >= c.heightForWidth(c.width()))  # type: ignore[misc]  # of now
