"""The only place with colours and sizes: tones become colours here; one style sheet dresses the standard controls.

Sizes are pixels at 100 % and grow with the text scale through ``Theme.px``; colours are opaque unless told otherwise.
Painted widgets ask ``current()`` each time they paint and refit on ``QEvent.StyleChange``; nobody keeps a copy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from console.present.tone import Tone
from widgets import fonts
from widgets.stylesheet import sheet

HEADING = 13
BASE = 12
SMALL = 12
TINY = 11
BIG = 22
GRID = 4
RADIUS = 8
SMALLEST_SCALE = 0.8
LARGEST_SCALE = 2.0

REGULAR = QFont.Weight.Normal
MEDIUM = QFont.Weight.Medium
SEMIBOLD = QFont.Weight.DemiBold
BOLD = QFont.Weight.Bold

_PROPERTY = "consoleTheme"


class Look(StrEnum):
    DARK = "dark"
    LIGHT = "light"
    CONTRAST = "contrast"


@dataclass(frozen=True, slots=True)
class Colours:
    """One look, as ``#rrggbb``. ``frame`` dresses status line, rail and timeline; ``on_tone`` is text upon a tone."""

    bg: str
    frame: str
    panel: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    selection: str
    on_tone: str
    bad: str
    warn: str
    info: str
    quiet: str
    good: str
    unknown: str


COLOURS = {
    Look.DARK: Colours(
        bg="#0d1117", frame="#10161e", panel="#141a22", raised="#19212b", line="#26303c", text="#e8edf3",
        muted="#8f9bab", accent="#5aa9ff", selection="#1d3350", on_tone="#0d1117", bad="#f0563f", warn="#f2a93b",
        info="#58b8e8", quiet="#7f8b9b", good="#35c08f", unknown="#a48fe0",
    ),
    Look.LIGHT: Colours(
        bg="#f6f8fa", frame="#eef2f6", panel="#ffffff", raised="#eef2f6", line="#d5dce4", text="#17202b",
        muted="#5b6877", accent="#1f6fd6", selection="#d6e6fb", on_tone="#ffffff", bad="#c9351f", warn="#a86500",
        info="#1a78ad", quiet="#66727f", good="#12805c", unknown="#6b4fc0",
    ),
    Look.CONTRAST: Colours(
        bg="#000000", frame="#000000", panel="#000000", raised="#141414", line="#c8c8c8", text="#ffffff",
        muted="#dcdcdc", accent="#7cc4ff", selection="#00408a", on_tone="#000000", bad="#ff7a66", warn="#ffc861",
        info="#86d6ff", quiet="#c4ccd6", good="#5ff0b8", unknown="#cdbcff",
    ),
}  # fmt: skip

_OF_TONE = {
    Tone.NEUTRAL: "text",
    Tone.MUTED: "muted",
    Tone.ACCENT: "accent",
    Tone.GOOD: "good",
    Tone.WARN: "warn",
    Tone.BAD: "bad",
    Tone.INFO: "info",
    Tone.QUIET: "quiet",
    Tone.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class Theme:
    """A look and a text scale (0.8–2.0; other values are brought inside)."""

    look: Look = Look.DARK
    scale: float = 1.0

    @property
    def colours(self) -> Colours:
        return COLOURS[self.look]

    def px(self, size: float) -> int:
        """Pixels at 100 % → whole pixels at this scale, never below 1 for a positive size."""
        return max(1, round(size * self.scale)) if size > 0 else 0

    def tone(self, tone: Tone, alpha: int = 255) -> QColor:
        """The colour of a meaning, for text and lines upon any of the surfaces."""
        return self.colour(_OF_TONE[tone], alpha)

    def colour(self, name: str, alpha: int = 255) -> QColor:
        """The colour of a surface or role by its name in ``Colours``."""
        made = QColor(getattr(self.colours, name))
        made.setAlpha(alpha)
        return made

    def font(self, size: int = BASE, weight: QFont.Weight = REGULAR) -> QFont:
        """``size`` in pixels at 100 %."""
        return fonts.font(self.px(size), weight)

    def mono(self, size: int = SMALL) -> QFont:
        return fonts.mono(self.px(size))

    def scaled(self, scale: float) -> Theme:
        return replace(self, scale=min(LARGEST_SCALE, max(SMALLEST_SCALE, scale)))

    def looking(self, look: Look) -> Theme:
        return replace(self, look=look)

    def palette(self) -> QPalette:
        """For what the style sheet does not reach: item views, selections, tool tips, native sub-controls."""
        made = QPalette()
        role = QPalette.ColorRole
        for which, name in (
            (role.Window, "bg"),
            (role.Base, "panel"),
            (role.AlternateBase, "raised"),
            (role.Button, "raised"),
            (role.ToolTipBase, "raised"),
            (role.WindowText, "text"),
            (role.Text, "text"),
            (role.ButtonText, "text"),
            (role.ToolTipText, "text"),
            (role.PlaceholderText, "muted"),
            (role.Highlight, "selection"),
            (role.HighlightedText, "text"),
            (role.Link, "accent"),
            (role.Mid, "line"),
        ):
            made.setColor(which, self.colour(name))
        for which in (role.Text, role.WindowText, role.ButtonText):
            made.setColor(QPalette.ColorGroup.Disabled, which, self.colour("quiet"))
        return made


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the whole application, unless it is dressed so; every widget gets a StyleChange. GUI thread only."""
    kept = Theme(theme.look).scaled(theme.scale)
    worn = app.property(_PROPERTY)
    if worn == kept:
        return
    if not worn:
        fonts.load()
        app.setStyle("Fusion")
    app.setProperty(_PROPERTY, kept)
    app.setFont(kept.font())
    app.setPalette(kept.palette())
    app.setStyleSheet(sheet(kept.colours, kept.scale))


def current() -> Theme:
    """The theme in force; the dark one at 100 % before ``apply``."""
    app: QObject | None = QApplication.instance()
    found = app.property(_PROPERTY) if app is not None else None
    return found if isinstance(found, Theme) else Theme()
