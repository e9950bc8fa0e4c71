"""The queue with its foot: the decide bar, what is typed for an act, or what an act would do to many."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from console.present.tone import Tone
from console.present.triage_figures import TriageQueue
from widgets import theme
from widgets.parts.card import Card, rule
from widgets.parts.table import Table
from widgets.triage.decide_bar import DecideBar
from widgets.triage.preview import PreviewStrip
from widgets.triage.prompt import Prompt

_LEAST = 420


class Foot(QWidget):
    """One page at a time, as high as that page; a stack would be as high as its highest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def add_page(self, page: QWidget) -> None:
        self._pages.append(page)
        self._column.addWidget(page)
        page.setVisible(len(self._pages) == 1)

    def turn(self, page: QWidget) -> None:
        """The new page stands there before the old one goes, so that nothing between them takes the keyboard."""
        page.show()
        for other in self._pages:
            other.setVisible(other is page)

    def hasHeightForWidth(self) -> bool:
        """Told as a plain height: asked at its least width, lines that wrap would claim the whole window."""
        return False

    def sizeHint(self) -> QSize:
        layout = self._column
        # Before it is laid out it has no width of its own yet.
        width = max(self.width(), theme.current().px(_LEAST))
        high = layout.heightForWidth(width) if layout.hasHeightForWidth() else layout.sizeHint().height()
        return QSize(layout.sizeHint().width(), high)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._column.minimumSize().width(), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    @property
    def page(self) -> QWidget:
        return next(page for page in self._pages if not page.isHidden())


class QueueCard(Card):
    """``over``: the screen, over which offers of words may lie."""

    def __init__(self, over: QWidget) -> None:
        super().__init__("Queue", " ", snug=True, parent=over)
        self.table = Table("Queue", self, row_px=31, anchored=True, markable=True)
        self.bar, self.prompt, self.preview = DecideBar(self), Prompt(over), PreviewStrip(self)
        self.foot = Foot(self)
        for page in (self.bar, self.prompt, self.preview):
            self.foot.add_page(page)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(rule(self))
        self.body.addWidget(self.foot)
        self._order = self._note = ""
        self.table.marks_changed.connect(self._tell)
        self.table.chosen.connect(self._forget_note)

    def show_queue(self, queue: TriageQueue) -> None:
        self._order = queue.order
        self.table.show_window(queue.window)
        self._tell()

    def show_bar(self) -> None:
        self.foot.turn(self.bar)

    def note(self, sentence: str) -> None:
        """What was done, in the header until the cursor moves on; nothing shifts for it."""
        self._note = sentence
        self._tell()

    def _forget_note(self) -> None:
        self.note("")

    def _tell(self) -> None:
        marked = len(self.table.marks)
        words = f"{marked} selected · Esc lets go" if marked else self._order
        self.set_aside(self._note or words)
        self.aside.set_tone(Tone.ACCENT if self._note or marked else None)
