"""One source in the list: how it fares, its last trouble in full, and what can be done with it.

Updated in place, never rebuilt, so that a refresh takes neither the focus nor a half-typed name from anyone.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from console.present.figures import SourceLine
from console.present.tone import GLYPH
from widgets import theme
from widgets.parts.flow import FlowLayout
from widgets.parts.label import Elided, Label

_WHOLE_WORDS = frozenset({"asking now", "paused"})


class SourceCard(QFrame):
    """Signals carry the source's name."""

    poll_asked = Signal(str)
    pause_asked = Signal(str, bool)
    edit_asked = Signal(str)
    remove_confirmed = Signal(str)
    cancel_asked = Signal(str)

    def __init__(self, line: SourceLine, read_only: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.line = line
        self._read_only = read_only
        column = QVBoxLayout(self)
        look = theme.current()
        column.setContentsMargins(look.px(14), look.px(10), look.px(14), look.px(12))
        column.setSpacing(look.px(6))

        head = QHBoxLayout()
        head.setSpacing(look.px(8))
        self._glyph, self._name = Label("", "strong"), Label("", "heading")
        self._title, self._state = Elided("", "muted"), Label("", "strong")
        for part in (self._glyph, self._name):
            head.addWidget(part)
        head.addWidget(self._title, 1)
        head.addWidget(self._state)
        column.addLayout(head)

        self._address, self._times = Elided("", "muted"), Label("", "small", wrap=True)
        self._trouble, self._note = Label("", wrap=True), Label("", "small", wrap=True)
        self._trouble.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for part in (self._address, self._times, self._trouble, self._note):
            column.addWidget(part)

        self._progress_row = QWidget(self)
        progress = QHBoxLayout(self._progress_row)
        progress.setContentsMargins(0, 0, 0, 0)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self._progress_words = Label("", "small")
        self.cancel = self._button("Cancel", "quiet")
        self.cancel.clicked.connect(self._cancel)
        progress.addWidget(self.bar, 1)
        progress.addWidget(self._progress_words)
        progress.addWidget(self.cancel)
        column.addWidget(self._progress_row)

        self._deeds = QWidget(self)
        deeds = FlowLayout(self._deeds)
        self.poll = self._button("Poll now")
        self.pause = self._button("Pause")
        self.edit = self._button("Edit")
        self.remove = self._button("Remove …")
        for button, slot in (
            (self.poll, self._poll),
            (self.pause, self._pause),
            (self.edit, self._edit),
            (self.remove, self.ask_removal),
        ):
            button.clicked.connect(slot)
            deeds.addWidget(button)
        column.addWidget(self._deeds)
        column.addWidget(self._removal_row())
        self._deeds.setVisible(not read_only)
        self.refresh(line)

    def _button(self, text: str, role: str = "") -> QPushButton:
        button = QPushButton(text, self)
        button.setProperty("role", role)
        return button

    def _removal_row(self) -> QWidget:
        self._removal = QFrame(self)
        self._removal.setProperty("role", "raised")
        column = QVBoxLayout(self._removal)
        column.setContentsMargins(12, 8, 12, 10)
        self._removal_words = Label("", wrap=True)
        self.typed = QLineEdit(self._removal)
        self.typed.textChanged.connect(self._typed_changed)
        self.typed.returnPressed.connect(self._remove)
        self.removing = QPushButton("Remove", self._removal)
        self.removing.setProperty("role", "danger")
        self.removing.clicked.connect(self._remove)
        self.keep = QPushButton("Keep", self._removal)
        self.keep.clicked.connect(self.drop_removal)
        row = QHBoxLayout()
        row.addWidget(self.typed, 1)
        row.addWidget(self.removing)
        row.addWidget(self.keep)
        column.addWidget(self._removal_words)
        column.addLayout(row)
        self._removal.hide()
        return self._removal

    def refresh(self, line: SourceLine) -> None:
        """Show the newest state."""
        self.line = line
        self._glyph.show_text(GLYPH[line.tone] or "○")
        for label in (self._glyph, self._state):
            label.set_tone(line.tone)
        self._name.show_text(line.name)
        self._title.show_text(line.title)
        self._state.show_text(line.state)
        self._address.show_text(line.address)
        times = [f"last good answer {line.last_good}" if line.last_good else "no good answer yet"]
        if line.next_poll:
            times.append(line.next_poll if line.next_poll in _WHOLE_WORDS else f"next poll {line.next_poll}")
        times += [line.rows] if line.rows else []
        self._times.show_text("  ·  ".join(times))
        self._show(self._trouble, line.trouble)
        self._trouble.set_tone(line.tone)
        self._show(self._note, line.note)
        self._progress_row.setVisible(line.progress is not None)
        if line.progress is not None:
            self.bar.setValue(round(line.progress * 1000))
        self._progress_words.show_text(line.progress_words)
        self.bar.setAccessibleName(f"Reading the history of {line.name}: {line.progress_words}")
        self.pause.setText("Resume" if line.paused else "Pause")
        self.poll.setEnabled(not line.paused)
        self.cancel.setVisible(not self._read_only)
        self._name_parts(line)

    def _name_parts(self, line: SourceLine) -> None:
        said = [f"{line.name}, {line.title}: {line.state}", *(part for part in (line.trouble, line.note) if part)]
        self.setAccessibleName(". ".join(said))
        self.poll.setAccessibleName(f"Poll {line.name} now")
        self.pause.setAccessibleName(f"{'Resume' if line.paused else 'Pause'} {line.name}")
        self.edit.setAccessibleName(f"Edit {line.name}")
        self.remove.setAccessibleName(f"Remove {line.name}")
        self.cancel.setAccessibleName(f"Stop reading the history of {line.name}")
        self.typed.setAccessibleName(f"Type {line.name} to remove it")
        self.removing.setAccessibleName(f"Remove {line.name} for good")
        self.keep.setAccessibleName(f"Keep {line.name}")
        self._removal_words.show_text(
            f"Type “{line.name}” to remove this source. It is not asked any more; "
            "everything it brought stays in the session."
        )
        self._typed_changed(self.typed.text())

    @staticmethod
    def _show(label: Label, text: str) -> None:
        label.show_text(text)
        label.setVisible(bool(text))

    def _poll(self) -> None:
        self.poll_asked.emit(self.line.name)

    def _pause(self) -> None:
        self.pause_asked.emit(self.line.name, not self.line.paused)

    def _edit(self) -> None:
        self.edit_asked.emit(self.line.name)

    def _cancel(self) -> None:
        self.cancel_asked.emit(self.line.name)

    def ask_removal(self) -> None:
        """Open the line in which the name is typed."""
        self._removal.show()
        self.typed.setFocus(Qt.FocusReason.OtherFocusReason)

    def drop_removal(self) -> None:
        """Close it again; the source stays."""
        self.typed.clear()
        self._removal.hide()
        self.remove.setFocus(Qt.FocusReason.OtherFocusReason)

    def _typed_changed(self, text: str) -> None:
        self.removing.setEnabled(text.strip() == self.line.name)

    def _remove(self) -> None:
        if self.removing.isEnabled():
            self.removing.setEnabled(False)
            self.remove_confirmed.emit(self.line.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._removal.isVisible():
            self.drop_removal()
            return
        super().keyPressEvent(event)
