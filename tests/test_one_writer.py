"""Whatever is written goes through the write lane, also while a session is only being opened: others may decide in it by then."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from console.desk import Desk
from console.settings import Settings, from_document
from console.workplace import Workplace


def test_the_settings_of_a_new_session_are_saved_on_the_write_lane(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    save = Desk.save_settings

    def watched(desk: Desk, settings: Settings) -> list[str]:
        seen.append(threading.current_thread().name)
        return save(desk, settings)

    monkeypatch.setattr(Desk, "save_settings", watched)
    workplace = Workplace()
    workplace.create(from_document({"session": {"name": "Launch"}}), tmp_path / "a.hypercare")
    workplace.close()
    assert [name.partition("_")[0] for name in seen] == ["write"]
