"""How the window of a number is known, as a strip: known, late, missing. Told in words too, part by part."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from console.present.proof_figures import StripPart
from console.present.tone import Tone
from widgets import theme
from widgets.parts.label import plain_tip

_LEAST_PX = 2.0
"""A minute in a week would be thinner than a pixel, and a gap that cannot be seen is hidden."""
_FEW = 20


class CoverageStrip(QWidget):
    """Shows parts from left to right, also where text runs from right to left, because it is an axis of time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[StripPart, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Coverage of the window")

    @property
    def parts(self) -> tuple[StripPart, ...]:
        return self._parts

    def show_parts(self, parts: tuple[StripPart, ...], spoken: str) -> None:
        if parts != self._parts:
            self._parts = parts
            self.update()
        faulty = [part.words for part in parts if part.tone is not Tone.GOOD]
        more = f"; and {len(faulty) - _FEW} more" if len(faulty) > _FEW else ""
        self.setAccessibleDescription("; ".join([spoken, *faulty[:_FEW]]) + more)

    def sizeHint(self) -> QSize:
        return QSize(theme.current().px(200), theme.current().px(15))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._parts:
            share = event.pos().x() / max(1, self.width())
            place = max(0, bisect_right(self._parts, share, key=_start) - 1)
            QToolTip.showText(event.globalPos(), plain_tip(self._parts[place].words), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(area, look.px(3), look.px(3))
        painter.setClipPath(path)
        painter.fillRect(area, look.colour("line"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        # What is known lies below, so that the least gap is drawn whole.
        for part in sorted(self._parts, key=_is_fault):
            width = max((part.x1 - part.x0) * area.width(), _LEAST_PX if _is_fault(part) else 0.0)
            left = min(part.x0 * area.width(), area.width() - width)
            good = part.tone is Tone.GOOD
            painter.fillRect(QRectF(left, 0, width, area.height()), look.tone(part.tone, 150 if good else 255))
            if part.tone is Tone.UNKNOWN and width > look.px(8):
                painter.fillRect(QRectF(left, 0, width, area.height()), Qt.BrushStyle.BDiagPattern)


def _start(part: StripPart) -> float:
    return part.x0


def _is_fault(part: StripPart) -> bool:
    return part.tone is not Tone.GOOD
