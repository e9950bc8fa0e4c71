"""One alert in the list: how bad, what, where, since when and why, on two lines."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console.present.alerts_figures import AlertRow
from console.present.tone import GLYPH, Tone
from widgets import theme

_KEYS = {Qt.Key.Key_A: "acknowledge", Qt.Key.Key_S: "silence", Qt.Key.Key_T: "take"}


class AlertEntry(QAbstractButton):
    """``chosen`` carries its key; ``asked`` a deed by key: acknowledge, silence, take or proof."""

    chosen = Signal(str)
    asked = Signal(str)

    def __init__(self, row: AlertRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = row
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._choose)
        self.refresh(row)

    def refresh(self, row: AlertRow) -> None:
        self.row = row
        self.setAccessibleName(row.spoken)
        self.update()

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(320), look.px(66 if self.row.aside else 50))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._deed(event):
            # Here these letters act on the alert, not on the window.
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        deed = self._deed(event)
        if deed:
            self._choose()
            self.asked.emit(deed)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def _deed(self, event: QKeyEvent) -> str:
        if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            return ""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return "proof"
        return _KEYS.get(Qt.Key(event.key()), "")

    def _choose(self) -> None:
        self.chosen.emit(self.row.key)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, row = theme.current(), self.row
        painter = QPainter(self)
        area = QRectF(self.rect())
        if self.isChecked() or self.underMouse():
            painter.fillRect(area, look.colour("selection" if self.isChecked() else "raised"))
        painter.fillRect(QRectF(0, 0, look.px(3), area.height()), look.tone(row.tone))
        painter.fillRect(QRectF(0, area.bottom() - 1, area.width(), 1), look.colour("line", 140))
        left, line = look.px(14), look.px(17)
        sign = QRectF(left, look.px(7), look.px(42), line)
        painter.setFont(look.font(theme.SMALL, theme.BOLD))
        painter.setPen(look.tone(row.tone))
        glyph = "▲" if row.tone is Tone.BAD else GLYPH[row.tone]
        painter.drawText(sign, _LEFT, f"{glyph} {row.severity}")
        x = sign.right() + look.px(6)
        room = area.width() - x - look.px(12)
        state = f"{row.state}, {row.since}"
        small = look.font(theme.SMALL)
        width = min(QFontMetricsF(small).horizontalAdvance(state) + 2, room * 0.5)
        painter.setFont(small)
        painter.setPen(look.colour("muted"))
        end = QRectF(area.width() - look.px(12) - width, sign.top(), width, line)
        _text(painter, end, state, _RIGHT)
        painter.setPen(look.colour("text"))
        painter.setFont(look.font(theme.BASE, theme.SEMIBOLD))
        title = row.title + (f" · {row.where}" if row.where else "")
        _text(painter, QRectF(x, sign.top(), end.left() - x - look.px(10), line), title)
        painter.setFont(small)
        painter.setPen(look.colour("muted"))
        _text(painter, QRectF(x, sign.bottom() + look.px(2), room, line), row.why)
        if row.aside:
            at = x
            for text, tone in row.aside:
                painter.setPen(look.tone(tone))
                wide = min(QFontMetricsF(small).horizontalAdvance(text) + 2, area.width() - at - look.px(12))
                if wide < look.px(30):
                    break
                _text(painter, QRectF(at, sign.bottom() + look.px(19), wide, line), text)
                at += wide + look.px(14)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.colour("accent"), 2))
            painter.drawRect(area.adjusted(1, 1, -1, -2))


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _text(painter: QPainter, area: QRectF, text: str, flags: Qt.AlignmentFlag = _LEFT) -> None:
    metrics = QFontMetricsF(painter.font())
    painter.drawText(area, flags, metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width()))
