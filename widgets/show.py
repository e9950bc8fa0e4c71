"""Starts Qt, shows the window on what the command names, and takes the picture it asks for."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from console.cli import stage
from console.model.moment import LIVE, Moment
from console.model.number import is_link
from console.present.figures import CommandFigure
from console.workplace import Workplace
from widgets.appearance import LOOK_KEY, SIZE_KEY
from widgets.window import MainWindow

_PICTURE_AFTER_S = 1.5
_GIVE_UP_S = 60.0
_SWITCH_S = 0.001


def run(given: argparse.Namespace) -> int:
    """The window, until it is closed. Returns the exit code."""
    # The lanes share the interpreter with the window: a shorter turn brings it back to a paint sooner.
    sys.setswitchinterval(_SWITCH_S)
    shown = stage.has_display()
    if not shown:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Hypercare Console")
    app.setDesktopFileName("hypercare-console")
    workplace = Workplace()
    preferences: Any = workplace.preferences
    if given.command is not None and (given.theme or given.text or given.screenshot):
        # A picture must not depend on, or change, what this user chose.
        preferences = _Passing({LOOK_KEY: given.theme or "dark", SIZE_KEY: given.text or 100})
    play = _Play(app, workplace, preferences, given, shown)
    signal.signal(signal.SIGTERM, play.on_signal)
    signal.signal(signal.SIGINT, play.on_signal)
    QTimer.singleShot(0, play.begin)
    code = app.exec()
    play.end()
    return play.code or code


class _Passing(dict[str, Any]):
    """Preferences for one run."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


class _Play(QObject):
    """One run of the window: opens, waits for the first full screen, takes the picture, ends in time."""

    def __init__(
        self, app: QApplication, workplace: Workplace, preferences: Any, given: argparse.Namespace, shown: bool
    ) -> None:
        super().__init__()
        self._app, self._workplace, self._given, self._shown = app, workplace, given, shown
        self._started = time.monotonic()
        self._full_at: float | None = None
        self._figure: CommandFigure | None = None
        self._pictured = False
        self.code = 0
        self.window = MainWindow(workplace, preferences)
        self.window.bridge.failed_loudly.connect(self._broken)
        if given.command is not None and (given.screenshot or not shown):
            self.window.resize(*given.size)
        self.window.show()
        self._moment: Moment = LIVE
        self._beat = QTimer(self)
        self._beat.setInterval(200)
        self._beat.timeout.connect(self._look)
        # Signals of the system reach Python only while Python runs; this beat lets them in.
        self._beat.start()

    def begin(self) -> None:
        if self._given.command is None:
            last = self._workplace.last_session()
            if last is not None:
                self.window.open_session(last)
            return
        if not self._shown:
            seconds = stage.OFFSCREEN_S if self._given.seconds is None else self._given.seconds
            print(f"There is no display here: the window runs offscreen for {seconds:g} s.", flush=True)
        self.window.bridge.attend(
            "begin", self._opened, partial(stage.open_for, self._workplace, self._given), failed=self._failed
        )

    def on_signal(self, *_: object) -> None:
        # Not quit(), which closes the window first and lets what is still to be painted meet one that is gone.
        self._app.exit(0)

    def end(self) -> None:
        self._beat.stop()
        if self._figure is not None and not self._shown and self._given.command is not None:
            stage.say_state(self._figure)
        self.window.close()
        self._workplace.close()

    def _opened(self, found: tuple[Any, Moment]) -> None:
        desk, self._moment = found
        self.window.attach(desk)
        if not self._moment.live:
            self.window.set_moment(self._moment)
        if self._given.screen != "command":
            self.window.show_screen(self._given.screen)
        named = getattr(self._given, "session", "")
        if is_link(named):
            self.window.proofs.open_link(named)

    def _broken(self, words: str) -> None:
        """Before anything is shown there is nothing to keep up: end, loudly."""
        if self._figure is None and self._given.command is not None:
            print(f"hypercare: this program failed ({words}); the log has the details.", file=sys.stderr)
            self.code = 1
            self._app.exit(1)

    def _failed(self, sentence: str) -> None:
        print(f"hypercare: {sentence}", file=sys.stderr)
        self.code = 4
        self._app.exit(4)

    def _look(self) -> None:
        given = self._given
        if given.command is None:
            return
        figure = self.window.last_figure
        if figure is None and self._waited(2 * _GIVE_UP_S):
            self._failed("Nothing could be shown within two minutes; the log has the details.")
        if figure is not None:
            self._figure = figure
            if self._full_at is None and (stage.is_full(figure) or self._waited(_GIVE_UP_S)):
                self._full_at = time.monotonic()
        if self._full_at is None:
            return
        for_s = time.monotonic() - self._full_at
        seconds = self._seconds()
        if given.screenshot and not self._pictured and for_s >= (_PICTURE_AFTER_S if seconds is None else seconds):
            self._take(Path(given.screenshot))
            if seconds is None:
                self._app.quit()
        if seconds is not None and for_s >= seconds:
            if not given.screenshot and not self._shown:
                self._take(Path("hypercare-demo.png"))
            self._app.quit()

    def _waited(self, seconds: float) -> bool:
        return time.monotonic() - self._started > seconds

    def _seconds(self) -> float | None:
        if self._given.seconds is not None:
            return float(self._given.seconds)
        return None if self._shown or self._given.screenshot else stage.OFFSCREEN_S

    def _take(self, target: Path) -> None:
        self._pictured = True
        if self.window.grab().save(str(target)):
            print(f"picture written to {target}", flush=True)
        else:
            print(f"hypercare: the picture {target} could not be written; check the folder.", file=sys.stderr)
            self.code = 1
