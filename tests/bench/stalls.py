"""Does the window ever stand still? A watchdog on its thread while 200 sources answer and a back-fill runs."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtWidgets import QApplication

from console.paths import Places
from console.settings import from_document
from console.sources.launch.process import LaunchProcess
from console.sources.launch.session import settings as launch_settings
from console.store.session import SystemClock
from console.workplace import Workplace
from tests.bench.figure import Figure, of_runs
from tests.bench.many_sources import PERIOD_S, SAMPLES, SOURCES
from tests.bench.page_server import pages
from widgets.window import MainWindow

_BEAT_MS, _SECONDS = 4, 40


class Watchdog:
    """Counts how long each beat came too late."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._clock = QElapsedTimer()
        self._clock.start()
        self._timer = QTimer()
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        self.gaps.append(self._clock.nsecsElapsed() / 1e6 - _BEAT_MS)
        self._clock.restart()

    def stop(self) -> None:
        self._timer.stop()


def measure() -> list[Figure]:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    now = SystemClock().now()
    with (
        tempfile.TemporaryDirectory(prefix="hypercare-bench-") as folder,
        pages(SAMPLES) as base,
        LaunchProcess() as launch,
    ):
        document = launch_settings(launch.start(7, now), now, 7)
        document["source"] += [
            {"name": f"g{n}", "kind": "scrape", "flavour": "apisix", "url": f"{base}/{n}", "period_s": PERIOD_S}
            for n in range(SOURCES)
        ]
        workplace = Workplace(Places(Path(folder) / "data", Path(folder) / "config"))
        preferences: Any = {}
        window = MainWindow(workplace, _Kept(preferences))
        window.resize(1600, 900)
        window.show()
        window.attach(workplace.create(from_document(document), Path(folder) / "stalls.hypercare"))
        _run(app, 4)
        dog = Watchdog()
        _run(app, _SECONDS)
        dog.stop()
        window.close()
        workplace.close()
        app.processEvents()
    gaps = sorted(dog.gaps)
    over = float(sum(g > 50 for g in gaps))
    return [
        of_runs(
            "longest stall of the window",
            "ms",
            gaps[-1:],
            50,
            note=f"in {_SECONDS} s, {SOURCES} sources and a back-fill",
        ),
        of_runs("stalls over 50 ms", "stalls", [over], 0, note=f"of {len(gaps)} beats"),
        of_runs("usual lateness of the window", "ms", gaps, note="of a 4 ms beat"),
    ]


class _Kept(dict[str, Any]):
    """Preferences of this run."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


def _run(app: QApplication, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    end = QTimer()
    end.setSingleShot(True)
    end.timeout.connect(app.quit)
    end.start(int((deadline - time.monotonic()) * 1000))
    app.exec()
