"""What the window's commands do when there is no stage for it: no display, or no system libraries for Qt."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from console.cli.doctor import qt_fault
from console.desk import Desk, ReadingDesk
from console.model.errors import ConsoleError
from console.model.moment import LIVE, Known, Moment, parse_instant
from console.present.figures import CommandFigure
from console.workplace import Workplace

__all__ = ["has_display", "open_for", "qt_fault", "say_state", "words_only"]

OFFSCREEN_S = 30.0


def has_display() -> bool:
    """Whether a window can be seen here."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return os.environ["QT_QPA_PLATFORM"] not in ("offscreen", "minimal")
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_for(workplace: Workplace, given: argparse.Namespace) -> tuple[Desk | ReadingDesk, Moment]:
    """Open what the command names. Blocks. Raises ConsoleError."""
    if given.command == "demo":
        now = instant(given.now) if given.now else None
        return workplace.start_demo(given.seed, now), LIVE
    desk = workplace.open(Path(given.session))
    moment = Moment(instant(given.at), Known(given.known)) if given.at else LIVE
    return desk, moment


def instant(text: str) -> int:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ConsoleError(f"{error}.") from None


def words_only(given: argparse.Namespace, fault: str) -> int:
    """Without Qt: collect for a while, print the state in words, no picture. 0 when the demo or session ran."""
    print(f"{fault}\nThe window cannot be shown; here is the state in words.", flush=True)
    workplace = Workplace()
    try:
        desk, moment = open_for(workplace, given)
        seconds = OFFSCREEN_S if given.seconds is None else given.seconds
        time.sleep(seconds if moment.live and not desk.read_only else 0)
        say_state(desk.command(moment, 21_600, 400))
    except ConsoleError as error:
        print(f"hypercare: {error.message}", file=sys.stderr)
        return 1
    finally:
        workplace.close()
    return 0


def say_state(figure: CommandFigure) -> None:
    """The Command screen as text."""
    status = figure.status
    pills = " · ".join(p.spoken or f"{p.badge} {p.text}".strip() for p in status.pills)
    print(f"{status.session}, {status.day} · {pills}")
    for tile in figure.tiles:
        print(f"  {tile.spoken}")
    print(f"Exit criteria: {figure.criteria.summary}")
    for line in figure.criteria.lines:
        print(f"  {line.spoken}")
    for chart in figure.charts:
        print(f"  {chart.spoken or chart.empty}")
    sys.stdout.flush()
