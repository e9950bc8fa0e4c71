"""A strip of stretches that fill it from its start: what a clock ran and where it stood still."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console.present.tone import Tone
from console.present.triage_figures import StripPart
from widgets import theme


class SegmentStrip(QAbstractButton):
    """``opened``: Enter or a click asks for the arithmetic."""

    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[StripPart, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self.opened)

    def show_parts(self, name: str, parts: tuple[StripPart, ...]) -> None:
        self._parts = parts
        said = ", ".join(part.spoken or part.text for part in parts if part.spoken or part.text)
        self.setAccessibleName(f"{name}: {said}" if said else name)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(200), look.px(18))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(area, look.px(3), look.px(3))
        painter.setClipPath(shape)
        painter.fillRect(area, look.colour("line"))
        font = look.font(theme.TINY)
        painter.setFont(font)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        start = 0.0
        for part in self._parts:
            width = area.width() * max(0.0, min(1.0 - start, part.share))
            left = area.width() * start
            place = QRectF(area.width() - left - width if mirrored else left, 0, width, area.height())
            painter.fillRect(place, look.tone(Tone.QUIET if part.tone is Tone.MUTED else part.tone))
            inner = place.adjusted(look.px(4), 0, -look.px(2), 0)
            if inner.width() > look.px(16):
                painter.setPen(look.colour("on_tone"))
                shown = QFontMetricsF(font).elidedText(part.text, Qt.TextElideMode.ElideRight, inner.width())
                painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
            start += max(0.0, part.share)
        painter.setClipping(False)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.colour("accent"), 2))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), look.px(3), look.px(3))
