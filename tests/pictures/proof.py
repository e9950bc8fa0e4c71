"""Pictures of the proof over the Command screen, on a session file: ``python -m tests.pictures.proof FOLDER [SESSION]``.

Without a session one of the simulated launch is made. To be looked at by eye; nothing here judges them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from console.model.moment import DAY, HOUR
from console.model.number import Number, Slice
from console.paths import places
from console.workplace import Workplace
from tests.pictures.waiting import settle, until
from tests.stories.launched import launched
from widgets.appearance import LOOK_KEY, SIZE_KEY
from widgets.window import MainWindow

_LONGEST_S = 20.0

SHOTS = (
    ("dark", 1600, 900, "dark", 100),
    ("light", 1600, 900, "light", 100),
    ("contrast", 1600, 900, "contrast", 100),
    ("double", 1600, 900, "dark", 200),
    ("small", 1280, 720, "dark", 100),
)


class _Passing(dict[str, object]):
    """Preferences for one picture."""

    def set(self, key: str, value: object) -> None:
        self[key] = value


def main(folder: Path, session: Path) -> None:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    for name, width, height, look, size in SHOTS:
        workplace = Workplace(places())
        desk = workplace.open(session)
        window = MainWindow(workplace, _Passing({LOOK_KEY: look, SIZE_KEY: size}))
        window.resize(width, height)
        window.show()
        until(lambda window=window: window.last_figure is not None, _LONGEST_S)
        at = desk.reader().at
        asked = {
            "errors": Number("error_rate_5xx", at - 6 * HOUR, at).pinned(at),
            "times": Number("mttr_p1", at - 7 * DAY, at).pinned(at),
            "route": Number("latency_p95", at - DAY, at, Slice(route="POST /v3/payments/confirm")).pinned(at),
            "uptime": Number("availability", at - 7 * DAY, at, criterion="uptime").pinned(at),
            "signed": Number("", at - 7 * DAY, at, criterion="handover").pinned(at),
        }
        for what, number in asked.items():
            if what != "errors" and name not in ("dark", "double"):
                continue
            window.proofs.show(number)
            assert window.proofs.sheet is not None
            panel = window.proofs.sheet.panel
            until(
                lambda panel=panel, number=number: panel.figure is not None and panel.figure.number == number,
                _LONGEST_S,
            )
            until(lambda panel=panel: panel.rows.isHidden() or panel.rows.rows.rowCount() > 0, _LONGEST_S)
            settle(0.6)
            window.grab().save(str(folder / f"proof_{what}_{name}.png"))
        window.show_screen("exit")
        until(lambda window=window: getattr(window.built("exit"), "figure", None) is not None, _LONGEST_S)
        settle(0.6)
        screen: Any = window.built("exit")
        screen.proof_asked.emit(next(r.number for r in screen.figure.groups[0].rows if r.key == "error_rate_5xx"))
        until(lambda window=window: window.proofs.has_proof(), _LONGEST_S)
        settle(0.6)
        window.grab().save(str(folder / f"proof_exit_{name}.png"))
        window.close()
        workplace.close()
        window.deleteLater()
        app.processEvents()


if __name__ == "__main__":
    given = sys.argv[1:]
    if len(given) > 1:
        main(Path(given[0]), Path(given[1]))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            main(Path(given[0] if given else "pictures"), launched(Path(scratch) / "launch.hypercare"))
