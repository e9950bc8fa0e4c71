"""Settings: mistakes are said where they stand, edits wait marked, sources pass through untouched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from console.model.change import Change
from console.settings import Settings, SourceSettings, from_document
from tests.widgets.fake_desk import SETTINGS, FakeDesk, FakeWorkplace, Preferences
from tests.widgets.screens_at_hand import bridge_for, nameless
from widgets.bridge import Bridge
from widgets.refused import RefusedError
from widgets.settings.document import (
    Typed,
    instant_of,
    number_of,
    rows_of_csv,
    settings_from,
    typed_from,
    typed_of,
    wall_clock,
)
from widgets.settings.screen import SettingsScreen

BERLIN = ZoneInfo("Europe/Berlin")


@contextmanager
def screen_on(
    qtbot: QtBot, desk: FakeDesk, drafts: Preferences | None = None
) -> Iterator[tuple[SettingsScreen, Bridge]]:
    with bridge_for(FakeWorkplace(desk)) as bridge:
        screen = SettingsScreen(bridge, desk, drafts)
        screen.resize(1400, 800)
        with qtbot.waitExposed(screen):
            screen.show()
        screen.activateWindow()
        try:
            qtbot.waitUntil(lambda: bool(screen.texts["name"].text()))
            yield screen, bridge
        finally:
            screen.close()
            screen.deleteLater()


def typed(screen: SettingsScreen, qtbot: QtBot, name: str, text: str) -> None:
    control = screen.texts[name].control
    control.setFocus()
    control.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(control, text)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("name", " ", "needs a name"),
        ("go_live", "soon", "not a time"),
        ("time_zone", "Europe/Berln", "unknown"),
        ("planned_days", "a week", "whole number"),
        ("bad_minute_5xx", "many", "is a number"),
        ("keep_calls_days", "1.5", "whole number"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_saved(qtbot: QtBot, field: str, text: str, words: str) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        typed(screen, qtbot, field, text)
        screen.save()
        assert words in screen.texts[field].error.text()
        assert screen.texts[field].text() == text
        assert desk.acts == []


def test_a_mistake_the_settings_find_is_a_sentence_in_the_banner(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        typed(screen, qtbot, "planned_days", "0")
        screen.save()
        assert "planned_days must be 1 or more" in screen.banner.text
        assert desk.acts == []


def test_a_wrong_row_is_said_below_its_table(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        screen.tables["flow"].set_rows([["checkout", "POST /pay", "p96", "500"]])
        screen.tables["flow"].edited.emit()
        screen.save()
        assert 'Did you mean "p9' in screen.tables["flow"].error.text()


def test_edits_are_marked_saved_with_the_sources_as_they_stand_and_unmarked(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        heard: list[bool] = []
        screen.unsaved.connect(heard.append)
        typed(screen, qtbot, "name", "Atlas 4")
        assert heard == [True]
        late = SourceSettings("late", "scrape")
        desk.current = msgspec.structs.replace(desk.current, source=[late])
        screen.save()
        qtbot.waitUntil(lambda: heard == [True, False])
        saved = desk.acts[0][1]
        assert saved.session.name == "Atlas 4"
        assert saved.source == [late]
        assert saved.flow == SETTINGS.flow
        assert saved.release == SETTINGS.release


def test_saving_keeps_the_alert_rules_that_another_form_made_meanwhile(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        typed(screen, qtbot, "planned_days", "21")
        rule = {"name": "slow", "kpi": "latency_p95", "above": 500}
        desk.current = msgspec.structs.replace(desk.current, alert=[rule])
        screen.save()
        qtbot.waitUntil(lambda: bool(desk.acts))
        assert desk.acts[0][1].alert == [rule]


def test_a_refusal_of_the_desk_keeps_the_edits(qtbot: QtBot) -> None:
    desk = FakeDesk()
    desk.refusal = "The session is open for reading only."
    with screen_on(qtbot, desk) as (screen, _):
        typed(screen, qtbot, "name", "Atlas 4")
        screen.save()
        qtbot.waitUntil(lambda: screen.banner.text == desk.refusal)
        assert screen.texts["name"].text() == "Atlas 4"
        assert screen.can_save()


def test_undo_brings_back_what_is_saved(qtbot: QtBot) -> None:
    drafts = Preferences()
    with screen_on(qtbot, FakeDesk(), drafts) as (screen, _):
        typed(screen, qtbot, "name", "Atlas 4")
        assert any(drafts.values.values())
        screen.undo_button.click()
        assert screen.texts["name"].text() == SETTINGS.session.name
        assert not screen.can_save()
        assert not any(drafts.values.values())


def test_edits_from_last_time_are_there_again(qtbot: QtBot) -> None:
    drafts = Preferences()
    with screen_on(qtbot, FakeDesk(), drafts) as (screen, _):
        typed(screen, qtbot, "name", "Atlas 4")
    with screen_on(qtbot, FakeDesk(), drafts) as (screen, _):
        qtbot.waitUntil(screen.can_save)
        assert screen.texts["name"].text() == "Atlas 4"
        assert "not saved yet" in screen.banner.text


def test_a_change_from_elsewhere_fills_a_clean_form_and_spares_an_edited_one(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, bridge):
        renamed = msgspec.structs.replace(SETTINGS.session, name="Elsewhere")
        desk.current = msgspec.structs.replace(SETTINGS, session=renamed)
        bridge.announce(Change.SETTINGS)
        qtbot.waitUntil(lambda: screen.texts["name"].text() == "Elsewhere")
        typed(screen, qtbot, "planned_days", "21")
        desk.current = SETTINGS
        bridge.announce(Change.SETTINGS)
        qtbot.waitUntil(lambda: "changed elsewhere" in screen.banner.text)
        assert screen.texts["planned_days"].text() == "21"


def test_consumers_are_pasted_from_a_spreadsheet(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        editor = screen.tables["consumer"]
        QGuiApplication.clipboard().setText("id\tsegment\tcustomer\nios-1\tpro\tAda\n\nios-2\tfree\n")
        editor.grid.setFocus()
        QTest.keyClick(editor.grid, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert editor.rows()[1:] == [["ios-1", "Ada", "pro"], ["ios-2", "", "free"]]
        assert screen.can_save()


def test_rows_are_added_and_removed_by_button(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        editor = screen.tables["flow"]
        editor.add.click()
        assert len(editor.rows()) == 3
        editor.grid.clearSelection()
        editor.grid.setCurrentCell(0, 0)
        editor.remove.click()
        assert [row[0] for row in editor.rows()] == ["browse", ""]


def test_a_review_cannot_change_anything(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk(read_only=True)) as (screen, _):
        qtbot.waitUntil(lambda: "review" in screen.state_words.text())
        assert not screen.area.isEnabled()
        assert not screen.can_save()


def test_every_control_has_a_name(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        assert nameless(screen) == []


def test_a_time_the_clocks_skip_is_refused() -> None:
    with pytest.raises(RefusedError, match="does not exist"):
        instant_of("go_live", "2026-03-29 02:30", BERLIN)


def test_a_time_with_its_own_offset_keeps_it() -> None:
    assert instant_of("go_live", "2026-11-14T08:00:00Z", BERLIN) == datetime(2026, 11, 14, 8, tzinfo=UTC)


def test_a_wall_clock_time_is_the_sessions() -> None:
    assert instant_of("go_live", "2026-11-14 09:00", BERLIN) == datetime(2026, 11, 14, 8, tzinfo=UTC)


def test_an_unknown_kpi_is_answered_with_the_nearest() -> None:
    form = typed_from(SETTINGS, BERLIN)
    form.tables["targets"] = [["error_rate_5x", "0.1 %"]]
    with pytest.raises(RefusedError, match='Did you mean "error_rate_5xx"'):
        settings_from(form, SETTINGS, BERLIN, {"error_rate_5xx", "availability"})


def test_a_consumer_named_twice_is_refused() -> None:
    form = typed_from(SETTINGS, BERLIN)
    form.tables["consumer"] = [["a", "", ""], ["", "", ""], ["a", "", ""]]
    with pytest.raises(RefusedError, match="twice") as refused:
        settings_from(form, SETTINGS, BERLIN)
    assert refused.value.row == 2


def test_a_damaged_draft_is_none() -> None:
    assert typed_of({"texts": 5}) is None
    assert typed_of(None) is None
    form = typed_from(SETTINGS, BERLIN)
    assert typed_of(form.plain()) == form


def test_shares_may_be_written_as_percent() -> None:
    assert number_of("x", "0.1 %", "X") == pytest.approx(0.001)
    assert number_of("x", " ", "X") is None
    with pytest.raises(RefusedError, match="finite"):
        number_of("x", "inf", "X")


def test_csv_without_a_header_keeps_its_order_and_fills_short_rows() -> None:
    assert rows_of_csv('a,"b, c"\nd\n', ("id", "customer", "segment")) == [["a", "b, c", ""], ["d", "", ""]]
    assert rows_of_csv(" \n", ("id",)) == []


words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)).map(
    lambda value: value.replace(microsecond=0, tzinfo=UTC)
)


@given(instants, st.sampled_from(["UTC", "Asia/Kolkata", "Pacific/Apia", "Asia/Kathmandu"]))
def test_an_instant_shown_as_wall_clock_reads_back_the_same(value: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    back = instant_of("go_live", wall_clock(value, zone), zone)
    assert abs(back - value) in (timedelta(0), timedelta(hours=1), timedelta(days=1)), (
        "only a repeated hour is ambiguous"
    )
    assert wall_clock(back, zone) == wall_clock(value, zone)


@pytest.mark.thorough
@given(
    st.lists(
        st.tuples(words, words, st.sampled_from(["p50", "mean"]), st.integers(1, 9000)),
        max_size=4,
        unique_by=lambda f: f[0],
    ),
    st.dictionaries(words, st.floats(-1e6, 1e6), max_size=4),
    st.none() | instants,
    st.booleans(),
)
def test_settings_survive_the_way_through_the_form(
    flows: list[tuple[str, str, str, int]], targets: dict[str, float], go_live: datetime | None, address: bool
) -> None:
    settings = from_document(
        {
            "session": {"name": "A", "time_zone": "UTC", **({"go_live": go_live} if go_live else {})},
            "me": {"name": "lead"},
            "flow": [{"name": n, "routes": [r], "statistic": s, "slo_ms": float(ms)} for n, r, s, ms in flows],
            "targets": targets,
            "privacy": {"client_address": address},
        }
    )
    zone = ZoneInfo("UTC")
    assert settings_from(typed_from(settings, zone), settings, zone) == settings


def test_an_empty_form_needs_a_name() -> None:
    with pytest.raises(RefusedError, match="needs a name"):
        settings_from(Typed(), Settings(), BERLIN)


CUSTOMERS = {
    "segment": [{"name": "enterprise", "weight": 3.0}],
    "customer": [
        {"name": "Globex", "segment": "enterprise", "plan": "gold", "value": 12500.0, "domains": ["globex.com", "globex.de"],
         "consumers": ["web 1", "k2"]},
        {"name": "Acme"},
    ],
    "rule": [{"name": "pay", "when": {"any": ["pay"]}, "then": {"severity": "P2"}}],
}  # fmt: skip


def test_segments_and_customers_pass_through_the_form_and_what_is_not_in_it_stays() -> None:
    before = from_document(CUSTOMERS)
    typed = typed_from(before, ZoneInfo("UTC"))
    assert typed.tables["customer"][0] == [
        "Globex", "enterprise", "gold", "12500", "globex.com, globex.de", "web 1, k2",
    ]  # fmt: skip
    assert settings_from(typed, before, ZoneInfo("UTC")) == before


@pytest.mark.parametrize(
    ("table", "row", "says"),
    [
        ("customer", ["", "x", "", "", "", ""], "needs a name"),
        ("customer", ["A", "", "", "lots", "", ""], "number"),
        ("customer", ["A", "", "", "", "gmail.com", ""], "mail service"),
        ("segment", ["", "1"], "needs a name"),
        ("segment", ["a", "much"], "weight"),
    ],
)
def test_a_row_that_cannot_be_a_customer_is_told_at_its_place(table: str, row: list[str], says: str) -> None:
    typed = typed_from(from_document({}), ZoneInfo("UTC"))
    typed.tables[table] = [row]
    with pytest.raises(RefusedError) as caught:
        settings_from(typed, from_document({}), ZoneInfo("UTC"))
    assert says in caught.value.sentence and (caught.value.field, caught.value.row) == (table, 0)


def test_more_customers_than_fit_into_the_form_stay_as_their_list_says() -> None:
    before = from_document({"customer": [{"name": f"C{n}"} for n in range(1500)]})
    typed = typed_from(before, ZoneInfo("UTC"))
    assert typed.tables["customer"] == []
    assert len(settings_from(typed, before, ZoneInfo("UTC")).customer) == 1500
    typed.tables["customer"] = [["New", "", "", "", "", ""]]
    with pytest.raises(RefusedError, match="import"):
        settings_from(typed, before, ZoneInfo("UTC"))
