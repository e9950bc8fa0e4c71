"""One session in the list: what it is, how large, and what can be done with it. Updated in place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from console.present.figures import SessionLine
from console.present.tone import Tone
from widgets import theme
from widgets.parts.flow import FlowLayout
from widgets.parts.label import Elided, Label


class SessionCard(QFrame):
    """Signals carry the path of the session's file."""

    open_asked = Signal(str)
    archive_asked = Signal(str)
    delete_confirmed = Signal(str)

    def __init__(self, line: SessionLine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.line = line
        look = theme.current()
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(14), look.px(10), look.px(14), look.px(12))
        column.setSpacing(look.px(6))
        head = QHBoxLayout()
        self._name, self._when, self._state = Label("", "heading"), Elided("", "muted"), Label("", "strong")
        head.addWidget(self._name)
        head.addWidget(self._when, 1)
        head.addWidget(self._state)
        column.addLayout(head)
        self._path = Elided("", "small")
        column.addWidget(self._path)
        deeds = QWidget(self)
        row = FlowLayout(deeds)
        self.open = QPushButton("Switch to it", deeds)
        self.archive = QPushButton("Archive", deeds)
        self.delete = QPushButton("Delete …", deeds)
        for button, slot in ((self.open, self._open), (self.archive, self._archive), (self.delete, self.ask_deletion)):
            button.clicked.connect(slot)
            row.addWidget(button)
        column.addWidget(deeds)
        column.addWidget(self._deletion_row())
        self.refresh(line)

    def _deletion_row(self) -> QWidget:
        self._deletion = QFrame(self)
        self._deletion.setProperty("role", "raised")
        column = QVBoxLayout(self._deletion)
        column.setContentsMargins(12, 8, 12, 10)
        self._words = Label("", wrap=True)
        self.typed = QLineEdit(self._deletion)
        self.typed.textChanged.connect(self._typed_changed)
        self.typed.returnPressed.connect(self._delete)
        self.deleting = QPushButton("Delete for good", self._deletion)
        self.deleting.setProperty("role", "danger")
        self.deleting.clicked.connect(self._delete)
        self.keep = QPushButton("Keep", self._deletion)
        self.keep.clicked.connect(self.drop_deletion)
        row = QHBoxLayout()
        row.addWidget(self.typed, 1)
        row.addWidget(self.deleting)
        row.addWidget(self.keep)
        column.addWidget(self._words)
        column.addLayout(row)
        self._deletion.hide()
        return self._deletion

    def refresh(self, line: SessionLine) -> None:
        """Show the newest state."""
        self.line = line
        self._name.show_text(line.name)
        self._when.show_text("  ·  ".join(part for part in (line.when, line.size) if part))
        self._state.show_text(line.state)
        self._state.set_tone(Tone.GOOD if line.current else Tone.MUTED)
        self._path.show_text(line.path)
        self.open.setVisible(not line.current)
        self.open.setText("Open to read" if line.archived else "Switch to it")
        self.archive.setText("Bring back" if line.archived else "Archive")
        # The open session is let go before it can be deleted.
        self.delete.setVisible(not line.current)
        self.setAccessibleName(f"{line.name}, {line.when}, {line.size}, {line.state}")
        self.open.setAccessibleName(f"Open {line.name}")
        self.archive.setAccessibleName(f"{'Bring back' if line.archived else 'Archive'} {line.name}")
        self.delete.setAccessibleName(f"Delete {line.name}")
        self.typed.setAccessibleName(f"Type {line.name} to delete it")
        self.deleting.setAccessibleName(f"Delete {line.name} for good")
        self.keep.setAccessibleName(f"Keep {line.name}")
        self._words.show_text(
            f"Type “{line.name}” to delete this session and everything recorded in it. This cannot be taken back."
        )
        self._typed_changed(self.typed.text())

    def ask_deletion(self) -> None:
        """Open the line in which the name is typed."""
        self._deletion.show()
        self.typed.setFocus(Qt.FocusReason.OtherFocusReason)

    def drop_deletion(self) -> None:
        """Close it again; the session stays."""
        self.typed.clear()
        self._deletion.hide()
        self.delete.setFocus(Qt.FocusReason.OtherFocusReason)

    def _typed_changed(self, text: str) -> None:
        self.deleting.setEnabled(text.strip() == self.line.name)

    def _open(self) -> None:
        self.open_asked.emit(self.line.path)

    def _archive(self) -> None:
        self.archive_asked.emit(self.line.path)

    def _delete(self) -> None:
        if self.deleting.isEnabled():
            self.deleting.setEnabled(False)
            self.delete_confirmed.emit(self.line.path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._deletion.isVisible():
            self.drop_deletion()
            return
        super().keyPressEvent(event)
