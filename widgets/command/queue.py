"""The triage queue of the Command screen: chips, a filter, and the virtual table under them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from console.present.figures import Pill, TableWindow
from widgets import theme
from widgets.parts.card import Card
from widgets.parts.key_hint import KeyHint
from widgets.parts.label import Label
from widgets.parts.pill import PillButton
from widgets.parts.table import Table

_TYPING_MS = 150
_KEYS = (("J", ""), ("K", "move"), ("A", "acknowledge"), ("/", "filter"))


class FilterField(QLineEdit):
    """``left`` when Escape, Enter or Down send the keyboard back to the table; Escape empties it first."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.left.emit()
        else:
            super().keyPressEvent(event)


class QueueCard(Card):
    """``filtered`` carries the text once typing pauses; ``chip`` the action id of a clicked chip."""

    filtered = Signal(str)
    chip = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Triage queue", snug=True, parent=parent)
        self.header.removeWidget(self.aside)
        self.aside.hide()
        self._chips: list[PillButton] = []
        self.field = FilterField(self)
        self.field.setProperty("role", "search")
        self.field.setPlaceholderText("Filter")
        self.field.setClearButtonEnabled(True)
        self.field.setAccessibleName("Filter the triage queue")
        self.header.addWidget(self.field)
        self.header.addStretch(1)
        self._hints = QWidget(self)
        row = QHBoxLayout(self._hints)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.current().px(5))
        for keys, does in _KEYS:
            row.addWidget(KeyHint(keys))
            if does:
                row.addWidget(Label(does, "muted"))
        self.header.addWidget(self._hints)
        self.table = Table("Triage queue", self)
        self.body.addWidget(self.table)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_MS)
        self._pause.timeout.connect(self._typed)
        self.field.textChanged.connect(self._pause.start)
        self.field.left.connect(self.table.setFocus)
        self.fit()

    def show_window(self, window: TableWindow) -> None:
        self._show_chips(window.chips)
        self.table.show_window(window)

    def focus_filter(self) -> None:
        self.field.setFocus()
        self.field.selectAll()

    def fit(self) -> None:
        super().fit()
        if hasattr(self, "field"):
            look = theme.current()
            self.field.setMinimumWidth(look.px(90))
            self.field.setMaximumWidth(look.px(220))
            self._hints.setVisible(self.width() >= look.px(760))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and hasattr(self, "_hints"):
            self._hints.setVisible(self.width() >= theme.current().px(760))
        return super().event(event)

    def _show_chips(self, chips: tuple[Pill, ...]) -> None:
        while len(self._chips) < len(chips):
            button = PillButton(parent=self)
            button.acted.connect(self.chip)
            self.header.insertWidget(1 + len(self._chips), button)
            self._chips.append(button)
        for index, button in enumerate(self._chips):
            button.setVisible(index < len(chips))
            if index < len(chips):
                button.show_pill(chips[index])

    def _typed(self) -> None:
        self.filtered.emit(self.field.text())
