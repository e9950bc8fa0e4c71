"""``poe test``: the tests on all cores but those marked thorough, which ``poe thorough`` runs; with a path, all in it.

Where Qt cannot be loaded, all but those of the window, and the line that helps.

What one would get wrong: the Qt plugin of pytest ends the run before the first test when Qt does not load, and a bare
machine has none of the libraries that Qt wants.
"""

from __future__ import annotations

import subprocess
import sys

from console.cli.doctor import qt_fault

_THOROUGH = "--thorough"
_MEASURED = "tests/widgets/test_no_stalls.py"
_WITHOUT_QT = ["-p", "no:pytest-qt", "--ignore=tests/widgets", "-W", "ignore::pytest.PytestConfigWarning"]


def main() -> int:
    command = [sys.executable, "-m", "pytest", "-q"]
    together = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    given = [argument for argument in sys.argv[1:] if argument != _THOROUGH]
    thorough = len(given) < len(sys.argv) - 1
    chosen = ["-m", "thorough" if thorough else "not thorough"]
    fault = qt_fault()
    if fault:
        print(f"{fault}\nThe tests of the window are left out.", flush=True)
        return _run([*command, *together, *_WITHOUT_QT, *chosen, *given])
    if any(not argument.startswith("-") for argument in given):
        return _run([*command, *together, *given])
    rest = _run([*command, *together, *chosen, f"--ignore={_MEASURED}", *given])
    if rest or not thorough:
        return rest
    # What is measured is measured alone: a neighbour on the other core doubles the time of every step.
    return _run([*command, _MEASURED, *given])


def _run(command: list[str]) -> int:
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
