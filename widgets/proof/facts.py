"""The row of a proof: label above, value below, wrapping where the panel is narrow."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from console.present.proof_figures import Fact
from widgets.parts.flow import FlowLayout
from widgets.parts.label import Label


class FactsRow(QWidget):
    """Entries are kept and refilled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(self, gap=20)
        self._entries: list[tuple[QWidget, Label, Label]] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def texts(self) -> list[tuple[str, str]]:
        return [(name.text(), value.text()) for box, name, value in self._entries if not box.isHidden()]

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        while len(self._entries) < len(facts):
            self._entries.append(self._entry())
        for index, (box, name, value) in enumerate(self._entries):
            box.setVisible(index < len(facts))
            if index < len(facts):
                fact = facts[index]
                name.show_text(fact.label)
                value.show_text(fact.value)
                value.set_tone(fact.tone)
        # A longer text wants a wider place at once; a row that keeps its size is not laid out anew by itself.
        self._flow.invalidate()
        self._flow.setGeometry(self.rect())
        self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._flow.setGeometry(self.rect())
        return handled

    def _entry(self) -> tuple[QWidget, Label, Label]:
        box = QWidget(self)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        name, value = Label("", "small", parent=box), Label("", "title", parent=box)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(name)
        column.addWidget(value)
        self._flow.addWidget(box)
        return box, name, value
