"""Pills in lines that wrap, kept and refilled."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.present.figures import Pill
from widgets.parts.flow import FlowLayout
from widgets.parts.pill import PillButton


class PillFlow(QWidget):
    """``acted`` carries the action id of a clicked pill."""

    acted = Signal(str)

    def __init__(self, name: str, gap: int = 6, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._flow = FlowLayout(self, gap)
        self.pills: list[PillButton] = []

    def show_pills(self, pills: Sequence[Pill]) -> None:
        while len(self.pills) < len(pills):
            button = PillButton(parent=self)
            button.acted.connect(self.acted)
            self._flow.addWidget(button)
            self.pills.append(button)
        for place, button in enumerate(self.pills):
            if place < len(pills):
                button.show_pill(pills[place])
            button.setVisible(place < len(pills))
        self._flow.invalidate()
        self.updateGeometry()
        self.setVisible(bool(pills))
