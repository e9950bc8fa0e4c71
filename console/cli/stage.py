"""What the window's commands do when there is no stage for it: no display, or no system libraries for Qt."""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
import time
from pathlib import Path

from console.cli.doctor import qt_fault
from console.desk import Desk, ReadingDesk
from console.model.errors import ConsoleError
from console.model.moment import LIVE, Known, Moment, parse_instant
from console.model.number import from_link, is_link
from console.present.figures import CommandFigure
from console.workplace import Workplace

__all__ = ["has_display", "is_full", "open_for", "qt_fault", "say_state", "window_fault", "words_only"]

OFFSCREEN_S = 30.0
_GIVE_UP_S, _LOOK_S = 60.0, 0.5
_WINDOW_S, _PIXELS = 21_600, 400


def has_display() -> bool:
    """Whether a window can be seen here."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return os.environ["QT_QPA_PLATFORM"] not in ("offscreen", "minimal")
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


_XCB = ("libxcb-cursor.so.0", "libxcb-icccm.so.4", "libxcb-image.so.0", "libxcb-keysyms.so.1", "libxcb-render-util.so.0",
        "libxcb-xkb.so.1", "libxkbcommon-x11.so.0")  # fmt: skip


def window_fault() -> str:
    """What Qt lacks to open a window on an X display, where it would end the process without a word; '' for nothing."""
    wayland = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM", "xcb") != "xcb"
    if sys.platform != "linux" or not os.environ.get("DISPLAY") or wayland:
        return ""
    missing = [name for name in _XCB if not _loads(name)]
    if not missing:
        return ""
    return (
        f"Qt lacks system libraries for windows ({', '.join(missing)}); install them: apt-get install -y libxcb-cursor0 "
        "libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-xkb1 libxkbcommon-x11-0"
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def open_for(workplace: Workplace, given: argparse.Namespace) -> tuple[Desk | ReadingDesk, Moment]:
    """Open what the command names. Blocks. Raises ConsoleError."""
    if given.command == "demo":
        now = instant(given.now) if given.now else None
        return workplace.start_demo(given.seed, now), LIVE
    desk = workplace.open(_file_of(workplace, given.session))
    moment = Moment(instant(given.at), Known(given.known)) if given.at else LIVE
    return desk, moment


def _file_of(workplace: Workplace, named: str) -> Path:
    """The file a command names, or the session that a link is about. Raises ConsoleError."""
    if not is_link(named):
        return Path(named)
    try:
        session, _ = from_link(named)
    except ValueError as error:
        raise ConsoleError(f"{error}".rstrip(".") + ".") from None
    path = workplace.path_of(session)
    if path is None:
        raise ConsoleError("This link is about a session that is not known here; open its file, then paste the link.")
    return path


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
        figure = desk.command(moment, _WINDOW_S, _PIXELS)
        if moment.live and not desk.read_only:
            # As with a window, the time begins once there is something to see.
            give_up = time.monotonic() + _GIVE_UP_S
            while not is_full(figure) and time.monotonic() < give_up:
                time.sleep(_LOOK_S)
                figure = desk.command(moment, _WINDOW_S, _PIXELS)
            time.sleep(OFFSCREEN_S if given.seconds is None else given.seconds)
            figure = desk.command(moment, _WINDOW_S, _PIXELS)
        say_state(figure)
    except ConsoleError as error:
        print(f"hypercare: {error.message}", file=sys.stderr)
        return 1
    finally:
        workplace.close()
    return 0


def is_full(figure: CommandFigure) -> bool:
    """Every chart has something to show, and no tile is without its first answer."""
    drawn = all(chart.curves and not chart.empty for chart in figure.charts)
    return drawn and all(tile.value != "?" for tile in figure.tiles)


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
