"""The look and the text size of the whole application, remembered in the preferences."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from widgets import theme
from widgets.geometry import Preferences
from widgets.theme import Look, Theme

LOOK_KEY = "look"
SIZE_KEY = "text_percent"
_STEP, _LEAST, _MOST, _USUAL = 10, 80, 200, 100


class Appearance:
    """Changes apply at once. GUI thread only."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    @property
    def percent(self) -> int:
        """The text size, 80 to 200."""
        value = self._preferences.get(SIZE_KEY, _USUAL)
        return min(_MOST, max(_LEAST, value)) if isinstance(value, int) else _USUAL

    @property
    def look(self) -> Look:
        value = self._preferences.get(LOOK_KEY, Look.DARK.value)
        return Look(value) if value in set(Look) else Look.DARK

    def apply(self) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, Theme(self.look, self.percent / 100))

    def larger(self) -> None:
        self._resize(self.percent + _STEP)

    def smaller(self) -> None:
        self._resize(self.percent - _STEP)

    def usual_size(self) -> None:
        self._resize(_USUAL)

    def next_look(self) -> None:
        """Dark, light, high contrast, and round again."""
        looks = list(Look)
        self._preferences.set(LOOK_KEY, looks[(looks.index(self.look) + 1) % len(looks)].value)
        self.apply()

    def _resize(self, percent: int) -> None:
        kept = min(_MOST, max(_LEAST, percent))
        if kept == self.percent:
            return
        self._preferences.set(SIZE_KEY, kept)
        self.apply()
