"""The SLA clocks of a ticket: what is left, over the strip of stretches it is made of; a strip opens as text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.present.tone import Tone
from console.present.triage_figures import SlaStrip
from widgets import theme
from widgets.parts.label import Elided, Label
from widgets.parts.segments import SegmentStrip
from widgets.parts.twin import TwinPanel


class Clock(QWidget):
    """One clock. Enter on the strip opens its segments as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strip: SlaStrip | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(4))
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(4))
        self.title, self.left = Elided("", "small"), Label("", "strong")
        self.title.setSizePolicy(self.title.sizePolicy().Policy.Maximum, self.title.sizePolicy().Policy.Preferred)
        row.addWidget(self.title)
        row.addWidget(self.left)
        row.addStretch(1)
        column.addLayout(row)
        self.strip = SegmentStrip()
        self.strip.opened.connect(self._open)
        column.addWidget(self.strip)

    def show_strip(self, strip: SlaStrip) -> None:
        self._strip = strip
        self.title.show_text(strip.title)
        self.left.show_text(strip.left)
        self.left.set_tone(strip.tone if strip.tone is not Tone.NEUTRAL else None)
        self.strip.show_parts(f"{strip.title} {strip.left}", strip.parts)

    def _open(self) -> None:
        if self._strip is None or not self._strip.rows:
            return
        panel = TwinPanel(self._strip.title, [list(row) for row in self._strip.rows], self)
        panel.closed.connect(self._back)
        panel.open_over(self.window())

    def _back(self) -> None:
        self.strip.setFocus(Qt.FocusReason.OtherFocusReason)


class Clocks(QWidget):
    """All clocks of a ticket, kept and refilled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clocks: list[Clock] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.current().px(8))

    def show_strips(self, strips: tuple[SlaStrip, ...]) -> None:
        while len(self.clocks) < len(strips):
            clock = Clock(self)
            self._column.addWidget(clock)
            self.clocks.append(clock)
        for place, clock in enumerate(self.clocks):
            if place < len(strips):
                clock.show_strip(strips[place])
            clock.setVisible(place < len(strips))
        self.setVisible(bool(strips))
