"""One criterion as a row: sign, title over target, value, bar over its clock, and the course of the value."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console.present.exit_figures import ExitRow
from console.present.tone import GLYPH, Tone
from widgets import theme
from widgets.parts.label import plain_tip
from widgets.parts.sparkline import paint_sparkline

_HEIGHT = 47
_SIGN, _TITLE, _VALUE, _SPARK = 28, 282, 136, 120
_LOUD = (Tone.BAD, Tone.UNKNOWN)
_BARS = {Tone.BAD: Tone.BAD, Tone.UNKNOWN: Tone.UNKNOWN, Tone.WARN: Tone.WARN}


class RowView(QAbstractButton):
    """``chosen``: it has the focus or was clicked; ``opened``: Enter or a second click, for the proof. Carries the key."""

    chosen = Signal(str)
    opened = Signal(str)
    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = ExitRow("", Tone.NEUTRAL, "", "", "", 0.0, "", "")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @property
    def row(self) -> ExitRow:
        return self._row

    def show_row(self, row: ExitRow) -> None:
        self._row = row
        self.setText(row.title.replace("&", "&&"))
        self.setAccessibleName(row.spoken)
        self.setAccessibleDescription(" ".join(row.notes))
        self.setToolTip(plain_tip("\n".join((f"{row.title} {row.target}", row.beneath, *row.notes))))
        self.update()

    def nextCheckState(self) -> None:
        """The list decides which row is checked."""

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(560), look.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(320), look.px(_HEIGHT))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.chosen.emit(self._row.key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.chosen.emit(self._row.key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        self.opened.emit(self._row.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.opened.emit(self._row.key)
            case _:
                event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        row = self._row
        painter = QPainter(self)
        area = QRectF(self.rect())
        if self.isChecked():
            painter.fillRect(area, look.colour("selection"))
        elif self.underMouse():
            painter.fillRect(area, look.colour("raised"))
        painter.fillRect(QRectF(0, area.bottom() - 1, area.width(), 1), look.colour("line", 140))
        places = self._places(area)
        painter.setPen(look.tone(row.tone))
        painter.setFont(look.font(theme.HEADING, theme.BOLD))
        painter.drawText(places["sign"], Qt.AlignmentFlag.AlignCenter, GLYPH[row.tone])
        upper, lower = _halves(places["title"])
        _text(painter, upper, row.title, look.font(theme.BASE, theme.SEMIBOLD), look.colour("text"))
        _text(painter, lower, row.target, look.font(theme.TINY), look.colour("muted"))
        colour = look.tone(row.tone) if row.tone in _LOUD else look.colour("text")
        value = places["value"]
        _text(painter, value, row.value, look.font(theme.HEADING, theme.BOLD), colour)
        self._paint_bar(painter, places["bar"], look)
        if places["spark"].width() > 0:
            line = look.tone(Tone.BAD if row.tone is Tone.BAD else Tone.ACCENT)
            paint_sparkline(painter, places["spark"], row.spark, line)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.colour("accent"), 2))
            painter.drawRect(area.adjusted(1, 1, -1, -2))

    def _paint_bar(self, painter: QPainter, place: QRectF, look: theme.Theme) -> None:
        row = self._row
        upper, lower = _halves(place)
        thick = look.px(7)
        track = QRectF(upper.left(), upper.bottom() - thick - look.px(3), upper.width(), thick)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("line"))
        painter.drawRoundedRect(track, thick / 2, thick / 2)
        if row.progress > 0:
            filled = QRectF(track.left(), track.top(), max(thick, track.width() * row.progress), thick)
            painter.setBrush(look.tone(_BARS.get(row.tone, Tone.GOOD)))
            painter.drawRoundedRect(filled, thick / 2, thick / 2)
        painter.restore()
        _text(painter, lower, row.beneath, look.font(theme.TINY), look.colour("muted"))

    def _places(self, area: QRectF) -> dict[str, QRectF]:
        """Where room is short the curve goes first, then the bar narrows; the text never does."""
        look = theme.current()
        pad, width = look.px(8), area.width()
        inner = area.adjusted(0, look.px(5), 0, -look.px(5))
        sign = QRectF(pad, inner.top(), look.px(_SIGN), inner.height())
        left = sign.right() + pad
        rest = width - left - pad
        spark = look.px(_SPARK) if rest > look.px(700) else 0
        title = min(look.px(_TITLE), rest * 0.29)
        value = min(look.px(_VALUE), rest * 0.19)
        bar = rest - title - value - (spark + pad if spark else 0)
        return {
            "sign": sign,
            "title": QRectF(left, inner.top(), title - pad, inner.height()),
            "value": QRectF(left + title, inner.top(), value - pad, inner.height()),
            "bar": QRectF(left + title + value, inner.top(), bar, inner.height()),
            "spark": QRectF(width - pad - spark, inner.top() + pad, spark, inner.height() - 2 * pad),
        }


def _halves(area: QRectF) -> tuple[QRectF, QRectF]:
    half = area.height() / 2
    return (
        QRectF(area.left(), area.top(), area.width(), half),
        QRectF(area.left(), area.top() + half, area.width(), half),
    )


def _text(painter: QPainter, area: QRectF, text: str, font: QFont, colour: QColor) -> None:
    painter.setFont(font)
    painter.setPen(colour)
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
