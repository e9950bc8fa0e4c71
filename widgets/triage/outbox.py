"""What was decided and is not confirmed, oldest first, with what can be done about each."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from console.present.tone import GLYPH
from console.present.triage_figures import OutboxFigure, OutboxLine
from widgets import theme
from widgets.parts import keyed
from widgets.parts.card import Card, rule
from widgets.parts.label import Elided, Label

_DEEDS = {"retry": "Retry", "withdraw": "Withdraw", "mine": "Send mine", "theirs": "Keep theirs"}


class OutboxRow(QWidget):
    """``asked`` (decision, deed): retry, withdraw, mine or theirs; ``opened`` the ticket's key."""

    asked = Signal(str, str)
    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        look = theme.current()
        self.line: OutboxLine | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(12), look.px(8), look.px(12), 0)
        column.setSpacing(look.px(2))
        row = QHBoxLayout()
        row.setSpacing(look.px(8))
        self.state, self.text = Label(""), Elided("")
        row.addWidget(self.text, 1)
        row.addWidget(self.state)
        self.buttons: dict[str, QPushButton] = {}
        for deed, words in _DEEDS.items():
            button = QPushButton(words, self)
            button.setProperty("deed", deed)
            button.clicked.connect(self._ask)
            row.addWidget(button)
            self.buttons[deed] = button
        column.addLayout(row)
        self.open = QPushButton("Open", self)
        self.open.setProperty("role", "quiet")
        self.open.clicked.connect(self._open)
        row.addWidget(self.open)
        self.why = Label("", "small", wrap=True)
        column.addWidget(self.why)
        column.addSpacing(look.px(7))
        column.addWidget(rule(self))

    def show_line(self, line: OutboxLine, *, may: bool) -> None:
        self.line = line
        name = line.ticket.split(":", 1)[-1]
        self.text.show_text(f"{name}  {line.text}")
        self.open.setVisible(":" in line.ticket)
        self.open.setAccessibleName(f"Open {name}")
        self.state.show_text(f"{GLYPH[line.tone]} {line.state}".strip())
        self.state.set_tone(line.tone)
        self.why.show_text(line.why)
        self.why.setVisible(bool(line.why))
        self.setAccessibleName(f"{name}, {line.text}, {line.state}, {line.why}")
        for deed, button in self.buttons.items():
            button.setVisible(deed in line.acts)
            button.setEnabled(may)
            button.setAccessibleName(f"{_DEEDS[deed]}: {line.text} on {name}")

    def _open(self) -> None:
        if self.line is not None:
            self.opened.emit(self.line.ticket)

    def _ask(self) -> None:
        button = self.sender()
        if self.line is not None and isinstance(button, QPushButton):
            self.asked.emit(self.line.decision, str(button.property("deed")))


class OutboxCard(Card):
    """Signals: ``asked`` (decision, deed), ``opened`` a ticket's key, ``closed``. Arrows walk, Escape closes.

    A row is of its decision: one that is confirmed while Enter is on its way takes its buttons with it.
    """

    asked = Signal(str, str)
    opened = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Outbox", " ", snug=True, parent=parent)
        self._rows: dict[str, OutboxRow] = {}
        self._opening = False
        self.figure: OutboxFigure | None = None
        self.close_button = QPushButton("Close", self)
        self.close_button.setProperty("role", "quiet")
        self.close_button.setAccessibleName("Close the outbox")
        self.close_button.clicked.connect(self.closed)
        self.header.addWidget(self.close_button)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.nothing = Label("Reading the outbox …", "muted", wrap=True)
        self.nothing.setMargin(theme.current().px(12))
        self._column.addWidget(self.nothing)
        self._column.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidget(inside)
        self.area.setAccessibleName("What is not delivered")
        self.body.addWidget(self.area)

    def show_figure(self, figure: OutboxFigure, *, may: bool) -> None:
        self.figure = figure
        self.set_aside(figure.summary)
        self.nothing.show_text("" if figure.lines else figure.summary or "Everything is delivered.")
        self.nothing.setVisible(not figure.lines)
        if not self._keeps_focus(figure, may=may):
            self.close_button.setFocus()
        keyed.follow(self._column, self._rows, [line.decision for line in figure.lines], self._row, first=1)
        for row, line in zip(self.rows, figure.lines, strict=True):
            row.show_line(line, may=may)
        beyond = figure.total - len(figure.lines)
        if beyond > 0 and figure.lines:
            self.nothing.show_text(f"The first {len(figure.lines)} of {figure.total}.")
            self.nothing.show()
        if self._opening and self.close_button.hasFocus():
            self.focus_first()
        self._opening = False

    @property
    def rows(self) -> list[OutboxRow]:
        """Oldest decision first."""
        return sorted(self._rows.values(), key=self._column.indexOf)

    def begin(self) -> None:
        """The keyboard waits at the close button, and goes to what can be done with the next answer."""
        self._opening = True
        self.close_button.setFocus()

    def focus_first(self) -> None:
        """The first thing that can be done, else the close button."""
        buttons = self._buttons()
        (buttons[0] if buttons else self.close_button).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        buttons = [*self._buttons(), self.close_button]
        here = next((n for n, button in enumerate(buttons) if button.hasFocus()), -1)
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_J):
            buttons[min(len(buttons) - 1, here + 1)].setFocus()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_K):
            buttons[max(0, here - 1)].setFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and here >= 0:
            buttons[here].click()
        else:
            super().keyPressEvent(event)

    def _keeps_focus(self, figure: OutboxFigure, *, may: bool) -> bool:
        """Whether the button under the keyboard, if it is one of a row, will still be there and do the same."""
        kept = {line.decision: line.acts for line in figure.lines}
        for decision, row in self._rows.items():
            if row.open.hasFocus():
                return decision in kept
            for deed, button in row.buttons.items():
                if button.hasFocus():
                    return may and deed in kept.get(decision, ())
        return True

    def _row(self) -> OutboxRow:
        row = OutboxRow(self)
        row.asked.connect(self.asked)
        row.opened.connect(self.opened)
        return row

    def _buttons(self) -> list[QPushButton]:
        every = [b for row in self.rows if row.isVisible() for b in (*row.buttons.values(), row.open)]
        return [button for button in every if button.isVisible() and button.isEnabled()]
