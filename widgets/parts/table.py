"""A virtual table of any length: rows come in windows, sorting and filtering happen where the rows are kept.

Selection belongs to a row's key, not to its place: a refresh that moves the row moves the selection with it, and never
chooses another one. When the chosen row leaves, nothing is selected until the user moves.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from console.model.number import Number
from console.present.figures import TableWindow
from widgets import theme
from widgets.parts.proof_menu import pop_up
from widgets.parts.table_model import TableModel
from widgets.parts.table_painter import RowPainter

PAGE = 60
"""The fewest rows asked for at once."""


class Table(QTableView):
    """``show_window`` refreshes. Signals: ``chosen`` the key the user moved to, ``opened`` Enter or double click,
    ``wanted`` (offset, limit) rows in view that are not loaded, ``sort_wanted`` (column's sort name, descending),
    ``proof_asked`` the ``Number`` of a cell: with Enter the row's only or first one, from the menu any of them;
    ``marks_changed`` that other rows are picked out (Space, Shift and an arrow), where that is allowed.

    ``anchored``: new rows above the chosen one never push it down, also where the list stands at its top.
    """

    chosen = Signal(str)
    opened = Signal(str)
    wanted = Signal(int, int)
    sort_wanted = Signal(str, bool)
    proof_asked = Signal(object)
    marks_changed = Signal()

    def __init__(
        self,
        name: str,
        parent: QWidget | None = None,
        *,
        row_px: int = 27,
        anchored: bool = False,
        markable: bool = False,
    ) -> None:
        super().__init__(parent)
        self._row_px, self._anchored, self._markable = row_px, anchored, markable
        self._held, self._laying = 0, False
        self.setAccessibleName(name)
        self._model = TableModel(self)
        self.setModel(self._model)
        self.setItemDelegate(RowPainter(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        # By pixels a list may be scrolled further than its last row, which holds a row of a short list in its place.
        mode = QAbstractItemView.ScrollMode
        self.setVerticalScrollMode(mode.ScrollPerPixel if anchored else mode.ScrollPerItem)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMouseTracking(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(1)
        header.sectionClicked.connect(self._sort_by)
        self._key = ""
        self._place = -1
        self._sort, self._descending = "", False
        self._asked = (-1, -1)
        self._waiting = False
        self._quiet = False
        self.selectionModel().currentRowChanged.connect(self._moved)
        self.activated.connect(self._open)
        self.verticalScrollBar().valueChanged.connect(self._look_around)
        self.verticalScrollBar().valueChanged.connect(self._let_go)
        self.fit()

    @property
    def selected_key(self) -> str:
        """The chosen row's key; it stays chosen while its row is out of the list or not loaded."""
        return self._key

    @property
    def waiting(self) -> bool:
        """Whether the user moved to a row that is not loaded yet: ``selected_key`` still is that of the one before."""
        return self._waiting

    @property
    def rows(self) -> TableModel:
        return self._model

    @property
    def marks(self) -> frozenset[str]:
        """Keys of the rows picked out for an act on many."""
        return self._model.marks

    def mark(self, keys: frozenset[str]) -> None:
        if keys != self._model.marks:
            self._model.mark(keys)
            self.marks_changed.emit()

    @property
    def hidden_above(self) -> int:
        """Rows above the first one in sight."""
        return self.verticalScrollBar().value() // self._unit()

    def show_window(self, window: TableWindow) -> None:
        """Refresh. The chosen key stays chosen, and in sight where it was; nothing is emitted for it."""
        other_columns = window.columns != self._model.columns
        same = window == self._model.window
        before = self._place
        self._quiet = True
        self._model.show(window)
        if other_columns:
            self._lay_columns()
        self._asked = (-1, -1)
        if self._waiting:
            # The user moved to a row that was still under way; now it has a key.
            self._take_key()
        elif self._key:
            place = self._model.place_of(self._key)
            self._put(place if place >= 0 else window.selected_at, before)
        self._quiet = False
        self._look_around()
        if not same:
            self.viewport().update()

    def select_key(self, key: str) -> None:
        """Choose a row by its key without emitting ``chosen``; one that is not loaded is taken when it appears."""
        self._key = key
        self._quiet = True
        self._put(self._model.place_of(key), -1)
        self._quiet = False

    def move(self, by: int) -> None:  # type: ignore[override]  # rows, as in J and K; a table is placed by its layout
        """Choose the row ``by`` rows further, clipped to the list."""
        total = self._model.rowCount()
        if total:
            start = self._place if self._place >= 0 else (-1 if by > 0 else total)
            if self._place >= 0 and by > 0 and not self.currentIndex().isValid():
                # The chosen row left the list; the one that came up to its place is the next one.
                start -= 1
            self.go_to(start + by)

    def go_to(self, row: int) -> None:
        """Choose a row by its place, clipped to the list."""
        total = self._model.rowCount()
        if total:
            self.setCurrentIndex(self._model.index(min(total - 1, max(0, row)), 0))

    def set_sorting(self, name: str, descending: bool) -> None:
        """Which column's title shows the arrow."""
        self._sort, self._descending = name, descending
        self._mark_sorting()

    def fit(self) -> None:
        """Take row heights and widths from the theme in force."""
        look = theme.current()
        self.verticalHeader().setDefaultSectionSize(look.px(self._row_px))
        self.horizontalHeader().setFixedHeight(look.px(25))
        self._lay_columns()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """J, K, arrows, pages, ends and Enter; every other key goes up to the screen, never into a keyboard search."""
        page = max(1, self.viewport().height() // max(1, self.verticalHeader().defaultSectionSize()) - 1)
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            event.ignore()
            return
        picking = self._markable and bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        match event.key():
            case Qt.Key.Key_Space if self._markable and self._key:
                self.mark(self.marks ^ {self._key})
            case Qt.Key.Key_Down | Qt.Key.Key_J if picking:
                self._pick(1)
            case Qt.Key.Key_Up | Qt.Key.Key_K if picking:
                self._pick(-1)
            case Qt.Key.Key_J | Qt.Key.Key_Down:
                self.move(1)
            case Qt.Key.Key_K | Qt.Key.Key_Up:
                self.move(-1)
            case Qt.Key.Key_PageDown:
                self.move(page)
            case Qt.Key.Key_PageUp:
                self.move(-page)
            case Qt.Key.Key_Home:
                self.go_to(0)
            case Qt.Key.Key_End:
                self.go_to(self._model.rowCount() - 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self._key:
                self._enter()
            case _:
                event.ignore()
                return
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_columns()
        self._look_around()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_model"):
            self.fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        look = theme.current()
        painter = QPainter(self.viewport())
        if not self._model.rowCount() and self._model.window.empty:
            painter.setPen(look.colour("muted"))
            painter.setFont(look.font())
            area = self.viewport().rect().adjusted(look.px(24), 0, -look.px(24), 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._model.window.empty)
        if self.hasFocus() and not self.currentIndex().isValid():
            painter.setPen(QPen(look.colour("accent"), 2))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))

    def _pick(self, by: int) -> None:
        """Pick out the row left and the one moved to."""
        left = self._key
        self.move(by)
        self.mark(self.marks | {key for key in (left, self._key) if key})

    def updateGeometries(self) -> None:
        """Qt ends the scroll bar with the last row at the foot; a held row may need more room than that."""
        bar, value = self.verticalScrollBar(), self.verticalScrollBar().value()
        laying, self._laying = self._laying, True
        super().updateGeometries()
        if self._held > bar.maximum():
            bar.setMaximum(self._held)
            bar.setValue(value)
        self._laying = laying

    def _let_go(self, value: int) -> None:
        # Qt lays itself out within itself, and clips the place before it can be given back.
        if not self._laying:
            self._held = min(self._held, value)

    def _moved(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if self._quiet or not current.isValid():
            return
        self._place = current.row()
        row = self._model.row_at(current.row())
        self._waiting = row is None
        if row is not None and row.key != self._key:
            self._key = row.key
            self.chosen.emit(row.key)
        self._look_around()

    def _take_key(self) -> None:
        row = self._model.row_at(self._place)
        if row is not None:
            self._waiting = False
            self._key = row.key
            self.chosen.emit(row.key)

    def _put(self, place: int, before: int) -> None:
        """Select a place silently. A row that moved keeps its height on screen; at the list's top only where it is anchored."""
        selection = self.selectionModel()
        if not 0 <= place < self._model.rowCount():
            selection.clear()
            return
        bar, unit = self.verticalScrollBar(), self._unit()
        value = bar.value()
        seen = before >= 0 and value // unit <= before <= value // unit + self._visible()
        index = self._model.index(place, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        auto = self.hasAutoScroll()
        self.setAutoScroll(False)
        selection.setCurrentIndex(index, flags)
        self.setAutoScroll(auto)
        self._place = place
        if seen and (value > 0 or self._anchored) and place != before:
            wanted = value + (place - before) * unit
            if self._anchored and wanted > bar.maximum():
                self._held = wanted
                bar.setMaximum(wanted)
            bar.setValue(wanted)

    def _unit(self) -> int:
        """How far the scroll bar goes for one row."""
        return max(1, self.verticalHeader().defaultSectionSize()) if self._anchored else 1

    def _visible(self) -> int:
        return self.viewport().height() // max(1, self.verticalHeader().defaultSectionSize()) + 1

    def _look_around(self) -> None:
        """Ask for the rows in view when they are not loaded; once for each stretch."""
        if self._quiet or not self._model.rowCount() or not self._model.columns:
            return
        first = max(0, self.rowAt(0))
        last = min(self._model.rowCount() - 1, first + self._visible())
        if self._waiting:
            first, last = min(first, self._place), max(last, self._place)
        if self._model.row_at(first) is not None and self._model.row_at(last) is not None:
            return
        limit = max(PAGE, 3 * self._visible())
        offset = max(0, (first + last) // 2 - limit // 2)
        if (offset, limit) != self._asked:
            self._asked = (offset, limit)
            self.wanted.emit(offset, limit)

    def _sort_by(self, section: int) -> None:
        name = self._model.columns[section].sort if section < len(self._model.columns) else ""
        if name:
            self.set_sorting(name, not self._descending if name == self._sort else False)
            self.sort_wanted.emit(self._sort, self._descending)

    def _mark_sorting(self) -> None:
        header = self.horizontalHeader()
        for index, column in enumerate(self._model.columns):
            if column.sort and column.sort == self._sort:
                order = Qt.SortOrder.DescendingOrder if self._descending else Qt.SortOrder.AscendingOrder
                header.setSortIndicator(index, order)
                header.setSortIndicatorShown(True)
                return
        header.setSortIndicatorShown(False)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        row = self.rowAt(event.pos().y()) if at_mouse else self._place
        numbers = self.numbers(row)
        if numbers:
            pop_up(self, numbers, self._chosen, event.globalPos())

    def numbers(self, row: int) -> list[tuple[str, Number]]:
        """What can be proven in a row: the column's title and the cell's number."""
        held = self._model.row_at(row)
        cells = () if held is None else held.cells
        pairs = zip(self._model.columns, cells, strict=False)
        return [(column.title, cell.number) for column, cell in pairs if cell.number is not None]

    def _chosen(self) -> None:
        entry = self.sender()
        if isinstance(entry, QAction):
            self.proof_asked.emit(entry.data())

    def _enter(self) -> None:
        self.opened.emit(self._key)
        numbers = self.numbers(self._place)
        if numbers:
            self.proof_asked.emit(numbers[0][1])

    def _open(self, _index: QModelIndex) -> None:
        if self._key:
            self._enter()

    def _lay_columns(self) -> None:
        """Columns of width 0 share what is left; when too little is left, the others give way from the right."""
        look = theme.current()
        columns = self._model.columns
        if not columns:
            return
        widths = [look.px(column.width) for column in columns]
        takers = [index for index, column in enumerate(columns) if column.width == 0]
        room = self.viewport().width()
        least = look.px(140)
        shown = [True] * len(columns)
        for index in range(len(columns) - 1, 1, -1):
            if sum(w for w, on in zip(widths, shown, strict=True) if on) + least * len(takers) <= room:
                break
            if index not in takers:
                shown[index] = False
        taken = sum(w for w, on in zip(widths, shown, strict=True) if on)
        for index in takers:
            widths[index] = max(least, (room - taken) // len(takers))
        for index, width in enumerate(widths):
            self.setColumnHidden(index, not shown[index])
            self.setColumnWidth(index, width)
        self._mark_sorting()
