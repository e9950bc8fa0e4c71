"""What the Settings screen asks for at once, and how it writes. Functions for the lanes; nothing of Qt."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from console import paths
from console.model.errors import SettingsError
from console.settings import Settings
from widgets import zones
from widgets.refused import RefusedError
from widgets.settings.document import Typed, settings_from


class Loaded(msgspec.Struct, frozen=True):
    """What the screen asks for at once."""

    settings: Settings
    zone: ZoneInfo
    kpis: frozenset[str]
    zones: tuple[str, ...]
    today: str = ""


def load(desk: Any) -> Loaded:
    """For the read lane."""
    files: list[Path] = sorted((paths.resources() / "kpis").glob("*.sql"))
    zone = desk.session_zone()
    today = datetime.now(zone).date().isoformat()
    return Loaded(desk.settings(), zone, frozenset(file.stem for file in files), zones.names(), today)


def save(desk: Any, settings: Settings) -> Settings:
    """For the write lane: what other forms edit (sources, criteria, rules) is taken as it stands now."""
    now = desk.settings()
    whole = msgspec.structs.replace(
        settings, source=now.source, criterion=now.criterion, alert=now.alert, rule=now.rule
    )  # fmt: skip
    desk.save_settings(whole)
    return whole


def settings_or_none(typed: Typed, loaded: Loaded) -> Settings | None:
    """The settings as typed, None while they cannot be used."""
    try:
        return settings_from(typed, loaded.settings, loaded.zone, loaded.kpis)
    except (RefusedError, SettingsError):
        return None
