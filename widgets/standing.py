"""Puts a window where it stood last time, and reads where it stands now."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from widgets import geometry
from widgets.geometry import Box, Display, Place, Preferences


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


def displays() -> list[Display]:
    """The screens that exist now, the main one first."""
    main = QGuiApplication.primaryScreen()
    others = [screen for screen in QGuiApplication.screens() if screen is not main]
    return [Display(s.name(), box_of(s.availableGeometry())) for s in [main, *others]]


def box_of(rect: QRect) -> Box:
    return Box(rect.x(), rect.y(), rect.width(), rect.height())
