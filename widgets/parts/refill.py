"""Widgets in a column, one for each key of a figure, so that a refresh moves nothing and takes no focus away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

Shown = TypeVar("Shown", bound=QWidget)
Row = TypeVar("Row")


def refill(
    column: QVBoxLayout,
    held: dict[str, Shown],
    rows: Mapping[str, Row],
    make: Callable[[Row], Shown],
    refresh: Callable[[Shown, Row], None],
) -> None:
    """``held`` becomes what ``rows`` names, at the head of the column in their order; what was there already is kept."""
    for key in [key for key in held if key not in rows]:
        gone = held.pop(key)
        column.removeWidget(gone)
        gone.hide()
        gone.deleteLater()
    for place, (key, row) in enumerate(rows.items()):
        shown = held.get(key)
        if shown is None:
            shown = held[key] = make(row)
        refresh(shown, row)
        if column.indexOf(shown) != place:
            column.insertWidget(place, shown)
