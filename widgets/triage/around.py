"""What stands around a ticket, beside each other where there is width: what moved with it, and tickets like it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from console.present.tone import Tone
from console.present.triage_figures import AlikeLine, AroundLine, TriageContext
from widgets import theme
from widgets.parts.line_list import Line, LineList, Part
from widgets.triage.section import Section

_BESIDE = 460


class Around(QWidget):
    """``opened`` carries the key of a ticket."""

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self.moved, self.alike = LineList("Moved with it"), LineList("Alike")
        self.moved.opened.connect(self.opened)
        self.alike.opened.connect(self.opened)
        self._moved, self._alike = Section("Moved with it", self.moved), Section("Alike · text + facts", self.alike)
        for part in (self._moved, self._alike):
            self._row.addWidget(part, 1)
        self._fit()

    def show_context(self, context: TriageContext | None) -> None:
        """None while it is still being looked for."""
        self._moved.set_title("Moved with it" + (f" · {context.span}" if context and context.span else ""))
        if context is None:
            looking = (Line((Part("looking …", Tone.MUTED),)),)
            self.moved.show_lines(looking)
            self.alike.show_lines(looking)
            return
        moved = around_lines(context.moved) or [Line((Part("nothing stood out", Tone.MUTED),))]
        if context.unchanged:
            moved.append(Line((Part(context.unchanged, Tone.MUTED),)))
        self.moved.show_lines(moved)
        self.alike.show_lines(
            [_alike(line) for line in context.alike] or [Line((Part("no ticket is like it", Tone.MUTED),))]
        )

    def say(self, sentence: str) -> None:
        """It could not be found out, and why."""
        self.moved.show_lines([Line((Part(sentence, Tone.WARN),))])
        self.alike.show_lines(())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        self._row.setSpacing(theme.current().px(16))
        self._turn()

    def _turn(self) -> None:
        beside = self.width() >= theme.current().px(_BESIDE)
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)


def around_lines(lines: tuple[AroundLine, ...]) -> list[Line]:
    """The value in its tone; a line with a key opens that ticket."""
    return [
        Line((Part(line.text), Part(line.value, line.tone, strong=line.tone in (Tone.BAD, Tone.WARN))), line.key)
        for line in lines
    ]


def _alike(line: AlikeLine) -> Line:
    spoken = f"{line.title}, likeness {line.score}, by {line.why}"
    return Line((Part(line.title), Part(line.score), Part(line.why, Tone.MUTED)), line.key, spoken)
