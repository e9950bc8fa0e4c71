"""Over the queue: the filter as wide as there is room, how many it leaves, the view, and what waits to be delivered."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.present.figures import Pill
from console.present.tone import Tone
from widgets import theme
from widgets.parts.label import Label
from widgets.parts.pill import PillButton
from widgets.parts.suggesting import SuggestField

_HINT = 'Filter: severity:P1 stage:2 segment:enterprise waiting>2h "payment"'


class TriageHead(QWidget):
    """``acted``: "view" or an action id of the outbox pill."""

    acted = Signal(str)

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._column = QVBoxLayout(self)
        self._row = QHBoxLayout()
        self.field = SuggestField("Filter the queue", _HINT, over)
        self.field.setProperty("role", "search")
        self.field.setClearButtonEnabled(True)
        self.counted, self.view, self.outbox = PillButton(parent=self), PillButton(parent=self), PillButton(parent=self)
        self.view.acted.connect(self.acted)
        self.outbox.acted.connect(self.acted)
        self._row.addWidget(self.field, 1)
        for pill in (self.counted, self.view, self.outbox):
            self._row.addWidget(pill)
        self.fault = Label("", "error", wrap=True)
        self.fault.hide()
        self._column.addLayout(self._row)
        self._column.addWidget(self.fault)
        self.show_count("")
        self.show_view("")
        self.show_outbox(None)
        self._fit()

    def show_count(self, counted: str) -> None:
        self.counted.show_pill(Pill(counted))
        self.counted.setVisible(bool(counted))

    def show_view(self, name: str) -> None:
        words = f"View: {name}" if name else "View"
        self.view.show_pill(Pill(words, action="view", spoken=f"{words}, choose or keep one, key V"))

    def show_outbox(self, pill: Pill | None) -> None:
        """What waits; without anything the pill still leads there, quietly."""
        self.outbox.show_pill(pill or Pill("Outbox", Tone.MUTED, action="triage.outbox", spoken="Outbox, key O"))

    def complain(self, sentence: str) -> None:
        """What is wrong with the filter, below it. The rows stay those of the last one that could be read."""
        self.fault.show_text(sentence)
        self.fault.setVisible(bool(sentence))
        self.field.setProperty("invalid", bool(sentence))
        self.field.setAccessibleDescription(sentence)
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        look = theme.current()
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look.px(4))
        self._row.setSpacing(look.px(8))
        self.field.setMinimumWidth(look.px(140))
