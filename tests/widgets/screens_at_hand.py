"""What tests of screens share: lanes with a bridge, a window with a light Command screen, and the walk over names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from console.model.moment import Moment
from tests.widgets.fake_desk import FakeDesk, FakeWorkplace, Preferences, command_figure
from widgets.bridge import Bridge
from widgets.screens import MAKERS
from widgets.window import MainWindow


class LightCommand(QWidget):
    """Stands for the Command screen without its charts. ``number`` is asked for with Enter."""

    figure_shown = Signal(object)
    proof_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[Moment] = []

    def set_moment(self, moment: Moment) -> None:
        self.moments.append(moment)

    def can_acknowledge(self) -> bool:
        return False


def light_command(window: MainWindow) -> QWidget:
    made = LightCommand()
    made.figure_shown.connect(window.show_figure)
    return made


LIGHT = {**MAKERS, "command": light_command}


@contextmanager
def window_on(qtbot: QtBot, place: FakeWorkplace, preferences: Preferences | None = None) -> Iterator[MainWindow]:
    """A shown window, past its first paint; closed with its lanes in the end."""
    window = MainWindow(place, preferences or Preferences(), LIGHT)
    try:
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        qtbot.waitUntil(lambda: window.built(window.current) is not None)
        yield window
    finally:
        window.close()
        window.deleteLater()
        place.close()


@contextmanager
def bridge_for(place: FakeWorkplace) -> Iterator[Bridge]:
    bridge = Bridge(place.lanes)
    try:
        yield bridge
    finally:
        bridge.close()
        place.close()


def at(window: MainWindow, name: str) -> Any:
    """A screen by name, as whatever it is; built already."""
    made = window.built(name)
    assert made is not None
    return made


def nameless(root: QWidget) -> list[str]:
    """Focusable controls below ``root`` that a screen reader could not name, and labels that may show markup."""
    faults = []
    for widget in root.findChildren(QWidget):
        parent = widget.parent()
        if widget.objectName().startswith("qt_") or parent is None:
            continue
        inside_table = parent.objectName().startswith("qt_scrollarea")
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.focusProxy() is None and not inside_table:
            spoken = widget.text() if isinstance(widget, QAbstractButton) else widget.accessibleName()
            named = spoken or widget.accessibleName() or isinstance(widget, QLabel)
            if not named and not type(widget).__name__.startswith("QHeader"):
                faults.append(f"{type(widget).__name__} in {type(parent).__name__}")
        if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText:
            faults.append(f"markup may show in {widget.text()!r}")
    return faults


__all__ = ["FakeDesk", "at", "bridge_for", "command_figure", "light_command", "nameless", "window_on"]
