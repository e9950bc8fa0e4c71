"""Puts a window where it stood last time, and reads where it stands now."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSplitter, QWidget

from widgets import geometry
from widgets.geometry import Box, Display, Place, Preferences

_SPLITS = "splits of"


def stand(window: QWidget, preferences: Preferences) -> None:
    """Move the window to its remembered place, fitted to the screens that exist now."""
    place = geometry.recall(preferences)
    window.setGeometry(*geometry.fit(place, displays()))
    if place is not None and place.maximized:
        window.setWindowState(window.windowState() | window.windowState().WindowMaximized)


def place_of(window: QWidget) -> Place:
    """Where the window stands, or stood before it filled the screen."""
    filling = window.isMaximized() or window.isFullScreen()
    rect = window.normalGeometry() if filling else window.geometry()
    screen = window.screen()
    return Place(box_of(rect), Display(screen.name(), box_of(screen.availableGeometry())), window.isMaximized())


def keep_splits(name: str, screen: QWidget, preferences: Preferences) -> None:
    """Remember how a screen's parts share its room. One that was never laid out has nothing to remember."""
    sizes = [splitter.sizes() for splitter in _splitters(screen)]
    if sizes and all(all(size > 0 for size in one) for one in sizes):
        preferences.set(f"{_SPLITS} {name}", sizes)


def restore_splits(name: str, screen: QWidget, preferences: Preferences) -> None:
    """Share the room as last time; what does not fit this screen's parts any more is left as it is made."""
    saved, splitters = preferences.get(f"{_SPLITS} {name}", None), _splitters(screen)
    if not isinstance(saved, list) or len(saved) != len(splitters):
        return
    for splitter, sizes in zip(splitters, saved, strict=True):
        fits = isinstance(sizes, list) and len(sizes) == splitter.count()
        if fits and all(isinstance(size, int) and 0 < size < 1_000_000 for size in sizes):
            splitter.setSizes(sizes)


def _splitters(screen: QWidget) -> list[QSplitter]:
    """In the order in which they were made."""
    return screen.findChildren(QSplitter)


def displays() -> list[Display]:
    """The screens that exist now, the main one first."""
    main = QGuiApplication.primaryScreen()
    others = [screen for screen in QGuiApplication.screens() if screen is not main]
    return [Display(s.name(), box_of(s.availableGeometry())) for s in [main, *others]]


def box_of(rect: QRect) -> Box:
    return Box(rect.x(), rect.y(), rect.width(), rect.height())
