"""The pictures of the forecast card: bars a day under a dashed line, and a small calibration plot."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.present.forecast_figures import Bar, ScoreFigure
from console.present.tone import Tone
from widgets import theme
from widgets.parts.label import plain_tip


class ForecastBars(QWidget):
    """``text_wanted``: Return asks for the bars as text. ``faint`` bars stand behind as outlines, for comparison."""

    text_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[Bar, ...] = ()
        self._faint: tuple[Bar, ...] = ()
        self._target, self._target_text = 0.8, ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Probability of exit by day")

    @property
    def shown(self) -> tuple[Bar, ...]:
        return self._bars

    def show_bars(
        self, bars: tuple[Bar, ...], target: float, target_text: str, faint: tuple[Bar, ...] = (), spoken: str = ""
    ) -> None:
        self._bars, self._faint = bars, faint
        self._target, self._target_text = target, target_text
        self.setAccessibleDescription(spoken)
        self.setToolTip(plain_tip("\n".join(f"{bar.date}: {bar.text}" for bar in bars)))
        self.update()

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(360), look.px(134))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.current().px(160), self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.text_wanted.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.text_wanted.emit()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        small, bold = look.font(theme.TINY), look.font(theme.TINY, theme.MEDIUM)
        line = QFontMetricsF(small).height()
        side = QFontMetricsF(small).horizontalAdvance(self._target_text) + look.px(8)
        area = QRectF(0, line + look.px(4), self.width() - side, self.height() - 2 * line - look.px(10))
        if self._bars:
            self._paint_bars(painter, area, line, look, small, bold)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.colour("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _paint_bars(
        self, painter: QPainter, area: QRectF, line: float, look: theme.Theme, small: QFont, bold: QFont
    ) -> None:
        slot = area.width() / len(self._bars)
        wide = slot * 0.7
        # Beside a bar there is room for its figure only while the figures are no wider than their slots.
        figures = QFontMetricsF(bold)
        every = 1 if max(figures.horizontalAdvance(bar.text) for bar in self._bars) <= slot else 2
        for place, bar in enumerate(self._bars):
            left = area.left() + place * slot + (slot - wide) / 2
            height = max(1.0, area.height() * bar.share)
            box = QRectF(left, area.bottom() - height, wide, height)
            painter.fillRect(box, look.tone(Tone.GOOD) if bar.first else self._quiet(look))
            if place < len(self._faint):
                old = max(1.0, area.height() * self._faint[place].share)
                painter.setPen(QPen(look.colour("muted"), 1, Qt.PenStyle.DotLine))
                painter.drawLine(QPointF(left, area.bottom() - old), QPointF(left + wide, area.bottom() - old))
            middle = QRectF(area.left() + place * slot - slot / 2, 0, 2 * slot, line)
            painter.setPen(look.colour("text"))
            if place % every == 0 or bar.first:
                painter.setFont(bold)
                middle.moveTop(box.top() - line - 1)
                painter.drawText(middle, Qt.AlignmentFlag.AlignCenter, bar.text)
            painter.setPen(look.colour("muted"))
            painter.setFont(small)
            middle.moveTop(area.bottom() + look.px(4))
            if place % every == 0 or bar.first:
                painter.drawText(middle, Qt.AlignmentFlag.AlignCenter, bar.label)
        at = area.bottom() - area.height() * self._target
        painter.setPen(QPen(look.tone(Tone.GOOD), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(area.left(), at), QPointF(area.right(), at))
        painter.setFont(small)
        beside = QRectF(area.right() + look.px(4), at - line / 2, self.width() - area.right(), line)
        painter.drawText(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._target_text)

    def _quiet(self, look: theme.Theme) -> QColor:
        return look.tone(Tone.ACCENT, 100)


class CalibrationPlot(QWidget):
    """Said against came, both 0 to 1; on the diagonal the forecasts keep what they say. Whiskers are 95 % intervals."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._score = ScoreFigure("")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Calibration of past forecasts")

    def show_points(self, score: ScoreFigure) -> None:
        self._score = score
        self.setAccessibleDescription(score.spoken)
        self.setToolTip(plain_tip(score.spoken.replace("; ", "\n")))
        self.update()

    def sizeHint(self) -> QSize:
        side = theme.current().px(72)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(3.5, 3.5, -3.5, -3.5)
        painter.setPen(look.colour("line"))
        painter.drawRect(area)
        painter.drawLine(area.bottomLeft(), area.topRight())
        for point in self._score.points:
            x = area.left() + area.width() * point.forecast
            top, bottom, y = (area.bottom() - area.height() * v for v in (point.high, point.low, point.came))
            painter.setPen(QPen(look.colour("muted"), 1))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.tone(Tone.ACCENT))
            painter.drawEllipse(QPointF(x, y), look.px(3), look.px(3))
