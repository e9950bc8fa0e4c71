"""The rule editor: what is typed is back-tested at once over the recorded history, with the code that judges live."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.present import alert_form
from console.present.alerts_figures import BacktestFigure
from console.present.tone import Tone
from widgets import theme
from widgets.parts.card import Card
from widgets.parts.chart_card import Chart
from widgets.parts.crosshair import CrossHair
from widgets.parts.label import Label
from widgets.parts.rule_editor import RuleEditor
from widgets.parts.two_lines import TwoLineList, TwoLines


class AlertRuleEditor(RuleEditor):
    """``try_asked`` carries the fields' texts."""

    try_asked = Signal(object)

    def __init__(self, read_only: bool, parent: QWidget | None = None) -> None:
        super().__init__("Alert rule", alert_form.fields(), {"routes": 2}, read_only=read_only, parent=parent)
        self.edited.connect(self._show_relevant)
        self.rested.connect(self._try)
        self.stand_beside(self._result())

    def _result(self) -> QWidget:
        side = QWidget(self)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(8))
        self.note = Label("", "small", wrap=True)
        self.chart = Chart(CrossHair(self), self)
        self.chart.plot.setAccessibleName("The number this rule watches")
        self.firings = TwoLineList("Firings this rule would have had", "It would never have fired.", side)
        self.missed = TwoLineList(
            "Critical tickets it would have missed", "It would have missed no critical ticket.", side
        )
        column.addWidget(self.headline)
        column.addWidget(self.note)
        column.addWidget(self.chart, 3)
        row = QHBoxLayout()
        for title, lines in (("Would have fired", self.firings), ("Critical tickets without a firing", self.missed)):
            card = Card(title, snug=True, parent=side)
            card.body.addWidget(lines)
            row.addWidget(card, 1)
        column.addLayout(row, 2)
        return side

    @property
    def pixels(self) -> int:
        """How wide the chart is."""
        return max(200, self.chart.width())

    def open(self, texts: Mapping[str, str] | None, *, own: bool) -> None:
        """Edit these texts; None: a new rule. ``own``: it can be removed."""
        self.fill(texts, alert_form.FRESH, own=own)
        self._show_relevant()
        self.say("Asking the recorded history …")

    def show_backtest(self, figure: BacktestFigure) -> None:
        self.complain("")
        self.say(figure.headline, figure.tone)
        self.note.show_text(" · ".join(part for part in (figure.notices, figure.note) if part))
        self.chart.show_figure(figure.chart)
        self.firings.show_lines([_line(pair, Tone.NEUTRAL) for pair in figure.firings])
        self.missed.show_lines([_line(pair, Tone.WARN) for pair in figure.missed])
        self.setAccessibleDescription(figure.spoken)

    def _show_relevant(self) -> None:
        """What means nothing for the chosen signal is out of sight; its text is kept."""
        wanted = alert_form.relevant(self.texts)
        for key, field in self.fields.items():
            field.setVisible(key in wanted)

    def _try(self) -> None:
        self.try_asked.emit(self.texts)


def _line(pair: tuple[str, str], tone: Tone) -> TwoLines:
    return pair[1], pair[0], tone
