"""A short list of two-line entries: a text, and below it in small what goes with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from console.present.tone import Tone
from widgets.parts.label import Label
from widgets.parts.scrolled import Scrolled

TwoLines = tuple[str, str, Tone]
"""Text, what stands below it in small, and the text's tone."""


class TwoLineList(Scrolled):
    """Entries are kept and refilled, so that a refresh moves nothing."""

    def __init__(self, name: str, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(name, sides=12, ends=8, gap=2, parent=parent)
        self._empty = Label(empty, "muted", wrap=True)
        self.column.addWidget(self._empty)
        self._labels: list[tuple[Label, Label]] = []
        self.column.addStretch(1)

    def show_lines(self, lines: Sequence[TwoLines]) -> None:
        self._empty.setVisible(not lines)
        while len(self._labels) < len(lines):
            pair = Label("", wrap=True), Label("", "tiny", wrap=True)
            for label in pair:
                self.column.insertWidget(self.column.count() - 1, label)
            self._labels.append(pair)
        for place, (upper, lower) in enumerate(self._labels):
            there = place < len(lines)
            upper.setVisible(there)
            lower.setVisible(there and bool(lines[place][1]))
            if there:
                upper.show_text(lines[place][0])
                upper.set_tone(lines[place][2])
                lower.show_text(lines[place][1])
