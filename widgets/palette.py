"""The command palette: a field over the window that finds every action by a few of its letters.

It lies inside the window, never as a dialog: nothing it does waits for it, Escape or a click beside it gives the focus
back to where it was. Further finders (tickets, later) join through ``Finder``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from widgets.actions import ActionBook
from widgets.fuzzy import ranked
from widgets.parts.layer import Layer

_KEY = Qt.ItemDataRole.UserRole
_ASIDE = Qt.ItemDataRole.UserRole + 1
_GROUP = Qt.ItemDataRole.UserRole + 2
_MOST = 60
_ROW_SPACE = 14


@dataclass(frozen=True, slots=True)
class Hit:
    """A line of the palette. ``run`` is a bound method without arguments."""

    key: str
    text: str
    group: str
    aside: str
    run: Callable[[], object]


class Finder(Protocol):
    """Something else the palette may find. Called on the GUI thread at each letter: it must answer from memory."""

    def find(self, typed: str) -> list[Hit]: ...


class Palette(Layer):
    """Is put away too when the keyboard goes elsewhere."""

    def __init__(self, book: ActionBook, window: QWidget) -> None:
        super().__init__("Command palette", window)
        self._book = book
        self._finders: list[Finder] = []
        self._hits: dict[str, Hit] = {}
        self.setObjectName("palette")
        self.setProperty("role", "raised")

        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Search or run a command")
        self.field.setAccessibleName("Search or run a command")
        self.field.setClearButtonEnabled(False)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)

        self.list = QListWidget(self)
        self.list.setAccessibleName("Commands found")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setItemDelegate(_Line(self.list))
        self.list.itemClicked.connect(self._clicked)

        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)

    def join(self, finder: Finder) -> None:
        """Another finder, asked after the actions."""
        self._finders.append(finder)

    def open(self) -> None:
        """Show it with an empty field, remembering where the focus was."""
        if self.isVisible():
            self.field.setFocus()
            self.field.selectAll()
            return
        self.field.clear()
        self._search("")
        self.come_up(self.field)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field:
            if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self._key(event)
            if event.type() == QEvent.Type.FocusOut and self.isVisible() and not self.underMouse():
                self.slip_away()
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        rows, row = self.list.count(), self.list.currentRow()
        match event.key():
            case Qt.Key.Key_Escape:
                self.close_up()
            case Qt.Key.Key_Down if rows:
                self.list.setCurrentRow((row + 1) % rows)
            case Qt.Key.Key_Up if rows:
                self.list.setCurrentRow((row - 1) % rows)
            case Qt.Key.Key_PageDown if rows:
                self.list.setCurrentRow(min(rows - 1, row + 8))
            case Qt.Key.Key_PageUp if rows:
                self.list.setCurrentRow(max(0, row - 8))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                item = self.list.currentItem()
                if item is not None:
                    self._clicked(item)
            case Qt.Key.Key_Tab | Qt.Key.Key_Backtab:
                return True
            case _:
                return False
        return True

    def _search(self, typed: str) -> None:
        usable = [action for action in self._book.all() if action.id != "palette" and action.enabled()]
        hits = [Hit(a.id, a.text, a.group, a.shown_key, a.act) for a in usable]
        found = ranked(typed, [(hit.text + " " + hit.group, hit) for hit in hits])
        for finder in self._finders:
            found += finder.find(typed)
        self._hits = {hit.key: hit for hit in found[:_MOST]}
        self.list.clear()
        for hit in found[:_MOST]:
            item = QListWidgetItem(hit.text)
            item.setData(_KEY, hit.key)
            item.setData(_ASIDE, hit.aside)
            item.setData(_GROUP, hit.group)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{hit.text}, {hit.group}, {hit.aside}".rstrip(", "))
            self.list.addItem(item)
        if found:
            self.list.setCurrentRow(0)
        else:
            nothing = QListWidgetItem("Nothing found")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        self.place()

    def _clicked(self, item: QListWidgetItem) -> None:
        hit = self._hits.get(str(item.data(_KEY)))
        if hit is None:
            return
        self.close_up()
        hit.run()

    def place(self) -> None:
        window = self.window()
        line = self.fontMetrics().height()
        width = min(window.width() - 32, line * 42)
        top = min(line * 4, 72)
        rows = min(self.list.count(), 14) * (line + _ROW_SPACE)
        height = min(window.height() - top - 8, rows + self.field.sizeHint().height() + line + 16)
        self.setGeometry(QRect((window.width() - width) // 2, top, width, height))


class _Line(QStyledItemDelegate):
    """Text on the left, its group muted behind it, the key on the right."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, option.fontMetrics.height() + _ROW_SPACE)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        room = option.rect.adjusted(12, 0, -12, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        colours = option.palette
        aside, text, group = (str(index.data(role) or "") for role in (_ASIDE, Qt.ItemDataRole.DisplayRole, _GROUP))
        metrics = option.fontMetrics
        painter.save()
        painter.setFont(option.font)
        painter.setPen(colours.color(QPalette.ColorRole.PlaceholderText))
        aside_width = metrics.horizontalAdvance(aside) + 12 if aside else 0
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | middle, aside)
        text_room = room.adjusted(0, 0, -aside_width, 0)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, text_room.width())
        behind = text_room.adjusted(metrics.horizontalAdvance(shown) + 12, 0, 0, 0)
        if behind.width() > metrics.averageCharWidth() * 6:
            fitted = metrics.elidedText(group, Qt.TextElideMode.ElideRight, behind.width())
            painter.drawText(behind, Qt.AlignmentFlag.AlignLeft | middle, fitted)
        usable = index.flags() & Qt.ItemFlag.ItemIsEnabled
        painter.setPen(colours.color(QPalette.ColorRole.Text if usable else QPalette.ColorRole.PlaceholderText))
        painter.drawText(text_room, Qt.AlignmentFlag.AlignLeft | middle, shown)
        painter.restore()
