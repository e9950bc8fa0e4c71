"""The rows of a virtual table: the total is known, one window of rows is held, the rest is blank until it is asked for.

One would get wrong: a refresh must not reset the model, or Qt forgets selection and scroll position.
"""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.present.figures import Cell, Column, Row, TableWindow

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_ROOT = QModelIndex()

CELL = Qt.ItemDataRole.UserRole
"""The role that hands the delegate the whole ``Cell``, or None where the row is not loaded."""

MARKED = Qt.ItemDataRole.UserRole + 1
"""The role that tells whether a row was picked out for an act on many."""


class TableModel(QAbstractTableModel):
    """Holds one ``TableWindow``. ``row_at`` is None outside it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = TableWindow((), 0, 0, ())
        self._marks: frozenset[str] = frozenset()

    @property
    def marks(self) -> frozenset[str]:
        """Keys of the rows picked out, also of those that are not loaded."""
        return self._marks

    def mark(self, keys: frozenset[str]) -> None:
        self._marks = keys
        if self._window.total and self._window.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(self._window.total - 1, len(self._window.columns) - 1))

    @property
    def window(self) -> TableWindow:
        return self._window

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._window.columns

    def row_at(self, row: int) -> Row | None:
        index = row - self._window.offset
        return self._window.rows[index] if 0 <= index < len(self._window.rows) else None

    def place_of(self, key: str) -> int:
        """Where a key stands among the loaded rows, -1 when it is not among them."""
        for index, row in enumerate(self._window.rows):
            if row.key == key:
                return self._window.offset + index
        return -1

    def show(self, window: TableWindow) -> None:
        """Take the new window; other columns reset the model, anything less changes it in place."""
        before = self._window
        if window.columns != before.columns:
            self.beginResetModel()
            self._window = window
            self.endResetModel()
            return
        if window.total > before.total:
            self.beginInsertRows(_ROOT, before.total, window.total - 1)
            self._window = window
            self.endInsertRows()
        elif window.total < before.total:
            self.beginRemoveRows(_ROOT, window.total, before.total - 1)
            self._window = window
            self.endRemoveRows()
        self._window = window
        same = (window.total, window.offset, window.rows) == (before.total, before.offset, before.rows)
        if window.total and window.columns and not same:
            self.dataChanged.emit(self.index(0, 0), self.index(window.total - 1, len(window.columns) - 1))

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self._window.total

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._window.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | Qt.AlignmentFlag | None:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._window.columns):
            return None
        column = self._window.columns[section]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignVCenter | (
                Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            )
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | Cell | bool | None:
        row = self.row_at(index.row())
        if role == MARKED:
            return row is not None and row.key in self._marks
        if row is None:
            return "loading" if role == Qt.ItemDataRole.AccessibleTextRole else None
        cell = row.cells[index.column()] if index.column() < len(row.cells) else Cell("")
        if role == CELL:
            return cell
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            sentence = row.spoken or cell.text
            if index.column() == 0 and row.key in self._marks:
                return f"selected, {sentence}"
            return sentence if index.column() == 0 else cell.text
        return None
