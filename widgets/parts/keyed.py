"""Widgets that belong to what they show: a refresh never puts another thing under a button somebody is about to press."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from PySide6.QtWidgets import QBoxLayout, QWidget

K = TypeVar("K", bound=Hashable)
W = TypeVar("W", bound=QWidget)


def follow(layout: QBoxLayout, held: dict[K, W], wanted: Sequence[K], make: Callable[[], W], first: int = 0) -> None:
    """One widget a key in the order of ``wanted``, from place ``first`` of the layout on; those no longer wanted go.

    Qt gives the focus of a widget that goes to its neighbour: whoever holds one moves it first.
    """
    for key in held.keys() - set(wanted):
        gone = held.pop(key)
        layout.removeWidget(gone)
        gone.hide()
        gone.deleteLater()
    for place, key in enumerate(wanted, first):
        if key not in held:
            held[key] = make()
            layout.insertWidget(place, held[key])
            # By itself the layout shows it only later, too late for a keyboard that is to go there now.
            held[key].show()
        elif layout.indexOf(held[key]) != place:
            layout.removeWidget(held[key])
            layout.insertWidget(place, held[key])
