"""The rules as lines: what each looks for and sets, what became of what it said, and whether it is asked."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.present.rules_figures import RuleRow, RulesFigure
from console.present.tone import GLYPH, Tone
from widgets import theme
from widgets.parts.label import Elided, Label
from widgets.parts.refill import refill
from widgets.parts.scrolled import Scrolled


class RuleLine(QFrame):
    """``edit_asked`` and ``undo_asked`` carry the rule's name, ``switch_asked`` also whether it shall be on."""

    edit_asked = Signal(str)
    undo_asked = Signal(str)
    switch_asked = Signal(str, bool)

    def __init__(self, row: RuleRow, read_only: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        look = theme.current()
        self.row = row
        line = QHBoxLayout(self)
        line.setContentsMargins(0, look.px(7), 0, look.px(7))
        line.setSpacing(look.px(10))
        words = QVBoxLayout()
        words.setSpacing(look.px(1))
        self._title, self._says, self._made = Elided("", "strong"), Elided(""), Elided("", "tiny")
        for label in (self._title, self._says, self._made):
            words.addWidget(label)
        line.addLayout(words, 1)
        self.state = Label("", "small")
        self.state.setMinimumWidth(look.px(90))
        line.addWidget(self.state)
        self.undo = QPushButton("", self)
        self.edit = QPushButton("Try" if read_only else "Edit", self)
        self.switch = QPushButton("", self)
        self._read_only = read_only
        for button in (self.undo, self.edit, self.switch):
            button.setProperty("role", "quiet")
            button.setMinimumWidth(look.px(84))
            line.addWidget(button)
        self.undo.clicked.connect(self._undo)
        self.edit.clicked.connect(self._edit)
        self.switch.clicked.connect(self._switch)
        self.switch.setVisible(not read_only)
        self.refresh(row)

    def refresh(self, row: RuleRow) -> None:
        self.row = row
        self._title.show_text(row.title)
        self._says.show_text(f"{row.when}  →  {row.then}")
        self._made.show_text(f"{row.name} · {'own' if row.own else 'example'} · {row.made}")
        tone = Tone.MUTED if not row.on else Tone.WARN if row.mode == "acts" else Tone.GOOD
        word = row.mode if row.on else "off"
        self.state.show_text(f"{GLYPH[tone]} {word}".strip())
        self.state.set_tone(tone)
        self.switch.setText("Switch off" if row.on else "Switch on")
        self.switch.setAccessibleName(f"{self.switch.text()} {row.title}")
        self.undo.setText(f"Undo on {row.run}")
        self.undo.setAccessibleName(f"Take back what {row.title} did last, on {row.run}")
        self.undo.setVisible(bool(row.run) and not self._read_only)
        self.edit.setAccessibleName(f"{self.edit.text()} {row.title}")
        self.setAccessibleName(f"{row.title}, {word}: {row.when}, then {row.then}. {row.made}")

    def _undo(self) -> None:
        self.undo_asked.emit(self.row.name)

    def _edit(self) -> None:
        self.edit_asked.emit(self.row.name)

    def _switch(self) -> None:
        self.switch_asked.emit(self.row.name, not self.row.on)


class RuleLines(Scrolled):
    edit_asked = Signal(str)
    undo_asked = Signal(str)
    switch_asked = Signal(str, bool)

    def __init__(self, read_only: bool, parent: QWidget | None = None) -> None:
        super().__init__("Rules", sides=14, ends=6, parent=parent)
        self._read_only = read_only
        self.lines: dict[str, RuleLine] = {}
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.column.addStretch(1)

    def show_figure(self, figure: RulesFigure) -> None:
        refill(self.column, self.lines, {row.name: row for row in figure.rows}, self._line, RuleLine.refresh)

    def _line(self, row: RuleRow) -> RuleLine:
        line = RuleLine(row, self._read_only, self)
        line.edit_asked.connect(self.edit_asked)
        line.undo_asked.connect(self.undo_asked)
        line.switch_asked.connect(self.switch_asked)
        return line
