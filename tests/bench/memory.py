"""Memory of the console on the simulated launch. Ten minutes of it are in the soak."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figure import Figure, of_runs

_SECONDS = 60.0
_FULL_AFTER_S = 10.0


def measure() -> list[Figure]:
    taken = samples(_SECONDS)
    early, late = taken[len(taken) // 3 : len(taken) // 2], taken[-len(taken) // 6 :]
    growth = statistics.median(late) - statistics.median(early)
    return [
        of_runs("memory in demo", "MB", late, 400, note=f"resident, the last sixth of {_SECONDS:g} s, offscreen"),
        of_runs("memory growth in demo", "MB", [growth], note="last sixth against the second third's begin"),
    ]


def samples(seconds: float) -> list[float]:
    """Resident memory in MB, twice a second, from ten seconds on."""
    with tempfile.TemporaryDirectory(prefix="hypercare-bench-") as folder:
        environment = {**os.environ, "HYPERCARE_HOME": folder, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "main.py", "demo", "--seconds", str(seconds)]
        command += ["--screenshot", str(Path(folder) / "last.png")]
        home = Path(__file__).resolve().parents[2]
        taken, begun = [], time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment, cwd=home) as process:
            while process.poll() is None:
                if time.monotonic() - begun > _FULL_AFTER_S:
                    taken.append(_resident_mb(process.pid))
                # Memory is a function of time here; there is no condition to wait for.
                time.sleep(0.5)
            if process.returncode != 0:
                raise RuntimeError(f"the demo ended with {process.returncode}")
    return [t for t in taken if t > 0]


def _resident_mb(pid: int) -> float:
    try:
        lines = (Path("/proc") / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)
