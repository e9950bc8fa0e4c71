"""The exit criteria as a short list: sign, name, value, what is behind it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from console.present.figures import CriteriaPanel, CriterionLine
from console.present.tone import GLYPH, Tone
from widgets import theme
from widgets.parts.card import Card
from widgets.parts.label import plain_tip
from widgets.parts.proof_menu import pop_up

_LOUD = (Tone.BAD, Tone.WARN, Tone.UNKNOWN)


class CriterionRow(QAbstractButton):
    """One line. On a click, Enter, Space or from its menu ``opened`` carries its key and ``proof_asked`` its number.

    Up and Down move between lines.
    """

    opened = Signal(str)
    proof_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line = CriterionLine("", Tone.NEUTRAL, "", "", "")
        self._widths = (0, 0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._open)

    @property
    def line(self) -> CriterionLine:
        return self._line

    def set_widths(self, title: int, value: int, aside: int) -> None:
        """Pixels the columns would like, the same for all rows of a panel. Where room is short, asides give way first."""
        if (title, value, aside) != self._widths:
            self._widths = (title, value, aside)
            self.update()

    def show_line(self, line: CriterionLine) -> None:
        before, self._line = self._line, line
        if replace(line, number=None) == replace(before, number=None):
            return
        self.setAccessibleName(line.spoken or f"{line.title}: {line.value}. {line.aside}")
        self.setAccessibleDescription(line.why)
        told = (f"{line.title}: {line.value}", line.aside, line.why)
        self.setToolTip(plain_tip("\n".join(part for part in told if part)))
        self.update()

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(300), look.px(23))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._line.number is not None:
            pop_up(self, [("", self._line.number)], self._open, event.globalPos())

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        line = self._line
        painter = QPainter(self)
        area = QRectF(self.rect())
        painter.fillRect(QRectF(0, area.bottom() - 1, area.width(), 1), look.colour("line", 140))
        if self.underMouse():
            painter.fillRect(area.adjusted(0, 0, 0, -1), look.colour("raised"))
        value_width = min(float(self._widths[1]), area.width() * 0.3)
        spare = area.width() - look.px(34 + 6 + 12) - self._widths[0] - value_width
        aside_width = min(self._widths[2] + look.px(8), max(area.width() * 0.16, min(spare, area.width() * 0.4)))
        sign = QRectF(look.px(4), 0, look.px(20), area.height())
        aside = QRectF(area.width() - aside_width, 0, aside_width - look.px(8), area.height())
        value = QRectF(aside.left() - value_width - look.px(12), 0, value_width, area.height())
        title = QRectF(look.px(34), 0, value.left() - look.px(40), area.height())
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(look.tone(line.tone))
        painter.setFont(look.font(theme.SMALL, theme.BOLD))
        painter.drawText(sign, Qt.AlignmentFlag.AlignCenter, GLYPH[line.tone])
        painter.setPen(look.colour("text"))
        _elided(painter, title, left, line.title, look.font(theme.SMALL))
        painter.setPen(look.tone(line.tone) if line.tone in _LOUD else look.colour("text"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        _elided(painter, value, right, line.value, look.font(theme.SMALL, theme.BOLD))
        painter.setPen(look.colour("muted"))
        _elided(painter, aside, left, line.aside, look.font(theme.SMALL))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.colour("accent"), 2))
            painter.drawRect(area.adjusted(1, 1, -1, -2))

    def _open(self) -> None:
        self.opened.emit(self._line.key)
        if self._line.number is not None:
            self.proof_asked.emit(self._line.number)


class CriteriaCard(Card):
    """Shows a ``CriteriaPanel``; lines are kept and refilled, so that focus stays where it is."""

    opened = Signal(str)
    proof_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Exit criteria", snug=True, parent=parent)
        self._rows: list[CriterionRow] = []
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidget(self._inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(scroll)

    @property
    def lines(self) -> list[CriterionRow]:
        return [row for row in self._rows if not row.isHidden()]

    def show_panel(self, panel: CriteriaPanel) -> None:
        self.set_aside(panel.summary)
        while len(self._rows) < len(panel.lines):
            row = CriterionRow(self._inside)
            row.opened.connect(self.opened)
            row.proof_asked.connect(self.proof_asked)
            self._column.insertWidget(len(self._rows), row)
            self._rows.append(row)
        for index, row in enumerate(self._rows):
            row.setVisible(index < len(panel.lines))
            if index < len(panel.lines):
                row.show_line(panel.lines[index])
        self._share_columns()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_column"):
            self._share_columns()

    def _share_columns(self) -> None:
        look = theme.current()
        bold, plain = (QFontMetricsF(look.font(theme.SMALL, weight)) for weight in (theme.BOLD, theme.REGULAR))
        value = max((bold.horizontalAdvance(row.line.value) for row in self.lines), default=0.0)
        aside = max((plain.horizontalAdvance(row.line.aside) for row in self.lines), default=0.0)
        title = max((plain.horizontalAdvance(row.line.title) for row in self.lines), default=0.0)
        for row in self.lines:
            row.set_widths(round(title) + 2, round(value) + 2, round(aside) + 2)


def _elided(painter: QPainter, area: QRectF, flags: Qt.AlignmentFlag, text: str, font: QFont) -> None:
    painter.setFont(font)
    painter.drawText(area, flags, QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width()))
