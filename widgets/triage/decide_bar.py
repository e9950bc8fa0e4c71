"""The foot of the queue: what can be decided, each with its key; in its place what is typed for an act."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from console.present.figures import Pill
from console.present.tone import Tone
from widgets import theme
from widgets.parts.flow import FlowLayout
from widgets.parts.label import Label, plain_tip
from widgets.parts.pill import PillButton
from widgets.triage.asks import BAR

NOT_YET = "Reproductions cannot be run from here yet."


class DecideBar(QWidget):
    """``acted`` carries an act's name. ``forbid`` greys every act and says why."""

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Decide")
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._column = QVBoxLayout(self)
        self.why = Label("", "small", wrap=True)
        self.why.hide()
        self.draft = PillButton(parent=self)
        self.draft.acted.connect(self.acted)
        self.draft.hide()
        self._flow = FlowLayout(gap=8)
        self.chips: dict[str, PillButton] = {}
        for act, text, keys in BAR:
            chip = PillButton(Pill(text, action=act, spoken=f"{text}, key {keys}"), keys, self)
            chip.acted.connect(self.acted)
            self._flow.addWidget(chip)
            self.chips[act] = chip
        self._flow.addWidget(self.draft)
        # The act meant most often.
        self.chips["acknowledge"].set_primary(True)
        self._column.addWidget(self.why)
        self._column.addLayout(self._flow)
        self._reason = ""
        self._fit()
        self.forbid("")

    def forbid(self, reason: str) -> None:
        """'' allows everything that can be done at all."""
        self._reason = reason
        self.why.show_text(reason)
        self.why.setVisible(bool(reason))
        for act, chip in self.chips.items():
            why = reason or (NOT_YET if act == "reproduce" else "")
            chip.setEnabled(not why)
            chip.setToolTip(plain_tip(why))
            chip.setAccessibleDescription(why)

    @property
    def reason(self) -> str:
        return self._reason

    def show_draft(self, words: str) -> None:
        """A chip that leads back to what was left unfinished; '' for nothing."""
        self.draft.setVisible(bool(words))
        if words:
            self.draft.show_pill(Pill(words, Tone.ACCENT, action="draft", spoken=f"{words}, go on typing"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        look = theme.current()
        self._column.setContentsMargins(look.px(12), look.px(10), look.px(12), look.px(10))
        self._column.setSpacing(look.px(6))
