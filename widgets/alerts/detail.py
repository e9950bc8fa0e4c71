"""One alert in full: why, what changed before, which tickets match, who has it, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from console.present.alerts_figures import AlertRow
from console.present.tone import Tone
from widgets.fields import Choice
from widgets.parts.flow import FlowLayout
from widgets.parts.label import Label
from widgets.parts.scrolled import Scrolled

_LENGTHS = ((30, "30 minutes"), (60, "1 hour"), (240, "4 hours"), (1440, "1 day"))


class AlertDetail(Scrolled):
    """``asked`` carries a deed, ``silence_asked`` subject, minutes and reason."""

    asked = Signal(str)
    silence_asked = Signal(str, int, str)

    def __init__(self, read_only: bool, parent: QWidget | None = None) -> None:
        super().__init__(sides=12, ends=10, gap=8, parent=parent)
        self.row: AlertRow | None = None
        self._read_only = read_only
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside, column = self.inside, self.column
        self._title, self._state = Label("", "heading", wrap=True), Label("", "small", wrap=True)
        self._why, self._aside, self._ladder = (Label("", wrap=True) for _ in range(3))
        self._before_title, self._before = Label("Changed just before", "strong"), Label("", wrap=True)
        self._tickets_title, self._tickets = Label("Tickets that match", "strong"), Label("", wrap=True)
        self._owner = Label("", "small", wrap=True)
        for label in (self._why, self._before, self._tickets):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for part in (self._title, self._state, self._why, self._aside, self._ladder):
            column.addWidget(part)
        self._deeds = QWidget(inside)
        row = FlowLayout(self._deeds)
        self.acknowledge = self._button("Acknowledge", "A", "acknowledge", row)
        self.silence = self._button("Silence …", "S", "silence", row)
        self.take = self._button("Take it", "T", "take", row)
        self.proof = self._button("Proof", "Enter", "proof", row)
        self.runbook = self._button("Open runbook", "", "runbook", row)
        column.addWidget(self._deeds)
        column.addWidget(self._silence_row(inside))
        for part in (self._before_title, self._before, self._tickets_title, self._tickets, self._owner):
            column.addWidget(part)
        column.addStretch(1)
        self.show_row(None)

    def _button(self, text: str, key: str, deed: str, row: FlowLayout) -> QPushButton:
        button = QPushButton(text + (f"  {key}" if key else ""), self)
        button.setAccessibleName(text.rstrip(" …"))
        button.setObjectName(deed)
        button.clicked.connect(self._pressed)
        row.addWidget(button)
        return button

    def _silence_row(self, parent: QWidget) -> QWidget:
        self.silencing = QWidget(parent)
        line = QHBoxLayout(self.silencing)
        line.setContentsMargins(0, 0, 0, 0)
        self.length = Choice(self.silencing)
        self.length.setAccessibleName("For how long")
        for minutes, text in _LENGTHS:
            self.length.addItem(text, minutes)
        self.length.setCurrentIndex(1)
        self.reason = QLineEdit(self.silencing)
        self.reason.setPlaceholderText("Why nobody needs to be disturbed")
        self.reason.setAccessibleName("Reason of the silence")
        self.reason.returnPressed.connect(self._silence)
        self.confirm = QPushButton("Silence", self.silencing)
        self.confirm.setAccessibleName("Silence now")
        self.confirm.clicked.connect(self._silence)
        line.addWidget(self.length)
        line.addWidget(self.reason, 1)
        line.addWidget(self.confirm)
        self.silencing.hide()
        return self.silencing

    def show_row(self, row: AlertRow | None) -> None:
        """None: nothing is chosen."""
        if row is None or self.row is None or row.key != self.row.key:
            self.silencing.hide()
        self.row = row
        self._title.show_text(
            "No alert chosen" if row is None else row.title + (f" · {row.where}" if row.where else "")
        )
        self._title.set_tone(None if row is None else row.tone)
        self._state.show_text("" if row is None else f"{row.severity}, {row.state}, {row.since}")
        self._why.show_text("" if row is None else row.why[:1].upper() + row.why[1:] + ".")
        aside = "" if row is None else ". ".join(text for text, _ in row.aside)
        self._aside.show_text(aside)
        self._aside.setVisible(bool(aside))
        self._ladder.show_text("" if row is None else row.ladder)
        self._ladder.set_tone(Tone.WARN)
        self._ladder.setVisible(row is not None and bool(row.ladder))
        self._deeds.setVisible(row is not None)
        before = (
            "" if row is None else "\n".join(row.before) or "Nothing was released or configured in the hour before."
        )
        tickets = (
            "" if row is None else "\n".join(text for _, text in row.tickets) or "No ticket of that time speaks of it."
        )
        self._before.show_text(before)
        self._tickets.show_text(tickets)
        for part in (self._before_title, self._before, self._tickets_title, self._tickets):
            part.setVisible(row is not None)
        owner = "" if row is None or not row.owner else f"The rule belongs to {row.owner}."
        self._owner.show_text(owner)
        if row is not None:
            for button in (self.acknowledge, self.silence, self.take):
                button.setVisible(not self._read_only)
            self.proof.setVisible(row.number is not None)
            self.runbook.setVisible(bool(row.link))

    def ask_silence(self) -> None:
        """Show the row in which length and reason are given."""
        if self.row is not None and not self._read_only:
            self.silencing.show()
            self.reason.setFocus()

    def _silence(self) -> None:
        if self.row is None:
            return
        if not self.reason.text().strip():
            self.reason.setPlaceholderText("A reason is needed, so that others understand the silence")
            self.reason.setFocus()
            return
        self.silence_asked.emit(self.row.key, int(self.length.currentData()), self.reason.text().strip())
        self.reason.clear()
        self.silencing.hide()

    def _pressed(self) -> None:
        deed = self.sender().objectName()
        if deed == "silence":
            self.ask_silence()
        elif deed == "runbook":
            self.open_runbook()
        else:
            self.asked.emit(deed)

    def open_runbook(self) -> None:
        """Hand the link to the system's browser; only a web address leaves here."""
        link = QUrl(self.row.link if self.row is not None else "")
        if link.scheme() in ("http", "https"):
            QDesktopServices.openUrl(link)
