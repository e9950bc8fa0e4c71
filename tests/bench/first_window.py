"""From the start of the process to the first painted window, and to the last known state of a session in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import large
from tests.bench.figure import Figure, of_runs

_TIMES = 7

_RUN = """
import json, sys, time
started = float(sys.argv[1])
import widgets.show as show
from PySide6.QtCore import QTimer
said = {}
class Timed(show.MainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        said.setdefault("window", time.monotonic() - started)
    def show_figure(self, figure):
        super().show_figure(figure)
        self.repaint()
        said.setdefault("state", time.monotonic() - started)
        QTimer.singleShot(0, self.close)
show.MainWindow = Timed
import main
main.main(["open", sys.argv[2], "--seconds", "20"])
sys.stdout.write("\\n" + json.dumps(said) + "\\n")
"""


def measure() -> list[Figure]:
    windows, states = [], []
    with tempfile.TemporaryDirectory(prefix="hypercare-bench-", dir=large.folder()) as folder:
        session = Path(shutil.copy(large.build(), folder))
        environment = {**os.environ, "HYPERCARE_HOME": str(Path(folder) / "home"), "QT_QPA_PLATFORM": "offscreen"}
        home = Path(__file__).resolve().parents[2]
        for _ in range(_TIMES):
            # Both processes read one clock: it counts from the machine's start.
            command = [sys.executable, "-c", _RUN, str(time.monotonic()), str(session)]
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=120,
                env=environment,
                cwd=home,
                check=True,
            )
            said = json.loads(done.stdout.strip().splitlines()[-1])
            windows.append(said["window"])
            states.append(said["state"])
    return [
        of_runs("first window", "s", windows, 1.5, note="a new process, files in the system's cache; offscreen"),
        of_runs("last known state", "s", states, 2.0, note="the same, to the Command screen of the large session"),
    ]
