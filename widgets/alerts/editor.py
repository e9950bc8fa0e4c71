"""The rule editor: what is typed is back-tested at once over the recorded history, with the code that judges live."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from console.present import alert_form
from console.present.alerts_figures import BacktestFigure
from console.present.tone import Tone
from widgets import theme
from widgets.alerts.lists import Line, Lines
from widgets.fields import ChoiceField, Field, LinesField, TextField
from widgets.parts.card import Card
from widgets.parts.chart_card import Chart
from widgets.parts.crosshair import CrossHair
from widgets.parts.label import Label

_PAUSE_MS = 250
"""Typing rests so long before the history is asked."""


class RuleEditor(QWidget):
    """``try_asked`` and ``save_asked`` carry the fields' texts; ``remove_asked`` the rule's name; ``closed`` ends it."""

    try_asked = Signal(object)
    save_asked = Signal(object)
    remove_asked = Signal(str)
    closed = Signal()

    def __init__(self, read_only: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read_only = read_only
        self.own = False
        self.fields: dict[str, Field] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._try)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.addWidget(self._form())
        split.addWidget(self._result())
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        whole.addWidget(split)

    def _form(self) -> QWidget:
        look = theme.current()
        self.card = Card("Alert rule", snug=True, parent=self)
        area = QScrollArea(self.card)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(look.px(12), look.px(10), look.px(12), look.px(10))
        column.setSpacing(look.px(8))
        for spec in alert_form.fields():
            field: Field
            if spec.choices:
                words, titles = zip(*spec.choices, strict=True)
                field = ChoiceField(spec.label, words, spec.help, titles=titles, parent=inside)
            elif spec.key == "routes":
                field = LinesField(spec.label, spec.help, hint=spec.hint, rows=2, parent=inside)
            else:
                field = TextField(spec.label, spec.help, hint=spec.hint, parent=inside)
            field.edited.connect(self._edited)
            column.addWidget(field)
            self.fields[spec.key] = field
        column.addStretch(1)
        area.setWidget(inside)
        self.card.body.addWidget(area, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(look.px(12), look.px(8), look.px(12), look.px(8))
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        self.save = QPushButton("Save rule", self)
        self.save.setProperty("role", "primary")
        self.save.clicked.connect(self._save)
        self.remove = QPushButton("Remove", self)
        self.remove.setProperty("role", "danger")
        self.remove.clicked.connect(self._remove)
        self.close_button = QPushButton("Close", self)
        self.close_button.clicked.connect(self.closed)
        for button in (self.save, self.remove, self.close_button):
            button.setAccessibleName(button.text())
            foot.addWidget(button)
        foot.addStretch(1)
        self.save.setVisible(not self._read_only)
        self.card.body.addWidget(self.error)
        self.card.body.addLayout(foot)
        return self.card

    def _result(self) -> QWidget:
        side = QWidget(self)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(8))
        self.headline = Label("", "heading", wrap=True)
        self.note = Label("", "small", wrap=True)
        self.chart = Chart(CrossHair(self), self)
        self.chart.plot.setAccessibleName("The number this rule watches")
        self.firings = Lines("Firings this rule would have had", "It would never have fired.", side)
        self.missed = Lines("Critical tickets it would have missed", "It would have missed no critical ticket.", side)
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
    def texts(self) -> dict[str, str]:
        return {key: field.text() for key, field in self.fields.items()}

    @property
    def pixels(self) -> int:
        """How wide the chart is."""
        return max(200, self.chart.width())

    def open(self, texts: Mapping[str, str] | None, *, own: bool) -> None:
        """Edit these texts; None: a new rule. ``own``: it can be removed."""
        self.own = own
        given = alert_form.FRESH if texts is None else texts
        for key, field in self.fields.items():
            field.set_text(given.get(key, ""))
        self.card.set_title("New alert rule" if texts is None else given.get("title") or given.get("name", ""))
        self.remove.setVisible(own and not self._read_only)
        self._show_relevant()
        self.complain("")
        self.headline.show_text("Asking the recorded history …")
        self.fields["title"].focus()
        self._timer.start()

    def complain(self, sentence: str) -> None:
        """What is wrong with the rule as typed; '' when nothing is."""
        self.error.show_text(sentence)
        self.error.setVisible(bool(sentence))
        self.save.setEnabled(not sentence)
        if sentence:
            self.headline.show_text("This cannot be a rule yet.")
            self.headline.set_tone(Tone.WARN)

    def show_backtest(self, figure: BacktestFigure) -> None:
        self.complain("")
        self.headline.show_text(figure.headline)
        self.headline.set_tone(figure.tone)
        self.note.show_text(" · ".join(part for part in (figure.notices, figure.note) if part))
        self.chart.show_figure(figure.chart)
        self.firings.show_lines([_line(pair, Tone.NEUTRAL) for pair in figure.firings])
        self.missed.show_lines([_line(pair, Tone.WARN) for pair in figure.missed])
        self.setAccessibleDescription(figure.spoken)

    def _edited(self) -> None:
        self._show_relevant()
        self._timer.start()

    def _show_relevant(self) -> None:
        """What means nothing for the chosen signal is out of sight; its text is kept."""
        wanted = alert_form.relevant(self.texts)
        for key, field in self.fields.items():
            field.setVisible(key in wanted)

    def _try(self) -> None:
        if self.isVisible():
            self.try_asked.emit(self.texts)

    def _save(self) -> None:
        self.save_asked.emit(self.texts)

    def _remove(self) -> None:
        self.remove_asked.emit(self.fields["name"].text())


def _line(pair: tuple[str, str], tone: Tone) -> Line:
    return pair[1], pair[0], tone
