"""Settings that hold something this machine does not know: they are said to, and nothing else stops for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from console.desk import Desk
from console.model.change import Change
from console.model.errors import SettingsError
from console.model.health import Health
from console.model.moment import LIVE
from console.settings import SourceSettings, from_document
from console.store import settings_log
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0, on_write_lane
from tests.conftest import StandingClock
from tests.fresh import created
from tests.stories.servers import until

ACME = {"name": "tickets", "kind": "acme-desk", "board": 7}
NOBODY = {"name": "site", "kind": "probe", "url": "http://127.0.0.1:9/"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A session whose connector ``acme-desk`` was installed where its settings were made."""
    clock, lanes, told = StandingClock(T0), Lanes(), list[Change]()
    session = created(tmp_path / "a.hypercare", clock)
    cursor = session.cursor()
    settings_log.save(session, cursor, from_document({"source": [ACME, NOBODY]}), "ann", T0)
    cursor.close()
    made = Desk(session, clock, lanes, KeyringVault(), told.append)
    on_write_lane(made, lanes, "save_settings", "pause_source", "remove_source", "save_source")
    yield made
    made.close()
    lanes.close()


def test_the_source_says_that_its_kind_is_not_installed_and_the_others_are_asked(desk: Desk) -> None:
    assert {line.name for line in desk.sources().lines} == {"tickets", "site"}
    assert desk.command(LIVE, 3_600, 400).tiles

    def health() -> dict[str, Health]:
        return {health.name: health for health in desk.health()}

    desk.begin()
    until(lambda: health().get("tickets") and health()["tickets"].failures, "the missing kind was not noticed")
    until(lambda: health()["site"].last_good, "the other source was not asked")
    assert '"acme-desk"' in health()["tickets"].sentence
    assert "not installed" in health()["tickets"].sentence


def test_everything_else_can_still_be_changed_and_the_source_paused_and_removed(desk: Desk) -> None:
    settings = desk.settings()
    desk.save_settings(msgspec.structs.replace(settings, targets={"csat": 0.9}))
    desk.pause_source("tickets", True)
    assert next(s for s in desk.settings().source if s.name == "tickets").paused
    desk.remove_source("tickets")
    assert [s.name for s in desk.settings().source] == ["site"]
    with pytest.raises(SettingsError):
        desk.save_source(SourceSettings("tickets", "acme-desk", options={"board": 8}), None)
