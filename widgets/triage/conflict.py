"""A field that was changed there while it was decided here: three versions side by side, and the question whose counts."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.present.tone import Tone
from console.present.triage_figures import Conflict
from widgets import theme
from widgets.parts import keyed
from widgets.parts.label import Label

_TITLES = ("You saw", "You decided", "It says there now")


class ConflictRow(QFrame):
    """``settled`` carries the decision and whose value counts: mine or theirs."""

    settled = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "raised")
        look = theme.current()
        self._conflict = Conflict("", "", "", "", "")
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(12), look.px(8), look.px(12), look.px(8))
        column.setSpacing(look.px(6))
        self.head = Label("", "strong", Tone.WARN, wrap=True)
        column.addWidget(self.head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(look.px(16))
        grid.setVerticalSpacing(look.px(2))
        self.values: list[Label] = []
        for place, title in enumerate(_TITLES):
            grid.addWidget(Label(title, "small"), 0, place)
            value = Label("", "strong", wrap=True)
            grid.addWidget(value, 1, place)
            grid.setColumnStretch(place, 1)
            self.values.append(value)
        column.addLayout(grid)
        row = QHBoxLayout()
        self.mine, self.theirs = QPushButton("Send mine", self), QPushButton("Keep theirs", self)
        self.mine.setProperty("role", "primary")
        self.mine.clicked.connect(self._mine)
        self.theirs.clicked.connect(self._theirs)
        row.addWidget(self.mine)
        row.addWidget(self.theirs)
        row.addStretch(1)
        column.addLayout(row)

    def show_conflict(self, conflict: Conflict, *, may: bool) -> None:
        self._conflict = conflict
        self.head.show_text(
            f"◔ {conflict.field.capitalize()} was changed there meanwhile; nothing is sent before you choose."
        )
        for label, text in zip(self.values, (conflict.seen, conflict.mine, conflict.theirs), strict=True):
            label.show_text(text or "—")
        self.mine.setAccessibleName(f"Send mine: {conflict.field} {conflict.mine}")
        self.theirs.setAccessibleName(f"Keep theirs: {conflict.field} {conflict.theirs}")
        for button in (self.mine, self.theirs):
            button.setEnabled(may)

    def _mine(self) -> None:
        self.settled.emit(self._conflict.decision, "mine")

    def _theirs(self) -> None:
        self.settled.emit(self._conflict.decision, "theirs")


class ConflictBox(QWidget):
    """All conflicts of one ticket; hidden without any. ``left``: the conflict under the keyboard is no more."""

    settled = Signal(str, str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Changed there and here")
        self._rows: dict[tuple[str, str], ConflictRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.current().px(8))

    def show_conflicts(self, conflicts: tuple[Conflict, ...], *, may: bool) -> None:
        wanted = [(one.decision, one.field) for one in conflicts]
        focused = next((key for key, row in self._rows.items() if row.mine.hasFocus() or row.theirs.hasFocus()), None)
        if focused is not None and (focused not in wanted or not may):
            self.left.emit()
        keyed.follow(self._column, self._rows, wanted, self._row)
        for row, conflict in zip(self.rows, conflicts, strict=True):
            row.show_conflict(conflict, may=may)
        self.setVisible(bool(conflicts))

    @property
    def rows(self) -> list[ConflictRow]:
        return sorted(self._rows.values(), key=self._column.indexOf)

    def _row(self) -> ConflictRow:
        row = ConflictRow(self)
        row.settled.connect(self.settled)
        return row
