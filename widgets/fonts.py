"""The bundled typeface: Inter with tabular figures, so that columns of numbers stand; the same everywhere.

One would get wrong: asking for a font before ``load`` has run gives whatever the system has, with other widths.
"""

from __future__ import annotations

import logging
from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from console import paths

_log = logging.getLogger(__name__)

FAMILY = "Inter"
MONO_FAMILIES = ("DejaVu Sans Mono", "Menlo", "Consolas", "monospace")
_FILES = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf", "Inter-Bold.otf")
_TABULAR = QFont.Tag("tnum")


def load() -> int:
    """Register the bundled files with the running application; the number that could be read. GUI thread only.

    A missing file is not fatal: the system's own sans-serif stands in, and the log says so.
    """
    read = 0
    for name in _FILES:
        path = paths.resources() / "fonts" / name
        if QFontDatabase.addApplicationFont(str(path)) >= 0:
            read += 1
        else:
            _log.warning("The bundled font %s cannot be read; the system's sans-serif stands in for it.", path)
    return read


def font(pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Inter of so many pixels, digits of equal width, fractions of a pixel kept between glyphs."""
    return QFont(_inter(pixels, weight))


@cache
def _inter(pixels: int, weight: QFont.Weight) -> QFont:
    """Made once: every painted word asks for its font."""
    made = QFont(FAMILY)
    made.setStyleHint(QFont.StyleHint.SansSerif)
    made.setPixelSize(max(6, pixels))
    made.setWeight(weight)
    made.setFeature(_TABULAR, 1)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def mono(pixels: int) -> QFont:
    """A fixed-width font for queries and addresses; taken from the system."""
    made = QFont()
    made.setFamilies(list(MONO_FAMILIES))
    made.setStyleHint(QFont.StyleHint.Monospace)
    made.setPixelSize(max(6, pixels))
    return made
