"""Keys that are pressed while the row they are meant for is still under way: they wait for it, in their order.

One would get wrong: whoever types a filter and an act in one go means the rows of that filter. Done at once, the act would
be about a ticket that is about to leave the screen. So each key is held, also those that would be typed into what an
earlier one opens.
"""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from widgets.parts.table import Table

_MOVING = frozenset({
    Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_Home,
    Qt.Key.Key_End,
})  # fmt: skip
_MOST = 1_000
_COMMANDS = ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)


class HeldKeys(QObject):
    """Stands before ``table``. ``hold`` until ``release``; by itself while the table's own row is not loaded."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._table = table
        self._other_rows = self._giving = False
        self._keys: deque[QKeyEvent] = deque()
        table.installEventFilter(self)

    def hold(self) -> None:
        """Other rows are asked for than stand here."""
        self._other_rows = True

    def release(self) -> None:
        """They are here: what was pressed meanwhile is done, as far as it does not ask for other rows itself."""
        self._other_rows = False
        while self._keys and not self._holding and not self._giving:
            self._giving = True
            QApplication.sendEvent(QApplication.focusWidget() or self._table, self._keys.popleft())
            self._giving = False

    def drop(self) -> bool:
        """They will not come: nothing is done that was meant for them. True when something was pressed."""
        self._other_rows = False
        dropped = bool(self._keys)
        self._keys.clear()
        return dropped

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or self._giving or not (self._holding or self._keys):
            return False
        if event.type() == QEvent.Type.ShortcutOverride and not event.modifiers() & _COMMANDS:
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        if not self._other_rows and not self._keys and event.key() in _MOVING:
            # Only the row is under way, and whoever moves on does not want it.
            return False
        if len(self._keys) < _MOST:
            held = QKeyEvent(event.type(), event.key(), event.modifiers(), event.text(), event.isAutoRepeat())
            self._keys.append(held)
        return True

    @property
    def _holding(self) -> bool:
        return self._other_rows or self._table.waiting
