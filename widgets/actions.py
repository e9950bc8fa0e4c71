"""Every action once: its name, keys, group and deed. Menus, palette, help and rail read them here.

What one would get wrong: a bare letter as a shortcut must stay a letter while someone types, so such keys act only
while no text field has the focus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)


def always() -> bool:
    """The condition of an action that is never out of place."""
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """``keys`` as Qt writes them ("Ctrl+K"), the first one is shown. ``enabled`` is asked before each use.

    ``local``: whatever has the focus handles the keys itself (a table of any screen); here they are only told.

    ``act`` and ``enabled`` are bound methods.
    """

    id: str
    text: str
    group: str
    act: Callable[[], None]
    keys: tuple[str, ...] = ()
    enabled: Callable[[], bool] = always
    local: bool = False

    @property
    def shown_key(self) -> str:
        """The first key as people write it on this system, '' without one."""
        return key_words(self.keys[0]) if self.keys else ""


def key_words(key: str) -> str:
    """'Ctrl+=' → 'Ctrl =', on a Mac '⌘='."""
    text = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    if text.startswith("Ctrl++"):
        return "Ctrl +"
    return " ".join(part for part in text.split("+") if part) if len(text) > 1 else text


def bare(key: str) -> bool:
    """True for a key that also writes a character: a letter, a digit or a sign without Ctrl, Alt or Meta."""
    parts = key.split("+") if key != "+" else [key]
    return not {"Ctrl", "Alt", "Meta"} & set(parts) and len(parts[-1]) == 1


def typing() -> bool:
    """True while the focus is where text is typed."""
    focus = QApplication.focusWidget()
    if isinstance(focus, QComboBox):
        return focus.isEditable()
    return isinstance(focus, (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox))


class ActionBook(QObject):
    """All actions of a window. Keys act anywhere in the window that the book is installed in."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._actions: dict[str, Action] = {}
        self._shortcuts: dict[str, list[QShortcut]] = {}

    def add(self, actions: Iterable[Action]) -> None:
        """Add actions. An id or a key that is taken already is our bug: ValueError."""
        taken = {key: action.id for action in self._actions.values() for key in action.keys}
        for action in actions:
            if action.id in self._actions:
                raise ValueError(f"there are two actions {action.id!r}")
            for key in action.keys:
                if key in taken:
                    raise ValueError(f"{key} belongs to {taken[key]!r} already, {action.id!r} cannot have it")
                taken[key] = action.id
            self._actions[action.id] = action
            keys = () if action.local else action.keys
            self._shortcuts[action.id] = [self._shortcut(action.id, key) for key in keys]

    def remove(self, ids: Iterable[str]) -> None:
        """Take actions away, with their keys (a screen of a session that was closed)."""
        for name in list(ids):
            self._actions.pop(name, None)
            for shortcut in self._shortcuts.pop(name, []):
                shortcut.setEnabled(False)
                shortcut.deleteLater()

    def find(self, name: str) -> Action | None:
        return self._actions.get(name)

    def all(self) -> list[Action]:
        """In the order they were added."""
        return list(self._actions.values())

    def run(self, name: str) -> bool:
        """Run an action; False when it does not exist or is out of place now."""
        action = self._actions.get(name)
        if action is None or not action.enabled():
            return False
        action.act()
        return True

    def menu(self, parent: QWidget, groups: Iterable[str]) -> QMenu:
        """A new menu of these groups, those out of place greyed. The caller pops it up; it ends itself when closed."""
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Menu")
        for place, group in enumerate(groups):
            if place:
                menu.addSeparator()
            for action in self._actions.values():
                if action.group == group:
                    self._entry(menu, action)
        return menu

    def _entry(self, menu: QMenu, action: Action) -> None:
        entry = QAction(action.text + (f"\t{action.shown_key}" if action.keys else ""), menu)
        entry.setEnabled(action.enabled())
        entry.setData(action.id)
        entry.triggered.connect(self._chosen)
        menu.addAction(entry)

    def _shortcut(self, name: str, key: str) -> QShortcut:
        shortcut = QShortcut(QKeySequence(key), self._window)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.setObjectName(f"{name}|{key}")
        shortcut.activated.connect(self._pressed)
        return shortcut

    def _pressed(self) -> None:
        sender = self.sender()
        name, _, key = sender.objectName().partition("|")
        if bare(key) and typing():
            return
        self.run(name)

    def _chosen(self) -> None:
        sender = self.sender()
        if isinstance(sender, QAction):
            self.run(str(sender.data()))
