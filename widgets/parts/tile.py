"""One KPI at a glance: title, value in its tone, what it is held against, its recent course."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console.present import figures
from console.present.tone import GLYPH, Tone
from widgets import theme
from widgets.parts.label import plain_tip
from widgets.parts.proof_menu import pop_up
from widgets.parts.sparkline import paint_sparkline

_LOUD = (Tone.BAD, Tone.WARN)
_VALUE_TONES = (Tone.BAD, Tone.WARN, Tone.UNKNOWN)
_HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class TileView(QAbstractButton):
    """Draws a ``figures.Tile``. Stale is grey, with its age.

    On a click, Enter, Space or from its menu ``opened`` carries its key, and ``proof_asked`` its number where it has one.
    Arrow keys move from tile to tile.
    """

    opened = Signal(str)
    proof_asked = Signal(object)

    def __init__(self, tile: figures.Tile | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tile = figures.Tile("", "", "", Tone.NEUTRAL, "")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._open)
        if tile is not None:
            self.show_tile(tile)

    @property
    def tile(self) -> figures.Tile:
        return self._tile

    def show_tile(self, tile: figures.Tile) -> None:
        """Draw this tile; one that looks and sounds the same costs nothing."""
        before, self._tile = self._tile, tile
        if _same(tile, before):
            return
        self.setAccessibleName(tile.spoken or f"{tile.title} {tile.value}. {tile.note}")
        self.setAccessibleDescription(tile.why)
        self.setToolTip(plain_tip("\n".join(part for part in (tile.spoken, tile.why, tile.fresh) if part)))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & _HELD:
            self._open()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._tile.number is not None:
            pop_up(self, [("", self._tile.number)], self._open, event.globalPos())

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(170), look.px(82))

    def minimumSizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(136), look.px(82))

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        tile = self._tile
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = Tone.MUTED if tile.stale else tile.tone
        edge = look.tone(tone) if tone in _LOUD else look.colour("line")
        painter.setBrush(look.colour("panel"))
        painter.setPen(QPen(look.colour("accent"), 2) if self.hasFocus() else QPen(edge, 1))
        inset = 1.0 if self.hasFocus() else 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), look.px(8), look.px(8))
        self._paint_words(painter, look, tone)

    def _paint_words(self, painter: QPainter, look: theme.Theme, tone: Tone) -> None:
        tile = self._tile
        side = look.px(12)
        width = self.width() - 2 * side
        room = float(width)
        if len(tile.spark) > 1:
            title = QFontMetricsF(look.font(theme.SMALL)).horizontalAdvance(tile.title)
            wide = min(float(look.px(64)), width - title - look.px(6))
            if wide >= look.px(28):
                course = look.tone(tone) if tone in _LOUD else look.colour("quiet" if tile.stale else "accent")
                area = QRectF(self.width() - side - wide, look.px(10), wide, look.px(20))
                paint_sparkline(painter, area, tile.spark, course)
                room = width - wide - look.px(4)
        painter.setPen(look.colour("muted"))
        _line(painter, QRectF(side, look.px(9), room, look.px(17)), tile.title, look, theme.SMALL)
        painter.setPen(look.tone(tone) if tone in _VALUE_TONES or tile.stale else look.colour("text"))
        _line(painter, QRectF(side, look.px(27), width, look.px(28)), tile.value, look, theme.BIG, bold=True)
        note = f"{GLYPH[Tone.WARN]} {tile.fresh}" if tile.stale and tile.fresh else tile.note
        painter.setPen(look.tone(Tone.WARN) if tile.stale and tile.fresh else look.colour("muted"))
        _line(painter, QRectF(side, look.px(56), width, look.px(17)), note, look, theme.TINY)

    def _open(self) -> None:
        self.opened.emit(self._tile.key)
        if self._tile.number is not None:
            self.proof_asked.emit(self._tile.number)


def _same(one: figures.Tile, other: figures.Tile) -> bool:
    names = ("key", "title", "value", "tone", "note", "fresh", "stale", "spoken", "why")
    alike = all(getattr(one, name) == getattr(other, name) for name in names)
    return alike and np.array_equal(one.spark, other.spark, equal_nan=True)


def _line(painter: QPainter, area: QRectF, text: str, look: theme.Theme, size: int, *, bold: bool = False) -> None:
    painter.setFont(look.font(size, theme.BOLD if bold else theme.REGULAR))
    shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, _LEFT, shown)
