"""Things with many fields (calendars, policies): a list of their names, and below it the fields of the chosen one.

As a table of texts it has the shape of ``RowsEditor``, so that the screen reads, fills and complains to both alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from widgets import theme
from widgets.fields import Field, TextField
from widgets.parts.label import Label
from widgets.settings.document import Rows

_MOST_SHOWN = 6
_ROW = 24


@dataclass(frozen=True, slots=True)
class Place:
    """A field of an item, ``span`` of the form's two columns wide."""

    key: str
    field: Field
    span: int = 1


class PathField(TextField):
    """A path with a button that looks for the file."""

    def __init__(self, label: str, help_text: str, title: str, kinds: str) -> None:
        super().__init__(label, help_text)
        self._title, self._kinds = title, kinds
        self.choose = QPushButton("Choose a file …", self)
        self.choose.setAccessibleName(title)
        self.choose.clicked.connect(self._ask)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(2, self.choose, 0, Qt.AlignmentFlag.AlignLeft)

    def _ask(self) -> None:
        dialog = QFileDialog(self, self._title, "", self._kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.take)
        dialog.open()

    def take(self, path: str) -> None:
        """As chosen in the dialog."""
        self.set_text(path)
        self._was_edited()


class _Names(QListWidget):
    """Delete takes the chosen one away; Alt+Up and Alt+Down move it."""

    removed = Signal()
    moved = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        match event.key():
            case Qt.Key.Key_Delete:
                self.removed.emit()
            case Qt.Key.Key_Up | Qt.Key.Key_Down if alt:
                self.moved.emit(1 if event.key() == Qt.Key.Key_Down else -1)
            case _:
                super().keyPressEvent(event)


