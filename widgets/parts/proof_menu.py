"""The menu that opens proofs: one entry a number, the first one chosen, so that Enter twice opens it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from console.model.number import Number

SHOW = "Show the proof"


def add_proofs(menu: QMenu, numbers: list[tuple[str, Number]], run: Callable[[], None]) -> list[QAction]:
    """An entry for each number, whose ``data`` is the number; ``run`` is a bound method that reads it off its sender."""
    entries = []
    for name, number in numbers:
        text = f"{SHOW} of {name}" if name else SHOW
        entry = QAction(text.replace("&", "&&") + ("\tEnter" if len(numbers) == 1 else ""), menu)
        entry.setData(number)
        entry.triggered.connect(run)
        menu.addAction(entry)
        entries.append(entry)
    return entries


def pop_up(parent: QWidget, numbers: list[tuple[str, Number]], run: Callable[[], None], at: QPoint) -> QMenu:
    """A menu of proofs at a place on the screen, the first one under the keyboard. It ends itself when closed."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setAccessibleName(SHOW)
    entries = add_proofs(menu, numbers, run)
    menu.popup(at)
    if entries:
        menu.setActiveAction(entries[0])
    return menu
