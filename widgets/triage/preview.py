"""What an act would do to many tickets, before it does it. Enter does it, Escape leaves everything as it is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from console.present.tone import Tone
from console.present.triage_figures import BulkPreview
from widgets import theme
from widgets.parts.label import Elided, Label
from widgets.parts.line_list import Line, LineList, Part

_MOST = 200
_HEIGHT = 240


class PreviewStrip(QWidget):
    """``agreed`` when it shall be done, ``left`` when not."""

    agreed = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("What it would do")
        self._column = QVBoxLayout(self)
        row = QHBoxLayout()
        self.title, self.counted = Label("", "strong"), Elided("", "muted")
        self.go, self.stay = QPushButton("Do it", self), QPushButton("Leave it", self)
        self.go.setProperty("role", "primary")
        self.go.clicked.connect(self.agreed)
        self.stay.clicked.connect(self.left)
        row.addWidget(self.title)
        row.addWidget(self.counted, 1)
        row.addWidget(self.stay)
        row.addWidget(self.go)
        self._column.addLayout(row)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.refused, self.lines = LineList("Cannot be done"), LineList("Before and after", (0.2, 0.4, 0.4))
        column.addWidget(self.refused)
        column.addWidget(self.lines)
        column.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(inside)
        self._column.addWidget(self.area)
        self.more = Label("", "small")
        self._column.addWidget(self.more)
        self._fit()

    def ask(self, preview: BulkPreview | None, act: str, count: int) -> None:
        """None while it is being worked out; nothing can be agreed to before it is known."""
        self.go.setEnabled(preview is not None and preview.count > 0)
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if preview is None:
            self.title.show_text(f"{act}: {count} tickets")
            self.counted.show_text("looking at what it would do …")
            self._show((), ())
            return
        self.title.show_text(preview.title)
        words = f"{preview.count} of {count} tickets · Enter does it, Esc leaves it · one undo takes all back"
        self.counted.show_text(words)
        self.go.setText(f"Do it to {preview.count}")
        self.setAccessibleName(f"{preview.title}, {words}")
        self._show(preview.lines, preview.refused)

    def _show(self, lines: tuple[tuple[str, str, str], ...], refused: tuple[tuple[str, str], ...]) -> None:
        self.refused.show_lines(
            [Line((Part(f"✕ {name}", Tone.BAD), Part(why, Tone.MUTED))) for name, why in refused[:_MOST]]
        )
        self.lines.show_lines(
            [Line((Part(name, Tone.MUTED), Part(before or "—"), Part(f"→ {after or '—'}", Tone.ACCENT)),
                  spoken=f"{name}: {before or 'nothing'} becomes {after or 'nothing'}")
             for name, before, after in lines[:_MOST]]
        )  # fmt: skip
        left_out = max(0, len(lines) - _MOST) + max(0, len(refused) - _MOST)
        self.more.show_text(f"and {left_out} more")
        self.more.setVisible(left_out > 0)
        look = theme.current()
        rows = min(len(lines), _MOST) + min(len(refused), _MOST)
        self.area.setFixedHeight(min(look.px(_HEIGHT), max(1, rows) * look.px(29)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.go.isEnabled():
                self.agreed.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            bar = self.area.verticalScrollBar()
            bar.setValue(bar.value() + (1 if event.key() == Qt.Key.Key_Down else -1) * theme.current().px(29))
        event.accept()  # no other key acts while the question stands

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        look = theme.current()
        self._column.setContentsMargins(look.px(12), look.px(10), look.px(12), look.px(10))
        self._column.setSpacing(look.px(6))
