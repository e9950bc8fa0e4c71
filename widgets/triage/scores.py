"""The numbers of a ticket's priority as chips: a click edits one, or opens the proof of a measured one."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.present.figures import Pill
from console.present.triage_figures import ScoreChip
from widgets import theme
from widgets.parts.flow import FlowLayout
from widgets.parts.pill import PillButton

_EDIT, _PROVE = "edit", "prove"


class ScorePill(PillButton):
    """A pill whose value is strong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.score = ScoreChip("", "")

    def show_score(self, score: ScoreChip, *, may: bool) -> None:
        self.score = score
        action = _PROVE if score.number is not None else _EDIT if score.field and may else ""
        words = " ".join(part for part in (score.title, score.value, score.note) if part)
        does = {_PROVE: ", opens its proof", _EDIT: ", sets another value"}.get(action, "")
        self.show_pill(Pill(words, action=action, spoken=words + does))

    def _text_width(self) -> int:
        return round(sum(width for _, width in self._runs(theme.current()))) + 2

    def _paint_inside(self, painter: QPainter, look: theme.Theme) -> None:
        left = float(look.px(11))
        painter.setPen(look.colour("text"))
        for (text, strong), width in self._runs(look):
            painter.setFont(_font(look, strong=strong))
            painter.drawText(QRectF(left, 0, width + 1, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
            left += width

    def _runs(self, look: theme.Theme) -> list[tuple[tuple[str, bool], float]]:
        score = self.score
        runs = ((f"{score.title}  ", False), (score.value, True), (f"  {score.note}" if score.note else "", False))
        return [
            ((text, strong), QFontMetricsF(_font(look, strong=strong)).horizontalAdvance(text))
            for text, strong in runs if text
        ]  # fmt: skip

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(2 * look.px(11) + self._text_width(), look.px(24))


def _font(look: theme.Theme, *, strong: bool) -> QFont:
    return look.font(theme.SMALL, theme.BOLD if strong else theme.REGULAR)


class Scores(QWidget):
    """``edit_asked`` carries the field of a chip; ``proof_asked`` its ``Number``,
    ``reach_asked`` the wish to see who failed.
    """

    edit_asked = Signal(str)
    proof_asked = Signal(object)
    reach_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Priority scores")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._flow = FlowLayout(self, 5)
        self.pills: list[ScorePill] = []
        self.reach = PillButton(Pill("who failed", action="reach", spoken="The consumers behind the reach, as text"))
        self.reach.acted.connect(self._ask_reach)
        self._flow.addWidget(self.reach)
        self.reach.hide()

    def show_scores(self, scores: tuple[ScoreChip, ...], *, may: bool) -> None:
        while len(self.pills) < len(scores):
            pill = ScorePill(self)
            pill.acted.connect(self._act)
            self._flow.addWidget(pill)
            # It stays the last of them.
            self._flow.removeWidget(self.reach)
            self._flow.addWidget(self.reach)
            self.pills.append(pill)
        for place, pill in enumerate(self.pills):
            if place < len(scores):
                pill.show_score(scores[place], may=may)
            pill.setVisible(place < len(scores))
        self._flow.invalidate()

    def show_reach(self, there: bool) -> None:
        """Whether there are rows of evidence behind the measured reach."""
        self.reach.setVisible(there)
        self._flow.invalidate()

    def _ask_reach(self, _action: str) -> None:
        self.reach_asked.emit()

    def _act(self, action: str) -> None:
        sender = self.sender()
        if not isinstance(sender, ScorePill):
            return
        if action == _PROVE:
            self.proof_asked.emit(sender.score.number)
        else:
            self.edit_asked.emit(sender.score.field)
