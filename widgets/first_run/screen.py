"""The first screen of a first start: try the simulated launch, or connect one's own systems."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from widgets import theme
from widgets.parts.card import Card
from widgets.parts.label import Label

_BESIDE = 760


class _Way(Card):
    """One of the two choices: what happens, and the button."""

    def __init__(self, title: str, lines: tuple[str, ...], button: str, primary: bool) -> None:
        super().__init__()
        look = theme.current()
        self.setAccessibleName(title)
        self.body.setContentsMargins(look.px(28), look.px(24), look.px(28), look.px(24))
        self.body.setSpacing(look.px(12))
        self.body.addWidget(Label(title, "big", wrap=True))
        for line in lines:
            self.body.addWidget(Label(line, "muted", wrap=True))
        self.body.addStretch(1)
        self.button = QPushButton(button, self)
        self.button.setProperty("role", "primary" if primary else "")
        self.button.setAccessibleName(title)
        self.button.setAccessibleDescription(" ".join(lines))
        self.button.setMinimumHeight(look.px(34))
        self.body.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def fit(self) -> None:
        super().fit()
        look = theme.current()
        self.body.setContentsMargins(look.px(28), look.px(24), look.px(28), look.px(24))


class FirstRunScreen(QWidget):
    """Emits which way was chosen; the window goes it."""

    demo_asked = Signal()
    connect_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        look = theme.current()
        self.demo = _Way(
            "Try the simulated launch",
            (
                "Six days of a made-up launch and its live traffic, on this machine only: no account, no network.",
                "Its session can be deleted at any time.",
            ),
            "Start it",
            True,
        )
        self.own = _Way(
            "Connect yours",
            (
                "Make a session for your launch, then name the gateway and the ticket system to ask.",
                "Nothing is written to them; credentials stay in this machine's keyring.",
            ),
            "Begin",
            False,
        )
        self.demo.button.clicked.connect(self.demo_asked)
        self.own.button.clicked.connect(self.connect_asked)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(look.px(32), look.px(32), look.px(32), look.px(32))
        column.setSpacing(look.px(20))
        column.addStretch(2)
        column.addWidget(Label("What is breaking, who is hurt, and when may we stop?", "big", wrap=True))
        promise = "Hypercare Console answers that in one window, for the weeks after a launch."
        column.addWidget(Label(promise, "muted", wrap=True))
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(look.px(16))
        for way in (self.demo, self.own):
            way.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            way.setMinimumHeight(look.px(200))
            self._row.addWidget(way, 1)
        column.addLayout(self._row)
        column.addStretch(3)
        inside.setMaximumWidth(look.px(1040))
        holder = QWidget()
        middle = QBoxLayout(QBoxLayout.Direction.LeftToRight, holder)
        middle.addStretch(1)
        middle.addWidget(inside, 20)
        middle.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(holder)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        QWidget.setTabOrder(self.demo.button, self.own.button)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.demo.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= theme.current().px(_BESIDE)
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
