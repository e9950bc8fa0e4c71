"""What is wrong with the user's own files: a sentence each, and a button that opens the file in the editor."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.present.tone import GLYPH, Tone
from widgets import theme
from widgets.parts.label import Elided, Label


class FaultList(QFrame):
    """Hidden while there is none. ``edit_asked`` carries the number's name."""

    edit_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self.setAccessibleName("Own numbers with a fault")
        self._column = QVBoxLayout(self)
        look = theme.current()
        self._column.setContentsMargins(look.px(12), look.px(4), look.px(8), look.px(4))
        self._column.setSpacing(look.px(2))
        self._shown: tuple[str, ...] = ()
        self.hide()

    @property
    def sentences(self) -> tuple[str, ...]:
        return self._shown

    def show_faults(self, faults: tuple[str, ...]) -> None:
        """``faults`` read 'NAME.sql: what is wrong'."""
        if faults == self._shown:
            return
        self._shown = faults
        while (item := self._column.takeAt(0)) is not None:
            line = item.widget()
            if line is not None:
                line.hide()
                line.deleteLater()
        for fault in faults:
            self._column.addWidget(_Line(fault, self))
        self.setVisible(bool(faults))

    def wish(self, name: str) -> None:
        self.edit_asked.emit(name)


class _Line(QWidget):
    def __init__(self, fault: str, owner: FaultList) -> None:
        super().__init__(owner)
        self._owner = owner
        self._name = fault.partition(".sql: ")[0]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Label(GLYPH[Tone.WARN], "strong", Tone.WARN))
        row.addWidget(Elided(fault), 1)
        edit = QPushButton("Mend", self)
        edit.setProperty("role", "quiet")
        edit.setAccessibleName(f"Mend {self._name}")
        edit.clicked.connect(self._wish)
        row.addWidget(edit)

    def _wish(self) -> None:
        self._owner.wish(self._name)