class ItemsEditor(QWidget):
    """``edited`` comes with every change by hand, not with ``set_rows``. ``fresh``: the texts of a new item.

    ``summary`` says a row in a few words for the list. ``ordered``: the order counts, so items can be moved.
    """

    edited = Signal()

    def __init__(
        self,
        title: str,
        places: Sequence[Place],
        one: str,
        help_text: str,
        summary: Callable[[list[str]], str],
        fresh: Sequence[str] = (),
        *,
        ordered: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        look = theme.current()
        self._places = tuple(places)
        self._summary, self._fresh = summary, list(fresh) or [""] * len(self._places)
        self._rows: Rows = []
        self._noted, self._usual = "", ""
        self._notes: dict[str, str] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(8))
        self.names = _Names(self)
        self.names.setAccessibleName(title)
        self.names.setAccessibleDescription(help_text)
        self.names.currentRowChanged.connect(self._load)
        self.names.removed.connect(self.remove_row)
        self.names.moved.connect(self.move_row)
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        column.addWidget(self.names)
        column.addLayout(self._buttons(one, ordered=ordered))
        column.addWidget(Label(help_text, "tiny", wrap=True))
        self.form = QWidget(self)
        self._lay_out(self.form)
        column.addWidget(self.form)
        column.addWidget(self.error)
        self._fit()

    def _buttons(self, one: str, *, ordered: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        self.add = QPushButton(f"Add {one}", self)
        self.add.clicked.connect(self.add_row)
        self.remove = QPushButton("Remove", self)
        self.remove.setAccessibleName(f"Remove {one}")
        self.remove.clicked.connect(self.remove_row)
        self.up, self.down = QPushButton("Up", self), QPushButton("Down", self)
        self.up.setAccessibleName(f"Move {one} up")
        self.down.setAccessibleName(f"Move {one} down")
        self.up.clicked.connect(self._move_up)
        self.down.clicked.connect(self._move_down)
        for button in (self.remove, self.up, self.down):
            button.setProperty("role", "quiet")
        for button in (self.up, self.down):
            button.setVisible(ordered)
        for button in (self.add, self.remove, self.up, self.down):
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _lay_out(self, over: QWidget) -> None:
        look = theme.current()
        grid = QGridLayout(over)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(look.px(12))
        grid.setVerticalSpacing(look.px(8))
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        row = column = 0
        for place in self._places:
            if column + place.span > 2:
                row, column = row + 1, 0
            grid.addWidget(place.field, row, column, 1, place.span, Qt.AlignmentFlag.AlignTop)
            place.field.edited.connect(self._typed)
            column += place.span

    def field(self, key: str) -> Field:
        return next(place.field for place in self._places if place.key == key)

    # -- as a table of texts --------------------------------------------------------------------------------------

    def rows(self) -> Rows:
        return [list(row) for row in self._rows]

    def set_rows(self, rows: Rows) -> None:
        chosen = max(0, self.names.currentRow())
        self._rows = [(list(row) + [""] * len(self._places))[: len(self._places)] for row in rows]
        self._show_names(min(chosen, len(self._rows) - 1))

    def complain(self, sentence: str, row: int | None = None) -> None:
        """Say what is wrong with a row at the field it is about, or else below them all; '' takes it back."""
        self.error.setVisible(False)
        for place in self._places:
            place.field.complain("")
        if not sentence:
            return
        if row is not None and row < len(self._rows):
            self.names.setCurrentRow(row)
        field = self._meant(sentence) if self.form.isVisibleTo(self) else None
        if field is not None:
            field.complain(sentence)
            field.focus()
            return
        self.error.setText(sentence)
        self.error.setVisible(True)
        self.names.setFocus()

    def _meant(self, sentence: str) -> Field | None:
        """The field that a sentence names, by what stands in it (a path) or by its key."""
        told = f" {sentence.casefold()} "
        for place in self._places:
            if isinstance(place.field, PathField) and place.field.text() and place.field.text() in sentence:
                return place.field
        keys = [(place.key.replace("_", " "), place.field) for place in self._places[1:]]
        return next((field for word, field in keys if f" {word} " in told), None)

    def set_notes(self, key: str, notes: dict[str, str]) -> None:
        """What stands below a field for the items with these names, in place of its usual help."""
        if not self._noted:
            self._noted, self._usual = key, self.field(key).help.text()
        self._notes = notes
        self._note()

    # -- items ----------------------------------------------------------------------------------------------------

    def add_row(self) -> None:
        """A new item at the end, ready for its name."""
        self._rows.append(list(self._fresh))
        self._show_names(len(self._rows) - 1)
        self._places[0].field.focus()
        self.edited.emit()

    def remove_row(self) -> None:
        """Take the chosen item away."""
        place = self.names.currentRow()
        if 0 <= place < len(self._rows):
            del self._rows[place]
            self._show_names(min(place, len(self._rows) - 1))
            self.complain("")
            self.edited.emit()

    def move_row(self, by: int) -> None:
        """Move the chosen item up (-1) or down (1)."""
        place = self.names.currentRow()
        if 0 <= place < len(self._rows) and 0 <= place + by < len(self._rows):
            self._rows[place], self._rows[place + by] = self._rows[place + by], self._rows[place]
            self._show_names(place + by)
            self.edited.emit()

    def _move_up(self) -> None:
        self.move_row(-1)

    def _move_down(self) -> None:
        self.move_row(1)

    def _show_names(self, chosen: int) -> None:
        blocked = self.names.blockSignals(True)
        self.names.clear()
        self.names.addItems([self._summary(row) for row in self._rows])
        self.names.setCurrentRow(chosen)
        self.names.blockSignals(blocked)
        self._fit()
        self._load(chosen)

    def _load(self, place: int) -> None:
        there = 0 <= place < len(self._rows)
        self.form.setVisible(there)
        self.names.setVisible(bool(self._rows))
        for button in (self.remove, self.up, self.down):
            button.setEnabled(there)
        self.error.setVisible(False)
        if there:
            for one, text in zip(self._places, self._rows[place], strict=True):
                one.field.set_text(text)
                one.field.complain("")
            self._note()

    def _note(self) -> None:
        place = self.names.currentRow()
        if not self._noted or not 0 <= place < len(self._rows):
            return
        label = self.field(self._noted).help
        label.setText(self._notes.get(self._rows[place][0], self._usual))
        label.setVisible(bool(label.text()))

    def _typed(self) -> None:
        place = self.names.currentRow()
        if 0 <= place < len(self._rows):
            self._rows[place] = [one.field.text() for one in self._places]
            item = self.names.item(place)
            if item is not None:
                item.setText(self._summary(self._rows[place]))
            self.error.setVisible(False)
            self.edited.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        look = theme.current()
        shown = min(max(1, len(self._rows)), _MOST_SHOWN)
        self.names.setFixedHeight(shown * look.px(_ROW) + 8)
