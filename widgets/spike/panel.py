"""What moved with a span, in a panel over the window that blocks nothing: the ranked list, and below it what did not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from console.present import words
from console.present.figures import TableWindow
from console.present.spike_figures import SpikeFigure
from widgets import theme
from widgets.parts.card import Card
from widgets.parts.label import Label
from widgets.parts.table import Table

_WAITING = "Comparing the span with the time before it …"


class SpikePanel(Card):
    """Open it, then hand it the figure or the sentence of a fault. Enter on a row emits ``proof_asked`` with a ``Number``.

    Escape or Close removes it and emits ``closed``.
    """

    closed = Signal()
    proof_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("What moved", snug=True, parent=parent)
        self.moved = Table("What moved", self)
        self.still = Table("What did not move", self)
        self.still.hide()
        self.more = QPushButton("What did not move", self)
        self.more.setCheckable(True)
        self.more.toggled.connect(self._unfold)
        self.close_button = QPushButton("Close", self)
        self.close_button.setAccessibleName("Close the list of what moved")
        self.close_button.clicked.connect(self.close_panel)
        self.header.addWidget(self.more)
        self.header.addWidget(self.close_button)
        self.notes = Label("", "small", wrap=True)
        self.body.addWidget(self.moved, 3)
        self.body.addWidget(self.still, 2)
        self.body.addWidget(self.notes)
        for table in (self.moved, self.still):
            table.proof_asked.connect(self.proof_asked)
        self._lay()
        self.wait()

    def wait(self) -> None:
        """The answer is under way."""
        self.set_aside("")
        self.more.setEnabled(False)
        self.moved.show_window(TableWindow((), 0, 0, (), empty=_WAITING))
        self.notes.show_text("")

    def say(self, sentence: str) -> None:
        """A fault of the world in the list's place."""
        self.moved.show_window(TableWindow((), 0, 0, (), empty=sentence))

    def show_figure(self, figure: SpikeFigure) -> None:
        self.set_title(figure.title)
        self.set_aside(figure.summary)
        self.moved.show_window(figure.moved)
        self.still.show_window(figure.still)
        self.more.setText(f"What did not move ({words.count(figure.still.total)})")
        self.more.setEnabled(True)
        self.notes.show_text(" ".join(figure.notes))
        if figure.moved.rows and not self.moved.selected_key:
            self.moved.go_to(0)

    def open_over(self, window: QWidget) -> None:
        """Show it over ``window`` with the keyboard in the list."""
        look = theme.current()
        width = min(window.width() - look.px(48), look.px(900))
        height = min(window.height() - look.px(48), look.px(600))
        self.setParent(window)
        self.setGeometry((window.width() - width) // 2, (window.height() - height) // 2, width, height)
        self.show()
        self.raise_()
        self.moved.setFocus()

    def close_panel(self) -> None:
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
            event.accept()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "notes"):
            self._lay()

    def _lay(self) -> None:
        look = theme.current()
        self.notes.setContentsMargins(look.px(12), look.px(6), look.px(12), look.px(8))

    def _unfold(self, shown: bool) -> None:
        self.still.setVisible(shown)
        (self.still if shown else self.moved).setFocus()
