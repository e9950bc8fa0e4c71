"""A small editable table: rows of plain texts, added, removed and pasted. It judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from widgets import theme
from widgets.parts.label import Label
from widgets.settings.document import Rows, rows_of_csv

_ROW = 30
_MOST_SHOWN = 7


@dataclass(frozen=True, slots=True)
class RowColumn:
    """``width``: pixels at 100 % text; 0 takes the rest."""

    key: str
    title: str
    width: int = 0


class _Grid(QTableWidget):
    """Delete empties cells, Ctrl+V pastes rows, Tab leaves the table."""

    pasted = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit(QGuiApplication.clipboard().text())
            return
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            for item in self.selectedItems():
                item.setText("")
            return
        super().keyPressEvent(event)


class RowsEditor(QWidget):
    """``edited`` comes with every change by hand, not with ``set_rows``."""

    edited = Signal()

    def __init__(
        self, title: str, columns: Sequence[RowColumn], one: str, help_text: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._quiet = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(6))
        self.grid = _Grid(0, len(self._columns), self)
        self.grid.setHorizontalHeaderLabels([c.title for c in self._columns])
        self.grid.horizontalHeader().setHighlightSections(False)
        self.grid.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.grid.verticalHeader().hide()
        self.grid.setTabKeyNavigation(False)
        self.grid.setAlternatingRowColors(False)
        self.grid.setWordWrap(False)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.grid.setAccessibleName(title)
        self.grid.setAccessibleDescription(help_text)
        self.grid.cellChanged.connect(self._changed)
        self.grid.pasted.connect(self.paste)
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        self.add = QPushButton(f"Add {one}", self)
        self.add.clicked.connect(self.add_row)
        self.remove = QPushButton("Remove", self)
        self.remove.setProperty("role", "quiet")
        self.remove.setAccessibleName(f"Remove the selected {one}")
        self.remove.clicked.connect(self.remove_rows)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addWidget(Label(help_text, "tiny", wrap=True), 1)
        column.addWidget(self.grid)
        column.addWidget(self.error)
        column.addLayout(buttons)
        self._fit()

    def rows(self) -> Rows:
        """All rows, empty ones too, in their order."""
        return [[self._cell(row, c) for c in range(len(self._columns))] for row in range(self.grid.rowCount())]

    def _cell(self, row: int, column: int) -> str:
        item = self.grid.item(row, column)
        return item.text() if item is not None else ""

    def set_rows(self, rows: Rows) -> None:
        self._quiet = True
        self.grid.setRowCount(len(rows))
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells[: len(self._columns)]):
                self.grid.setItem(row, column, QTableWidgetItem(text))
        self._quiet = False
        self._fit()

    def add_row(self) -> None:
        """An empty row at the end, ready for typing."""
        row = self.grid.rowCount()
        self._quiet = True
        self.grid.setRowCount(row + 1)
        for column in range(len(self._columns)):
            self.grid.setItem(row, column, QTableWidgetItem(""))
        self._quiet = False
        self._fit()
        self.grid.setCurrentCell(row, 0)
        first = self.grid.item(row, 0)
        assert first is not None
        self.grid.editItem(first)
        self.edited.emit()

    def remove_rows(self) -> None:
        """Take the rows with a selected cell away."""
        picked = sorted({index.row() for index in self.grid.selectedIndexes()}, reverse=True)
        for row in picked:
            self.grid.removeRow(row)
        if picked:
            self._fit()
            self.complain("")
            self.edited.emit()

    def paste(self, text: str) -> None:
        """Rows from a spreadsheet or CSV go to the end, in place of empty rows; a single word goes into the cell."""
        rows = rows_of_csv(text, tuple(c.key for c in self._columns))
        if len(rows) == 1 and not any(sign in text for sign in "\t,;\n") and self.grid.currentItem() is not None:
            self.grid.currentItem().setText(text.strip())
            return
        kept = [row for row in self.rows() if any(cell.strip() for cell in row)]
        self.set_rows(kept + rows)
        self.edited.emit()

    def complain(self, sentence: str, row: int | None = None) -> None:
        """Show what is wrong below the table and go to the row; '' takes it back."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        if sentence and row is not None and row < self.grid.rowCount():
            self.grid.setCurrentCell(row, 0)
            self.grid.setFocus()

    def _changed(self, _row: int, _column: int) -> None:
        if not self._quiet:
            self.complain("")
            self.edited.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        look = theme.current()
        header = self.grid.horizontalHeader()
        for place, column in enumerate(self._columns):
            stretch = QHeaderView.ResizeMode.Interactive if column.width else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(place, stretch)
            if column.width:
                self.grid.setColumnWidth(place, look.px(column.width))
        self.grid.verticalHeader().setDefaultSectionSize(look.px(_ROW))
        header.setFixedHeight(look.px(28))
        shown = min(max(1, self.grid.rowCount()), _MOST_SHOWN)
        self.grid.setFixedHeight(look.px(28) + shown * look.px(_ROW) + 4)
