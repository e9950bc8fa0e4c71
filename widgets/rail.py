"""The rail: one button a screen, left of everything. It knows names and glyphs; the action book knows what they do."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QSizePolicy, QVBoxLayout, QWidget

from widgets import theme
from widgets.parts.icon import pixmap


@dataclass(frozen=True, slots=True)
class Stop:
    """A screen on the rail. ``low``: stands at the foot, apart from the day's work."""

    screen: str
    title: str
    icon: str
    key: str
    low: bool = False


STOPS = (
    Stop("command", "Command", "command", "Ctrl+1"),
    Stop("triage", "Triage", "triage", "Ctrl+9"),
    Stop("exit", "Exit", "exit", "Ctrl+5"),
    Stop("alerts", "Alerts", "alerts", "Ctrl+6"),
    Stop("kpis", "Numbers", "kpis", "Ctrl+7"),
    Stop("radar", "Radar", "radar", "Ctrl+8"),
    Stop("rules", "Rules", "rules", "Ctrl+Shift+R", low=True),
    Stop("sources", "Sources", "sources", "Ctrl+2", low=True),
    Stop("settings", "Settings", "settings", "Ctrl+3", low=True),
    Stop("sessions", "Sessions", "sessions", "Ctrl+4", low=True),
)


_GLYPH = 18
_WIDTH, _HEIGHT, _LEAST = 52, 48, 26


class RailButton(QAbstractButton):
    """A sign over its word, painted; as large as the theme's scale says."""

    def __init__(self, stop: Stop, parent: QWidget) -> None:
        super().__init__(parent)
        self.stop = stop
        self._marked = False
        self.setObjectName(f"rail-{stop.screen}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setText(stop.title)
        self.setAccessibleName(stop.title)
        self.setToolTip(f"{stop.title}  {stop.key}".strip())
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)

    @property
    def marked(self) -> bool:
        return self._marked

    def mark(self, marked: bool) -> None:
        """A dot beside the sign: something in that screen was not saved."""
        self._marked = marked
        self.setAccessibleDescription("has unsaved changes" if marked else "")
        self.update()

    def sizeHint(self) -> QSize:
        look = theme.current()
        word = QFontMetrics(look.font(theme.TINY)).horizontalAdvance(self.text())
        return QSize(max(look.px(_WIDTH), word + look.px(6)), look.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Where there is no room for all words, as at 200 % text, the sign stands alone."""
        return QSize(self.sizeHint().width(), theme.current().px(_LEAST))

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self.rect().adjusted(1, 1, -1, -1)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("selection" if self.isChecked() else "raised"))
            painter.drawRoundedRect(room, look.px(theme.RADIUS), look.px(theme.RADIUS))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.colour("accent"), 2))
            painter.drawRoundedRect(room, look.px(theme.RADIUS), look.px(theme.RADIUS))
        name = "text" if self.isChecked() else "muted" if self.isEnabled() else "line"
        worded = self.height() >= look.px(_HEIGHT - 6)
        upper = QRect(room.x(), room.y() + look.px(3), room.width(), look.px(25)) if worded else room
        side = look.px(_GLYPH)
        sign = pixmap(self.stop.icon, side, look.colour(name), self.devicePixelRatioF())
        painter.drawPixmap(upper.center().x() - side // 2 + 1, upper.center().y() - side // 2 + 1, sign)
        painter.setPen(look.colour(name))
        painter.setFont(look.font(theme.TINY))
        lower = QRect(room.x(), upper.bottom(), room.width(), room.bottom() - upper.bottom() - look.px(2))
        if worded:
            painter.drawText(lower, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, self.text())
        if self._marked:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("warn"))
            side = look.px(7)
            painter.drawEllipse(room.right() - side - look.px(8), room.y() + look.px(6), side, side)


class Rail(QFrame):
    """``chosen`` carries the name of a screen, ``menu_asked`` the wish for the menu of everything else."""

    chosen = Signal(str)
    menu_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setProperty("role", "frame")
        self.setAccessibleName("Screens")
        self._buttons: dict[str, RailButton] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 5, 8)
        column.setSpacing(4)
        for stop in (s for s in STOPS if not s.low):
            column.addWidget(self._button(stop))
        column.addStretch(1)
        for stop in (s for s in STOPS if s.low):
            column.addWidget(self._button(stop))
        self.more = RailButton(Stop("menu", "Menu", "keyboard", ""), self)
        self.more.clicked.connect(self.menu_asked)
        column.addWidget(self.more)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(self.width() - 1, 0, 1, self.height(), theme.current().colour("line"))

    def _button(self, stop: Stop) -> RailButton:
        button = RailButton(stop, self)
        button.setCheckable(True)
        button.clicked.connect(self._clicked)
        self._group.addButton(button)
        self._buttons[stop.screen] = button
        return button

    def button(self, screen: str) -> RailButton:
        return self._buttons[screen]

    def show_current(self, screen: str) -> None:
        """Mark the screen on show; an unknown name ('first_run') marks none."""
        button = self._buttons.get(screen)
        if button is not None:
            button.setChecked(True)
            return
        self._group.setExclusive(False)
        for other in self._buttons.values():
            other.setChecked(False)
        self._group.setExclusive(True)

    def set_usable(self, screens: frozenset[str]) -> None:
        """Only these can be reached now; the others are greyed."""
        for name, button in self._buttons.items():
            button.setEnabled(name in screens)

    def mark_saved(self) -> None:
        """No screen has unsaved changes any more."""
        for button in self._buttons.values():
            button.mark(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            for button in self.findChildren(RailButton):
                button.updateGeometry()

    def _clicked(self) -> None:
        button = self._group.checkedButton()
        if isinstance(button, RailButton):
            self.chosen.emit(button.stop.screen)
