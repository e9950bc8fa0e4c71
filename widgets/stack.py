"""The screens that were built so far, one of them on show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QWidget

from console import frugal
from console.model.moment import Moment
from widgets import standing
from widgets.screens import Maker

if TYPE_CHECKING:
    from widgets.window import MainWindow


class ScreenStack(QStackedWidget):
    """A screen is built when it is first shown. It may have ``actions_of_screen``, ``set_moment`` and ``proof_asked``."""

    def __init__(self, window: MainWindow, makers: Mapping[str, Maker], parent: QWidget) -> None:
        super().__init__(parent)
        self._window = window
        self._makers = makers
        self._built: dict[str, QWidget] = {}

    def built(self, name: str) -> QWidget | None:
        """The screen if it was built already."""
        return self._built.get(name)

    def turn_to(self, name: str) -> QWidget:
        """Show a screen, building it now if need be."""
        screen = self._built.get(name) or self._build(name)
        self.setCurrentWidget(screen)
        return screen

    def _build(self, name: str) -> QWidget:
        window = self._window
        made = self._makers[name](window)
        made.setProperty("role", "screen")
        self._built[name] = made
        self.addWidget(made)
        standing.restore_splits(name, made, window.preferences)
        actions = getattr(made, "actions_of_screen", None)
        if actions is not None:
            window.book.add(actions())
        frugal.settle()
        asked = getattr(made, "proof_asked", None)
        if asked is not None:
            asked.connect(window.proofs.show)
        return made

    def drop(self, name: str) -> None:
        """The screen closes; it is built anew when it is wanted again."""
        screen = self._built.pop(name, None)
        if screen is None:
            return
        standing.keep_splits(name, screen, self._window.preferences)
        actions = getattr(screen, "actions_of_screen", None)
        if actions is not None:
            self._window.book.remove([action.id for action in actions()])
        self.removeWidget(screen)
        screen.hide()
        screen.deleteLater()

    def tell(self, name: str, deed: str, *arguments: object) -> None:
        """Call a method of a screen, if it is built."""
        screen = self._built.get(name)
        if screen is not None:
            getattr(screen, deed)(*arguments)

    def set_moment(self, moment: Moment) -> None:
        """Every screen that knows a moment stands at this one."""
        for screen in self._built.values():
            setter = getattr(screen, "set_moment", None)
            if setter is not None:
                setter(moment)

    def keep_splits(self) -> None:
        """The window closes: how the screens share their room is remembered."""
        for name, screen in self._built.items():
            standing.keep_splits(name, screen, self._window.preferences)
