"""The drawn signs of ``resources/icons`` in any tone: one black outline a file, recoloured when it is rendered."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from console import paths
from console.present.tone import Tone
from widgets import theme


def pixmap(name: str, size: int, colour: QColor, ratio: float = 1.0) -> QPixmap:
    """``size`` in pixels of the screen's coordinates. An unknown name is our bug: FileNotFoundError."""
    text = (paths.resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(text.replace("#000000", colour.name()).encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return made


def icon(name: str, tone: Tone = Tone.NEUTRAL, size: int = 20) -> QIcon:
    """``size`` at 100 % text; sharp on screens of one and two pixels a point."""
    look = theme.current()
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(pixmap(name, look.px(size), look.tone(tone), ratio))
    return made
