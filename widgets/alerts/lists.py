"""Short lists beside the alerts: what people were told, how heavy that is, and the rules with what can be done to them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.present.alerts_figures import AlertsFigure, LoadPanel, RuleRow, SilenceRow
from console.present.tone import GLYPH, Tone
from widgets import theme
from widgets.parts.flow import FlowLayout
from widgets.parts.label import Elided, Label
from widgets.parts.refill import refill
from widgets.parts.scrolled import Scrolled
from widgets.parts.two_lines import TwoLineList, TwoLines


class LoadView(TwoLineList):
    """The alert load, and what to do about the rules that make it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Alert load", "", parent)

    def show_load(self, panel: LoadPanel) -> None:
        lines: list[TwoLines] = [
            (f"{GLYPH[panel.tone]} The load of the last hour is {panel.headline}.".strip(), "", panel.tone)
        ]
        lines += [(f"{label}: {value}", "", tone) for label, value, tone in panel.lines]
        if panel.week:
            lines.append(("Retire or fix, from the last 7 days", "", Tone.NEUTRAL))
            lines += [(advice, "", Tone.WARN) for _, advice in panel.week]
        self.show_lines(lines)


class RuleLine(QFrame):
    """``edit_asked``, ``retire_asked`` and ``restore_asked`` carry the rule's name."""

    edit_asked = Signal(str)
    retire_asked = Signal(str)
    restore_asked = Signal(str)

    def __init__(self, row: RuleRow, read_only: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        look = theme.current()
        self.row = row
        line = QHBoxLayout(self)
        line.setContentsMargins(0, look.px(3), 0, look.px(3))
        line.setSpacing(look.px(8))
        words = QVBoxLayout()
        words.setSpacing(0)
        self._title, self._aside = Elided(""), Elided("", "tiny")
        words.addWidget(self._title)
        words.addWidget(self._aside)
        line.addLayout(words, 1)
        self._state = Label("", "small")
        line.addWidget(self._state)
        self.edit = QPushButton("Back-test" if read_only else "Edit", self)
        self.edit.setProperty("role", "quiet")
        self.edit.clicked.connect(self._edit)
        self.retire = QPushButton("", self)
        self.retire.setProperty("role", "quiet")
        self.retire.clicked.connect(self._retire)
        self.retire.setVisible(not read_only)
        line.addWidget(self.edit)
        line.addWidget(self.retire)
        self.refresh(row)

    def refresh(self, row: RuleRow) -> None:
        self.row = row
        self._title.show_text(row.title)
        self._aside.show_text(f"{row.name} · {'own · ' if row.own else ''}{row.aside}")
        self._state.show_text(f"{GLYPH[row.tone]} {row.state}".strip())
        self._state.set_tone(row.tone)
        self.edit.setAccessibleName(f"{self.edit.text()} {row.title}")
        self.retire.setText("Restore" if row.retired else "Retire")
        self.retire.setAccessibleName(f"{self.retire.text()} {row.title}")
        self.setAccessibleName(row.spoken)

    def _edit(self) -> None:
        self.edit_asked.emit(self.row.name)

    def _retire(self) -> None:
        (self.restore_asked if self.row.retired else self.retire_asked).emit(self.row.name)


class Rules(Scrolled):
    """Every rule with its state; below them the silences that hold."""

    edit_asked = Signal(str)
    retire_asked = Signal(str)
    restore_asked = Signal(str)
    unsilence_asked = Signal(str)

    def __init__(self, read_only: bool, parent: QWidget | None = None) -> None:
        super().__init__("Alert rules", sides=12, ends=6, parent=parent)
        self._read_only = read_only
        self.lines: dict[str, RuleLine] = {}
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._silences = QWidget(self.inside)
        self._silence_flow = FlowLayout(self._silences)
        self.silence_buttons: dict[str, QPushButton] = {}
        self.column.addWidget(self._silences)
        self.column.addStretch(1)

    def show_figure(self, figure: AlertsFigure) -> None:
        refill(self.column, self.lines, {row.name: row for row in figure.rules}, self._line, RuleLine.refresh)
        self._show_silences(figure.silences)

    def _line(self, row: RuleRow) -> RuleLine:
        line = RuleLine(row, self._read_only, self)
        line.edit_asked.connect(self.edit_asked)
        line.retire_asked.connect(self.retire_asked)
        line.restore_asked.connect(self.restore_asked)
        return line

    def _show_silences(self, silences: Sequence[SilenceRow]) -> None:
        wanted = {s.id: s for s in silences}
        for gone in [key for key in self.silence_buttons if key not in wanted]:
            button = self.silence_buttons.pop(gone)
            button.hide()
            button.deleteLater()
        for key, silence in wanted.items():
            if key not in self.silence_buttons:
                button = QPushButton(f"End silence: {silence.text}", self._silences)
                button.setAccessibleName(f"End silence: {silence.text}")
                button.setObjectName(key)
                button.setEnabled(not self._read_only)
                button.clicked.connect(self._unsilence)
                self._silence_flow.addWidget(button)
                button.show()
                self.silence_buttons[key] = button
        self._silences.setVisible(bool(wanted))

    def _unsilence(self) -> None:
        self.unsilence_asked.emit(self.sender().objectName())
