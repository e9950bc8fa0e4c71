"""``poe test``: the tests on all cores. Where Qt cannot be loaded, all but those of the window, and the line that helps.

What one would get wrong: the Qt plugin of pytest ends the run before the first test when Qt does not load, and a bare
machine has none of the libraries that Qt wants.
"""

from __future__ import annotations

import subprocess
import sys

from console.cli.doctor import qt_fault

_WITHOUT_QT = ["-p", "no:pytest-qt", "--ignore=tests/widgets", "-W", "ignore::pytest.PytestConfigWarning"]


def main() -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    fault = qt_fault()
    if fault:
        print(f"{fault}\nThe tests of the window are left out.", flush=True)
        command += _WITHOUT_QT
    return subprocess.run([*command, *sys.argv[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
