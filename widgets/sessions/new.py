"""The short form of a new session: a name, the go-live, a time zone. The rest has defaults and its own screen."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, QTimeZone, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from console.model.errors import SettingsError
from console.settings import Settings
from widgets.fields import TextField
from widgets.parts.card import Card
from widgets.parts.label import Label
from widgets.refused import RefusedError
from widgets.settings.document import Typed, settings_from, typed_from


def machine_zone() -> str:
    """What this machine calls its time zone, which may be a name nobody else knows."""
    return bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace")


class NewSession(Card):
    """``made`` carries the settings of the new session; ``closed``: put the form away, what was typed stays in it."""

    made = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("New session", "one launch under hypercare", parent=parent)
        self.name = TextField("Name", hint="Atlas Checkout 3.0")
        help_text = "Write 2026-11-14 09:00, in the zone below. Leave it empty when it has no date yet."
        self.go_live = TextField("Go-live", help_text, hint="2026-11-14 09:00")
        self.zone = TextField("Time zone", "Of days, weeks and calendars.")
        self.zone.set_text(machine_zone())
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        self.make = QPushButton("Make the session", self)
        self.make.setProperty("role", "primary")
        self.make.clicked.connect(self._make)
        self.close_button = QPushButton("Close", self)
        self.close_button.setProperty("role", "quiet")
        self.close_button.setAccessibleName("Close the form")
        self.close_button.clicked.connect(self.closed)
        for field in (self.name, self.go_live, self.zone):
            self.body.addWidget(field)
            field.control.returnPressed.connect(self._make)  # type: ignore[attr-defined]  # all three are line edits
        self.body.addWidget(self.error)
        row = QHBoxLayout()
        row.addWidget(self.make)
        row.addWidget(self.close_button)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addStretch(1)

    def begin(self) -> None:
        self.name.focus()

    def offer_zones(self, names: Sequence[str]) -> None:
        """The zones there are, for completion; a machine whose own is not among them starts with UTC."""
        if self.zone.text() not in names and self.zone.text() == machine_zone():
            self.zone.set_text("UTC")
        self.zone.offer(names)

    def refuse(self, sentence: str) -> None:
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def _make(self) -> None:
        self.refuse("")
        usual = typed_from(Settings(), ZoneInfo("UTC"))
        typed = {"name": self.name.text(), "go_live": self.go_live.text(), "time_zone": self.zone.text()}
        try:
            settings = settings_from(Typed({**usual.texts, **typed}, {}), Settings(), ZoneInfo("UTC"))
        except RefusedError as refused:
            field = {"name": self.name, "go_live": self.go_live, "time_zone": self.zone}[refused.field]
            field.complain(refused.sentence)
            field.focus()
        except SettingsError as error:
            self.refuse(error.message)
        else:
            self.made.emit(settings)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)
