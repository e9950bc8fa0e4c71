"""Pictures of every screen of the real window: ``python -m tests.pictures [FOLDER]``, default ``out/pictures``.

Dark, light, high contrast, 200 % text, small, full HD; filled by the simulated launch, empty, and with every source out
of reach. To be looked at by eye beside the design; nothing here judges them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")

from PySide6.QtWidgets import QApplication

from console.paths import Places
from console.settings import from_document
from console.workplace import Workplace
from tests.pictures.waiting import settle, until
from widgets.appearance import LOOK_KEY, SIZE_KEY
from widgets.window import MainWindow

SCREENS = ("command", "triage", "exit", "alerts", "kpis", "radar", "rules", "sources", "settings", "sessions")
_FULL_S, _SHOWN_S = 90.0, 15.0


@dataclass(frozen=True)
class Shot:
    """How a screen is looked at."""

    name: str
    look: str = "dark"
    percent: int = 100
    width: int = 1600
    height: int = 900


SHOTS = (
    Shot("dark"),
    Shot("light", "light"),
    Shot("contrast", "contrast"),
    Shot("double", percent=200, width=1920, height=1200),
    Shot("small", width=1280, height=720),
    Shot("full_hd", width=1920, height=1080),
)
_FEW = SHOTS[:2]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("folder", nargs="?", default="out/pictures")
    parser.add_argument("--only", choices=("filled", "empty", "offline", "unopened"), help="one state")
    given = parser.parse_args(arguments)
    folder = Path(given.folder)
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    states: dict[str, Callable[[Workplace, Path], None]] = {
        "filled": _filled, "empty": _empty, "offline": _offline, "unopened": _unopened,
    }  # fmt: skip
    for state, prepare in states.items():
        if given.only in (None, state):
            _take_all(app, state, prepare, folder)
    return 0


def _take_all(app: QApplication, state: str, prepare: Callable[[Workplace, Path], None], folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="hypercare-pictures-") as home:
        workplace = Workplace(Places(Path(home) / "data", Path(home) / "config"))
        try:
            prepare(workplace, Path(home))
            screens = ("first_run",) if state == "unopened" else SCREENS
            for shot in SHOTS if state == "filled" else _FEW:
                for path in _take(app, workplace, shot, screens, state, folder):
                    print(path, flush=True)
        finally:
            workplace.close()


def _take(
    app: QApplication, workplace: Workplace, shot: Shot, screens: tuple[str, ...], state: str, folder: Path
) -> list[Path]:
    window = MainWindow(workplace, _Kept({LOOK_KEY: shot.look, SIZE_KEY: shot.percent}))
    window.resize(shot.width, shot.height)
    window.show()
    taken = []
    try:
        for screen in screens:
            until(lambda: window.isActiveWindow() or window.isVisible(), _SHOWN_S)
            window.show_screen(screen)
            until(lambda name=screen: window.built(name) is not None, _SHOWN_S)  # type: ignore[misc]
            if screen == "command":
                until(lambda: window.last_figure is not None, _FULL_S)
            shown = window.built(screen)
            if hasattr(shown, "figure"):
                until(lambda held=shown: held.figure is not None, _SHOWN_S)  # type: ignore[misc]
            settle()
            taken.append(folder / f"{screen}_{state}_{shot.name}.png")
            window.grab().save(str(taken[-1]))
    finally:
        window.close()
        window.deleteLater()
        app.processEvents()
    return taken


def _filled(workplace: Workplace, home: Path) -> None:
    desk = workplace.start_demo()
    until(lambda: _all_in(desk.health()), _FULL_S)


def _empty(workplace: Workplace, home: Path) -> None:
    workplace.create(from_document({"session": {"name": "Nothing yet"}}), home / "empty.hypercare")


def _offline(workplace: Workplace, home: Path) -> None:
    sources = [
        {"name": "edge", "kind": "scrape", "flavour": "apisix", "url": "http://127.0.0.1:9/metrics"},
        {"name": "shop", "kind": "jira", "url": "http://127.0.0.1:9/", "jql": "project = SHOP"},
        {"name": "front-door", "kind": "probe", "url": "http://127.0.0.1:9/health"},
    ]
    document: dict[str, Any] = {"session": {"name": "Out of reach"}, "source": sources}
    desk = workplace.create(from_document(document), home / "offline.hypercare")
    until(lambda: all(h.failures for h in desk.health()), _SHOWN_S)


def _unopened(workplace: Workplace, home: Path) -> None:
    """No session at all: the first run."""


def _all_in(health: list[Any]) -> bool:
    return bool(health) and all(h.last_good is not None and h.progress is None for h in health)


class _Kept(dict[str, Any]):
    """Preferences of one picture."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


if __name__ == "__main__":
    sys.exit(main())
