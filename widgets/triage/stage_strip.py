"""The seven stages of a ticket in a row: what is done, where it stands, what lies ahead."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from console.present.triage_figures import StageStep
from widgets import theme
from widgets.parts.label import plain_tip

_GAP = 5
_TOGETHER = 520
"""Below this width at 100 % text only the present stage keeps its word."""


class StageStrip(QWidget):
    """Painted; spoken as one sentence. What a stage says of itself stands in its tool tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: tuple[StageStep, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_steps(self, steps: tuple[StageStep, ...]) -> None:
        self._steps = steps
        self.setVisible(bool(steps))
        said = (f"{step.number} {step.title} {step.state}" + (f", {step.note}" if step.note else "") for step in steps)
        self.setAccessibleName("Stages: " + "; ".join(said))
        self.update()

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(280), look.px(23))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.current().px(160), self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            here = next((s for s, place in self._places() if place.contains(event.pos())), None)
            text = f"{here.number} {here.title}: {here.note or here.state}" if here is not None else ""
            QToolTip.showText(event.globalPos(), plain_tip(text), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for step, place in self._places():
            painter.setPen(Qt.PenStyle.NoPen)
            ground = look.colour("raised")
            if step.state == "done":
                painter.setBrush(ground)
                painter.drawRoundedRect(place, look.px(3), look.px(3))
                ground = look.colour("good", 48)
            elif step.state == "current":
                ground = look.colour("selection")
            painter.setBrush(ground)
            painter.drawRoundedRect(place, look.px(3), look.px(3))
            current = step.state == "current"
            font = look.font(theme.TINY, theme.MEDIUM if current else theme.REGULAR)
            painter.setFont(font)
            names = {"done": "good", "current": "text"}
            painter.setPen(look.colour(names.get(step.state, "muted")))
            if step.state == "skipped":
                font.setStrikeOut(True)
                painter.setFont(font)
            words = f"{step.number} {step.title}"
            room = place.width() - look.px(6)
            if QFontMetricsF(font).horizontalAdvance(words) > room and not current:
                words = str(step.number)
            words = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, room)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _places(self) -> list[tuple[StageStep, QRectF]]:
        look = theme.current()
        if not self._steps:
            return []
        gap = look.px(_GAP)
        narrow = self.width() < look.px(_TOGETHER)
        weights = [2.6 if narrow and step.state == "current" else 1.0 for step in self._steps]
        unit = (self.width() - gap * (len(weights) - 1)) / sum(weights)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left, made = 0.0, []
        for step, weight in zip(self._steps, weights, strict=True):
            width = unit * weight
            x = self.width() - left - width if mirrored else left
            made.append((step, QRectF(x, 0, width, self.height())))
            left += width + gap
        return made
