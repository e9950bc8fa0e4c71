"""What people were told, newest first. A notice about tickets is opened in Triage by a click or Enter."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from console.present.alerts_figures import NoticeRow
from widgets import theme
from widgets.parts.label import Label


class NoticeLine(QAbstractButton):
    """One notice on as many lines as it needs. Only one that opens something takes the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        look = theme.current()
        self.row: NoticeRow | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(look.px(10), look.px(4), look.px(10), look.px(5))
        column.setSpacing(look.px(1))
        self._text, self._aside = Label("", wrap=True), Label("", "tiny", wrap=True)
        column.addWidget(self._text)
        column.addWidget(self._aside)

    def sizeHint(self) -> QSize:
        return self._column.sizeHint()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._column.heightForWidth(width)

    def refresh(self, row: NoticeRow) -> None:
        self.row = row
        self._text.show_text(row.text)
        self._text.set_tone(row.tone)
        self._aside.show_text(row.aside)
        self.setAccessibleName(row.spoken or row.text)
        self.setAccessibleDescription("Opens in Triage" if row.opens else "")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if row.opens else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if row.opens else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.click()
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
            case _:
                super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        area = QRectF(self.rect())
        if self.row is not None and self.row.opens and (self.underMouse() or self.hasFocus()):
            painter.fillRect(area, look.colour("raised"))
        painter.fillRect(QRectF(0, area.bottom() - 1, area.width(), 1), look.colour("line", 140))
        if self.hasFocus():
            painter.setPen(QPen(look.colour("accent"), 2))
            painter.drawRect(area.adjusted(1, 1, -1, -2))


class Notices(QScrollArea):
    """Lines that are kept and refilled. ``opened`` carries the notice."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        look = theme.current()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Notices")
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, look.px(4), 0, look.px(4))
        self._column.setSpacing(0)
        self._empty = Label("Nobody was told anything in the last 24 hours.", "muted", wrap=True)
        self._empty.setMargin(look.px(12))
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        self.lines: list[NoticeLine] = []
        self.setWidget(inside)

    def show_notices(self, notices: Sequence[NoticeRow]) -> None:
        self._empty.setVisible(not notices)
        while len(self.lines) < len(notices):
            line = NoticeLine(self.widget())
            line.clicked.connect(self._open)
            self._column.insertWidget(self._column.count() - 1, line)
            self.lines.append(line)
        for place, line in enumerate(self.lines):
            line.setVisible(place < len(notices))
            if place < len(notices):
                line.refresh(notices[place])

    def _open(self) -> None:
        line = self.sender()
        if isinstance(line, NoticeLine) and line.row is not None and line.row.opens:
            self.opened.emit(line.row)
