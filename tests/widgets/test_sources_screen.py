"""Sources: their trouble in full, a form that loses nothing, a test that can be given up, a removal that is meant."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from console.model.change import Change
from console.model.errors import SettingsError
from console.ports import Seen
from console.settings import SourceSettings
from tests.widgets.fake_desk import LINES, SETTINGS, FakeDesk, FakeWorkplace, Preferences
from tests.widgets.screens_at_hand import bridge_for, nameless
from widgets.bridge import Bridge
from widgets.refused import RefusedError
from widgets.sources.look_job import LookJob
from widgets.sources.screen import SourcesScreen
from widgets.sources.specs import FieldSpec, form_of, from_text, kind_names, options_from, pairs_of, to_text, typed_from


@contextmanager
def screen_on(
    qtbot: QtBot, desk: FakeDesk, drafts: Preferences | None = None
) -> Iterator[tuple[SourcesScreen, Bridge]]:
    with bridge_for(FakeWorkplace(desk)) as bridge:
        screen = SourcesScreen(bridge, desk, drafts)
        screen.resize(1500, 800)
        with qtbot.waitExposed(screen):
            screen.show()
        screen.activateWindow()
        try:
            qtbot.waitUntil(lambda: len(screen.cards) == len(desk.lines))
            yield screen, bridge
        finally:
            screen.close()
            screen.deleteLater()


def open_new(qtbot: QtBot, screen: SourcesScreen) -> None:
    screen.add_source()
    qtbot.waitUntil(lambda: "url" in screen.form.fields, timeout=15_000)


def fill(screen: SourcesScreen, **texts: str) -> None:
    for name, text in texts.items():
        screen.form.fields[name].set_text(text)


def test_the_last_trouble_is_shown_in_full(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        card = screen.cards["shop-jira"]
        assert LINES[2].trouble in card.accessibleName()
        assert card._trouble.text() == LINES[2].trouble
        assert card._trouble.wordWrap()


def test_a_source_is_removed_only_after_its_name_was_typed(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        card = screen.cards["edge"]
        card.remove.click()
        QTest.keyClicks(card.typed, "edg")
        QTest.keyClick(card.typed, Qt.Key.Key_Return)
        assert desk.acts == []
        QTest.keyClick(card.typed, Qt.Key.Key_Escape)
        assert not card.typed.isVisible()
        card.remove.click()
        QTest.keyClicks(card.typed, "edge")
        QTest.keyClick(card.typed, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: "edge" not in screen.cards)
        assert desk.acts == [("remove", "edge")]


def test_a_refresh_keeps_a_half_typed_name_and_the_focus(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, bridge):
        card = screen.cards["edge"]
        card.remove.click()
        QTest.keyClicks(card.typed, "ed")
        desk.lines = (replace(LINES[0], last_good="1 s ago", state="late"), *LINES[1:])
        bridge.announce(Change.SOURCES)
        qtbot.waitUntil(lambda: card.line.state == "late")
        assert screen.cards["edge"] is card
        assert card.typed.text() == "ed"
        assert card.typed.hasFocus()


def test_a_form_with_mistakes_says_where_and_keeps_what_was_typed(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        open_new(qtbot, screen)
        form = screen.form
        form.save.click()
        assert form.fields["name"].error.text().startswith("A name is needed")
        fill(screen, name="edge")
        form.save.click()
        assert "already" in form.fields["name"].error.text()
        fill(screen, name="my edge", url="http://127.0.0.1:1/x")
        form.save.click()
        assert "letters, digits" in form.fields["name"].error.text()
        fill(screen, name="edge-2", period_s="soon")
        form.save.click()
        assert form.fields["period_s"].isVisible(), "what is wrong under More is unfolded"
        assert "number" in form.fields["period_s"].error.text()
        fill(screen, period_s="0.5")
        form.save.click()
        assert "must be 1 or more" in form.fields["period_s"].error.text()
        assert form.fields["url"].text() == "http://127.0.0.1:1/x"
        assert desk.acts == []


def test_headers_that_are_no_pairs_name_the_line(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        open_new(qtbot, screen)
        fill(screen, name="edge-2", url="http://127.0.0.1:1/x", headers="X-A = 1\nnonsense")
        screen.form.save.click()
        assert "Line 2" in screen.form.fields["headers"].error.text()


def test_a_credential_is_dots_goes_to_its_name_and_leaves_the_form(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        open_new(qtbot, screen)
        fill(screen, name="edge-2", url="http://127.0.0.1:1/x", secret="s3cret")
        secret = screen.form.fields["secret"].control
        assert isinstance(secret, QLineEdit)
        assert secret.echoMode() == QLineEdit.EchoMode.Password
        assert "s3cret" not in str(screen.form.state())
        screen.form.save.click()
        qtbot.waitUntil(lambda: bool(desk.acts))
        act, source, typed = desk.acts[0]
        assert (act, source.name, source.credential, typed) == ("save_source", "edge-2", "edge-2-token", "s3cret")
        assert source.options["url"] == "http://127.0.0.1:1/x"
        qtbot.waitUntil(lambda: screen.banner.isVisible())
        assert "kept for this run only" in screen.banner.text
        assert secret.text() == ""


def test_what_the_desk_refuses_is_shown_and_the_form_stays(qtbot: QtBot) -> None:
    desk = FakeDesk()
    desk.refusal = 'Source "edge-2": the key "url" needs http:// or https://.'
    with screen_on(qtbot, desk) as (screen, _):
        open_new(qtbot, screen)
        fill(screen, name="edge-2", url="ftp://x")
        screen.form.save.click()
        qtbot.waitUntil(lambda: bool(screen.form.fields["url"].error.text()))
        assert screen.form.isVisible()
        assert screen.form.fields["url"].text() == "ftp://x"
        assert screen.form.save.isEnabled()


def test_an_existing_source_shows_its_values_and_saves_only_what_changed(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        screen.cards["edge"].edit.click()
        qtbot.waitUntil(lambda: "url" in screen.form.fields, timeout=15_000)
        form = screen.form
        assert form.fields["url"].text() == SETTINGS.source[0].options["url"]
        assert form.fields["flavour"].text() == "apisix"
        assert not form.fields["name"].control.isEnabled()
        fill(screen, period_s="30")
        form.save.click()
        qtbot.waitUntil(lambda: bool(desk.acts))
        _, source, secret = desk.acts[0]
        assert secret is None
        assert source == SourceSettings(
            "edge", "scrape", 30.0, None, "edge-token", False, dict(SETTINGS.source[0].options)
        )


def test_closing_the_form_keeps_what_was_typed_but_not_the_secret(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        open_new(qtbot, screen)
        fill(screen, name="half", url="http://half", secret="s3cret")
        QTest.keyClick(screen.form.fields["url"].control, Qt.Key.Key_Escape)
        assert not screen.form.isVisible()
        open_new(qtbot, screen)
        qtbot.waitUntil(lambda: screen.form.fields["url"].text() == "http://half")
        assert screen.form.fields["name"].text() == "half"
        assert screen.form.fields["secret"].text() == ""


def test_changing_the_kind_keeps_the_fields_both_have(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        open_new(qtbot, screen)
        fill(screen, name="edge-2", url="http://both", kind="prometheus")
        screen.form._kind_chosen()
        qtbot.waitUntil(lambda: "tenant" in screen.form.fields, timeout=15_000)
        assert screen.form.fields["url"].text() == "http://both"
        assert screen.form.fields["name"].text() == "edge-2"


def test_the_mapping_shows_for_custom_only_and_is_not_sent_otherwise(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        open_new(qtbot, screen)
        form = screen.form
        assert not form.fields["map.requests"].isVisible()
        fill(screen, **{"name": "own", "url": "http://x", "flavour": "custom", "map.requests": "http_calls_total"})
        form._flavour_chosen()
        assert form.fields["map.requests"].isVisible()
        source = form.read()
        assert source is not None
        assert source.options["map"] == {"requests": "http_calls_total"}
        fill(screen, flavour="kong")
        form._flavour_chosen()
        source = form.read()
        assert source is not None
        assert "map" not in source.options


def test_a_connection_test_shows_what_was_seen(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        open_new(qtbot, screen)
        fill(screen, name="edge-2", url="http://x", secret="s3cret")
        screen.form.test.click()
        qtbot.waitUntil(lambda: "41 routes" in screen.form.result.headline.text())
        assert "3 nodes" in screen.form.result.lines.text()
        assert desk.acts[0][2] == "s3cret"


def test_a_connection_test_that_fails_shows_the_sentence(qtbot: QtBot) -> None:
    desk = FakeDesk()
    desk.trouble = "127.0.0.1:1 refuses connections; start the gateway or correct the address."
    with screen_on(qtbot, desk) as (screen, _):
        open_new(qtbot, screen)
        fill(screen, name="edge-2", url="http://x")
        screen.form.test.click()
        qtbot.waitUntil(lambda: screen.form.result.headline.text() == desk.trouble)
        assert screen.form.test.isEnabled()


def test_a_connection_test_can_be_given_up(qtbot: QtBot) -> None:
    desk = FakeDesk()
    desk.hold.clear()
    with screen_on(qtbot, desk) as (screen, _):
        open_new(qtbot, screen)
        fill(screen, name="edge-2", url="http://x")
        screen.form.test.click()
        assert screen.form.result.cancel.isVisible()
        assert not screen.form.test.isEnabled()
        screen.form.result.cancel.click()
        assert not screen.form.result.isVisible()
        assert screen.form.test.isEnabled()
        desk.hold.set()
        screen.form.test.click()
        qtbot.waitUntil(lambda: "41 routes" in screen.form.result.headline.text())
        assert len(desk.acts) == 1, "the one given up was never answered"


def test_pause_poll_and_the_stop_of_a_back_fill_name_their_source(qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk) as (screen, _):
        screen.cards["edge"].pause.click()
        screen.cards["shop-probe"].pause.click()
        screen.cards["edge"].poll.click()
        screen.cards["history"].cancel.click()
        qtbot.waitUntil(lambda: len(desk.acts) == 4)
        assert set(desk.acts) == {
            ("pause", "edge", True),
            ("pause", "shop-probe", False),
            ("poll_now", "edge"),
            ("cancel_backfill", "history"),
        }


def test_a_review_offers_no_acts(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk(read_only=True)) as (screen, _):
        assert not screen.add.isVisible()
        assert not screen.cards["edge"].edit.isVisible()
        screen.add_source()
        assert not screen.form.isVisible()


def test_in_little_room_the_form_takes_the_place_of_the_list(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        screen.resize(700, 600)
        open_new(qtbot, screen)
        assert not screen.area.isVisible()
        screen.close_form()
        assert screen.area.isVisible()


def test_every_control_has_a_name(qtbot: QtBot) -> None:
    with screen_on(qtbot, FakeDesk()) as (screen, _):
        open_new(qtbot, screen)
        screen.cards["edge"].remove.click()
        assert nameless(screen) == []


def test_a_look_given_up_before_it_began_never_runs() -> None:
    ran = []

    async def job() -> Seen:
        ran.append(1)
        return Seen("")

    look = LookJob(job())
    look.cancel()

    async def run() -> None:
        with pytest.raises(asyncio.CancelledError):
            await look.run()

    asyncio.run(run())
    assert ran == []


def test_an_unknown_kind_is_a_sentence() -> None:
    with pytest.raises(SettingsError, match="not known here"):
        form_of("abacus")


def test_required_fields_come_first_and_every_kind_has_a_form() -> None:
    form = form_of("scrape")
    assert form.fields[0].name == "url"
    assert form.fields[0].required
    assert [name.speaks for name in kind_names()] == sorted(
        (name.speaks for name in kind_names()), key=["gateway", "tickets", "probe", "feed"].index
    )


def test_options_survive_the_way_through_the_form() -> None:
    form = form_of("scrape")
    options = {
        "url": "http://x",
        "flavour": "custom",
        "headers": {"X-A": "1 = 2"},
        "timeout_s": 2.5,
        "map": {"requests": "calls_total", "only": {"job": "edge"}},
    }
    source = SourceSettings("a", "scrape", options=options)
    assert options_from(form, typed_from(form, source)) == options


@pytest.mark.parametrize(
    ("shape", "text", "words"),
    [("integer", "2.5", "whole number"), ("number", "nan", "finite"), ("number", "x", "is a number")],
)
def test_a_number_that_is_none_is_refused_with_its_field(shape: str, text: str, words: str) -> None:
    spec = FieldSpec("timeout_s", "Timeout", shape, False, None)  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match=words) as refused:
        from_text(spec, text)
    assert refused.value.field == "timeout_s"


def test_a_key_named_twice_is_refused() -> None:
    with pytest.raises(RefusedError, match="second time"):
        pairs_of("headers", "a = 1\na = 2")


def test_empty_values_show_as_nothing() -> None:
    values: list[object] = [None, {}, [], 10.0, True]
    assert [to_text(value) for value in values] == ["", "", "", "10", "yes"]


@pytest.mark.thorough
def test_what_was_typed_survives_a_restart_but_never_the_secret(qtbot: QtBot) -> None:
    kept, desk = Preferences(), FakeDesk()
    with screen_on(qtbot, desk, kept) as (screen, _):
        open_new(qtbot, screen)
        QTest.keyClicks(screen.form.fields["name"].control, "edge-2")
        QTest.keyClicks(screen.form.fields["url"].control, "http://gw/metrics")
        QTest.keyClicks(screen.form.fields["secret"].control, "hunter2")
        # As a kill would find it: the window was never closed, only a pause came.
        qtbot.waitUntil(lambda: "edge-2" in str(kept.values) and "gw/metrics" in str(kept.values))
        held = dict(kept.values)
    assert "hunter2" not in str(held)
    with screen_on(qtbot, desk, Preferences(**held)) as (screen, _):
        open_new(qtbot, screen)
        assert screen.form.state()["name"] == "edge-2"
        assert screen.form.state()["url"] == "http://gw/metrics"
        assert screen.form.secret is None
        screen._saved("")
        assert not any(screen._kept.values.values())


@pytest.mark.parametrize("nonsense", ["text", {"": "text"}, {"": {"name": 7}}, [1]], ids=str)
def test_drafts_that_make_no_sense_are_no_drafts(nonsense: object, qtbot: QtBot) -> None:
    desk = FakeDesk()
    with screen_on(qtbot, desk, Preferences(**{f"source drafts {desk.path}": nonsense})) as (screen, _):
        open_new(qtbot, screen)
        assert screen.form.state()["name"] == ""
