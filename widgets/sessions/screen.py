"""The Sessions screen: the launches known on this machine, the free disk, and the form for a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from console.present.figures import SessionLine, SessionsFigure
from console.present.tone import Tone
from console.settings import Settings
from widgets import theme, zones
from widgets.bridge import Bridge
from widgets.parts.empty import Empty
from widgets.parts.label import Elided
from widgets.parts.page import Page
from widgets.parts.refill import refill
from widgets.parts.scrolled import Scrolled
from widgets.sessions.line import SessionCard
from widgets.sessions.new import NewSession

_SIDE_BY_SIDE = 900


class SessionsScreen(QWidget):
    """``open_asked`` carries a ``Path``, ``create_asked`` settings; the window does both, since its desk changes."""

    open_asked = Signal(object)
    create_asked = Signal(object)
    demo_asked = Signal()

    def __init__(self, bridge: Bridge, workplace: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._workplace = bridge, workplace
        self.cards: dict[str, SessionCard] = {}
        self._build()

    def _build(self) -> None:
        look = theme.current()
        self.free = Elided("", "muted")
        self.demo = QPushButton("Try the simulated launch", self)
        self.demo.setAccessibleName("Try the simulated launch")
        self.demo.clicked.connect(self.demo_asked)
        self.new = QPushButton("＋ New session", self)
        self.new.setProperty("role", "primary")
        self.new.setAccessibleName("New session")
        self.new.clicked.connect(self.new_session)
        column = Page(self, "Sessions", self.free, self.demo, self.new)
        self.banner = column.banner
        self.area = Scrolled("Sessions", gap=10, parent=self)
        self.area.column.setContentsMargins(0, 0, look.px(4), 0)
        self.area.column.addStretch(1)
        self.empty = Empty("No session yet.", "New session")
        self.empty.acted.connect(self.new_session)
        self.form = NewSession(self)
        self.form.hide()
        self.form.made.connect(self._create)
        self.form.closed.connect(self.close_form)
        row = QHBoxLayout()
        row.setSpacing(look.px(12))
        row.addWidget(self.area, 3)
        row.addWidget(self.empty, 3)
        row.addWidget(self.form, 2)
        column.addLayout(row, 1)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._bridge.ask("zones", self.form.offer_zones, zones.names)
        self._ask()

    def _ask(self) -> None:
        self._bridge.ask("sessions", self._show, self._workplace.sessions, failed=self._fault)

    def _show(self, figure: SessionsFigure) -> None:
        self.free.show_text(figure.free)
        lines = {line.path: line for line in figure.lines}
        refill(self.area.column, self.cards, lines, self._card, SessionCard.refresh)
        self._arrange()

    def _card(self, line: SessionLine) -> SessionCard:
        card = SessionCard(line, self)
        card.open_asked.connect(self._open)
        card.archive_asked.connect(self._archive)
        card.delete_confirmed.connect(self._delete)
        return card

    def new_session(self) -> None:
        """Open the form for a new session."""
        self.form.show()
        self._arrange()
        self.form.begin()

    def close_form(self) -> None:
        self.form.hide()
        self._arrange()
        self.new.setFocus()

    def _open(self, path: str) -> None:
        self.open_asked.emit(Path(path))

    def _create(self, settings: Settings) -> None:
        self.create_asked.emit(settings)

    def _archive(self, path: str) -> None:
        self._bridge.act("archive", self._done, self._workplace.archive, Path(path), failed=self._not_done)

    def _delete(self, path: str) -> None:
        self._bridge.act("delete", self._done, self._workplace.delete, Path(path), failed=self._not_done)

    def _done(self, _answer: object) -> None:
        self._ask()

    def _fault(self, sentence: str) -> None:
        self.banner.say(sentence, Tone.BAD)

    def _not_done(self, sentence: str) -> None:
        self._fault(sentence)
        self._ask()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= theme.current().px(_SIDE_BY_SIDE)
        form = self.form.isVisibleTo(self)
        self.area.setVisible(bool(self.cards) and (wide or not form))
        self.empty.setVisible(not self.cards and (wide or not form))
