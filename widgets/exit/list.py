"""The criteria by group, in the order of the template; one of them is chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from console.present.exit_figures import ExitFigure
from console.present.figures import Pill
from widgets import theme
from widgets.exit.row import RowView
from widgets.parts.card import Card
from widgets.parts.label import Label
from widgets.parts.pill import PillButton


class CriteriaList(Card):
    """Rows are kept and refilled, so that focus stays. ``chosen`` and ``opened`` carry a key; ``new_asked``: the N pill."""

    chosen = Signal(str)
    opened = Signal(str)
    new_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Exit criteria", snug=True, parent=parent)
        self.new = PillButton(Pill("new criterion", action="new", spoken="New criterion, N"), "N", self)
        self.new.acted.connect(self._new)
        self.header.addWidget(self.new)
        self.selected = ""
        self._rows: dict[str, RowView] = {}
        self._order: list[str] = []
        self._heads: list[Label] = []
        self._inside = QWidget()
        self._inside.setAccessibleName("Criteria")
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.area = QScrollArea(self)
        self.area.setWidget(self._inside)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(self.area)

    @property
    def rows(self) -> list[RowView]:
        return [self._rows[key] for key in self._order]

    def row(self, key: str) -> RowView | None:
        return self._rows.get(key)

    def show_figure(self, figure: ExitFigure, *, acts: bool) -> None:
        self.new.setVisible(acts)
        self.set_aside(figure.edition)
        order = [row.key for group in figure.groups for row in group.rows]
        titles = [group.title for group in figure.groups]
        if order != self._order or titles != [head.text() for head in self._heads]:
            self._lay_out(figure)
        for group in figure.groups:
            for row in group.rows:
                self._rows[row.key].show_row(row)
        if self.selected not in self._order:
            self.choose(self._order[0] if self._order else "", focus=False)

    def choose(self, key: str, *, focus: bool = True) -> None:
        """Mark a row; ``chosen`` follows when it is another one."""
        changed, self.selected = key != self.selected, key
        for name, view in self._rows.items():
            view.setChecked(name == key)
        row = self.row(key)
        if row is not None:
            self.area.ensureWidgetVisible(row, 0, 0)
            if focus and not row.hasFocus():
                row.setFocus(Qt.FocusReason.OtherFocusReason)
        if changed:
            self.chosen.emit(key)

    def _lay_out(self, figure: ExitFigure) -> None:
        while self._column.count():
            self._column.takeAt(0)
        for head in self._heads:
            head.deleteLater()
        self._heads, order = [], []
        for group in figure.groups:
            head = Label(group.title, "small", parent=self._inside)
            head.setContentsMargins(theme.current().px(12), theme.current().px(8), 0, theme.current().px(4))
            head.setVisible(len(figure.groups) > 1)
            self._heads.append(head)
            self._column.addWidget(head)
            for row in group.rows:
                order.append(row.key)
                self._column.addWidget(self._rows.get(row.key) or self._made(row.key))
        for key in [key for key in self._rows if key not in order]:
            self._rows.pop(key).deleteLater()
        self._column.addStretch(1)
        self._order = order

    def _made(self, key: str) -> RowView:
        view = RowView(self._inside)
        view.chosen.connect(self._clicked)
        view.opened.connect(self.opened)
        view.stepped.connect(self._step)
        self._rows[key] = view
        # A child made after its parent was shown would be shown, and could take the focus, a turn later.
        view.show()
        return view

    def _clicked(self, key: str) -> None:
        self.choose(key, focus=False)

    def _step(self, by: int) -> None:
        if self.selected in self._order:
            place = min(max(self._order.index(self.selected) + by, 0), len(self._order) - 1)
            self.choose(self._order[place])

    def _new(self, _action: str) -> None:
        self.new_asked.emit()
