"""One form for every act of the Exit screen, inline: nothing pops up. What was typed stays until it was written down."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from widgets import theme
from widgets.exit.specs import FieldSpec, FormSpec
from widgets.fields import ChoiceField, Field, LinesField, TextField
from widgets.parts.card import Card
from widgets.parts.label import Label

_FIELD = 300
_MOST_ACROSS = 4


class ActForm(Card):
    """``save_asked``: read it with ``typed``. ``closed``: put away; the same form opened again has what was typed."""

    save_asked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", snug=True, parent=parent)
        self.spec: FormSpec | None = None
        self.fields: dict[str, Field] = {}
        self._drafts: dict[tuple[str, str], dict[str, str]] = {}
        self.close_button = QPushButton("Close", self)
        self.close_button.setProperty("role", "quiet")
        self.close_button.setAccessibleName("Close the form")
        self.close_button.clicked.connect(self.put_away)
        self.header.addWidget(self.close_button)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(self._area, 1)
        foot = QWidget(self)
        column = QVBoxLayout(foot)
        column.setContentsMargins(12, 6, 12, 10)
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        self.save = QPushButton("Decide", foot)
        self.save.setProperty("role", "primary")
        self.save.clicked.connect(self.save_asked)
        row = QHBoxLayout()
        row.addWidget(self.save)
        row.addStretch(1)
        column.addWidget(self.error)
        column.addLayout(row)
        self.body.addWidget(foot)
        self.hide()

    def open(self, spec: FormSpec, room: int) -> None:
        """Show a form that is ``room`` pixels wide; the focus goes to its first field."""
        self._keep()
        self.spec = spec
        self.set_title(spec.title)
        self.save.setText(spec.save)
        self.save.setEnabled(True)
        self.complain("")
        inside = QWidget()
        column = QVBoxLayout(inside)
        look = theme.current()
        column.setContentsMargins(look.px(12), look.px(8), look.px(12), look.px(8))
        column.setSpacing(look.px(8))
        if spec.note:
            column.addWidget(Label(spec.note, "small", wrap=True))
        # A short form stands in one line of fields, so that the rows above it stay in sight.
        across = max(1, min(_MOST_ACROSS, room // look.px(_FIELD)))
        grid = QGridLayout()
        grid.setSpacing(look.px(8))
        column.addLayout(grid)
        draft = self._drafts.get((spec.form, spec.subject), {})
        self.fields = {}
        for wanted in spec.fields:
            made = _made(wanted)
            made.set_text(draft.get(wanted.key, wanted.value))
            place = len(self.fields)
            self.fields[wanted.key] = made
            grid.addWidget(made, place // across, place % across, Qt.AlignmentFlag.AlignTop)
        column.addStretch(1)
        self._area.setWidget(inside)
        self.show()
        next(iter(self.fields.values())).focus()

    def typed(self) -> dict[str, str]:
        """What is to be decided: everything, or of an edit what differs, with why and the clock."""
        if self.spec is None:
            return {}
        given = {f.key: f.value for f in self.spec.fields}
        texts = {key: field.text() for key, field in self.fields.items()}
        if self.spec.sends_all:
            return texts
        return {k: t for k, t in texts.items() if k in ("why", "restart") or t != given[k]}

    def complain(self, sentence: str) -> None:
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        self.save.setEnabled(True)

    def done(self) -> None:
        """It was written down: nothing of it is kept."""
        if self.spec is not None:
            self._drafts.pop((self.spec.form, self.spec.subject), None)
            self.spec = None
        self._leave()

    def put_away(self) -> None:
        self._keep()
        self.spec = None
        self._leave()

    def _leave(self) -> None:
        """Whoever owns it takes the focus first: Qt would give it to the next row, and that row would be chosen."""
        self.closed.emit()
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.save_asked.emit()
        else:
            super().keyPressEvent(event)
            # A letter that no field wanted is no key of the screen below.
            event.accept()

    def _keep(self) -> None:
        if self.spec is not None and self.fields:
            self._drafts[self.spec.form, self.spec.subject] = {k: f.text() for k, f in self.fields.items()}


def _made(spec: FieldSpec) -> Field:
    if spec.choices:
        words, titles = [w for w, _ in spec.choices], [t for _, t in spec.choices]
        return ChoiceField(spec.label, words, spec.help, titles=titles)
    if spec.rows > 1:
        return LinesField(spec.label, spec.help, hint=spec.hint, rows=spec.rows)
    return TextField(spec.label, spec.help, hint=spec.hint, words=spec.words)
