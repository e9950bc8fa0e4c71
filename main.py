"""Hypercare Console: reads the arguments, builds the object graph, shows the window or runs a command.

Heavy imports come late: a command pays only for what it uses, and the window shows before the charts are loaded.
"""

from __future__ import annotations

import argparse
import sys

from console import frugal, logbook
from console.cli.arguments import parser
from console.paths import places


def main(arguments: list[str] | None = None) -> int:
    frugal.begin()
    given = parser().parse_args(arguments)
    if given.command in (None, "demo", "open"):
        return _window(given)
    logbook.start(places().logs, loud=True)
    if given.command == "collect":
        from console.cli import collect

        return collect.run(given)
    if given.command == "deliver":
        from console.cli import deliver

        return deliver.run(given)
    if given.command == "doctor":
        from console.cli import doctor

        return doctor.run(given)
    from console.cli import answers

    return answers.run(given)


def _window(given: argparse.Namespace) -> int:
    from console.cli import stage

    logbook.start(places().logs, loud=given.command is not None)
    fault = stage.window_fault()
    if not fault:
        try:
            from widgets import show
        except ImportError:
            fault = stage.qt_fault()
            if not fault:
                raise
        else:
            return show.run(given)
    if given.command is None:
        print(f"hypercare: {fault}", file=sys.stderr)
        return 1
    return stage.words_only(given, fault)


if __name__ == "__main__":
    sys.exit(main())
