"""Prints every figure as JSON: ``python -m tests.bench [NAME …] [--list] [--prepare]``.

A name is a file of this folder that has ``measure()``. Each runs in a process of its own, so that none warms another.
Always 0: a bench tells, it does not judge; ``holds`` says beside each figure whether its target was met here.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

ALL = (
    "append", "poll_answer", "many_sources", "command_screen", "criteria", "ticket_queue", "pan", "first_window",
    "stalls", "memory", "kpi_by_route", "beside_prometheus", "alerts", "spike", "forecast", "sla", "triage",
    "decision_paint", "outbox", "first_read",
)  # fmt: skip
_LONGEST_S = 600


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--list", action="store_true", help="only say which there are")
    parser.add_argument("--prepare", action="store_true", help="only build the large sessions")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.names) - set(ALL))
    if unknown:
        parser.error(f"no figure is called {', '.join(unknown)}; there are {', '.join(ALL)}")
    if given.list:
        print("\n".join(ALL))
        return 0
    if given.prepare:
        from tests.bench import large

        large.build()
        return 0
    if given.here:
        print(json.dumps(measured(given.names[0])))
        return 0
    print(
        json.dumps(
            {"machine": machine(), "figures": [row for name in given.names or ALL for row in apart(name)]}, indent=2
        )
    )
    return 0


def measured(name: str) -> list[dict[str, Any]]:
    """The rows of one file, measured in this process."""
    return [figure.as_row() for figure in importlib.import_module(f"tests.bench.{name}").measure()]


def apart(name: str) -> list[dict[str, Any]]:
    """The rows of one file, measured in a process of its own. What fails is told as a row with the reason."""
    command = [sys.executable, "-m", "tests.bench", "--here", name]
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    home = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_S, cwd=home, env=environment)
    except subprocess.TimeoutExpired:
        return [{"figure": name, "failed": f"not done after {_LONGEST_S} s"}]
    if done.returncode != 0:
        return [{"figure": name, "failed": (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]}]
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}


if __name__ == "__main__":
    sys.exit(main())
