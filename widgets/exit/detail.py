"""What stands behind the chosen row: its why, what would reset it, its owner, and who decided what and when."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from console.present.exit_figures import ExitFigure, ExitRow
from console.present.figures import Pill
from widgets import theme
from widgets.parts.card import Card
from widgets.parts.flow import FlowLayout
from widgets.parts.label import Label
from widgets.parts.pill import PillButton


class DetailCard(Card):
    """``acted`` carries the name of a form: edit, sign, waive …"""

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Criterion", snug=True, parent=parent)
        self._lines: list[Label] = []
        self._pills: list[PillButton] = []
        self._shown: tuple[object, ...] = ()
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._buttons = QWidget(inside)
        self._flow = FlowLayout(self._buttons)
        self._column.addWidget(self._buttons)
        area = QScrollArea(self)
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(area)

    @property
    def texts(self) -> list[str]:
        return [line.text() for line in self._lines]

    @property
    def pills(self) -> list[PillButton]:
        return self._pills

    def show_row(self, figure: ExitFigure, row: ExitRow | None, deeds: list[tuple[str, str, str]]) -> None:
        """``deeds``: (form, words, key) of what can be done with the row and the session."""
        key = (row.key if row else "", row.beneath if row else "", row.notes if row else (), row.history if row else (),
               figure.history, figure.planned, tuple(deeds), theme.current().scale)  # fmt: skip
        if key == self._shown:
            return
        self._shown = key
        self.set_title(row.title if row else "Criteria")
        self.set_aside(row.state if row else "")
        for layout, gone in ((self._column, self._lines), (self._flow, self._pills)):
            for old in gone:
                # Until it is deleted it would still have its place, and what comes now would stand beside it.
                layout.removeWidget(old)
                old.hide()
                old.deleteLater()
        self._lines, self._pills = [], []
        look = theme.current()
        self._column.setContentsMargins(look.px(12), look.px(8), look.px(12), look.px(10))
        self._column.setSpacing(look.px(3))
        for form, words, hint in deeds:
            pill = PillButton(
                Pill(words, action=form, spoken=f"{words}, {hint}" if hint else words), hint, self._buttons
            )
            pill.acted.connect(self.acted)
            pill.show()
            self._flow.addWidget(pill)
            self._pills.append(pill)
        self._buttons.setVisible(bool(deeds))
        if row is not None:
            self._say(row.beneath, "")
            for note in row.notes:
                self._say(note, "small")
            for entry in row.history:
                self._say(entry.head, "tiny")
                self._say(entry.body, "")
        if figure.planned:
            self._say("Maintenance", "small")
            for planned in figure.planned:
                self._say(planned.words + (" (over)" if planned.over else ""), "")
        if figure.history:
            self._say("Decisions about the session", "small")
            for entry in figure.history:
                self._say(f"{entry.head}: {entry.body}", "")

    def _say(self, text: str, role: str) -> None:
        line = Label(text, role, wrap=True)
        line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lines.append(line)
        self._column.addWidget(line)
