"""Runs a built application the way a stranger's machine would: no Python on the path, a home of its own, no display.

It must list what works, run the simulated launch, say its state in words, draw a picture, and leave no process behind.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

_SECONDS = 5


def main(arguments: list[str] | None = None) -> int:
    """0 when the bundle in the folder works; 1 with a sentence otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, help="what poe bundle built")
    folder = parser.parse_args(arguments).folder.resolve()
    program = folder / ("hypercare.exe" if sys.platform == "win32" else "hypercare")
    if not program.exists():
        print(f"{program} is not there; run: uv run poe bundle", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="hypercare-bundle-") as home:
        faults = list(_faults(program, Path(home)))
    for fault in faults:
        print(f"the bundle does not work: {fault}", file=sys.stderr)
    if not faults:
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
        print(f"the bundle works; {size / 1e6:.0f} MB in {folder}")
    return int(bool(faults))


def _faults(program: Path, home: Path) -> list[str]:
    picture = home / "picture.png"
    kept = ("PATH", "LANG", "SYSTEMROOT", "TEMP", "TMP")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"HYPERCARE_HOME": str(home), "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    found: list[str] = []
    doctor = _run([program, "doctor", "--json"], environment, home)
    if doctor.returncode:
        return [f"doctor ended with {doctor.returncode}: {doctor.stderr[-500:]}"]
    told = {row["what"]: row for row in json.loads(doctor.stdout)}
    found += [f"{name}: {told[name]['words']}" for name in ("qt", "sessions") if not told[name]["fine"]]
    demo = _run([program, "demo", "--seconds", str(_SECONDS), "--screenshot", str(picture)], environment, home)
    if demo.returncode:
        found.append(f"demo ended with {demo.returncode}: {demo.stderr[-500:]}")
    if "Exit criteria:" not in demo.stdout:
        found.append("demo did not say its state in words")
    if not picture.exists() or struct.unpack(">II", picture.read_bytes()[16:24]) < (960, 600):
        found.append("demo drew no picture")
    return found


def _run(command: list[str | Path], environment: dict[str, str], home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=home, timeout=300, check=False)


if __name__ == "__main__":
    sys.exit(main())
