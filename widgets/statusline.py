"""The line on top of the window: which session, which day, how it stands, and the way to every command."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QWidget

from console.present.figures import Pill, StatusLine
from console.present.tone import Tone
from widgets import theme
from widgets.parts.icon import pixmap
from widgets.parts.label import Elided, Label
from widgets.parts.pill import PillButton

SEARCH = "palette"


class StatusLineBar(QWidget):
    """``acted`` carries the action of a clicked pill; ``search_wanted`` asks for the command palette."""

    acted = Signal(str)
    search_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("role", "frame")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        # The line makes room itself; it must never hold the window wide.
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._logo = _Logo(self)
        self._brand = Label("Hypercare", "title")
        self._session = Elided("", "strong")
        self._session.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._day = Label("", "muted")
        self._pills: list[PillButton] = []
        self._search = PillButton(
            Pill("Search or run a command", action=SEARCH, spoken="Search or run a command, Control K"), "Ctrl K"
        )
        self._search.acted.connect(self._act)
        self._user = PillButton(Pill(""))
        for widget in (self._logo, self._brand, self._session, self._day):
            self._row.addWidget(widget)
        self._row.addStretch(1)
        self._row.addWidget(self._search)
        self._row.addWidget(self._user)
        self._user.hide()
        self.setAccessibleName("Status line")
        self._fit()

    def show_figure(self, figure: StatusLine) -> None:
        """Pills are kept and refilled, so that a refresh never moves the focus."""
        self._session.setText(figure.session)
        self._day.show_text(figure.day)
        while len(self._pills) < len(figure.pills):
            pill = PillButton(parent=self)
            pill.acted.connect(self._act)
            self._row.insertWidget(4 + len(self._pills), pill)
            self._pills.append(pill)
        for index, button in enumerate(self._pills):
            if index < len(figure.pills):
                button.show_pill(figure.pills[index])
            else:
                button.show_pill(Pill(""))
        self._user.show_pill(Pill(figure.user, spoken=f"Signed in as {figure.user}"))
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_user"):
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.current().colour("line"))

    def _fit(self) -> None:
        look = theme.current()
        self.setFixedHeight(look.px(48))
        self._row.setContentsMargins(look.px(14), 0, look.px(14), 0)
        self._row.setSpacing(look.px(12))
        self._session.setMaximumWidth(look.px(280))
        self._make_room()

    def _make_room(self) -> None:
        """What matters least goes first when the line is too narrow: user, brand's name, day, then the last pills."""
        filled = [pill for pill in self._pills if pill.pill.text or pill.pill.badge]
        for pill in self._pills:
            pill.setVisible(pill in filled)
        self._user.setVisible(bool(self._user.pill.text))
        user = [self._user] if self._user.pill.text else []
        optional: list[QWidget] = [*user, self._brand, self._day, *reversed(filled[1:])]
        for widget in optional:
            widget.show()
        for widget in optional:
            if self._row.sizeHint().width() <= self.width():
                return
            widget.hide()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.current().px(240), theme.current().px(48))

    def _act(self, action: str) -> None:
        if action == SEARCH:
            self.search_wanted.emit()
        else:
            self.acted.emit(action)


class _Logo(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        side = theme.current().px(16)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, pixmap("logo", look.px(16), look.tone(Tone.NEUTRAL), self.devicePixelRatioF()))
