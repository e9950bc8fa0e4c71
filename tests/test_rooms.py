"""Who may import whom is law."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_imports_go_downward_only_and_no_foreign_library_enters_the_wrong_room() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([lint, "--no-cache"], capture_output=True, text=True, timeout=100, cwd=ROOT, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
    assert "0 broken" in ran.stdout


@pytest.mark.thorough
def test_the_console_answers_without_qt() -> None:
    code = (
        "import sys; sys.modules['PySide6'] = None; sys.modules['pyqtgraph'] = None; "
        "import console.workplace, console.cli.answers, console.cli.collect, console.cli.doctor; print('fine')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert ran.stdout.strip() == "fine", ran.stderr[-2000:]
