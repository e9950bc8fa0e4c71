"""One number in full: what it means, its chart over the window, and its breakdown."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from console.present.kpis_figures import KpiFigure
from widgets import theme
from widgets.fields import Choice
from widgets.parts.card import Card
from widgets.parts.chart_card import Chart
from widgets.parts.crosshair import CrossHair
from widgets.parts.label import Label
from widgets.parts.table import Table

_CHART_HEIGHT = 190


class KpiCard(Card):
    """``way_chosen`` carries the name of a breakdown; ``edit_asked`` and ``remove_asked`` an own number's name."""

    way_chosen = Signal(str)
    edit_asked = Signal(str)
    remove_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("One number", parent=parent)
        look = theme.current()
        self._name = ""
        self.edit = self._button("Edit", self._edit)
        self.remove = self._button("Take away", self._remove)
        self.value = Label("", "strong", wrap=True)
        self.body.addWidget(self.value)
        self._lines = QGridLayout()
        self._lines.setHorizontalSpacing(look.px(10))
        self._lines.setVerticalSpacing(look.px(3))
        self._lines.setColumnStretch(1, 1)
        self._words: list[tuple[Label, Label]] = []
        self.body.addLayout(self._lines)
        self.chart = Chart(CrossHair(self), self)
        self.chart.setMinimumHeight(look.px(_CHART_HEIGHT))
        self.body.addWidget(self.chart, 2)
        row = QHBoxLayout()
        row.addWidget(Label("By", "muted"))
        self.ways = Choice(self)
        self.ways.setAccessibleName("Break down by")
        self.ways.activated.connect(self._choose)
        row.addWidget(self.ways)
        row.addStretch(1)
        self.body.addLayout(row)
        self.table = Table("Breakdown", self)
        self.body.addWidget(self.table, 3)

    def show_figure(self, figure: KpiFigure) -> None:
        """Show a number; the chosen row of its breakdown stays while the number is the same."""
        if figure.kpi != self._name:
            self.table.select_key("")
        self._name = figure.kpi
        self.set_title(figure.title)
        self.value.show_text(figure.value)
        self._say(figure.lines)
        self.chart.show_figure(figure.chart)
        self._offer(figure.ways, figure.way)
        self.table.show_window(figure.table)
        for button in (self.edit, self.remove):
            button.setVisible(figure.own)

    def _say(self, lines: tuple[tuple[str, str], ...]) -> None:
        while len(self._words) < len(lines):
            pair = (Label("", "small"), Label("", "small", wrap=True))
            pair[0].setAlignment(Qt.AlignmentFlag.AlignTop)
            pair[1].setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            for column, label in enumerate(pair):
                self._lines.addWidget(label, len(self._words), column)
            self._words.append(pair)
        for place, (label, text) in enumerate(self._words):
            given = lines[place] if place < len(lines) else ("", "")
            label.show_text(given[0])
            text.show_text(given[1])
            label.setVisible(bool(given[0]))
            text.setVisible(bool(given[0]))

    def _offer(self, ways: tuple[tuple[str, str], ...], chosen: str) -> None:
        held = tuple((self.ways.itemData(i), self.ways.itemText(i)) for i in range(self.ways.count()))
        if held != ways:
            self.ways.clear()
            for name, title in ways:
                self.ways.addItem(title, name)
        self.ways.setCurrentIndex(self.ways.findData(chosen))
        self.ways.setEnabled(bool(ways))

    def _button(self, text: str, act: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setProperty("role", "quiet")
        button.setAccessibleName(f"{text} this own number")
        button.clicked.connect(act)
        button.hide()
        self.header.addWidget(button)
        return button

    def _choose(self, _place: int) -> None:
        self.way_chosen.emit(str(self.ways.currentData() or ""))

    def _edit(self) -> None:
        self.edit_asked.emit(self._name)

    def _remove(self) -> None:
        self.remove_asked.emit(self._name)
