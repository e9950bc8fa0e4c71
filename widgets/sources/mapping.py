"""The mapping of a source looked at on real tickets: the vendor's words with what they mean, and what each ticket becomes.

A word's meaning is chosen here and written into the form; nothing is saved before the form is. Words are laid out once
and then only refreshed, so that a choice keeps the focus while its answer comes.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QProgressBar, QPushButton, QScrollArea, QWidget

from console.present.mapping import MappingFigure, WordLine
from console.present.tone import GLYPH, Tone
from widgets import theme
from widgets.fields import Choice
from widgets.parts.card import Card
from widgets.parts.label import Elided, Label
from widgets.parts.table import Table

_TITLES = {"severity": "Severity", "status": "Status", "kind": "Kind", "channel": "Channel"}
_TALL = 230


class MappingPanel(Card):
    """``word_chosen``: field, the vendor's word, our meaning ('' for the connector's own). ``closed``: put it away."""

    word_chosen = Signal(str, str, str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Mapping on real tickets", parent=parent, snug=True)
        self.close_button = QPushButton("Close", self)
        self.close_button.setProperty("role", "quiet")
        self.close_button.setAccessibleName("Close the preview")
        self.close_button.clicked.connect(self.closed)
        self.header.addWidget(self.close_button)
        look = theme.current()
        self.headline = Label("", "strong", wrap=True)
        self.headline.setContentsMargins(look.px(16), look.px(10), look.px(16), look.px(6))
        self.body.addWidget(self.headline)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Tickets are being read")
        self.body.addWidget(self.bar)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setAccessibleName("The vendor's words")
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.addWidget(self._area)
        self.table = Table("What the tickets become", self)
        self.body.addWidget(self.table, 1)
        self.choices: dict[tuple[str, str], Choice] = {}
        self._meanings: dict[tuple[str, str], Elided] = {}
        self._laid: tuple[tuple[str, str], ...] = ()
        self._area.hide()

    def wait(self) -> None:
        """Tickets are being read; what was shown stays meanwhile."""
        self._say("Reading recent tickets …", Tone.INFO)
        self.bar.setRange(0, 0)
        self.bar.show()

    def show_figure(self, figure: MappingFigure) -> None:
        self._rest()
        self._say(figure.headline, figure.tone)
        laid = tuple((line.field, line.word) for line in figure.words)
        if laid != self._laid:
            self._lay(figure.words)
            self._laid = laid
        for line in figure.words:
            meaning = self._meanings[line.field, line.word]
            meaning.show_text(line.becomes)
            meaning.set_tone(line.tone)
        self._area.setVisible(bool(laid))
        self.table.show_window(figure.table)

    def show_trouble(self, sentence: str) -> None:
        self._rest()
        self._say(sentence, Tone.BAD)

    def _rest(self) -> None:
        self.bar.setRange(0, 1)
        self.bar.hide()

    def _say(self, text: str, tone: Tone) -> None:
        self.headline.show_text(f"{GLYPH[tone]} {text}".strip())
        self.headline.set_tone(tone if tone is Tone.BAD else None)
        self.setAccessibleDescription(text)

    def _lay(self, words: tuple[WordLine, ...]) -> None:
        inside = QWidget()
        look = theme.current()
        grid = QGridLayout(inside)
        grid.setContentsMargins(look.px(16), look.px(2), look.px(16), look.px(8))
        grid.setHorizontalSpacing(look.px(12))
        grid.setVerticalSpacing(look.px(4))
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 3)
        self.choices, self._meanings = {}, {}
        before = ""
        for place, line in enumerate(words):
            name = _TITLES.get(line.field, line.field)
            grid.addWidget(Label(name if line.field != before else "", "muted"), place, 0)
            grid.addWidget(Elided(line.word), place, 1)
            grid.addWidget(Label(line.met, "muted"), place, 2)
            meaning = Elided("")
            grid.addWidget(meaning, place, 3)
            self._meanings[line.field, line.word] = meaning
            if line.targets:
                grid.addWidget(self._choice(name, line), place, 4)
            before = line.field
        self._area.setWidget(inside)
        height = inside.sizeHint().height() + 2
        self._area.setFixedHeight(min(height, look.px(_TALL)))

    def _choice(self, name: str, line: WordLine) -> Choice:
        choice = Choice()
        choice.setAccessibleName(f"{name}: what {line.word} means")
        choice.addItem("set …", None)
        choice.addItem("as usual", "")
        for target in line.targets:
            choice.addItem(target.replace("_", " "), target)
        choice.setProperty("field", line.field)
        choice.setProperty("word", line.word)
        choice.activated.connect(self._chosen)
        self.choices[line.field, line.word] = choice
        return choice

    def _chosen(self, place: int) -> None:
        choice = self.sender()
        if isinstance(choice, Choice) and choice.itemData(place) is not None:
            self.word_chosen.emit(choice.property("field"), choice.property("word"), choice.itemData(place))
