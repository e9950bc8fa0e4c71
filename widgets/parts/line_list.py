"""Short lines parted by thin rules: a text, and beside it what it amounts to. Kept and refilled, so a refresh moves nothing.

Painted in one go: a ticket may have a hundred of them, and the next ticket must stand there within a blink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from console.present.tone import Tone
from widgets import theme
from widgets.parts.label import plain_tip


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    tone: Tone = Tone.NEUTRAL
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """``key``: what a click or Enter opens, '' for a line that is only read."""

    parts: tuple[Part, ...]
    key: str = ""
    spoken: str = ""


class LineRow(QAbstractButton):
    """One line. ``shares`` of the width for each part; without them the first takes what the others leave."""

    def __init__(self, shares: tuple[float, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares = shares
        self.line = Line(())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_line(self, line: Line) -> None:
        if line == self.line and self.accessibleName():
            return
        self.line = line
        words = line.spoken or ", ".join(part.text for part in line.parts if part.text)
        self.setAccessibleName(words)
        self.setToolTip(plain_tip(words))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if line.key else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if line.key else Qt.CursorShape.ArrowCursor)
        self.update()

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(120), look.px(29))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        area = QRectF(self.rect())
        if self.line.key and (self.underMouse() or self.hasFocus()):
            painter.fillRect(area, look.colour("raised"))
        painter.fillRect(QRectF(0, area.bottom() - 1, area.width(), 1), look.colour("line", 140))
        room = area.adjusted(look.px(8), 0, -look.px(8), -1)
        for part, place, right in self._places(look, room):
            self._paint_part(painter, look, part, place, right=right)
        if self.hasFocus():
            painter.setPen(QPen(look.colour("accent"), 2))
            painter.drawRect(area.adjusted(1, 1, -1, -2))

    def _places(self, look: theme.Theme, room: QRectF) -> list[tuple[Part, QRectF, bool]]:
        parts, mirrored = self.line.parts, self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        made: list[tuple[Part, QRectF, bool]] = []
        if self._shares:
            left = room.left()
            for part, share in zip(parts, self._shares, strict=False):
                width = room.width() * share
                made.append((part, QRectF(left, room.top(), width - look.px(8), room.height()), False))
                left += width
        elif parts:
            end = room.right()
            for part in reversed(parts[1:]):
                font = look.font(theme.BASE, theme.BOLD if part.strong else theme.REGULAR)
                width = min(QFontMetricsF(font).horizontalAdvance(part.text) + 2, room.width() * 0.45)
                made.append((part, QRectF(end - width, room.top(), width, room.height()), True))
                end -= width + (look.px(4) if part.text else 0)
            first = QRectF(room.left(), room.top(), max(0.0, end - room.left() - look.px(6)), room.height())
            made.append((parts[0], first, False))
        if not mirrored:
            return made
        turn = room.left() + room.right()
        return [(p, QRectF(turn - r.right(), r.top(), r.width(), r.height()), not at_end) for p, r, at_end in made]

    def _paint_part(self, painter: QPainter, look: theme.Theme, part: Part, place: QRectF, *, right: bool) -> None:
        font = look.font(theme.BASE, theme.BOLD if part.strong else theme.REGULAR)
        painter.setFont(font)
        painter.setPen(look.colour("text") if part.tone is Tone.NEUTRAL else look.tone(part.tone))
        text = QFontMetricsF(font).elidedText(
            part.text.replace("\n", " "), Qt.TextElideMode.ElideRight, place.width() + 1
        )
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(place, flags | Qt.TextFlag.TextSingleLine, text)


class LineList(QWidget):
    """``opened`` carries a line's key."""

    opened = Signal(str)

    def __init__(self, name: str, shares: tuple[float, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._shares = shares
        self.rows: list[LineRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is on show."""
        return tuple(row.line for row in self.rows if not row.isHidden())

    def show_lines(self, lines: Sequence[Line]) -> None:
        while len(self.rows) < len(lines):
            row = LineRow(self._shares, self)
            row.clicked.connect(self._open)
            self._column.addWidget(row)
            self.rows.append(row)
        for place, row in enumerate(self.rows):
            if place < len(lines):
                row.show_line(lines[place])
            row.setVisible(place < len(lines))

    def _open(self) -> None:
        sender = self.sender()
        if isinstance(sender, LineRow) and sender.line.key:
            self.opened.emit(sender.line.key)
